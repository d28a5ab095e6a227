// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/transfer/target.h"

#include "server/store/postgres/connection.h"
#include "server/store/postgres/postgresmigrator.h"
#include "server/store/postgres/pqcopy.h"

#include <QVariant>

#include <algorithm>

namespace rookery::store::transfer {

namespace {

const QString steps = QStringLiteral(":/rookery/sql/postgres");
/// Of what stands in `migration_progress`.
const QString sourceNote = QStringLiteral("source");
const QString stateNote = QStringLiteral("state");
const QString copying = QStringLiteral("copying");

Error refusal(const QString &sentence)
{
    return Error{ErrorCode::Internal, sentence};
}

Error refusal(const DatabaseError &error)
{
    return refusal(QStringLiteral("PostgreSQL failed: %1.").arg(error.text));
}

QString noteOf(const Table &table)
{
    return QStringLiteral("table.") + QLatin1String(table.name);
}

/// What the schema has beside its tables and primary keys: when it is made anew, and the statements that remove it and make
/// it. In the order in which it can be removed.
const char *const deferred =
    "SELECT CASE WHEN rel.relname IN ('events', 'message_versions') AND c.contype <> 'f' THEN 'log' ELSE "
    "'end' END, "
    "'ALTER TABLE ' || quote_ident(rel.relname) || ' DROP CONSTRAINT ' || quote_ident(c.conname), "
    "'ALTER TABLE ' || quote_ident(rel.relname) || ' ADD CONSTRAINT ' || quote_ident(c.conname) || ' ' "
    "|| pg_get_constraintdef(c.oid), CASE c.contype WHEN 'f' THEN 1 ELSE 2 END AS place, c.conname "
    "FROM pg_constraint c JOIN pg_class rel ON rel.oid = c.conrelid "
    "WHERE rel.relnamespace = CAST(current_schema() AS regnamespace) AND c.contype IN ('f', 'u') "
    "UNION ALL "
    "SELECT CASE WHEN rel.relname IN ('events', 'message_versions') THEN 'log' ELSE 'end' END, "
    "'DROP INDEX ' || quote_ident(own.relname), pg_get_indexdef(i.indexrelid), 3, own.relname "
    "FROM pg_index i JOIN pg_class rel ON rel.oid = i.indrelid JOIN pg_class own ON own.oid = i.indexrelid "
    "WHERE rel.relnamespace = CAST(current_schema() AS regnamespace) AND NOT i.indisprimary "
    "AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype = 'u') "
    "ORDER BY 4, 5";

QByteArray condition(const Table &table, QByteArrayView after, QByteArrayView upto)
{
    QByteArrayList parts;
    if (table.condition)
        parts.append(table.condition);
    const QByteArray key = '(' + table.keyList() + ')';
    if (!after.isEmpty())
        parts.append(key + " > " + keyLiteral(table, after));
    if (!upto.isEmpty())
        parts.append(key + " <= " + keyLiteral(table, upto));
    return parts.isEmpty() ? QByteArray() : " WHERE " + parts.join(" AND ");
}

} // namespace

Target::Target(std::unique_ptr<postgres::PostgresConnection> connection)
    : m_connection(std::move(connection))
{ }

Target::~Target() = default;

Result<std::unique_ptr<Target>> Target::open(const QString &conninfo, const QString &password)
{
    auto opened = postgres::PostgresConnection::open({.conninfo = conninfo,
        .password = password,
        .applicationName = QStringLiteral("rookeryctl"),
        // An index of a large table takes its time.
        .statementTimeout = std::chrono::milliseconds(0),
        .patience = std::chrono::milliseconds(0)});
    if (!opened)
        return opened.error();
    std::unique_ptr<Target> target(new Target(std::move(opened).value()));
    try {
        // Beside postgres::lockWrites(). For as long as the connection lasts.
        if (!target->m_connection->value(QStringLiteral("SELECT 1 WHERE pg_try_advisory_lock(1383034731, 2)"))
                 .isValid())
            return Error{
                ErrorCode::Internal, QStringLiteral("Another rookeryctl is copying into this database.")};
        // What is lost with the server is copied again; the last commit waits for the disk.
        target->execute("SET synchronous_commit = off");
        target->execute("SET lock_timeout = '60s'");
        target->execute("SET jit = off");
        target->execute("SET client_min_messages = error");
        target->execute("SET standard_conforming_strings = on");
        target->execute("SET maintenance_work_mem = '128MB'");
    } catch (const DatabaseError &error) {
        return refusal(error);
    }
    try {
        // So that a server does not go on with an index for somebody who has been killed; only some systems can.
        target->execute("SET client_connection_check_interval = '1s'");
    } catch (const DatabaseError &error) {
        if (error.fault == Fault::Connection)
            return refusal(error);
    }
    return target;
}

void Target::execute(const QByteArray &sql)
{
    m_connection->execute(QString::fromUtf8(sql));
}

bool Target::isTable(const char *name)
{
    return m_connection
        ->value(QStringLiteral("SELECT 1 FROM pg_class WHERE relname = '%1' AND relkind = 'r' "
                               "AND relnamespace = CAST(current_schema() AS regnamespace)")
                    .arg(QLatin1String(name)))
        .isValid();
}

std::optional<QString> Target::note(const QString &what)
{
    Statement row =
        m_connection->statement("SELECT value FROM migration_progress WHERE what = CAST($1 AS TEXT)");
    return row.text(1, what).next() ? std::optional(row.textAt(0)) : std::nullopt;
}

void Target::setNote(const QString &what, const QString &value)
{
    m_connection
        ->statement(
            "INSERT INTO migration_progress (what, value) VALUES (CAST($1 AS TEXT), CAST($2 AS TEXT)) "
            "ON CONFLICT (what) DO UPDATE SET value = excluded.value")
        .text(1, what)
        .text(2, value)
        .run();
}

Result<Nothing> Target::checkVersion()
{
    const auto known = readSchemaSteps(steps);
    if (!known)
        return known.error();
    const int newest = known->last().version;
    const int found = m_connection->value(QStringLiteral("SELECT max(version) FROM schema_version")).toInt();
    if (found != newest)
        return refusal(QStringLiteral("The database on PostgreSQL has schema version %1, and this rookeryctl "
                                      "copies only version %2.")
                           .arg(found)
                           .arg(newest));
    return Nothing();
}

Result<bool> Target::begin(const QString &source)
{
    try {
        if (!m_connection->value(QStringLiteral("SELECT current_schema()")).isValid())
            return refusal(QStringLiteral("The database on PostgreSQL has no schema of the search_path."));
        const bool goesOn = isTable("migration_progress");
        if (!goesOn) {
            const bool isEmpty =
                !m_connection
                     ->value(
                         QStringLiteral("SELECT 1 FROM pg_class WHERE relnamespace = "
                                        "CAST(current_schema() AS regnamespace) AND relkind <> 'c' LIMIT 1"))
                     .isValid();
            if (!isEmpty)
                return refusal(QStringLiteral(
                    "The database on PostgreSQL is not empty: rookeryctl copies only into a new one. If "
                    "nothing in it is needed, remove it (dropdb) and make it again (createdb)."));
            Transaction transaction(*m_connection);
            execute("CREATE TABLE migration_progress (what text PRIMARY KEY, value text NOT NULL)");
            setNote(sourceNote, source);
            transaction.commit();
        } else if (note(sourceNote) != source) {
            return refusal(QStringLiteral(
                "In the database on PostgreSQL a migration of another SQLite database has begun. Go on with "
                "that one, or remove the database (dropdb) and make it again (createdb)."));
        }
        if (note(stateNote) != copying) {
            auto known = readSchemaSteps(steps);
            if (!known)
                return known.error();
            if (auto made = postgres::PostgresMigrator(*m_connection, std::move(known).value()).run(); !made)
                return made.error();
            putOff();
        }
        if (auto checked = checkVersion(); !checked)
            return checked.error();
        return goesOn;
    } catch (const DatabaseError &error) {
        return refusal(error);
    }
}

Result<Nothing> Target::checkComplete()
{
    try {
        if (!isTable("schema_version") || !isTable("events"))
            return refusal(QStringLiteral("The database on PostgreSQL is not one of rookeryd."));
        if (isTable("migration_progress"))
            return refusal(QStringLiteral("The migration into the database on PostgreSQL has not come to its "
                                          "end: run it again first."));
        return checkVersion();
    } catch (const DatabaseError &error) {
        return refusal(error);
    }
}

void Target::putOff()
{
    Transaction transaction(*m_connection);
    struct Part
    {
        QString phase;
        QString remove;
        QString make;
    };
    std::vector<Part> parts;
    {
        Statement rows = m_connection->statement(deferred);
        while (rows.next()) {
            if (!rows.textAt(4).startsWith(QLatin1String("migration_progress")))
                parts.push_back({rows.textAt(0), rows.textAt(1), rows.textAt(2)});
        }
    }
    for (const Part &part : parts)
        m_connection->execute(part.remove);
    // Foreign keys last, which are the first to go.
    std::reverse(parts.begin(), parts.end());
    int number = 0;
    for (const Part &part : parts)
        setNote(
            QStringLiteral("later.%1.%2").arg(part.phase).arg(++number, 4, 10, QLatin1Char('0')), part.make);
    for (const Table &table : tables())
        execute("ALTER TABLE " + QByteArray(table.name) + " DISABLE TRIGGER USER");
    setNote(stateNote, copying);
    transaction.commit();
}

QStringList Target::later(const QString &phase)
{
    QStringList found;
    Statement rows = m_connection->statement(
        "SELECT what FROM migration_progress WHERE starts_with(what, CAST($1 AS TEXT)) ORDER BY what");
    rows.text(1, QStringLiteral("later.%1.").arg(phase));
    while (rows.next())
        found.append(rows.textAt(0));
    return found;
}

Target::Position Target::position(const Table &table)
{
    const auto found = note(noteOf(table));
    if (!found)
        return {};
    return {QByteArray::fromHex(found->section(u' ', 0, 0).toLatin1()), found->section(u' ', 1).toLongLong()};
}

void Target::append(const Table &table, QByteArrayView rows, const Position &reached)
{
    Transaction transaction(*m_connection);
    postgres::CopyIn copy(m_connection->handle(),
        "COPY " + QByteArray(table.name) + " (" + table.columnList() + ") FROM STDIN (FORMAT binary)");
    copy.write(rows);
    copy.finish();
    setNote(noteOf(table),
        QStringLiteral("%1 %2").arg(QString::fromLatin1(reached.key.toHex())).arg(reached.rows));
    transaction.commit();
}

void Target::change(const Table &table, const QByteArrayList &removed, QByteArrayView added)
{
    constexpr qsizetype portion = 1000;
    Transaction transaction(*m_connection);
    // One look-up for each key, whatever is known of the sizes.
    execute(
        "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off");
    for (qsizetype at = 0; at < removed.size(); at += portion) {
        QByteArrayList literals;
        for (const QByteArray &key : removed.mid(at, portion))
            literals.append(keyLiteral(table, key));
        execute("DELETE FROM " + QByteArray(table.name) + " WHERE (" + table.keyList() + ") IN (VALUES "
            + literals.join(", ") + ')');
    }
    if (!added.isEmpty()) {
        postgres::CopyIn copy(m_connection->handle(),
            "COPY " + QByteArray(table.name) + " (" + table.columnList() + ") FROM STDIN (FORMAT binary)");
        copy.write(added);
        copy.finish();
    }
    transaction.commit();
}

void Target::rows(const Table &table, QByteArrayView after, QByteArrayView upto, const Visit &visit)
{
    // By the primary key, whatever is known of the sizes: nothing is sorted, nor read beyond the range.
    execute("BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan "
            "= off");
    {
        postgres::CopyOut copy(m_connection->handle(),
            "COPY (SELECT " + table.columnList() + " FROM " + table.name + condition(table, after, upto)
                + " ORDER BY " + table.keyList() + ") TO STDOUT (FORMAT binary)");
        while (copy.next())
            visit(copy.row());
    }
    execute("COMMIT");
}

void Target::indexLogs(const std::function<void()> &made)
{
    const QStringList all = later(QStringLiteral("log"));
    for (const QString &what : all) {
        const auto sql = note(what);
        Transaction transaction(*m_connection);
        m_connection->execute(sql.value_or(QString()));
        m_connection->statement("DELETE FROM migration_progress WHERE what = CAST($1 AS TEXT)")
            .text(1, what)
            .run();
        transaction.commit();
        made();
    }
    execute("ANALYZE events, message_versions");
}

void Target::finish()
{
    Transaction transaction(*m_connection);
    execute("SET LOCAL synchronous_commit = on");
    for (const QString &what : later(QStringLiteral("end"))) {
        const auto sql = note(what);
        m_connection->execute(sql.value_or(QString()));
    }
    execute("INSERT INTO room_heads (room, last_seq, last_at, others) "
            "SELECT r.id, greatest(r.last_seq, coalesce(e.seq, 0)), coalesce(e.at, 0), coalesce(e.others, 0) "
            "FROM rooms r LEFT JOIN LATERAL (SELECT seq, at, others FROM events "
            "WHERE events.room = r.id ORDER BY seq DESC LIMIT 1) AS e ON TRUE");
    for (const char *const table : {"users", "rooms", "invitations"})
        execute("SELECT setval(pg_get_serial_sequence('" + QByteArray(table)
            + "', 'id'), coalesce(max(id), 1), count(*) > 0) FROM " + table);
    for (const Table &table : tables()) {
        execute("ALTER TABLE " + QByteArray(table.name) + " ENABLE TRIGGER USER");
        if (!table.isLog)
            execute("ANALYZE " + QByteArray(table.name));
    }
    execute("ANALYZE room_heads; DROP TABLE migration_progress");
    transaction.commit();
}

} // namespace rookery::store::transfer
