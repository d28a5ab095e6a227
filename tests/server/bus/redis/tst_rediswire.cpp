// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/bus/redis/wirelistener.h"
#include "tests/support/redisserver.h"
#include "tests/support/testcertificate.h"

#include <QFile>
#include <QPointer>
#include <QTest>
#include <QThread>

#include <atomic>
#include <memory>

using namespace rookery;
using namespace rookery::bus;
using test::optionsOf;
using test::RedisServer;
using test::WireListener;

namespace {

constexpr int wirePatience = 30'000; // milliseconds; never a pause

} // namespace

/// The wire on a real server.
class TestRedisWire : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();

    void everybodyHearsInOrder();
    void channelsAreApart();
    void framesOfAnyBytes();
    void longFramesAreLost();
    void nothingIsSentBeforeItIsOpen();
    void onAThreadOfItsOwn();
    void killedServer();
    void frozenServer();
    void serverThatTakesNothing();
    void subscribersAreCutOff();
    void publishersAreCutOff();
    void whoIsDeletedMeanwhile();
    void passwords_data();
    void passwords();
    void whoMayNotPublish();
    void whoMayNotSubscribe();
    void certificates_data();
    void certificates();
    void byName();
    void nobodyListens();
    void nameThatDoesNotExist();

private:
    QString socketUrl(const RedisServer &server, const QString &account = {}) const
    {
        return QStringLiteral("redis+unix://%1%2").arg(account, server.socket());
    }
    RedisOptions plain() const { return optionsOf(socketUrl(*m_server)); }

    std::unique_ptr<RedisServer> m_server;
};

void TestRedisWire::initTestCase()
{
    m_server = std::make_unique<RedisServer>();
    QVERIFY2(m_server->start(), qPrintable(m_server->why()));
}

void TestRedisWire::init()
{
    if (!m_server->isRunning())
        QVERIFY2(m_server->start(), qPrintable(m_server->why()));
}

void TestRedisWire::everybodyHearsInOrder()
{
    WireListener one(optionsOf(QStringLiteral("redis://127.0.0.1:%1").arg(m_server->port())));
    WireListener two(plain());
    WireListener three(plain());
    QVERIFY(!one.wire.isOpen());
    for (WireListener *each : {&one, &two, &three})
        each->wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(one.opened && two.opened && three.opened, wirePatience);
    QVERIFY(one.wire.isOpen());
    QList<QByteArray> sent;
    for (int i = 0; i < 1000; ++i) {
        sent.append(QByteArray::number(i));
        one.wire.send(sent.last());
    }
    for (WireListener *each : {&one, &two, &three}) {
        QTRY_COMPARE_WITH_TIMEOUT(each->frames.size(), sent.size(), wirePatience);
        QCOMPARE(each->frames, sent);
        QVERIFY2(each->reasons.isEmpty(), qPrintable(each->reasons.join(u' ')));
    }
}

void TestRedisWire::channelsAreApart()
{
    WireListener one(plain(), "rk:{a.0}");
    WireListener other(plain(), "rk:{b.0}");
    one.wire.open();
    other.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(one.opened && other.opened, wirePatience);
    one.wire.send("for a");
    other.wire.send("for b");
    QTRY_VERIFY_WITH_TIMEOUT(!one.frames.isEmpty() && !other.frames.isEmpty(), wirePatience);
    QCOMPARE(one.frames, QList<QByteArray>{"for a"});
    QCOMPARE(other.frames, QList<QByteArray>{"for b"});
}

void TestRedisWire::framesOfAnyBytes()
{
    WireListener one(plain());
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(one.opened, wirePatience);
    QByteArray every(one.wire.mostFrameBytes(), Qt::Uninitialized);
    for (qsizetype i = 0; i < every.size(); ++i)
        every[i] = char((i * 7 + i / 256) & 0xff);
    const QList<QByteArray> sent{
        every, QByteArray(), QByteArray("\r\n"), QByteArray(every.size(), '\0'), every};
    for (const QByteArray &frame : sent)
        one.wire.send(frame);
    QTRY_COMPARE_WITH_TIMEOUT(one.frames.size(), sent.size(), wirePatience);
    QVERIFY(one.frames == sent);
}

