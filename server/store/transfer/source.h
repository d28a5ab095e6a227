// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/store/transfer/tables.h"

#include <QString>

#include <functional>
#include <map>
#include <memory>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace rookery::store::transfer {

/// Called with each row; false: no more.
using Visit = std::function<bool(QByteArrayView row)>;

/// An SQLite database of rookeryd's that is read and not written. Through SQLite's own interface, since a million rows through
/// QtSql take several times as long. Functions that do not return a Result throw DatabaseError.
class Source
{
public:
    /// The Error is a sentence for the operator: not a database of ours, of another version, or not as the daemon left it.
    static Result<std::unique_ptr<Source>> open(const QString &path);
    ~Source();
    Source(const Source &) = delete;
    Source &operator=(const Source &) = delete;

    /// Tells this history in this file from every other.
    const QString &identity() const { return m_identity; }

    qint64 count(const Table &table);
    /// The rows with `after` < key <= `upto` in the order of their keys; an empty key: no bound. Unless hold() was called,
    /// in several pieces, each as of its own moment, so that the daemon is not kept from emptying its log.
    void rows(const Table &table, QByteArrayView after, QByteArrayView upto, const Visit &visit);

    /// From now on all rows are as of this moment.
    void hold();
    /// The end of it. False: somebody has written to the database meanwhile, or another file is in its place.
    bool release();

    /// How many texts had a NUL that was replaced, since takeReplaced() was called last.
    qint64 takeReplaced() { return std::exchange(m_replaced, 0); }

private:
    struct Closer
    {
        void operator()(sqlite3 *database) const;
        void operator()(sqlite3_stmt *statement) const;
    };
    using Prepared = std::unique_ptr<sqlite3_stmt, Closer>;

    explicit Source(sqlite3 *database)
        : m_database(database)
    { }
    sqlite3_stmt *prepared(const QByteArray &sql);
    void run(const char *sql);
    qint64 number(const QByteArray &sql);
    /// At most so many; 0: all. Returns how many there were, and the key of the last one.
    std::pair<qint64, QByteArray> piece(
        const Table &table, QByteArrayView after, QByteArrayView upto, qint64 most, const Visit &visit);
    void encode(const Table &table, sqlite3_stmt *row, QByteArray &bytes);
    void encodeText(const Table &table, const Column &column, sqlite3_stmt *row, int at, QByteArray &bytes);
    [[noreturn]] void refuse(
        const Table &table, const Column &column, sqlite3_stmt *row, const QString &problem) const;
    Result<Nothing> check(const QString &path);

    std::unique_ptr<sqlite3, Closer> m_database;
    std::map<QByteArray, Prepared> m_statements;
    QString m_path;
    QString m_identity;
    QByteArray m_file; ///< fileIdentity() when it was opened
    qint64 m_version = 0; ///< `PRAGMA data_version` before hold()
    qint64 m_replaced = 0;
    bool m_isHeld = false;
};

} // namespace rookery::store::transfer
