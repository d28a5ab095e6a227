// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/router.h"

#include "server/auth/presented.h"
#include "server/core/accounts.h"
#include "server/core/budget.h"
#include "server/core/costs.h"
#include "server/http/latesinks.h"
#include "server/http/metering.h"
#include "server/http/percenttext.h"
#include "server/http/routecosts.h"
#include "server/net/peer/addresses.h"
#include "server/net/server.h"

#include <QTimer>
#include <QUrl>
#include <QVarLengthArray>

#include <algorithm>
#include <limits>

namespace rookery::http {

namespace {

/// How late a request is refused for which the budget does not suffice: as long as `Retry-After` can say at
/// least. Less would let who repeats it on many connections spend on refusals what it lacks for answers.
constexpr std::chrono::milliseconds refusalTime{1000};
/// In microseconds: what a request may take beyond its price, since a busy machine makes all of them late.
constexpr qint64 pricesTolerance = 200;

QByteArrayView methodName(Method method)
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
    }
    Q_UNREACHABLE();
}

/// HEAD is served by what serves GET. nullopt: no route can have it.
std::optional<Method> methodOf(QByteArrayView name)
{
    if (name == "HEAD")
        return Method::Get;
    for (const Method method : {Method::Get, Method::Put, Method::Delete, Method::Post, Method::Patch}) {
        if (name == methodName(method))
            return method;
    }
    return std::nullopt;
}

/// RFC 9110 section 9.2.1.
bool changesState(Method method)
{
    return method != Method::Get;
}

/// What is escaped without need means the same as what is not (RFC 3986 section 6.2.2.2); QUrl evens it out.
QByteArray normalized(QByteArrayView path)
{
    const QByteArray target = path.startsWith("//") ? "/." + path.toByteArray() : path.toByteArray();
    return QUrl::fromEncoded(target).path(QUrl::FullyEncoded).toLatin1();
}

/// A body is read as it comes: a compressed one would be refused as bad JSON, which it is not.
bool isPlainlyCoded(const net::RequestHead &head)
{
    const QByteArrayList codings = head.list("content-encoding");
    return std::ranges::all_of(codings,
        [](const QByteArray &coding) { return coding.compare("identity", Qt::CaseInsensitive) == 0; });
}

bool comesWithBody(const net::RequestHead &head)
{
    return head.body == net::RequestHead::Body::Chunked || head.contentLength > 0;
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

Router::~Router()
{
    if (m_server)
        m_server->setHttpHandler(nullptr);
}

void Router::attach(net::Server *server)
{
    m_pending.attach(server);
    if (!m_streamed.empty()) { // otherwise no request need be asked for
        m_server = server;
        server->setHttpHandler(this);
    }
    // The handler outlives this object.
    server->setRequestHandler(
        [self = QPointer(this)](const net::Incoming &request, net::Responder responder) {
            if (self)
                self->dispatch(request, std::move(responder));
        });
}

void Router::add(Method method, const QString &pattern, Access access, Handler handler)
{
    addRoute(method, pattern, {access, std::move(handler), 0});
}

void Router::addStream(Method method, const QString &pattern, Access access, StreamHandler handler)
{
    Q_ASSERT(!m_server);
    addRoute(method, pattern, {access, std::move(handler), 0});
}

void Router::addRoute(Method method, const QString &pattern, Route route)
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
    if (std::holds_alternative<StreamHandler>(route.handler) && !std::ranges::count(m_streamed, path))
        m_streamed.push_back(path);
    Q_ASSERT(!path->routes.contains(method));
    route.cost = routeCost(QString::fromLatin1(methodName(method)) + u' ' + pattern);
    path->routes.emplace(method, std::move(route));
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
        methods.append(methodName(method).toByteArray());
        if (method == Method::Get)
            methods.append("HEAD");
    }
    methods.append("OPTIONS");
    return methods.join(", ");
}

// --- Routes that stream ------------------------------------------------------------------------------------

