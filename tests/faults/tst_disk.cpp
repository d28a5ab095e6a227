// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/everydialect.h"
#include "tests/faults/faultydaemon.h"
#include "tests/wire/httpclient.h"

#include <QTest>

#include <memory>

using namespace rookery::test;

namespace {

QJsonObject credentials(const QString &name)
{
    return {
        {QStringLiteral("username"), name}, {QStringLiteral("password"), QStringLiteral("correct horse")}};
}

} // namespace

/// A daemon whose disk is full or fails, and recovers.
class DiskTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isSaidInEveryDialect_data();
    void isSaidInEveryDialect();
    void fillsUpUnderLoad();
    void aBurstKeepsItsOrder();
    void failsAtEveryPointOfACommit_data();
    void failsAtEveryPointOfACommit();
    void whatWasNotAcknowledgedBeforeAKillIsDurableOnceItIs();
    void isFullWhileStarting_data();
    void isFullWhileStarting();
};

void DiskTest::isSaidInEveryDialect_data()
{
    QTest::addColumn<QString>("faults");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("code");
    const auto row = [](const char *name, const char *faults, int status, const char *code) {
        QTest::newRow(name) << QString::fromLatin1(faults) << status << QString::fromLatin1(code);
    };
    row("full", "write=ENOSPC create=ENOSPC", 507, "storage_full");
    row("failing writes", "write=EIO", 503, "storage_unavailable");
    row("failing syncs", "sync=EIO", 503, "storage_unavailable");
}

