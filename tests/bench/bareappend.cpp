// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/bareappend.h"

#include "common/ids.h"
#include "server/store/databaseerror.h"
#include "server/store/postgres/appendcall.h"
#include "server/store/postgres/connection.h"
#include "tests/bench/backing.h"
#include "tests/bench/procstats.h"
#include "tests/wire/load/clock.h"
#include "tests/wire/load/failure.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace rookery::bench {

using namespace load;
using namespace store::postgres;

namespace {

constexpr qint64 everybody = 31; ///< p_may: all roles
constexpr qint64 rowsOfKeys = 1000;

std::vector<std::pair<qint64, qint64>> roomsAndSenders(PostgresConnection &connection)
{
    std::vector<std::pair<qint64, qint64>> keys;
    store::Statement rows = connection.statement(
        "SELECT room, sender FROM events GROUP BY room, sender ORDER BY room, sender LIMIT $1");
    rows.integer(1, rowsOfKeys);
    while (rows.next())
        keys.emplace_back(rows.integerAt(0), rows.integerAt(1));
    return keys;
}

Nanos cpuOf(const std::vector<pid_t> &pids)
{
    Nanos sum = 0;
    for (const pid_t pid : pids)
        sum += procstats::cpuTime(pid).value_or(0);
    return sum;
}

int append(PostgresConnection &connection, const std::vector<std::pair<qint64, qint64>> &keys, size_t &next,
    int batch, const QByteArray &text)
{
    AppendCall call;
    for (int i = 0; i < batch; ++i) {
        const auto &[room, sender] = keys[next++ % keys.size()];
        call.add({.room = room,
            .sender = sender,
            .id = idBytes(newId()).value_or(IdBytes()),
            .clientId = idBytes(newId()).value_or(IdBytes()),
            .name = "somebody",
            .text = text,
            .may = everybody});
    }
    store::Statement stored = connection.statement(AppendCall::sql);
    call.bindTo(stored);
    int count = 0;
    while (stored.next())
        ++count;
    return count;
}

} // namespace

BareAppend measureBareAppend(const Backing &backing, int batch, int size, double seconds)
{
    auto opened = PostgresConnection::open({backing.conninfo()});
    if (!opened.ok())
        throw Failure(QStringLiteral("PostgreSQL: %1").arg(opened.error().detail));
    PostgresConnection &connection = **opened;
    try {
        const auto keys = roomsAndSenders(connection);
        if (keys.empty())
            throw Failure(QStringLiteral("There are no rooms to append to."));
        const QByteArray text(size, 'x');
        size_t next = 0;
        append(connection, keys, next, batch, text); // prepares it
        const std::vector<pid_t> pids = backing.pids();
        const Nanos cpu = cpuOf(pids);
        const Nanos began = now();
        const auto until = began + Nanos(seconds * double(second));
        double rows = 0;
        while (now() < until) {
            const int stored = append(connection, keys, next, batch, text);
            if (stored != batch)
                throw Failure(
                    QStringLiteral("The function has stored %1 of %2 messages.").arg(stored).arg(batch));
            rows += stored;
        }
        const double took = double(now() - began) / double(second);
        return {rows / took, double(cpuOf(pids) - cpu) / double(microsecond) / std::max(1.0, rows)};
    } catch (const store::DatabaseError &error) {
        throw Failure(QStringLiteral("PostgreSQL: %1").arg(error.text));
    }
}

} // namespace rookery::bench
