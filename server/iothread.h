// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/config/config.h"
#include "server/core/threadcore.h"

#include <QObject>

#include <memory>

namespace rookery {

namespace net {
class ConnectionQuota;
class Server;
} // namespace net
namespace threads {
class Postboxes;
}

/// One I/O thread with what lives on it: its share of the connections, a core, the HTTP and WebSocket
/// endpoints. Connections are born, served and buried there; other threads are reached through the services.
///
/// Made and destroyed on the main thread.
class IoThread : public QObject
{
    Q_OBJECT
public:
    /// Starts the thread and waits until it can take connections.
    IoThread(int number, const config::Config &config, const core::Services &services,
        std::shared_ptr<net::ConnectionQuota> quota, std::shared_ptr<threads::Postboxes> postboxes,
        QObject *parent = nullptr);
    /// Ends what is still open, and the thread.
    ~IoThread() override;

    /// For Server::admit() and Server::connectionCount(), which are thread-safe.
    net::Server &server();
    /// Tells the clients to come back later, answers what was accepted, closes idle connections.
    void stop();

Q_SIGNALS:
    /// After stop(): the last connection has gone.
    void drained();

private:
    /// What lives on the thread, in the order in which it is made.
    class Household;
    class Private;
    std::unique_ptr<Private> d;
};

} // namespace rookery
