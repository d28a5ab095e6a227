// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/core/principal.h"
#include "server/net/websocket.h"
#include "server/ws/inbox.h"

#include <QObject>

#include <functional>

namespace rookery::core {
class Accounts;
}

namespace rookery::ws {

/// A socket without a token whose guest is being created, and the frames that it sends meanwhile. Deletes
/// itself when it is done, or is deleted with its parent.
class GuestAdmission : public QObject, private net::WebSocket::Listener
{
    Q_OBJECT
public:
    using Admitted =
        std::function<void(net::WebSocket *socket, const core::Principal &guest, const Inbox &early)>;

    GuestAdmission(net::WebSocket *socket, QObject *parent);
    ~GuestAdmission() override;
    void begin(core::Accounts *accounts, const core::ClientInfo &client, Admitted admitted);

private:
    void textReceived(const QByteArray &utf8) override;
    void closed(quint16 code) override;
    /// Releases the socket; nullptr if it has been released before.
    net::WebSocket *finish();

    net::WebSocket *m_socket; ///< null once it is over
    Inbox m_early;
};

} // namespace rookery::ws
