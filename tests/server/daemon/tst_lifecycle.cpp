// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/httpclient.h"
#include "tests/wire/rawclient.h"
#include "tests/wire/websocketclient.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QTcpServer>
#include <QTest>

#include <csignal>

#include <sys/resource.h>

using namespace rookery::test;

namespace {

/// In milliseconds, user and system together.
qint64 cpuOfEndedChildren()
{
    struct rusage used = {};
    ::getrusage(RUSAGE_CHILDREN, &used);
    const auto milliseconds = [](const timeval &time) {
        return qint64(time.tv_sec) * 1000 + time.tv_usec / 1000;
    };
    return milliseconds(used.ru_utime) + milliseconds(used.ru_stime);
}

} // namespace

/// The daemon from the operator's view: its command line, its output, its start and its end.
class LifecycleTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void refusesBadArguments_data();
    void refusesBadArguments();
    void answersQuestions_data();
    void answersQuestions();
    void namesFileAndLineOfAWrongKey();
    void adminsMustBePossibleAndThere();
    void smokeStartsAndEnds();
    void listensOnEveryAddress();
    void saysWhichPortIsBusy();
    void keepsASecondDaemonFromTheSameData();
    void keepsItsSecretsToItself();
    void endsCleanlyAndTellsItsClients();
    void waitsForSilentClientsWithoutSpinning();
    void comesBackAfterKillWithEverythingAcknowledged();
    void readsTheEnvironment();
};

void LifecycleTest::refusesBadArguments_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("named");
    QTest::newRow("unknown flag") << QStringList{QStringLiteral("--frobnicate")} << QByteArray("frobnicate");
    QTest::newRow("flag without value") << QStringList{QStringLiteral("--listen")} << QByteArray("listen");
    QTest::newRow("no URL") << QStringList{QStringLiteral("--listen"), QStringLiteral("nowhere")}
                            << QByteArray("nowhere");
    QTest::newRow("other scheme") << QStringList{QStringLiteral("--listen"),
        QStringLiteral("ftp://127.0.0.1:1")}
                                  << QByteArray("ftp");
    QTest::newRow("port out of range")
        << QStringList{QStringLiteral("--listen"), QStringLiteral("http://127.0.0.1:70000")}
        << QByteArray("70000");
    QTest::newRow("missing file") << QStringList{QStringLiteral("--config"),
        QStringLiteral("/nowhere/x.toml")}
                                  << QByteArray("/nowhere/x.toml");
    QTest::newRow("a word of two lines")
        << QStringList{QStringLiteral("--listen"), QStringLiteral("http://a\nb")} << QByteArray("a\\u{a}b");
    QTest::newRow("stray word") << QStringList{QStringLiteral("start")} << QByteArray("start");
}

void LifecycleTest::refusesBadArguments()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, named);
    const Finished finished = runDaemon(arguments);
    QCOMPARE(finished.exitCode, 2);
    QVERIFY2(finished.errors.contains(named), finished.errors);
    QCOMPARE(finished.errors.count('\n'), 1);
    QVERIFY(finished.output.isEmpty());
}

void LifecycleTest::answersQuestions_data()
{
    QTest::addColumn<QString>("flag");
    QTest::addColumn<QByteArray>("expected");
    QTest::addColumn<int>("linesAtLeast");
    QTest::addColumn<int>("linesAtMost");
    QTest::newRow("--version") << QStringLiteral("--version") << QByteArray("rookeryd ") << 1 << 1;
    QTest::newRow("--help") << QStringLiteral("--help") << QByteArray("\n  --listen <URL>") << 100 << 300;
    QTest::newRow("-h") << QStringLiteral("-h") << QByteArray("\n[limits]\n") << 100 << 300;
    QTest::newRow("--check-config") << QStringLiteral("--check-config") << QByteArray("good") << 1 << 1;
}

void LifecycleTest::answersQuestions()
{
    QFETCH(QString, flag);
    QFETCH(QByteArray, expected);
    QFETCH(int, linesAtLeast);
    QFETCH(int, linesAtMost);
    const Finished finished = runDaemon({flag});
    QCOMPARE(finished.exitCode, 0);
    QVERIFY2(finished.output.contains(expected), finished.output);
    // Nothing of ours is escaped as texts of others are in the log.
    QVERIFY2(!finished.output.contains("\\u{"), finished.output);
    QVERIFY(finished.output.endsWith('\n') && !finished.output.endsWith("\n\n"));
    const auto lines = finished.output.count('\n');
    QVERIFY2(lines >= linesAtLeast && lines <= linesAtMost, finished.output);
    QVERIFY2(finished.errors.isEmpty(), finished.errors);
}

