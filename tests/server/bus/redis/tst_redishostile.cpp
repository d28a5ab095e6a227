// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/redis/redismirror.h"
#include "tests/server/bus/redis/wirelistener.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QHash>
#include <QMap>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTest>

#include <algorithm>
#include <memory>
#include <utility>

using namespace rookery;
using namespace rookery::bus;
using test::optionsOf;
using test::WireListener;

namespace {

constexpr int hostilePatience = 30'000; // milliseconds; never a pause

/// Something that listens where a Redis is expected. What it answers to a command is found by the command's first word; PING is
/// answered, and a subscription confirmed, if nothing else is said.
class FakeServer : public QTcpServer
{
public:
    FakeServer()
    {
        listen(QHostAddress::LocalHost);
        connect(this, &QTcpServer::newConnection, this, [this] {
            while (QTcpSocket *const socket = nextPendingConnection()) {
                ++connections;
                if (!greeting.isEmpty())
                    socket->write(greeting);
                connect(socket, &QIODevice::readyRead, socket, [this, socket] { answer(socket); });
            }
        });
    }

    QString url(const QString &scheme = QStringLiteral("redis"), const QString &path = {}) const
    {
        return QStringLiteral("%1://:Hunter2@127.0.0.1:%2%3").arg(scheme).arg(serverPort()).arg(path);
    }

    QHash<QByteArray, QByteArray> answers{{"AUTH", "+OK\r\n"}, {"PING", "+PONG\r\n"},
        {"SUBSCRIBE", "*3\r\n$9\r\nsubscribe\r\n$11\r\nrk:{test.0}\r\n:1\r\n"}, {"PUBLISH", ":1\r\n"}};
    QByteArray greeting;
    int connections = 0;
    int commands = 0;

private:
    void answer(QTcpSocket *socket)
    {
        const QByteArray all = socket->readAll();
        commands += int(all.count("\r\n*")) + 1;
        QMap<qsizetype, QByteArray> found; // by where the command is
        for (auto each = answers.cbegin(); each != answers.cend(); ++each) {
            const QByteArray word = '\n' + each.key() + "\r\n";
            for (auto at = all.indexOf(word); at >= 0; at = all.indexOf(word, at + 1))
                found.insert(at, each.value());
        }
        for (const QByteArray &one : std::as_const(found))
            socket->write(one);
    }
};

} // namespace

/// The wire in front of what is broken or hostile (THREATS 49).
class TestRedisHostile : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void brokenAnswers_data();
    void brokenAnswers();
    void brokenPushes_data();
    void brokenPushes();
    void refusedFrames_data();
    void refusedFrames();
    void brokenSentinels_data();
    void brokenSentinels();
    void silence();
    void passwordIsNotRepeated();
    void pausesGrow();
    void mirrorAndNonsense_data();
    void mirrorAndNonsense();
    void mirrorPastAnswers();
};

void TestRedisHostile::brokenAnswers_data()
{
    QTest::addColumn<QByteArray>("command");
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QString>("says");
    const auto row = [](const char *name, const QByteArray &command, const QByteArray &answer,
                         const char *says) {
        QTest::newRow(name) << command << answer << QString::fromUtf8(says);
    };
    row("HTTP", "AUTH", "HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak the protocol of Redis");
    row("AUTH: array", "AUTH", "*0\r\n", "does not let us log in");
    row("AUTH: error", "AUTH", "-EXECABORT no\r\n", "does not let us log in, and says EXECABORT");
    row("AUTH: no password is set", "AUTH",
        "-ERR AUTH <password> called without any password configured for the default user. Are you sure your "
        "configuration is correct?\r\n",
        "has no password for this user");
    row("PING: loading", "PING", "-LOADING Redis is loading the dataset in memory\r\n",
        "said: LOADING Redis is loading");
    row("PING: echo", "PING", "+PING\r\n", "does not answer a PING as Redis does");
    row("PING: controls in an error", "PING", "-ERR \x1b[31m\x07 a\r\n", "said: ERR  [31m  a.");
    row("PING: deep", "PING", QByteArray("*1\r\n").repeated(50), "does not speak the protocol of Redis");
    row("PING: huge array", "PING", "*2147483647\r\n", "more than 1024 elements");
    row("PING: huge string", "PING", "$2147483647\r\n" + QByteArray(2'000'000, 'x'),
        "more than 1048576 bytes");
    row("SUBSCRIBE: error", "SUBSCRIBE", "-NOPERM no\r\n", "said: NOPERM no");
    row("SUBSCRIBE: another channel", "SUBSCRIBE", "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n",
        "what is no message");
    row("SUBSCRIBE: a status", "SUBSCRIBE", "+OK\r\n", "what is no message");
    row("SUBSCRIBE: a message first", "SUBSCRIBE", "*3\r\n$7\r\nmessage\r\n$11\r\nrk:{test.0}\r\n$1\r\nx\r\n",
        "what is no message");
    row("PING: twice", "PING", "+PONG\r\n+PONG\r\n", "what i");
}

