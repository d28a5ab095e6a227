#include "server/ws/websocketapi.h"

#include "server/auth/presented.h"
#include "server/core/accounts.h"
#include "server/core/rooms.h"
#include "server/net/server.h"
#include "server/net/websocket.h"
#include "server/ws/directsession.h"
#include "server/ws/endpoint.h"
#include "server/ws/guestadmission.h"
#include "server/ws/nativesession.h"
#include "server/ws/personalsession.h"
#include "server/ws/refusal.h"
#include "server/ws/roomaudiences.h"
#include "server/ws/roomsession.h"

#include <QSet>

namespace rookery::ws {

class WebSocketApi::Private
{
public:
    Private(WebSocketApi *api, net::Server *webServer, core::Core core, WebSocketOptions settings)
        : q(api)
        , server(webServer)
        , options(std::move(settings))
        , audiences(core.hub)
        , context{core, options.limits, &audiences}
    { }

    std::optional<Error> filter(const net::Handshake &handshake) const;
    void accept(net::WebSocket *socket);
    void openSession(
        net::WebSocket *socket, const core::Principal &principal, qint64 lobbySeq, const Inbox &early);
    std::unique_ptr<Session> makeSession(
        net::WebSocket *socket, const core::Principal &principal, qint64 lobbySeq);
    void retire(Session *session);

    WebSocketApi *q;
    QPointer<net::Server> server;
    WebSocketOptions options;
    RoomAudiences audiences;
    SessionContext context;
    QSet<Session *> sessions; ///< owned
    bool leaving = false;
};

WebSocketApi::WebSocketApi(net::Server *server, core::Core core, WebSocketOptions options, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(this, server, core, std::move(options)))
{
    server->setHandshakeFilter([this](const net::Handshake &handshake) { return d->filter(handshake); });
    connect(
        server, &net::Server::webSocketOpened, this, [this](net::WebSocket *socket) { d->accept(socket); });
}

WebSocketApi::~WebSocketApi()
{
    if (d->server)
        d->server->setHandshakeFilter({});
    // Retired ones are children; they go before what they use does, too.
    qDeleteAll(std::exchange(d->sessions, {}));
    qDeleteAll(findChildren<Session *>(Qt::FindDirectChildrenOnly));
}

void WebSocketApi::goAway()
{
    d->leaving = true;
    const auto sessions = d->sessions;
    for (Session *session : sessions)
        session->leave();
}

std::optional<Error> WebSocketApi::Private::filter(const net::Handshake &handshake) const
{
    if (!endpointOf(handshake.path))
        return Error{ErrorCode::NotFound, QStringLiteral("There is no WebSocket at this path.")};
    if (!auth::originAllowed(handshake.origin, handshake.host, handshake.peer.secure, options.allowedOrigins))
        return Error{ErrorCode::Forbidden, QStringLiteral("Pages of this origin may not use this server.")};
    return std::nullopt;
}

void WebSocketApi::Private::accept(net::WebSocket *socket)
{
    if (leaving) {
        socket->close(CloseCode::ServiceRestart, QStringLiteral("The server is leaving."));
        return;
    }
    const core::Accounts &accounts = *context.core.accounts;
    const qint64 lobbySeq = context.core.rooms->lobby().lastSeq;
    const auth::PresentedToken presented = auth::presentedToken(socket->handshake());
    if (presented.token.isEmpty() && accounts.guestsAllowed()) {
        auto *admission = new GuestAdmission(socket, q);
        admission->begin(context.core.accounts,
            [this, lobbySeq](net::WebSocket *admitted, const core::Principal &guest, const Inbox &early) {
                openSession(admitted, guest, lobbySeq, early);
            });
        return;
    }
    const auto principal = accounts.authenticate(presented.token);
    if (principal)
        openSession(socket, *principal, lobbySeq, {});
    else
        refuseSocket(socket, principal.error(), CloseCode::Unauthorized);
}

void WebSocketApi::Private::openSession(
    net::WebSocket *socket, const core::Principal &principal, qint64 lobbySeq, const Inbox &early)
{
    if (leaving) {
        socket->close(CloseCode::ServiceRestart, QStringLiteral("The server is leaving."));
        return;
    }
    Session *session = makeSession(socket, principal, lobbySeq).release();
    sessions.insert(session);
    connect(session, &Session::finished, q, [this](Session *finished) { retire(finished); });
    session->start(early);
}

std::unique_ptr<Session> WebSocketApi::Private::makeSession(
    net::WebSocket *socket, const core::Principal &principal, qint64 lobbySeq)
{
    const auto endpoint = endpointOf(socket->handshake().path);
    Q_ASSERT(endpoint); // the filter let it in
    switch (endpoint->dialect) {
    case Dialect::Personal:
        return std::make_unique<PersonalSession>(context, socket, principal, lobbySeq);
    case Dialect::Direct:
        return std::make_unique<DirectSession>(context, socket, principal);
    case Dialect::Room:
        return std::make_unique<RoomSession>(context, socket, principal, endpoint->room);
    case Dialect::Native:
        return std::make_unique<NativeSession>(context, socket, principal);
    }
    Q_UNREACHABLE();
}

void WebSocketApi::Private::retire(Session *session)
{
    // Possibly from inside one of its own calls, or of the hub's.
    sessions.remove(session);
    session->setParent(q);
    session->deleteLater();
}

} // namespace rookery::ws
