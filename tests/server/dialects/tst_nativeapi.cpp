// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/http/httpfixture.h"
#include "tests/server/http/openapidocument.h"

#include "common/ids.h"
#include "common/jsoncodec.h"

#include <QJsonArray>
#include <QSet>
#include <QTest>

using namespace rookery;
using rookery::test::Answer;
using rookery::test::HttpFixture;
using rookery::test::LoggedIn;

/// The native API of common/README.md: what members and others get, and that answers have the documented
/// form.
class NativeApiTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void accounts();
    void logOut();
    void publicRoom();
    void roomNames_data();
    void roomNames();
    void directory();
    void listsComeInPages();
    void listsTellTheirRange_data();
    void listsTellTheirRange();
    void privateRoomIsHidden_data();
    void privateRoomIsHidden();
    void invitation();
    void nothingAfterLeaving();
    void directRoom();
    void events();
    void eventQueriesAreChecked_data();
    void eventQueriesAreChecked();
    void sendingOnce();
    void bodiesAreChecked_data();
    void bodiesAreChecked();

private:
    Answer get(const QByteArray &path, const LoggedIn &user, const char *pathTemplate);
    Answer post(
        const QByteArray &path, const QJsonObject &body, const LoggedIn &user, const char *pathTemplate);
    void hold(const char *method, const char *pathTemplate, const Answer &answer);
    QJsonObject makeRoom(const QString &name, bool isPrivate, const LoggedIn &owner);

    test::OpenApiDocument m_document;
    HttpFixture m_fixture;
    LoggedIn m_anna;
    LoggedIn m_bert;
    QByteArray m_hidden; ///< id of a private room of Anna's, named `hidden`
};

/// Every answer of these tests is held against the OpenAPI document.
void NativeApiTest::hold(const char *method, const char *pathTemplate, const Answer &answer)
{
    const QString problem = m_document.check(QString::fromLatin1(method), QString::fromLatin1(pathTemplate),
        answer.status, answer.header("content-type"), answer.body);
    QVERIFY2(problem.isEmpty(), qPrintable(problem + u' ' + QString::fromUtf8(answer.body)));
    QCOMPARE(answer.header("cache-control"), QByteArray("no-store"));
}

Answer NativeApiTest::get(const QByteArray &path, const LoggedIn &user, const char *pathTemplate)
{
    const Answer answer = m_fixture.get(path, user);
    hold("GET", pathTemplate, answer);
    return answer;
}

Answer NativeApiTest::post(
    const QByteArray &path, const QJsonObject &body, const LoggedIn &user, const char *pathTemplate)
{
    const Answer answer = m_fixture.post(path, body, user);
    hold("POST", pathTemplate, answer);
    return answer;
}

QJsonObject NativeApiTest::makeRoom(const QString &name, bool isPrivate, const LoggedIn &owner)
{
    return post("/api/v1/rooms", {{QStringLiteral("name"), name}, {QStringLiteral("private"), isPrivate}},
        owner, "/api/v1/rooms")
        .json()
        .value(QLatin1String("room"))
        .toObject();
}

void NativeApiTest::initTestCase()
{
    QVERIFY2(m_fixture.problem().isEmpty(), qPrintable(m_fixture.problem()));
    m_anna = m_fixture.user(QStringLiteral("anna"));
    m_bert = m_fixture.user(QStringLiteral("bert"));
    QVERIFY(!m_anna.token.isEmpty());
    QVERIFY(!m_bert.token.isEmpty());
    m_hidden =
        makeRoom(QStringLiteral("hidden"), true, m_anna).value(QLatin1String("id")).toString().toUtf8();
    QVERIFY(!m_hidden.isEmpty());
}

