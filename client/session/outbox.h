// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/link.h"
#include "client/cache/cache.h"
#include "common/messages.h"

#include <QHash>
#include <QObject>
#include <QSet>
#include <QTimer>

namespace rookery::client {

/// Messages and changes that the server has not acknowledged. Each is in the cache before it is sent. A room's
/// items are sent one after the other, which keeps their order through every loss and refusal; each is sent
/// again, with the same client id, until the server answers, so that it is stored once however often it was
/// sent (resources/docs/guarantees.md, 2).
///
/// Refusals because of the server's state or the sending rate (RateLimited, Overloaded, StorageFull) are
/// retried for as long as it takes, never sooner than the server asks for. Any other refusal makes the item
/// failed, and the others go on without it.
class Outbox : public QObject
{
    Q_OBJECT
public:
    Outbox(Cache *cache, Link *link, QObject *parent = nullptr);

    /// The items of an earlier run.
    void load(const QList<OutboxItem> &items);
    QList<OutboxItem> items(const QString &roomId) const { return m_items.value(roomId); }
    QList<OutboxItem> allItems() const;
    QStringList rooms() const { return m_items.keys(); }

    void add(const OutboxItem &item);
    /// Adds an edit or a deletion of a message. If the message itself, or an earlier edit of it, has not been
    /// sent yet, that item is changed or dropped instead.
    enum class Changed {
        Waiting, ///< `change` is in the outbox
        Merged, ///< into what waited: there is no change of its own
        Dropped, ///< the message has never left
    };
    Changed change(OutboxItem change);
    /// Drops changes of a message that has been deleted.
    void dropChangesOf(const QString &roomId, qint64 target);
    /// Sends a failed one again, behind the others.
    void retry(const QString &clientId);
    void discard(const QString &clientId);
    /// Drops the items of a room that the user has left.
    void dropRoom(const QString &roomId);
    /// Makes the items of a room that the user has lost failed ones; they are kept in case the room comes back.
    /// Returns how many.
    int failRoom(const QString &roomId);
    /// The number of items, pending and failed.
    int count() const;
    /// Whether every item would survive a crash of this program by now.
    bool isSaved() const { return m_unsaved.isEmpty(); }

    /// Removes the items whose events are in the history. Returns their client ids; the caller removes them from
    /// the cache in the transaction that stores the events.
    QStringList confirm(const QString &roomId, const QList<RoomEvent> &events, const QString &selfId);

    /// Sends what can be sent now.
    void pump();
    /// A longer frame is not sent but fails: the server would close the connection each time.
    void setLongestFrame(qint64 bytes) { m_longestFrame = bytes; }

Q_SIGNALS:
    void acknowledged(const QString &roomId, const QString &clientId, qint64 seq, const QDateTime &timestamp);
    /// The server refuses the message for good.
    void failed(const QString &roomId, const QString &clientId, const SendFailure &failure);
    /// The server cannot take this message now, and is asked again later.
    void delayed(const QString &roomId, const QString &clientId, const SendFailure &failure);
    /// A change is obsolete: a later one replaces it, or the message is deleted.
    void superseded(const QString &roomId, const QString &clientId);
    /// An item could not be saved on this computer: it is sent all the same, but is lost if the program ends
    /// before the server has it.
    void unsaved();

private:
    /// A change of a message that is gone, or deleted: nothing of its text stays in the cache.
    void drop(OutboxItem *item, const SendFailure &failure);
    void fail(OutboxItem *item, const SendFailure &failure);
    /// The shortest wait for a server that keeps refusing without a retryAfter.
    std::chrono::milliseconds patience();
    void sendFirst(const QString &roomId);
    void answered(const QString &roomId, const QString &clientId, const RequestOutcome &outcome);
    void refused(const QString &roomId, const QString &clientId, const Error &error);
    void pause(std::chrono::milliseconds time);
    /// The message `clientId` has this seq now: its changes can be sent.
    void resolve(const QString &roomId, const QString &clientId, qint64 seq);
    void replace(OutboxItem *item, const QString &text);
    OutboxItem *find(const QString &roomId, const QString &clientId);
    QString roomOf(const QString &clientId) const;
    void take(const QString &roomId, const QString &clientId);

    Cache *m_cache;
    Link *m_link;
    QHash<QString, QList<OutboxItem>> m_items; ///< by room, in the order of sending
    QHash<QString, QString> m_inFlight; ///< by room, the client id that an answer is awaited for
    QSet<QString> m_left; ///< client ids that the server may have seen
    QSet<QString> m_unsaved; ///< the client ids that the cache has not written yet
    QHash<QString, int> m_faults; ///< by client id, how often the server failed at it
    qint64 m_longestFrame = ServerLimits().frameBytes;
    int m_refusals = 0; ///< in a row, without a message taken in between
    QTimer m_pause; ///< runs while the server has asked for a pause
};

} // namespace rookery::client
