// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"

#include <QHashFunctions>
#include <QString>

#include <memory>
#include <optional>
#include <unordered_map>

namespace rookery::store {

class Connection;

/// Where each room's log ends, and which keys the public ids of rooms and users stand for, kept by the writer
/// from one append to the next: asked of the database for every message, they cost as much as the message.
/// Lives on the writer's thread.
class LogHeads
{
public:
    struct Room
    {
        qint64 key = 0; ///< rooms.id
        qint64 lastSeq = 0; ///< with what this transaction has appended
        qint64 others = 0; ///< how many of the events are no messages
        /// Of a direct room: its two users, the smaller key first, and who of them has blocked the other.
        qint64 low = 0;
        qint64 high = 0;
        bool lowBlocks = false;
        bool highBlocks = false;
        std::shared_ptr<const rookery::Room>
            room; ///< as nobody in particular sees it; for the commit observer
    };

    /// `most`: rooms and users it remembers, about 400 bytes each. Past it everything is read anew, which is
    /// what every append would do without a memory.
    explicit LogHeads(size_t most = 20'000)
        : m_most(most)
    { }
    /// Of the database, Room::epoch of every room; before the first room().
    void setEpoch(const QString &epoch) { m_epoch = epoch; }
    LogHeads(const LogHeads &) = delete;
    LogHeads &operator=(const LogHeads &) = delete;

    /// The room of this public id in its canonical form; null where there is none. Valid until forget() or
    /// the next room().
    Room *room(Connection &connection, const QString &id);
    /// The key of the user of this public id in its canonical form.
    std::optional<qint64> user(Connection &connection, const QString &id);

    /// How far a member has read, as members.read_seq says; `notKnown` where it says nothing, `noMember` where the
    /// user is none. Valid until forget() or the next marker(); whoever changes the row changes it, too.
    qint64 &marker(Connection &connection, qint64 room, qint64 user);
    static constexpr qint64 notKnown = -(qint64(1) << 62);
    static constexpr qint64 noMember = qint64(1) << 62;

    /// A write transaction has begun: what another program has changed since the last one is not believed.
    void begin(Connection &connection);
    /// This room has changed.
    void forgetRoom(const QString &id);
    /// After a job that may have changed anything, and after a transaction that was undone.
    void forget();

private:
    const size_t m_most;
    QString m_epoch;
    std::unordered_map<QString, Room> m_rooms;
    std::unordered_map<QString, qint64> m_users;
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
    qint64 m_dataVersion = 0; ///< of the transaction before; 0: of none
};

} // namespace rookery::store
