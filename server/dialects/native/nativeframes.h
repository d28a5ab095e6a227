// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/invitation.h"
#include "common/messages.h"
#include "common/result.h"
#include "server/core/live/broadcast.h"
#include "server/core/live/memberchange.h"
#include "server/core/messages.h"
#include "server/core/rooms.h"
#include "server/dialects/native/memberslists.h"

#include <QJsonValue>
#include <QStringList>

#include <chrono>
#include <variant>

/// The frames of `/ws/v1` (common/README.md).
namespace rookery::ws::nativeframes {

/// The most subscriptions of one socket, and the most rooms of one `hello`. A `hello` that names so many by
/// their ids is larger than a frame may be by default (Limits::websocketMessageBytes).
inline constexpr qsizetype subscriptionBound = 1000;

/// Where a client wants its self stream from.
struct SelfPoint
{
    std::optional<QString> epoch;
    std::optional<qint64> seq; ///< missing: live events only
};
struct Hello
{
    QList<ResumePoint> resume;
    bool pages = false; ///< whether the client reads the rooms that are not in the answer by `rooms`
    std::optional<SelfPoint> self = {}; ///< none: the client does not know of self streams
};
/// The user has read a room.
struct Read
{
    QString room;
    qint64 seq = 0; ///< up to here
};
struct Rooms
{
    QString after; ///< `next` of the page before
};
struct Members
{
    QString room;
    QString after; ///< `next` of the page before; empty: from the start
};
struct Subscribe
{
    QString room; ///< id or name
    std::optional<QString> epoch;
    std::optional<qint64> seq; ///< missing: live events only
};
struct Unsubscribe
{
    QString room;
};
struct Send
{
    QString room;
    core::Draft draft;
};
struct Edit
{
    QString room;
    qint64 target = 0; ///< seq of the message
    core::Draft draft;
};
struct Delete
{
    QString room;
    qint64 target = 0; ///< seq of the message
    core::Draft draft; ///< without text
};
struct Ping
{ };
using Request = std::variant<Hello, Subscribe, Unsubscribe, Send, Edit, Delete, Ping, Rooms, Members, Read>;

/// A request with the fields that its answer repeats. Both are set for invalid requests, too.
struct Parsed
{
    QJsonValue ref; ///< a string or a number; null: none
    QString room; ///< as the client wrote it; empty: none
    Result<Request> request;
};
Parsed parse(const QByteArray &utf8);
/// The `type` of every request; for the authorization test.
QStringList requestTypes();

/// Rooms as JSON, separated by commas.
struct RoomItems
{
    QByteArray items;
    QString next; ///< cursor of the next page; empty at the end
    QString epoch = {}; ///< of the user's self stream
    qint64 selfSeq = 0; ///< seq of its last event
};
/// The answer to SelfPoint.
struct SelfState
{
    QString epoch;
    qint64 seq = 0; ///< of the last event
    bool isReset = false; ///< the client's point is of another history: everything follows
};
/// As many of the page's rooms as fit into this many bytes, but at least one.
RoomItems encode(const store::RoomsPage &page, qsizetype bytes);

QByteArray hello(const QJsonValue &ref, const core::Principal &caller, const Limits &limits,
    const RoomItems &rooms, const std::optional<SelfState> &self = {});
QByteArray rooms(const QJsonValue &ref, const RoomItems &rooms);
QByteArray subscribed(const QJsonValue &ref, const Room &room, const MembersLists::First &members);
QByteArray members(const QJsonValue &ref, const QString &roomId, const core::MembersPage &page);
QByteArray unsubscribed(const QJsonValue &ref, const QString &roomId);
QByteArray ack(const QJsonValue &ref, const core::Sent &sent);
QByteArray marked(const QJsonValue &ref, const store::MarkedRead &marked);
QByteArray pong(const QJsonValue &ref);
/// `room` is the room of the refused request, or empty.
QByteArray error(const QJsonValue &ref, const QString &room, const Error &error);

QByteArray selfEvent(const SelfEvent &event);
QByteArray event(const core::Broadcast &broadcast);
QByteArray member(const QString &roomId, const Member &member);
QByteArray memberChanged(const core::MemberChange &change);
QByteArray presence(const core::PresenceCount &count);
QByteArray reset(const Room &room);
QByteArray roomAdded(const Room &room);
QByteArray roomRemoved(const QString &roomId);
QByteArray invited(const Invitation &invitation);
QByteArray invitationEnded(const QString &roomId);
QByteArray goingAway(std::chrono::milliseconds retryAfter);

} // namespace rookery::ws::nativeframes
