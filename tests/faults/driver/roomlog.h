// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/event.h"

#include <cstdint>
#include <unordered_map>
#include <vector>

namespace rookery::faults {

/// A text of a message, and the event that set it.
struct Version
{
    std::int64_t seq = 0;
    std::uint64_t text = 0; ///< a hash

    bool operator==(const Version &) const = default;
};

/// One room's log as it was read, and what must be shown of each event according to it.
class RoomLog
{
public:
    struct Entry
    {
        std::uint64_t identity = 0; ///< 0: missing in the log
        EventKind kind = EventKind::Other;
        std::int64_t target = 0;
        std::uint64_t given = 0; ///< hash of the text that the sender gave; 0: not known
        Shown shown = {}; ///< as read
        std::string sender = {};
        std::uint64_t id = 0; ///< a hash of it
    };

    /// The number of the last event; 0: none.
    std::int64_t lastSeq() const { return std::int64_t(m_entries.size()); }
    /// Missing events between the last one and `seq` get empty entries.
    void append(std::int64_t seq, Entry entry);
    /// nullptr: there is none.
    const Entry *find(std::int64_t seq) const;

    bool isDeleted(std::int64_t message) const;
    /// What a client must be shown of the event now.
    Shown expected(std::int64_t seq) const;
    /// Whether that was right at any time since the event was stored.
    bool wasRight(std::int64_t seq, const Shown &shown) const;
    /// Whether clients of messages only need not be sent the event.
    bool isSkipped(std::int64_t seq) const;
    /// All texts of a message, the oldest first.
    std::vector<Version> versions(std::int64_t message) const;

private:
    struct Changes
    {
        std::vector<std::int64_t> edits; ///< in the order of the log
        std::int64_t deletion = 0;
    };
    const Changes &changesOf(std::int64_t message) const;
    std::uint64_t given(std::int64_t seq) const;

    std::vector<Entry> m_entries; ///< of seq 1, 2, 3 …
    std::unordered_map<std::int64_t, Changes> m_changes; ///< by message
};

} // namespace rookery::faults
