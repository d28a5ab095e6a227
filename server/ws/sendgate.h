// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/error.h"

#include <QHash>
#include <QString>

#include <chrono>
#include <optional>

namespace rookery::ws {

/// Keeps the order of one socket's messages when the server refuses one of them temporarily (isRetryable()).
/// All later messages to that room are refused, too, until the client has noticed: until the message that was
/// refused first is sent again with its client id. For clients that do not send it again, or use no client
/// ids, the room opens once the retry time is over, a pong shows that all refusals have been read, and
/// nothing was sent to the room for `quietTime` after the last refusal. A client that never stops sending is
/// let through after `longestTime`.
///
/// Bounded: past `mostRooms` a refusal closes all rooms of the socket. Pure: no I/O; the caller passes the
/// time.
class SendGate
{
public:
    using Time = std::chrono::steady_clock::time_point;
    using ClientId = std::optional<QString>;

    static constexpr std::chrono::seconds quietTime{1};
    static constexpr std::chrono::seconds longestTime{30}; ///< after the time of the first refusal
    static constexpr qsizetype mostRooms = 64;

    explicit SendGate(Time now);

    /// Closes all rooms: a message whose room is unknown was refused.
    static QString allRooms() { return {}; }

    /// A message to the room has come: what it is refused with, or nothing where it may pass. `received`: when, if it has
    /// waited since, behind others or for its room; it may have been sent before a refusal that came meanwhile.
    std::optional<Error> check(
        const QString &room, const ClientId &clientId, Time now, std::optional<Time> received = {});
    /// A message that check() let through was refused. `wasAccepted`: by the store, after others behind it
    /// may have been refused here. Answers what to tell the client: where the room is closed already, the
    /// error that closed it.
    Error refused(
        const QString &room, const ClientId &clientId, const Error &error, bool wasAccepted, Time now);
    /// The socket is not read until then: what comes after that may have been sent before.
    void heldUp(Time until);

    /// The payload of a ping that is to be sent now, behind the errors; empty where none is due.
    QByteArray nextPing(Time now);
    void pongReceived(const QByteArray &payload);

    bool isOpen() const { return m_rooms.isEmpty(); }

private:
    struct Closed
    {
        Error error; ///< what closed it
        ClientId first; ///< of the message that must come again
        bool firstWasAccepted = false;
        Time until; ///< of the first refusal
        Time last; ///< refusal
        quint64 lastNumber = 0;
    };

    bool opens(const Closed &closed, const ClientId &clientId, Time now) const;
    /// Counts one more refusal in a closed room.
    Error again(Closed &closed, Time now);

    QHash<QString, Closed> m_rooms;
    quint64 m_refusals; ///< the number of the last one
    quint64 m_pinged; ///< the last ping
    quint64 m_seen; ///< the last ping that was answered
    Time m_pingedAt;
    Time m_heldUntil;
};

} // namespace rookery::ws
