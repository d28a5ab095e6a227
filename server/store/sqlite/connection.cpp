// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/sqlite/connection.h"

#include "common/ids.h"

#include <QSqlError>
#include <QSqlQuery>
#include <QVariant>

#include <algorithm>

namespace rookery::store {

namespace {

DatabaseError failure(const QSqlQuery &query, Fault (*classify)(const QSqlError &))
{
    const QSqlError error = query.lastError();
    return DatabaseError{classify(error),
        QStringLiteral("%1 (code %2)").arg(error.databaseText(), error.nativeErrorCode()),
        error.nativeErrorCode().toInt()};
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

/// A statement as SQLite is to read it. What stands in `/*sqlite …*/` is for it alone (server/store/queries/README.md).
QString forSqlite(const char *sql)
{
    static const QString begin = QStringLiteral("/*sqlite ");
    static const QString end = QStringLiteral("*/");
    QString text = QString::fromLatin1(sql);
    for (qsizetype at = text.indexOf(begin); at >= 0; at = text.indexOf(begin, at)) {
        text.remove(text.indexOf(end, at), end.size());
        text.remove(at, begin.size());
    }
    return text;
}

/// Through QtSql, whose parameters count from 0. It takes every `?` for a parameter of its own and would not see that
/// two are the same; `$1` is a named one to it and to SQLite.
class SqlitePrepared final : public Prepared
{
public:
    SqlitePrepared(const QSqlDatabase &database, const QString &sql, Fault (*classify)(const QSqlError &))
        : m_query(database)
        , m_classify(classify)
    {
        m_query.setForwardOnly(true);
        if (!m_query.prepare(sql))
            throw failure(m_query, m_classify);
    }

    /// As the bytes of its UTF-8. Bound as UTF-16, SQLite would swallow a leading U+FEFF and swap the bytes of a text
    /// that begins with U+FFFE.
    void bindText(int parameter, const QString &value) override { bindBlob(parameter, value.toUtf8()); }
    /// As its 16 bytes; what is no UUID as the text it is, which then finds nothing.
    void bindId(int parameter, const QString &value) override
    {
        if (const auto bytes = idBytes(value))
            m_query.bindValue(parameter - 1,
                QByteArray(reinterpret_cast<const char *>(bytes->data()), qsizetype(bytes->size())));
        else
            m_query.bindValue(parameter - 1, value.isNull() ? QStringLiteral("") : value);
    }
    void bindInteger(int parameter, qint64 value) override { m_query.bindValue(parameter - 1, value); }
    void bindBlob(int parameter, const QByteArray &value) override
    {
        // A null array would be bound as NULL.
        m_query.bindValue(parameter - 1, value.isNull() ? QByteArray("") : value);
    }
    void bindNull(int parameter) override
    {
        m_query.bindValue(parameter - 1, QVariant(QMetaType::fromType<QString>()));
    }

    void execute() override
    {
        if (!m_query.exec())
            throw failure(m_query, m_classify);
    }
    int changedRows() const override { return m_query.numRowsAffected(); }
    bool next() override
    {
        if (m_query.next())
            return true;
        if (m_query.lastError().isValid())
            throw failure(m_query, m_classify);
        return false;
    }
    void reset() noexcept override { m_query.finish(); }

    QString textAt(int column) const override { return m_query.value(column).toString(); }
    QString idAt(int column) const override
    {
        const QVariant value = m_query.value(column);
        if (value.userType() != QMetaType::QByteArray)
            return value.toString();
        const QByteArray stored = value.toByteArray();
        IdBytes bytes = {};
        std::copy_n(stored.cbegin(), std::min(size_t(stored.size()), bytes.size()), bytes.begin());
        return idText(bytes);
    }
    qint64 integerAt(int column) const override { return m_query.value(column).toLongLong(); }
    QByteArray blobAt(int column) const override { return m_query.value(column).toByteArray(); }
    bool isNullAt(int column) const override { return m_query.isNull(column); }

private:
    QSqlQuery m_query;
    Fault (*m_classify)(const QSqlError &);
};

} // namespace

SqliteConnection::SqliteConnection(const QString &name, Fault (*classify)(const QSqlError &))
    : m_database(QSqlDatabase::database(name, false))
    , m_classify(classify)
{ }

SqliteConnection::~SqliteConnection()
{
    const QString name = m_database.connectionName();
    m_statements.clear();
    m_database.close();
    m_database = QSqlDatabase();
    QSqlDatabase::removeDatabase(name);
}

Prepared &SqliteConnection::prepared(const char *sql)
{
    auto &known = m_statements[sql];
    if (!known) {
        const QString text = forSqlite(sql);
        if (!parametersAreInOrder(text))
            throw DatabaseError{Fault::Statement,
                QStringLiteral("a statement does not name its parameters in order: %1").arg(text)};
        known = std::make_unique<SqlitePrepared>(m_database, text, m_classify);
    }
    return *known;
}

const char *SqliteConnection::beginSql(TransactionKind kind) const
{
    return kind == TransactionKind::Write ? "BEGIN IMMEDIATE" : "BEGIN";
}

void SqliteConnection::execute(const QString &sql)
{
    QSqlQuery query(m_database);
    if (!query.exec(sql))
        throw failure(query, m_classify);
}

QVariant SqliteConnection::value(const QString &sql)
{
    QSqlQuery query(m_database);
    if (!query.exec(sql))
        throw failure(query, m_classify);
    return query.next() ? query.value(0) : QVariant();
}

} // namespace rookery::store
