// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/config/config.h"

#include <memory>

namespace rookery {

namespace bus {
class Bus;
class ClusterBus;
} // namespace bus
namespace store {
class Store;
}
namespace threads {
class Postboxes;
}

/// The bus of this configuration: within the process where nobody else can use the database, else one that joins the
/// other nodes.
class NodeBus
{
public:
    NodeBus(const config::Config &config, std::shared_ptr<threads::Postboxes> postboxes);
    ~NodeBus();

    bus::Bus *get() const { return m_bus.get(); }
    /// Before the first hub. `password` is the database's, where its URL has none.
    void join(const config::Config &config, const QString &password, store::Store *store);
    /// After the last hub, and before the store is closed.
    void leave();

private:
    std::unique_ptr<bus::Bus> m_bus;
    bus::ClusterBus *m_cluster = nullptr; ///< the bus, where it is one
};

} // namespace rookery
