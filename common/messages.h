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

/// The room every user is in, and where messages without a room go (resources/docs/dialects.md).
inline constexpr QLatin1String lobbyName("lobby");

enum class RoomKind {
    Public, ///< anybody who is logged in may read, write and join
    Private, ///< exists only for its members
    Direct, ///< exactly two users, Room::peers
};

/// A room as one user sees it.
struct Room
{
    QString id;
    QString name; ///< of a direct room: empty; clients show the other peer's name
    RoomKind kind = RoomKind::Public;
    /// Names the history: another epoch means another history (resources/docs/guarantees.md, 3).
    QString epoch;
    qint64 lastSeq = 0; ///< of the newest durable event, 0 in an empty room
    Role role = Role::None; ///< of the user it was read for
    QList<User> peers = {}; ///< of a direct room: both users (one where somebody writes to themselves)
    QString topic = {}; ///< what it is about, one line; empty: nothing is said

    bool isMember() const { return rookery::isMember(role); }
    bool operator==(const Room &) const = default;
};

/// Somebody in a room. A visitor is online without being a member; a member may be offline.
struct Member
{
    User user;
    Role role = Role::None;
    bool online = false;

    bool isMember() const { return rookery::isMember(role); }

    bool operator==(const Member &) const = default;
};

/// One durable change of a room: an envelope, and what it says. `seq` starts at 1 and grows by 1 per event of
/// its room.
struct RoomEvent
{
    QString roomId;
    qint64 seq = 0;
    QString id;
    User sender; ///< id and name as they were when it was sent
    QString clientId; ///< the sender's idempotency key
    QDateTime timestamp; ///< UTC, milliseconds
    EventContent content = {};

    /// What it says, where it is of this kind; null otherwise.
    template <typename Kind>
    const Kind *as() const
    {
        return std::get_if<Kind>(&content);
    }
    /// The text of a message; empty of every other kind.
    const QString &text() const;
    bool operator==(const RoomEvent &) const = default;
};

/// A stretch of a room's history in ascending seq.
struct Page
{
    QString epoch;
    QList<RoomEvent> events;
    qint64 lastSeq = 0; ///< of the room when the page was read
    bool hasMore = false; ///< whether events lie beyond the page in the direction it was asked in
};

/// One log-in of a user, as shown to that user.
struct SessionInfo
{
    QString id;
    QDateTime createdAt;
    QDateTime expiresAt;
    QString client; ///< the User-Agent it logged in with, shortened
    QString address;
    bool current = false; ///< whether it is the session that asks
};

/// A point in a room's history from which a client resumes: it has everything up to and including seq.
struct ResumePoint
{
    QString room;
    QString epoch;
    qint64 seq = 0;
};

/// The time so many milliseconds after 1970-01-01 UTC, in UTC. QDateTime::fromMSecsSinceEpoch() makes a local
/// time first, for which the C library looks at /etc/localtime each time.
QDateTime utcTime(qint64 milliseconds);
/// `2026-11-21T08:00:00.000Z`, the only form in which times leave the server.
QString formatTimestamp(const QDateTime &time);
/// Any ISO 8601 date and time with a zone; invalid QDateTime otherwise.
QDateTime parseTimestamp(const QString &text);

} // namespace rookery
