// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string_view>

namespace rookery::bench {

enum class HttpState {
    Complete,
    Incomplete,
    Invalid, ///< not HTTP/1.1, or of a kind that this does not read
};

/// An answer, in place in the bytes that it was read from.
struct HttpResponse
{
    int status = 0;
    std::string_view head; ///< with its last empty line
    std::size_t headBytes = 0;
    std::string_view body;
};

/// The head alone.
HttpState readHttpHead(std::string_view bytes, HttpResponse &response);
/// Head and body, which are taken off the front of `bytes`. Only bodies with a Content-Length, or none, are
/// read.
HttpState readHttpResponse(std::string_view &bytes, HttpResponse &response);

/// The value of a field, which is named in lower case; empty where there is none.
std::string_view httpField(std::string_view head, std::string_view lowerName);

} // namespace rookery::bench
