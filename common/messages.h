// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/events/content.h"
#include "common/role.h"
#include "common/user.h"

#include <QDateTime>
#include <QList>
#include <QString>
#include <QStringList>

#include <optional>

namespace rookery {

/// The room that every user is in, and the target of messages without a room (resources/docs/dialects.md).
inline constexpr QLatin1String lobbyName("lobby");

enum class RoomKind {
    Public, ///< every logged-in user may read, write and join
    Private, ///< visible only to its members
    Direct, ///< exactly two users, Room::peers
};

/// A room as seen by one user.
struct Room
{
    QString id;
    QString name; ///< of a direct room: empty; clients show the other peer's name
    RoomKind kind = RoomKind::Public;
    /// Identifies the history: a new epoch means a different history (resources/docs/guarantees.md, 3).
    QString epoch;
    qint64 lastSeq = 0; ///< of the newest durable event, 0 in an empty room
    Role role = Role::None; ///< of the user it was read for
    QList<User> peers = {}; ///< of a direct room: both users (one in a room with oneself)
    QString topic = {}; ///< one line; empty: no topic

    bool isMember() const { return rookery::isMember(role); }
    bool operator==(const Room &) const = default;
};

/// A user in a room. A visitor is online without being a member; a member may be offline.
struct Member
{
    User user;
    Role role = Role::None;
    bool online = false;

    bool isMember() const { return rookery::isMember(role); }

    bool operator==(const Member &) const = default;
};

/// One durable change of a room: an envelope and its content. `seq` starts at 1 and grows by 1 per event of
/// its room.
struct RoomEvent
{
    QString roomId;
    qint64 seq = 0;
    QString id;
    User sender; ///< id and name as they were at the time of the event
    QString clientId; ///< the sender's idempotency key
    QDateTime timestamp; ///< UTC, milliseconds
    EventContent content = {};

    /// The content if it is of this kind; otherwise null.
    template <typename Kind>
    const Kind *as() const
    {
        return std::get_if<Kind>(&content);
    }
    /// The text of a message; empty for every other kind.
    const QString &text() const;
    bool operator==(const RoomEvent &) const = default;
};

/// A range of a room's history in ascending seq.
struct Page
{
    QString epoch;
    QList<RoomEvent> events;
    qint64 lastSeq = 0; ///< of the room when the page was read
    bool hasMore = false; ///< whether there are events beyond the page in the requested direction
};

/// One log-in of a user, as shown to that user.
struct SessionInfo
{
    QString id;
    QDateTime createdAt;
    QDateTime expiresAt;
    QString client; ///< the User-Agent it logged in with, shortened
    QString address;
    bool current = false; ///< whether it is the session of the request
};

/// A position in a room's history from which a client resumes: it has everything up to and including seq.
struct ResumePoint
{
    QString room;
    QString epoch;
    qint64 seq = 0;
};

/// Milliseconds since 1970-01-01 UTC as a UTC time. QDateTime::fromMSecsSinceEpoch() makes a local time
/// first, for which the C library checks /etc/localtime each time.
QDateTime utcTime(qint64 milliseconds);
/// `2026-11-21T08:00:00.000Z`, the only format of times that the server sends.
QString formatTimestamp(const QDateTime &time);
/// Parses any ISO 8601 date and time with a zone; otherwise returns an invalid QDateTime.
QDateTime parseTimestamp(const QString &text);

} // namespace rookery