void TestRedisWire::longFramesAreLost()
{
    WireListener one(plain());
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(one.opened, wirePatience);
    one.wire.send(QByteArray(one.wire.mostFrameBytes() + 1, 'x'));
    one.wire.send("after");
    QTRY_VERIFY_WITH_TIMEOUT(!one.frames.isEmpty(), wirePatience);
    QCOMPARE(one.frames, QList<QByteArray>{"after"});
    QVERIFY(one.reasons.isEmpty());
}

void TestRedisWire::nothingIsSentBeforeItIsOpen()
{
    WireListener one(plain());
    one.wire.send("before");
    one.wire.open();
    one.wire.send("before");
    QTRY_VERIFY_WITH_TIMEOUT(one.opened, wirePatience);
    one.wire.send("after");
    QTRY_VERIFY_WITH_TIMEOUT(!one.frames.isEmpty(), wirePatience);
    QCOMPARE(one.frames, QList<QByteArray>{"after"});
}

/// Made on one thread and moved to another, with all that it consists of.
void TestRedisWire::onAThreadOfItsOwn()
{
    QThread thread;
    auto *const wire = new RedisWire(plain(), "rk:{test.0}");
    std::atomic<int> heard = 0;
    std::atomic<int> elsewhere = 0;
    connect(wire, &Wire::opened, wire, [wire] { wire->send("hello"); });
    connect(wire, &Wire::received, wire, [&, wire] {
        if (QThread::currentThread() != &thread)
            ++elsewhere;
        // The second time after its timer has connected it anew.
        if (++heard == 1)
            wire->reconnect();
    });
    wire->moveToThread(&thread);
    connect(&thread, &QThread::started, wire, &Wire::open);
    connect(&thread, &QThread::finished, wire, &QObject::deleteLater);
    thread.start();
    QTRY_VERIFY_WITH_TIMEOUT(heard >= 2, wirePatience);
    thread.quit();
    QVERIFY(thread.wait(wirePatience));
    QCOMPARE(elsewhere, 0);
}

void TestRedisWire::killedServer()
{
    WireListener one(plain());
    WireListener two(optionsOf(QStringLiteral("redis://127.0.0.1:%1").arg(m_server->port())));
    one.wire.open();
    two.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(one.opened && two.opened, wirePatience);
    m_server->kill();
    QTRY_VERIFY_WITH_TIMEOUT(!one.reasons.isEmpty() && !two.reasons.isEmpty(), wirePatience);
    QVERIFY(!one.wire.isOpen());
    QVERIFY2(one.reasons.first().contains(QLatin1String("closed the connection")),
        qPrintable(one.reasons.first()));
    // It is tried again, and nobody is there.
    QTRY_VERIFY_WITH_TIMEOUT(
        one.reasons.size() > 2 && two.hasReason(QStringLiteral("cannot be reached")), wirePatience);
    QVERIFY2(m_server->start(), qPrintable(m_server->why()));
    QTRY_VERIFY_WITH_TIMEOUT(one.opened == 2 && two.opened == 2, wirePatience);
    one.wire.send("again");
    QTRY_COMPARE_WITH_TIMEOUT(two.frames, QList<QByteArray>{"again"}, wirePatience);
}

/// Nothing tells that the server hangs: whoever sends frames does not hear them, and asks for another connection.
void TestRedisWire::frozenServer()
{
    WireListener one(plain());
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(one.opened, wirePatience);
    m_server->freeze();
    one.wire.send("unheard");
    QVERIFY(one.wire.isOpen());
    one.wire.reconnect();
    QVERIFY(!one.wire.isOpen());
    QCOMPARE(one.reasons.size(), 1);
    // The kernel takes the connection in the server's place.
    QTRY_VERIFY_WITH_TIMEOUT(one.hasReason(QStringLiteral("did not answer within 2000 ms")), wirePatience);
    one.wire.reconnect(); // has nothing to drop
    m_server->thaw();
    QTRY_COMPARE_WITH_TIMEOUT(one.opened, 2, wirePatience);
    one.wire.send("heard");
    QTRY_VERIFY_WITH_TIMEOUT(one.frames.contains("heard"), wirePatience);
}

