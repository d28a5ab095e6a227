// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/router.h"
#include "server/http/percenttext.h"

#include "server/auth/presented.h"
#include "server/core/accounts.h"
#include "server/core/budget.h"
#include "server/core/costs.h"
#include "server/http/routecosts.h"
#include "server/net/peer/addresses.h"
#include "server/net/qt/qtcompat.h"
#include "server/net/server.h"

#include <QPointer>
#include <QTimer>
#include <QUrl>
#include <QVarLengthArray>

#include <algorithm>

namespace rookery::http {

namespace {

/// How late a request is refused for which the budget does not suffice: as long as `Retry-After` can say at
/// least. Less would let who repeats it on many connections spend on refusals what it lacks for answers.
constexpr std::chrono::milliseconds refusalTime{1000};
/// In microseconds: what a request may take beyond its price, since a busy machine makes all of them late.
constexpr qint64 pricesTolerance = 200;

QByteArray methodName(Method method)
{
    switch (method) {
    case Method::Get:
        return "GET";
    case Method::Put:
        return "PUT";
    case Method::Delete:
        return "DELETE";
    case Method::Post:
        return "POST";
    case Method::Patch:
        return "PATCH";
    default:
        Q_UNREACHABLE();
    }
}

/// RFC 9110 section 9.2.1.
bool changesState(Method method)
{
    return method != Method::Get && method != Method::Head && method != Method::Options;
}

/// A body is read as it comes: a compressed one would be refused as bad JSON, which it is not.
bool isPlainlyCoded(const net::RequestHead &head)
{
    const QByteArrayList codings = head.list("content-encoding");
    return std::ranges::all_of(codings,
        [](const QByteArray &coding) { return coding.compare("identity", Qt::CaseInsensitive) == 0; });
}

} // namespace

PathPattern::PathPattern(const QString &pattern)
    : m_text(pattern)
{
    const QStringList parts = pattern.mid(1).split(u'/');
    for (const QString &part : parts) {
        const bool variable = part.startsWith(u'{') && part.endsWith(u'}');
        if (variable)
            m_names.append(part.mid(1, part.size() - 2));
        m_segments.append(variable ? QByteArray() : part.toUtf8());
    }
}

std::optional<PathParameters> PathPattern::match(QByteArrayView encodedPath) const
{
    // Most patterns do not fit: nothing is made before it is known that this one does.
    QVarLengthArray<QByteArrayView, 4> values;
    qsizetype begin = 1;
    for (const QByteArray &segment : m_segments) {
        if (begin > encodedPath.size())
            return std::nullopt;
        qsizetype end = encodedPath.indexOf('/', begin);
        if (end < 0)
            end = encodedPath.size();
        const QByteArrayView part = encodedPath.sliced(begin, end - begin);
        if (segment.isNull() ? part.isEmpty() : part != segment)
            return std::nullopt;
        if (segment.isNull())
            values.append(part);
        begin = end + 1;
    }
    if (begin <= encodedPath.size())
        return std::nullopt;
    PathParameters parameters;
    for (qsizetype i = 0; i < values.size(); ++i)
        parameters.append({m_names[i], QUrl::fromPercentEncoding(values[i].toByteArray())});
    return parameters;
}

Router::Router(core::Budget *budget, core::Accounts *accounts, OriginPolicy origins,
    std::chrono::milliseconds patience, QObject *parent)
    : QObject(parent)
    , m_budget(budget)
    , m_accounts(accounts)
    , m_origins(std::move(origins))
    , m_pending(patience)
{ }

void Router::attach(net::Server *server)
{
    m_pending.attach(server);
    // With Qt 6.4 the handler outlives this object.
    net::setMissingHandler(server->http(), this,
        [self = QPointer(this), server](const QHttpServerRequest &request, net::ResponderArgument responder) {
            const net::Incoming *incoming = server->incoming();
            Q_ASSERT(incoming);
            if (self && incoming)
                self->dispatch(request, *incoming, std::move(responder));
        });
}

void Router::add(Method method, const QString &pattern, Access access, Handler handler)
{
    const auto known =
        std::ranges::find_if(m_paths, [&](const auto &path) { return path->pattern.text() == pattern; });
    Path *path = nullptr;
    if (known != m_paths.end()) {
        path = known->get();
    } else {
        path = m_paths.emplace_back(std::make_unique<Path>(Path{PathPattern(pattern), {}})).get();
        if (path->pattern.isLiteral())
            m_literal.insert(pattern.toUtf8(), path);
        else
            m_patterned.push_back(path);
    }
    Q_ASSERT(!path->routes.contains(method));
    path->routes.emplace(method,
        Route{
            access, std::move(handler), routeCost(QString::fromLatin1(methodName(method)) + u' ' + pattern)});
}

QStringList Router::routes() const
{
    QStringList list;
    for (const auto &path : m_paths) {
        for (const auto &[method, route] : path->routes)
            list.append(QString::fromLatin1(methodName(method)) + u' ' + path->pattern.text());
    }
    list.sort();
    return list;
}

void Router::addWebSocket(const QString &pattern)
{
    m_webSockets.emplace_back(pattern);
}

bool Router::isWebSocket(QByteArrayView encodedPath) const
{
    return std::ranges::any_of(
        m_webSockets, [&](const PathPattern &pattern) { return pattern.match(encodedPath).has_value(); });
}

Router::Match Router::find(QByteArrayView encodedPath) const
{
    if (const Path *path = m_literal.value(QByteArray::fromRawData(encodedPath.data(), encodedPath.size())))
        return {path, {}};
    for (const Path *path : m_patterned) {
        if (auto parameters = path->pattern.match(encodedPath))
            return {path, std::move(*parameters)};
    }
    return {};
}

QByteArray Router::allowedMethods(const Path &path)
{
    QByteArrayList methods;
    for (const auto &[method, route] : path.routes) {
        methods.append(methodName(method));
        if (method == Method::Get)
            methods.append("HEAD");
    }
    methods.append("OPTIONS");
    return methods.join(", ");
}

void Router::dispatch(
    const QHttpServerRequest &raw, const net::Incoming &incoming, QHttpServerResponder &&responder)
{
    const auto began = std::chrono::steady_clock::now();
    Payment payment;
    // Requests come one after the other from the same address, or from one proxy.
    if (m_lastNetwork.isEmpty() || incoming.peer.address != m_lastAddress) {
        m_lastAddress = incoming.peer.address;
        m_lastNetwork = net::networkOf(m_lastAddress);
    }
    payment.who.network = m_lastNetwork;
    handle(raw, incoming, std::move(responder), payment);
    // A body can be made to take long to read, whatever it is answered with.
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
    if (took.count() - payment.paid > pricesTolerance)
        m_budget->charge(payment.who, took.count() - payment.paid);
}

void Router::handle(const QHttpServerRequest &raw, const net::Incoming &incoming,
    QHttpServerResponder &&responder, Payment &payment)
{
    const ReplyPtr reply = std::make_shared<Reply>(
        &m_pending, m_pending.open(std::move(responder)), m_origins.corsHeaders(incoming));

    const QByteArrayView path = net::withoutTrailingSlash(incoming.head.path);
    if (path.contains('%') && !percentText(path.toByteArray())) {
        reply->problem({ErrorCode::InvalidRequest, QStringLiteral("The path is not UTF-8.")});
        return;
    }
    // What is escaped without need means the same as what is not (RFC 3986 section 6.2.2.2); QUrl evens it
    // out.
    Match match = path.contains('%') ? find(raw.url().path(QUrl::FullyEncoded).toLatin1()) : find(path);
    const Method method = raw.method() == Method::Head ? Method::Get : raw.method();
    // Whoever it is: also what is refused below costs something.
    if (isFree(match.path, method)) {
        m_budget->charge(payment.who, core::costs::request); // and is answered all the same
        payment.paid = core::costs::request;
    } else if (!pays(payment, core::costs::request, reply)) {
        return;
    }
    if (raw.method() == Method::Options && (match.path || path == QByteArrayView("*"))) {
        answerOptions(incoming, match.path, reply);
        return;
    }
    if (!match.path && isWebSocket(path) && (raw.method() == Method::Get || raw.method() == Method::Head)) {
        reply->upgradeRequired();
        return;
    }
    if (!match.path) {
        reply->problem({ErrorCode::NotFound, QStringLiteral("There is nothing at this path.")});
        return;
    }
    if (!match.path->routes.contains(method)) {
        reply->problem({ErrorCode::MethodNotAllowed, QStringLiteral("This path does not know that method.")},
            {{"Allow", allowedMethods(*match.path)}});
        return;
    }
    if (!isPlainlyCoded(incoming.head)) {
        reply->problem(
            {ErrorCode::UnsupportedMediaType, QStringLiteral("A body must come without a Content-Encoding.")},
            {{"Accept-Encoding", "identity"}});
        return;
    }
    run(raw, incoming, std::move(match), method, reply, payment);
}

bool Router::isFree(const Path *path, Method method)
{
    const auto route = path ? path->routes.find(method) : std::map<Method, Route>::const_iterator();
    return path && route != path->routes.end() && route->second.cost <= 0;
}

bool Router::pays(Payment &payment, int microseconds, const ReplyPtr &reply) const
{
    const auto wait = microseconds > 0 ? m_budget->take(payment.who, microseconds) : std::nullopt;
    if (!wait) {
        payment.paid += std::max(microseconds, 0);
        return true;
    }
    // Late, because the connection is not read meanwhile: who asks again at once, or has sent a thousand
    // requests already, is slowed down and costs no more.
    QTimer::singleShot(refusalTime, this, [reply, wait] {
        reply->problem(
            {ErrorCode::RateLimited, QStringLiteral("You are asking for too much at once."), {}, *wait});
    });
    return false;
}

void Router::run(const QHttpServerRequest &raw, const net::Incoming &incoming, Match match, Method method,
    const ReplyPtr &reply, Payment &payment) const
{
    const auto presented = auth::presentedToken(
        incoming.head.first("authorization"), incoming.head.cookies(), incoming.peer.secure);
    // Registration and log-in, too: a foreign page must not use its visitor's address for them.
    const bool originCounts = changesState(method) && !presented.needsNoOrigin();
    const bool originAllowed = m_origins.allows(incoming);
    if (originCounts && !originAllowed) {
        reply->problem(
            {ErrorCode::Forbidden, QStringLiteral("Pages of this origin may not use this server.")});
        return;
    }

    const Route &route = match.path->routes.at(method);
    core::Principal principal;
    if (route.access == Access::UserOrGuest && presented.token.isEmpty() && m_accounts->guestsAllowed()) {
        reply->setForOneUser();
        if (!originAllowed) {
            reply->problem({ErrorCode::Forbidden,
                QStringLiteral("Pages of this origin may not act as a guest from this address.")});
            return;
        }
        principal.user.guest = true;
    } else if (route.access != Access::Public) {
        reply->setForOneUser();
        if (presented.token.isEmpty()) {
            reply->problem({ErrorCode::Unauthorized,
                QStringLiteral("A token is needed: log in and send it as 'Authorization: Bearer TOKEN'.")});
            return;
        }
        auto authenticated = m_accounts->authenticate(presented.token, payment.who.network);
        if (!authenticated) {
            reply->problem(authenticated.error());
            return;
        }
        principal = std::move(authenticated).value();
        reply->setAsker(principal.user.name, incoming.peer.address);
    }

    principal.network = payment.who.network;
    payment.who = principal;
    if (!pays(payment, route.cost - core::costs::request, reply))
        return;
    reply->setCharge([budget = m_budget, who = principal, paid = payment.paid](qsizetype bytes) {
        const qint64 cost = qint64(bytes) * core::costs::perKiBOfAnswer / 1024;
        if (cost > paid)
            budget->charge(who, cost - paid);
    });
    const Request request(raw, incoming, std::move(match.parameters), std::move(principal), originAllowed);
    // A form of a foreign page can post any text without a preflight, but not as JSON.
    if (originCounts && request.hasBody() && !request.declaresJson() && m_origins.isCrossOrigin(incoming)) {
        reply->problem({ErrorCode::UnsupportedMediaType,
            QStringLiteral("Pages of other origins must send 'Content-Type: application/json'.")});
        return;
    }
    route.handler(request, reply);
}

void Router::answerOptions(const net::Incoming &incoming, const Path *path, const ReplyPtr &reply) const
{
    const QByteArray methods = path ? allowedMethods(*path) : "GET, HEAD, POST, DELETE, OPTIONS";
    reply->empty(Headers{{"Allow", methods}} + m_origins.preflightHeaders(incoming, methods));
}

} // namespace rookery::http
