// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/redisserver.h"

#include <QElapsedTimer>
#include <QFile>
#include <QStandardPaths>
#include <QTcpServer>

#include <csignal>
#include <sys/prctl.h>

namespace rookery::test {

namespace {

constexpr int patience = 60'000; // milliseconds; never a pause

QString program(const QStringList &names)
{
    for (const QString &name : names) {
        if (const QString found = QStandardPaths::findExecutable(name); !found.isEmpty())
            return found;
    }
    return {};
}

} // namespace

RedisServer::~RedisServer()
{
    kill();
}

quint16 RedisServer::freePort()
{
    QTcpServer server;
    server.listen(QHostAddress::LocalHost);
    return server.serverPort();
}

bool RedisServer::start(const QStringList &lines)
{
    // Between finding a free port and listening on it, another test can be faster.
    constexpr int mostTries = 5;
    const bool hadPort = m_port != 0;
    for (int i = 0; i < mostTries; ++i) {
        if (!hadPort)
            m_port = freePort();
        if (startOnce(lines))
            return true;
        if (!m_why.contains(QLatin1String("Address already in use")))
            break;
    }
    return false;
}

bool RedisServer::startOnce(const QStringList &lines)
{
    // The program is one, and goes by the name that it is called by. Debian has it under a name for checking files in the package
    // redis-tools; redis-server, which would run a server of the system's, adds little more than a link.
    const QString binary = program({QStringLiteral("redis-server"), QStringLiteral("redis-check-rdb"),
        QStringLiteral("valkey-server"), QStringLiteral("valkey-check-rdb")});
    if (binary.isEmpty()) {
        m_why = QStringLiteral("neither Redis nor Valkey is installed");
        return false;
    }
    const QString link = path(binary.contains(QLatin1String("valkey")) ? QStringLiteral("valkey-server")
                                                                       : QStringLiteral("redis-server"));
    if (!QFile::exists(link) && !QFile::link(binary, link)) {
        m_why = QStringLiteral("no link to %1 can be made").arg(binary);
        return false;
    }
    QStringList all{QStringLiteral("port %1").arg(m_port), QStringLiteral("bind 127.0.0.1"),
        QStringLiteral("unixsocket %1").arg(socket()), QStringLiteral("dir %1").arg(m_folder.path())};
    if (m_kind == Kind::Server)
        all += {QStringLiteral("save \"\""), QStringLiteral("appendonly no"),
            QStringLiteral("repl-diskless-sync-delay 0")};
    all += lines;
    // A Sentinel writes into its own.
    const QString file = path(QStringLiteral("redis.conf"));
    QFile configuration(file);
    const QByteArray text = all.join(u'\n').toUtf8() + '\n';
    if (!configuration.open(QIODevice::WriteOnly) || configuration.write(text) != text.size()) {
        m_why = configuration.errorString();
        return false;
    }
    configuration.close();
    QStringList arguments{file};
    if (m_kind == Kind::Sentinel)
        arguments.append(QStringLiteral("--sentinel"));
    const QString log = path(QStringLiteral("log"));
    QFile::remove(log);
    m_server = std::make_unique<QProcess>();
    // A test that is killed leaves no server behind.
    m_server->setChildProcessModifier([] { prctl(PR_SET_PDEATHSIG, SIGKILL); });
    m_server->setProcessChannelMode(QProcess::MergedChannels);
    m_server->setStandardOutputFile(log);
    m_server->start(link, arguments);
    QElapsedTimer since;
    since.start();
    const bool isStarted = m_server->waitForStarted(patience);
    while (isStarted && since.elapsed() < patience) {
        const QString said = ask({QStringLiteral("PING")});
        if (said == QLatin1String("PONG") || said.startsWith(QLatin1String("NOAUTH")))
            return true;
        m_server->waitForFinished(20); // between two attempts; at once if it has ended
        if (m_server->state() == QProcess::NotRunning)
            break;
    }
    QFile said(log);
    m_why = said.open(QIODevice::ReadOnly) ? QString::fromUtf8(said.readAll()) : m_server->errorString();
    return false;
}

void RedisServer::kill()
{
    if (!isRunning())
        return;
    m_server->kill();
    m_server->waitForFinished(patience);
    m_server.reset();
}

void RedisServer::freeze()
{
    ::kill(pid_t(m_server->processId()), SIGSTOP);
}

void RedisServer::thaw()
{
    ::kill(pid_t(m_server->processId()), SIGCONT);
}

QString RedisServer::ask(const QStringList &words) const
{
    QProcess client;
    client.setProcessChannelMode(QProcess::MergedChannels);
    if (!m_password.isEmpty()) {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        environment.insert(QStringLiteral("REDISCLI_AUTH"), m_password);
        client.setProcessEnvironment(environment);
    }
    client.start(program({QStringLiteral("redis-cli"), QStringLiteral("valkey-cli")}),
        QStringList{QStringLiteral("-s"), socket()} + words);
    client.waitForFinished(patience);
    return QString::fromUtf8(client.readAll()).trimmed();
}

} // namespace rookery::test
