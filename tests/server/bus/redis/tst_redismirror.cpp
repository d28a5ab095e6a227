// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/cluster/clusterbus.h"
#include "server/bus/cluster/node.h"
#include "server/bus/redis/redismirror.h"
#include "tests/server/bus/redis/wirelistener.h"
#include "tests/support/redisserver.h"

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QTest>

#include <memory>

using namespace rookery;
using namespace rookery::bus;
using namespace std::chrono_literals;
using test::optionsOf;
using test::RedisServer;

namespace {

constexpr int mirrorPatience = 30'000; // milliseconds; never a pause

const QString prefix = QStringLiteral("rk:{test}:");
const QString lobby = QStringLiteral("lobby-id");
const User ann{QStringLiteral("ann-id"), QStringLiteral("ann")};
const User ben{QStringLiteral("ben-id"), QStringLiteral("ben")};
const User guest{QStringLiteral("guest-id"), QStringLiteral("Guest 7"), true};

} // namespace

/// Who is present, on a real server, as redis-cli sees it.
class TestRedisMirror : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();

    void whoIsPresent();
    void everyKeyHasAnEnd();
    void severalHubsAreOneUser();
    void hubsOfAProcess();
    void whoLeavesCleanly();
    void manyRoomsAndUsers();
    void flushedServer();
    void killedServer();
    void frozenServer();
    void lostLease();
    void removedKeys();
    void killedNode();
    void killedNodeWithManyUsers();
    void otherNodesStay();
    void databases();
    void policyIsWarnedOf();
    void whoMayNotWrite();
    void failover();

private:
    RedisOptions plain() const { return optionsOf(QStringLiteral("redis+unix://") + m_server->socket()); }
    RedisMirrorOptions options() const
    {
        return {.prefix = prefix.toUtf8(),
            .name = QStringLiteral("rook"),
            .version = QStringLiteral("1.2.3"),
            .renewal = 100ms};
    }
    std::unique_ptr<RedisMirror> newMirror(const RedisMirrorOptions &with) const
    {
        auto mirror = std::make_unique<RedisMirror>(plain(), with);
        mirror->open();
        return mirror;
    }
    std::unique_ptr<RedisMirror> newMirror() const { return newMirror(options()); }
    /// One that is found dead soon after its end.
    std::unique_ptr<RedisMirror> newMortal() const
    {
        RedisMirrorOptions with = options();
        with.lease = 1'000ms;
        return newMirror(with);
    }
    /// What redis-cli prints for a command about one of the keys.
    QString ask(const QString &command, const QString &key, const QStringList &more = {}) const
    {
        return m_server->ask(QStringList{command, prefix + key} + more);
    }
    /// Who is in the room, by name, as long as their node has a lease; in order.
    QStringList presentIn(const QString &room) const;

    std::unique_ptr<RedisServer> m_server;
};

namespace {

PresenceChanged came(const User &user, const QString &room = lobby, HubId hub = 1, Role role = Role::Member)
{
    return {room, user, role, true, hub};
}

PresenceChanged went(const User &user, const QString &room = lobby, HubId hub = 1)
{
    return {room, user, Role::Member, false, hub};
}

} // namespace

void TestRedisMirror::initTestCase()
{
    m_server = std::make_unique<RedisServer>();
}

void TestRedisMirror::init()
{
    if (!m_server->isRunning())
        QVERIFY2(m_server->start(), qPrintable(m_server->why()));
    QCOMPARE(m_server->ask({QStringLiteral("FLUSHALL")}), QStringLiteral("OK"));
}

QStringList TestRedisMirror::presentIn(const QString &room) const
{
    const QStringList lines =
        ask(QStringLiteral("HGETALL"), QStringLiteral("p:") + room).split(u'\n', Qt::SkipEmptyParts);
    QStringList names;
    for (qsizetype i = 0; i + 1 < lines.size(); i += 2) {
        const QString node = lines[i].section(u':', 0, 0);
        const QJsonObject value = QJsonDocument::fromJson(lines[i + 1].toUtf8()).object();
        if (ask(QStringLiteral("EXISTS"), QStringLiteral("node:") + node) == QLatin1String("1"))
            names.append(value[QLatin1String("name")].toString());
    }
    names.sort();
    return names;
}

