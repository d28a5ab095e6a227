// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rookery::bench::handshake {

/// The client's half of RFC 6455 section 4.1; `token` goes into an Authorization field where it is not empty.
/// All sockets of a process use one random key: nobody caches anything here.
std::string request(const std::string &authority, const std::string &path, const std::string &token);

struct Answer
{
    enum class State { Incomplete, Accepted, Refused };
    State state = State::Incomplete;
    std::size_t bytes = 0; ///< of the head, where it is Accepted
    std::string reason; ///< a sentence, where it is Refused; names the limit that is in the way
};
/// Reads the head of an answer, and its body where that tells why the server refuses.
Answer readAnswer(std::string_view bytes);

} // namespace rookery::bench::handshake
