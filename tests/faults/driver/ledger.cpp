// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/ledger.h"

namespace rookery::faults {

void Acknowledged::add(const Acknowledged &other)
{
    all += other.all;
    edits += other.edits;
    deletions += other.deletions;
    membershipChanges += other.membershipChanges;
    refusedAsGone += other.refusedAsGone;
}

void Ledger::sent(const std::string &clientId, Operation operation)
{
    m_operations.emplace(clientId, std::move(operation));
}

void Ledger::acknowledged(const std::string &clientId, const std::string &id, std::int64_t seq)
{
    const auto found = m_operations.find(clientId);
    if (found == m_operations.end()) {
        m_findings.add(Fault::Altered, "an acknowledgement of " + clientId + ", which nobody sent");
        return;
    }
    if (m_first == 0)
        m_first = load::now();
    Operation &operation = found->second;
    if (operation.isGone) {
        m_findings.add(Fault::Contradicted,
            clientId + " was refused because its message is deleted, then acknowledged as " + id);
    } else if (!operation.isAcknowledged) {
        operation.isAcknowledged = true;
        operation.id = id;
        operation.seq = seq;
        m_order.push_back(clientId);
        ++m_acknowledgements[std::size_t(operation.kind)];
        if (operation.kind == EventKind::Message)
            m_targets.add(operation.room, operation.sender, seq);
    } else if (operation.id != id || operation.seq != seq) {
        m_findings.add(Fault::Contradicted,
            clientId + " was acknowledged as " + operation.id + " with seq " + std::to_string(operation.seq)
                + ", then as " + id + " with seq " + std::to_string(seq));
    }
}

void Ledger::gone(const std::string &clientId)
{
    const auto found = m_operations.find(clientId);
    if (found == m_operations.end() || found->second.isGone)
        return;
    Operation &operation = found->second;
    if (operation.isAcknowledged) {
        m_findings.add(Fault::Contradicted,
            clientId + " was acknowledged as " + operation.id
                + ", then refused because its message is deleted");
        return;
    }
    operation.isGone = true;
    m_order.push_back(clientId);
    ++m_refusedAsGone;
}

void Ledger::refusedForATime(const std::string &clientId)
{
    const auto found = m_operations.find(clientId);
    if (found != m_operations.end())
        found->second.isInOrder = false;
}

void Ledger::memberChanged(const std::string &room, const std::string &user, const std::string &role)
{
    Membership &membership = m_memberships[{room, user}];
    membership.role = role;
    ++membership.changes;
    ++m_acknowledgements[std::size_t(EventKind::MemberChanged)];
}

void Ledger::membershipRepeated(const std::string &room, const std::string &user)
{
    ++m_memberships[{room, user}].repeated;
}

const Operation *Ledger::find(const std::string &clientId) const
{
    const auto found = m_operations.find(clientId);
    return found == m_operations.end() ? nullptr : &found->second;
}

std::uint64_t Ledger::acknowledgements() const
{
    return count(EventKind::Message) + count(EventKind::Edited) + count(EventKind::Deleted);
}

Acknowledged Ledger::counts() const
{
    return {acknowledgements(), count(EventKind::Edited), count(EventKind::Deleted),
        count(EventKind::MemberChanged), m_refusedAsGone};
}

} // namespace rookery::faults
