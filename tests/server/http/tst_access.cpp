// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/httpapi.h"
#include "server/http/routecosts.h"
#include "tests/server/http/httpfixture.h"
#include "tests/server/http/openapidocument.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QTest>

using namespace rookery;
using rookery::test::Answer;
using rookery::test::Call;
using rookery::test::FixtureOptions;
using rookery::test::HttpFixture;
using rookery::test::LoggedIn;

namespace {

constexpr char allowedOrigin[] = "https://chat.example.org";

FixtureOptions options()
{
    FixtureOptions options;
    options.allowedOrigins = {QString::fromLatin1(allowedOrigin)};
    return options;
}

/// A path that fits the template, naming nothing that exists.
QByteArray instance(const QString &pathTemplate)
{
    QByteArray path = pathTemplate.toUtf8();
    for (const char *part : {"{room}", "{user}", "{name}", "{id}", "{seq}", "{asset}"})
        path.replace(part, "nothing");
    return path;
}

} // namespace

/// Authentication and allowed origins of HTTP requests.
class AccessTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void closedRoutesWantAToken_data();
    void closedRoutesWantAToken();
    void answersToUsersAreNotKept_data();
    void answersToUsersAreNotKept();
    void tokens_data();
    void tokens();
    void tokenInUrlIsNoToken();
    void cookieAndOrigin_data();
    void cookieAndOrigin();
    void formsOfForeignPages_data();
    void formsOfForeignPages();
    void cookiesOfOthers();
    void logInFromAForeignPageSetsNoCookie_data();
    void logInFromAForeignPageSetsNoCookie();
    void answersToAllowedPages();
    void unknownUserAndWrongPasswordLookAlike();
    void headAndOptions();
    void logInsAreLimited();
    void messagesAreLimited();
    void workIsLimited();
    void whatTakesLongIsChargedByTheClock();
    void everyCostIsOfARoute();
    void bytesOfADayAreLimited();
    void closedRegistration();
    void oversizedBody();
    void refusedBeforeRouting();

private:
    HttpFixture m_fixture{options()};
    LoggedIn m_anna;
};

void AccessTest::initTestCase()
{
    QVERIFY2(m_fixture.problem().isEmpty(), qPrintable(m_fixture.problem()));
    m_anna = m_fixture.user(QStringLiteral("anna"));
    QVERIFY(!m_anna.token.isEmpty());
}

void AccessTest::closedRoutesWantAToken_data()
{
    QTest::addColumn<QString>("route");
    QTest::addColumn<bool>("isOpen");
    const test::OpenApiDocument document;
    const QStringList routes = document.routes();
    for (const QString &route : routes) {
        const QJsonObject operation = document.root()
                                          .value(QLatin1String("paths"))
                                          .toObject()
                                          .value(route.section(u' ', 1))
                                          .toObject()
                                          .value(route.section(u' ', 0, 0).toLower())
                                          .toObject();
        QTest::newRow(qPrintable(route)) << route << test::OpenApiDocument::isOpen(operation);
    }
}

/// The document's `security` and the router's Access are the same.
void AccessTest::closedRoutesWantAToken()
{
    QFETCH(QString, route);
    QFETCH(bool, isOpen);
    const QByteArray method = route.section(u' ', 0, 0).toLatin1();
    const Answer answer = m_fixture.call(
        {method, instance(route.section(u' ', 1)), method == "POST" ? QByteArray("{}") : QByteArray()});
    if (isOpen) {
        QVERIFY(answer.status != 401 && answer.status != 0);
    } else {
        QCOMPARE(answer.status, 401);
        QCOMPARE(answer.header("www-authenticate"), QByteArray("Bearer"));
        QCOMPARE(answer.header("cache-control"), QByteArray("no-store"));
    }
}

