// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/connection.h"

#include "common/ids.h"

#include <QSqlError>
#include <QVariant>

#include <algorithm>

namespace rookery::store {

Q_LOGGING_CATEGORY(storeLog, "rookery.store", QtInfoMsg)

namespace {

DatabaseError failure(const QSqlQuery &query, Fault (*classify)(const QSqlError &))
{
    const QSqlError error = query.lastError();
    return DatabaseError{classify(error),
        QStringLiteral("%1 (code %2)").arg(error.databaseText(), error.nativeErrorCode()),
        error.nativeErrorCode().toInt()};
}

QString fromExactUtf8(const QByteArray &bytes)
{
    // QString::fromUtf8 drops a byte order mark at the start; a message may begin with one.
    if (bytes.startsWith("\xef\xbb\xbf"))
        return QString::fromUtf8("." + bytes).sliced(1);
    return QString::fromUtf8(bytes);
}

/// Whether `$1`, `$2` … first appear in this order. SQLite numbers named parameters by their first use: in another
/// order, values would be bound to the wrong ones.
bool parametersAreInOrder(QStringView sql)
{
    int highest = 0;
    for (qsizetype at = sql.indexOf(u'$'); at >= 0; at = sql.indexOf(u'$', at + 1)) {
        const int number = at + 1 < sql.size() ? sql[at + 1].digitValue() : -1;
        if (number < 1 || number > highest + 1)
            return false;
        highest = std::max(highest, number);
    }
    return true;
}

} // namespace

Statement::~Statement()
{
    m_query->finish();
}

Statement &Statement::text(int parameter, const QString &value)
{
    QByteArray bytes = value.toUtf8();
    if (bytes.isNull())
        bytes = QByteArray(""); // a null array would be bound as NULL
    m_query->bindValue(parameter - 1, bytes);
    return *this;
}

Statement &Statement::id(int parameter, const QString &value)
{
    if (const auto bytes = idBytes(value))
        m_query->bindValue(parameter - 1,
            QByteArray(reinterpret_cast<const char *>(bytes->data()), qsizetype(bytes->size())));
    else
        m_query->bindValue(parameter - 1, value.isNull() ? QStringLiteral("") : value);
    return *this;
}

Statement &Statement::integer(int parameter, qint64 value)
{
    m_query->bindValue(parameter - 1, value);
    return *this;
}

Statement &Statement::null(int parameter)
{
    m_query->bindValue(parameter - 1, QVariant(QMetaType::fromType<QString>()));
    return *this;
}

void Statement::execute()
{
    m_executed = true;
    if (!m_query->exec())
        throw failure(*m_query, m_classify);
}

int Statement::run()
{
    execute();
    return m_query->numRowsAffected();
}

bool Statement::next()
{
    if (!m_executed)
        execute();
    if (m_query->next())
        return true;
    if (m_query->lastError().isValid())
        throw failure(*m_query, m_classify);
    return false;
}

QString Statement::textAt(int column) const
{
    return m_query->value(column).toString();
}

QString Statement::exactTextAt(int column) const
{
    return fromExactUtf8(m_query->value(column).toByteArray());
}

QString Statement::idAt(int column) const
{
    const QVariant value = m_query->value(column);
    if (value.userType() != QMetaType::QByteArray)
        return value.toString();
    const QByteArray stored = value.toByteArray();
    IdBytes bytes = {};
    std::copy_n(stored.cbegin(), std::min(size_t(stored.size()), bytes.size()), bytes.begin());
    return idText(bytes);
}

qint64 Statement::integerAt(int column) const
{
    return m_query->value(column).toLongLong();
}

bool Statement::isNullAt(int column) const
{
    return m_query->isNull(column);
}

Connection::Connection(const QString &name, Fault (*classify)(const QSqlError &))
    : m_database(QSqlDatabase::database(name, false))
    , m_classify(classify)
{ }

Connection::~Connection()
{
    const QString name = m_database.connectionName();
    m_statements.clear();
    m_database.close();
    m_database = QSqlDatabase();
    QSqlDatabase::removeDatabase(name);
}

Statement Connection::statement(const char *sql)
{
    auto &query = m_statements[sql];
    if (!query) {
        if (!parametersAreInOrder(QString::fromLatin1(sql)))
            throw DatabaseError{Fault::Statement,
                QStringLiteral("a statement does not name its parameters in order: %1")
                    .arg(QLatin1String(sql))};
        auto made = std::make_unique<QSqlQuery>(m_database);
        made->setForwardOnly(true);
        if (!made->prepare(QString::fromLatin1(sql)))
            throw failure(*made, m_classify);
        query = std::move(made);
    }
    return Statement(query.get(), m_classify);
}

void Connection::execute(const QString &sql)
{
    QSqlQuery query(m_database);
    if (!query.exec(sql))
        throw failure(query, m_classify);
}

QVariant Connection::value(const QString &sql)
{
    QSqlQuery query(m_database);
    if (!query.exec(sql))
        throw failure(query, m_classify);
    return query.next() ? query.value(0) : QVariant();
}

Transaction::Transaction(Connection &connection, Kind kind)
    : m_connection(connection)
{
    m_connection.statement(kind == Kind::Write ? "BEGIN IMMEDIATE" : "BEGIN").run();
}

Transaction::~Transaction()
{
    if (!m_open)
        return;
    try {
        m_connection.statement("ROLLBACK").run();
    } catch (const DatabaseError &) {
        // After some errors SQLite has rolled back by itself, and there is nothing left to do.
    }
}

void Transaction::commit()
{
    m_connection.statement("COMMIT").run();
    m_open = false;
}

} // namespace rookery::store
