// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/testdaemon.h"

#include <QCoreApplication>
#include <QDir>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>
#include <QWebSocket>
#include <QWebSocketServer>

#include <csignal>
#include <memory>

using namespace rookery::test;

/// rookery-bench itself, with small parameters: every command runs against a real daemon, reports what it
/// should, and detects errors. Performance is not checked.
class tst_BenchSmoke : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void commands_data();
    void commands();
    void historyOfAnEarlierRun();
    void aServerThatRunsAlready();
    void aLimitInTheWay();
    void nobodyThere();
    void badUsage_data();
    void badUsage();
    void help_data();
    void help();
    void interrupted();
    void aServerThatErrs_data();
    void aServerThatErrs();

private:
    struct Outcome
    {
        int exitCode = -1;
        QJsonObject json;
        QByteArray errors;
    };
    Outcome run(const QStringList &arguments);
};

namespace {

constexpr int patience = 100'000;

QString program()
{
    return QCoreApplication::applicationDirPath() + QStringLiteral("/rookery-bench");
}

QStringList words(const char *line)
{
    return QString::fromLatin1(line).split(u' ');
}

} // namespace

tst_BenchSmoke::Outcome tst_BenchSmoke::run(const QStringList &arguments)
{
    QProcess process;
    process.start(program(), arguments);
    Outcome outcome;
    // The event loop goes on, since some of the servers live in this very process.
    if (!QTest::qWaitFor([&process] { return process.state() == QProcess::NotRunning; }, patience)) {
        process.kill();
        process.waitForFinished();
        outcome.errors = "did not end";
        return outcome;
    }
    outcome.exitCode = process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
    const QByteArray output = process.readAllStandardOutput();
    outcome.errors = process.readAllStandardError();
    // One line, or none.
    if (output.count('\n') == 1)
        outcome.json = QJsonDocument::fromJson(output).object();
    return outcome;
}

void tst_BenchSmoke::commands_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QStringList>("positive"); // must be there and above 0
    QTest::addColumn<QStringList>("zero"); // must be there and 0
    const auto row = [](const char *name, const char *arguments, const char *positive, const char *zero) {
        QTest::newRow(name) << words(arguments) << words(positive) << words(zero);
    };
    row("fanout", "fanout --members 20 --users 3 --seconds 0.5 --warm-up 0.1",
        "members sent deliveries deliveries_per_second checked p50_ms p99_ms max_ms cpu_us_per_delivery "
        "server_cpu_percent load_cpu_percent load_busiest_thread_percent",
        "lost duplicates");
    row("fanout, room, TLS, two threads",
        "fanout --dialect room --tls --members 20 --users 3 --seconds 0.5 --warm-up 0.1 --threads 2",
        "deliveries checked cpu_us_per_delivery", "lost duplicates");
    row("rooms", "rooms --connections 20 --rooms 5 --rate 20 --users 3 --seconds 0.5 --warm-up 0.1",
        "connections rooms sent sent_per_second deliveries checked p50_ms p99_ms cpu_us_per_delivery",
        "lost duplicates");
    row("rooms, growing",
        "rooms --growth --connections 100 --rooms 10 --rate 10 --users 3 --seconds 0.5 --warm-up 0.1 "
        "--dialect "
        "room --threads 2",
        "deliveries checked cpu_us_per_delivery", "lost duplicates");
    row("idle", "idle --connections 100 --users 3 --seconds 0.2 --settle 0.1",
        "connections rss_mib_before rss_mib", "");
    row("idle, room", "idle --path room --connections 20 --rooms 4 --users 3 --seconds 0.2 --settle 0.1",
        "rss_mib", "");
    row("idle, personal, TLS",
        "idle --path personal --tls --connections 20 --users 3 --seconds 0.2 --settle 0.1", "rss_mib", "");
    row("storm", "storm --connections 100 --users 3 --concurrency 32",
        "handshakes handshakes_per_second verified p99_ms cpu_us_per_handshake", "failures");
    row("storm, direct", "storm --path direct --connections 30 --users 3", "handshakes verified", "failures");
    row("resume", "resume --connections 30 --rooms 5 --messages 2 --users 3",
        "resumed resumed_per_second p99_ms cpu_us_per_resume", "");
    row("resume, two nodes", "resume --nodes 2 --connections 10 --rooms 3 --users 2",
        "resumed cpu_us_per_resume storage_cpu_us_per_resume", "");
    row("durable", "durable --senders 6 --rooms 3 --seconds 0.5 --warm-up 0.1 --users 3",
        "acks acks_per_second checked p99_ms cpu_us_per_ack", "lost duplicates misplaced");
    row("durable, one room",
        "durable --senders 6 --rooms 1 --seconds 0.5 --warm-up 0.1 --users 3 --client-ids v4 --threads 2",
        "acks checked", "lost duplicates misplaced");
    row("latency", "latency --senders 5 --rate 100 --seconds 0.5 --warm-up 0.1 --users 3",
        "sent deliveries checked p50_ms p99_ms p999_ms cpu_us_per_delivery", "lost duplicates");
    row("fanout, two nodes", "fanout --nodes 2 --redis --members 20 --users 3 --seconds 0.5 --warm-up 0.1",
        "deliveries checked cpu_us_per_delivery storage_cpu_us_per_delivery", "lost duplicates");
    row("durable, PostgreSQL",
        "durable --postgres --senders 6 --rooms 3 --seconds 0.5 --warm-up 0.1 --users 3",
        "acks checked batch function_per_second ratio_to_function storage_cpu_us_per_ack",
        "lost duplicates misplaced");
    row("rest", "rest --connections 3 --seconds 0.2 --slices 2",
        "requests requests_per_second peer_requests peer_requests_per_second ratio_requests ratio_cpu "
        "cpu_us_per_request peer_cpu_us_per_request p99_ms peer_p99_ms",
        "");
    row("history", "history --messages 2000 --requests 100",
        "messages requests p50_ms p99_ms concurrent_p99_ms cpu_us_per_page", "");
}

