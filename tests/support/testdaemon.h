// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMap>
#include <QProcess>
#include <QStringList>
#include <QTemporaryDir>
#include <QUrl>

#include <memory>

namespace rookery::test {

/// A real rookeryd in a child process, on free loopback ports and a data directory that is deleted with the
/// object. The program is named by ROOKERY_TEST_DAEMON, which rookery_test() sets.
class TestDaemon
{
public:
    /// `environment` is added to a clean one: the caller's ROOKERY_ variables do not reach the daemon.
    explicit TestDaemon(QStringList arguments = {}, QMap<QString, QString> environment = {});
    /// Ends the daemon if it still runs.
    ~TestDaemon();

    /// RLIMIT_NOFILE of the daemon, from the next start() on.
    void setDescriptorLimit(int descriptors) { m_descriptors = descriptors; }

    /// Sets an environment variable of the daemon, from the next start() on.
    void setEnvironment(const QString &name, const QString &value) { m_environment.insert(name, value); }

    /// Starts it, on one http listener if the arguments name none, and waits until it is ready. False: see
    /// log().
    bool start();
    /// SIGTERM; waits for the exit and returns the exit code, -1 if it was killed or does not exit.
    int terminate();
    /// kill -9: for the process the same as a power loss.
    void kill();

    /// The address of the first listener with that scheme; invalid if there is none. After a restart the
    /// ports are the same.
    QUrl url(const QString &scheme = QStringLiteral("http")) const;
    /// ws://… or wss://… for a path with its query.
    QUrl webSocketUrl(const QString &pathAndQuery, const QString &scheme = QStringLiteral("ws")) const;
    QString dataDirectory() const { return m_data.path(); }
    /// Its standard error so far.
    QByteArray log();
    bool running() const { return m_process && m_process->state() == QProcess::Running; }
    qint64 processId() const { return m_process ? m_process->processId() : 0; }

private:
    QStringList m_arguments;
    QMap<QString, QString> m_environment;
    QTemporaryDir m_data;
    int m_descriptors = 0; ///< 0: as in this process
    std::unique_ptr<QProcess> m_process;
    QList<QUrl> m_listening;
    QByteArray m_log;
};

/// Runs rookeryd until it exits; returns its output and exit code.
struct Finished
{
    int exitCode = -1;
    QByteArray output;
    QByteArray errors;
};
Finished runDaemon(const QStringList &arguments, const QMap<QString, QString> &environment = {});

} // namespace rookery::test
