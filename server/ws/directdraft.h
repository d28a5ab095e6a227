// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/jsonreader.h"
#include "server/core/messages.h"

namespace rookery::ws {

/// What a document calls the parts of a direct message.
struct DirectFields
{
    QLatin1String sender;
    QLatin1String receiver;
    QLatin1String text;
};
inline constexpr DirectFields fieldsOf000{
    QLatin1String("senderId"), QLatin1String("receiverId"), QLatin1String("message")};
inline constexpr DirectFields fieldsOf001{
    QLatin1String("sender"), QLatin1String("receiver"), QLatin1String("content")};

/// A direct message as a client wrote it. Who it is from is the client's claim; core::isUser() checks it.
struct DirectDraft
{
    QString sender; ///< id or name
    QString receiver; ///< id or name
    core::Draft draft;
    const DirectFields *fields;
};

/// MissingField or InvalidField, named as in the document.
Result<DirectDraft> readDirectDraft(const JsonReader &json, const DirectFields &fields);
/// The text under `field` and `client_id`.
Result<core::Draft> readDraft(const JsonReader &json, QLatin1String field);

/// Whether an acknowledgement says 000's `Message received`. A client of 002 shows whatever stands in
/// `message`, so that its acknowledgements have no such field.
enum class AckText { MessageReceived, None };

/// What a sender on `/` and `/websocket` is told about a stored message.
QByteArray ackFrame(const core::Sent &sent, AckText text = AckText::MessageReceived);

} // namespace rookery::ws
