// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/ledger.h"
#include "tests/faults/proxy/random.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace rookery::faults {

/// The messages of one sender to one room: creates them, and keeps each until it is acknowledged. After a
/// connection ends, messages in flight are sent again with the same client id, in the same order. Belongs to
/// the loop's thread.
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
        std::uint32_t limit = 0; ///< how many there will be; 0: until setProducing(false)
    };
    Outbox(What what, Ledger &ledger, std::uint64_t seed);

    struct Message
    {
        std::string clientId;
        std::string text; ///< needs no escaping in JSON
        std::uint32_t number = 0;
        int attempts = 0;
    };
    /// Creates another message, or messages, if the window has room.
    void produce();
    /// The next one to send on the current connection; nullptr: none for now.
    const Message *next();
    /// Whether that message is pending here and was sent more than once.
    bool wasResent(const std::string &clientId) const;
    bool contains(const std::string &clientId) const { return find(clientId) != m_messages.end(); }
    void acknowledged(const std::string &clientId, const std::string &id, std::int64_t seq);
    /// Messages in flight are sent again. `refused`: because the server refused one, though it may have
    /// accepted later ones.
    void startOver(bool refused);

    /// The oldest was refused permanently, and is not sent again.
    void giveUpOldest();

    void setProducing(bool producing) { m_producing = producing; }
    /// Nothing is unacknowledged, and nothing will be created.
    bool isDone() const { return m_messages.empty() && !mayProduce(); }
    /// Something was sent and is not acknowledged.
    bool isWaiting() const { return m_next > 0; }
    const std::string &room() const { return m_what.room; }

private:
    void make();
    bool mayProduce() const { return m_producing && (m_what.limit == 0 || m_made < m_what.limit); }
    std::deque<Message>::const_iterator find(const std::string &clientId) const;

    What m_what;
    Ledger &m_ledger;
    Random m_random;
    std::uint32_t m_run;
    std::deque<Message> m_messages; ///< not acknowledged, oldest first
    std::size_t m_next = 0; ///< index in m_messages of the first that was not sent on this connection
    std::uint32_t m_made = 0;
    bool m_producing = false;
};

} // namespace rookery::faults
