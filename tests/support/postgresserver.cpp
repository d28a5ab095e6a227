// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/postgresserver.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QThread>

#include <csignal>
#include <grp.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace rookery::test {

namespace {

constexpr int patience = 60'000; // milliseconds; never a pause

/// Whom the server runs as; null: as this process.
const passwd *serverUser()
{
    if (geteuid() != 0)
        return nullptr;
    const passwd *const own = getpwnam("postgres");
    return own ? own : getpwnam("nobody");
}

void becomeServerUser(QProcess &process)
{
    const passwd *const user = serverUser();
    process.setChildProcessModifier(
        [isOther = user != nullptr, uid = user ? user->pw_uid : 0, gid = user ? user->pw_gid : 0] {
            if (isOther && (setgroups(0, nullptr) != 0 || setgid(gid) != 0 || setuid(uid) != 0))
                _exit(127);
            // Last, since setuid() would take it back: a test that is killed leaves no server behind.
            prctl(PR_SET_PDEATHSIG, SIGINT);
        });
}

/// Debian keeps each version's programs in a folder of its own, outside of PATH: the newest one.
QString folderOfPrograms()
{
    const QDir versions(QStringLiteral("/usr/lib/postgresql"));
    int newest = 0;
    for (const QString &version : versions.entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        if (QFile::exists(versions.filePath(version + QStringLiteral("/bin/initdb"))))
            newest = std::max(newest, version.toInt());
    }
    return newest > 0 ? versions.filePath(QStringLiteral("%1/bin").arg(newest)) : QString();
}

/// As psql prints them without alignment and headings.
QStringList linesOf(const PGresult *result)
{
    if (PQresultStatus(result) == PGRES_COMMAND_OK)
        return {QString::fromUtf8(PQcmdStatus(const_cast<PGresult *>(result)))};
    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        return {QString::fromUtf8(PQresultErrorMessage(result)).trimmed()};
    QStringList lines;
    for (int row = 0; row < PQntuples(result); ++row) {
        QStringList fields;
        for (int column = 0; column < PQnfields(result); ++column)
            fields.append(QString::fromUtf8(PQgetvalue(result, row, column)));
        lines.append(fields.join(u'|'));
    }
    return lines;
}

} // namespace

PostgresServer::~PostgresServer()
{
    stop();
}

bool PostgresServer::prepareFolder()
{
    m_programs = folderOfPrograms();
    if (m_programs.isEmpty()) {
        m_why = QStringLiteral("PostgreSQL's server is not installed");
        return false;
    }
    if (const passwd *const user = serverUser()) {
        if (chown(QFile::encodeName(m_folder.path()).constData(), user->pw_uid, user->pw_gid) != 0) {
            m_why =
                QStringLiteral("the scratch folder cannot be given to %1").arg(QLatin1String(user->pw_name));
            return false;
        }
    }
    return true;
}

bool PostgresServer::run(const QString &program, const QStringList &arguments)
{
    QProcess process;
    becomeServerUser(process);
    process.setWorkingDirectory(m_folder.path());
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(m_programs + u'/' + program, arguments);
    if (process.waitForFinished(patience) && process.exitStatus() == QProcess::NormalExit
        && process.exitCode() == 0)
        return true;
    m_why = QStringLiteral("%1 failed: %2").arg(program, QString::fromUtf8(process.readAll()));
    return false;
}

bool PostgresServer::initialise()
{
    return prepareFolder()
        && run(QStringLiteral("initdb"),
            {QStringLiteral("--pgdata=data"), QStringLiteral("--username=rookery"),
                QStringLiteral("--auth=trust"), QStringLiteral("--encoding=UTF8"),
                QStringLiteral("--locale=C"), QStringLiteral("--no-sync")});
}

bool PostgresServer::copy(const PostgresServer &primary, const QString &name)
{
    QStringList arguments{QStringLiteral("--pgdata=data"), QStringLiteral("--checkpoint=fast"),
        QStringLiteral("--no-sync"), QStringLiteral("--wal-method=stream"),
        QStringLiteral("--dbname=%1 application_name=%2")
            .arg(primary.conninfo(QStringLiteral("postgres")), name)};
    if (!name.isEmpty())
        arguments.append(QStringLiteral("--write-recovery-conf"));
    return prepareFolder() && run(QStringLiteral("pg_basebackup"), arguments);
}

bool PostgresServer::promote()
{
    return run(QStringLiteral("pg_ctl"),
        {QStringLiteral("promote"), QStringLiteral("--pgdata=data"), QStringLiteral("--wait")});
}

