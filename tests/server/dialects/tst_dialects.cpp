// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/http/httpfixture.h"
#include "tests/server/http/openapidocument.h"

#include "common/ids.h"
#include "common/messages.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace rookery;
using rookery::test::Answer;
using rookery::test::Call;
using rookery::test::HttpFixture;
using rookery::test::LoggedIn;

namespace {

QJsonObject object(const QByteArray &json)
{
    return QJsonDocument::fromJson(json).object();
}

/// What is wanted but not there; empty: everything in `wanted` is in `got`.
QString lacking(const QJsonObject &got, const QJsonObject &wanted, const QString &where = {})
{
    for (auto field = wanted.begin(); field != wanted.end(); ++field) {
        const QJsonValue value = got.value(field.key());
        if (field.value().isObject()) {
            const QString inside =
                lacking(value.toObject(), field.value().toObject(), where + field.key() + u'.');
            if (!inside.isEmpty())
                return inside;
        } else if (value != field.value()) {
            return where + field.key();
        }
    }
    return {};
}

} // namespace

/// Every HTTP row of the documents 000 to 003, each to the letter, and what each field is refused for.
class DialectsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void documented_data();
    void documented();
    void refused_data();
    void refused();
    void withoutToken_data();
    void withoutToken();
    void guestsOf003();
    void logInGivesAGoodToken_data();
    void logInGivesAGoodToken();
    void sessionsAreListedAndEnded();

private:
    QByteArray filledIn(QByteArray text) const;

    test::OpenApiDocument m_document;
    HttpFixture m_fixture;
    LoggedIn m_anna;
    LoggedIn m_bert;
};

void DialectsTest::initTestCase()
{
    QVERIFY2(m_fixture.problem().isEmpty(), qPrintable(m_fixture.problem()));
    m_anna = m_fixture.user(QStringLiteral("anna"));
    m_bert = m_fixture.user(QStringLiteral("bert"));
    QVERIFY(!m_anna.token.isEmpty());
    QVERIFY(!m_bert.token.isEmpty());
}

/// Rows are made before there are users, so they name them.
QByteArray DialectsTest::filledIn(QByteArray text) const
{
    text.replace("$ANNA", m_anna.id.toUtf8());
    text.replace("$BERT", m_bert.id.toUtf8());
    return text;
}

