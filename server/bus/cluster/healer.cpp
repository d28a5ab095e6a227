// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/cluster/healer.h"

#include <QTimerEvent>

#include <utility>

namespace rookery::bus {

namespace {

/// Between two looks at what is to be done: half of Sequencer::patience.
constexpr int tickMs = 15;
/// The same where the store could not be read.
constexpr int retryMs = 250;

} // namespace

Healer::Healer(Sequencer *sequencer, store::Store *store, bool stepsByItself)
    : m_sequencer(sequencer)
    , m_store(store)
    , m_stepsByItself(stepsByItself)
{ }

void Healer::doubt(const QStringList &rooms)
{
    for (const QString &roomId : rooms)
        m_doubted.insert(roomId);
    if (!m_doubted.isEmpty() && !m_timer.isActive())
        schedule(tickMs);
}

void Healer::wake()
{
    if (m_sequencer->hasHoles() && !m_timer.isActive())
        schedule(tickMs);
}

void Healer::timerEvent(QTimerEvent *event)
{
    if (event->timerId() != m_timer.timerId()) {
        QObject::timerEvent(event);
        return;
    }
    step();
}

void Healer::schedule(int pauseMs)
{
    if (m_stepsByItself)
        m_timer.start(pauseMs, this);
}

void Healer::step()
{
    schedule(std::exchange(m_hasFailed, false) ? retryMs : tickMs);
    askHeads();
    readHoles();
    if (m_doubted.isEmpty() && !m_asking && m_reads == 0 && !m_sequencer->hasHoles())
        m_timer.stop();
}

void Healer::askHeads()
{
    if (m_asking || m_doubted.isEmpty())
        return;
    QStringList rooms;
    for (auto one = m_doubted.begin(); one != m_doubted.end() && rooms.size() < mostRooms;) {
        rooms.append(*one);
        one = m_doubted.erase(one);
    }
    m_asking = true;
    m_store->heads(rooms, this, [this, rooms](const Result<QHash<QString, qint64>> &heads) {
        m_asking = false;
        if (!heads) {
            m_hasFailed = true;
            doubt(rooms);
            return;
        }
        for (auto head = heads->cbegin(); head != heads->cend(); ++head)
            m_sequencer->noteHead({head.key(), head.value()});
    });
}

void Healer::readHoles()
{
    if (m_reads >= mostReads)
        return;
    const auto holes = m_sequencer->takeHoles(mostReads - m_reads);
    for (const Sequencer::Hole &hole : holes)
        read(hole);
}

void Healer::read(const Sequencer::Hole &hole)
{
    ++m_reads;
    const auto failed = [this](const QString &roomId) {
        --m_reads;
        m_hasFailed = true;
        m_sequencer->giveUp(roomId);
    };
    m_store->findRoom(hole.roomId, {}, {}, this, [this, hole, failed](const Result<Room> &room) {
        if (!room) {
            failed(hole.roomId);
            return;
        }
        Room seen = *room;
        seen.role = Role::None;
        store::PageQuery query{hole.roomId, {}, hole.after, pageEvents};
        m_store->page(query, this,
            [this, hole, failed, shared = std::make_shared<const Room>(std::move(seen))](
                const Result<Page> &page) {
                if (!page) {
                    failed(hole.roomId);
                    return;
                }
                --m_reads;
                m_sequencer->fill(hole.roomId, shared, page->events);
            });
    });
}

} // namespace rookery::bus
