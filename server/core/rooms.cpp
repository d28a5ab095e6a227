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
    store->openRoom(store::NewRoom{name->text, name->skeleton, RoomKind::Public, {}}, {}, context,
        [done = std::move(done)](const Result<store::OpenedRoom> &opened) {
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
    if (!m_options.createOnFirstUse || principal.user.guest) {
        find(principal, name, context, std::move(done));
        return;
    }
    // Nearly every room is there already: reading that neither waits for a commit nor counts as a change.
    lookUp({}, checked->skeleton, principal.user, context,
        [this, checked = *checked, principal, context, done = std::move(done)](const Result<Room> &room) {
            if (!room && room.error().code == ErrorCode::NotFound)
                openNew(checked, principal, context, done);
            else if (room && !maySee(*room))
                done(noSuchRoom());
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
    m_store->openRoom(store::NewRoom{name.text, name.skeleton, RoomKind::Public, {}}, principal.user.id,
        context, [done = std::move(done)](const Result<store::OpenedRoom> &opened) {
            if (!opened)
                done(opened.error());
            else if (!maySee(opened->room))
                done(noSuchRoom());
            else
                done(opened->room);
        });
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
    m_store->createRoom(store::NewRoom{checked->text, checked->skeleton, kind, principal.user.id}, this,
        [this, user = principal.user, context = QPointer<QObject>(context), done = std::move(done)](
            Result<Room> room) {
            if (room)
                m_hub->noteMembership(*room, user, true);
            else if (room.error().code == ErrorCode::NameTaken)
                room = Error{
                    ErrorCode::NameTaken, QStringLiteral("A room of this name exists already."), nameField};
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
        [this, principal, context, done = std::move(done)](const Result<Room> &room) {
            if (!room)
                done(room.error());
            else if (room->member)
                done(*room);
            else if (const auto problem = countChange(principal, storedRowBytes))
                done(*problem);
            else
                changeMembership(*room, principal.user, true, context, done);
        });
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
            changeMembership(*room, principal.user, false, context, [done](const Result<Room> &left) {
                if (left)
                    done(Nothing());
                else
                    done(left.error());
            });
        });
}

void Rooms::invite(const Principal &principal, const QString &idOrName, const QString &userIdOrName,
    QObject *context, Done<Member> done)
{
    find(principal, idOrName, context,
        [this, principal, userIdOrName, context, done = std::move(done)](const Result<Room> &room) {
            if (!room) {
                done(room.error());
                return;
            }
            if (!room->member || room->kind == RoomKind::Direct) {
                done(Error{
                    ErrorCode::Forbidden, QStringLiteral("Only a member of a room can bring somebody in.")});
                return;
            }
            if (const auto problem = countChange(principal, storedRowBytes)) {
                done(*problem);
                return;
            }
            m_accounts->findUser(
                userIdOrName, context, [this, room = *room, context, done](Result<User> user) {
                    if (!user) {
                        Error error = user.error();
                        error.field = QStringLiteral("user");
                        done(error);
                        return;
                    }
                    if (user->guest) {
                        done(guestsMayNot());
                        return;
                    }
                    changeMembership(
                        room, *user, true, context, [this, user = *user, done](const Result<Room> &changed) {
                            if (changed)
                                done(Member{user, true, m_hub->isOnlineIn(changed->id, user.id)});
                            else
                                done(changed.error());
                        });
                });
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

void Rooms::changeMembership(
    const Room &room, const User &user, bool member, QObject *context, Done<Room> done)
{
    m_store->setMember(room.id, user.id, member, this,
        [this, member, context = QPointer<QObject>(context), done = std::move(done)](
            const Result<store::MembershipChange> &change) {
            if (change && change->changed)
                m_hub->noteMembership(change->room, change->user, member);
            if (!context)
                return;
            if (change)
                done(change->room);
            else
                done(change.error());
        });
}

} // namespace rookery::core
