// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ctl/progresslines.h"

#include "server/log.h"

#include <QLocale>

#include <memory>

#include <unistd.h>

namespace rookery::ctl {

namespace {

constexpr qint64 terminalInterval = 1'000; // milliseconds
constexpr qint64 interval = 10'000;

ProgressLines::Milliseconds clockOf()
{
    const auto timer = std::make_shared<QElapsedTimer>();
    timer->start();
    return [timer] { return timer->elapsed(); };
}

} // namespace

QString grouped(qint64 number)
{
    return QLocale(QLocale::English, QLocale::UnitedStates).toString(number);
}

ProgressLines::ProgressLines(std::FILE *stream)
    : ProgressLines(stream, ::isatty(::fileno(stream)) != 0, clockOf())
{ }

ProgressLines::ProgressLines(std::FILE *stream, bool isTerminal, Milliseconds clock)
    : m_stream(stream)
    , m_isTerminal(isTerminal)
    , m_clock(std::move(clock))
{ }

void ProgressLines::at(const QString &task, qint64 rows, qint64 of)
{
    const qint64 now = m_clock();
    // Where the same table is compared again, its rows begin anew.
    if (task != m_task || rows < m_firstRows) {
        m_task = task;
        m_begun = now;
        m_firstRows = rows;
    }
    if (now - m_told < (m_isTerminal ? terminalInterval : interval))
        return;
    m_told = now;
    QString line = task;
    if (of > 0) {
        line += QStringLiteral(": %1 of about %2 rows").arg(grouped(rows), grouped(of));
        const qint64 elapsed = now - m_begun;
        const qint64 done = rows - m_firstRows;
        if (elapsed > 0 && done > 0)
            line += QStringLiteral(", %1 rows/s, about %2 s left")
                        .arg(grouped(done * 1000 / elapsed), grouped((of - rows) * elapsed / done / 1000));
    }
    wipe();
    std::fputs(qUtf8Printable(line), m_stream);
    if (!m_isTerminal)
        std::fputc('\n', m_stream);
    std::fflush(m_stream);
    m_isLineOpen = m_isTerminal;
}

void ProgressLines::say(const QString &line)
{
    wipe();
    std::fputs(qUtf8Printable(printable(line) + QLatin1Char('\n')), m_stream);
    std::fflush(m_stream);
}

void ProgressLines::wipe()
{
    if (std::exchange(m_isLineOpen, false))
        std::fputs("\r\033[K", m_stream);
}

} // namespace rookery::ctl