void AccessTest::answersToUsersAreNotKept_data()
{
    QTest::addColumn<QString>("route");
    const QStringList routes = m_fixture.api().routes();
    for (const QString &route : routes)
        QTest::newRow(qPrintable(route)) << route;
}

/// THREATS 28: whatever the daemon's own table of routes holds, called with a token or a cookie.
void AccessTest::answersToUsersAreNotKept()
{
    QFETCH(QString, route);
    const QByteArray method = route.section(u' ', 0, 0).toLatin1();
    const QByteArray path = instance(route.section(u' ', 1));
    const QByteArray body = method == "GET" || method == "DELETE" ? QByteArray() : QByteArray("{}");
    const LoggedIn user =
        route.endsWith(QLatin1String("/logout")) ? m_fixture.user(QStringLiteral("leaver")) : m_anna;
    const Answer byToken = m_fixture.call({method, path, body, user.token});
    const Answer byCookie = m_fixture.call({method, path, body, {}, {{"Cookie", user.cookie}}});
    const Answer byNobody = m_fixture.call({method, path, body});
    for (const Answer &answer : {byToken, byCookie, byNobody})
        QVERIFY(answer.status != 0);
    if (byNobody.body == byToken.body && byNobody.body == byCookie.body)
        return; // the same for everybody
    QCOMPARE(byToken.header("cache-control"), QByteArray("no-store"));
    QCOMPARE(byCookie.header("cache-control"), QByteArray("no-store"));
    QCOMPARE(byNobody.header("cache-control"), QByteArray("no-store"));
}

void AccessTest::tokens_data()
{
    QTest::addColumn<QByteArray>("authorization");
    QTest::addColumn<QByteArray>("cookie");
    QTest::addColumn<int>("status");
    const auto row = [](const char *name, QByteArray authorization, QByteArray cookie, int status) {
        QTest::newRow(name) << authorization << cookie << status;
    };
    row("bearer", "Bearer $TOKEN", "", 200);
    row("bearer in capitals", "BEARER $TOKEN", "", 200);
    row("cookie", "", "$COOKIE", 200);
    row("cookie among others", "", "a=b; $COOKIE; c=d", 200);
    row("bearer before a bad cookie", "Bearer $TOKEN", "rookery_session=x", 200);
    row("a bad bearer before a cookie", "Bearer x", "$COOKIE", 401);
    row("nothing", "", "", 401);
    row("no scheme, which is all that 001 says", "$TOKEN", "", 200);
    row("no scheme, cut short", "$CUT", "", 401);
    row("no scheme, another key", "$FORGED", "", 401);
    row("no scheme, no token", "opensesame", "", 401);
    row("another scheme", "Token $TOKEN", "", 401);
    row("basic", "Basic YW5uYTpjb3JyZWN0", "", 401);
    row("empty bearer", "Bearer ", "", 401);
    row("cut short", "Bearer $CUT", "", 401);
    row("another key", "Bearer $FORGED", "", 401);
    row("alg none", "Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJzdWIiOiJ4In0.", "", 401);
    row("not base64", "Bearer !!!.???.***", "", 401);
    row("oversized", "Bearer " + QByteArray(8000, 'A'), "", 401);
    row("another cookie's name", "", "session=$TOKEN", 401);
}

void AccessTest::tokens()
{
    QFETCH(QByteArray, authorization);
    QFETCH(QByteArray, cookie);
    QFETCH(int, status);
    const auto filledIn = [this](QByteArray text) {
        text.replace("$TOKEN", m_anna.token);
        text.replace("$COOKIE", m_anna.cookie);
        text.replace("$CUT", m_anna.token.chopped(3));
        text.replace("$FORGED", m_fixture.tokenWithKeyOf(QByteArray(32, 'x'), m_anna));
        return text;
    };
    Call request{"GET", "/api/v1/me"};
    if (!authorization.isEmpty())
        request.headers.append({"Authorization", filledIn(authorization)});
    if (!cookie.isEmpty())
        request.headers.append({"Cookie", filledIn(cookie)});
    const Answer answer = m_fixture.call(request);
    QCOMPARE(answer.status, status);
    QCOMPARE(answer.header("cache-control"), QByteArray("no-store"));
}

