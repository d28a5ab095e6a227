// SPDX-License-Identifier: GPL-3.0-or-later
// Pages from the cache and the server, holes, resets, events that cannot be read, and very many events.

#include "client/sentences/sentences.h"
#include "tests/client/session/sessionwire.h"

#include "client/timeline/timelinesource.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>

using namespace rookery;
using namespace rookery::client;

namespace {

QString seqs(int first, int last)
{
    QStringList list;
    for (int seq = first; seq <= last; ++seq)
        list.append(QString::number(seq));
    return list.join(u' ');
}

/// A page of nothing but edits of the messages 1 to 9.
QJsonObject edits(qint64 first, qint64 last, qint64 lastSeq)
{
    QJsonArray events;
    for (qint64 seq = first; seq <= last; ++seq)
        events.append(frame(QStringLiteral(
            R"({"room":"r1","seq":%1,"id":"m%1","kind":"edited","target":%2,"sender":{"id":"u-bob","username":"bob"},"client_id":"x%1","timestamp":"2026-11-21T08:00:00.000Z"})")
                                .arg(seq)
                                .arg(seq % 9 + 1)));
    return {{QStringLiteral("epoch"), QStringLiteral("e1")}, {QStringLiteral("events"), events},
        {QStringLiteral("last_seq"), lastSeq}, {QStringLiteral("has_more"), true}};
}

} // namespace

class TestSessionHistory : public QObject
{
    Q_OBJECT
private:
    std::unique_ptr<SessionWire> m_wire;

    void connectUp(qint64 lastSeq)
    {
        m_wire->start();
        m_wire->greet(SessionWire::roomJson(r1, lastSeq));
        m_wire->subscribed(lastSeq);
    }

    /// Answers the newest page, then the older ones, with edits only, down to `first`, which the next request
    /// asks for events before.
    void answerEdits(qint64 lastSeq, qint64 first)
    {
        m_wire->rest()->answer(edits(lastSeq - 49, lastSeq, lastSeq));
        for (qint64 before = lastSeq - 49; before > first; before -= 200) {
            QTRY_COMPARE(m_wire->rest()->waiting(), QStringList{older(before)});
            m_wire->rest()->answer(edits(before - 200, before - 1, lastSeq));
        }
        QTRY_COMPARE(m_wire->rest()->waiting(), QStringList{older(first)});
    }
    static QString older(qint64 before)
    {
        return QStringLiteral("GET rooms/r1/events?before=%1&limit=200").arg(before);
    }

private Q_SLOTS:
    void init() { m_wire = std::make_unique<SessionWire>(); }
    void cleanup() { m_wire.reset(); }

    void anUnknownRoomIsReadFromTheServer()
    {
        connectUp(120);
        TimelineSource *timeline = m_wire->core().timeline(r1);
        QVERIFY(timeline->isLoadingOlder());
        QVERIFY(timeline->hasOlder());
        QCOMPARE(m_wire->rest()->waiting(), QStringList{QStringLiteral("GET rooms/r1/events?limit=50")});
        // Asked for once, however often the view asks.
        timeline->loadOlder();
        m_wire->core().timeline(r1);
        QCOMPARE(m_wire->rest()->waiting().size(), 1);
        // A live event overtakes the page.
        m_wire->other(r1, 121);
        QTRY_COMPARE(m_wire->rows(), QStringLiteral("121"));
        m_wire->rest()->answer(SessionWire::page(r1, 71, 120, 120));
        QCOMPARE(m_wire->rows(), seqs(71, 121));
        QVERIFY(!timeline->isLoadingOlder());

        timeline->loadOlder();
        QTRY_COMPARE(
            m_wire->rest()->waiting(), QStringList{QStringLiteral("GET rooms/r1/events?before=71&limit=50")});
        m_wire->rest()->answer(SessionWire::page(r1, 21, 70, 121));
        timeline->loadOlder();
        QTRY_COMPARE(m_wire->rest()->waiting().size(), 1);
        m_wire->rest()->answer(SessionWire::page(r1, 1, 20, 121));
        QCOMPARE(m_wire->rows(), seqs(1, 121));
        QVERIFY(!timeline->hasOlder());

        // All of it is cached now: nothing is asked for again.
        m_wire->start();
        timeline = m_wire->core().timeline(r1);
        QCOMPARE(m_wire->rows(), seqs(72, 121));
        QVERIFY(!timeline->isLoadingOlder());
        timeline->loadOlder();
        QTRY_COMPARE(m_wire->rows(), seqs(22, 121));
        timeline->loadOlder();
        QTRY_COMPARE(m_wire->rows(), seqs(1, 121));
        QVERIFY(!timeline->hasOlder());
        QVERIFY(m_wire->rest()->waiting().isEmpty());
    }

