// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/bus/cluster/sequencer.h"
#include "server/bus/memory/memorybus.h"
#include "server/bus/wire.h"

#include <QObject>
#include <QThread>

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

namespace rookery::store {
class Store;
}

namespace rookery::bus {

class Node;
struct NodeOptions;

/// The bus of one of several processes: a MemoryBus for its own hubs, and a Node on a thread of its own that carries what
/// is said to the others and brings what they say. A frame that is lost delays and loses nothing, since the store has
/// every event.
class ClusterBus final : public Bus, private Outside
{
public:
    /// Makes the wires, on the thread that they then live on; the preferred one first.
    using MakeWires = std::function<std::vector<std::unique_ptr<Wire>>()>;

    explicit ClusterBus(
        std::shared_ptr<threads::Postboxes> postboxes, MemoryBus::Clock clock = &MemoryBus::steadyClock);
    ~ClusterBus() override;

    /// Joins the cluster; until then it carries notices within the process. The store must live until stop().
    void start(store::Store *store, MakeWires makeWires, NodeOptions options);
    /// Leaves it, and ends the thread. What is published later is told within the process only.
    void stop();
    /// How many nodes there are, with this one. Thread-safe, cheap.
    int nodes() const { return m_nodes; }
    /// For tests, which pass the time themselves: Node::tick().
    void tick();

    void subscribe(QObject *hub, Handler handler) override { m_local.subscribe(hub, std::move(handler)); }
    void unsubscribe(QObject *hub) override { m_local.unsubscribe(hub); }
    void publish(std::vector<Notice> notices, const QObject *sayer = nullptr) override;
    void listen(QObject *hub, const QString &roomId) override { m_local.listen(hub, roomId); }
    void ignore(QObject *hub, const QString &roomId) override { m_local.ignore(hub, roomId); }
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

private:
    class Errand;

    bool wanted(const QString &roomId) override;
    void unwanted(const QString &roomId) override;
    void presence(const PresenceChanged &change) override;
    /// Runs `work` on the node's thread, in the order of the calls; not at all, and false, where there is no node.
    bool onNode(std::function<void(Node &)> work);

    const std::shared_ptr<threads::Postboxes> m_postboxes;
    const MemoryBus::Clock m_clock;
    MemoryBus m_local;
    std::atomic<int> m_nodes = 1;
    Sequencer m_sequencer;
    std::mutex m_mutex; ///< of the two below
    std::shared_ptr<threads::Postbox> m_postbox; ///< the node's; null while there is none
    Node *m_node = nullptr; ///< used on its thread only
    QThread m_thread;
    std::unique_ptr<QObject> m_anchor; ///< on the thread, for what is to be run there
};

} // namespace rookery::bus
