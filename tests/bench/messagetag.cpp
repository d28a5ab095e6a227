// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/messagetag.h"

#include <cstring>

namespace rookery::bench {

using namespace load;

namespace {

constexpr char mark = '~';
constexpr char separator = '.';

void putHex(char *&at, std::uint64_t value, int digits)
{
    static constexpr char digit[] = "0123456789abcdef";
    for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4)
        *at++ = digit[value >> shift & 0xf];
}

bool takeHex(const char *&at, std::uint64_t &value, int digits)
{
    value = 0;
    for (int i = 0; i < digits; ++i, ++at) {
        const char c = *at;
        if (c >= '0' && c <= '9')
            value = value << 4 | std::uint64_t(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value << 4 | std::uint64_t(c - 'a' + 10);
        else
            return false;
    }
    return true;
}

} // namespace

std::string MessageTag::text(std::size_t size) const
{
    std::string text(size, separator);
    char *at = text.data();
    *at++ = mark;
    putHex(at, run, 8);
    ++at;
    putHex(at, stream, 8);
    ++at;
    putHex(at, number, 8);
    ++at;
    putHex(at, std::uint64_t(due), 16);
    *at = mark;
    return text;
}

bool MessageTag::read(std::string_view text, MessageTag &tag)
{
    if (text.size() < length || text[0] != mark || text[length - 1] != mark)
        return false;
    const char *at = text.data() + 1;
    std::uint64_t run = 0;
    std::uint64_t stream = 0;
    std::uint64_t number = 0;
    std::uint64_t due = 0;
    if (!takeHex(at, run, 8) || *at++ != separator || !takeHex(at, stream, 8) || *at++ != separator
        || !takeHex(at, number, 8) || *at++ != separator || !takeHex(at, due, 16))
        return false;
    tag = {std::uint32_t(run), std::uint32_t(stream), std::uint32_t(number), Nanos(due)};
    return true;
}

bool MessageTag::find(std::string_view frame, std::uint32_t run, std::size_t &hint, MessageTag &tag)
{
    if (hint < frame.size() && read(frame.substr(hint), tag) && tag.run == run)
        return true;
    for (std::size_t at = 0;; ++at) {
        at = frame.find(mark, at);
        if (at == std::string_view::npos || frame.size() - at < length)
            return false;
        if (read(frame.substr(at), tag) && tag.run == run) {
            hint = at;
            return true;
        }
    }
}

} // namespace rookery::bench
