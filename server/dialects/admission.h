// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/done.h"
#include "server/core/principal.h"
#include "server/net/websocket.h"
#include "server/ws/inbox.h"

#include <QObject>

#include <functional>

namespace rookery::ws {

/// A socket whose user is not known yet, since the store has to be asked for them: the guest of a socket without
/// a token, or the owner of a token that this process does not know. Keeps the frames that it sends meanwhile.
/// Deletes itself when it is done, or is deleted with its parent.
class Admission : public QObject, private net::WebSocket::Listener
{
    Q_OBJECT
public:
    using Ask = std::function<void(QObject *context, Done<core::Principal> done)>;
    using Admitted =
        std::function<void(net::WebSocket *socket, const core::Principal &user, const Inbox &early)>;

    Admission(net::WebSocket *socket, QObject *parent);
    ~Admission() override;
    void begin(const Ask &ask, Admitted admitted);

private:
    void textReceived(const QByteArray &utf8) override;
    void closed(quint16 code) override;
    /// Releases the socket; nullptr if it has been released before.
    net::WebSocket *finish();

    net::WebSocket *m_socket; ///< null once it is over
    Inbox m_early;
};

} // namespace rookery::ws
