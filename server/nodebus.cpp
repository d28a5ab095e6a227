// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/nodebus.h"

#include "server/bus/cluster/clusterbus.h"
#include "server/bus/cluster/node.h"
#include "server/bus/memory/memorybus.h"
#include "server/bus/postgres/notifywire.h"

#include <QCoreApplication>
#include <QSysInfo>

#include <utility>

namespace rookery {

NodeBus::NodeBus(const config::Config &config, std::shared_ptr<threads::Postboxes> postboxes)
{
    if (config.storageUrl.isEmpty()) {
        m_bus = std::make_unique<bus::MemoryBus>(std::move(postboxes));
        return;
    }
    auto cluster = std::make_unique<bus::ClusterBus>(std::move(postboxes));
    m_cluster = cluster.get();
    m_bus = std::move(cluster);
}

NodeBus::~NodeBus() = default;

void NodeBus::join(const config::Config &config, const QString &password, store::Store *store)
{
    if (!m_cluster)
        return;
    const auto makeWires = [&config, &password] {
        std::vector<std::unique_ptr<bus::Wire>> wires;
        wires.push_back(std::make_unique<bus::NotifyWire>(
            bus::NotifyOptions{.conninfo = config.storageUrl, .password = password}));
        return wires;
    };
    m_cluster->start(store, makeWires,
        {.name = QSysInfo::machineHostName(), .version = QCoreApplication::applicationVersion()});
}

void NodeBus::leave()
{
    if (m_cluster)
        m_cluster->stop();
}

} // namespace rookery