void TestRedisHostile::brokenAnswers()
{
    QFETCH(QByteArray, command);
    QFETCH(QByteArray, answer);
    QFETCH(QString, says);
    FakeServer server;
    server.answers[command] = answer;
    WireListener one(optionsOf(server.url()));
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(!one.reasons.isEmpty(), hostilePatience);
    QVERIFY2(one.reasons.first().contains(says), qPrintable(one.reasons.first()));
    QVERIFY(!one.wire.isOpen());
    // It is tried again.
    QTRY_VERIFY_WITH_TIMEOUT(server.connections > 2, hostilePatience);
}

void TestRedisHostile::brokenPushes_data()
{
    QTest::addColumn<QByteArray>("push");
    QTest::newRow("nothing") << QByteArray("$-1\r\n");
    QTest::newRow("an integer") << QByteArray(":1\r\n");
    QTest::newRow("an error") << QByteArray("-ERR x\r\n");
    QTest::newRow("empty") << QByteArray("*0\r\n");
    QTest::newRow("of two") << QByteArray("*2\r\n$7\r\nmessage\r\n$11\r\nrk:{test.0}\r\n");
    QTest::newRow("of another channel") << QByteArray("*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$1\r\nx\r\n");
    QTest::newRow("unsubscribed") << QByteArray("*3\r\n$11\r\nunsubscribe\r\n$11\r\nrk:{test.0}\r\n:0\r\n");
    QTest::newRow("arrays") << QByteArray("*3\r\n*1\r\n$7\r\nmessage\r\n*0\r\n*0\r\n");
}

void TestRedisHostile::brokenPushes()
{
    QFETCH(QByteArray, push);
    FakeServer server;
    server.answers["SUBSCRIBE"] += "*3\r\n$7\r\nmessage\r\n$11\r\nrk:{test.0}\r\n$1\r\nx\r\n" + push;
    WireListener one(optionsOf(server.url()));
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(!one.reasons.isEmpty(), hostilePatience);
    QVERIFY(!one.wire.isOpen());
    QVERIFY2(one.reasons.first().contains(QLatin1String("what is no message"))
            || one.reasons.first().contains(QLatin1String("said: ERR x")),
        qPrintable(one.reasons.first()));
    QTRY_VERIFY_WITH_TIMEOUT(server.connections > 2, hostilePatience);
}

void TestRedisHostile::refusedFrames_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QString>("says");
    for (const char *code : {"NOAUTH", "READONLY", "OOM", "LOADING", "MISCONF", "MASTERDOWN"})
        QTest::newRow(code)
            << QByteArray('-' + QByteArray(code) + " why\r\n")
            << QStringLiteral("does not publish, and said: %1 why.").arg(QString::fromLatin1(code));
    QTest::newRow("a status") << QByteArray("+OK\r\n") << QStringLiteral("answers what it was not asked.");
    QTest::newRow("two answers") << QByteArray(":1\r\n:1\r\n")
                                 << QStringLiteral("answers what it was not asked.");
}

