#pragma once

#include "common/messages.h"
#include "common/result.h"
#include "server/core/broadcast.h"
#include "server/core/memberchange.h"
#include "server/core/messages.h"

#include <QJsonValue>
#include <QStringList>

#include <chrono>
#include <variant>

/// The frames of `/ws/v1` (common/README.md).
namespace rookery::ws::nativeframes {

/// The most subscriptions of one socket, and the most rooms of one `hello`. A `hello` that names so many by
/// their ids is larger than a frame may be by default (Limits::websocketMessageBytes).
inline constexpr qsizetype subscriptionBound = 1000;

struct Hello
{
    QList<ResumePoint> resume;
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
struct Ping
{ };
using Request = std::variant<Hello, Subscribe, Unsubscribe, Send, Ping>;

/// A request with what its answer has to name; both are given for refused ones as well.
struct Parsed
{
    QJsonValue ref; ///< a string or a number; null: none
    QString room; ///< as the client wrote it; empty: none
    Result<Request> request;
};
Parsed parse(const QByteArray &utf8);
/// The `type` of every request; for the test of who may do what.
QStringList requestTypes();

QByteArray hello(const QJsonValue &ref, const User &user, const QString &sessionId,
    std::chrono::milliseconds heartbeat, const QList<Room> &rooms);
/// `members` are JSON already (MembersLists).
QByteArray subscribed(const QJsonValue &ref, const Room &room, const QByteArray &members);
QByteArray unsubscribed(const QJsonValue &ref, const QString &roomId);
QByteArray ack(const QJsonValue &ref, const core::Sent &sent);
QByteArray pong(const QJsonValue &ref);
/// `room` is the room that the refused request named, or empty.
QByteArray error(const QJsonValue &ref, const QString &room, const Error &error);

QByteArray event(const core::Broadcast &broadcast);
QByteArray member(const QString &roomId, const Member &member);
QByteArray memberChanged(const core::MemberChange &change);
QByteArray reset(const Room &room);
QByteArray roomAdded(const Room &room);
QByteArray roomRemoved(const QString &roomId);
QByteArray goingAway(std::chrono::milliseconds retryAfter);

} // namespace rookery::ws::nativeframes
