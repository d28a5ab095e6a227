// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/jobs/writer.h"

#include "server/threads/postbox.h"

#include <algorithm>
#include <future>
#include <thread>
#include <utility>

namespace rookery::store {

namespace {

/// Of housekeeping that has more to do than it may do at once.
constexpr std::chrono::milliseconds betweenPortions{1000};

} // namespace

Writer::Writer(WriterOptions options)
    : m_options(std::move(options))
    , m_queue(m_options.queueBound)
    , m_pace(m_options.pace)
{ }

Writer::~Writer()
{
    m_queue.close();
    m_thread.reset();
}

Result<Nothing> Writer::start()
{
    const auto opened = std::make_shared<std::promise<Result<Nothing>>>();
    auto future = opened->get_future();
    m_thread.emplace("store-writer", [this, opened] {
        auto result = open();
        const bool ok = result.ok();
        opened->set_value(std::move(result));
        if (ok)
            loop();
        m_connection.reset();
    });
    return future.get();
}

Result<Nothing> Writer::open()
{
    auto connection = m_options.connect();
    if (!connection)
        return connection.error();
    m_connection = std::move(connection).value();
    auto prepared = m_options.prepare(*m_connection);
    if (!prepared)
        m_connection.reset();
    return prepared;
}

void Writer::loop()
{
    auto nextHousekeeping = Clock::now() + m_options.housekeepingInterval;
    const bool watches = bool(m_options.watch);
    auto nextWatch = watches ? Clock::now() + m_options.watchInterval : Clock::time_point::max();
    while (true) {
        Jobs jobs =
            m_queue.takeAll(m_options.largestBatch, std::min(nextHousekeeping, nextWatch), m_pace.company());
        if (!jobs.empty()) {
            m_pace.begin(jobs.size(), Clock::now());
            carryOut(std::move(jobs));
        } else if (m_queue.isClosed()) {
            return;
        }
        if (Clock::now() >= nextWatch) {
            watch();
            nextWatch = Clock::now() + m_options.watchInterval;
        }
        if (Clock::now() >= nextHousekeeping) {
            const bool more = keepHouse();
            nextHousekeeping = Clock::now()
                + (more ? std::min(betweenPortions, m_options.housekeepingInterval)
                        : m_options.housekeepingInterval);
        }
    }
}

void Writer::carryOut(Jobs jobs)
{
    threads::OneWakeUp forAll; // the notices and the answers
    try {
        persist(jobs);
        m_commits.add();
        metrics::ofThisThread().transactions.add();
        metrics::ofThisThread().changes.add(jobs.size());
        announce(jobs);
        if (m_options.afterCommit)
            m_options.afterCommit(jobs.size());
    } catch (const DatabaseError &error) {
        recover(error);
        for (const auto &job : jobs)
            job->refuse(errorFor(error));
    }
    postAnswers(std::move(jobs));
}

void Writer::persist(Jobs &jobs)
{
    const auto began = Clock::now();
    bool inDoubt = false; // they may have been committed
    for (bool isFirst = true;; isFirst = false) {
        try {
            ensureConnection();
            if (!inDoubt || !m_options.hasCommitted(*m_connection)) {
                inDoubt = false;
                attempt(jobs);
            }
            m_lostSince.reset();
            return;
        } catch (const DatabaseError &error) {
            const bool isLost = error.fault == Fault::Connection;
            inDoubt = inDoubt || (std::exchange(m_isCommitting, false) && isLost);
            if (isLost && !m_lostSince)
                m_lostSince = began;
            if (!(isLost || inDoubt) || Clock::now() + betweenAttempts > *m_lostSince + m_options.persistence)
                throw;
            recover(error, "a batch is carried out again");
        }
        if (!isFirst)
            std::this_thread::sleep_for(betweenAttempts);
    }
}

void Writer::attempt(Jobs &jobs)
{
    bool together = m_options.messages != nullptr;
    for (int left = m_options.attempts - 1;; --left) {
        try {
            transact(jobs, together);
            return;
        } catch (const DatabaseError &error) {
            if (m_options.messages)
                m_options.messages->forget();
            // A statement that several jobs share has none that it could be the fault of.
            const bool isTogether = error.fault == Fault::Statement && std::exchange(together, false);
            if (!isTogether && (error.fault != Fault::Transaction || left <= 0))
                throw;
            m_options.faults->tell("a transaction was given up and is begun again", error.text);
        }
    }
}

void Writer::transact(Jobs &jobs, bool together)
{
    Transaction transaction(*m_connection);
    m_headsBegun = false;
    m_isCommitting = false;
    const auto isMessage = [](const auto &job) { return job->message() != nullptr; };
    if (!together || !std::all_of(jobs.cbegin(), jobs.cend(), isMessage))
        beginOnce();
    for (size_t at = 0; at < jobs.size();) {
        if (together && jobs[at]->message())
            at = storeTogether(jobs, at);
        else
            runOne(*jobs[at++]);
    }
    m_isCommitting = true;
    transaction.commit();
    m_isCommitting = false;
}

size_t Writer::storeTogether(Jobs &jobs, size_t at)
{
    std::vector<Job *> messages;
    for (; at < jobs.size() && jobs[at]->message(); ++at)
        messages.push_back(jobs[at].get());
    std::vector<Job *> others;
    m_options.messages->store(*m_connection, messages, others);
    if (m_options.heads)
        m_options.heads->undone(); // the rooms end elsewhere now
    for (Job *job : others)
        runOne(*job);
    return at;
}

void Writer::beginOnce()
{
    if (m_options.heads && !std::exchange(m_headsBegun, true))
        m_options.heads->begin(*m_connection);
}

void Writer::announce(const Jobs &jobs) const
{
    if (!m_options.committed)
        return;
    std::vector<CommitNotice> notices;
    for (const auto &job : jobs)
        job->collect(notices);
    if (!notices.empty())
        m_options.committed(std::move(notices));
}

void Writer::runOne(Job &job)
{
    beginOnce();
    if (job.leavesNothing() && !m_options.failuresNeedSavepoint) {
        run(job);
        return;
    }
    m_connection->statement("SAVEPOINT job").run();
    if (!run(job)) {
        m_connection->statement("ROLLBACK TO job").run();
        if (m_options.heads)
            m_options.heads->undone();
    }
    m_connection->statement("RELEASE job").run();
    if (m_options.heads && !job.keepsHeads())
        m_options.heads->forget();
}

bool Writer::run(Job &job)
{
    try {
        return job.run(*m_connection);
    } catch (const DatabaseError &error) {
        if (error.fault != Fault::Statement)
            throw;
        m_options.faults->tell("a write failed", error.text);
        job.refuse(errorFor(error));
        return false;
    }
}

bool Writer::keepHouse()
{
    try {
        ensureConnection();
        return m_options.housekeeping(*m_connection);
    } catch (const DatabaseError &error) {
        recover(error);
        return false;
    }
}

void Writer::watch()
{
    try {
        ensureConnection();
        m_options.watch(*m_connection);
        m_lostSince.reset();
    } catch (const DatabaseError &error) {
        if (error.fault == Fault::Connection && !m_lostSince)
            m_lostSince = Clock::now();
        recover(error, "the database cannot be watched");
    }
}

void Writer::recover(const DatabaseError &error, const char *what)
{
    m_options.faults->tell(what, error.text);
    if (m_options.heads)
        m_options.heads->forget();
    if (error.fault == Fault::Connection)
        m_connection.reset();
}

void Writer::ensureConnection()
{
    if (m_connection && !m_connection->isOutdated())
        return;
    m_connection.reset();
    if (m_options.messages)
        m_options.messages->forget();
    if (m_options.heads)
        m_options.heads->forget();
    auto connection = m_options.connect();
    if (!connection)
        throw DatabaseError{Fault::Connection, connection.error().detail};
    m_connection = std::move(connection).value();
}

} // namespace rookery::store
