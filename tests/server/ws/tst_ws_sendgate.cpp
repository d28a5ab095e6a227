// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/ws/sendgate.h"

#include <QTest>

using namespace rookery;
using namespace rookery::ws;
using namespace std::chrono_literals;

namespace {

const QString room = QStringLiteral("room");
const QString first = QStringLiteral("0198f0c2-7d3a-7cc1-b05f-00000000000a");
const QString second = QStringLiteral("0198f0c2-7d3a-7cc1-b05f-00000000000b");

Error tooFast(std::chrono::milliseconds retryAfter)
{
    return {ErrorCode::RateLimited, QStringLiteral("Too fast."), {}, retryAfter};
}

} // namespace

/// THREATS 31. Which messages are refused after a refused one, and for how long.
class SendGateTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_now = SendGate::Time(1h);
        m_gate = std::make_unique<SendGate>(m_now);
    }
    void everythingBehindIsRefused();
    void theFirstOneOpens();
    void theFirstOneOpensInItsSpelling();
    void whoSendsSomethingElseMustHaveSeenAll();
    void whatWasHeldUpIsNotQuiet();
    void nobodyIsLockedOut();
    void otherRoomsAreOpen();
    void manyRooms();
    void whatHasWaitedWasSentBefore();
    void whatTheStoreHadComesFirst();
    void whatAllRoomsRefuseIsNotQuietInItsOwn();
    void pingsAreFew();
    void pongsOfOthersMeanNothing();

private:
    std::optional<Error> check(const SendGate::ClientId &id) { return m_gate->check(room, id, m_now); }
    Error refuse(const SendGate::ClientId &id, std::chrono::milliseconds retryAfter = 3s)
    {
        return m_gate->refused(room, id, tooFast(retryAfter), false, m_now);
    }
    void answerPing() { m_gate->pongReceived(m_gate->nextPing(m_now)); }

    std::unique_ptr<SendGate> m_gate;
    SendGate::Time m_now;
};

void SendGateTest::everythingBehindIsRefused()
{
    QVERIFY(m_gate->isOpen());
    QCOMPARE(refuse(first).retryAfter, 3s);
    QVERIFY(!m_gate->isOpen());
    m_now += 1s;
    const auto error = check(second);
    QVERIFY(error.has_value());
    QCOMPARE(error->code, ErrorCode::RateLimited);
    QCOMPARE(error->retryAfter, 2s);
    m_now += 2s;
    // Seen by nobody: no pong has come.
    QVERIFY(check(second).has_value());
    QVERIFY(check(std::nullopt).has_value());
}

void SendGateTest::theFirstOneOpens()
{
    refuse(first);
    QVERIFY(check(second).has_value());
    QVERIFY(!check(first).has_value());
    QVERIFY(m_gate->isOpen());
    QVERIFY(!check(second).has_value());
}

void SendGateTest::theFirstOneOpensInItsSpelling()
{
    refuse(first);
    m_now += 3s;
    QVERIFY(!check(first.toUpper()).has_value());
}

void SendGateTest::whoSendsSomethingElseMustHaveSeenAll()
{
    refuse(std::nullopt, 100ms);
    QCOMPARE(check(std::nullopt)->retryAfter, SendGate::quietTime); // then it will do
    answerPing();
    m_now += SendGate::quietTime - 1ms;
    QVERIFY(check(std::nullopt).has_value()); // one more that must be seen
    m_now += SendGate::quietTime;
    QVERIFY(check(std::nullopt).has_value()); // it was not
    answerPing();
    m_now += SendGate::quietTime;
    QVERIFY(!check(std::nullopt).has_value());
}

/// What comes after a pause of the server's may have been sent before it.
void SendGateTest::whatWasHeldUpIsNotQuiet()
{
    refuse(first, 1s);
    answerPing();
    m_gate->heldUp(m_now + 2s);
    m_now += 2s;
    QVERIFY(check(second).has_value());
    answerPing();
    m_now += SendGate::quietTime;
    QVERIFY(!check(second).has_value());
}