bool PostgresServer::start(const QStringList &settings)
{
    if (!QFile::exists(path(QStringLiteral("data"))) && !initialise())
        return false;
    QStringList arguments{QStringLiteral("-D"), path(QStringLiteral("data")), QStringLiteral("-k"),
        m_folder.path(), QStringLiteral("-c"),
        QStringLiteral("listen_addresses=") + (m_port == 0 ? QString() : QStringLiteral("127.0.0.1"))};
    if (m_port != 0)
        arguments += {QStringLiteral("-p"), QString::number(m_port)};
    for (const QString &setting : settings)
        arguments += {QStringLiteral("-c"), setting};
    m_server = std::make_unique<QProcess>();
    becomeServerUser(*m_server);
    m_server->setWorkingDirectory(m_folder.path());
    m_server->setStandardOutputFile(QProcess::nullDevice());
    m_server->setStandardErrorFile(path(QStringLiteral("log")), QIODevice::Append);
    m_server->start(m_programs + QStringLiteral("/postgres"), arguments);
    QElapsedTimer since;
    since.start();
    const bool isStarted = m_server->waitForStarted(patience);
    while (isStarted && since.elapsed() < patience) {
        if (ask(QStringLiteral("postgres"), QStringLiteral("SELECT 1")) == QLatin1String("1"))
            return true;
        m_server->waitForFinished(20); // between two attempts; at once if it has ended
        if (m_server->state() == QProcess::NotRunning)
            break;
    }
    const QByteArray said = log();
    m_why = said.isEmpty() ? m_server->errorString() : QString::fromUtf8(said);
    return false;
}

QByteArray PostgresServer::log() const
{
    QFile file(path(QStringLiteral("log")));
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void PostgresServer::signalAll(int signal) const
{
    if (!isRunning())
        return;
    // The one that starts the others first, so that none is started meanwhile.
    const pid_t first = pid_t(processId());
    ::kill(first, signal);
    QFile children(QStringLiteral("/proc/%1/task/%1/children").arg(first));
    if (!children.open(QIODevice::ReadOnly))
        return;
    const QByteArrayList pids = children.readAll().simplified().split(' ');
    for (const QByteArray &pid : pids) {
        if (pid.toInt() > 0)
            ::kill(pid.toInt(), signal);
    }
}

void PostgresServer::stop()
{
    if (!isRunning())
        return;
    ::kill(pid_t(processId()), SIGINT); // "fast": ends the sessions
    if (!m_server->waitForFinished(patience))
        m_server->kill();
    m_server.reset();
}

void PostgresServer::crash()
{
    if (!isRunning())
        return;
    ::kill(pid_t(processId()), SIGQUIT);
    m_server->waitForFinished(patience);
    m_server.reset();
}

QString PostgresServer::makeDatabase(const QString &options)
{
    const QString name = QStringLiteral("rookery%1").arg(++m_databases);
    const QString said =
        ask(QStringLiteral("postgres"), QStringLiteral("CREATE DATABASE %1 %2").arg(name, options));
    if (said == QLatin1String("CREATE DATABASE"))
        return name;
    m_why = said;
    return {};
}

bool PostgresServer::dropDatabase(const QString &database)
{
    const QString said =
        ask(QStringLiteral("postgres"), QStringLiteral("DROP DATABASE %1 WITH (FORCE)").arg(database));
    m_why = said;
    return said == QLatin1String("DROP DATABASE");
}

QUrl PostgresServer::url(const QString &database) const
{
    return QUrl(QStringLiteral("postgresql:///%1?host=%2&user=rookery&connect_timeout=60%3")
                    .arg(database, m_folder.path(),
                        m_port == 0 ? QString() : QStringLiteral("&port=%1").arg(m_port)));
}

QString PostgresServer::conninfo(const QString &database) const
{
    return QStringLiteral("host=%1 user=rookery dbname=%2 connect_timeout=60%3")
        .arg(m_folder.path(), database, m_port == 0 ? QString() : QStringLiteral(" port=%1").arg(m_port));
}

QString PostgresServer::ask(const QString &database, const QString &sql) const
{
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
        PQconnectdb(conninfo(database).toUtf8().constData()), &PQfinish);
    PGconn *const pq = connection.get();
    PQsetNoticeProcessor(
        pq, [](void *, const char *) {}, nullptr);
    if (PQstatus(pq) != CONNECTION_OK || PQsendQuery(pq, sql.toUtf8().constData()) == 0)
        return QString::fromUtf8(PQerrorMessage(pq)).trimmed();
    QStringList lines;
    QElapsedTimer since;
    since.start();
    while (true) {
        while (PQisBusy(pq) != 0) {
            pollfd socket{PQsocket(pq), POLLIN, 0};
            if (since.elapsed() > patience || poll(&socket, 1, patience) <= 0 || PQconsumeInput(pq) == 0)
                return QString::fromUtf8(PQerrorMessage(pq)).trimmed();
        }
        const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQgetResult(pq), &PQclear);
        if (!result)
            return lines.join(u'\n').trimmed();
        lines += linesOf(result.get());
    }
}

} // namespace rookery::test
