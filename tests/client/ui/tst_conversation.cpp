// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/settings/settings.h"
#include "client/timeline/view/timelineview.h"
#include "client/views/conversation/composer.h"
#include "client/views/conversation/conversationpage.h"
#include "client/views/conversation/linkbanner.h"
#include "client/views/conversation/memberlistview.h"
#include "client/views/conversation/roomactions.h"
#include "client/views/conversation/roomlistview.h"
#include "client/views/dialogs/joinroomdialog.h"
#include "client/views/dialogs/keysdialog.h"
#include "client/views/dialogs/quickswitcher.h"
#include "client/views/widgets/formfield.h"
#include "client/views/widgets/linkopener.h"
#include "client/views/widgets/listview.h"
#include "client/views/widgets/noticebar.h"
#include "client/views/widgets/plaintext.h"
#include "client/views/widgets/promptdialog.h"
#include "tests/client/ui/conversationfixture.h"

#include <QAccessible>
#include <QApplication>
#include <QCheckBox>
#include <QClipboard>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QTabWidget>
#include <QToolButton>
#include <QWindow>
#include <QtTest>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class ConversationTest : public QObject, protected ConversationFixture
{
    Q_OBJECT

private:
    void open()
    {
        openPage();
        m_page->focusComposer();
    }
    void key(Qt::Key key, Qt::KeyboardModifiers modifiers = {})
    {
        if (!QApplication::activeWindow()) {
            m_page->activateWindow(); // what a window manager does when a dialog goes
            QVERIFY(QTest::qWaitForWindowActive(m_page.get()));
        }
        QTRY_VERIFY(QApplication::focusWidget());
        QTest::keyClick(QApplication::focusWidget(), key, modifiers);
    }
    template <typename T>
    T *dialog()
    {
        for (T *one : m_page->findChildren<T *>()) {
            if (one->isVisible())
                return one;
        }
        return nullptr;
    }

private Q_SLOTS:
    void init()
    {
        begin(u"tests"_s);
        m_chat->addRoom(u"r0"_s, u"lobby"_s, RoomKind::Public);
        m_chat->addRoom(u"r1"_s, u"engineering"_s, RoomKind::Public, 3);
        m_chat->addRoom(u"r2"_s, u"secret"_s, RoomKind::Private);
        m_chat->addRoom(u"r3"_s, u"bob <img src=file:///x>"_s, RoomKind::Direct, 2);
        m_chat->addMember(u"r0"_s, u"me"_s, true);
        m_chat->addMember(u"r0"_s, u"bob"_s, true);
        m_chat->addMember(u"r0"_s, u"carol"_s, false);
        m_chat->fakeTimeline(u"r0"_s)->set(FakeTimeline::items(100));
        m_chat->fakeTimeline(u"r1"_s)->set(FakeTimeline::items(10));
    }
    void cleanup() { end(); }

    void opensTheLastRoom()
    {
        open();
        QCOMPARE(m_page->currentRoom(), u"r0"_s); // the first, as nothing is remembered
        m_page->showRoom(u"r2"_s);
        m_page.reset();
        open();
        QCOMPARE(m_page->currentRoom(), u"r2"_s);
    }

    /// The room of last time may come with the server's answer only; until then there is another to look at.
    void lastRoomComesLater()
    {
        m_settings->setLastRoom(u"http://127.0.0.1:5000"_s, u"me"_s, u"late"_s);
        open();
        QCOMPARE(m_page->currentRoom(), u"r0"_s);
        m_chat->addRoom(u"late"_s, u"late"_s, RoomKind::Public);
        QCOMPARE(m_page->currentRoom(), u"late"_s);
        // But not after a choice.
        m_settings->setLastRoom(u"http://127.0.0.1:5000"_s, u"me"_s, u"later"_s);
        m_page.reset();
        open();
        m_page->showRoom(u"r1"_s);
        m_chat->addRoom(u"later"_s, u"later"_s, RoomKind::Public);
        QCOMPARE(m_page->currentRoom(), u"r1"_s);
    }

    void noRooms()
    {
        m_chat = std::make_unique<FakeChat>();
        open();
        QVERIFY(m_page->currentRoom().isEmpty());
        QVERIFY(!m_page->composer()->isVisible());
        bool said = false;
        for (const QLabel *label : m_page->findChildren<QLabel *>())
            said = said || (label->isVisible() && label->text() == u"Pick a room"_s);
        QVERIFY(said);
        m_chat->addRoom(u"x"_s, u"first"_s, RoomKind::Public);
        QCOMPARE(m_page->currentRoom(), u"x"_s);
        QVERIFY(m_page->composer()->isVisible());
        QVERIFY(m_page->composer()->edit()->hasFocus()); // ready to write
    }

    void switchesByKeys()
    {
        open();
        key(Qt::Key_Down, Qt::AltModifier);
        QCOMPARE(m_page->currentRoom(), u"r1"_s);
        QCOMPARE(m_chat->active, u"r1"_s);
        QVERIFY(m_page->composer()->edit()->hasFocus());
        key(Qt::Key_Up, Qt::AltModifier);
        key(Qt::Key_Up, Qt::AltModifier); // round
        QCOMPARE(m_page->currentRoom(), u"r3"_s);
        m_chat->setUnread(u"r3"_s, 0);
        key(Qt::Key_Down, Qt::AltModifier | Qt::ShiftModifier);
        QCOMPARE(m_page->currentRoom(), u"r1"_s); // the only unread one
        m_chat->setUnread(u"r1"_s, 0);
        key(Qt::Key_Down, Qt::AltModifier | Qt::ShiftModifier);
        QCOMPARE(m_page->currentRoom(), u"r1"_s);
    }

    void draftsFollowRooms()
    {
        open();
        QTest::keyClicks(m_page->composer()->edit(), u"unsent"_s);
        key(Qt::Key_Down, Qt::AltModifier);
        QVERIFY(m_page->composer()->edit()->toPlainText().isEmpty());
        key(Qt::Key_Up, Qt::AltModifier);
        QCOMPARE(m_page->composer()->edit()->toPlainText(), u"unsent"_s);
    }

    void quickSwitch()
    {
        open();
        key(Qt::Key_K, Qt::ControlModifier);
        QTRY_VERIFY(m_page->switcher() && m_page->switcher()->isVisible());
        QuickSwitcher *switcher = m_page->switcher();
        QTest::keyClicks(switcher->filter(), u"SEC"_s);
        QCOMPARE(switcher->list()->model()->rowCount(), 1);
        QTest::keyClick(switcher->filter(), Qt::Key_Return);
        QCOMPARE(m_page->currentRoom(), u"r2"_s);
        QTRY_VERIFY(!m_page->switcher());

        key(Qt::Key_K, Qt::ControlModifier);
        QTRY_VERIFY(m_page->switcher() && m_page->switcher()->isVisible());
        QTest::keyClick(m_page->switcher()->filter(), Qt::Key_Down);
        QTest::keyClick(m_page->switcher()->filter(), Qt::Key_Return);
        QCOMPARE(m_page->currentRoom(), u"r1"_s);

        QTRY_VERIFY(!m_page->switcher());
        key(Qt::Key_K, Qt::ControlModifier);
        QTRY_VERIFY(m_page->switcher() && m_page->switcher()->isVisible());
        QTest::keyClicks(m_page->switcher()->filter(), u"no such room"_s);
        QTest::keyClick(m_page->switcher()->filter(), Qt::Key_Return); // nothing to go to
        QVERIFY(m_page->switcher()->isVisible());
        QTest::keyClick(m_page->switcher()->filter(), Qt::Key_Escape);
        QTRY_VERIFY(!m_page->switcher());
        QCOMPARE(m_page->currentRoom(), u"r1"_s);
    }

    void sends()
    {
        open();
        m_page->timeline()->scrollByPages(-2);
        QVERIFY(!m_page->timeline()->isAtEnd());
        QTest::keyClicks(m_page->composer()->edit(), u"hello"_s);
        key(Qt::Key_Return);
        QCOMPARE(m_chat->sent, QStringList{u"r0: hello"_s});
        QVERIFY(m_page->composer()->edit()->toPlainText().isEmpty());
        QVERIFY(m_page->timeline()->isAtEnd()); // one sees what one has written
        QVERIFY(m_page->timeline()->rowDescription(100).endsWith(u", hello, sending"_s));

        m_chat->refuseSend = u"The message is empty."_s;
        QTest::keyClicks(m_page->composer()->edit(), u"again"_s);
        key(Qt::Key_Return);
        QCOMPARE(m_page->composer()->problem(), u"The message is empty."_s);
        QCOMPARE(m_page->composer()->edit()->toPlainText(), u"again"_s);
    }

    void pagesFromTheComposer()
    {
        open();
        key(Qt::Key_PageUp);
        QVERIFY(!m_page->timeline()->isAtEnd());
        QVERIFY(m_page->composer()->edit()->hasFocus());
        key(Qt::Key_PageDown);
        QVERIFY(m_page->timeline()->isAtEnd());
    }

    /// From every part Tab leads on, comes back to the start, and on its way has been everywhere.
    void tabWalk()
    {
        open();
        QList<QWidget *> seen;
        do {
            seen.append(QApplication::focusWidget());
            key(Qt::Key_Tab);
        } while (seen.size() < 40 && QApplication::focusWidget() != seen.first());
        QCOMPARE(QApplication::focusWidget(), seen.first());
        const QList<QWidget *> parts{m_page->rooms()->list(), m_page->timeline(), m_page->composer()->edit(),
            m_page->members()->list()};
        for (QWidget *part : parts)
            QVERIFY2(seen.contains(part), part->metaObject()->className());
        // In the order of the eye.
        const auto after = [&](qsizetype steps) { return seen.indexOf(parts.at(steps)); };
        QVERIFY(after(0) < after(1));
        QVERIFY(after(3) < after(0)); // the walk starts in the composer
        QSet<QWidget *> once(seen.cbegin(), seen.cend());
        QCOMPARE(once.size(), seen.size());
        for (const QWidget *widget : seen)
            QVERIFY2(!widget->accessibleName().isEmpty() || !widget->property("text").toString().isEmpty(),
                widget->metaObject()->className());
        QList<QWidget *> back;
        do {
            back.append(QApplication::focusWidget());
            key(Qt::Key_Backtab, Qt::ShiftModifier);
        } while (back.size() < 40 && QApplication::focusWidget() != back.first());
        QCOMPARE(back.size(), seen.size());
        key(Qt::Key_F6);
        QVERIFY(m_page->members()->list()->hasFocus());
        key(Qt::Key_F6, Qt::ShiftModifier);
        QVERIFY(m_page->composer()->edit()->hasFocus());
        key(Qt::Key_F6, Qt::ShiftModifier);
        QVERIFY(m_page->timeline()->hasFocus());
        key(Qt::Key_Escape);
        QVERIFY(m_page->composer()->edit()->hasFocus());
    }

    void everythingHasAName()
    {
        open();
        for (const QToolButton *button : m_page->findChildren<QToolButton *>())
            QVERIFY(!button->accessibleName().isEmpty() || !button->text().isEmpty());
        const QModelIndex engineering = m_page->rooms()->indexOf(u"r1"_s);
        QCOMPARE(engineering.data(Qt::AccessibleTextRole).toString(), u"engineering, 3 unread"_s);
        const QAbstractItemModel *members = m_page->members()->list()->model();
        QCOMPARE(members->index(2, 0).data(Qt::AccessibleTextRole).toString(), u"carol, offline"_s);
    }

    /// THREATS row 16: names are text, in labels and in tooltips.
    void namesAreText()
    {
        open();
        m_page->showRoom(u"r3"_s);
        for (const QLabel *label : m_page->findChildren<QLabel *>())
            QCOMPARE(label->textFormat(), Qt::PlainText);
        const QString tip = m_page->rooms()->indexOf(u"r3"_s).data(Qt::ToolTipRole).toString();
        QCOMPARE(tip, u"<span>bob &lt;img src=file:///x&gt;</span>"_s);
        QCOMPARE(m_page->title(), u"bob <img src=file:///x>"_s);
        m_page->grab();
        QWidget window;
        window.setWindowTitle(plainTitle(u"bob [*] <b>[*][*]</b>"_s));
        window.show();
        QCOMPARE(window.windowHandle()->title(), u"bob [*] <b>[*][*]</b>"_s);
    }

    void membersAreLive()
    {
        open();
        const auto subtitle = [this] {
            for (const QLabel *label : m_page->findChildren<QLabel *>()) {
                if (label->text().endsWith(u" online"_s) || label->text().endsWith(u" members"_s))
                    return label->text();
            }
            return QString();
        };
        QCOMPARE(subtitle(), u"3 members, 2 online"_s);
        m_chat->addMember(u"r0"_s, u"dave"_s, true);
        QCOMPARE(subtitle(), u"4 members, 3 online"_s);
        m_chat->fakeMembers(u"r0"_s)->item(2)->setData(true, Chat::OnlineRole);
        QCOMPARE(subtitle(), u"4 members, 4 online"_s);
        m_chat->fakeMembers(u"r0"_s)->removeRow(1);
        QCOMPARE(subtitle(), u"3 members, 3 online"_s);
        // Without a server nobody knows.
        m_chat->setLink(LinkState::Waiting);
        QCOMPARE(subtitle(), u"3 members"_s);
        m_chat->setLink(LinkState::Connected);
        QCOMPARE(subtitle(), u"3 members, 3 online"_s);
    }

    void writesToAMember()
    {
        open();
        ListView *list = m_page->members()->list();
        m_chat->roomAnswer = Room{.id = u"r3"_s, .name = {}, .epoch = {}};
        list->setFocus();
        list->setCurrentIndex(list->model()->index(0, 0));
        QTest::keyClick(list, Qt::Key_Return); // oneself
        QVERIFY(m_chat->calls.isEmpty());
        list->setCurrentIndex(list->model()->index(1, 0));
        QTest::keyClick(list, Qt::Key_Return);
        QCOMPARE(m_chat->calls, QStringList{u"direct bob"_s});
        QCOMPARE(m_page->currentRoom(), u"r3"_s);
        QVERIFY(m_page->composer()->edit()->hasFocus());
        m_chat->roomAnswer = Error{ErrorCode::NotFound, u"There is no such user."_s};
        m_page->actions()->openDirect(u"nobody"_s);
        QCOMPARE(m_page->notice()->text(), u"There is no such user."_s);
        QVERIFY(m_page->notice()->isVisible());
    }

    void lookingAway()
    {
        open();
        QCOMPARE(m_chat->active, u"r0"_s);
        m_page->setLooking(false);
        QVERIFY(m_chat->active.isEmpty());
        m_page->showRoom(u"r1"_s);
        QVERIFY(m_chat->active.isEmpty());
        m_page->setLooking(true);
        QCOMPARE(m_chat->active, u"r1"_s);
        QCOMPARE(m_page->unread(), 5);
    }

    void anotherRoomGoesAway()
    {
        open();
        m_chat->removeRoom(u"r1"_s); // not looked at: not worth a word
        QCOMPARE(m_page->currentRoom(), u"r0"_s);
        QVERIFY(m_page->notice()->text().isEmpty());
        QVERIFY(m_page->composer()->edit()->hasFocus());
    }

    void warningsAreShown()
    {
        open();
        Q_EMIT m_chat->warned({Warning::Kind::LostRoom, u"birds"_s, 2});
        QVERIFY(m_page->notice()->isVisible());
        QCOMPARE(m_page->notice()->text(),
            u"You are no longer in birds. 2 messages to it could not be sent; kept in case you come back."_s);
    }

    void banner()
    {
        open();
        LinkBanner *banner = m_page->banner();
        QVERIFY(!banner->isVisible());
        m_chat->setLink(LinkState::Waiting, QDateTime::currentDateTimeUtc().addMSecs(4900),
            u"The server does not answer."_s);
        QVERIFY(banner->isVisible());
        QCOMPARE(banner->text(), u"Offline. The server does not answer. Trying again in 5 s."_s);
        QVERIFY(banner->isCounting());
        QTRY_VERIFY(banner->text().endsWith(u"in 4 s."_s) || banner->text().endsWith(u"in 3 s."_s));
        QTest::mouseClick(banner->button(), Qt::LeftButton);
        QCOMPARE(m_chat->reconnects, 1);
        m_chat->setLink(LinkState::Reconnecting);
        QVERIFY(!banner->isCounting());
        QVERIFY(!banner->button()->isVisible());
        QCOMPARE(banner->text(), u"Offline. The connection was lost. Connecting again…"_s);
        m_chat->setLink(LinkState::Connected);
        QVERIFY(!banner->isVisible());

        QSignalSpy again(m_page.get(), &ConversationPage::logInAgain);
        m_chat->setLink(LinkState::Ended, {}, u"The log-in has expired."_s);
        QCOMPARE(banner->text(), u"The log-in has expired."_s);
        QTest::mouseClick(banner->button(), Qt::LeftButton);
        QCOMPARE(again.size(), 1);
        QCOMPARE(m_chat->reconnects, 1);
        // A hidden window counts nothing.
        m_chat->setLink(LinkState::Waiting, QDateTime::currentDateTimeUtc().addSecs(60));
        QVERIFY(banner->isCounting());
        m_page->hide();
        QVERIFY(!banner->isCounting());
    }

    void joinsARoom()
    {
        open();
        for (const QString &name : {u"alpha"_s, u"beta"_s, u"alphabet"_s})
            m_chat->directory.append(Room{.id = name, .name = name, .epoch = {}});
        m_chat->roomAnswer = Error{ErrorCode::NotFound, u"There is no room of this name."_s};
        key(Qt::Key_N, Qt::ControlModifier);
        QTRY_VERIFY(dialog<JoinRoomDialog>());
        JoinRoomDialog *join = dialog<JoinRoomDialog>();
        QTRY_COMPARE(join->results()->count(), 3);
        QTest::keyClicks(join->search()->edit(), u"alpha"_s);
        QTRY_COMPARE(join->results()->count(), 2);
        QTest::keyClick(join->search()->edit(), Qt::Key_Return); // what was typed, as nothing is chosen
        QVERIFY(m_chat->calls.contains(u"join alpha"_s));
        QCOMPARE(join->search()->error(), u"There is no room of this name."_s);
        QVERIFY(join->isVisible());

        m_chat->roomAnswer = Room{.id = u"r1"_s, .name = u"alphabet"_s, .epoch = {}};
        join->results()->setCurrentRow(1);
        QTest::mouseClick(join->joinButton(), Qt::LeftButton);
        QVERIFY(m_chat->calls.contains(u"join alphabet"_s));
        QTRY_VERIFY(!dialog<JoinRoomDialog>());
        QCOMPARE(m_page->currentRoom(), u"r1"_s);
    }

    /// An answer to what was typed before does not replace the newer one.
    void lateSearch()
    {
        open();
        m_chat->holdSearch = true;
        m_page->actions()->join();
        JoinRoomDialog *join = dialog<JoinRoomDialog>();
        QVERIFY(join);
        const client::Done<RoomsFound> first = m_chat->lastSearch;
        QTest::keyClicks(join->search()->edit(), u"b"_s);
        QTRY_VERIFY(m_chat->calls.contains(u"find b"_s));
        m_chat->lastSearch(RoomsFound{{Room{.id = u"b"_s, .name = u"b"_s, .epoch = {}}}, {}});
        QCOMPARE(join->results()->count(), 1);
        first(RoomsFound{});
        QCOMPARE(join->results()->count(), 1);
        m_chat->lastSearch(Error{ErrorCode::RateLimited, u"Too many searches."_s});
        QCOMPARE(join->results()->count(), 1);
        join->reject();
    }

    void createsARoom()
    {
        open();
        m_page->actions()->join();
        JoinRoomDialog *join = dialog<JoinRoomDialog>();
        join->tabs()->setCurrentIndex(1);
        QTest::mouseClick(join->createButton(), Qt::LeftButton);
        QVERIFY(!join->name()->error().isEmpty());
        m_chat->roomAnswer = Error{ErrorCode::NameTaken, u"This name is taken."_s, u"name"_s};
        QTest::keyClicks(join->name()->edit(), u"plans"_s);
        join->privateBox()->setChecked(true);
        QTest::keyClick(join->name()->edit(), Qt::Key_Return);
        QVERIFY(m_chat->calls.contains(u"create plans private"_s));
        QCOMPARE(join->name()->error(), u"This name is taken."_s);
        m_chat->roomAnswer = Room{.id = u"r2"_s, .name = u"plans"_s, .epoch = {}};
        QTest::mouseClick(join->createButton(), Qt::LeftButton);
        QTRY_VERIFY(!dialog<JoinRoomDialog>());
        QCOMPARE(m_page->currentRoom(), u"r2"_s);
    }

    void invites()
    {
        open();
        m_chat->nothingAnswer = Error{ErrorCode::NotFound, u"There is no such user."_s};
        m_page->actions()->invite(u"r2"_s);
        PromptDialog *prompt = dialog<PromptDialog>();
        QVERIFY(prompt);
        QTest::mouseClick(prompt->okButton(), Qt::LeftButton);
        QVERIFY(!prompt->field()->error().isEmpty());
        QTest::keyClicks(prompt->field()->edit(), u"dave"_s);
        QTest::keyClick(prompt->field()->edit(), Qt::Key_Return);
        QCOMPARE(m_chat->calls, QStringList{u"invite r2 dave"_s});
        QCOMPARE(prompt->field()->error(), u"There is no such user."_s);
        m_chat->nothingAnswer = Nothing{};
        QTest::keyClick(prompt->field()->edit(), Qt::Key_Return);
        QTRY_VERIFY(!dialog<PromptDialog>());
        QCOMPARE(m_page->notice()->text(), u"dave is in the room now."_s);
    }

    void leaves()
    {
        open();
        m_page->actions()->leave(u"r2"_s);
        auto *question = dialog<QMessageBox>();
        QVERIFY(question);
        QCOMPARE(question->textFormat(), Qt::PlainText);
        QTest::keyClick(question, Qt::Key_Escape);
        QVERIFY(m_chat->calls.isEmpty());
        m_page->actions()->leave(u"r2"_s);
        question = dialog<QMessageBox>();
        question->buttons().constFirst()->click();
        QCOMPARE(m_chat->calls, QStringList{u"leave r2"_s});
    }

    void showsTheKeys()
    {
        open();
        key(Qt::Key_Slash, Qt::ControlModifier);
        QTRY_VERIFY(dialog<KeysDialog>());
    }

    void opensLinks()
    {
        open();
        QList<QUrl> opened;
        LinkOpener *opener = m_page->linkOpener();
        opener->launch = [&opened](const QUrl &url) { opened.append(url); };
        const QUrl plain(u"https://a.example/"_s);
        Q_EMIT m_page->timeline()->linkActivated(plain, u"https://a.example/"_s);
        QCOMPARE(opened, QList<QUrl>{plain});
        QVERIFY(!opener->question());

        Q_EMIT m_page->timeline()->linkActivated(QUrl(u"https://evil.example/"_s), u"my bank"_s);
        QVERIFY(opener->question());
        QCOMPARE(opener->question()->textFormat(), Qt::PlainText);
        QVERIFY(opener->question()->text().contains(u"https://evil.example/"_s));
        QCOMPARE(opened.size(), 1); // not before it was allowed
        QTest::keyClick(opener->question(), Qt::Key_Return); // the harmless answer is the default
        QTRY_VERIFY(!opener->question());
        QCOMPARE(opened.size(), 1);
        opener->activate(QUrl(u"https://\u0430pple.com/"_s), u"https://\u0430pple.com/"_s);
        QVERIFY(opener->question()->text().contains(u"xn--"_s)); // the real name, not its looks
        opener->question()->buttons().constFirst()->click();
        QCOMPARE(opened.size(), 2);

        for (const QString &bad :
            {u"file:///etc/passwd"_s, u"javascript:alert(1)"_s, u"smb://x/y"_s, u"rookery:x"_s})
            opener->activate(QUrl(bad), bad);
        opener->activate(QUrl(u"mailto:a@b.example"_s), u"mail"_s);
        QCOMPARE(opened.size(), 2);
        QCOMPARE(QApplication::clipboard()->text(), u"a@b.example"_s);
        QCOMPARE(m_page->notice()->text(), u"The address a@b.example was copied."_s);
    }

    void narrowWindow()
    {
        open();
        m_page->resize(420, 700);
        QVERIFY(m_page->composer()->isVisible());
        QVERIFY(!m_page->members()->isVisible());
        QVERIFY(!m_page->rooms()->isVisible());
        QToolButton *side = nullptr;
        for (QToolButton *button : m_page->findChildren<QToolButton *>()) {
            if (button->isVisible() && button->accessibleName() == u"Rooms"_s)
                side = button;
        }
        QVERIFY(side);
        side->click();
        QVERIFY(m_page->rooms()->isVisible());
        QTest::keyClick(m_page->rooms()->list(), Qt::Key_Escape);
        QVERIFY(m_page->composer()->edit()->hasFocus());
        QVERIFY(!m_page->rooms()->isVisible());
        m_page->membersButton()->click();
        QVERIFY(m_page->members()->isVisible());
        QVERIFY(m_page->members()->list()->hasFocus());
        QTest::keyClick(m_page->members()->list(), Qt::Key_Escape);
        QVERIFY(!m_page->members()->isVisible());
        QVERIFY(m_page->composer()->edit()->hasFocus());
        QVERIFY(m_settings->membersShown());
        m_page->resize(700, 700);
        QVERIFY(m_page->rooms()->isVisible());
        // As a screen reader does it: the button is toggled, not clicked.
        QAccessibleInterface *button = QAccessible::queryAccessibleInterface(m_page->membersButton());
        button->actionInterface()->doAction(QAccessibleActionInterface::toggleAction());
        QVERIFY(m_page->members()->isVisible());
        QVERIFY(m_page->composer()->isVisible());
        QVERIFY(!m_page->rooms()->isVisible());
        m_page->resize(1200, 700);
        QVERIFY(m_page->rooms()->isVisible());
        QVERIFY(m_page->members()->isVisible());
        m_page->membersButton()->click();
        QVERIFY(!m_page->members()->isVisible());
        QVERIFY(!m_settings->membersShown());
    }
};

QTEST_MAIN(ConversationTest)
#include "tst_conversation.moc"
