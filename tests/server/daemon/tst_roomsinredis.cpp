// SPDX-License-Identifier: GPL-3.0-or-later
// One daemon on SQLite with a Redis, which document 003 asks for: its active rooms and who is in them are there, and whatever
// happens to the Redis, the chat goes on.

#include "tests/support/redisserver.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"
#include "tests/wire/websocketclient.h"

#include <QJsonDocument>
#include <QTest>

#include <memory>

using namespace rookery::test;

namespace {

constexpr int patience = 30'000; // milliseconds; never a pause

WebSocketClient::Predicate hasText(const QString &text)
{
    return [text](const QJsonObject &frame) { return frame[QLatin1String("message")].toString() == text; };
}

} // namespace

class RoomsInRedisTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();

    void whoIsInARoom();
    void document003();
    void orderlyEnd();
    void killedDaemon();
    void withoutRedisItGoesOn_data();
    void withoutRedisItGoesOn();
    void startsWithoutRedis();

private:
    HttpAnswer call(const QByteArray &method, const QString &path, const QJsonObject &body = {},
        const QString &token = {})
    {
        return request(method, m_daemon->url().resolved(QUrl(path)), body, token);
    }
    /// A socket in the lobby, which has got the list of users; without a token a guest's.
    bool enter(WebSocketClient &socket, const QString &token = {})
    {
        return socket.open(m_daemon->webSocketUrl(QStringLiteral("/ws/chat/lobby/")), token)
            && !socket.next(QStringLiteral("room_users_list")).isEmpty();
    }
    /// What redis-cli prints for a command about the key that ends so; empty if there is none.
    QString ask(const QString &command, const QString &end, const QStringList &more = {}) const
    {
        const QString key = m_redis->ask(
            {QStringLiteral("--scan"), QStringLiteral("--pattern"), QStringLiteral("rk:{*}:") + end});
        return key.isEmpty() ? QString() : m_redis->ask(QStringList{command, key} + more);
    }
    /// Who is in the lobby as Redis says, by name and in order; a guest is "a guest".
    QStringList present() const;
    bool isHeard(WebSocketClient &from, WebSocketClient &to, const QString &text)
    {
        from.send({{QStringLiteral("message"), text}});
        return !to.next(hasText(text)).isEmpty();
    }

    std::unique_ptr<RedisServer> m_redis;
    std::unique_ptr<TestDaemon> m_daemon;
    TestUser m_ann;
    QString m_lobby; ///< its id
};

void RoomsInRedisTest::init()
{
    m_daemon.reset();
    m_redis = std::make_unique<RedisServer>();
    QVERIFY2(m_redis->start(), qPrintable(m_redis->why()));
    m_daemon = std::make_unique<TestDaemon>(QStringList(),
        QMap<QString, QString>{
            {QStringLiteral("ROOKERY_BUS_URL"), QStringLiteral("redis+unix://") + m_redis->socket()},
            {QStringLiteral("ROOKERY_AUTH_GUESTS"), QStringLiteral("true")}});
    QVERIFY2(m_daemon->start(), m_daemon->log());
    m_ann = registerUser(m_daemon->url(), QStringLiteral("ann"));
    m_lobby = call("GET", QStringLiteral("/api/v1/rooms/lobby"), {}, m_ann.token)
                  .json[QLatin1String("room")][QLatin1String("id")]
                  .toString();
    QVERIFY(!m_lobby.isEmpty());
}

QStringList RoomsInRedisTest::present() const
{
    const QStringList values =
        ask(QStringLiteral("HVALS"), QStringLiteral("p:") + m_lobby).split(u'\n', Qt::SkipEmptyParts);
    QStringList names;
    for (const QString &value : values) {
        const QJsonObject one = QJsonDocument::fromJson(value.toUtf8()).object();
        names.append(one[QLatin1String("guest")].toBool() ? QStringLiteral("a guest")
                                                          : one[QLatin1String("name")].toString());
    }
    names.sort();
    return names;
}

void RoomsInRedisTest::whoIsInARoom()
{
    WebSocketClient ann;
    QVERIFY(enter(ann, m_ann.token));
    QTRY_COMPARE_WITH_TIMEOUT(present(), QStringList({QStringLiteral("ann")}), patience);
    {
        WebSocketClient guest;
        QVERIFY(enter(guest));
        QTRY_COMPARE_WITH_TIMEOUT(
            present(), QStringList({QStringLiteral("a guest"), QStringLiteral("ann")}), patience);
        const QString all = ask(QStringLiteral("HGETALL"), QStringLiteral("p:") + m_lobby);
        QVERIFY2(all.contains(u':' + m_ann.id), qPrintable(all));
        QCOMPARE(ask(QStringLiteral("ZSCORE"), QStringLiteral("rooms"), {m_lobby}), QStringLiteral("2"));
        QVERIFY(isHeard(guest, ann, QStringLiteral("hello")));
        // A second socket of the same user is no second entry.
        WebSocketClient again;
        QVERIFY(enter(again, m_ann.token));
    }
    QTRY_COMPARE_WITH_TIMEOUT(present(), QStringList({QStringLiteral("ann")}), patience);
    ann.socket().close();
    QTRY_COMPARE_WITH_TIMEOUT(present(), QStringList(), patience);
    QCOMPARE(ask(QStringLiteral("EXISTS"), QStringLiteral("rooms")), QString());
}

