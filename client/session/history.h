// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/rest.h"
#include "client/cache/cache.h"
#include "client/models/timelinemodel.h"
#include "client/session/roombook.h"

#include <QHash>
#include <QObject>
#include <QSet>

namespace rookery::client {

/// The timelines of the rooms that have been opened. Their pages come from the cache, or from the server if
/// the cache does not have them.
class History : public QObject
{
    Q_OBJECT
public:
    static constexpr int pageSize = 50;

    History(Cache *cache, Rest *rest, RoomBook *rooms, const User &self, QObject *parent = nullptr);

    /// Owned by the history, for as long as it lives. A new one shows the newest cached page at once and
    /// `unsent` behind it, and asks the server where nothing is cached. Where the newest events show nothing
    /// (changes of old messages), older ones are asked for, one page at a time, until there is something to show
    /// or another room is opened.
    TimelineModel *open(const QString &roomId, const QList<OutboxItem> &unsent);
    /// Null where the room has not been opened.
    TimelineModel *find(const QString &roomId) const { return m_timelines.value(roomId); }

    /// Asks the server for the newest page, if the room is open and nothing newer is known than `knownLast`
    /// while the room has more.
    void catchUp(const QString &roomId);
    /// The history was reset (RoomBook::reset): read it anew.
    void reset(const QString &roomId);
    /// Adds an item of the outbox to the timeline.
    void addUnsent(TimelineModel *timeline, const OutboxItem &item) const;
    /// The user is no longer in the room.
    void clear(const QString &roomId);
    /// Drops rows of a room that is not shown.
    void relax(const QString &roomId);
    /// Drops rows of a shown room past the bound of a timeline.
    void bound(const QString &roomId);

Q_SIGNALS:
    /// The server sent a stretch of history. The timeline has it already.
    void stretchRead(const rookery::client::Stretch &stretch);
    /// A page belongs to another history than the one known.
    void epochChanged(const QString &roomId, const QString &epoch, qint64 lastSeq);
    void retryWanted(const QString &clientId);
    void discardWanted(const QString &clientId);

private:
    void loadOlder(const QString &roomId, qint64 before);
    void showOlder(const Stretch &stretch);
    void readNewest(const QString &roomId);
    /// Reads the newest cached page, if the room was opened before the cache had it.
    void readKnown(const QString &roomId);
    void readOlder(const QString &roomId, qint64 before);
    void newestRead(const QString &roomId, const Outcome<Page> &page);
    void olderRead(const QString &roomId, qint64 before, const Outcome<Page> &page);
    /// Whether the page is of the history that is known; says so to the session where it is not.
    bool accept(const QString &roomId, const Page &page);
    /// Whether a page was read before changes of messages that have come since; a few times in a row at most.
    bool isStale(const QString &roomId, const Page &page);
    /// Goes on where a stretch has nothing to show, and ends the loading otherwise.
    void finishOlder(const Stretch &stretch);
    /// Waits where the server is busy and nothing is shown yet; otherwise goes on with the next catchUp().
    void failOlder(const QString &roomId, qint64 before, const Problem &problem);
    int generation(const QString &roomId) const;

    Cache *m_cache;
    Rest *m_rest;
    RoomBook *m_rooms;
    User m_self;
    QHash<QString, TimelineModel *> m_timelines;
    QSet<QString> m_readingNewest;
    QHash<QString, int> m_stale; ///< pages in a row, by room
    QHash<QString, int> m_blank; ///< the same, of those without anything to show
    QString m_opened; ///< the room that was opened last, which is the one that is looked at
    QHash<QString, int> m_catchUps; ///< calls of catchUp(), by room
    QSet<QString> m_interrupted; ///< rooms whose older messages could not be read
    QHash<QString, int> m_contradictions; ///< pages in a row, by room, each of another epoch
};

} // namespace rookery::client
