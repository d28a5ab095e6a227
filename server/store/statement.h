// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/databaseerror.h"

#include <QByteArray>
#include <QString>
#include <QVariant>

/// The interface between the queries that are written once and the databases that run them. The SQL is the part that
/// SQLite and PostgreSQL have in common (server/store/queries/README.md).
namespace rookery::store {

/// A text of a database from its UTF-8, every character: QString::fromUtf8() takes a U+FEFF at the start for a byte order
/// mark.
QString exactText(const QByteArray &utf8);

/// A statement that a database has prepared: what each database implements. Everybody else uses Statement. Every
/// function but reset() may throw DatabaseError. Parameters count from 1, columns from 0.
class Prepared
{
public:
    Prepared() = default;
    Prepared(const Prepared &) = delete;
    Prepared &operator=(const Prepared &) = delete;
    virtual ~Prepared() = default;

    virtual void bindText(int parameter, const QString &value) = 0;
    virtual void bindId(int parameter, const QString &value) = 0;
    virtual void bindInteger(int parameter, qint64 value) = 0;
    virtual void bindBlob(int parameter, const QByteArray &value) = 0;
    virtual void bindNull(int parameter) = 0;

    virtual void execute() = 0;
    virtual int changedRows() const = 0; ///< by the last execute()
    virtual bool next() = 0;
    virtual void reset() noexcept = 0; ///< lets go of the rows and their locks

    virtual QString textAt(int column) const = 0;
    virtual QString idAt(int column) const = 0;
    virtual qint64 integerAt(int column) const = 0;
    virtual QByteArray blobAt(int column) const = 0;
    virtual bool isNullAt(int column) const = 0;
};

/// The row that a statement stands at. A column that is NULL reads as an empty text or 0.
class Row
{
public:
    Row(const Row &) = delete;
    Row &operator=(const Row &) = delete;

    QString textAt(int column) const { return m_prepared->textAt(column); }
    QString idAt(int column) const { return m_prepared->idAt(column); }
    qint64 integerAt(int column) const { return m_prepared->integerAt(column); }
    QByteArray blobAt(int column) const { return m_prepared->blobAt(column); }
    bool isNullAt(int column) const { return m_prepared->isNullAt(column); }

protected:
    explicit Row(Prepared *prepared)
        : m_prepared(prepared)
    { }
    ~Row() = default;

    Prepared *m_prepared;
};

/// The text of a column that the SQL reads as `CAST(… AS BLOB)`: every character as it was bound, where textAt(), which
/// in SQLite goes over UTF-16, would turn U+FFFE and U+FFFF into U+FFFD.
inline QString exactTextAt(const Row &row, int column)
{
    return exactText(row.blobAt(column));
}

/// One run of a prepared statement. Resets it when it goes out of scope, so that nothing stays locked behind it.
class Statement final : public Row
{
public:
    explicit Statement(Prepared *prepared)
        : Row(prepared)
    { }
    ~Statement() { m_prepared->reset(); }

    /// The SQL says `CAST($1 AS TEXT)`: SQLite gets the bytes of its UTF-8, and PostgreSQL learns the type. A text
    /// that cannot be stored (textcheck.h) must not get here.
    Statement &text(int parameter, const QString &value)
    {
        m_prepared->bindText(parameter, value);
        return *this;
    }
    /// A UUID, in either case. Anything else equals nothing that is stored.
    Statement &id(int parameter, const QString &value)
    {
        m_prepared->bindId(parameter, value);
        return *this;
    }
    Statement &integer(int parameter, qint64 value)
    {
        m_prepared->bindInteger(parameter, value);
        return *this;
    }
    Statement &blob(int parameter, const QByteArray &value)
    {
        m_prepared->bindBlob(parameter, value);
        return *this;
    }
    Statement &null(int parameter)
    {
        m_prepared->bindNull(parameter);
        return *this;
    }

    /// Runs a statement that has no rows to read; answers how many it changed.
    int run()
    {
        execute();
        return m_prepared->changedRows();
    }
    /// Runs the statement if it has not been run, and moves to its next row; false after the last.
    bool next()
    {
        if (!m_executed)
            execute();
        return m_prepared->next();
    }

private:
    void execute()
    {
        m_executed = true;
        m_prepared->execute();
    }

    bool m_executed = false;
};

enum class TransactionKind {
    Write, ///< what it needs is locked at once; later it could be refused after half of the work
    Read, ///< every statement sees the same state as the first one
    ReadOnce, ///< as Read, of a single statement; a database may refuse a second one
};

/// A connection to a database with the statements prepared on it. Made, used and destroyed on one thread.
class Connection
{
public:
    Connection() = default;
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;
    virtual ~Connection() = default;

    /// The statement of this text, prepared at first use and kept. Its parameters are `$1`, `$2` … in the order in
    /// which the SQL first names them; any may stand there again. `sql` must be a string that lives as long as the
    /// program (a literal): its address is the key. One run of it at a time.
    Statement statement(const char *sql) { return Statement(&prepared(sql)); }
    /// Runs a text once, without keeping it.
    virtual void execute(const QString &sql) = 0;
    /// Runs a text once and answers the first column of its first row, invalid if there is none.
    virtual QVariant value(const QString &sql) = 0;
    /// Whether it must not be used any more, between two transactions: it may lead to a database that another one has taken
    /// over from.
    virtual bool isOutdated() const { return false; }

protected:
    friend class Transaction;

    virtual Prepared &prepared(const char *sql) = 0;
    /// The statement, a literal, that begins a transaction of this kind.
    virtual const char *beginSql(TransactionKind kind) const = 0;
    /// Each of the three is a statement, unless the database has a cheaper way. One transaction at a time.
    virtual void begin(TransactionKind kind) { statement(beginSql(kind)).run(); }
    virtual void commit(TransactionKind /*kind*/) { statement("COMMIT").run(); }
    virtual void rollback(TransactionKind /*kind*/) { statement("ROLLBACK").run(); }
};

/// BEGIN, and ROLLBACK unless commit() was reached.
class Transaction
{
public:
    explicit Transaction(Connection &connection, TransactionKind kind = TransactionKind::Write)
        : m_connection(connection)
        , m_kind(kind)
    {
        connection.begin(kind);
    }
    Transaction(const Transaction &) = delete;
    Transaction &operator=(const Transaction &) = delete;
    ~Transaction();

    void commit();

private:
    Connection &m_connection;
    const TransactionKind m_kind;
    bool m_open = true;
};

} // namespace rookery::store