    void anEmptyRoomIsKnownToBeEmpty()
    {
        connectUp(0);
        TimelineSource *timeline = m_wire->core().timeline(r1);
        QVERIFY(!timeline->hasOlder());
        QVERIFY(!timeline->isLoadingOlder());
        QVERIFY(m_wire->rest()->waiting().isEmpty());
    }

    void withoutNetworkThereIsASentence()
    {
        connectUp(120);
        m_wire->rest()->refusesEverything = true;
        TimelineSource *timeline = m_wire->core().timeline(r1);
        QSignalSpy failed(timeline, &TimelineSource::olderFailed);
        QVERIFY(failed.wait());
        QCOMPARE(inWords(failed.constFirst().constFirst().value<Problem>()),
            QStringLiteral("Cannot reach the server: no network."));
        QVERIFY(!timeline->isLoadingOlder());
        // It can be tried again, and is by itself when the link is back.
        m_wire->rest()->refusesEverything = false;
        timeline->loadOlder();
        QCOMPARE(m_wire->rest()->waiting().size(), 1);
        m_wire->rest()->refuse({ErrorCode::Overloaded, QStringLiteral("Later.")});
        m_wire->transport()->drop();
        m_wire->greet(SessionWire::roomJson(r1, 120));
        m_wire->subscribed(120);
        QCOMPARE(m_wire->rest()->waiting().size(), 1);
        m_wire->rest()->answer(SessionWire::page(r1, 71, 120, 120));
        QCOMPARE(m_wire->rows(), seqs(71, 120));
    }

    void whatWasSaidBetweenPageAndSubscriptionIsNotLost()
    {
        // The room is opened before the link is up: its page is older than where the live events begin.
        m_wire->start();
        m_wire->greet(SessionWire::roomJson(r1, 100));
        m_wire->core().timeline(r1);
        m_wire->rest()->answer(SessionWire::page(r1, 51, 100, 100));
        QCOMPARE(m_wire->rows(), seqs(51, 100));
        m_wire->subscribed(103);
        m_wire->other(r1, 104);
        QCOMPARE(m_wire->rest()->waiting(), QStringList{QStringLiteral("GET rooms/r1/events?limit=50")});
        m_wire->rest()->answer(SessionWire::page(r1, 54, 103, 104));
        QTRY_COMPARE(m_wire->rows().split(u' ').constLast(), QStringLiteral("104"));
        QCOMPARE(m_wire->rows().section(u' ', -5), seqs(100, 104));
    }

