// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QHashFunctions>
#include <QString>

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
        /// Of a direct room: its two users, the smaller key first, and who of them has blocked the other.
        qint64 low = 0;
        qint64 high = 0;
        bool lowBlocks = false;
        bool highBlocks = false;
    };

    /// `most`: rooms and users it remembers, about 200 bytes each. Past it everything is read anew, which is
    /// what every append would do without a memory.
    explicit LogHeads(size_t most = 20'000)
        : m_most(most)
    { }
    LogHeads(const LogHeads &) = delete;
    LogHeads &operator=(const LogHeads &) = delete;

    /// The room of this public id in its canonical form; null where there is none. Valid until forget() or
    /// the next room().
    Room *room(Connection &connection, const QString &id);
    /// The key of the user of this public id in its canonical form.
    std::optional<qint64> user(Connection &connection, const QString &id);

    /// A write transaction has begun: what another program has changed since the last one is not believed.
    void begin(Connection &connection);
    /// After a job that may have changed anything, and after a transaction that was undone.
    void forget();

private:
    const size_t m_most;
    std::unordered_map<QString, Room> m_rooms;
    std::unordered_map<QString, qint64> m_users;
    qint64 m_dataVersion = 0; ///< of the transaction before; 0: of none
};

} // namespace rookery::store
