// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/cache/cachetypes.h"

#include <QLoggingCategory>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QStringList>

#include <functional>
#include <memory>

namespace rookery::client {

Q_DECLARE_LOGGING_CATEGORY(cacheLog)

/// One connection to a cache: all the SQL there is in the client. Bound to the thread that opened it. A
/// statement that fails is logged and leaves the cache as it was; the cache can always be read anew from the
/// server, except for the outbox.
class CacheStore
{
public:
    enum class Opened {
        Ok,
        Damaged, ///< not a database, or not one of ours: move it aside
        Newer, ///< written by a later version: move it aside
        Unavailable, ///< cannot be read or written now
    };
    enum class Role {
        Front, ///< on the GUI thread: short statements, never a checkpoint
        Worker,
    };
    CacheStore() = default;
    ~CacheStore();
    Q_DISABLE_COPY_MOVE(CacheStore)

    using FirstUnsent = std::function<Unsent()>;
    /// Opens a file that cachefile::prepare() has made. Where it is empty, creates the schema and puts what
    /// `unsent` answers into it, in one transaction: whoever is killed meanwhile finds an empty file again or
    /// all of it.
    Opened open(const QString &path, Role role, const FirstUnsent &unsent = {});
    void close();
    /// Whether a statement has found the file to be damaged.
    bool isDamaged() const { return m_damaged; }

    QList<CachedRoom> rooms();
    QList<OutboxItem> outbox();
    /// The newest events of the newest stretch.
    Stretch newest(const QString &roomId, int limit);
    /// Up to `limit` events of the stretch that ends at or after `before` - 1, all before `before`. Its span
    /// ends at before - 1; it is empty where nothing is known there.
    Stretch older(const QString &roomId, qint64 before, int limit);

    /// Adds the room or updates it; its history stays.
    bool saveRoom(const CachedRoom &room);
    bool removeRoom(const QString &roomId);
    /// Forgets the room's history, which belongs to an epoch that is no more.
    bool forgetHistory(const QString &roomId);
    /// In one transaction: events with their stretches, rooms with their marks, and the outbox without the
    /// messages that turned up among the events. Stretches of rooms that are not cached are ignored.
    bool store(const QList<Stretch> &stretches, const QList<CachedRoom> &rooms, const QStringList &confirmed);

    /// Forgets the oldest messages where the file has come to hold more than `most` bytes. Looks only once
    /// enough has been `added` since the last time.
    bool prune(qint64 added, qint64 most);

    bool addToOutbox(const OutboxItem &item);
    /// Puts the item at the end of the outbox with the state that it has.
    bool requeue(const OutboxItem &item);
    /// Another text of a message, or of a change, that has not been sent; or the seq of its target.
    bool replaceInOutbox(const OutboxItem &item);
    bool setFailed(const QString &clientId, const SendFailure &failure);
    /// The outbox holds these and no others.
    bool replaceOutbox(const QList<OutboxItem> &items);
    bool removeFromOutbox(const QStringList &clientIds);

    /// What was written and not sent, by room.
    QHash<QString, QString> drafts();
    /// An empty text removes the draft.
    bool saveDraft(const QString &roomId, const QString &text);

    /// What a file that cannot be used otherwise has of outbox and drafts, as far as they can be read;
    /// nothing where there is no such file.
    static Unsent rescueUnsent(const QString &path);

private:
    static QString connectionName();
    QSqlQuery query(const QString &sql, const QVariantList &values = {}, bool *ok = nullptr);
    bool run(const QString &sql, const QVariantList &values = {});
    bool runAll(const QList<const char *> &statements);
    /// For the outbox and the changes in it; %1 is the table.
    bool inBoth(const char *sql, const QVariantList &values = {});
    bool inTransaction(const std::function<bool()> &work);
    void note(const QSqlError &error, const QString &sql);
    qint64 roomKey(const QString &roomId);
    bool storeStretch(const Stretch &stretch);
    /// An edit or a deletion, to the message that it is of.
    bool applyChange(qint64 key, const RoomEvent &event);
    /// Truncates the write-ahead log, which may still have deleted or replaced text.
    bool forgetWords();
    qint64 usedBytes();
    bool keepNewest(qint64 room, int count);
    QList<RoomEvent> readEvents(QSqlQuery &query, const QString &roomId);
    Opened openSchema(const FirstUnsent &unsent);
    bool createSchema(const Unsent &unsent);
    bool upgradeTo(int version);
    bool fillOutbox(const QList<OutboxItem> &items);

    QString m_connection;
    QSqlDatabase m_database;
    bool m_damaged = false;
    bool m_isBusy = false; ///< why the last statement failed: another time it may not
    bool m_hasErased = false; ///< and the log has not been truncated since
    qint64 m_added = 0; ///< bytes, since prune() last looked
};

} // namespace rookery::client