void TestRedisWire::serverThatTakesNothing()
{
    WireListener one(plain());
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(one.opened, wirePatience);
    m_server->freeze();
    const QByteArray frame(one.wire.mostFrameBytes(), 'x');
    int sent = 0;
    while (one.wire.isOpen() && sent < 1000) {
        one.wire.send(frame);
        ++sent;
    }
    m_server->thaw();
    QVERIFY(!one.wire.isOpen());
    QVERIFY(sent * frame.size() > Wire::mostQueuedBytes - frame.size());
    QVERIFY(sent * frame.size() < Wire::mostQueuedBytes + 2 * frame.size());
    QVERIFY2(one.hasReason(QStringLiteral("too slow")), qPrintable(one.reasons.join(u' ')));
    QTRY_COMPARE_WITH_TIMEOUT(one.opened, 2, wirePatience);
    // What was confirmed does not count: ten times the bound goes through a server that keeps up.
    one.frames.clear();
    for (int i = 1; i <= 10 * Wire::mostQueuedBytes / frame.size(); ++i) {
        one.wire.send(frame);
        if (i % 64 == 0)
            QTRY_VERIFY_WITH_TIMEOUT(one.frames.size() >= i - 32, wirePatience);
    }
    QCOMPARE(one.opened, 2);
    QVERIFY(one.wire.isOpen());
}

void TestRedisWire::subscribersAreCutOff()
{
    WireListener one(plain());
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(one.opened, wirePatience);
    QCOMPARE(m_server->ask({QStringLiteral("CLIENT"), QStringLiteral("KILL"), QStringLiteral("TYPE"),
                 QStringLiteral("pubsub")}),
        QStringLiteral("1"));
    QTRY_COMPARE_WITH_TIMEOUT(one.opened, 2, wirePatience);
    QCOMPARE(one.reasons.size(), 1);
    one.wire.send("again");
    QTRY_COMPARE_WITH_TIMEOUT(one.frames, QList<QByteArray>{"again"}, wirePatience);
}

void TestRedisWire::publishersAreCutOff()
{
    WireListener one(plain());
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(one.opened, wirePatience);
    QCOMPARE(m_server->ask({QStringLiteral("CLIENT"), QStringLiteral("KILL"), QStringLiteral("TYPE"),
                 QStringLiteral("normal")}),
        QStringLiteral("1"));
    QTRY_COMPARE_WITH_TIMEOUT(one.opened, 2, wirePatience);
    // The subscription went with it, or there would be two now.
    const QStringList question{
        QStringLiteral("PUBSUB"), QStringLiteral("NUMSUB"), QStringLiteral("rk:{test.0}")};
    QTRY_COMPARE_WITH_TIMEOUT(m_server->ask(question), QStringLiteral("rk:{test.0}\n1"), wirePatience);
}

/// Whoever hears of something may delete the wire.
void TestRedisWire::whoIsDeletedMeanwhile()
{
    for (const bool whenOpened : {true, false}) {
        QPointer<RedisWire> wire(new RedisWire(plain(), "rk:{test.0}"));
        RedisWire *const raw = wire;
        connect(raw, &Wire::opened, this, [=] {
            raw->send("one");
            raw->send("two");
            if (whenOpened)
                delete raw;
        });
        connect(raw, &Wire::received, this, [=] { delete raw; });
        wire->open();
        QTRY_VERIFY_WITH_TIMEOUT(!wire, wirePatience);
    }
    QPointer<RedisWire> wire(new RedisWire(optionsOf(QStringLiteral("redis+unix:///nobody/there")), "c"));
    RedisWire *const raw = wire;
    connect(raw, &Wire::closed, this, [=] { delete raw; });
    wire->open();
    QTRY_VERIFY_WITH_TIMEOUT(!wire, wirePatience);
}

