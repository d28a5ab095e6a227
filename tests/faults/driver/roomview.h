// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/event.h"
#include "tests/faults/driver/findings.h"

#include <string>
#include <vector>

namespace rookery::faults {

/// What one client has received of one room's log, and the checks on arriving events.
class RoomView
{
public:
    /// From the event after `after` on. `client` is its name in findings.
    RoomView(std::string client, std::string room, std::string epoch, std::int64_t after, Findings &findings);

    /// Adds the next event received.
    void take(const Event &event);

    const std::string &client() const { return m_client; }
    const std::string &room() const { return m_room; }
    const std::string &epoch() const { return m_epoch; }
    /// The resume point.
    std::int64_t lastSeq() const { return m_lastSeq; }
    std::int64_t after() const { return m_after; }
    struct Seen
    {
        std::int64_t seq;
        std::uint64_t fingerprint;
    };
    /// In order of arrival, which is the order of seq unless something is wrong.
    const std::vector<Seen> &seen() const { return m_seen; }

private:
    std::string m_client;
    std::string m_room;
    std::string m_epoch;
    std::int64_t m_after;
    std::int64_t m_lastSeq;
    std::vector<Seen> m_seen;
    Findings &m_findings;
};

} // namespace rookery::faults