void DialectsTest::documented_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QString>("pathTemplate");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<bool>("withToken");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("wanted");
    const auto row = [](const char *name, QByteArray method, QByteArray path, const char *pathTemplate,
                         QByteArray body, bool withToken, int status, QByteArray wanted) {
        QTest::newRow(name) << method << path << QString::fromLatin1(pathTemplate) << body << withToken
                            << status << wanted;
    };
    row("000: POST /api/messages, by id", "POST", "/api/messages", "/api/messages",
        R"({"senderId":"$ANNA","receiverId":"$BERT","message":"Hello, how are you?"})", true, 200,
        R"({"senderId":"$ANNA","receiverId":"$BERT","message":"Hello, how are you?","sender_username":"anna"})");
    row("000: POST /api/messages, by name", "POST", "/api/messages", "/api/messages",
        R"({"senderId":"anna","receiverId":"bert","message":"Hello"})", true, 200,
        R"({"senderId":"$ANNA","receiverId":"$BERT"})");
    row("000: POST /api/messages, by name in another case", "POST", "/api/messages", "/api/messages",
        R"({"senderId":"Anna","receiverId":"BERT","message":"Hello"})", true, 200,
        R"({"senderId":"$ANNA","receiverId":"$BERT"})");
    row("000: POST /api/messages/, with the slash", "POST", "/api/messages/", "/api/messages",
        R"({"senderId":"anna","receiverId":"bert","message":"Hello"})", true, 200, "{}");
    row("001: POST /register", "POST", "/register", "/register",
        R"({"username":"reg001","password":"password of 001"})", false, 201,
        R"({"message":"User registered successfully","user":{"username":"reg001"}})");
    row("001: POST /login", "POST", "/login", "/login",
        R"({"username":"anna","password":"correct horse battery"})", false, 200,
        R"({"message":"Login successful","user":{"id":"$ANNA","username":"anna"}})");
    row("001: GET /users/{name}", "GET", "/users/bert", "/users/{name}", {}, true, 200,
        R"({"user":{"id":"$BERT","username":"bert"}})");
    row("001: GET /users/{name}, by id", "GET", "/users/$BERT", "/users/{name}", {}, true, 200,
        R"({"user":{"id":"$BERT","username":"bert"}})");
    row("001: GET /messages", "GET", "/messages?with=bert", "/messages", {}, true, 200, R"({"next":null})");
    row("001: GET /sessions", "GET", "/sessions", "/sessions", {}, true, 200, "{}");
    row("002: POST /api/auth/register", "POST", "/api/auth/register", "/api/auth/register",
        R"({"username":"exampleuser","password":"securepassword"})", false, 201,
        R"({"message":"User registered successfully","user":{"username":"exampleuser"}})");
    row("002: POST /api/auth/login", "POST", "/api/auth/login", "/api/auth/login",
        R"({"username":"bert","password":"correct horse battery"})", false, 200,
        R"({"message":"Login successful"})");
    row("002: GET /api/users/profile", "GET", "/api/users/profile", "/api/users/profile", {}, true, 200,
        R"({"user":{"id":"$ANNA","username":"anna"}})");
    row("002: POST /api/chats/send", "POST", "/api/chats/send", "/api/chats/send",
        R"({"message":"Hello, world!"})", true, 200, R"({"message":"Message sent successfully"})");
    row("003: POST /chat/send/", "POST", "/chat/send/", "/chat/send", R"({"message":"Your message here"})",
        true, 200, R"({"message":"Message sent!"})");
    row("003: POST /chat/send, to a room made at first use", "POST", "/chat/send", "/chat/send",
        R"({"message":"Your message here","room":"made-by-003"})", true, 200,
        R"({"message":"Message sent!","seq":1})");
    row("003: GET /chat/history/", "GET", "/chat/history/", "/chat/history", {}, true, 200, "{}");
    row("003: GET /chat/history, of a room", "GET", "/chat/history?room=lobby&limit=1", "/chat/history", {},
        true, 200, "{}");
}

void DialectsTest::documented()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    QFETCH(QString, pathTemplate);
    QFETCH(QByteArray, body);
    QFETCH(bool, withToken);
    QFETCH(int, status);
    QFETCH(QByteArray, wanted);
    const Answer answer = m_fixture.call({method, filledIn(path), body.isNull() ? body : filledIn(body),
        withToken ? m_anna.token : QByteArray(), {{"Content-Type", "application/json"}}});
    QVERIFY2(answer.status == status, answer.body.constData());
    const QString missing = lacking(answer.json(), object(filledIn(wanted)));
    QVERIFY2(
        missing.isEmpty(), qPrintable(missing + QStringLiteral(" in ") + QString::fromUtf8(answer.body)));
    const QString problem = m_document.check(
        QString::fromLatin1(method), pathTemplate, status, answer.header("content-type"), answer.body);
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
    QCOMPARE(answer.header("cache-control"), QByteArray("no-store"));
}

