// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/ledger.h"
#include "tests/faults/driver/roomlog.h"
#include "tests/faults/driver/roomview.h"

#include <map>
#include <optional>
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

    // Call the following after all logs were read to their ends.

    /// A message that was edited or deleted.
    struct Changed
    {
        std::string room;
        std::string sender;
        std::int64_t seq = 0;
    };
    /// The messages changed by events that were taken since the last settle(), each once: to be read again.
    std::vector<Changed> changed() const;
    /// Such a message as it is read now. nullopt: the log does not have it any more.
    void takeAgain(const Changed &message, const std::optional<Event> &event);
    /// Its texts as the author reads them. nullopt: there is no such message.
    void takeVersions(const Changed &message, const std::optional<std::vector<Version>> &versions);
    /// What was taken and answered since the last call: every acknowledged operation must be in the logs, and
    /// the logs must show what they say.
    void settle();
    /// The view must equal the log. `from` is the number of its events that were compared before; returns the
    /// new number.
    std::size_t compare(const RoomView &view, std::size_t from = 0);
    /// Whether the view's client was sent everything up to the end of the log.
    bool isComplete(const RoomView &view) const;

    std::uint64_t eventsTaken() const { return m_ids.size(); }

private:
    struct Room
    {
        RoomLog log;
        std::int64_t settled = 0; ///< seq of the last event whose text was checked
        std::unordered_map<std::uint32_t, std::uint32_t> lastNumbers; ///< by stream
    };
    using RoomAndUser = std::pair<std::string, std::string>;

    const RoomLog &logOf(const std::string &room) const;
    void takeChange(const Event &event, const Operation &operation, Room &room);
    void takeMemberChange(const Event &event);
    void checkOrder(const Event &event, const Operation &operation, Room &room);
    void checkShown(const std::string &room, std::int64_t seq, const Shown &shown);
    void checkAcknowledged(const std::string &clientId, const Operation &operation);
    void checkMemberships();
    bool isSkipped(const RoomView &view, std::int64_t seq) const;

    const Ledger &m_ledger;
    Findings &m_findings;
    std::unordered_map<std::string, Room> m_rooms; ///< by id
    std::unordered_set<std::string> m_ids;
    std::unordered_set<std::string> m_clientIds;
    std::map<RoomAndUser, Membership> m_memberships; ///< according to the logs
    std::map<std::pair<std::string, std::int64_t>, std::string> m_changed; ///< room and seq to the sender
    std::size_t m_settled = 0; ///< number of answers checked
};

} // namespace rookery::faults
