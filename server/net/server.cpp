#include "server/net/server.h"

#include "server/net/connectionset.h"
#include "server/net/handover.h"
#include "server/net/listener.h"

#include <QBasicTimer>
#include <QTimerEvent>
#include <QWebSocket>
#include <QWebSocketServer>

#include <algorithm>

#include <sys/resource.h>

namespace rookery::net {

namespace {

using namespace std::chrono_literals;

/// Descriptors that are not connections: listeners, database, log, files being read …
constexpr rlim_t otherDescriptors = 128;

/// How many connections the process can open; raises its soft limit as far as it needs and may.
int affordableConnections(int wanted)
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return wanted;
    const rlim_t needed = rlim_t(wanted) + otherDescriptors;
    if (limit.rlim_cur < needed) {
        rlimit raised = limit;
        raised.rlim_cur = std::min(needed, limit.rlim_max);
        if (::setrlimit(RLIMIT_NOFILE, &raised) == 0)
            limit = raised;
    }
    if (limit.rlim_cur >= needed)
        return wanted;
    const int affordable = limit.rlim_cur > 2 * otherDescriptors ? int(limit.rlim_cur - otherDescriptors)
                                                                 : int(limit.rlim_cur / 2);
    qWarning("Only %d of %d connections can be open at once: the process may not open more descriptors.",
        affordable, wanted);
    return affordable;
}

/// How often deadlines are looked at: often enough for the shortest of them, never more than a deadline's
/// worth.
std::chrono::milliseconds tickInterval(const Limits &limits)
{
    const auto shortest = std::min(
        {limits.headerTime, limits.bodyGrace, limits.keepAliveTime, limits.pingInterval, limits.pongTimeout});
    return std::clamp<std::chrono::milliseconds>(shortest / 4, 10ms, 1000ms);
}

Error badUrl(const QUrl &url, const QString &why)
{
    return {ErrorCode::InvalidField, QStringLiteral("Cannot listen on '%1': %2.").arg(url.toString(), why)};
}

} // namespace

class Server::Private : public QObject, public Connection::Host
{
public:
    Private(Server *server, const Limits &limits);
    ~Private() override;

    const Limits &limits() const override { return m_limits; }
    Reactor &reactor() override { return m_reactor; }
    bool stopping() const override { return m_stopping; }
    QByteArray refusalAnswer(int status, const Error &error) const override;
    std::optional<Error> judge(const Handshake &handshake) const override;
    QObject *guardParent() override { return m_handover; }
    void giveToHttp(GuardSocket *guard) override { m_handover->give(guard); }
    void giveToWebSocketServer(GuardSocket *guard) override { m_webSockets.handleConnection(guard); }
    void handshakeAnswered(Connection *connection) override { m_handshaking = connection; }
    void opened(WebSocket *socket) override { Q_EMIT m_server->webSocketOpened(socket); }
    void over(Connection *connection) override;

    Result<QUrl> listen(const QUrl &url, const std::optional<TlsFiles> &tls);
    void stop();

    Server *const m_server;
    const Limits m_limits;
    Reactor m_reactor;
    QHttpServer m_http;
    Handover *m_handover; // m_http's child
    QWebSocketServer m_webSockets{QString(), QWebSocketServer::NonSecureMode};
    HandshakeFilter m_filter;
    RefusalBody m_refusalBody;
    ConnectionSet m_connections;
    std::vector<std::unique_ptr<Listener>> m_listeners;

protected:
    void timerEvent(QTimerEvent *event) override;

private:
    void admit(int descriptor, const std::shared_ptr<TlsContext> &tls);
    void takeQWebSocket();
    void announceDrained();

    QBasicTimer m_ticker;
    Connection *m_handshaking = nullptr;
    bool m_stopping = false;
    bool m_drained = false;
};

