// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/support/referencejson.h"

#include "tests/fuzz/support/referenceutf8.h"

#include <QJsonArray>
#include <QMap>

#include <cmath>
#include <optional>

namespace rookery::fuzz {

namespace {

/// As deep as it goes without fear for the stack of a sanitized build; Qt gives up at 1,024.
constexpr int deepest = 1200;

class Parser
{
public:
    explicit Parser(QByteArrayView text)
        : m_text(text)
    { }

    ReferenceJson run()
    {
        if (m_text.startsWith("\xef\xbb\xbf"))
            m_at = 3;
        const auto whole = value(0);
        space();
        m_found.valid =
            whole && whole->isObject() && m_at == m_text.size() && utf8Of(m_text) == Utf8::Complete;
        if (m_found.valid)
            m_found.object = whole->toObject();
        return m_found;
    }

private:
    using Value = std::optional<QJsonValue>;

    char peek() const { return m_at < m_text.size() ? m_text[m_at] : '\0'; }
    bool take(char c)
    {
        if (m_at >= m_text.size() || m_text[m_at] != c)
            return false;
        ++m_at;
        return true;
    }
    bool take(QByteArrayView word)
    {
        if (!m_text.sliced(m_at).startsWith(word))
            return false;
        m_at += word.size();
        return true;
    }
    void space()
    {
        while (m_at < m_text.size() && QByteArrayView(" \t\r\n").contains(m_text[m_at]))
            ++m_at;
    }

    Value value(int depth)
    {
        space();
        if (take("true"))
            return QJsonValue(true);
        if (take("false"))
            return QJsonValue(false);
        if (take("null"))
            return QJsonValue();
        if (peek() == '"') {
            const auto text = string();
            return text ? Value(*text) : std::nullopt;
        }
        m_found.depth = std::max(m_found.depth, depth + 1);
        if (depth > deepest)
            return std::nullopt;
        if (take('['))
            return array(depth);
        if (take('{'))
            return object(depth);
        return number();
    }

    Value array(int depth)
    {
        QJsonArray array;
        space();
        if (take(']'))
            return array;
        do {
            const auto item = value(depth + 1);
            if (!item)
                return std::nullopt;
            array.append(*item);
            space();
        } while (take(','));
        return take(']') ? Value(array) : std::nullopt;
    }

    Value object(int depth)
    {
        // Looking a name up in a QJsonObject of Qt 6.8 reads past the end of that name where the nearest
        // member's is longer. In a map, and from there in order, nothing has to be looked up.
        QMap<QString, QJsonValue> members;
        space();
        if (take('}'))
            return QJsonObject();
        do {
            space();
            const auto name = string();
            space();
            if (!name || !take(':'))
                return std::nullopt;
            const auto member = value(depth + 1);
            if (!member)
                return std::nullopt;
            m_found.doubled = m_found.doubled || members.contains(*name);
            members.insert(*name, *member);
            space();
        } while (take(','));
        if (!take('}'))
            return std::nullopt;
        QJsonObject object;
        for (auto it = members.cbegin(); it != members.cend(); ++it)
            object.insert(it.key(), it.value());
        return object;
    }

    Value number()
    {
        const qsizetype start = m_at;
        const auto digits = [this] {
            const qsizetype first = m_at;
            while (peek() >= '0' && peek() <= '9')
                ++m_at;
            return m_at > first;
        };
        bool whole = true;
        take('-');
        if (!take('0') && !digits())
            return std::nullopt;
        if (take('.')) {
            whole = false;
            if (!digits())
                return std::nullopt;
        }
        if (take('e') || take('E')) {
            whole = false;
            take('+') || take('-');
            if (!digits())
                return std::nullopt;
        }
        const QByteArray text = m_text.sliced(start, m_at - start).toByteArray();
        bool fits = false;
        const qint64 integer = text.toLongLong(&fits);
        if (whole && fits)
            return QJsonValue(integer);
        const double real = text.toDouble(&fits);
        m_found.huge = m_found.huge || !fits || !std::isfinite(real);
        return QJsonValue(real);
    }

    std::optional<QString> string()
    {
        if (!take('"'))
            return std::nullopt;
        QString text;
        qsizetype plain = m_at;
        // Behind an x, since Qt takes what comes first for a byte order mark.
        const auto flush = [&] {
            text += QString::fromUtf8('x' + m_text.sliced(plain, m_at - plain).toByteArray()).sliced(1);
        };
        while (m_at < m_text.size()) {
            const char c = m_text[m_at];
            if (c == '"') {
                flush();
                ++m_at;
                return text;
            }
            if (quint8(c) < 0x20)
                return std::nullopt;
            if (c != '\\') {
                ++m_at;
                continue;
            }
            flush();
            ++m_at;
            const QByteArrayView letters("\"\\/bfnrt");
            if (const qsizetype which = letters.indexOf(peek()); peek() != '\0' && which >= 0) {
                text += QLatin1Char("\"\\/\b\f\n\r\t"[which]);
                ++m_at;
            } else if (take('u')) {
                ushort unit = 0;
                for (int i = 0; i < 4; ++i, ++m_at) {
                    const qsizetype digit = QByteArrayView("0123456789abcdef").indexOf(char(peek() | 0x20));
                    if (!std::isxdigit(quint8(peek())))
                        return std::nullopt;
                    unit = ushort(unit << 4 | ushort(digit));
                }
                text += QChar(unit);
            } else {
                return std::nullopt;
            }
            plain = m_at;
        }
        return std::nullopt;
    }

    QByteArrayView m_text;
    qsizetype m_at = 0;
    ReferenceJson m_found;
};

} // namespace

ReferenceJson referenceJson(QByteArrayView text)
{
    return Parser(text).run();
}

} // namespace rookery::fuzz
