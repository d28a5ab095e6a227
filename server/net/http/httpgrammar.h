// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

/// Character classes and numbers of RFC 9110 and RFC 9112 that more than one parser uses.
namespace rookery::net::grammar {

/// A chunk's size with its extensions. No known client sends extensions, but they are valid, so there is a little room for
/// them.
inline constexpr qsizetype longestChunkLine = 1024;

constexpr bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

constexpr bool isAlpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr int hexValue(char c)
{
    if (isDigit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/// tchar, RFC 9110 section 5.6.2
constexpr bool isTokenChar(char c)
{
    return isDigit(c) || isAlpha(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

/// Characters allowed in a field value: VCHAR, obs-text, SP and HTAB (RFC 9110 section 5.5)
constexpr bool isFieldValueChar(char c)
{
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

/// A character class as a lookup table, because each byte of a head is tested against several.
using CharClass = std::array<bool, 256>;

constexpr CharClass charClass(bool (*has)(char))
{
    CharClass table{};
    for (int c = 0; c < 256; ++c)
        table[size_t(c)] = has(char(c));
    return table;
}

inline constexpr CharClass tokenChars = charClass(isTokenChar);
inline constexpr CharClass fieldValueChars = charClass(isFieldValueChar);

inline bool consistsOf(const CharClass &chars, QByteArrayView text)
{
    for (const char c : text) {
        if (!chars[static_cast<unsigned char>(c)])
            return false;
    }
    return true;
}

inline bool isToken(QByteArrayView text)
{
    return !text.isEmpty() && consistsOf(tokenChars, text);
}

inline bool isFieldValue(QByteArrayView text)
{
    return consistsOf(fieldValueChars, text);
}

/// 1*DIGIT that fits in 63 bits; no sign, no list, no white space.
inline std::optional<qint64> parseDecimal(QByteArrayView text)
{
    if (text.isEmpty() || text.size() > 18 || !std::all_of(text.begin(), text.end(), isDigit))
        return std::nullopt;
    qint64 value = 0;
    for (const char c : text)
        value = value * 10 + (c - '0');
    return value;
}

} // namespace rookery::net::grammar
