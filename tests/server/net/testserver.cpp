// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/net/testserver.h"

#include "server/net/qt/qtcompat.h"

#include <QBuffer>
#include <QTimer>

#include <csignal>

namespace rookery::net::test {

namespace {

using Headers = QList<std::pair<QByteArray, QByteArray>>;

const Headers text{{"content-type", "text/plain"}};

} // namespace

TestServer::TestServer(const Limits &limits, const std::optional<TlsFiles> &tls)
{
    std::signal(SIGPIPE, SIG_IGN); // as the daemon does
    m_server = std::make_unique<Server>(limits, makeConnectionQuota(limits));
    addRoutes();
    m_acceptor = std::make_unique<Acceptor>(std::vector<Server *>{m_server.get()});
    const auto url = m_acceptor->listen(
        QUrl(tls ? QStringLiteral("https://127.0.0.1:0") : QStringLiteral("http://127.0.0.1:0")), tls);
    if (url)
        m_url = *url;
    else
        qWarning("%s", qPrintable(url.error().detail));
}

void TestServer::addRoutes()
{
    using Method = QHttpServerRequest::Method;
    QHttpServer &http = m_server->http();
    const auto note = [this](const QHttpServerRequest &request) { m_handled.append(request.url().path()); };
    http.route(QStringLiteral("/hello"), Method::Get, [note](const QHttpServerRequest &request) {
        note(request);
        return QByteArrayLiteral("hello");
    });
    http.route(
        QStringLiteral("/large/<arg>"), Method::Get, [note](int bytes, const QHttpServerRequest &request) {
            note(request);
            return QByteArray(bytes, 'x');
        });
    http.route(QStringLiteral("/headers"), Method::Get, [this, note](const QHttpServerRequest &request) {
        note(request);
        const Incoming *incoming = m_server->incoming();
        QByteArray lines = incoming->peer.secure ? "over TLS\n" : "in plain\n";
        lines += QByteArray::number(request.headers().size()) + " before Qt\n";
        for (const RequestHead::Field &field : incoming->head.fields)
            lines += field.name + ": " + field.value + '\n';
        return lines + request.url().query().toUtf8();
    });
    http.route(QStringLiteral("/echo"), Method::Post,
        [this, note](const QHttpServerRequest &request, ResponderArgument responder) {
            note(request);
            Headers headers = text;
            if (m_headerOfEcho)
                headers.append(*m_headerOfEcho);
            m_server->answer(std::move(responder), 200, headers, request.body());
        });
    http.route(QStringLiteral("/empty"), Method::Get, [note](const QHttpServerRequest &request) {
        note(request);
        return QHttpServerResponder::StatusCode::NoContent;
    });
    http.route(QStringLiteral("/later"), Method::Get,
        [this, note](const QHttpServerRequest &request, ResponderArgument responder) {
            note(request);
            auto kept = std::make_shared<QHttpServerResponder>(std::move(responder));
            QTimer::singleShot(100, m_server.get(), [kept] { writeAnswer(*kept, 200, text, "later"); });
        });
    http.route(QStringLiteral("/held"), Method::Get,
        [this, note](const QHttpServerRequest &request, ResponderArgument responder) {
            note(request);
            m_held.emplace_back(std::move(responder));
        });
    http.route(QStringLiteral("/file"), Method::Get,
        [note](const QHttpServerRequest &request, ResponderArgument responder) {
            note(request);
            auto *file = new QBuffer;
            file->setData(QByteArray(100'000, 'f'));
            responder.write(file, QByteArrayLiteral("text/plain"));
        });
    setMissingHandler(
        http, m_server.get(), [note](const QHttpServerRequest &request, ResponderArgument responder) {
            note(request);
            QHttpServerResponder mine(std::move(responder));
            writeAnswer(mine, 404, text, request.url().path(QUrl::FullyEncoded).toUtf8());
        });
}

qsizetype TestServer::qtSockets() const
{
    return m_server->http().findChildren<QTcpSocket *>().size();
}

void TestServer::answerHeld(const QByteArray &body)
{
    for (QHttpServerResponder &responder : std::exchange(m_held, {}))
        m_server->answer(std::move(responder), 200, text, body);
}

} // namespace rookery::net::test
