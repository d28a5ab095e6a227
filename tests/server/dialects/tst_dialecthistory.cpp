// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/http/httpfixture.h"
#include "tests/server/http/openapidocument.h"

#include "common/ids.h"
#include "common/messages.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QTest>

using namespace rookery;
using rookery::test::Answer;
using rookery::test::HttpFixture;
using rookery::test::LoggedIn;

/// What the HTTP routes of the documents 000 to 003 have stored, as their lists and histories show it.
class DialectHistoryTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void directMessageIsStored();
    void directMessageToOneself();
    void messagesArePaged();
    void lookingOpensNoConversation();
    void historyIsPaged();
    void longPagesEndEarly();
    void historyIsPerRoom();
    void editsAndDeletions();
    void resendIsAnsweredLikeTheFirst_data();
    void resendIsAnsweredLikeTheFirst();
    void resendOfADeletedMessage_data();
    void resendOfADeletedMessage();

private:
    test::OpenApiDocument m_document;
    HttpFixture m_fixture;
    LoggedIn m_anna;
    LoggedIn m_bert;
};

void DialectHistoryTest::initTestCase()
{
    QVERIFY2(m_fixture.problem().isEmpty(), qPrintable(m_fixture.problem()));
    m_anna = m_fixture.user(QStringLiteral("anna"));
    m_bert = m_fixture.user(QStringLiteral("bert"));
    QVERIFY(!m_anna.token.isEmpty());
    QVERIFY(!m_bert.token.isEmpty());
}

void DialectHistoryTest::directMessageIsStored()
{
    const LoggedIn dora = m_fixture.user(QStringLiteral("dora"));
    const Answer sent = m_fixture.post("/api/messages",
        {{QStringLiteral("senderId"), dora.id}, {QStringLiteral("receiverId"), m_bert.id},
            {QStringLiteral("message"), QStringLiteral("<b>'; DROP TABLE users; --</b> %s é 🐦")}},
        dora);
    QCOMPARE(sent.status, 200);
    const Answer seen = m_fixture.get("/messages?with=dora", m_bert);
    QCOMPARE(seen.status, 200);
    const QJsonArray messages = seen.json().value(QLatin1String("messages")).toArray();
    QCOMPARE(messages.size(), 1);
    const QJsonObject message = messages.first().toObject();
    QCOMPARE(message.value(QLatin1String("content")).toString(),
        QStringLiteral("<b>'; DROP TABLE users; --</b> %s é 🐦"));
    QCOMPARE(message.value(QLatin1String("sender")).toString(), dora.name);
    QCOMPARE(message.value(QLatin1String("sender_id")).toString(), dora.id);
    QCOMPARE(message.value(QLatin1String("receiver")).toString(), m_bert.name);
    QCOMPARE(message.value(QLatin1String("receiver_id")).toString(), m_bert.id);
    for (const char *field : {"id", "seq", "client_id", "timestamp"})
        QCOMPARE(message.value(QLatin1String(field)), sent.json().value(QLatin1String(field)));

    // Nobody else has it.
    const Answer others = m_fixture.get("/messages?with=dora", m_anna);
    QCOMPARE(others.json().value(QLatin1String("messages")).toArray().size(), 0);
}

void DialectHistoryTest::directMessageToOneself()
{
    const LoggedIn solo = m_fixture.user(QStringLiteral("solo"));
    QCOMPARE(m_fixture
                 .post("/api/messages",
                     {{QStringLiteral("senderId"), solo.name}, {QStringLiteral("receiverId"), solo.name},
                         {QStringLiteral("message"), QStringLiteral("milk, bread")}},
                     solo)
                 .status,
        200);
    const QJsonArray notes =
        m_fixture.get("/messages?with=solo", solo).json().value(QLatin1String("messages")).toArray();
    QCOMPARE(notes.size(), 1);
    QCOMPARE(notes.first().toObject().value(QLatin1String("receiver")).toString(), solo.name);
}