/// THREATS 10: tokens in URLs are for WebSocket handshakes only.
void AccessTest::tokenInUrlIsNoToken()
{
    QCOMPARE(m_fixture.call({"GET", "/api/v1/me?token=" + m_anna.token}).status, 401);
    QCOMPARE(m_fixture.call({"GET", "/api/v1/me?access_token=" + m_anna.token}).status, 401);
}

void AccessTest::cookieAndOrigin_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<bool>("byCookie");
    QTest::addColumn<QByteArray>("origin");
    QTest::addColumn<QByteArray>("contentType");
    QTest::addColumn<int>("status");
    const QByteArray send = "/api/chats/send";
    const QByteArray me = "/api/v1/me";
    const QByteArray foreign = "https://evil.example";
    const QByteArray json = "application/json";
    const auto row = [](const char *name, QByteArray method, QByteArray path, bool byCookie,
                         QByteArray origin, QByteArray contentType, int status) {
        QTest::newRow(name) << method << path << byCookie << origin << contentType << status;
    };
    row("cookie, no page", "POST", send, true, "", json, 200);
    row("cookie, no page, no type", "POST", send, true, "", "", 200);
    row("cookie, own page", "POST", send, true, "$SELF", json, 200);
    row("cookie, own page, text", "POST", send, true, "$SELF", "text/plain", 200);
    row("cookie, allowed page", "POST", send, true, allowedOrigin, json, 200);
    row("cookie, allowed page, with a charset", "POST", send, true, allowedOrigin,
        "application/json; charset=utf-8", 200);
    row("cookie, allowed page, text", "POST", send, true, allowedOrigin, "text/plain", 415);
    row("cookie, allowed page, no type", "POST", send, true, allowedOrigin, "", 415);
    row("cookie, foreign page", "POST", send, true, foreign, json, 403);
    row("cookie, foreign page, as a form", "POST", send, true, foreign, "application/x-www-form-urlencoded",
        403);
    row("cookie, null origin", "POST", send, true, "null", json, 403);
    row("cookie, own host by another scheme", "POST", send, true, "$SELF_TLS", json, 403);
    row("cookie, own host by another port", "POST", send, true, "http://127.0.0.1:1", json, 403);
    row("cookie, foreign page deletes", "DELETE", "/sessions/x", true, foreign, "", 403);
    row("cookie, foreign page logs in", "POST", "/login", true, foreign, json, 403);
    row("cookie, foreign page logs out", "POST", "/api/v1/logout", true, foreign, json, 403);
    row("cookie, foreign page reads: it cannot see the answer", "GET", me, true, foreign, "", 200);
    row("bearer, foreign page", "POST", send, false, foreign, json, 200);
    row("bearer, null origin", "POST", send, false, "null", "", 200);
    row("bearer, form type", "POST", send, false, "", "application/x-www-form-urlencoded", 200);
}

/// THREATS 9.
void AccessTest::cookieAndOrigin()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    QFETCH(bool, byCookie);
    QFETCH(QByteArray, origin);
    QFETCH(QByteArray, contentType);
    QFETCH(int, status);
    const QByteArray authority = "127.0.0.1:" + QByteArray::number(m_fixture.port());
    origin.replace("$SELF_TLS", "https://" + authority);
    origin.replace("$SELF", "http://" + authority);
    Call request{method, path, method == "POST" ? QByteArray(R"({"message":"from a page"})") : QByteArray()};
    if (byCookie)
        request.headers.append({"Cookie", m_anna.cookie});
    else
        request.token = m_anna.token;
    if (!origin.isEmpty())
        request.headers.append({"Origin", origin});
    if (!contentType.isEmpty())
        request.headers.append({"Content-Type", contentType});
    const Answer answer = m_fixture.call(request);
    QVERIFY2(answer.status == status, answer.body.constData());
    if (status == 403)
        QCOMPARE(answer.json().value(QLatin1String("code")).toString(), QStringLiteral("forbidden"));
    QCOMPARE(answer.hasHeader("access-control-allow-origin"), origin == allowedOrigin);
}

