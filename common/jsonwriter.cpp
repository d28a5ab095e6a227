// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/jsonwriter.h"

#include <algorithm>
#include <charconv>

namespace rookery {

namespace {

constexpr char hexDigits[] = "0123456789abcdef";

char *escapeUnit(char *to, char16_t unit)
{
    *to++ = '\\';
    *to++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4)
        *to++ = hexDigits[(unit >> shift) & 0xf];
    return to;
}

/// ASCII characters that must be escaped (RFC 8259 section 7).
char *escapeAscii(char *to, char16_t c)
{
    char letter = 0;
    switch (c) {
    case u'"':
    case u'\\':
        letter = char(c);
        break;
    case u'\b':
        letter = 'b';
        break;
    case u'\f':
        letter = 'f';
        break;
    case u'\n':
        letter = 'n';
        break;
    case u'\r':
        letter = 'r';
        break;
    case u'\t':
        letter = 't';
        break;
    default:
        return escapeUnit(to, c);
    }
    *to++ = '\\';
    *to++ = letter;
    return to;
}

char *utf8(char *to, char32_t c)
{
    if (c < 0x800) {
        *to++ = char(0xc0 | (c >> 6));
    } else {
        if (c < 0x10000) {
            *to++ = char(0xe0 | (c >> 12));
        } else {
            *to++ = char(0xf0 | (c >> 18));
            *to++ = char(0x80 | ((c >> 12) & 0x3f));
        }
        *to++ = char(0x80 | ((c >> 6) & 0x3f));
    }
    *to++ = char(0x80 | (c & 0x3f));
    return to;
}

/// The longest form of one UTF-16 unit: \uXXXX.
constexpr qsizetype longestUnit = 6;
/// Units that are written at once.
constexpr qsizetype pieceUnits = 128;

/// Writes the units from `at` up to `pieceEnd`, or one more to keep a surrogate pair together.
char *writePiece(char *to, const char16_t *&at, const char16_t *pieceEnd, const char16_t *end)
{
    while (at < pieceEnd) {
        const char16_t c = *at++;
        if (c < 0x80) {
            if (c >= 0x20 && c != u'"' && c != u'\\')
                *to++ = char(c);
            else
                to = escapeAscii(to, c);
        } else if (c < 0xa0) { // C1
            to = escapeUnit(to, c);
        } else if (!QChar::isSurrogate(c)) {
            to = utf8(to, c);
        } else if (QChar::isHighSurrogate(c) && at != end && QChar::isLowSurrogate(*at)) {
            to = utf8(to, QChar::surrogateToUcs4(c, *at++));
        } else {
            to = escapeUnit(to, c);
        }
    }
    return to;
}

} // namespace

void JsonWriter::separate()
{
    if (m_comma)
        m_out.append(',');
    m_comma = true;
}

JsonWriter &JsonWriter::begin(char bracket)
{
    separate();
    m_out.append(bracket);
    m_comma = false;
    return *this;
}

JsonWriter &JsonWriter::end(char bracket)
{
    m_out.append(bracket);
    m_comma = true;
    return *this;
}

JsonWriter &JsonWriter::name(QLatin1String name)
{
    separate();
    m_out.append('"').append(name.data(), name.size()).append("\":", 2);
    m_comma = false;
    return *this;
}

JsonWriter &JsonWriter::value(QStringView text)
{
    separate();
    m_out.append('"');
    char piece[longestUnit * (pieceUnits + 1)];
    const char16_t *at = text.utf16();
    const char16_t *const end = at + text.size();
    while (at != end) {
        const char *const pieceOver =
            writePiece(piece, at, at + std::min<qsizetype>(pieceUnits, end - at), end);
        m_out.append(piece, pieceOver - piece);
    }
    m_out.append('"');
    return *this;
}

JsonWriter &JsonWriter::value(QLatin1String text)
{
    separate();
    m_out.append('"').append(text.data(), text.size()).append('"');
    return *this;
}

JsonWriter &JsonWriter::value(qint64 number)
{
    separate();
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    m_out.append(digits, end - digits);
    return *this;
}

JsonWriter &JsonWriter::raw(QByteArrayView json)
{
    if (json.isEmpty())
        return *this;
    separate();
    m_out.append(json);
    return *this;
}

JsonWriter &JsonWriter::value(bool flag)
{
    separate();
    m_out.append(flag ? "true" : "false");
    return *this;
}

} // namespace rookery
