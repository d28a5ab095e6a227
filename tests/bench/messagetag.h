// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/clock.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace rookery::bench {

/// What the text of every benchmark message begins with: which run it is of, which stream (a sender, or a
/// room with one sender), its number in that stream, and when it was to be sent. Hexadecimal digits of fixed
/// width in characters that no JSON writer escapes, so that whoever receives the message, in whatever
/// dialect, finds it without parsing.
struct MessageTag
{
    /// `~RRRRRRRR.SSSSSSSS.NNNNNNNN.TTTTTTTTTTTTTTTT~`
    static constexpr std::size_t length = 45;

    std::uint32_t run = 0;
    std::uint32_t stream = 0;
    std::uint32_t number = 0;
    Nanos due = 0;

    /// The tag, filled up with dots to `size` characters; `size` is at least `length`.
    std::string text(std::size_t size) const;

    /// Finds the tag of that run in a frame. `hint` is where the last one was found: frames of one kind look
    /// alike, so that is where the next one is as a rule. It is brought up to date.
    static bool find(std::string_view frame, std::uint32_t run, std::size_t &hint, MessageTag &tag);

private:
    static bool read(std::string_view text, MessageTag &tag);
};

} // namespace rookery::bench