void DialectsTest::refused_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("field");
    const auto row = [](const char *name, QByteArray method, QByteArray path, QByteArray body, int status,
                         const char *code, const char *field = "") {
        QTest::newRow(name) << method << path << body << status << QString::fromLatin1(code)
                            << QString::fromLatin1(field);
    };
    row("000: no senderId", "POST", "/api/messages", R"({"receiverId":"bert","message":"x"})", 400,
        "missing_field", "senderId");
    row("000: no receiverId", "POST", "/api/messages", R"({"senderId":"anna","message":"x"})", 400,
        "missing_field", "receiverId");
    row("000: no message", "POST", "/api/messages", R"({"senderId":"anna","receiverId":"bert"})", 400,
        "missing_field", "message");
    row("000: null message", "POST", "/api/messages",
        R"({"senderId":"anna","receiverId":"bert","message":null})", 400, "missing_field", "message");
    row("000: sender is a list", "POST", "/api/messages",
        R"({"senderId":["anna"],"receiverId":"bert","message":"x"})", 400, "invalid_field", "senderId");
    row("000: message is a number", "POST", "/api/messages",
        R"({"senderId":"anna","receiverId":"bert","message":7})", 400, "invalid_field", "message");
    row("000: empty message", "POST", "/api/messages",
        R"({"senderId":"anna","receiverId":"bert","message":""})", 400, "invalid_field", "message");
    row("000: message with NUL", "POST", "/api/messages",
        R"({"senderId":"anna","receiverId":"bert","message":"a\u0000b"})", 400, "invalid_field", "message");
    row("000: message with a lone surrogate", "POST", "/api/messages",
        R"({"senderId":"anna","receiverId":"bert","message":"\ud800"})", 400, "invalid_field", "message");
    row("000: message too long", "POST", "/api/messages",
        R"({"senderId":"anna","receiverId":"bert","message":")" + QByteArray(4001, 'x') + R"("})", 400,
        "message_too_long", "message");
    row("000: client_id is no UUID", "POST", "/api/messages",
        R"({"senderId":"anna","receiverId":"bert","message":"x","client_id":"1"})", 400, "invalid_field",
        "client_id");
    row("000: forged sender, by name", "POST", "/api/messages",
        R"({"senderId":"bert","receiverId":"anna","message":"x"})", 403, "forbidden", "senderId");
    row("000: forged sender, by id", "POST", "/api/messages",
        R"({"senderId":"$BERT","receiverId":"anna","message":"x"})", 403, "forbidden", "senderId");
    row("000: empty sender", "POST", "/api/messages", R"({"senderId":"","receiverId":"bert","message":"x"})",
        403, "forbidden", "senderId");
    row("000: unknown receiver", "POST", "/api/messages",
        R"({"senderId":"anna","receiverId":"nobody","message":"x"})", 404, "not_found", "receiverId");
    row("000: unknown receiver, as a number", "POST", "/api/messages",
        R"({"senderId":"anna","receiverId":456,"message":"x"})", 404, "not_found", "receiverId");
    row("000: not JSON", "POST", "/api/messages", "senderId=anna", 400, "invalid_json");
    row("000: GET", "GET", "/api/messages", {}, 405, "method_not_allowed");

    for (const char *path : {"/register", "/api/auth/register", "/api/v1/register"}) {
        const auto named = [path](const char *what) { return QByteArray(path) + ": " + what; };
        const auto post = [&](const char *what, QByteArray body, int status, const char *code,
                              const char *field) {
            row(named(what).constData(), "POST", path, body, status, code, field);
        };
        post("no username", R"({"password":"long enough"})", 400, "missing_field", "username");
        post("no password", R"({"username":"carla"})", 400, "missing_field", "password");
        post("username is a number", R"({"username":1,"password":"long enough"})", 400, "invalid_field",
            "username");
        post("password is an object", R"({"username":"carla","password":{}})", 400, "invalid_field",
            "password");
        post("username too short", R"({"username":"c","password":"long enough"})", 400, "invalid_field",
            "username");
        post("username too long", R"({"username":")" + QByteArray(33, 'c') + R"(","password":"long enough"})",
            400, "invalid_field", "username");
        post("username with a zero-width space",
            "{\"username\":\"car\\u200bla\",\"password\":\"long enough\"}", 400, "invalid_field", "username");
        post("password too short", R"({"username":"carla","password":"short"})", 400, "invalid_field",
            "password");
        post("password too long", R"({"username":"carla","password":")" + QByteArray(1025, 'p') + R"("})",
            400, "invalid_field", "password");
        post("taken", R"({"username":"anna","password":"long enough"})", 409, "name_taken", "username");
        post("taken but for case", R"({"username":"ANNA","password":"long enough"})", 409, "name_taken",
            "username");
        post("empty body", "", 400, "invalid_json", "");
        post("a list", "[]", 400, "invalid_json", "");
    }
    for (const char *path : {"/login", "/api/auth/login", "/api/v1/login"}) {
        const auto post = [&](const char *what, QByteArray body, int status, const char *code,
                              const char *field) {
            row((QByteArray(path) + ": " + what).constData(), "POST", path, body, status, code, field);
        };
        post("no username", R"({"password":"long enough"})", 400, "missing_field", "username");
        post("no password", R"({"username":"anna"})", 400, "missing_field", "password");
        post("wrong password", R"({"username":"anna","password":"wrong horse"})", 401, "bad_credentials", "");
        post("unknown user", R"({"username":"nobody","password":"wrong horse"})", 401, "bad_credentials", "");
        post("password too long", R"({"username":"anna","password":")" + QByteArray(50'000, 'p') + R"("})",
            400, "invalid_field", "password");
        post("not JSON", "username=anna&password=x", 400, "invalid_json", "");
    }

    row("001: GET /users, unknown", "GET", "/users/nobody", {}, 404, "not_found");
    row("001: GET /users, metacharacters", "GET", "/users/a'%20OR%201=1--", {}, 404, "not_found");
    row("001: GET /users, NUL", "GET", "/users/anna%00", {}, 400, "invalid_request");
    row("001: GET /users, not UTF-8", "GET", "/users/%ff%fe", {}, 400, "invalid_request");
    row("001: GET /messages without with", "GET", "/messages", {}, 400, "missing_field", "with");
    row("001: GET /messages with nobody", "GET", "/messages?with=", {}, 400, "missing_field", "with");
    row("001: GET /messages with an unknown user", "GET", "/messages?with=nobody", {}, 404, "not_found",
        "with");
    row("001: GET /messages, limit 0", "GET", "/messages?with=bert&limit=0", {}, 400, "invalid_field",
        "limit");
    row("001: GET /messages, limit past the bound", "GET", "/messages?with=bert&limit=201", {}, 400,
        "invalid_field", "limit");
    row("001: GET /messages, before is a word", "GET", "/messages?with=bert&before=x", {}, 400,
        "invalid_field", "before");
    row("001: GET /messages, before is negative", "GET", "/messages?with=bert&before=-1", {}, 400,
        "invalid_field", "before");
    row("001: DELETE /sessions, unknown", "DELETE", "/sessions/019a3f6e-8f7a-7c11-8d6a-2f0c5a1b9e01", {}, 404,
        "not_found");
    row("001: DELETE /sessions, no id", "DELETE", "/sessions/x", {}, 404, "not_found");
    row("002: POST /api/chats/send, no message", "POST", "/api/chats/send", "{}", 400, "missing_field",
        "message");
    row("002: POST /api/chats/send, message is a list", "POST", "/api/chats/send", R"({"message":[]})", 400,
        "invalid_field", "message");
    row("002: POST /api/chats/send, only spaces", "POST", "/api/chats/send", R"({"message":"  "})", 400,
        "invalid_field", "message");
    row("002: POST /api/chats/send, client_id is a number", "POST", "/api/chats/send",
        R"({"message":"x","client_id":1})", 400, "invalid_field", "client_id");
    row("003: POST /chat/send, no message", "POST", "/chat/send", R"({"room":"lobby"})", 400, "missing_field",
        "message");
    row("003: POST /chat/send, room is a number", "POST", "/chat/send", R"({"message":"x","room":1})", 400,
        "invalid_field", "room");
    row("003: POST /chat/send, room name with a space", "POST", "/chat/send",
        R"({"message":"x","room":"a b"})", 400, "invalid_field", "room");
    row("003: POST /chat/send, empty room name", "POST", "/chat/send", R"({"message":"x","room":""})", 400,
        "invalid_field", "room");
    row("003: POST /chat/send, room name too long", "POST", "/chat/send",
        R"({"message":"x","room":")" + QByteArray(65, 'r') + R"("})", 400, "invalid_field", "room");
    row("003: GET /chat/history, unknown room", "GET", "/chat/history?room=nowhere", {}, 404, "not_found",
        "room");
    row("003: GET /chat/history, limit is a word", "GET", "/chat/history?limit=all", {}, 400, "invalid_field",
        "limit");
}

