// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>
#include <QUrl>

#include <csignal>
#include <memory>

namespace rookery::test {

/// A real PostgreSQL server of this machine's, with a data directory of its own in a scratch folder and a Unix socket;
/// with a port only where setPort() gives it one. The server refuses to run as root: started by root it runs as the
/// user `postgres`, or else `nobody`.
class PostgresServer
{
public:
    PostgresServer() = default;
    /// Ends the server if it still runs.
    ~PostgresServer();
    PostgresServer(const PostgresServer &) = delete;
    PostgresServer &operator=(const PostgresServer &) = delete;

    /// From the next start on it also listens on this port of 127.0.0.1.
    void setPort(quint16 port) { m_port = port; }
    quint16 port() const { return m_port; }

    /// Makes the data directory at the first call, starts the server with these settings (`name=value`), and waits until
    /// it takes connections. False: why() says why.
    bool start(const QStringList &settings = {});
    /// An orderly end; waits for it.
    void stop();
    /// SIGQUIT, which makes the server leave at once, without writing anything: the next start recovers from its log.
    void crash();
    /// SIGSTOP to all its processes: connections stay, and nothing is answered.
    void freeze() { signalAll(SIGSTOP); }
    void thaw() { signalAll(SIGCONT); }

    /// In place of the first start(): the data directory is a copy of the other's, which runs, with its settings in
    /// postgresql.auto.conf. A standby of it, called `name` in its synchronous_standby_names; without a name, a backup.
    bool copy(const PostgresServer &primary, const QString &name = {});
    /// Of a standby; waits until it takes writes.
    bool promote();
    /// Where the server's sockets are: a host for libpq.
    QString host() const { return m_folder.path(); }

    /// What it has written to its log so far.
    QByteArray log() const;

    QString why() const { return m_why; }
    bool isRunning() const { return m_server && m_server->state() == QProcess::Running; }
    qint64 processId() const { return m_server ? m_server->processId() : 0; }

    /// An empty database of a name that no other one has. Returns the name; empty if it failed.
    QString makeDatabase(const QString &options = QStringLiteral("TEMPLATE template0 ENCODING 'UTF8'"));
    /// With all that is in it, whoever is connected to it.
    bool dropDatabase(const QString &database);
    /// For libpq.
    QString conninfo(const QString &database) const;
    /// The same as a URL.
    QUrl url(const QString &database) const;
    /// What the server answers, on a connection of its own: a line per row, with '|' between the columns, and the tag of each
    /// command that returns none; of an error what it says.
    QString ask(const QString &database, const QString &sql) const;

private:
    bool initialise();
    bool prepareFolder();
    /// Runs one of the server's programs as its user.
    bool run(const QString &program, const QStringList &arguments);
    void signalAll(int signal) const;
    QString path(const QString &name) const { return m_folder.filePath(name); }

    QTemporaryDir m_folder;
    QString m_programs; ///< folder of initdb and postgres
    QString m_why;
    std::unique_ptr<QProcess> m_server;
    int m_databases = 0;
    quint16 m_port = 0;
};

} // namespace rookery::test
