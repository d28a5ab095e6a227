// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/ledger.h"
#include "tests/faults/proxy/random.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace rookery::faults {

/// What one sender has to say to one room: makes messages, and keeps each until it is acknowledged. After a
/// connection ends, what was on its way goes again under the same client id, in the same order. Belongs to
/// the loop's thread.
class Outbox
{
public:
    struct What
    {
        std::uint32_t stream = 0; ///< of this run
        std::string room; ///< id
        std::string sender; ///< the user's id
        std::size_t window = 1; ///< how many may be on their way at once
        bool inBursts = false; ///< as many as the window takes, at once, and not one after the other
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
    /// Makes another message, or messages, where there is room for them on their way.
    void produce();
    /// The next one to send on the connection that there is; null: none for now.
    const Message *next();
    /// Whether that message waits here and was sent more than once.
    bool wasResent(const std::string &clientId) const;
    bool contains(const std::string &clientId) const { return find(clientId) != m_messages.end(); }
    void acknowledged(const std::string &clientId, const std::string &id, std::int64_t seq);
    /// What was on its way and not acknowledged goes again. `refused`: because the server did not take it,
    /// though it may have taken what came after it.
    void startOver(bool refused);

    /// The oldest was refused for good, and is not sent again.
    void giveUpOldest();

    void setProducing(bool producing) { m_producing = producing; }
    /// Nothing waits for an acknowledgement, and nothing will be made.
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
    std::deque<Message> m_messages; ///< not acknowledged, the oldest first
    std::size_t m_next = 0; ///< in m_messages: the first that was not sent on this connection
    std::uint32_t m_made = 0;
    bool m_producing = false;
};

} // namespace rookery::faults
