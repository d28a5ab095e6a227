// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/desktop/desktopprocess.h"

#include <QDeadlineTimer>
#include <QJsonDocument>

namespace rookery::faults {

namespace {

using namespace Qt::StringLiterals;

constexpr int answerTimeoutMs = 30'000;
constexpr qsizetype complaintBytes = 4'000;

} // namespace

DesktopProcess::DesktopProcess(QString program, QStringList arguments)
    : m_program(std::move(program))
    , m_arguments(std::move(arguments))
{ }

DesktopProcess::~DesktopProcess()
{
    kill();
}

bool DesktopProcess::start()
{
    kill();
    m_started = false;
    m_report.reset();
    m_process = std::make_unique<QProcess>();
    connect(m_process.get(), &QProcess::readyReadStandardOutput, this, &DesktopProcess::readAll);
    connect(m_process.get(), &QProcess::readyReadStandardError, this,
        [this] { m_complaints = (m_complaints + m_process->readAllStandardError()).right(complaintBytes); });
    m_process->start(m_program, m_arguments);
    return waitFor([this] { return m_started; }, answerTimeoutMs);
}

void DesktopProcess::kill()
{
    if (!m_process)
        return;
    m_process->kill();
    m_process->waitForFinished(answerTimeoutMs);
    // Its output before the kill is in the pipe.
    readAll();
    m_process.reset();
}

bool DesktopProcess::end()
{
    if (!m_process)
        return false;
    m_process->closeWriteChannel();
    const bool ended = m_process->waitForFinished(answerTimeoutMs);
    readAll();
    const bool isGood =
        ended && m_process->exitStatus() == QProcess::NormalExit && m_process->exitCode() == 0;
    kill();
    return isGood;
}

void DesktopProcess::type(const QString &room, const QString &text)
{
    write({{u"do"_s, u"type"_s}, {u"room"_s, room}, {u"text"_s, text}});
}

std::optional<QJsonObject> DesktopProcess::report(bool whole)
{
    if (!m_process)
        return {};
    m_report.reset();
    write({{u"do"_s, whole ? u"read"_s : u"report"_s}});
    waitFor([this] { return m_report.has_value(); }, answerTimeoutMs);
    return m_report;
}

void DesktopProcess::write(const QJsonObject &command)
{
    if (m_process)
        m_process->write(QJsonDocument(command).toJson(QJsonDocument::Compact) + '\n');
}

void DesktopProcess::readAll()
{
    while (m_process && m_process->canReadLine()) {
        const QJsonObject said = QJsonDocument::fromJson(m_process->readLine()).object();
        const QString what = said[u"is"_s].toString();
        const QString text = said[u"text"_s].toString();
        if (what == u"started"_s) {
            m_started = true;
        } else if (what == u"report"_s) {
            m_report = said;
        } else if (what == u"typed"_s) {
            Q_EMIT typed(text);
        } else if (what == u"refused"_s) {
            Q_EMIT refused(text);
        }
    }
}

bool DesktopProcess::waitFor(const std::function<bool()> &condition, int milliseconds)
{
    const QDeadlineTimer deadline(milliseconds);
    while (!condition()) {
        if (m_process->state() == QProcess::NotRunning || deadline.hasExpired())
            return false;
        m_process->waitForReadyRead(50);
    }
    return true;
}

} // namespace rookery::faults
