// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"
#include "server/store/epoch.h"

#include <QHash>
#include <QString>

#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

namespace rookery::store {

class Connection;

/// What the writer remembers from one append to the next: where each room's log ends, the keys of rooms and users
/// by their public ids, and the roles of senders. Asking the database for them with every message would cost as much
/// as the message. Each database has its own, which knows what others may have written. Lives on the writer's thread.
class LogHeads
{
public:
    struct Room
    {
        qint64 key = 0; ///< rooms.id
        qint64 lastSeq = 0; ///< including what this transaction has appended
        qint64 lastAt = 0; ///< of that event, in milliseconds; 0 where the database does not keep it
        qint64 others = 0; ///< how many of the events are not messages
        /// Of a direct room: the keys of its two users, the smaller one first, and who has blocked the other.
        qint64 low = 0;
        qint64 high = 0;
        bool lowBlocks = false;
        bool highBlocks = false;
        std::shared_ptr<const rookery::Room>
            room; ///< as seen by a user without a role in it; for the commit observer
    };

    /// `most`: how many rooms it remembers, how many users, and how many roles, about 400 bytes each. Past it
    /// they are forgotten and read again, as every append would do without a memory.
    explicit LogHeads(size_t most = 20'000)
        : m_most(most)
    { }
    virtual ~LogHeads() = default;
    /// The epoch of every room of the database. To be called before the first room().
    void setEpoch(const Epoch &epoch) { m_epoch = epoch; }
    LogHeads(const LogHeads &) = delete;
    LogHeads &operator=(const LogHeads &) = delete;

    /// The room with this public id in its canonical form; null if there is none. No other transaction gives out a seq
    /// of it before this one has ended. Valid until forget() or the next room().
    Room *room(Connection &connection, const QString &id);
    /// The key of the user with this public id in its canonical form; none if there is none.
    std::optional<qint64> user(Connection &connection, const QString &id);

    /// What a user is in a room, by their keys. Every job that may change a role or a membership is followed by
    /// forget(), and does not ask here itself.
    Role role(Connection &connection, qint64 room, qint64 user);

    /// How far a member has read, as members.read_seq says; `notKnown` where it says nothing, `noMember` where the
    /// user is none. Valid until forget() or the next marker(); whoever changes the row changes it, too.
    qint64 &marker(Connection &connection, qint64 room, qint64 user);
    static constexpr qint64 notKnown = -(qint64(1) << 62);
    static constexpr qint64 noMember = qint64(1) << 62;

    /// To be called at the beginning of a write transaction. Forgets what another program may have changed since the
    /// last one.
    virtual void begin(Connection &connection) = 0;
    /// The time of what this transaction writes, in milliseconds since 1970 UTC; never earlier than the room's last event.
    virtual qint64 now(const Room &room) const;
    /// To be called for each event that has been written: counts it.
    virtual void added(Connection &connection, Room &room, const RoomEvent &event, qint64 others);
    /// To be called if this room has changed.
    void forgetRoom(const QString &id);
    /// To be called after a job that may have changed anything, and after a transaction that was rolled back.
    virtual void forget();
    /// To be called after a job that was undone, back to the savepoint before it.
    virtual void undone() { }

protected:
    /// What the database says of the head of a room beside its log.
    struct Head
    {
        qint64 lastSeq = 0;
        qint64 lastAt = 0;
        qint64 others = 0;
    };
    /// Keeps other transactions from giving out a seq of this room. Nothing where the log itself says what there is.
    virtual std::optional<Head> lock(Connection &connection, const QString &id);

private:
    const size_t m_most;
    Epoch m_epoch;
    std::unordered_map<QString, Room> m_rooms;
    std::unordered_map<QString, qint64> m_users;
    QHash<std::pair<qint64, qint64>, Role> m_roles; ///< by the keys of room and user
    struct MemberKey
    {
        qint64 room;
        qint64 user;
        bool operator==(const MemberKey &) const = default;
    };
    struct MemberHash
    {
        size_t operator()(const MemberKey &key) const { return qHashMulti(size_t(0), key.room, key.user); }
    };
    std::unordered_map<MemberKey, qint64, MemberHash> m_markers;
};

} // namespace rookery::store
