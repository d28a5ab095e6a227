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

/// What the user has sent and the server has not acknowledged. Each message is in the cache before it leaves.
/// Sends each room's messages one after the other, so that their order survives every loss and refusal on the
/// way, and each of them again, under the same client id, until the server answers: so a message is stored
/// once, however often it was sent (resources/docs/guarantees.md, 2).
///
/// What is wrong with the server or with the pace (RateLimited, Overloaded, StorageFull) is waited out for as
/// long as it takes, never shorter than the server asks for. What is wrong with the message makes it a failed
/// one, and the others go on without it.
class Outbox : public QObject
{
    Q_OBJECT
public:
    Outbox(Cache *cache, Link *link, QObject *parent = nullptr);

    /// What an earlier run left behind.
    void load(const QList<OutboxItem> &items);
    QList<OutboxItem> items(const QString &roomId) const { return m_items.value(roomId); }
    QList<OutboxItem> allItems() const;
    QStringList rooms() const { return m_items.keys(); }

    void add(const OutboxItem &item);
    /// Another text for a message, or none where it is deleted. `message` is its client id, where it has no seq
    /// yet. What has not left yet is changed, or dropped, as it waits; else the change waits behind it.
    enum class Changed {
        Waiting, ///< `change` is in the outbox
        Merged, ///< into what waited: there is no change of its own
        Dropped, ///< the message has never left
    };
    Changed change(OutboxItem change);
    /// A message is deleted: changes of it make no sense any more.
    void dropChangesOf(const QString &roomId, qint64 target);
    /// Sends a failed one again, behind the others.
    void retry(const QString &clientId);
    void discard(const QString &clientId);
    /// The user has left the room, and what was to be said there with it.
    void dropRoom(const QString &roomId);
    /// The user has lost the room: what was to be said there becomes failed, kept for the case that the room
    /// comes back. Answers how many messages that are.
    int failRoom(const QString &roomId);
    /// How many messages are neither acknowledged nor given up.
    int count() const;
    /// Whether every message that was added would survive a crash of this program by now.
    bool isSaved() const { return m_unsaved.isEmpty(); }

    /// Takes out what turned up in the history, in whichever way that came. Answers the client ids; the
    /// caller removes them from the cache together with storing the events.
    QStringList confirm(const QString &roomId, const QList<RoomEvent> &events, const QString &selfId);

    /// Sends whatever may be sent now.
    void pump();
    /// What takes more bytes than this is not sent: the server would close the connection, again and again.
    void setLongestFrame(qint64 bytes) { m_longestFrame = bytes; }

Q_SIGNALS:
    void acknowledged(const QString &roomId, const QString &clientId, qint64 seq, const QDateTime &timestamp);
    /// The server refuses the message for good.
    void failed(const QString &roomId, const QString &clientId, const SendFailure &failure);
    /// The server cannot take this message now, and is asked again later.
    void delayed(const QString &roomId, const QString &clientId, const SendFailure &failure);
    /// A change is not wanted any more: a later one has taken its place, or the message is deleted.
    void superseded(const QString &roomId, const QString &clientId);
    /// A message could not be saved on this computer: it is sent all the same, but lost if the program ends
    /// before the server has it.
    void unsaved();

private:
    void fail(OutboxItem *item, const SendFailure &failure);
    /// How long to wait, at least, for a server that refuses again and again without saying how long.
    std::chrono::milliseconds patience();
    void sendFirst(const QString &roomId);
    void answered(const QString &roomId, const QString &clientId, const RequestOutcome &outcome);
    void refused(const QString &roomId, const QString &clientId, const Error &error);
    void pause(std::chrono::milliseconds time);
    /// The message `clientId` has this seq: what changes it can be sent.
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
    QTimer m_pause; ///< runs while the server wants to be left alone
};

} // namespace rookery::client
