// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/ledger.h"
#include "tests/faults/driver/roomview.h"

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace rookery::faults {

/// Compares what was sent, acknowledged and received with the rooms' logs as a fresh client reads them. Pure:
/// no I/O, so that it can be tested with planted errors.
class Checker
{
public:
    Checker(const Ledger &ledger, Findings &findings);

    /// Adds the next event of a room's log. Must be called once for every event, in each room in the order of
    /// the log.
    void take(const Event &event);
    /// Number of events of that room so far.
    std::int64_t lastSeq(const std::string &room) const;

    /// Call after all logs were read to their ends: every acknowledged message must be in them. Checks
    /// messages acknowledged since the last call.
    void settleAcknowledged();
    /// Call after all logs were read to their ends: the view must equal the log. `from` is the number of its
    /// events that were compared before; returns the new number.
    std::size_t compare(const RoomView &view, std::size_t from = 0);

    std::uint64_t eventsTaken() const { return m_ids.size(); }

private:
    struct Log
    {
        std::vector<std::uint64_t> fingerprints; ///< of seq 1, 2, 3 …; 0 for a missing one
        std::unordered_map<std::uint32_t, std::uint32_t> lastNumbers; ///< by stream
    };

    const Ledger &m_ledger;
    Findings &m_findings;
    std::unordered_map<std::string, Log> m_logs; ///< by room
    std::unordered_set<std::string> m_ids;
    std::unordered_set<std::string> m_clientIds;
    std::size_t m_settled = 0; ///< number of acknowledgements checked
};

} // namespace rookery::faults