void AccessTest::formsOfForeignPages_data()
{
    QTest::addColumn<QByteArray>("origin");
    QTest::addColumn<QByteArray>("fetchSite");
    QTest::addColumn<QByteArray>("contentType");
    QTest::addColumn<int>("status"); ///< of a registration with a bad name, where it gets that far: 400
    const auto row = [](const char *name, const char *origin, const char *site, const char *type,
                         int status) {
        QTest::newRow(name) << QByteArray(origin) << QByteArray(site) << QByteArray(type) << status;
    };
    row("no page", "", "", "text/plain", 400);
    row("foreign page, text", "http://evil.example", "cross-site", "text/plain", 403);
    row("foreign page, form", "http://evil.example", "", "application/x-www-form-urlencoded", 403);
    row("foreign page, no type", "http://evil.example", "", "", 403);
    row("foreign page, JSON", "http://evil.example", "", "application/json", 403);
    row("null origin", "null", "", "text/plain", 403);
    row("allowed page, text", allowedOrigin, "cross-site", "text/plain", 415);
    row("allowed page, JSON", allowedOrigin, "cross-site", "application/json", 400);
    row("another site, no origin", "", "cross-site", "application/json", 403);
    row("another site, no origin, in capitals", "", "Cross-Site", "text/plain", 403);
    row("same site, no origin", "", "same-origin", "application/json", 400);
    row("typed by the user", "", "none", "application/json", 400);
}

/// A page must not use its visitor's address to register accounts or to try passwords, cookie or not.
void AccessTest::formsOfForeignPages()
{
    QFETCH(QByteArray, origin);
    QFETCH(QByteArray, fetchSite);
    QFETCH(QByteArray, contentType);
    QFETCH(int, status);
    for (const char *path : {"/register", "/api/auth/register", "/api/v1/register", "/login",
             "/api/auth/login", "/api/v1/login"}) {
        Call request{"POST", path, R"({"username":"a b","password":7})"};
        if (!origin.isEmpty())
            request.headers.append({"Origin", origin});
        if (!fetchSite.isEmpty())
            request.headers.append({"Sec-Fetch-Site", fetchSite});
        if (!contentType.isEmpty())
            request.headers.append({"Content-Type", contentType});
        const Answer answer = m_fixture.call(request);
        QVERIFY2(answer.status == status, path + QByteArray(": ") + answer.body);
    }
}

/// THREATS 41, and 40: two session cookies are none.
void AccessTest::cookiesOfOthers()
{
    const QByteArray body = R"({"message":"from a page"})";
    Call request{"POST", "/api/chats/send", body};
    request.headers = {{"Cookie", m_anna.cookie}, {"Content-Type", "application/json"}};
    QCOMPARE(m_fixture.call(request).status, 200);
    request.headers.emplaceBack("Sec-Fetch-Site", "cross-site");
    QCOMPARE(m_fixture.call(request).status, 403);
    request.headers.last().second = "same-origin";
    QCOMPARE(m_fixture.call(request).status, 200);
    for (const QByteArray &both : {m_anna.cookie + "; rookery_session=x",
             "rookery_session=x; " + m_anna.cookie, m_anna.cookie + "; " + m_anna.cookie}) {
        request.headers[0].second = both;
        QCOMPARE(m_fixture.call(request).status, 401);
    }
    // With a token beside the cookie the page still has to be one that may.
    request.headers = {{"Cookie", m_anna.cookie}, {"Origin", "https://evil.example"}};
    request.token = m_anna.token;
    QCOMPARE(m_fixture.call(request).status, 403);
}

