// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/bench/clock.h"
#include "tests/faults/driver/findings.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace rookery::faults {

/// Everything that was sent and its acknowledgements, by client id. Belongs to the loop's thread, except for
/// the counts.
class Ledger
{
public:
    struct Message
    {
        std::string room; ///< id
        std::string sender; ///< the user's id
        std::string text;
        std::uint32_t stream = 0; ///< one sender's messages to one room are in order of `number`
        std::uint32_t number = 0;
        bool inOrder = true; ///< false: was refused temporarily, and may come after messages sent later
        bool acknowledged = false;
        std::string id; ///< as acknowledged
        std::int64_t seq = 0;
    };

    explicit Ledger(Findings &findings)
        : m_findings(findings)
    { }

    void sent(const std::string &clientId, Message message);
    /// The server has acknowledged it as durable under this id and seq.
    void acknowledged(const std::string &clientId, const std::string &id, std::int64_t seq);
    void refusedForATime(const std::string &clientId);

    const Message *find(const std::string &clientId) const;
    const std::unordered_map<std::string, Message> &messages() const { return m_messages; }
    /// The client ids in order of their first acknowledgement.
    const std::vector<std::string> &inOrderOfAcknowledgement() const { return m_order; }

    /// Thread-safe: number of messages with a first acknowledgement.
    std::uint64_t acknowledgements() const { return m_acknowledgements; }
    /// Thread-safe: time of the first acknowledgement after awaitFirst(); 0: none yet.
    bench::Nanos first() const { return m_first; }
    void awaitFirst() { m_first = 0; }

private:
    Findings &m_findings;
    std::unordered_map<std::string, Message> m_messages;
    std::vector<std::string> m_order;
    std::atomic<std::uint64_t> m_acknowledgements = 0;
    std::atomic<bench::Nanos> m_first = 0;
};

} // namespace rookery::faults