void TestRedisWire::passwords_data()
{
    QTest::addColumn<QString>("account"); // with a `@`
    QTest::addColumn<QString>("says"); // empty: it opens
    QTest::newRow("right") << ":open sesame@" << QString();
    QTest::newRow("of an ACL user") << "ann:open%3Asesame@" << QString();
    QTest::newRow("wrong") << ":Hunter2@"
                           << "does not accept the password";
    QTest::newRow("of another user") << "ann:Hunter2@"
                                     << "does not accept the password";
    QTest::newRow("of nobody") << "bob:Hunter2@"
                               << "does not accept the password";
    QTest::newRow("none") << ""
                          << "wants a password";
}

void TestRedisWire::passwords()
{
    QFETCH(QString, account);
    QFETCH(QString, says);
    RedisServer server;
    const QString password = QStringLiteral("open sesame");
    server.setPassword(password);
    QVERIFY2(server.start({QStringLiteral("requirepass \"open sesame\""),
                 QStringLiteral("user ann on >open:sesame &rk:* +publish +subscribe")}),
        qPrintable(server.why()));
    WireListener one(optionsOf(socketUrl(server, account)));
    one.wire.open();
    if (says.isEmpty()) {
        QTRY_VERIFY_WITH_TIMEOUT(one.opened, wirePatience);
        QVERIFY2(one.reasons.isEmpty(), qPrintable(one.reasons.join(u' ')));
        one.wire.send("hello");
        QTRY_COMPARE_WITH_TIMEOUT(one.frames, QList<QByteArray>{"hello"}, wirePatience);
        return;
    }
    QTRY_VERIFY_WITH_TIMEOUT(one.reasons.size() > 1, wirePatience);
    QCOMPARE(one.opened, 0);
    for (const QString &reason : std::as_const(one.reasons)) {
        QVERIFY2(reason.contains(says), qPrintable(reason));
        QVERIFY2(!reason.contains(QLatin1String("unter2")), qPrintable(reason));
    }
}

void TestRedisWire::whoMayNotPublish()
{
    RedisServer server;
    QVERIFY2(
        server.start({QStringLiteral("user ann on >sesame &rk:* +subscribe")}), qPrintable(server.why()));
    WireListener one(optionsOf(socketUrl(server, QStringLiteral("ann:sesame@"))));
    connect(&one.wire, &Wire::opened, &one.wire, [&one] { one.wire.send("sesame"); });
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(one.reasons.size() > 3, wirePatience);
    for (const QString &reason : std::as_const(one.reasons)) {
        QVERIFY2(reason.contains(QLatin1String("does not publish, and said: NOPERM")), qPrintable(reason));
        QVERIFY2(!reason.contains(QLatin1String("sesame")), qPrintable(reason));
    }
}

void TestRedisWire::whoMayNotSubscribe()
{
    RedisServer server;
    QVERIFY2(
        server.start({QStringLiteral("user ann on >sesame resetchannels &other +publish +subscribe +ping")}),
        qPrintable(server.why()));
    WireListener one(optionsOf(socketUrl(server, QStringLiteral("ann:sesame@"))));
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(!one.reasons.isEmpty(), wirePatience);
    QVERIFY2(one.reasons.first().contains(QLatin1String("NOPERM")), qPrintable(one.reasons.first()));
    QCOMPARE(one.opened, 0);
}

void TestRedisWire::certificates_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<bool>("isTrusted");
    QTest::addColumn<QString>("says"); // empty: it opens
    QTest::newRow("by its address") << "127.0.0.1" << true << QString();
    QTest::newRow("by its name") << "localhost" << true << QString();
    QTest::newRow("unknown authority") << "127.0.0.1" << false << "shows a certificate that is not accepted";
    QTest::newRow("another host's") << "127.0.0.2" << true << "The host name did not match";
}

