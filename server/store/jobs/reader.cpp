// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/jobs/reader.h"

#include <algorithm>
#include <future>
#include <thread>

namespace rookery::store {

namespace {

Error answerTo(const DatabaseError &error)
{
    Error answer = errorFor(error);
    if (answer.code != ErrorCode::Internal)
        answer.detail = QStringLiteral("The server's storage could not be read; try again in a moment.");
    return answer;
}

} // namespace

Readers::Readers(Connect connect, int threads, int queueBound, std::shared_ptr<FaultLog> faults,
    std::chrono::milliseconds persistence)
    : m_connect(std::move(connect))
    , m_count(std::max(1, threads))
    , m_queue(queueBound)
    , m_faults(std::move(faults))
    , m_persistence(persistence)
{ }

Readers::~Readers()
{
    m_queue.close();
    m_threads.clear();
}

Result<Nothing> Readers::start()
{
    for (int i = 0; i < m_count; ++i) {
        const auto opened = std::make_shared<std::promise<Result<Nothing>>>();
        auto future = opened->get_future();
        m_threads.push_back(std::make_unique<threads::Thread>("store-reader", [this, opened] {
            auto connection = m_connect();
            if (!connection) {
                opened->set_value(connection.error());
                return;
            }
            opened->set_value(Nothing());
            loop(std::move(connection).value());
        }));
        if (auto result = future.get(); !result)
            return result;
    }
    return Nothing();
}

Readers::Clock::duration Readers::outage() const
{
    const Clock::rep lostAt = m_lostAt;
    return lostAt == 0 ? Clock::duration() : Clock::now().time_since_epoch() - Clock::duration(lostAt);
}

void Readers::loop(std::unique_ptr<Connection> connection)
{
    while (auto job = m_queue.takeOne()) {
        carryOut(*job, connection);
        Jobs answers;
        answers.push_back(std::move(job));
        postAnswers(std::move(answers));
    }
}

void Readers::carryOut(Job &job, std::unique_ptr<Connection> &connection)
{
    if (connection && connection->isOutdated())
        connection.reset();
    // A server that was restarted is there again, and only the connection is lost.
    if (connection && tryOut(job, connection, true))
        return;
    while (!tryOut(job, connection, !m_queue.isClosed() && outage() + betweenAttempts <= m_persistence))
        std::this_thread::sleep_for(betweenAttempts);
}

bool Readers::tryOut(Job &job, std::unique_ptr<Connection> &connection, bool isRepeatable)
{
    const Clock::rep began = Clock::now().time_since_epoch().count();
    try {
        if (!connection) {
            auto reopened = m_connect();
            if (!reopened)
                throw DatabaseError{Fault::Connection, reopened.error().detail};
            connection = std::move(reopened).value();
        }
        Transaction transaction(
            *connection, job.isOneStatement() ? TransactionKind::ReadOnce : TransactionKind::Read);
        job.run(*connection);
        transaction.commit();
        m_lostAt = 0;
        return true;
    } catch (const DatabaseError &error) {
        const bool isLost = error.fault == Fault::Connection;
        if (isLost) {
            connection.reset();
            Clock::rep none = 0;
            m_lostAt.compare_exchange_strong(none, began);
        }
        if (isLost && isRepeatable)
            return false;
        m_faults->tell("a read failed", error.text);
        job.refuse(answerTo(error));
        return true;
    }
}

} // namespace rookery::store
