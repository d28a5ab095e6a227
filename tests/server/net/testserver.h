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
/// `GET /hello`, `GET /large/<bytes>`, `GET /headers` (what the handler sees, a line each), `GET /later`
/// (answers 100 ms later), `GET /held` (answers when answerHeld() is called), `GET /empty` (204), `GET /file`
/// (from a device), `POST /echo`, and 404 for the rest, with the path in its body.
class TestServer
{
public:
    explicit TestServer(const Limits &limits = {}, const std::optional<TlsFiles> &tls = std::nullopt);

    Server &server() { return *m_server; }
    const QUrl &url() const { return m_url; }
    void answerHeld(const QByteArray &body);
    /// What `/echo` answers with beside its own.
    void setHeaderOfEcho(std::pair<QByteArray, QByteArray> header) { m_headerOfEcho = std::move(header); }
    /// Sockets that QHttpServer knows.
    qsizetype qtSockets() const;
    qsizetype held() const { return qsizetype(m_held.size()); }
    /// Paths of the requests that reached a handler.
    const QStringList &handled() const { return m_handled; }
    /// As the application does it: no more ports, then no more admissions.
    void stop()
    {
        m_acceptor->close();
        m_server->stop();
    }
    /// Ends the server, with whatever is still open. A responder must never outlive its QHttpServer.
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
