// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/net/loop/reactor.h"
#include "tests/server/net/dispatchermain.h"

#include <QTest>
#include <QTimer>

#include <functional>
#include <memory>
#include <numeric>
#include <vector>

using namespace rookery::net;

namespace {

class Task final : public Reactor::Task
{
public:
    explicit Task(std::function<void()> act)
        : m_act(std::move(act))
    { }
    void turn() override { m_act(); }

private:
    std::function<void()> m_act;
};

} // namespace

/// The work of a thread's connections at the end of a turn of the event loop.
class ReactorTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void eachHasOneTurn();
    void othersComeBetween();
    void whatComesBetweenLeavesTogether();
    void cancelledOnesHaveNone();
    void aTaskMayBuryItself();

private:
    static constexpr int many = 10 * Reactor::tasksPerSlice;
};

void ReactorTest::eachHasOneTurn()
{
    Reactor reactor;
    std::vector<std::unique_ptr<Task>> tasks;
    std::vector<int> turns;
    for (int i = 0; i < many; ++i)
        tasks.push_back(std::make_unique<Task>([&turns, i] { turns.push_back(i); }));
    for (const auto &task : tasks) {
        reactor.schedule(task.get());
        reactor.schedule(task.get());
    }
    QTRY_COMPARE(turns.size(), size_t(many));
    for (int i = 0; i < many; ++i)
        QCOMPARE(turns[size_t(i)], i);
    reactor.schedule(tasks[0].get());
    QTRY_COMPARE(turns.size(), size_t(many + 1));
    QCoreApplication::processEvents();
    QCOMPARE(turns.size(), size_t(many + 1));
}

/// Who has something else to do waits for one slice and not for a thousand sockets.
void ReactorTest::othersComeBetween()
{
    Reactor reactor;
    int turns = 0;
    std::vector<std::unique_ptr<Task>> tasks;
    for (int i = 0; i < many; ++i) {
        tasks.push_back(std::make_unique<Task>([&turns] { ++turns; }));
        reactor.schedule(tasks.back().get());
    }
    int before = -1;
    QTimer other;
    other.callOnTimeout(&other, [&] {
        if (before < 0)
            before = turns;
    });
    other.start(0);
    QTRY_COMPARE(turns, many);
    QVERIFY2(before >= 0 && before <= 2 * Reactor::tasksPerSlice, qPrintable(QString::number(before)));
}

/// A frame that comes while others are being written goes out with the one that still waits: one turn for both.
void ReactorTest::whatComesBetweenLeavesTogether()
{
    Reactor reactor;
    std::vector<int> waiting(many, 0);
    std::vector<int> turns(many, 0);
    std::vector<std::unique_ptr<Task>> tasks;
    const auto toAll = [&] {
        for (size_t i = 0; i < size_t(many); ++i) {
            ++waiting[i];
            reactor.schedule(tasks[i].get());
        }
    };
    for (size_t i = 0; i < size_t(many); ++i)
        tasks.push_back(std::make_unique<Task>([&, i] {
            waiting[i] = 0;
            if (++turns[i] == 1 && i == 0) // in the first slice
                QTimer::singleShot(0, this, toAll);
        }));
    toAll();
    QTRY_COMPARE(turns[0], 2);
    QTRY_COMPARE(waiting, std::vector<int>(many, 0));
    QCOMPARE(turns[many - 1], 1);
    const int all = std::accumulate(turns.begin(), turns.end(), 0);
    QVERIFY2(all < many + 3 * Reactor::tasksPerSlice, qPrintable(QString::number(all)));
}

void ReactorTest::cancelledOnesHaveNone()
{
    Reactor reactor;
    int turns = 0;
    std::vector<std::unique_ptr<Task>> tasks;
    for (int i = 0; i < many; ++i)
        tasks.push_back(std::make_unique<Task>([&turns] { ++turns; }));
    // The first one, in its turn, ends the last one and one that is in another slice.
    Task first([&] {
        for (const int gone : {many - 1, many / 2}) {
            reactor.cancel(tasks[size_t(gone)].get());
            tasks[size_t(gone)].reset();
        }
    });
    reactor.schedule(&first);
    for (const auto &task : tasks)
        reactor.schedule(task.get());
    QTRY_COMPARE(turns, many - 2);
    QCoreApplication::processEvents();
    QCOMPARE(turns, many - 2);
}

void ReactorTest::aTaskMayBuryItself()
{
    Reactor reactor;
    std::weak_ptr<int> watched;
    std::unique_ptr<Task> task;
    {
        const auto held = std::make_shared<int>(1);
        watched = held;
        task = std::make_unique<Task>([&reactor, &task, held] {
            reactor.bury(std::move(task));
            QCOMPARE(*held, 1); // not yet
        });
    }
    reactor.schedule(task.get());
    QVERIFY(!watched.expired());
    QTRY_VERIFY(watched.expired());
}

ROOKERY_DISPATCHER_TEST_MAIN(ReactorTest)
#include "tst_net_reactor.moc"