net::HttpDecision Router::decide(const net::Incoming &incoming)
{
    const QByteArrayView path = net::withoutTrailingSlash(incoming.head.path);
    const bool escaped = path.contains('%');
    if (escaped && !percentText(path.toByteArray()))
        return net::BufferBody{};
    const QByteArray even = escaped ? normalized(path) : QByteArray();
    const QByteArrayView wanted = escaped ? QByteArrayView(even) : path;
    const std::optional<Method> method = methodOf(incoming.head.method);
    // Most requests end here, for which the whole table is looked through once, in handle().
    const bool mayStream = std::ranges::any_of(m_streamed, [&](const Path *streamed) {
        return method && streamed->routes.contains(*method) && streamed->pattern.match(wanted);
    });
    Match match = mayStream ? find(wanted) : Match();
    const auto route =
        match.path ? match.path->routes.find(*method) : decltype(Path::routes)::const_iterator();
    if (!match.path || route == match.path->routes.end()
        || !std::holds_alternative<StreamHandler>(route->second.handler))
        return net::BufferBody{};

    const auto began = std::chrono::steady_clock::now();
    Payment payment = payer(incoming);
    net::HttpDecision decision = stream(incoming, {std::move(match), *method}, payment);
    chargeTime(payment, began);
    return decision;
}

net::HttpDecision Router::stream(const net::Incoming &incoming, Passing passing, Payment &payment)
{
    ResponseBuilder form(m_origins.corsHeaders(incoming));
    if (auto refused = pay(payment, core::costs::request))
        return refusal(std::move(*refused), form);
    if (auto refused = approach(incoming, passing, form, payment))
        return refusal(std::move(*refused), form);
    if (passing.token.isEmpty())
        return serveStream(incoming, std::move(passing), std::move(form), payment);

    if (auto refused = pay(payment, core::costs::lookUp))
        return refusal(std::move(*refused), form);
    const auto held = hold(incoming, std::move(passing), payment);
    const auto decide = [self = QPointer(this), held, form](
                            QObject *context, const LateDecision::Decided &decided) {
        if (self)
            self->findOwner(held, context, [self, held, form, decided](const Result<core::Principal> &owner) {
                if (self)
                    decided(self->decideLate(*held, form, owner));
            });
    };
    return net::StreamBody{std::make_unique<LateDecision>(incoming.head.contentLength, decide),
        std::numeric_limits<qint64>::max()};
}

net::HttpDecision Router::decideLate(Held &held, ResponseBuilder form, const Result<core::Principal> &owner)
{
    if (!owner)
        return refusal(Refused{owner.error()}, form);
    const auto began = std::chrono::steady_clock::now();
    const net::Incoming incoming = held.incoming();
    setOwner(*owner, incoming, held.passing, form);
    net::HttpDecision decision =
        serveStream(incoming, std::move(held.passing), std::move(form), held.payment);
    chargeTime(held.payment, began);
    return decision;
}

net::HttpDecision Router::serveStream(
    const net::Incoming &incoming, Passing passing, ResponseBuilder form, Payment &payment) const
{
    const auto &handler = std::get<StreamHandler>(passing.route().handler);
    const auto request = admit(incoming, std::move(passing), form, payment);
    if (!request)
        return refusal(request.error(), form);
    Meter meter = [budget = m_budget, who = payment.who](qint64 bytes) {
        budget->charge(who, bytes * core::costs::perMiBStreamed / (1024 * 1024));
    };
    form.setMeter(meter);
    StreamDecision decision = handler(*request, form);
    if (auto *response = std::get_if<net::HttpResponse>(&decision))
        return std::move(*response);
    auto &body = std::get<net::StreamBody>(decision);
    body.sink = metered(std::move(body.sink), std::move(meter));
    return std::move(body);
}

net::HttpDecision Router::refusal(Refused refused, const ResponseBuilder &form) const
{
    net::HttpResponse answer = form.problem(refused.error, std::move(refused.headers));
    if (!refused.late)
        return answer;
    return net::StreamBody{
        std::make_unique<LateAnswer>(std::move(answer), refusalTime), std::numeric_limits<qint64>::max()};
}

// --- Routes whose body is read before ----------------------------------------------------------------------

void Router::dispatch(const net::Incoming &incoming, net::Responder responder)
{
    const auto began = std::chrono::steady_clock::now();
    Payment payment = payer(incoming);
    handle(incoming, std::move(responder), payment);
    // A body can be made to take long to read, whatever it is answered with.
    chargeTime(payment, began);
}

