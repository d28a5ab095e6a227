// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/acksink.h"

#include "tests/bench/messagetag.h"
#include "tests/wire/load/refusal.h"

namespace rookery::bench {

using namespace load;

namespace {

std::int64_t unixMilliseconds()
{
    timespec time{};
    ::clock_gettime(CLOCK_REALTIME, &time);
    return toNanos(time) / millisecond;
}

} // namespace

AckSink::AckSink(const Work &work, FailureNote &failures)
    : m_work(work)
    , m_failures(failures)
{ }

void AckSink::start(Session &session)
{
    for (int i = 0; i < m_work.inFlight; ++i)
        sendNext(session);
}

void AckSink::sendNext(Session &session)
{
    if (m_finishing || (m_work.messages > 0 && m_sent.value() >= m_work.messages))
        return;
    Sent &sent = m_senders[session.stream];
    const auto number = std::uint32_t(sent.size());
    const Message message{now(), unixMilliseconds(), 0};
    sent.push_back(message);
    m_sent.add();
    const ClientId id(m_work.clientIds, m_work.run, session.stream, number, message.unixMs);
    session.sendMessage(
        MessageTag{m_work.run, session.stream, number, message.due}.text(m_work.size), id.text(), number);
}

void AckSink::frame(Session &session, std::string_view frame, Nanos at)
{
    const std::string_view type = frameType(frame);
    if (type == "error" || type == "going_away") {
        m_failures.note("the server refused a message: " + explainRefusal(0, frame));
        return;
    }
    if (type != "ack")
        return;
    const std::int64_t number = frameNumber(frame, "ref");
    const std::int64_t seq = frameNumber(frame, "seq");
    Sent &sent = m_senders[session.stream];
    if (number < 0 || std::size_t(number) >= sent.size() || seq < 1) {
        m_failures.note("an acknowledgement names nothing that was sent: " + std::string(frame));
        return;
    }
    Message &message = sent[std::size_t(number)];
    if (message.seq != 0) {
        m_failures.note("a message was acknowledged twice: " + std::string(frame));
        return;
    }
    message.seq = seq;
    m_acknowledged.add();
    if (m_measuring.load(std::memory_order_relaxed))
        m_times.record(at - message.due);
    sendNext(session);
}

} // namespace rookery::bench
