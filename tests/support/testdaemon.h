// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMap>
#include <QProcess>
#include <QStringList>
#include <QTemporaryDir>
#include <QUrl>

#include <memory>

namespace rookery::test {

/// A real rookeryd in a process of its own, on free ports of the loopback and a data directory that goes with
/// the object. The program is named by ROOKERY_TEST_DAEMON, which rookery_test() sets.
class TestDaemon
{
public:
    /// `environment` is added to a clean one: no ROOKERY_ variable of the caller's reaches the daemon.
    explicit TestDaemon(QStringList arguments = {}, QMap<QString, QString> environment = {});
    /// Ends the daemon if it still runs.
    ~TestDaemon();

    /// RLIMIT_NOFILE of the daemon, from the next start() on.
    void setDescriptorLimit(int descriptors) { m_descriptors = descriptors; }

    /// Of the daemon, from the next start() on.
    void setEnvironment(const QString &name, const QString &value) { m_environment.insert(name, value); }

    /// Starts it, on one http listener where the arguments name none, and waits until it is ready. False: see
    /// log().
    bool start();
    /// SIGTERM; waits for the end and answers the exit code, -1 where it was killed or does not end.
    int terminate();
    /// kill -9, as a power cut for the process.
    void kill();

    /// Of the first listener of that scheme; invalid where there is none. After a restart the ports are the
    /// same.
    QUrl url(const QString &scheme = QStringLiteral("http")) const;
    /// ws://… or wss://… for a path with its query.
    QUrl webSocketUrl(const QString &pathAndQuery, const QString &scheme = QStringLiteral("ws")) const;
    QString dataDirectory() const { return m_data.path(); }
    /// What it has written to standard error so far.
    QByteArray log();
    bool running() const { return m_process && m_process->state() == QProcess::Running; }
    qint64 processId() const { return m_process ? m_process->processId() : 0; }

private:
    QStringList m_arguments;
    QMap<QString, QString> m_environment;
    QTemporaryDir m_data;
    int m_descriptors = 0; ///< 0: as many as this process
    std::unique_ptr<QProcess> m_process;
    QList<QUrl> m_listening;
    QByteArray m_log;
};

/// Runs rookeryd to its end and answers what it wrote and its exit code.
struct Finished
{
    int exitCode = -1;
    QByteArray output;
    QByteArray errors;
};
Finished runDaemon(const QStringList &arguments, const QMap<QString, QString> &environment = {});

} // namespace rookery::test
