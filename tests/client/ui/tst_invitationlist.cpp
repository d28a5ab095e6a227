// What one is invited into stands below the rooms and is answered by mouse and by keyboard (THREATS 34).

#include "client/settings/settings.h"
#include "client/views/composer.h"
#include "client/views/conversationpage.h"
#include "client/views/formfield.h"
#include "client/views/invitationlistview.h"
#include "client/views/listview.h"
#include "client/views/noticebar.h"
#include "client/views/promptdialog.h"
#include "client/views/roomactions.h"
#include "client/views/roomlistview.h"
#include "tests/client/ui/fakechat.h"

#include <QApplication>
#include <QLineEdit>
#include <QMenu>
#include <QSettings>
#include <QtTest>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class InvitationListTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        QSettings(QSettings::IniFormat, QSettings::UserScope, u"rookery"_s, u"rookery-invitations"_s).clear();
        m_settings = std::make_unique<Settings>(u"invitations"_s);
        m_chat = std::make_unique<FakeChat>();
        m_chat->addRoom(u"r1"_s, u"lobby"_s, RoomKind::Public);
        m_page = std::make_unique<ConversationPage>(m_chat.get(), m_settings.get(), &m_menu);
        m_page->resize(1200, 700);
        m_page->show();
        m_page->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
    }
    void cleanup()
    {
        m_page.reset();
        m_chat.reset();
    }

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
        QCOMPARE(m_page->currentRoom(), u"r1"_s); // nobody is taken elsewhere
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

private:
    InvitationListView *view() { return m_page->rooms()->invitations(); }

    std::unique_ptr<Settings> m_settings;
    std::unique_ptr<FakeChat> m_chat;
    QMenu m_menu;
    std::unique_ptr<ConversationPage> m_page;
};

QTEST_MAIN(InvitationListTest)
#include "tst_invitationlist.moc"
