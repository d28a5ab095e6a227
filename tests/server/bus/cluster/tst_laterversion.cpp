// SPDX-License-Identifier: GPL-3.0-or-later
// What a node makes of frames of a later version: it skips what it does not understand, and reads from the store what that
// may have told. The wire is the test.

#include "server/bus/cluster/node.h"
#include "tests/server/bus/cluster/ether.h"
#include "tests/support/unusedstore.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QTest>

using namespace rookery;
using namespace rookery::bus;
using namespace std::chrono_literals;

namespace {

const QString wantedRoom = QStringLiteral("den");
constexpr NodeId laterNode = 0x1234;

/// Only the head of one room.
class HeadStore final : public test::UnusedStore
{
public:
    void heads(QStringList roomIds, QObject *context, Done<QHash<QString, qint64>> done) override
    {
        ++asked;
        QHash<QString, qint64> heads;
        if (roomIds.contains(wantedRoom))
            heads.insert(wantedRoom, head);
        QMetaObject::invokeMethod(
            context, [done, heads] { done(heads); }, Qt::QueuedConnection);
    }
    QString identity() const override { return QStringLiteral("heads"); }

    int asked = 0;
    qint64 head = 1;
};

/// The same frame in the next version of the format.
QByteArray inNextVersion(QByteArray bytes)
{
    constexpr int versionAt = 3;
    ++bytes.data()[versionAt];
    return bytes;
}

} // namespace

class TestLaterVersion : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();

    void laterFramesAreKnownAsSuch();
    void whatStandsBehindTheRecordsIsIgnored();
    void beatsMaySayMoreOrLess();
    void unknownSayingsAreSkippedAndHealed_data();
    void unknownSayingsAreSkippedAndHealed();
    void whatConcernsNobodyHereIsSkipped();
    void framesOfALaterFormatAreALoss();
    void manyOfThemReadTheHeadsOnceASecond();

private:
    void receive(const QByteArray &bytes)
    {
        Q_EMIT m_wire->received(bytes);
        settle();
    }
    QByteArray frame(std::vector<Record> records)
    {
        return encodeFrame({laterNode, ++m_number, std::move(records)});
    }
    void settle();
    void pass(std::chrono::milliseconds time);

    std::chrono::milliseconds m_now{1'000'000};
    quint64 m_number = 0;
    HeadStore m_store;
    std::unique_ptr<MemoryBus> m_bus;
    std::unique_ptr<Sequencer> m_sequencer;
    std::unique_ptr<QObject> m_hub;
    std::unique_ptr<Node> m_node;
    test::EtherWire *m_wire = nullptr;
    QList<qint64> m_heads;
    int m_ended = 0;
};