void NativeApiTest::accounts()
{
    const QJsonObject credentials{{QStringLiteral("username"), QStringLiteral("Zoë")},
        {QStringLiteral("password"), QStringLiteral("пароль-пароль")}};
    const Answer registered = post("/api/v1/register", credentials, {}, "/api/v1/register");
    QCOMPARE(registered.status, 201);
    const Answer loggedIn = post("/api/v1/login", credentials, {}, "/api/v1/login");
    QCOMPARE(loggedIn.status, 200);
    LoggedIn zoe;
    zoe.token = loggedIn.json().value(QLatin1String("token")).toString().toLatin1();
    const Answer me = get("/api/v1/me", zoe, "/api/v1/me");
    QCOMPARE(me.json(), registered.json());
    QCOMPARE(get("/api/v1/users/Zo%C3%AB", m_anna, "/api/v1/users/{user}").json(), registered.json());
    const QJsonArray sessions =
        get("/api/v1/sessions", zoe, "/api/v1/sessions").json().value(QLatin1String("sessions")).toArray();
    QCOMPARE(sessions.size(), 1);
    QCOMPARE(sessions.first().toObject().value(QLatin1String("id")),
        loggedIn.json().value(QLatin1String("session")));
    QCOMPARE(get("/api/v1/users/nobody", zoe, "/api/v1/users/{user}").status, 404);
}

void NativeApiTest::logOut()
{
    const LoggedIn carl = m_fixture.user(QStringLiteral("carl"));
    const Answer out = m_fixture.call({"POST", "/api/v1/logout", {}, carl.token});
    hold("POST", "/api/v1/logout", out);
    QCOMPARE(out.status, 204);
    QVERIFY(out.header("set-cookie").startsWith("rookery_session=;"));
    QCOMPARE(get("/api/v1/me", carl, "/api/v1/me").status, 401);
    QCOMPARE(m_fixture.call({"POST", "/api/v1/logout", {}, carl.token}).status, 401);
}

void NativeApiTest::publicRoom()
{
    const Answer made =
        post("/api/v1/rooms", {{QStringLiteral("name"), QStringLiteral("Grüße")}}, m_anna, "/api/v1/rooms");
    QCOMPARE(made.status, 201);
    const QJsonObject room = made.json().value(QLatin1String("room")).toObject();
    QCOMPARE(room.value(QLatin1String("kind")).toString(), QStringLiteral("public"));
    QCOMPARE(room.value(QLatin1String("member")).toBool(), true);
    const QByteArray id = room.value(QLatin1String("id")).toString().toUtf8();
    QCOMPARE(made.header("location"), "/api/v1/rooms/" + id);

    const auto asSeenBy = [&](const LoggedIn &user, const QByteArray &name) {
        return get("/api/v1/rooms/" + name, user, "/api/v1/rooms/{room}")
            .json()
            .value(QLatin1String("room"))
            .toObject();
    };
    QCOMPARE(asSeenBy(m_anna, id), room);
    QCOMPARE(asSeenBy(m_anna, "gr%C3%BC%C3%9Fe"), room);
    QCOMPARE(asSeenBy(m_bert, id).value(QLatin1String("member")).toBool(), false);

    const QByteArray base = "/api/v1/rooms/" + id;
    QCOMPARE(post(base + "/join", {}, m_bert, "/api/v1/rooms/{room}/join").status, 200);
    QCOMPARE(post(base + "/join", {}, m_bert, "/api/v1/rooms/{room}/join").status, 200);
    QCOMPARE(asSeenBy(m_bert, id).value(QLatin1String("member")).toBool(), true);
    const QJsonArray members = get(base + "/members", m_bert, "/api/v1/rooms/{room}/members")
                                   .json()
                                   .value(QLatin1String("members"))
                                   .toArray();
    QCOMPARE(members.size(), 2);

    const auto inList = [&] {
        const QJsonArray rooms =
            get("/api/v1/rooms", m_bert, "/api/v1/rooms").json().value(QLatin1String("rooms")).toArray();
        for (const QJsonValue &value : rooms) {
            if (value.toObject().value(QLatin1String("id")).toString().toUtf8() == id)
                return true;
        }
        return false;
    };
    QVERIFY(inList());
    QCOMPARE(post(base + "/leave", {}, m_bert, "/api/v1/rooms/{room}/leave").status, 204);
    QVERIFY(!inList());
}

