// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/simulation/simbus.h"

#include "server/bus/cluster/node.h"
#include "tests/simulation/world.h"

namespace simulation {

SimBus::SimBus(World *world, Process *process, std::shared_ptr<threads::Postboxes> postboxes)
    : m_world(world)
    , m_process(process)
    , m_local(std::move(postboxes), 20'000,
          [world, process] {
              return world->isPlanted(Plant::EternalLeases) ? std::chrono::milliseconds(0) : process->clock();
          })
    , m_sequencer(&m_local, [process] { return process->clock(); })
{
    m_local.setOutside(this);
}

void SimBus::subscribe(QObject *hub, bus::Handler handler)
{
    m_local.subscribe(hub,
        [this, hub, handle = std::move(handler)](const bus::Notice &notice) { hear(hub, handle, notice); });
}

void SimBus::publish(std::vector<bus::Notice> notices, const QObject *sayer)
{
    onNode([notices](bus::Node &node) { node.send(notices); });
    m_sequencer.deliver(std::move(notices), sayer);
}

void SimBus::listen(QObject *hub, const QString &roomId)
{
    Ear &ear = m_ears[{hub, roomId}];
    if (ear.calls++ == 0)
        ear.last = 0;
    ++ear.unanswered;
    if (m_world->isPlanted(Plant::LateInterest)) {
        m_world->later(*m_process, 60, [this, hub, roomId] { m_local.listen(hub, roomId); });
        return;
    }
    m_local.listen(hub, roomId);
}

void SimBus::ignore(QObject *hub, const QString &roomId)
{
    --m_ears[{hub, roomId}].calls;
    m_local.ignore(hub, roomId);
}

bool SimBus::wanted(const QString &roomId)
{
    return onNode([roomId](bus::Node &node) { node.wanted(roomId); });
}

void SimBus::unwanted(const QString &roomId)
{
    onNode([roomId](bus::Node &node) { node.unwanted(roomId); });
}

void SimBus::presence(const bus::PresenceChanged &change)
{
    onNode([change](bus::Node &node) { node.send(change); });
}

bool SimBus::onNode(std::function<void(bus::Node &)> work)
{
    if (!m_process->hasNode())
        return false;
    m_errand = std::max(m_errand, m_world->schedule.now() + m_world->random.between(0, 2));
    m_world->laterAt(*m_process, m_errand, [process = m_process, work = std::move(work)] {
        if (process->hasNode())
            work(process->node());
    });
    return true;
}

void SimBus::hear(QObject *hub, const bus::Handler &handler, const bus::Notice &notice)
{
    const auto *event = std::get_if<bus::EventCommitted>(&notice);
    const auto *change = event ? event->event.as<MemberChanged>() : nullptr;
    if (change && !isMember(change->role) && m_world->isPlanted(Plant::UnheardRemovals))
        return;
    if (event && !m_heldBack && m_world->isPlanted(Plant::SwappedEvents) && m_world->random.chance(20)) {
        m_heldBack = notice;
        return;
    }
    check(hub, notice);
    handler(notice);
    if (event && m_heldBack) {
        const bus::Notice late = *std::exchange(m_heldBack, std::nullopt);
        check(hub, late);
        handler(late);
    }
}

void SimBus::check(const QObject *hub, const bus::Notice &notice)
{
    if (const auto *answer = std::get_if<bus::RoomPresence>(&notice)) {
        --m_ears[{hub, answer->roomId}].unanswered;
        return;
    }
    const auto *event = std::get_if<bus::EventCommitted>(&notice);
    if (!event)
        return;
    m_world->witness.heard(*m_process, event->event);
    const auto known = m_ears.find({hub, event->event.roomId});
    if (known == m_ears.end() || known->second.calls == 0 || known->second.unanswered > 0)
        return;
    const qint64 last = std::exchange(known->second.last, event->event.seq);
    if (last != 0 && event->event.seq != last + 1)
        m_world->witness.fail(QStringLiteral("a hub of node %1 hears event %2 of %3 after event %4")
                                  .arg(m_process->index())
                                  .arg(event->event.seq)
                                  .arg(event->event.roomId)
                                  .arg(last));
}

} // namespace simulation