void TestRedisMirror::whoIsPresent()
{
    const auto mirror = newMirror();
    mirror->presence(came(ann, lobby, 1, Role::Owner));
    mirror->presence(came(guest, lobby, 1, Role::None));
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({guest.name, ann.name}), mirrorPatience);
    const QString node = ask(QStringLiteral("SMEMBERS"), QStringLiteral("nodes"));
    QCOMPARE(node.size(), 16);
    QCOMPARE(ask(QStringLiteral("GET"), QStringLiteral("node:") + node),
        QStringLiteral(R"({"name":"rook","version":"1.2.3"})"));
    QCOMPARE(ask(QStringLiteral("HGET"), QStringLiteral("p:") + lobby, {node + u':' + ann.id}),
        QStringLiteral(R"({"guest":false,"member":true,"name":"ann","role":"owner"})"));
    QCOMPARE(ask(QStringLiteral("HGET"), QStringLiteral("p:") + lobby, {node + u':' + guest.id}),
        QStringLiteral(R"({"guest":true,"member":false,"name":"Guest 7","role":"none"})"));
    QCOMPARE(ask(QStringLiteral("SMEMBERS"), QStringLiteral("r:") + node), lobby);
    QTRY_COMPARE_WITH_TIMEOUT(ask(QStringLiteral("ZRANGE"), QStringLiteral("rooms"),
                                  {QStringLiteral("0"), QStringLiteral("-1"), QStringLiteral("WITHSCORES")}),
        lobby + QStringLiteral("\n2"), mirrorPatience);
    mirror->presence(came(ann, lobby, 1, Role::Moderator));
    QTRY_VERIFY_WITH_TIMEOUT(ask(QStringLiteral("HGET"), QStringLiteral("p:") + lobby, {node + u':' + ann.id})
                                 .contains(QLatin1String("moderator")),
        mirrorPatience);
    mirror->presence(went(guest));
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name}), mirrorPatience);
    QTRY_COMPARE_WITH_TIMEOUT(
        ask(QStringLiteral("ZSCORE"), QStringLiteral("rooms"), {lobby}), QStringLiteral("1"), mirrorPatience);
    mirror->presence(went(ann));
    QTRY_COMPARE_WITH_TIMEOUT(
        ask(QStringLiteral("EXISTS"), QStringLiteral("r:") + node), QStringLiteral("0"), mirrorPatience);
    QCOMPARE(ask(QStringLiteral("EXISTS"), QStringLiteral("p:") + lobby), QStringLiteral("0"));
    QCOMPARE(ask(QStringLiteral("EXISTS"), QStringLiteral("rooms")), QStringLiteral("0"));
    // Back at once: what was to be removed stays.
    mirror->presence(came(ann));
    mirror->presence(went(ann));
    mirror->presence(came(ann));
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name}), mirrorPatience);
}

void TestRedisMirror::everyKeyHasAnEnd()
{
    const auto mirror = newMirror();
    mirror->presence(came(ann));
    QTRY_COMPARE_WITH_TIMEOUT(
        ask(QStringLiteral("EXISTS"), QStringLiteral("rooms")), QStringLiteral("1"), mirrorPatience);
    const QStringList keys = m_server->ask({QStringLiteral("KEYS"), QStringLiteral("*")}).split(u'\n');
    QCOMPARE(keys.size(), 5);
    for (const QString &key : keys) {
        QVERIFY2(key.startsWith(prefix), qPrintable(key));
        const int seconds = m_server->ask({QStringLiteral("TTL"), key}).toInt();
        QVERIFY2(seconds >= 0 && seconds <= 600, qPrintable(QStringLiteral("%1: %2").arg(key).arg(seconds)));
    }
}

void TestRedisMirror::severalHubsAreOneUser()
{
    const auto mirror = newMirror();
    mirror->presence(came(ann, lobby, 1));
    mirror->presence(came(ann, lobby, 2));
    mirror->presence(came(ann, lobby, 2)); // may be said twice
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name}), mirrorPatience);
    mirror->presence(went(ann, lobby, 1));
    mirror->presence(went(ann, lobby, 1));
    mirror->presence(came(ben, lobby, 1));
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name, ben.name}), mirrorPatience);
    mirror->presence(went(ann, lobby, 2));
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ben.name}), mirrorPatience);
}

