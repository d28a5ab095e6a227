// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/websocket.h"

#include <QByteArrayList>
#include <QList>

namespace rookery::net::test {

/// Notes what happens to one socket of a server, and answers each text with itself where it is told to.
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

    WebSocket *socket; ///< null once it is closed
    QByteArrayList texts;
    int drainings = 0;
    QList<quint16> codes; ///< it was closed with
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
        // A listener may still use it here, and nothing comes of it.
        socket->sendText("too late");
        socket->close(CloseCode::Normal);
        queuedAtTheEnd = socket->queuedBytes();
        socket = nullptr;
    }

    bool m_echoes;
};

} // namespace rookery::net::test
