// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/program.h"

#include "tests/support/evidence.h"
#include "tests/wire/load/crew.h"

#include <QFile>
#include <QFileInfo>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace rookery::bench {

using namespace load;

namespace {

constexpr Nanos startPatience = 30 * second;
/// rookeryd ends within ten seconds of SIGTERM.
constexpr int stopPatienceMs = 20'000;
constexpr int lookMs = 20;
/// What a shell answers for a program that cannot be executed.
constexpr int exitNotExecuted = 127;

std::vector<char *> pointers(QByteArrayList &strings)
{
    std::vector<char *> all;
    for (QByteArray &string : strings)
        all.push_back(string.data());
    all.push_back(nullptr);
    return all;
}

QByteArrayList encoded(const QStringList &strings)
{
    QByteArrayList all;
    for (const QString &string : strings)
        all.append(QFile::encodeName(string));
    return all;
}

} // namespace

Program::Program(What what)
    : m_what(std::move(what))
{ }

Program::~Program()
{
    if (m_pid > 0) {
        ::kill(m_pid, SIGTERM);
        if (!waitForEnd(stopPatienceMs)) {
            ::kill(m_pid, SIGKILL);
            waitForEnd(stopPatienceMs);
        }
    }
    closeOutput();
    // The log of a server lies beside its data.
    if (!m_what.log.isEmpty())
        test::keepEvidence(QStringLiteral("program"), {}, QFileInfo(m_what.log).path());
}

void Program::start()
{
    spawn();
    awaitAnnouncement();
}

void Program::spawn()
{
    // All memory is taken before the fork: afterwards only what is safe in a signal handler may be called.
    const QByteArray path = QFile::encodeName(m_what.path);
    QByteArrayList arguments = encoded(QStringList{m_what.path} + m_what.arguments);
    QByteArrayList environment = encoded(m_what.environment);
    const std::vector<char *> argv = pointers(arguments);
    const std::vector<char *> envp = pointers(environment);
    const QByteArray log = QFile::encodeName(m_what.log.isEmpty() ? QStringLiteral("/dev/null") : m_what.log);
    constexpr mode_t onlyOwner = 0600;
    const int errors = ::open(log.constData(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, onlyOwner);
    int output[2];
    if (errors < 0 || ::pipe2(output, O_CLOEXEC) != 0) {
        const int problem = errno;
        if (errors >= 0)
            ::close(errors);
        throw Failure(QStringLiteral("%1 cannot be started: %2")
                          .arg(m_what.path, QString::fromLocal8Bit(std::strerror(problem))));
    }
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child == 0) {
        // Ctrl-C is for the benchmark, which ends its programs; and when it is killed, they go too.
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (::getppid() == parent && ::dup2(output[1], STDOUT_FILENO) >= 0
            && ::dup2(errors, STDERR_FILENO) >= 0)
            ::execve(path.constData(), argv.data(), envp.data());
        ::_exit(exitNotExecuted);
    }
    ::close(errors);
    ::close(output[1]);
    closeOutput();
    m_output = output[0];
    if (child < 0)
        throw Failure(QStringLiteral("%1 cannot be started: no process can be made.").arg(m_what.path));
    m_pid = child;
}

void Program::awaitAnnouncement()
{
    QByteArray said;
    const Nanos deadline = now() + startPatience;
    for (;;) {
        pollfd watched{m_output, POLLIN, 0};
        if (::poll(&watched, 1, lookMs) > 0) {
            char buffer[4096];
            const ssize_t count = ::read(m_output, buffer, sizeof buffer);
            said.append(buffer, std::max<qsizetype>(0, count));
        }
        const auto start = said.indexOf(m_what.announcement);
        const auto end = start < 0 ? -1 : said.indexOf('\n', start);
        if (end >= 0) {
            const auto url = start + m_what.announcement.size();
            m_url = QUrl(QString::fromUtf8(said.mid(url, end - url)));
            return;
        }
        if (interrupted())
            throw Interrupted();
        if (const auto status = waitForEnd(0))
            throw Failure(WIFEXITED(*status) && WEXITSTATUS(*status) == exitNotExecuted
                    ? QStringLiteral("%1 cannot be executed.").arg(m_what.path)
                    : QStringLiteral("%1 did not start: %2").arg(m_what.path, lastWords()));
        if (now() > deadline)
            throw Failure(
                QStringLiteral("%1 does not say that it is ready: %2").arg(m_what.path, lastWords()));
    }
}

void Program::stop()
{
    ::kill(m_pid, SIGTERM);
    const auto status = waitForEnd(stopPatienceMs);
    if (!status)
        throw Failure(QStringLiteral("%1 does not end after SIGTERM.").arg(m_what.path));
    if (!WIFEXITED(*status) || WEXITSTATUS(*status) != 0)
        throw Failure(QStringLiteral("%1 ended badly: %2").arg(m_what.path, lastWords()));
}

void Program::kill()
{
    if (m_pid <= 0)
        return;
    ::kill(m_pid, SIGKILL);
    ::waitpid(m_pid, nullptr, 0);
    m_pid = 0;
}

std::optional<int> Program::waitForEnd(int milliseconds)
{
    const Nanos deadline = now() + milliseconds * millisecond;
    for (;;) {
        int status = 0;
        if (::waitpid(m_pid, &status, WNOHANG) == m_pid) {
            m_pid = 0;
            return status;
        }
        if (now() >= deadline)
            return std::nullopt;
        std::this_thread::sleep_for(std::chrono::milliseconds(lookMs));
    }
}

void Program::closeOutput()
{
    if (m_output >= 0)
        ::close(m_output);
    m_output = -1;
}

QString Program::lastWords() const
{
    constexpr qint64 tail = 1000;
    QFile file(m_what.log);
    if (m_what.log.isEmpty() || !file.open(QIODevice::ReadOnly))
        return QStringLiteral("it left no word.");
    file.seek(std::max<qint64>(0, file.size() - tail));
    const QString text = QString::fromUtf8(file.readAll()).trimmed();
    return text.isEmpty() ? QStringLiteral("it left no word.") : text;
}

} // namespace rookery::bench
