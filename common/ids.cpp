// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/ids.h"

#include <QDateTime>
#include <QRandomGenerator>

#include <cstring>

#if defined(Q_OS_LINUX)
#include <sys/random.h>
#endif

namespace rookery {

namespace {

constexpr bool isDash(int index)
{
    return index == 8 || index == 13 || index == 18 || index == 23;
}

/// The value of each of the first 128 characters as a hexadecimal digit, -1 if it is none.
constexpr std::array<qint8, 128> digitValues()
{
    std::array<qint8, 128> values = {};
    values.fill(-1);
    for (int i = 0; i < 10; ++i)
        values[size_t('0' + i)] = qint8(i);
    for (int i = 0; i < 6; ++i)
        values[size_t('a' + i)] = values[size_t('A' + i)] = qint8(10 + i);
    return values;
}

constexpr std::array<qint8, 128> digitValue = digitValues();

int valueOf(char16_t digit)
{
    return digit < digitValue.size() ? digitValue[digit] : -1;
}

void fillRandom(quint32 *words, qsizetype count)
{
#if defined(Q_OS_LINUX)
    // Qt asks the processor for each word, which takes 25 times as long (0.3 us each).
    const auto size = size_t(count) * sizeof(quint32);
    if (getrandom(words, size, 0) == ssize_t(size))
        return;
#endif
    QRandomGenerator::system()->fillRange(words, count);
}

/// Random bytes of the system's generator, requested in blocks: a request per id costs more than all the rest
/// of making it. One per thread.
class RandomBlock
{
public:
    void take(uchar *bytes, size_t count)
    {
        if (m_used + count > sizeof(m_words)) {
            fillRandom(m_words.data(), qsizetype(m_words.size()));
            m_used = 0;
        }
        std::memcpy(bytes, reinterpret_cast<const uchar *>(m_words.data()) + m_used, count);
        m_used += count;
    }

private:
    std::array<quint32, 256> m_words;
    size_t m_used = sizeof(m_words);
};

} // namespace

QString newId()
{
    static thread_local RandomBlock random;
    const quint64 milliseconds = quint64(QDateTime::currentMSecsSinceEpoch());
    IdBytes bytes;
    for (size_t i = 0; i < 6; ++i)
        bytes[i] = uchar(milliseconds >> (40 - 8 * i));
    random.take(bytes.data() + 6, 10);
    bytes[6] = uchar(0x70 | (bytes[6] & 0x0f)); // version 7
    bytes[8] = uchar(0x80 | (bytes[8] & 0x3f)); // variant of RFC 9562
    return idText(bytes);
}

bool isId(QStringView text)
{
    if (text.size() != 36)
        return false;
    const char16_t *in = text.utf16();
    for (int i = 0; i < 36; ++i) {
        if (isDash(i) ? in[i] != u'-' : valueOf(in[i]) < 0)
            return false;
    }
    return true;
}

std::optional<IdBytes> idBytes(QStringView text)
{
    if (!isId(text))
        return std::nullopt;
    IdBytes bytes;
    const char16_t *in = text.utf16();
    for (uchar &byte : bytes) {
        if (*in == u'-')
            ++in;
        byte = uchar(valueOf(in[0]) << 4 | valueOf(in[1]));
        in += 2;
    }
    return bytes;
}

QString idText(const IdBytes &bytes)
{
    static constexpr char digits[] = "0123456789abcdef";
    QString text(36, Qt::Uninitialized);
    QChar *out = text.data();
    for (size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = u'-';
        *out++ = QLatin1Char(digits[bytes[i] >> 4]);
        *out++ = QLatin1Char(digits[bytes[i] & 0xf]);
    }
    return text;
}

quint32 idCapitals(QStringView text)
{
    if (!isId(text))
        return 0;
    quint32 capitals = 0;
    int digit = 0;
    for (const QChar c : text) {
        if (c == u'-')
            continue;
        if (c >= u'A' && c <= u'F')
            capitals |= quint32(1) << digit;
        ++digit;
    }
    return capitals;
}

QString withCapitals(QString id, quint32 capitals)
{
    if (capitals == 0 || !isId(id))
        return id;
    int digit = 0;
    for (QChar &c : id) {
        if (c == u'-')
            continue;
        if (capitals & quint32(1) << digit)
            c = c.toUpper();
        ++digit;
    }
    return id;
}

Result<QString> parseClientId(const QString &text)
{
    if (!isId(text))
        return Error{ErrorCode::InvalidField, QStringLiteral("client_id must be a UUID."),
            QStringLiteral("client_id")};
    return text;
}

} // namespace rookery
