// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/budget.h"
#include "server/http/router.h"
#include "server/net/acceptor.h"
#include "server/net/server.h"
#include "tests/wire/rawclient.h"

#include <QTest>
#include <QThread>
#include <QTimer>

using namespace rookery;
using namespace rookery::http;
using rookery::test::Answer;
using namespace std::chrono_literals;

/// The router on a server of its own, without the daemon's routes.
class RouterTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void pathPattern_data();
    void pathPattern();
    void routesAreListed();
    void dispatch_data();
    void dispatch();
    void answersForOneUserAreNotKept();
    void forgottenRequestIsAnswered();
    void requestForgottenOnAnotherThreadIsAnswered();
    void openRequestsAreAnsweredAtTheEnd();
    void unansweredRequestIsGivenUp();
    void crossOrigin_data();
    void crossOrigin();
    void preflight_data();
    void preflight();

private:
    struct Site
    {
        explicit Site(const QStringList &allowedOrigins = {},
            std::chrono::milliseconds patience = PendingReplies::usualPatience)
            : router(std::make_unique<Router>(&budget, nullptr, OriginPolicy(allowedOrigins), patience))
        {
            router->add(Method::Get, QStringLiteral("/things"), Access::Public,
                [](const Request &, const ReplyPtr &reply) {
                    reply->json(200, {{QStringLiteral("list"), 1}});
                });
            router->add(Method::Post, QStringLiteral("/things"), Access::Public,
                [](const Request &request, const ReplyPtr &reply) {
                    const auto body = request.json();
                    if (body)
                        reply->json(201, body->object());
                    else
                        reply->problem(body.error());
                });
            router->add(Method::Get, QStringLiteral("/things/newest"), Access::Public,
                [](const Request &, const ReplyPtr &reply) {
                    reply->json(200, {{QStringLiteral("newest"), 1}});
                });
            router->add(Method::Get, QStringLiteral("/things/{thing}"), Access::Public,
                [](const Request &request, const ReplyPtr &reply) {
                    const auto query = request.query(QLatin1String("q"));
                    if (!query)
                        return reply->problem(query.error());
                    reply->json(200,
                        {{QStringLiteral("thing"), request.parameter(QLatin1String("thing"))},
                            {QStringLiteral("q"), query->value_or(QString())}});
                });
            router->add(Method::Get, QStringLiteral("/number"), Access::Public,
                [](const Request &request, const ReplyPtr &reply) {
                    const auto number = request.queryInteger(QLatin1String("n"), 1, 10);
                    if (number)
                        reply->json(200, {{QStringLiteral("n"), number->value_or(-1)}});
                    else
                        reply->problem(number.error());
                });
            router->add(Method::Delete, QStringLiteral("/things/{thing}"), Access::Public,
                [](const Request &, const ReplyPtr &reply) { reply->empty(); });
            router->add(Method::Get, QStringLiteral("/kept"), Access::Public,
                [](const Request &, const ReplyPtr &reply) {
                    reply->content("text/plain", "everybody's", {{"cache-control", "public"}});
                });
            router->add(Method::Get, QStringLiteral("/mine"), Access::Public,
                [](const Request &, const ReplyPtr &reply) {
                    reply->form().setForOneUser();
                    reply->content("text/plain", "mine", {{"cache-control", "public"}});
                });
            router->add(Method::Get, QStringLiteral("/mine/silent"), Access::Public,
                [](const Request &, const ReplyPtr &reply) {
                    reply->form().setForOneUser();
                    reply->content("text/plain", "mine", {});
                });
            router->add(Method::Get, QStringLiteral("/forgotten"), Access::Public,
                [](const Request &, const ReplyPtr &) {});
            router->add(Method::Get, QStringLiteral("/forgotten-elsewhere"), Access::Public,
                [this](const Request &, const ReplyPtr &reply) {
                    thread.reset(QThread::create([held = reply]() mutable {
                        QThread::msleep(1);
                        held.reset();
                    }));
                    thread->start();
                });
            router->add(Method::Get, QStringLiteral("/waiting"), Access::Public,
                [this](const Request &, const ReplyPtr &reply) { waiting = reply; });
            router->attach(&server);
            if (const auto url = acceptor.listen(QUrl(QStringLiteral("http://127.0.0.1:0"))))
                port = quint16(url->port());
        }
        ~Site()
        {
            if (thread)
                thread->wait();
        }

        net::Server server{Limits(), net::makeConnectionQuota(Limits())};
        net::Acceptor acceptor{std::vector<net::Server *>{&server}};
        core::Budget budget{Limits()};
        std::unique_ptr<Router> router;
        std::unique_ptr<QThread> thread;
        ReplyPtr waiting;
        quint16 port = 0;
    };
};

