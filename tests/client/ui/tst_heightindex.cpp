// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/timeline/layout/heightindex.h"

#include <QRandomGenerator>
#include <QtTest>

#include <vector>

using namespace rookery::client;

class HeightIndexTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    /// Against a plain list of heights, through thousands of random changes.
    void agreesWithAPlainList()
    {
        HeightIndex index;
        std::vector<int> plain;
        QRandomGenerator random(11);
        const int estimate = index.estimate();
        for (int i = 0; i < 3000; ++i) {
            const int size = int(plain.size());
            switch (random.bounded(4)) {
            case 0: {
                const int at = random.bounded(size + 1);
                const int count = 1 + random.bounded(3);
                index.insert(at, count);
                plain.insert(plain.begin() + at, size_t(count), estimate);
                break;
            }
            case 1:
                index.insert(size, 1);
                plain.push_back(estimate);
                break;
            case 2:
                if (size > 0) {
                    const int row = random.bounded(size);
                    const int height = 1 + random.bounded(500);
                    index.setHeight(row, height);
                    plain[size_t(row)] = height;
                }
                break;
            case 3:
                if (size > 4 && random.bounded(3) == 0) {
                    const int at = random.bounded(size - 1);
                    index.remove(at, 2);
                    plain.erase(plain.begin() + at, plain.begin() + at + 2);
                }
                break;
            }
            QCOMPARE(index.size(), int(plain.size()));
            qint64 sum = 0;
            const int stop = plain.empty() ? 0 : random.bounded(int(plain.size()));
            for (int row = 0; row < stop; ++row)
                sum += plain[size_t(row)];
            QCOMPARE(index.top(stop), sum);
            if (!plain.empty()) {
                QCOMPARE(index.rowAt(sum), stop);
                QCOMPARE(index.rowAt(sum + plain[size_t(stop)] - 1), stop);
            }
        }
        QCOMPARE(index.rowAt(index.total() + 1000), index.size() - 1);
    }

    /// The first rows of an index that was never reset were added up one place off, past the end of its sums.
    void rowsComeToAFreshOne()
    {
        HeightIndex index;
        QCOMPARE(index.total(), 0);
        index.insert(0, 3);
        QCOMPARE(index.top(1), index.estimate());
        QCOMPARE(index.total(), 3 * index.estimate());
        QCOMPARE(index.rowAt(index.estimate()), 1);
    }

    void estimates()
    {
        HeightIndex index;
        index.reset(10);
        index.setEstimate(20);
        QCOMPARE(index.total(), 200);
        index.setHeight(3, 80);
        QCOMPARE(index.total(), 260);
        index.setHeight(3, 0); // no longer known
        QCOMPARE(index.total(), 200);
        index.setHeight(1, 30);
        index.setHeight(2, 50);
        index.forgetHeights(); // their mean is the better guess
        QCOMPARE(index.estimate(), 40);
        QCOMPARE(index.total(), 400);
        index.reset(0);
        QCOMPARE(index.rowAt(0), -1);
        QCOMPARE(index.total(), 0);
    }
};

QTEST_GUILESS_MAIN(HeightIndexTest)
#include "tst_heightindex.moc"
