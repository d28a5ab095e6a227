// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/http/httpfixture.h"
#include "tests/server/http/openapidocument.h"

#include "common/ids.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace rookery;
using rookery::test::Answer;
using rookery::test::HttpFixture;
using rookery::test::LoggedIn;

/// Edits, deletions, roles, names and topics over HTTP (common/README.md), held against the OpenAPI document.
class NativeChangesTest : public QObject
{
    Q_OBJECT
private:
    static constexpr const char *roomRoute = "/api/v1/rooms/{room}";
    static constexpr const char *memberRoute = "/api/v1/rooms/{room}/members/{user}";
    static constexpr const char *messageRoute = "/api/v1/rooms/{room}/messages/{seq}";
    static constexpr const char *versionsRoute = "/api/v1/rooms/{room}/messages/{seq}/versions";

    test::OpenApiDocument m_document;
    HttpFixture m_fixture;
    LoggedIn m_anna; ///< owns the rooms
    LoggedIn m_bert;
    QByteArray m_room; ///< path of a room with one message of Anna's
    int m_rooms = 0;

    Answer ask(const char *method, const char *route, const QByteArray &path, const LoggedIn &user,
        const QJsonObject &body = {})
    {
        const QByteArray json =
            body.isEmpty() ? QByteArray() : QJsonDocument(body).toJson(QJsonDocument::Compact);
        Answer answer = m_fixture.call({method, path, json, user.token});
        const QString problem = m_document.check(QString::fromLatin1(method), QString::fromLatin1(route),
            answer.status, answer.header("content-type"), answer.body);
        if (!problem.isEmpty() || answer.header("cache-control") != QByteArray("no-store")) {
            QTest::qFail(qPrintable(problem + u' ' + QString::fromUtf8(answer.body)), __FILE__, __LINE__);
        }
        return answer;
    }
    QString roleIn(const QByteArray &room, const LoggedIn &user) const
    {
        return m_fixture.get(room, user).json()[QLatin1String("room")][QLatin1String("role")].toString();
    }
    static QString code(const Answer &answer) { return answer.json()[QLatin1String("code")].toString(); }
    static QString field(const Answer &answer) { return answer.json()[QLatin1String("field")].toString(); }

private Q_SLOTS:
    void initTestCase()
    {
        QVERIFY2(m_fixture.problem().isEmpty(), qPrintable(m_fixture.problem()));
        m_anna = m_fixture.user(QStringLiteral("anna"));
        m_bert = m_fixture.user(QStringLiteral("bert"));
        QVERIFY(!m_bert.token.isEmpty());
    }
    void init()
    {
        const QString name = QStringLiteral("room-%1").arg(++m_rooms);
        QCOMPARE(m_fixture.post("/api/v1/rooms", {{QStringLiteral("name"), name}}, m_anna).status, 201);
        m_room = "/api/v1/rooms/" + name.toLatin1();
        QCOMPARE(
            m_fixture.post(m_room + "/messages", {{QStringLiteral("text"), QStringLiteral("one")}}, m_anna)
                .status,
            201);
    }