void NativeApiTest::roomNames_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("status");
    QTest::newRow("letters and digits") << "room42" << 201;
    QTest::newRow("dash and underscore") << "a-b_c" << 201;
    QTest::newRow("one character") << "x" << 201;
    QTest::newRow("64 characters") << QString(64, u'r') << 201;
    QTest::newRow("another script") << QStringLiteral("чат") << 201;
    QTest::newRow("taken") << "hidden" << 409;
    QTest::newRow("taken but for case") << "HIDDEN" << 409;
    QTest::newRow("empty") << "" << 400;
    QTest::newRow("65 characters") << QString(65, u'r') << 400;
    QTest::newRow("space") << "a b" << 400;
    QTest::newRow("slash") << "a/b" << 400;
    QTest::newRow("dots") << ".." << 400;
    QTest::newRow("markup") << "<b>" << 400;
    QTest::newRow("right-to-left override") << QStringLiteral("a\u202eb") << 400;
    QTest::newRow("like an id") << "019a3f6e-8f7a-7c11-8d6a-2f0c5a1b9e01" << 400;
}

void NativeApiTest::roomNames()
{
    QFETCH(QString, name);
    QFETCH(int, status);
    const Answer answer = post("/api/v1/rooms", {{QStringLiteral("name"), name}}, m_anna, "/api/v1/rooms");
    QVERIFY2(answer.status == status, answer.body.constData());
    if (status >= 400)
        QCOMPARE(answer.json().value(QLatin1String("field")).toString(), QStringLiteral("name"));
}

void NativeApiTest::directory()
{
    const QStringList names{QStringLiteral("dir-a"), QStringLiteral("dir-b"), QStringLiteral("dir-c")};
    for (const QString &name : names)
        QCOMPARE(makeRoom(name, false, m_anna).value(QLatin1String("name")).toString(), name);
    makeRoom(QStringLiteral("dir-secret"), true, m_anna);
    QStringList found;
    QByteArray after;
    int pages = 0;
    do {
        const QJsonObject page =
            get("/api/v1/rooms/directory?query=DIR-&limit=2" + after, m_bert, "/api/v1/rooms/directory")
                .json();
        const QJsonArray rooms = page.value(QLatin1String("rooms")).toArray();
        for (const QJsonValue &room : rooms)
            found.append(room.toObject().value(QLatin1String("name")).toString());
        const QJsonValue next = page.value(QLatin1String("next"));
        after = next.isNull() ? QByteArray() : "&after=" + next.toString().toUtf8();
    } while (!after.isEmpty() && ++pages < 10);
    QCOMPARE(found, names);
    QCOMPARE(get("/api/v1/rooms/directory?limit=0", m_bert, "/api/v1/rooms/directory").status, 400);
    QCOMPARE(get("/api/v1/rooms/directory?limit=201", m_bert, "/api/v1/rooms/directory").status, 400);
    QCOMPARE(get("/api/v1/rooms/directory?limit=x", m_bert, "/api/v1/rooms/directory").status, 400);
}

void NativeApiTest::listsTellTheirRange_data()
{
    QTest::addColumn<int>("most");
    QTest::newRow("/api/v1/rooms") << 1000;
    QTest::newRow("/api/v1/rooms/lobby/members") << 1000;
    for (const char *route : {"/api/v1/rooms/directory", "/api/v1/rooms/lobby/events", "/api/v1/invitations",
             "/api/v1/blocked", "/messages", "/chat/history"})
        QTest::newRow(route) << 200;
}

/// The same one on either side of it.
void NativeApiTest::listsTellTheirRange()
{
    QFETCH(int, most);
    const QByteArray path = QByteArray(QTest::currentDataTag()) + "?with=anna&limit=";
    const QString range = QStringLiteral("from 1 to %1.").arg(most);
    for (const int limit : {-1, 0, most + 1}) {
        const Answer answer = m_fixture.get(path + QByteArray::number(limit), m_bert);
        QCOMPARE(answer.status, 400);
        QCOMPARE(answer.json().value(QLatin1String("field")).toString(), QStringLiteral("limit"));
        const QString detail = answer.json().value(QLatin1String("detail")).toString();
        QVERIFY2(detail.endsWith(range), qPrintable(detail));
    }
}

