// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/connection.h"

#include <QWebSocket>

#include <utility>

/// How a connection becomes a WebSocket, and is one.
namespace rookery::net {

namespace {

using namespace std::chrono_literals;

} // namespace

void Connection::upgrade()
{
    const TurnShares::Use use(m_host.turnShares(), m_place, Clock::now(), callsPerRequest);
    auto checked = checkUpgrade(m_head->head(), m_client);
    if (const Refusal *refusal = std::get_if<Refusal>(&checked)) {
        refuse(*refusal);
        return;
    }
    Upgrade &wanted = std::get<Upgrade>(checked);
    if (m_host.stopping()) {
        refuse({503, {ErrorCode::Overloaded, QStringLiteral("The server is stopping."), {}, 5s}});
        return;
    }
    if (const std::optional<Error> error = m_host.judge(wanted.handshake)) {
        refuse({httpStatus(error->code), *error});
        return;
    }
    m_handshake = std::make_unique<Handshake>(std::move(wanted.handshake));
    m_head.reset();
    m_answerBegun = false;
    m_answered = false;
    m_responderGone = false;
    enter(Phase::Upgrading);
    m_guard = new GuardSocket(GuardSocket::Use::Handshake, m_host.guardParent());
    m_guard->begin(this, m_client, wanted.minimalHead, false);
    m_host.giveToWebSocketServer(m_guard);
}

void Connection::upgraded(QWebSocket *socket)
{
    m_handshaken = socket;
    scheduleTurn();
}

/// The handshake was all that QWebSocket was wanted for: it keeps kilobytes, cuts UTF-8 wrongly and accepts
/// what RFC 6455 forbids. Its farewell goes nowhere.
void Connection::openWebSocket()
{
    m_guard->setMuted(true);
    delete std::exchange(m_handshaken, nullptr);
    std::exchange(m_guard, nullptr)->release();
    m_webSocket.reset(new WebSocketConnection(this, m_host.limits()));
    enter(Phase::WebSocket);
    m_host.opened(m_webSocket.get(), *std::exchange(m_handshake, nullptr));
    takePending();
}

void Connection::turnWebSocket()
{
    m_host.turnShares().noteDelivery(m_place);
    m_webSocket->turn();
    if (m_webSocket->dead())
        abort();
    else if (m_webSocket->finished())
        linger();
    else if (m_phase == Phase::WebSocket && m_held && !waitsForShare() && m_webSocket->wantsBytes())
        releaseBytes();
    else if (m_phase == Phase::WebSocket && !m_held && !m_webSocket->wantsBytes())
        holdBytes();
}

void Connection::consumeFrames(QByteArrayView bytes)
{
    const auto now = Clock::now();
    if (!mayGoOn(now)) {
        m_pending.append(bytes);
        holdBytes();
        return;
    }
    const TurnShares::Use use(m_host.turnShares(), m_place, now);
    bytes = bytes.sliced(m_webSocket->consume(bytes, now));
    if (m_phase != Phase::WebSocket)
        return;
    m_pending.append(bytes); // at most what one read brought: reading is off
    if (!m_webSocket->wantsBytes())
        holdBytes();
}

} // namespace rookery::net
