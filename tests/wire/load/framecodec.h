// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rookery::load {

/// The client's side of RFC 6455 frames, as far as a load generator needs it.
enum class Opcode : std::uint8_t {
    Continuation = 0x0,
    Text = 0x1,
    Binary = 0x2,
    Close = 0x8,
    Ping = 0x9,
    Pong = 0xa,
};

/// Appends one final frame, masked as section 5.3 requires of clients.
void appendFrame(std::string &out, Opcode opcode, std::string_view payload, std::uint32_t mask);

/// A frame of the server, unmasked and in place in the bytes given to readFrame().
struct Frame
{
    Opcode opcode = Opcode::Text;
    bool final = true;
    std::string_view payload;
};

enum class FrameState {
    Complete,
    Incomplete, ///< more bytes are needed
    Invalid, ///< masked, with reserved bits, or longer than frameBound
};

/// Longer frames of the server count as invalid. Nothing that Rookery sends comes near.
constexpr std::uint64_t frameBound = 16 * 1024 * 1024;

/// Reads the first frame of `bytes` and removes it from them. If it is Incomplete or Invalid, nothing is
/// removed.
FrameState readFrame(std::string_view &bytes, Frame &frame);

} // namespace rookery::load