void RoomsInRedisTest::document003()
{
    WebSocketClient one;
    WebSocketClient two;
    QVERIFY(enter(one));
    QVERIFY(enter(two));
    QVERIFY(isHeard(one, two, QStringLiteral("Your message here")));
    QVERIFY(isHeard(two, one, QStringLiteral("Message from another user")));
    const HttpAnswer sent =
        call("POST", QStringLiteral("/chat/send/"), {{QStringLiteral("message"), QStringLiteral("by HTTP")}});
    QCOMPARE(sent.status, 200);
    QCOMPARE(sent.json[QLatin1String("message")].toString(), QStringLiteral("Message sent!"));
    QVERIFY(!one.next(hasText(QStringLiteral("by HTTP"))).isEmpty());
    const HttpAnswer history = call("GET", QStringLiteral("/chat/history/"));
    QCOMPARE(history.status, 200);
    QCOMPARE(history.json[QLatin1String("chat_history")].toArray().size(), 3);
}

void RoomsInRedisTest::orderlyEnd()
{
    WebSocketClient ann;
    QVERIFY(enter(ann, m_ann.token));
    QTRY_COMPARE_WITH_TIMEOUT(present(), QStringList({QStringLiteral("ann")}), patience);
    QCOMPARE(m_daemon->terminate(), 0);
    QCOMPARE(m_redis->ask({QStringLiteral("DBSIZE")}), QStringLiteral("0"));
}

void RoomsInRedisTest::killedDaemon()
{
    WebSocketClient ann;
    QVERIFY(enter(ann, m_ann.token));
    QTRY_COMPARE_WITH_TIMEOUT(present(), QStringList({QStringLiteral("ann")}), patience);
    m_daemon->kill();
    QVERIFY2(m_daemon->start(), m_daemon->log());
    WebSocketClient guest;
    QVERIFY(enter(guest));
    // What it has left goes within 13 s.
    QTRY_COMPARE_WITH_TIMEOUT(present(), QStringList({QStringLiteral("a guest")}), patience);
    QTRY_COMPARE_WITH_TIMEOUT(
        ask(QStringLiteral("ZSCORE"), QStringLiteral("rooms"), {m_lobby}), QStringLiteral("1"), patience);
}

void RoomsInRedisTest::withoutRedisItGoesOn_data()
{
    QTest::addColumn<QString>("fault");
    for (const char *fault : {"killed", "frozen", "flushed", "cut"})
        QTest::newRow(fault) << QString::fromLatin1(fault);
}

void RoomsInRedisTest::withoutRedisItGoesOn()
{
    QFETCH(QString, fault);
    WebSocketClient ann;
    WebSocketClient guest;
    QVERIFY(enter(ann, m_ann.token));
    QVERIFY(enter(guest));
    const QStringList both{QStringLiteral("a guest"), QStringLiteral("ann")};
    QTRY_COMPARE_WITH_TIMEOUT(present(), both, patience);
    if (fault == QLatin1String("killed"))
        m_redis->kill();
    else if (fault == QLatin1String("frozen"))
        m_redis->freeze();
    else if (fault == QLatin1String("flushed"))
        m_redis->ask({QStringLiteral("FLUSHALL")});
    else
        m_redis->ask({QStringLiteral("CLIENT"), QStringLiteral("KILL"), QStringLiteral("TYPE"),
            QStringLiteral("normal")});
    QVERIFY(isHeard(ann, guest, QStringLiteral("from ann")));
    QVERIFY(isHeard(guest, ann, QStringLiteral("from a guest")));
    QCOMPARE(call("GET", QStringLiteral("/health")).status, 200);
    const TestUser ben = registerUser(m_daemon->url(), QStringLiteral("ben"));
    WebSocketClient late;
    QVERIFY(enter(late, ben.token));
    QVERIFY(isHeard(late, ann, QStringLiteral("from ben")));
    guest.socket().close();
    QVERIFY(!ann.next(QStringLiteral("user_leave")).isEmpty());
    if (m_redis->isRunning())
        m_redis->thaw();
    else
        QVERIFY2(m_redis->start(), qPrintable(m_redis->why()));
    QTRY_COMPARE_WITH_TIMEOUT(
        present(), QStringList({QStringLiteral("ann"), QStringLiteral("ben")}), patience);
    QVERIFY(isHeard(ann, late, QStringLiteral("after it")));
}

void RoomsInRedisTest::startsWithoutRedis()
{
    QCOMPARE(m_daemon->terminate(), 0);
    m_redis->kill();
    QVERIFY2(m_daemon->start(), m_daemon->log());
    WebSocketClient ann;
    WebSocketClient guest;
    QVERIFY(enter(ann, m_ann.token));
    QVERIFY(enter(guest));
    QVERIFY(isHeard(ann, guest, QStringLiteral("hello")));
    QVERIFY2(m_redis->start(), qPrintable(m_redis->why()));
    QTRY_COMPARE_WITH_TIMEOUT(
        present(), QStringList({QStringLiteral("a guest"), QStringLiteral("ann")}), patience);
    m_redis->freeze();
    QCOMPARE(m_daemon->terminate(), 0);
}

QTEST_GUILESS_MAIN(RoomsInRedisTest)
#include "tst_roomsinredis.moc"