void LifecycleTest::namesFileAndLineOfAWrongKey()
{
    QTemporaryDir directory;
    QFile file(directory.filePath(QStringLiteral("rookeryd.toml")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("[server]\npublic_name = \"Test\"\n[limits]\nmesages_per_second = 1\n");
    file.close();
    const Finished finished =
        runDaemon({QStringLiteral("--config"), file.fileName(), QStringLiteral("--check-config")});
    QCOMPARE(finished.exitCode, 2);
    QVERIFY2(finished.errors.contains(file.fileName().toUtf8() + ":4"), finished.errors);
    QVERIFY2(finished.errors.contains("mesages_per_second"), finished.errors);
}

void LifecycleTest::adminsMustBePossibleAndThere()
{
    QTemporaryDir directory;
    const QString path = directory.filePath(QStringLiteral("rookeryd.toml"));
    const auto write = [&path](const char *names) {
        QFile file(path);
        return file.open(QIODevice::WriteOnly)
            && file.write(QByteArray("[accounts]\nadmins = [") + names + "]\n") > 0;
    };
    for (const QString &flag : {QStringLiteral("--check-config"), QStringLiteral("--smoke")}) {
        QVERIFY(write("\"ann\", \"a b\""));
        const Finished refused = runDaemon({QStringLiteral("--config"), path, flag, QStringLiteral("--data"),
            directory.path(), QStringLiteral("--listen"), QStringLiteral("http://127.0.0.1:0")});
        QVERIFY(refused.exitCode != 0);
        QVERIFY2(refused.errors.contains(":2") && refused.errors.contains("'a b'"), refused.errors);
    }
    QVERIFY(write("\"nosuchuser\""));
    const Finished warned =
        runDaemon({QStringLiteral("--config"), path, QStringLiteral("--smoke"), QStringLiteral("--data"),
            directory.path(), QStringLiteral("--listen"), QStringLiteral("http://127.0.0.1:0")});
    QCOMPARE(warned.exitCode, 0);
    QVERIFY2(warned.errors.contains("nosuchuser"), warned.errors);
}

void LifecycleTest::smokeStartsAndEnds()
{
    QTemporaryDir directory;
    const Finished finished = runDaemon({QStringLiteral("--smoke"), QStringLiteral("--data"),
        directory.path(), QStringLiteral("--listen"), QStringLiteral("http://127.0.0.1:0")});
    QVERIFY2(finished.exitCode == 0, finished.errors);
    QVERIFY(finished.output.startsWith("rookeryd ready: http://127.0.0.1:"));
}

void LifecycleTest::listensOnEveryAddress()
{
    TestDaemon daemon({QStringLiteral("--listen"), QStringLiteral("http://127.0.0.1:0"),
        QStringLiteral("--listen"), QStringLiteral("https://127.0.0.1:0")});
    QVERIFY2(daemon.start(), daemon.log());
    QCOMPARE(request("GET", daemon.url().resolved(QUrl(QStringLiteral("/health")))).status, 200);
    const QUrl secure = daemon.url(QStringLiteral("https"));
    QCOMPARE(request("GET", secure.resolved(QUrl(QStringLiteral("/health")))).status, 200);

    const TestUser user = registerUser(secure, QStringLiteral("mina"));
    QVERIFY(!user.token.isEmpty());
    WebSocketClient socket;
    QVERIFY(socket.open(
        daemon.webSocketUrl(QStringLiteral("/ws/chat/plaza/"), QStringLiteral("wss")), user.token));
    QCOMPARE(socket.next()[QLatin1String("type")].toString(), QStringLiteral("room_users_list"));
}

void LifecycleTest::saysWhichPortIsBusy()
{
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost));
    QTemporaryDir directory;
    const QString url = QStringLiteral("http://127.0.0.1:%1").arg(other.serverPort());
    const Finished finished =
        runDaemon({QStringLiteral("--data"), directory.path(), QStringLiteral("--listen"), url});
    QCOMPARE(finished.exitCode, 1);
    QVERIFY2(finished.errors.contains(QByteArray::number(other.serverPort())), finished.errors);
}

void LifecycleTest::keepsASecondDaemonFromTheSameData()
{
    TestDaemon daemon;
    QVERIFY2(daemon.start(), daemon.log());
    const Finished second = runDaemon({QStringLiteral("--data"), daemon.dataDirectory(),
        QStringLiteral("--listen"), QStringLiteral("http://127.0.0.1:0")});
    QCOMPARE(second.exitCode, 1);
    QVERIFY2(second.errors.contains("data directory"), second.errors);
}

void LifecycleTest::keepsItsSecretsToItself()
{
    TestDaemon daemon({QStringLiteral("--listen"), QStringLiteral("https://127.0.0.1:0")});
    QVERIFY2(daemon.start(), daemon.log());
    const auto forOthers = QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
    const auto files = QDir(daemon.dataDirectory()).entryInfoList(QDir::Files);
    QVERIFY(files.size() >= 3);
    for (const QFileInfo &file : files) {
        if (file.fileName() != QLatin1String("tls-certificate.pem")) // which every client is shown
            QVERIFY2(!(file.permissions() & forOthers), qUtf8Printable(file.fileName()));
    }

    const TestUser user = registerUser(daemon.url(QStringLiteral("https")), QStringLiteral("mina"));
    WebSocketClient socket;
    QVERIFY(socket.open(
        daemon.webSocketUrl(QStringLiteral("/ws/chat/plaza/?token=") + user.token, QStringLiteral("wss"))));
    QVERIFY(!socket.next().isEmpty());
    QCOMPARE(daemon.terminate(), 0);
    QVERIFY(!daemon.log().contains(user.token.toUtf8()));
    QVERIFY(!daemon.log().contains("correct horse"));
}

