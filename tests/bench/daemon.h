#pragma once

#include "tests/bench/options.h"

#include <QProcess>
#include <QTemporaryDir>

#include <memory>

namespace rookery::bench {

/// A rookeryd of the benchmark's own, on a free port of the loopback, with the limits lifted that a load
/// generator on one address runs into: log-ins, messages per second and connections. It ends with the object,
/// and its data with it unless they were asked to be kept.
class Daemon
{
public:
    /// `connections` is how many it must take at once.
    Daemon(const Options &options, int connections);
    ~Daemon();

    /// Starts it and waits until it says that it is ready; after a stop() on the same data. Throws Failure.
    void start();
    /// SIGTERM, and waits for the end. Throws Failure where it does not end, or not well.
    void stop();

    QUrl url() const { return m_url; }
    pid_t pid() const { return pid_t(m_process->processId()); }
    QString dataDirectory() const { return m_directory; }

private:
    QString logTail() const;

    QString m_program;
    QStringList m_arguments;
    QProcessEnvironment m_environment;
    std::unique_ptr<QTemporaryDir> m_temporary;
    QString m_directory;
    QString m_log;
    std::unique_ptr<QProcess> m_process;
    QUrl m_url;
};

} // namespace rookery::bench
