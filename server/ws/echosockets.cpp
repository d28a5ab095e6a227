// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ws/echosockets.h"

#include <QString>

namespace rookery::ws {

class EchoSockets::Echo final : public net::WebSocket::Listener
{
public:
    Echo(EchoSockets *owner, net::WebSocket *socket, size_t position)
        : index(position)
        , m_owner(owner)
        , m_socket(socket)
    {
        m_socket->setListener(this);
        m_socket->takeBinary();
    }
    ~Echo()
    {
        if (m_socket)
            m_socket->setListener(nullptr);
    }
    Echo(const Echo &) = delete;
    Echo &operator=(const Echo &) = delete;

    void goAway() { m_socket->close(CloseCode::ServiceRestart, QStringLiteral("The server is leaving.")); }
    void textReceived(const QByteArray &utf8) override { m_socket->sendText(utf8); }
    void binaryReceived(const QByteArray &bytes) override
    {
        m_socket->sendFrame(net::binaryMessageFrame(bytes));
    }
    void closed(quint16 /*code*/) override
    {
        m_socket = nullptr;
        m_owner->remove(this);
    }

    size_t index; ///< for the owner

private:
    EchoSockets *m_owner;
    net::WebSocket *m_socket; ///< null once it is over
};

EchoSockets::EchoSockets() = default;
EchoSockets::~EchoSockets() = default;

void EchoSockets::add(net::WebSocket *socket)
{
    m_echoes.push_back(std::make_unique<Echo>(this, socket, m_echoes.size()));
}

void EchoSockets::goAway()
{
    for (const auto &echo : m_echoes)
        echo->goAway();
}

void EchoSockets::remove(Echo *echo)
{
    const size_t index = echo->index;
    std::swap(m_echoes[index], m_echoes.back());
    m_echoes[index]->index = index;
    m_echoes.pop_back();
}

} // namespace rookery::ws
