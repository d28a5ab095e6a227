// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/proxy/connectionfaults.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rookery::faults {

using TimePoint = std::chrono::steady_clock::time_point;

/// One direction of a connection: bytes that have been read and not yet written, and its faults. Does no I/O,
/// so that its rules can be tested without any.
class Pipe
{
public:
    Pipe(const DirectionFaults &faults, TimePoint now);

    /// How many bytes may be read now; 0: none for now, or never again.
    std::size_t appetite(TimePoint now) const;
    /// Adds bytes that were read; no more than appetite().
    void take(std::string_view bytes, TimePoint now);
    /// The sender has ended: its end is passed on after its last byte.
    void takeEnd() { m_ended = true; }

    /// The next bytes to write, in one write.
    std::string_view piece() const;
    /// Whether only one piece() may be written per turn of the loop.
    bool isInPieces() const { return m_faults.pieces > 0; }
    /// This many bytes of piece() were written.
    void written(std::size_t count);

    /// All bytes before the cut are written.
    bool cutIsDue() const { return m_passed >= m_faults.cutAfter; }
    Cut cut() const { return m_faults.cut; }
    /// All is written and the sender has ended.
    bool endIsDue() const { return m_ended && m_waiting.size() == m_offset; }
    bool hasEnded() const { return m_ended; }

    /// Until release(): nothing is read or written.
    void hold() { m_held = true; }
    /// Ends hold() and a stall.
    void release();
    /// Discards everything that arrives from now on.
    void drop() { m_faults.dropAfter = m_taken; }
    /// When the current stall ends by itself, if there is one.
    std::optional<TimePoint> stallEnds(TimePoint now) const;

    std::uint64_t passed() const { return m_passed; }

private:
    void stallIfDue(TimePoint now);

    DirectionFaults m_faults;
    std::string m_waiting;
    std::size_t m_offset = 0; ///< bytes of m_waiting that are written
    std::uint64_t m_taken = 0; ///< bytes received
    std::uint64_t m_passed = 0; ///< bytes written
    std::optional<TimePoint> m_stalledUntil;
    bool m_held = false;
    bool m_ended = false;
};

} // namespace rookery::faults