void tst_BenchSmoke::commands()
{
    QFETCH(QStringList, arguments);
    QFETCH(QStringList, positive);
    QFETCH(QStringList, zero);
    const Outcome outcome = run(arguments);
    QVERIFY2(outcome.exitCode == 0, outcome.errors.constData());
    QCOMPARE(outcome.json.value(QLatin1String("bench")).toString(), arguments.first());
    for (const QString &key : std::as_const(positive))
        QVERIFY2(outcome.json.value(key).toDouble() > 0, qPrintable(key));
    for (const QString &key : std::as_const(zero)) {
        if (!key.isEmpty())
            QVERIFY2(outcome.json.value(key).toDouble(-1) == 0, qPrintable(key));
    }
    QVERIFY2(outcome.errors.contains("rookery-bench: " + arguments.first().toUtf8() + ": "),
        outcome.errors.constData());
}

void tst_BenchSmoke::historyOfAnEarlierRun()
{
    const QTemporaryDir data;
    const QStringList arguments{QStringLiteral("history"), QStringLiteral("--data"), data.path(),
        QStringLiteral("--room"), QStringLiteral("kept"), QStringLiteral("--requests"), QStringLiteral("20"),
        QStringLiteral("--messages"), QStringLiteral("500")};
    const Outcome first = run(arguments);
    QVERIFY2(first.exitCode == 0, first.errors.constData());
    QVERIFY(first.errors.contains("filling the room with 500"));
    const Outcome second = run(arguments);
    QVERIFY2(second.exitCode == 0, second.errors.constData());
    QVERIFY(!second.errors.contains("filling"));
    QCOMPARE(second.json.value(QLatin1String("messages")).toInt(), 500);
    QVERIFY(QDir(data.path()).exists(QStringLiteral("rookery.db")));
}

