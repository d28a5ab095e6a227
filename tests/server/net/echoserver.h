// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/websocket.h"
#include "tests/server/net/socketwatch.h"
#include "tests/server/net/testserver.h"
#include "tests/server/net/wsframe.h"
#include "tests/wire/rawclient.h"

#include <memory>
#include <optional>
#include <vector>

namespace rookery::net::test {

inline const QByteArray webSocketKey = "dGhlIHNhbXBsZSBub25jZQ=="; // RFC 6455 section 1.3
inline const QByteArray webSocketAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

inline QByteArray handshake(
    const QByteArray &path = "/ws", const QByteArray &lines = {}, const QByteArray &version = "13")
{
    return "GET " + path + " HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Key: " + webSocketKey + "\r\nSec-WebSocket-Version: " + version + "\r\n" + lines
        + "\r\n";
}

/// A server that admits every handshake and records its sockets' events.
class EchoServer : public QObject
{
public:
    explicit EchoServer(const Limits &limits = {})
        : m_server(limits)
    {
        m_server.server().setHandshakeFilter([this](const Handshake &handshake) -> std::optional<Error> {
            if (handshake.path != QLatin1String("/ws"))
                return Error{ErrorCode::NotFound, QStringLiteral("no socket here")};
            if (handshake.origin == "http://foreign")
                return Error{ErrorCode::Forbidden, QStringLiteral("not from there")};
            last = handshake;
            return std::nullopt;
        });
        connect(&m_server.server(), &Server::webSocketOpened, this,
            [this](WebSocket *socket, const Handshake &handshake) {
                told = handshake;
                m_sockets.push_back(std::make_unique<SocketWatch>(socket, echo));
            });
    }

    const QUrl &url() const { return m_server.url(); }
    Server &server() { return m_server.server(); }
    void stop() { m_server.stop(); }
    void destroy() { m_server.destroy(); }
    QUrl webSocketUrl() const
    {
        QUrl its = url();
        its.setScheme(QStringLiteral("ws"));
        its.setPath(QStringLiteral("/ws"));
        return its;
    }

    int opened() const { return int(m_sockets.size()); }
    const SocketWatch &watch() const { return *m_sockets.front(); }
    /// The first that was opened; nullptr once it is closed.
    WebSocket *socket() const { return watch().socket; }
    QByteArrayList texts() const { return collected(&SocketWatch::texts); }
    QList<quint16> closed() const { return collected(&SocketWatch::codes); }
    void sendToAll(const QByteArray &frame)
    {
        for (const auto &watched : m_sockets)
            watched->socket->sendFrame(frame);
    }

    bool echo = true;
    std::optional<Handshake> last; ///< passed to the filter
    std::optional<Handshake> told; ///< passed with a socket

private:
    template <typename List>
    List collected(List SocketWatch::*each) const
    {
        List all;
        for (const auto &watched : m_sockets)
            all += watched.get()->*each;
        return all;
    }

    TestServer m_server;
    std::vector<std::unique_ptr<SocketWatch>> m_sockets;
};

/// A client that has received its 101.
inline std::unique_ptr<rookery::test::RawClient> upgraded(const EchoServer &server)
{
    auto client = std::make_unique<rookery::test::RawClient>(server.url());
    client->send(handshake());
    if (client->answer().status != 101)
        qWarning("no upgrade");
    return client;
}

inline QByteArray unmasked(int first, const QByteArray &payload)
{
    return frame(first, payload, {});
}

inline QByteArray serverText(const QByteArray &payload)
{
    return unmasked(fin | textFrame, payload);
}

} // namespace rookery::net::test
