// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rookery::load::handshake {

/// The client's side of RFC 6455 section 4.1; `token` is sent in an Authorization field unless it is empty.
/// All sockets of a process use one random key: nothing caches these responses.
std::string request(const std::string &authority, const std::string &path, const std::string &token);

struct Answer
{
    enum class State { Incomplete, Accepted, Refused };
    State state = State::Incomplete;
    std::size_t bytes = 0; ///< of the head, if Accepted
    std::string reason; ///< a sentence, if Refused; names the limit that was hit
};
/// Parses the head of a response, and its body if that explains a refusal.
Answer readAnswer(std::string_view bytes);

} // namespace rookery::load::handshake