void RouterTest::pathPattern_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("path");
    QTest::addColumn<bool>("fits");
    QTest::addColumn<QString>("first");
    QTest::newRow("variable") << "/rooms/{room}"
                              << "/rooms/lobby" << true << "lobby";
    QTest::newRow("variable inside") << "/rooms/{room}/join"
                                     << "/rooms/lobby/join" << true << "lobby";
    QTest::newRow("percent-encoded") << "/rooms/{room}"
                                     << "/rooms/caf%C3%A9" << true << QStringLiteral("café");
    QTest::newRow("an encoded slash stays inside") << "/rooms/{room}"
                                                   << "/rooms/a%2Fb" << true << "a/b";
    QTest::newRow("dots are text") << "/rooms/{room}"
                                   << "/rooms/.." << true << "..";
    QTest::newRow("empty part") << "/rooms/{room}"
                                << "/rooms/" << false << "";
    QTest::newRow("empty part inside") << "/rooms/{room}/join"
                                       << "/rooms//join" << false << "";
    QTest::newRow("too long") << "/rooms/{room}"
                              << "/rooms/a/b" << false << "";
    QTest::newRow("too short") << "/rooms/{room}"
                               << "/rooms" << false << "";
    QTest::newRow("other literal") << "/rooms/{room}/join"
                                   << "/rooms/a/leave" << false << "";
    QTest::newRow("case matters") << "/rooms/{room}"
                                  << "/Rooms/a" << false << "";
}

void RouterTest::pathPattern()
{
    QFETCH(QString, pattern);
    QFETCH(QString, path);
    QFETCH(bool, fits);
    QFETCH(QString, first);
    const auto parameters = PathPattern(pattern).match(path.toUtf8());
    QCOMPARE(parameters.has_value(), fits);
    if (fits) {
        QCOMPARE(parameters->size(), 1);
        QCOMPARE(parameters->first().first, pattern.section(u'{', 1).section(u'}', 0, 0));
        QCOMPARE(parameters->first().second, first);
    }
}

void RouterTest::routesAreListed()
{
    core::Budget budget{Limits()};
    Router router(&budget, nullptr, OriginPolicy({}));
    const Handler nothing = [](const Request &, const ReplyPtr &reply) { reply->empty(); };
    router.add(Method::Post, QStringLiteral("/b"), Access::Public, nothing);
    router.add(Method::Get, QStringLiteral("/b"), Access::User, nothing);
    router.add(Method::Get, QStringLiteral("/a/{x}"), Access::User, nothing);
    QCOMPARE(router.routes(),
        (QStringList{QStringLiteral("GET /a/{x}"), QStringLiteral("GET /b"), QStringLiteral("POST /b")}));
}

