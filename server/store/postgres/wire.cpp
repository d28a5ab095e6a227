// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/postgres/wire.h"

#include "server/store/postgres/pqwait.h"

#include <atomic>
#include <utility>

namespace rookery::store::postgres {

namespace {

std::atomic<quint64> statements = 0;
std::atomic<quint64> roundTrips = 0;

void count(std::atomic<quint64> &counter)
{
    counter.fetch_add(1, std::memory_order_relaxed);
}

bool send(PGconn *connection, const QByteArray &name, const Values &values)
{
    count(statements);
    const std::vector<int> formats(values.bytes.size(), 1);
    return PQsendQueryPrepared(connection, name.constData(), int(values.bytes.size()), values.bytes.data(),
               values.lengths.data(), formats.data(), 1)
        == 1;
}

/// A statement without parameters.
bool send(PGconn *connection, const char *sql)
{
    count(statements);
    return PQsendQueryParams(connection, sql, 0, nullptr, nullptr, nullptr, nullptr, 1) == 1;
}

void checkDone(const PqResult &result, const PGconn *connection)
{
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
        throw failure(result.get(), connection);
}

} // namespace

Traffic trafficSoFar()
{
    return {statements.load(std::memory_order_relaxed), roundTrips.load(std::memory_order_relaxed)};
}

PqResult Wire::wait(bool isSent)
{
    return waitForResult(m_connection, isSent, m_patience);
}

PqResult Wire::prepare(const QByteArray &name, const char *sql)
{
    takeEnd();
    count(roundTrips);
    PqResult prepared = wait(PQsendPrepare(m_connection, name.constData(), sql, 0, nullptr) == 1);
    if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK)
        return prepared;
    count(roundTrips);
    return wait(PQsendDescribePrepared(m_connection, name.constData()) == 1);
}

PqResult Wire::execute(const QByteArray &name, const Values &values)
{
    takeEnd();
    if (m_state == State::OneDone)
        throw DatabaseError{
            Fault::Statement, QStringLiteral("a second statement where there was to be only one")};
    if (m_state == State::One)
        m_state = State::OneDone;
    count(roundTrips);
    if (m_state != State::Announced)
        return wait(send(m_connection, name, values));
    m_state = State::None;
    const bool isSent = PQenterPipelineMode(m_connection) == 1 && send(m_connection, m_begin)
        && send(m_connection, name, values) && PQpipelineSync(m_connection) == 1;
    const PqResult begun = wait(isSent);
    PqResult result = wait(isSent);
    wait(isSent); // the end of the pipeline
    const bool isWhole = PQexitPipelineMode(m_connection) == 1;
    checkDone(begun, m_connection);
    if (!isWhole)
        throw failure(nullptr, m_connection);
    m_state = State::Open;
    return result;
}

void Wire::begin(const char *sql)
{
    m_begin = sql;
    m_state = State::Announced;
}

void Wire::beginOne()
{
    m_state = State::One;
}

bool Wire::end(bool onlyRead)
{
    if (m_state == State::Open && !onlyRead)
        return false;
    if (std::exchange(m_state, State::None) != State::Open)
        return true;
    // Where the connection is lost, the next statement says so.
    m_isEndOpen = send(m_connection, "COMMIT");
    PQflush(m_connection);
    return true;
}

void Wire::settle()
{
    takeEnd();
    if (m_state != State::Announced)
        return;
    m_state = State::None;
    count(roundTrips);
    checkDone(wait(send(m_connection, m_begin)), m_connection);
    m_state = State::Open;
}

void Wire::takeEnd()
{
    if (std::exchange(m_isEndOpen, false))
        checkDone(wait(true), m_connection);
}

} // namespace rookery::store::postgres
