// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/server.h"

#include "server/metrics/counters.h"
#include "server/net/admissions.h"
#include "server/net/connectionset.h"
#include "server/net/http/httpgrammar.h"
#include "server/net/qt/handover.h"
#include "server/net/qt/heldresponder.h"
#include "server/net/qt/qtcompat.h"

#include <QBasicTimer>
#include <QCoreApplication>
#include <QEvent>
#include <QHttpServer>
#include <QScopedValueRollback>
#include <QTimerEvent>
#include <QWebSocket>
#include <QWebSocketServer>

#include <algorithm>
#include <atomic>
#include <vector>

namespace rookery::net {

namespace {

using namespace std::chrono_literals;

/// Bytes of unread answers kept by one thread. A page of history can be megabytes, and a client can have
/// hundreds of connections that do not read theirs.
constexpr qint64 mostKept = 64 * 1024 * 1024;

/// The pause between two warnings about foreign Hosts.
constexpr std::chrono::seconds hostsToldApart = 60s;
constexpr qsizetype longestHostTold = 100;

/// Replaces an answer that cannot be sent.
void writeWithheld(QHttpServerResponder &responder)
{
    const QList<std::pair<QByteArray, QByteArray>> headers{{"Content-Type", "application/problem+json"},
        {"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}};
    writeAnswer(responder, 500, headers,
        R"({"type":"about:blank","title":"Internal Server Error","status":500,"code":"internal",)"
        R"("detail":"Something went wrong in the server.","error":"Something went wrong in the server."})");
}

/// How often deadlines are checked: often enough for the shortest of them.
std::chrono::milliseconds tickInterval(const Limits &limits)
{
    const auto shortest = std::min(
        {limits.headerTime, limits.bodyGrace, limits.keepAliveTime, limits.pingInterval, limits.pongTimeout});
    return std::clamp<std::chrono::milliseconds>(shortest / 4, 10ms, 1000ms);
}

} // namespace

class Server::Private : public QObject, public Connection::Host
{
public:
    Private(Server *server, const Limits &limits, std::shared_ptr<ConnectionQuota> quota);
    ~Private() override;

    const Limits &limits() const override { return m_limits; }
    Reactor &reactor() override { return m_reactor; }
    TurnShares &turnShares() override { return m_turnShares; }
    bool stopping() const override { return m_stopping; }
    const TrustedProxies &trustedProxies() const override { return m_proxies; }
    const HostRules &hostRules() const override { return m_hostRules; }
    HttpHandler *httpHandler() const override { return m_httpHandler; }
    void hostRefused(const QByteArray &host) override;
    void tooMany(const Peer &peer) override { Q_EMIT m_server->tooManyConnections(peer.address); }
    const QByteArray &securityField() const override { return m_securityField; }
    QByteArray refusalAnswer(int status, const Error &error) const override;
    std::optional<Error> judge(const Handshake &handshake) const override;
    GuardPool &guards() override { return m_guards; }
    QObject *guardParent() override { return m_handover; }
    void giveToHttp(GuardSocket *guard, const Incoming &request) override;
    bool responderGoes() const override { return m_responderGoes; }
    const QByteArray *bodyInHand() const override { return m_bodyInHand; }
    void giveToWebSocketServer(GuardSocket *guard) override { m_webSockets.handleConnection(guard); }
    void handshakeAnswered(Connection *connection) override { m_handshaking = connection; }
    void opened(WebSocket *socket, const Handshake &handshake) override
    {
        metrics::ofThisThread().webSocketsOpened.add();
        Q_EMIT m_server->webSocketOpened(socket, handshake);
    }
    void answersKept(qint64 change) override;
    void backlogChanged(qint64 bytes) override;
    void over(Connection *connection) override;

    void admit(Admissions::Admission admission);
    void stop();

    Server *const m_server;
    const Limits m_limits;
    TrustedProxies m_proxies;
    HostRules m_hostRules;
    HttpHandler *m_httpHandler = nullptr;
    QByteArray m_securityField;
    std::optional<Connection::Clock::time_point> m_hostRefused; ///< time of the last warning
    Reactor m_reactor;
    TurnShares m_turnShares;
    QHttpServer m_http;
    Handover *m_handover; // m_http's child
    GuardPool m_guards;
    bool m_responderGoes = false; ///< inside answer()
    const QByteArray *m_bodyInHand = nullptr; ///< inside answer()
    qint64 m_kept = 0; ///< bytes of unread answers
    qint64 m_backlog = 0; ///< bytes queued for WebSockets, except for those with little
    const Incoming *m_incoming = nullptr; ///< while its handler runs
    QWebSocketServer m_webSockets{QString(), QWebSocketServer::NonSecureMode};
    HandshakeFilter m_filter;
    RefusalBody m_refusalBody;
    ConnectionSet m_connections;
    std::atomic<int> m_count = 0; ///< m_connections' size, for other threads

protected:
    bool event(QEvent *event) override;
    void timerEvent(QTimerEvent *event) override;

private:
    template <typename Bytes, typename Counts>
    int greediest(Bytes bytesOf, Counts counts);
    void takeAdmitted();
    void takeQWebSocket();
    void announceDrained();

    Admissions m_admissions;
    QBasicTimer m_ticker;
    Connection *m_handshaking = nullptr;
    bool m_stopping = false;
    bool m_drained = false;
};

Server::Private::Private(Server *server, const Limits &limits, std::shared_ptr<ConnectionQuota> quota)
    : m_server(server)
    , m_limits(limits)
    , m_handover(new Handover(&m_http))
    , m_guards(m_handover)
    , m_connections(std::move(quota))
{
    m_http.bind(m_handover);
    m_webSockets.setSupportedSubprotocols({QStringLiteral("bearer")});
    connect(&m_webSockets, &QWebSocketServer::newConnection, this, &Private::takeQWebSocket);
}

Server::Private::~Private()
{
    m_stopping = true;
    m_drained = true;
    m_admissions.close();
    m_connections.forEach([](Connection &connection) { connection.cut(); });
}

void Server::Private::giveToHttp(GuardSocket *guard, const Incoming &request)
{
    const QScopedValueRollback<const Incoming *> running(m_incoming, &request);
    m_handover->give(guard);
}

QByteArray Server::Private::refusalAnswer(int status, const Error &error) const
{
    return m_refusalBody ? m_refusalBody(status, error) : plainRefusal(status, error);
}

/// Rate-limited, since strangers can trigger it.
void Server::Private::hostRefused(const QByteArray &host)
{
    const auto now = Connection::Clock::now();
    if (m_hostRefused && now - *m_hostRefused < hostsToldApart)
        return;
    m_hostRefused = now;
    qWarning("A request for the Host '%s' is refused with 421: if people know this server by that name, list "
             "it in "
             "[http] public_hosts",
        host.left(longestHostTold).constData());
}

std::optional<Error> Server::Private::judge(const Handshake &handshake) const
{
    if (m_filter)
        return m_filter(handshake);
    return Error{ErrorCode::NotFound, QStringLiteral("There is no WebSocket at this path.")};
}

/// On any thread. The event is only a wake-up; the admission is passed under the mutex of m_admissions.
void Server::Private::admit(Admissions::Admission admission)
{
    if (m_admissions.add(std::move(admission)))
        QCoreApplication::postEvent(this, new QEvent(QEvent::User));
}

bool Server::Private::event(QEvent *event)
{
    if (event->type() != QEvent::User)
        return QObject::event(event);
    takeAdmitted();
    return true;
}

void Server::Private::takeAdmitted()
{
    for (const Admissions::Admission &admission : m_admissions.take())
        m_connections.admit(*this, admission.descriptor, admission.tls);
    m_count.store(int(m_connections.size()), std::memory_order_relaxed);
    if (!m_ticker.isActive() && m_connections.size() > 0)
        m_ticker.start(int(tickInterval(m_limits).count()), this);
}

void Server::Private::timerEvent(QTimerEvent *event)
{
    if (event->timerId() != m_ticker.timerId()) {
        QObject::timerEvent(event);
        return;
    }
    const auto now = Connection::Clock::now();
    m_connections.forEach([now](Connection &connection) { connection.tick(now); });
    if (m_connections.size() == 0)
        m_ticker.stop();
}

/// Called while QWebSocketServer answers the handshake of m_handshaking.
void Server::Private::takeQWebSocket()
{
    Connection *const connection = std::exchange(m_handshaking, nullptr);
    while (QWebSocket *socket = m_webSockets.nextPendingConnection()) {
        if (connection)
            connection->upgraded(socket);
        else // its connection broke meanwhile
            socket->deleteLater();
    }
}

/// The place of the network with the largest sum of `bytesOf` over its connections, among networks with a
/// connection that `counts`.
template <typename Bytes, typename Counts>
int Server::Private::greediest(Bytes bytesOf, Counts counts)
{
    std::vector<qint64> kept(TurnShares::placeCount, 0);
    std::vector<bool> counted(TurnShares::placeCount, false);
    m_connections.forEach([&](const Connection &connection) {
        kept[connection.place()] += bytesOf(connection);
        if (counts(connection))
            counted[connection.place()] = true;
    });
    int most = -1;
    for (int place = 0; place < TurnShares::placeCount; ++place) {
        if (counted[size_t(place)] && (most < 0 || kept[size_t(place)] > kept[size_t(most)]))
            most = place;
    }
    return most;
}

/// Each connection may be slow for as long as the limits allow, but not all at once. Many connections from
/// one network must not displace all others: in the network that keeps the most, the connection that has
/// stalled for longest is cut.
void Server::Private::answersKept(qint64 change)
{
    m_kept += change;
    while (change > 0 && m_kept > mostKept) {
        const int place = greediest([](const Connection &connection) { return connection.kept(); },
            [](const Connection &connection) { return connection.standsStill(); });
        if (place < 0)
            return; // all of them are being read
        Connection *longest = nullptr;
        m_connections.forEach([&](Connection &connection) {
            if (connection.place() == place && connection.standsStill()
                && (!longest || connection.since() < longest->since()))
                longest = &connection;
        });
        longest->cut();
    }
}

/// Each socket may keep Limits::outboundBytes, but not all at once: in the network with the largest backlog,
/// the socket with the largest one is given up.
void Server::Private::backlogChanged(qint64 bytes)
{
    m_backlog += bytes;
    while (bytes > 0 && m_backlog > m_limits.outboundBytesPerThread) {
        const int place = greediest([](const Connection &connection) { return connection.backlog(); },
            [](const Connection &connection) { return connection.backlog() > 0; });
        Connection *most = nullptr;
        m_connections.forEach([&](Connection &connection) {
            if (connection.place() == place && (!most || connection.backlog() > most->backlog()))
                most = &connection;
        });
        const qint64 before = m_backlog;
        if (most && most->backlog() > 0)
            most->giveUpBacklog();
        if (m_backlog >= before)
            return; // the rest is being closed
    }
}

void Server::Private::over(Connection *connection)
{
    if (m_handshaking == connection)
        m_handshaking = nullptr;
    m_reactor.bury(m_connections.remove(connection));
    m_count.store(int(m_connections.size()), std::memory_order_relaxed);
    if (m_stopping)
        announceDrained();
}

void Server::Private::announceDrained()
{
    if (m_connections.size() > 0 || std::exchange(m_drained, true))
        return;
    QMetaObject::invokeMethod(m_server, &Server::drained, Qt::QueuedConnection);
}

void Server::Private::stop()
{
    if (std::exchange(m_stopping, true))
        return;
    m_admissions.close();
    m_connections.forEach([](Connection &connection) { connection.stopIfIdle(); });
    announceDrained();
}

Server::Server(const Limits &limits, std::shared_ptr<ConnectionQuota> quota, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(this, limits, std::move(quota)))
{ }

Server::~Server() = default;

void Server::setRequestHandler(RequestHandler handler)
{
    setMissingHandler(d->m_http, d.get(),
        [host = d.get(), handler = std::move(handler)](
            const QHttpServerRequest &request, ResponderArgument responder) {
            if (const Incoming *incoming = host->m_incoming) {
                auto held = std::make_unique<Responder::Held>(Responder::Held{std::move(responder)});
                handler({incoming->head, incoming->peer, request.body()}, Responder(std::move(held)));
            }
        });
}

void Server::answer(Responder responder, int status, const QList<std::pair<QByteArray, QByteArray>> &headers,
    const QByteArray &body)
{
    answer(std::move(responder.m_held->responder), status, headers, body);
}

QHttpServer &Server::http()
{
    return d->m_http;
}

void Server::answer(QHttpServerResponder responder, int status,
    const QList<std::pair<QByteArray, QByteArray>> &headers, const QByteArray &body)
{
    const QScopedValueRollback<bool> last(d->m_responderGoes, true);
    const auto unfit = std::ranges::find_if(headers, [](const auto &field) {
        return !grammar::isToken(field.first) || !grammar::isFieldValue(field.second);
    });
    if (unfit == headers.end()) {
        const QScopedValueRollback<const QByteArray *> inHand(d->m_bodyInHand, &body);
        writeAnswer(responder, status, headers, body);
        return;
    }
    // A value that breaks out of its line would be a header, or an answer, of an attacker's making.
    qCritical("An answer is withheld: a value of its field '%s' cannot stand in a header.",
        unfit->first.toPercentEncoding().constData());
    writeWithheld(responder);
}

const Incoming *Server::incoming() const
{
    return d->m_incoming;
}

void Server::setTrustedProxies(TrustedProxies proxies)
{
    d->m_proxies = std::move(proxies);
}

void Server::setHostRules(HostRules rules)
{
    d->m_hostRules = std::move(rules);
}

void Server::setHttpHandler(HttpHandler *handler)
{
    d->m_httpHandler = handler;
}

void Server::setTransportSecurity(std::chrono::seconds time)
{
    d->m_securityField = time.count() > 0
        ? "Strict-Transport-Security: max-age=" + QByteArray::number(qint64(time.count())) + "\r\n"
        : QByteArray();
}

void Server::setHandshakeFilter(HandshakeFilter filter)
{
    d->m_filter = std::move(filter);
}

void Server::setRefusalBody(RefusalBody body)
{
    d->m_refusalBody = std::move(body);
}

void Server::admit(int descriptor, std::shared_ptr<TlsContext> tls)
{
    d->admit({descriptor, std::move(tls)});
}

void Server::stop()
{
    d->stop();
}

int Server::connectionCount() const
{
    return d->m_count.load(std::memory_order_relaxed);
}

} // namespace rookery::net