void Router::handle(const net::Incoming &incoming, net::Responder responder, Payment &payment)
{
    const ReplyPtr reply = std::make_shared<Reply>(
        &m_pending, m_pending.open(std::move(responder)), ResponseBuilder(m_origins.corsHeaders(incoming)));

    const QByteArrayView path = net::withoutTrailingSlash(incoming.head.path);
    if (path.contains('%') && !percentText(path.toByteArray())) {
        reply->problem({ErrorCode::InvalidRequest, QStringLiteral("The path is not UTF-8.")});
        return;
    }
    const bool escaped = path.contains('%');
    const QByteArray even = escaped ? normalized(path) : QByteArray();
    Match match = find(escaped ? QByteArrayView(even) : path);
    const std::optional<Method> method = methodOf(incoming.head.method);
    // Whoever it is: also what is refused below costs something.
    if (isFree(match.path, method)) {
        m_budget->charge(payment.who, core::costs::request); // and is answered all the same
        payment.paid = core::costs::request;
    } else if (auto refused = pay(payment, core::costs::request)) {
        refuse(std::move(*refused), reply);
        return;
    }
    if (incoming.head.method == "OPTIONS" && (match.path || path == QByteArrayView("*"))) {
        answerOptions(incoming, match.path, reply);
        return;
    }
    if (!match.path && isWebSocket(path) && method == Method::Get) {
        reply->upgradeRequired();
        return;
    }
    if (!match.path) {
        reply->problem({ErrorCode::NotFound, QStringLiteral("There is nothing at this path.")});
        return;
    }
    if (!method || !match.path->routes.contains(*method)) {
        reply->problem({ErrorCode::MethodNotAllowed, QStringLiteral("This path does not know that method.")},
            {{"Allow", allowedMethods(*match.path)}});
        return;
    }
    Passing passing{std::move(match), *method};
    if (auto refused = approach(incoming, passing, reply->form(), payment))
        refuse(std::move(*refused), reply);
    else if (passing.token.isEmpty())
        serve(incoming, std::move(passing), reply, payment);
    else
        serveLater(incoming, std::move(passing), reply, payment);
}

void Router::serve(const net::Incoming &incoming, Passing passing, const ReplyPtr &reply, Payment &payment)
{
    const auto &handler = std::get<Handler>(passing.route().handler);
    const auto request = admit(incoming, std::move(passing), reply->form(), payment);
    if (request)
        handler(*request, reply);
    else
        refuse(request.error(), reply);
}

/// The connection reads nothing meanwhile: what is sent behind this request waits.
void Router::serveLater(
    const net::Incoming &incoming, Passing passing, const ReplyPtr &reply, Payment &payment)
{
    if (auto refused = pay(payment, core::costs::lookUp)) {
        refuse(std::move(*refused), reply);
        return;
    }
    const auto held = hold(incoming, std::move(passing), payment);
    findOwner(held, this, [this, held, reply](const Result<core::Principal> &owner) {
        if (!owner) {
            refuse(Refused{owner.error()}, reply);
            return;
        }
        const auto began = std::chrono::steady_clock::now();
        const net::Incoming again = held->incoming();
        setOwner(*owner, again, held->passing, reply->form());
        serve(again, std::move(held->passing), reply, held->payment);
        chargeTime(held->payment, began);
    });
}

void Router::refuse(Refused refused, const ReplyPtr &reply)
{
    if (!refused.late) {
        reply->problem(refused.error, std::move(refused.headers));
        return;
    }
    // Late, because the connection is not read meanwhile: who asks again at once, or has sent a thousand
    // requests already, is slowed down and costs no more.
    QTimer::singleShot(
        refusalTime, this, [reply, error = std::move(refused.error)] { reply->problem(error); });
}

// --- Both --------------------------------------------------------------------------------------------------

Router::Payment Router::payer(const net::Incoming &incoming)
{
    // Requests come one after the other from the same address, or from one proxy.
    if (m_lastNetwork.isEmpty() || incoming.peer.address != m_lastAddress) {
        m_lastAddress = incoming.peer.address;
        m_lastNetwork = net::networkOf(m_lastAddress);
    }
    Payment payment;
    payment.who.network = m_lastNetwork;
    return payment;
}

void Router::chargeTime(const Payment &payment, std::chrono::steady_clock::time_point since) const
{
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - since);
    if (took.count() - payment.paid > pricesTolerance)
        m_budget->charge(payment.who, took.count() - payment.paid);
}

bool Router::isFree(const Path *path, std::optional<Method> method)
{
    if (!path || !method)
        return false;
    const auto route = path->routes.find(*method);
    return route != path->routes.end() && route->second.cost <= 0;
}

std::optional<Router::Refused> Router::pay(Payment &payment, int microseconds) const
{
    const auto wait = microseconds > 0 ? m_budget->take(payment.who, microseconds) : std::nullopt;
    if (wait)
        return Refused{
            {ErrorCode::RateLimited, QStringLiteral("You are asking for too much at once."), {}, *wait}, {},
            true};
    payment.paid += std::max(microseconds, 0);
    return std::nullopt;
}

