// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/cache/cachestore.h"
#include "client/problems/warning.h"

#include <QObject>
#include <QPointer>
#include <QThread>

#include <atomic>
#include <functional>
#include <memory>

namespace rookery::client {

class CacheWorker;

/// One account's local cache: rooms, history, read marks, outbox. Lives on the GUI thread. What is written
/// and longer reads go to a worker thread, in the order in which they were asked for; only what the first
/// painting needs, and what must be on disk before the function returns, is done at once.
///
/// A file that is damaged or was written by a later version is moved aside, with its outbox rescued, and an
/// empty one takes its place. Where no file can be had at all, everything still works but nothing is
/// remembered.
class Cache : public QObject
{
    Q_OBJECT
public:
    /// The most that is kept of the history of all rooms, in bytes of the file: past it the oldest messages
    /// are forgotten (THREATS.md 44).
    static constexpr qint64 historyBytes = 128 * 1024 * 1024;
    /// The most that may wait to be written of the history, in bytes of text: past it messages are not kept.
    static constexpr qint64 waitingBytes = 32 * 1024 * 1024;

    explicit Cache(const QString &path, QObject *parent = nullptr);
    /// Waits for what is still to be written.
    ~Cache() override;

    bool isUsable() const { return m_worker != nullptr; }

    // At once; each well under a millisecond but for the rooms of a large account.
    QList<CachedRoom> rooms();
    QList<OutboxItem> outbox();
    QHash<QString, QString> drafts();
    Stretch newest(const QString &roomId, int limit);
    /// Calls `done` with true once the message survives a crash of this program: before this returns, but
    /// where the file is just being written to; with false where it cannot be saved at all. Not called once
    /// `context` is destroyed. What is added or requeued later comes later in the outbox.
    void addToOutbox(const OutboxItem &item, QObject *context, std::function<void(bool)> done);

    /// See CacheStore::older(). Not called once `context` is destroyed.
    void older(const QString &roomId, qint64 before, int limit, QObject *context,
        std::function<void(const Stretch &)> done);

    // Written by the worker.
    void saveRoom(const CachedRoom &room);
    void removeRoom(const QString &roomId);
    void forgetHistory(const QString &roomId);
    void store(const QList<Stretch> &stretches, const QList<CachedRoom> &rooms, const QStringList &confirmed);
    void requeue(const OutboxItem &item);
    void replaceInOutbox(const OutboxItem &item);
    void replaceOutbox(const QList<OutboxItem> &items);
    void setFailed(const QString &clientId, const SendFailure &failure);
    void removeFromOutbox(const QStringList &clientIds);
    void saveDraft(const QString &roomId, const QString &text);

    /// Waits until everything asked for so far is written.
    void flush();
    /// Deletes the files; nothing is remembered from here on.
    void destroy();

Q_SIGNALS:
    /// Something is wrong with the file. Emitted from the event loop, also right after the start. `path` is
    /// that of the file, or of the old one where it was moved aside.
    void troubled(rookery::client::CacheTrouble trouble, const QString &path);
    /// The file was damaged and has been replaced by an empty one: save again what is still known.
    void rebuilt();

private:
    bool open();
    bool openFront();
    void close();
    void post(std::function<void(CacheStore &)> job, qint64 bytes = 0);
    /// A job that keeps the outbox's order; `done` is called on this thread with its success.
    void postToOutbox(std::function<bool(CacheStore &)> job, std::function<void(bool)> done = {});
    void rebuild();
    void tell(CacheTrouble trouble, const QString &path);
    void checkFront();

    QString m_path;
    CacheStore m_front;
    QThread m_thread;
    CacheWorker *m_worker = nullptr; ///< lives on m_thread
    std::atomic<qint64> m_waiting = 0; ///< bytes of history that the worker has still to write
    std::atomic<int> m_jobs = 0; ///< that the worker has still to do
    int m_outboxJobs = 0; ///< that the worker has still to do; until then nothing may overtake them
    bool m_wasRebuilt = false;
};

} // namespace rookery::client
