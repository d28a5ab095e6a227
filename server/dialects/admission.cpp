// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/admission.h"

#include "server/ws/refusal.h"

#include <utility>

namespace rookery::ws {

Admission::Admission(net::WebSocket *socket, QObject *parent)
    : QObject(parent)
    , m_socket(socket)
{
    m_socket->setListener(this);
}

Admission::~Admission()
{
    if (m_socket)
        m_socket->setListener(nullptr);
}

void Admission::begin(const Ask &ask, Admitted admitted)
{
    ask(this, [this, admitted = std::move(admitted)](const Result<core::Principal> &user) {
        net::WebSocket *const socket = finish();
        if (!socket)
            return;
        if (user)
            admitted(socket, *user, m_early);
        else
            refuseSocket(socket, user.error(),
                isRetryable(user.error().code) ? CloseCode::InternalError : CloseCode::Unauthorized);
    });
}

void Admission::textReceived(const QByteArray &utf8)
{
    if (!m_early.push(utf8))
        refuseSocket(finish(), sentTooEarly(), CloseCode::PolicyViolation);
}

void Admission::closed(quint16 /*code*/)
{
    m_socket = nullptr;
    deleteLater();
}

net::WebSocket *Admission::finish()
{
    if (!m_socket)
        return nullptr;
    m_socket->setListener(nullptr);
    deleteLater();
    return std::exchange(m_socket, nullptr);
}

} // namespace rookery::ws
