// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/postgres/pqcopy.h"

#include "server/store/postgres/pqwait.h"

#include <poll.h>

namespace rookery::store::postgres {

namespace {

/// The signature, no flags, no extension.
constexpr char headerBytes[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0";
const QByteArrayView header(headerBytes, 19);
const QByteArrayView trailer("\377\377", 2);

/// Until the connection can be read, or written if something is unsent.
void waitFor(PGconn *connection, bool unsent)
{
    pollfd socket{PQsocket(connection), short(unsent ? POLLIN | POLLOUT : POLLIN), 0};
    ::poll(&socket, 1, -1);
    if (PQconsumeInput(connection) == 0)
        throw failure(nullptr, connection);
}

/// Sends all that libpq holds back.
void flush(PGconn *connection)
{
    while (const int unsent = PQflush(connection)) {
        if (unsent < 0)
            throw failure(nullptr, connection);
        waitFor(connection, true);
    }
}

/// Sends a COPY and waits until its rows can go. waitForResult() would wait for their end.
void begin(PGconn *connection, const QByteArray &sql, ExecStatusType expected)
{
    if (PQsendQuery(connection, sql.constData()) != 1)
        throw failure(nullptr, connection);
    flush(connection);
    while (PQisBusy(connection))
        waitFor(connection, false);
    const PqResult result(PQgetResult(connection));
    if (PQresultStatus(result.get()) == expected)
        return;
    const DatabaseError error = failure(result.get(), connection);
    waitForResult(connection, true, {});
    throw error;
}

void end(PGconn *connection)
{
    const PqResult result = waitForResult(connection, true, {});
    if (PQresultStatus(result.get()) != PGRES_COMMAND_OK)
        throw failure(result.get(), connection);
}

} // namespace

CopyIn::CopyIn(PGconn *connection, const QByteArray &sql)
    : m_connection(connection)
{
    begin(connection, sql, PGRES_COPY_IN);
    m_isOpen = true;
    put(header);
}

CopyIn::~CopyIn()
{
    if (!m_isOpen || PQstatus(m_connection) != CONNECTION_OK)
        return;
    try {
        PQputCopyEnd(m_connection, "given up");
        waitForResult(m_connection, true, {});
    } catch (const DatabaseError &) {
        // The connection is gone, and with it what was copied.
    }
}

void CopyIn::put(QByteArrayView bytes)
{
    if (PQputCopyData(m_connection, bytes.data(), int(bytes.size())) != 1)
        throw failure(nullptr, m_connection);
    flush(m_connection);
}

void CopyIn::write(QByteArrayView rows)
{
    constexpr qsizetype piece = 256 * 1024;
    for (qsizetype at = 0; at < rows.size(); at += piece)
        put(rows.sliced(at, std::min(piece, rows.size() - at)));
}

void CopyIn::finish()
{
    put(trailer);
    m_isOpen = false;
    if (PQputCopyEnd(m_connection, nullptr) != 1)
        throw failure(nullptr, m_connection);
    end(m_connection);
}

CopyOut::CopyOut(PGconn *connection, const QByteArray &sql)
    : m_connection(connection)
{
    begin(connection, sql, PGRES_COPY_OUT);
}

CopyOut::~CopyOut()
{
    PQfreemem(m_buffer);
}

bool CopyOut::next()
{
    while (true) {
        PQfreemem(std::exchange(m_buffer, nullptr));
        const int size = PQgetCopyData(m_connection, &m_buffer, 1);
        if (size == 0) {
            waitFor(m_connection, false);
            continue;
        }
        if (size < 0) {
            end(m_connection);
            return false;
        }
        m_row = QByteArrayView(m_buffer, size);
        // The server sends the header together with the first row.
        if (std::exchange(m_isFirst, false))
            m_row = m_row.sliced(std::min(header.size(), m_row.size()));
        if (!m_row.isEmpty() && m_row != trailer)
            return true;
    }
}

} // namespace rookery::store::postgres
