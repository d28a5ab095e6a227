#pragma once

#include <QProcess>
#include <QStringList>
#include <QUrl>

#include <sys/types.h>

#include <memory>

namespace rookery::bench {

/// A server of the benchmark's own in a process of its own, which says `NAME ready: URL` on its standard
/// output. It ends with the object, and with the benchmark where that is killed.
class Program
{
public:
    struct What
    {
        QString path;
        QStringList arguments;
        QProcessEnvironment environment;
        QByteArray announcement; ///< what stands before the URL
        QString log; ///< a file for its standard error; empty: nowhere
    };
    explicit Program(What what);
    ~Program();

    /// Starts it, or starts it anew, and waits until it is ready. Throws Failure.
    void start();
    /// SIGTERM, and waits for the end. Throws Failure where it does not end, or not well.
    void stop();

    QUrl url() const { return m_url; }
    pid_t pid() const { return pid_t(m_process->processId()); }

private:
    QString lastWords() const;

    What m_what;
    std::unique_ptr<QProcess> m_process;
    QUrl m_url;
};

} // namespace rookery::bench
