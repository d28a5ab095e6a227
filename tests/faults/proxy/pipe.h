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

/// One direction of a connection: what has been read and not yet written, and what the faults say of it. Does
/// no I/O itself, so that its rules can be read and tested without any.
class Pipe
{
public:
    Pipe(const DirectionFaults &faults, TimePoint now);

    /// How many bytes may be read now; 0: none for now, or none ever again.
    std::size_t appetite(TimePoint now) const;
    /// What was read. No more than appetite().
    void take(std::string_view bytes, TimePoint now);
    /// The sender has ended: its end is passed on after its last byte.
    void takeEnd() { m_ended = true; }

    /// What to write next, in one write.
    std::string_view piece() const;
    /// Whether there is to be one piece() per turn of the loop.
    bool isInPieces() const { return m_faults.pieces > 0; }
    /// So many bytes of piece() were written.
    void written(std::size_t count);

    /// The bytes before the cut are written.
    bool cutIsDue() const { return m_passed >= m_faults.cutAfter; }
    Cut cut() const { return m_faults.cut; }
    /// All is written and the sender has ended.
    bool endIsDue() const { return m_ended && m_waiting.size() == m_offset; }
    bool hasEnded() const { return m_ended; }

    /// Until release(): nothing is read and nothing written.
    void hold() { m_held = true; }
    /// Ends hold() and a stall.
    void release();
    /// Whatever comes from now on is thrown away.
    void drop() { m_faults.dropAfter = m_taken; }
    /// When a stall ends by itself, where one goes on.
    std::optional<TimePoint> stallEnds(TimePoint now) const;

    std::uint64_t passed() const { return m_passed; }

private:
    void stallIfDue(TimePoint now);

    DirectionFaults m_faults;
    std::string m_waiting;
    std::size_t m_offset = 0; ///< what of m_waiting is written
    std::uint64_t m_taken = 0; ///< bytes that have come
    std::uint64_t m_passed = 0; ///< bytes that were written
    std::optional<TimePoint> m_stalledUntil;
    bool m_held = false;
    bool m_ended = false;
};

} // namespace rookery::faults
