// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/bus/redis/wirelistener.h"
#include "tests/support/redisserver.h"

#include <QTest>

using namespace rookery;
using namespace rookery::bus;
using test::optionsOf;
using test::RedisServer;
using test::WireListener;

namespace {

constexpr int sentinelPatience = 60'000; // milliseconds; never a pause

} // namespace

/// The wire behind a real Sentinel, with a master and a replica.
class TestRedisSentinel : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void unknownMaster();
    void replicaIsNoMaster();
    void failover();

private:
    QString url(const QString &master = QStringLiteral("main")) const
    {
        // The first one is not there.
        return QStringLiteral("redis+sentinel://:open%20sesame@127.0.0.1:%1,127.0.0.1:%2/%3")
            .arg(RedisServer::freePort())
            .arg(m_sentinel->port())
            .arg(master);
    }

    std::unique_ptr<RedisServer> m_master;
    std::unique_ptr<RedisServer> m_replica;
    std::unique_ptr<RedisServer> m_sentinel;
};

void TestRedisSentinel::initTestCase()
{
    const QString password = QStringLiteral("open sesame");
    const QStringList secret{
        QStringLiteral("requirepass \"open sesame\""), QStringLiteral("masterauth \"open sesame\"")};
    m_master = std::make_unique<RedisServer>();
    m_replica = std::make_unique<RedisServer>();
    m_sentinel = std::make_unique<RedisServer>(RedisServer::Kind::Sentinel);
    for (RedisServer *each : {m_master.get(), m_replica.get(), m_sentinel.get()})
        each->setPassword(password);
    QVERIFY2(m_master->start(secret), qPrintable(m_master->why()));
    QVERIFY2(m_replica->start(
                 secret + QStringList{QStringLiteral("replicaof 127.0.0.1 %1").arg(m_master->port())}),
        qPrintable(m_replica->why()));
    QTRY_VERIFY_WITH_TIMEOUT(
        m_replica->ask({QStringLiteral("ROLE")}).contains(QLatin1String("connected")), sentinelPatience);
    // It wants the password itself, as Sentinels may.
    QVERIFY2(m_sentinel->start({QStringLiteral("requirepass \"open sesame\""),
                 QStringLiteral("sentinel monitor main 127.0.0.1 %1 1").arg(m_master->port()),
                 QStringLiteral("sentinel auth-pass main \"open sesame\""),
                 QStringLiteral("sentinel down-after-milliseconds main 500"),
                 QStringLiteral("sentinel failover-timeout main 5000"),
                 QStringLiteral("sentinel monitor replica 127.0.0.1 %1 1").arg(m_replica->port()),
                 QStringLiteral("sentinel auth-pass replica \"open sesame\"")}),
        qPrintable(m_sentinel->why()));
    QTRY_VERIFY_WITH_TIMEOUT(
        m_sentinel->ask({QStringLiteral("SENTINEL"), QStringLiteral("replicas"), QStringLiteral("main")})
            .contains(QString::number(m_replica->port())),
        sentinelPatience);
}

void TestRedisSentinel::init()
{
    QVERIFY(m_master->isRunning() && m_replica->isRunning() && m_sentinel->isRunning());
}

void TestRedisSentinel::unknownMaster()
{
    WireListener one(optionsOf(url(QStringLiteral("other"))));
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(one.reasons.size() > 1, sentinelPatience);
    QVERIFY2(one.hasReason(QStringLiteral("The Sentinel at 127.0.0.1:%1 knows no master of the name 'other'.")
                               .arg(m_sentinel->port())),
        qPrintable(one.reasons.join(u' ')));
    QCOMPARE(one.opened, 0);
}

/// What a Sentinel says may be out of date: here it has been told something wrong.
void TestRedisSentinel::replicaIsNoMaster()
{
    WireListener one(optionsOf(url(QStringLiteral("replica"))));
    one.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(one.reasons.size() > 1, sentinelPatience);
    QVERIFY2(one.hasReason(QStringLiteral("Redis at 127.0.0.1:%1 is not a master").arg(m_replica->port())),
        qPrintable(one.reasons.join(u' ')));
    QCOMPARE(one.opened, 0);
}

void TestRedisSentinel::failover()
{
    WireListener one(optionsOf(url()));
    WireListener two(optionsOf(url()));
    one.wire.open();
    two.wire.open();
    QTRY_VERIFY_WITH_TIMEOUT(one.opened && two.opened, sentinelPatience);
    QVERIFY2(one.reasons.isEmpty(), qPrintable(one.reasons.join(u' ')));
    one.wire.send("before");
    QTRY_COMPARE_WITH_TIMEOUT(two.frames, QList<QByteArray>{"before"}, sentinelPatience);

    m_master->kill();
    QTRY_VERIFY_WITH_TIMEOUT(!one.reasons.isEmpty() && !two.reasons.isEmpty(), sentinelPatience);
    QTRY_VERIFY_WITH_TIMEOUT(one.opened == 2 && two.opened == 2, sentinelPatience);
    QVERIFY(m_replica->ask({QStringLiteral("ROLE")}).startsWith(QLatin1String("master")));
    one.wire.send("after");
    QTRY_COMPARE_WITH_TIMEOUT(two.frames.value(1), QByteArray("after"), sentinelPatience);

    // The old one comes back as a replica, and changes nothing.
    QVERIFY2(m_master->start({QStringLiteral("requirepass \"open sesame\""),
                 QStringLiteral("masterauth \"open sesame\"")}),
        qPrintable(m_master->why()));
    QTRY_VERIFY_WITH_TIMEOUT(
        m_master->ask({QStringLiteral("ROLE")}).startsWith(QLatin1String("slave")), sentinelPatience);
    one.wire.send("last");
    QTRY_COMPARE_WITH_TIMEOUT(two.frames.value(2), QByteArray("last"), sentinelPatience);
    for (const QString &reason : one.reasons + two.reasons)
        QVERIFY2(!reason.contains(QLatin1String("sesame")), qPrintable(reason));
}

QTEST_GUILESS_MAIN(TestRedisSentinel)
#include "tst_redissentinel.moc"
