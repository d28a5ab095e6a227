// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/websocketapi.h"

#include "server/auth/presented.h"
#include "server/core/accounts.h"
#include "server/core/budget.h"
#include "server/core/costs.h"
#include "server/core/live/hub.h"
#include "server/core/rooms.h"
#include "server/core/storereach.h"
#include "server/dialects/admission.h"
#include "server/dialects/direct/directsession.h"
#include "server/dialects/endpoint.h"
#include "server/dialects/native/memberslists.h"
#include "server/dialects/native/nativesession.h"
#include "server/dialects/personal/personalsession.h"
#include "server/dialects/room/roomsession.h"
#include "server/dialects/room/userslists.h"
#include "server/net/peer/addresses.h"
#include "server/net/server.h"
#include "server/net/websocket.h"
#include "server/ws/echosockets.h"
#include "server/ws/refusal.h"

#include <QPointer>
#include <QTimer>

#include <unordered_set>
#include <vector>

namespace rookery::ws {

namespace {

/// How the sockets of an old history, or of a node that is cut off from the store, are closed: a portion at a time, so that
/// their clients do not all come back at once.
constexpr int portions = 40;
constexpr std::chrono::milliseconds betweenPortions{50};
/// When to try once more at a node that is cut off.
constexpr std::chrono::milliseconds untilReached{1000};

/// What is needed of a handshake after its token has been checked.
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
        , usersLists(core.hub)
        , membersLists(core)
        , context{core, options.limits, &usersLists, &membersLists, this}
    { }

    bool isEcho(const net::Handshake &handshake) const;
    std::optional<Error> filter(const net::Handshake &handshake) const;
    void accept(net::WebSocket *socket, const net::Handshake &handshake);
    void openSession(
        net::WebSocket *socket, const core::Principal &principal, const Wish &wish, const Inbox &early);
    std::unique_ptr<Session> makeSession(
        net::WebSocket *socket, const core::Principal &principal, const Wish &wish);
    void sessionFinished(Session *session) override;
    void discard(std::shared_ptr<void> object) override;
    /// Every session of now, sooner or later, has to leave.
    void beginRestart();
    void restartPortion();

