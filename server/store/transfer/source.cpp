// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/transfer/source.h"

#include "server/store/databaseerror.h"
#include "server/store/schema/migrator.h"
#include "server/store/sqlite/connection.h"
#include "server/store/sqlite/dialect_sqlite.h"
#include "server/store/sqlite/fileidentity.h"
#include "server/store/sqlite/historymark.h"

#include <QFile>
#include <QFileInfo>
#include <QSqlError>
#include <QStringDecoder>
#include <QtEndian>

#include <sqlite3.h>

namespace rookery::store::transfer {

namespace {

constexpr qint64 applicationId = 0x526b7279; // "Rkry"
constexpr qint64 pieceRows = 20'000;
constexpr int busyTimeoutMs = 10'000;
const QString connectionName = QStringLiteral("rookery-transfer");

Error sourceRefusal(const QString &sentence)
{
    return Error{ErrorCode::Internal, sentence};
}

DatabaseError sqliteFailure(sqlite3 *database)
{
    const int code = sqlite3_extended_errcode(database);
    return {Fault::Connection,
        QStringLiteral("SQLite: %1 (code %2).%3")
            .arg(QString::fromUtf8(sqlite3_errmsg(database)))
            .arg(code)
            .arg(sqlite::advice(code)),
        code};
}

template <typename Number>
void put(QByteArray &bytes, Number number)
{
    const Number big = qToBigEndian(number);
    bytes.append(reinterpret_cast<const char *>(&big), sizeof big);
}

void putField(QByteArray &bytes, QByteArrayView field)
{
    put(bytes, qint32(field.size()));
    bytes.append(field);
}

/// Whether it could be a text of PostgreSQL's, NUL aside.
bool isUtf8(QByteArrayView bytes)
{
    for (const char byte : bytes) {
        if (byte & 0x80) {
            QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
            [[maybe_unused]] const QString text = decoder(bytes);
            return !decoder.hasError();
        }
    }
    return true;
}

/// Whether the database goes on where the daemon left it, as its own next start would ask. Through QtSql, on a connection that
/// is closed before SQLite's own is opened: two copies of SQLite in one process would drop each other's locks.
Result<bool> isContinued(const QString &path)
{
    QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), connectionName);
    database.setDatabaseName(path);
    database.setConnectOptions(
        QStringLiteral("QSQLITE_OPEN_READONLY;QSQLITE_BUSY_TIMEOUT=%1").arg(busyTimeoutMs));
    const bool isOpen = database.open();
    const QString problem = database.lastError().databaseText();
    database = QSqlDatabase();
    SqliteConnection connection(connectionName, &sqlite::classify);
    if (!isOpen)
        return sourceRefusal(QStringLiteral("The database %1 cannot be opened: %2.").arg(path, problem));
    try {
        return HistoryMark(path).isContinuedBy(connection);
    } catch (const DatabaseError &error) {
        return sourceRefusal(QStringLiteral("The database %1 cannot be read: %2.").arg(path, error.text));
    }
}

QByteArray conditionOf(const Table &table, bool after, bool upto)
{
    QByteArrayList parts;
    if (table.condition)
        parts.append(table.condition);
    const QByteArray key = '(' + table.keyList() + ')';
    const QByteArray values = '(' + QByteArrayList(table.keys, "?").join(", ") + ')';
    if (after)
        parts.append(key + " > " + values);
    if (upto)
        parts.append(key + " <= " + values);
    return parts.isEmpty() ? QByteArray() : " WHERE " + parts.join(" AND ");
}

int bindKey(sqlite3_stmt *statement, const Table &table, QByteArrayView key, int parameter)
{
    qsizetype at = 0;
    for (int i = 0; i < table.keys; ++i, ++parameter) {
        const QByteArrayView field = takeField(key, at);
        switch (table.columns[size_t(i)].kind) {
        case Kind::Big:
            sqlite3_bind_int64(statement, parameter, qFromBigEndian<qint64>(field.data()));
            break;
        case Kind::Small:
            sqlite3_bind_int64(statement, parameter, qFromBigEndian<qint16>(field.data()));
            break;
        case Kind::Id:
            sqlite3_bind_blob(statement, parameter, field.data(), int(field.size()), SQLITE_TRANSIENT);
            break;
        case Kind::Text:
            sqlite3_bind_text(statement, parameter, field.data(), int(field.size()), SQLITE_TRANSIENT);
            break;
        }
    }
    return parameter;
}

} // namespace

void Source::Closer::operator()(sqlite3 *database) const
{
    sqlite3_close_v2(database);
}

void Source::Closer::operator()(sqlite3_stmt *statement) const
{
    sqlite3_finalize(statement);
}

Source::~Source() = default;