void DialectHistoryTest::messagesArePaged()
{
    const LoggedIn ella = m_fixture.user(QStringLiteral("ella"));
    const LoggedIn finn = m_fixture.user(QStringLiteral("finn"));
    for (int i = 1; i <= 5; ++i) {
        const LoggedIn &from = i % 2 ? ella : finn;
        const LoggedIn &to = i % 2 ? finn : ella;
        QCOMPARE(m_fixture
                     .post("/api/messages",
                         {{QStringLiteral("senderId"), from.id}, {QStringLiteral("receiverId"), to.id},
                             {QStringLiteral("message"), QString::number(i)}},
                         from)
                     .status,
            200);
    }
    QString read;
    QByteArray before;
    int pages = 0;
    do {
        const Answer page = m_fixture.get("/messages?with=finn&limit=2" + before, ella);
        const QString problem = m_document.check(QStringLiteral("GET"), QStringLiteral("/messages"),
            page.status, page.header("content-type"), page.body);
        QVERIFY2(problem.isEmpty(), qPrintable(problem));
        QString texts;
        const QJsonArray messages = page.json().value(QLatin1String("messages")).toArray();
        for (const QJsonValue &message : messages)
            texts += message.toObject().value(QLatin1String("content")).toString();
        read = texts + read;
        const QJsonValue next = page.json().value(QLatin1String("next"));
        before = next.isNull() ? QByteArray() : "&before=" + next.toString().toUtf8();
        ++pages;
    } while (!before.isEmpty() && pages < 10);
    QCOMPARE(read, QStringLiteral("12345"));
    QCOMPARE(pages, 3);
}

void DialectHistoryTest::lookingOpensNoConversation()
{
    const LoggedIn gina = m_fixture.user(QStringLiteral("gina"));
    const LoggedIn hugo = m_fixture.user(QStringLiteral("hugo"));
    QCOMPARE(m_fixture.get("/messages?with=hugo", gina).status, 200);
    const QJsonArray rooms =
        m_fixture.get("/api/v1/rooms", hugo).json().value(QLatin1String("rooms")).toArray();
    for (const QJsonValue &room : rooms)
        QVERIFY(room.toObject().value(QLatin1String("kind")).toString() != QLatin1String("direct"));
}

void DialectHistoryTest::historyIsPaged()
{
    const auto send = [this](const QString &text) {
        return m_fixture
            .post("/chat/send/",
                {{QStringLiteral("message"), text}, {QStringLiteral("room"), QStringLiteral("paged")}},
                m_anna)
            .status;
    };
    for (int i = 1; i <= 3; ++i)
        QCOMPARE(send(QString::number(i)), 200);
    const QJsonObject newest = m_fixture.get("/chat/history/?room=paged&limit=2", m_bert).json();
    const QJsonArray history = newest.value(QLatin1String("chat_history")).toArray();
    QCOMPARE(history.size(), 2);
    QCOMPARE(history[0].toObject().value(QLatin1String("message")).toString(), QStringLiteral("2"));
    QCOMPARE(history[1].toObject().value(QLatin1String("message")).toString(), QStringLiteral("3"));
    QCOMPARE(history[1].toObject().value(QLatin1String("room")).toString(), QStringLiteral("paged"));
    QCOMPARE(history[1].toObject().value(QLatin1String("sender_username")).toString(), m_anna.name);
    QCOMPARE(newest.value(QLatin1String("next")).toString(), QStringLiteral("2"));
    const QJsonObject oldest = m_fixture.get("/chat/history/?room=paged&limit=2&before=2", m_bert).json();
    QCOMPARE(oldest.value(QLatin1String("chat_history")).toArray().size(), 1);
    QVERIFY(oldest.value(QLatin1String("next")).isNull());
}

/// 002's "all connected users" and 003 without a room are the same room, the lobby.
/// THREATS 32 and 35: what a page costs is bounded by its text and not only by the number of its messages.
void DialectHistoryTest::longPagesEndEarly()
{
    constexpr int count = 40;
    constexpr int characters = 4000;
    constexpr int perPage = 131'072 / characters + 1; // the one that passes the bound is the last
    const LoggedIn gwen = m_fixture.user(QStringLiteral("gwen"));
    const QString tail(characters - 2, QChar(0x20AC));
    const auto textOf = [&tail](int i) { return QStringLiteral("%1").arg(i, 2, 10, QChar(u'0')) + tail; };
    for (int i = 0; i < count; ++i)
        QCOMPARE(m_fixture
                     .post("/chat/send",
                         {{QStringLiteral("room"), QStringLiteral("scrolls")},
                             {QStringLiteral("message"), textOf(i)}},
                         gwen)
                     .status,
            200);
    const auto check = [&](const QJsonArray &messages, const QString &text, int first, int size) {
        QCOMPARE(messages.size(), size);
        for (int i = 0; i < size; ++i)
            QCOMPARE(messages[i].toObject().value(text).toString(), textOf(first + i));
    };
    const QString message = QStringLiteral("message");
    const QJsonObject newest = m_fixture.get("/chat/history?room=scrolls&limit=200", gwen).json();
    check(newest.value(QLatin1String("chat_history")).toArray(), message, count - perPage, perPage);
    const QByteArray before = newest.value(QLatin1String("next")).toString().toUtf8();
    const QJsonObject older =
        m_fixture.get("/chat/history?room=scrolls&limit=200&before=" + before, gwen).json();
    check(older.value(QLatin1String("chat_history")).toArray(), message, 0, count - perPage);
    QVERIFY(older.value(QLatin1String("next")).isNull());

    const QString text = QStringLiteral("text");
    const QJsonObject first = m_fixture.get("/api/v1/rooms/scrolls/events?limit=200&after=0", gwen).json();
    check(first.value(QLatin1String("events")).toArray(), text, 0, perPage);
    QVERIFY(first.value(QLatin1String("has_more")).toBool());
    const QJsonObject rest =
        m_fixture.get("/api/v1/rooms/scrolls/events?limit=200&after=" + QByteArray::number(perPage), gwen)
            .json();
    check(rest.value(QLatin1String("events")).toArray(), text, perPage, count - perPage);
    QVERIFY(!rest.value(QLatin1String("has_more")).toBool());
}

