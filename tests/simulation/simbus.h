// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/cluster/sequencer.h"
#include "server/bus/memory/memorybus.h"

#include <map>

namespace rookery::bus {
class Node;
}

namespace simulation {

using namespace rookery;

class Process;
class World;

/// What bus::ClusterBus is to its hubs, on the one thread of the simulation: what the node's thread is to do happens a
/// little later. Tells the witness what each hub hears.
class SimBus final : public bus::Bus, private bus::Outside
{
public:
    SimBus(World *world, Process *process, std::shared_ptr<threads::Postboxes> postboxes);

    void subscribe(QObject *hub, bus::Handler handler) override;
    void unsubscribe(QObject *hub) override { m_local.unsubscribe(hub); }
    void publish(std::vector<bus::Notice> notices, const QObject *sayer = nullptr) override;
    void listen(QObject *hub, const QString &roomId) override;
    void ignore(QObject *hub, const QString &roomId) override;
    void listenToUser(QObject *hub, const QString &userId) override { m_local.listenToUser(hub, userId); }
    void ignoreUser(QObject *hub, const QString &userId) override { m_local.ignoreUser(hub, userId); }
    void enter(QObject *hub, const QString &roomId, const User &user, Role role) override
    {
        m_local.enter(hub, roomId, user, role);
    }
    void leave(QObject *hub, const QString &roomId, const QString &userId) override
    {
        m_local.leave(hub, roomId, userId);
    }
    void renew(QObject *hub) override { m_local.renew(hub); }
    bool isCongested() const override { return m_local.isCongested(); }

    bus::MemoryBus &local() { return m_local; }
    bus::Sequencer &sequencer() { return m_sequencer; }

private:
    /// What a hub has heard of a room since it began to listen.
    struct Ear
    {
        int calls = 0;
        int unanswered = 0; ///< until there are none, what is heard may be from before
        qint64 last = 0; ///< seq; 0: none
    };

    bool wanted(const QString &roomId) override;
    void unwanted(const QString &roomId) override;
    void presence(const bus::PresenceChanged &change) override;
    bool onNode(std::function<void(bus::Node &)> work);
    void hear(QObject *hub, const bus::Handler &handler, const bus::Notice &notice);
    void check(const QObject *hub, const bus::Notice &notice);

    World *const m_world;
    Process *const m_process;
    bus::MemoryBus m_local;
    bus::Sequencer m_sequencer;
    std::map<std::pair<const QObject *, QString>, Ear> m_ears; ///< looked up, never walked through
    std::optional<bus::Notice> m_heldBack; ///< of Plant::SwappedEvents
    qint64 m_errand = 0; ///< when the last one is
};

} // namespace simulation