    void aHoleInTheCacheIsFilledWhenScrolledTo()
    {
        connectUp(60);
        m_wire->core().timeline(r1);
        m_wire->rest()->answer(SessionWire::page(r1, 11, 60, 60));
        QCOMPARE(m_wire->rows(), seqs(11, 60));
        // Behind the client's back the stream jumps, and jumps again when it is resumed: a hole is left.
        m_wire->other(r1, 101);
        QCOMPARE(m_wire->core().linkState(), LinkState::Waiting);
        const QJsonObject hello = m_wire->greet(SessionWire::roomJson(r1, 101));
        QCOMPARE(hello.value(QLatin1String("resume"))
                     .toArray()
                     .at(0)
                     .toObject()
                     .value(QLatin1String("seq"))
                     .toInt(),
            60);
        m_wire->resumed(r1, 101);
        m_wire->other(r1, 101);
        m_wire->other(r1, 102);
        QTRY_COMPARE(m_wire->rows(), QStringLiteral("101 102"));
        QCOMPARE(m_wire->core().linkState(), LinkState::Connected);
        TimelineSource *timeline = m_wire->core().timeline(r1);
        timeline->loadOlder();
        QTRY_COMPARE(m_wire->rest()->waiting(),
            QStringList{QStringLiteral("GET rooms/r1/events?before=101&limit=50")});
        m_wire->rest()->answer(SessionWire::page(r1, 51, 100, 102));
        QCOMPARE(m_wire->rows(), seqs(51, 102));
        // From there on it is the cache again.
        timeline->loadOlder();
        QTRY_COMPARE(m_wire->rows(), seqs(11, 102));
        QVERIFY(m_wire->rest()->waiting().isEmpty());
    }

    void aJumpThatWasOnlyALossHeals()
    {
        connectUp(0);
        m_wire->core().timeline(r1);
        m_wire->other(r1, 1);
        m_wire->other(r1, 3);
        QCOMPARE(m_wire->core().linkState(), LinkState::Waiting);
        m_wire->greet(SessionWire::roomJson(r1, 3));
        m_wire->resumed(r1, 3);
        m_wire->other(r1, 2);
        m_wire->other(r1, 3);
        QTRY_COMPARE(m_wire->rows(), seqs(1, 3));
    }

    void aPoisonEventCostsOneRow()
    {
        connectUp(0);
        m_wire->core().timeline(r1);
        m_wire->other(r1, 1);
        m_wire->say(QStringLiteral(R"({"type":"event","event":{"room":"r1","seq":2,"kind":"hologram"}})"));
        m_wire->other(r1, 3);
        QTRY_COMPARE(m_wire->rows(), seqs(1, 3));
        QCOMPARE(m_wire->core().linkState(), LinkState::Connected);
        QCOMPARE(m_wire->core().timeline(QStringLiteral("r1"))->at(1).kind, TimelineItem::Kind::Unreadable);
        // The placeholder is remembered like everything else.
        m_wire->start();
        QCOMPARE(m_wire->rows(), seqs(1, 3));
    }

    void anEventThatCannotEvenBePlacedDoesNotStopTheRoom()
    {
        connectUp(0);
        m_wire->core().timeline(r1);
        const auto poison = [this] {
            m_wire->say(QStringLiteral(R"({"type":"event","event":{"nonsense":true}})"));
        };
        m_wire->other(r1, 1);
        poison();
        m_wire->other(r1, 3);
        // Asked for again once …
        m_wire->greet(SessionWire::roomJson(r1, 3));
        m_wire->resumed(r1, 3);
        poison();
        m_wire->other(r1, 3);
        m_wire->other(r1, 4);
        // … and then left out.
        QTRY_COMPARE(m_wire->rows().section(u' ', -1), QStringLiteral("4"));
        QCOMPARE(m_wire->core().linkState(), LinkState::Connected);
    }

    void aPageFullOfPoisonDoesNotStopTheReader()
    {
        connectUp(100);
        TimelineSource *timeline = m_wire->core().timeline(r1);
        m_wire->rest()->answer(frame(R"({"epoch":"e1","last_seq":100,"has_more":true,"events":["x","y"]})"));
        QVERIFY(timeline->isLoadingOlder());
        QTRY_COMPARE(m_wire->rest()->waiting(), QStringList{older(100)});
        m_wire->rest()->answer(SessionWire::page(r1, 50, 99, 100));
        QCOMPARE(m_wire->rows(), seqs(50, 99));
    }

