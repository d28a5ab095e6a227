// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/personal/personalsession.h"

#include "server/core/rooms.h"
#include "server/dialects/personal/personalframes.h"
#include "server/dialects/spelling.h"
#include "server/ws/wholeframe.h"

#include <algorithm>

namespace rookery::ws {

namespace {

Error bannedFromLobby()
{
    return {ErrorCode::Forbidden, QStringLiteral("You are banned from the lobby.")};
}

} // namespace

PersonalSession::PersonalSession(
    const SessionContext &context, net::WebSocket *socket, core::Principal principal, qint64 lobbySeq)
    : Session(context, socket, std::move(principal))
    , m_lobbySeq(lobbySeq)
{ }

PersonalSession::~PersonalSession() = default;

void PersonalSession::open()
{
    core().rooms->findLobby(
        principal(), callContext(), answered([this](const Result<Room> &lobby) { lobbyFound(lobby); }));
}

void PersonalSession::lobbyFound(const Result<Room> &lobby)
{
    if (isEnding())
        return;
    if (lobby) {
        m_feed.reset(new core::Feed(core(), user(), *lobby, this));
        // The lobby ends no earlier than when the socket opened, unless its history has changed meanwhile.
        m_feed->start(std::min(m_lobbySeq, lobby->lastSeq), core().rooms->lobby().lastSeq);
    } else if (lobby.error().code != ErrorCode::Forbidden) {
        refuse(lobby.error(), CloseCode::InternalError);
        return;
    } else {
        sendError(bannedFromLobby());
    }
    opened();
}

void PersonalSession::handle(const QByteArray &utf8)
{
    const auto request = personalframes::parse(utf8);
    if (!request) {
        sendError(request.error());
    } else if (const auto *toLobby = std::get_if<personalframes::ToLobby>(&*request)) {
        m_speaks002 = m_speaks002 || !toLobby->plain;
        if (m_feed)
            sendToRoom(m_feed->sharedRoom(), toLobby->draft, QStringLiteral("message"),
                [this](const Result<core::Sent> &sent) { acknowledge(sent); });
        else
            sendError(bannedFromLobby());
    } else if (const auto *toUser = std::get_if<personalframes::ToUser>(&*request)) {
        sendToUser(toUser->draft, [this](const Result<core::Sent> &sent) { acknowledge(sent); });
    } else {
        close(CloseCode::Normal, {});
    }
}

void PersonalSession::acknowledge(const Result<core::Sent> &sent)
{
    if (sent)
        send(spelling::ackFrame(
            *sent, m_speaks002 ? spelling::AckText::None : spelling::AckText::MessageReceived));
    else
        sendError(sent.error());
}

void PersonalSession::resume()
{
    if (m_feed)
        m_feed->resume();
}

void PersonalSession::publishDirect(const core::Broadcast &broadcast)
{
    sendFrame(broadcast.frame(&wholeFrame<&personalframes::directMessage>));
}

void PersonalSession::feedEvent(const core::Broadcast &broadcast, bool /*history*/)
{
    sendFrame(broadcast.frame(&wholeFrame<&personalframes::chatMessage>));
}

void PersonalSession::feedEnded(const Error &error)
{
    discard(std::move(m_feed));
    if (error.code == ErrorCode::NotFound || error.code == ErrorCode::Forbidden) {
        sendError(bannedFromLobby()); // and goes on for direct messages
        return;
    }
    // Without the lobby this socket would look fine but miss messages; the client may reconnect instead.
    refuse(error, CloseCode::InternalError);
}

} // namespace rookery::ws
