// What comes page by page: the part of SessionCore that reads the rooms of the user and the members of a
// room.

#include "client/session/sessioncore.h"

#include <algorithm>

namespace rookery::client {

namespace {

/// Before a page that was refused is asked for again.
constexpr std::chrono::seconds pagePause{2};

} // namespace

void SessionCore::onHello(const HelloFrame &hello)
{
    m_account.user = hello.user;
    m_listed.clear();
    m_listing = std::make_unique<QObject>();
    takeRooms(hello.rooms, hello.next);
    readInvitations();
}

void SessionCore::takeRooms(const QList<Room> &rooms, const QString &next)
{
    for (const Room &room : rooms) {
        m_listed.insert(room.id);
        RoomState *state = m_rooms.find(room.id);
        if (!state) {
            // A direct room that somebody opened while this client was away is unread as a whole.
            const bool isUnread = !m_startedEmpty && room.kind == RoomKind::Direct;
            addRoom(room, isUnread ? 0 : room.lastSeq, false);
            continue;
        }
        if (state->room.epoch != room.epoch && !state->room.epoch.isEmpty())
            resetRoom(*state, room);
        else
            m_rooms.update(*state, room);
        if (state->subscription == RoomState::Subscription::None)
            subscribe(*state);
    }
    if (next.isEmpty()) {
        roomsListed();
        return;
    }
    saveChanges();
    askForRooms(next);
}

void SessionCore::askForRooms(const QString &after)
{
    m_link.request(
        roomsRequest(after), m_listing.get(),
        [this, after](const RequestOutcome &outcome) {
            const auto *frame = std::get_if<ServerFrame>(&outcome);
            const auto *page = frame ? std::get_if<RoomsFrame>(frame) : nullptr;
            const auto *error = std::get_if<Error>(&outcome);
            if (page) {
                takeRooms(page->rooms, page->next == after ? QString() : page->next);
            } else if (error && isRetryable(error->code)) {
                QTimer::singleShot(std::max<std::chrono::milliseconds>(error->retryAfter, pagePause),
                    m_listing.get(), [this, after] { askForRooms(after); });
            } else if (error) {
                // No room is taken for gone unless the last page has been read.
                m_outbox.pump();
            } // Where the link is lost the next hello starts anew.
        },
        Link::Patience::Unlimited);
}

void SessionCore::roomsListed()
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
}

void SessionCore::on(const PresenceFrame &frame)
{
    if (!m_rooms.find(frame.roomId))
        return;
    if (frame.missed)
        fetchMembers(frame.roomId, {});
    else
        m_members.setOnline(frame.roomId, frame.online);
}

void SessionCore::fetchMembers(const QString &roomId, const QString &after)
{
    m_link.request(
        membersRequest(roomId, after), this,
        [this, roomId, after](const RequestOutcome &outcome) {
            const auto *frame = std::get_if<ServerFrame>(&outcome);
            const auto *members = frame ? std::get_if<MembersFrame>(frame) : nullptr;
            const auto *error = std::get_if<Error>(&outcome);
            if (!m_rooms.find(roomId)) {
                // It has gone meanwhile.
            } else if (members && after.isEmpty()) {
                m_members.set(roomId, members->page);
            } else if (members) {
                m_members.add(roomId, after, members->page);
            } else if (error && after.isEmpty() && isRetryable(error->code)) {
                QTimer::singleShot(std::max<std::chrono::milliseconds>(error->retryAfter, pagePause), this,
                    [this, roomId] { fetchMembers(roomId, {}); });
            } else {
                m_members.pageFailed(roomId);
            }
        },
        Link::Patience::Unlimited);
}

} // namespace rookery::client
