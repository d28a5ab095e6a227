// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/readgate.h"

#include <QScopedValueRollback>

#include <algorithm>

namespace rookery::core {

namespace {

using namespace std::chrono_literals;

constexpr double microsecondsPerSecond = 1e6 / 3;
constexpr auto longestRest = 10s;
constexpr qint64 mostCounted = 1'000'000; ///< microseconds of one read
constexpr qint64 piece = 10'000;
/// Rests that are over are forgotten when there are so many.
constexpr qsizetype restsKept = 64;

} // namespace

ReadGate::ReadGate(QObject *parent)
    : QObject(parent)
    , m_pace(microsecondsPerSecond, double(std::chrono::microseconds(credit).count()))
{
    m_rested.setSingleShot(true);
    m_rested.setTimerType(Qt::PreciseTimer);
    connect(&m_rested, &QTimer::timeout, this, &ReadGate::serve);
}

ReadGate::~ReadGate() = default;

bool ReadGate::enter(const QString &owner, Turn turn)
{
    auto &queue = m_queues[owner];
    if (queue.size() >= waitingPerUser)
        return false;
    if (queue.empty())
        m_order.push_back(owner);
    queue.push_back(std::move(turn));
    ++m_waiting;
    serve();
    return true;
}

void ReadGate::leave(const QString &owner, Clock::time_point began)
{
    --m_underWay;
    const Clock::time_point now = Clock::now();
    const auto read = std::chrono::duration_cast<std::chrono::microseconds>(now - began);
    std::chrono::milliseconds rest{};
    // In pieces: no bucket gives more than it holds.
    for (qint64 left = std::clamp<qint64>(read.count(), 1, mostCounted); left > 0; left -= piece)
        rest = m_pace.takeAhead(owner, longestRest, int(std::min(left, piece))).value_or(longestRest);
    if (rest.count() > 0) {
        if (m_resting.size() >= restsKept)
            m_resting.removeIf([now](const auto &one) { return one.value() <= now; });
        m_resting.insert(owner, now + rest);
    }
    serve();
}

std::deque<QString>::iterator ReadGate::nextOwner()
{
    const Clock::time_point now = Clock::now();
    Clock::time_point first = now + longestRest;
    const auto next = std::find_if(m_order.begin(), m_order.end(), [&](const QString &owner) {
        const auto resting = m_resting.constFind(owner);
        if (resting == m_resting.constEnd() || *resting <= now)
            return true;
        first = std::min(first, *resting);
        return false;
    });
    if (next == m_order.end() && !m_order.empty())
        m_rested.start(std::chrono::ceil<std::chrono::milliseconds>(first - now));
    return next;
}

void ReadGate::serve()
{
    if (m_running)
        return;
    const QScopedValueRollback guard(m_running, true);
    while (m_underWay < underWay) {
        const auto next = nextOwner();
        if (next == m_order.end())
            return;
        const QString owner = *next;
        m_order.erase(next);
        const auto queue = m_queues.find(owner);
        const Turn turn = std::move(queue->front());
        queue->pop_front();
        if (queue->empty())
            m_queues.erase(queue);
        else
            m_order.push_back(owner);
        --m_waiting;
        ++m_underWay;
        turn();
    }
}

} // namespace rookery::core
