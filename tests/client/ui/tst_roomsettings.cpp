// SPDX-License-Identifier: GPL-3.0-or-later
// The settings of a room: its name and topic within the server's limits, and bans that are lifted by keyboard alone.

#include "client/views/conversation/roomactions.h"
#include "client/views/dialogs/banlist.h"
#include "client/views/dialogs/joinroomdialog.h"
#include "client/views/dialogs/roomdialog.h"
#include "client/views/widgets/formfield.h"
#include "client/views/widgets/listview.h"
#include "tests/client/ui/conversationfixture.h"

#include <QApplication>
#include <QLineEdit>
#include <QPushButton>
#include <QTabWidget>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class RoomSettingsTest : public QObject, protected ConversationFixture
{
    Q_OBJECT

private:
    RoomDialog *m_dialog = nullptr;

    BanList *bans() { return m_dialog->bans(); }
    QStringList shown()
    {
        QStringList names;
        const QAbstractItemModel *model = bans()->list()->model();
        for (int row = 0; row < model->rowCount(); ++row)
            names.append(model->index(row, 0).data().toString().section(u' ', 0, 0));
        return names;
    }
    static Ban ban(const QString &name)
    {
        return {User{u"id-"_s + name, name}, User{u"id-me"_s, u"me"_s},
            QDateTime(QDate(2026, 11, 20), QTime(12, 0), Qt::UTC)};
    }
    void openDialog()
    {
        m_page->actions()->change(u"r0"_s);
        m_dialog = m_page->findChild<RoomDialog *>();
        QVERIFY(m_dialog);
        QTRY_COMPARE(QApplication::activeWindow(), m_dialog);
    }
    /// Whether the keyboard has stayed in the dialog.
    bool hasKeyboard()
    {
        const QWidget *focus = QApplication::focusWidget();
        return focus && focus->window() == m_dialog;
    }
    void key(Qt::Key key, Qt::KeyboardModifiers modifiers = {})
    {
        QTest::keyClick(QApplication::focusWidget(), key, modifiers);
    }

private Q_SLOTS:
    void init()
    {
        begin(u"roomsettings"_s);
        m_chat->addRoom(u"r0"_s, u"birds"_s, RoomKind::Public);
        m_chat->roomsById.insert(
            u"r0"_s, Room{u"r0"_s, u"birds"_s, RoomKind::Public, u"e"_s, 0, Role::Owner, {}, u"old"_s});
        m_chat->bans = {ban(u"ann"_s), ban(u"bob"_s), ban(u"cid"_s)};
        openPage();
        m_page->showRoom(u"r0"_s);
    }
    void cleanup() { end(); }

    void bansAreListed()
    {
        openDialog();
        QCOMPARE(m_chat->calls, QStringList{u"bans r0"_s});
        QCOMPARE(shown(), (QStringList{u"ann"_s, u"bob"_s, u"cid"_s}));
        const QString row = bans()->list()->model()->index(0, 0).data().toString();
        QVERIFY2(row.startsWith(u"ann – banned by me on "_s), qPrintable(row));
        QCOMPARE(bans()->list()->accessibleName(), u"Banned people"_s);
        QVERIFY(bans()->state().isEmpty());
        QVERIFY(bans()->liftButton()->isVisible() && !bans()->retryButton()->isVisible());
    }

    void aBanIsLiftedByKeyboard()
    {
        openDialog();
        key(Qt::Key_Tab); // the topic
        key(Qt::Key_Tab);
        QCOMPARE(QApplication::focusWidget(), bans()->list());
        key(Qt::Key_Down);
        key(Qt::Key_Return); // neither saves nor lifts anything
        QCOMPARE(m_chat->calls, QStringList{u"bans r0"_s});
        QVERIFY(m_dialog->isVisible());
        key(Qt::Key_L, Qt::AltModifier);
        QTRY_COMPARE(m_chat->calls.last(), u"role r0 id-bob none"_s);
        QCOMPARE(shown(), (QStringList{u"ann"_s, u"cid"_s}));
        QVERIFY(hasKeyboard());
        key(Qt::Key_L, Qt::AltModifier);
        QTRY_COMPARE(shown().size(), 1);
        key(Qt::Key_L, Qt::AltModifier);
        QTRY_VERIFY(shown().isEmpty());
        QCOMPARE(bans()->state(), u"Nobody is banned from this room."_s);
        QVERIFY(!bans()->list()->isVisible() && !bans()->liftButton()->isVisible());
        QVERIFY(hasKeyboard());
    }

    void returnPressesTheButtonWithTheFocus()
    {
        openDialog();
        m_dialog->topic()->setText(u"half a topic"_s);
        bans()->liftButton()->setFocus();
        key(Qt::Key_Return);
        QTRY_COMPARE(m_chat->calls.last(), u"role r0 id-ann none"_s);
        QVERIFY(m_dialog->isVisible());
        m_dialog->topic()->edit()->setFocus();
        key(Qt::Key_Return); // saves, as before
        QTRY_VERIFY(m_chat->calls.last().contains(u"half a topic"_s));
    }

    void nobodyIsBanned()
    {
        m_chat->bans.clear();
        openDialog();
        QCOMPARE(bans()->state(), u"Nobody is banned from this room."_s);
        QVERIFY(!bans()->list()->isVisible());
    }

    void whyABanWasNotLifted()
    {
        m_chat->nothingAnswer = Error{ErrorCode::Forbidden, u"Only moderators can."_s};
        openDialog();
        bans()->liftButton()->click();
        QCOMPARE(bans()->state(), u"Only moderators can."_s);
        QCOMPARE(shown().size(), 3);
        QVERIFY(bans()->liftButton()->isEnabled() && !bans()->retryButton()->isVisible());
        // Who is not banned any more is not an error.
        m_chat->nothingAnswer = Error{ErrorCode::NotFound, u"No such ban."_s};
        bans()->liftButton()->click();
        QVERIFY(bans()->state().isEmpty());
        QCOMPARE(shown(), (QStringList{u"bob"_s, u"cid"_s}));
    }

    void aListThatCannotBeReadIsTriedAgain()
    {
        m_chat->bansProblem = Problem(Error{ErrorCode::Overloaded, u"Too busy."_s});
        openDialog();
        QCOMPARE(bans()->state(), u"Too busy."_s);
        QVERIFY(bans()->retryButton()->isVisible());
        m_chat->bansProblem.reset();
        key(Qt::Key_R, Qt::AltModifier);
        QTRY_COMPARE(shown().size(), 3);
        QVERIFY(bans()->state().isEmpty() && !bans()->retryButton()->isVisible());
        QVERIFY(hasKeyboard());
    }

    void withoutAConnection()
    {
        m_chat->setLink(LinkState::Waiting);
        openDialog();
        QVERIFY(m_chat->calls.isEmpty());
        QVERIFY(bans()->state().contains(u"no connection"_s));
        m_chat->setLink(LinkState::Connected);
        QCOMPARE(shown().size(), 3);
        m_chat->setLink(LinkState::Reconnecting);
        QCOMPARE(shown().size(), 3); // what is known stays
        QVERIFY(bans()->state().contains(u"no connection"_s));
        QVERIFY(!bans()->liftButton()->isEnabled());
        m_chat->setLink(LinkState::Connected);
        QVERIFY(bans()->liftButton()->isEnabled());
        QCOMPARE(m_chat->calls, (QStringList{u"bans r0"_s, u"bans r0"_s}));
    }

    void longListsComePageByPage()
    {
        m_chat->bans.clear();
        for (int i = 0; i < 250; ++i)
            m_chat->bans.append(ban(u"user%1"_s.arg(i, 3, 10, QLatin1Char('0'))));
        openDialog();
        QVERIFY(shown().size() < 250);
        for (int i = 0; i < 10 && shown().size() < 250; ++i) {
            bans()->list()->scrollToBottom();
            QTest::qWait(0);
        }
        QTRY_COMPARE(shown().size(), 250);
        const auto all = shown();
        QCOMPARE(QSet<QString>(all.begin(), all.end()).size(), 250);
        QCOMPARE(m_chat->calls.last(), u"bans r0 after id-user199"_s);
    }

    void whatOthersDoIsSeen()
    {
        openDialog();
        bans()->list()->setCurrentIndex(bans()->list()->model()->index(1, 0));
        m_chat->bans.removeFirst();
        m_chat->bans.append(ban(u"dora"_s));
        Q_EMIT m_chat->bansChanged(u"r9"_s);
        QCOMPARE(m_chat->calls.size(), 1);
        Q_EMIT m_chat->bansChanged(u"r0"_s);
        QCOMPARE(shown(), (QStringList{u"bob"_s, u"cid"_s, u"dora"_s}));
        // The person's choice stays theirs.
        QCOMPARE(bans()->list()->currentIndex().data(Chat::UserIdRole).toString(), u"id-bob"_s);
    }

    void namesAndTopicsHaveTheServersLimits()
    {
        m_chat->serverLimits.roomNameCharacters = 8;
        m_chat->serverLimits.topicCharacters = 10;
        openDialog();
        m_chat->calls.clear();
        m_dialog->name()->setText(u"123456789"_s);
        key(Qt::Key_Return);
        QCOMPARE(m_dialog->name()->error(), u"At most 8 characters fit; this has 9."_s);
        m_dialog->name()->setText(u"birds"_s);
        m_dialog->topic()->setText(u"\U0001f426"_s.repeated(11));
        m_dialog->saveButton()->click();
        QCOMPARE(m_dialog->topic()->error(), u"At most 10 characters fit; this has 11."_s);
        QVERIFY(m_chat->calls.isEmpty());
        m_dialog->topic()->setText(u"\U0001f426"_s.repeated(10) + u' '); // code points, trimmed
        m_dialog->saveButton()->click();
        QCOMPARE(m_chat->calls.size(), 1);
    }

    void newRoomsToo()
    {
        m_chat->serverLimits.roomNameCharacters = 8;
        m_page->actions()->join();
        auto *dialog = m_page->findChild<JoinRoomDialog *>();
        QVERIFY(dialog);
        dialog->tabs()->setCurrentIndex(1);
        dialog->name()->setText(u"e\u0301"_s.repeated(9)); // composed: nine
        m_chat->calls.clear();
        dialog->createButton()->click();
        QCOMPARE(dialog->name()->error(), u"At most 8 characters fit; this has 9."_s);
        QVERIFY(m_chat->calls.isEmpty());
        dialog->name()->setText(u"e\u0301"_s.repeated(8));
        dialog->createButton()->click();
        QCOMPARE(m_chat->calls.size(), 1);
    }
};

QTEST_MAIN(RoomSettingsTest)
#include "tst_roomsettings.moc"
