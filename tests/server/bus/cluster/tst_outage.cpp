// SPDX-License-Identifier: GPL-3.0-or-later
// What a node makes of a store that does not answer it. Times are the test's.

#include "server/bus/cluster/outage.h"
#include "server/bus/cluster/peers.h"

#include <QTest>

#include <functional>

using namespace rookery::bus;
using namespace std::chrono_literals;

namespace {

constexpr NodeId otherNode = 7;
constexpr auto step = 250ms;

} // namespace

class TestOutage : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();

    void aStoreThatAnswersIsNoOutage();
    void isOursWhereAnotherNodeIsAnswered();
    void isOursWhereNoneIsHeardAnyMore();
    void isNotOursWhereNoneIsAnswered();
    void isNotOursWithoutAnotherNode();
    void nodesThatDoNotSayItCountForNothing();
    void theEndOfAnOutageIsNotOurs();
    void aProcessThatWasStoppedDoesNotJudge();
    void endsWhenTheStoreAnswers();

private:
    /// What the other node says of the store; nothing: it is silent.
    using Says = std::function<std::optional<Beat>()>;
    /// Beats and asks until so much time has passed, or the answer is yes. Answers when it was.
    std::optional<std::chrono::milliseconds> pass(std::chrono::milliseconds time, const Says &says);
    static Beat beat(std::optional<std::chrono::milliseconds> age)
    {
        return {QStringLiteral("other"), QStringLiteral("1"), 1, {}, age};
    }

    std::chrono::milliseconds m_now{};
    std::chrono::milliseconds m_answered{}; ///< when the store last answered this node
    quint64 m_number = 0;
    std::unique_ptr<MemoryBus> m_bus;
    std::unique_ptr<Peers> m_peers;
    Outage m_outage;
};

void TestOutage::init()
{
    m_now = 1'000'000ms;
    m_answered = m_now;
    m_number = 0;
    const auto clock = [this] { return m_now; };
    m_bus = std::make_unique<MemoryBus>(std::make_shared<rookery::threads::Postboxes>(), 20'000, clock);
    m_peers = std::make_unique<Peers>(m_bus.get(), clock);
    m_outage = Outage();
}

std::optional<std::chrono::milliseconds> TestOutage::pass(std::chrono::milliseconds time, const Says &says)
{
    const auto start = m_now;
    while (m_now - start < time) {
        m_now += step;
        if (const auto said = says()) {
            m_peers->note(otherNode, ++m_number);
            m_peers->beat(otherNode, *said);
        }
        m_peers->examine();
        if (m_outage.isOursAlone(m_now, m_now - m_answered, *m_peers))
            return m_now - start;
    }
    return std::nullopt;
}

void TestOutage::aStoreThatAnswersIsNoOutage()
{
    for (int i = 0; i < 40; ++i) {
        m_answered = m_now;
        QVERIFY(!pass(500ms, [] { return beat(0ms); }));
    }
    // Though nobody is heard.
    for (int i = 0; i < 40; ++i) {
        m_answered = m_now;
        QVERIFY(!pass(500ms, [] { return std::nullopt; }));
    }
}

void TestOutage::isOursWhereAnotherNodeIsAnswered()
{
    const auto after = pass(10s, [] { return beat(400ms); });
    QVERIFY(after);
    QVERIFY(*after >= Outage::patience);
    QVERIFY(*after <= Outage::patience + 1s);
}

void TestOutage::isOursWhereNoneIsHeardAnyMore()
{
    QVERIFY(!pass(step, [] { return beat(0ms); }));
    m_answered = m_now;
    QCOMPARE(
        pass(10s, [] { return std::nullopt; }), std::optional<std::chrono::milliseconds>(Outage::patience));
}

void TestOutage::isNotOursWhereNoneIsAnswered()
{
    // The other one was answered last half a second later.
    const auto last = m_answered + 500ms;
    QVERIFY(!pass(60s, [&] { return beat(std::max(m_now - last, 0ms)); }));
}

void TestOutage::isNotOursWithoutAnotherNode()
{
    QVERIFY(!pass(60s, [] { return std::nullopt; }));
    // One that was heard, and has left.
    init();
    QVERIFY(!pass(step, [] { return beat(0ms); }));
    m_peers->bye(otherNode);
    QVERIFY(!pass(60s, [] { return std::nullopt; }));
}

void TestOutage::nodesThatDoNotSayItCountForNothing()
{
    QVERIFY(!pass(60s, [] { return beat(std::nullopt); }));
}

/// After an outage for all, one node is answered before the other.
void TestOutage::theEndOfAnOutageIsNotOurs()
{
    const auto last = m_answered;
    QVERIFY(!pass(20s, [&] { return beat(m_now - last); }));
    QVERIFY(!pass(Outage::leadTime, [] { return beat(0ms); }));
    m_answered = m_now;
    QVERIFY(!pass(Outage::patience - step, [] { return beat(0ms); }));
}

void TestOutage::aProcessThatWasStoppedDoesNotJudge()
{
    QVERIFY(!pass(500ms, [] { return beat(0ms); }));
    m_now += 30s;
    QVERIFY(!pass(Outage::patience - step, [] { return beat(0ms); }));
    m_answered = m_now;
    QVERIFY(!pass(Outage::patience - step, [] { return beat(0ms); }));
}

void TestOutage::endsWhenTheStoreAnswers()
{
    QVERIFY(pass(10s, [] { return beat(0ms); }));
    // What becomes of the others changes nothing.
    QVERIFY(pass(step, [] { return beat(60s); }));
    m_answered = m_now;
    QVERIFY(!pass(step, [] { return beat(0ms); }));
}

QTEST_GUILESS_MAIN(TestOutage)
#include "tst_outage.moc"