void AccessTest::logInFromAForeignPageSetsNoCookie_data()
{
    QTest::addColumn<QByteArray>("origin");
    QTest::addColumn<bool>("cookie");
    QTest::newRow("no page") << QByteArray() << true;
    QTest::newRow("allowed page") << QByteArray(allowedOrigin) << true;
    QTest::newRow("foreign page") << QByteArray("https://evil.example") << false;
    QTest::newRow("null origin") << QByteArray("null") << false;
}

void AccessTest::logInFromAForeignPageSetsNoCookie()
{
    QFETCH(QByteArray, origin);
    QFETCH(bool, cookie);
    Call request{"POST", "/login", R"({"username":"anna","password":"correct horse battery"})"};
    request.headers.emplaceBack("Content-Type", "application/json");
    if (!origin.isEmpty())
        request.headers.append({"Origin", origin});
    const Answer answer = m_fixture.call(request);
    QCOMPARE(answer.status, cookie ? 200 : 403);
    QCOMPARE(answer.hasHeader("set-cookie"), cookie);
}

void AccessTest::answersToAllowedPages()
{
    const QList<std::pair<QByteArray, QByteArray>> origin{{"Origin", allowedOrigin}};
    for (const Call &request :
        {Call{"GET", "/api/v1/me", {}, m_anna.token, origin}, Call{"GET", "/api/v1/me", {}, {}, origin},
            Call{"GET", "/nothing", {}, {}, origin}, Call{"DELETE", "/health", {}, {}, origin}}) {
        const Answer answer = m_fixture.call(request);
        QVERIFY2(answer.header("access-control-allow-origin") == allowedOrigin, request.path.constData());
        QCOMPARE(answer.header("vary"), QByteArray("Origin"));
    }
}

/// THREATS 11, as far as the body goes.
void AccessTest::unknownUserAndWrongPasswordLookAlike()
{
    const Answer wrong =
        m_fixture.call({"POST", "/login", R"({"username":"anna","password":"not the password"})"});
    const Answer unknown =
        m_fixture.call({"POST", "/login", R"({"username":"nobody","password":"not the password"})"});
    QCOMPARE(wrong.status, 401);
    QCOMPARE(unknown.status, 401);
    QCOMPARE(unknown.body, wrong.body);
    QCOMPARE(wrong.hasHeader("set-cookie"), false);
}

/// THREATS 21.
void AccessTest::headAndOptions()
{
    const Answer get = m_fixture.get("/api/v1/me", m_anna);
    const Answer head = m_fixture.call({"HEAD", "/api/v1/me", {}, m_anna.token});
    QCOMPARE(head.status, 200);
    QVERIFY(head.body.isEmpty());
    QCOMPARE(head.header("content-length"), get.header("content-length"));
    QCOMPARE(head.header("content-type"), get.header("content-type"));
    QCOMPARE(m_fixture.call({"HEAD", "/api/v1/me"}).status, 401);
    QCOMPARE(m_fixture.call({"HEAD", "/api/v1/login"}).status, 405);

    const Answer options = m_fixture.call({"OPTIONS", "/api/v1/rooms/lobby/members"});
    QCOMPARE(options.status, 204);
    QCOMPARE(options.header("allow"), QByteArray("GET, HEAD, POST, OPTIONS"));
    const Answer wrong = m_fixture.call({"DELETE", "/api/v1/rooms"});
    QCOMPARE(wrong.status, 405);
    QCOMPARE(wrong.header("allow"), QByteArray("GET, HEAD, POST, OPTIONS"));
}

