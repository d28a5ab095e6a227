// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QUrl>

#include <sys/types.h>

#include <optional>
#include <string>

namespace rookery::bench {

/// A server of the benchmark's own in a child process, which prints `NAME ready: URL` on its standard output.
/// It ends with the object, and with the benchmark if that is killed. Belongs to the main thread. Uses a bare
/// fork: after QProcess, ThreadSanitizer no longer sees the main thread's locks.
class Program
{
public:
    struct What
    {
        QString path;
        QStringList arguments;
        QStringList environment; ///< NAME=VALUE
        QByteArray announcement; ///< the text before the URL
        QString log; ///< a file for its standard error; empty: nowhere
    };
    explicit Program(What what);
    ~Program();
    Program(const Program &) = delete;
    Program &operator=(const Program &) = delete;

    /// Starts or restarts it, and waits until it is ready. Throws Failure.
    void start();
    /// For the next start.
    void setArguments(const QStringList &arguments) { m_what.arguments = arguments; }
    /// Starts it without waiting.
    void launch() { spawn(); }
    /// SIGTERM, and waits for the exit. Throws Failure if it does not exit, or exits with an error.
    void stop();
    /// kill -9, and waits for the exit.
    void kill();

    QUrl url() const { return m_url; }
    pid_t pid() const { return m_pid; }

private:
    void spawn();
    void awaitAnnouncement();
    /// Waits at most `milliseconds` for the exit; returns the status of waitpid().
    std::optional<int> waitForEnd(int milliseconds);
    void closeOutput();
    QString lastWords() const;

    What m_what;
    pid_t m_pid = 0; ///< 0: not running
    int m_output = -1; ///< its standard output
    QUrl m_url;
};

} // namespace rookery::bench