void TestRedisMirror::hubsOfAProcess()
{
    ClusterBus bus(std::make_shared<threads::Postboxes>());
    bus.start(nullptr, [] { return std::vector<std::unique_ptr<Wire>>(); },
        {.makeMirror = [this] { return std::make_unique<RedisMirror>(plain(), options()); }});
    QObject first;
    QObject second;
    for (QObject *hub : {&first, &second})
        bus.subscribe(hub, [](const Notice &) {});
    bus.enter(&first, lobby, ann, Role::Member);
    bus.enter(&second, lobby, ann, Role::Member);
    bus.enter(&second, lobby, ben, Role::Member);
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name, ben.name}), mirrorPatience);
    bus.leave(&first, lobby, ann.id);
    bus.leave(&second, lobby, ben.id);
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name}), mirrorPatience);
    bus.unsubscribe(&second);
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList(), mirrorPatience);
    bus.enter(&first, lobby, ann, Role::Member);
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name}), mirrorPatience);
    bus.stop();
    QCOMPARE(m_server->ask({QStringLiteral("DBSIZE")}), QStringLiteral("0"));
    bus.unsubscribe(&first);
}

void TestRedisMirror::whoLeavesCleanly()
{
    const auto mirror = newMirror();
    for (int i = 0; i < 250; ++i)
        mirror->presence(came({QStringLiteral("id %1").arg(i), QStringLiteral("user %1").arg(i)}));
    QTRY_COMPARE_WITH_TIMEOUT(ask(QStringLiteral("ZSCORE"), QStringLiteral("rooms"), {lobby}),
        QStringLiteral("250"), mirrorPatience);
    mirror->leave();
    QCOMPARE(m_server->ask({QStringLiteral("DBSIZE")}), QStringLiteral("0"));
    // Nor where nobody answers.
    const auto other = newMirror();
    other->presence(came(ann));
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name}), mirrorPatience);
    m_server->freeze();
    QElapsedTimer since;
    since.start();
    other->leave();
    const qint64 took = since.elapsed();
    m_server->thaw();
    QVERIFY2(took < 5'000, qPrintable(QString::number(took)));
}

void TestRedisMirror::manyRoomsAndUsers()
{
    static constexpr int rooms = 2'000;
    static constexpr int users = 3'000;
    const auto mirror = newMirror();
    for (int i = 0; i < rooms; ++i)
        mirror->presence(came(ann, QStringLiteral("room %1").arg(i)));
    for (int i = 0; i < users; ++i)
        mirror->presence(came({QStringLiteral("id %1").arg(i), QStringLiteral("user %1").arg(i)}));
    const auto counted = [this](int count) {
        return ask(QStringLiteral("ZCARD"), QStringLiteral("rooms")) == QString::number(count);
    };
    QTRY_VERIFY_WITH_TIMEOUT(counted(rooms + 1), mirrorPatience);
    QTRY_COMPARE_WITH_TIMEOUT(ask(QStringLiteral("ZSCORE"), QStringLiteral("rooms"), {lobby}),
        QString::number(users), mirrorPatience);
    for (int i = 0; i < rooms; ++i)
        mirror->presence(went(ann, QStringLiteral("room %1").arg(i)));
    QTRY_VERIFY_WITH_TIMEOUT(counted(1), mirrorPatience);
}

void TestRedisMirror::flushedServer()
{
    const auto mirror = newMirror();
    mirror->presence(came(ann));
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name}), mirrorPatience);
    QCOMPARE(m_server->ask({QStringLiteral("FLUSHALL")}), QStringLiteral("OK"));
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name}), mirrorPatience);
}

void TestRedisMirror::killedServer()
{
    const auto mirror = newMirror();
    mirror->presence(came(ann));
    mirror->presence(came(ben, QStringLiteral("another")));
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name}), mirrorPatience);
    m_server->kill();
    mirror->presence(came(guest));
    mirror->presence(went(ann));
    mirror->presence(went(ben, QStringLiteral("another")));
    QVERIFY2(m_server->start(), qPrintable(m_server->why()));
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({guest.name}), mirrorPatience);
    QCOMPARE(presentIn(QStringLiteral("another")), QStringList());
}

