#include "tests/bench/daemon.h"

#include "tests/bench/crew.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace rookery::bench {

namespace {

constexpr Nanos startPatience = 30 * second;
/// The daemon itself ends within ten seconds of SIGTERM.
constexpr int stopPatienceMs = 20'000;
constexpr int lookMs = 50;

QProcessEnvironment environment(const Options &options, int connections)
{
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    const QStringList names = environment.keys();
    for (const QString &name : names) {
        if (name.startsWith(QLatin1String("ROOKERY_")))
            environment.remove(name);
    }
    const QString off = QStringLiteral("0");
    environment.insert(QStringLiteral("ROOKERY_LIMITS_LOGINS_PER_MINUTE"), off);
    environment.insert(QStringLiteral("ROOKERY_LIMITS_MESSAGES_PER_SECOND"), off);
    environment.insert(QStringLiteral("ROOKERY_LIMITS_CONNECTIONS_PER_ADDRESS"), off);
    environment.insert(QStringLiteral("ROOKERY_LIMITS_CONNECTIONS"), QString::number(connections));
    environment.insert(QStringLiteral("ROOKERY_SERVER_LOG_LEVEL"), QStringLiteral("warning"));
    if (options.ioThreads > 0)
        environment.insert(QStringLiteral("ROOKERY_SERVER_IO_THREADS"), QString::number(options.ioThreads));
    return environment;
}

} // namespace

Daemon::Daemon(const Options &options, int connections)
    : m_program(options.daemon)
    , m_environment(environment(options, connections))
{
    if (m_program.isEmpty())
        m_program = QCoreApplication::applicationDirPath() + QStringLiteral("/rookeryd");
    if (!QFile::exists(m_program))
        throw Failure(QStringLiteral("There is no %1; give --daemon PATH, or --url of a running server.")
                          .arg(m_program));
    if (options.data.isEmpty()) {
        // /tmp is memory on many systems, and what is measured is durable.
        const QString place =
            QDir(QStringLiteral("/var/tmp")).exists() ? QStringLiteral("/var/tmp") : QDir::tempPath();
        m_temporary = std::make_unique<QTemporaryDir>(place + QStringLiteral("/rookery-bench-XXXXXX"));
        if (!m_temporary->isValid())
            throw Failure(QStringLiteral("No temporary directory can be made in %1.").arg(place));
        m_directory = m_temporary->path();
    } else {
        m_directory = options.data;
        if (!QDir().mkpath(m_directory))
            throw Failure(QStringLiteral("The directory %1 cannot be made.").arg(m_directory));
    }
    m_log = m_directory + QStringLiteral("/rookeryd.log");
    m_arguments =
        QStringList{QStringLiteral("--data"), m_directory, QStringLiteral("--listen"),
            options.tls ? QStringLiteral("https://127.0.0.1:0") : QStringLiteral("http://127.0.0.1:0")}
        + options.daemonArguments;
}

Daemon::~Daemon()
{
    if (!m_process)
        return;
    m_process->terminate();
    if (!m_process->waitForFinished(stopPatienceMs)) {
        m_process->kill();
        m_process->waitForFinished(stopPatienceMs);
    }
}

void Daemon::start()
{
    m_process = std::make_unique<QProcess>();
    m_process->setProcessEnvironment(m_environment);
    m_process->setStandardErrorFile(m_log, QIODevice::Append);
    m_process->setChildProcessModifier([] {
        // Ctrl-C is for the benchmark, which ends its daemon; and when the benchmark is killed, that goes
        // too.
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    });
    m_process->start(m_program, m_arguments);
    const QByteArray announcement("rookeryd ready: ");
    const Nanos deadline = now() + startPatience;
    for (;;) {
        while (m_process->canReadLine()) {
            const QByteArray line = m_process->readLine().trimmed();
            if (!line.startsWith(announcement))
                continue;
            m_url = QUrl(QString::fromUtf8(line.mid(announcement.size())));
            return;
        }
        if (interrupted())
            throw Interrupted();
        if (m_process->state() == QProcess::NotRunning)
            throw Failure(QStringLiteral("%1 did not start: %2").arg(m_program, logTail()));
        if (now() > deadline)
            throw Failure(QStringLiteral("%1 does not say that it is ready: %2").arg(m_program, logTail()));
        m_process->waitForReadyRead(lookMs);
    }
}

void Daemon::stop()
{
    m_process->terminate();
    const Nanos deadline = now() + stopPatienceMs * millisecond;
    while (m_process->state() != QProcess::NotRunning && !m_process->waitForFinished(lookMs)) {
        if (now() > deadline)
            throw Failure(QStringLiteral("%1 does not end after SIGTERM.").arg(m_program));
    }
    if (m_process->exitStatus() != QProcess::NormalExit || m_process->exitCode() != 0)
        throw Failure(QStringLiteral("%1 ended badly: %2").arg(m_program, logTail()));
}

QString Daemon::logTail() const
{
    constexpr qint64 tail = 1000;
    QFile file(m_log);
    if (!file.open(QIODevice::ReadOnly))
        return m_process->errorString();
    file.seek(std::max<qint64>(0, file.size() - tail));
    const QString text = QString::fromUtf8(file.readAll()).trimmed();
    return text.isEmpty() ? m_process->errorString() : text;
}

} // namespace rookery::bench
