// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/net/acceptor.h"
#include "server/net/server.h"

#include <QHttpServerResponder>
#include <QStringList>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace rookery::net::test {

/// A net::Server with an Acceptor and a few routes, on a port of its own.
///
/// `GET /hello`, `GET /large/<bytes>`, `GET /headers` (what the handler sees, one per line), `GET /later`
/// (answers after 100 ms), `GET /held` (answers when answerHeld() is called), `GET /empty` (204), `GET /file`
/// (from a device), `POST /echo`, and 404 for the rest, with the path in its body.
class TestServer
{
public:
    explicit TestServer(const Limits &limits = {}, const std::optional<TlsFiles> &tls = std::nullopt);

    Server &server() { return *m_server; }
    const QUrl &url() const { return m_url; }
    void answerHeld(const QByteArray &body);
    /// Additional headers of `/echo`'s answer.
    void setHeaderOfEcho(std::pair<QByteArray, QByteArray> header) { m_headerOfEcho = std::move(header); }
    /// Number of sockets that QHttpServer knows.
    qsizetype qtSockets() const;
    qsizetype held() const { return qsizetype(m_held.size()); }
    /// Paths of the requests that reached a handler.
    const QStringList &handled() const { return m_handled; }
    /// In the application's order: first the ports are closed, then admissions end.
    void stop()
    {
        m_acceptor->close();
        m_server->stop();
    }
    /// Destroys the server with all open connections. A responder must never outlive its QHttpServer.
    void destroy()
    {
        m_held.clear();
        m_acceptor.reset();
        m_server.reset();
    }

private:
    void addRoutes();

    std::unique_ptr<Server> m_server;
    std::unique_ptr<Acceptor> m_acceptor;
    QUrl m_url;
    QStringList m_handled;
    std::optional<std::pair<QByteArray, QByteArray>> m_headerOfEcho;
    std::vector<QHttpServerResponder> m_held;
};

} // namespace rookery::net::test
