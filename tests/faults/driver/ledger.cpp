// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/ledger.h"

namespace rookery::faults {

void Ledger::sent(const std::string &clientId, Message message)
{
    m_messages.emplace(clientId, std::move(message));
}

void Ledger::acknowledged(const std::string &clientId, const std::string &id, std::int64_t seq)
{
    const auto found = m_messages.find(clientId);
    if (found == m_messages.end()) {
        m_findings.add(Fault::Altered, "an acknowledgement of " + clientId + ", which nobody sent");
        return;
    }
    if (m_first == 0)
        m_first = bench::now();
    Message &message = found->second;
    if (!message.acknowledged) {
        message.acknowledged = true;
        message.id = id;
        message.seq = seq;
        m_order.push_back(clientId);
        ++m_acknowledgements;
    } else if (message.id != id || message.seq != seq) {
        m_findings.add(Fault::Contradicted,
            clientId + " was acknowledged as " + message.id + " with seq " + std::to_string(message.seq)
                + ", then as " + id + " with seq " + std::to_string(seq));
    }
}

void Ledger::refusedForATime(const std::string &clientId)
{
    const auto found = m_messages.find(clientId);
    if (found != m_messages.end())
        found->second.inOrder = false;
}

const Ledger::Message *Ledger::find(const std::string &clientId) const
{
    const auto found = m_messages.find(clientId);
    return found == m_messages.end() ? nullptr : &found->second;
}

} // namespace rookery::faults