/// As behind another message whose room is being looked up.
void SendGateTest::whatHasWaitedWasSentBefore()
{
    const auto received = m_now;
    refuse(first, 1s);
    answerPing();
    m_now += 2s;
    QVERIFY(m_gate->check(room, second, m_now, received).has_value());
    answerPing();
    m_now += SendGate::quietTime - 1ms;
    QVERIFY(check(second).has_value()); // that was a refusal, too
    answerPing();
    m_now += SendGate::quietTime;
    QVERIFY(!check(second).has_value());
}

void SendGateTest::nobodyIsLockedOut()
{
    refuse(first);
    m_now += 3s;
    for (auto time = 0ms; time < SendGate::longestTime; time += 100ms) {
        QVERIFY(check(second).has_value());
        m_now += 100ms;
    }
    QVERIFY(!check(second).has_value());
}

void SendGateTest::otherRoomsAreOpen()
{
    refuse(first);
    QVERIFY(!m_gate->check(QStringLiteral("another"), second, m_now).has_value());
    m_gate->refused(SendGate::allRooms(), second, tooFast(1s), false, m_now);
    QVERIFY(m_gate->check(QStringLiteral("another"), {}, m_now).has_value());
    m_now += 1s;
    QVERIFY(!m_gate->check(QStringLiteral("another"), second, m_now).has_value());
    QVERIFY(check(second).has_value()); // that room is closed by itself
}

void SendGateTest::manyRooms()
{
    for (qsizetype i = 0; i < SendGate::mostRooms; ++i)
        m_gate->refused(QString::number(i), first, tooFast(1s), false, m_now);
    QVERIFY(!m_gate->check(QStringLiteral("another"), second, m_now).has_value());
    m_gate->refused(QStringLiteral("one more"), second, tooFast(1s), false, m_now);
    QVERIFY(m_gate->check(QStringLiteral("another"), {}, m_now).has_value());
    m_now += 1s;
    QVERIFY(!m_gate->check(QStringLiteral("one more"), second, m_now).has_value());
}

/// Its refusals come late, when newer messages may have been refused already.
void SendGateTest::whatTheStoreHadComesFirst()
{
    refuse(second);
    const Error full{ErrorCode::StorageFull, QStringLiteral("Full."), {}, 5s};
    QCOMPARE(m_gate->refused(room, first, full, true, m_now).code, ErrorCode::RateLimited);
    m_gate->refused(room, QStringLiteral("another"), full, true, m_now);
    m_now += 3s;
    QVERIFY(check(second).has_value());
    QVERIFY(!check(first).has_value());
}

/// The store refused the first one, and the second one's room could not be looked up.
void SendGateTest::whatAllRoomsRefuseIsNotQuietInItsOwn()
{
    m_gate->refused(room, first, tooFast(1s), true, m_now);
    m_now += 300ms;
    m_gate->refused(SendGate::allRooms(), second, tooFast(1s), false, m_now);
    answerPing();
    m_now += 900ms;
    QVERIFY(check(first).has_value()); // all rooms wait for the second one
    QVERIFY(check(second).has_value()); // and its room for the first one, which has just been refused again
    QVERIFY(!check(first).has_value());
    QVERIFY(!check(second).has_value());
}

void SendGateTest::pingsAreFew()
{
    QVERIFY(m_gate->nextPing(m_now).isEmpty());
    refuse(first);
    const QByteArray ping = m_gate->nextPing(m_now);
    QVERIFY(!ping.isEmpty());
    for (int i = 0; i < 100; ++i) {
        check(second);
        QVERIFY(m_gate->nextPing(m_now).isEmpty()); // until that one is answered
    }
    m_gate->pongReceived(ping);
    const QByteArray next = m_gate->nextPing(m_now);
    QVERIFY(!next.isEmpty());
    QVERIFY(next != ping);
    m_now += 5s; // it is lost
    QVERIFY(!m_gate->nextPing(m_now).isEmpty());
}

void SendGateTest::pongsOfOthersMeanNothing()
{
    refuse(first);
    m_gate->nextPing(m_now);
    for (const QByteArray &payload :
        {QByteArray(), QByteArray("x"), QByteArray(8, '\xff'), QByteArray(8, '\0')})
        m_gate->pongReceived(payload);
    m_now += 10s;
    QVERIFY(check(second).has_value());
}

QTEST_GUILESS_MAIN(SendGateTest)
#include "tst_ws_sendgate.moc"
