#include "common/ids.h"

#include <QDateTime>
#include <QRandomGenerator>

namespace rookery {

QString newId()
{
    const quint64 milliseconds = quint64(QDateTime::currentMSecsSinceEpoch());
    const quint64 first = QRandomGenerator::system()->generate64();
    const quint64 second = QRandomGenerator::system()->generate64();
    const quint64 high = (milliseconds << 16) | 0x7000u | (first & 0x0fffu);
    const quint64 low = (second & 0x3fff'ffff'ffff'ffffu) | 0x8000'0000'0000'0000u;

    static constexpr char digits[] = "0123456789abcdef";
    QString id(36, Qt::Uninitialized);
    QChar *out = id.data();
    for (int nibble = 0; nibble < 32; ++nibble) {
        if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20)
            *out++ = u'-';
        const quint64 half = nibble < 16 ? high : low;
        *out++ = QLatin1Char(digits[(half >> (60 - 4 * (nibble % 16))) & 0xf]);
    }
    return id;
}

bool isId(QStringView text)
{
    if (text.size() != 36)
        return false;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const char16_t c = text[i].unicode();
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (c != u'-')
                return false;
        } else if (!((c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'f') || (c >= u'A' && c <= u'F'))) {
            return false;
        }
    }
    return true;
}

Result<QString> parseClientId(const QString &text)
{
    if (!isId(text))
        return Error{ErrorCode::InvalidField, QStringLiteral("client_id must be a UUID."),
            QStringLiteral("client_id")};
    return text.toLower();
}

} // namespace rookery
