// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/roomview.h"

#include <algorithm>

namespace rookery::faults {

RoomView::RoomView(std::string client, std::string room, std::string epoch, std::int64_t after,
    Findings &findings, Scope scope)
    : m_client(std::move(client))
    , m_room(std::move(room))
    , m_epoch(std::move(epoch))
    , m_after(after)
    , m_lastSeq(after)
    , m_scope(scope)
    , m_findings(findings)
{ }

void RoomView::take(const Event &event)
{
    const bool mayJump = std::exchange(m_isFirst, false) && m_scope == Scope::LiveMessages;
    const Seen now{event.seq, mayJump ? event.seq - 1 : m_lastSeq, event.identity(), event.shown()};
    const auto what = [&] {
        return m_client + " was told seq " + std::to_string(event.seq) + " of " + m_room + " after "
            + std::to_string(m_lastSeq);
    };
    if (event.seq > m_lastSeq + 1) {
        if (m_scope == Scope::Everything)
            m_findings.add(Fault::Gap, what());
    } else if (event.seq <= m_lastSeq) {
        const auto before = std::find_if(
            m_seen.rbegin(), m_seen.rend(), [&](const Seen &seen) { return seen.seq == event.seq; });
        if (before == m_seen.rend())
            m_findings.add(Fault::Reordered, what());
        else if (before->identity == now.identity && before->shown == now.shown)
            m_findings.add(Fault::Doubled, what());
        else
            m_findings.add(Fault::Contradicted, what() + ", and it is another event than before");
        return;
    }
    m_lastSeq = event.seq;
    m_seen.push_back(now);
}

} // namespace rookery::faults
