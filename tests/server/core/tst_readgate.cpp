// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/core/readgate.h"

#include <QElapsedTimer>
#include <QTest>

#include <memory>

using namespace rookery;
using namespace rookery::core;

/// The fair queue before the store's readers (THREATS 36).
class ReadGateTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void usersTakeTurns();
    void aTurnThatEndsAtOnce();
    void boundedPerUser();
    void whoHasGoneTakesNoTurn();
    void whoReadsMuchRests();

private:
    /// A read of `owner`, which answers when it is told to.
    void ask(ReadGate &gate, const QString &owner, QObject *context);
    void answerOne();

    std::vector<Done<QString>> m_asked; ///< of the store, in that order
    QStringList m_started;
    QStringList m_answered;
    int m_refused = 0;
};

void ReadGateTest::ask(ReadGate &gate, const QString &owner, QObject *context)
{
    gate.read<QString>(
        owner, context,
        [this, owner](QObject *, Done<QString> done) {
            m_started.append(owner);
            m_asked.push_back(std::move(done));
        },
        [this](const Result<QString> &answer) {
            if (answer)
                m_answered.append(*answer);
            else
                m_refused += answer.error().code == ErrorCode::Overloaded ? 1 : 1000;
        });
}

void ReadGateTest::answerOne()
{
    const auto done = std::move(m_asked.front());
    m_asked.erase(m_asked.begin());
    done(QStringLiteral("answer %1").arg(m_answered.size()));
}

void ReadGateTest::usersTakeTurns()
{
    ReadGate gate;
    m_started.clear();
    for (int i = 0; i < 50; ++i)
        ask(gate, QStringLiteral("eve"), this);
    QCOMPARE(m_started.size(), ReadGate::underWay);
    ask(gate, QStringLiteral("ann"), this);
    ask(gate, QStringLiteral("bob"), this);
    ask(gate, QStringLiteral("ann"), this);
    for (int i = 0; i < 5; ++i)
        answerOne();
    const QStringList next = m_started.mid(ReadGate::underWay);
    QCOMPARE(next,
        QStringList({QStringLiteral("eve"), QStringLiteral("ann"), QStringLiteral("bob"),
            QStringLiteral("eve"), QStringLiteral("ann")}));
    while (!m_asked.empty())
        answerOne();
    QCOMPARE(m_answered.size(), 53);
    QCOMPARE(gate.waiting(), 0);
}

/// Ten thousand of them must not become ten thousand nested calls.
void ReadGateTest::aTurnThatEndsAtOnce()
{
    ReadGate gate;
    m_answered.clear();
    for (int i = 0; i < ReadGate::underWay; ++i)
        ask(gate, QStringLiteral("eve"), this);
    int depth = 0;
    int deepest = 0;
    int ended = 0;
    for (int user = 0; user < 100; ++user) {
        for (int i = 0; i < 100; ++i) {
            gate.read<int>(
                QString::number(user), this,
                [&](QObject *, const Done<int> &done) {
                    deepest = std::max(deepest, ++depth);
                    done(1);
                    --depth;
                },
                [&ended](const Result<int> &answer) { ended += answer.ok(); });
        }
    }
    QCOMPARE(ended, 0);
    answerOne();
    QCOMPARE(ended, 10'000);
    QCOMPARE(deepest, 1);
    while (!m_asked.empty())
        answerOne();
}

void ReadGateTest::boundedPerUser()
{
    ReadGate gate;
    m_refused = 0;
    for (size_t i = 0; i < ReadGate::underWay + ReadGate::waitingPerUser; ++i)
        ask(gate, QStringLiteral("eve"), this);
    QCOMPARE(m_refused, 0);
    ask(gate, QStringLiteral("eve"), this);
    QCOMPARE(m_refused, 1);
    ask(gate, QStringLiteral("ann"), this);
    QCOMPARE(m_refused, 1);
    while (!m_asked.empty())
        answerOne();
}

void ReadGateTest::whoHasGoneTakesNoTurn()
{
    ReadGate gate;
    m_started.clear();
    m_answered.clear();
    auto gone = std::make_unique<QObject>();
    for (int i = 0; i < ReadGate::underWay; ++i)
        ask(gate, QStringLiteral("eve"), gone.get());
    for (int i = 0; i < 10; ++i)
        ask(gate, QStringLiteral("eve"), gone.get());
    ask(gate, QStringLiteral("ann"), this);
    gone.reset();
    while (!m_asked.empty())
        answerOne();
    QCOMPARE(m_answered.size(), 1); // ann's
    QCOMPARE(m_started.count(QStringLiteral("eve")), ReadGate::underWay);
    QCOMPARE(gate.waiting(), 0);
}

void ReadGateTest::whoReadsMuchRests()
{
    ReadGate gate;
    m_started.clear();
    ask(gate, QStringLiteral("eve"), this);
    QElapsedTimer reading;
    reading.start();
    while (reading.elapsed() <= 2 * ReadGate::credit.count()) { }
    answerOne();
    QElapsedTimer resting;
    resting.start();
    ask(gate, QStringLiteral("eve"), this);
    ask(gate, QStringLiteral("ann"), this);
    QCOMPARE(m_started, QStringList({QStringLiteral("eve"), QStringLiteral("ann")}));
    QCOMPARE(gate.waiting(), 1);
    QTRY_COMPARE(m_started.size(), 3);
    QVERIFY2(resting.elapsed() >= ReadGate::credit.count(), qPrintable(QString::number(resting.elapsed())));
    while (!m_asked.empty())
        answerOne();
}

QTEST_GUILESS_MAIN(ReadGateTest)
#include "tst_readgate.moc"
