// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

namespace rookery::client {

/// Notices that the computer was asleep: the clock on the wall has gone on and the timers' clock has not. A
/// clock that is set forward looks the same, which does no harm.
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
