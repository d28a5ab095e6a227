// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/redis/redisbuckets.h"
#include "server/bus/redis/redislink.h"
#include "tests/server/bus/redis/wirelistener.h"
#include "tests/support/redisserver.h"

#include <QElapsedTimer>
#include <QRegularExpression>
#include <QTest>

#include <memory>

using namespace rookery;
using namespace rookery::bus;
using namespace std::chrono_literals;
using test::optionsOf;
using test::RedisServer;

namespace {

constexpr int bucketPatience = 30'000; // milliseconds; never a pause

using Wait = std::optional<std::chrono::milliseconds>;

Bucket bucketOf(const QString &name, int tokens = 10, std::chrono::nanoseconds perToken = 1h)
{
    return {name, perToken, perToken * tokens};
}

const Bucket annsLogins = bucketOf(QStringLiteral("log-ins ann@192.0.2.1"));

} // namespace

/// On a real server.
class TestRedisBuckets : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();

    void oneBucketForAllNodes();
    void severalBuckets();
    void aBucketFillsAgain();
    void keysShowNothingAndEnd();
    void aClockThatWasSetBack();
    void flushedServer();
    void fullServer();
    void frozenServer();
    void killedServer();
    void noMasterAnyMore();
    void questionsAreBounded();
    void whoHasGoneIsNotAnswered();
    void theEndAnswersAll();

private:
    std::unique_ptr<RedisBuckets> newBuckets(const QByteArray &secret = "secret") const
    {
        auto buckets =
            std::make_unique<RedisBuckets>(optionsOf(QStringLiteral("redis+unix://") + m_server.socket()),
                RedisBucketsOptions{.prefix = "rk:{test}:l:", .secret = secret});
        if (!QTest::qWaitFor([&] { return buckets->isOpen(); }, bucketPatience))
            qFatal("no connection");
        return buckets;
    }
    /// nullopt: nobody was asked, or there was no answer.
    Wait take(RedisBuckets &buckets, const std::vector<Bucket> &taken)
    {
        std::optional<Wait> answer;
        if (!buckets.take(taken, this, [&answer](Wait wait) { answer = wait; }))
            return std::nullopt;
        if (!QTest::qWaitFor([&answer] { return answer.has_value(); }, bucketPatience))
            qFatal("no answer came");
        return *answer;
    }
    int granted(RedisBuckets &buckets, const Bucket &bucket)
    {
        int count = 0;
        while (count < 100 && take(buckets, {bucket}) == Wait(0ms))
            ++count;
        return count;
    }
    QStringList keys() const
    {
        return m_server.ask({QStringLiteral("KEYS"), QStringLiteral("*")}).split(u'\n', Qt::SkipEmptyParts);
    }

    RedisServer m_server;
};

void TestRedisBuckets::init()
{
    if (m_server.isRunning())
        m_server.thaw();
    else
        QVERIFY2(m_server.start(), qPrintable(m_server.why()));
    QCOMPARE(m_server.ask({QStringLiteral("FLUSHALL")}), QStringLiteral("OK"));
}

void TestRedisBuckets::oneBucketForAllNodes()
{
    const std::array nodes{newBuckets(), newBuckets(), newBuckets()};
    int count = 0;
    for (int i = 0; i < 30; ++i) {
        const Wait wait = take(*nodes[size_t(i % 3)], {annsLogins});
        QVERIFY(wait);
        if (*wait == 0ms)
            ++count;
        else
            QVERIFY(*wait > 50min && *wait <= 1h);
    }
    QCOMPARE(count, 10);
    QCOMPARE(granted(*nodes[0], bucketOf(QStringLiteral("ben"), 3)), 3);
}

void TestRedisBuckets::severalBuckets()
{
    const auto buckets = newBuckets();
    const Bucket small = bucketOf(QStringLiteral("small"), 2);
    const Bucket large = bucketOf(QStringLiteral("large"), 5);
    QCOMPARE(take(*buckets, {small, large}), Wait(0ms));
    QCOMPARE(take(*buckets, {small, large}), Wait(0ms));
    QVERIFY(*take(*buckets, {small, large}) > 0ms);
    QCOMPARE(granted(*buckets, large), 3); // what comes behind an empty one was not taken
}

