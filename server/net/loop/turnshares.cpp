// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/turnshares.h"

#include <QAbstractEventDispatcher>
#include <QHashFunctions>
#include <QScopedValueRollback>
#include <QTimerEvent>

#include <algorithm>
#include <cstring>
#include <utility>

namespace rookery::net {

TurnShares::TurnShares(QObject *parent)
    : QObject(parent)
{
    connect(QAbstractEventDispatcher::instance(), &QAbstractEventDispatcher::awake, this, [this] {
        ++m_turn;
        m_turnBegan = Clock::now();
    });
}

/// Distinguishes networks as networkOf() does, without making a string.
quint16 TurnShares::placeOf(const QHostAddress &address)
{
    bool isIpv4 = false;
    quint64 network = address.toIPv4Address(&isIpv4);
    if (!isIpv4) {
        const Q_IPV6ADDR bytes = address.toIPv6Address();
        std::memcpy(&network, bytes.c, sizeof network);
    }
    return quint16(qHash(network, QHashSeed::globalSeed()) % placeCount);
}

void TurnShares::count(quint16 number, Clock::time_point began, Clock::time_point ended)
{
    Place &place = m_places[number];
    if (place.turn != m_turn) {
        place.turn = m_turn;
        place.spent = {};
    }
    place.spent += ended - began;
    place.due = std::max(place.due, began) + parts * (ended - began);
    noteActive(number, ended);
}

bool TurnShares::hasShare(quint16 number) const
{
    const Place &place = m_places[number];
    return place.turn != m_turn || place.spent < share;
}

bool TurnShares::mustRest(quint16 number, Clock::time_point now) const
{
    const Seen &other = m_last.place != number ? m_last : m_lastOther;
    return m_places[number].due > now + credit && other.place >= 0 && now - other.at < awayAfter;
}

bool TurnShares::mayGoOn(Waiter *waiter, quint16 number, Clock::time_point now)
{
    if (waiter == m_current)
        return true;
    if (waiter->m_waits)
        return false;
    Place &place = m_places[number];
    // Waiters come first.
    if (place.waiting.isEmpty() && hasShare(number) && !mustRest(number, now))
        return true;
    waiter->m_waits = true;
    waiter->m_place = number;
    place.waiting.push_back(waiter);
    if (!std::exchange(place.ordered, true)) {
        m_order.push_back(number);
        startTimer();
    }
    return false;
}

void TurnShares::cancel(Waiter *waiter)
{
    if (waiter == m_current)
        m_current = nullptr;
    if (!std::exchange(waiter->m_waits, false))
        return;
    auto &waiting = m_places[waiter->m_place].waiting;
    *std::ranges::find(waiting, waiter) = nullptr;
}

void TurnShares::timerEvent(QTimerEvent *event)
{
    if (event->timerId() != m_next.timerId()) {
        QObject::timerEvent(event);
        return;
    }
    const auto now = Clock::now();
    for (size_t left = m_order.size(); left > 0; --left) {
        const quint16 number = m_order.front();
        m_order.pop_front();
        if (!mustRest(number, now))
            serve(number, now);
        Place &place = m_places[number];
        place.ordered = !place.waiting.isEmpty();
        if (place.ordered)
            m_order.push_back(number);
    }
    startTimer();
}

void TurnShares::serve(quint16 number, Clock::time_point now)
{
    Place &place = m_places[number];
    // What this network used while others waited belonged to the turn that is ending.
    place.turn = m_turn;
    place.spent = {};
    while (!place.waiting.isEmpty() && place.spent < share && !mustRest(number, now)) {
        Waiter *const waiter = place.waiting.first();
        place.waiting.removeFirst();
        if (!waiter)
            continue;
        waiter->m_waits = false;
        const QScopedValueRollback current(m_current, waiter);
        waiter->shareCame();
    }
}

/// With zero delay if some waiter need not rest.
void TurnShares::startTimer()
{
    if (m_order.empty()) {
        m_next.stop();
        return;
    }
    const auto now = Clock::now();
    Clock::duration rest = awayAfter;
    for (const quint16 number : m_order)
        rest = std::min(rest, mustRest(number, now) ? m_places[number].due - credit - now : rest.zero());
    m_next.start(int(std::chrono::ceil<std::chrono::milliseconds>(rest).count()), Qt::PreciseTimer, this);
}

} // namespace rookery::net
