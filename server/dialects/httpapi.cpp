// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/httpapi.h"

#include "server/dialects/direct/directroutes.h"
#include "server/dialects/native/nativeaccounts.h"
#include "server/dialects/native/nativeinvitations.h"
#include "server/dialects/native/nativemessages.h"
#include "server/dialects/native/nativemoderation.h"
#include "server/dialects/native/nativerooms.h"
#include "server/dialects/personal/personallobby.h"
#include "server/dialects/personal/personalmessages.h"
#include "server/dialects/room/roomroutes.h"
#include "server/http/errorresponse.h"
#include "server/http/pages.h"
#include "server/http/router.h"
#include "server/net/server.h"

#include <array>

namespace rookery::http {

namespace {

/// Those of server/dialects/endpoint.cpp but `/`, which has a page.
constexpr std::array webSocketPaths{
    QLatin1String("/websocket"), QLatin1String("/ws/v1"), QLatin1String("/ws/chat/{room}")};

} // namespace

class HttpApi::Private
{
public:
    Private(core::Core core, const HttpOptions &options)
        : router(core.budget, core.accounts, OriginPolicy(options.allowedOrigins))
    { }

    Router router;
};

HttpApi::HttpApi(net::Server *server, core::Core core, HttpOptions options, QObject *parent)
    : QObject(parent)
    , d(std::make_unique<Private>(core, options))
{
    const RouteContext context{&d->router, core, this};
    addPersonalMessages(context);
    addDirectRoutes(context);
    addPersonalLobby(context);
    addRoomRoutes(context);
    addNativeAccounts(context);
    addNativeRooms(context);
    addNativeMessages(context);
    addNativeModeration(context);
    addNativeInvitations(context);
    addPages(context, options.serverName);

    for (const QLatin1String path : webSocketPaths)
        d->router.addWebSocket(path);
    server->setRefusalBody(refusal);
    d->router.attach(server);
}

HttpApi::~HttpApi() = default;

QStringList HttpApi::routes() const
{
    return d->router.routes();
}

} // namespace rookery::http