void TestRedisBuckets::aBucketFillsAgain()
{
    const auto buckets = newBuckets();
    const Bucket quick = bucketOf(QStringLiteral("quick"), 3, 300ms);
    QVERIFY(granted(*buckets, quick) >= 3);
    QVERIFY(*take(*buckets, {quick}) <= 300ms);
    QTRY_VERIFY_WITH_TIMEOUT(keys().isEmpty(), bucketPatience); // full
    QVERIFY(granted(*buckets, quick) >= 3);
}

void TestRedisBuckets::keysShowNothingAndEnd()
{
    const std::array nodes{newBuckets(), newBuckets()};
    const QStringList names{
        QStringLiteral("ann"), QStringLiteral("192.0.2.1"), QStringLiteral("2001:db8::/64")};
    for (const auto &node : nodes) {
        for (const QString &name : names)
            QCOMPARE(take(*node, {bucketOf(name)}), Wait(0ms));
    }
    QCOMPARE(keys().size(), names.size());
    static const QRegularExpression digest(QStringLiteral("^rk:\\{test\\}:l:[-_A-Za-z0-9]{43}$"));
    for (const QString &key : keys()) {
        QVERIFY2(digest.match(key).hasMatch(), qPrintable(key));
        const int seconds = m_server.ask({QStringLiteral("TTL"), key}).toInt();
        QVERIFY2(seconds > 3'600 && seconds <= 7'200, qPrintable(QString::number(seconds)));
        QVERIFY2(m_server.ask({QStringLiteral("GET"), key}).toLongLong() > 0, qPrintable(key));
    }
    // Who does not know the secret cannot find out who has a bucket.
    const auto other = newBuckets("another");
    QCOMPARE(take(*other, {bucketOf(names.first())}), Wait(0ms));
    QCOMPARE(keys().size(), names.size() + 1);
}

void TestRedisBuckets::aClockThatWasSetBack()
{
    const auto buckets = newBuckets();
    QCOMPARE(take(*buckets, {annsLogins}), Wait(0ms));
    m_server.ask({QStringLiteral("SET"), keys().first(), QStringLiteral("9000000000000000")});
    const Wait wait = take(*buckets, {annsLogins});
    QVERIFY(wait && *wait > 0ms && *wait <= 1h);
}

void TestRedisBuckets::flushedServer()
{
    const auto buckets = newBuckets();
    QCOMPARE(granted(*buckets, annsLogins), 10);
    m_server.ask({QStringLiteral("FLUSHALL")});
    m_server.ask({QStringLiteral("SCRIPT"), QStringLiteral("FLUSH")});
    QCOMPARE(granted(*buckets, annsLogins), 10);
}

void TestRedisBuckets::fullServer()
{
    const auto buckets = newBuckets();
    QCOMPARE(take(*buckets, {annsLogins}), Wait(0ms));
    const auto setMemory = [this](const QString &bytes) {
        m_server.ask({QStringLiteral("CONFIG"), QStringLiteral("SET"), QStringLiteral("maxmemory"), bytes});
    };
    setMemory(QStringLiteral("1"));
    QTest::ignoreMessage(
        QtWarningMsg, QRegularExpression(QStringLiteral("for itself: Redis refuses it: [A-Z]+$")));
    for (int i = 0; i < 3; ++i) // once in the log
        QCOMPARE(take(*buckets, {annsLogins}), Wait());
    setMemory(QStringLiteral("0"));
    QTest::ignoreMessage(QtInfoMsg, "log-ins are counted for all nodes together again");
    QCOMPARE(granted(*buckets, annsLogins), 9);
}

