#include "server/core/rooms.h"

#include "common/ids.h"
#include "server/core/accounts.h"
#include "server/core/hub.h"
#include "server/core/names.h"
#include "server/core/sharedstate.h"

#include <QPointer>

#include <algorithm>

namespace rookery::core {

namespace {

const QString nameField = QStringLiteral("name");

Error noSuchRoom()
{
    return {ErrorCode::NotFound, QStringLiteral("There is no such room.")};
}

Error guestsMayNot()
{
    return {ErrorCode::Forbidden, QStringLiteral("Guests cannot do this; register an account.")};
}

/// A room and its first member.
qint64 roomBytes(const CheckedName &name)
{
    return 2 * storedRowBytes + name.text.toUtf8().size();
}

bool maySee(const Room &room)
{
    return room.kind == RoomKind::Public || room.member;
}

} // namespace

Rooms::Rooms(store::Store *store, Accounts *accounts, Hub *hub, SharedState *shared, Room lobby,
    RoomsOptions options, QObject *parent)
    : QObject(parent)
    , m_store(store)
    , m_accounts(accounts)
    , m_hub(hub)
    , m_shared(shared)
    , m_options(options)
    , m_lobby(std::move(lobby))
{
    m_accounts->setFirstRoom(m_lobby.id);
    connect(accounts, &Accounts::registered, this, &Rooms::welcome);
    connect(hub, &Hub::published, this, [this](const Broadcast &broadcast) {
        if (broadcast.event().roomId == m_lobby.id)
            m_lobby.lastSeq = std::max(m_lobby.lastSeq, broadcast.event().seq);
    });
}

void Rooms::openLobby(store::Store *store, const Limits &limits, QObject *context, Done<Room> done)
{
    const auto name = checkRoomName(lobbyName, limits, nameField);
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

void Rooms::welcome(const User &user)
{
    Room lobby = m_lobby;
    lobby.member = true;
    m_hub->noteMembership(lobby, user, true);
}

void Rooms::open(const Principal &principal, const QString &name, QObject *context, Done<Room> done)
{
    const auto checked = checkRoomName(name, m_options.limits, nameField);
    if (!checked) {
        done(checked.error());
        return;
    }
    // A guest gets the same answer for a hidden room as for none: it makes neither.
    if (principal.user.guest) {
        find(principal, name, context, std::move(done));
        return;
    }
    // Nearly every room is there already: reading that neither waits for a commit nor counts as a change.
    lookUp({}, checked->skeleton, principal.user, context,
        [this, checked = *checked, principal, context, done = std::move(done)](const Result<Room> &room) {
            if (!room && room.error().code == ErrorCode::NotFound && m_options.createOnFirstUse)
                openNew(checked, principal, context, done);
            else if (room && !maySee(*room))
                accept(principal, room->id, {}, context, done);
            else
                done(room);
        });
}

void Rooms::lookUp(
    const QString &id, const QString &skeleton, const User &user, QObject *context, Done<Room> done)
{
    m_store->findRoom(id, skeleton, user.id, context,
        [this, id, skeleton, user, context, removals = m_hub->removals(), done = std::move(done)](
            Result<Room> room) {
            if (room && holdsStill(*room, removals))
                done(std::move(room));
            else if (room)
                lookUp(id, skeleton, user, context, done);
            else
                done(room.error());
        });
}

bool Rooms::holdsStill(const Room &room, quint64 removals) const
{
    return room.kind == RoomKind::Public || removals == m_hub->removals();
}

quint64 Rooms::removals() const
{
    return m_hub->removals();
}

void Rooms::openNew(const CheckedName &name, const Principal &principal, QObject *context, Done<Room> done)
{
    if (const auto problem = countChange(principal, roomBytes(name))) {
        done(*problem);
        return;
    }
    m_store->openRoom(newRoom(name), principal.user.id, context,
        [done = std::move(done)](const Result<store::OpenedRoom> &opened) {
            if (!opened)
                done(opened.error());
            else if (!maySee(opened->room))
                done(noSuchRoom());
            else
                done(opened->room);
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
    const auto checked = checkRoomName(idOrName, m_options.limits, nameField);
    const QString id = isId(idOrName) ? idOrName.toLower() : QString();
    if (!checked && id.isEmpty()) {
        done(noSuchRoom());
        return;
    }
    lookUp(id, checked ? checked->skeleton : QString(), principal.user, context,
        [done = std::move(done)](Result<Room> room) {
            if ((room && !maySee(*room)) || (!room && room.error().code == ErrorCode::NotFound))
                done(noSuchRoom());
            else
                done(std::move(room));
        });
}

void Rooms::create(
    const Principal &principal, const QString &name, RoomKind kind, QObject *context, Done<Room> done)
{
    if (principal.user.guest) {
        done(guestsMayNot());
        return;
    }
    const auto checked = checkRoomName(name, m_options.limits, nameField);
    if (!checked) {
        done(checked.error());
        return;
    }
    if (const auto problem = countChange(principal, roomBytes(*checked))) {
        done(*problem);
        return;
    }
    store::NewRoom wanted = newRoom(*checked);
    wanted.kind = kind;
    wanted.creatorId = principal.user.id;
    m_store->createRoom(std::move(wanted), this,
        [this, user = principal.user, context = QPointer<QObject>(context), done = std::move(done)](
            Result<Room> room) {
            if (room)
                m_hub->noteMembership(*room, user, true);
            else if (room.error().code == ErrorCode::NameTaken)
                room = Error{ErrorCode::NameTaken,
                    QStringLiteral("A room of this name, or of one that looks like it, exists already."),
                    nameField};
            if (context)
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
            if (room && room->member) {
                done(*room);
            } else if (room) {
                if (const auto problem = countChange(principal, storedRowBytes))
                    done(*problem);
                else
                    join(*room, principal.user, context, done);
            } else if (room.error().code == ErrorCode::NotFound) {
                const auto checked = checkRoomName(idOrName, m_options.limits, nameField);
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
    // Asked before anything is counted: to others the answer is that of a room that does not exist.
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
    m_store->joinRoom(
        room.id, user.id, m_options.limits.roomsPerUser, this, announcing(true, context, std::move(done)));
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
            if (!room->member) {
                done(Nothing());
                return;
            }
            if (const auto problem = countChange(principal, 0)) {
                done(*problem);
                return;
            }
            m_store->setMember(room->id, principal.user.id, false, this,
                announcing(false, context, [done](const Result<Room> &left) {
                    if (left)
                        done(Nothing());
                    else
                        done(left.error());
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
                error.field = QStringLiteral("user");
                done(error);
                return;
            }
            if (user->guest) {
                done(Error{ErrorCode::Forbidden, QStringLiteral("Guests cannot be sent direct messages."),
                    QStringLiteral("user")});
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

void Rooms::list(const Principal &principal, QObject *context, Done<QList<Room>> done)
{
    m_store->roomsOf(principal.user.id, context, std::move(done));
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
    m_store->publicRooms(query, after, limit, principal.user.id, context, std::move(done));
}

void Rooms::members(const Room &room, QObject *context, Done<QList<Member>> done)
{
    m_store->membersOf(
        room.id, context, [this, roomId = room.id, done = std::move(done)](const Result<QList<User>> &users) {
            if (!users) {
                done(users.error());
                return;
            }
            QHash<QString, User> visitors;
            const auto online = m_hub->onlineIn(roomId);
            for (const User &user : online)
                visitors.insert(user.id, user);
            QList<Member> members;
            members.reserve(users->size());
            for (const User &user : *users)
                members.append({user, true, visitors.remove(user.id)});
            for (const User &user : std::as_const(visitors))
                members.append({user, false, true});
            std::sort(members.begin(), members.end(), [](const Member &a, const Member &b) {
                return a.online != b.online ? a.online
                                            : a.user.name.compare(b.user.name, Qt::CaseInsensitive) < 0;
            });
            done(std::move(members));
        });
}

Done<store::MembershipChange> Rooms::announcing(bool member, QObject *context, Done<Room> done)
{
    return [this, member, context = QPointer<QObject>(context), done = std::move(done)](
               const Result<store::MembershipChange> &change) {
        if (change) {
            for (const store::OpenInvitation &ended : change->ended)
                m_hub->noteInvitation(ended.invitation, ended.invited, false);
            if (change->changed)
                m_hub->noteMembership(change->room, change->user, member);
        }
        if (!context)
            return;
        if (change)
            done(change->room);
        else
            done(change.error());
    };
}

} // namespace rookery::core
