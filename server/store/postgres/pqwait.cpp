// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/postgres/pqwait.h"

#include <QDeadlineTimer>

#include <cerrno>

#include <poll.h>

namespace rookery::store::postgres {

namespace {

/// Waits until something can be read, or written if something is `unsent`. False: not in time.
bool waitForSocket(const PGconn *connection, bool unsent, const QDeadlineTimer &deadline)
{
    pollfd socket{PQsocket(connection), short(unsent ? POLLIN | POLLOUT : POLLIN), 0};
    while (true) {
        // -1, forever, where there is no deadline.
        const int ready = ::poll(&socket, 1, int(deadline.remainingTime()));
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return true; // a broken socket is found out by reading
        if (deadline.hasExpired())
            return false;
    }
}

bool isError(const PqResult &result)
{
    return result && PQresultStatus(result.get()) == PGRES_FATAL_ERROR;
}

} // namespace

PqResult waitForResult(PGconn *connection, bool isSent, std::chrono::milliseconds patience)
{
    PqResult result;
    if (!isSent)
        return result;
    const QDeadlineTimer deadline =
        patience.count() > 0 ? QDeadlineTimer(patience) : QDeadlineTimer(QDeadlineTimer::Forever);
    bool unsent = true;
    while (true) {
        // If the connection breaks meanwhile, the server's last words are still to be read.
        unsent = unsent && PQflush(connection) > 0;
        if (!PQisBusy(connection)) {
            PqResult next(PQgetResult(connection));
            if (!next)
                return result;
            if (!isError(result)) // the first one says what is wrong
                result = std::move(next);
            continue;
        }
        if (!waitForSocket(connection, unsent, deadline))
            throw DatabaseError{Fault::Connection,
                QStringLiteral("the server has not answered for %1 seconds").arg(patience.count() / 1000)};
        if (PQconsumeInput(connection) == 0) {
            PqResult lost(PQgetResult(connection));
            return isError(result) ? std::move(result) : std::move(lost);
        }
    }
}

} // namespace rookery::store::postgres
