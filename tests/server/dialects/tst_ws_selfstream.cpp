// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/dialects/native/readmarks.h"
#include "server/dialects/native/selfstream.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>

using namespace rookery;
using namespace rookery::ws;

namespace {

SelfEvent marked(qint64 seq)
{
    return {seq, utcTime(1'000'000), ReadMarked{QStringLiteral("room-id"), seq, 0, seq}};
}

/// A socket that takes what it is told to.
class FakeOwner : public SelfStreamOwner, public ReadMarksOwner
{
public:
    void deliver(const QByteArray &utf8) override
    {
        const QJsonObject frame = QJsonDocument::fromJson(utf8).object();
        delivered.append(frame[QLatin1String("event")][QLatin1String("seq")].toInteger());
        answers.append(frame);
    }
    bool canDeliver() const override { return hasRoom; }
    void readSelfStream(qint64 after) override { reads.append(after); }
    void retrySelfStream() override { ++retries; }
    void markRead(
        const QString &room, qint64 seq, std::function<void(const Result<store::MarkedRead> &)> done) override
    {
        writes.append({room, seq});
        pending.append(std::move(done));
    }
    void writeMarksLater() override { ++pauses; }

    void answerMark(qint64 seq) { pending.takeFirst()(store::MarkedRead{marked(seq), true}); }

    bool hasRoom = true;
    QList<qint64> delivered;
    QList<QJsonObject> answers;
    QList<qint64> reads;
    int retries = 0;
    QList<std::pair<QString, qint64>> writes;
    QList<std::function<void(const Result<store::MarkedRead> &)>> pending;
    int pauses = 0;
};

SelfPage page(const QList<qint64> &seqs, qint64 upTo, qint64 last)
{
    SelfPage page;
    for (const qint64 seq : seqs)
        page.events.append(marked(seq));
    page.upTo = upTo;
    page.lastSeq = last;
    page.hasMore = upTo < last;
    return page;
}

} // namespace

/// A self stream on one socket has no gap and nothing twice, and read markers are written seldom.
class SelfStreamUnitTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void liveAtOnce()
    {
        FakeOwner owner;
        SelfStream stream(&owner, 5, 5);
        stream.start();
        QVERIFY(owner.reads.isEmpty());
        stream.hear(marked(5));
        stream.hear(marked(6));
        stream.hear(marked(6));
        QCOMPARE(owner.delivered, QList<qint64>{6});
    }

    void missedIsReadPageByPage()
    {
        FakeOwner owner;
        SelfStream stream(&owner, 2, 9);
        stream.start();
        QCOMPARE(owner.reads, QList<qint64>{2});
        stream.hear(marked(10)); // while it is being read
        stream.pageRead(page({4, 7}, 7, 9));
        QCOMPARE(owner.reads, (QList<qint64>{2, 7}));
        stream.pageRead(page({9}, 9, 9));
        QCOMPARE(owner.reads, (QList<qint64>{2, 7, 9}));
        stream.pageRead(page({10}, 10, 10));
        stream.hear(marked(11));
        QCOMPARE(owner.delivered, (QList<qint64>{4, 7, 9, 10, 11}));
        QCOMPARE(owner.reads.size(), 3);
    }

    void jumpIsReadAnew()
    {
        FakeOwner owner;
        SelfStream stream(&owner, 1, 1);
        stream.start();
        stream.hear(marked(4));
        QCOMPARE(owner.reads, QList<qint64>{1});
        stream.pageRead(page({3, 4}, 4, 4));
        stream.hear(marked(5));
        QCOMPARE(owner.delivered, (QList<qint64>{3, 4, 5}));
    }

    void slowSocketMissesNothing()
    {
        FakeOwner owner;
        SelfStream stream(&owner, 1, 1);
        stream.start();
        owner.hasRoom = false;
        stream.hear(marked(2));
        stream.hear(marked(3));
        QVERIFY(owner.delivered.isEmpty());
        QVERIFY(owner.reads.isEmpty());
        owner.hasRoom = true;
        stream.resume();
        QCOMPARE(owner.reads, QList<qint64>{1});
        stream.pageRead(page({3}, 3, 3));
        QCOMPARE(owner.delivered, QList<qint64>{3});
    }

    void failedReadIsTriedAgain()
    {
        FakeOwner owner;
        SelfStream stream(&owner, 0, 1);
        stream.start();
        stream.pageRead(Error{ErrorCode::StorageUnavailable, QStringLiteral("no")});
        QCOMPARE(owner.retries, 1);
        stream.resume();
        stream.pageRead(page({1}, 1, 1));
        QCOMPARE(owner.delivered, QList<qint64>{1});
    }

    void marksOfARoomAreOneWrite()
    {
        FakeOwner owner;
        ReadMarks marks(&owner);
        for (qint64 seq = 1; seq <= 50; ++seq)
            QVERIFY(!marks.add(seq, QStringLiteral("tea"), seq));
        QVERIFY(!marks.add(51, QStringLiteral("tea"), 3)); // an older one does not move it back
        QVERIFY(!marks.add(52, QStringLiteral("coffee"), 7));
        QCOMPARE(owner.writes, (QList<std::pair<QString, qint64>>{{QStringLiteral("tea"), 1}}));
        owner.answerMark(1);
        QCOMPARE(owner.pauses, 1);
        QCOMPARE(owner.answers.size(), 1);
        QVERIFY(!marks.isIdle());
        marks.write();
        QCOMPARE(owner.writes.size(), 3);
        QCOMPARE(owner.writes[1], std::pair(QStringLiteral("tea"), qint64(50)));
        QCOMPARE(owner.writes[2], std::pair(QStringLiteral("coffee"), qint64(7)));
        owner.answerMark(50);
        QCOMPARE(owner.pauses, 1);
        owner.answerMark(7);
        QCOMPARE(owner.pauses, 2);
        QCOMPARE(owner.answers.size(), 52);
        QCOMPARE(owner.answers[1][QLatin1String("ref")].toInt(), 2);
        QCOMPARE(owner.answers[50][QLatin1String("ref")].toInt(), 51);
        marks.write();
        QVERIFY(marks.isIdle());
    }

    void waitingMarksAreBounded()
    {
        FakeOwner owner;
        ReadMarks marks(&owner);
        QVERIFY(!marks.add(0, QStringLiteral("first"), 1));
        for (int i = 0; i < 1'000; ++i)
            QVERIFY(!marks.add(i, QStringLiteral("room%1").arg(i), 1));
        const auto refused = marks.add(0, QStringLiteral("one more"), 1);
        QVERIFY(refused);
        QCOMPARE(refused->code, ErrorCode::Overloaded);
        QVERIFY(refused->retryAfter.count() > 0);
        for (int i = 0; i < 63; ++i)
            QVERIFY(!marks.add(i, QStringLiteral("room0"), 1));
        QVERIFY(marks.add(0, QStringLiteral("room0"), 1));
        owner.answerMark(1);
        marks.write();
        QCOMPARE(owner.writes.size(), 1 + 64);
    }
};

QTEST_GUILESS_MAIN(SelfStreamUnitTest)
#include "tst_ws_selfstream.moc"
