// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/cluster/site.h"

#include "tests/bench/scratch.h"
#include "tests/wire/load/clock.h"
#include "tests/wire/load/failure.h"

#include <QFile>
#include <QStandardPaths>

#include <csignal>
#include <sys/prctl.h>

namespace rookery::cluster {

namespace {

QString nodeName(int number)
{
    return QStringLiteral("node-%1").arg(number);
}

/// What is lost when the machine stops is not asked here.
const QStringList settings{QStringLiteral("fsync=off"), QStringLiteral("max_connections=60")};

std::unique_ptr<test::PostgresServer> newPostgres()
{
    auto server = std::make_unique<test::PostgresServer>();
    server->setPort(test::RedisServer::freePort());
    return server;
}

} // namespace

Site::Site(const What &what)
    : m_folder(bench::scratchTemplate(QStringLiteral("rookery-cluster")))
    , m_daemon(what.daemon)
{
    if (!m_folder.isValid())
        throw load::Failure(
            QStringLiteral("No directory for the data can be made: %1.").arg(m_folder.errorString()));
    m_folder.setAutoRemove(!what.keeps);
    m_postgres = newPostgres();
    startPostgres();
    m_database = m_postgres->makeDatabase();
    if (m_database.isEmpty())
        throw load::Failure(QStringLiteral("No database can be made: %1").arg(m_postgres->why()));
    if (what.hasRedis) {
        m_redis = std::make_unique<test::RedisServer>();
        startRedis();
    }
    if (what.hasStandby)
        startStandby();
    for (int i = 0; i < nodeCount; ++i) {
        m_nodes.push_back(std::make_unique<Node>());
        startNode(i);
    }
    if (what.hasProxy)
        startProxy();
}

Site::~Site()
{
    if (m_proxy.state() != QProcess::NotRunning) {
        m_proxy.kill();
        m_proxy.waitForFinished();
    }
    // Nodes that stand still cannot end.
    for (int i = 0; i < int(m_nodes.size()); ++i) {
        if (node(i).daemon && node(i).daemon->pid() > 0)
            thawNode(i);
    }
    m_postgres->thaw();
    if (m_redis && m_redis->isRunning())
        m_redis->thaw();
    for (const auto &node : m_nodes) {
        node->postgres.release();
        node->redis.release();
        node->clients.release();
    }
    m_nodes.clear();
}

void Site::startPostgres()
{
    if (!m_postgres->start(settings))
        throw load::Failure(QStringLiteral("PostgreSQL does not start: %1").arg(m_postgres->why()));
}

void Site::startRedis()
{
    if (!m_redis->start())
        throw load::Failure(QStringLiteral("Redis does not start: %1").arg(m_redis->why()));
}

void Site::startStandby()
{
    m_standby = newPostgres();
    if (!m_standby->copy(*m_postgres, QStringLiteral("standby")) || !m_standby->start(settings))
        throw load::Failure(QStringLiteral("The standby does not start: %1").arg(m_standby->why()));
    // Not before it is a copy, which would wait for a standby of its own.
    const QString database = QStringLiteral("postgres");
    m_postgres->ask(database, QStringLiteral("ALTER SYSTEM SET synchronous_standby_names = 'standby'"));
    m_postgres->ask(database, QStringLiteral("SELECT pg_reload_conf()"));
    const load::Nanos deadline = load::now() + 30 * load::second;
    while (m_postgres->ask(
               database, QStringLiteral("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"))
        != QLatin1String("1")) {
        if (load::now() > deadline)
            throw load::Failure(QStringLiteral("The standby does not follow."));
    }
}

void Site::promote()
{
    m_postgres->crash();
    m_postgres = std::move(m_standby);
    if (!m_postgres->promote())
        throw load::Failure(QStringLiteral("The standby is not promoted: %1").arg(m_postgres->why()));
    for (const auto &node : m_nodes) {
        node->postgres.setTarget(m_postgres->port());
        node->postgres.cutAll(faults::Cut::Reset);
    }
}

void Site::startNode(int number)
{
    Node &made = node(number);
    made.postgres.setTarget(m_postgres->port());
    faults::DaemonProcess::What what;
    what.program = m_daemon;
    what.directory = m_folder.filePath(nodeName(number));
    what.environment = {
        QStringLiteral("ROOKERY_STORAGE_URL=postgresql://rookery@127.0.0.1:%1/%2?sslmode=disable&"
                       "application_name=%3")
            .arg(made.postgres.port())
            .arg(m_database, nodeName(number)),
        QStringLiteral("ROOKERY_AUTH_SIGNING_KEY_FILE=") + m_folder.filePath(QStringLiteral("signing.key")),
        QStringLiteral("ROOKERY_NODE_NAME=") + nodeName(number)};
    if (m_standby)
        what.environment.append(QStringLiteral("ROOKERY_STORAGE_LOSSLESS_FAILOVER=true"));
    if (m_redis) {
        made.redis.setTarget(m_redis->port());
        what.environment.append(
            QStringLiteral("ROOKERY_BUS_URL=redis://127.0.0.1:%1").arg(made.redis.port()));
    }
    made.daemon = std::make_unique<faults::DaemonProcess>(std::move(what));
    made.daemon->start();
    made.clients.setTarget(made.daemon->port());
    made.front = std::make_unique<load::Endpoint>(
        QUrl(QStringLiteral("http://127.0.0.1:%1").arg(made.clients.port())));
}

int Site::terminateBackends(int number)
{
    return m_postgres
        ->ask(m_database,
            QStringLiteral("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                           "WHERE application_name = '%1'")
                .arg(nodeName(number)))
        .toInt();
}

void Site::loseOne()
{
    const QString said = m_postgres->ask(m_database,
        QStringLiteral(
            "DELETE FROM events WHERE ctid = (SELECT ctid FROM events ORDER BY seq DESC LIMIT 1)"));
    if (said != QLatin1String("DELETE 1"))
        throw load::Failure(QStringLiteral("Nothing can be taken out of the database: %1").arg(said));
}

void Site::startProxy()
{
    const quint16 port = test::RedisServer::freePort();
    QString text =
        QStringLiteral("global\n    maxconn 1000\n"
                       "defaults\n"
                       "    mode http\n"
                       "    timeout connect 5s\n"
                       "    timeout client 90s\n"
                       "    timeout server 90s\n"
                       "    timeout tunnel 90s\n"
                       "frontend front\n"
                       "    bind 127.0.0.1:%1\n"
                       "    default_backend rookery\n"
                       "backend rookery\n"
                       "    balance leastconn\n"
                       "    option httpchk GET /health\n"
                       "    default-server inter 1s fall 2 rise 2 on-marked-down shutdown-sessions\n")
            .arg(port);
    for (int i = 0; i < nodeCount; ++i)
        text +=
            QStringLiteral("    server %1 127.0.0.1:%2 check\n").arg(nodeName(i)).arg(node(i).clients.port());
    const QString path = m_folder.filePath(QStringLiteral("haproxy.cfg"));
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(text.toUtf8()) < 0)
        throw load::Failure(QStringLiteral("%1 cannot be written.").arg(path));
    file.close();
    const QString log = m_folder.filePath(QStringLiteral("haproxy.log"));
    m_proxy.setChildProcessModifier([] { prctl(PR_SET_PDEATHSIG, SIGKILL); });
    m_proxy.setProcessChannelMode(QProcess::MergedChannels);
    m_proxy.setStandardOutputFile(log);
    // Debian has it where not everybody's PATH leads.
    QString program = QStandardPaths::findExecutable(QStringLiteral("haproxy"));
    if (program.isEmpty())
        program = QStringLiteral("/usr/sbin/haproxy");
    m_proxy.start(program, {QStringLiteral("-db"), QStringLiteral("-f"), path});
    if (!m_proxy.waitForStarted())
        throw load::Failure(QStringLiteral("HAProxy does not start: %1.").arg(m_proxy.errorString()));
    m_front = std::make_unique<load::Endpoint>(QUrl(QStringLiteral("http://127.0.0.1:%1").arg(port)));
}

void Site::freezeNode(int number)
{
    ::kill(node(number).daemon->pid(), SIGSTOP);
}

void Site::thawNode(int number)
{
    ::kill(node(number).daemon->pid(), SIGCONT);
}

} // namespace rookery::cluster
