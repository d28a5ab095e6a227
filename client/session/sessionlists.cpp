// SPDX-License-Identifier: GPL-3.0-or-later
// What comes as lists: the part of Session that reads the rooms of the user, the members of a room and
// the invitations.

#include "client/api/requests.h"
#include "client/session/session.h"

#include <QScopeGuard>

#include <algorithm>

namespace rookery::client {

namespace {

/// So many new rooms are shown in one change of the model.
constexpr qsizetype manyRooms = 100;
/// Of rooms, after one hello: with 25 on each they are as many as are taken (THREATS.md 44).
constexpr int mostRoomPages = 1'000;
/// Between two refreshes of the invitations.
constexpr auto invitationsPause = std::chrono::seconds(5);
/// Of the invitations, after a hello, while more of them keep coming.
constexpr int mostReadings = 5;
/// Before a page that was refused is asked for again.
constexpr std::chrono::milliseconds pagePause{2'000};
constexpr std::chrono::milliseconds longestPagePause{300'000};

std::chrono::milliseconds pauseAfter(const Error &error)
{
    return std::clamp<std::chrono::milliseconds>(error.retryAfter, pagePause, longestPagePause);
}

} // namespace

ServerRole Session::serverRole() const
{
    if (m_account.user.guest)
        return ServerRole::Guest;
    return m_isAdmin ? ServerRole::Admin : ServerRole::User;
}

void Session::onHello(const HelloFrame &hello)
{
    m_account.user = hello.user;
    m_limits = hello.limits;
    m_isAdmin = hello.isAdmin;
    m_outbox.setLongestFrame(m_limits.frameBytes);
    m_listed.clear();
    m_roomPages = 0;
    m_listing = std::make_unique<QObject>();
    m_markers.begin(hello.hasSelf);
    takeRooms(hello.rooms, hello.marks, hello.next);
    readInvitations();
    m_blocks.read();
}

void Session::takeRooms(const QList<Room> &rooms, const QHash<QString, ReadMark> &marks, const QString &next)
{
    if (!takePage(rooms, marks))
        return;
    if (next.isEmpty()) {
        roomsListed();
        return;
    }
    saveChanges();
    if (++m_roomPages < mostRoomPages)
        askForRooms(next);
    else
        m_link.giveUp(Problem(Problem::EndlessRooms));
}

bool Session::takePage(const QList<Room> &rooms, const QHash<QString, ReadMark> &marks)
{
    const bool isMany = rooms.size() > m_rooms.count() + manyRooms;
    if (isMany)
        m_rooms.holdModel();
    const auto shown = qScopeGuard([this, isMany] {
        if (isMany)
            m_rooms.showModel();
    });
    for (const Room &room : rooms) {
        RoomState *state = m_rooms.find(room.id);
        if (!state) {
            // A direct room that somebody opened while this client was away is unread as a whole.
            const bool isUnread = !m_startedEmpty && room.kind == RoomKind::Direct;
            const auto mark = marks.constFind(room.id);
            const qint64 readSeq = mark != marks.cend() ? mark->readSeq : isUnread ? 0 : room.lastSeq;
            if (!addRoom(room, readSeq, false))
                return false;
            if (mark != marks.cend())
                takeMark(room.id, *mark, room.lastSeq);
            continue;
        }
        m_listed.insert(room.id);
        if (state->room.epoch != room.epoch && !state->room.epoch.isEmpty())
            resetRoom(*state, room);
        else
            m_rooms.update(*state, room);
        state->toldSeq = -1;
        if (const auto mark = marks.constFind(room.id); mark != marks.cend())
            takeMark(room.id, *mark, room.lastSeq);
        if (state->subscription == RoomState::Subscription::None)
            subscribe(*state);
    }
    return true;
}

void Session::askForRooms(const QString &after)
{
    m_link.request(
        roomsRequest(after), m_listing.get(),
        [this, after](const RequestOutcome &outcome) {
            const auto *frame = std::get_if<ServerFrame>(&outcome);
            const auto *page = frame ? std::get_if<RoomsFrame>(frame) : nullptr;
            const auto *error = std::get_if<Error>(&outcome);
            if (page) {
                takeRooms(page->rooms, page->marks, page->next == after ? QString() : page->next);
            } else if (error && isRetryable(error->code)) {
                QTimer::singleShot(
                    pauseAfter(*error), m_listing.get(), [this, after] { askForRooms(after); });
            } else if (error) {
                // No room is taken for gone unless the last page has been read.
                m_outbox.pump();
            } // Where the link is lost the next hello starts anew.
        },
        Link::Patience::Unlimited);
}

void Session::roomsListed()
{
    m_startedEmpty = false;
    QStringList gone;
    for (const auto &[id, state] : m_rooms.all()) {
        if (!m_listed.contains(id))
            gone.append(id);
    }
    for (const QString &roomId : std::as_const(gone))
        removeRoom(roomId, false);
    // Of an outbox that outlived its cache.
    for (const QString &roomId : m_outbox.rooms()) {
        if (!m_listed.contains(roomId))
            failUnsent(roomId, {});
    }
    saveChanges();
    subscribeShown();
    m_outbox.pump();
    // What was read here without a connection.
    m_markers.listed();
}

void Session::takeMark(const QString &roomId, const ReadMark &mark, qint64 lastSeq)
{
    RoomState *state = m_rooms.find(roomId);
    if (!state)
        return;
    m_rooms.takeMark(*state, mark, lastSeq);
    saveSoon();
}

void Session::on(const SelfFrame &frame)
{
    if (const auto *marked = frame.event.as<ReadMarked>())
        takeMark(marked->roomId, {marked->readSeq, marked->unread}, marked->lastSeq);
}

void Session::on(const PresenceFrame &frame)
{
    if (!m_rooms.find(frame.roomId))
        return;
    if (frame.missed)
        readMembers(frame.roomId, {});
    else
        m_members.setOnline(frame.roomId, frame.online);
}

void Session::readMembers(const QString &roomId, const QString &after)
{
    if (after.isEmpty()) {
        if (const auto asked = m_firstPages.find(roomId); asked != m_firstPages.end()) {
            // The answer may be older than what makes it wanted once more.
            *asked = true;
            return;
        }
        m_firstPages.insert(roomId, false);
    }
    fetchMembers(roomId, after);
}

void Session::fetchMembers(const QString &roomId, const QString &after)
{
    m_link.request(
        membersRequest(roomId, after), this,
        [this, roomId, after](const RequestOutcome &outcome) {
            const auto *frame = std::get_if<ServerFrame>(&outcome);
            const auto *members = frame ? std::get_if<MembersFrame>(frame) : nullptr;
            const auto *error = std::get_if<Error>(&outcome);
            const bool isThere = m_rooms.find(roomId);
            if (isThere && error && after.isEmpty() && isRetryable(error->code)) {
                QTimer::singleShot(pauseAfter(*error), this, [this, roomId] { fetchMembers(roomId, {}); });
                return;
            }
            const bool isWantedAgain = after.isEmpty() && m_firstPages.take(roomId);
            if (!isThere) {
                // The room has gone meanwhile.
            } else if (!members) {
                m_members.pageFailed(roomId);
            } else if (!after.isEmpty()) {
                m_members.add(roomId, after, members->page);
            } else {
                m_members.set(roomId, members->page);
                if (isWantedAgain)
                    readMembers(roomId, {});
            }
        },
        Link::Patience::Unlimited);
}

void Session::readInvitations(int attempts)
{
    fetchInvitations(m_rest.get(), this,
        [this, attempts, before = m_invitationChanges](const Outcome<QList<Invitation>> &read) {
            // Servers older than invitations have no such route: invited users become members at once there.
            if (!read)
                return;
            // The answer may be older than a frame that has come since.
            if (before == m_invitationChanges || attempts == mostReadings)
                m_invitations.set(*read);
            else
                readInvitations(attempts + 1);
        });
}

void Session::refreshInvitations()
{
    // The server says nothing of rooms that one is not in.
    if (m_invitations.rowCount() == 0 || !m_invitationsFresh.hasExpired()
        || m_link.state() != Link::State::Connected)
        return;
    m_invitationsFresh.setRemainingTime(invitationsPause);
    readInvitations();
}

void Session::endInvitation(const QString &roomId)
{
    ++m_invitationChanges;
    m_invitations.remove(roomId);
}

void Session::on(const InvitedFrame &frame)
{
    ++m_invitationChanges;
    m_invitations.add(frame.invitation);
}

void Session::on(const InvitationEndedFrame &frame)
{
    endInvitation(frame.roomId);
}

} // namespace rookery::client
