// SPDX-License-Identifier: GPL-3.0-or-later
#include "common/messages.h"

#include <QTest>
#include <QTimeZone>

using namespace rookery;

class tst_Messages : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void timesAreInUtc();
    void format_data();
    void format();
    void parse_data();
    void parse();
};

void tst_Messages::initTestCase()
{
    // Far from UTC, so that a time that is taken as local shows.
    qputenv("TZ", "Asia/Kathmandu");
}

void tst_Messages::timesAreInUtc()
{
    for (const qint64 milliseconds : {qint64(1795248000000), qint64(0), qint64(-1)}) {
        const QDateTime time = utcTime(milliseconds);
        QVERIFY(time.isValid());
        QCOMPARE(time.timeSpec(), Qt::UTC);
        QCOMPARE(time.toMSecsSinceEpoch(), milliseconds);
        QCOMPARE(time, QDateTime::fromMSecsSinceEpoch(milliseconds).toUTC());
    }
}

void tst_Messages::format_data()
{
    QTest::addColumn<QDateTime>("time");
    QTest::addColumn<QString>("text");
    const QDate date(2026, 11, 21);
    const QString text = QStringLiteral("2026-11-21T08:00:00.007Z");
    QTest::newRow("UTC") << QDateTime(date, QTime(8, 0, 0, 7), QTimeZone::utc()) << text;
    QTest::newRow("an offset") << QDateTime(date, QTime(10, 30, 0, 7), QTimeZone(9000)) << text;
    QTest::newRow("local") << QDateTime(date, QTime(8, 0, 0, 7), QTimeZone::utc()).toLocalTime() << text;
    QTest::newRow("milliseconds are always there")
        << QDateTime(date, QTime(8, 0), QTimeZone::utc()) << QStringLiteral("2026-11-21T08:00:00.000Z");
    QTest::newRow("before 1970") << QDateTime(QDate(1969, 12, 31), QTime(23, 59, 59, 999), QTimeZone::utc())
                                 << QStringLiteral("1969-12-31T23:59:59.999Z");
    for (const QDate other :
        {QDate(2000, 2, 29), QDate(2100, 3, 1), QDate(1, 1, 1), QDate(9999, 12, 31), QDate(1600, 2, 29)}) {
        const QDateTime time(other, QTime(23, 59, 58, 90), QTimeZone::utc());
        QTest::addRow("year %d", other.year()) << time << time.toUTC().toString(Qt::ISODateWithMs);
    }
}

void tst_Messages::format()
{
    QFETCH(QDateTime, time);
    QTEST(formatTimestamp(time), "text");
    QCOMPARE(parseTimestamp(formatTimestamp(time)), time.toUTC());
}

void tst_Messages::parse_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<qint64>("milliseconds"); // -1: refused
    const auto row = [](const char *text, qint64 milliseconds) {
        QTest::newRow(text) << QString::fromUtf8(text) << milliseconds;
    };
    constexpr qint64 eight = 1795248000000;
    row("2026-11-21T08:00:00.000Z", eight);
    row("2026-11-21T08:00:00Z", eight);
    row("2026-11-21T08:00:00.5Z", eight + 500);
    row("2026-11-21T08:00:00.123456Z", eight + 123);
    row("2026-11-21T10:30:00+02:30", eight);
    row("2026-11-21T05:00:00-03:00", eight);
    row("2026-11-21T08:00:00+00:00", eight);

    row("", -1);
    row("yesterday", -1);
    row("2026-11-21", -1);
    row("2026-11-21T08:00:00", -1); // which zone?
    row("2026-11-21T08:00:00.000", -1);
    row("2026-02-30T08:00:00Z", -1);
    row("2026-11-21T25:00:00Z", -1);
    row("2026-11-21T08:61:00Z", -1);
    row("1795248000000", -1);
    row("Sat, 21 Nov 2026 08:00:00 GMT", -1);
    row("2026-11-21T08:00:00Zjunk", -1);
}

void tst_Messages::parse()
{
    QFETCH(QString, text);
    QFETCH(qint64, milliseconds);
    const QDateTime time = parseTimestamp(text);
    QCOMPARE(time.isValid(), milliseconds >= 0);
    if (time.isValid()) {
        QCOMPARE(time.toMSecsSinceEpoch(), milliseconds);
        QCOMPARE(time.timeSpec(), Qt::UTC);
    }
}

QTEST_APPLESS_MAIN(tst_Messages)
#include "tst_messages.moc"
