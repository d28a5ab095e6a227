// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/postgres/postgresstore.h"

#include "server/store/calls/guestround.h"
#include "server/store/jobs/reader.h"
#include "server/store/jobs/writer.h"
#include "server/store/postgres/appender.h"
#include "server/store/postgres/bulkqueries.h"
#include "server/store/postgres/connection.h"
#include "server/store/postgres/history.h"
#include "server/store/postgres/postgresheads.h"
#include "server/store/postgres/postgresmigrator.h"
#include "server/store/postgres/trace.h"
#include "server/store/postgres/writelock.h"
#include "server/store/queries/controlqueries.h"
#include "server/store/queries/guestqueries.h"
#include "server/store/queries/metaqueries.h"
#include "server/store/queries/namequeries.h"
#include "server/store/queries/sessionqueries.h"

namespace rookery::store::postgres {

namespace {

/// Messages are one statement. Each other job has a savepoint, and past 64 of them in a transaction that write PostgreSQL
/// looks on its disk for what each row belongs to.
constexpr size_t largestBatch = 500;
/// Each waits for a lock at most for ConnectOptions::lockTimeout.
constexpr int attempts = 3;
/// A restart of the server, or a standby that takes over, costs senders no error if it takes less.
constexpr std::chrono::milliseconds persistence{5000};

} // namespace

Result<std::unique_ptr<PostgresStore>> PostgresStore::open(const PostgresOptions &options)
{
    std::unique_ptr<PostgresStore> store(new PostgresStore(options, std::make_unique<Trace>()));
    if (auto started = store->start(options); !started)
        return started.error();
    return store;
}

PostgresStore::PostgresStore(const PostgresOptions &options, std::unique_ptr<Trace> trace)
    : SqlStore(options.postboxes, std::make_unique<PostgresHeads>(trace.get()), bulkReads)
    , m_guests(options.guests)
    , m_trace(std::move(trace))
    , m_history(std::make_unique<History>(m_epoch,
          History::Options{.file = options.historyFile,
              .isLossless = options.losslessFailover,
              .changed = options.epochChanged}))
{ }

PostgresStore::~PostgresStore()
{
    close();
}

Result<Nothing> PostgresStore::start(const PostgresOptions &options)
{
    const auto faults = std::make_shared<FaultLog>(QStringLiteral("PostgreSQL"));
    const Connect connect = [this, conninfo = options.conninfo, password = options.password] {
        return this->connect(conninfo, password);
    };
    m_appender = std::make_unique<Appender>(m_trace.get());
    m_writer = std::make_unique<Writer>(WriterOptions{
        .connect = connect,
        .prepare = [this, &options](Connection &connection) { return prepare(connection, options); },
        .housekeeping = [this](Connection &connection) { return keepHouse(connection); },
        .housekeepingInterval = options.housekeepingInterval,
        .watch = [this](Connection &connection) { m_history->admit(connection); },
        .committed =
            [this, observer = options.committed](std::vector<CommitNotice> notices) {
                m_history->note(notices);
                if (observer)
                    observer(std::move(notices));
            },
        .queueBound = options.queueBound,
        .largestBatch = largestBatch,
        .failuresNeedSavepoint = true,
        .messages = m_appender.get(),
        .attempts = attempts,
        .persistence = persistence,
        .hasCommitted = [this](Connection &connection) { return m_trace->isThere(connection); },
        .heads = m_heads.get(),
        .faults = faults,
    });
    if (auto started = m_writer->start(); !started)
        return started;
    m_readers = std::make_unique<Readers>(connect, options.readers, options.queueBound, faults, persistence);
    return m_readers->start();
}

Result<std::unique_ptr<Connection>> PostgresStore::connect(const QString &conninfo, const QString &password)
{
    auto opened = PostgresConnection::open({.conninfo = conninfo, .password = password});
    if (!opened)
        return opened.error();
    std::unique_ptr<PostgresConnection> connection = std::move(opened).value();
    try {
        const quint64 admitted = m_history->admit(*connection);
        connection->setOutdated([this, admitted] { return m_history->generation() != admitted; });
    } catch (const DatabaseError &error) {
        return Error{ErrorCode::Internal, error.text};
    }
    return std::unique_ptr<Connection>(std::move(connection));
}

Result<Nothing> PostgresStore::prepare(Connection &connection, const PostgresOptions &options)
{
    auto &own = static_cast<PostgresConnection &>(connection);
    own.setPatience({}); // a step, or all names anew, take as long as they take
    auto steps = readSchemaSteps(QStringLiteral(":/rookery/sql/postgres"));
    if (!steps)
        return steps.error();
    // Nobody may write to what rookeryctl has not completed, nor be told that it is all there is.
    if (connection.statement("SELECT 1 WHERE to_regclass('migration_progress') IS NOT NULL").next())
        return Error{ErrorCode::Internal,
            QStringLiteral(
                "A migration from SQLite into this database on PostgreSQL has not come to its end: run "
                "rookeryctl migrate again, or remove the database and make it again.")};
    if (auto migrated = PostgresMigrator(connection, std::move(steps).value()).run(); !migrated)
        return migrated;
    try {
        Transaction transaction(connection);
        // Names may all be compared anew.
        connection.execute(QStringLiteral("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0"));
        lockWrites(connection);
        m_history->begin(connection);
        m_heads->setEpoch(m_epoch);
        m_appender->setEpoch(m_epoch);
        m_identity =
            connection
                .value(QStringLiteral("SELECT (SELECT system_identifier FROM pg_control_system()) || '-' || "
                                      "(SELECT oid FROM pg_database WHERE datname = current_database())"))
                .toString();
        if (!options.signingKeyId.isEmpty()
            && meta::claim(connection, QStringLiteral("signing_key"), options.signingKeyId)
                != options.signingKeyId)
            return Error{ErrorCode::Internal,
                QStringLiteral(
                    "The nodes of this database sign tokens with another key than this one: give it "
                    "their signing.key, see auth.signing_key_file. To take another one on purpose, stop all "
                    "nodes and "
                    "remove the row 'signing_key' from the table meta.")};
        sessions::purgeExpired(connection);
        names::refresh(connection, options.names);
        transaction.commit();
    } catch (const DatabaseError &error) {
        return Error{ErrorCode::Internal,
            QStringLiteral("The database on PostgreSQL cannot be written to: %1.").arg(error.text)};
    }
    own.setPatience(ConnectOptions().patience);
    return Nothing();
}

bool PostgresStore::keepHouse(Connection &connection)
{
    Transaction transaction(connection);
    lockWrites(connection);
    sessions::purgeExpired(connection);
    control::purge(connection);
    Trace::removeOld(connection);
    const GuestRound round = examineGuests(connection, m_guests);
    for (const qint64 key : round.gone)
        guests::remove(connection, key);
    transaction.commit();
    return round.isMore;
}

} // namespace rookery::store::postgres
