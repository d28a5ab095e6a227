// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/mirror.h"
#include "server/bus/redis/redislink.h"

#include <QObject>
#include <QTimer>
#include <QVarLengthArray>

#include <chrono>
#include <deque>
#include <unordered_map>
#include <vector>

namespace rookery::bus {

struct RedisMirrorOptions
{
    QByteArray prefix = {}; ///< of every key; with the same `{…}` for all nodes of a cluster
    QString name = {}; ///< of the node
    QString version = {};
    /// How long the node counts as alive after it was heard last, and how often it is heard.
    std::chrono::milliseconds lease{10'000};
    std::chrono::milliseconds renewal{2'500};
    /// After so much time a room is written again, in case that others have removed its keys.
    std::chrono::milliseconds refresh{100'000};
    /// How long keys stay that no node writes any more.
    std::chrono::seconds keep{300};
};

/// The active rooms and who is in them, in Redis (resources/docs/operating.md, "Rooms in Redis", has the keys).
///
/// A node's entries bear its incarnation, which is another one after each lost connection or lease: what an earlier one has
/// left is known to be dead, and any node removes it.
///
/// Keeps an entry for each user who is present in a room here. While Redis is away nothing is kept beside these, and all of
/// them are written when it is back.
class RedisMirror final : public QObject, public Mirror
{
    Q_OBJECT
public:
    /// How many users who have gone may wait to be removed. Past that the connection is cut.
    static constexpr size_t mostGone = 50'000;
    /// How long leave() may block.
    static constexpr std::chrono::milliseconds leaveTime{300};

    RedisMirror(RedisOptions redis, RedisMirrorOptions options, QObject *parent = nullptr);
    ~RedisMirror() override;

    void open() override;
    void presence(const PresenceChanged &change) override;
    void leave() override;

private:
    using Words = RedisLink::Words;

    struct Entry
    {
        QString name;
        Role role = Role::None;
        bool isGuest = false;
        QVarLengthArray<HubId, 2> hubs; ///< none: they have gone, which has not been written yet
        bool isDue = false; ///< to be written
    };
    struct ActiveRoom
    {
        std::unordered_map<QString, Entry> users; ///< by id
        std::vector<QString> due; ///< whom of them
        bool isQueued = false;
        std::chrono::steady_clock::time_point queued{}; ///< as a whole, last
    };

    QByteArray key(const QByteArray &name) const { return m_options.prefix + name; }
    QByteArray nodeKey(const QByteArray &incarnation) const { return key("node:" + incarnation); }
    QByteArray roomsKey(const QByteArray &incarnation) const { return key("r:" + incarnation); }
    QByteArray presentKey(const QByteArray &room) const { return key("p:" + room); }
    /// Of the keys of rooms, in seconds.
    QByteArray life() const { return QByteArray::number(m_options.keep.count()); }
    /// Of the keys that lead to them.
    QByteArray longLife() const { return QByteArray::number(2 * m_options.keep.count()); }
    QByteArray field(const QString &userId) const { return m_incarnation + ':' + userId.toUtf8(); }

    void begin();
    void closed(const QString &reason);
    void checkPolicy(const RedisReply &reply);
    /// Announces this node, or renews its lease.
    void renew();
    void announce();
    /// The server takes what is written.
    void proved();
    void tick();

    void came(const PresenceChanged &change);
    void went(const PresenceChanged &change);
    void setDue(const QString &roomId, ActiveRoom &room, const QString &userId, Entry &entry);
    void queue(const QString &roomId, ActiveRoom &room);
    /// All who are in the room are to be written.
    void queueAll(const QString &roomId, ActiveRoom &room);
    /// Forgets what was to be written, and who has gone.
    void reset();
    void write();
    void writeNext();
    Words count(const QByteArray &room) const;

    /// Looks for nodes that have ended without a word.
    void examine();
    void examine(const RedisReply &nodes);
    void bury();
    void bury(const QByteArray &incarnation, const RedisReply &rooms);
    void clear(const QByteArray &incarnation, const QByteArray &room, const QByteArray &cursor);

    const RedisMirrorOptions m_options;
    RedisLink m_link;
    QByteArray m_incarnation; ///< 16 hexadecimal digits; of the last connection, while there is none
    QTimer m_tick{this};
    QTimer m_write{this};
    std::unordered_map<QString, ActiveRoom> m_rooms;
    std::deque<QString> m_queue; ///< rooms with something to write
    size_t m_gone = 0; ///< entries without a hub
    bool m_isRenewing = false; ///< the last renewal has not been answered
    QByteArrayList m_dead; ///< nodes that are being removed, from the last one
    int m_examined = 0; ///< answers that are awaited: of nodes, or of rooms of a dead one
    bool m_isExamining = false;
    QString m_toldReason; ///< why nothing is shown, as the log says
    bool m_hasToldPolicy = false;
};

} // namespace rookery::bus