Server::Private::Private(Server *server, const Limits &limits)
    : m_server(server)
    , m_limits(limits)
    , m_handover(new Handover(&m_http))
    , m_connections(limits, affordableConnections(limits.connections))
{
    m_http.bind(m_handover);
    m_webSockets.setSupportedSubprotocols({QStringLiteral("bearer")});
    connect(&m_webSockets, &QWebSocketServer::newConnection, this, &Private::takeQWebSocket);
}

Server::Private::~Private()
{
    m_stopping = true;
    m_drained = true;
    m_listeners.clear();
    m_connections.forEach([](Connection &connection) { connection.cut(); });
}

QByteArray Server::Private::refusalAnswer(int status, const Error &error) const
{
    return m_refusalBody ? m_refusalBody(status, error) : plainRefusal(status, error);
}

std::optional<Error> Server::Private::judge(const Handshake &handshake) const
{
    if (m_filter)
        return m_filter(handshake);
    return Error{ErrorCode::NotFound, QStringLiteral("There is no WebSocket at this path.")};
}

void Server::Private::admit(int descriptor, const std::shared_ptr<TlsContext> &tls)
{
    m_connections.admit(*this, descriptor, tls);
    if (!m_ticker.isActive())
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

/// Inside the call that has just answered the handshake of m_handshaking.
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

void Server::Private::over(Connection *connection)
{
    if (m_handshaking == connection)
        m_handshaking = nullptr;
    m_reactor.bury(m_connections.remove(connection));
    if (m_stopping)
        announceDrained();
}

void Server::Private::announceDrained()
{
    if (m_connections.size() > 0 || std::exchange(m_drained, true))
        return;
    QMetaObject::invokeMethod(m_server, &Server::drained, Qt::QueuedConnection);
}

Result<QUrl> Server::Private::listen(const QUrl &url, const std::optional<TlsFiles> &tls)
{
    const bool secure = url.scheme() == QLatin1String("https");
    if (!secure && url.scheme() != QLatin1String("http"))
        return badUrl(url, QStringLiteral("it must begin with http:// or https://"));
    if (url.port() < 0)
        return badUrl(url, QStringLiteral("it names no port"));
    const QString host = url.host() == QLatin1String("localhost") ? QStringLiteral("127.0.0.1") : url.host();
    const QHostAddress address(host);
    if (address.isNull())
        return badUrl(url, QStringLiteral("the host must be an IP address or 'localhost'"));
    if (!url.path().isEmpty() && url.path() != QLatin1String("/"))
        return badUrl(url, QStringLiteral("it must not have a path"));

    std::shared_ptr<TlsContext> context;
    if (secure) {
        if (!tls)
            return badUrl(url, QStringLiteral("https needs a certificate and its key"));
        auto loaded = TlsContext::load(*tls);
        if (!loaded)
            return loaded.error();
        context = std::move(loaded).value();
    }

    auto listener = std::make_unique<Listener>(
        context, [this](int descriptor, const std::shared_ptr<TlsContext> &its) { admit(descriptor, its); });
    if (!listener->listen(address, quint16(url.port())))
        return badUrl(url, listener->errorString());
    QUrl taken = url;
    taken.setPath({});
    taken.setPort(listener->serverPort());
    m_listeners.push_back(std::move(listener));
    return taken;
}

void Server::Private::stop()
{
    if (std::exchange(m_stopping, true))
        return;
    m_listeners.clear();
    m_connections.forEach([](Connection &connection) { connection.stopIfIdle(); });
    announceDrained();
}

Server::Server(const Limits &limits, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(this, limits))
{ }

Server::~Server() = default;

QHttpServer &Server::http()
{
    return d->m_http;
}

void Server::setHandshakeFilter(HandshakeFilter filter)
{
    d->m_filter = std::move(filter);
}

void Server::setRefusalBody(RefusalBody body)
{
    d->m_refusalBody = std::move(body);
}

Result<QUrl> Server::listen(const QUrl &url, const std::optional<TlsFiles> &tls)
{
    return d->listen(url, tls);
}

void Server::stopAccepting()
{
    d->stop();
}

int Server::connectionCount() const
{
    return int(d->m_connections.size());
}

} // namespace rookery::net
