// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/limits.h"
#include "server/core/principal.h"
#include "server/store/store.h"

#include <QHash>

#include <optional>
#include <unordered_map>

namespace rookery::core {

using store::Done;

class Accounts;
class Hub;
class ReadGate;
class MemberChange;
struct CheckedName;
struct SharedState;

/// A page of who is in a room.
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

/// Rooms and who belongs to them. What the caller may not see is answered as if it did not exist (THREATS.md
/// 1). What makes a room or changes who is in it, which others hear of, counts as one of the caller's
/// messages and its rows as bytes stored: RateLimited past Limits::messagesPerSecond and bytesPerUserPerDay.
/// Lives on its I/O thread; answers as Accounts does.
class Rooms : public QObject
{
    Q_OBJECT
public:
    /// Makes sure that the lobby is there, which every new account is a member of; answers it.
    static void openLobby(store::Store *store, const Limits &limits, QObject *context, Done<Room> done);

    /// To be made before anything can happen in the lobby.
    Rooms(store::Store *store, Accounts *accounts, Hub *hub, SharedState *shared, Room lobby,
        RoomsOptions options, ReadGate *reads, QObject *parent = nullptr);

    /// As nobody in particular sees it; its lastSeq is that of the newest event that has been published.
    const Room &lobby() const { return m_lobby; }

    /// The room of this name, made at first use where the operator allows it (003, 004), never for a guest.
    /// Who is invited into it accepts with that. NotFound, InvalidField, NameTaken where another room looks
    /// like it.
    void open(const Principal &principal, const QString &name, QObject *context, Done<Room> done);
    /// A room the caller may see, by id or name. NotFound. True when it is answered: who uses the room later,
    /// after something else has been waited for, may show it to somebody who has been removed meanwhile; see
    /// read().
    void find(const Principal &principal, const QString &idOrName, QObject *context, Done<Room> done);
    /// What `look` reads of a room the caller may see. Read again, from the question on whether the caller
    /// may, where somebody was removed meanwhile: what is answered never holds anything newer than the
    /// caller's removal (THREATS 2). NotFound, and `look`'s errors.
    template <typename T>
    void read(const Principal &principal, const QString &idOrName, QObject *context,
        std::function<void(const Room &, Done<T>)> look, Done<T> done);
    /// The lobby as the caller sees it. Forbidden where they are banned from it.
    void findLobby(const Principal &principal, QObject *context, Done<Room> done);
    /// NameTaken, InvalidField.
    void create(
        const Principal &principal, const QString &name, RoomKind kind, QObject *context, Done<Room> done);
    /// Public rooms, rooms that the caller is invited to, which accepts, and rooms one is in already.
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
    /// A page of the members and visitors: who is online comes first, then all members, among whom those may
    /// come again; what is said later counts. Whoever is there all the time is on one of the pages. It is
    /// true when it is answered, also of membership that changed while the store was read. `room` must come
    /// from find() or open() for this caller. InvalidField (`after`).
    void members(const Room &room, const QString &after, int limit, QObject *context, Done<MembersPage> done);
    /// An `after` of members() that is the start, for where an empty one would be the end.
    static QString firstMembers() { return QStringLiteral("online:"); }

    /// The caller has read a room up to `seq`: store::Store::markRead(). `room` must come from find() for this
    /// caller, now or earlier. Forbidden where the caller is no member, InvalidField (`seq`).
    void markRead(const Principal &principal, const Room &room, qint64 seq, QObject *context,
        Done<store::MarkedRead> done);
    /// A page of the caller's self stream: what has changed since `after`.
    void selfEvents(const Principal &principal, qint64 after, QObject *context, Done<SelfPage> done);

    /// What the store is asked to answer a change of a membership with: tells of the invitations that ended
    /// with it, then answers. The membership itself is told of by the store's commit observer.
    Done<store::MembershipChange> endingInvitations(QObject *context, Done<store::MembershipChange> done);
    /// Counts a change of the caller's, and the bytes that it stores; an error where it is one too many.
    std::optional<Error> countChange(const Principal &principal, qint64 bytes);

private:
    /// The room as the user sees it, whether the user may or not; never as it was before a removal that this
    /// thread has heard of.
    void lookUp(
        const QString &id, const QString &skeleton, const User &user, QObject *context, Done<Room> done);
    /// Hub::removals().
    struct Removals
    {
        quint64 fromPublic = 0;
        quint64 fromHidden = 0;
    };
    /// Whether nobody was removed from such a room since then.
    bool holdsStill(const Room &room, const Removals &before) const;
    Removals removals() const;
    void openNew(const CheckedName &name, const Principal &principal, QObject *context, Done<Room> done);
    /// The room that the caller is invited to, once it is accepted. NotFound.
    void accept(const Principal &principal, const QString &id, const QString &skeleton, QObject *context,
        Done<Room> done);
    store::NewRoom newRoom(const CheckedName &name) const;
    void join(const Room &room, const User &user, QObject *context, Done<Room> done);
    void membersRead(const Room &room, const QString &after, int limit, const store::MembersPage &stored,
        const Done<MembersPage> &done);
    /// What hub says of membership while somebody's pages are being read.
    void noteMember(const MemberChange &change);

    store::Store *m_store;
    Accounts *m_accounts;
    Hub *m_hub;
    SharedState *m_shared;
    RoomsOptions m_options;
    ReadGate *m_reads;
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
