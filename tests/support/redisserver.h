// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

#include <memory>

namespace rookery::test {

/// A real Redis (or Valkey) of this machine's, as a server or a Sentinel: in a scratch folder, on a Unix socket there and a free port
/// of 127.0.0.1, without a file of its data.
class RedisServer
{
public:
    enum class Kind { Server, Sentinel };

    explicit RedisServer(Kind kind = Kind::Server)
        : m_kind(kind)
    { }
    /// Ends the server if it still runs, frozen or not.
    ~RedisServer();
    RedisServer(const RedisServer &) = delete;
    RedisServer &operator=(const RedisServer &) = delete;

    /// Starts it with these lines of redis.conf and waits until it answers; with the port that it had before, if it had one. False:
    /// why() says why.
    bool start(const QStringList &lines = {});
    /// SIGKILL.
    void kill();
    /// SIGSTOP: connections stay, and nothing is answered.
    void freeze();
    void thaw();

    QString why() const { return m_why; }
    qint64 processId() const { return m_server ? m_server->processId() : 0; }
    bool isRunning() const { return m_server && m_server->state() == QProcess::Running; }

    /// A file of its folder.
    QString path(const QString &name) const { return m_folder.filePath(name); }
    QString socket() const { return path(QStringLiteral("redis.sock")); }
    quint16 port() const { return m_port; }
    /// One that nobody listens on, for `tls-port`.
    static quint16 freePort();
    /// Of the next ask(): for a server that wants it.
    void setPassword(const QString &password) { m_password = password; }
    /// What redis-cli prints for a command.
    QString ask(const QStringList &words) const;

private:
    bool startOnce(const QStringList &lines);

    const Kind m_kind;
    QTemporaryDir m_folder;
    quint16 m_port = 0;
    QString m_password;
    QString m_why;
    std::unique_ptr<QProcess> m_server;
};

} // namespace rookery::test