Result<std::unique_ptr<Source>> Source::open(const QString &path)
{
    if (!QFileInfo(path).isFile())
        return sourceRefusal(QStringLiteral("There is no database %1.").arg(path));
    sqlite3 *opened = nullptr;
    const int code = sqlite3_open_v2(
        QFile::encodeName(path).constData(), &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
    std::unique_ptr<Source> source(new Source(opened));
    source->m_path = path;
    source->m_file = fileIdentity(path);
    try {
        if (code != SQLITE_OK)
            throw sqliteFailure(opened);
        sqlite3_busy_timeout(opened, busyTimeoutMs);
        if (auto checked = source->check(path); !checked)
            return checked.error();
        source->m_statements.clear();
    } catch (const DatabaseError &error) {
        return sourceRefusal(QStringLiteral("The database %1 cannot be read. %2").arg(path, error.text));
    }
    // Only now: a file that is no database has no history.
    source->m_database.reset();
    const auto continued = isContinued(path);
    if (!continued)
        return continued.error();
    if (!*continued)
        return sourceRefusal(QStringLiteral(
            "The database %1 is not as rookeryd left it, as after a restore from a backup, so clients have "
            "to read it anew. Start rookeryd on it once, which arranges that, stop it, and try again.")
                                 .arg(path));
    sqlite3 *again = nullptr;
    const int secondCode = sqlite3_open_v2(
        QFile::encodeName(path).constData(), &again, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
    source->m_database.reset(again);
    if (secondCode != SQLITE_OK)
        return sourceRefusal(sqliteFailure(again).text);
    sqlite3_busy_timeout(again, busyTimeoutMs);
    return source;
}

Result<Nothing> Source::check(const QString &path)
{
    if (number("PRAGMA application_id") != applicationId)
        return sourceRefusal(QStringLiteral("%1 is not a database of rookeryd.").arg(path));
    const auto steps = readSchemaSteps(QStringLiteral(":/rookery/sql/sqlite"));
    if (!steps)
        return steps.error();
    const int newest = steps->last().version;
    const qint64 found = number("SELECT max(version) FROM schema_version");
    if (found < newest)
        return sourceRefusal(
            QStringLiteral("The database %1 has schema version %2, and this rookeryctl copies only "
                           "version %3. Start the rookeryd of this version on it once, stop it, "
                           "and try again.")
                .arg(path)
                .arg(found)
                .arg(newest));
    if (found > newest)
        return sourceRefusal(
            QStringLiteral("The database %1 has schema version %2, and this rookeryctl knows only "
                           "up to %3: use the rookeryctl of the rookeryd that wrote it.")
                .arg(path)
                .arg(found)
                .arg(newest));
    sqlite3_stmt *const row = prepared("SELECT value FROM meta WHERE key = 'epoch'");
    if (sqlite3_step(row) != SQLITE_ROW)
        return sourceRefusal(
            QStringLiteral("The database %1 has no epoch: start rookeryd on it once, and stop it.")
                .arg(path));
    m_identity = QString::fromUtf8(reinterpret_cast<const char *>(sqlite3_column_text(row, 0)))
        + QLatin1Char(' ') + QString::fromLatin1(m_file);
    sqlite3_reset(row);
    return Nothing();
}

sqlite3_stmt *Source::prepared(const QByteArray &sql)
{
    Prepared &known = m_statements[sql];
    if (!known) {
        sqlite3_stmt *statement = nullptr;
        if (sqlite3_prepare_v3(m_database.get(), sql.constData(), int(sql.size()), SQLITE_PREPARE_PERSISTENT,
                &statement, nullptr)
            != SQLITE_OK)
            throw sqliteFailure(m_database.get());
        known.reset(statement);
    }
    return known.get();
}

void Source::run(const char *sql)
{
    if (sqlite3_exec(m_database.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        throw sqliteFailure(m_database.get());
}

qint64 Source::number(const QByteArray &sql)
{
    sqlite3_stmt *const row = prepared(sql);
    if (sqlite3_step(row) != SQLITE_ROW) {
        const DatabaseError error = sqliteFailure(m_database.get());
        sqlite3_reset(row);
        throw error;
    }
    const qint64 value = sqlite3_column_int64(row, 0);
    sqlite3_reset(row);
    return value;
}

qint64 Source::count(const Table &table)
{
    return number("SELECT count(*) FROM " + QByteArray(table.name) + conditionOf(table, false, false));
}

void Source::hold()
{
    m_version = number("PRAGMA data_version");
    run("BEGIN");
    // A transaction begins with what it reads first.
    number("SELECT count(*) FROM schema_version");
    m_isHeld = true;
}

bool Source::release()
{
    run("COMMIT");
    m_isHeld = false;
    return number("PRAGMA data_version") == m_version && fileIdentity(m_path) == m_file;
}

void Source::rows(const Table &table, QByteArrayView after, QByteArrayView upto, const Visit &visit)
{
    QByteArray last = after.toByteArray();
    bool goesOn = true;
    const Visit noting = [&](QByteArrayView row) { return goesOn = visit(row); };
    const qint64 most = m_isHeld ? 0 : pieceRows;
    while (true) {
        auto [count, key] = piece(table, last, upto, most, noting);
        if (most == 0 || count < most || !goesOn)
            return;
        last = std::move(key);
    }
}

std::pair<qint64, QByteArray> Source::piece(
    const Table &table, QByteArrayView after, QByteArrayView upto, qint64 most, const Visit &visit)
{
    QByteArray sql = "SELECT " + table.columnList() + " FROM " + table.name
        + conditionOf(table, !after.isEmpty(), !upto.isEmpty()) + " ORDER BY " + table.keyList();
    if (most > 0)
        sql += " LIMIT " + QByteArray::number(most);
    sqlite3_stmt *const row = prepared(sql);
    struct Reset
    {
        sqlite3_stmt *statement;
        ~Reset() { sqlite3_reset(statement); }
    } const reset{row};
    int parameter = 1;
    if (!after.isEmpty())
        parameter = bindKey(row, table, after, parameter);
    if (!upto.isEmpty())
        bindKey(row, table, upto, parameter);
    QByteArray bytes;
    bytes.reserve(1024);
    qint64 count = 0;
    while (true) {
        const int code = sqlite3_step(row);
        if (code == SQLITE_DONE)
            break;
        if (code != SQLITE_ROW)
            throw sqliteFailure(m_database.get());
        bytes.resize(0);
        encode(table, row, bytes);
        ++count;
        if (!visit(bytes))
            break;
    }
    return {count, keyOf(table, bytes).toByteArray()};
}

void Source::encode(const Table &table, sqlite3_stmt *row, QByteArray &bytes)
{
    put(bytes, qint16(table.columns.size()));
    int at = 0;
    for (const Column &column : table.columns) {
        const int type = sqlite3_column_type(row, at);
        if (type == SQLITE_NULL) {
            if (!column.isNullable)
                refuse(table, column, row, QStringLiteral("is NULL"));
            put(bytes, qint32(-1));
        } else if (column.kind == Kind::Text) {
            encodeText(table, column, row, at, bytes);
        } else if (column.kind == Kind::Id) {
            const QByteArrayView id(
                static_cast<const char *>(sqlite3_column_blob(row, at)), sqlite3_column_bytes(row, at));
            if (type != SQLITE_BLOB || id.size() != 16)
                refuse(table, column, row, QStringLiteral("is no UUID"));
            putField(bytes, id);
        } else {
            const qint64 number = sqlite3_column_int64(row, at);
            if (type != SQLITE_INTEGER || (column.kind == Kind::Small && number != qint16(number)))
                refuse(table, column, row, QStringLiteral("is no number, or a large one"));
            if (column.kind == Kind::Small) {
                put(bytes, qint32(sizeof(qint16)));
                put(bytes, qint16(number));
            } else {
                put(bytes, qint32(sizeof number));
                put(bytes, number);
            }
        }
        ++at;
    }
}

void Source::encodeText(
    const Table &table, const Column &column, sqlite3_stmt *row, int at, QByteArray &bytes)
{
    const auto *const begin = reinterpret_cast<const char *>(sqlite3_column_text(row, at));
    const QByteArrayView text(begin, sqlite3_column_bytes(row, at));
    if (!isUtf8(text))
        refuse(table, column, row, QStringLiteral("is no UTF-8"));
    if (!text.contains('\0')) {
        putField(bytes, text);
        return;
    }
    if (column.nul == Nul::Refused)
        refuse(table, column, row, QStringLiteral("has a NUL, which PostgreSQL cannot store"));
    ++m_replaced;
    putField(bytes, text.toByteArray().replace('\0', "\357\277\275"));
}

void Source::refuse(const Table &table, const Column &column, sqlite3_stmt *row, const QString &problem) const
{
    QStringList key;
    for (int i = 0; i < table.keys; ++i) {
        const auto *const value = reinterpret_cast<const char *>(sqlite3_column_text(row, i));
        const QByteArray bytes(value, sqlite3_column_bytes(row, i));
        key.append(QStringLiteral("%1 %2").arg(QLatin1String(table.columns[size_t(i)].name),
            table.columns[size_t(i)].kind == Kind::Id ? QString::fromLatin1(bytes.toHex())
                                                      : QString::fromUtf8(bytes)));
    }
    throw DatabaseError{Fault::Statement,
        QStringLiteral("In the table %1, in the row with %2, the column %3 %4. Correct it with sqlite3 while "
                       "rookeryd is stopped, and try again")
            .arg(QLatin1String(table.name), key.join(QStringLiteral(", ")), QLatin1String(column.name),
                problem)};
}

} // namespace rookery::store::transfer
