// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/done.h"
#include "server/core/principal.h"
#include "server/http/originpolicy.h"
#include "server/http/pendingreplies.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/net/exchange.h"
#include "server/net/incoming.h"

#include <QHash>
#include <QHostAddress>
#include <QObject>
#include <QPointer>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

namespace rookery::core {
class Budget;
class Accounts;
} // namespace rookery::core
namespace rookery::net {
class Responder;
class Server;
} // namespace rookery::net

namespace rookery::http {

/// Those that routes can have, in the order in which `Allow` names them.
enum class Method { Get, Put, Delete, Post, Patch };

/// Who may call a route.
enum class Access {
    Public, ///< anybody; a token is not looked at
    User, ///< whoever presents a good token (Request::principal); 401 otherwise
    /// As User; without any token, where the operator allows guests and no foreign page asks, a guest without
    /// an id (Request::principal), who has to be admitted before saying anything.
    UserOrGuest,
};

using Handler = std::function<void(const Request &, const ReplyPtr &)>;

/// A sink for the body, whose limit may be the user's own, or an answer: from memory, or from a source. Answers
/// are made with the ResponseBuilder, which a sink keeps.
using StreamDecision = std::variant<net::StreamBody, net::HttpResponse>;
/// Called with the head alone: the Request has no body.
using StreamHandler = std::function<StreamDecision(const Request &, const ResponseBuilder &)>;

/// A path of the table, cut at its slashes: `/api/v1/rooms/{room}`.
class PathPattern
{
public:
    explicit PathPattern(const QString &pattern);

    const QString &text() const { return m_text; }
    bool isLiteral() const { return m_names.isEmpty(); }
    /// The variable parts, decoded, where the path (percent-encoded, without query) fits; a part is never
    /// empty and never spans a slash, though `%2F` may stand in it.
    std::optional<PathParameters> match(QByteArrayView encodedPath) const;

private:
    QString m_text;
    QByteArrayList m_segments; ///< a variable one is null
    QStringList m_names; ///< of the variable segments, in order
};

/// The table of routes and the way of a request through it: path, method, origin, token, handler. It stands
/// in for QHttpServer's own rules, which it is reached past: those try one regular expression after the
/// other, know no 405 and never see a method that Qt has no name for. A literal path costs one hash look-up.
///
/// Each request draws from the budget of its user and its network (routecosts.h), and gets 429 where that is
/// spent. What takes longer than its price, or is answered with more, is charged for that as well.
///
/// Requests of routes that stream never reach QHttpServer. They pass the same checks, in the same order, before
/// a byte of their body is read; where they fail, the connection ends after the answer (server/net/exchange.h).
///
/// Lives on the reactor's thread.
class Router : public QObject, private net::HttpHandler
{
    Q_OBJECT
public:
    /// `patience`: see PendingReplies.
    Router(core::Budget *budget, core::Accounts *accounts, OriginPolicy origins,
        std::chrono::milliseconds patience = PendingReplies::usualPatience, QObject *parent = nullptr);
    ~Router() override;

    /// Takes every request of this server, which outlives the router; once, before the first connection.
    void attach(net::Server *server);

    /// `pattern` is OpenAPI's: `/api/v1/rooms/{room}`, without a trailing slash. GET serves HEAD too; OPTIONS
    /// is answered for every path.
    void add(Method method, const QString &pattern, Access access, Handler handler);
    /// The same for a route whose body streams in, or whose answer streams out. Before attach().
    void addStream(Method method, const QString &pattern, Access access, StreamHandler handler);

    /// A path of WebSockets: a GET that is no handshake gets 426 there. A route of the same path goes before
    /// it.
    void addWebSocket(const QString &pattern);

    /// `GET /api/v1/rooms/{room}` …, sorted.
    QStringList routes() const;

private:
    struct Route
    {
        Access access;
        std::variant<Handler, StreamHandler> handler;
        int cost; ///< routecosts.h
    };
    struct Path
    {
        PathPattern pattern;
        std::map<Method, Route> routes;
    };
    struct Match
    {
        const Path *path = nullptr;
        PathParameters parameters;
    };