void DialectsTest::refused()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, body);
    QFETCH(int, status);
    QFETCH(QString, code);
    QFETCH(QString, field);
    const Answer answer = m_fixture.call({method, path, body.isNull() ? body : filledIn(body), m_anna.token});
    QVERIFY2(answer.status == status, answer.body.constData());
    const QJsonObject problem = answer.json();
    QCOMPARE(problem.value(QLatin1String("code")).toString(), code);
    QCOMPARE(problem.value(QLatin1String("field")).toString(), field);
    QCOMPARE(problem.value(QLatin1String("status")).toInt(), status);
    QCOMPARE(problem.value(QLatin1String("error")), problem.value(QLatin1String("detail")));
    QCOMPARE(answer.header("content-type"), QByteArray("application/problem+json"));
    QCOMPARE(answer.header("cache-control"), QByteArray("no-store"));
}

void DialectsTest::withoutToken_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("path");
    QTest::newRow("000: POST /api/messages") << QByteArray("POST") << QByteArray("/api/messages");
    QTest::newRow("001: GET /users/{name}") << QByteArray("GET") << QByteArray("/users/anna");
    QTest::newRow("001: GET /messages") << QByteArray("GET") << QByteArray("/messages?with=bert");
    QTest::newRow("001: GET /sessions") << QByteArray("GET") << QByteArray("/sessions");
    QTest::newRow("001: DELETE /sessions/{id}") << QByteArray("DELETE") << QByteArray("/sessions/x");
    QTest::newRow("002: GET /api/users/profile") << QByteArray("GET") << QByteArray("/api/users/profile");
    QTest::newRow("002: POST /api/chats/send") << QByteArray("POST") << QByteArray("/api/chats/send");
    QTest::newRow("003: POST /chat/send") << QByteArray("POST") << QByteArray("/chat/send");
    QTest::newRow("003: GET /chat/history") << QByteArray("GET") << QByteArray("/chat/history");
}

