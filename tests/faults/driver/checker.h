// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/ledger.h"
#include "tests/faults/driver/roomview.h"

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace rookery::faults {

/// Holds what was sent, acknowledged and seen against the rooms' logs as a fresh client reads them. Pure: no
/// I/O, so that it is tested with faults planted into its input.
class Checker
{
public:
    Checker(const Ledger &ledger, Findings &findings);

    /// The next event of a room's log. To be given every event once, each room's in the order in which they
    /// were fetched.
    void take(const Event &event);
    /// Of that room so far.
    std::int64_t lastSeq(const std::string &room) const;

    /// All logs have been taken to their ends: every message that is acknowledged must be there. Looks at
    /// those that were acknowledged since the last call.
    void settleAcknowledged();
    /// All logs have been taken to their ends: the view must be the same. `from` is how many of its events
    /// were compared before; answers how many are now.
    std::size_t compare(const RoomView &view, std::size_t from = 0);

    std::uint64_t eventsTaken() const { return m_ids.size(); }

private:
    struct Log
    {
        std::vector<std::uint64_t> fingerprints; ///< of seq 1, 2, 3 …; 0 where one is missing
        std::unordered_map<std::uint32_t, std::uint32_t> lastNumbers; ///< by stream
    };

    const Ledger &m_ledger;
    Findings &m_findings;
    std::unordered_map<std::string, Log> m_logs; ///< by room
    std::unordered_set<std::string> m_ids;
    std::unordered_set<std::string> m_clientIds;
    std::size_t m_settled = 0; ///< how many acknowledgements were looked at
};

} // namespace rookery::faults
