// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/result.h"
#include "server/bus/redis/redisoptions.h"
#include "server/config/config.h"

#include <memory>
#include <optional>

namespace rookery {

namespace bus {
class Buckets;
class Bus;
class ClusterBus;
} // namespace bus
namespace core {
class StoreReach;
}
namespace store {
class Store;
}
namespace threads {
class Postboxes;
}

/// Reads what the configuration says of a Redis; nothing where it names none. The Error is a sentence for the operator that
/// says where in the configuration.
Result<std::optional<bus::RedisOptions>> redisOf(const config::Config &config);

/// The bus of this configuration: one within the process, or one that joins the other nodes of the database.
class NodeBus
{
public:
    NodeBus(const config::Config &config, std::shared_ptr<threads::Postboxes> postboxes);
    ~NodeBus();

    bus::Bus *get() const { return m_bus.get(); }
    /// How many nodes of the database there are, with this one. Thread-safe.
    int nodes() const;
    /// Where the nodes have a Redis: what they count together there. Else null.
    bus::Buckets *buckets() const { return m_buckets.get(); }
    struct Shared
    {
        QString password; ///< the database's, where its URL has none
        QByteArray signingKey; ///< the same on all nodes
        store::Store *store = nullptr;
        core::StoreReach *reach =
            nullptr; ///< is told whether this node is cut off from the database; outlives leave()
    };
    /// Before the first hub. Error: of redisOf().
    Result<Nothing> join(const config::Config &config, Shared shared);
    /// After the last hub, and before the store is closed.
    void leave();

private:
    std::unique_ptr<bus::Bus> m_bus;
    bus::ClusterBus *m_cluster = nullptr; ///< the bus, where it is one
    const std::shared_ptr<threads::Postboxes> m_postboxes;
    std::unique_ptr<bus::Buckets> m_buckets;
};

} // namespace rookery
