// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/load/httpresponse.h"

#include <algorithm>
#include <charconv>

namespace rookery::load {

namespace {

constexpr std::string_view headEnd = "\r\n\r\n";
constexpr std::size_t bodyBound = 16 * 1024 * 1024;

bool equalsLower(std::string_view text, std::string_view lower)
{
    return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
        [](char a, char b) { return (a >= 'A' && a <= 'Z' ? char(a - 'A' + 'a') : a) == b; });
}

} // namespace

std::string_view httpField(std::string_view head, std::string_view lowerName)
{
    for (auto at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
        at += 2;
        std::string_view line = head.substr(at, head.find("\r\n", at) - at);
        if (line.size() <= lowerName.size() || line[lowerName.size()] != ':'
            || !equalsLower(line.substr(0, lowerName.size()), lowerName))
            continue;
        line.remove_prefix(lowerName.size() + 1);
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        return line;
    }
    return {};
}

HttpState readHttpHead(std::string_view bytes, HttpResponse &response)
{
    constexpr std::string_view version = "HTTP/1.1 ";
    if (!bytes.starts_with(version.substr(0, bytes.size())))
        return HttpState::Invalid;
    const auto end = bytes.find(headEnd);
    if (end == std::string_view::npos)
        return HttpState::Incomplete;
    response.headBytes = end + headEnd.size();
    response.head = bytes.substr(0, response.headBytes);
    response.body = {};
    const char *digits = response.head.data() + version.size();
    const auto [stop, error] = std::from_chars(digits, digits + 3, response.status);
    return error == std::errc() && stop == digits + 3 ? HttpState::Complete : HttpState::Invalid;
}

HttpState readHttpResponse(std::string_view &bytes, HttpResponse &response)
{
    const HttpState state = readHttpHead(bytes, response);
    if (state != HttpState::Complete)
        return state;
    if (!httpField(response.head, "transfer-encoding").empty())
        return HttpState::Invalid;
    std::size_t length = 0;
    const std::string_view value = httpField(response.head, "content-length");
    if (!value.empty()) {
        const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), length);
        if (error != std::errc() || stop != value.data() + value.size() || length > bodyBound)
            return HttpState::Invalid;
    }
    if (bytes.size() - response.headBytes < length)
        return HttpState::Incomplete;
    response.body = bytes.substr(response.headBytes, length);
    bytes.remove_prefix(response.headBytes + length);
    return HttpState::Complete;
}

} // namespace rookery::load
