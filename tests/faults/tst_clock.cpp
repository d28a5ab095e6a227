// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/everydialect.h"
#include "tests/faults/faultydaemon.h"
#include "tests/wire/httpclient.h"

#include <QSet>
#include <QTest>

using namespace rookery::test;

/// A daemon whose wall clock is set forward or back by an hour, while it runs and between two runs.
class ClockTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isPutForwardAndBack_data();
    void isPutForwardAndBack();
    void aMonthAheadForAWhile_data();
    void aMonthAheadForAWhile();
};

void ClockTest::isPutForwardAndBack_data()
{
    QTest::addColumn<QList<int>>("hours");
    QTest::addColumn<bool>("restarted");
    for (const bool restarted : {false, true}) {
        const char *when = restarted ? "between runs" : "while it runs";
        QTest::addRow("forward, %s", when) << QList<int>{0, 1} << restarted;
        QTest::addRow("back, %s", when) << QList<int>{0, -1} << restarted;
        QTest::addRow("forward, then back twice, %s", when) << QList<int>{0, 1, 0, -1} << restarted;
    }
}

void ClockTest::isPutForwardAndBack()
{
    QFETCH(QList<int>, hours);
    QFETCH(bool, restarted);
    FaultyDaemon faulty;
    std::vector<std::unique_ptr<EveryDialect>> people;
    QStringList lobby;
    QSet<QString> ids;
    for (qsizetype step = 0; step < hours.size(); ++step) {
        faulty.disk.set(QStringLiteral("clock=%1").arg(hours.at(step) * 3600).toStdString());
        if (step == 0 || restarted) {
            for (const auto &person : people)
                person->disconnect();
            if (step > 0)
                QCOMPARE(faulty.daemon.terminate(), 0);
            QVERIFY2(faulty.start(), faulty.daemon.log());
            // Tokens that were issued by another clock are valid.
            for (const auto &person : people)
                QVERIFY(person->reconnect(faulty.daemon));
        }
        people.push_back(std::make_unique<EveryDialect>());
        EveryDialect &newcomer = *people.back();
        QVERIFY(newcomer.begin(faulty.daemon, QStringLiteral("user%1").arg(step)));
        for (const auto &person : people) {
            QVERIFY(person->socketsAreOpen());
            for (const auto way : EveryDialect::ways) {
                const QString clientId = newClientId();
                QVERIFY2(person->send(way, QStringLiteral("step %1").arg(step), clientId).acknowledged,
                    EveryDialect::name(way));
                if (way != EveryDialect::Http000 && way != EveryDialect::Socket001)
                    lobby.append(clientId);
            }
        }
        // Everything is there in the order in which it was sent, whatever the clock said.
        const HttpAnswer page =
            request("GET", faulty.http(QStringLiteral("/api/v1/rooms/lobby/events?after=0&limit=200")), {},
                people.front()->user.token);
        const QJsonArray events = page.json[QLatin1String("events")].toArray();
        QCOMPARE(events.size(), lobby.size());
        ids.clear();
        for (qsizetype i = 0; i < events.size(); ++i) {
            QCOMPARE(events.at(i)[QLatin1String("seq")].toInteger(), i + 1);
            QCOMPARE(events.at(i)[QLatin1String("client_id")].toString(), lobby.at(i));
            ids.insert(events.at(i)[QLatin1String("id")].toString());
        }
        QCOMPARE(ids.size(), lobby.size());
        const QDateTime told =
            QDateTime::fromString(events.last()[QLatin1String("timestamp")].toString(), Qt::ISODateWithMs);
        const qint64 ahead = QDateTime::currentDateTimeUtc().secsTo(told);
        QVERIFY2(std::abs(ahead - hours.at(step) * 3600) < 60, qPrintable(QString::number(ahead)));

        // A client that has been away comes back to where it was.
        WebSocketClient native;
        QVERIFY(native.open(faulty.daemon.webSocketUrl(QStringLiteral("/ws/v1")), newcomer.user.token));
        native.send({{QStringLiteral("type"), QStringLiteral("hello")},
            {QStringLiteral("resume"),
                QJsonArray{QJsonObject{{QStringLiteral("room"), events.last()[QLatin1String("room")]},
                    {QStringLiteral("epoch"), page.json[QLatin1String("epoch")]},
                    {QStringLiteral("seq"), 0}}}}});
        for (qsizetype i = 0; i < lobby.size(); ++i) {
            const QJsonValue event = native.next(QStringLiteral("event"))[QLatin1String("event")];
            QCOMPARE(event[QLatin1String("seq")].toInteger(), i + 1);
        }
    }
}

void ClockTest::aMonthAheadForAWhile_data()
{
    QTest::addColumn<bool>("restarted");
    QTest::newRow("for one boot") << true;
    QTest::newRow("while it runs") << false;
}

