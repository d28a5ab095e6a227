// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/qt/guardsocket.h"

#include <QTcpServer>

namespace rookery::net {

/// The server that QHttpServer is bound to. It hands guards over as if they had been accepted, and accepts
/// nothing itself. Qt 6.8 binds only to a listening server, so it listens on an address that nobody connects
/// to.
class Handover : public QTcpServer
{
    Q_OBJECT
public:
    explicit Handover(QObject *parent = nullptr);

    /// Passes the guard and its request to QHttpServer, which parses the request and runs its handler inside
    /// this call.
    void give(GuardSocket *guard);

protected:
    void incomingConnection(qintptr handle) override;
};

} // namespace rookery::net
