// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/driver/dialectclient.h"

namespace rookery::faults {

DialectClient::DialectClient(load::EventLoop &loop, const load::Endpoint &endpoint, Setup setup, Seat seat,
    Ledger &ledger, Findings &findings)
    : SocketClient(loop, endpoint, std::move(setup), ledger, findings)
    , m_seat(std::move(seat))
{
    using Scope = RoomView::Scope;
    if (m_seat.dialect == Dialect::Room || m_seat.dialect == Dialect::Lobby)
        follow(std::make_unique<RoomView>(name(), outbox()->room(), std::string(), 0, findings,
            m_seat.dialect == Dialect::Room ? Scope::Messages : Scope::LiveMessages));
}

std::string DialectClient::path() const
{
    switch (m_seat.dialect) {
    case Dialect::Room:
        return "/ws/chat/" + m_seat.roomName + "/?since=" + std::to_string(views()[0]->lastSeq());
    case Dialect::Lobby:
    case Dialect::Personal:
        return "/";
    case Dialect::Direct:
        return "/websocket";
    }
    return {};
}

void DialectClient::opened()
{
    // Only /ws/chat/ sends a greeting.
    m_entered = m_seat.dialect != Dialect::Room;
    m_lobbySeq = 0;
    if (m_seat.dialect == Dialect::Lobby)
        views()[0]->connected();
    sendWhatWaits();
}

void DialectClient::message(const QJsonObject &frame)
{
    const QString type = frame.value(QLatin1String("type")).toString();
    if (type == QLatin1String("ack")) {
        outbox()->acknowledged(frame.value(QLatin1String("client_id")).toString().toStdString(),
            frame.value(QLatin1String("id")).toString().toStdString(),
            frame.value(QLatin1String("seq")).toInteger());
    } else if (type == QLatin1String("chat_message")) {
        if (m_seat.dialect == Dialect::Room)
            takeRoomMessage(frame);
        else
            takeLobbyMessage(frame);
    } else if (type == QLatin1String("room_users_list")) {
        m_entered = true;
    }
    sendWhatWaits();
}

void DialectClient::takeRoomMessage(const QJsonObject &frame)
{
    RoomView &view = *views()[0];
    const auto event = readChatMessage(frame, view.room());
    if (!event) {
        findings().add(Fault::Broken, name() + " was told a message with fields missing");
        return;
    }
    // A resent message that was stored before is answered by an echo outside of the room's order. The event
    // itself comes in the history, before or after the echo.
    const bool isAnswer = event->seq != view.lastSeq() + 1 && outbox()->wasResent(event->clientId);
    const bool isOldNews = event->seq <= view.lastSeq() && m_resent.contains(event->clientId);
    if (outbox()->contains(event->clientId)) {
        if (outbox()->wasResent(event->clientId))
            m_resent.insert(event->clientId);
        outbox()->acknowledged(event->clientId, event->id, event->seq);
    }
    // It may also be the event itself, with only other kinds skipped before it: the client has it either way.
    if (isAnswer)
        view.takeBeside(event->seq);
    else if (!isOldNews)
        view.take(*event);
}

void DialectClient::takeLobbyMessage(const QJsonObject &frame)
{
    if (m_seat.dialect == Dialect::Lobby) {
        if (const auto event = readChatMessage(frame, views()[0]->room()))
            views()[0]->take(*event);
        else
            findings().add(Fault::Broken, name() + " was told a message with fields missing");
        return;
    }
    const std::int64_t seq = frame.value(QLatin1String("seq")).toInteger();
    if (seq <= m_lobbySeq)
        findings().add(Fault::Reordered,
            name() + " was told seq " + std::to_string(seq) + " of the lobby after "
                + std::to_string(m_lobbySeq));
    m_lobbySeq = seq;
}

std::string DialectClient::frameOf(const Outbox::Entry &entry)
{
    const std::string rest = R"(","client_id":")" + entry.clientId + "\"}";
    switch (m_seat.dialect) {
    case Dialect::Room:
    case Dialect::Lobby:
        return R"({"message":")" + entry.text + rest;
    case Dialect::Personal:
        return R"({"senderId":")" + m_seat.sender + R"(","receiverId":")" + m_seat.receiver
            + R"(","message":")" + entry.text + rest;
    case Dialect::Direct:
        return R"({"sender":")" + m_seat.sender + R"(","receiver":")" + m_seat.receiver + R"(","content":")"
            + entry.text + rest;
    }
    return {};
}

} // namespace rookery::faults