void tst_BenchSmoke::aServerThatRunsAlready()
{
    TestDaemon daemon({},
        {{QStringLiteral("ROOKERY_LIMITS_LOGINS_PER_MINUTE"), QStringLiteral("0")},
            {QStringLiteral("ROOKERY_LIMITS_MESSAGES_PER_SECOND"), QStringLiteral("0")}});
    QVERIFY2(daemon.start(), daemon.log().constData());
    const QStringList arguments = words("fanout --members 10 --users 2 --seconds 0.2 --warm-up 0 --url")
        + QStringList{daemon.url().toString()};
    const Outcome without = run(arguments);
    QVERIFY2(without.exitCode == 0, without.errors.constData());
    QVERIFY(!without.json.contains(QLatin1String("cpu_us_per_delivery")));
    QVERIFY(without.errors.contains("without --pid"));
    const Outcome with =
        run(arguments + QStringList{QStringLiteral("--pid"), QString::number(daemon.processId())});
    QVERIFY2(with.exitCode == 0, with.errors.constData());
    QVERIFY(with.json.value(QLatin1String("cpu_us_per_delivery")).toDouble() > 0);
    QCOMPARE(daemon.terminate(), 0);
}

void tst_BenchSmoke::aLimitInTheWay()
{
    TestDaemon daemon;
    QVERIFY2(daemon.start(), daemon.log().constData());
    const Outcome outcome =
        run(words("fanout --members 40 --users 40 --url") + QStringList{daemon.url().toString()});
    QCOMPARE(outcome.exitCode, 1);
    QVERIFY(outcome.json.isEmpty());
    QVERIFY2(outcome.errors.contains("limits.logins_per_minute"), outcome.errors.constData());
    QVERIFY2(outcome.errors.contains("ROOKERY_LIMITS_LOGINS_PER_MINUTE=0"), outcome.errors.constData());
}

void tst_BenchSmoke::nobodyThere()
{
    // A port that was free a moment ago.
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const QString url = QStringLiteral("http://127.0.0.1:%1").arg(server.serverPort());
    server.close();
    const Outcome refused = run({QStringLiteral("fanout"), QStringLiteral("--url"), url});
    QCOMPARE(refused.exitCode, 1);
    QVERIFY2(refused.errors.contains("refused"), refused.errors.constData());
    const Outcome missing =
        run({QStringLiteral("fanout"), QStringLiteral("--daemon"), QStringLiteral("/nowhere/rookeryd")});
    QCOMPARE(missing.exitCode, 1);
    QVERIFY2(missing.errors.contains("/nowhere/rookeryd"), missing.errors.constData());
}

void tst_BenchSmoke::badUsage_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("nothing") << QStringList() << QByteArray("--help");
    QTest::newRow("unknown command") << words("dance") << QByteArray("'dance'");
    QTest::newRow("unknown option") << words("fanout --speed 3") << QByteArray("'--speed'");
    QTest::newRow("another command's option") << words("storm --members 3") << QByteArray("'--members'");
    QTest::newRow("no value") << words("fanout --members") << QByteArray("must be followed");
    QTest::newRow("a value for a flag") << words("fanout --tls=yes") << QByteArray("--tls takes no value");
    QTest::newRow("a word") << words("fanout 1000") << QByteArray("'1000'");
    QTest::newRow("not a number") << words("fanout --members many") << QByteArray("'many'");
    QTest::newRow("too large a number") << words("fanout --members=1000001")
                                        << QByteArray("--members cannot be '1000001', it must be a whole "
                                                      "number from 1 to 1000000.");
    QTest::newRow("no fraction") << words("fanout --members 1.5") << QByteArray("'1.5'");
    QTest::newRow("none of them") << words("storm --path attic") << QByteArray("/ws/v1|room|personal|direct");
    QTest::newRow("not a URL") << words("fanout --url here") << QByteArray("'here'");
    QTest::newRow("bare without a URL") << words("fanout --bare") << QByteArray("--url");
    QTest::newRow("pid without a URL") << words("fanout --pid 1") << QByteArray("--url");
    QTest::newRow("data of a server that runs already")
        << words("fanout --url http://127.0.0.1:1 --data /tmp") << QByteArray("--data");
}

void tst_BenchSmoke::badUsage()
{
    QFETCH(QStringList, arguments);
    QFETCH(QByteArray, said);
    const Outcome outcome = run(arguments);
    QCOMPARE(outcome.exitCode, 2);
    QVERIFY2(outcome.errors.contains(said), outcome.errors.constData());
}