    void editing()
    {
        const QString clientId = newId();
        const QJsonObject body{
            {QStringLiteral("text"), QStringLiteral("two")}, {QStringLiteral("client_id"), clientId}};
        const Answer edited = ask("PATCH", messageRoute, m_room + "/messages/1", m_anna, body);
        QCOMPARE(edited.status, 200);
        const QJsonValue event = edited.json()[QLatin1String("event")];
        QCOMPARE(event[QLatin1String("kind")].toString(), QStringLiteral("edited"));
        QCOMPARE(event[QLatin1String("target")].toInt(), 1);
        QCOMPARE(event[QLatin1String("seq")].toInt(), 2);
        QCOMPARE(ask("PATCH", messageRoute, m_room + "/messages/1", m_anna, body).json(), edited.json());
        QCOMPARE(
            ask("PATCH", messageRoute, m_room + "/messages/1", m_anna,
                {{QStringLiteral("text"), QStringLiteral("three")}, {QStringLiteral("client_id"), clientId}})
                .status,
            409);

        const Answer versions = ask("GET", versionsRoute, m_room + "/messages/1/versions", m_anna);
        QStringList texts;
        const QJsonArray all = versions.json()[QLatin1String("versions")].toArray();
        for (const QJsonValue &one : all)
            texts.append(one[QLatin1String("text")].toString());
        QCOMPARE(texts, (QStringList{QStringLiteral("one"), QStringLiteral("two")}));
        QCOMPARE(ask("GET", versionsRoute, m_room + "/messages/1/versions", m_bert).status, 403);

        const Answer page = ask("GET", "/api/v1/rooms/{room}/events", m_room + "/events", m_bert);
        const QJsonArray events = page.json()[QLatin1String("events")].toArray();
        QCOMPARE(events.size(), 2);
        QCOMPARE(events[0][QLatin1String("text")].toString(), QStringLiteral("two"));
        QCOMPARE(events[0][QLatin1String("edited_seq")].toInt(), 2);

        const Answer deleted = ask("DELETE", messageRoute, m_room + "/messages/1", m_anna);
        QCOMPARE(deleted.status, 200);
        QCOMPARE(deleted.json()[QLatin1String("event")][QLatin1String("seq")].toInt(), 3);
        QCOMPARE(ask("DELETE", messageRoute, m_room + "/messages/1?client_id=" + newId().toLatin1(), m_anna)
                     .json(),
            deleted.json());
        QCOMPARE(ask("GET", versionsRoute, m_room + "/messages/1/versions", m_anna).status, 404);
        QCOMPARE(ask("PATCH", messageRoute, m_room + "/messages/1", m_anna, body).status, 200); // a resend
        QCOMPARE(ask("PATCH", messageRoute, m_room + "/messages/1", m_anna,
                     {{QStringLiteral("text"), QStringLiteral("late")}})
                     .status,
            404);
        QVERIFY(!m_fixture.get(m_room + "/events", m_bert).body.contains("two"));
    }

    void badMessages_data()
    {
        QTest::addColumn<QByteArray>("seq");
        for (const char *seq :
            {"0", "-1", "+1", "1.0", "abc", "99999999999999999999", "9223372036854775807", "%31%20", "2"})
            QTest::newRow(seq) << QByteArray(seq);
    }
    void badMessages()
    {
        QFETCH(QByteArray, seq);
        const QByteArray path = m_room + "/messages/" + seq;
        const Answer edited =
            ask("PATCH", messageRoute, path, m_anna, {{QStringLiteral("text"), QStringLiteral("x")}});
        const Answer deleted = ask("DELETE", messageRoute, path, m_anna);
        const Answer versions = ask("GET", versionsRoute, path + "/versions", m_anna);
        for (const Answer &answer : {edited, deleted, versions}) {
            QCOMPARE(answer.status, 404);
            QCOMPARE(code(answer), QStringLiteral("not_found"));
            QCOMPARE(field(answer), QStringLiteral("seq"));
        }
    }