    /// It stayed blank where the newest 2,600 events were changes of old messages.
    void aRoomWhoseNewestEventsAreEditsShowsMessages()
    {
        connectUp(12'059);
        TimelineSource *timeline = m_wire->core().timeline(r1);
        answerEdits(12'059, 10);
        QVERIFY(timeline->isLoadingOlder());
        m_wire->rest()->answer(SessionWire::page(r1, 1, 9, 12'059));
        QCOMPARE(m_wire->rows(), seqs(1, 9));
        QVERIFY(!timeline->isLoadingOlder());
        QVERIFY(!timeline->hasOlder());
        QVERIFY(m_wire->rest()->waiting().isEmpty());
    }

    void messagesAreSoughtOnlyForTheRoomThatIsOpen()
    {
        connectUp(12'059);
        TimelineSource *timeline = m_wire->core().timeline(r1);
        answerEdits(12'059, 11'810);
        m_wire->core().timeline(QStringLiteral("r2"));
        m_wire->rest()->answer(edits(11'610, 11'809, 12'059));
        QVERIFY(!timeline->isLoadingOlder());
        QVERIFY(m_wire->rest()->waiting().isEmpty());
        // Opened again, it goes on where it was.
        m_wire->core().timeline(r1);
        timeline->loadOlder();
        QTRY_COMPARE(m_wire->rest()->waiting(),
            QStringList{QStringLiteral("GET rooms/r1/events?before=11610&limit=50")});
    }

    void seekingMessagesGoesOnAfterALoss()
    {
        const Error lost{ErrorCode::Internal, QStringLiteral("Lost."), QStringLiteral("server")};
        connectUp(12'059);
        TimelineSource *timeline = m_wire->core().timeline(r1);
        QSignalSpy failed(timeline, &TimelineSource::olderFailed);
        answerEdits(12'059, 11'810);
        // The request fails first …
        m_wire->rest()->refuse(lost);
        QCOMPARE(failed.size(), 1);
        QVERIFY(m_wire->rest()->waiting().isEmpty());
        m_wire->transport()->drop();
        m_wire->greet(SessionWire::roomJson(r1, 12'059));
        m_wire->resumed(r1, 12'059);
        QTRY_COMPARE(m_wire->rest()->waiting(),
            QStringList{QStringLiteral("GET rooms/r1/events?before=11810&limit=50")});
        QVERIFY(timeline->isLoadingOlder());
        m_wire->rest()->answer(edits(11'760, 11'809, 12'059));
        QTRY_COMPARE(m_wire->rest()->waiting(), QStringList{older(11'760)});
        // … or after the link has found its way back.
        m_wire->transport()->drop();
        m_wire->greet(SessionWire::roomJson(r1, 12'059));
        m_wire->resumed(r1, 12'059);
        QCOMPARE(m_wire->rest()->waiting(), QStringList{older(11'760)});
        m_wire->rest()->refuse(lost);
        QCOMPARE(m_wire->rest()->waiting(), QStringList{older(11'760)});
        QCOMPARE(failed.size(), 1);
        // A second time it is not asked at once.
        m_wire->rest()->refuse(lost);
        QVERIFY(m_wire->rest()->waiting().isEmpty());
        QCOMPARE(failed.size(), 2);
    }

    void aBusyServerIsAskedLater()
    {
        connectUp(12'059);
        TimelineSource *timeline = m_wire->core().timeline(r1);
        QSignalSpy failed(timeline, &TimelineSource::olderFailed);
        answerEdits(12'059, 11'810);
        Error busy{ErrorCode::RateLimited, QStringLiteral("Later.")};
        busy.retryAfter = std::chrono::milliseconds(20);
        m_wire->rest()->refuse(busy);
        QVERIFY(m_wire->rest()->waiting().isEmpty());
        QVERIFY(timeline->isLoadingOlder());
        QTRY_COMPARE(m_wire->rest()->waiting(), QStringList{older(11'810)});
        m_wire->rest()->answer(SessionWire::page(r1, 11'800, 11'809, 12'059));
        QCOMPARE(m_wire->rows(), seqs(11'800, 11'809));
        QVERIFY(failed.isEmpty());
    }

    void seekingMessagesEndsWithASentence()
    {
        connectUp(1'000'000);
        TimelineSource *timeline = m_wire->core().timeline(r1);
        QSignalSpy failed(timeline, &TimelineSource::olderFailed);
        int pages = 0;
        for (qint64 before = 1'000'001; failed.isEmpty() && pages < 1'000; --before, ++pages) {
            // QTRY_COMPARE would sleep 500 times.
            for (const QDeadlineTimer deadline(5'000);
                 m_wire->rest()->waiting().isEmpty() && !deadline.hasExpired();)
                QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
            QCOMPARE(m_wire->rest()->waiting().size(), 1);
            m_wire->rest()->answer(edits(before - 1, before - 1, 1'000'000));
        }
        QCOMPARE(pages, 501);
        QVERIFY(!timeline->isLoadingOlder());
        QVERIFY(inWords(failed.constFirst().constFirst().value<Problem>()).contains(u"Retry"));
    }

    void anotherEpochStartsOver_data()
    {
        QTest::addColumn<QString>("how");
        QTest::newRow("told by hello and reset") << QStringLiteral("hello");
        QTest::newRow("the same epoch cut short") << QStringLiteral("short");
        QTest::newRow("told by the hello of the next run") << QStringLiteral("later");
    }
    void anotherEpochStartsOver()
    {
        QFETCH(QString, how);
        connectUp(0);
        m_wire->core().timeline(r1);
        for (int seq = 1; seq <= 5; ++seq)
            m_wire->other(r1, seq);
        QTRY_COMPARE(m_wire->rows(), seqs(1, 5));
        const QString epoch = how == QLatin1String("short") ? QStringLiteral("e1") : QStringLiteral("e2");
        if (how == QLatin1String("later")) {
            m_wire->start();
            m_wire->greet(SessionWire::roomJson(r1, 3, epoch));
            m_wire->core().timeline(r1);
        } else {
            m_wire->transport()->drop();
            QVERIFY(m_wire->core().send(r1, QStringLiteral("a"), nullptr));
            m_wire->greet(SessionWire::roomJson(r1, 3, epoch));
            m_wire->resumed(r1, 3, epoch);
            m_wire->say(
                QStringLiteral(R"({"type":"reset","room":%1})").arg(SessionWire::roomJson(r1, 3, epoch)));
            QCOMPARE(m_wire->rows(), QStringLiteral("pa"));
        }
        // What was asked for before the last reset means nothing any more: it is asked for again, once.
        QCOMPARE(m_wire->rest()->waiting().size(), 1);
        if (how == QLatin1String("hello"))
            m_wire->rest()->answer(SessionWire::page(r1, 1, 5, 5));
        QCOMPARE(m_wire->rest()->waiting(), QStringList{QStringLiteral("GET rooms/r1/events?limit=50")});
        m_wire->rest()->answer(SessionWire::page(r1, 1, 3, 3, epoch));
        QCOMPARE(m_wire->rows().left(5), seqs(1, 3));
        if (how != QLatin1String("later"))
            m_wire->other(r1, 4);
        m_wire->start();
        QCOMPARE(m_wire->rows().left(5), seqs(1, 3));
        QVERIFY(!m_wire->rows().contains(u'5'));
    }

    void aPageOfAnotherEpochStartsOver()
    {
        connectUp(100);
        m_wire->core().timeline(r1);
        m_wire->other(r1, 101);
        QTRY_COMPARE(m_wire->rows(), QStringLiteral("101"));
        m_wire->rest()->answer(SessionWire::page(r1, 1, 20, 20, QStringLiteral("e2")));
        QCOMPARE(m_wire->rows(), QString());
        QCOMPARE(m_wire->rest()->waiting(), QStringList{QStringLiteral("GET rooms/r1/events?limit=50")});
        m_wire->rest()->answer(SessionWire::page(r1, 1, 20, 20, QStringLiteral("e2")));
        QCOMPARE(m_wire->rows(), seqs(1, 20));
    }

    void aLongAbsenceIsWorkedOffInFewSteps()
    {
        m_wire->setSlice(LinkTimings().slice);
        connectUp(0);
        TimelineSource *timeline = m_wire->core().timeline(r1);
        m_wire->other(r1, 1);
        QTRY_COMPARE(timeline->count(), 1);
        m_wire->transport()->drop();
        constexpr int missed = 5'000;
        m_wire->greet(SessionWire::roomJson(r1, missed + 1));
        m_wire->resumed(r1, missed + 1);
        QSignalSpy inserted(timeline, &TimelineSource::inserted);
        QSignalSpy arrived(&m_wire->core(), &Session::messageArrived);
        int turns = 0;
        QTimer heart;
        connect(&heart, &QTimer::timeout, this, [&turns] { ++turns; });
        heart.start(1);
        for (int seq = 2; seq <= missed + 1; ++seq)
            m_wire->other(r1, seq);
        QTRY_COMPARE_WITH_TIMEOUT(timeline->count(), missed + 1, 20'000);
        QVERIFY2(inserted.size() < missed / 10, qPrintable(QString::number(inserted.size())));
        QVERIFY2(turns > 3, "the event loop stood still");
        QCOMPARE(arrived.size(), 0);
        m_wire->core().flushCache();
        m_wire->start();
        QCOMPARE(m_wire->rows().section(u' ', -1), QString::number(missed + 1));
    }

    void aRoomThatIsNotLookedAtLetsGoAndFindsAgain()
    {
        m_wire->start();
        m_wire->greet(SessionWire::roomJson(r1, 0) + u',' + SessionWire::roomJson(QStringLiteral("r2"), 0));
        m_wire->subscribed(0);
        m_wire->subscribed(0);
        TimelineSource *timeline = m_wire->core().timeline(r1);
        m_wire->core().setActiveRoom(r1);
        for (int seq = 1; seq <= 2'500; ++seq)
            m_wire->other(r1, seq);
        QTRY_COMPARE(timeline->count(), 2'500);
        // The window in the background still shows it.
        m_wire->core().setActiveRoom(QString());
        QCOMPARE(timeline->count(), 2'500);
        m_wire->core().setActiveRoom(QStringLiteral("r2"));
        QCOMPARE(timeline->count(), 500);
        QVERIFY(timeline->hasOlder());
        timeline->loadOlder();
        QTRY_COMPARE(timeline->count(), 550);
        QCOMPARE(timeline->at(0).seq, 1'951);
        QVERIFY(m_wire->rest()->waiting().isEmpty());
    }

    void openingARoomWhileItsEventsAreBeingWrittenMissesNone()
    {
        connectUp(0);
        for (int seq = 1; seq <= 400; ++seq)
            m_wire->other(r1, seq);
        // Received, but neither in the model nor, surely, in the cache.
        TimelineSource *timeline = m_wire->core().timeline(r1);
        QTRY_VERIFY(timeline->count() > 0 && timeline->at(timeline->count() - 1).seq == 400);
        for (int row = 1; row < timeline->count(); ++row)
            QCOMPARE(timeline->at(row).seq, timeline->at(row - 1).seq + 1);
    }

    void theRoomThatIsOpenedAtStartIsThereQuickly()
    {
        connectUp(0);
        for (int seq = 1; seq <= 2'000; ++seq)
            m_wire->other(r1, seq);
        TimelineSource *timeline = m_wire->core().timeline(r1);
        QTRY_VERIFY(timeline->count() > 0 && timeline->at(timeline->count() - 1).seq == 2'000);
        m_wire->core().flushCache();
        m_wire->stop();
        // The best of a few: another process may have the processor.
        qint64 milliseconds = std::numeric_limits<qint64>::max();
        for (int i = 0; i < 5; ++i) {
            m_wire->stop();
            QElapsedTimer timer;
            timer.start();
            m_wire->start();
            const int rows = m_wire->core().timeline(r1)->count();
            milliseconds = std::min(milliseconds, timer.elapsed());
            QCOMPARE(rows, 50);
        }
        qInfo("from nothing to the newest page: %lld ms", (long long)milliseconds);
        // A third of what the whole window may take.
        QVERIFY2(milliseconds < 100, qPrintable(QString::number(milliseconds)));
    }
};

QTEST_GUILESS_MAIN(TestSessionHistory)
#include "tst_sessionhistory.moc"