/// THREATS 35.
void NativeApiTest::listsComeInPages()
{
    const LoggedIn dora = m_fixture.user(QStringLiteral("dora"));
    QSet<QString> wanted{QStringLiteral("lobby")};
    for (int i = 0; i < 5; ++i) {
        const QString name = QStringLiteral("paged-%1").arg(i);
        QVERIFY(!makeRoom(name, true, dora).isEmpty());
        wanted.insert(name);
    }
    QSet<QString> found;
    QByteArray after;
    int pages = 0;
    do {
        const QJsonObject page = get("/api/v1/rooms?limit=2" + after, dora, "/api/v1/rooms").json();
        const QJsonArray rooms = page.value(QLatin1String("rooms")).toArray();
        QVERIFY(rooms.size() <= 2);
        for (const QJsonValue &room : rooms)
            found.insert(room.toObject().value(QLatin1String("name")).toString());
        const QJsonValue next = page.value(QLatin1String("next"));
        after = next.isNull() ? QByteArray() : "&after=" + next.toString().toUtf8();
    } while (++pages < 10 && !after.isEmpty());
    QCOMPARE(pages, 3);
    QCOMPARE(found, wanted);

    const char *members = "/api/v1/rooms/{room}/members";
    QCOMPARE(post("/api/v1/rooms/paged-0/members", {{QStringLiteral("user"), QStringLiteral("anna")}}, dora,
                 members)
                 .status,
        200);
    QCOMPARE(post("/api/v1/rooms/paged-0/join", {}, m_anna, "/api/v1/rooms/{room}/join").status, 200);
    const QJsonObject first = get("/api/v1/rooms/paged-0/members?limit=1", dora, members).json();
    QCOMPARE(first.value(QLatin1String("members")).toArray().size(), 1);
    QCOMPARE(first.value(QLatin1String("member_count")).toInt(), 2);
    const QByteArray next = first.value(QLatin1String("next")).toString().toUtf8();
    QVERIFY(!next.isEmpty());
    const QJsonObject second =
        get("/api/v1/rooms/paged-0/members?limit=1&after=" + next, dora, members).json();
    QCOMPARE(second.value(QLatin1String("members")).toArray().size(), 1);
    QVERIFY(second.value(QLatin1String("members")) != first.value(QLatin1String("members")));
    QVERIFY(second.value(QLatin1String("next")).isNull());

    for (const char *query : {"limit=0", "limit=1001", "limit=x", "after=x"}) {
        for (const QByteArray &path :
            {QByteArray("/api/v1/rooms"), QByteArray("/api/v1/rooms/paged-0/members")}) {
            const Answer refused =
                get(path + '?' + query, dora, path.endsWith("members") ? members : "/api/v1/rooms");
            QCOMPARE(refused.status, 400);
            QCOMPARE(refused.json().value(QLatin1String("field")).toString().toUtf8(),
                QByteArray(query).split('=').first());
        }
    }
    // A guessed place is nobody's: it says nothing about which rooms there are.
    QCOMPARE(get("/api/v1/rooms?after=" + m_hidden, dora, "/api/v1/rooms").status, 200);
}

void NativeApiTest::privateRoomIsHidden_data()
{
    QTest::addColumn<QByteArray>("method");
    QTest::addColumn<QByteArray>("before");
    QTest::addColumn<QByteArray>("after");
    QTest::addColumn<QByteArray>("body");
    const auto row = [](const char *name, QByteArray method, QByteArray before, QByteArray after,
                         QByteArray body = {}) { QTest::newRow(name) << method << before << after << body; };
    row("room", "GET", "/api/v1/rooms/", "");
    row("members", "GET", "/api/v1/rooms/", "/members");
    row("events", "GET", "/api/v1/rooms/", "/events");
    row("join", "POST", "/api/v1/rooms/", "/join");
    row("leave", "POST", "/api/v1/rooms/", "/leave");
    row("invite oneself", "POST", "/api/v1/rooms/", "/members", R"({"user":"bert"})");
    row("send", "POST", "/api/v1/rooms/", "/messages", R"({"text":"x"})");
    row("003: history", "GET", "/chat/history?room=", "");
}

