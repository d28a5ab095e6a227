// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/core.h"
#include "server/core/messages.h"
#include "server/core/rooms.h"
#include "server/http/reply.h"
#include "server/http/request.h"

/// Reading drafts and page queries, and sending to a room: what the dialects' message routes have in common.
namespace rookery::http {

/// The draft that is the body, its text in `textField`.
Result<core::Draft> readBodyDraft(const Request &request, QLatin1String textField);

/// `limit` of the query, from 1 to `largestPage`; it defaults to 50.
Result<int> readLimit(const Request &request, int largestPage);

/// `before`, `after` and `limit` of the query.
Result<store::PageQuery> readPageQuery(const Request &request, int largestPage);

/// `before` and `limit`: the form of dialects that page backwards only, and know of messages alone.
Result<store::PageQuery> readBackwardPageQuery(const Request &request, int largestPage);

/// The cursor for the page before this one: `before` of the next request; null at the beginning of the room.
QJsonValue backwardCursor(const Page &page);

using RoomFor = std::function<void(const Room &)>;

/// Finds the room of this name, created at first use if that is allowed; without a name the lobby. Errors
/// name `room`.
void openRoomOrLobby(core::Rooms *rooms, QObject *context, const core::Principal &principal,
    const std::optional<QString> &name, const ReplyPtr &reply, RoomFor use);

using HistoryFor = std::function<void(Reply &, const Room &, const Page &)>;

/// A page of the history of the room with this name or id, without a name of the lobby. The room is not
/// created. Errors name `room`.
void readHistoryOfRoomOrLobby(const core::Core &core, QObject *context, const core::Principal &principal,
    const std::optional<QString> &name, const store::PageQuery &query, const ReplyPtr &reply, HistoryFor use);

/// Sends `draft`, whose text was called `message`, and answers 200 with `message` set to `confirmation` and
/// the receipt.
void sendAndConfirm(core::Messages *messages, QObject *context, const core::Principal &principal,
    const Room &room, const core::Draft &draft, const QString &confirmation, const ReplyPtr &reply);

} // namespace rookery::http
