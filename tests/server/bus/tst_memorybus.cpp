// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/bus/memory/memorybus.h"
#include "tests/support/eventthread.h"

#include <QTest>
#include <QThread>

#include <atomic>
#include <thread>

using namespace rookery;
using namespace rookery::bus;
using test::EventThread;

namespace {

Notice ended(const QString &id)
{
    return SessionEnded{id, {}};
}

std::vector<Notice> one(const QString &id)
{
    return {ended(id)};
}

QString idOf(const Notice &notice)
{
    return std::get<SessionEnded>(notice).sessionId;
}

/// A subscriber on a thread of its own.
class Hearer
{
public:
    explicit Hearer(Bus *bus)
    {
        m_thread.start();
        m_object.moveToThread(&m_thread);
        bus->subscribe(&m_object, [this](const Notice &notice) {
            if (QThread::currentThread() != &m_thread)
                ++elsewhere;
            heard.append(idOf(notice));
            ++count;
        });
    }
    ~Hearer() { stop(); }
    /// `heard` may be read from then on.
    void stop()
    {
        m_thread.quit();
        m_thread.wait();
    }
    const QObject *object() const { return &m_object; }

    QStringList heard;
    std::atomic<int> count = 0;
    std::atomic<int> elsewhere = 0;

private:
    EventThread m_thread;
    QObject m_object;
};

} // namespace

class MemoryBusTest : public QObject
{
    Q_OBJECT
private:
    std::shared_ptr<threads::Postboxes> m_postboxes = std::make_shared<threads::Postboxes>();

private Q_SLOTS:
    void reachesEveryThreadInTheOrderOfEachSayer()
    {
        static constexpr int sayers = 4;
        static constexpr int each = 2000;
        MemoryBus bus(m_postboxes);
        Hearer first(&bus);
        Hearer second(&bus);
        std::vector<std::thread> threads;
        for (int sayer = 0; sayer < sayers; ++sayer) {
            threads.emplace_back([&bus, sayer] {
                for (int i = 0; i < each; ++i)
                    bus.publish(one(QStringLiteral("%1:%2").arg(sayer).arg(i)));
            });
        }
        for (std::thread &thread : threads)
            thread.join();
        for (Hearer *hearer : {&first, &second}) {
            QTRY_COMPARE(hearer->count.load(), sayers * each);
            hearer->stop();
            QCOMPARE(hearer->elsewhere.load(), 0);
            QList<int> next(sayers, 0);
            for (const QString &id : std::as_const(hearer->heard)) {
                const int sayer = id.section(u':', 0, 0).toInt();
                QCOMPARE(id.section(u':', 1).toInt(), next[sayer]++);
            }
        }
        // Two subscribers hear the same order, as two hubs must of the events of a room.
        QCOMPARE(first.heard, second.heard);
    }

    void theSayerDoesNotHearItself()
    {
        MemoryBus bus(m_postboxes);
        Hearer sayer(&bus);
        Hearer other(&bus);
        bus.publish(one(QStringLiteral("said")), sayer.object());
        bus.publish(one(QStringLiteral("to all")));
        QTRY_COMPARE(other.count.load(), 2);
        QTRY_COMPARE(sayer.count.load(), 1);
        sayer.stop();
        QCOMPARE(sayer.heard, QStringList{QStringLiteral("to all")});
    }

    void nothingIsHeardAfterUnsubscribing()
    {
        MemoryBus bus(m_postboxes);
        QObject subscriber;
        QStringList heard;
        bus.subscribe(&subscriber, [&](const Notice &notice) {
            heard.append(idOf(notice));
            bus.unsubscribe(&subscriber);
        });
        QObject witness;
        int seen = 0;
        bus.subscribe(&witness, [&](const Notice &) { ++seen; });
        bus.publish({ended(QStringLiteral("first")), ended(QStringLiteral("in the same breath"))});
        bus.publish(one(QStringLiteral("on its way already")));
        QTRY_COMPARE(seen, 3);
        QCOMPARE(heard, QStringList{QStringLiteral("first")});
    }

    void aDestroyedSubscriberIsNotCalled()
    {
        MemoryBus bus(m_postboxes);
        auto subscriber = std::make_unique<QObject>();
        int heard = 0;
        bus.subscribe(subscriber.get(), [&](const Notice &) { ++heard; });
        QObject witness;
        int seen = 0;
        bus.subscribe(&witness, [&](const Notice &) { ++seen; });
        bus.publish(one(QStringLiteral("too late")));
        subscriber.reset();
        QTRY_COMPARE(seen, 1);
        QCOMPARE(heard, 0);
    }

    void isCongestedWhileASubscriberIsFarBehind()
    {
        MemoryBus bus(m_postboxes, 10);
        QObject subscriber;
        int heard = 0;
        bus.subscribe(&subscriber, [&](const Notice &) { ++heard; });
        for (int i = 0; i < 10; ++i)
            bus.publish(one(QStringLiteral("within the bound")));
        QVERIFY(!bus.isCongested());
        bus.publish(one(QStringLiteral("beyond")));
        QVERIFY(bus.isCongested());
        QVERIFY(bus.isCongested());
        QTRY_COMPARE(heard, 11);
        QVERIFY(!bus.isCongested());
        bus.publish(std::vector<Notice>(11, ended(QStringLiteral("at once"))));
        QVERIFY(bus.isCongested());
        bus.unsubscribe(&subscriber);
        QVERIFY(!bus.isCongested());
    }

    /// What is said before an answer is posted is heard before the answer is.
    void noticesKeepTheirOrderWithOtherMail()
    {
        struct Answer : threads::Mail
        {
            explicit Answer(QStringList *to)
                : list(to)
            { }
            void deliver() override { list->append(QStringLiteral("answer")); }
            QStringList *list;
        };
        MemoryBus bus(m_postboxes);
        QObject subscriber;
        QStringList heard;
        bus.subscribe(&subscriber, [&](const Notice &notice) { heard.append(idOf(notice)); });
        std::thread writer([&] {
            for (int i = 0; i < 3; ++i) {
                bus.publish(one(QStringLiteral("event")));
                threads::Mails mails;
                mails.push_back(std::make_unique<Answer>(&heard));
                m_postboxes->of(&subscriber)->post(std::move(mails));
            }
        });
        writer.join();
        QTRY_COMPARE(heard.size(), 6);
        for (qsizetype i = 0; i < heard.size(); ++i)
            QCOMPARE(heard[i], i % 2 == 0 ? QStringLiteral("event") : QStringLiteral("answer"));
    }
};

QTEST_GUILESS_MAIN(MemoryBusTest)
#include "tst_memorybus.moc"