void AccessTest::logInsAreLimited()
{
    FixtureOptions strict;
    strict.limits.loginsPerMinute = 3;
    const HttpFixture fixture(strict);
    QVERIFY2(fixture.problem().isEmpty(), qPrintable(fixture.problem()));
    const Call attempt{"POST", "/login", R"({"username":"anna","password":"not the password"})"};
    for (int i = 0; i < 3; ++i)
        QCOMPARE(fixture.call(attempt).status, 401);
    const Answer limited = fixture.call(attempt);
    QCOMPARE(limited.status, 429);
    QVERIFY(limited.header("retry-after").toInt() >= 1);
    QVERIFY(limited.header("retry-after").toInt() <= 20);
    QCOMPARE(limited.json().value(QLatin1String("code")).toString(), QStringLiteral("rate_limited"));
}

void AccessTest::messagesAreLimited()
{
    FixtureOptions strict;
    strict.limits.messagesPerSecond = 1;
    strict.limits.messagesBurst = 2;
    const HttpFixture fixture(strict);
    QVERIFY2(fixture.problem().isEmpty(), qPrintable(fixture.problem()));
    const LoggedIn anna = fixture.user(QStringLiteral("anna"));
    Answer last;
    int sent = 0;
    for (; sent < 20; ++sent) {
        last = fixture.post("/chat/send", {{QStringLiteral("message"), QStringLiteral("spam")}}, anna);
        if (last.status != 200)
            break;
    }
    QVERIFY(sent >= 2 && sent < 20);
    QCOMPARE(last.status, 429);
    QCOMPARE(last.header("retry-after"), QByteArray("1"));
}

/// THREATS 31, 36: reading is no free ride.
void AccessTest::workIsLimited()
{
    FixtureOptions options;
    options.limits.workPerUser = 1; // 20 ms at once
    options.limits.workPerNetwork = 5; // 100 ms
    HttpFixture fixture(options);
    const LoggedIn anna = fixture.user(QStringLiteral("anna"));
    const LoggedIn bert = fixture.user(QStringLiteral("bert"));
    const auto searches = [&fixture](const LoggedIn &user) {
        int good = 0;
        Answer answer;
        while (good < 100 && (answer = fixture.get("/api/v1/rooms/directory?query=x", user)).status == 200)
            ++good;
        if (answer.status != 429 || answer.header("retry-after").toInt() < 1
            || answer.json()[QStringLiteral("code")] != QStringLiteral("rate_limited"))
            good = -1;
        return good;
    };
    QElapsedTimer sinceAsked;
    sinceAsked.start();
    const int annas = searches(anna);
    // Late, so that who repeats it on many connections is no faster for it.
    QVERIFY2(sinceAsked.elapsed() >= 1000, qPrintable(QString::number(sinceAsked.elapsed())));
    QVERIFY2(annas >= 3 && annas <= 5, qPrintable(QString::number(annas)));
    const int berts = searches(bert); // has a budget of his own
    QVERIFY2(berts >= 3 && berts <= 5, qPrintable(QString::number(berts)));
    // All of a network together, somebody without a token, too.
    int good = 0;
    int status = 0;
    while (good < 5000 && (status = fixture.get("/none").status) == 404)
        ++good;
    QVERIFY2(good > 100 && good < 5000, qPrintable(QString::number(good)));
    QCOMPARE(status, 429);
    // What watches the daemon goes on seeing it.
    QCOMPARE(fixture.get("/health").status, 200);
}

/// A body can be made so that it takes long to read, whatever the price of its route is.
void AccessTest::whatTakesLongIsChargedByTheClock()
{
    FixtureOptions options;
    options.limits.workPerUser = 5; // 100 ms at once
    HttpFixture fixture(options);
    const LoggedIn anna = fixture.user(QStringLiteral("anna"));
    QByteArray members = "{";
    for (int i = 0; i < 7000; ++i)
        members += '"' + QByteArray::number(i, 36) + "\":0,";
    const QByteArray body = members + "\"1\":0}"; // one name twice, and no text
    constexpr int most = 250; // by their price, two thirds of it
    int status = 400;
    int count = 0;
    while (status == 400 && count < most) {
        status = fixture
                     .call({"POST", "/api/v1/rooms/lobby/messages", body, anna.token,
                         {{"Content-Type", "application/json"}}})
                     .status;
        ++count;
    }
    QCOMPARE(status, 429);
    QVERIFY2(count > 1, qPrintable(QString::number(count)));
}

