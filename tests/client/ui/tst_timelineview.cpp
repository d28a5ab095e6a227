// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/client/ui/timelineviewfixture.h"

#include "client/timeline/view/olderbar.h"

#include <QPushButton>
#include <QScrollBar>
#include <QToolButton>

using namespace rookery::client;
using namespace Qt::StringLiterals;

/// Positions of rows, and scrolling to them.
class TimelineViewTest : public TimelineViewFixture
{
    Q_OBJECT
private Q_SLOTS:
    void startsAtTheEnd()
    {
        open(500);
        QVERIFY(m_view->isAtEnd());
        const QRect last = m_view->rowRect(499);
        QVERIFY(!last.isEmpty());
        QVERIFY(last.bottom() < m_view->viewport()->height());
        QVERIFY(m_view->viewport()->height() - last.bottom() < 30);
        QCOMPARE(m_view->verticalScrollBar()->value(), m_view->verticalScrollBar()->maximum());
        checkSeamless();
    }

    void laysOutWhatIsSeen()
    {
        open(100'000);
        QVERIFY2(m_view->layoutsDone() < 60, qPrintable(QString::number(m_view->layoutsDone())));
        qint64 before = m_view->layoutsDone();
        qint64 worst = 0;
        for (int i = 0; i < 400; ++i) { // frame by frame
            wheel(1);
            worst = std::max(worst, m_view->layoutsDone() - before);
            before = m_view->layoutsDone();
        }
        QVERIFY2(worst <= 6, qPrintable(QString::number(worst)));
        QVERIFY(m_view->layoutsKept() <= LayoutCache::limit);

        // Far jumps cost a screenful, not the way there.
        QTest::keyClick(m_view.get(), Qt::Key_Home);
        QVERIFY(m_view->layoutsDone() - before < 60);
        QVERIFY(!m_view->rowRect(0).isEmpty());
        before = m_view->layoutsDone();
        QTest::keyClick(m_view.get(), Qt::Key_End);
        QVERIFY(m_view->layoutsDone() - before < 60);
        before = m_view->layoutsDone();
        m_view->verticalScrollBar()->setValue(m_view->verticalScrollBar()->maximum() / 2);
        QVERIFY(m_view->layoutsDone() - before < 60);
        QVERIFY(readRow() > 30'000 && readRow() < 70'000);
        before = m_view->layoutsDone();
        m_view->resize(500, 480);
        QVERIFY2(
            m_view->layoutsDone() - before < 90, qPrintable(QString::number(m_view->layoutsDone() - before)));
        checkSeamless();
    }

    void doesNothingWhileHidden()
    {
        open(100);
        m_view->hide();
        const qint64 before = m_view->layoutsDone();
        for (int i = 0; i < 50; ++i)
            m_source.append(FakeTimeline::item(1000 + i, u"hello"_s));
        QCOMPARE(m_view->layoutsDone(), before);
        m_view->show();
        QVERIFY(!m_view->rowRect(149).isEmpty());
    }

    void staysAtTheEnd()
    {
        open(200);
        m_source.append(FakeTimeline::item(201, u"a new one\nwith\nlines"_s));
        QVERIFY(m_view->isAtEnd());
        QVERIFY(!m_view->rowRect(200).isEmpty());
        m_view->resize(400, 300);
        QVERIFY(m_view->isAtEnd());
        QVERIFY(!m_view->rowRect(200).isEmpty());
        m_source.change(200, FakeTimeline::item(201, u"higher\n\n\n\nthan\n\nbefore"_s));
        QVERIFY(m_view->isAtEnd());
        QVERIFY(m_view->rowRect(200).bottom() < m_view->viewport()->height());
    }

    void drifts_data()
    {
        QTest::addColumn<int>("scroll");
        QTest::newRow("near the end") << 3;
        QTest::newRow("in the middle") << 40;
        QTest::newRow("at the top") << 100'000;
    }

    /// Whatever comes, what is being read stays where it is, to the pixel.
    void drifts()
    {
        QFETCH(int, scroll);
        m_source.older = true;
        open(120);
        for (int i = 0; i < std::min(scroll, 300); ++i)
            wheel(1);
        QVERIFY(!m_view->isAtEnd());
        int row = readRow();
        int y = m_view->bodyTop(row);
        const auto still = [&](const char *what) {
            QVERIFY2(!m_view->rowRect(row).isEmpty(), what);
            QVERIFY2(m_view->bodyTop(row) == y,
                qPrintable(
                    u"%1: %2 instead of %3"_s.arg(QLatin1String(what)).arg(m_view->bodyTop(row)).arg(y)));
            checkSeamless();
        };

        m_source.append(FakeTimeline::item(500, u"new"_s));
        still("a new message");
        m_source.loadOlder();
        still("asking for older ones");
        m_source.deliverOlder(FakeTimeline::items(50, -49), true);
        row += 50;
        still("older messages");
        m_source.failOlder(u"The server does not answer."_s);
        still("no older messages");
        // What came above may be in sight itself now; what is changed next is not.
        row = readRow();
        y = m_view->bodyTop(row);
        for (int above = std::max(0, row - 3); above < row; ++above) {
            TimelineItem item = m_source.at(above);
            item.text = u"an image came\n\n\n\n\n\nof another height"_s;
            m_source.change(above, item);
            still("another height above");
        }
        TimelineItem below = m_source.at(row + 1);
        below.text += u"\nand\nmore"_s;
        m_source.change(row + 1, below);
        still("another height below");
        m_source.removeAt(row - 2);
        --row;
        still("a row above goes");
        m_source.removeAt(row + 1);
        still("a row below goes");
        m_view->resize(640, 430);
        still("less height");
        m_view->resize(640, 520);
        still("more height");
        m_view->resize(420, 520);
        still("less width");
        m_view->resize(800, 520);
        still("more width");
        m_source.deliverOlder(FakeTimeline::items(30, -200), false);
        row += 30;
        still("the beginning");
    }

    void loadsOlder()
    {
        m_source.older = true;
        open(300);
        QTest::qWait(0);
        QCOMPARE(m_source.olderAsked, 0); // far away
        QTest::keyClick(m_view.get(), Qt::Key_Home);
        QTRY_COMPARE(m_source.olderAsked, 1);
        QVERIFY(m_view->olderBar()->isVisible());
        QCOMPARE(m_view->olderBar()->text(), u"Loading…"_s);

        m_source.failOlder(u"The server does not answer."_s);
        QCOMPARE(m_view->olderBar()->text(), u"The server does not answer."_s);
        auto *retry = m_view->olderBar()->findChild<QPushButton *>();
        QVERIFY(retry->isVisible());
        QCOMPARE(m_source.olderAsked, 1); // not over and over
        QTest::mouseClick(retry, Qt::LeftButton);
        QTRY_COMPARE(m_source.olderAsked, 2);
        QVERIFY(!retry->isVisible());

        // It goes on by itself.
        m_source.failOlder(u"The server does not answer."_s);
        m_source.loadOlder();
        QCOMPARE(m_view->olderBar()->text(), u"Loading…"_s);
        QVERIFY(!retry->isVisible());

        m_source.deliverOlder(FakeTimeline::items(50, -49), false);
        QTest::keyClick(m_view.get(), Qt::Key_Home);
        QTest::qWait(0);
        QCOMPARE(m_source.olderAsked, 3);
        QCOMPARE(m_view->olderBar()->text(), u"This is where the conversation begins."_s);
    }

    /// A page that brings nothing is not asked for again by itself.
    void emptyPage()
    {
        m_source.older = true;
        open(3);
        QTRY_COMPARE(m_source.olderAsked, 1);
        m_source.deliverOlder({}, true);
        QCoreApplication::processEvents();
        QCoreApplication::processEvents();
        QVERIFY(m_source.olderAsked <= 2);
    }

    void emptyRoom()
    {
        m_view->setSource(&m_source);
        QVERIFY(m_view->olderBar()->isVisible());
        QCOMPARE(m_view->olderBar()->text(), u"No messages yet. Write the first one."_s);
        m_source.append(FakeTimeline::item(1, u"first"_s));
        QVERIFY(!m_view->rowRect(0).isEmpty());
        QCOMPARE(m_view->olderBar()->text(), u"This is where the conversation begins."_s);
        m_source.removeAt(0);
        QCOMPARE(m_view->olderBar()->text(), u"No messages yet. Write the first one."_s);
    }

    void sourceGoesAway()
    {
        auto other = std::make_unique<FakeTimeline>();
        other->set(FakeTimeline::items(20));
        m_view->setSource(other.get());
        other.reset();
        QCOMPARE(m_view->rowCount(), 0);
        m_view->grab();
    }

    void scrollsByKeys()
    {
        open(300);
        m_view->setFocus();
        QTest::keyClick(m_view.get(), Qt::Key_PageUp);
        QVERIFY(!m_view->isAtEnd());
        const int page = readRow();
        QTest::keyClick(m_view.get(), Qt::Key_PageUp);
        QVERIFY(readRow() < page);
        QTest::keyClick(m_view.get(), Qt::Key_PageDown);
        QTest::keyClick(m_view.get(), Qt::Key_PageDown);
        QTest::keyClick(m_view.get(), Qt::Key_PageDown);
        QVERIFY(m_view->isAtEnd());
        QTest::keyClick(m_view.get(), Qt::Key_Home);
        QVERIFY(m_view->rowRect(0).top() > 0);
        QCOMPARE(m_view->verticalScrollBar()->value(), 0);
        QVERIFY(m_view->endButton()->isVisible());
        QTest::mouseClick(m_view->endButton(), Qt::LeftButton);
        QVERIFY(m_view->isAtEnd());
        QVERIFY(!m_view->endButton()->isVisible());
    }

    void homeAndEndGoToTheMessages()
    {
        for (const int count : {3, 300}) { // all in sight, and far from it
            open(count);
            m_view->setFocus();
            m_view->setCurrentRow(1);
            QTest::keyClick(m_view.get(), Qt::Key_End);
            QCOMPARE(m_view->currentRow(), count - 1);
            QVERIFY(m_view->isAtEnd());
            QTest::keyClick(m_view.get(), Qt::Key_Home);
            QCOMPARE(m_view->currentRow(), 0);
            QVERIFY(m_view->rowRect(0).top() > 0);
            QTest::keyClick(m_view.get(), Qt::Key_Down);
            QCOMPARE(m_view->currentRow(), 1);
        }
        open(0);
        QTest::keyClick(m_view.get(), Qt::Key_Home);
        QTest::keyClick(m_view.get(), Qt::Key_End);
        QCOMPARE(m_view->currentRow(), -1);
    }

    /// A page up from the very first message stays there.
    void pageUpAtTheTop()
    {
        open(300);
        QTest::keyClick(m_view.get(), Qt::Key_Home);
        for (int i = 0; i < 3; ++i) {
            QTest::keyClick(m_view.get(), Qt::Key_PageUp);
            QVERIFY(!m_view->isAtEnd());
            QVERIFY(m_view->rowRect(0).top() > 0);
        }
        // Also where few tall messages are guessed to fit.
        QList<TimelineItem> tall = FakeTimeline::items(4);
        for (TimelineItem &item : tall)
            item.text = u"line\n\n"_s.repeated(12);
        m_source.set(tall);
        QVERIFY(m_view->isAtEnd());
        QTest::keyClick(m_view.get(), Qt::Key_Home);
        QVERIFY(m_view->rowRect(0).top() > 0);
        QVERIFY(!m_view->isAtEnd());
        QTest::keyClick(m_view.get(), Qt::Key_PageUp);
        QVERIFY(m_view->rowRect(0).top() > 0);
        QVERIFY(!m_view->isAtEnd());
    }

    /// Shift+PgUp loads what it takes to get to the first unread message.
    void seeksTheFirstUnread()
    {
        m_source.older = true;
        open(40);
        m_view->setUnread(150);
        QSignalSpy seen(m_view.get(), &TimelineView::unreadSeen);
        QVERIFY(m_view->unreadButton()->isVisible());
        QTest::keyClick(m_view.get(), Qt::Key_PageUp, Qt::ShiftModifier);
        QVERIFY(m_view->isSeekingUnread());
        QTRY_COMPARE(m_source.olderAsked, 1);
        m_source.deliverOlder(FakeTimeline::items(100, -99), true);
        QTRY_COMPARE(m_source.olderAsked, 2);
        QCOMPARE(seen.size(), 0);
        m_source.deliverOlder(FakeTimeline::items(100, -199), true);
        QVERIFY(!m_view->isSeekingUnread());
        QCOMPARE(seen.size(), 1);
        int others = 0;
        int row = m_view->rowCount();
        while (others < 150)
            others += m_source.at(--row).own ? 0 : 1;
        QVERIFY(!m_view->rowRect(row).isEmpty());
        QVERIFY(!m_view->unreadButton()->isVisible());

        // Whoever goes elsewhere meanwhile stays there.
        m_source.older = true;
        m_source.set(FakeTimeline::items(40));
        m_view->setUnread(150);
        m_source.olderAsked = 0;
        QTest::mouseClick(m_view->unreadButton(), Qt::LeftButton);
        QTRY_COMPARE(m_source.olderAsked, 1);
        QTest::keyClick(m_view.get(), Qt::Key_End);
        m_source.deliverOlder(FakeTimeline::items(400, -399), false);
        QVERIFY(m_view->isAtEnd());
        // More than there are: from the first.
        m_view->setUnread(5000);
        QTest::keyClick(m_view.get(), Qt::Key_PageUp, Qt::ShiftModifier);
        QVERIFY(!m_view->rowRect(0).isEmpty());
        QVERIFY(m_view->isUnreadSeen());
    }

    void movesFromMessageToMessage()
    {
        open(300);
        m_view->clearFocus();
        m_view->setFocus(Qt::TabFocusReason);
        QTRY_COMPARE(m_view->currentRow(), 299);
        for (int i = 0; i < 40; ++i) {
            QTest::keyClick(m_view.get(), Qt::Key_Up);
            QVERIFY(!m_view->rowRect(m_view->currentRow()).isEmpty());
        }
        QCOMPARE(m_view->currentRow(), 259);
        for (int i = 0; i < 60; ++i)
            QTest::keyClick(m_view.get(), Qt::Key_Down);
        QCOMPARE(m_view->currentRow(), 299);
        QVERIFY(m_view->isAtEnd());
        m_source.deliverOlder(FakeTimeline::items(10, -9), false);
        QCOMPARE(m_view->currentRow(), 309); // the same message
    }

    void tallMessage()
    {
        QList<TimelineItem> items = FakeTimeline::items(20);
        items[10].text = u"line\n\n"_s.repeated(90);
        m_source.set(items);
        m_view->setSource(&m_source);
        m_view->setFocus(Qt::TabFocusReason);
        m_view->setCurrentRow(9);
        QTest::keyClick(m_view.get(), Qt::Key_Down);
        QCOMPARE(m_view->currentRow(), 10);
        int presses = 0;
        while (m_view->currentRow() == 10 && ++presses < 500)
            QTest::keyClick(m_view.get(), Qt::Key_Down);
        QCOMPARE(m_view->currentRow(), 11);
        QVERIFY(presses > 20); // it was read through, not jumped over
        // Half way through a message, another width keeps about the same part of it in sight.
        m_view->setCurrentRow(10);
        m_view->clearSelection();
        const int top = m_view->rowRect(10).top();
        m_view->resize(300, 480);
        QVERIFY(std::abs(m_view->rowRect(10).top() - top) < 400);
    }
};

QTEST_MAIN(TimelineViewTest)
#include "tst_timelineview.moc"
