#pragma once

#include <QByteArrayView>

#include <algorithm>
#include <optional>

/// The few character classes and numbers of RFC 9110 and RFC 9112 that more than one parser here needs.
namespace rookery::net::grammar {

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
    return isDigit(c) || isAlpha(c) || (c != '\0' && QByteArrayView("!#$%&'*+-.^_`|~").contains(c));
}

inline bool isToken(QByteArrayView text)
{
    return !text.isEmpty() && std::all_of(text.begin(), text.end(), isTokenChar);
}

/// What may stand in a field's value: VCHAR, obs-text, SP and HTAB (RFC 9110 section 5.5)
constexpr bool isFieldValueChar(char c)
{
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

/// 1*DIGIT that fits in 63 bits; nothing else, so no sign, no list, no white space.
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
