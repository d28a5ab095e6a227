#pragma once

#include "common/jsoncodec.h"

#include <chrono>
#include <variant>

/// The frames of `/ws/v1` as common/README.md lists them: decoding what the server says, encoding what the
/// client asks for.
namespace rookery::client {

struct HelloFrame
{
    QString ref;
    User user;
    std::chrono::milliseconds heartbeat{0}; ///< 0: not given
    QList<Room> rooms;
};
struct SubscribedFrame
{
    QString ref;
    Room room;
    QList<Member> members;
};
struct ResetFrame
{
    Room room;
};
struct EventFrame
{
    RoomEvent event; ///< a placeholder where the event could not be read (placeholderFor)
};
struct AckFrame
{
    QString ref;
    QString roomId;
    qint64 seq = 0;
    QString clientId;
    QDateTime timestamp;
};
struct MemberFrame
{
    QString roomId;
    Member member;
};
struct RoomAddedFrame
{
    Room room;
};
struct RoomRemovedFrame
{
    QString roomId;
};
struct UnsubscribedFrame
{
    QString ref;
    QString roomId;
};
struct ErrorFrame
{
    QString ref;
    QString roomId; ///< empty where the error is not about a room
    Error error;
};
struct GoingAwayFrame
{
    std::chrono::milliseconds retryAfter{0};
};
struct PongFrame
{
    QString ref;
};
/// Of a type that this version does not know.
struct UnknownFrame
{
    QString ref;
};

using ServerFrame = std::variant<HelloFrame, SubscribedFrame, ResetFrame, EventFrame, AckFrame, MemberFrame,
    RoomAddedFrame, RoomRemovedFrame, UnsubscribedFrame, ErrorFrame, GoingAwayFrame, PongFrame, UnknownFrame>;

/// One text frame. An event that is unreadable but says which room and seq it has becomes a placeholder, so
/// that one bad event costs one row and not the room (THREATS.md 17); so do unreadable rooms and members in a
/// list, which are left out. An Error for everything else that cannot be read.
Result<ServerFrame> decodeFrame(const QByteArray &utf8);

/// In UTF-16 code units. What is longer is not kept (THREATS.md 44): an id, a name or an epoch makes its
/// object an unreadable one, the text of a message is cut, and so is a sentence.
inline constexpr qsizetype nameUnits = 256;
inline constexpr qsizetype textUnits = 64 * 1024;
inline constexpr qsizetype sentenceUnits = 500;

Result<User> decodeUser(const JsonReader &json);
Result<Room> decodeRoom(const JsonReader &json);
Result<Member> decodeMember(const JsonReader &json);
/// `sentence`, cut to sentenceUnits.
QString shortened(const QString &sentence);

/// The ref that the frame answers, empty where it answers none.
QString refOf(const ServerFrame &frame);

/// A page of history, as forgiving about its events as decodeFrame().
Result<Page> decodePage(const JsonReader &json);
/// `{field: [room…]}`, without the rooms that cannot be read; so for members.
QList<Room> decodeRooms(const JsonReader &json, QLatin1String field);
QList<Member> decodeMembers(const JsonReader &json, QLatin1String field);

/// The row for an event that this version cannot read. Its sender has no id and no name, its time is now.
RoomEvent placeholderFor(const QString &roomId, qint64 seq);

QJsonObject helloRequest(const QList<ResumePoint> &resume);
/// `from` without an epoch: live events only.
QJsonObject subscribeRequest(const ResumePoint &from);
QJsonObject sendRequest(const QString &roomId, const QString &clientId, const QString &text);
QJsonObject pingRequest();

} // namespace rookery::client