/// THREATS 1: by id or name, the answer is the one for a room that does not exist.
void NativeApiTest::privateRoomIsHidden()
{
    QFETCH(QByteArray, method);
    QFETCH(QByteArray, before);
    QFETCH(QByteArray, after);
    QFETCH(QByteArray, body);
    const Answer none = m_fixture.call({method, before + "no-such-room" + after, body, m_bert.token});
    QCOMPARE(none.status, 404);
    for (const QByteArray &name : {m_hidden, QByteArray("hidden")}) {
        const Answer answer = m_fixture.call({method, before + name + after, body, m_bert.token});
        QCOMPARE(answer.status, 404);
        QCOMPARE(answer.body, none.body);
    }
}

void NativeApiTest::invitation()
{
    const LoggedIn gast = m_fixture.user(QStringLiteral("gast"));
    const QByteArray path = "/api/v1/rooms/" + m_hidden;
    const Answer invited = post(
        path + "/members", {{QStringLiteral("user"), gast.name}}, m_anna, "/api/v1/rooms/{room}/members");
    QCOMPARE(invited.status, 200);
    QCOMPARE(invited.json().value(QLatin1String("member"))[QLatin1String("member")], QJsonValue(false));
    QCOMPARE(invited.json().value(QLatin1String("invited")), QJsonValue(true));
    // Invited is not in (THREATS 34).
    QCOMPARE(get(path, gast, "/api/v1/rooms/{room}").status, 404);
    const QJsonArray open = get("/api/v1/invitations", gast, "/api/v1/invitations")
                                .json()
                                .value(QLatin1String("invitations"))
                                .toArray();
    QCOMPARE(open.size(), 1);
    QCOMPARE(open[0][QLatin1String("room")][QLatin1String("id")].toString().toLatin1(), m_hidden);
    QCOMPARE(open[0][QLatin1String("inviter")][QLatin1String("id")].toString(), m_anna.id);
    QCOMPARE(post(path + "/join", {}, gast, "/api/v1/rooms/{room}/join").status, 200);
    QCOMPARE(get(path, gast, "/api/v1/rooms/{room}").status, 200);
    QCOMPARE(get("/api/v1/invitations", gast, "/api/v1/invitations")
                 .json()
                 .value(QLatin1String("invitations"))
                 .toArray()
                 .size(),
        0);
    const Answer nobody = post(path + "/members", {{QStringLiteral("user"), QStringLiteral("nobody")}},
        m_anna, "/api/v1/rooms/{room}/members");
    QCOMPARE(nobody.status, 404);
    QCOMPARE(nobody.json().value(QLatin1String("field")).toString(), QStringLiteral("user"));
}

/// THREATS 2.
void NativeApiTest::nothingAfterLeaving()
{
    const LoggedIn former = m_fixture.user(QStringLiteral("former"));
    const QByteArray path = "/api/v1/rooms/" + m_hidden;
    QCOMPARE(
        post(path + "/members", {{QStringLiteral("user"), former.id}}, m_anna, "/api/v1/rooms/{room}/members")
            .status,
        200);
    QCOMPARE(post(path + "/join", {}, former, "/api/v1/rooms/{room}/join").status, 200);
    QCOMPARE(get(path + "/events", former, "/api/v1/rooms/{room}/events").status, 200);
    QCOMPARE(post(path + "/leave", {}, former, "/api/v1/rooms/{room}/leave").status, 204);
    QCOMPARE(get(path + "/events", former, "/api/v1/rooms/{room}/events").status, 404);
    QCOMPARE(get(path + "/members", former, "/api/v1/rooms/{room}/members").status, 404);
    QCOMPARE(post(path + "/join", {}, former, "/api/v1/rooms/{room}/join").status, 404);
}

