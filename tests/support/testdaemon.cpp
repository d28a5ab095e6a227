// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/testdaemon.h"

#include "tests/support/evidence.h"
#include "tests/support/postgresserver.h"

#include <QDeadlineTimer>
#include <QProcessEnvironment>

#include <sys/resource.h>

namespace rookery::test {

namespace {

constexpr int patience = 30'000;

QProcessEnvironment cleanEnvironment(const QMap<QString, QString> &additions)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    const QStringList names = environment.keys();
    for (const QString &name : names) {
        if (name.startsWith(QLatin1String("ROOKERY_")))
            environment.remove(name);
    }
    // CMakeLists.txt runs what talks to a daemon with one I/O thread and with four.
    const QString ioThreads = qEnvironmentVariable("ROOKERY_TEST_IO_THREADS");
    if (!ioThreads.isEmpty())
        environment.insert(QStringLiteral("ROOKERY_SERVER_IO_THREADS"), ioThreads);
    for (auto it = additions.cbegin(); it != additions.cend(); ++it)
        environment.insert(it.key(), it.value());
    return environment;
}

/// The URL of a new database, if CMakeLists.txt runs the test on PostgreSQL; empty: on SQLite.
QString newDatabase()
{
    if (qEnvironmentVariable("ROOKERY_TEST_STORAGE") != QLatin1String("postgresql"))
        return {};
    static PostgresServer server;
    // Daemons are killed here, and the power stays.
    if (!server.isRunning() && !server.start({QStringLiteral("fsync=off")}))
        qFatal("%s", qPrintable(server.why()));
    const QString database = server.makeDatabase();
    if (database.isEmpty())
        qFatal("%s", qPrintable(server.why()));
    return server.url(database).toString(QUrl::FullyEncoded);
}

QString program()
{
    return qEnvironmentVariable("ROOKERY_TEST_DAEMON");
}

} // namespace

TestDaemon::TestDaemon(QStringList arguments, QMap<QString, QString> environment)
    : m_arguments(std::move(arguments))
    , m_environment(std::move(environment))
{
    static const QString storage = QStringLiteral("ROOKERY_STORAGE_URL");
    if (const QString url = newDatabase(); !url.isEmpty() && !m_environment.contains(storage))
        m_environment.insert(storage, url);
}

TestDaemon::~TestDaemon()
{
    const bool started = m_process || !m_log.isEmpty();
    kill();
    if (started)
        keepEvidence(QStringLiteral("daemon"), m_log, m_data.path());
}

bool TestDaemon::start()
{
    QStringList arguments{QStringLiteral("--data"), m_data.path()};
    arguments += m_arguments;
    if (!m_listening.isEmpty()) {
        // A restart: the same ports, so that clients find their way back.
        while (const qsizetype at = arguments.indexOf(QLatin1String("--listen")) + 1) {
            arguments.removeAt(at);
            arguments.removeAt(at - 1);
        }
        for (const QUrl &url : std::as_const(m_listening))
            arguments += {QStringLiteral("--listen"), url.toString()};
    } else if (!arguments.contains(QLatin1String("--listen"))) {
        arguments += {QStringLiteral("--listen"), QStringLiteral("http://127.0.0.1:0")};
    }
    const auto expected = arguments.count(QLatin1String("--listen"));
    m_listening.clear();

    m_process = std::make_unique<QProcess>();
    m_process->setProcessEnvironment(cleanEnvironment(m_environment));
    if (m_descriptors > 0) {
        m_process->setChildProcessModifier([limit = rlim_t(m_descriptors)] {
            const rlimit few{limit, limit};
            ::setrlimit(RLIMIT_NOFILE, &few);
        });
    }
    m_process->start(program(), arguments);
    QDeadlineTimer deadline(patience);
    while (m_listening.size() < expected && !deadline.hasExpired()) {
        if (!m_process->waitForReadyRead(int(deadline.remainingTime()))
            && m_process->state() != QProcess::Running)
            return false;
        while (m_process->canReadLine()) {
            const QByteArray line = m_process->readLine().trimmed();
            const QByteArray prefix("rookeryd ready: ");
            if (line.startsWith(prefix))
                m_listening.append(QUrl(QString::fromUtf8(line.mid(prefix.size()))));
        }
    }
    return m_listening.size() == expected;
}

int TestDaemon::terminate()
{
    if (!m_process)
        return -1;
    m_process->terminate();
    const bool ended = m_process->state() == QProcess::NotRunning || m_process->waitForFinished(patience);
    log();
    const int code = ended && m_process->exitStatus() == QProcess::NormalExit ? m_process->exitCode() : -1;
    kill();
    return code;
}

void TestDaemon::kill()
{
    if (!m_process)
        return;
    m_process->kill();
    m_process->waitForFinished(patience);
    log();
    m_process.reset();
}

QUrl TestDaemon::url(const QString &scheme) const
{
    for (const QUrl &url : m_listening) {
        if (url.scheme() == scheme)
            return url;
    }
    return {};
}

QUrl TestDaemon::webSocketUrl(const QString &pathAndQuery, const QString &scheme) const
{
    QUrl url = this->url(scheme == QLatin1String("wss") ? QStringLiteral("https") : QStringLiteral("http"));
    url.setScheme(scheme);
    return url.resolved(QUrl(pathAndQuery));
}

QByteArray TestDaemon::log()
{
    if (m_process)
        m_log += m_process->readAllStandardError();
    return m_log;
}

Finished runDaemon(const QStringList &arguments, const QMap<QString, QString> &environment)
{
    QProcess process;
    process.setProcessEnvironment(cleanEnvironment(environment));
    process.start(program(), arguments);
    Finished finished;
    if (process.waitForFinished(patience) && process.exitStatus() == QProcess::NormalExit)
        finished.exitCode = process.exitCode();
    else
        process.kill();
    finished.output = process.readAllStandardOutput();
    finished.errors = process.readAllStandardError();
    keepEvidence(QStringLiteral("run"), finished.output + finished.errors);
    return finished;
}

} // namespace rookery::test