void AccessTest::everyCostIsOfARoute()
{
    const QStringList routes = m_fixture.api().routes();
    for (const QString &route : http::routesWithCosts())
        QVERIFY2(routes.contains(route), qPrintable(route));
}

/// THREATS 37. By the user, and by the network that all accounts of this test come from.
void AccessTest::bytesOfADayAreLimited()
{
    const auto fill = [](const FixtureOptions &options, const QByteArray &key) {
        const HttpFixture fixture(options);
        QVERIFY2(fixture.problem().isEmpty(), qPrintable(fixture.problem()));
        const LoggedIn anna = fixture.user(QStringLiteral("anna"));
        Answer last;
        int sent = 0;
        for (; sent < 20; ++sent) {
            last = fixture.post(
                "/chat/send", {{QStringLiteral("message"), QString(4000, QLatin1Char('m'))}}, anna);
            if (last.status != 200)
                break;
        }
        QVERIFY(sent >= 1 && sent < 20);
        QCOMPARE(last.status, 429);
        QVERIFY(last.header("retry-after").toInt() > 60);
        QCOMPARE(last.json().value(QLatin1String("code")).toString(), QStringLiteral("rate_limited"));
        QVERIFY2(last.json().value(QLatin1String("detail")).toString().contains(QLatin1String(key)), key);
        // Reading goes on.
        QCOMPARE(fixture.call({"GET", "/chat/history", {}, anna.token}).status, 200);
    };
    FixtureOptions user;
    user.limits.bytesPerUserPerDay = 16'000;
    fill(user, "limits.bytes_per_user_per_day");
    if (QTest::currentTestFailed())
        return;
    FixtureOptions network;
    network.limits.bytesPerNetworkPerDay = 16'000;
    fill(network, "limits.bytes_per_network_per_day");
}

void AccessTest::closedRegistration()
{
    FixtureOptions closed;
    closed.registration = false;
    const HttpFixture fixture(closed);
    QVERIFY2(fixture.problem().isEmpty(), qPrintable(fixture.problem()));
    for (const char *path : {"/register", "/api/auth/register", "/api/v1/register"}) {
        const Answer answer = fixture.call({"POST", path, R"({"username":"anna","password":"long enough"})"});
        QCOMPARE(answer.status, 403);
        QCOMPARE(answer.json().value(QLatin1String("code")).toString(), QStringLiteral("forbidden"));
    }
}

void AccessTest::oversizedBody()
{
    const QByteArray body = R"({"message":")" + QByteArray(70'000, 'x') + R"("})";
    const Answer answer = m_fixture.call({"POST", "/api/chats/send", body, m_anna.token});
    QCOMPARE(answer.status, 413);
    QCOMPARE(answer.json().value(QLatin1String("code")).toString(), QStringLiteral("payload_too_large"));
}

/// What the net layer refuses has the same form as everything else.
void AccessTest::refusedBeforeRouting()
{
    const Answer answer = m_fixture.call({"GET", "/" + QByteArray(9000, 'a')});
    QCOMPARE(answer.status, 414);
    QCOMPARE(answer.header("content-type"), QByteArray("application/problem+json"));
    const QJsonObject problem = answer.json();
    QCOMPARE(problem.value(QLatin1String("status")).toInt(), 414);
    QCOMPARE(problem.value(QLatin1String("title")).toString(), QStringLiteral("URI Too Long"));
    QVERIFY(!problem.value(QLatin1String("detail")).toString().isEmpty());
}

QTEST_GUILESS_MAIN(AccessTest)
#include "tst_access.moc"
