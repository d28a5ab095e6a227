// SPDX-License-Identifier: GPL-3.0-or-later
// Invitations are listed below the rooms and answered by mouse and by keyboard (THREATS 34).

#include "client/settings/settings.h"
#include "client/views/conversation/composer.h"
#include "client/views/conversation/conversationpage.h"
#include "client/views/conversation/invitationlistview.h"
#include "client/views/conversation/roomactions.h"
#include "client/views/conversation/roomlistview.h"
#include "client/views/dialogs/quickswitcher.h"
#include "client/views/widgets/formfield.h"
#include "client/views/widgets/listview.h"
#include "client/views/widgets/noticebar.h"
#include "client/views/widgets/promptdialog.h"
#include "tests/client/ui/conversationfixture.h"

#include <QApplication>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSettings>
#include <QtTest>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class InvitationListTest : public QObject, protected ConversationFixture
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        begin(u"invitations"_s);
        m_chat->addRoom(u"r1"_s, u"lobby"_s, RoomKind::Public);
        openPage();
    }
    void cleanup() { end(); }

    void isThereWhileThereAreAny()
    {
        QVERIFY(!view()->isVisible());
        m_chat->addInvitation(u"r7"_s, u"den"_s, u"ann"_s);
        QTRY_VERIFY(view()->isVisible());
        const QModelIndex row = view()->list()->model()->index(0, 0);
        QCOMPARE(row.data().toString(), u"den, from ann"_s);
        QCOMPARE(row.data(Qt::AccessibleTextRole).toString(), u"ann invites you to den"_s);
    }

    void comesWithoutMovingARoom()
    {
        const QRect before = m_page->rooms()->list()->visualRect(m_page->rooms()->indexOf(u"r1"_s));
        QWidget *focus = QApplication::focusWidget();
        m_chat->addInvitation(u"r7"_s, u"den"_s, u"ann"_s);
        QTRY_VERIFY(view()->isVisible());
        QCOMPARE(m_page->rooms()->list()->visualRect(m_page->rooms()->indexOf(u"r1"_s)), before);
        QCOMPARE(QApplication::focusWidget(), focus);
    }

    void answered_data()
    {
        QTest::addColumn<int>("steps");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("call");
        QTest::newRow("accept") << 1 << u"&Accept and join den"_s << u"join r7"_s;
        QTest::newRow("decline") << 2 << u"&Decline"_s << u"decline r7"_s;
        QTest::newRow("refuse") << 3 << u"Decline and &refuse further invitations from a&&n"_s
                                << u"refuse r7"_s;
    }
    void answered()
    {
        QFETCH(const int, steps);
        QFETCH(const QString, text);
        QFETCH(const QString, call);
        m_chat->addInvitation(u"r7"_s, u"den"_s, u"a&n"_s);
        m_chat->roomAnswer = Room{.id = u"r7"_s, .name = u"den"_s, .epoch = {}};
        QTRY_VERIFY(view()->isVisible());
        // By keyboard alone: F6 from the rooms, Return, down, Return.
        m_page->rooms()->list()->setFocus();
        QTest::keyClick(m_page->rooms()->list(), Qt::Key_F6);
        QTRY_VERIFY(view()->list()->hasFocus());
        view()->list()->setCurrentIndex(view()->list()->model()->index(0, 0));
        QTest::keyClick(view()->list(), Qt::Key_Return);
        QPointer<QMenu> menu = view()->menu();
        QVERIFY(menu);
        QCOMPARE(menu->actions().size(), 3);
        for (int step = 0; step < steps; ++step)
            QTest::keyClick(menu, Qt::Key_Down);
        QVERIFY(menu->activeAction());
        QCOMPARE(menu->activeAction()->text(), text);
        QVERIFY(m_chat->calls.isEmpty());
        QTest::keyClick(menu, Qt::Key_Return);
        QCOMPARE(m_chat->calls, QStringList{call});
        QCOMPARE(m_page->currentRoom(), call.startsWith(u"join") ? u"r7"_s : u"r1"_s);
    }

    void byMouse()
    {
        m_chat->addInvitation(u"r7"_s, u"den"_s, u"ann"_s);
        QTRY_VERIFY(view()->isVisible());
        ListView *list = view()->list();
        const QPoint place = list->visualRect(list->model()->index(0, 0)).center();
        QTest::mouseClick(list->viewport(), Qt::LeftButton, Qt::NoModifier, place);
        QTRY_VERIFY(view()->menu());
        QTest::keyClick(view()->menu(), Qt::Key_Escape);
        QTRY_VERIFY(!view()->menu());
        QVERIFY(m_chat->calls.isEmpty());
    }

    /// Accepting is the person's act: the room opens when the answer comes, and what is typed then goes
    /// there.
    void acceptedOpensTheRoom()
    {
        accept();
        QVERIFY(!view()->list()->hasFocus()); // nor does the next key mean the next invitation
        QVERIFY(!m_page->composer()->edit()->hasFocus()); // nor the room that is still shown
        answer();
        QCOMPARE(m_page->currentRoom(), u"r7"_s);
        QVERIFY(m_page->composer()->edit()->hasFocus());
        QVERIFY(!m_page->notice()->isVisible());
        QTest::keyClicks(QApplication::focusWidget(), u"hi"_s);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
        QCOMPARE(m_chat->sent, QStringList{u"r7: hi"_s});
    }

    /// Whoever has gone on stays where they are, and is told what cannot be misread.
    void whoHasGoneOnIsNotTornAway_data()
    {
        QTest::addColumn<QString>("what");
        for (const char *what : {"types", "clicks", "opens the switcher", "changes the room"})
            QTest::newRow(what) << QString::fromLatin1(what);
    }
    void whoHasGoneOnIsNotTornAway()
    {
        m_chat->addRoom(u"r2"_s, u"garden"_s, RoomKind::Public);
        accept();
        QFETCH(const QString, what);
        if (what == u"types")
            QTest::keyClick(m_page.get(), Qt::Key_H);
        else if (what == u"clicks")
            QTest::mouseClick(m_page->composer()->edit()->viewport(), Qt::LeftButton);
        else if (what == u"opens the switcher")
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_K, Qt::ControlModifier);
        else
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Down, Qt::AltModifier);
        const QString room = m_page->currentRoom();
        answer();
        QCOMPARE(m_page->currentRoom(), room);
        QCOMPARE(m_page->notice()->text(), u"You joined den."_s);
        QVERIFY(m_page->notice()->button()->isVisible());
        QCOMPARE(m_page->notice()->button()->text(), u"Open"_s);
        if (m_page->switcher()) {
            m_page->switcher()->reject();
            m_page->activateWindow();
            QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
        }
        // A click that was on its way before the button came is not for it.
        QTest::mouseClick(m_page->notice()->button(), Qt::LeftButton);
        QCOMPARE(m_page->currentRoom(), room);
        QTRY_VERIFY([this] {
            QTest::mouseClick(m_page->notice()->button(), Qt::LeftButton);
            return m_page->currentRoom() == u"r7"_s;
        }());
        QVERIFY(m_page->composer()->edit()->hasFocus());
        QVERIFY(!m_page->notice()->isVisible());
    }

    void theOfferGoesWithTheRoom()
    {
        accept();
        QTest::keyClick(m_page.get(), Qt::Key_H);
        m_chat->addRoom(u"r7"_s, u"den"_s, RoomKind::Private);
        answer();
        QVERIFY(m_page->notice()->isVisible());
        m_chat->removeRoom(u"r7"_s); // left from elsewhere
        QVERIFY(!m_page->notice()->isVisible());
        m_page->notice()->say(u"Something else."_s);
        m_chat->addRoom(u"r7"_s, u"den"_s, RoomKind::Private);
        m_chat->removeRoom(u"r7"_s);
        QVERIFY(m_page->notice()->isVisible());
    }

    void whatCannotBeAcceptedIsSaid()
    {
        accept();
        m_chat->lastJoin(Error{ErrorCode::NotFound, u"There is no such room."_s});
        QCOMPARE(m_page->currentRoom(), u"r1"_s);
        QCOMPARE(m_page->notice()->text(), u"There is no such room."_s);
        QVERIFY(!m_page->notice()->button()->isVisible());
        QVERIFY(m_page->composer()->edit()->hasFocus());
    }

    void theLastOneLeavesTheKeyboardNowhere()
    {
        m_chat->addInvitation(u"r7"_s, u"den"_s, u"ann"_s);
        QTRY_VERIFY(view()->isVisible());
        view()->list()->setFocus();
        QTRY_VERIFY(view()->list()->hasFocus());
        m_page->actions()->decline(u"r7"_s, u"ann"_s, true);
        QTRY_VERIFY(!view()->isVisible());
        QVERIFY(!m_page->composer()->edit()->hasFocus());
        QCOMPARE(m_page->notice()->text(), u"ann cannot invite you any more."_s);
    }

    void whoInvitesSeesThatItHasToBeAccepted()
    {
        m_chat->bringsIn = false;
        m_page->actions()->invite(u"r1"_s);
        auto *prompt = m_page->findChild<PromptDialog *>();
        QVERIFY(prompt);
        QTest::keyClicks(prompt->field()->edit(), u"dave"_s);
        QTest::keyClick(prompt->field()->edit(), Qt::Key_Return);
        QTRY_COMPARE(m_page->notice()->text(), u"Invited dave, who has to accept first."_s);
    }

    /// The menu kept the name that the room had before.
    void followsARename()
    {
        m_chat->addInvitation(u"r7"_s, u"den"_s, u"ann"_s);
        QTRY_VERIFY(view()->isVisible());
        view()->list()->setFocus();
        view()->list()->setCurrentIndex(view()->list()->model()->index(0, 0));
        const int before = m_chat->refreshes;
        QTest::keyClick(view()->list(), Qt::Key_Return);
        QVERIFY(view()->menu());
        QCOMPARE(m_chat->refreshes, before + 1);
        auto *model = qobject_cast<QStandardItemModel *>(m_chat->invitations());
        QVERIFY(model);
        model->item(0)->setText(u"nest"_s);
        QCOMPARE(view()->menu()->actions().constFirst()->text(), u"&Accept and join nest"_s);
        QCOMPARE(view()->list()->model()->index(0, 0).data().toString(), u"nest, from ann"_s);
        view()->menu()->close();
    }

    void longNamesMakeNoWideMenu()
    {
        m_chat->addInvitation(u"r7"_s, QString(64, u'W'), QString(32, u'W'));
        QTRY_VERIFY(view()->isVisible());
        view()->list()->setFocus();
        view()->list()->setCurrentIndex(view()->list()->model()->index(0, 0));
        QTest::keyClick(view()->list(), Qt::Key_Return);
        QVERIFY(view()->menu());
        QVERIFY(view()->menu()->sizeHint().width() < view()->fontMetrics().averageCharWidth() * 90);
        QVERIFY(view()->menu()->actions().constFirst()->text().endsWith(u'…'));
        view()->menu()->close();
    }

private:
    /// The first of two, by keyboard; the answer waits.
    void accept()
    {
        m_chat->holdJoin = true;
        m_chat->addInvitation(u"r7"_s, u"den"_s, u"ann"_s);
        m_chat->addInvitation(u"r8"_s, u"loft"_s, u"ann"_s);
        QTRY_VERIFY(view()->isVisible());
        view()->list()->setFocus();
        QTRY_VERIFY(view()->list()->hasFocus());
        view()->list()->setCurrentIndex(view()->list()->model()->index(0, 0));
        QTest::keyClick(view()->list(), Qt::Key_Return);
        QVERIFY(view()->menu());
        QTest::keyClick(view()->menu(), Qt::Key_A);
        QCOMPARE(m_chat->calls, QStringList{u"join r7"_s});
        QTRY_VERIFY(!view()->menu());
        m_page->activateWindow(); // what a window manager does when a menu goes
        QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
    }
    void answer() { m_chat->lastJoin(Room{.id = u"r7"_s, .name = u"den"_s, .epoch = {}}); }
    InvitationListView *view() { return m_page->rooms()->invitations(); }
};

QTEST_MAIN(InvitationListTest)
#include "tst_invitationlist.moc"
