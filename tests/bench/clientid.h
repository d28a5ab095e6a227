// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rookery::bench {

enum class ClientIds : std::uint8_t {
    Ordered, ///< UUIDv7, in order of time, as Rookery's own client generates them
    Random, ///< UUIDv4, scattered over the server's index
};

/// A client id in canonical text. The same arguments give the same id, so that none need be stored.
class ClientId
{
public:
    /// `unixMs` is used for Ordered only.
    ClientId(
        ClientIds kind, std::uint32_t run, std::uint32_t stream, std::uint32_t number, std::int64_t unixMs);
    std::string_view text() const { return {m_text.data(), m_text.size()}; }

private:
    std::array<char, 36> m_text;
};

} // namespace rookery::bench
