// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLoggingCategory>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QString>

#include <memory>
#include <unordered_map>

class QSqlError;

namespace rookery::store {

Q_DECLARE_LOGGING_CATEGORY(storeLog)

/// What a failed statement has broken.
enum class Fault {
    Statement, ///< only itself; the transaction goes on
    Full, ///< the disk or the allowed size; the transaction is lost
    Transaction, ///< the transaction is lost; the connection can be used again
    Connection, ///< nothing on this connection can be trusted any more (I/O error, damaged file)
};

/// How statements fail inside this folder: thrown where the database refuses, caught where the transaction is
/// owned (writer, reader, migrator), so that no query has to pass it on by hand. It never leaves the folder:
/// callers of the Store get an Error.
struct DatabaseError
{
    Fault fault = Fault::Connection;
    QString text; ///< for the log and the operator: what the database said, without values
    int code = 0; ///< the database's own, primary and extended; 0: it was not the database that said so
};

/// One run of a prepared statement. Parameters are numbered from 1 in the order in which the SQL first names
/// them
/// (`$1`, `$2` …; any may stand there again); rows are read by column from 0. Resets the statement when it
/// goes out of scope, so that nothing stays locked behind it.
class Statement
{
public:
    Statement(QSqlQuery *query, Fault (*classify)(const QSqlError &))
        : m_query(query)
        , m_classify(classify)
    { }
    Statement(const Statement &) = delete;
    Statement &operator=(const Statement &) = delete;
    ~Statement();

    /// Text goes over as the bytes of its UTF-8; the SQL says `CAST($1 AS TEXT)`. Bound as UTF-16, SQLite
    /// would swallow a leading U+FEFF and swap the bytes of a text that begins with U+FFFE.
    Statement &text(int parameter, const QString &value);
    /// A UUID, in either case, as its 16 bytes; anything else as the text it is, which then finds nothing.
    Statement &id(int parameter, const QString &value);
    Statement &integer(int parameter, qint64 value);
    Statement &null(int parameter);

    /// Runs a statement that has no rows to read; answers how many it changed.
    int run();
    /// Runs the statement where it has not been, and moves to its next row; false after the last.
    bool next();

    QString textAt(int column) const;
    /// Of a column that the SQL reads as `CAST(… AS BLOB)`: every character as it was bound, where the way
    /// over UTF-16 would turn U+FFFE and U+FFFF into U+FFFD.
    QString exactTextAt(int column) const;
    QString idAt(int column) const;
    qint64 integerAt(int column) const;
    bool isNullAt(int column) const;

private:
    void execute();

    QSqlQuery *m_query;
    Fault (*m_classify)(const QSqlError &);
    bool m_executed = false;
};

/// A database connection with the statements prepared on it. Made, used and destroyed on one thread, as
/// QSqlDatabase wants it.
class Connection
{
public:
    /// Takes over the QSqlDatabase of this name, which nobody else may hold, and removes it in the end.
    Connection(const QString &name, Fault (*classify)(const QSqlError &));
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;
    ~Connection();

    /// The statement of this text, prepared at first use and kept. Its parameters are written `$1`, not `?1`:
    /// QtSql takes every `?` for a parameter of its own and would not see that two are the same. `sql` must
    /// be a string that lives as long as the program (a literal): its address is the key. One run of it at a
    /// time.
    Statement statement(const char *sql);
    /// Runs a text once, without keeping it.
    void execute(const QString &sql);
    /// Runs a text once and answers the first column of its first row, invalid where there is none.
    QVariant value(const QString &sql);

    QSqlDatabase &database() { return m_database; }

private:
    QSqlDatabase m_database;
    Fault (*m_classify)(const QSqlError &);
    std::unordered_map<const char *, std::unique_ptr<QSqlQuery>> m_statements;
};

/// BEGIN, and ROLLBACK unless commit() was reached.
class Transaction
{
public:
    enum class Kind {
        Write, ///< takes the write lock at once; later it could be refused after half of the work
        Read, ///< every statement sees the same state as the first one
    };

    explicit Transaction(Connection &connection, Kind kind = Kind::Write);
    Transaction(const Transaction &) = delete;
    Transaction &operator=(const Transaction &) = delete;
    ~Transaction();

    void commit();

private:
    Connection &m_connection;
    bool m_open = true;
};

} // namespace rookery::store
