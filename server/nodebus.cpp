// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/nodebus.h"

#include "server/bus/cluster/clusterbus.h"
#include "server/bus/cluster/node.h"
#include "server/bus/cluster/sealedwire.h"
#include "server/bus/memory/memorybus.h"
#include "server/bus/postgres/notifywire.h"
#include "server/bus/redis/redisbuckets.h"
#include "server/bus/redis/redismirror.h"
#include "server/bus/redis/rediswire.h"
#include "server/core/storereach.h"
#include "server/passwordfile.h"
#include "server/store/store.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QMessageAuthenticationCode>

#include <utility>

namespace rookery {

namespace {

bool isRedis(const config::Config &config)
{
    return config.busUrl.startsWith(QLatin1String("redis"));
}

/// SQLite has one node, which has nobody to talk to.
bool isOnPostgres(const config::Config &config)
{
    return !config.storageUrl.isEmpty();
}

} // namespace

Result<std::optional<bus::RedisOptions>> redisOf(const config::Config &config)
{
    if (!isRedis(config))
        return std::optional<bus::RedisOptions>();
    const auto refusal = [&config](const QString &key, const QString &sentence) {
        return Error{ErrorCode::Internal, config.placed(QStringLiteral("bus.") + key, sentence)};
    };
    QString password;
    if (!config.busPasswordFile.isEmpty()) {
        auto read = readPasswordFile(config.busPasswordFile);
        if (!read)
            return refusal(QStringLiteral("password_file"), read.error().detail);
        password = std::move(read).value();
    }
    auto options = bus::readRedisUrl(config.busUrl, password, config.busCaFile);
    if (!options)
        return refusal(options.error().field, options.error().detail);
    return std::optional(std::move(options).value());
}

NodeBus::NodeBus(const config::Config &config, std::shared_ptr<threads::Postboxes> postboxes)
    : m_postboxes(postboxes)
{
    if (!isRedis(config) && (!isOnPostgres(config) || config.busUrl == QLatin1String("memory"))) {
        m_bus = std::make_unique<bus::MemoryBus>(std::move(postboxes));
        return;
    }
    auto cluster = std::make_unique<bus::ClusterBus>(std::move(postboxes));
    m_cluster = cluster.get();
    m_bus = std::move(cluster);
}

NodeBus::~NodeBus() = default;

int NodeBus::nodes() const
{
    return m_cluster ? m_cluster->nodes() : 1;
}

Result<Nothing> NodeBus::join(const config::Config &config, Shared shared)
{
    if (!m_cluster)
        return Nothing();
    store::Store *const store = shared.store;
    const auto redis = redisOf(config);
    if (!redis)
        return redis.error();
    const auto makeWires = [&] {
        std::vector<std::unique_ptr<bus::Wire>> wires;
        if (*redis)
            wires.push_back(std::make_unique<bus::RedisWire>(
                **redis, QStringLiteral("rk:{%1.0}").arg(store->identity()).toUtf8()));
        if (isOnPostgres(config))
            wires.push_back(std::make_unique<bus::NotifyWire>(
                bus::NotifyOptions{.conninfo = config.storageUrl, .password = shared.password}));
        for (auto &wire : wires)
            wire = std::make_unique<bus::SealedWire>(std::move(wire), shared.signingKey);
        return wires;
    };
    bus::NodeOptions options{.name = config.nodeName, .version = QCoreApplication::applicationVersion()};
    if (*redis)
        options.makeMirror = [redis = **redis,
                                 showing = bus::RedisMirrorOptions{
                                     .prefix = QStringLiteral("rk:{%1}:").arg(store->identity()).toUtf8(),
                                     .name = options.name,
                                     .version = options.version}] {
            return std::make_unique<bus::RedisMirror>(redis, showing);
        };
    // On SQLite there is one node, which counts for itself.
    if (*redis && isOnPostgres(config))
        m_buckets = std::make_unique<bus::RedisBuckets>(**redis,
            bus::RedisBucketsOptions{.prefix = QStringLiteral("rk:{%1}:l:").arg(store->identity()).toUtf8(),
                .secret = QMessageAuthenticationCode::hash(
                    "rookery common limits", shared.signingKey, QCryptographicHash::Sha256),
                .postboxes = m_postboxes});
    options.firstWire = *redis ? 0 : 1;
    if (store->isShared()) {
        options.storeAge = [reach = shared.reach] { return reach->age(); };
        options.cutOff = [reach = shared.reach](bool isCutOff) { reach->setCutOff(isCutOff); };
    }
    m_cluster->start(store, makeWires, std::move(options));
    return Nothing();
}

void NodeBus::leave()
{
    if (m_cluster)
        m_cluster->stop();
    m_buckets.reset();
}

} // namespace rookery