void LifecycleTest::endsCleanlyAndTellsItsClients()
{
    TestDaemon daemon;
    QVERIFY2(daemon.start(), daemon.log());
    const TestUser user = registerUser(daemon.url(), QStringLiteral("mina"));
    WebSocketClient room;
    QVERIFY(room.open(daemon.webSocketUrl(QStringLiteral("/ws/chat/plaza/")), user.token));
    QVERIFY(!room.next().isEmpty());
    WebSocketClient native;
    QVERIFY(native.open(daemon.webSocketUrl(QStringLiteral("/ws/v1")), user.token));
    native.send({{QStringLiteral("type"), QStringLiteral("hello")}});
    QVERIFY(!native.next(QStringLiteral("hello")).isEmpty());

    RawClient raw(daemon.url());
    raw.send("GET /websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
             "Authorization: Bearer "
        + user.token.toUtf8() + "\r\n\r\n");
    QCOMPARE(raw.answer().status, 101);

    ::kill(pid_t(daemon.processId()), SIGTERM);
    const QJsonObject leaving = native.next(QStringLiteral("going_away"));
    QVERIFY(leaving[QLatin1String("retry_after_ms")].toInt() > 0);
    QVERIFY(native.closeCode() != 0);
    QVERIFY(room.closeCode() != 0);
    // Qt 6.4's client takes 1012 for a protocol error: its code and reason are read from the wire.
    QVERIFY(raw.waitForEnd(20'000));
    const QByteArray received = raw.takeAll();
    const qsizetype frame = received.lastIndexOf('\x88');
    QCOMPARE(received.mid(frame + 2, 2), QByteArray("\x03\xf4"));
    QVERIFY2(received.mid(frame).contains("retry_after_ms"), received);
    QCOMPARE(daemon.terminate(), 0);
}

void LifecycleTest::waitsForSilentClientsWithoutSpinning()
{
    const qint64 before = cpuOfEndedChildren();
    TestDaemon daemon;
    QVERIFY2(daemon.start(), daemon.log());
    const TestUser user = registerUser(daemon.url(), QStringLiteral("mina"));
    // Does not answer while this thread waits for the daemon's end.
    WebSocketClient silent;
    QVERIFY(silent.open(daemon.webSocketUrl(QStringLiteral("/ws/v1")), user.token));
    QElapsedTimer elapsed;
    elapsed.start();
    QCOMPARE(daemon.terminate(), 0);
    const qint64 cpu = cpuOfEndedChildren() - before;
    QVERIFY2(cpu < elapsed.elapsed() / 2, qPrintable(QStringLiteral("%1 ms").arg(cpu)));
}

void LifecycleTest::comesBackAfterKillWithEverythingAcknowledged()
{
    TestDaemon daemon;
    QVERIFY2(daemon.start(), daemon.log());
    const TestUser user = registerUser(daemon.url(), QStringLiteral("mina"));
    const QUrl messages(QStringLiteral("/api/v1/rooms/lobby/messages"));
    QStringList acknowledged;
    for (int i = 0; i < 20; ++i) {
        const QString text = QStringLiteral("message %1").arg(i);
        const HttpAnswer answer =
            request("POST", daemon.url().resolved(messages), {{QStringLiteral("text"), text}}, user.token);
        QCOMPARE(answer.status, 201);
        acknowledged.append(text);
    }
    daemon.kill();
    QVERIFY2(daemon.start(), daemon.log());

    const HttpAnswer page = request("GET",
        daemon.url().resolved(QUrl(QStringLiteral("/api/v1/rooms/lobby/events?limit=200"))), {}, user.token);
    QCOMPARE(page.status, 200);
    QStringList kept;
    const auto events = page.json[QLatin1String("events")].toArray();
    for (const QJsonValue &event : events)
        kept.append(event[QLatin1String("text")].toString());
    QCOMPARE(kept, acknowledged);
}

void LifecycleTest::readsTheEnvironment()
{
    TestDaemon daemon({}, {{QStringLiteral("ROOKERY_LIMITS_MESSAGE_CHARACTERS"), QStringLiteral("5")}});
    QVERIFY2(daemon.start(), daemon.log());
    const TestUser user = registerUser(daemon.url(), QStringLiteral("mina"));
    const QUrl url = daemon.url().resolved(QUrl(QStringLiteral("/api/chats/send")));
    QCOMPARE(
        request("POST", url, {{QStringLiteral("message"), QStringLiteral("12345")}}, user.token).status, 200);
    const HttpAnswer refused =
        request("POST", url, {{QStringLiteral("message"), QStringLiteral("123456")}}, user.token);
    QCOMPARE(refused.status, 400);
    QCOMPARE(refused.json[QLatin1String("code")].toString(), QStringLiteral("message_too_long"));
}

QTEST_GUILESS_MAIN(LifecycleTest)
#include "tst_lifecycle.moc"
