// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/cluster/clusterbus.h"

#include "server/bus/cluster/node.h"

#include <future>
#include <utility>

namespace rookery::bus {

/// Something to do on the node's thread.
class ClusterBus::Errand final : public threads::Mail
{
public:
    Errand(Node *node, std::function<void(Node &)> work)
        : m_node(node)
        , m_work(std::move(work))
    { }
    void deliver() override { m_work(*m_node); }

private:
    Node *const m_node;
    const std::function<void(Node &)> m_work;
};

ClusterBus::ClusterBus(std::shared_ptr<threads::Postboxes> postboxes, MemoryBus::Clock clock)
    : m_postboxes(std::move(postboxes))
    , m_clock(std::move(clock))
    , m_local(m_postboxes, 20'000, m_clock)
    , m_sequencer(&m_local, m_clock)
{
    m_local.setOutside(this);
    m_thread.setObjectName(QStringLiteral("bus"));
}

ClusterBus::~ClusterBus()
{
    stop();
}

void ClusterBus::start(store::Store *store, MakeWires makeWires, NodeOptions options)
{
    options.clock = m_clock;
    options.counted = [this](int nodes) { m_nodes = nodes; };
    m_thread.start();
    m_anchor = std::make_unique<QObject>();
    m_anchor->moveToThread(&m_thread);
    std::promise<void> started;
    QMetaObject::invokeMethod(m_anchor.get(), [&] {
        auto *node = new Node(&m_local, &m_sequencer, store, makeWires(), std::move(options));
        {
            const std::scoped_lock lock(m_mutex);
            m_node = node;
            m_postbox = m_postboxes->of(node);
        }
        started.set_value();
    });
    started.get_future().wait();
}

void ClusterBus::stop()
{
    Node *node = nullptr;
    {
        const std::scoped_lock lock(m_mutex);
        node = std::exchange(m_node, nullptr);
        m_postbox.reset();
    }
    if (!node)
        return;
    QMetaObject::invokeMethod(
        m_anchor.get(),
        [this, node] {
            node->leave();
            m_postboxes->close();
            delete node;
        },
        Qt::BlockingQueuedConnection);
    m_thread.quit();
    m_thread.wait();
    m_anchor.reset();
}

void ClusterBus::tick()
{
    // Behind what has been received by now, which a postbox might overtake.
    QMetaObject::invokeMethod(
        m_anchor.get(), [this] { m_node->tick(); }, Qt::BlockingQueuedConnection);
}

bool ClusterBus::onNode(std::function<void(Node &)> work)
{
    const std::scoped_lock lock(m_mutex);
    if (!m_node)
        return false;
    threads::Mails mails;
    mails.push_back(std::make_unique<Errand>(m_node, std::move(work)));
    m_postbox->post(std::move(mails));
    return true;
}

void ClusterBus::publish(std::vector<Notice> notices, const QObject *sayer)
{
    onNode([notices](Node &node) { node.send(notices); });
    m_sequencer.deliver(std::move(notices), sayer);
}

bool ClusterBus::wanted(const QString &roomId)
{
    return onNode([roomId](Node &node) { node.wanted(roomId); });
}

void ClusterBus::unwanted(const QString &roomId)
{
    onNode([roomId](Node &node) { node.unwanted(roomId); });
}

void ClusterBus::presence(const PresenceChanged &change)
{
    onNode([change](Node &node) { node.presence(change); });
}

} // namespace rookery::bus