/// Log-ins expire while the clock is wrong, and are valid again once it is right: a wrong clock alone deletes
/// nothing.
void ClockTest::aMonthAheadForAWhile()
{
    QFETCH(bool, restarted);
    FaultyDaemon faulty;
    faulty.daemon.setEnvironment(QStringLiteral("ROOKERY_AUTH_GUESTS"), QStringLiteral("true"));
    faulty.disk.set("clock=0");
    QVERIFY2(faulty.start(), faulty.daemon.log());
    const TestUser ann = registerUser(faulty.daemon.url(), QStringLiteral("ann"));
    const TestUser bob = registerUser(faulty.daemon.url(), QStringLiteral("bob"));
    const TestUser eve = registerUser(faulty.daemon.url(), QStringLiteral("eve"));
    const auto ask = [&](const char *method, const char *path, const TestUser &user,
                         const QJsonObject &body = {}) {
        return request(method, faulty.http(QLatin1String(path)), body, user.token);
    };
    const auto byCookie = [&] {
        return request("GET", faulty.http(QStringLiteral("/api/v1/me")), {}, {},
            {{"Cookie", "rookery_session=" + ann.token.toUtf8()}})
            .status;
    };
    // The result of a browser's handshake: 101 or the close code.
    const auto handshake = [&](const TestUser &user) {
        WebSocketClient socket;
        QNetworkRequest opening(faulty.daemon.webSocketUrl(QStringLiteral("/ws/v1")));
        opening.setRawHeader("Cookie", "rookery_session=" + user.token.toUtf8());
        QString answered;
        QWebSocket &web = socket.socket();
        QObject::connect(&web, &QWebSocket::textMessageReceived, &web,
            [&answered](const QString &frame) { answered = frame; });
        web.open(opening);
        QObject::connect(&web, &QWebSocket::connected, &web,
            [&web] { web.sendTextMessage(QStringLiteral(R"({"type":"hello"})")); });
        const bool told = QTest::qWaitFor(
            [&] { return answered.contains(QLatin1String("\"hello\"")) || web.closeCode() == 4001; }, 15'000);
        return told && answered.contains(QLatin1String("\"hello\""));
    };

    QCOMPARE(ask("POST", "/api/v1/rooms", ann,
                 {{QStringLiteral("name"), QStringLiteral("attic")}, {QStringLiteral("private"), true}})
                 .status,
        201);
    QCOMPARE(
        ask("POST", "/api/v1/rooms/attic/members", ann, {{QStringLiteral("user"), bob.name}}).status, 200);
    QCOMPARE(ask("PUT", "/api/v1/blocked/eve", bob).status, 204);
    WebSocketClient guest;
    QVERIFY(guest.open(faulty.daemon.webSocketUrl(QStringLiteral("/ws/chat/lobby/"))));
    guest.send({{QStringLiteral("message"), QStringLiteral("from a guest")}});
    const QString guestId = guest.next(QStringLiteral("chat_message"))[QLatin1String("sender_id")].toString();
    QVERIFY(!guestId.isEmpty());
    guest.socket().close();
    QCOMPARE(ask("GET", "/api/v1/me", ann).status, 200);
    QCOMPARE(byCookie(), 200);
    QVERIFY(handshake(ann));

    faulty.disk.set("clock=" + std::to_string(31 * 24 * 3600));
    if (restarted) {
        QCOMPARE(faulty.daemon.terminate(), 0);
        QVERIFY2(faulty.start(), faulty.daemon.log());
    }
    QTRY_COMPARE(ask("GET", "/api/v1/me", ann).status, 401);
    QCOMPARE(byCookie(), 401);
    QVERIFY(!handshake(ann));
    // Log-ins and messages of this time must not make it worse.
    const HttpAnswer again = request("POST", faulty.http(QStringLiteral("/api/v1/login")),
        {{QStringLiteral("username"), ann.name},
            {QStringLiteral("password"), QStringLiteral("correct horse")}});
    QCOMPARE(again.status, 200);

    faulty.disk.set("clock=0");
    if (restarted) {
        QCOMPARE(faulty.daemon.terminate(), 0);
        QVERIFY2(faulty.start(), faulty.daemon.log());
    }
    QTRY_COMPARE(ask("GET", "/api/v1/me", ann).status, 200);
    QCOMPARE(byCookie(), 200);
    QVERIFY(handshake(ann));
    for (const TestUser &user : {bob, eve})
        QCOMPARE(ask("GET", "/api/v1/me", user).status, 200);
    const QJsonArray invitations =
        ask("GET", "/api/v1/invitations", bob).json[QLatin1String("invitations")].toArray();
    QCOMPARE(invitations.size(), 1);
    const QJsonArray blocked = ask("GET", "/api/v1/blocked", bob).json[QLatin1String("users")].toArray();
    QCOMPARE(blocked.size(), 1);
    QCOMPARE(ask("GET", "/api/v1/rooms/attic", ann).status, 200);
    const QJsonArray events =
        ask("GET", "/api/v1/rooms/lobby/events", ann).json[QLatin1String("events")].toArray();
    QCOMPARE(events.size(), 1);
    QCOMPARE(events.first()[QLatin1String("sender")][QLatin1String("id")].toString(), guestId);
}

QTEST_GUILESS_MAIN(ClockTest)
#include "tst_clock.moc"
