// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string_view>

namespace rookery::load {

enum class HttpState {
    Complete,
    Incomplete,
    Invalid, ///< not HTTP/1.1, or of an unsupported kind
};

/// A response, in place in the bytes that it was read from.
struct HttpResponse
{
    int status = 0;
    std::string_view head; ///< with its final empty line
    std::size_t headBytes = 0;
    std::string_view body;
};

/// Parses the head only.
HttpState readHttpHead(std::string_view bytes, HttpResponse &response);
/// Parses head and body and removes them from the front of `bytes`. Supports only bodies with a
/// Content-Length, or none.
HttpState readHttpResponse(std::string_view &bytes, HttpResponse &response);

/// The value of a field, given in lower case; empty if absent.
std::string_view httpField(std::string_view head, std::string_view lowerName);

} // namespace rookery::load
