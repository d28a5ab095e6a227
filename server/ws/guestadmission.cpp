#include "server/ws/guestadmission.h"

#include "server/core/accounts.h"
#include "server/net/websocket.h"
#include "server/ws/refusal.h"

namespace rookery::ws {

GuestAdmission::GuestAdmission(net::WebSocket *socket, QObject *parent)
    : QObject(parent)
    , m_socket(socket)
{
    connect(socket, &net::WebSocket::textReceived, this, &GuestAdmission::keep);
    connect(socket, &net::WebSocket::closed, this, &GuestAdmission::finish);
}

void GuestAdmission::begin(core::Accounts *accounts, Admitted admitted)
{
    accounts->admitGuest(this, [this, admitted = std::move(admitted)](const Result<core::Principal> &guest) {
        if (m_finished || !m_socket)
            return;
        net::WebSocket *socket = m_socket;
        finish();
        if (guest)
            admitted(socket, *guest, m_early);
        else
            refuseSocket(socket, guest.error(),
                isRetryable(guest.error().code) ? CloseCode::InternalError : CloseCode::Unauthorized);
    });
}

void GuestAdmission::keep(const QByteArray &utf8)
{
    if (m_finished || m_early.push(utf8))
        return;
    net::WebSocket *socket = m_socket;
    finish();
    refuseSocket(socket, sentTooEarly(), CloseCode::PolicyViolation);
}

void GuestAdmission::finish()
{
    if (m_finished)
        return;
    m_finished = true;
    if (m_socket)
        m_socket->disconnect(this);
    deleteLater();
}

} // namespace rookery::ws
