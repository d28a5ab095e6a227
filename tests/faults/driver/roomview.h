// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/event.h"
#include "tests/faults/driver/findings.h"

#include <string>
#include <unordered_set>
#include <vector>

namespace rookery::faults {

/// What one client has received of one room's log, and the checks on arriving events.
class RoomView
{
public:
    /// What the client is sent.
    enum class Scope : std::uint8_t {
        Everything, ///< every event
        Messages, ///< messages only; it resumes where it was
        LiveMessages, ///< messages only, and only those sent while it is connected
    };
    /// From the event after `after` on. `client` is its name in findings.
    RoomView(std::string client, std::string room, std::string epoch, std::int64_t after, Findings &findings,
        Scope scope = Scope::Everything);

    /// Adds the next event received.
    void take(const Event &event);
    /// Notes an event that was sent in answer to the client, outside of the room's order.
    void takeBeside(std::int64_t seq) { m_beside.insert(seq); }
    /// A connection begins: events may have been left out before the next one.
    void connected() { m_isFirst = true; }

    const std::string &client() const { return m_client; }
    const std::string &room() const { return m_room; }
    const std::string &epoch() const { return m_epoch; }
    Scope scope() const { return m_scope; }
    /// The resume point.
    std::int64_t lastSeq() const { return m_lastSeq; }
    std::int64_t after() const { return m_after; }
    bool wasToldBeside(std::int64_t seq) const { return m_beside.contains(seq); }
    struct Seen
    {
        std::int64_t seq;
        std::int64_t previous; ///< of the event before it; there should be nothing in between
        std::uint64_t identity;
        Shown shown;
    };
    /// In order of arrival, which is the order of seq unless something is wrong.
    const std::vector<Seen> &seen() const { return m_seen; }

private:
    std::string m_client;
    std::string m_room;
    std::string m_epoch;
    std::int64_t m_after;
    std::int64_t m_lastSeq;
    Scope m_scope;
    bool m_isFirst = false;
    std::vector<Seen> m_seen;
    std::unordered_set<std::int64_t> m_beside;
    Findings &m_findings;
};

} // namespace rookery::faults