    /// A request whose route is found, on its way through the checks.
    struct Passing
    {
        Match match;
        Method method;
        core::Principal principal = {};
        QByteArray token = {}; ///< whose owner only the store knows; otherwise empty
        bool originCounts = false;
        bool originAllowed = false;

        const Route &route() const { return match.path->routes.at(method); }
    };

    /// Who pays for a request, and how much that was until now, in microseconds.
    struct Payment
    {
        core::Principal who; ///< nobody but a network until it is known
        int paid = 0;
    };

    /// A request that waits for the store to say whose token it comes with.
    struct Held
    {
        net::RequestHead head;
        net::Peer peer;
        QByteArray body;
        Passing passing;
        Payment payment;

        net::Incoming incoming() const { return {head, peer, body}; }
    };

    /// Why a request does not reach its handler.
    struct Refused
    {
        Error error;
        Headers headers = {};
        bool late = false; ///< answered only after refusalTime
    };

    net::HttpDecision decide(const net::Incoming &incoming) override;
    net::HttpDecision stream(const net::Incoming &incoming, Passing passing, Payment &payment);
    net::HttpDecision decideLate(Held &held, ResponseBuilder form, const Result<core::Principal> &owner);
    net::HttpDecision serveStream(
        const net::Incoming &incoming, Passing passing, ResponseBuilder form, Payment &payment) const;
    net::HttpDecision refusal(Refused refused, const ResponseBuilder &form) const;

    void dispatch(const net::Incoming &incoming, net::Responder responder);
    void handle(const net::Incoming &incoming, net::Responder responder, Payment &payment);
    void serve(const net::Incoming &incoming, Passing passing, const ReplyPtr &reply, Payment &payment);
    void serveLater(const net::Incoming &incoming, Passing passing, const ReplyPtr &reply, Payment &payment);
    void refuse(Refused refused, const ReplyPtr &reply);
    void answerOptions(const net::Incoming &incoming, const Path *path, const ReplyPtr &reply) const;

    void addRoute(Method method, const QString &pattern, Route route);
    bool isWebSocket(QByteArrayView encodedPath) const;
    Match find(QByteArrayView encodedPath) const;
    static QByteArray allowedMethods(const Path &path);
    static bool isFree(const Path *path, std::optional<Method> method);

    Payment payer(const net::Incoming &incoming);
    /// Charges what was begun at `since` for the time that its price does not cover.
    void chargeTime(const Payment &payment, std::chrono::steady_clock::time_point since) const;
    /// Refused where the budget is spent.
    std::optional<Refused> pay(Payment &payment, int microseconds) const;
    /// Origin and token: all that is known of a request from its head before its user is. Sets Passing::token where
    /// only the store knows whose it is.
    std::optional<Refused> approach(
        const net::Incoming &incoming, Passing &passing, ResponseBuilder &form, const Payment &payment) const;
    static void setOwner(
        core::Principal owner, const net::Incoming &incoming, Passing &passing, ResponseBuilder &form);
    static std::shared_ptr<Held> hold(const net::Incoming &incoming, Passing passing, const Payment &payment);
    void findOwner(const std::shared_ptr<Held> &held, QObject *context, Done<core::Principal> done) const;
    /// The price, and what its user may send. Sets what the answer carries.
    Result<Request, Refused> admit(
        const net::Incoming &incoming, Passing passing, ResponseBuilder &form, Payment &payment) const;

    core::Budget *m_budget;
    core::Accounts *m_accounts;
    OriginPolicy m_origins;
    PendingReplies m_pending;
    QPointer<net::Server> m_server; ///< where routes stream
    std::vector<std::unique_ptr<Path>> m_paths;
    QHash<QByteArray, const Path *> m_literal;
    std::vector<const Path *> m_patterned;
    std::vector<const Path *> m_streamed; ///< those with a route that streams
    std::vector<PathPattern> m_webSockets;
    QHostAddress m_lastAddress; ///< of the request before
    QString m_lastNetwork;
};

} // namespace rookery::http
