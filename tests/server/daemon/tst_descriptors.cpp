#include "tests/support/testclient.h"
#include "tests/support/testdaemon.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTcpSocket>
#include <QTest>

#include <memory>
#include <vector>

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

/// A daemon that may not open as many descriptors as its clients would like.
class DescriptorsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void floodOfSilentConnections_data();
    void floodOfSilentConnections();
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

QTEST_GUILESS_MAIN(DescriptorsTest)
#include "tst_descriptors.moc"