void TestRedisMirror::frozenServer()
{
    const auto mirror = newMirror();
    mirror->presence(came(ann));
    mirror->presence(came(ben));
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name, ben.name}), mirrorPatience);
    const QString before = ask(QStringLiteral("SMEMBERS"), QStringLiteral("nodes"));
    m_server->freeze();
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("did not answer within")));
    bool isCut = false;
    connect(mirror->findChild<RedisLink *>(), &RedisLink::closed, this, [&isCut] { isCut = true; });
    mirror->presence(went(ben));
    QTRY_VERIFY_WITH_TIMEOUT(isCut, mirrorPatience);
    mirror->presence(came(guest));
    m_server->thaw();
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({guest.name, ann.name}), mirrorPatience);
    // Nothing is left of what was written before.
    QTRY_VERIFY_WITH_TIMEOUT(
        !ask(QStringLiteral("SMEMBERS"), QStringLiteral("nodes")).contains(before), mirrorPatience);
    QCOMPARE(ask(QStringLiteral("HLEN"), QStringLiteral("p:") + lobby), QStringLiteral("2"));
}

void TestRedisMirror::lostLease()
{
    const auto mirror = newMirror();
    mirror->presence(came(ann));
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name}), mirrorPatience);
    const QString before = ask(QStringLiteral("SMEMBERS"), QStringLiteral("nodes"));
    QCOMPARE(ask(QStringLiteral("DEL"), QStringLiteral("node:") + before), QStringLiteral("1"));
    QTRY_VERIFY_WITH_TIMEOUT(
        !ask(QStringLiteral("SMEMBERS"), QStringLiteral("nodes")).contains(before), mirrorPatience);
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name}), mirrorPatience);
    QCOMPARE(ask(QStringLiteral("HLEN"), QStringLiteral("p:") + lobby), QStringLiteral("1"));
}

void TestRedisMirror::removedKeys()
{
    RedisMirrorOptions with = options();
    with.refresh = 500ms;
    const auto mirror = newMirror(with);
    mirror->presence(came(ann));
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name}), mirrorPatience);
    const QString node = ask(QStringLiteral("SMEMBERS"), QStringLiteral("nodes"));
    for (const QString &name : {QStringLiteral("p:") + lobby, QStringLiteral("r:") + node,
             QStringLiteral("rooms"), QStringLiteral("nodes")}) {
        QCOMPARE(ask(QStringLiteral("DEL"), name), QStringLiteral("1"));
        QTRY_COMPARE_WITH_TIMEOUT(ask(QStringLiteral("EXISTS"), name), QStringLiteral("1"), mirrorPatience);
    }
    QCOMPARE(presentIn(lobby), QStringList({ann.name}));
}

void TestRedisMirror::killedNode()
{
    const auto mirror = newMirror();
    mirror->presence(came(ann));
    {
        // As kill -9 does it: the connection ends, and nothing more.
        const auto other = newMortal();
        other->presence(came(ben));
        other->presence(came(ben, QStringLiteral("another")));
        QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name, ben.name}), mirrorPatience);
        QTRY_COMPARE_WITH_TIMEOUT(
            presentIn(QStringLiteral("another")), QStringList({ben.name}), mirrorPatience);
    }
    QTRY_COMPARE_WITH_TIMEOUT(
        ask(QStringLiteral("HLEN"), QStringLiteral("p:") + lobby), QStringLiteral("1"), mirrorPatience);
    QTRY_COMPARE_WITH_TIMEOUT(
        ask(QStringLiteral("SCARD"), QStringLiteral("nodes")), QStringLiteral("1"), mirrorPatience);
    QCOMPARE(presentIn(lobby), QStringList({ann.name}));
    QCOMPARE(
        ask(QStringLiteral("ZRANGE"), QStringLiteral("rooms"), {QStringLiteral("0"), QStringLiteral("-1")}),
        lobby);
    QCOMPARE(m_server->ask({QStringLiteral("DBSIZE")}), QStringLiteral("5"));
}

