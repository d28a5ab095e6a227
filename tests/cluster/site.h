// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/driver/daemonprocess.h"
#include "tests/faults/proxy/faultproxy.h"
#include "tests/support/postgresserver.h"
#include "tests/support/redisserver.h"

#include <QProcess>
#include <QTemporaryDir>

#include <memory>
#include <vector>

namespace rookery::cluster {

/// Several nodes on one PostgreSQL, with or without a Redis between them, on this machine. Between each node and
/// PostgreSQL, Redis and its clients is a forwarder of its own, whose faults are those of a network: cut in one
/// direction or both, slow, reset. Belongs to the main thread. Functions that start something throw load::Failure.
class Site
{
public:
    static constexpr int nodeCount = 3;

    struct What
    {
        QString daemon; ///< empty: the rookeryd beside this program
        bool hasRedis = true;
        bool hasStandby = false; ///< a second PostgreSQL follows, and nothing is acknowledged that it has not
        bool hasProxy = false; ///< HAProxy before the nodes, configured as in resources/docs/cluster.md
        bool keeps = false; ///< the nodes' folders with their logs stay
    };
    /// Starts everything: the first node before the others, since it makes the signing key.
    explicit Site(const What &what);
    ~Site();

    struct Node
    {
        faults::FaultProxy clients;
        faults::FaultProxy postgres;
        faults::FaultProxy redis;
        std::unique_ptr<faults::DaemonProcess> daemon;
        std::unique_ptr<load::Endpoint> front; ///< through `clients`
    };
    /// Of HAProxy; null without one.
    const load::Endpoint *proxy() const { return m_front.get(); }
    Node &node(int number) { return *m_nodes[std::size_t(number)]; }
    /// Of the node itself, without a forwarder.
    const load::Endpoint &endpoint(int number) { return node(number).daemon->endpoint(); }

    void freezeNode(int number);
    void thawNode(int number);

    bool hasRedis() const { return m_redis != nullptr; }
    test::RedisServer &redis() { return *m_redis; }
    test::PostgresServer &postgres() { return *m_postgres; }
    void startPostgres();
    void startRedis();
    /// PostgreSQL crashes, and the standby takes its place.
    void promote();
    /// A new standby, of the server that was promoted.
    void startStandby();
    /// Ends the sessions of one node in the database, the writing, the reading and the listening ones. Returns how many.
    int terminateBackends(int number);

    /// Takes the newest event of all out of the database, as nothing may do.
    void loseOne();

    QString folder() const { return m_folder.path(); }

private:
    void startNode(int number);
    void startProxy();

    QTemporaryDir m_folder;
    std::unique_ptr<test::PostgresServer> m_postgres;
    std::unique_ptr<test::PostgresServer> m_standby;
    std::unique_ptr<test::RedisServer> m_redis;
    QString m_database;
    QString m_daemon;
    std::vector<std::unique_ptr<Node>> m_nodes;
    QProcess m_proxy;
    std::unique_ptr<load::Endpoint> m_front;
};

} // namespace rookery::cluster
