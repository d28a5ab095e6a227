// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/cluster/node.h"
#include "server/core/live/hub.h"
#include "tests/simulation/session.h"
#include "tests/simulation/simbus.h"
#include "tests/simulation/simstore.h"

#include <QSet>

namespace simulation {

/// core::HeadCheck with the simulation's clock.
class SimHeadCheck
{
public:
    SimHeadCheck(World *world, Process *process, core::Hub *hub);
    void hasten(const QStringList &rooms);

private:
    void askSoon();
    void ask();
    void confirm(const QHash<QString, qint64> &heads);

    World *const m_world;
    Process *const m_process;
    core::Hub *const m_hub;
    QSet<QString> m_hastened;
    bool m_isAsking = false;
    QObject m_context;
};

/// A daemon: a node of the cluster with its hubs, from its start to its end.
class Process
{
public:
    Process(World *world, int index, quint64 incarnation);
    Process(const Process &) = delete;
    Process &operator=(const Process &) = delete;
    /// As by kill -9: nobody is told.
    ~Process();

    int index() const { return m_index; }
    quint64 incarnation() const { return m_incarnation; }
    std::chrono::milliseconds clock() const;
    SimBus &bus() { return m_bus; }
    store::Store &store() { return m_store; }
    bool hasNode() const { return m_node != nullptr; }
    bus::Node &node() { return *m_node; }
    core::Hub &hub(int number) { return *m_hubs[size_t(number)].hub; }
    int hubCount() const { return int(m_hubs.size()); }

    Session *connect(Client *client);
    void disconnect(quint64 session);
    const std::vector<std::unique_ptr<Session>> &sessions() const { return m_sessions; }

    /// To the hubs, as threads::Postbox does.
    void post(std::unique_ptr<threads::Mail> mail);
    /// It has done something: what that has put into the postbox is delivered soon.
    void worked();
    /// Its clients are told, and the other nodes.
    void leave();

    void freeze(qint64 until);
    bool isFrozen() const;
    qint64 frozenUntil() const { return m_frozenUntil; }
    /// Since when it has not been frozen.
    qint64 awakeSince() const { return m_frozenUntil; }
    void jump(qint64 milliseconds) { m_clockAhead += milliseconds; }
    void cutFromStore(qint64 until) { m_cutFromStoreUntil = until; }
    bool isCutFromStore() const;

private:
    struct HubAndCheck
    {
        std::unique_ptr<core::Hub> hub;
        std::unique_ptr<SimHeadCheck> check;
    };
    void pump();
    void tickSoon(qint64 pause);
    void stepSoon();
    void renewSoon(size_t hub, qint64 pause);
    void checkSoon(size_t hub, qint64 pause);

    World *const m_world;
    const int m_index;
    const quint64 m_incarnation;
    std::shared_ptr<threads::Postboxes> m_postboxes = std::make_shared<threads::Postboxes>();
    std::shared_ptr<threads::Postbox> m_box;
    SimStore m_store;
    SimStore m_nodeStore;
    SimBus m_bus;
    std::vector<HubAndCheck> m_hubs;
    std::unique_ptr<bus::Node> m_node;
    std::vector<std::unique_ptr<Session>> m_sessions;
    qint64 m_frozenUntil = 0;
    qint64 m_clockAhead = 0;
    qint64 m_cutFromStoreUntil = 0;
    bool m_isToPump = false;
    bool m_hasPosted = true; ///< what it does now may have put something into the postbox
};

} // namespace simulation
