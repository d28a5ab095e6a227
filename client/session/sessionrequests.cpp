// SPDX-License-Identifier: GPL-3.0-or-later
// What the user asks for: the part of Session that turns the window's calls into requests.

#include "client/api/requests.h"
#include "client/session/messagetext.h"
#include "client/session/session.h"
#include "common/ids.h"
#include "common/text.h"

namespace rookery::client {

namespace {

/// Of the directory, gone through in one search: some 100,000 names.
constexpr int emptyPages = 50;
/// Far more than can be sent.
constexpr qsizetype mostDraftCharacters = 64 * 1024;

} // namespace

void Session::saveDraft(const QString &roomId, const QString &text)
{
    const QString kept = text::cut(text, mostDraftCharacters);
    if (roomId.isEmpty() || m_drafts.value(roomId) == kept)
        return;
    if (kept.isEmpty())
        m_drafts.remove(roomId);
    else
        m_drafts.insert(roomId, kept);
    m_cache.saveDraft(roomId, kept);
}

bool Session::send(const QString &roomId, const QString &text, Problem *problem)
{
    const Outcome<QString> checked = checkMessageText(text, m_limits.messageCharacters);
    const RoomState *room = m_rooms.find(roomId);
    if (!checked || !room) {
        if (problem)
            *problem = checked ? Problem(Problem::NotInRoom) : checked.error();
        return false;
    }
    const OutboxItem item{newId(), roomId, *checked, false, {}, QDateTime::currentDateTimeUtc()};
    if (TimelineModel *timeline = m_history.find(roomId))
        timeline->addLocal(item.clientId, m_account.user, item.text, item.created, {});
    m_outbox.add(item);
    return true;
}

bool Session::editMessage(
    const QString &roomId, const MessageId &message, const QString &text, Problem *problem)
{
    const Outcome<QString> checked = checkMessageText(text, m_limits.messageCharacters);
    if (!checked || !m_rooms.find(roomId)) {
        if (problem)
            *problem = checked ? Problem(Problem::NotInRoom) : checked.error();
        return false;
    }
    change(roomId, message, OutboxItem::Kind::Edit, *checked);
    return true;
}

void Session::deleteMessage(const QString &roomId, const MessageId &message)
{
    if (m_rooms.find(roomId))
        change(roomId, message, OutboxItem::Kind::Deletion, {});
}

void Session::change(
    const QString &roomId, const MessageId &message, OutboxItem::Kind kind, const QString &text)
{
    OutboxItem item{newId(), roomId, text, false, {}, QDateTime::currentDateTimeUtc()};
    item.kind = kind;
    item.target = message.seq;
    item.targetClientId = message.seq > 0 ? QString() : message.clientId;
    TimelineModel *timeline = m_history.find(roomId);
    switch (m_outbox.change(item)) {
    case Outbox::Changed::Waiting:
        if (timeline)
            m_history.addUnsent(timeline, item);
        break;
    case Outbox::Changed::Merged:
        if (timeline)
            timeline->setUnsentText(message.seq, message.clientId, text);
        break;
    case Outbox::Changed::Dropped:
        if (timeline)
            timeline->removeLocal(message.clientId);
        break;
    }
}

void Session::onFailed(const QString &roomId, const QString &clientId, const SendFailure &failure)
{
    if (TimelineModel *timeline = m_history.find(roomId))
        timeline->setFailed(clientId, failure);
    // In a room that is not shown nobody would see it. failUnsent() warns about rooms that are gone.
    if (roomId != m_shown && m_rooms.find(roomId))
        Q_EMIT warned({Warning::Kind::NotSent, m_rooms.title(roomId), 1, failure});
    const QList<OutboxItem> items = m_outbox.items(roomId);
    for (const OutboxItem &item : items) {
        if (item.clientId == clientId && item.kind == OutboxItem::Kind::Edit
            && failure.kind == SendFailure::Refused)
            Q_EMIT editRefused(roomId, clientId, item.text, failure);
    }
}

void Session::findVersions(
    const QString &roomId, qint64 seq, qint64 before, QObject *context, Done<VersionPage> reply)
{
    fetchVersions(m_rest.get(), roomId, seq, before, context, std::move(reply));
}

Room Session::room(const QString &roomId) const
{
    const RoomState *state = m_rooms.find(roomId);
    return state ? state->room : Room();
}

void Session::changeRoom(const QString &roomId, const std::optional<QString> &name,
    const std::optional<QString> &topic, QObject *context, Done<Room> reply)
{
    client::changeRoom(m_rest.get(), roomId, name, topic, context, std::move(reply));
}

void Session::setRole(
    const QString &roomId, const QString &userId, Role role, QObject *context, Done<Nothing> reply)
{
    client::setRole(m_rest.get(), roomId, userId, role, context, std::move(reply));
}

void Session::findBans(const QString &roomId, const QString &after, QObject *context, Done<BanPage> reply)
{
    fetchBans(m_rest.get(), roomId, after, context, std::move(reply));
}

Done<Room> Session::addingRoom(QObject *context, Done<Room> reply)
{
    // The room is the user's whether or not somebody still waits for the answer.
    return [this, guard = QPointer<QObject>(context), reply = std::move(reply)](Outcome<Room> room) {
        if (room) {
            endInvitation(room->id);
            if (!room->isMember())
                room->role = Role::Member;
            if (!m_rooms.find(room->id) && addRoom(*room, room->lastSeq, false))
                saveChanges();
        }
        if (guard)
            reply(std::move(room));
    };
}

void Session::createRoom(const QString &name, bool isPrivate, QObject *context, Done<Room> reply)
{
    client::createRoom(m_rest.get(), name.trimmed(), isPrivate, this, addingRoom(context, std::move(reply)));
}

void Session::joinRoom(const QString &name, QObject *context, Done<Room> reply)
{
    const QString trimmed = name.trimmed();
    if (trimmed.isEmpty()) {
        // An empty segment would make this the address of another request.
        QMetaObject::invokeMethod(
            context,
            [reply = std::move(reply)] {
                reply(Problem::typed(Problem::NoRoomName, QStringLiteral("name")));
            },
            Qt::QueuedConnection);
        return;
    }
    client::joinRoom(m_rest.get(), trimmed, this, addingRoom(context, std::move(reply)));
}

void Session::leaveRoom(const QString &roomId, QObject *context, Done<Nothing> reply)
{
    client::leaveRoom(m_rest.get(), roomId, this,
        [this, roomId, guard = QPointer<QObject>(context), reply = std::move(reply)](
            Outcome<Nothing> result) {
            // Already not a member: that is what was wanted.
            if (!result && result.error().code == ErrorCode::NotFound)
                result = Nothing();
            if (result)
                removeRoom(roomId, true);
            if (guard)
                reply(std::move(result));
        });
}

void Session::invite(const QString &roomId, const QString &userName, QObject *context, Done<Member> reply)
{
    inviteUser(m_rest.get(), roomId, userName.trimmed(), context, std::move(reply));
}

void Session::declineInvitation(const QString &roomId, bool block, QObject *context, Done<Nothing> reply)
{
    client::declineInvitation(m_rest.get(), roomId, block, this,
        [this, roomId, block, guard = QPointer<QObject>(context), reply = std::move(reply)](
            Outcome<Nothing> result) {
            if (result && block)
                m_blocks.read();
            // Already not invited: that is what was wanted.
            if (!result && result.error().code == ErrorCode::NotFound)
                result = Nothing();
            if (result)
                endInvitation(roomId);
            if (guard)
                reply(std::move(result));
        });
}

void Session::setBlocked(const QString &user, bool isBlocked, QObject *context, Done<Nothing> reply)
{
    m_blocks.set(user, isBlocked, context, std::move(reply));
}

void Session::openDirect(const QString &userName, QObject *context, Done<Room> reply)
{
    openDirectRoom(m_rest.get(), userName.trimmed(), this, addingRoom(context, std::move(reply)));
}

void Session::findRooms(const QString &query, const QString &after, QObject *context, Done<RoomsFound> reply)
{
    ++m_search;
    searchOn(query.trimmed(), after, 1, context, std::move(reply));
}

void Session::searchOn(
    const QString &query, const QString &after, int pages, QPointer<QObject> context, Done<RoomsFound> reply)
{
    if (!context)
        return;
    findPublicRooms(m_rest.get(), query, after, context,
        [this, query, after, pages, search = m_search, context, reply = std::move(reply)](
            Outcome<RoomsFound> found) {
            // Neither a place that leads to itself nor empty pages without end are gone through.
            if (found && (found->next == after || (found->rooms.isEmpty() && pages == emptyPages)))
                found->next.clear();
            if (!found || !found->rooms.isEmpty() || found->next.isEmpty())
                reply(std::move(found));
            else if (search == m_search)
                searchOn(query, found->next, pages + 1, context, reply);
        });
}

void Session::logOut(QObject *context, Done<Nothing> reply)
{
    m_loggedOut = true;
    m_inbox.take();
    m_saving.stop();
    m_link.stop();
    // Whatever the server answers, nothing stays on this computer.
    m_cache.destroy();
    client::logOut(m_rest.get(), context, [reply = std::move(reply)](const Outcome<Nothing> &) {
        // If the server cannot be reached, the user is logged out here all the same; the token expires there.
        reply(Nothing());
    });
}

} // namespace rookery::client