    WebSocketApi *q;
    QPointer<net::Server> server;
    WebSocketOptions options;
    UsersLists usersLists;
    MembersLists membersLists;
    SessionContext context;
    std::vector<std::shared_ptr<void>> discarded; ///< until the event loop turns
    std::vector<std::unique_ptr<Session>> sessions; ///< each knows its index
    std::unordered_set<Session *> outdated; ///< of the sessions, those that have to leave
    int portionsLeft = 0;
    QTimer restart; ///< while there are any
    EchoSockets echoSockets;
    bool leaving = false;
};

WebSocketApi::WebSocketApi(net::Server *server, core::Core core, WebSocketOptions options, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(this, server, core, std::move(options)))
{
    server->setHandshakeFilter([this](const net::Handshake &handshake) { return d->filter(handshake); });
    d->restart.setInterval(betweenPortions);
    connect(&d->restart, &QTimer::timeout, this, [this] { d->restartPortion(); });
    connect(core.hub, &core::Hub::historyChanged, this, [this] { d->beginRestart(); });
    if (d->options.reach)
        connect(d->options.reach, &core::StoreReach::cutOff, this, [this] { d->beginRestart(); });
    connect(server, &net::Server::webSocketOpened, this,
        [this](net::WebSocket *socket, const net::Handshake &handshake) { d->accept(socket, handshake); });
}

WebSocketApi::~WebSocketApi()
{
    if (d->server)
        d->server->setHandshakeFilter({});
    d->sessions.clear();
    d->discarded.clear();
}

void WebSocketApi::goAway()
{
    d->leaving = true;
    // From the last one on: a session that ends is replaced by the last one.
    for (size_t i = d->sessions.size(); i > 0; --i)
        d->sessions[i - 1]->leave();
    d->echoSockets.goAway();
}

void WebSocketApi::Private::beginRestart()
{
    for (const auto &session : sessions)
        outdated.insert(session.get());
    portionsLeft = portions;
    restart.start();
}

void WebSocketApi::Private::restartPortion()
{
    const size_t share = (outdated.size() + size_t(portionsLeft) - 1) / size_t(portionsLeft);
    // By their addresses, which is no order that clients would know.
    for (size_t i = 0; i < share && !outdated.empty(); ++i) {
        Session *const session = *outdated.begin();
        outdated.erase(outdated.begin());
        session->leave();
    }
    if (--portionsLeft == 0)
        restart.stop();
}

bool WebSocketApi::Private::isEcho(const net::Handshake &handshake) const
{
    return options.testEcho && handshake.path == EchoSockets::path;
}

std::optional<Error> WebSocketApi::Private::filter(const net::Handshake &handshake) const
{
    if (!endpointOf(handshake.path) && !isEcho(handshake))
        return Error{ErrorCode::NotFound, QStringLiteral("There is no WebSocket at this path.")};
    if (!auth::presentedToken(handshake).needsNoOrigin()
        && !auth::originAllowed(
            handshake.origin, handshake.host, handshake.peer.secure, options.allowedOrigins))
        return Error{ErrorCode::Forbidden, QStringLiteral("Pages of this origin may not use this server.")};
    if (options.reach && options.reach->isCutOff())
        return Error{ErrorCode::StorageUnavailable,
            QStringLiteral("This node cannot reach the database, and others can."), {}, untilReached};
    // From the network's budget only: the token is checked later, and the session pays for the rest.
    core::Principal stranger;
    stranger.network = net::networkOf(handshake.peer.address);
    if (const auto wait =
            context.core.budget ? context.core.budget->take(stranger, core::costs::handshake) : std::nullopt)
        return Error{ErrorCode::RateLimited,
            QStringLiteral("Too many connections are made from this network."), {}, *wait};
    return std::nullopt;
}

void WebSocketApi::Private::accept(net::WebSocket *socket, const net::Handshake &handshake)
{
    if (leaving) {
        socket->close(CloseCode::ServiceRestart, QStringLiteral("The server is leaving."));
        return;
    }
    if (isEcho(handshake)) {
        echoSockets.add(socket);
        return;
    }
    core::Accounts *const accounts = context.core.accounts;
    const auth::PresentedToken presented = auth::presentedToken(handshake);
    const QString network = net::networkOf(handshake.peer.address);
    const bool asGuest = presented.token.isEmpty() && accounts->guestsAllowed();
    const auto known = asGuest ? std::nullopt : accounts->knownOwner(presented.token, network);
    if (known && !*known) {
        refuseSocket(socket, known->error(), CloseCode::Unauthorized);
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
    if (known) {
        openSession(socket, **known, wish, {});
        return;
    }
    const auto admitted = [this, wish, network](
                              net::WebSocket *opened, core::Principal user, const Inbox &early) {
        user.network = network;
        openSession(opened, user, wish, early);
    };
    auto *admission = new Admission(socket, q);
    if (asGuest) {
        const core::ClientInfo client{
            handshake.peer.address.toString(), network, QString::fromUtf8(handshake.userAgent)};
        admission->begin(
            [accounts, client](QObject *asker, Done<core::Principal> done) {
                accounts->admitGuest(client, asker, std::move(done));
            },
            admitted);
        return;
    }
    core::Principal stranger;
    stranger.network = network;
    if (context.core.budget)
        context.core.budget->charge(stranger, core::costs::lookUp);
    admission->begin(
        [accounts, token = presented.token, network](QObject *asker, Done<core::Principal> done) {
            accounts->authenticate(token, network, asker, std::move(done));
        },
        admitted);
}

void WebSocketApi::Private::openSession(
    net::WebSocket *socket, const core::Principal &principal, const Wish &wish, const Inbox &early)
{
    if (leaving) {
        socket->close(CloseCode::ServiceRestart, QStringLiteral("The server is leaving."));
        return;
    }
    sessions.push_back(makeSession(socket, principal, wish));
    sessions.back()->index = sessions.size() - 1;
    sessions.back()->start(early);
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
    // Possibly called from inside one of its functions, or the hub's.
    outdated.erase(session);
    const size_t index = session->index;
    std::swap(sessions[index], sessions.back());
    sessions[index]->index = index;
    discard(std::move(sessions.back()));
    sessions.pop_back();
}

void WebSocketApi::Private::discard(std::shared_ptr<void> object)
{
    if (discarded.empty())
        QMetaObject::invokeMethod(
            q, [this] { std::exchange(discarded, {}).clear(); }, Qt::QueuedConnection);
    discarded.push_back(std::move(object));
}

} // namespace rookery::ws
