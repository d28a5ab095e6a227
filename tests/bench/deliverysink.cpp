// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/deliverysink.h"

#include "tests/wire/load/refusal.h"

namespace rookery::bench {

using namespace load;

void DeliverySink::frame(Session &session, std::string_view frame, Nanos at)
{
    MessageTag tag;
    if (!MessageTag::find(frame, m_run, m_hint, tag)) {
        other(frame);
        return;
    }
    if (tag.stream != session.stream) {
        m_failures.note("a message of another room reached socket " + std::to_string(session.index()));
        return;
    }
    if (tag.number < session.expected) {
        m_duplicates.add();
        return;
    }
    session.expected = tag.number + 1;
    m_deliveries.add();
    // Every read has a time of its own.
    if (at != m_lastRead) {
        m_lastRead = at;
        m_reads.add();
    }
    if (session.isTimed && m_measuring.load(std::memory_order_relaxed))
        m_times.record(at - tag.due);
    delivered(session, tag);
}

void DeliverySink::other(std::string_view frame)
{
    const std::string_view type = frameType(frame);
    if (type == "error")
        m_failures.note("the server refused a message: " + explainRefusal(0, frame));
    else if (type == "going_away")
        m_failures.note("the server is leaving");
    // Presence and acknowledgements are nothing to count.
}

} // namespace rookery::bench
