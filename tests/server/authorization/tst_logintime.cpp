// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/testdaemon.h"
#include "tests/support/testuser.h"
#include "tests/wire/rawclient.h"

#include <QElapsedTimer>
#include <QTest>

#include <algorithm>

using namespace rookery::test;

namespace {

double median(std::vector<qint64> values)
{
    const auto middle = values.begin() + ptrdiff_t(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return double(*middle);
}

} // namespace

/// Whether the clock tells who has an account (THREATS 11). Argon2 as it is by default.
class LogInTimeTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void unknownUserAndWrongPasswordTakeTheSameTime();
};

/// In turn and on one connection, so that whatever else the machine
/// does befalls both alike; a set that was disturbed all the same is thrown away once.
void LogInTimeTest::unknownUserAndWrongPasswordTakeTheSameTime()
{
    constexpr int tries = 500;
    constexpr double tolerance = 0.05;
    TestDaemon daemon({}, {{QStringLiteral("ROOKERY_LIMITS_LOGINS_PER_MINUTE"), QStringLiteral("0")}});
    QVERIFY2(daemon.start(), daemon.log());
    QVERIFY(!registerUser(daemon.url(), QStringLiteral("alice")).token.isEmpty());
    RawClient client(daemon.url());
    const QByteArray known = R"({"username":"alice","password":"wrong password"})";
    const QByteArray unknown = R"({"username":"alicf","password":"wrong password"})";
    double difference = 1;
    for (int set = 0; set < 2 && difference > tolerance; ++set) {
        std::vector<qint64> knownTimes;
        std::vector<qint64> unknownTimes;
        for (int i = 0; i < 2 * tries; ++i) {
            const bool isKnown = (i % 2 == 0) == (i % 4 < 2); // known, unknown, unknown, known
            QElapsedTimer timer;
            timer.start();
            QCOMPARE(client.post("/login", isKnown ? known : unknown).status, 401);
            (isKnown ? knownTimes : unknownTimes).push_back(timer.nsecsElapsed());
            // Each failure is a line in the log, which would block the daemon once the pipe were full.
            QCoreApplication::processEvents();
            daemon.log();
        }
        const double a = median(knownTimes);
        const double b = median(unknownTimes);
        difference = std::abs(a - b) / std::min(a, b);
        qInfo("medians of %d tries each: known %.2f ms, unknown %.2f ms, %.2f %%", tries, a / 1e6, b / 1e6,
            100 * difference);
    }
    QVERIFY2(difference <= tolerance, qPrintable(QString::number(difference)));
}

QTEST_GUILESS_MAIN(LogInTimeTest)
#include "tst_logintime.moc"