void TestRedisWire::certificates()
{
    QFETCH(QString, host);
    QFETCH(bool, isTrusted);
    QFETCH(QString, says);
    RedisServer server;
    const auto write = [&server](const QString &name, const QByteArray &pem) {
        QFile file(server.path(name));
        return file.open(QIODevice::WriteOnly) && file.write(pem) == pem.size();
    };
    const auto own = test::makeCertificate("redis");
    const auto other = test::makeCertificate("other");
    QVERIFY(write(QStringLiteral("cert.pem"), own.certificate.toPem()));
    QVERIFY(write(QStringLiteral("key.pem"), own.key.toPem()));
    QVERIFY(write(QStringLiteral("ca.pem"), (isTrusted ? own : other).certificate.toPem()));
    const quint16 port = RedisServer::freePort();
    QVERIFY2(
        server.start({QStringLiteral("tls-port %1").arg(port), QStringLiteral("bind 127.0.0.1 127.0.0.2"),
            QStringLiteral("tls-cert-file %1").arg(server.path(QStringLiteral("cert.pem"))),
            QStringLiteral("tls-key-file %1").arg(server.path(QStringLiteral("key.pem"))),
            QStringLiteral("tls-ca-cert-file %1").arg(server.path(QStringLiteral("cert.pem"))),
            QStringLiteral("tls-auth-clients no")}),
        qPrintable(server.why()));
    WireListener one(optionsOf(QStringLiteral("rediss://:Hunter2@%1:%2").arg(host).arg(port), {},
        server.path(QStringLiteral("ca.pem"))));
    if (says.isEmpty())
        server.ask({QStringLiteral("CONFIG"), QStringLiteral("SET"), QStringLiteral("requirepass"),
            QStringLiteral("Hunter2")});
    one.wire.open();
    if (!says.isEmpty()) {
        QTRY_VERIFY_WITH_TIMEOUT(one.reasons.size() > 1, wirePatience);
        QVERIFY2(one.reasons.first().contains(says), qPrintable(one.reasons.first()));
        QVERIFY2(!one.reasons.first().contains(QLatin1String("Hunter2")), qPrintable(one.reasons.first()));
        QCOMPARE(one.opened, 0);
        return;
    }
    QTRY_VERIFY_WITH_TIMEOUT(one.opened, wirePatience);
    QVERIFY2(one.reasons.isEmpty(), qPrintable(one.reasons.join(u' ')));
    const QByteArray frame(one.wire.mostFrameBytes(), '\xff');
    for (int i = 0; i < 50; ++i)
        one.wire.send(frame);
    QTRY_COMPARE_WITH_TIMEOUT(one.frames.size(), 50, wirePatience);
    QVERIFY(one.frames.last() == frame);
}

/// A name may have several addresses, of which not each is listened on.
void TestRedisWire::byName()
{
    WireListener one(optionsOf(QStringLiteral("redis://localhost:%1").arg(m_server->port())));
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(one.opened, wirePatience);
    QVERIFY2(one.reasons.isEmpty(), qPrintable(one.reasons.join(u' ')));
}

void TestRedisWire::nobodyListens()
{
    for (const QString &address :
        {QStringLiteral("redis://:Hunter2@127.0.0.1:%1").arg(RedisServer::freePort()),
            QStringLiteral("redis+unix://:Hunter2@/nobody/there.sock")}) {
        WireListener one(optionsOf(address));
        one.wire.open();
        QTRY_VERIFY_WITH_TIMEOUT(one.reasons.size() > 1, wirePatience);
        QVERIFY2(one.reasons.first().contains(QLatin1String("cannot be reached: ")),
            qPrintable(one.reasons.first()));
        QVERIFY2(!one.reasons.first().contains(QLatin1String("Hunter2")), qPrintable(one.reasons.first()));
    }
}

void TestRedisWire::nameThatDoesNotExist()
{
    WireListener one(optionsOf(QStringLiteral("redis://redis.invalid")));
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(!one.reasons.isEmpty(), wirePatience);
    QVERIFY2(one.reasons.first().startsWith(QLatin1String("Redis at redis.invalid:6379 cannot be found: ")),
        qPrintable(one.reasons.first()));
}

QTEST_GUILESS_MAIN(TestRedisWire)
#include "tst_rediswire.moc"
