// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/live/broadcast.h"
#include "server/core/messages.h"
#include "server/ws/directdraft.h"

#include <QJsonObject>
#include <QLatin1String>

#include <span>

/// What the dialects of the five documents call the parts of a message (resources/docs/dialects.md), in their
/// frames, in their answers over HTTP and in what their clients send. They share one form of time,
/// formatTimestamp(). The native API's spelling is in common/jsoncodec.h.
namespace rookery::spelling {

// What all of them spell alike.
inline constexpr QLatin1String clientId("client_id");
inline constexpr QLatin1String id("id");
inline constexpr QLatin1String message("message");
inline constexpr QLatin1String room("room");
inline constexpr QLatin1String seq("seq");
inline constexpr QLatin1String timestamp("timestamp");
inline constexpr QLatin1String type("type");
inline constexpr QLatin1String senderUserName("sender_username");

enum class Part {
    ClientId,
    Event, ///< always `message`
    History, ///< true, in frames of what was said before
    Id,
    ReceiverId,
    ReceiverName,
    Room, ///< its name
    SenderId,
    SenderName,
    Seq,
    Text,
    Timestamp,
    Type,
};

struct Field
{
    QLatin1String name;
    Part part;
};

/// One dialect's form of a message: the names of its fields, in the order in which they are written, and the
/// value of Part::Type.
struct Form
{
    std::span<const Field> fields;
    QLatin1String type = {};
};

/// Where what a client sends has a sender, a receiver and a text.
inline constexpr ws::DirectFields personalFields{
    QLatin1String("senderId"), QLatin1String("receiverId"), message};
inline constexpr ws::DirectFields directFields{
    QLatin1String("sender"), QLatin1String("receiver"), QLatin1String("content")};

extern const Form personalChat; ///< 002: a message in the lobby
extern const Form personalDirect; ///< 000
extern const Form direct; ///< 001
extern const Form roomChat; ///< 003, 004
extern const Form roomPast; ///< the same before the live ones
extern const Form roomDirect; ///< a direct message on the socket of a room
extern const Form roomHistory; ///< 003 over HTTP
extern const Form receipt; ///< what every sending route adds to its answer

/// A message as a frame; empty for events that are none, which the documents do not know.
QByteArray frameOf(const Form &form, const core::Broadcast &broadcast);
/// The same as a part of an answer over HTTP, without type. `receiver`, `roomName`: where the form has them.
QJsonObject objectOf(
    const Form &form, const RoomEvent &event, const User &receiver = {}, const QString &roomName = {});

/// Whether an acknowledgement says 000's `Message received`. A client of 002 shows whatever stands in
/// `message`, so that its acknowledgements have no such field.
enum class AckText { MessageReceived, None };

/// What a sender on `/` and `/websocket` is told about a stored message.
QByteArray ackFrame(const core::Sent &sent, AckText text = AckText::MessageReceived);

} // namespace rookery::spelling