void DialectHistoryTest::historyIsPerRoom()
{
    const QString id =
        m_fixture
            .post("/api/chats/send", {{QStringLiteral("message"), QStringLiteral("to everybody")}}, m_anna)
            .json()
            .value(QLatin1String("id"))
            .toString();
    QVERIFY(isId(id));
    const auto lastId = [this](const QByteArray &query) {
        const QJsonObject page = m_fixture.get("/chat/history" + query, m_bert).json();
        return page.value(QLatin1String("chat_history"))
            .toArray()
            .last()
            .toObject()
            .value(QLatin1String("id"))
            .toString();
    };
    QCOMPARE(lastId(""), id);
    QCOMPARE(lastId("?room=lobby"), id);
    QCOMPARE(lastId("?room=LOBBY"), id);
    const QString elsewhere = m_fixture
                                  .post("/chat/send",
                                      {{QStringLiteral("message"), QStringLiteral("not to everybody")},
                                          {QStringLiteral("room"), QStringLiteral("elsewhere")}},
                                      m_anna)
                                  .json()
                                  .value(QLatin1String("id"))
                                  .toString();
    QCOMPARE(lastId("?room=elsewhere"), elsewhere);
    QCOMPARE(lastId(""), id);
}

/// Their documents know messages only: history has the newest texts, nothing that is deleted and no other
/// kinds, and as many messages as were asked for.
void DialectHistoryTest::editsAndDeletions()
{
    const LoggedIn kim = m_fixture.user(QStringLiteral("kim"));
    const LoggedIn lou = m_fixture.user(QStringLiteral("lou"));
    QCOMPARE(
        m_fixture.post("/api/v1/rooms", {{QStringLiteral("name"), QStringLiteral("edited")}}, kim).status,
        201);
    for (const char *said : {"one", "two", "three"})
        QCOMPARE(m_fixture
                     .post("/chat/send",
                         {{QStringLiteral("message"), QLatin1String(said)},
                             {QStringLiteral("room"), QStringLiteral("edited")}},
                         kim)
                     .status,
            200);
    const QByteArray first =
        m_fixture
            .post("/api/messages",
                {{QStringLiteral("senderId"), kim.id}, {QStringLiteral("receiverId"), lou.id},
                    {QStringLiteral("message"), QStringLiteral("psst")}},
                kim)
            .body;
    QVERIFY(!first.isEmpty());
    const QByteArray direct = m_fixture.post("/api/v1/direct", {{QStringLiteral("user"), lou.name}}, kim)
                                  .json()[QLatin1String("room")][QLatin1String("id")]
                                  .toString()
                                  .toLatin1();
    const auto change = [&](const char *method, const QByteArray &room, int seq) {
        const QByteArray path = "/api/v1/rooms/" + room + "/messages/" + QByteArray::number(seq);
        return m_fixture.call({method, path, R"({"text":"changed"})", kim.token}).status;
    };
    QCOMPARE(m_fixture.post("/api/v1/rooms/edited/join", {}, lou).status, 200);
    QCOMPARE(change("PATCH", "edited", 1), 200);
    QCOMPARE(change("DELETE", "edited", 2), 200);
    QCOMPARE(change("PATCH", direct, 1), 200);

    const auto messages = [&](const QByteArray &path, QLatin1String list, QLatin1String text) {
        QStringList texts;
        const QJsonArray all = m_fixture.get(path, lou).json().value(list).toArray();
        for (const QJsonValue &one : all)
            texts.append(one[text].toString());
        return texts;
    };
    const QLatin1String history("chat_history");
    const QLatin1String message("message");
    QCOMPARE(messages("/chat/history?room=edited", history, message),
        (QStringList{QStringLiteral("changed"), QStringLiteral("three")}));
    QCOMPARE(messages("/chat/history?room=edited&limit=1", history, message),
        QStringList{QStringLiteral("three")});
    QCOMPARE(messages("/chat/history?room=edited&before=3", history, message),
        QStringList{QStringLiteral("changed")});
    QCOMPARE(messages("/messages?with=kim", QLatin1String("messages"), QLatin1String("content")),
        QStringList{QStringLiteral("changed")});
    QCOMPARE(change("DELETE", direct, 1), 200);
    QVERIFY(messages("/messages?with=kim", QLatin1String("messages"), QLatin1String("content")).isEmpty());
}