void NativeApiTest::directRoom()
{
    const QJsonObject room =
        post("/api/v1/direct", {{QStringLiteral("user"), m_bert.name}}, m_anna, "/api/v1/direct")
            .json()
            .value(QLatin1String("room"))
            .toObject();
    QCOMPARE(room.value(QLatin1String("kind")).toString(), QStringLiteral("direct"));
    QCOMPARE(room.value(QLatin1String("peers")).toArray().size(), 2);
    const QJsonObject again =
        post("/api/v1/direct", {{QStringLiteral("user"), m_anna.id}}, m_bert, "/api/v1/direct")
            .json()
            .value(QLatin1String("room"))
            .toObject();
    QCOMPARE(again.value(QLatin1String("id")), room.value(QLatin1String("id")));

    // The same conversation as 000's and 001's.
    const QByteArray path = "/api/v1/rooms/" + room.value(QLatin1String("id")).toString().toUtf8();
    const QJsonObject event = post(path + "/messages", {{QStringLiteral("text"), QStringLiteral("psst")}},
        m_anna, "/api/v1/rooms/{room}/messages")
                                  .json()
                                  .value(QLatin1String("event"))
                                  .toObject();
    const QJsonArray messages =
        m_fixture.get("/messages?with=anna", m_bert).json().value(QLatin1String("messages")).toArray();
    QCOMPARE(messages.last().toObject().value(QLatin1String("id")), event.value(QLatin1String("id")));

    const LoggedIn third = m_fixture.user(QStringLiteral("third"));
    QCOMPARE(get(path, third, "/api/v1/rooms/{room}").status, 404);
    QCOMPARE(get(path + "/events", third, "/api/v1/rooms/{room}/events").status, 404);
    QCOMPARE(post(path + "/join", {}, third, "/api/v1/rooms/{room}/join").status, 404);
    QCOMPARE(post(path + "/leave", {}, m_anna, "/api/v1/rooms/{room}/leave").status, 403);
    QCOMPARE(
        post("/api/v1/direct", {{QStringLiteral("user"), QStringLiteral("nobody")}}, m_anna, "/api/v1/direct")
            .status,
        404);
}

void NativeApiTest::events()
{
    const QByteArray path = "/api/v1/rooms/"
        + makeRoom(QStringLiteral("log"), false, m_anna).value(QLatin1String("id")).toString().toUtf8();
    for (int i = 1; i <= 5; ++i) {
        const Answer sent = post(path + "/messages", {{QStringLiteral("text"), QString::number(i)}}, m_anna,
            "/api/v1/rooms/{room}/messages");
        QCOMPARE(sent.status, 201);
        QCOMPARE(sent.json().value(QLatin1String("event")).toObject().value(QLatin1String("seq")).toInt(), i);
    }
    struct Case
    {
        QByteArray query;
        QString texts;
        bool more;
    };
    const QList<Case> cases{
        {"", QStringLiteral("12345"), false},
        {"?limit=2", QStringLiteral("45"), true},
        {"?limit=2&before=4", QStringLiteral("23"), true},
        {"?limit=2&before=2", QStringLiteral("1"), false},
        {"?limit=2&after=0", QStringLiteral("12"), true},
        {"?limit=2&after=3", QStringLiteral("45"), false},
        {"?after=5", QString(), false},
        {"?before=1", QString(), false},
    };
    for (const Case &one : cases) {
        const Answer answer = get(path + "/events" + one.query, m_bert, "/api/v1/rooms/{room}/events");
        QVERIFY2(answer.status == 200, one.query.constData());
        const auto page = json::toPage(JsonReader(answer.json()));
        QVERIFY2(page.ok(), one.query.constData());
        QString texts;
        for (const RoomEvent &event : page->events)
            texts += event.text();
        QVERIFY2(texts == one.texts, one.query.constData());
        QVERIFY2(page->hasMore == one.more, one.query.constData());
        QCOMPARE(page->lastSeq, 5);
    }
}

void NativeApiTest::eventQueriesAreChecked_data()
{
    QTest::addColumn<QByteArray>("query");
    QTest::addColumn<QString>("field");
    QTest::newRow("limit 0") << QByteArray("limit=0") << "limit";
    QTest::newRow("limit past the bound") << QByteArray("limit=201") << "limit";
    QTest::newRow("limit past an int") << QByteArray("limit=4294967297") << "limit";
    QTest::newRow("limit is a word") << QByteArray("limit=many") << "limit";
    QTest::newRow("before is empty") << QByteArray("before=") << "before";
    QTest::newRow("before is 0") << QByteArray("before=0") << "before";
    QTest::newRow("after is negative") << QByteArray("after=-1") << "after";
    QTest::newRow("both") << QByteArray("before=3&after=1") << "after";
}