void TestLaterVersion::init()
{
    const auto clock = [this] { return m_now; };
    m_number = 0;
    m_store.head = 1;
    m_bus = std::make_unique<MemoryBus>(std::make_shared<threads::Postboxes>(), 20'000, clock);
    m_sequencer = std::make_unique<Sequencer>(m_bus.get(), clock);
    m_hub = std::make_unique<QObject>();
    m_bus->subscribe(m_hub.get(), [this](const Notice &notice) {
        if (const auto *known = std::get_if<RoomHeads>(&notice))
            m_heads.append(known->heads.first().seq);
        m_ended += std::holds_alternative<SessionEnded>(notice) ? 1 : 0;
    });
    m_bus->listen(m_hub.get(), wantedRoom);
    std::vector<std::unique_ptr<Wire>> wires;
    wires.push_back(std::make_unique<test::EtherWire>(std::make_shared<test::Ether>()));
    m_wire = static_cast<test::EtherWire *>(wires.back().get());
    NodeOptions options;
    options.clock = clock;
    options.ticksByItself = false;
    options.stepsByItself = false;
    m_node = std::make_unique<Node>(m_bus.get(), m_sequencer.get(), &m_store, std::move(wires), options);
    settle();
    receive(frame({{RecordKind::Heartbeat, {}, encodeBeat({})}}));
    pass(1s);
    m_heads.clear();
    m_ended = 0;
    m_store.asked = 0;
}

void TestLaterVersion::cleanup()
{
    m_node.reset();
    m_bus->unsubscribe(m_hub.get());
    m_hub.reset();
}

void TestLaterVersion::settle()
{
    for (int round = 0; round < 6; ++round) {
        m_node->step();
        QCoreApplication::sendPostedEvents();
    }
}

void TestLaterVersion::pass(std::chrono::milliseconds time)
{
    for (std::chrono::milliseconds passed{0}; passed < time; passed += Node::beatInterval) {
        m_now += Node::beatInterval;
        m_bus->renew(m_hub.get());
        m_node->tick();
        settle();
    }
}

void TestLaterVersion::laterFramesAreKnownAsSuch()
{
    const QByteArray bytes = frame({});
    QVERIFY(!isOfLaterVersion(bytes));
    QVERIFY(isOfLaterVersion(inNextVersion(bytes)));
    QVERIFY(isOfLaterVersion(inNextVersion(bytes).left(4)));
    QVERIFY(!isOfLaterVersion(inNextVersion(bytes).left(3)));
    QVERIFY(!isOfLaterVersion("rookery"));
    QVERIFY(!decodeFrame(inNextVersion(bytes)));
}

void TestLaterVersion::whatStandsBehindTheRecordsIsIgnored()
{
    const QByteArray body = R"({"v":1,"notice":"session_ended","session":"s","reason":"r"})";
    receive(frame({{RecordKind::Said, {{}, {}, true}, body}}) + "and what else there is to say");
    QCOMPARE(m_ended, 1);
    QCOMPARE(m_store.asked, 0);
}

void TestLaterVersion::beatsMaySayMoreOrLess()
{
    const auto old = decodeBeat(R"({"name":"n","version":"0.1","wires":1,"hubs":[]})");
    QVERIFY(old);
    QVERIFY(!old->storeAge);
    const auto more = decodeBeat(R"({"name":"n","version":"9","store_age":70,"mood":{"good":true}})");
    QVERIFY(more);
    QCOMPARE(more->storeAge, std::optional(70ms));
    QVERIFY(!decodeBeat(R"({"name":"n","store_age":"soon"})")->storeAge);
    Beat beat;
    beat.storeAge = 1234ms;
    QCOMPARE(decodeBeat(encodeBeat(beat))->storeAge, beat.storeAge);
}

void TestLaterVersion::unknownSayingsAreSkippedAndHealed_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<QByteArray>("body");
    QTest::newRow("a record") << 200 << QByteArray("\x01\x02\x03");
    QTest::newRow("a notice") << int(RecordKind::Said)
                              << QByteArray(R"({"v":1,"notice":"room_painted","room":"den"})");
    QTest::newRow("a notice in a later version") << int(
        RecordKind::Said) << QByteArray(R"({"v":2,"notice":"event_committed","event":{"what":"else"}})");
}

void TestLaterVersion::unknownSayingsAreSkippedAndHealed()
{
    QFETCH(const int, kind);
    QFETCH(const QByteArray, body);
    m_store.head = 5;
    receive(frame({{RecordKind(kind), {{wantedRoom}, {}, false}, body},
        {RecordKind::Said, {{}, {}, true},
            R"({"v":1,"notice":"session_ended","session":"s","reason":"r"})"}}));
    // What comes behind it counts all the same.
    QCOMPARE(m_ended, 1);
    pass(Node::beatInterval);
    QCOMPARE(m_store.asked, 1);
    QVERIFY(m_heads.contains(5));
}

void TestLaterVersion::whatConcernsNobodyHereIsSkipped()
{
    receive(
        frame({{RecordKind(200), {{QStringLiteral("nest")}, {}, false}, "x"}, {RecordKind(201), {}, "y"}}));
    pass(2 * Node::beatInterval); // it is not silent for long enough to be in doubt
    QCOMPARE(m_store.asked, 0);
}

void TestLaterVersion::framesOfALaterFormatAreALoss()
{
    m_store.head = 7;
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("a node of a later version")));
    const auto strange = [this] {
        receive(inNextVersion(frame({{RecordKind::Said, {{wantedRoom}, {}, false}, "new"}})));
    };
    strange();
    QTest::failOnWarning(QRegularExpression(QStringLiteral("later version")));
    for (int i = 0; i < 5; ++i)
        strange();
    pass(Node::strangeInterval);
    QCOMPARE(m_store.asked, 1);
    QVERIFY(m_heads.contains(7));
}

void TestLaterVersion::manyOfThemReadTheHeadsOnceASecond()
{
    QTest::ignoreMessage(QtWarningMsg, QRegularExpression(QStringLiteral("a node of a later version")));
    for (int i = 0; i < 40; ++i) {
        receive(inNextVersion(frame({})));
        pass(Node::beatInterval);
    }
    QVERIFY2(m_store.asked >= 8 && m_store.asked <= 10, qPrintable(QString::number(m_store.asked)));
}

QTEST_GUILESS_MAIN(TestLaterVersion)
#include "tst_laterversion.moc"
