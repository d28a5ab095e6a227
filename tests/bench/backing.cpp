// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/backing.h"

#include "tests/bench/scratch.h"
#include "tests/wire/load/failure.h"

#include <QFile>

namespace rookery::bench {

using namespace load;

Backing::Backing(const Options &options)
    : m_folder(scratchTemplate(QStringLiteral("rookery-bench")))
{
    if (!m_folder.isValid())
        throw Failure(
            QStringLiteral("No directory for the signing key can be made: %1.").arg(m_folder.errorString()));
    if (!m_postgres.start({QStringLiteral("track_functions=pl"), QStringLiteral("max_connections=100")}))
        throw Failure(QStringLiteral("PostgreSQL does not start: %1").arg(m_postgres.why()));
    m_database = m_postgres.makeDatabase();
    if (m_database.isEmpty())
        throw Failure(QStringLiteral("No database can be made: %1").arg(m_postgres.why()));
    if (!options.redis)
        return;
    m_redis = std::make_unique<test::RedisServer>();
    if (!m_redis->start())
        throw Failure(QStringLiteral("Redis does not start: %1").arg(m_redis->why()));
}

QStringList Backing::environment(int number) const
{
    QStringList environment{QStringLiteral("ROOKERY_STORAGE_URL=") + m_postgres.url(m_database).toString(),
        QStringLiteral("ROOKERY_AUTH_SIGNING_KEY_FILE=") + m_folder.filePath(QStringLiteral("signing.key")),
        QStringLiteral("ROOKERY_NODE_NAME=bench-%1").arg(number)};
    if (m_redis)
        environment.append(QStringLiteral("ROOKERY_BUS_URL=redis://127.0.0.1:%1").arg(m_redis->port()));
    return environment;
}

std::vector<pid_t> Backing::pids() const
{
    const auto postmaster = pid_t(m_postgres.processId());
    std::vector<pid_t> pids{postmaster};
    QFile children(QStringLiteral("/proc/%1/task/%1/children").arg(postmaster));
    if (children.open(QIODevice::ReadOnly)) {
        for (const QByteArray &pid : children.readAll().simplified().split(' ')) {
            if (pid.toInt() > 0)
                pids.push_back(pid.toInt());
        }
    }
    if (m_redis)
        pids.push_back(pid_t(m_redis->processId()));
    return pids;
}

double Backing::number(const QString &sql) const
{
    return m_postgres.ask(m_database, sql).toDouble();
}

Backing::Counters Backing::counters() const
{
    return {number(QStringLiteral("SELECT coalesce(sum(calls), 0) FROM pg_stat_user_functions "
                                  "WHERE funcname = 'append_messages_1'")),
        number(QStringLiteral("SELECT pg_current_wal_lsn() - '0/0'")),
        number(QStringLiteral("SELECT pg_database_size(current_database())"))};
}

} // namespace rookery::bench
