// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/roomview.h"

#include <algorithm>

namespace rookery::faults {

RoomView::RoomView(
    std::string client, std::string room, std::string epoch, std::int64_t after, Findings &findings)
    : m_client(std::move(client))
    , m_room(std::move(room))
    , m_epoch(std::move(epoch))
    , m_after(after)
    , m_lastSeq(after)
    , m_findings(findings)
{ }

void RoomView::take(const Event &event)
{
    const Seen now{event.seq, event.fingerprint()};
    const std::string what = m_client + " was told seq " + std::to_string(event.seq) + " of " + m_room
        + " after " + std::to_string(m_lastSeq);
    if (event.seq > m_lastSeq + 1) {
        m_findings.add(Fault::Gap, what);
    } else if (event.seq <= m_lastSeq) {
        const auto before = std::find_if(
            m_seen.rbegin(), m_seen.rend(), [&](const Seen &seen) { return seen.seq == event.seq; });
        if (before == m_seen.rend())
            m_findings.add(Fault::Reordered, what);
        else if (before->fingerprint == now.fingerprint)
            m_findings.add(Fault::Doubled, what);
        else
            m_findings.add(Fault::Contradicted, what + ", and it is another event than before");
        return;
    }
    m_lastSeq = event.seq;
    m_seen.push_back(now);
}

} // namespace rookery::faults