void DialectsTest::withoutToken()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, path);
    const QByteArray body = method == "POST" ? QByteArray(R"({"message":"x"})") : QByteArray();
    const Answer answer = m_fixture.call({method, path, body});
    QCOMPARE(answer.status, 401);
    QCOMPARE(answer.header("www-authenticate"), QByteArray("Bearer"));
    QCOMPARE(answer.json().value(QLatin1String("code")).toString(), QStringLiteral("unauthorized"));
}

/// 003 as printed: no token at all, where the operator lets guests in.
void DialectsTest::guestsOf003()
{
    HttpFixture open({.guests = true});
    QVERIFY2(open.problem().isEmpty(), qPrintable(open.problem()));
    const QJsonObject message{{QStringLiteral("message"), QStringLiteral("Your message here")},
        {QStringLiteral("client_id"), QStringLiteral("0198c0de-1234-4abc-8def-0123456789ab")}};
    const Answer sent = open.post("/chat/send/", message);
    QVERIFY2(sent.status == 200, sent.body.constData());
    QCOMPARE(sent.json().value(QLatin1String("message")).toString(), QStringLiteral("Message sent!"));
    // A resend finds its message, since the address stays the same guest.
    QCOMPARE(open.post("/chat/send/", message).json(), sent.json());

    const Answer history = open.get("/chat/history/");
    QVERIFY2(history.status == 200, history.body.constData());
    const QJsonArray messages = history.json().value(QLatin1String("chat_history")).toArray();
    QCOMPARE(messages.size(), 1);
    QVERIFY(messages[0][QLatin1String("sender_username")].toString().startsWith(QLatin1String("guest-")));

    // Private rooms are not there for them, a bad token is no guest, and nothing else is open.
    const LoggedIn anna = open.user(QStringLiteral("anna"));
    QCOMPARE(
        open.post("/api/v1/rooms",
                {{QStringLiteral("name"), QStringLiteral("den")}, {QStringLiteral("private"), true}}, anna)
            .status,
        201);
    QCOMPARE(open.get("/chat/history?room=den").status, 404);
    QCOMPARE(open.post("/chat/send",
                     {{QStringLiteral("message"), QStringLiteral("x")},
                         {QStringLiteral("room"), QStringLiteral("den")}})
                 .status,
        404);
    QCOMPARE(open.call({"GET", "/chat/history", {}, "a.b.c"}).status, 401);
    QCOMPARE(open.post("/api/chats/send", message).status, 401);
    // A foreign page would speak with its visitor's address.
    QCOMPARE(open.call({"POST", "/chat/send", R"({"message":"x"})", {}, {{"Origin", "http://evil.example"}}})
                 .status,
        403);
}

