// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/jsonwriter.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

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

/// Whether the unit is written as it is: ASCII that needs no escaping.
constexpr bool isPlain(char16_t c)
{
    return c >= 0x20 && c < 0x80 && c != u'"' && c != u'\\';
}

#if defined(__SSE2__)
/// Copies plain units, eight at a time, for as long as there are eight of them.
char *copyPlain(char *to, const char16_t *&at, const char16_t *end)
{
    const __m128i space = _mm_set1_epi16(0x20);
    const __m128i over = _mm_set1_epi16(0x7f);
    const __m128i quote = _mm_set1_epi16('"');
    const __m128i backslash = _mm_set1_epi16('\\');
    for (; end - at >= 8; at += 8, to += 8) {
        const __m128i units = _mm_loadu_si128(reinterpret_cast<const __m128i *>(at));
        // Compared as signed numbers: those from U+8000 are below 0x20, too.
        const __m128i low = _mm_cmplt_epi16(units, space);
        const __m128i high = _mm_cmpgt_epi16(units, over);
        const __m128i escaped =
            _mm_or_si128(_mm_cmpeq_epi16(units, quote), _mm_cmpeq_epi16(units, backslash));
        if (_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(low, high), escaped)) != 0)
            break;
        _mm_storel_epi64(reinterpret_cast<__m128i *>(to), _mm_packus_epi16(units, units));
    }
    return to;
}
#else
char *copyPlain(char *to, const char16_t *&, const char16_t *)
{
    return to;
}
#endif

/// Writes the units from `at` up to `pieceEnd`, or one more to keep a surrogate pair together.
char *writePiece(char *to, const char16_t *&at, const char16_t *pieceEnd, const char16_t *end)
{
    while (true) {
        to = copyPlain(to, at, pieceEnd);
        // The units of the next eight, of which one is not plain, or the last ones.
        const char16_t *const until = at + std::min<qsizetype>(8, pieceEnd - at);
        if (at >= until)
            return to;
        while (at < until) {
            const char16_t c = *at++;
            if (isPlain(c))
                *to++ = char(c);
            else if (c < 0x80)
                to = escapeAscii(to, c);
            else if (c < 0xa0) // C1
                to = escapeUnit(to, c);
            else if (!QChar::isSurrogate(c))
                to = utf8(to, c);
            else if (QChar::isHighSurrogate(c) && at != end && QChar::isLowSurrogate(*at))
                to = utf8(to, QChar::surrogateToUcs4(c, *at++));
            else
                to = escapeUnit(to, c);
        }
    }
}

char *copy(char *to, const char *from, qsizetype bytes)
{
    if (bytes > 0)
        std::memcpy(to, from, size_t(bytes));
    return to + bytes;
}

} // namespace

char *JsonWriter::space(qsizetype bytes)
{
    if (m_size + bytes > m_out.size())
        m_out.resize(std::max(2 * m_out.size(), m_size + bytes));
    return m_out.data() + m_size;
}

char *JsonWriter::valueSpace(qsizetype bytes)
{
    char *const at = space(bytes + 1);
    if (!std::exchange(m_comma, true))
        return at;
    *at = ',';
    return at + 1;
}

JsonWriter &JsonWriter::begin(char bracket)
{
    char *const at = valueSpace(1);
    *at = bracket;
    advance(at + 1);
    m_comma = false;
    return *this;
}

JsonWriter &JsonWriter::end(char bracket)
{
    char *const at = space(1);
    *at = bracket;
    advance(at + 1);
    m_comma = true;
    return *this;
}

JsonWriter &JsonWriter::name(QLatin1String name)
{
    char *at = valueSpace(name.size() + 3);
    *at++ = '"';
    at = copy(at, name.data(), name.size());
    *at++ = '"';
    *at++ = ':';
    advance(at);
    m_comma = false;
    return *this;
}

JsonWriter &JsonWriter::value(QStringView text)
{
    const char16_t *from = text.utf16();
    const char16_t *const end = from + text.size();
    // A piece may be one unit longer, of a surrogate pair; the quote that closes follows the last one.
    const auto needed = [&] { return longestUnit * (std::min<qsizetype>(pieceUnits, end - from) + 1) + 1; };
    char *to = valueSpace(needed() + 1);
    *to++ = '"';
    advance(to);
    while (from != end) {
        to = space(needed());
        to = writePiece(to, from, from + std::min<qsizetype>(pieceUnits, end - from), end);
        advance(to);
    }
    *to++ = '"';
    advance(to);
    return *this;
}

JsonWriter &JsonWriter::value(QLatin1String text)
{
    char *at = valueSpace(text.size() + 2);
    *at++ = '"';
    at = copy(at, text.data(), text.size());
    *at++ = '"';
    advance(at);
    return *this;
}

JsonWriter &JsonWriter::value(qint64 number)
{
    constexpr qsizetype mostDigits = 20; // with the sign
    char *const at = valueSpace(mostDigits);
    advance(std::to_chars(at, at + mostDigits, number).ptr);
    return *this;
}

JsonWriter &JsonWriter::raw(QByteArrayView json)
{
    if (!json.isEmpty())
        advance(copy(valueSpace(json.size()), json.data(), json.size()));
    return *this;
}

JsonWriter &JsonWriter::value(bool flag)
{
    const QByteArrayView word(flag ? "true" : "false");
    advance(copy(valueSpace(word.size()), word.data(), word.size()));
    return *this;
}

QByteArray JsonWriter::take()
{
    m_out.resize(std::exchange(m_size, 0));
    m_comma = false;
    return std::move(m_out);
}

} // namespace rookery
