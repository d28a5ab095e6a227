// SPDX-License-Identifier: GPL-3.0-or-later
// Sessions that come and go in the daemon's database while it runs, as those of other nodes do.

#include "common/ids.h"
#include "server/auth/tokensigner.h"
#include "tests/support/postgresserver.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"
#include "tests/wire/rawclient.h"
#include "tests/wire/websocketclient.h"

#include <QDateTime>
#include <QTest>

#include <memory>

using namespace rookery;
using namespace rookery::test;

class SharedSessionsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();

    void sessionOfAnotherNodeIsGoodOverHttp();
    void requestsBehindTheLookUpAreAnsweredInOrder();
    void sessionOfAnotherNodeOpensWebSockets_data();
    void sessionOfAnotherNodeOpensWebSockets();
    void clientMayLeaveMeanwhile();
    void sessionEndedByAnotherNodeIsOver();
    void nobodyIsAdmittedWithoutTheDatabase();

private:
    struct Elsewhere
    {
        QString session;
        QString token;
    };
    /// A session of ann's that another node has opened.
    Elsewhere logInElsewhere();
    /// A good token of a session that there is no more.
    QString tokenOf(const QString &session) const;
    void endElsewhere(const QString &session);
    static bool greets(WebSocketClient &socket)
    {
        socket.send({{QStringLiteral("type"), QStringLiteral("hello")}});
        return !socket.next(QStringLiteral("hello")).isEmpty();
    }
    HttpAnswer get(const char *path, const QString &token)
    {
        return request("GET", m_daemon->url().resolved(QUrl(QLatin1String(path))), {}, token);
    }
    HttpAnswer sessions(const QString &token) { return get("/api/v1/sessions", token); }

    PostgresServer m_server;
    QString m_database;
    std::unique_ptr<TestDaemon> m_daemon;
    TestUser m_ann;
    int m_ended = 0;
};

void SharedSessionsTest::initTestCase()
{
    QVERIFY2(m_server.start({QStringLiteral("fsync=off")}), qPrintable(m_server.why()));
    m_database = m_server.makeDatabase();
    QVERIFY2(!m_database.isEmpty(), qPrintable(m_server.why()));
    m_daemon = std::make_unique<TestDaemon>(QStringList(),
        QMap<QString, QString>{
            {QStringLiteral("ROOKERY_STORAGE_URL"), m_server.url(m_database).toString(QUrl::FullyEncoded)}});
    QVERIFY2(m_daemon->start(), m_daemon->log());
    m_ann = registerUser(m_daemon->url(), QStringLiteral("ann"));
    QVERIFY(!m_ann.token.isEmpty());
}

void SharedSessionsTest::init()
{
    if (!m_server.isRunning())
        QVERIFY2(m_server.start({QStringLiteral("fsync=off")}), qPrintable(m_server.why()));
}

QString SharedSessionsTest::tokenOf(const QString &session) const
{
    const auto key = auth::loadOrCreateSigningKey(m_daemon->dataDirectory() + QStringLiteral("/signing.key"));
    if (!key)
        return {};
    const QDateTime now = QDateTime::currentDateTimeUtc();
    return QString::fromLatin1(auth::TokenSigner(*key, QStringLiteral("rookery"), QStringLiteral("rookery"))
                                   .sign({m_ann.id, m_ann.name, session, now, now.addSecs(3600)}));
}

SharedSessionsTest::Elsewhere SharedSessionsTest::logInElsewhere()
{
    const QString session = newId();
    m_server.ask(m_database,
        QStringLiteral("INSERT INTO sessions (id, \"user\", created_at, expires_at, client, address) "
                       "SELECT '%1', id, %2, %2 + 3600000, '', '' FROM users WHERE name = 'ann'")
            .arg(session)
            .arg(QDateTime::currentMSecsSinceEpoch()));
    return {session, tokenOf(session)};
}

void SharedSessionsTest::endElsewhere(const QString &session)
{
    ++m_ended;
    m_server.ask(m_database,
        QStringLiteral("DELETE FROM sessions WHERE id = '%1'; "
                       "INSERT INTO control_head (id, last_seq, purged_seq) VALUES (1, %2, 0) "
                       "ON CONFLICT (id) DO UPDATE SET last_seq = excluded.last_seq; "
                       "INSERT INTO control_log (seq, at, kind, session, reason) VALUES (%2, %3, 1, '%1', 1)")
            .arg(session)
            .arg(m_ended)
            .arg(QDateTime::currentMSecsSinceEpoch()));
}

void SharedSessionsTest::sessionOfAnotherNodeIsGoodOverHttp()
{
    const Elsewhere other = logInElsewhere();
    const HttpAnswer answer = sessions(other.token);
    QCOMPARE(answer.status, 200);
    QVERIFY(answer.body.contains(other.session.toUtf8()));
    QCOMPARE(sessions(other.token).status, 200);
    const HttpAnswer refused = sessions(tokenOf(newId()));
    QCOMPARE(refused.status, 401);
    QCOMPARE(refused.json[QLatin1String("code")].toString(), QStringLiteral("unauthorized"));
}

