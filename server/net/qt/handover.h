// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/qt/guardsocket.h"

#include <QTcpServer>

namespace rookery::net {

/// The server that QHttpServer is bound to. It hands guards over as if they had been accepted, and accepts
/// nothing itself: Qt 6.8 only binds to what listens, so it listens where nobody comes.
class Handover : public QTcpServer
{
    Q_OBJECT
public:
    explicit Handover(QObject *parent = nullptr);

    /// Gives the guard, with the request that it holds, to QHttpServer, which reads it and runs its handler
    /// inside this call.
    void give(GuardSocket *guard);

protected:
    void incomingConnection(qintptr handle) override;
};

} // namespace rookery::net
