// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/connection.h"

#include <algorithm>

/// What a connection may take its time for, and for how long.
namespace rookery::net {

namespace {

using namespace std::chrono_literals;

/// How long a client is listened to after the last answer, so that closing does not destroy the answer on its
/// way (a reset does).
constexpr auto lingerTime = 2s;

Refusal timedOut(const QString &detail)
{
    return {408, {ErrorCode::InvalidRequest, detail}};
}

} // namespace

void Connection::tick(Clock::time_point now)
{
    const Limits &limits = m_host.limits();
    const auto elapsed = now - m_since;
    switch (m_phase) {
    case Phase::Tls:
        if (elapsed >= limits.headerTime)
            die();
        break;
    case Phase::Head:
        if (m_head && m_head->started()) {
            if (elapsed >= limits.headerTime)
                refuse(timedOut(QStringLiteral("The head of the request took too long.")));
        } else if (elapsed >= limits.keepAliveTime) {
            die();
        }
        break;
    case Phase::Body:
        if (sendsTooSlowly(now))
            refuse(timedOut(QStringLiteral("The body of the request came too slowly.")));
        break;
    case Phase::Streaming:
        tickStreaming(now);
        break;
    case Phase::Handling:
        if (readsTooSlowly(now))
            abort();
        break;
    case Phase::Upgrading:
        if (!waitsForShare() && elapsed >= limits.headerTime)
            abort();
        break;
    case Phase::WebSocket:
        m_webSocket->tick(now);
        break;
    case Phase::Lingering:
        if (lingeredEnough(now))
            abort();
        break;
    case Phase::Deciding:
    case Phase::Over:
        break;
    }
}

bool Connection::lingeredEnough(Clock::time_point now)
{
    if (m_transport->queued() > 0)
        return readsTooSlowly(now);
    // What the kernel still holds would be thrown away by an abort: as long as the peer takes some of it,
    // wait.
    const qint64 unsent = m_transport->unsent();
    if (unsent < std::exchange(m_unsent, unsent))
        m_since = now;
    return now - m_since
        >= (unsent > 0 ? std::max<Clock::duration>(lingerTime, m_host.limits().bodyGrace) : lingerTime);
}

bool Connection::sendsTooSlowly(Clock::time_point now) const
{
    const Limits &limits = m_host.limits();
    const std::chrono::duration<double> late = now - m_since - limits.bodyGrace;
    return late.count() > 0 && double(m_body->received()) < late.count() * double(limits.bodyBytesPerSecond);
}

/// The same measure for who takes an answer as for who sends a body, from when the kernel's buffer was full.
bool Connection::readsTooSlowly(Clock::time_point now)
{
    if (m_transport->queued() == 0) {
        m_writingSince = {};
        return false;
    }
    if (m_writingSince == Clock::time_point{}) {
        if (!m_transport->isFull())
            return false; // it was not even offered yet
        m_writingSince = now;
        m_writingFrom = m_transport->sent();
        return false;
    }
    const Limits &limits = m_host.limits();
    const std::chrono::duration<double> late = now - m_writingSince - limits.bodyGrace;
    return late.count() > 0
        && double(m_transport->sent() - m_writingFrom) < late.count() * double(limits.bodyBytesPerSecond);
}

} // namespace rookery::net