void tst_BenchSmoke::help_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QList<QByteArray>>("said");
    QTest::newRow("of all") << words(
        "--help") << QList<QByteArray>{"rookery-bench COMMAND", "fanout", "history", "--daemon-arg <ARG>"};
    QTest::newRow("of a command") << words("fanout -h")
                                  << QList<QByteArray>{"rookery-bench fanout", "--members <N>",
                                         "in the room; 1000", "--daemon-arg <ARG>"};
    QTest::newRow("behind a mistake") << words("fanout --speed 3 --help") << QList<QByteArray>{"--members"};
    QTest::newRow("version") << words("--version") << QList<QByteArray>{"rookery-bench 0."};
}

void tst_BenchSmoke::help()
{
    QFETCH(QStringList, arguments);
    QFETCH(QList<QByteArray>, said);
    QProcess process;
    process.start(program(), arguments);
    QVERIFY(process.waitForFinished(patience));
    QCOMPARE(process.exitCode(), 0);
    QVERIFY(process.readAllStandardError().isEmpty());
    const QByteArray text = process.readAllStandardOutput();
    for (const QByteArray &part : std::as_const(said))
        QVERIFY2(text.contains(part), text.constData());
    QVERIFY(arguments.first() != QLatin1String("fanout") || !text.contains("--connections"));
}

void tst_BenchSmoke::interrupted()
{
    const QTemporaryDir data;
    QProcess process;
    process.start(
        program(), words("fanout --members 10 --users 2 --seconds 3000 --data") + QStringList{data.path()});
    QByteArray errors;
    QVERIFY(QTest::qWaitFor(
        [&] {
            errors += process.readAllStandardError();
            return errors.contains("measuring");
        },
        patience));
    ::kill(pid_t(process.processId()), SIGINT);
    QVERIFY(process.waitForFinished(patience));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 130);
    QVERIFY(process.readAllStandardOutput().isEmpty());
    // Its daemon has ended and let go of the data.
    const Finished smoke = runDaemon({QStringLiteral("--data"), data.path(), QStringLiteral("--listen"),
        QStringLiteral("http://127.0.0.1:0"), QStringLiteral("--smoke")});
    QVERIFY2(smoke.exitCode == 0, smoke.errors.constData());
}

void tst_BenchSmoke::aServerThatErrs_data()
{
    QTest::addColumn<int>("copies"); // of the tenth delivery
    QTest::addColumn<int>("exitCode");
    QTest::newRow("not at all") << 1 << 0;
    QTest::newRow("loses one") << 0 << 1;
    QTest::newRow("delivers one twice") << 2 << 1;
}

/// A benchmark that does not count would praise a server that does nothing.
void tst_BenchSmoke::aServerThatErrs()
{
    QFETCH(int, copies);
    QFETCH(int, exitCode);
    QWebSocketServer server(QString(), QWebSocketServer::NonSecureMode);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QList<QWebSocket *> members;
    int deliveries = 0;
    connect(&server, &QWebSocketServer::newConnection, this, [&] {
        QWebSocket *socket = server.nextPendingConnection();
        members.append(socket);
        connect(socket, &QWebSocket::disconnected, this, [&members, socket] { members.removeOne(socket); });
        connect(socket, &QWebSocket::textMessageReceived, this, [&](const QString &message) {
            for (QWebSocket *member : std::as_const(members)) {
                // To somebody other than the sender, who would wait for it in vain.
                const int times = member != members.first() && ++deliveries == 10 ? copies : 1;
                for (int i = 0; i < times; ++i)
                    member->sendTextMessage(message);
            }
        });
    });
    const Outcome outcome = run(words("fanout --bare --members 5 --concurrency 1 --seconds 0.2 --warm-up 0 "
                                      "--patience 1 --url")
        + QStringList{server.serverUrl().toString()});
    QVERIFY2(outcome.exitCode == exitCode, outcome.errors.constData());
    QCOMPARE(outcome.json.value(QLatin1String("lost")).toInt(-1), copies == 0 ? 1 : 0);
    QCOMPARE(outcome.json.value(QLatin1String("duplicates")).toInt(-1), copies == 2 ? 1 : 0);
    QVERIFY(outcome.json.value(QLatin1String("deliveries")).toDouble() > 0);
}

QTEST_GUILESS_MAIN(tst_BenchSmoke)
#include "tst_bench_smoke.moc"
