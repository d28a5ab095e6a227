// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/stream/outbox.h"

#include <QTest>

#include <array>

#include <sys/uio.h>

using namespace rookery::net;

namespace {

QByteArray contents(const Outbox &outbox)
{
    QByteArray all(outbox.size(), '\0');
    all.resize(outbox.copyTo(all.data(), all.size()));
    return all;
}

QByteArray gathered(const Outbox &outbox)
{
    std::array<iovec, 100> parts;
    const int count = outbox.gather(parts.data(), int(parts.size()));
    QByteArray all;
    for (int i = 0; i < count; ++i)
        all.append(static_cast<const char *>(parts[size_t(i)].iov_base), qsizetype(parts[size_t(i)].iov_len));
    return all;
}

} // namespace

class TestOutbox : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void keepsTheOrder();
    void sharesWhatIsLarge();
    void removesPiecewise_data();
    void removesPiecewise();
    void gathersNoMoreThanAsked();
    void dropsWhatHasNotBegun();
    void dropsBehindTheUnitThatHasBegun();
    void dropsBehindTheUnitThatIsCommitted();
    void dropsBehindContinuations();
    void appendsAfterDropping();
    void emptyAgain();
};

void TestOutbox::keepsTheOrder()
{
    Outbox outbox;
    QVERIFY(outbox.isEmpty());
    QVERIFY(outbox.front().isEmpty());
    const QByteArray large(200, 'L');
    outbox.append("small", false);
    outbox.appendCopy("copied", false);
    outbox.append(large, true);
    outbox.appendCopy("", false);
    outbox.append("tail", false);
    QCOMPARE(outbox.size(), 215);
    QCOMPARE(contents(outbox), "smallcopied" + large + "tail");
    QCOMPARE(gathered(outbox), "smallcopied" + large + "tail");
    QCOMPARE(outbox.front().toByteArray(), "smallcopied");
}

void TestOutbox::sharesWhatIsLarge()
{
    const QByteArray large(200, 'L');
    Outbox one;
    Outbox two;
    one.append(large, false);
    two.append(large, false);
    QCOMPARE(static_cast<const void *>(one.front().data()), static_cast<const void *>(large.constData()));
    QCOMPARE(static_cast<const void *>(two.front().data()), static_cast<const void *>(large.constData()));
    one.append("x", false); // goes into none that others share
    QCOMPARE(two.size(), 200);
    QCOMPARE(contents(two), large);
    QCOMPARE(contents(one), large + 'x');
}

void TestOutbox::removesPiecewise_data()
{
    QTest::addColumn<int>("step");
    for (const int step : {1, 3, 99, 100, 101, 250})
        QTest::addRow("%d", step) << step;
}

void TestOutbox::removesPiecewise()
{
    QFETCH(int, step);
    Outbox outbox;
    QByteArray all;
    for (char c = 'a'; c < 'g'; ++c) {
        const QByteArray part(c % 2 ? 100 : 10, c);
        outbox.append(part, false);
        all += part;
    }
    while (!all.isEmpty()) {
        QCOMPARE(contents(outbox), all);
        QCOMPARE(outbox.size(), all.size());
        const qsizetype count = std::min<qsizetype>(step, all.size());
        outbox.remove(count);
        all.remove(0, count);
    }
    QVERIFY(outbox.isEmpty());
    QCOMPARE(outbox.size(), 0);
}

void TestOutbox::gathersNoMoreThanAsked()
{
    Outbox outbox;
    for (int i = 0; i < 10; ++i)
        outbox.append(QByteArray(100, 'x'), false);
    std::array<iovec, 3> parts;
    outbox.remove(30);
    QCOMPARE(outbox.gather(parts.data(), 3), 3);
    QCOMPARE(parts[0].iov_len, size_t(70));
    QCOMPARE(parts[2].iov_len, size_t(100));
    std::array<char, 150> copied;
    QCOMPARE(outbox.copyTo(copied.data(), 150), 150);
}

void TestOutbox::dropsWhatHasNotBegun()
{
    Outbox outbox;
    outbox.append(QByteArray(100, 'a'), false);
    outbox.append(QByteArray(100, 'b'), false);
    outbox.dropUnsent(0);
    QVERIFY(outbox.isEmpty());
    QCOMPARE(outbox.size(), 0);
}

void TestOutbox::dropsBehindTheUnitThatHasBegun()
{
    Outbox outbox;
    outbox.append(QByteArray(100, 'a'), false);
    outbox.append(QByteArray(100, 'b'), false);
    outbox.append(QByteArray(100, 'c'), false);
    outbox.remove(120);
    outbox.dropUnsent(0);
    QCOMPARE(contents(outbox), QByteArray(80, 'b'));
    QCOMPARE(outbox.size(), 80);
}

void TestOutbox::dropsBehindTheUnitThatIsCommitted()
{
    Outbox outbox;
    for (char c = 'a'; c < 'f'; ++c)
        outbox.append(QByteArray(100, c), false);
    outbox.dropUnsent(150);
    QCOMPARE(contents(outbox), QByteArray(100, 'a') + QByteArray(100, 'b'));
}

void TestOutbox::dropsBehindContinuations()
{
    Outbox outbox;
    outbox.appendCopy("head", false);
    outbox.append(QByteArray(100, 'a'), true);
    outbox.append(QByteArray(100, 'b'), true);
    outbox.append(QByteArray(100, 'c'), false);
    outbox.remove(1);
    outbox.dropUnsent(0);
    QCOMPARE(contents(outbox), "ead" + QByteArray(100, 'a') + QByteArray(100, 'b'));
}

void TestOutbox::appendsAfterDropping()
{
    Outbox outbox;
    outbox.appendCopy("abc", false);
    outbox.remove(1);
    outbox.append(QByteArray(100, 'x'), false);
    outbox.dropUnsent(0);
    outbox.appendCopy("close", false);
    QCOMPARE(contents(outbox), "bcclose");
    QCOMPARE(outbox.size(), 7);
    outbox.remove(7);
    QVERIFY(outbox.isEmpty());
}

void TestOutbox::emptyAgain()
{
    Outbox outbox;
    for (int i = 0; i < 3; ++i) {
        outbox.appendCopy("abc", false);
        outbox.append(QByteArray(100, 'x'), true);
        if (i == 1)
            outbox.clear();
        else
            outbox.remove(103);
        QVERIFY(outbox.isEmpty());
        QCOMPARE(outbox.size(), 0);
        QVERIFY(contents(outbox).isEmpty());
    }
}

QTEST_APPLESS_MAIN(TestOutbox)
#include "tst_net_outbox.moc"
