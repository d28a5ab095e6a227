// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/sqlitestore.h"

#include "server/store/calls/guestround.h"
#include "server/store/jobs/reader.h"
#include "server/store/jobs/writer.h"
#include "server/store/queries/controlqueries.h"
#include "server/store/queries/guestqueries.h"
#include "server/store/queries/metaqueries.h"
#include "server/store/queries/namequeries.h"
#include "server/store/queries/sessionqueries.h"
#include "server/store/sqlite/checkpointer.h"
#include "server/store/sqlite/dialect_sqlite.h"
#include "server/store/sqlite/historymark.h"
#include "server/store/sqlite/logindex.h"
#include "server/store/sqlite/sqliteheads.h"
#include "server/store/sqlite/sqlitemigrator.h"

#include <QFileInfo>

#include <algorithm>

namespace rookery::store {

namespace {

Error cannotBeWritten(const QString &path, const DatabaseError &error)
{
    return {ErrorCode::Internal,
        QStringLiteral("The database %1 cannot be written to: %2.%3")
            .arg(path, error.text, sqlite::advice(error.code))};
}

/// Whether a text has been deleted or replaced.
bool erases(const CommitNotice &notice)
{
    const auto *committed = std::get_if<Committed>(&notice);
    return committed && (committed->event.as<Edited>() || committed->event.as<Deleted>());
}

} // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const SqliteOptions &options)
{
    std::unique_ptr<SqliteStore> store(new SqliteStore(options));
    if (auto started = store->start(options); !started)
        return started.error();
    return store;
}

SqliteStore::SqliteStore(const SqliteOptions &options)
    : SqlStore(options.postboxes, std::make_unique<SqliteHeads>())
{ }

SqliteStore::~SqliteStore()
{
    if (m_checkpointer)
        m_checkpointer->stop();
    // The writer's connection is closed last and then empties the write-ahead log.
    close();
}

Result<Nothing> SqliteStore::start(const SqliteOptions &options)
{
    m_guests = options.guests;
    const QString path = options.path;
    const auto faults = std::make_shared<FaultLog>(path);
    if (auto prepared = sqlite::prepareFile(path); !prepared)
        return prepared;
    // A process that was killed may have left erased text in the log.
    const bool hasOldLog = QFileInfo(path + QStringLiteral("-wal")).size() > 0;
    m_mark = std::make_unique<HistoryMark>(path);
    m_checkpointer = std::make_unique<Checkpointer>(Checkpointer::Options{
        .connect = [path] { return sqlite::connect(path, sqlite::Access::Read); },
        .checkpoint = &sqlite::checkpoint,
        .truncate = &sqlite::truncateLog,
        .failed = [this] { m_logIndex->forgetCheckpoints(); },
        .faults = faults,
    });
    m_writer = std::make_unique<Writer>(WriterOptions{
        .connect = [path] { return sqlite::connect(path, sqlite::Access::Write); },
        .prepare = [this, &options](Connection &connection) { return prepare(connection, options); },
        .housekeeping = [this](Connection &connection) { return keepHouse(connection); },
        .housekeepingInterval = options.housekeepingInterval,
        .committed = [this, observer = options.committed](
                         std::vector<CommitNotice> notices) { announce(std::move(notices), observer); },
        .afterCommit = [this](quint64 jobs) { m_checkpointer->committed(jobs); },
        .queueBound = options.queueBound,
        .heads = m_heads.get(),
        .faults = faults,
    });
    if (auto started = m_writer->start(); !started)
        return started;
    m_logIndex = std::make_unique<LogIndex>(path);
    if (auto started = m_checkpointer->start(); !started)
        return started;
    if (hasOldLog)
        m_checkpointer->erased();
    m_readers = std::make_unique<Readers>([path] { return sqlite::connect(path, sqlite::Access::Read); },
        options.readers, options.queueBound, faults);
    return m_readers->start();
}

Result<Nothing> SqliteStore::prepare(Connection &connection, const SqliteOptions &options)
{
    try {
        sqlite::makeLogDurable(connection, options.path);
    } catch (const DatabaseError &error) {
        return cannotBeWritten(options.path, error);
    }
    auto steps = readSchemaSteps(QStringLiteral(":/rookery/sql/sqlite"));
    if (!steps)
        return steps.error();
    if (auto migrated = SqliteMigrator(connection, std::move(steps).value()).run(); !migrated)
        return migrated;
    try {
        Transaction transaction(connection);
        readEpoch(connection);
        sessions::purgeExpired(connection);
        names::refresh(connection, options.names);
        transaction.commit();
        return m_mark->begin(connection, m_epoch);
    } catch (const DatabaseError &error) {
        return cannotBeWritten(options.path, error);
    }
}

void SqliteStore::readEpoch(Connection &connection)
{
    if (!m_mark->isContinuedBy(connection)) {
        qCWarning(storeLog,
            "the database is not as this daemon left it, as after a restore from a backup: its history gets "
            "a new epoch, and clients read it anew");
        meta::forgetEpoch(connection);
    }
    m_epoch.set(meta::epoch(connection));
    m_identity = m_epoch;
    m_heads->setEpoch(m_epoch);
    HistoryMark::claim(connection);
}

void SqliteStore::announce(std::vector<CommitNotice> notices, const CommitObserver &observer)
{
    for (auto notice = notices.crbegin(); notice != notices.crend(); ++notice) {
        if (const auto *last = std::get_if<Committed>(&*notice)) {
            m_mark->note(last->event);
            break;
        }
    }
    // The log still has the erased text.
    if (std::any_of(notices.cbegin(), notices.cend(), &erases))
        m_checkpointer->erased();
    if (observer)
        observer(std::move(notices));
}

bool SqliteStore::keepHouse(Connection &connection)
{
    GuestRound round;
    {
        Transaction transaction(connection);
        sessions::purgeExpired(connection);
        control::purge(connection);
        round = examineGuests(connection, m_guests);
        transaction.commit();
    }
    if (!round.gone.isEmpty()) {
        // With them SQLite would search all events for each guest.
        sqlite::withoutForeignKeys(connection, [&] {
            Transaction transaction(connection);
            for (const qint64 key : std::as_const(round.gone))
                guests::remove(connection, key);
            transaction.commit();
        });
        m_heads->forget(); // keys of users may be reused
    }
    return round.isMore;
}

} // namespace rookery::store
