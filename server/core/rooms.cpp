// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/rooms.h"

#include "common/ids.h"
#include "server/core/accounts.h"
#include "server/core/fields.h"
#include "server/core/firstmembers.h"
#include "server/core/live/hub.h"
#include "server/core/names.h"
#include "server/core/readgate.h"
#include "server/core/sharedstate.h"

#include <QPointer>
#include <QSet>
#include <QTimer>

#include <algorithm>
#include <tuple>

namespace rookery::core {

namespace {

/// Where a page of members begins: after a user, among those online or among all members.
struct Place
{
    bool isMember = false;
    QString id = {}; ///< empty: at the start
};
const QString onlinePrefix = Rooms::firstMembers();
const QString memberPrefix = QStringLiteral("member:");

Result<Place> placeOf(const QString &after)
{
    if (after.isEmpty())
        return Place{};
    for (const bool isMember : {false, true}) {
        const QString &prefix = isMember ? memberPrefix : onlinePrefix;
        const QString id = after.mid(prefix.size());
        if (after.startsWith(prefix) && (id.isEmpty() || isId(id)))
            return Place{isMember, id.toLower()};
    }
    return Error{ErrorCode::InvalidField,
        QStringLiteral("The value of 'after' must be the 'next' of another page."), QStringLiteral("after")};
}

/// Of reading the lobby where the store did not answer.
constexpr std::chrono::milliseconds lobbyRetry{250};
/// Events of a self stream that are read at once.
constexpr int selfPage = 200;

/// A room and its first member.
qint64 roomBytes(const CheckedName &name)
{
    return 2 * storedRowBytes + name.text.toUtf8().size();
}

/// Hides rooms that the caller may not see.
Result<Room> ifSeen(const Principal &principal, Result<Room> room)
{
    if (!room)
        return room.error().code == ErrorCode::NotFound ? noSuchRoom() : room;
    if (const auto problem = refusal(principal.in(*room), Action::Read))
        return *problem;
    return room;
}

bool isHidden(const Principal &principal, const Room &room)
{
    return room.kind != RoomKind::Public && !may(principal.in(room), Action::Read);
}

} // namespace

Error roomNameTaken()
{
    return {ErrorCode::NameTaken,
        QStringLiteral("A room of this name, or of one that looks like it, exists already."),
        fields::roomName};
}

Rooms::Rooms(store::Store *store, Accounts *accounts, Hub *hub, SharedState *shared, Room lobby,
    RoomsOptions options, ReadGate *reads, QObject *parent)
    : QObject(parent)
    , m_store(store)
    , m_accounts(accounts)
    , m_hub(hub)
    , m_shared(shared)
    , m_options(options)
    , m_reads(reads)
    , m_firstMembers(new FirstMembers(store, reads, this))
    , m_lobby(std::move(lobby))
{
    m_accounts->setFirstRoom(m_lobby.id);
    hub->watch(m_lobby.id);
    connect(hub, &Hub::memberChanged, this, &Rooms::noteMember);
    connect(hub, &Hub::headNoted, this, [this](const QString &roomId, qint64 seq) {
        if (roomId == m_lobby.id)
            m_lobby.lastSeq = std::max(m_lobby.lastSeq, seq);
    });
    connect(hub, &Hub::historyChanged, this, [this](const QString &epoch) {
        m_lobby.epoch = epoch;
        m_lobby.lastSeq = 0;
        readLobby();
    });
    connect(hub, &Hub::published, this, [this](const Broadcast &broadcast) {
        if (broadcast.event().roomId != m_lobby.id)
            return;
        m_lobby.lastSeq = std::max(m_lobby.lastSeq, broadcast.event().seq);
        m_lobby.topic = broadcast.room().topic;
    });
}

void Rooms::readLobby()
{
    const QString epoch = m_lobby.epoch;
    m_store->findRoom(m_lobby.id, {}, {}, this, [this, epoch](const Result<Room> &lobby) {
        if (epoch != m_lobby.epoch)
            return; // it has changed once more
        if (lobby)
            m_lobby.lastSeq = std::max(m_lobby.lastSeq, lobby->lastSeq);
        else
            QTimer::singleShot(lobbyRetry, this, &Rooms::readLobby);
    });
}

void Rooms::openLobby(store::Store *store, const Limits &limits, QObject *context, Done<Room> done)
{
    const auto name = checkRoomName(lobbyName, limits, fields::roomName);
    if (!name) {
        done(name.error());
        return;
    }
    store::NewRoom lobby{name->text, name->skeleton};
    lobby.lookalike = skeletonOf(name->text);
    store->openRoom(
        std::move(lobby), {}, context, [done = std::move(done)](const Result<store::OpenedRoom> &opened) {
            if (opened)
                done(opened->room);
            else
                done(opened.error());
        });
}

void Rooms::open(const Principal &principal, const QString &name, QObject *context, Done<Room> done)
{
    const auto checked = checkRoomName(name, m_options.limits, fields::roomName);
    if (!checked) {
        done(checked.error());
        return;
    }
    // A guest gets the same answer for a hidden room and for none, and never creates one.
    if (principal.user.guest) {
        find(principal, name, context, std::move(done));
        return;
    }
    // Nearly every room exists already: reading it neither waits for a commit nor counts as a change.
    lookUp({}, checked->skeleton, principal.user, context,
        [this, checked = *checked, principal, context, done = std::move(done)](const Result<Room> &room) {
            if (!room && room.error().code == ErrorCode::NotFound && m_options.createOnFirstUse
                && !isReservedRoomName(checked))
                openNew(checked, principal, context, done);
            else if (room && isHidden(principal, *room))
                accept(principal, room->id, {}, context, done);
            else
                done(ifSeen(principal, room));
        });
}

void Rooms::lookUp(
    const QString &id, const QString &skeleton, const User &user, QObject *context, Done<Room> done)
{
    m_store->findRoom(id, skeleton, user.id, context,
        [this, id, skeleton, user, context, before = removals(), done = std::move(done)](Result<Room> room) {
            if (room && holdsStill(*room, before))
                done(std::move(room));
            else if (room)
                lookUp(id, skeleton, user, context, done);
            else
                done(room.error());
        });
}

bool Rooms::holdsStill(const Room &room, const Removals &before) const
{
    const Removals now = removals();
    return room.kind == RoomKind::Public ? now.fromPublic == before.fromPublic
                                         : now.fromHidden == before.fromHidden;
}

Rooms::Removals Rooms::removals() const
{
    return {m_hub->removals(RoomKind::Public), m_hub->removals(RoomKind::Private)};
}

void Rooms::openNew(const CheckedName &name, const Principal &principal, QObject *context, Done<Room> done)
{
    if (const auto problem = countChange(principal, roomBytes(name))) {
        done(*problem);
        return;
    }
    m_store->openRoom(newRoom(name), principal.user.id, context,
        [principal, done = std::move(done)](const Result<store::OpenedRoom> &opened) {
            done(ifSeen(principal, opened ? Result<Room>(opened->room) : opened.error()));
        });
}

store::NewRoom Rooms::newRoom(const CheckedName &name) const
{
    store::NewRoom room{name.text, name.skeleton};
    room.lookalike = skeletonOf(name.text);
    room.mostRooms = m_options.limits.roomsPerUser;
    return room;
}

std::optional<Error> Rooms::countChange(const Principal &principal, qint64 bytes)
{
    if (const auto wait = m_shared->messagesByUser.take(principal.user.id))
        return Error{ErrorCode::RateLimited, QStringLiteral("You are changing rooms too fast."), {}, *wait};
    return bytes > 0 ? m_shared->storedBytes.take(principal, bytes) : std::nullopt;
}

void Rooms::find(const Principal &principal, const QString &idOrName, QObject *context, Done<Room> done)
{
    const auto checked = checkRoomName(idOrName, m_options.limits, fields::roomName);
    const QString id = isId(idOrName) ? idOrName.toLower() : QString();
    if (!checked && id.isEmpty()) {
        done(noSuchRoom());
        return;
    }
    lookUp(id, checked ? checked->skeleton : QString(), principal.user, context,
        [principal, done = std::move(done)](Result<Room> room) { done(ifSeen(principal, std::move(room))); });
}

void Rooms::findLobby(const Principal &principal, QObject *context, Done<Room> done)
{
    lookUp(m_lobby.id, {}, principal.user, context,
        [principal, done = std::move(done)](Result<Room> room) { done(ifSeen(principal, std::move(room))); });
}

void Rooms::create(
    const Principal &principal, const QString &name, RoomKind kind, QObject *context, Done<Room> done)
{
    if (principal.user.guest) {
        done(guestsMayNot());
        return;
    }
    const auto checked = checkRoomName(name, m_options.limits, fields::roomName);
    if (!checked) {
        done(checked.error());
        return;
    }
    if (isReservedRoomName(*checked)) {
        done(roomNameTaken());
        return;
    }
    if (const auto problem = countChange(principal, roomBytes(*checked))) {
        done(*problem);
        return;
    }
    store::NewRoom wanted = newRoom(*checked);
    wanted.kind = kind;
    wanted.creatorId = principal.user.id;
    m_store->createRoom(std::move(wanted), context, [done = std::move(done)](Result<Room> room) {
        if (!room && room.error().code == ErrorCode::NameTaken)
            room = roomNameTaken();
        done(std::move(room));
    });
}

void Rooms::join(const Principal &principal, const QString &idOrName, QObject *context, Done<Room> done)
{
    if (principal.user.guest) {
        done(guestsMayNot());
        return;
    }
    find(principal, idOrName, context,
        [this, principal, idOrName, context, done = std::move(done)](const Result<Room> &room) {
            if (room && room->isMember()) {
                done(*room);
            } else if (room) {
                if (const auto problem = countChange(principal, storedRowBytes))
                    done(*problem);
                else
                    join(*room, principal.user, context, done);
            } else if (room.error().code == ErrorCode::NotFound) {
                const auto checked = checkRoomName(idOrName, m_options.limits, fields::roomName);
                accept(principal, isId(idOrName) ? idOrName.toLower() : QString(),
                    checked ? checked->skeleton : QString(), context, done);
            } else {
                done(room.error());
            }
        });
}

void Rooms::accept(
    const Principal &principal, const QString &id, const QString &skeleton, QObject *context, Done<Room> done)
{
    if (principal.user.guest || (id.isEmpty() && skeleton.isEmpty())) {
        done(noSuchRoom());
        return;
    }
    // Look before anything is counted: without an invitation the room does not exist.
    m_store->findInvitation(id, skeleton, principal.user.id, context,
        [this, principal, context, done = std::move(done)](const Result<Invitation> &invitation) {
            if (!invitation) {
                const bool none = invitation.error().code == ErrorCode::NotFound;
                done(none ? noSuchRoom() : invitation.error());
                return;
            }
            if (const auto problem = countChange(principal, storedRowBytes)) {
                done(*problem);
                return;
            }
            Room room;
            room.id = invitation->roomId;
            join(room, principal.user, context, done);
        });
}

void Rooms::join(const Room &room, const User &user, QObject *context, Done<Room> done)
{
    m_store->joinRoom(room.id, user.id, m_options.limits.roomsPerUser, this,
        endingInvitations(context, [done = std::move(done)](const Result<store::MembershipChange> &change) {
            if (change)
                done(change->room);
            else
                done(change.error());
        }));
}

void Rooms::leave(const Principal &principal, const QString &idOrName, QObject *context, Done<Nothing> done)
{
    find(principal, idOrName, context,
        [this, principal, context, done = std::move(done)](const Result<Room> &room) {
            if (!room) {
                done(room.error());
                return;
            }
            if (room->kind == RoomKind::Direct) {
                done(Error{ErrorCode::Forbidden, QStringLiteral("A direct conversation cannot be left.")});
                return;
            }
            if (!room->isMember()) {
                done(Nothing());
                return;
            }
            if (const auto problem = countChange(principal, 0)) {
                done(*problem);
                return;
            }
            m_store->setMember(room->id, principal.user.id, false, this,
                endingInvitations(context, [done](const Result<store::MembershipChange> &left) {
                    done(left ? Result<Nothing>(Nothing()) : left.error());
                }));
        });
}

void Rooms::openDirect(
    const Principal &principal, const QString &userIdOrName, QObject *context, Done<Room> done)
{
    if (principal.user.guest) {
        done(guestsMayNot());
        return;
    }
    if (const auto problem = countChange(principal, directRoomBytes)) {
        done(*problem);
        return;
    }
    m_accounts->findUser(
        userIdOrName, context, [this, principal, context, done = std::move(done)](const Result<User> &user) {
            if (!user) {
                Error error = user.error();
                error.field = fields::user;
                done(error);
                return;
            }
            if (user->guest) {
                done(Error{ErrorCode::Forbidden, QStringLiteral("Guests cannot be sent direct messages."),
                    fields::user});
                return;
            }
            m_store->openDirectRoom(
                principal.user, *user, context, [done](const Result<store::OpenedRoom> &opened) {
                    if (opened)
                        done(opened->room);
                    else
                        done(opened.error());
                });
        });
}

void Rooms::list(
    const Principal &principal, store::RoomsQuery query, QObject *context, Done<store::RoomsPage> done)
{
    query.userId = principal.user.id;
    m_reads->read<store::RoomsPage>(
        principal.user.id, context,
        [this, query = std::move(query)](
            QObject *gate, Done<store::RoomsPage> read) { m_store->roomsOf(query, gate, std::move(read)); },
        std::move(done));
}

void Rooms::markRead(
    const Principal &principal, const Room &room, qint64 seq, QObject *context, Done<store::MarkedRead> done)
{
    m_store->markRead(room.id, principal.user.id, seq, context,
        [kind = room.kind, done = std::move(done)](Result<store::MarkedRead> marked) {
            // A visitor has no list of rooms that the marker could stand in.
            if (!marked && marked.error().code == ErrorCode::NotFound)
                done(kind == RoomKind::Public
                        ? Error{ErrorCode::Forbidden, QStringLiteral("You are not a member of this room.")}
                        : noSuchRoom());
            else
                done(std::move(marked));
        });
}

void Rooms::selfEvents(const Principal &principal, qint64 after, QObject *context, Done<SelfPage> done)
{
    m_reads->read<SelfPage>(
        principal.user.id, context,
        [this, userId = principal.user.id, after](QObject *gate, Done<SelfPage> read) {
            m_store->selfEvents(userId, after, selfPage, gate, std::move(read));
        },
        std::move(done));
}

void Rooms::findDirect(const Principal &principal, const User &other, QObject *context, Done<Room> done)
{
    m_store->findDirectRoom(principal.user.id, other.id, context, std::move(done));
}

void Rooms::directory(const Principal &principal, const QString &query, const QString &after, int limit,
    QObject *context, Done<store::Directory> done)
{
    if (limit < 1 || limit > m_options.limits.historyPage) {
        done(Error{ErrorCode::InvalidField,
            QStringLiteral("The field 'limit' must be a whole number from 1 to %1.")
                .arg(m_options.limits.historyPage),
            QStringLiteral("limit")});
        return;
    }
    // Whom a ban does not keep out of a room, as an admin, sees it.
    const bool banned = may({principal.serverRole(), Role::Banned, RoomKind::Public}, Action::Read);
    store::DirectoryQuery page{query, after, limit, principal.user.id, banned};
    m_reads->read<store::Directory>(
        principal.user.id, context,
        [this, page = std::move(page)](QObject *gate, Done<store::Directory> read) {
            m_store->publicRooms(page, gate, std::move(read));
        },
        std::move(done));
}

void Rooms::members(
    const Room &room, const QString &after, int limit, QObject *context, Done<MembersPage> done)
{
    const auto place = placeOf(after);
    if (!place) {
        done(place.error());
        return;
    }
    // Watched before the store is read, so that no change is missed that the store does not answer.
    m_hub->watch(room.id);
    ++m_readings[room.id].pages;
    const Done<store::MembersPage> read = [this, room, after, limit, context = QPointer<QObject>(context),
                                              done = std::move(done)](
                                              const Result<store::MembersPage> &stored) {
        m_hub->whenPresenceIsKnown(room.id, this, [this, room, after, limit, context, stored, done] {
            if (context && stored)
                membersRead(room, after, limit, *stored, done);
            else if (context)
                done(stored.error());
            const auto reading = m_readings.find(room.id);
            if (--reading->second.pages == 0)
                m_readings.erase(reading);
            m_hub->unwatch(room.id);
        });
    };
    if (!place->isMember || place->id.isEmpty()) {
        m_firstMembers->read(room.id, limit, read);
        return;
    }
    // The context is this object: every reading must end, even if nobody waits for it any more. The queue is
    // that of the room, not of the user: the answers are the same for everybody.
    m_reads->read<store::MembersPage>(
        room.id, this,
        [this, query = store::MembersQuery{room.id, place->id, limit}](QObject *gate,
            Done<store::MembersPage> stored) { m_store->membersOf(query, gate, std::move(stored)); },
        read);
}

void Rooms::membersRead(const Room &room, const QString &after, int limit, const store::MembersPage &stored,
    const Done<MembersPage> &done)
{
    const Place place = *placeOf(after);
    MembersPage page{{}, {}, stored.count};
    QSet<QString> named;
    if (!place.isMember) {
        page.members = m_hub->onlineIn(room.id, place.id, limit + 1);
        if (page.members.size() > limit) {
            page.members.removeLast();
            page.next = onlinePrefix + page.members.last().user.id;
        }
        for (const Member &member : std::as_const(page.members))
            named.insert(member.user.id);
    }
    if (page.next.isEmpty()) {
        QString last;
        bool complete = true;
        for (const User &user : stored.users) {
            if (page.members.size() == limit && !named.contains(user.id)) {
                complete = false;
                break;
            }
            last = user.id;
            if (!named.contains(user.id))
                page.members.append({user, Role::Member, m_hub->isOnlineIn(room.id, user.id)});
        }
        if (!complete || !stored.next.isEmpty())
            page.next = memberPrefix + last;
    }
    // The store knows membership better than presence does, which has it from when the user came. Changes
    // from the hub since the reading began are newer than both.
    QHash<QString, Role> roles;
    for (qsizetype i = 0; i < stored.users.size(); ++i)
        roles.insert(stored.users[i].id, stored.roles.value(i, Role::Member));
    QHash<QString, Member> changes = m_readings[room.id].changes;
    for (Member &member : page.members) {
        const auto changed = changes.constFind(member.user.id);
        if (changed != changes.cend())
            member.role = changed->role;
        else if (const auto role = roles.constFind(member.user.id); role != roles.cend())
            member.role = *role;
    }
    for (const Member &member : std::as_const(page.members))
        changes.remove(member.user.id);
    page.members.removeIf([](const Member &member) { return !member.isMember() && !member.online; });
    if (page.next.isEmpty()) {
        for (const Member &member : std::as_const(changes)) {
            if (member.isMember())
                page.members.append({member.user, member.role, m_hub->isOnlineIn(room.id, member.user.id)});
        }
    }
    const auto keyOf = [](const Member &member) {
        return std::make_tuple(!member.online, member.user.name.toCaseFolded(), member.user.id);
    };
    std::sort(page.members.begin(), page.members.end(),
        [&keyOf](const Member &a, const Member &b) { return keyOf(a) < keyOf(b); });
    done(std::move(page));
}

void Rooms::noteMember(const MemberChange &change)
{
    if (change.what() != MemberChange::What::Membership)
        return;
    const auto reading = m_readings.find(change.roomId());
    if (reading != m_readings.end())
        reading->second.changes.insert(change.member().user.id, change.member());
}

Done<store::MembershipChange> Rooms::endingInvitations(QObject *context, Done<store::MembershipChange> done)
{
    return [this, context = QPointer<QObject>(context), done = std::move(done)](
               const Result<store::MembershipChange> &change) {
        if (change) {
            for (const store::OpenInvitation &ended : change->ended)
                m_hub->noteInvitation(ended.invitation, ended.invited, false);
        }
        if (context)
            done(change);
    };
}

} // namespace rookery::core