void TestRedisMirror::killedNodeWithManyUsers()
{
    const auto mirror = newMirror();
    mirror->presence(came(ann));
    {
        const auto other = newMortal();
        for (int i = 0; i < 5'000; ++i)
            other->presence(came({QStringLiteral("id %1").arg(i), QStringLiteral("user %1").arg(i)}));
        for (int i = 0; i < 500; ++i)
            other->presence(came(ben, QStringLiteral("room %1").arg(i)));
        QTRY_COMPARE_WITH_TIMEOUT(ask(QStringLiteral("ZSCORE"), QStringLiteral("rooms"), {lobby}),
            QStringLiteral("5001"), mirrorPatience);
        QTRY_COMPARE_WITH_TIMEOUT(
            ask(QStringLiteral("ZCARD"), QStringLiteral("rooms")), QStringLiteral("501"), mirrorPatience);
    }
    QTRY_COMPARE_WITH_TIMEOUT(
        ask(QStringLiteral("SCARD"), QStringLiteral("nodes")), QStringLiteral("1"), mirrorPatience);
    QCOMPARE(ask(QStringLiteral("HLEN"), QStringLiteral("p:") + lobby), QStringLiteral("1"));
    QCOMPARE(m_server->ask({QStringLiteral("DBSIZE")}), QStringLiteral("5"));
}

void TestRedisMirror::otherNodesStay()
{
    const auto mirror = newMirror();
    const auto other = newMirror();
    mirror->presence(came(ann));
    other->presence(came(ann));
    other->presence(came(ben));
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name, ann.name, ben.name}), mirrorPatience);
    mirror->leave();
    QCOMPARE(presentIn(lobby), QStringList({ann.name, ben.name}));
    QCOMPARE(ask(QStringLiteral("ZSCORE"), QStringLiteral("rooms"), {lobby}), QStringLiteral("2"));
}

void TestRedisMirror::databases()
{
    RedisMirror mirror(optionsOf(QStringLiteral("redis://127.0.0.1:%1/3").arg(m_server->port())), options());
    mirror.open();
    mirror.presence(came(ann));
    const auto keys = [this](const QString &database) {
        return m_server->ask({QStringLiteral("-n"), database, QStringLiteral("DBSIZE")});
    };
    QTRY_COMPARE_WITH_TIMEOUT(keys(QStringLiteral("3")), QStringLiteral("5"), mirrorPatience);
    QCOMPARE(keys(QStringLiteral("0")), QStringLiteral("0"));
}

void TestRedisMirror::policyIsWarnedOf()
{
    const auto setPolicy = [this](const QString &policy) {
        return m_server->ask(
            {QStringLiteral("CONFIG"), QStringLiteral("SET"), QStringLiteral("maxmemory-policy"), policy});
    };
    QCOMPARE(setPolicy(QStringLiteral("allkeys-lru")), QStringLiteral("OK"));
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("maxmemory-policy allkeys-lru")));
    const auto mirror = newMirror();
    mirror->presence(came(ann));
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name}), mirrorPatience);
    // Not again.
    QTest::failOnWarning(QRegularExpression(QStringLiteral("maxmemory-policy")));
    mirror->findChild<RedisLink *>()->cut(QStringLiteral("is lost"));
    QTRY_VERIFY_WITH_TIMEOUT(mirror->findChild<RedisLink *>()->isOpen(), mirrorPatience);
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name}), mirrorPatience);
    QCOMPARE(setPolicy(QStringLiteral("noeviction")), QStringLiteral("OK"));
}

