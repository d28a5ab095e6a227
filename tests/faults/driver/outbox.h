// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/ledger.h"
#include "tests/faults/proxy/random.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace rookery::faults {

/// What one sender does in one room: creates messages, edits and deletions, and keeps each until it is
/// answered. After a connection ends, those in flight are sent again with the same client id, in the same
/// order. Belongs to the loop's thread.
class Outbox
{
public:
    struct What
    {
        std::uint32_t stream = 0; ///< of this run
        std::string room; ///< id
        std::string sender; ///< the user's id
        std::size_t window = 1; ///< how many may be in flight at once
        bool inBursts = false; ///< fill the window at once instead of one by one
        std::uint32_t limit = 0; ///< number of operations; 0: until setProducing(false)
        bool makesChanges = false; ///< about one in eight is an edit or a deletion
    };
    Outbox(What what, Ledger &ledger, std::uint64_t seed);

    struct Entry
    {
        std::string clientId;
        EventKind kind = EventKind::Message; ///< Message, Edited or Deleted
        std::int64_t target = 0; ///< of an edit or deletion: seq of the message
        std::string text; ///< needs no escaping in JSON; empty for a deletion
        std::uint32_t number = 0;
        int attempts = 0;
    };
    /// Creates another one, or several, if the window has room.
    void produce();
    /// The next operation to send on the current connection; nullptr if all have been sent.
    const Entry *next();
    /// The pending operation with that number; nullptr: there is none.
    const Entry *byNumber(std::int64_t number) const;
    /// Whether that operation is pending and was sent more than once.
    bool wasResent(const std::string &clientId) const;
    bool contains(const std::string &clientId) const { return find(clientId) != m_entries.end(); }
    void acknowledged(const std::string &clientId, const std::string &id, std::int64_t seq);
    /// An edit was refused because its message is deleted.
    void gone(const std::string &clientId);
    /// Operations in flight are sent again. `refused`: the server refused one of them, and may have accepted
    /// later ones.
    void startOver(bool refused);

    /// The oldest operation was refused permanently, and is not sent again.
    void giveUpOldest();

    void setProducing(bool producing) { m_producing = producing; }
    /// Everything is answered, and nothing more will be created.
    bool isDone() const { return m_entries.empty() && !mayProduce(); }
    /// Something was sent and is not answered.
    bool isWaiting() const { return m_next > 0; }
    const std::string &room() const { return m_what.room; }

private:
    void make();
    void choose(Entry &entry);
    void remove(const std::string &clientId);
    bool mayProduce() const { return m_producing && (m_what.limit == 0 || m_made < m_what.limit); }
    std::deque<Entry>::const_iterator find(const std::string &clientId) const;

    What m_what;
    Ledger &m_ledger;
    Random m_random;
    std::uint32_t m_run;
    std::deque<Entry> m_entries; ///< not answered, oldest first
    std::size_t m_next = 0; ///< index in m_entries of the first that was not sent on this connection
    std::uint32_t m_made = 0;
    bool m_producing = false;
};

} // namespace rookery::faults
