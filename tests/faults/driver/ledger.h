// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/event.h"
#include "tests/faults/driver/findings.h"
#include "tests/faults/driver/targets.h"
#include "tests/wire/load/clock.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rookery::faults {

/// One thing that a client asks for, under a client id.
struct Operation
{
    EventKind kind = EventKind::Message; ///< Message, Edited or Deleted
    std::string room; ///< id
    std::string sender; ///< the user's id
    std::string text; ///< empty for a deletion
    std::int64_t target = 0; ///< of an edit or deletion: seq of the message
    std::uint32_t stream = 0; ///< one sender's operations in one room are in order of `number`
    std::uint32_t number = 0;

    // The server's answer.
    bool isInOrder = true; ///< false: was refused temporarily, and may come after operations sent later
    bool isAcknowledged = false;
    bool isGone = false; ///< was refused because the message is deleted
    std::string id = {}; ///< as acknowledged
    std::int64_t seq = 0;

    bool isAnswered() const { return isAcknowledged || isGone; }
};

/// How many operations were acknowledged.
struct Acknowledged
{
    std::uint64_t all = 0; ///< messages, edits and deletions
    std::uint64_t edits = 0;
    std::uint64_t deletions = 0;
    std::uint64_t membershipChanges = 0;
    std::uint64_t refusedAsGone = 0; ///< edits refused because the message is deleted

    void add(const Acknowledged &other);
};

/// What a client has done to its own membership in a room.
struct Membership
{
    std::string role; ///< after the last acknowledged change
    std::uint64_t changes = 0; ///< acknowledged; each is one event
    /// Requests that had no answer and were sent again. They have no client id: the server may carry out the
    /// first one later than the second, and that is one more event.
    std::uint64_t repeated = 0;
};

/// Everything that was asked for and its answers, by client id. Belongs to the loop's thread, except for the
/// counts.
class Ledger
{
public:
    explicit Ledger(Findings &findings)
        : m_findings(findings)
    { }

    void sent(const std::string &clientId, Operation operation);
    /// The server has acknowledged it as durable under this id and seq.
    void acknowledged(const std::string &clientId, const std::string &id, std::int64_t seq);
    /// The server has refused an edit, because the message is deleted.
    void gone(const std::string &clientId);
    void refusedForATime(const std::string &clientId);
    /// The user has joined or left a room, as acknowledged.
    void memberChanged(const std::string &room, const std::string &user, const std::string &role);
    /// The user has asked for that again.
    void membershipRepeated(const std::string &room, const std::string &user);

    const Operation *find(const std::string &clientId) const;
    const std::unordered_map<std::string, Operation> &operations() const { return m_operations; }
    /// The client ids in order of their first answer.
    const std::vector<std::string> &inOrderOfAnswer() const { return m_order; }
    const Targets &targets() const { return m_targets; }
    /// By room and user.
    const std::map<std::pair<std::string, std::string>, Membership> &memberships() const
    {
        return m_memberships;
    }

    /// Thread-safe: number of operations with a first acknowledgement.
    std::uint64_t acknowledgements() const;
    /// Thread-safe.
    Acknowledged counts() const;
    /// Thread-safe: time of the first acknowledgement after awaitFirst(); 0: none yet.
    load::Nanos first() const { return m_first; }
    void awaitFirst() { m_first = 0; }

private:
    std::uint64_t count(EventKind kind) const { return m_acknowledgements[std::size_t(kind)]; }

    Findings &m_findings;
    std::unordered_map<std::string, Operation> m_operations;
    std::vector<std::string> m_order;
    Targets m_targets;
    std::map<std::pair<std::string, std::string>, Membership> m_memberships;
    std::array<std::atomic<std::uint64_t>, 4> m_acknowledgements{}; ///< by kind
    std::atomic<std::uint64_t> m_refusedAsGone = 0;
    std::atomic<load::Nanos> m_first = 0;
};

} // namespace rookery::faults