void DialectHistoryTest::resendIsAnsweredLikeTheFirst_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("000: POST /api/messages")
        << QByteArray("/api/messages")
        << QByteArray(R"({"senderId":"anna","receiverId":"bert","message":"once","client_id":"$ID"})");
    QTest::newRow("002: POST /api/chats/send")
        << QByteArray("/api/chats/send") << QByteArray(R"({"message":"once","client_id":"$ID"})");
    QTest::newRow("003: POST /chat/send")
        << QByteArray("/chat/send") << QByteArray(R"({"message":"once","room":"once","client_id":"$ID"})");
}

void DialectHistoryTest::resendIsAnsweredLikeTheFirst()
{
    QFETCH(QByteArray, path);
    QFETCH(QByteArray, body);
    body.replace("$ID", newId().toLatin1());
    const Answer first = m_fixture.call({"POST", path, body, m_anna.token});
    const Answer again = m_fixture.call({"POST", path, body, m_anna.token});
    QCOMPARE(first.status, 200);
    QCOMPARE(again.status, 200);
    QCOMPARE(again.json(), first.json());

    body.replace("once\"", "twice\"");
    const Answer other = m_fixture.call({"POST", path, body, m_anna.token});
    QCOMPARE(other.status, 409);
    QCOMPARE(other.json().value(QLatin1String("code")).toString(), QStringLiteral("client_id_reused"));
}

void DialectHistoryTest::resendOfADeletedMessage_data()
{
    QTest::addColumn<QByteArray>("path");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QByteArray>("room"); // empty: the direct one
    QTest::addColumn<int>("status");
    QTest::newRow("000: POST /api/messages")
        << QByteArray("/api/messages")
        << QByteArray(R"({"senderId":"anna","receiverId":"bert","message":"oops","client_id":"$ID"})")
        << QByteArray() << 404;
    QTest::newRow("002: POST /api/chats/send")
        << QByteArray("/api/chats/send") << QByteArray(R"({"message":"oops","client_id":"$ID"})")
        << QByteArray("lobby") << 404;
    QTest::newRow("003: POST /chat/send")
        << QByteArray("/chat/send") << QByteArray(R"({"message":"oops","room":"oops","client_id":"$ID"})")
        << QByteArray("oops") << 404;
    QTest::newRow("native") << QByteArray("/api/v1/rooms/lobby/messages")
                            << QByteArray(R"({"text":"oops","client_id":"$ID"})") << QByteArray("lobby")
                            << 200;
}

/// Only the native API has a form for a deleted message.
void DialectHistoryTest::resendOfADeletedMessage()
{
    QFETCH(const QByteArray, path);
    QFETCH(QByteArray, body);
    QFETCH(QByteArray, room);
    QFETCH(const int, status);
    body.replace("$ID", newId().toLatin1());
    const Answer first = m_fixture.call({"POST", path, body, m_anna.token});
    QVERIFY(first.status == 200 || first.status == 201);
    if (room.isEmpty())
        room = m_fixture.post("/api/v1/direct", {{QStringLiteral("user"), m_bert.name}}, m_anna)
                   .json()[QLatin1String("room")][QLatin1String("id")]
                   .toString()
                   .toLatin1();
    const QJsonObject receipt = first.json();
    const QJsonObject event = receipt.value(QLatin1String("event")).toObject(receipt);
    const QByteArray seq = QByteArray::number(event.value(QLatin1String("seq")).toInteger());
    QCOMPARE(
        m_fixture.call({"DELETE", "/api/v1/rooms/" + room + "/messages/" + seq, {}, m_anna.token}).status,
        200);

    const Answer again = m_fixture.call({"POST", path, body, m_anna.token});
    QCOMPARE(again.status, status);
    if (status == 404)
        QCOMPARE(again.json().value(QLatin1String("code")).toString(), QStringLiteral("not_found"));
    else
        QVERIFY(again.json()[QLatin1String("event")][QLatin1String("deleted_at")].isString());
}

QTEST_GUILESS_MAIN(DialectHistoryTest)
#include "tst_dialecthistory.moc"
