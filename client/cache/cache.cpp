// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/cache/cache.h"

#include "client/cache/cachefile.h"
#include "client/cache/cachestore.h"
#include "client/cache/cacheworker.h"

#include <QLoggingCategory>

#include <utility>

namespace rookery::client {

namespace {

constexpr int mostJobs = 2'000;
/// What an event takes besides its text.
constexpr qint64 eventBytes = 400;

qint64 bytesOf(const RoomEvent &event)
{
    const auto *unknown = event.as<Unknown>();
    return event.text().size() * qint64(sizeof(QChar)) + (unknown ? unknown->raw.size() : 0) + eventBytes;
}

} // namespace

Cache::Cache(const QString &path, QObject *parent)
    : QObject(parent)
    , m_path(path)
{
    m_thread.setObjectName(QStringLiteral("cache"));
    open();
}

Cache::~Cache()
{
    close();
}

bool Cache::open()
{
    if (!openFront()) {
        tell(CacheTrouble::Unusable, m_path);
        return false;
    }
    m_worker = new CacheWorker(m_path);
    m_worker->moveToThread(&m_thread);
    connect(m_worker, &CacheWorker::damaged, this, &Cache::rebuild, Qt::QueuedConnection);
    m_thread.start(QThread::LowPriority);
    return true;
}

bool Cache::openFront()
{
    // A second round for the file that takes the place of one that was moved aside; it begins with the outbox
    // of that one, also where an earlier run was killed in between.
    auto reason = QStringLiteral("damaged");
    for (int round = 0; round < 2; ++round) {
        if (!cachefile::prepare(m_path))
            return false;
        const auto opened = m_front.open(m_path, CacheStore::Role::Front,
            [this] { return CacheStore::rescueUnsent(cachefile::rescuePath(m_path)); });
        if (opened == CacheStore::Opened::Ok) {
            if (const QString old = cachefile::fileAway(m_path, reason); !old.isEmpty())
                tell(reason == QLatin1String("newer") ? CacheTrouble::Newer : CacheTrouble::Damaged, old);
            return true;
        }
        if (opened == CacheStore::Opened::Unavailable)
            return false;
        if (opened == CacheStore::Opened::Newer)
            reason = QStringLiteral("newer");
        cachefile::moveAside(m_path);
    }
    return false;
}

void Cache::close()
{
    if (m_worker) {
        // Behind every job that is still to be done.
        CacheWorker *worker = std::exchange(m_worker, nullptr);
        QThread *thread = &m_thread;
        QMetaObject::invokeMethod(
            worker,
            [worker, thread] {
                worker->deleteLater();
                thread->quit();
            },
            Qt::QueuedConnection);
        m_thread.wait();
    }
    m_front.close();
}

void Cache::post(std::function<void(CacheStore &)> job, qint64 bytes)
{
    if (!m_worker)
        return;
    // No person makes so many: better a window that stands still for a moment than unbounded memory.
    if (m_jobs >= mostJobs)
        flush();
    ++m_jobs;
    m_waiting += bytes;
    QMetaObject::invokeMethod(
        m_worker,
        [this, worker = m_worker, job = std::move(job), bytes] {
            worker->run(job);
            m_waiting -= bytes;
            --m_jobs;
        },
        Qt::QueuedConnection);
}

void Cache::postToOutbox(std::function<bool(CacheStore &)> job, std::function<void(bool)> done)
{
    if (!m_worker)
        return;
    ++m_outboxJobs;
    QMetaObject::invokeMethod(
        m_worker,
        [this, worker = m_worker, job = std::move(job), done = std::move(done)] {
            bool isDone = false;
            worker->run([&](CacheStore &store) { isDone = job(store); });
            QMetaObject::invokeMethod(
                this,
                [this, done, isDone] {
                    --m_outboxJobs;
                    if (done)
                        done(isDone);
                },
                Qt::QueuedConnection);
        },
        Qt::QueuedConnection);
}

void Cache::rebuild()
{
    const bool again = std::exchange(m_wasRebuilt, true);
    close();
    if (again) {
        // The disk seems to damage one file after the other: no third one is made.
        tell(CacheTrouble::DamagedAgain, m_path);
        return;
    }
    cachefile::moveAside(m_path);
    if (open())
        Q_EMIT rebuilt();
}

void Cache::tell(CacheTrouble trouble, const QString &path)
{
    qCWarning(cacheLog, "The cache is in trouble (%d): %ls", int(trouble), qUtf16Printable(path));
    // Queued: the caller of the constructor connects to the signal only afterwards.
    QMetaObject::invokeMethod(
        this, [this, trouble, path] { Q_EMIT troubled(trouble, path); }, Qt::QueuedConnection);
}

void Cache::checkFront()
{
    if (m_front.isDamaged() && m_worker)
        QMetaObject::invokeMethod(this, &Cache::rebuild, Qt::QueuedConnection);
}

QList<CachedRoom> Cache::rooms()
{
    if (!m_worker)
        return {};
    auto rooms = m_front.rooms();
    checkFront();
    return rooms;
}

QList<OutboxItem> Cache::outbox()
{
    if (!m_worker)
        return {};
    auto items = m_front.outbox();
    checkFront();
    return items;
}

QHash<QString, QString> Cache::drafts()
{
    if (!m_worker)
        return {};
    auto drafts = m_front.drafts();
    checkFront();
    return drafts;
}

Stretch Cache::newest(const QString &roomId, int limit)
{
    if (!m_worker)
        return {roomId, {}, {}};
    auto stretch = m_front.newest(roomId, limit);
    checkFront();
    return stretch;
}

void Cache::addToOutbox(const OutboxItem &item, QObject *context, std::function<void(bool)> done)
{
    if (!m_worker) {
        done(false);
        return;
    }
    if (m_outboxJobs == 0 && m_front.addToOutbox(item)) {
        done(true);
        return;
    }
    // The worker is in a long transaction, or has still to write what comes before this.
    checkFront();
    postToOutbox([item](CacheStore &store) { return store.addToOutbox(item); },
        [guard = QPointer<QObject>(context), done = std::move(done)](bool saved) {
            if (guard)
                done(saved);
        });
}

void Cache::older(const QString &roomId, qint64 before, int limit, QObject *context,
    std::function<void(const Stretch &)> done)
{
    const QPointer<QObject> guard(context);
    const auto answer = [this, guard, done = std::move(done)](const Stretch &stretch) {
        QMetaObject::invokeMethod(
            this,
            [guard, done, stretch] {
                if (guard)
                    done(stretch);
            },
            Qt::QueuedConnection);
    };
    if (!m_worker) {
        answer({roomId, {}, {}});
        return;
    }
    QMetaObject::invokeMethod(
        m_worker,
        [worker = m_worker, roomId, before, limit, answer] {
            // Answered even where the worker cannot read, so that the caller asks the server instead.
            Stretch stretch{roomId, {}, {}};
            worker->run([&](CacheStore &store) { stretch = store.older(roomId, before, limit); });
            answer(stretch);
        },
        Qt::QueuedConnection);
}

void Cache::saveRoom(const CachedRoom &room)
{
    post([room](CacheStore &store) { store.saveRoom(room); });
}

void Cache::removeRoom(const QString &roomId)
{
    post([roomId](CacheStore &store) { store.removeRoom(roomId); });
}

void Cache::forgetHistory(const QString &roomId)
{
    post([roomId](CacheStore &store) { store.forgetHistory(roomId); });
}

void Cache::store(
    const QList<Stretch> &stretches, const QList<CachedRoom> &rooms, const QStringList &confirmed)
{
    qint64 bytes = 0;
    for (const Stretch &stretch : stretches) {
        for (const RoomEvent &event : stretch.events)
            bytes += bytesOf(event);
    }
    const bool isTooMuch = m_waiting + bytes > waitingBytes;
    const QList<Stretch> kept = isTooMuch ? QList<Stretch>() : stretches;
    if (isTooMuch)
        bytes = 0;
    post(
        [kept, rooms, confirmed, bytes](CacheStore &store) {
            store.store(kept, rooms, confirmed);
            store.prune(bytes, historyBytes);
        },
        bytes);
}

void Cache::requeue(const OutboxItem &item)
{
    postToOutbox([item](CacheStore &store) { return store.requeue(item); });
}

void Cache::replaceInOutbox(const OutboxItem &item)
{
    postToOutbox([item](CacheStore &store) { return store.replaceInOutbox(item); });
}

void Cache::replaceOutbox(const QList<OutboxItem> &items)
{
    postToOutbox([items](CacheStore &store) { return store.replaceOutbox(items); });
}

void Cache::setFailed(const QString &clientId, const SendFailure &failure)
{
    post([=](CacheStore &store) { store.setFailed(clientId, failure); });
}

void Cache::removeFromOutbox(const QStringList &clientIds)
{
    post([clientIds](CacheStore &store) { store.removeFromOutbox(clientIds); });
}

void Cache::saveDraft(const QString &roomId, const QString &text)
{
    post([=](CacheStore &store) { store.saveDraft(roomId, text); });
}

void Cache::flush()
{
    if (m_worker)
        QMetaObject::invokeMethod(
            m_worker, [] {}, Qt::BlockingQueuedConnection);
}

void Cache::destroy()
{
    close();
    cachefile::remove(m_path);
}

} // namespace rookery::client
