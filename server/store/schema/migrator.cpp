// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/schema/migrator.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QRegularExpression>
#include <QVariant>

#include <algorithm>
#include <optional>
#include <utility>

// Outside of every namespace, as the macro requires. The resources of a static library are not registered
// automatically.
static void registerSchemas()
{
    Q_INIT_RESOURCE(rookery_sql);
}

namespace rookery::store {

namespace {

/// What the step's script says, see SchemaStep::oldest; nothing where it makes no sense.
std::optional<int> oldestIn(const QString &script, int version)
{
    static const QRegularExpression line(
        QStringLiteral("^-- oldest: (.*)$"), QRegularExpression::MultilineOption);
    const auto match = line.match(script);
    if (!match.hasMatch())
        return 0;
    const int oldest = match.captured(1).toInt();
    return oldest >= 1 && oldest < version ? std::optional(oldest) : std::nullopt;
}

} // namespace

Result<QList<SchemaStep>> readSchemaSteps(const QString &folder)
{
    registerSchemas();
    static const QRegularExpression pattern(QStringLiteral("^([0-9]{4})_[a-z0-9_]+$"));
    QList<SchemaStep> steps;
    const QFileInfoList files =
        QDir(folder).entryInfoList({QStringLiteral("*.sql")}, QDir::Files, QDir::Name);
    for (const QFileInfo &info : files) {
        const QString name = info.completeBaseName();
        const auto match = pattern.match(name);
        const int version = match.captured(1).toInt();
        if (!match.hasMatch() || version != steps.size() + 1)
            return Error{ErrorCode::Internal,
                QStringLiteral("The schema step %1 is not the number %2 that comes next.")
                    .arg(info.fileName())
                    .arg(steps.size() + 1)};
        QFile file(info.filePath());
        if (!file.open(QIODevice::ReadOnly))
            return Error{ErrorCode::Internal,
                QStringLiteral("The schema step %1 cannot be read.").arg(info.fileName())};
        const QString script = QString::fromUtf8(file.readAll());
        const auto oldest = oldestIn(script, version);
        if (!oldest)
            return Error{ErrorCode::Internal,
                QStringLiteral("The schema step %1 names no version before it as the oldest one.")
                    .arg(info.fileName())};
        steps.append(SchemaStep{version, name, script, *oldest});
    }
    if (steps.isEmpty())
        return Error{ErrorCode::Internal, QStringLiteral("There are no schema steps in %1.").arg(folder)};
    return steps;
}

Migrator::Migrator(Connection &connection, QList<SchemaStep> steps)
    : m_connection(connection)
    , m_steps(std::move(steps))
{ }

Result<Nothing> Migrator::run()
{
    const int newest = m_steps.isEmpty() ? 0 : m_steps.last().version;
    QString name = QStringLiteral("schema_version");
    try {
        const int found = currentVersion();
        const int oldest = oldestUser(m_connection, found);
        if (oldest > newest)
            return Error{ErrorCode::Internal,
                QStringLiteral(
                    "The database has schema version %1, to be used by whoever knows version %2, and this "
                    "rookeryd knows only up to %3: it was written by a newer one. Start that one, or give "
                    "another data directory or database.")
                    .arg(found)
                    .arg(oldest)
                    .arg(newest)};
        if (found > newest)
            qCInfo(storeLog,
                "the database has schema version %d, by a newer rookeryd; this one knows only up to %d, and "
                "may "
                "use it",
                found, newest);
        if (found > 0 && found < newest)
            qCInfo(storeLog, "the database is of an older version: its schema goes from version %d to %d",
                found, newest);
        for (const SchemaStep &step : std::as_const(m_steps)) {
            if (step.version <= found)
                continue;
            name = step.name;
            apply(step);
        }
        if (found > 0 && found < newest)
            qCInfo(storeLog,
                "the schema is of version %d now; a rookeryd that does not know version %d refuses this "
                "database",
                newest, oldestUser(m_connection, newest));
    } catch (const DatabaseError &error) {
        return Error{ErrorCode::Internal,
            QStringLiteral("The schema step %1 failed and was undone: %2.").arg(name, error.text)};
    }
    return Nothing();
}

int Migrator::currentVersion()
{
    if (!isTable(m_connection, QStringLiteral("schema_version")))
        return 0;
    return m_connection.value(QStringLiteral("SELECT max(version) FROM schema_version")).toInt();
}

void Migrator::apply(const SchemaStep &step)
{
    Transaction transaction(m_connection);
    lock(m_connection);
    // Checked again under the lock: another process may have been faster.
    const int found = currentVersion();
    if (found >= step.version)
        return;
    m_connection.execute(
        QStringLiteral("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, "
                       "name TEXT NOT NULL, applied_at BIGINT NOT NULL)"));
    for (const QString &statement : parts(step.script))
        m_connection.execute(statement);
    m_connection
        .statement("INSERT INTO schema_version (version, name, applied_at) VALUES ($1, CAST($2 AS TEXT), $3)")
        .integer(1, step.version)
        .text(2, step.name)
        .integer(3, QDateTime::currentMSecsSinceEpoch())
        .run();
    // A later step takes nothing back from what an earlier one needs.
    const int oldest = step.oldest > 0 ? step.oldest : step.version;
    noteOldestUser(m_connection, found > 0 ? std::max(oldest, oldestUser(m_connection, found)) : oldest);
    if (m_beforeCommit)
        m_beforeCommit(step.version);
    transaction.commit();
}

} // namespace rookery::store