void TestRedisHostile::refusedFrames()
{
    QFETCH(QByteArray, answer);
    QFETCH(QString, says);
    FakeServer server;
    server.answers["PUBLISH"] = answer;
    WireListener one(optionsOf(server.url()));
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(one.opened, hostilePatience);
    QVERIFY2(one.reasons.isEmpty(), qPrintable(one.reasons.join(u' ')));
    one.wire.send("frame");
    QTRY_VERIFY_WITH_TIMEOUT(!one.reasons.isEmpty(), hostilePatience);
    QVERIFY2(one.reasons.first().endsWith(says), qPrintable(one.reasons.first()));
    QTRY_COMPARE_WITH_TIMEOUT(one.opened, 2, hostilePatience);
}

void TestRedisHostile::brokenSentinels_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::addColumn<QString>("says");
    QTest::newRow("nil") << QByteArray("*-1\r\n") << "knows no master of the name 'main'";
    QTest::newRow("error") << QByteArray("-ERR no\r\n") << "said: ERR no";
    QTest::newRow("no host") << QByteArray("*2\r\n$0\r\n\r\n$1\r\n7\r\n")
                             << "does not say where the master is";
    QTest::newRow("no port") << QByteArray("*2\r\n$1\r\nh\r\n$1\r\n0\r\n")
                             << "does not say where the master is";
    QTest::newRow("a large port") << QByteArray("*2\r\n$1\r\nh\r\n$5\r\n65536\r\n")
                                  << "does not say where the master is";
    QTest::newRow("one word") << QByteArray("*1\r\n$1\r\nh\r\n") << "does not say where the master is";
    QTest::newRow("a status") << QByteArray("+OK\r\n") << "does not say where the master is";
}

void TestRedisHostile::brokenSentinels()
{
    QFETCH(QByteArray, answer);
    QFETCH(QString, says);
    FakeServer server;
    server.answers["SENTINEL"] = answer;
    WireListener one(optionsOf(server.url(QStringLiteral("redis+sentinel"), QStringLiteral("/main"))));
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(!one.reasons.isEmpty(), hostilePatience);
    QVERIFY2(one.reasons.first().contains(says), qPrintable(one.reasons.first()));
    QTRY_VERIFY_WITH_TIMEOUT(server.connections > 1, hostilePatience);
}

void TestRedisHostile::silence()
{
    for (const char *command : {"AUTH", "PING", "SUBSCRIBE"}) {
        FakeServer server;
        server.answers.remove(command);
        WireListener one(optionsOf(server.url()));
        one.wire.open();
        QTRY_VERIFY_WITH_TIMEOUT(!one.reasons.isEmpty(), hostilePatience);
        QVERIFY2(
            one.reasons.first().contains(QLatin1String("within 2000 ms")), qPrintable(one.reasons.first()));
        QCOMPARE(one.opened, 0);
    }
}

/// Servers that do not know a command repeat its words.
void TestRedisHostile::passwordIsNotRepeated()
{
    for (const char *command : {"AUTH", "PING", "SUBSCRIBE", "PUBLISH"}) {
        FakeServer server;
        server.answers[command] = "-ERR unknown command 'AUTH', with args beginning with: 'Hunter2'\r\n";
        WireListener one(optionsOf(server.url()));
        connect(&one.wire, &Wire::opened, &one.wire, [&one] { one.wire.send("frame"); });
        one.wire.open();
        QTRY_VERIFY_WITH_TIMEOUT(!one.reasons.isEmpty(), hostilePatience);
        QVERIFY2(!one.reasons.first().contains(QLatin1String("Hunter2")), qPrintable(one.reasons.first()));
    }
    // Who speaks before it is asked.
    FakeServer server;
    server.greeting = "-ERR max number of clients reached\r\n";
    WireListener one(optionsOf(server.url()));
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(!one.reasons.isEmpty(), hostilePatience);
    QCOMPARE(one.opened, 0);
}