void DiskTest::isSaidInEveryDialect()
{
    QFETCH(QString, faults);
    QFETCH(int, status);
    QFETCH(QString, code);
    FaultyDaemon faulty;
    QVERIFY2(faulty.start(), faulty.daemon.log());
    EveryDialect ann;
    QVERIFY(ann.begin(faulty.daemon, QStringLiteral("ann")));
    QCOMPARE(request("GET", faulty.http(QStringLiteral("/health"))).status, 200);
    WebSocketClient listener;
    QVERIFY(listener.open(faulty.daemon.webSocketUrl(QStringLiteral("/ws/chat/lobby/")), ann.user.token));
    for (const auto way : EveryDialect::ways)
        QVERIFY2(
            ann.send(way, QStringLiteral("before"), newClientId()).acknowledged, EveryDialect::name(way));
    const QStringList before = ann.history();
    QCOMPARE(before.size(), qsizetype(EveryDialect::ways.size()));

    faulty.disk.set(faults.toStdString());
    QMap<EveryDialect::Way, QString> refused;
    for (const auto way : EveryDialect::ways) {
        refused.insert(way, newClientId());
        const Verdict verdict = ann.send(way, QStringLiteral("during"), refused.value(way));
        QVERIFY2(!verdict.acknowledged, EveryDialect::name(way));
        QCOMPARE(verdict.code, code);
        QVERIFY2(verdict.retryHint, EveryDialect::name(way));
        QVERIFY2(verdict.status == 0 || verdict.status == status, EveryDialect::name(way));
    }
    // Other requests that store something are refused as well, and no others.
    const auto refusedBy = [&](const char *path, const QJsonObject &body) {
        const HttpAnswer answer = request("POST", faulty.http(QLatin1String(path)), body, ann.user.token);
        return answer.status == status && answer.json[QLatin1String("code")].toString() == code
            && !answer.json[QLatin1String("detail")].toString().isEmpty();
    };
    QVERIFY(refusedBy("/api/v1/register", credentials(QStringLiteral("bob"))));
    QVERIFY(refusedBy("/api/v1/login", credentials(QStringLiteral("ann"))));
    QVERIFY(refusedBy("/login", credentials(QStringLiteral("ann"))));
    QVERIFY(refusedBy("/api/v1/rooms", {{QStringLiteral("name"), QStringLiteral("attic")}}));
    QVERIFY(refusedBy("/api/v1/logout", {{QStringLiteral("all"), false}}));
    // The health check says so within a second: each I/O thread asks no more often.
    const auto health = [&] { return request("GET", faulty.http(QStringLiteral("/health"))); };
    const auto isIll = [&] {
        const HttpAnswer answer = health();
        return answer.status == status && answer.json[QLatin1String("code")].toString() == code
            && !answer.json[QLatin1String("detail")].toString().isEmpty();
    };
    QTRY_VERIFY(isIll());

    // Reading goes on: over REST, on the sockets that were open, and on new ones.
    QCOMPARE(ann.history(), before);
    QVERIFY(ann.socketsAreOpen());
    QCOMPARE(request("GET", faulty.http(QStringLiteral("/api/v1/sessions")), {}, ann.user.token).status, 200);
    QVERIFY(ann.reconnect(faulty.daemon));
    WebSocketClient reader;
    QVERIFY(
        reader.open(faulty.daemon.webSocketUrl(QStringLiteral("/ws/chat/lobby/?since=0")), ann.user.token));
    for (int i = 0; i < 6; ++i)
        QCOMPARE(reader.next(QStringLiteral("chat_message"))[QLatin1String("message")].toString(),
            QStringLiteral("before"));

    faulty.disk.repair();
    for (const auto way : EveryDialect::ways)
        QVERIFY2(ann.send(way, QStringLiteral("during"), refused.value(way)).acknowledged,
            EveryDialect::name(way));
    QTRY_COMPARE(health().status, 200);
    QVERIFY(!registerUser(faulty.daemon.url(), QStringLiteral("bob")).token.isEmpty());
    const QStringList after = ann.history();
    QCOMPARE(after.size(), 2 * before.size());
    for (const QString &clientId : std::as_const(refused))
        QCOMPARE(after.count(clientId + QStringLiteral(": during")), 1);
    // No client was sent a message before it was stored, or twice.
    for (const int seq : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
        QCOMPARE(listener.next(QStringLiteral("chat_message"))[QLatin1String("seq")].toInt(), seq);

    faulty.killAndLosePower(1);
    QVERIFY2(faulty.start(), faulty.daemon.log());
    QVERIFY(ann.reconnect(faulty.daemon));
    QCOMPARE(ann.history(), after);
    ann.disconnect();
    QCOMPARE(faulty.daemon.terminate(), 0);
}

/// The disk is full for a while in the middle of a burst. Later messages must not overtake those that were
/// refused and are sent again.
void DiskTest::aBurstKeepsItsOrder()
{
    FaultyDaemon faulty;
    QVERIFY2(faulty.start(), faulty.daemon.log());
    const TestUser ann = registerUser(faulty.daemon.url(), QStringLiteral("ann"));
    const auto page = [&] {
        return request(
            "GET", faulty.http(QStringLiteral("/api/v1/rooms/lobby/events?after=0&limit=200")), {}, ann.token)
            .json[QLatin1String("events")]
            .toArray();
    };
    WebSocketClient socket;
    QVERIFY(socket.open(faulty.daemon.webSocketUrl(QStringLiteral("/ws/v1")), ann.token));
    socket.send({{QStringLiteral("type"), QStringLiteral("hello")}});
    QVERIFY(!socket.next(QStringLiteral("hello")).isEmpty());
    QStringList clientIds;
    const auto send = [&](int i) {
        if (i == clientIds.size())
            clientIds.append(newClientId());
        socket.send({{QStringLiteral("type"), QStringLiteral("send")}, {QStringLiteral("ref"), i},
            {QStringLiteral("room"), QStringLiteral("lobby")}, {QStringLiteral("text"), QString::number(i)},
            {QStringLiteral("client_id"), clientIds.at(i)}});
    };
    QList<int> unsettled;
    const auto sendTo = [&](int end) {
        for (int i = int(clientIds.size()); i < end; ++i) {
            send(i);
            unsettled.append(i);
        }
    };
    const auto isAnswer = [](const QJsonObject &frame) {
        const QString type = frame[QLatin1String("type")].toString();
        return type == QLatin1String("ack") || type == QLatin1String("error");
    };
    qsizetype answers = 0;
    const auto take = [&] {
        const QJsonObject frame = socket.next(isAnswer);
        ++answers;
        if (frame[QLatin1String("type")].toString() == QLatin1String("ack"))
            unsettled.removeOne(frame[QLatin1String("ref")].toInt());
        return frame[QLatin1String("code")].toString();
    };
    sendTo(60);
    while (answers < 60)
        QCOMPARE(take(), QString());
    faulty.disk.set("write=ENOSPC create=ENOSPC");
    sendTo(120);
    QCOMPARE(take(), QStringLiteral("storage_full"));
    faulty.disk.repair();
    sendTo(180); // by a client that has not read the refusals
    while (answers < 180)
        QCOMPARE(take(), QStringLiteral("storage_full"));
    QCOMPARE(page().size(), 60);
    const QList<int> refused = unsettled;
    for (const int i : refused)
        send(i);
    for (qsizetype i = 0; i < refused.size(); ++i)
        QCOMPARE(take(), QString());
    const QJsonArray events = page();
    QCOMPARE(events.size(), 180);
    for (qsizetype i = 0; i < events.size(); ++i)
        QCOMPARE(events.at(i)[QLatin1String("text")].toString(), QString::number(i));
}

/// A disk on which files cannot grow: some messages still fit into them.
void DiskTest::fillsUpUnderLoad()
{
    FaultyDaemon faulty;
    QVERIFY2(faulty.start(), faulty.daemon.log());
    EveryDialect ann;
    QVERIFY(ann.begin(faulty.daemon, QStringLiteral("ann")));
    QStringList acknowledged;
    QStringList clientIds;
    int refused = 0;
    const auto sendAll = [&](int rounds) {
        for (int i = 0; i < rounds; ++i) {
            for (const auto way : EveryDialect::ways) {
                clientIds.append(newClientId());
                const QString text = QString(3000, QLatin1Char('x'));
                const Verdict verdict = ann.send(way, text, clientIds.last());
                if (verdict.acknowledged)
                    acknowledged.append(clientIds.last() + QStringLiteral(": ") + text);
                else
                    QCOMPARE(verdict.code, QStringLiteral("storage_full"));
                refused += !verdict.acknowledged;
            }
        }
    };
    const auto check = [&] {
        const QStringList history = ann.history();
        for (const QString &message : std::as_const(acknowledged))
            QCOMPARE(history.count(message), 1);
    };
    sendAll(3);
    QCOMPARE(refused, 0);
    for (int time = 0; time < 3; ++time) {
        faulty.disk.set("grow=ENOSPC create=ENOSPC");
        sendAll(4);
        QVERIFY(refused > 0);
        check();
        faulty.disk.repair();
        const int before = refused;
        // The refused messages are given up: for a while their sockets accept no others.
        QVERIFY(ann.reconnect(faulty.daemon));
        sendAll(2);
        QCOMPARE(refused, before);
    }
    check();
    faulty.killAndLosePower(2);
    QVERIFY2(faulty.start(), faulty.daemon.log());
    QVERIFY(ann.reconnect(faulty.daemon));
    check();
}

void DiskTest::failsAtEveryPointOfACommit_data()
{
    QTest::addColumn<QString>("fault");
    QTest::newRow("one sync") << QStringLiteral("sync=EIO");
    QTest::newRow("one write") << QStringLiteral("write=EIO");
    QTest::newRow("one write that finds no room") << QStringLiteral("write=ENOSPC");
}

/// One operation fails, each time a later one; those before and after succeed. Messages acknowledged
/// afterwards survive a power loss. They do not if a sync that failed is believed when it is called again.
void DiskTest::failsAtEveryPointOfACommit()
{
    QFETCH(QString, fault);
    FaultyDaemon faulty;
    QVERIFY2(faulty.start(), faulty.daemon.log());
    EveryDialect ann;
    QVERIFY(ann.begin(faulty.daemon, QStringLiteral("ann")));
    QStringList acknowledged;
    for (int point = 0; point < 8; ++point) {
        int refused = 0;
        faulty.disk.set(QStringLiteral("%1 skip=%2 times=1").arg(fault).arg(point).toStdString());
        for (int i = 0; i < 12; ++i) {
            const QString text = QStringLiteral("message %1").arg(i);
            const QString clientId = newClientId();
            const auto way = i % 2 == 0 ? EveryDialect::SocketNative : EveryDialect::HttpNative;
            if (!ann.send(way, text, clientId).acknowledged) {
                ++refused;
                // Resent until it is acknowledged, as clients do.
                QVERIFY(ann.send(way, text, clientId).acknowledged);
            }
            acknowledged.append(clientId + QStringLiteral(": ") + text);
        }
        // The fault may have hit a checkpoint instead of a commit.
        QVERIFY(refused <= 1);
        faulty.disk.repair();
        faulty.killAndLosePower(uint64_t(point));
        QVERIFY2(faulty.start(), faulty.daemon.log());
        QVERIFY(ann.reconnect(faulty.daemon));
        QCOMPARE(ann.history(), acknowledged);
    }
}

/// A commit whose sync failed may be complete in the write-ahead log, and the next daemon reads it from there.
/// It may acknowledge a resend only once the commit is on the disk.
void DiskTest::whatWasNotAcknowledgedBeforeAKillIsDurableOnceItIs()
{
    FaultyDaemon faulty;
    QVERIFY2(faulty.start(), faulty.daemon.log());
    EveryDialect ann;
    QVERIFY(ann.begin(faulty.daemon, QStringLiteral("ann")));
    QStringList acknowledged;
    for (uint64_t seed = 0; seed < 6; ++seed) {
        // Only the log can have it: nothing can be copied into the database file. One message is sent before
        // it, because restarting the log has a sync of its own.
        faulty.disk.set("write=EIO files=rookery.db");
        acknowledged.append(newClientId() + QStringLiteral(": hello"));
        QVERIFY(ann.send(EveryDialect::HttpNative, QStringLiteral("hello"),
                       acknowledged.last().section(u':', 0, 0))
                    .acknowledged);
        const QString clientId = newClientId();
        const QString text = QStringLiteral("did you get this?");
        faulty.disk.set("sync=EIO files=-wal");
        QVERIFY(!ann.send(EveryDialect::HttpNative, text, clientId).acknowledged);
        faulty.daemon.kill();
        faulty.disk.set("write=EIO files=rookery.db");
        QVERIFY2(faulty.start(), faulty.daemon.log());
        QVERIFY(ann.reconnect(faulty.daemon));
        QVERIFY(ann.send(EveryDialect::HttpNative, text, clientId).acknowledged);
        acknowledged.append(clientId + QStringLiteral(": ") + text);
        QCOMPARE(ann.history(), acknowledged);
        faulty.killAndLosePower(seed);
        faulty.disk.repair();
        QVERIFY2(faulty.start(), faulty.daemon.log());
        QVERIFY(ann.reconnect(faulty.daemon));
        QCOMPARE(ann.history(), acknowledged);
    }
}

void DiskTest::isFullWhileStarting_data()
{
    QTest::addColumn<bool>("first");
    QTest::addColumn<QString>("faults");
    for (const char *faults : {"create=ENOSPC write=ENOSPC", "write=ENOSPC", "grow=ENOSPC"}) {
        QTest::addRow("the first time, %s", faults) << true << QString::fromLatin1(faults);
        QTest::addRow("with data, %s", faults) << false << QString::fromLatin1(faults);
    }
}

void DiskTest::isFullWhileStarting()
{
    QFETCH(bool, first);
    QFETCH(QString, faults);
    FaultyDaemon faulty;
    EveryDialect ann;
    QStringList before;
    if (!first) {
        QVERIFY2(faulty.start(), faulty.daemon.log());
        QVERIFY(ann.begin(faulty.daemon, QStringLiteral("ann")));
        for (const auto way : EveryDialect::ways)
            QVERIFY(ann.send(way, QStringLiteral("before"), newClientId()).acknowledged);
        before = ann.history();
        faulty.daemon.kill();
    }
    faulty.disk.set(faults.toStdString());
    const bool started = faulty.start();
    if (started) {
        // There was enough room to start: it serves what is stored, and refuses what it cannot store.
        QVERIFY(!first);
        QVERIFY(ann.reconnect(faulty.daemon));
        QCOMPARE(ann.history(), before);
        faulty.daemon.kill();
    } else {
        const QByteArray log = faulty.daemon.log();
        QVERIFY2(log.contains("full") || log.contains("No space left"), log);
    }
    faulty.disk.repair();
    QVERIFY2(faulty.start(), faulty.daemon.log());
    if (first)
        QVERIFY(ann.begin(faulty.daemon, QStringLiteral("ann")));
    else
        QVERIFY(ann.reconnect(faulty.daemon));
    QCOMPARE(ann.history(), before);
    QVERIFY(ann.send(EveryDialect::SocketNative, QStringLiteral("after"), newClientId()).acknowledged);
    ann.disconnect();
    QCOMPARE(faulty.daemon.terminate(), 0);
}

QTEST_GUILESS_MAIN(DiskTest)
#include "tst_disk.moc"
