// Past 600 lines, because it is one subject on one fixture, most of it rows of data.

#include "client/settings/theme.h"
#include "client/timeline/olderbar.h"
#include "client/timeline/timelineview.h"
#include "tests/client/ui/faketimeline.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QMenu>
#include <QPushButton>
#include <QScrollBar>
#include <QToolButton>
#include <QtTest>

using namespace rookery::client;
using namespace Qt::StringLiterals;

class TimelineViewTest : public QObject
{
    Q_OBJECT

private:
    FakeTimeline m_source;
    std::unique_ptr<TimelineView> m_view;

    /// The first row whose text starts in sight.
    int readRow()
    {
        for (int row = 0; row < m_view->rowCount(); ++row) {
            if (!m_view->rowRect(row).isEmpty() && m_view->bodyTop(row) >= 0)
                return row;
        }
        return -1;
    }
    void wheel(int notches)
    {
        QWheelEvent event(QPointF(200, 200), m_view->viewport()->mapToGlobal(QPointF(200, 200)), QPoint(),
            QPoint(0, notches * 120), Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(m_view->viewport(), &event);
    }
    void open(int count)
    {
        m_source.set(FakeTimeline::items(count));
        m_view->setSource(&m_source);
    }
    /// Every pixel row of the visible range belongs to exactly one row.
    void checkSeamless()
    {
        int bottom = INT_MIN;
        for (int row = 0; row < m_view->rowCount(); ++row) {
            const QRect rect = m_view->rowRect(row);
            if (rect.isEmpty())
                continue;
            if (bottom != INT_MIN)
                QCOMPARE(rect.top(), bottom);
            bottom = rect.top() + rect.height();
        }
    }

private Q_SLOTS:
    void init()
    {
        m_source.older = false;
        m_source.olderAsked = 0;
        m_source.retried.clear();
        m_source.discarded.clear();
        m_view = std::make_unique<TimelineView>();
        m_view->resize(640, 480);
        m_view->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_view.get()));
    }

    void cleanup()
    {
        m_view.reset();
        m_source.set({});
    }

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

        m_source.deliverOlder(FakeTimeline::items(50, -49), false);
        QTest::keyClick(m_view.get(), Qt::Key_Home);
        QTest::qWait(0);
        QCOMPARE(m_source.olderAsked, 2);
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

    void selectsAcrossMessages()
    {
        m_source.set(
            {FakeTimeline::item(1, u"the **first** one"_s), FakeTimeline::item(2, u"second"_s, u"bob"_s),
                FakeTimeline::item(3, u"third\n\n- item"_s, u"bob"_s)});
        m_view->setSource(&m_source);
        QVERIFY(!m_view->hasSelection());
        const QPoint from(5, m_view->bodyTop(0) + 3);
        const QPoint to(m_view->viewport()->width() - 5, m_view->rowRect(2).bottom() - 1);
        QTest::mousePress(m_view->viewport(), Qt::LeftButton, {}, from);
        QTest::mouseMove(m_view->viewport(), (from + to) / 2);
        QTest::mouseMove(m_view->viewport(), to);
        QTest::mouseRelease(m_view->viewport(), Qt::LeftButton, {}, to);
        QVERIFY(m_view->hasSelection());
        const QStringList lines = m_view->selectedText().split(u'\n');
        QCOMPARE(lines.size(), 4);
        QVERIFY(lines.at(0).startsWith(u"alice ("_s) && lines.at(0).endsWith(u"): the first one"_s));
        QVERIFY(lines.at(1).startsWith(u"bob ("_s) && lines.at(1).endsWith(u"): second"_s));
        QVERIFY(lines.at(2).endsWith(u"): third"_s));
        QCOMPARE(lines.at(3), u"\u2022 item"_s);
        QTest::keyClick(m_view.get(), Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QApplication::clipboard()->text(), m_view->selectedText());

        // It follows its messages.
        const QString before = m_view->selectedText();
        m_source.deliverOlder(FakeTimeline::items(5, -4), false);
        QCOMPARE(m_view->selectedText(), before);
        QTest::keyClick(m_view.get(), Qt::Key_Escape);
        QVERIFY(!m_view->hasSelection());
    }

    void selectsWithinAMessage()
    {
        m_source.set({FakeTimeline::item(1, u"some *words* here"_s)});
        m_view->setSource(&m_source);
        // A double click takes a word.
        const QRect row = m_view->rowRect(0);
        QPoint at;
        for (int x = 0; x < row.width() && at.isNull(); ++x) {
            const QPoint point(x, m_view->bodyTop(0) + 6);
            QTest::mouseDClick(m_view->viewport(), Qt::LeftButton, {}, point);
            if (m_view->selectedText() == u"words"_s)
                at = point;
            m_view->clearSelection();
        }
        QVERIFY(!at.isNull());
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, at);
        QVERIFY(!m_view->hasSelection());
        m_view->copy(); // without a selection: the message
        QCOMPARE(QApplication::clipboard()->text(), u"some words here"_s);
        QTest::keyClick(m_view.get(), Qt::Key_A, Qt::ControlModifier);
        QCOMPARE(m_view->selectedText(), u"some words here"_s);
    }

    void clicksLinks()
    {
        m_source.set({FakeTimeline::item(1, u"see [docs](https://a.example/x) and file:///etc/passwd"_s)});
        m_view->setSource(&m_source);
        QSignalSpy spy(m_view.get(), &TimelineView::linkActivated);
        int over = 0;
        for (int x = 0; x < m_view->viewport()->width(); x += 3) {
            const QPoint point(x, m_view->bodyTop(0) + 6);
            QTest::mouseMove(m_view->viewport(), point);
            const bool hand = m_view->viewport()->cursor().shape() == Qt::PointingHandCursor;
            const qsizetype before = spy.size();
            QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, point);
            QCOMPARE(spy.size() > before, hand);
            over += hand ? 1 : 0;
        }
        QVERIFY(over > 3);
        for (const QList<QVariant> &call : std::as_const(spy)) {
            QCOMPARE(call.at(0).toUrl(), QUrl(u"https://a.example/x"_s));
            QCOMPARE(call.at(1).toString(), u"docs"_s);
        }
        // By keyboard too.
        const std::unique_ptr<QMenu> menu(m_view->makeMenu(0));
        spy.clear();
        menu->actions().constFirst()->trigger();
        QCOMPARE(spy.size(), 1);
    }

    void failedMessage()
    {
        TimelineItem failed = FakeTimeline::item(0, u"lost"_s, u"me"_s);
        failed.delivery = Delivery::Failed;
        failed.failure = u"The server is full."_s;
        m_source.set({FakeTimeline::item(1, u"hello"_s), failed});
        m_view->setSource(&m_source);
        QVERIFY(m_view->canRetry(1));
        QVERIFY(!m_view->canRetry(0));
        QVERIFY(m_view->rowDescription(1).contains(u"The server is full."_s));

        // The buttons, wherever they are.
        const QRect row = m_view->rowRect(1);
        for (int x = 0; x < row.width() && m_source.retried.isEmpty(); x += 4)
            QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, QPoint(x, row.bottom() - 12));
        QCOMPARE(m_source.retried, QStringList{failed.clientId});

        // The menu, for those without a mouse.
        const std::unique_ptr<QMenu> menu(m_view->makeMenu(1));
        const auto action = [&](const QString &text) -> QAction * {
            for (QAction *one : menu->actions()) {
                if (one->text() == text)
                    return one;
            }
            return nullptr;
        };
        QVERIFY(action(u"Retry"_s));
        QVERIFY(action(u"Discard"_s));
        action(u"Discard"_s)->trigger();
        QCOMPARE(m_source.discarded, QStringList{failed.clientId});
        QCOMPARE(m_view->rowCount(), 1);
        const std::unique_ptr<QMenu> other(m_view->makeMenu(0));
        QCOMPARE(other->actions().size(), 1); // only copying
    }

    void whatTakesLongSaysWhy()
    {
        TimelineItem item = FakeTimeline::item(0, u"text"_s, u"me"_s);
        item.delivery = Delivery::Pending;
        m_source.set({item});
        m_view->setSource(&m_source);
        const int height = m_view->rowRect(0).height();
        item.failure = u"The server's disk is full."_s;
        m_source.change(0, item);
        QVERIFY(m_view->rowDescription(0).endsWith(u", still sending: The server's disk is full."_s));
        QVERIFY(m_view->rowRect(0).height() > height);
        // It is not given up, so there is nothing to decide.
        QVERIFY(!m_view->canRetry(0));
        const QRect row = m_view->rowRect(0);
        for (int x = 0; x < row.width(); x += 4)
            QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, QPoint(x, row.bottom() - 8));
        QVERIFY(m_source.retried.isEmpty() && m_source.discarded.isEmpty());
    }

    void deliveryIsTold()
    {
        TimelineItem item = FakeTimeline::item(0, u"text"_s, u"me"_s);
        item.delivery = Delivery::Pending;
        m_source.set({item});
        m_view->setSource(&m_source);
        QVERIFY(m_view->rowDescription(0).endsWith(u", sending"_s));
        const int height = m_view->rowRect(0).height();
        const QImage pending = m_view->viewport()->grab().toImage();
        item.delivery = Delivery::Sent;
        item.seq = 1;
        m_source.change(0, item);
        QCOMPARE(m_view->rowRect(0).height(), height); // nothing jumps when it is acknowledged
        QVERIFY(m_view->viewport()->grab().toImage() != pending);
        QVERIFY(m_view->rowDescription(0).endsWith(u", text"_s));
    }

    void unreadLine()
    {
        m_source.older = true;
        open(40); // own messages do not count
        const int plain = m_view->rowRect(38).height();
        m_view->setUnread(2);
        int marked = -1;
        int others = 0;
        for (int row = 39; row >= 0 && marked < 0; --row) {
            if (!m_source.at(row).own && ++others == 2)
                marked = row;
        }
        QCOMPARE(marked, 38);
        QVERIFY(m_view->rowRect(marked).height() > plain);
        m_view->setUnread(0);
        QCOMPARE(m_view->rowRect(38).height(), plain);
        // What is not loaded yet is found when it comes.
        m_view->setUnread(35);
        m_source.append(FakeTimeline::item(41, u"newer"_s));
        m_source.deliverOlder(FakeTimeline::items(40, -39), false);
        QTest::keyClick(m_view.get(), Qt::Key_PageUp, Qt::ShiftModifier);
        QVERIFY(!m_view->isAtEnd());
    }

    /// A "%1" or markup in what others wrote is text to a screen reader, too.
    void accessible()
    {
        open(100);
        m_source.append(FakeTimeline::item(101, u"100 %1 <b>sure</b> **really**"_s, u"%2 bob"_s));
        QAccessibleInterface *list = QAccessible::queryAccessibleInterface(m_view.get());
        QVERIFY(list);
        QCOMPARE(list->role(), QAccessible::List);
        QCOMPARE(list->text(QAccessible::Name), u"Messages"_s);
        QCOMPARE(list->childCount(), 101);
        QAccessibleInterface *last = list->child(100);
        QVERIFY(last && last->isValid());
        QCOMPARE(last->role(), QAccessible::ListItem);
        const QString name = last->text(QAccessible::Name);
        QVERIFY2(name.startsWith(u"%2 bob, "_s) && name.endsWith(u", 100 %1 <b>sure</b> really"_s),
            qPrintable(name));
        QCOMPARE(last->parent(), list);
        QCOMPARE(list->indexOfChild(last), 100);
        QVERIFY(!last->state().offscreen);
        QVERIFY(last->rect().isValid());
        QCOMPARE(list->childAt(last->rect().center().x(), last->rect().center().y()), last);
        QAccessibleInterface *first = list->child(0);
        QVERIFY(first->state().offscreen);

        // The item stays its message's when older ones come, and goes with it.
        m_source.deliverOlder(FakeTimeline::items(10, -9), false);
        QCOMPARE(list->childCount(), 111);
        QCOMPARE(list->indexOfChild(last), 110);
        QCOMPARE(last->text(QAccessible::Name), name);
        m_source.removeAt(110);
        QCOMPARE(list->childCount(), 110);
        QVERIFY(!list->child(110));

        m_view->setFocus(Qt::TabFocusReason);
        m_view->setCurrentRow(109);
        QTRY_VERIFY(m_view->hasFocus());
        QCOMPARE(list->focusChild(), list->child(109));
        QVERIFY(list->child(109)->state().focused);
    }

    void accessibleActions()
    {
        TimelineItem failed = FakeTimeline::item(0, u"lost"_s, u"me"_s);
        failed.delivery = Delivery::Failed;
        failed.failure = u"No."_s;
        m_source.set({failed});
        m_view->setSource(&m_source);
        QAccessibleInterface *row = QAccessible::queryAccessibleInterface(m_view.get())->child(0);
        auto *actions = row->actionInterface();
        QVERIFY(actions);
        QVERIFY(actions->actionNames().contains(u"Retry"_s));
        actions->doAction(u"Retry"_s);
        QCOMPARE(m_source.retried.size(), 1);
        actions->doAction(u"Discard"_s);
        QCOMPARE(m_view->rowCount(), 0);
    }

    void paintsEverything_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::addColumn<bool>("mirrored");
        QTest::addColumn<double>("scale");
        QTest::newRow("light") << false << false << 1.0;
        QTest::newRow("dark") << true << false << 1.0;
        QTest::newRow("right to left") << false << true << 1.0;
        QTest::newRow("large letters") << true << false << 3.0;
        QTest::newRow("small letters") << true << true << 0.4;
    }

    /// Odd messages in odd widths: no crash, no endless loop, every row has a height.
    void paintsEverything()
    {
        QFETCH(bool, dark);
        QFETCH(bool, mirrored);
        QFETCH(double, scale);
        m_view->setPalette((dark ? Theme::night() : Theme::day()).palette());
        m_view->setLayoutDirection(mirrored ? Qt::RightToLeft : Qt::LeftToRight);
        QFont font = m_view->font();
        font.setPointSizeF(font.pointSizeF() * scale);
        m_view->setFont(font);
        QList<TimelineItem> items = FakeTimeline::items(30);
        for (const QString &text : {QString(), u"שלום **עולם** https://a.example/"_s, u"> quote\n> more"_s,
                 u"```\ncode\n```"_s, u"- a\n  - b\n    - c\n1. d"_s, QString(5000, u'x'), u"\n\n\n"_s,
                 QString(QChar(0x0301)).repeated(300), QString(QChar(0xd800)),
                 u"\U0001F469\u200D\U0001F680"_s})
            items.append(FakeTimeline::item(items.size() + 1, text, text.left(300)));
        TimelineItem failed = FakeTimeline::item(0, u"x"_s, u"me"_s);
        failed.delivery = Delivery::Failed;
        failed.failure = QString(400, u'w');
        items.append(failed);
        TimelineItem timeless = FakeTimeline::item(99, u"without a time"_s);
        timeless.timestamp = {};
        items.append(timeless);
        m_source.set(items);
        m_view->setSource(&m_source);
        for (const int width : {640, 200, 60, 20, 1600}) {
            m_view->resize(width, 480);
            m_view->grab();
            QTest::keyClick(m_view.get(), Qt::Key_Home);
            m_view->grab();
            for (int page = 0; page < 40 && !m_view->isAtEnd(); ++page) {
                QTest::keyClick(m_view.get(), Qt::Key_PageDown);
                m_view->grab();
                checkSeamless();
            }
        }
        QTest::keyClick(m_view.get(), Qt::Key_A, Qt::ControlModifier);
        m_view->grab();
        QVERIFY(m_view->selectedText().contains(u"code"_s));
    }

    /// Hundreds of random changes and steps: rows stay seamless and the model and the view agree.
    void survivesAnything()
    {
        m_source.older = true;
        open(30);
        QRandomGenerator random(7);
        qint64 seq = 1000;
        for (int i = 0; i < 600; ++i) {
            switch (random.bounded(9)) {
            case 0:
                m_source.append(FakeTimeline::item(++seq, u"word "_s.repeated(random.bounded(60)),
                    random.bounded(2) ? u"alice"_s : u"me"_s));
                break;
            case 1:
                m_source.deliverOlder(FakeTimeline::items(random.bounded(4), -100 - i), true);
                break;
            case 2:
                if (m_source.count() > 0)
                    m_source.removeAt(random.bounded(m_source.count()));
                break;
            case 3:
                if (m_source.count() > 0)
                    m_source.change(random.bounded(m_source.count()),
                        FakeTimeline::item(++seq, u"x\n\n"_s.repeated(random.bounded(8))));
                break;
            case 4:
                m_view->resize(200 + random.bounded(700), 100 + random.bounded(600));
                break;
            case 5:
                wheel(random.bounded(9) - 4);
                break;
            case 6:
                QTest::keyClick(m_view.get(), random.bounded(2) ? Qt::Key_PageUp : Qt::Key_Down);
                break;
            case 7:
                m_view->verticalScrollBar()->setValue(
                    int(random.bounded(quint32(m_view->verticalScrollBar()->maximum() + 1))));
                break;
            case 8:
                m_view->setUnread(random.bounded(5));
                break;
            }
            checkSeamless();
            QVERIFY(m_view->currentRow() < m_view->rowCount());
            // Where there are enough messages the viewport is full.
            if (m_view->isAtEnd() && m_view->rowCount() > 0)
                QVERIFY(!m_view->rowRect(m_view->rowCount() - 1).isEmpty());
        }
    }
};

QTEST_MAIN(TimelineViewTest)
#include "tst_timelineview.moc"
