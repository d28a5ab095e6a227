// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/cache/cachetypes.h"
#include "client/models/roomlistmodel.h"
#include "client/problems/removal.h"
#include "common/selfevent.h"

#include <QHash>
#include <QSet>

#include <map>

namespace rookery::client {

/// What the session knows about one room.
struct RoomState
{
    enum class Subscription {
        None,
        Asked, ///< the server has been asked and has not answered
        Live,
    };

    Room room;
    qint64 readSeq = 0; ///< the user has seen everything up to here
    qint64 knownLast =
        0; ///< the end of the newest known stretch of history, to resume from; 0: nothing is known
    qint64 unread = 0; ///< messages past readSeq up to countedTo
    qint64 countedTo = 0; ///< the events that `unread` is about: by the server's count, or by what has come
    bool isCountedByServer = false;
    qint64 toldSeq = -1; ///< the server knows that the user has read up to here; -1: it knows nothing
    qint64 lastChange = 0; ///< seq of the last edit or deletion that has come
    Subscription subscription = Subscription::None;
    qint64 askedSeq = -1; ///< the seq it was asked to resume from; -1: live events only
    qint64 streamSeq = 0; ///< while Live: the last seq that came, or was skipped on purpose
    qint64 liveFrom = 0; ///< what comes after this seq is news and no replay
    /// Somebody has just opened it with a message: what its first subscription brings is news.
    bool isNews = false;
    qint64 holeAt = -1; ///< the streamSeq at which a jump made the link start over
    int generation = 0; ///< counts the resets of the history
};

/// The rooms of the user with their read marks, and the model that shows them. The caller of takeChanged()
/// writes the changes to the cache.
class RoomBook
{
public:
    RoomBook(RoomListModel::Roles roles, const QString &selfId);

    void load(const QList<CachedRoom> &rooms);
    RoomState *find(const QString &roomId);
    const RoomState *find(const QString &roomId) const;
    /// In the order of their ids.
    std::map<QString, RoomState> &all() { return m_rooms; }
    const std::map<QString, RoomState> &all() const { return m_rooms; }
    bool isEmpty() const { return m_rooms.empty(); }
    qsizetype count() const { return qsizetype(m_rooms.size()); }

    /// Between the two the model does not show what is added: many rooms are one change of it.
    void holdModel() { m_isHeld = true; }
    void showModel();

    /// A room that is not in the book yet.
    RoomState &add(const Room &room, qint64 readSeq);
    /// What the server says about a room in the book. Its lastSeq never goes back: see reset() for that.
    void update(RoomState &state, const Room &room);
    /// Another history has taken the place of the one known.
    void reset(RoomState &state, const Room &room);
    void remove(const QString &roomId);
    /// Of a room that is no longer in the book, as far as its history has said so.
    Removal removal(const QString &roomId) const { return m_removals.value(roomId); }

    /// What is new in a stretch of history: counts its messages, and takes what it says of the room itself. A
    /// message of one's own means that the user has read what was before it.
    void take(RoomState &state, const Stretch &stretch);
    /// What the server says of the user's marker, which may come from another device: `mark` counts the
    /// messages up to `lastSeq`. A marker never goes back. True where it has moved.
    bool takeMark(RoomState &state, const ReadMark &mark, qint64 lastSeq);
    /// The room that is being looked at is always read.
    void setActive(const QString &roomId);
    const QString &active() const { return m_active; }

    QString title(const QString &roomId) const;
    RoomListModel *model() { return &m_model; }

    QList<CachedRoom> takeChanged();
    void markAllChanged();

private:
    /// What has been counted since the server did.
    struct Counted
    {
        qint64 seq = 0;
        qint64 target = 0; ///< of a deletion; 0: a message
    };
    void takeEvent(RoomState &state, const RoomEvent &event);
    void count(RoomState &state, const RoomEvent &event);
    void showUnread(RoomState &state);
    qint64 unread(const RoomState &state) const;

    QString m_selfId;
    std::map<QString, RoomState> m_rooms;
    QString m_active;
    QHash<QString, QList<Counted>> m_counted; ///< the newest of each room, by its id
    QHash<QString, Removal> m_removals; ///< since the start, by room
    QSet<QString> m_changed;
    RoomListModel m_model;
    bool m_isHeld = false;
};

} // namespace rookery::client
