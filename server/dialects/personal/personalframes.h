// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/live/broadcast.h"
#include "server/ws/directdraft.h"

#include <variant>

/// The frames of `/` (000 and 002; resources/docs/dialects.md).
namespace rookery::ws::personalframes {

/// `{"message"}` or `{"event":"message","message"}` (002), or a text that is no JSON at all (000): to the
/// lobby.
struct ToLobby
{
    core::Draft draft;
    bool plain = false; ///< the text alone, without JSON around it
};
/// `{"senderId","receiverId","message"}`, and 001's `{"sender","receiver","content"}` too.
struct ToUser
{
    DirectDraft draft;
};
/// `{"event":"disconnect"}`.
struct Disconnect
{ };
using Request = std::variant<ToLobby, ToUser, Disconnect>;

/// A frame that begins like a JSON object, array or string has to be a good object: a direct message with a
/// fault must never be read as a text for everybody.
Result<Request> parse(const QByteArray &utf8);

/// A lobby message: `{"type":"chat_message","event":"message","message",…}`.
QByteArray chatMessage(const core::Broadcast &broadcast);
/// `{"type":"direct_message","senderId","receiverId","message",…}`.
QByteArray directMessage(const core::Broadcast &broadcast);

} // namespace rookery::ws::personalframes
