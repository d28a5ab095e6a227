// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/http/originpolicy.h"
#include "server/http/pendingreplies.h"
#include "server/http/reply.h"
#include "server/http/request.h"

#include <QHash>
#include <QHostAddress>
#include <QHttpServerRequest>
#include <QObject>

#include <functional>
#include <map>
#include <vector>

namespace rookery::core {
struct Principal;
class Budget;
class Accounts;
} // namespace rookery::core
namespace rookery::net {
class Server;
struct Incoming;
} // namespace rookery::net

namespace rookery::http {

using Method = QHttpServerRequest::Method;

/// Who may call a route.
enum class Access {
    Public, ///< anybody; a token is not looked at
    User, ///< whoever presents a good token (Request::principal); 401 otherwise
    /// As User; without any token, where the operator allows guests and no foreign page asks, a guest without
    /// an id (Request::principal), who has to be admitted before saying anything.
    UserOrGuest,
};

using Handler = std::function<void(const Request &, const ReplyPtr &)>;

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
/// Lives on the reactor's thread.
class Router : public QObject
{
    Q_OBJECT
public:
    /// `patience`: see PendingReplies.
    Router(core::Budget *budget, core::Accounts *accounts, OriginPolicy origins,
        std::chrono::milliseconds patience = PendingReplies::usualPatience, QObject *parent = nullptr);

    /// Takes every request of this server, which outlives the router; once, before the first connection.
    void attach(net::Server *server);

    /// `pattern` is OpenAPI's: `/api/v1/rooms/{room}`, without a trailing slash. GET serves HEAD too; OPTIONS
    /// is answered for every path.
    void add(Method method, const QString &pattern, Access access, Handler handler);

    /// A path of WebSockets: a GET that is no handshake gets 426 there. A route of the same path goes before
    /// it.
    void addWebSocket(const QString &pattern);

    /// `GET /api/v1/rooms/{room}` …, sorted.
    QStringList routes() const;

private:
    struct Route
    {
        Access access;
        Handler handler;
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

    /// Who pays for a request, and how much that was until now, in microseconds.
    struct Payment
    {
        core::Principal who; ///< nobody but a network until it is known
        int paid = 0;
    };

    void dispatch(
        const QHttpServerRequest &raw, const net::Incoming &incoming, QHttpServerResponder &&responder);
    void handle(const QHttpServerRequest &raw, const net::Incoming &incoming,
        QHttpServerResponder &&responder, Payment &payment);
    void run(const QHttpServerRequest &raw, const net::Incoming &incoming, Match match, Method method,
        const ReplyPtr &reply, Payment &payment) const;
    void answerOptions(const net::Incoming &incoming, const Path *path, const ReplyPtr &reply) const;
    bool isWebSocket(QByteArrayView encodedPath) const;
    Match find(QByteArrayView encodedPath) const;
    static QByteArray allowedMethods(const Path &path);
    static bool isFree(const Path *path, Method method);
    /// False where the budget is spent; then it is answered here.
    bool pays(Payment &payment, int microseconds, const ReplyPtr &reply) const;

    core::Budget *m_budget;
    core::Accounts *m_accounts;
    OriginPolicy m_origins;
    PendingReplies m_pending;
    std::vector<std::unique_ptr<Path>> m_paths;
    QHash<QByteArray, const Path *> m_literal;
    std::vector<const Path *> m_patterned;
    std::vector<PathPattern> m_webSockets;
    QHostAddress m_lastAddress; ///< of the request before
    QString m_lastNetwork;
};

} // namespace rookery::http
