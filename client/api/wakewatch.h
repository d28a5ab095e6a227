// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

namespace rookery::client {

/// Detects that the computer was asleep: the wall clock has advanced and the timers' clock has not. Setting the
/// clock forward looks the same, which does no harm.
class WakeWatch : public QObject
{
    Q_OBJECT
public:
    explicit WakeWatch(QObject *parent = nullptr);

Q_SIGNALS:
    void wokeUp();

private:
    void check();

    QTimer m_timer;
    QElapsedTimer m_monotonic;
    qint64 m_wall = 0; ///< milliseconds of the epoch at the last check
};

} // namespace rookery::client
