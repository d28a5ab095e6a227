// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/daemon/leavingclient.h"
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"
#include "tests/wire/websocketclient.h"

#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QTcpSocket>
#include <QTest>

#include <memory>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

using namespace rookery::test;

namespace {

/// Of a process, user and system together.
qint64 cpuMilliseconds(qint64 process)
{
    QFile stat(QStringLiteral("/proc/%1/stat").arg(process));
    if (!stat.open(QIODevice::ReadOnly))
        return -1;
    const QByteArray line = stat.readAll();
    // proc(5): utime and stime are fields 14 and 15; the second one is a name in parentheses.
    const QByteArrayList fields = line.mid(line.lastIndexOf(')') + 2).split(' ');
    return (fields.value(11).toLongLong() + fields.value(12).toLongLong()) * 1000 / ::sysconf(_SC_CLK_TCK);
}

} // namespace

/// A daemon with fewer descriptors than its clients need.
class DescriptorsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void floodOfSilentConnections_data();
    void floodOfSilentConnections();
    void noneLeft();
};

void DescriptorsTest::floodOfSilentConnections_data()
{
    QTest::addColumn<int>("descriptors");
    QTest::newRow("64") << 64;
    QTest::newRow("100") << 100;
    QTest::newRow("300") << 300;
}

void DescriptorsTest::floodOfSilentConnections()
{
    QFETCH(int, descriptors);
    TestDaemon daemon({},
        {{QStringLiteral("ROOKERY_LIMITS_CONNECTIONS_PER_ADDRESS"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_KEEP_ALIVE_TIME_MS"), QStringLiteral("3000")}});
    daemon.setDescriptorLimit(descriptors);
    QVERIFY2(daemon.start(), daemon.log());
    const TestUser user = registerUser(daemon.url(), QStringLiteral("mina"));
    QVERIFY(!user.token.isEmpty());

    QElapsedTimer elapsed;
    elapsed.start();
    const qint64 before = cpuMilliseconds(daemon.processId());
    std::vector<std::unique_ptr<QTcpSocket>> silent;
    for (int i = 0; i < 400; ++i) {
        silent.push_back(std::make_unique<QTcpSocket>());
        silent.back()->connectToHost(QHostAddress::LocalHost, quint16(daemon.url().port()));
    }
    // Those that are in stay until they have been silent for too long; then there is room again.
    const auto room = [&] {
        return request("GET", daemon.url().resolved(QUrl(QStringLiteral("/api/v1/rooms"))), {}, user.token)
                   .status
            == 200;
    };
    QTRY_VERIFY_WITH_TIMEOUT(elapsed.elapsed() > 1000 && room(), 30'000);
    const qint64 used = cpuMilliseconds(daemon.processId()) - before;
    QVERIFY2(used < elapsed.elapsed() / 4,
        qPrintable(QStringLiteral("%1 ms of CPU in %2 ms").arg(used).arg(elapsed.elapsed())));
    QCOMPARE(daemon.terminate(), 0);
}

/// THREATS 26: the process's descriptors run out although its connections are within their quota, as when the
/// system takes some away. Whoever is in does not notice; who comes is told to come later, or over TLS just
/// closed; nothing spins; and afterwards everything is as before.
void DescriptorsTest::noneLeft()
{
    TestDaemon daemon({QStringLiteral("--listen"), QStringLiteral("http://127.0.0.1:0"),
        QStringLiteral("--listen"), QStringLiteral("https://127.0.0.1:0")});
    QVERIFY2(daemon.start(), daemon.log());
    const TestUser user = registerUser(daemon.url(), QStringLiteral("mina"));
    const quint16 port = quint16(daemon.url().port());
    const quint16 tlsPort = quint16(daemon.url(QStringLiteral("https")).port());
    WebSocketClient room;
    QVERIFY(room.open(daemon.webSocketUrl(QStringLiteral("/ws/chat/lobby/")), user.token));
    QVERIFY(!room.next(QStringLiteral("room_users_list")).isEmpty());
    LeavingClient inside(port, false);
    const QByteArray who = "Host: a\r\nAuthorization: Bearer " + user.token.toUtf8() + "\r\n";
    const auto asks = [&](LeavingClient &client, const QByteArray &line, const QByteArray &body) {
        client.send(line + " HTTP/1.1\r\n" + who + "Content-Length: " + QByteArray::number(body.size())
            + "\r\n\r\n" + body);
        return client.receive();
    };
    QVERIFY(asks(inside, "GET /health", {}).startsWith("HTTP/1.1 200 "));

    const auto process = pid_t(daemon.processId());
    rlimit before{};
    QCOMPARE(::prlimit(process, RLIMIT_NOFILE, nullptr, &before), 0);
    // The first number that is free is one too many from now on.
    int used = 0;
    while (QFileInfo(QStringLiteral("/proc/%1/fd/%2").arg(process).arg(used)).isSymLink())
        ++used;
    const rlimit none{rlim_t(used), before.rlim_max};
    QVERIFY(none.rlim_cur < before.rlim_cur);
    QCOMPARE(::prlimit(process, RLIMIT_NOFILE, &none, nullptr), 0);
    // Numbers that become free below it, such as that of the one who registered, are taken by the first who
    // come.
    std::vector<std::unique_ptr<LeavingClient>> last;
    const auto refused = [&] {
        last.push_back(std::make_unique<LeavingClient>(port, false));
        return asks(*last.back(), "GET /health", {}).startsWith("HTTP/1.1 503 ");
    };
    QTRY_VERIFY(refused());

    QElapsedTimer elapsed;
    elapsed.start();
    const qint64 cpu = cpuMilliseconds(process);
    std::vector<std::unique_ptr<LeavingClient>> waiting;
    for (int i = 0; i < 200; ++i)
        waiting.push_back(std::make_unique<LeavingClient>(port, false));
    for (int i = 0; i < 20; ++i)
        waiting.push_back(std::make_unique<LeavingClient>(tlsPort, true, false));
    for (const auto &client : waiting) {
        const QByteArray answer = client->receive();
        QVERIFY2(answer.isEmpty() || answer.contains("Retry-After: "), answer);
    }
    // 64 are refused at once, then it rests.
    QVERIFY(elapsed.elapsed() > 400);
    const qint64 spent = cpuMilliseconds(process) - cpu;
    QVERIFY2(spent < elapsed.elapsed() / 2,
        qPrintable(QStringLiteral("%1 ms of CPU in %2 ms").arg(spent).arg(elapsed.elapsed())));

    QVERIFY(asks(inside, "POST /chat/send", R"({"message":"still here"})").startsWith("HTTP/1.1 200 "));
    QCOMPARE(room.next(QStringLiteral("chat_message")).value(QLatin1String("message")).toString(),
        QStringLiteral("still here"));
    QVERIFY(asks(inside, "GET /chat/history", {}).startsWith("HTTP/1.1 200 "));
    QVERIFY(asks(inside, "POST /register", R"({"username":"nora","password":"correct horse battery"})")
                .startsWith("HTTP/1.1 201 "));

    QCOMPARE(::prlimit(process, RLIMIT_NOFILE, &before, nullptr), 0);
    last.clear();
    waiting.clear();
    const auto served = [](quint16 where, bool tls) {
        LeavingClient client(where, tls);
        return client.connected() && client.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
            && client.receive().startsWith("HTTP/1.1 200 ");
    };
    QTRY_VERIFY(served(port, false));
    QTRY_VERIFY(served(tlsPort, true));
    QCOMPARE(daemon.log().count("cannot be accepted"), 2); // for each port
    QCOMPARE(daemon.terminate(), 0);
}

QTEST_GUILESS_MAIN(DescriptorsTest)
#include "tst_descriptors.moc"
