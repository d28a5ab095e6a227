// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QString>

#include <chrono>
#include <cstdio>
#include <functional>

namespace rookery::ctl {

/// A number for people: `1,000,000`.
QString grouped(qint64 number);

/// Lines about work that takes long: how far it is, how fast, and how long it will take. On a terminal once a second, each in
/// the place of the one before; else every ten seconds.
class ProgressLines
{
public:
    using Milliseconds = std::function<qint64()>; ///< a clock

    explicit ProgressLines(std::FILE *stream);
    /// For tests.
    ProgressLines(std::FILE *stream, bool isTerminal, Milliseconds clock);

    /// `of`: how many rows there are, about; 0: not known.
    void at(const QString &task, qint64 rows, qint64 of);
    /// A line that stays, with control characters written out.
    void say(const QString &line);

private:
    void wipe();

    std::FILE *m_stream;
    bool m_isTerminal;
    Milliseconds m_clock;
    QString m_task;
    qint64 m_begun = 0; ///< when this task was heard of first, and how many rows there were already
    qint64 m_firstRows = 0;
    qint64 m_told = 0;
    bool m_isLineOpen = false;
};

} // namespace rookery::ctl