/// A server that lets us in and publishes nothing is not tried faster than one that is not there.
void TestRedisHostile::pausesGrow()
{
    FakeServer server;
    server.answers["PUBLISH"] = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";
    WireListener one(optionsOf(server.url()));
    QElapsedTimer since;
    QList<qint64> closed;
    connect(&one.wire, &Wire::opened, &one.wire, [&one] { one.wire.send("frame"); });
    connect(&one.wire, &Wire::closed, &one.wire, [&] { closed.append(since.elapsed()); });
    since.start();
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(closed.size() >= 6, hostilePatience);
    // At least half of 100, 200, 400, 800 and 1,600 ms.
    QVERIFY2(closed[5] - closed[0] >= 1500, qPrintable(QString::number(closed[5] - closed[0])));
}

namespace {

const QByteArrayList commandsOfTheMirror{
    "CONFIG", "SET", "DEL", "EXISTS", "EXPIRE", "SADD", "SREM", "SRANDMEMBER", "HSET", "HDEL", "EVAL"};

std::unique_ptr<RedisMirror> newMirror(const FakeServer &server)
{
    auto mirror = std::make_unique<RedisMirror>(optionsOf(server.url()),
        RedisMirrorOptions{.prefix = "rk:{test}:", .renewal = std::chrono::milliseconds(20)});
    mirror->open();
    mirror->presence(
        {QStringLiteral("lobby"), {QStringLiteral("1"), QStringLiteral("ann")}, Role::Member, true, 1});
    return mirror;
}

} // namespace

void TestRedisHostile::mirrorAndNonsense_data()
{
    QTest::addColumn<QByteArray>("answer");
    QTest::newRow("nothing") << QByteArray("$-1\r\n");
    QTest::newRow("zero") << QByteArray(":0\r\n");
    QTest::newRow("a status") << QByteArray("+OK\r\n");
    QTest::newRow("a text") << QByteArray("$2\r\n\xff\n\r\n");
    QTest::newRow("an error") << QByteArray("-ERR no\r\n");
    QTest::newRow("empty") << QByteArray("*0\r\n");
    QTest::newRow("arrays") << QByteArray("*2\r\n*1\r\n*0\r\n$-1\r\n");
    QTest::newRow("names") << QByteArray("*2\r\n$16\r\n0123456789abcdef\r\n$3\r\n*:*\r\n");
    QTest::newRow("twice") << QByteArray("+OK\r\n+OK\r\n");
    QTest::newRow("huge") << QByteArray("*2147483647\r\n");
}

/// Whatever is answered, it goes on, or begins anew.
void TestRedisHostile::mirrorAndNonsense()
{
    QFETCH(QByteArray, answer);
    FakeServer server;
    for (const QByteArray &command : commandsOfTheMirror)
        server.answers[command] = answer;
    const auto mirror = newMirror(server);
    QTRY_VERIFY_WITH_TIMEOUT(server.connections > 2 || server.commands > 200, hostilePatience);
}

/// A dead node with rooms without end is removed a step at a time; nothing waits for it, and little is on its way.
void TestRedisHostile::mirrorPastAnswers()
{
    FakeServer server;
    for (const QByteArray &command : commandsOfTheMirror)
        server.answers[command] = ":0\r\n";
    server.answers["SRANDMEMBER"] = "*1\r\n$16\r\n0123456789abcdef\r\n";
    const auto mirror = newMirror(server);
    auto *const link = mirror->findChild<RedisLink *>();
    size_t most = 0;
    for (int i = 0; server.commands < 2'000 && i < 1'000'000; ++i) {
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents, 100);
        most = std::max(most, link->unanswered());
    }
    QVERIFY(server.commands >= 2'000);
    QCOMPARE(server.connections, 1);
    QVERIFY2(most < 100, qPrintable(QString::number(most)));
}

QTEST_GUILESS_MAIN(TestRedisHostile)
#include "tst_redishostile.moc"
