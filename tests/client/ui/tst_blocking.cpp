// SPDX-License-Identifier: GPL-3.0-or-later
// Blocked users can be listed and unblocked, by keyboard alone.

#include "client/settings/settings.h"
#include "client/views/conversation/conversationpage.h"
#include "client/views/conversation/memberlistview.h"
#include "client/views/conversation/roomlistview.h"
#include "client/views/dialogs/blockeddialog.h"
#include "client/views/widgets/listview.h"
#include "client/views/widgets/noticebar.h"
#include "tests/client/ui/conversationfixture.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QLabel>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QtTest>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class BlockingTest : public QObject, protected ConversationFixture
{
    Q_OBJECT

private:
    /// As by the menu key; the texts of the menu without their marks.
    QStringList openMenu(ListView *list, const QModelIndex &index)
    {
        list->setFocus();
        list->setCurrentIndex(index);
        QContextMenuEvent event(QContextMenuEvent::Keyboard, QPoint(5, 5), list->mapToGlobal(QPoint(5, 5)));
        QApplication::sendEvent(list, &event);
        QStringList texts;
        if (QMenu *menu = this->menu()) {
            for (const QAction *action : menu->actions())
                texts.append(QString(action->text()).remove(u'&'));
        }
        return texts;
    }
    QMenu *menu() { return qobject_cast<QMenu *>(QApplication::activePopupWidget()); }
    QModelIndex member(int row) { return m_page->members()->list()->model()->index(row, 0); }
    QMessageBox *question() { return m_page->findChild<QMessageBox *>(); }
    void block(const QString &user)
    {
        m_chat->setBlocked(user, true, nullptr, [](const Outcome<Nothing> &) {});
        m_chat->calls.clear();
    }
    BlockedDialog *dialog() { return m_page->findChild<BlockedDialog *>(); }

private Q_SLOTS:
    void init()
    {
        begin(u"blocking"_s);
        m_chat->addRoom(u"r0"_s, u"lobby"_s, RoomKind::Public);
        m_chat->addRoom(u"d1"_s, u"bob"_s, RoomKind::Direct);
        m_chat->addRoom(u"d2"_s, u"me"_s, RoomKind::Direct);
        m_chat->addMember(u"r0"_s, u"me"_s, true);
        m_chat->addMember(u"r0"_s, u"bob"_s, true);
        openPage();
    }
    void cleanup() { end(); }

    void aMemberIsBlockedAndUnblocked()
    {
        QVERIFY(!openMenu(m_page->members()->list(), member(0)).contains(u"Block me…"_s)); // oneself
        menu()->close();
        QCOMPARE(openMenu(m_page->members()->list(), member(1)),
            (QStringList{u"Direct message"_s, u"Copy name"_s, u"Block bob…"_s}));
        QTest::keyClick(menu(), Qt::Key_B);
        QVERIFY(question());
        QVERIFY(question()->informativeText().contains(u"neither invite you nor write to you directly"_s));
        QVERIFY(m_chat->calls.isEmpty());
        QTRY_COMPARE(QApplication::activeWindow(), question());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return); // the safe one
        QTRY_VERIFY(!question());
        QVERIFY(m_chat->calls.isEmpty());

        openMenu(m_page->members()->list(), member(1));
        QTest::keyClick(menu(), Qt::Key_B);
        QTRY_VERIFY(question() && QApplication::activeWindow() == question());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_B, Qt::AltModifier);
        QTRY_COMPARE(m_chat->calls, QStringList{u"block id-bob"_s});
        QVERIFY(m_page->notice()->text().startsWith(u"You have blocked bob."_s));

        QVERIFY(openMenu(m_page->members()->list(), member(1)).contains(u"Unblock bob"_s));
        QTest::keyClick(menu(), Qt::Key_B);
        QCOMPARE(m_chat->calls.last(), u"unblock id-bob"_s);
        QCOMPARE(m_page->notice()->text(), u"You have unblocked bob."_s);
    }

    void aDirectConversation()
    {
        ListView *list = m_page->rooms()->list();
        QCOMPARE(openMenu(list, m_page->rooms()->indexOf(u"d1"_s)), QStringList{u"Block bob…"_s});
        menu()->close();
        block(u"bob"_s);
        QCOMPARE(openMenu(list, m_page->rooms()->indexOf(u"d1"_s)), QStringList{u"Unblock bob"_s});
        QTest::keyClick(menu(), Qt::Key_B);
        QCOMPARE(m_chat->calls, QStringList{u"unblock bob"_s});
        QVERIFY(openMenu(list, m_page->rooms()->indexOf(u"d2"_s)).isEmpty()); // with oneself
    }

    void theListOfThem()
    {
        block(u"ann"_s);
        block(u"<b>bob"_s);
        m_page->showBlocked();
        QVERIFY(dialog());
        QTRY_VERIFY(dialog()->list()->hasFocus());
        for (const QLabel *label : dialog()->findChildren<QLabel *>())
            QCOMPARE(label->textFormat(), Qt::PlainText);
        QTest::keyClick(dialog()->list(), Qt::Key_Down);
        QTest::keyClick(dialog()->list(), Qt::Key_U, Qt::AltModifier);
        QTRY_VERIFY(!m_chat->calls.isEmpty()); // Qt clicks it a moment later where no window watches
        QCOMPARE(m_chat->calls, QStringList{u"unblock id-<b>bob"_s});
        QCOMPARE(dialog()->list()->model()->rowCount(), 1);
        m_chat->nothingAnswer = Error{ErrorCode::Overloaded, u"Later."_s};
        dialog()->unblockButton()->click();
        QCOMPARE(dialog()->problem(), u"Later."_s);
        m_chat->nothingAnswer = Nothing();
        dialog()->unblockButton()->click();
        QVERIFY(dialog()->problem().isEmpty());
        QVERIFY(!dialog()->unblockButton()->isEnabled());
        bool isSaid = false;
        for (const QLabel *label : dialog()->findChildren<QLabel *>())
            isSaid = isSaid || (label->isVisible() && label->text() == u"You have not blocked anybody."_s);
        QVERIFY(isSaid);
        QTest::keyClick(dialog(), Qt::Key_Escape);
        QTRY_VERIFY(!dialog());
    }
};

QTEST_MAIN(BlockingTest)
#include "tst_blocking.moc"