    void badBodies_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("tail");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QString>("field");
        const auto row = [](const char *method, const char *tail, const char *body, const char *field) {
            QTest::addRow("%s %s %s", method, tail, body)
                << QByteArray(method) << QByteArray(tail) << QByteArray(body) << QString::fromLatin1(field);
        };
        row("PATCH", "/messages/1", "{}", "text");
        row("PATCH", "/messages/1", R"({"text":1})", "text");
        row("PATCH", "/messages/1", R"({"text":"a\u0000"})", "text");
        row("PATCH", "/messages/1", R"({"text":"\ud800"})", "text");
        row("PATCH", "/messages/1", R"({"text":"x","client_id":"y"})", "client_id");
        row("DELETE", "/messages/1?client_id=y", "", "client_id");
        row("PATCH", "", "{}", "name");
        row("PATCH", "", R"({"name":7})", "name");
        row("PATCH", "", R"({"name":"a b"})", "name");
        row("PATCH", "", R"({"topic":[]})", "topic");
        row("PATCH", "", R"({"topic":"a\nb"})", "topic");
        row("PUT", "/members/bert", "{}", "role");
        row("PUT", "/members/bert", R"({"role":"king"})", "role");
        row("PUT", "/members/bert", R"({"role":"invited"})", "role");
        row("PUT", "/members/bert", R"({"role":3})", "role");
    }
    void badBodies()
    {
        QFETCH(QByteArray, method);
        QFETCH(QByteArray, tail);
        QFETCH(QByteArray, body);
        QFETCH(QString, field);
        const Answer answer = m_fixture.call({method, m_room + tail, body, m_anna.token});
        QCOMPARE(answer.status, 400);
        QCOMPARE(this->field(answer), field);
    }

    void roles()
    {
        QCOMPARE(m_fixture.post(m_room + "/join", {}, m_bert).status, 200);
        const auto give = [&](const char *role, const LoggedIn &by) {
            return ask("PUT", memberRoute, m_room + "/members/bert", by,
                {{QStringLiteral("role"), QLatin1String(role)}});
        };
        QCOMPARE(give("moderator", m_bert).status, 403);
        const Answer given = give("moderator", m_anna);
        QCOMPARE(given.status, 200);
        QCOMPARE(given.json()[QLatin1String("member")][QLatin1String("role")].toString(),
            QStringLiteral("moderator"));
        QCOMPARE(ask("GET", roomRoute, m_room, m_bert)
                     .json()[QLatin1String("room")][QLatin1String("role")]
                     .toString(),
            QStringLiteral("moderator"));
        QCOMPARE(ask("PATCH", roomRoute, m_room, m_bert, {{QStringLiteral("topic"), QStringLiteral("t")}})
                     .json()[QLatin1String("room")][QLatin1String("topic")]
                     .toString(),
            QStringLiteral("t"));
        QCOMPARE(
            ask("PATCH", roomRoute, m_room, m_bert, {{QStringLiteral("name"), QStringLiteral("n")}}).status,
            403);
        QCOMPARE(ask("PUT", memberRoute, m_room + "/members/nobody", m_anna,
                     {{QStringLiteral("role"), QStringLiteral("owner")}})
                     .status,
            404);
        QCOMPARE(ask("DELETE", memberRoute, m_room + "/members/bert", m_anna).status, 204);
        const Answer again = give("owner", m_anna);
        QCOMPARE(again.status, 404);
        QCOMPARE(field(again), QStringLiteral("user"));
        QCOMPARE(give("banned", m_anna).status, 200);
        QCOMPARE(ask("GET", roomRoute, m_room, m_bert).status, 403);
        QCOMPARE(m_fixture.post(m_room + "/join", {}, m_bert).status, 403);
        QCOMPARE(give("none", m_anna).status, 200);
        QCOMPARE(ask("GET", roomRoute, m_room, m_bert).status, 200);
        // The only owner stays one, and may leave.
        const Answer down = ask("PUT", memberRoute, m_room + "/members/anna", m_anna,
            {{QStringLiteral("role"), QStringLiteral("member")}});
        QCOMPARE(down.status, 403);
        QCOMPARE(ask("DELETE", memberRoute, m_room + "/members/anna", m_anna).status, 204);
    }

    void bans()
    {
        static constexpr const char *route = "/api/v1/rooms/{room}/bans";
        const QByteArray path = m_room + "/bans";
        const auto banned = [](const Answer &answer) {
            QStringList names;
            const QJsonArray all = answer.json()[QLatin1String("bans")].toArray();
            for (const QJsonValue &ban : all)
                names.append(ban[QLatin1String("user")][QLatin1String("username")].toString()
                    + QStringLiteral(" by ")
                    + ban[QLatin1String("by")][QLatin1String("username")].toString());
            return names;
        };
        const Answer none = ask("GET", route, path, m_anna);
        QCOMPARE(none.status, 200);
        QVERIFY(banned(none).isEmpty());
        QVERIFY(none.json()[QLatin1String("next")].isNull());
        QCOMPARE(ask("GET", route, path, m_bert).status, 403);
        const auto give = [&](const QByteArray &user, const char *role) {
            return ask("PUT", memberRoute, m_room + "/members/" + user, m_anna,
                {{QStringLiteral("role"), QLatin1String(role)}})
                .status;
        };
        const LoggedIn cid = m_fixture.user(QStringLiteral("cid"));
        QCOMPARE(give("cid", "banned"), 200);
        QCOMPARE(give("bert", "banned"), 200);
        QCOMPARE(ask("GET", route, path, cid).status, 403);
        const QStringList both{QStringLiteral("bert by anna"), QStringLiteral("cid by anna")};
        QCOMPARE(banned(ask("GET", route, path, m_anna)), both);
        // Page by page, behind whoever goes meanwhile.
        const Answer first = ask("GET", route, path + "?limit=1", m_anna);
        QCOMPARE(banned(first), both.mid(0, 1));
        const QByteArray next = first.json()[QLatin1String("next")].toString().toLatin1();
        QVERIFY(!next.isEmpty());
        QCOMPARE(give("bert", "none"), 200);
        const Answer second = ask("GET", route, path + "?limit=1&after=" + next, m_anna);
        QCOMPARE(banned(second), both.mid(1));
        QVERIFY(second.json()[QLatin1String("next")].isNull());
        for (const auto &[query, wrong] : {std::pair("?limit=0", "limit"), std::pair("?limit=1001", "limit"),
                 std::pair("?limit=x", "limit"), std::pair("?after=x", "after")}) {
            const Answer bad = ask("GET", route, path + query, m_anna);
            QCOMPARE(bad.status, 400);
            QCOMPARE(field(bad), QLatin1String(wrong));
        }
        QCOMPARE(ask("GET", route, "/api/v1/rooms/nowhere/bans", m_anna).status, 404);
    }

    /// The only owner leaves in three ways, and whoever has been there for longest owns the room.
    void theOnlyOwnerLeaves_data()
    {
        QTest::addColumn<QByteArray>("method");
        QTest::addColumn<QByteArray>("route");
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<int>("status");
        QTest::newRow("POST leave") << QByteArray("POST") << QByteArray("/api/v1/rooms/{room}/leave")
                                    << QByteArray("/leave") << QByteArray() << 204;
        QTest::newRow("DELETE self") << QByteArray("DELETE") << QByteArray(memberRoute)
                                     << QByteArray("/members/anna") << QByteArray() << 204;
        QTest::newRow("PUT none") << QByteArray("PUT") << QByteArray(memberRoute)
                                  << QByteArray("/members/anna") << QByteArray(R"({"role":"none"})") << 200;
    }
    void theOnlyOwnerLeaves()
    {
        QFETCH(const QByteArray, method);
        QFETCH(const QByteArray, route);
        QFETCH(const QByteArray, path);
        QFETCH(const QByteArray, body);
        QFETCH(const int, status);
        QCOMPARE(m_fixture.post(m_room + "/join", {}, m_bert).status, 200);
        const Answer left = ask(method.constData(), route.constData(), m_room + path, m_anna,
            QJsonDocument::fromJson(body).object());
        QCOMPARE(left.status, status);
        QCOMPARE(roleIn(m_room, m_anna), QStringLiteral("none"));
        QCOMPARE(roleIn(m_room, m_bert), QStringLiteral("owner"));
    }

    void theDirectoryHidesRoomsFromTheBanned()
    {
        const auto listed = [this](const LoggedIn &user) {
            const QByteArray name = m_room.mid(m_room.lastIndexOf('/') + 1);
            return ask("GET", "/api/v1/rooms/directory", "/api/v1/rooms/directory?query=" + name, user)
                .json()[QLatin1String("rooms")]
                .toArray()
                .size();
        };
        QCOMPARE(listed(m_bert), 1);
        const QByteArray path = m_room + "/members/bert";
        const QString role = QStringLiteral("role");
        QCOMPARE(ask("PUT", memberRoute, path, m_anna, {{role, QStringLiteral("banned")}}).status, 200);
        QCOMPARE(listed(m_bert), 0);
        QCOMPARE(listed(m_anna), 1);
        QCOMPARE(ask("GET", roomRoute, m_room, m_bert).status, 403);
        QCOMPARE(ask("PUT", memberRoute, path, m_anna, {{role, QStringLiteral("none")}}).status, 200);
        QCOMPARE(listed(m_bert), 1);
    }

    void invitationsAreWithdrawn()
    {
        static constexpr const char *route = "/api/v1/rooms/{room}/invitations/{user}";
        const LoggedIn dora = m_fixture.user(QStringLiteral("dora"));
        const LoggedIn cleo = m_fixture.user(QStringLiteral("cleo"));
        QCOMPARE(m_fixture.post(m_room + "/join", {}, m_bert).status, 200);
        QCOMPARE(m_fixture.post(m_room + "/join", {}, cleo).status, 200);
        const QByteArray path = m_room + "/invitations/dora";
        const auto invite = [&] {
            const Answer answer = ask("POST", "/api/v1/rooms/{room}/members", m_room + "/members", m_bert,
                {{QStringLiteral("user"), dora.name}});
            QCOMPARE(answer.status, 200);
            QCOMPARE(answer.json()[QLatin1String("invited")], QJsonValue(true));
            const QJsonValue member = answer.json()[QLatin1String("member")];
            QCOMPARE(member[QLatin1String("role")].toString(), QStringLiteral("invited"));
            QCOMPARE(member[QLatin1String("member")], QJsonValue(false));
        };
        invite();
        QCOMPARE(ask("DELETE", route, path, cleo).status, 404);
        QCOMPARE(ask("DELETE", route, path, dora).status, 404);
        QCOMPARE(ask("DELETE", route, path, m_anna).status, 204);
        QCOMPARE(ask("DELETE", route, path, m_anna).status, 404);
        QVERIFY(m_fixture.get("/api/v1/invitations", dora)
                    .json()[QLatin1String("invitations")]
                    .toArray()
                    .isEmpty());
        invite();
        QCOMPARE(ask("PUT", memberRoute, m_room + "/members/cleo", m_anna,
                     {{QStringLiteral("role"), QStringLiteral("moderator")}})
                     .status,
            200);
        QCOMPARE(ask("DELETE", route, path, cleo).status, 204);
        invite();
        QCOMPARE(ask("DELETE", route, path, m_bert).status, 204);
    }

    /// THREATS 9: a page of another site may not change anything by the cookie.
    void foreignPages()
    {
        const std::pair<QByteArray, QByteArray> origin{"Origin", "https://evil.example"};
        for (const char *method : {"PATCH", "DELETE"}) {
            const Answer answer = m_fixture.call({method, m_room + "/messages/1", R"({"text":"x"})", {},
                {{"Cookie", m_anna.cookie}, origin, {"Content-Type", "application/json"}}});
            QCOMPARE(answer.status, 403);
        }
        const Answer options = m_fixture.call({"OPTIONS", m_room + "/messages/1"});
        QCOMPARE(options.header("allow"), QByteArray("DELETE, PATCH, OPTIONS"));
    }
};

QTEST_GUILESS_MAIN(NativeChangesTest)
#include "tst_nativechanges.moc"
