// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/postgres/pqresult.h"

#include <QByteArrayView>

/// COPY in PostgreSQL's binary form (its manual, "COPY", "Binary Format"), on a connection in libpq's nonblocking mode. Both
/// block, and throw DatabaseError.
namespace rookery::store::postgres {

/// `COPY … FROM STDIN (FORMAT binary)`. Unless finish() was reached, nothing of it is stored.
class CopyIn
{
public:
    CopyIn(PGconn *connection, const QByteArray &sql);
    CopyIn(const CopyIn &) = delete;
    CopyIn &operator=(const CopyIn &) = delete;
    ~CopyIn();

    /// Any number of whole rows, each beginning with the number of its fields.
    void write(QByteArrayView rows);
    void finish();

private:
    void put(QByteArrayView bytes);

    PGconn *m_connection;
    bool m_isOpen = false;
};

/// `COPY … TO STDOUT (FORMAT binary)`. Before its end nothing else can be done with the connection but close it.
class CopyOut
{
public:
    CopyOut(PGconn *connection, const QByteArray &sql);
    CopyOut(const CopyOut &) = delete;
    CopyOut &operator=(const CopyOut &) = delete;
    ~CopyOut();

    /// Moves to the next row; false after the last.
    bool next();
    /// From the number of its fields on; valid until next().
    QByteArrayView row() const { return m_row; }

private:
    PGconn *m_connection;
    char *m_buffer = nullptr;
    QByteArrayView m_row;
    bool m_isFirst = true;
};

} // namespace rookery::store::postgres
