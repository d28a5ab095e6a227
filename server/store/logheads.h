#pragma once

#include "server/store/writeback.h"

#include <QHashFunctions>
#include <QString>

#include <optional>
#include <unordered_map>
#include <vector>

namespace rookery::store {

/// Where each room's log ends, and which keys the public ids of rooms and users stand for, kept by the writer
/// from one append to the next: asked of the database for every message, they cost more than the message. The
/// ends move in memory and are written to their rooms once per transaction. Lives on the writer's thread.
class LogHeads final : public WriteBack
{
public:
    struct Room
    {
        qint64 key = 0; ///< rooms.id
        qint64 lastSeq = 0; ///< with what this transaction has appended
        bool moved = false; ///< since it was last written
    };

    /// `most`: rooms and users it remembers, about 200 bytes each. Past it everything is read anew, which is
    /// what every append would do without a memory.
    explicit LogHeads(size_t most = 20'000)
        : m_most(most)
    { }

    /// The room of this public id in its canonical form; null where there is none. Valid until forget() or
    /// the next room().
    Room *room(Connection &connection, const QString &id);
    /// The key of the user of this public id in its canonical form.
    std::optional<qint64> user(Connection &connection, const QString &id);
    /// The room's log has one more event.
    void advance(Room &room);

    void begin(Connection &connection) override;
    void flush(Connection &connection) override;
    void forget() override;

private:
    const size_t m_most;
    std::unordered_map<QString, Room> m_rooms;
    std::unordered_map<QString, qint64> m_users;
    std::vector<Room *> m_moved; ///< of m_rooms, whose elements stay where they are
    qint64 m_dataVersion = 0; ///< of the transaction before; 0: of none
};

} // namespace rookery::store