void RouterTest::dispatch_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QByteArray>("allow");
    const auto row = [](const char *name, QByteArray method, QByteArray path, QByteArray body, int status,
                         QByteArray answer, QByteArray allow = {}) {
        QTest::newRow(name) << method << path << body << status << answer << allow;
    };
    row("literal", "GET", "/things", {}, 200, R"({"list":1})");
    row("literal before variable", "GET", "/things/newest", {}, 200, R"({"newest":1})");
    row("variable", "GET", "/things/x", {}, 200, R"({"q":"","thing":"x"})");
    row("query", "GET", "/things/x?q=a%20b", {}, 200, R"({"q":"a b","thing":"x"})");
    row("query with a plus", "GET", "/things/x?q=a+b%2B", {}, 200, R"({"q":"a b+","thing":"x"})");
    row("escaped name in the query", "GET", "/things/x?a&%71=b&", {}, 200, R"({"q":"b","thing":"x"})");
    row("query without a value", "GET", "/things/x?q", {}, 200, R"({"q":"","thing":"x"})");
    row("query of other names", "GET", "/things/x?qq=1&=q&Q=2", {}, 200, R"({"q":"","thing":"x"})");
    row("query that is none", "GET", "/things/x?", {}, 200, R"({"q":"","thing":"x"})");
    row("value with an equals sign", "GET", "/things/x?q=a=b", {}, 200, R"({"q":"a=b","thing":"x"})");
    row("OPTIONS of the server", "OPTIONS", "*", {}, 204, "", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    row("first of two", "GET", "/things/x?q=1&q=2", {}, 200, R"({"q":"1","thing":"x"})");
    row("query that is no UTF-8", "GET", "/things/x?q=%ff", {}, 400, "invalid_field");
    row("query that is cut", "GET", "/things/x?q=a%e2%82", {}, 400, "invalid_field");
    row("query with U+0000", "GET", "/things/x?q=a%00b", {}, 400, "invalid_field");
    row("query with the replacement character", "GET", "/things/x?q=%ef%bf%bd", {}, 200,
        "{\"q\":\"\xef\xbf\xbd\",\"thing\":\"x\"}");
    row("query with a BOM", "GET", "/things/x?q=%ef%bb%bfa", {}, 200,
        "{\"q\":\"\xef\xbb\xbf"
        "a\",\"thing\":\"x\"}");
    row("path that is no UTF-8", "GET", "/things/%ff", {}, 400, "invalid_request");
    row("body", "POST", "/things", R"({"a":1})", 201, R"({"a":1})");
    row("no content", "DELETE", "/things/x", {}, 204, "");
    row("number", "GET", "/number?n=10", {}, 200, R"({"n":10})");
    row("no number", "GET", "/number", {}, 200, R"({"n":-1})");
    row("number out of range", "GET", "/number?n=11", {}, 400, "invalid_field");
    row("a word for a number", "GET", "/number?n=ten", {}, 400, "invalid_field");
    row("a fraction for a number", "GET", "/number?n=1.5", {}, 400, "invalid_field");
    row("an empty number", "GET", "/number?n=", {}, 400, "invalid_field");
    row("a number past 64 bits", "GET", "/number?n=99999999999999999999", {}, 400, "invalid_field");
    row("empty body", "POST", "/things", "", 400, "invalid_json");
    row("array body", "POST", "/things", "[1]", 400, "invalid_json");
    row("broken body", "POST", "/things", R"({"a":)", 400, "invalid_json");
    row("invalid UTF-8 in the body", "POST", "/things", "{\"a\":\"\xff\"}", 400, "invalid_json");
    row("deep body", "POST", "/things", QByteArray(10'000, '['), 400, "invalid_json");
    row("unknown path", "GET", "/nothing", {}, 404, "not_found");
    row("known path, other method", "DELETE", "/things", {}, 405, "method_not_allowed",
        "GET, HEAD, POST, OPTIONS");
    row("known path, method of nothing here", "PATCH", "/things", {}, 405, "method_not_allowed",
        "GET, HEAD, POST, OPTIONS");
    row("HEAD", "HEAD", "/things", {}, 200, "");
    row("escapes without need", "GET", "/%74hings/%6eewest", {}, 200, R"({"newest":1})");
    row("escapes with need", "GET", "/things/a%2fb", {}, 200, R"({"q":"","thing":"a/b"})");
    row("trailing slash", "GET", "/things/", {}, 200, R"({"list":1})");
    row("OPTIONS", "OPTIONS", "/things", {}, 204, "", "GET, HEAD, POST, OPTIONS");
    row("OPTIONS of a variable path", "OPTIONS", "/things/x", {}, 204, "", "GET, HEAD, DELETE, OPTIONS");
    row("OPTIONS of nothing", "OPTIONS", "/nothing", {}, 404, "not_found");
}

void RouterTest::dispatch()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    QFETCH(QByteArray, answer);
    QFETCH(QByteArray, allow);
    const Site site;
    const Answer got = test::call(site.port, {method, path, body});
    QCOMPARE(got.status, status);
    QCOMPARE(got.header("Allow"), allow);
    QCOMPARE(got.header("X-Content-Type-Options"), QByteArray("nosniff"));
    QVERIFY(got.hasHeader("Date"));
    QCOMPARE(got.header("Cache-Control"), QByteArray("no-store"));
    if (status < 400) {
        QCOMPARE(got.body, answer);
    } else {
        QCOMPARE(got.header("Content-Type"), QByteArray("application/problem+json"));
        QCOMPARE(got.json().value(QLatin1String("code")).toString().toLatin1(), answer);
        QCOMPARE(got.json().value(QLatin1String("status")).toInt(), status);
    }
}

/// THREATS 28: a cache that keeps one user's answer gives it to the next one. Reply::content() lets a handler
/// say how long its answer may be kept; where it is for one user it is not asked.
void RouterTest::answersForOneUserAreNotKept()
{
    const Site site;
    QCOMPARE(test::call(site.port, {"GET", "/kept"}).header("Cache-Control"), QByteArray("public"));
    const Answer mine = test::call(site.port, {"GET", "/mine"});
    QCOMPARE(mine.status, 200);
    QCOMPARE(mine.header("Cache-Control"), QByteArray("no-store"));
    const Answer silent = test::call(site.port, {"GET", "/mine/silent"});
    QCOMPARE(silent.status, 200);
    QCOMPARE(silent.header("Cache-Control"), QByteArray("no-store"));
}

void RouterTest::forgottenRequestIsAnswered()
{
    const Site site;
    QTest::ignoreMessage(QtWarningMsg, "A request was dropped without an answer.");
    QCOMPARE(test::call(site.port, {"GET", "/forgotten"}).status, 500);
}

void RouterTest::requestForgottenOnAnotherThreadIsAnswered()
{
    const Site site;
    QTest::ignoreMessage(QtWarningMsg, "A request was dropped without an answer.");
    QCOMPARE(test::call(site.port, {"GET", "/forgotten-elsewhere"}).status, 500);
}

/// A callback that comes after the end, or never, must neither crash nor leave the client waiting.
void RouterTest::openRequestsAreAnsweredAtTheEnd()
{
    Site site;
    QTimer poll;
    connect(&poll, &QTimer::timeout, this, [&site] {
        if (site.waiting)
            site.router.reset();
    });
    poll.start(1);
    const Answer got = test::call(site.port, {"GET", "/waiting"});
    QCOMPARE(got.status, 503);
    QCOMPARE(got.header("Retry-After"), QByteArray("5"));
    QVERIFY(site.waiting);
    site.waiting->json(200, {});
}

/// Its connection has no other deadline: a service that never calls back would keep it for ever.
void RouterTest::unansweredRequestIsGivenUp()
{
    Site site({}, 40ms);
    for (int round = 0; round < 2; ++round) { // the ticker runs again after a pause
        QTest::ignoreMessage(QtWarningMsg, "Requests given up after 0 s without an answer: 1.");
        const Answer got = test::call(site.port, {"GET", "/waiting"});
        QCOMPARE(got.status, 503);
        QCOMPARE(got.header("Retry-After"), QByteArray("5"));
        QCOMPARE(got.json().value(QLatin1String("code")).toString(), QStringLiteral("overloaded"));
        QVERIFY(site.waiting);
        std::exchange(site.waiting, {})->json(200, {}); // too late, and nobody's
        QTRY_COMPARE(site.server.connectionCount(), 0);
        QCOMPARE(test::call(site.port, {"GET", "/things"}).status, 200);
    }
}

void RouterTest::crossOrigin_data()
{
    QTest::addColumn<QStringList>("allowed");
    QTest::addColumn<QByteArray>("origin");
    QTest::addColumn<bool>("mayRead");
    const QStringList one{QStringLiteral("https://chat.example.org")};
    QTest::newRow("allowed") << one << QByteArray("https://chat.example.org") << true;
    QTest::newRow("other scheme") << one << QByteArray("http://chat.example.org") << false;
    QTest::newRow("other port") << one << QByteArray("https://chat.example.org:8443") << false;
    QTest::newRow("longer host") << one << QByteArray("https://chat.example.org.evil.example") << false;
    QTest::newRow("null") << one << QByteArray("null") << false;
    QTest::newRow("none allowed") << QStringList() << QByteArray("https://chat.example.org") << false;
    QTest::newRow("no origin") << one << QByteArray() << false;
}

void RouterTest::crossOrigin()
{
    QFETCH(QStringList, allowed);
    QFETCH(QByteArray, origin);
    QFETCH(bool, mayRead);
    const Site site(allowed);
    test::Call request{"GET", "/things"};
    if (!origin.isEmpty())
        request.headers.append({"Origin", origin});
    const Answer got = test::call(site.port, request);
    QCOMPARE(got.status, 200);
    QCOMPARE(got.header("Access-Control-Allow-Origin"), mayRead ? origin : QByteArray());
    QCOMPARE(got.header("Access-Control-Allow-Credentials"), mayRead ? QByteArray("true") : QByteArray());
    QCOMPARE(got.header("Vary"), allowed.isEmpty() ? QByteArray() : QByteArray("Origin"));
}

void RouterTest::preflight_data()
{
    QTest::addColumn<QByteArray>("origin");
    QTest::addColumn<bool>("granted");
    QTest::newRow("allowed") << QByteArray("https://chat.example.org") << true;
    QTest::newRow("foreign") << QByteArray("https://evil.example") << false;
}

void RouterTest::preflight()
{
    QFETCH(QByteArray, origin);
    QFETCH(bool, granted);
    const Site site({QStringLiteral("https://chat.example.org")});
    const Answer got = test::call(site.port,
        {"OPTIONS", "/things", {}, {},
            {{"Origin", origin}, {"Access-Control-Request-Method", "POST"},
                {"Access-Control-Request-Headers", "authorization, content-type"}}});
    QCOMPARE(got.status, 204);
    QCOMPARE(got.hasHeader("Access-Control-Allow-Origin"), granted);
    QCOMPARE(got.hasHeader("Access-Control-Allow-Credentials"), granted);
    QCOMPARE(got.header("Access-Control-Allow-Methods").contains("POST"), granted);
    QCOMPARE(got.header("Access-Control-Allow-Headers").toLower().contains("authorization"), granted);
}

QTEST_GUILESS_MAIN(RouterTest)
#include "tst_router.moc"