void NativeApiTest::eventQueriesAreChecked()
{
    QFETCH(QByteArray, query);
    QFETCH(QString, field);
    const Answer answer = get("/api/v1/rooms/lobby/events?" + query, m_anna, "/api/v1/rooms/{room}/events");
    QVERIFY2(answer.status == 400, answer.body.constData());
    QCOMPARE(answer.json().value(QLatin1String("field")).toString(), field);
}

void NativeApiTest::sendingOnce()
{
    const QJsonObject body{
        {QStringLiteral("text"), QStringLiteral("once")}, {QStringLiteral("client_id"), newId().toUpper()}};
    const char *pathTemplate = "/api/v1/rooms/{room}/messages";
    const Answer first = post("/api/v1/rooms/lobby/messages", body, m_anna, pathTemplate);
    QCOMPARE(first.status, 201);
    const Answer again = post("/api/v1/rooms/lobby/messages", body, m_anna, pathTemplate);
    QCOMPARE(again.status, 200);
    QCOMPARE(again.json(), first.json());
    // The key is the sender's own: somebody else's is another one.
    const Answer others = post("/api/v1/rooms/lobby/messages", body, m_bert, pathTemplate);
    QCOMPARE(others.status, 201);
    QJsonObject otherRoom = body;
    const Answer elsewhere = post("/api/v1/rooms/" + m_hidden + "/messages", otherRoom, m_anna, pathTemplate);
    QCOMPARE(elsewhere.status, 409);
    // Through another dialect it is the same message.
    const Answer dialect = m_fixture.post("/api/chats/send",
        {{QStringLiteral("message"), QStringLiteral("once")},
            {QStringLiteral("client_id"), body.value(QLatin1String("client_id"))}},
        m_anna);
    QCOMPARE(dialect.status, 200);
    QCOMPARE(dialect.json().value(QLatin1String("id")),
        first.json().value(QLatin1String("event")).toObject().value(QLatin1String("id")));
}

void NativeApiTest::bodiesAreChecked_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("code");
    QTest::addColumn<QString>("field");
    const auto row = [](const char *name, QByteArray path, QByteArray body, const char *code,
                         const char *field) {
        QTest::newRow(name) << path << body << QString::fromLatin1(code) << QString::fromLatin1(field);
    };
    const QByteArray messages = "/api/v1/rooms/lobby/messages";
    row("room: no name", "/api/v1/rooms", "{}", "missing_field", "name");
    row("room: name is a number", "/api/v1/rooms", R"({"name":1})", "invalid_field", "name");
    row("room: private is a word", "/api/v1/rooms", R"({"name":"n","private":"yes"})", "invalid_field",
        "private");
    row("room: no body", "/api/v1/rooms", "", "invalid_json", "");
    row("message: no text", messages, "{}", "missing_field", "text");
    row("message: text is a list", messages, R"({"text":["x"]})", "invalid_field", "text");
    row("message: empty text", messages, R"({"text":""})", "invalid_field", "text");
    row("message: too long", messages, R"({"text":")" + QByteArray(4001, 'x') + R"("})", "message_too_long",
        "text");
    row("message: client_id", messages, R"({"text":"x","client_id":"y"})", "invalid_field", "client_id");
    row("message: invalid UTF-8", messages, "{\"text\":\"\xc3\x28\"}", "invalid_json", "text");
    row("direct: no user", "/api/v1/direct", "{}", "missing_field", "user");
    row("direct: user is true", "/api/v1/direct", R"({"user":true})", "invalid_field", "user");
    row("invite: no user", "/api/v1/rooms/lobby/members", "{}", "missing_field", "user");
}

void NativeApiTest::bodiesAreChecked()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, body);
    QFETCH(QString, code);
    QFETCH(QString, field);
    const Answer answer = m_fixture.call({"POST", path, body, m_anna.token});
    QVERIFY2(answer.status == 400, answer.body.constData());
    QCOMPARE(answer.json().value(QLatin1String("code")).toString(), code);
    QCOMPARE(answer.json().value(QLatin1String("field")).toString(), field);
}

QTEST_GUILESS_MAIN(NativeApiTest)
#include "tst_nativeapi.moc"
