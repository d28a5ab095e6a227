// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/guestadmission.h"

#include "server/core/accounts.h"
#include "server/ws/refusal.h"

#include <utility>

namespace rookery::ws {

GuestAdmission::GuestAdmission(net::WebSocket *socket, QObject *parent)
    : QObject(parent)
    , m_socket(socket)
{
    m_socket->setListener(this);
}

GuestAdmission::~GuestAdmission()
{
    if (m_socket)
        m_socket->setListener(nullptr);
}

void GuestAdmission::begin(core::Accounts *accounts, const core::ClientInfo &client, Admitted admitted)
{
    accounts->admitGuest(
        client, this, [this, admitted = std::move(admitted)](const Result<core::Principal> &guest) {
            net::WebSocket *const socket = finish();
            if (!socket)
                return;
            if (guest)
                admitted(socket, *guest, m_early);
            else
                refuseSocket(socket, guest.error(),
                    isRetryable(guest.error().code) ? CloseCode::InternalError : CloseCode::Unauthorized);
        });
}

void GuestAdmission::textReceived(const QByteArray &utf8)
{
    if (!m_early.push(utf8))
        refuseSocket(finish(), sentTooEarly(), CloseCode::PolicyViolation);
}

void GuestAdmission::closed(quint16 /*code*/)
{
    m_socket = nullptr;
    deleteLater();
}

net::WebSocket *GuestAdmission::finish()
{
    if (!m_socket)
        return nullptr;
    m_socket->setListener(nullptr);
    deleteLater();
    return std::exchange(m_socket, nullptr);
}

} // namespace rookery::ws
