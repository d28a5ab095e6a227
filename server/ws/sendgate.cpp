// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ws/sendgate.h"

#include <QtEndian>

#include <algorithm>

namespace rookery::ws {

namespace {

/// Time after which a ping counts as lost: a client may answer only the latest ping (RFC 6455 section 5.5.3).
constexpr std::chrono::seconds pongTime{5};

bool isSame(const SendGate::ClientId &first, const SendGate::ClientId &second)
{
    return first && second && first->compare(*second, Qt::CaseInsensitive) == 0;
}

std::chrono::milliseconds left(SendGate::Time until, SendGate::Time now)
{
    const auto time = std::chrono::ceil<std::chrono::milliseconds>(until - now);
    return std::max<std::chrono::milliseconds>(time, SendGate::quietTime);
}

} // namespace

// The numbers start at the current time, so that pongs to an earlier gate of the socket do not match.
SendGate::SendGate(Time now)
    : m_refusals(quint64(now.time_since_epoch().count()))
    , m_pinged(m_refusals)
    , m_seen(m_refusals)
{ }

bool SendGate::opens(const Closed &closed, const ClientId &clientId, Time now) const
{
    if (isSame(clientId, closed.first) || now >= closed.until + longestTime)
        return true;
    return now >= closed.until && m_seen >= closed.lastNumber
        && now - std::max(closed.last, m_heldUntil) >= quietTime;
}

std::optional<Error> SendGate::check(
    const QString &room, const ClientId &clientId, Time now, std::optional<Time> received)
{
    for (const QString &key : {allRooms(), room}) {
        const auto closed = m_rooms.find(key);
        if (closed == m_rooms.end())
            continue;
        if (!opens(*closed, clientId, received.value_or(now))) {
            // Its room has not been quiet either.
            if (const auto own = m_rooms.find(room); own != m_rooms.end() && own != closed)
                again(*own, now);
            return again(*closed, now);
        }
        m_rooms.erase(closed);
    }
    return std::nullopt;
}

Error SendGate::again(Closed &closed, Time now)
{
    closed.last = now;
    closed.lastNumber = ++m_refusals;
    Error error = closed.error;
    error.detail = QStringLiteral("A message before this one was refused for a while.");
    error.retryAfter = left(closed.until, now);
    return error;
}

Error SendGate::refused(
    const QString &room, const ClientId &clientId, const Error &error, bool wasAccepted, Time now)
{
    const QString key = m_rooms.contains(room) || m_rooms.size() < mostRooms ? room : allRooms();
    const auto known = m_rooms.find(key);
    if (known != m_rooms.end()) {
        // What the store had is older than what came to a closed room.
        if (wasAccepted && !known->firstWasAccepted) {
            known->first = clientId;
            known->firstWasAccepted = true;
        }
        return again(*known, now);
    }
    Error told = error;
    told.retryAfter = std::max<std::chrono::milliseconds>(error.retryAfter, quietTime);
    m_rooms.insert(key, {error, clientId, wasAccepted, now + told.retryAfter, now, ++m_refusals});
    return told;
}

void SendGate::heldUp(Time until)
{
    m_heldUntil = std::max(m_heldUntil, until);
}

QByteArray SendGate::nextPing(Time now)
{
    const bool awaited = m_pinged > m_seen && now - m_pingedAt < pongTime;
    if (m_seen == m_refusals || awaited)
        return {};
    m_pinged = m_refusals;
    m_pingedAt = now;
    QByteArray payload(sizeof m_pinged, Qt::Uninitialized);
    qToBigEndian(m_pinged, payload.data());
    return payload;
}

void SendGate::pongReceived(const QByteArray &payload)
{
    if (payload.size() != sizeof m_pinged)
        return;
    const auto number = qFromBigEndian<quint64>(payload.constData());
    if (number <= m_pinged)
        m_seen = std::max(m_seen, number);
}

} // namespace rookery::ws