void TestRedisMirror::whoMayNotWrite()
{
    QCOMPARE(m_server->ask({QStringLiteral("ACL"), QStringLiteral("SETUSER"), QStringLiteral("bus"),
                 QStringLiteral("reset"), QStringLiteral("on"), QStringLiteral(">open"),
                 QStringLiteral("&rk:*"), QStringLiteral("+subscribe"), QStringLiteral("+publish")}),
        QStringLiteral("OK"));
    QTest::ignoreMessage(
        QtWarningMsg, QRegularExpression(QStringLiteral("who is present is not in Redis:.*NOPERM")));
    RedisMirror mirror(optionsOf(QStringLiteral("redis+unix://bus:open@") + m_server->socket()), options());
    int attempts = 0;
    connect(mirror.findChild<RedisLink *>(), &RedisLink::closed, this, [&attempts] { ++attempts; });
    QElapsedTimer since;
    since.start();
    mirror.open();
    mirror.presence(came(ann));
    QTRY_VERIFY_WITH_TIMEOUT(attempts > 0, mirrorPatience);
    QTest::failOnWarning(QRegularExpression(QStringLiteral("who is present"))); // is said once
    QTRY_COMPARE_WITH_TIMEOUT(attempts, 4, mirrorPatience);
    // The pauses grow: at least 50, 100 and 200 ms.
    QVERIFY2(since.elapsed() >= 350, qPrintable(QString::number(since.elapsed())));
    // With what the documentation lists it works.
    const QStringList rights{QStringLiteral("~rk:*"), QStringLiteral("+set"), QStringLiteral("+del"),
        QStringLiteral("+exists"), QStringLiteral("+expire"), QStringLiteral("+sadd"),
        QStringLiteral("+srem"), QStringLiteral("+srandmember"), QStringLiteral("+hset"),
        QStringLiteral("+hdel"), QStringLiteral("+hlen"), QStringLiteral("+hscan"), QStringLiteral("+zadd"),
        QStringLiteral("+zrem"), QStringLiteral("+eval")};
    QCOMPARE(
        m_server->ask(
            QStringList{QStringLiteral("ACL"), QStringLiteral("SETUSER"), QStringLiteral("bus")} + rights),
        QStringLiteral("OK"));
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name}), mirrorPatience);
    QTRY_COMPARE_WITH_TIMEOUT(
        ask(QStringLiteral("ZSCORE"), QStringLiteral("rooms"), {lobby}), QStringLiteral("1"), mirrorPatience);
}

void TestRedisMirror::failover()
{
    RedisServer replica;
    RedisServer sentinel(RedisServer::Kind::Sentinel);
    QVERIFY2(replica.start({QStringLiteral("replicaof 127.0.0.1 %1").arg(m_server->port())}),
        qPrintable(replica.why()));
    QTRY_VERIFY_WITH_TIMEOUT(
        replica.ask({QStringLiteral("ROLE")}).contains(QLatin1String("connected")), mirrorPatience);
    QVERIFY2(sentinel.start({QStringLiteral("sentinel monitor main 127.0.0.1 %1 1").arg(m_server->port()),
                 QStringLiteral("sentinel down-after-milliseconds main 500"),
                 QStringLiteral("sentinel failover-timeout main 2000")}),
        qPrintable(sentinel.why()));
    QTRY_VERIFY_WITH_TIMEOUT(
        sentinel.ask({QStringLiteral("SENTINEL"), QStringLiteral("replicas"), QStringLiteral("main")})
            .contains(QString::number(replica.port())),
        mirrorPatience);
    RedisMirror mirror(
        optionsOf(QStringLiteral("redis+sentinel://127.0.0.1:%1/main").arg(sentinel.port())), options());
    mirror.open();
    mirror.presence(came(ann));
    QTRY_COMPARE_WITH_TIMEOUT(presentIn(lobby), QStringList({ann.name}), mirrorPatience);
    m_server->kill();
    mirror.presence(came(ben));
    const auto count = [&replica] {
        return replica.ask({QStringLiteral("ZSCORE"), prefix + QStringLiteral("rooms"), lobby});
    };
    QTRY_COMPARE_WITH_TIMEOUT(count(), QStringLiteral("2"), 2 * mirrorPatience);
    QTRY_COMPARE_WITH_TIMEOUT(replica.ask({QStringLiteral("SCARD"), prefix + QStringLiteral("nodes")}),
        QStringLiteral("1"), mirrorPatience);
    QCOMPARE(
        replica.ask({QStringLiteral("HLEN"), prefix + QStringLiteral("p:") + lobby}), QStringLiteral("2"));
}

QTEST_GUILESS_MAIN(TestRedisMirror)
#include "tst_redismirror.moc"
