// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/live/headcheck.h"

#include "server/core/live/hub.h"

#include <QTimerEvent>

#include <algorithm>
#include <utility>

namespace rookery::core {

namespace {

constexpr int portionsInRound = 10;
/// How long a notice may take that the store's answer has overtaken.
constexpr std::chrono::milliseconds grace{50};

} // namespace

HeadCheck::HeadCheck(store::Store *store, Hub *hub, std::chrono::milliseconds round)
    : m_store(store)
    , m_hub(hub)
    , m_pause(std::max(round / portionsInRound, std::chrono::milliseconds(1)))
    , m_portions(portionsInRound)
{
    connect(hub, &Hub::headsInDoubt, this, &HeadCheck::hasten);
    schedule();
}

void HeadCheck::hasten(const QStringList &roomIds)
{
    const QStringList rooms = roomIds.isEmpty() ? m_hub->rooms() : roomIds;
    for (const QString &roomId : rooms)
        m_hastened.insert(roomId);
    if (!m_hurries)
        schedule();
}

void HeadCheck::schedule()
{
    m_hurries = !m_hastened.isEmpty() || !m_missing.empty();
    const auto pause = m_hurries ? std::min(grace, m_pause) : m_pause;
    m_timer.start(int(pause.count()), this);
}

void HeadCheck::timerEvent(QTimerEvent *event)
{
    if (event->timerId() != m_timer.timerId()) {
        QObject::timerEvent(event);
        return;
    }
    confirmMissing();
    if (!m_asking && isDue()) {
        if (QStringList roomIds = nextPortion(); !roomIds.isEmpty())
            ask(std::move(roomIds));
    }
    schedule();
}

bool HeadCheck::isDue()
{
    if (!m_hastened.isEmpty())
        return true;
    if (m_hurries)
        return false;
    if (++m_portions >= portionsInRound && m_left.isEmpty()) {
        m_portions = 0;
        m_left = m_hub->rooms();
        const qsizetype portion = (m_left.size() + portionsInRound - 1) / portionsInRound;
        m_portion = std::clamp<qsizetype>(portion, 1, mostRooms);
    }
    return !m_left.isEmpty();
}

QStringList HeadCheck::nextPortion()
{
    QStringList portion;
    for (auto one = m_hastened.begin(); one != m_hastened.end() && portion.size() < mostRooms;) {
        portion.append(*one);
        one = m_hastened.erase(one);
    }
    if (!portion.isEmpty())
        return portion;
    while (!m_left.isEmpty() && portion.size() < m_portion)
        portion.append(m_left.takeLast());
    return portion;
}

void HeadCheck::ask(QStringList roomIds)
{
    m_asking = true;
    m_store->heads(std::move(roomIds), this, [this](const Result<QHash<QString, qint64>> &heads) {
        m_asking = false;
        if (!heads)
            return; // the next round asks again
        for (auto head = heads->cbegin(); head != heads->cend(); ++head) {
            if (m_hub->isBehind(head.key(), head.value()))
                m_missing.emplace_back(head.key(), head.value());
        }
        if (!m_missing.empty())
            schedule();
    });
}

void HeadCheck::confirmMissing()
{
    for (const auto &[roomId, seq] : std::exchange(m_missing, {})) {
        if (m_hub->isBehind(roomId, seq))
            m_hub->noteHead(roomId, seq);
    }
}

} // namespace rookery::core
