#pragma once

#include "server/core/principal.h"
#include "server/ws/inbox.h"

#include <QObject>
#include <QPointer>

#include <functional>

namespace rookery::core {
class Accounts;
}
namespace rookery::net {
class WebSocket;
}

namespace rookery::ws {

/// A socket without a token while its guest is being made, with what it sends meanwhile. Deletes itself when
/// it is over; dies with its parent at the latest.
class GuestAdmission : public QObject
{
    Q_OBJECT
public:
    using Admitted =
        std::function<void(net::WebSocket *socket, const core::Principal &guest, const Inbox &early)>;

    GuestAdmission(net::WebSocket *socket, QObject *parent);
    void begin(core::Accounts *accounts, Admitted admitted);

private:
    void keep(const QByteArray &utf8);
    void finish();

    QPointer<net::WebSocket> m_socket;
    Inbox m_early;
    bool m_finished = false;
};

} // namespace rookery::ws
