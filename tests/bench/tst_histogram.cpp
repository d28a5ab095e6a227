// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/histogram.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using namespace rookery::bench;
using namespace rookery::load;

class tst_Histogram : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nothing();
    void oneValue_data();
    void oneValue();
    void percentilesAgainstSorting_data();
    void percentilesAgainstSorting();
    void mergingIsRecordingTogether();
    void clearing();
};

void tst_Histogram::nothing()
{
    const Histogram histogram;
    QCOMPARE(histogram.count(), 0u);
    QCOMPARE(histogram.percentile(50), 0);
    QCOMPARE(histogram.max(), 0);
    QCOMPARE(histogram.min(), 0);
}

void tst_Histogram::oneValue_data()
{
    QTest::addColumn<qint64>("value");
    QTest::addColumn<qint64>("recorded");
    for (const qint64 value :
        {qint64(0), qint64(1), qint64(127), qint64(255), qint64(256), qint64(257), qint64(511), qint64(512),
            qint64(1'000'000), qint64(3'600'000'000'000), std::numeric_limits<qint64>::max()})
        QTest::addRow("%lld", static_cast<long long>(value)) << value << value;
    QTest::newRow("a clock that went backwards") << qint64(-5) << qint64(0);
}

void tst_Histogram::oneValue()
{
    QFETCH(qint64, value);
    QFETCH(qint64, recorded);
    Histogram histogram;
    histogram.record(value);
    QCOMPARE(histogram.count(), 1u);
    QCOMPARE(histogram.min(), recorded);
    QCOMPARE(histogram.max(), recorded);
    // The bucket's end is never told where the greatest value is known to be lower.
    QCOMPARE(histogram.percentile(0), recorded);
    QCOMPARE(histogram.percentile(50), recorded);
    QCOMPARE(histogram.percentile(100), recorded);
}

void tst_Histogram::percentilesAgainstSorting_data()
{
    QTest::addColumn<double>("greatest");
    QTest::newRow("exact buckets") << 200.0;
    QTest::newRow("microseconds") << 1e6;
    QTest::newRow("seconds") << 1e10;
}

void tst_Histogram::percentilesAgainstSorting()
{
    QFETCH(double, greatest);
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> exponent(0, std::log(greatest));
    std::vector<Nanos> values;
    Histogram histogram;
    for (int i = 0; i < 20'000; ++i) {
        values.push_back(Nanos(std::exp(exponent(random))));
        histogram.record(values.back());
    }
    std::sort(values.begin(), values.end());
    for (const double percent : {1.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
        const auto rank = std::size_t(std::ceil(percent / 100 * double(values.size())));
        const Nanos exact = values[rank - 1];
        const Nanos told = histogram.percentile(percent);
        QVERIFY2(told >= exact && double(told) <= double(exact) * (1 + 1.0 / 128) + 1,
            qPrintable(QStringLiteral("p%1: %2 instead of %3").arg(percent).arg(told).arg(exact)));
    }
    QCOMPARE(histogram.min(), values.front());
    QCOMPARE(histogram.max(), values.back());
}

void tst_Histogram::mergingIsRecordingTogether()
{
    Histogram together;
    Histogram even;
    Histogram odd;
    for (Nanos i = 1; i < 100'000; i += 7) {
        together.record(i * 13);
        (i % 2 == 0 ? even : odd).record(i * 13);
    }
    Histogram merged;
    merged.merge(even);
    merged.merge(Histogram());
    merged.merge(odd);
    QCOMPARE(merged.count(), together.count());
    QCOMPARE(merged.min(), together.min());
    QCOMPARE(merged.max(), together.max());
    QCOMPARE(merged.mean(), together.mean());
    for (const double percent : {0.0, 25.0, 50.0, 99.0, 99.9})
        QCOMPARE(merged.percentile(percent), together.percentile(percent));
}

void tst_Histogram::clearing()
{
    Histogram histogram;
    histogram.record(5);
    histogram.clear();
    QCOMPARE(histogram.count(), 0u);
    QCOMPARE(histogram.percentile(99), 0);
    histogram.record(3);
    QCOMPARE(histogram.max(), 3);
}

QTEST_APPLESS_MAIN(tst_Histogram)
#include "tst_histogram.moc"