void SharedSessionsTest::requestsBehindTheLookUpAreAnsweredInOrder()
{
    const Elsewhere other = logInElsewhere();
    const QByteArray unknown = tokenOf(newId()).toUtf8();
    const auto line = [](const QByteArray &method, const QByteArray &path, const QByteArray &token,
                          const QByteArray &body = {}) {
        return method + ' ' + path + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token
            + "\r\nContent-Type: application/json\r\nContent-Length: " + QByteArray::number(body.size())
            + "\r\n\r\n" + body;
    };
    RawClient client(m_daemon->url());
    QVERIFY(client.connected());
    client.send(line("POST", "/api/v1/rooms/lobby/messages", other.token.toUtf8(), R"({"text": "first"})")
        + line("GET", "/api/v1/sessions", unknown)
        + line("POST", "/api/v1/rooms/lobby/messages", m_ann.token.toUtf8(), R"({"text": "second"})")
        + line("GET", "/nothing", other.token.toUtf8()));
    QList<int> statuses;
    for (int i = 0; i < 4; ++i)
        statuses.append(client.answer().status);
    QCOMPARE(statuses, (QList<int>{201, 401, 201, 404}));
}

void SharedSessionsTest::sessionOfAnotherNodeOpensWebSockets_data()
{
    QTest::addColumn<QString>("path");
    for (const char *path : {"/", "/websocket", "/ws/chat/lobby", "/ws/v1"})
        QTest::newRow(path) << QString::fromLatin1(path);
}

void SharedSessionsTest::sessionOfAnotherNodeOpensWebSockets()
{
    QFETCH(const QString, path);
    const Elsewhere other = logInElsewhere();
    WebSocketClient socket;
    QVERIFY(socket.open(m_daemon->webSocketUrl(path), other.token));
    WebSocketClient stranger;
    QVERIFY(stranger.open(m_daemon->webSocketUrl(path), tokenOf(newId())));
    QCOMPARE(stranger.closeCode(), 4001);
    QCOMPARE(socket.socket().state(), QAbstractSocket::ConnectedState);
    endElsewhere(other.session);
    QCOMPARE(socket.closeCode(), 4001);
}

/// While the store is asked, the client goes: nothing is left of it, and nobody else is disturbed.
void SharedSessionsTest::clientMayLeaveMeanwhile()
{
    for (int i = 0; i < 20; ++i) {
        const QByteArray token = (i % 2 ? tokenOf(newId()) : logInElsewhere().token).toUtf8();
        RawClient client(m_daemon->url());
        QVERIFY(client.connected());
        const QByteArray fields = i % 4 < 2 ? QByteArray()
                                            : QByteArray("Connection: Upgrade\r\nUpgrade: websocket\r\n"
                                                         "Sec-WebSocket-Version: 13\r\n"
                                                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
        client.send("GET " + QByteArray(fields.isEmpty() ? "/api/v1/sessions" : "/ws/v1")
            + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token + "\r\n" + fields + "\r\n");
        client.socket().abort();
    }
    QCOMPARE(sessions(m_ann.token).status, 200);
    QVERIFY(m_daemon->running());
}

/// THREATS 7.
void SharedSessionsTest::sessionEndedByAnotherNodeIsOver()
{
    const TestUser bob = registerUser(m_daemon->url(), QStringLiteral("bob"));
    const QString session = m_server.ask(m_database,
        QStringLiteral("SELECT s.id FROM sessions s JOIN users u ON u.id = s.\"user\" WHERE u.name = 'bob'"));
    QVERIFY(!session.isEmpty());
    WebSocketClient socket;
    QVERIFY(socket.open(m_daemon->webSocketUrl(QStringLiteral("/ws/v1")), bob.token));
    QCOMPARE(sessions(bob.token).status, 200);
    endElsewhere(session);
    QCOMPARE(socket.closeCode(), 4001);
    QCOMPARE(sessions(bob.token).status, 401);
    QCOMPARE(sessions(m_ann.token).status, 200);
}

void SharedSessionsTest::nobodyIsAdmittedWithoutTheDatabase()
{
    WebSocketClient before;
    QVERIFY(before.open(m_daemon->webSocketUrl(QStringLiteral("/ws/v1")), m_ann.token));
    QVERIFY(greets(before));
    m_server.crash();
    int status = 200;
    HttpAnswer refused;
    // Which needs nothing of the database but whose the token is.
    QVERIFY(QTest::qWaitFor([&] {
        refused = get("/api/v1/me", m_ann.token);
        status = refused.status;
        return status != 200;
    }));
    QCOMPARE(status, 503);
    QCOMPARE(refused.json[QLatin1String("code")].toString(), QStringLiteral("storage_unavailable"));
    QVERIFY(!refused.header("retry-after").isEmpty());
    WebSocketClient socket;
    QVERIFY(socket.open(m_daemon->webSocketUrl(QStringLiteral("/ws/v1")), m_ann.token));
    QCOMPARE(socket.closeCode(), 1011);
    QCOMPARE(before.socket().state(), QAbstractSocket::ConnectedState);
    QVERIFY2(m_server.start({QStringLiteral("fsync=off")}), qPrintable(m_server.why()));
    QVERIFY(QTest::qWaitFor([&] { return sessions(m_ann.token).status == 200; }, 30'000));
    WebSocketClient after;
    QVERIFY(after.open(m_daemon->webSocketUrl(QStringLiteral("/ws/v1")), m_ann.token));
    QVERIFY(greets(after));
}

QTEST_GUILESS_MAIN(SharedSessionsTest)
#include "tst_sharedsessions.moc"
