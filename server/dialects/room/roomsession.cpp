// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/room/roomsession.h"

#include "server/core/rooms.h"
#include "server/dialects/room/userslists.h"
#include "server/ws/wholeframe.h"

namespace rookery::ws {

namespace {

/// Small against the free half of the outbound queue, into which it goes at once when the history ends.
constexpr qsizetype heldBytesBound = 32 * 1024;

/// After RoomUnavailable nobody comes back, so it is not for what ends by itself.
CloseCode codeFor(const Error &error)
{
    return isRetryable(error.code) ? CloseCode::InternalError : CloseCode::RoomUnavailable;
}

} // namespace

RoomSession::RoomSession(const SessionContext &context, net::WebSocket *socket, core::Principal principal,
    const QString &roomName, const roomframes::Start &start)
    : Session(context, socket, std::move(principal))
    , m_entry(new Entry{roomName, start, {}})
{ }

RoomSession::~RoomSession() = default;

void RoomSession::open()
{
    core().rooms->open(principal(), m_entry->roomName, callContext(),
        answered([this](const Result<Room> &room) { roomOpened(room); }));
}

void RoomSession::roomOpened(const Result<Room> &room)
{
    if (isEnding())
        return;
    if (!room) {
        Error error = room.error();
        if (!error.field.isEmpty())
            error.field = QStringLiteral("room");
        refuse(error, codeFor(error));
        return;
    }
    m_newestAtStart = room->lastSeq;
    m_feed.reset(new core::Feed(core(), user(), *room, this));
    core().hub->whenPresenceIsKnown(
        room->id, callContext(), answered([this, room = *room] { presenceKnown(room); }));
}

void RoomSession::presenceKnown(const Room &room)
{
    if (isEnding() || !m_feed)
        return;
    send(context().usersLists->of(room.id, room.epoch));
    if (m_entry->start.isOfAnotherHistory(room))
        send(roomframes::reset(room));
    if (const auto seq = m_entry->start.after(room))
        m_feed->start(*seq);
    else
        m_feed->startWithLast(m_entry->start.history);
    opened();
}

void RoomSession::handle(const QByteArray &utf8)
{
    const auto draft = roomframes::parse(utf8);
    if (!draft)
        sendError(draft.error());
    else if (m_feed)
        sendToRoom(m_feed->sharedRoom(), *draft, QStringLiteral("message"),
            [this](const Result<core::Sent> &sent) { answer(sent); });
}

void RoomSession::answer(const Result<core::Sent> &sent)
{
    if (!sent)
        sendError(sent.error());
    else if (sent->duplicate && m_feed)
        send(roomframes::chatMessage(core::Broadcast(sent->event, m_feed->sharedRoom())));
    // On success the message itself is the answer; the feed sends it to everybody.
}

void RoomSession::resume()
{
    if (m_feed)
        m_feed->resume();
}

void RoomSession::publishDirect(const core::Broadcast &broadcast)
{
    sendAfterHistory(broadcast.frame(&wholeFrame<&roomframes::directMessage>));
}

void RoomSession::feedEvent(const core::Broadcast &broadcast, bool /*history*/)
{
    // Judged by the newest event when the socket connected: later messages are live, however late they are
    // read.
    sendFrame(broadcast.event().seq <= m_newestAtStart
            ? broadcast.frame(&wholeFrame<&roomframes::pastMessage>)
            : broadcast.frame(&wholeFrame<&roomframes::chatMessage>));
}

void RoomSession::feedMemberChanged(const core::MemberChange &change)
{
    if (change.what() == core::MemberChange::What::Presence)
        sendAfterHistory(change.frame(&wholeFrame<&roomframes::presence>));
}

bool RoomSession::feedTakesMembers() const
{
    return m_entry ? m_entry->heldBytes < heldBytesBound : canTakeHistory();
}

void RoomSession::feedMembersMissed()
{
    send(context().usersLists->of(m_feed->room().id, m_feed->room().epoch));
}

void RoomSession::feedLive()
{
    const auto entry = std::exchange(m_entry, nullptr);
    for (const QByteArray &frame : std::as_const(entry->held))
        sendFrame(frame);
}

void RoomSession::feedEnded(const Error &error)
{
    discard(std::move(m_feed));
    refuse(error, codeFor(error));
}

void RoomSession::sendAfterHistory(const QByteArray &frame)
{
    if (!m_entry || m_entry->heldBytes + frame.size() > heldBytesBound) {
        sendFrame(frame);
        return;
    }
    m_entry->held.append(frame);
    m_entry->heldBytes += frame.size();
}

} // namespace rookery::ws
