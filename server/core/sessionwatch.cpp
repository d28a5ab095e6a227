// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/sessionwatch.h"

#include <QPointer>

#include <utility>

namespace rookery::core {

SessionWatch::SessionWatch(store::Store *store, SessionTable *table, QObject *parent)
    : QObject(parent)
    , m_store(store)
    , m_table(table)
{
    m_next.setSingleShot(true);
    m_next.setTimerType(Qt::PreciseTimer);
    m_next.callOnTimeout(this, [this] { ask(); });
}

void SessionWatch::begin(QObject *context, Done<Nothing> done)
{
    const auto began = Clock::now();
    if (m_store->isShared())
        m_table->share();
    m_asking = true;
    load(began,
        [this, began, context = QPointer<QObject>(context), done = std::move(done)](
            const Result<Nothing> &loaded) {
            m_asking = false;
            if (m_store->isShared())
                finish(loaded.ok(), began);
            if (context)
                done(loaded);
        });
}

void SessionWatch::hurry()
{
    if (!m_hurried.exchange(true))
        QMetaObject::invokeMethod(this, &SessionWatch::hurried, Qt::QueuedConnection);
}

void SessionWatch::hurried()
{
    if (m_asking)
        return; // finish() goes on
    if (!m_failed)
        ask();
    else if (m_next.remainingTimeAsDuration() > afterFailure)
        m_next.start(afterFailure);
}

void SessionWatch::ask()
{
    if (m_asking)
        return;
    m_hurried = false;
    m_asking = true;
    m_store->controlAfter(m_table->position(), mostEnds, this,
        [this, began = Clock::now()](const Result<store::ControlPage> &page) {
            if (page)
                take(*page, began);
            else
                finish(false, began);
        });
}

void SessionWatch::take(const store::ControlPage &page, Clock::time_point began)
{
    const qint64 position = m_table->position();
    // This node was stopped for longer than the log is kept, or the database is not what it was.
    if (page.epoch != m_epoch || page.purged > position || page.head < position) {
        load(began, [this, began](const Result<Nothing> &loaded) { finish(loaded.ok(), began); });
        return;
    }
    tell(m_table->applyEnds(page.ended, page.upTo));
    if (page.upTo < page.head) {
        m_asking = false;
        ask();
        return;
    }
    m_table->countFrom(began);
    finish(true, began);
}

void SessionWatch::load(Clock::time_point began, Done<Nothing> done)
{
    const quint64 load = m_table->beginLoad();
    // The end of the log comes first: what ends after that is in the log behind it.
    m_store->controlAfter(
        0, 1, this, [this, load, began, done = std::move(done)](const Result<store::ControlPage> &page) {
            if (!page) {
                done(page.error());
                return;
            }
            m_store->keptSessions(this,
                [this, load, began, page = *page, done](const Result<QList<store::SessionRecord>> &sessions) {
                    if (!sessions) {
                        done(sessions.error());
                        return;
                    }
                    m_epoch = page.epoch;
                    tell(m_table->replace(*sessions, load, page.head));
                    m_table->countFrom(began);
                    done(Nothing());
                });
        });
}

void SessionWatch::finish(bool answered, Clock::time_point began)
{
    m_asking = false;
    m_failed = !answered;
    if (m_table->counts())
        m_hurried = false; // everybody who waits by now is answered by the signal
    Q_EMIT asked(answered, began.time_since_epoch().count());
    if (m_hurried && answered)
        ask();
    else
        m_next.start(m_hurried ? afterFailure : interval);
}

void SessionWatch::tell(const QStringList &ended)
{
    for (const QString &sessionId : ended)
        Q_EMIT sessionEnded(sessionId);
}

} // namespace rookery::core
