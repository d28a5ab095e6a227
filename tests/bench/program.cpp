#include "tests/bench/program.h"

#include "tests/bench/crew.h"

#include <QFile>

#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace rookery::bench {

namespace {

constexpr Nanos startPatience = 30 * second;
/// rookeryd ends within ten seconds of SIGTERM.
constexpr int stopPatienceMs = 20'000;
constexpr int lookMs = 50;

} // namespace

Program::Program(What what)
    : m_what(std::move(what))
{ }

Program::~Program()
{
    if (!m_process || m_process->state() == QProcess::NotRunning)
        return;
    m_process->terminate();
    if (!m_process->waitForFinished(stopPatienceMs)) {
        m_process->kill();
        m_process->waitForFinished(stopPatienceMs);
    }
}

void Program::start()
{
    m_process = std::make_unique<QProcess>();
    m_process->setProcessEnvironment(m_what.environment);
    m_process->setStandardErrorFile(
        m_what.log.isEmpty() ? QProcess::nullDevice() : m_what.log, QIODevice::Append);
    m_process->setChildProcessModifier([] {
        // Ctrl-C is for the benchmark, which ends its programs; and when it is killed, they go too.
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    });
    m_process->start(m_what.path, m_what.arguments);
    const Nanos deadline = now() + startPatience;
    for (;;) {
        while (m_process->canReadLine()) {
            const QByteArray line = m_process->readLine().trimmed();
            if (!line.startsWith(m_what.announcement))
                continue;
            m_url = QUrl(QString::fromUtf8(line.mid(m_what.announcement.size())));
            return;
        }
        if (interrupted())
            throw Interrupted();
        if (m_process->state() == QProcess::NotRunning)
            throw Failure(QStringLiteral("%1 did not start: %2").arg(m_what.path, lastWords()));
        if (now() > deadline)
            throw Failure(
                QStringLiteral("%1 does not say that it is ready: %2").arg(m_what.path, lastWords()));
        m_process->waitForReadyRead(lookMs);
    }
}

void Program::stop()
{
    m_process->terminate();
    const Nanos deadline = now() + stopPatienceMs * millisecond;
    while (m_process->state() != QProcess::NotRunning && !m_process->waitForFinished(lookMs)) {
        if (now() > deadline)
            throw Failure(QStringLiteral("%1 does not end after SIGTERM.").arg(m_what.path));
    }
    if (m_process->exitStatus() != QProcess::NormalExit || m_process->exitCode() != 0)
        throw Failure(QStringLiteral("%1 ended badly: %2").arg(m_what.path, lastWords()));
}

QString Program::lastWords() const
{
    constexpr qint64 tail = 1000;
    QFile file(m_what.log);
    if (m_what.log.isEmpty() || !file.open(QIODevice::ReadOnly))
        return m_process->errorString();
    file.seek(std::max<qint64>(0, file.size() - tail));
    const QString text = QString::fromUtf8(file.readAll()).trimmed();
    return text.isEmpty() ? m_process->errorString() : text;
}

} // namespace rookery::bench
