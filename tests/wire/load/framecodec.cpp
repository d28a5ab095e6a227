// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/wire/load/framecodec.h"

#include <cstring>

namespace rookery::load {

namespace {

constexpr std::uint8_t finalBit = 0x80;
constexpr std::uint8_t reservedBits = 0x70;
constexpr std::uint8_t maskBit = 0x80;
constexpr std::uint8_t length16 = 126;
constexpr std::uint8_t length64 = 127;

void appendBigEndian(std::string &out, std::uint64_t value, int bytes)
{
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
        out.push_back(char(value >> shift));
}

std::uint64_t readBigEndian(std::string_view bytes, std::size_t at, int count)
{
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i)
        value = value << 8 | std::uint8_t(bytes[at + std::size_t(i)]);
    return value;
}

} // namespace

void appendFrame(std::string &out, Opcode opcode, std::string_view payload, std::uint32_t mask)
{
    out.push_back(char(finalBit | std::uint8_t(opcode)));
    if (payload.size() < length16) {
        out.push_back(char(maskBit | payload.size()));
    } else if (payload.size() <= 0xffff) {
        out.push_back(char(maskBit | length16));
        appendBigEndian(out, payload.size(), 2);
    } else {
        out.push_back(char(maskBit | length64));
        appendBigEndian(out, payload.size(), 8);
    }
    char key[4];
    std::memcpy(key, &mask, sizeof key);
    out.append(key, sizeof key);
    const std::size_t start = out.size();
    out.append(payload);
    for (std::size_t i = 0; i < payload.size(); ++i)
        out[start + i] = char(out[start + i] ^ key[i % sizeof key]);
}

FrameState readFrame(std::string_view &bytes, Frame &frame)
{
    if (bytes.size() < 2)
        return FrameState::Incomplete;
    const auto firstByte = std::uint8_t(bytes[0]);
    const auto secondByte = std::uint8_t(bytes[1]);
    if ((firstByte & reservedBits) != 0 || (secondByte & maskBit) != 0)
        return FrameState::Invalid;
    std::uint64_t length = secondByte;
    std::size_t head = 2;
    if (secondByte >= length16) {
        const int bytesOfLength = secondByte == length16 ? 2 : 8;
        head += std::size_t(bytesOfLength);
        if (bytes.size() < head)
            return FrameState::Incomplete;
        length = readBigEndian(bytes, 2, bytesOfLength);
    }
    if (length > frameBound)
        return FrameState::Invalid;
    if (bytes.size() < head + length)
        return FrameState::Incomplete;
    frame.opcode = Opcode(firstByte & 0x0f);
    frame.final = (firstByte & finalBit) != 0;
    frame.payload = bytes.substr(head, std::size_t(length));
    bytes.remove_prefix(head + std::size_t(length));
    return FrameState::Complete;
}

} // namespace rookery::load