void TestRedisBuckets::frozenServer()
{
    const auto buckets = newBuckets();
    QCOMPARE(take(*buckets, {annsLogins}), Wait(0ms));
    m_server.freeze();
    QElapsedTimer since;
    since.start();
    QCOMPARE(take(*buckets, {annsLogins}), Wait());
    QVERIFY(since.elapsed() >= Buckets::answerTime.count());
    QVERIFY2(since.elapsed() < RedisLink::patience.count() / 2, qPrintable(QString::number(since.elapsed())));
    // Nobody else waits.
    QVERIFY(!buckets->isOpen());
    QVERIFY(!buckets->take({annsLogins}, this, [](Wait) { qFatal("was not asked"); }));
    m_server.thaw();
    QTRY_VERIFY_WITH_TIMEOUT(buckets->isOpen(), bucketPatience);
    // What was asked in vain may have been counted when it thawed.
    const int count = granted(*buckets, annsLogins);
    QVERIFY2(count == 8 || count == 9, qPrintable(QString::number(count)));
}

void TestRedisBuckets::killedServer()
{
    const auto buckets = newBuckets();
    m_server.kill();
    QTRY_VERIFY_WITH_TIMEOUT(!buckets->isOpen(), bucketPatience);
    QCOMPARE(take(*buckets, {annsLogins}), Wait());
    QVERIFY2(m_server.start(), qPrintable(m_server.why()));
    QTRY_VERIFY_WITH_TIMEOUT(buckets->isOpen(), bucketPatience);
    QCOMPARE(granted(*buckets, annsLogins), 10);
}

void TestRedisBuckets::noMasterAnyMore()
{
    const auto buckets = newBuckets();
    const auto replicate = [this](const QStringList &of) {
        m_server.ask(QStringList{QStringLiteral("REPLICAOF")} + of);
    };
    replicate({QStringLiteral("127.0.0.1"), QString::number(RedisServer::freePort())});
    QTest::ignoreMessage(
        QtWarningMsg, QRegularExpression(QStringLiteral("for itself: .*is no master any more")));
    QCOMPARE(take(*buckets, {annsLogins}), Wait());
    QVERIFY(!buckets->isOpen()); // the connection is made anew
    replicate({QStringLiteral("NO"), QStringLiteral("ONE")});
    QTRY_VERIFY_WITH_TIMEOUT(buckets->isOpen(), bucketPatience);
    QCOMPARE(take(*buckets, {annsLogins}), Wait(0ms));
}

void TestRedisBuckets::questionsAreBounded()
{
    const auto buckets = newBuckets();
    m_server.freeze();
    int asked = 0;
    int unanswered = 0;
    while (asked < 2 * RedisBuckets::mostAsked
        && buckets->take({annsLogins}, this, [&unanswered](Wait wait) { unanswered += wait ? 0 : 1; }))
        ++asked;
    QVERIFY(asked > 0 && asked <= RedisBuckets::mostAsked);
    QTRY_COMPARE_WITH_TIMEOUT(unanswered, asked, bucketPatience);
    m_server.thaw();
    QTRY_VERIFY_WITH_TIMEOUT(buckets->isOpen(), bucketPatience);
    QVERIFY(take(*buckets, {bucketOf(QStringLiteral("ben"))}));
}

void TestRedisBuckets::whoHasGoneIsNotAnswered()
{
    const auto buckets = newBuckets();
    auto context = std::make_unique<QObject>();
    QVERIFY(buckets->take({annsLogins}, context.get(), [](Wait) { qFatal("there is nobody to answer"); }));
    context.reset();
    QCOMPARE(take(*buckets, {annsLogins}), Wait(0ms)); // comes behind it
    QCOMPARE(granted(*buckets, annsLogins), 8);
}

void TestRedisBuckets::theEndAnswersAll()
{
    auto buckets = newBuckets();
    m_server.freeze();
    int answered = 0;
    for (int i = 0; i < 10; ++i)
        QVERIFY(buckets->take({annsLogins}, this, [&answered](Wait wait) { answered += wait ? 0 : 1; }));
    buckets.reset();
    m_server.thaw();
    QTRY_COMPARE_WITH_TIMEOUT(answered, 10, bucketPatience);
}

QTEST_GUILESS_MAIN(TestRedisBuckets)
#include "tst_redisbuckets.moc"
