// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/core/principal.h"
#include "server/store/store.h"

#include <QHash>

#include <optional>
#include <unordered_map>

namespace rookery::core {

class Accounts;
class FirstMembers;
class Hub;
class ReadGate;
class MemberChange;
struct CheckedName;
struct SharedState;

/// A page of the members of a room.
struct MembersPage
{
    QList<Member> members; ///< of this page: online ones first, then by name
    QString next; ///< to read on from, empty at the end
    qint64 count = 0; ///< of all members, whether online or not
};

/// NameTaken, of a room.
Error roomNameTaken();

struct RoomsOptions
{
    Limits limits;
    bool createOnFirstUse = true;
};

/// Rooms and their members. Rooms that the caller may not see are answered as if they did not exist (THREATS
/// 1). Creating a room and changing its members counts as one of the caller's messages, and its rows as
/// stored bytes: RateLimited past Limits::messagesPerSecond and bytesPerUserPerDay. Lives on its I/O thread;
/// answers as Accounts does.
class Rooms : public QObject
{
    Q_OBJECT
public:
    /// Creates the lobby if it does not exist; answers it. Every new account is a member of it.
    static void openLobby(store::Store *store, const Limits &limits, QObject *context, Done<Room> done);

    /// Must be created before anything can happen in the lobby.
    Rooms(store::Store *store, Accounts *accounts, Hub *hub, SharedState *shared, Room lobby,
        RoomsOptions options, ReadGate *reads, QObject *parent = nullptr);

    /// Without a role; lastSeq is that of the newest published event.
    const Room &lobby() const { return m_lobby; }

    /// The room of this name, created at first use if the operator allows it (003, 004), but never for a
    /// guest. An invited caller accepts the invitation. NotFound, InvalidField, NameTaken if another room
    /// looks like it.
    void open(const Principal &principal, const QString &name, QObject *context, Done<Room> done);
    /// A room that the caller may see, by id or name. NotFound. Valid when it is answered: a caller that
    /// waits for something else before using the room may show it to a user who was removed meanwhile; see
    /// read().
    void find(const Principal &principal, const QString &idOrName, QObject *context, Done<Room> done);
    /// Reads something of a room that the caller may see, by `look`. If anybody was removed meanwhile, starts
    /// again with the permission check: the answer never holds anything newer than the caller's removal
    /// (THREATS 2). NotFound, and the errors of `look`.
    template <typename T>
    void read(const Principal &principal, const QString &idOrName, QObject *context,
        std::function<void(const Room &, Done<T>)> look, Done<T> done);
    /// The lobby as the caller sees it. Forbidden where they are banned from it.
    void findLobby(const Principal &principal, QObject *context, Done<Room> done);
    /// NameTaken, InvalidField.
    void create(
        const Principal &principal, const QString &name, RoomKind kind, QObject *context, Done<Room> done);
    /// For public rooms, rooms that the caller is in already, and rooms with an invitation, which it accepts.
    /// NotFound. Forbidden for guests, and past Limits::roomsPerUser.
    void join(const Principal &principal, const QString &idOrName, QObject *context, Done<Room> done);
    void leave(const Principal &principal, const QString &idOrName, QObject *context, Done<Nothing> done);
    /// The direct room with that user. NotFound, Forbidden (guests).
    void openDirect(
        const Principal &principal, const QString &userIdOrName, QObject *context, Done<Room> done);

    /// A page of the rooms the caller is a member of; `query.userId` is the caller's. InvalidField (`after`).
    void list(
        const Principal &principal, store::RoomsQuery query, QObject *context, Done<store::RoomsPage> done);
    /// The direct room with that user where there is one already. NotFound.
    void findDirect(const Principal &principal, const User &other, QObject *context, Done<Room> done);
    void directory(const Principal &principal, const QString &query, const QString &after, int limit,
        QObject *context, Done<store::Directory> done);
    /// A page of the members and visitors: first everybody who is online, then all members, in which those
    /// who are online may appear again; the later entry counts. A user who is there the whole time is on at
    /// least one page. The answer includes changes of membership that happened while the store was read.
    /// `room` must come from find() or open() for this caller. InvalidField (`after`).
    void members(const Room &room, const QString &after, int limit, QObject *context, Done<MembersPage> done);
    /// The `after` of the first page of members(), where an empty one would mean the end.
    static QString firstMembers() { return QStringLiteral("online:"); }

    /// The caller has read a room up to `seq`: store::Store::markRead(). `room` must have come from find() for
    /// this caller. Forbidden if the caller is not a member, InvalidField (`seq`).
    void markRead(const Principal &principal, const Room &room, qint64 seq, QObject *context,
        Done<store::MarkedRead> done);
    /// A page of the caller's self stream: what has changed since `after`.
    void selfEvents(const Principal &principal, qint64 after, QObject *context, Done<SelfPage> done);

    /// What is known of whom has lost sight of a room: Hub::removals().
    struct Removals
    {
        quint64 fromPublic = 0;
        quint64 fromHidden = 0;
    };
    /// To be taken before a room is read that is used some time after.
    Removals removals() const;
    /// Whether nobody was removed from rooms of this kind since then.
    bool holdsStill(const Room &room, const Removals &before) const;

    /// Wraps the answer to a change of membership: announces the invitations that ended with it, then calls
    /// `done`. The membership itself is announced by the store's commit observer.
    Done<store::MembershipChange> endingInvitations(QObject *context, Done<store::MembershipChange> done);
    /// Counts a change by the caller and the bytes it stores; an error past the limits.
    std::optional<Error> countChange(const Principal &principal, qint64 bytes);

private:
    /// The room with the user's role, without a permission check. Never older than a removal that this thread
    /// has heard of.
    void lookUp(
        const QString &id, const QString &skeleton, const User &user, QObject *context, Done<Room> done);
    void openNew(const CheckedName &name, const Principal &principal, QObject *context, Done<Room> done);
    /// The room that the caller is invited to, once it is accepted. NotFound.
    void accept(const Principal &principal, const QString &id, const QString &skeleton, QObject *context,
        Done<Room> done);
    store::NewRoom newRoom(const CheckedName &name) const;
    void join(const Room &room, const User &user, QObject *context, Done<Room> done);
    void membersRead(const Room &room, const QString &after, int limit, const store::MembersPage &stored,
        const Done<MembersPage> &done);
    /// The store has another history, and the lobby may end earlier in it.
    void readLobby();
    /// A change of membership; kept while pages of the room are being read.
    void noteMember(const MemberChange &change);

    store::Store *m_store;
    Accounts *m_accounts;
    Hub *m_hub;
    SharedState *m_shared;
    RoomsOptions m_options;
    ReadGate *m_reads;
    FirstMembers *m_firstMembers;
    Room m_lobby;

    struct Reading
    {
        int pages = 0; ///< being read
        QHash<QString, Member> changes; ///< since the first of them was asked for, by user id
    };
    std::unordered_map<QString, Reading> m_readings; ///< by room id
};

template <typename T>
void Rooms::read(const Principal &principal, const QString &idOrName, QObject *context,
    std::function<void(const Room &, Done<T>)> look, Done<T> done)
{
    find(principal, idOrName, context,
        [this, principal, idOrName, context, look = std::move(look), done = std::move(done)](
            const Result<Room> &room) {
            if (!room) {
                done(room.error());
                return;
            }
            look(*room,
                [this, principal, idOrName, context, look, done, room = *room, before = removals()](
                    Result<T> result) {
                    if (holdsStill(room, before))
                        done(std::move(result));
                    else
                        read<T>(principal, idOrName, context, look, done);
                });
        });
}

} // namespace rookery::core
