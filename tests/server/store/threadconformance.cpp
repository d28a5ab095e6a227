// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/server/store/conformance.h"
#include "tests/support/eventthread.h"

#include <QThread>

#include <algorithm>
#include <atomic>
#include <iterator>

namespace storetest {

using rookery::test::EventThread;

void EventConformance::answersComeInOrder()
{
    makeRoom();
    QObject first;
    QObject second;
    QList<int> answered;
    QList<qint64> seqs;
    for (int i = 0; i < 400; ++i) {
        const auto note = [&, i](const auto &result) {
            QVERIFY(result.ok());
            answered.append(i);
        };
        // Different calls and different contexts on one thread: still one order of each.
        if (i % 4 == 3)
            m_store->createUser(newUser(QStringLiteral("user%1").arg(i)), &second, note);
        else
            m_store->append(newMessage(m_room, m_ann, QString::number(i)), i % 2 ? &first : &second,
                [&, note](Result<Appended> appended) {
                    note(appended);
                    seqs.append(appended->event.seq);
                });
    }
    QVERIFY2(answered.isEmpty(), "an answer came from inside a call");
    QTRY_COMPARE(answered.size(), 400);
    const auto order = [&answered](bool users) {
        QList<int> some;
        std::copy_if(answered.cbegin(), answered.cend(), std::back_inserter(some),
            [users](int i) { return (i % 4 == 3) == users; });
        return some;
    };
    for (const bool users : {false, true}) {
        const QList<int> some = order(users);
        QVERIFY(std::is_sorted(some.cbegin(), some.cend()));
        QCOMPARE(some.size(), users ? 100 : 300);
    }
    for (qsizetype i = 0; i < seqs.size(); ++i)
        QCOMPARE(seqs[i], qint64(i + 1));
}

void EventConformance::readSeesEveryAnsweredWrite()
{
    makeRoom();
    QObject context;
    int asked = 0;
    int stale = 0;
    int read = 0;
    for (int i = 0; i < 300; ++i) {
        m_store->append(
            newMessage(m_room, m_ann, QString::number(i)), &context, [&](Result<Appended> appended) {
                QVERIFY(appended.ok());
                const qint64 seq = appended->event.seq;
                ++asked;
                m_store->page({m_room.id, {}, {}, 1}, &context, [&, seq](Result<Page> page) {
                    QVERIFY(page.ok());
                    if (page->lastSeq < seq || page->events.first().seq != page->lastSeq)
                        ++stale;
                    ++read;
                });
            });
    }
    QTRY_COMPARE(read, 300);
    QCOMPARE(asked, 300);
    QCOMPARE(stale, 0);
}

void EventConformance::sendersOnManyThreads()
{
    makeRoom();
    constexpr int senders = 4;
    constexpr int each = 250;
    std::atomic<int> wrongThread = 0;
    std::atomic<int> failed = 0;
    std::vector<std::unique_ptr<EventThread>> threads;
    std::vector<QList<qint64>> seqs(senders);
    for (int s = 0; s < senders; ++s) {
        threads.emplace_back(std::make_unique<EventThread>([&, s] {
            QEventLoop loop;
            int open = each;
            for (int i = 0; i < each; ++i) {
                m_store->append(newMessage(m_room, m_ann, QStringLiteral("%1/%2").arg(s).arg(i)), &loop,
                    [&, s](Result<Appended> appended) {
                        if (QThread::currentThread() != loop.thread())
                            ++wrongThread;
                        if (appended)
                            seqs[size_t(s)].append(appended->event.seq);
                        else
                            ++failed;
                        if (--open == 0)
                            loop.quit();
                    });
            }
            loop.exec();
            m_fixture->postboxes->close();
        }));
        threads.back()->start();
    }
    for (const auto &thread : threads)
        QVERIFY(thread->wait());
    QCOMPARE(wrongThread.load(), 0);
    QCOMPARE(failed.load(), 0);
    QList<qint64> all;
    for (const auto &own : seqs) {
        QVERIFY2(std::is_sorted(own.begin(), own.end()), "one sender's messages changed places");
        all += own;
    }
    std::sort(all.begin(), all.end());
    QCOMPARE(all.size(), senders * each);
    for (qsizetype i = 0; i < all.size(); ++i)
        QCOMPARE(all[i], qint64(i + 1));
}

void EventConformance::contextIsGoneBeforeTheAnswer()
{
    makeRoom();
    int answered = 0;
    for (int i = 0; i < 100; ++i) {
        QObject gone;
        m_store->append(
            newMessage(m_room, m_ann, QString::number(i)), &gone, [&](const auto &) { ++answered; });
        m_store->page({m_room.id, {}, {}, 10}, &gone, [&](const auto &) { ++answered; });
    }
    m_store->append(newMessage(m_room, m_ann, QStringLiteral("nobody waits")), nullptr, {});
    // What was asked for is done all the same, and everybody else is answered.
    VALUE_OR_FAIL(last, store().append(newMessage(m_room, m_ann, QStringLiteral("last"))));
    QCOMPARE(last.event.seq, qint64(102));
    QCOMPARE(answered, 0);
}

void EventConformance::contextsDieOnOtherThreads()
{
    makeRoom();
    std::atomic<int> lateAnswers = 0;
    std::vector<std::unique_ptr<EventThread>> threads;
    for (int t = 0; t < 3; ++t) {
        threads.emplace_back(std::make_unique<EventThread>([&] {
            QEventLoop loop;
            for (int i = 0; i < 200; ++i) {
                auto context = std::make_unique<QObject>();
                auto alive = std::make_shared<std::atomic<bool>>(true);
                for (int call = 0; call < 3; ++call) {
                    m_store->append(newMessage(m_room, m_ann, QString::number(i)), context.get(),
                        [&, alive](const auto &) { lateAnswers += alive->load() ? 0 : 1; });
                }
                // Sometimes at once, sometimes about when the answer is posted.
                if (i % 3)
                    loop.processEvents();
                if (i % 5 == 0)
                    QThread::usleep(200);
                alive->store(false);
                context.reset();
            }
            m_fixture->postboxes->close();
        }));
        threads.back()->start();
    }
    for (const auto &thread : threads)
        QVERIFY(thread->wait());
    VALUE_OR_FAIL(last, store().append(newMessage(m_room, m_ann, QStringLiteral("last"))));
    QCOMPARE(last.event.seq, qint64(3 * 200 * 3 + 1));
    QCOMPARE(lateAnswers.load(), 0);
}

void EventConformance::answerMayDestroyItsContext()
{
    makeRoom();
    auto *context = new QObject;
    int answered = 0;
    for (int i = 0; i < 10; ++i) {
        m_store->append(newMessage(m_room, m_ann, QString::number(i)), context, [&, context](const auto &) {
            ++answered;
            delete context;
        });
    }
    VALUE_OR_FAIL(last, store().append(newMessage(m_room, m_ann, QStringLiteral("last"))));
    QCOMPARE(last.event.seq, qint64(11));
    QCOMPARE(answered, 1);
}

void EventConformance::threadEndsBeforeTheAnswer()
{
    makeRoom();
    std::atomic<int> answered = 0;
    for (int round = 0; round < 20; ++round) {
        std::unique_ptr<QObject> context;
        const auto thread(std::make_unique<EventThread>([&] {
            context = std::make_unique<QObject>();
            m_store->append(newMessage(m_room, m_ann, QStringLiteral("hello")), context.get(),
                [&](const auto &) { ++answered; });
            m_fixture->postboxes->close();
        }));
        thread->start();
        QVERIFY(thread->wait());
    }
    VALUE_OR_FAIL(last, store().append(newMessage(m_room, m_ann, QStringLiteral("last"))));
    QCOMPARE(last.event.seq, qint64(21));
    QCOMPARE(answered.load(), 0);

    // New threads are answered, even where they were made at the address of an old one.
    for (int round = 0; round < 20; ++round) {
        const auto thread(std::make_unique<EventThread>([&] {
            if (store().append(newMessage(m_room, m_ann, QStringLiteral("again"))).ok())
                ++answered;
            m_fixture->postboxes->close();
        }));
        thread->start();
        QVERIFY(thread->wait());
    }
    QCOMPARE(answered.load(), 20);
}

void EventConformance::destructionFinishesWhatIsQueued()
{
    makeRoom();
    QObject context;
    int answered = 0;
    for (int i = 0; i < 500; ++i) {
        m_store->append(newMessage(m_room, m_ann, QString::number(i)), &context, [&](const auto &appended) {
            QVERIFY(appended.ok());
            ++answered;
        });
    }
    m_store.reset();
    QTRY_COMPARE(answered, 500);
    reopen();
    VALUE_OR_FAIL(page, store().page({m_room.id, {}, {}, 1}));
    QCOMPARE(page.lastSeq, qint64(500));
}

} // namespace storetest
