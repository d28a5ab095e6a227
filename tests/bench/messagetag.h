// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/wire/load/clock.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace rookery::bench {

/// The beginning of every benchmark message's text: the run, the stream (a sender, or a room with one
/// sender), its number in that stream, and when it was due to be sent. Hexadecimal digits of fixed width in
/// characters that no JSON writer escapes, so that every receiver, in any dialect, finds it without parsing.
struct MessageTag
{
    /// `~RRRRRRRR.SSSSSSSS.NNNNNNNN.TTTTTTTTTTTTTTTT~`
    static constexpr std::size_t length = 45;

    std::uint32_t run = 0;
    std::uint32_t stream = 0;
    std::uint32_t number = 0;
    load::Nanos due = 0;

    /// The tag, padded with dots to `size` characters; `size` is at least `length`.
    std::string text(std::size_t size) const;

    /// Finds the tag of that run in a frame. `hint` is the position of the last one found: frames of one kind
    /// look alike, so the next one is usually there. It is updated.
    static bool find(std::string_view frame, std::uint32_t run, std::size_t &hint, MessageTag &tag);

private:
    static bool read(std::string_view text, MessageTag &tag);
};

} // namespace rookery::bench
