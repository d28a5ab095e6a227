#pragma once

#include "server/core/broadcast.h"
#include "server/ws/directdraft.h"

#include <variant>

/// The frames of `/` (000 and 002; SEEDS.md).
namespace rookery::ws::personalframes {

/// `{"message"}` or `{"event":"message","message"}`: to the lobby.
struct ToLobby
{
    core::Draft draft;
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

Result<Request> parse(const QByteArray &utf8);

/// A lobby message: `{"type":"chat_message","event":"message","message",…}`.
QByteArray chatMessage(const core::Broadcast &broadcast);
/// `{"type":"direct_message","senderId","receiverId","message",…}`.
QByteArray directMessage(const core::Broadcast &broadcast);

} // namespace rookery::ws::personalframes
