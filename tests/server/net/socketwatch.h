// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/websocket.h"

#include <QByteArrayList>
#include <QList>

namespace rookery::net::test {

/// Records the events of one server socket, and optionally echoes each text.
class SocketWatch final : public WebSocket::Listener
{
public:
    explicit SocketWatch(WebSocket *watched, bool echoes = true)
        : socket(watched)
        , m_echoes(echoes)
    {
        socket->setListener(this);
    }
    SocketWatch(const SocketWatch &) = delete;
    SocketWatch &operator=(const SocketWatch &) = delete;
    ~SocketWatch()
    {
        if (socket)
            socket->setListener(nullptr);
    }

    WebSocket *socket; ///< nullptr once it is closed
    QByteArrayList texts;
    int drainings = 0;
    QList<quint16> codes; ///< its close codes
    qint64 queuedAtTheEnd = 0;

private:
    void textReceived(const QByteArray &utf8) override
    {
        texts.append(utf8);
        if (m_echoes)
            socket->sendText(utf8);
    }
    void drained() override { ++drainings; }
    void closed(quint16 code) override
    {
        codes.append(code);
        // A listener may still use the socket here; the calls have no effect.
        socket->sendText("too late");
        socket->close(CloseCode::Normal);
        queuedAtTheEnd = socket->queuedBytes();
        socket = nullptr;
    }

    bool m_echoes;
};

} // namespace rookery::net::test
