// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/sessionfinder.h"

#include "server/core/sessionwatch.h"
#include "server/core/sharedstate.h"

#include <utility>

namespace rookery::core {

namespace {

/// Of a look-up, where sessions of others end all the time.
constexpr int mostAttempts = 5;
constexpr std::chrono::seconds retryAfter{1};

Error over()
{
    return {ErrorCode::Unauthorized, QStringLiteral("A valid token is needed; log in first.")};
}

Error unavailable()
{
    return {ErrorCode::StorageUnavailable,
        QStringLiteral("The server cannot tell at the moment whether this log-in is valid; try again."), {},
        retryAfter};
}

} // namespace

SessionFinder::SessionFinder(store::Store *store, SharedState *shared, QObject *parent)
    : QObject(parent)
    , m_store(store)
    , m_shared(shared)
{ }

void SessionFinder::setWatch(SessionWatch *watch)
{
    Q_ASSERT(!m_watch);
    m_watch = watch;
    connect(watch, &SessionWatch::asked, this,
        [this](bool answered, qint64 began) { asked(answered, Clock::time_point(Clock::duration(began))); });
}

void SessionFinder::find(const QString &sessionId, const QString &userId, const QString &network,
    QObject *context, Done<User> done)
{
    Asker asker{sessionId, userId, network, context, std::move(done), Clock::now()};
    if (m_shared->sessions.counts()) {
        decide(asker);
    } else if (m_watch) {
        m_waiting.push_back(std::move(asker));
        m_watch->hurry();
    } else {
        asker.answer(unavailable());
    }
}

void SessionFinder::decide(const Asker &asker)
{
    if (auto user = m_shared->sessions.find(asker.sessionId, asker.userId, QDateTime::currentDateTimeUtc()))
        asker.answer(*std::move(user));
    else if (m_shared->sessions.isUnknown(asker.sessionId))
        lookUp(asker);
    else
        asker.answer(over());
}

void SessionFinder::lookUp(const Asker &asker)
{
    const auto running = m_lookUps.find(asker.sessionId);
    if (running != m_lookUps.end()) {
        running->push_back(asker);
        return;
    }
    if (const auto wait = m_shared->lookUpsByAddress.take(asker.network)) {
        asker.answer(Error{ErrorCode::RateLimited,
            QStringLiteral("Too many log-ins of other servers are used from this address; try again later."),
            {}, *wait});
        return;
    }
    m_lookUps[asker.sessionId].push_back(asker);
    askStore(asker.sessionId, 1);
}

void SessionFinder::askStore(const QString &sessionId, int attempts)
{
    m_store->findSession(
        sessionId, this, [this, sessionId, attempts](const Result<store::FoundSession> &session) {
            found(sessionId, session, attempts);
        });
}

void SessionFinder::found(const QString &sessionId, const Result<store::FoundSession> &found, int attempts)
{
    using Admission = SessionTable::Admission;
    Result<User> user = over();
    if (!found && found.error().code == ErrorCode::NotFound) {
        // For good: the token was sent only after its session had been stored.
        m_shared->sessions.end(sessionId);
    } else if (!found) {
        user = isRetryable(found.error().code) ? found.error() : unavailable();
    } else {
        const Admission admission = m_shared->sessions.admit(found->session, found->head);
        if (admission == Admission::Outdated && attempts < mostAttempts) {
            askStore(sessionId, attempts + 1);
            return;
        }
        if (admission == Admission::Outdated)
            user = unavailable();
        else if (admission == Admission::Admitted)
            user = found->session.user;
    }
    const std::vector<Asker> askers = m_lookUps.take(sessionId);
    for (const Asker &asker : askers)
        asker.answer(user && user->id != asker.userId ? Result<User>(over()) : user);
}

void SessionFinder::asked(bool answered, Clock::time_point began)
{
    const bool counts = m_shared->sessions.counts();
    const std::vector<Asker> waiting = std::exchange(m_waiting, {});
    for (const Asker &asker : waiting) {
        if (!answered) {
            asker.answer(unavailable());
        } else if (counts || asker.since <= began) {
            // What was asked after the request is good for it, however long the answer took.
            decide(asker);
        } else {
            m_waiting.push_back(asker);
            m_watch->hurry();
        }
    }
}

} // namespace rookery::core
