// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/sqlstore.h"

#include "common/ids.h"
#include "server/store/queries/guestqueries.h"
#include "server/store/queries/namequeries.h"
#include "server/store/queries/sessionqueries.h"
#include "server/store/sqlite/checkpointer.h"
#include "server/store/sqlite/dialect_sqlite.h"
#include "server/store/sqlite/historymark.h"
#include "server/store/sqlite/logindex.h"
#include "server/store/sqlite/migrator.h"
#include "server/store/sqlite/reader.h"
#include "server/store/sqlite/writer.h"

#include <QFileInfo>

#include <algorithm>

// Outside of every namespace, as the macro requires. The resources of a static library are not registered
// automatically.
static void registerSchema()
{
    Q_INIT_RESOURCE(rookery_sql);
}

namespace rookery::store {

namespace {

/// How many guests one round of housekeeping examines: a few milliseconds of the writer's time.
constexpr int guestPortion = 500;

/// The name of this database's history, created if there is none.
QString epochOf(Connection &connection)
{
    connection
        .statement("INSERT INTO meta (key, value) VALUES ('epoch', CAST($1 AS TEXT)) ON CONFLICT DO NOTHING")
        .text(1, newId())
        .run();
    Statement row = connection.statement("SELECT value FROM meta WHERE key = 'epoch'");
    return row.next() ? row.textAt(0) : QString();
}

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

Result<std::unique_ptr<Store>> openSqlite(const SqliteOptions &options)
{
    auto store = SqlStore::open(options);
    if (!store)
        return store.error();
    return std::unique_ptr<Store>(std::move(store).value());
}

Result<std::unique_ptr<SqlStore>> SqlStore::open(const SqliteOptions &options)
{
    registerSchema();
    std::unique_ptr<SqlStore> store(new SqlStore);
    if (auto started = store->start(options); !started)
        return started.error();
    return store;
}

SqlStore::~SqlStore()
{
    if (m_checkpointer)
        m_checkpointer->stop();
}

Result<Nothing> SqlStore::start(const SqliteOptions &options)
{
    m_postboxes = options.postboxes;
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
        .heads = &m_heads,
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

Result<Nothing> SqlStore::prepare(Connection &connection, const SqliteOptions &options)
{
    try {
        sqlite::makeLogDurable(connection, options.path);
    } catch (const DatabaseError &error) {
        return cannotBeWritten(options.path, error);
    }
    auto steps = readSchemaSteps(QStringLiteral(":/rookery/sql/sqlite"));
    if (!steps)
        return steps.error();
    if (auto migrated = Migrator(connection, std::move(steps).value()).run(); !migrated)
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

void SqlStore::readEpoch(Connection &connection)
{
    if (!m_mark->isContinuedBy(connection)) {
        qCWarning(storeLog,
            "the database is not as this daemon left it, as after a restore from a backup: its history gets "
            "a new epoch, and clients read it anew");
        connection.statement("DELETE FROM meta WHERE key = 'epoch'").run();
    }
    m_epoch = epochOf(connection);
    m_heads.setEpoch(m_epoch);
    HistoryMark::claim(connection);
}

void SqlStore::announce(std::vector<CommitNotice> notices, const CommitObserver &observer)
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

bool SqlStore::keepHouse(Connection &connection)
{
    QStringList here;
    QList<qint64> gone;
    qsizetype looked = 0;
    {
        Transaction transaction(connection);
        sessions::purgeExpired(connection);
        if (m_guests)
            here = m_guests->takeGone(guestPortion);
        guests::noteSeen(connection, here);
        const auto oldest = std::chrono::milliseconds(QDateTime::currentMSecsSinceEpoch()) - quietGuestsKept;
        const auto quiet = guests::lastSeenBefore(connection, oldest, guestPortion);
        looked = std::max(here.size(), quiet.size());
        here.clear();
        for (const auto &[key, id] : quiet) {
            if (m_guests && !m_guests->letGo(id))
                here.append(id);
            else
                gone.append(key);
        }
        guests::noteSeen(connection, here);
        transaction.commit();
    }
    if (!gone.isEmpty()) {
        // With them SQLite would search all events for each guest.
        sqlite::withoutForeignKeys(connection, [&] {
            Transaction transaction(connection);
            for (const qint64 key : std::as_const(gone))
                guests::remove(connection, key);
            transaction.commit();
        });
        m_heads.forget(); // keys of users may be reused
    }
    return looked == guestPortion;
}

} // namespace rookery::store