void DialectsTest::logInGivesAGoodToken_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::newRow("001: POST /login") << QByteArray("/login");
    QTest::newRow("002: POST /api/auth/login") << QByteArray("/api/auth/login");
    QTest::newRow("native: POST /api/v1/login") << QByteArray("/api/v1/login");
}

void DialectsTest::logInGivesAGoodToken()
{
    QFETCH(QByteArray, path);
    const Answer answer = m_fixture.post(path,
        {{QStringLiteral("username"), QStringLiteral("anna")},
            {QStringLiteral("password"), QStringLiteral("correct horse battery")}});
    QCOMPARE(answer.status, 200);
    const QJsonObject json = answer.json();
    QCOMPARE(json.value(QLatin1String("message")).toString(), QStringLiteral("Login successful"));
    QVERIFY(json.value(QLatin1String("expires_in")).toInt() > 24 * 3600);
    QVERIFY(
        parseTimestamp(json.value(QLatin1String("expires_at")).toString()) > QDateTime::currentDateTimeUtc());
    LoggedIn again = m_anna;
    again.token = json.value(QLatin1String("token")).toString().toLatin1();
    QCOMPARE(m_fixture.get("/api/users/profile", again).status, 200);

    const QByteArray cookie = answer.header("set-cookie");
    QVERIFY2(cookie.startsWith("rookery_session=" + again.token + ';'), cookie.constData());
    QVERIFY2(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), cookie.constData());
    const Answer byCookie =
        m_fixture.call({"GET", "/api/users/profile", {}, {}, {{"Cookie", cookie.split(';').constFirst()}}});
    QCOMPARE(byCookie.status, 200);
}

void DialectsTest::sessionsAreListedAndEnded()
{
    const LoggedIn ida = m_fixture.user(QStringLiteral("ida"));
    const Answer second = m_fixture.call({"POST", "/login",
        R"({"username":"ida","password":"correct horse battery"})", {}, {{"User-Agent", "second/2.0"}}});
    LoggedIn idaAgain = ida;
    idaAgain.token = second.json().value(QLatin1String("token")).toString().toLatin1();

    const Answer listed = m_fixture.get("/sessions", ida);
    const QJsonArray sessions = listed.json().value(QLatin1String("sessions")).toArray();
    QCOMPARE(sessions.size(), 2);
    QByteArray other;
    for (const QJsonValue &value : sessions) {
        const QJsonObject session = value.toObject();
        QCOMPARE(session.value(QLatin1String("current")).toBool(),
            session.value(QLatin1String("id")).toString() == ida.session);
        QCOMPARE(session.value(QLatin1String("address")).toString(), QStringLiteral("127.0.0.1"));
        if (!session.value(QLatin1String("current")).toBool()) {
            QCOMPARE(session.value(QLatin1String("client")).toString(), QStringLiteral("second/2.0"));
            other = session.value(QLatin1String("id")).toString().toUtf8();
        }
    }
    const QString problem = m_document.check(QStringLiteral("GET"), QStringLiteral("/sessions"),
        listed.status, listed.header("content-type"), listed.body);
    QVERIFY2(problem.isEmpty(), qPrintable(problem));

    // Somebody else's session is one that does not exist.
    QCOMPARE(m_fixture.call({"DELETE", "/sessions/" + other, {}, m_anna.token}).status, 404);
    QCOMPARE(m_fixture.get("/sessions", idaAgain).status, 200);

    const Answer ended = m_fixture.call({"DELETE", "/sessions/" + other, {}, ida.token});
    QCOMPARE(ended.status, 204);
    QVERIFY(ended.body.isEmpty());
    QVERIFY(!ended.hasHeader("set-cookie"));
    QCOMPARE(m_fixture.get("/sessions", idaAgain).status, 401);
    QCOMPARE(m_fixture.get("/sessions", ida).status, 200);

    const Answer own = m_fixture.call({"DELETE", "/sessions/" + ida.session.toUtf8(), {}, ida.token});
    QCOMPARE(own.status, 204);
    QVERIFY(own.header("set-cookie").startsWith("rookery_session=;"));
    QCOMPARE(m_fixture.get("/sessions", ida).status, 401);
}

QTEST_GUILESS_MAIN(DialectsTest)
#include "tst_dialects.moc"
