// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/jsonfault.h"

#include "common/jsonnumber.h"

#include <QByteArray>

#include <cctype>
#include <cmath>
#include <cstring>
#include <vector>

namespace rookery {

namespace {

/// The size in bytes of the first character; 0: invalid UTF-8 (RFC 3629 section 4).
qsizetype characterBytes(QByteArrayView utf8)
{
    const auto byte = [&utf8](qsizetype i) { return i < utf8.size() ? uchar(utf8[i]) : uchar(0); };
    const auto continues = [&byte](qsizetype i) { return (byte(i) & 0xc0) == 0x80; };
    const uchar first = byte(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return continues(1) ? 2 : 0;
    if (first >= 0xe0 && first < 0xf0) {
        const bool good = continues(1) && continues(2) && (first != 0xe0 || byte(1) >= 0xa0)
            && (first != 0xed || byte(1) < 0xa0);
        return good ? 3 : 0;
    }
    if (first >= 0xf0 && first < 0xf5) {
        const bool good = continues(1) && continues(2) && continues(3) && (first != 0xf0 || byte(1) >= 0x90)
            && (first != 0xf4 || byte(1) < 0x90);
        return good ? 4 : 0;
    }
    return 0;
}

class Finder
{
public:
    Finder(QByteArrayView text, int mostDepth)
        : m_text(text)
        , m_mostDepth(size_t(mostDepth))
    { }

    std::optional<JsonFault> run()
    {
        constexpr QByteArrayView mark("\xef\xbb\xbf");
        if (m_text.startsWith(mark))
            m_at = mark.size();
        while (!m_fault) {
            while (m_at < m_text.size() && std::strchr(" \t\n\r", m_text[m_at]) && m_text[m_at] != '\0')
                ++m_at;
            if (m_at < m_text.size())
                step(m_text[m_at]);
            else if (m_next == Next::Nothing)
                break;
            else
                fail(m_at, "it ends too early");
        }
        return m_fault;
    }

private:
    enum class Next { Value, ValueOrEnd, Name, NameOrEnd, Colon, CommaOrEnd, Nothing };

    char at(qsizetype index) const { return index < m_text.size() ? m_text[index] : '\0'; }
    void fail(qsizetype offset, const char *what) { m_fault = JsonFault{offset, what}; }

    void step(char c)
    {
        switch (m_next) {
        case Next::ValueOrEnd:
            if (c == ']')
                return end();
            return value(c);
        case Next::Value:
            return value(c);
        case Next::NameOrEnd:
            if (c == '}')
                return end();
            [[fallthrough]];
        case Next::Name:
            if (c != '"')
                return fail(m_at, "a name in double quotes is expected");
            string();
            m_next = Next::Colon;
            return;
        case Next::Colon:
            if (c != ':')
                return fail(m_at, "a colon is expected");
            ++m_at;
            m_next = Next::Value;
            return;
        case Next::CommaOrEnd: {
            const bool inObject = m_open.back() == '{';
            if (c == (inObject ? '}' : ']'))
                return end();
            if (c != ',')
                return fail(m_at, inObject ? "a comma or '}' is expected" : "a comma or ']' is expected");
            ++m_at;
            m_next = inObject ? Next::Name : Next::Value;
            return;
        }
        case Next::Nothing:
            return fail(m_at, "something stands behind its end");
        }
    }

    void value(char c)
    {
        if (c == '{' || c == '[') {
            if (m_open.size() >= m_mostDepth)
                return fail(m_at, "it is nested too deeply");
            m_open.push_back(c);
            ++m_at;
            m_next = c == '{' ? Next::NameOrEnd : Next::ValueOrEnd;
            return;
        }
        if (c == '"')
            string();
        else if (c == '-' || jsonnumber::isDigit(c))
            number();
        else
            word();
        valueOver();
    }

    void end()
    {
        ++m_at;
        m_open.pop_back();
        valueOver();
    }

    void valueOver() { m_next = m_open.empty() ? Next::Nothing : Next::CommaOrEnd; }

    void word()
    {
        for (const char *known : {"true", "false", "null"}) {
            if (m_text.sliced(m_at).startsWith(known)) {
                m_at += qsizetype(std::strlen(known));
                return;
            }
        }
        fail(m_at, "a value is expected");
    }

    void number()
    {
        const qsizetype begin = m_at;
        const qsizetype end = jsonnumber::endOf(m_text, begin);
        if (end < 0)
            return fail(begin, "a number of the wrong form");
        m_at = end;
        bool fits = false; // the same check as in Qt's parser
        const double number = m_text.sliced(begin, m_at - begin).toByteArray().toDouble(&fits);
        if (!fits || !std::isfinite(number))
            fail(begin, "a number too large");
    }

    void string()
    {
        for (++m_at; m_at < m_text.size();) {
            const char c = m_text[m_at];
            if (c == '"') {
                ++m_at;
                return;
            }
            if (uchar(c) < 0x20)
                return fail(m_at, "a control character in a string must be escaped");
            if (c == '\\') {
                if (!escape())
                    return;
                continue;
            }
            const qsizetype bytes = characterBytes(m_text.sliced(m_at));
            if (bytes == 0)
                return fail(m_at, "it is not UTF-8");
            m_at += bytes;
        }
        fail(m_at, "it ends too early");
    }

    bool escape()
    {
        ++m_at;
        if (m_at >= m_text.size())
            return fail(m_at, "it ends too early"), false;
        if (at(m_at) != 'u') {
            if (at(m_at) == '\0' || !std::strchr("\"\\/bfnrt", at(m_at)))
                return fail(m_at, "an unknown escape in a string"), false;
            ++m_at;
            return true;
        }
        for (int i = 0; i < 4; ++i) {
            if (++m_at >= m_text.size())
                return fail(m_at, "it ends too early"), false;
            if (!std::isxdigit(uchar(at(m_at))))
                return fail(m_at, "an unknown escape in a string"), false;
        }
        ++m_at;
        return true;
    }

    const QByteArrayView m_text;
    const size_t m_mostDepth;
    qsizetype m_at = 0;
    Next m_next = Next::Value;
    std::vector<char> m_open; ///< the open brackets
    std::optional<JsonFault> m_fault;
};

} // namespace

std::optional<JsonFault> firstJsonFault(QByteArrayView utf8, int mostDepth)
{
    return Finder(utf8, mostDepth).run();
}

} // namespace rookery
