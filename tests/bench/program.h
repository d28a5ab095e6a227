// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QUrl>

#include <sys/types.h>

#include <optional>
#include <string>

namespace rookery::bench {

/// A server of the benchmark's own in a process of its own, which says `NAME ready: URL` on its standard
/// output. It ends with the object, and with the benchmark where that is killed. Belongs to the main thread.
/// A bare fork: after QProcess, ThreadSanitizer no longer sees what the main thread locks.
class Program
{
public:
    struct What
    {
        QString path;
        QStringList arguments;
        QStringList environment; ///< NAME=VALUE
        QByteArray announcement; ///< what stands before the URL
        QString log; ///< a file for its standard error; empty: nowhere
    };
    explicit Program(What what);
    ~Program();
    Program(const Program &) = delete;
    Program &operator=(const Program &) = delete;

    /// Starts it, or starts it anew, and waits until it is ready. Throws Failure.
    void start();
    /// For the next start.
    void setArguments(const QStringList &arguments) { m_what.arguments = arguments; }
    /// Starts it and does not wait.
    void launch() { spawn(); }
    /// SIGTERM, and waits for the end. Throws Failure where it does not end, or not well.
    void stop();
    /// kill -9, and waits for the end.
    void kill();

    QUrl url() const { return m_url; }
    pid_t pid() const { return m_pid; }

private:
    void spawn();
    void awaitAnnouncement();
    /// Waits up to `milliseconds` for the end; its status as waitpid() tells it.
    std::optional<int> waitForEnd(int milliseconds);
    void closeOutput();
    QString lastWords() const;

    What m_what;
    pid_t m_pid = 0; ///< 0: it does not run
    int m_output = -1; ///< its standard output
    QUrl m_url;
};

} // namespace rookery::bench
