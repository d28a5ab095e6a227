// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/client/ui/timelineviewfixture.h"

#include "client/settings/theme.h"
#include "client/timeline/layout/messagelayout.h"
#include "client/timeline/layout/noticetext.h"

#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QMenu>
#include <QPainter>
#include <QScrollBar>

using namespace rookery::client;
using namespace Qt::StringLiterals;

/// The appearance of messages, and actions on them.
class TimelineMessagesTest : public TimelineViewFixture
{
    Q_OBJECT
private Q_SLOTS:
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

    /// A deletion that waits looked like a message that waits.
    void aDeletionThatWaitsSaysSo()
    {
        TimelineItem item = FakeTimeline::item(1, u"to be gone"_s);
        item.own = true;
        item.delivery = Delivery::Pending;
        const RowStyle style(m_view.get());
        const auto painted = [&](const TimelineItem &one, QString *status) {
            MessageLayout layout(one, {}, style);
            layout.setWidth(400, style);
            *status = layout.status();
            QImage image(400, layout.size().bodyTop + style.line, QImage::Format_RGB32);
            image.fill(Qt::white);
            QPainter painter(&image);
            layout.paint(&painter, style, {});
            return image;
        };
        QString status;
        const QImage sending = painted(item, &status);
        QCOMPARE(status, QString());
        QCOMPARE(deliveryText(item), u"Sending…"_s);
        item.changeId = u"change"_s;
        QCOMPARE(deliveryText(item), u"Saving…"_s);
        item.deleting = true;
        QVERIFY(painted(item, &status) != sending);
        QCOMPARE(status, u"Being deleted…"_s);
        item.failure = SendFailure{SendFailure::Sentence, rookery::ErrorCode::Internal, u"Too busy."_s};
        painted(item, &status);
        QCOMPARE(status, u"Not deleted yet. Too busy."_s);
        m_source.set({item});
        m_view->setSource(&m_source);
        QVERIFY(m_view->rowDescription(0).endsWith(u"to be gone, not deleted yet: Too busy."_s));
        // Refused, the message stays as it was.
        item.delivery = Delivery::Failed;
        painted(item, &status);
        QCOMPARE(status, u"Not deleted. Too busy."_s);
        item.failure = {};
        item.delivery = Delivery::Pending;
        m_source.set({item});
        QVERIFY(m_view->rowDescription(0).endsWith(u"to be gone, being deleted"_s));
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
        failed.failure = {SendFailure::Sentence, rookery::ErrorCode::Internal, u"The server is full."_s};
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
        item.failure = {SendFailure::Sentence, rookery::ErrorCode::Internal, u"The server's disk is full."_s};
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
        failed.failure = {SendFailure::Sentence, rookery::ErrorCode::Internal, u"No."_s};
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
        failed.failure = {SendFailure::Sentence, rookery::ErrorCode::Internal, QString(400, u'w')};
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

QTEST_MAIN(TimelineMessagesTest)
#include "tst_timelinemessages.moc"
