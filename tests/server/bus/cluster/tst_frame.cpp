// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/cluster/frame.h"

#include <QTest>

#include <limits>

using namespace rookery;
using namespace rookery::bus;

namespace {

constexpr NodeId someNode = 0xfedcba9876543210;
constexpr quint64 someNumber = 0x0123456789abcdef;

Frame full()
{
    Frame frame{someNode, someNumber, {}};
    frame.records.push_back(
        {RecordKind::Said, {{QStringLiteral("den")}, {QStringLiteral("Ärger")}, false}, "one"});
    frame.records.push_back({RecordKind::Heartbeat, {{}, {}, true}, QByteArray("\0\xff", 2)});
    frame.records.push_back({RecordKind::Bye, {}, {}});
    return frame;
}

} // namespace

class TestFrame : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void framesAreReadAsTheyWereWritten();
    void theSizeIsKnownBefore();
    void cutFramesAreNone();
    void garbledFramesAreNone_data();
    void garbledFramesAreNone();
    void recordsOfTheFutureAreKept();
    void beatsAreReadAsTheyWereWritten();
    void questionsAreReadAsTheyWereWritten();
    void whatIsNoObjectIsNoBeatAndNoQuestion_data();
    void whatIsNoObjectIsNoBeatAndNoQuestion();
    void whatIsSaidAgainIsForOneNode();
};

void TestFrame::framesAreReadAsTheyWereWritten()
{
    const Frame frame = full();
    const auto read = decodeFrame(encodeFrame(frame));
    QVERIFY(read);
    QCOMPARE(read->node, frame.node);
    QCOMPARE(read->number, frame.number);
    QCOMPARE(read->records.size(), frame.records.size());
    for (size_t i = 0; i < frame.records.size(); ++i) {
        QCOMPARE(read->records[i].kind, frame.records[i].kind);
        QCOMPARE(read->records[i].audience.rooms, frame.records[i].audience.rooms);
        QCOMPARE(read->records[i].audience.users, frame.records[i].audience.users);
        QCOMPARE(read->records[i].audience.everybody, frame.records[i].audience.everybody);
        QCOMPARE(read->records[i].body, frame.records[i].body);
    }
}

void TestFrame::theSizeIsKnownBefore()
{
    const Frame frame = full();
    qsizetype most = frameHeadBytes;
    for (const Record &record : frame.records)
        most += sizeOf(record);
    QVERIFY(encodeFrame(frame).size() <= most);
    QVERIFY(encodeFrame({someNode, 1, {}}).size() <= frameHeadBytes);
}

void TestFrame::cutFramesAreNone()
{
    const QByteArray bytes = encodeFrame(full());
    for (qsizetype length = 0; length < bytes.size(); ++length)
        QVERIFY2(!decodeFrame(bytes.left(length)), qPrintable(QString::number(length)));
}

void TestFrame::garbledFramesAreNone_data()
{
    QTest::addColumn<QByteArray>("bytes");
    const QByteArray bytes = encodeFrame(full());
    QByteArray otherVersion = bytes;
    otherVersion[3] = '2';
    QTest::newRow("of another version") << otherVersion;
    QTest::newRow("of no node") << encodeFrame({0, 1, {}});
    QTest::newRow("without a number") << encodeFrame({someNode, 0, {}});
    QByteArray many = encodeFrame({someNode, 1, {}});
    many.replace(many.size() - 4, 4, QByteArray("\xff\xff\xff\xff", 4));
    QTest::newRow("with more records than it says") << many;
    QTest::newRow("text") << QByteArray("rk:feed:0123456789 room:1-2");
    QTest::newRow("empty") << QByteArray();
}

void TestFrame::garbledFramesAreNone()
{
    QFETCH(const QByteArray, bytes);
    QVERIFY(!decodeFrame(bytes));
}

void TestFrame::recordsOfTheFutureAreKept()
{
    Frame frame = full();
    frame.records[1].kind = RecordKind(200);
    const auto read = decodeFrame(encodeFrame(frame));
    QVERIFY(read);
    QCOMPARE(read->records.size(), 3U);
    QCOMPARE(read->records[1].kind, RecordKind(200));
    QCOMPARE(read->records[2].kind, RecordKind::Bye);
}

void TestFrame::beatsAreReadAsTheyWereWritten()
{
    const Beat beat{QStringLiteral("eins"), QStringLiteral("0.1"), 3, {1, std::numeric_limits<HubId>::max()}};
    const auto read = decodeBeat(encodeBeat(beat));
    QVERIFY(read);
    QCOMPARE(read->name, beat.name);
    QCOMPARE(read->version, beat.version);
    QCOMPARE(read->wires, beat.wires);
    QCOMPARE(read->hubs, beat.hubs);
    QVERIFY(!decodeBeat(R"({"hubs":["no number"]})"));
}

void TestFrame::questionsAreReadAsTheyWereWritten()
{
    const auto read = decodeAsk(encodeAsk({someNode, {QStringLiteral("den"), QStringLiteral("nest")}}));
    QVERIFY(read);
    QCOMPARE(read->of, someNode);
    QCOMPARE(read->rooms, (QStringList{QStringLiteral("den"), QStringLiteral("nest")}));
    QVERIFY(!decodeAsk(R"({"rooms":["den"]})"));

    const auto again = decodeAgain(encodeAgain({someNode, someNumber, someNumber + 1}));
    QVERIFY(again);
    QCOMPARE(again->of, someNode);
    QCOMPARE(again->from, someNumber);
    QCOMPARE(again->to, someNumber + 1);
    QVERIFY(!decodeAgain(R"({"of":"1","from":"1"})"));
}

void TestFrame::whatIsNoObjectIsNoBeatAndNoQuestion_data()
{
    QTest::addColumn<QByteArray>("json");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("an array") << QByteArray("[1]");
    QTest::newRow("cut") << QByteArray(R"({"of":"1",)");
    QTest::newRow("no text") << QByteArray("\xff\xfe");
}

void TestFrame::whatIsNoObjectIsNoBeatAndNoQuestion()
{
    QFETCH(const QByteArray, json);
    QVERIFY(!decodeBeat(json));
    QVERIFY(!decodeAsk(json));
    QVERIFY(!decodeAgain(json));
}

void TestFrame::whatIsSaidAgainIsForOneNode()
{
    const Record record{RecordKind::Said, {{QStringLiteral("den")}, {}, false}, "body"};
    const Record again = repeated(someNode, record);
    QCOMPARE(again.kind, RecordKind::Repeated);
    QCOMPARE(again.audience.rooms, record.audience.rooms);
    const auto inner = repeatedFor(someNode, again);
    QVERIFY(inner);
    QCOMPARE(inner->kind, record.kind);
    QCOMPARE(inner->body, record.body);
    QVERIFY(!repeatedFor(someNode + 1, again));
    QVERIFY(!repeatedFor(someNode, Record{RecordKind::Repeated, {}, again.body.left(9)}));
}

QTEST_GUILESS_MAIN(TestFrame)
#include "tst_frame.moc"
