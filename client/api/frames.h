// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/messageversion.h"
#include "client/api/serverlimits.h"
#include "common/ban.h"
#include "common/invitation.h"
#include "common/jsoncodec.h"
#include "common/selfevent.h"

#include <QHash>

#include <chrono>
#include <variant>

/// The frames of `/ws/v1` (common/README.md): decodes those of the server, encodes those of the client.
namespace rookery::client {

struct HelloFrame
{
    QString ref;
    User user;
    std::chrono::milliseconds heartbeat{0}; ///< 0: not given
    QList<Room> rooms; ///< the first page
    QString next; ///< the place of the next page, empty: there is none
    ServerLimits limits;
    QHash<QString, ReadMark> marks = {}; ///< of `rooms`, by id, as far as they have any
    bool hasSelf = false; ///< whether the server keeps read markers, and tells of them
    bool isAdmin = false; ///< of the server
};
/// One more page of one's rooms.
struct RoomsFrame
{
    QString ref;
    QList<Room> rooms;
    QString next; ///< empty at the end
    QHash<QString, ReadMark> marks = {}; ///< as in HelloFrame
};
/// A page of the members of a room.
struct MembersPage
{
    QList<Member> members;
    QString next; ///< empty at the end
    qint64 count = 0; ///< of all members
};
struct SubscribedFrame
{
    QString ref;
    Room room;
    MembersPage members; ///< the first page
};
struct MembersFrame
{
    QString ref;
    QString roomId;
    MembersPage page;
};
/// The number of users online in a room that is too large for a frame per user.
struct PresenceFrame
{
    QString roomId;
    qint64 online = 0;
    bool missed = false; ///< frames about members were left out: read the list again
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
/// An event of the user's self stream.
struct SelfFrame
{
    SelfEvent event;
};
/// The answer to readRequest(): what the server has as the room's marker now.
struct MarkedFrame
{
    QString ref;
    QString roomId;
    ReadMark mark;
    qint64 lastSeq = 0; ///< of the room when it was counted
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
struct InvitedFrame
{
    Invitation invitation;
};
struct InvitationEndedFrame
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

using ServerFrame =
    std::variant<HelloFrame, RoomsFrame, SubscribedFrame, MembersFrame, PresenceFrame, ResetFrame, EventFrame,
        AckFrame, MemberFrame, RoomAddedFrame, RoomRemovedFrame, InvitedFrame, InvitationEndedFrame,
        UnsubscribedFrame, ErrorFrame, GoingAwayFrame, PongFrame, SelfFrame, MarkedFrame, UnknownFrame>;

/// One text frame. An event that is unreadable but says which room and seq it has becomes a placeholder, so
/// that one bad event costs one row and not the room (THREATS.md 17); so do unreadable rooms and members in a
/// list, which are left out. An Error for everything else that cannot be read.
Result<ServerFrame> decodeFrame(const QByteArray &utf8);

/// In UTF-16 code units. What is longer is not kept (THREATS.md 44): an id, a name or an epoch makes its
/// object an unreadable one, the text of a message is cut, and so is a sentence.
inline constexpr qsizetype nameUnits = 256;
inline constexpr qsizetype textUnits = 64 * 1024;
inline constexpr qsizetype sentenceUnits = 500;
inline constexpr qsizetype placeUnits = 4 * 1024; ///< of a cursor; a longer one is ignored

Result<User> decodeUser(const JsonReader &json);
Result<Room> decodeRoom(const JsonReader &json);
Result<Member> decodeMember(const JsonReader &json);
Result<Invitation> decodeInvitation(const JsonReader &json);
Result<Ban> decodeBan(const JsonReader &json);
/// `sentence`, cut to sentenceUnits.
QString shortened(const QString &sentence);

/// The ref that the frame answers, empty where it answers none.
QString refOf(const ServerFrame &frame);

/// A page of history; unreadable events are treated as by decodeFrame().
Result<Page> decodePage(const JsonReader &json);
/// `{field: [room…]}`, without the rooms that cannot be read; so for members.
QList<Room> decodeRooms(const JsonReader &json, QLatin1String field);
QList<User> decodeUsers(const JsonReader &json, QLatin1String field);
/// The page of texts that was asked for by `before` (0: the newest): others are left out, and a `next` that does
/// not lead further back is the end.
VersionPage decodeVersions(const JsonReader &json, qint64 before);
QList<Member> decodeMembers(const JsonReader &json, QLatin1String field);
QList<Ban> decodeBans(const JsonReader &json, QLatin1String field);
/// The place of the next page; empty where there is none.
QString decodeNext(const JsonReader &json, QLatin1String field);
/// `{"invitations": [invitation…]}`, likewise.
QList<Invitation> decodeInvitations(const JsonReader &json);

/// Stands for an event that this version cannot read: Unknown, from a sender without id and name, sent now.
RoomEvent placeholderFor(const QString &roomId, qint64 seq);

/// Says that the client reads its rooms page by page, and hears of its self stream from now on: what is in it
/// already, the lists of rooms say, too.
QJsonObject helloRequest(const QList<ResumePoint> &resume);
/// `from` without an epoch: live events only.
QJsonObject subscribeRequest(const ResumePoint &from);
/// One more page: `after` is the `next` of the page before.
QJsonObject roomsRequest(const QString &after);
/// A page of members; without `after` the first.
QJsonObject membersRequest(const QString &roomId, const QString &after);
QJsonObject unsubscribeRequest(const QString &roomId);
QJsonObject sendRequest(const QString &roomId, const QString &clientId, const QString &text);
/// Both answered by an ack; `target` is the message's seq.
QJsonObject editRequest(const QString &roomId, qint64 target, const QString &clientId, const QString &text);
QJsonObject deleteRequest(const QString &roomId, qint64 target, const QString &clientId);
QJsonObject pingRequest();

} // namespace rookery::client