std::optional<Router::Refused> Router::approach(
    const net::Incoming &incoming, Passing &passing, ResponseBuilder &form, const Payment &payment) const
{
    if (!isPlainlyCoded(incoming.head))
        return Refused{
            {ErrorCode::UnsupportedMediaType, QStringLiteral("A body must come without a Content-Encoding.")},
            {{"Accept-Encoding", "identity"}}};
    const auto presented = auth::presentedToken(
        incoming.head.first("authorization"), incoming.head.cookies(), incoming.peer.secure);
    // Registration and log-in, too: a foreign page must not use its visitor's address for them.
    passing.originCounts = changesState(passing.method) && !presented.needsNoOrigin();
    passing.originAllowed = m_origins.allows(incoming);
    if (passing.originCounts && !passing.originAllowed)
        return Refused{
            {ErrorCode::Forbidden, QStringLiteral("Pages of this origin may not use this server.")}};

    const Access access = passing.route().access;
    if (access == Access::Public)
        return std::nullopt;
    form.setForOneUser();
    if (access == Access::UserOrGuest && presented.token.isEmpty() && m_accounts->guestsAllowed()) {
        if (!passing.originAllowed)
            return Refused{{ErrorCode::Forbidden,
                QStringLiteral("Pages of this origin may not act as a guest from this address.")}};
        passing.principal.user.guest = true;
        return std::nullopt;
    }
    if (presented.token.isEmpty())
        return Refused{{ErrorCode::Unauthorized,
            QStringLiteral("A token is needed: log in and send it as 'Authorization: Bearer TOKEN'.")}};
    auto owner = m_accounts->knownOwner(presented.token, payment.who.network);
    if (!owner)
        passing.token = presented.token;
    else if (!*owner)
        return Refused{owner->error()};
    else
        setOwner(**std::move(owner), incoming, passing, form);
    return std::nullopt;
}

void Router::setOwner(
    core::Principal owner, const net::Incoming &incoming, Passing &passing, ResponseBuilder &form)
{
    form.setAsker(owner.user.name, incoming.peer.address);
    passing.principal = std::move(owner);
}

std::shared_ptr<Router::Held> Router::hold(
    const net::Incoming &incoming, Passing passing, const Payment &payment)
{
    return std::make_shared<Held>(
        Held{incoming.head, incoming.peer, incoming.body, std::move(passing), payment});
}

void Router::findOwner(const std::shared_ptr<Held> &held, QObject *context, Done<core::Principal> done) const
{
    const QByteArray token = std::exchange(held->passing.token, {});
    m_accounts->authenticate(token, held->payment.who.network, context, std::move(done));
}

Result<Request, Router::Refused> Router::admit(
    const net::Incoming &incoming, Passing passing, ResponseBuilder &form, Payment &payment) const
{
    const Route &route = passing.route();
    core::Principal principal = std::move(passing.principal);
    principal.network = payment.who.network;
    payment.who = principal;
    const bool streams = std::holds_alternative<StreamHandler>(route.handler);
    // Whoever is in debt for what has streamed is refused here, however cheap the route.
    const int rest = route.cost - core::costs::request;
    if (auto refused = pay(payment, streams ? std::max(rest, 1) : rest))
        return std::move(*refused);
    form.setCharge([budget = m_budget, who = principal, paid = payment.paid](qsizetype bytes) {
        const qint64 cost = qint64(bytes) * core::costs::perKiBOfAnswer / 1024;
        if (cost > paid)
            budget->charge(who, cost - paid);
    });
    Request request(
        incoming, std::move(passing.match.parameters), std::move(principal), passing.originAllowed);
    // A form of a foreign page can post any text without a preflight, but not as JSON.
    const bool asForm = streams ? comesWithBody(incoming.head) && request.declaresForm()
                                : request.hasBody() && !request.declaresJson();
    if (passing.originCounts && asForm && m_origins.isCrossOrigin(incoming))
        return Refused{{ErrorCode::UnsupportedMediaType,
            streams ? QStringLiteral("Pages of other origins must say a Content-Type that no form has.")
                    : QStringLiteral("Pages of other origins must send 'Content-Type: application/json'.")}};
    return request;
}

void Router::answerOptions(const net::Incoming &incoming, const Path *path, const ReplyPtr &reply) const
{
    const QByteArray methods = path ? allowedMethods(*path) : "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    reply->empty(Headers{{"Allow", methods}} + m_origins.preflightHeaders(incoming, methods));
}

} // namespace rookery::http
