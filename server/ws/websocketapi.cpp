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

#include <QPointer>

#include <vector>

namespace rookery::ws {

namespace {

/// What is needed of a handshake once its token has been looked at.
struct Wish
{
    Endpoint endpoint;
    roomframes::Start start; ///< of Dialect::Room
    qint64 lobbySeq = 0; ///< of the newest event in the lobby when the socket opened
};

} // namespace

class WebSocketApi::Private final : public SessionOwner
{
public:
    Private(WebSocketApi *api, net::Server *webServer, core::Core core, WebSocketOptions settings)
        : q(api)
        , server(webServer)
        , options(std::move(settings))
        , audiences(core.hub)
        , context{core, options.limits, &audiences, this}
    { }

    std::optional<Error> filter(const net::Handshake &handshake) const;
    void accept(net::WebSocket *socket, const net::Handshake &handshake);
    void openSession(
        net::WebSocket *socket, const core::Principal &principal, const Wish &wish, const Inbox &early);
    std::unique_ptr<Session> makeSession(
        net::WebSocket *socket, const core::Principal &principal, const Wish &wish);
    void sessionFinished(Session *session) override;

    WebSocketApi *q;
    QPointer<net::Server> server;
    WebSocketOptions options;
    RoomAudiences audiences;
    SessionContext context;
    std::vector<Session *> sessions; ///< owned; each knows its index
    bool leaving = false;
};

WebSocketApi::WebSocketApi(net::Server *server, core::Core core, WebSocketOptions options, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(this, server, core, std::move(options)))
{
    server->setHandshakeFilter([this](const net::Handshake &handshake) { return d->filter(handshake); });
    connect(server, &net::Server::webSocketOpened, this,
        [this](net::WebSocket *socket, const net::Handshake &handshake) { d->accept(socket, handshake); });
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
    for (Session *session : sessions) // none is deleted before the event loop turns
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

void WebSocketApi::Private::accept(net::WebSocket *socket, const net::Handshake &handshake)
{
    if (leaving) {
        socket->close(CloseCode::ServiceRestart, QStringLiteral("The server is leaving."));
        return;
    }
    const core::Accounts &accounts = *context.core.accounts;
    const auth::PresentedToken presented = auth::presentedToken(handshake);
    const bool asGuest = presented.token.isEmpty() && accounts.guestsAllowed();
    const auto principal =
        asGuest ? Result<core::Principal>(core::Principal()) : accounts.authenticate(presented.token);
    if (!principal) {
        refuseSocket(socket, principal.error(), CloseCode::Unauthorized);
        return;
    }
    const auto endpoint = endpointOf(handshake.path);
    Q_ASSERT(endpoint); // the filter let it in
    Wish wish{*endpoint, {}, context.core.rooms->lobby().lastSeq};
    if (endpoint->dialect == Dialect::Room) {
        const auto start = roomframes::parseStart(handshake.query);
        if (!start) {
            refuseSocket(socket, start.error(), CloseCode::PolicyViolation);
            return;
        }
        wish.start = *start;
    }
    if (asGuest) {
        auto *admission = new GuestAdmission(socket, q);
        admission->begin(context.core.accounts,
            [this, wish](net::WebSocket *admitted, const core::Principal &guest, const Inbox &early) {
                openSession(admitted, guest, wish, early);
            });
        return;
    }
    openSession(socket, *principal, wish, {});
}

void WebSocketApi::Private::openSession(
    net::WebSocket *socket, const core::Principal &principal, const Wish &wish, const Inbox &early)
{
    if (leaving) {
        socket->close(CloseCode::ServiceRestart, QStringLiteral("The server is leaving."));
        return;
    }
    Session *session = makeSession(socket, principal, wish).release();
    session->index = sessions.size();
    sessions.push_back(session);
    session->start(early);
}

std::unique_ptr<Session> WebSocketApi::Private::makeSession(
    net::WebSocket *socket, const core::Principal &principal, const Wish &wish)
{
    switch (wish.endpoint.dialect) {
    case Dialect::Personal:
        return std::make_unique<PersonalSession>(context, socket, principal, wish.lobbySeq);
    case Dialect::Direct:
        return std::make_unique<DirectSession>(context, socket, principal);
    case Dialect::Room:
        return std::make_unique<RoomSession>(context, socket, principal, wish.endpoint.room, wish.start);
    case Dialect::Native:
        return std::make_unique<NativeSession>(context, socket, principal);
    }
    Q_UNREACHABLE();
}

void WebSocketApi::Private::sessionFinished(Session *session)
{
    // Possibly from inside one of its own calls, or of the hub's.
    sessions[session->index] = sessions.back();
    sessions[session->index]->index = session->index;
    sessions.pop_back();
    session->setParent(q);
    session->deleteLater();
}

} // namespace rookery::ws
