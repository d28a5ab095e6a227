// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/api/wakewatch.h"

#include <QDateTime>

namespace rookery::client {

namespace {

constexpr std::chrono::milliseconds period{1'000};
constexpr qint64 gap = 5'000; ///< milliseconds asleep that a connection does not care about

} // namespace

WakeWatch::WakeWatch(QObject *parent)
    : QObject(parent)
    , m_wall(QDateTime::currentMSecsSinceEpoch())
{
    m_monotonic.start();
    m_timer.setTimerType(Qt::CoarseTimer);
    connect(&m_timer, &QTimer::timeout, this, &WakeWatch::check);
    m_timer.start(period);
}

void WakeWatch::check()
{
    const qint64 wall = QDateTime::currentMSecsSinceEpoch();
    const qint64 asleep = wall - m_wall - m_monotonic.restart();
    m_wall = wall;
    if (asleep > gap)
        Q_EMIT wokeUp();
}

} // namespace rookery::client
