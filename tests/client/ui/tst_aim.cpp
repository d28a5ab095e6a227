// SPDX-License-Identifier: GPL-3.0-or-later
// Keys and clicks land where they were aimed, whatever arrives meanwhile.

#include "client/app/mainwindow.h"
#include "client/settings/settings.h"
#include "client/timeline/view/timelineview.h"
#include "client/views/conversation/composer.h"
#include "client/views/conversation/conversationpage.h"
#include "client/views/conversation/linkbanner.h"
#include "client/views/conversation/memberlistview.h"
#include "client/views/conversation/roomactions.h"
#include "client/views/conversation/roomlistview.h"
#include "client/views/dialogs/joinroomdialog.h"
#include "client/views/dialogs/quickswitcher.h"
#include "client/views/login/loginpage.h"
#include "client/views/widgets/formfield.h"
#include "client/views/widgets/listview.h"
#include "client/views/widgets/noticebar.h"
#include "tests/client/ui/conversationfixture.h"

#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QPushButton>
#include <QSettings>
#include <QStandardItemModel>
#include <QToolButton>
#include <QWindow>
#include <QtTest>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class AimTest : public QObject, protected ConversationFixture
{
    Q_OBJECT

private:
    void open()
    {
        openPage();
        m_page->focusComposer();
        QTRY_VERIFY(m_page->composer()->edit()->hasFocus());
    }
    /// As a keyboard does it: to whatever has the focus now.
    void type(const QString &text)
    {
        for (const QChar c : text) {
            QWidget *focus = QApplication::focusWidget();
            QVERIFY(focus);
            if (c == u'\n')
                QTest::keyClick(focus, Qt::Key_Return);
            else
                QTest::keyClicks(focus, QString(c));
        }
    }
    QPoint placeOf(const QString &roomId)
    {
        return m_page->rooms()->list()->visualRect(m_page->rooms()->indexOf(roomId)).center()
            + QPoint(0, 6); // below a heading
    }
    QWidget *roomsViewport() { return m_page->rooms()->list()->viewport(); }
    void insertRoom(const QString &id)
    {
        auto *item = new QStandardItem(id);
        item->setData(id, Chat::RoomIdRole);
        item->setData(int(RoomKind::Public), Chat::RoomKindRole);
        item->setData(0, Chat::UnreadRole);
        qobject_cast<QStandardItemModel *>(m_chat->rooms())->insertRow(1, item);
    }

private Q_SLOTS:
    void init()
    {
        begin(u"tests"_s);
        m_chat->addRoom(u"r0"_s, u"lobby"_s, RoomKind::Public);
        m_chat->addRoom(u"r1"_s, u"engineering"_s, RoomKind::Public);
        m_chat->addRoom(u"r2"_s, u"secret"_s, RoomKind::Private);
        m_chat->addRoom(u"r3"_s, u"bob"_s, RoomKind::Direct);
        m_chat->addMember(u"r0"_s, u"me"_s, true);
        m_chat->addMember(u"r0"_s, u"bob"_s, true);
        m_chat->fakeTimeline(u"r0"_s)->set(FakeTimeline::items(100));
    }
    void cleanup() { end(); }

    /// Removed from the room, the room deleted, left from elsewhere: it is all the same to who is typing in
    /// it.
    void typingStaysInItsRoom()
    {
        open();
        m_page->showRoom(u"r2"_s);
        m_page->focusComposer();
        type(u"for your eyes"_s);
        m_chat->removeRoom(u"r2"_s);
        QCOMPARE(m_page->currentRoom(), u"r2"_s);
        QCOMPARE(m_page->title(), u"secret"_s);
        QVERIFY(m_page->emptyLabel()->isVisible());
        QCOMPARE(m_page->emptyLabel()->text(), u"You are no longer in secret."_s);
        type(u" only\n"_s);
        QVERIFY(m_chat->sent.isEmpty());
        QVERIFY(m_page->composer()->isVisible());
        QVERIFY(m_page->composer()->edit()->isReadOnly());
        QCOMPARE(m_page->composer()->edit()->toPlainText(), u"for your eyes"_s);
        QVERIFY(!m_page->composer()->canSend());
        QVERIFY(!m_page->members()->isVisible());
        QVERIFY(m_chat->active.isEmpty());
        QCOMPARE(m_page->currentRoom(), u"r2"_s);
        QVERIFY(!m_page->rooms()->list()->currentIndex().isValid());

        // It is the person who goes on.
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Down, Qt::AltModifier);
        QCOMPARE(m_page->currentRoom(), u"r0"_s);
        QVERIFY(!m_page->composer()->edit()->isReadOnly());
        QVERIFY(m_page->composer()->edit()->toPlainText().isEmpty());
    }

    /// Back in: what was written is still there, and where the keyboard is does not change.
    void theRoomComesBack()
    {
        open();
        m_page->showRoom(u"r2"_s);
        m_page->focusComposer();
        type(u"draft"_s);
        m_chat->removeRoom(u"r2"_s);
        m_chat->addRoom(u"r2"_s, u"secret"_s, RoomKind::Private);
        QVERIFY(!m_page->composer()->edit()->isReadOnly());
        QCOMPARE(m_page->composer()->edit()->toPlainText(), u"draft"_s);
        QVERIFY(!m_page->composer()->edit()->hasFocus());
        QVERIFY(m_page->timeline()->isVisible());
        type(u" more\n"_s);
        QVERIFY(m_chat->sent.isEmpty());
        QCOMPARE(m_chat->active, u"r2"_s);
    }

    void aRoomWithoutAName()
    {
        open();
        m_page->showRoom(u"nowhere"_s);
        Q_EMIT m_chat->roomRemoved(u"nowhere"_s);
        QCOMPARE(m_page->emptyLabel()->text(), u"You are no longer in this room."_s);
    }

    /// Who has begun to write stays, even if the room of last time turns up.
    void theRoomOfLastTimeComesTooLate()
    {
        m_settings->setLastRoom(u"http://127.0.0.1:5000"_s, u"me"_s, u"late"_s);
        open();
        type(u"hel"_s);
        m_chat->addRoom(u"late"_s, u"late"_s, RoomKind::Public);
        QCOMPARE(m_page->currentRoom(), u"r0"_s);
        type(u"lo\n"_s);
        QCOMPARE(m_chat->sent, QStringList{u"r0: hello"_s});
    }

    void aDirectRoomThatOpensLate()
    {
        open();
        m_chat->holdDirect = true;
        ListView *members = m_page->members()->list();
        members->setCurrentIndex(members->model()->index(1, 0));
        QTest::keyClick(members, Qt::Key_Return);
        QCOMPARE(m_chat->calls, QStringList{u"direct bob"_s});
        m_page->focusComposer();
        type(u"to every"_s);
        m_chat->lastDirect(Room{.id = u"r3"_s, .name = {}, .epoch = {}});
        QCOMPARE(m_page->currentRoom(), u"r0"_s);
        QVERIFY(m_page->notice()->text().contains(u"bob"_s));
        type(u"body\n"_s);
        QCOMPARE(m_chat->sent, QStringList{u"r0: to everybody"_s});
    }

    void rowsMoveUnderThePointer()
    {
        open();
        const QPoint place = placeOf(u"r1"_s);
        insertRoom(u"aviary"_s);
        QVERIFY(m_page->rooms()->list()->indexAt(place) != m_page->rooms()->indexOf(u"r1"_s));
        QTest::mouseClick(roomsViewport(), Qt::LeftButton, {}, place);
        QCOMPARE(m_page->currentRoom(), u"r1"_s);
        QVERIFY(m_page->composer()->edit()->hasFocus()); // entered, not only chosen

        // Whoever moves the list knows what is there now.
        QTest::keyClick(m_page->rooms()->list(), Qt::Key_Home);
        QTest::mouseClick(roomsViewport(), Qt::LeftButton, {}, placeOf(u"aviary"_s));
        QCOMPARE(m_page->currentRoom(), u"aviary"_s);
    }

    void theRowUnderThePointerGoes()
    {
        open();
        const QPoint place = placeOf(u"r1"_s);
        m_chat->removeRoom(u"r1"_s);
        QTest::mouseClick(roomsViewport(), Qt::LeftButton, {}, place);
        QCOMPARE(m_page->currentRoom(), u"r0"_s); // not r2, which has moved up
    }

    /// Below the last row there is nothing to choose, and nothing to lose.
    void aClickBelowTheRows()
    {
        open();
        ListView *list = m_page->rooms()->list();
        const QPoint below(20, list->viewport()->height() - 5);
        QVERIFY(!list->indexAt(below).isValid());
        for (const auto button : {Qt::LeftButton, Qt::RightButton}) {
            QTest::mouseClick(list->viewport(), button, {}, below);
            QCOMPARE(list->currentIndex(), m_page->rooms()->indexOf(u"r0"_s));
            QVERIFY(list->selectionModel()->isSelected(list->currentIndex()));
        }
        m_chat->directory = {Room{.id = u"a"_s, .name = u"alpha"_s, .epoch = {}}};
        m_page->actions()->join();
        auto *join = m_page->findChild<JoinRoomDialog *>();
        QTRY_COMPARE(join->results()->count(), 1);
        join->results()->setCurrentRow(0);
        QWidget *viewport = join->results()->viewport();
        QTest::mouseClick(viewport, Qt::LeftButton, {}, QPoint(20, viewport->height() - 5));
        QVERIFY(join->results()->item(0)->isSelected());
        join->reject();
    }

    void rowsMoveBetweenPressAndRelease()
    {
        open();
        const QPoint place = placeOf(u"r1"_s);
        QTest::mousePress(roomsViewport(), Qt::LeftButton, {}, place);
        QCOMPARE(m_page->currentRoom(), u"r1"_s);
        insertRoom(u"aviary"_s);
        QTest::mouseMove(roomsViewport(), place + QPoint(1, 1));
        QTest::mouseRelease(roomsViewport(), Qt::LeftButton, {}, place);
        QCOMPARE(m_page->currentRoom(), u"r1"_s);
        QVERIFY(m_page->composer()->edit()->hasFocus());
    }

    void aPressThatSlips()
    {
        open();
        QTest::mousePress(roomsViewport(), Qt::LeftButton, {}, placeOf(u"r1"_s));
        QMouseEvent move(QEvent::MouseMove, placeOf(u"r2"_s), roomsViewport()->mapToGlobal(placeOf(u"r2"_s)),
            Qt::NoButton, Qt::LeftButton, {});
        QCoreApplication::sendEvent(roomsViewport(), &move);
        QTest::mouseRelease(roomsViewport(), Qt::LeftButton, {}, placeOf(u"r2"_s));
        QCOMPARE(m_page->currentRoom(), u"r1"_s);
    }

    void theChosenRoomGoesFromTheSwitcher()
    {
        open();
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_K, Qt::ControlModifier);
        QTRY_VERIFY(m_page->switcher() && m_page->switcher()->isVisible());
        QuickSwitcher *switcher = m_page->switcher();
        QTest::keyClick(switcher->filter(), Qt::Key_Down);
        m_chat->removeRoom(u"r1"_s);
        QTest::keyClick(switcher->filter(), Qt::Key_Return);
        QCOMPARE(m_page->currentRoom(), u"r0"_s);
        QVERIFY(switcher->isVisible());
        QTest::keyClick(switcher->filter(), Qt::Key_Down);
        insertRoom(u"aviary"_s);
        QTest::keyClick(switcher->filter(), Qt::Key_Return);
        QCOMPARE(m_page->currentRoom(), u"r0"_s); // what was chosen, one row further down
        QTRY_VERIFY(!m_page->switcher());
    }

    /// Return in the field means what stands in it, not what was chosen before.
    void typingUndoesAChoice()
    {
        open();
        m_chat->directory = {Room{.id = u"a"_s, .name = u"alpha"_s, .epoch = {}}};
        m_chat->roomAnswer = Error{ErrorCode::NotFound, u"There is no room of this name."_s};
        m_page->actions()->join();
        auto *join = m_page->findChild<JoinRoomDialog *>();
        QTRY_COMPARE(join->results()->count(), 1);
        join->results()->setCurrentRow(0);
        QTest::keyClicks(join->search()->edit(), u"beta"_s);
        QTest::keyClick(join->search()->edit(), Qt::Key_Return);
        QVERIFY(m_chat->calls.contains(u"join beta"_s));
        QVERIFY(!m_chat->calls.contains(u"join alpha"_s));
        join->reject();
    }

    void theBannersButtonChanges()
    {
        open();
        QSignalSpy again(m_page.get(), &ConversationPage::logInAgain);
        QPushButton *button = m_page->banner()->button();
        m_chat->setLink(LinkState::Waiting, QDateTime::currentDateTimeUtc().addSecs(60));
        QTest::mousePress(button, Qt::LeftButton);
        m_chat->setLink(LinkState::Ended);
        QTest::mouseRelease(button, Qt::LeftButton);
        QTest::mouseClick(button, Qt::LeftButton); // read too late
        QCOMPARE(again.size(), 0);
        QCOMPARE(m_chat->reconnects, 0);
    }

    /// A message that arrives pushes the others up: a link is clicked where it was seen.
    void messagesMoveUnderThePointer()
    {
        QList<TimelineItem> items = FakeTimeline::items(60);
        for (TimelineItem &item : items)
            item.text = u"plain"_s;
        items.last().text = u"[docs](https://a.example/x)"_s;
        m_chat->fakeTimeline(u"r0"_s)->set(items);
        open();
        QWidget *viewport = m_page->timeline()->viewport();
        QPoint place(0, m_page->timeline()->bodyTop(59) + 6);
        for (int x = 0; x < viewport->width(); x += 3) {
            QTest::mouseMove(viewport, QPoint(x, place.y()));
            if (viewport->cursor().shape() == Qt::PointingHandCursor) {
                place.setX(x);
                break;
            }
        }
        QVERIFY(place.x() > 0);
        QSignalSpy spy(m_page->timeline(), &TimelineView::linkActivated);
        m_chat->fakeTimeline(u"r0"_s)->append(FakeTimeline::item(61, u"[trap](https://b.example/)"_s));
        QTest::mousePress(viewport, Qt::LeftButton, {}, place);
        QTest::mouseRelease(viewport, Qt::LeftButton, {}, place);
        QCOMPARE(spy.size(), 1);
        QCOMPARE(spy.constFirst().constFirst().toUrl(), QUrl(u"https://a.example/x"_s));

        // Pressed on nothing, released on a link that came there: nothing.
        m_page->timeline()->scrollByPages(-1);
        m_page->timeline()->scrollToEnd();
        const QPoint nothing(viewport->width() - 60, m_page->timeline()->bodyTop(60) + 6);
        QTest::mousePress(viewport, Qt::LeftButton, {}, nothing);
        QTest::mouseRelease(
            viewport, Qt::LeftButton, {}, QPoint(place.x(), m_page->timeline()->bodyTop(60) + 6));
        QCOMPARE(spy.size(), 1);
    }

    /// The click that brings the window to the front does nothing else; the next one counts.
    void aClickThatActivates()
    {
        FakeBackend backend;
        MainWindow window(&backend, m_settings.get());
        window.start(u"http://127.0.0.1:5000"_s, u"alice"_s);
        window.show();
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        LoginPage *page = window.loginPage();
        QPushButton *button = page->modeButton();
        const QPoint place = button->mapTo(&window, button->rect().center());
        const auto click = [&] { QTest::mouseClick(window.windowHandle(), Qt::LeftButton, {}, place); };
        const auto become = [](Qt::ApplicationState state) {
            Q_EMIT qGuiApp->applicationStateChanged(state);
        };

        QTest::keyClick(window.windowHandle(), Qt::Key_Shift); // over with what opening it has left
        click();
        QCOMPARE(page->mode(), LoginPage::Mode::Register);
        // Told of the click first.
        become(Qt::ApplicationInactive);
        click();
        QCOMPARE(page->mode(), LoginPage::Mode::Register);
        become(Qt::ApplicationActive);
        click();
        QCOMPARE(page->mode(), LoginPage::Mode::LogIn);
        // Told of the activation first.
        become(Qt::ApplicationInactive);
        become(Qt::ApplicationActive);
        click();
        QCOMPARE(page->mode(), LoginPage::Mode::LogIn);
        click();
        QCOMPARE(page->mode(), LoginPage::Mode::Register);
        // Where nothing ever activates a window, every second click would be lost; only the first is.
        become(Qt::ApplicationInactive);
        click();
        click();
        QCOMPARE(page->mode(), LoginPage::Mode::LogIn);
        become(Qt::ApplicationActive);
    }

    void openingIsNotReading()
    {
        m_chat->fakeTimeline(u"r0"_s)->older = false;
        m_chat->setUnread(u"r0"_s, 60);
        open();
        QVERIFY(m_chat->active.isEmpty());
        QCOMPARE(m_chat->shown, u"r0"_s);
        QVERIFY(m_page->timeline()->unreadButton()->isVisible());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_PageUp, Qt::ShiftModifier);
        QCOMPARE(m_chat->active, u"r0"_s);
        QVERIFY(!m_page->timeline()->unreadButton()->isVisible());

        // What came while nobody looked is seen at once where it fits, and not before somebody looks.
        m_page->timeline()->scrollToEnd();
        m_chat->setUnread(u"r0"_s, 0);
        m_page->setLooking(false);
        QVERIFY(m_chat->active.isEmpty());
        m_chat->setUnread(u"r0"_s, 1);
        m_page->setLooking(true);
        QCOMPARE(m_chat->active, u"r0"_s);

        // Esc says that it does not matter, and to have read it elsewhere says so, too.
        for (const bool byEscape : {true, false}) {
            m_page->setLooking(false);
            m_chat->setUnread(u"r0"_s, 60);
            m_page->setLooking(true);
            QVERIFY(m_chat->active.isEmpty());
            if (byEscape)
                QTest::keyClick(m_page->composer()->edit(), Qt::Key_Escape);
            else
                m_chat->setUnread(u"r0"_s, 0);
            QCOMPARE(m_chat->active, u"r0"_s);
        }
    }

    void directRoomsCannotBeLeft()
    {
        open();
        ListView *list = m_page->rooms()->list();
        const auto menuOf = [&](const QString &room) {
            Q_EMIT list->menuRequested(m_page->rooms()->indexOf(room), QPoint(10, 10));
            return m_page->rooms()->findChild<QMenu *>();
        };
        QMenu *direct = menuOf(u"r3"_s);
        for (const QAction *action : direct->actions())
            QVERIFY(action->text() != u"Leave");
        delete direct;
        QMenu *menu = menuOf(u"r1"_s);
        QVERIFY(menu);
        QCOMPARE(menu->actions().constLast()->text(), u"Leave"_s);
        menu->close();
    }

    /// Without a server nobody knows who is online.
    void presenceWithoutALink()
    {
        open();
        const QAbstractItemModel *members = m_page->members()->list()->model();
        QCOMPARE(members->index(1, 0).data(Qt::AccessibleTextRole).toString(), u"bob, online"_s);
        const QImage live = m_page->members()->grab().toImage();
        m_chat->setLink(LinkState::Waiting, QDateTime::currentDateTimeUtc().addSecs(60));
        QCOMPARE(members->index(1, 0).data(Qt::AccessibleTextRole).toString(), u"bob"_s);
        QVERIFY(!members->index(1, 0).data(Chat::OnlineRole).isValid());
        QVERIFY(m_page->members()->grab().toImage() != live);
        m_chat->setLink(LinkState::Connected);
        QCOMPARE(members->index(1, 0).data(Qt::AccessibleTextRole).toString(), u"bob, online"_s);
        QCOMPARE(m_page->members()->grab().toImage(), live);
    }

    /// THREATS 45: control characters in a name are seen as what they are, not obeyed.
    void controlsAreNotDrawn()
    {
        m_chat->addRoom(u"bad"_s, u"a\u009b31mb"_s, RoomKind::Public);
        m_chat->addRoom(u"good"_s, u"a\ufffd31mb"_s, RoomKind::Public);
        m_chat->addMember(u"bad"_s, u"\u0085eve\u0090"_s, true);
        m_chat->addMember(u"good"_s, u"\ufffdeve\ufffd"_s, true);
        open();
        QImage titles[2];
        QImage members[2];
        for (const int i : {0, 1}) {
            m_page->showRoom(i == 0 ? u"bad"_s : u"good"_s);
            for (QLabel *label : m_page->findChildren<QLabel *>()) {
                if (label->text().startsWith(u'a') && label->text().endsWith(u"31mb"_s))
                    titles[i] = label->grab().toImage();
            }
            members[i] = m_page->members()->list()->grab().toImage();
        }
        QVERIFY(!titles[0].isNull());
        QCOMPARE(titles[0], titles[1]);
        QCOMPARE(members[0], members[1]);
        m_page->notice()->say(u"There is no \u009b room."_s);
        QCOMPARE(m_page->notice()->text(), u"There is no \ufffd room."_s);
    }
};

QTEST_MAIN(AimTest)
#include "tst_aim.moc"
