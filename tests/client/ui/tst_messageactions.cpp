// SPDX-License-Identifier: GPL-3.0-or-later
// Messages are edited and deleted, roles given and rooms changed, each by keyboard alone.

#include "client/timeline/view/olderbar.h"
#include "client/timeline/view/timelineview.h"
#include "client/views/conversation/composer.h"
#include "client/views/conversation/memberlistview.h"
#include "client/views/conversation/messageactions.h"
#include "client/views/conversation/roomactions.h"
#include "client/views/conversation/roomlistview.h"
#include "client/views/dialogs/roomdialog.h"
#include "client/views/dialogs/versionsdialog.h"
#include "client/views/widgets/elidedlabel.h"
#include "client/views/widgets/formfield.h"
#include "client/views/widgets/listview.h"
#include "client/views/widgets/noticebar.h"
#include "tests/client/ui/conversationfixture.h"

#include <QApplication>
#include <QContextMenuEvent>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QTextBlock>
#include <QTextEdit>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class MessageActionsTest : public QObject, protected ConversationFixture
{
    Q_OBJECT

private:
    FakeTimeline *timeline() { return m_chat->fakeTimeline(u"r0"_s); }
    ComposerEdit *input() { return m_page->composer()->edit(); }
    QMessageBox *question() { return m_page->findChild<QMessageBox *>(); }
    QMenu *menu() { return qobject_cast<QMenu *>(QApplication::activePopupWidget()); }
    QStringList texts()
    {
        QStringList words;
        if (QMenu *shown = menu()) {
            for (const QAction *action : shown->actions()) {
                if (!action->isSeparator())
                    words.append(QString(action->text()).remove(u'&'));
            }
        }
        return words;
    }
    QAction *action(const QString &words)
    {
        for (QAction *each : menu()->actions()) {
            if (QString(each->text()).remove(u'&') == words)
                return each;
        }
        return nullptr;
    }
    /// As by the menu key.
    void openMenu(QWidget *widget)
    {
        widget->setFocus();
        QContextMenuEvent event(QContextMenuEvent::Keyboard, QPoint(5, 5), widget->mapToGlobal(QPoint(5, 5)));
        QApplication::sendEvent(widget, &event);
    }
    void openMenuOf(int row)
    {
        m_page->timeline()->setFocus();
        m_page->timeline()->setCurrentRow(row);
        openMenu(m_page->timeline());
    }
    void choose(const QString &words)
    {
        QVERIFY(menu());
        QAction *chosen = action(words);
        QVERIFY2(chosen, qPrintable(words + u": "_s + texts().join(u", "_s)));
        menu()->close();
        chosen->trigger();
    }
    void be(Role role, const QString &topic = {})
    {
        m_chat->roomsById.insert(
            u"r0"_s, Room{u"r0"_s, u"birds"_s, RoomKind::Public, u"e"_s, 0, role, {}, topic});
        Q_EMIT m_chat->roomChanged(u"r0"_s);
    }

    /// Messages 1 and 3 are one's own; the others' age does not matter.
    void setAges(qint64 first, qint64 last)
    {
        for (const auto &[row, seconds] : {std::pair(0, first), std::pair(2, last)}) {
            TimelineItem item = timeline()->at(row);
            item.timestamp = QDateTime::currentDateTimeUtc().addSecs(-seconds);
            timeline()->change(row, item);
        }
    }
    void setWindow(std::chrono::milliseconds window)
    {
        m_chat->serverLimits.editWindow = window;
        Q_EMIT m_chat->linkStateChanged();
    }
    /// An edit that failed, as the session shows it.
    void failEdit(int row, const QString &text)
    {
        TimelineItem item = timeline()->at(row);
        item.original = std::make_shared<const QString>(item.text);
        item.text = text;
        item.changeId = u"change-1"_s;
        item.delivery = Delivery::Failed;
        item.failure = {SendFailure::Refused, ErrorCode::Forbidden, u"Too old: 3600 seconds."_s};
        timeline()->change(row, item);
        Q_EMIT m_chat->editRefused(u"r0"_s, item.changeId, item.text, item.failure);
    }

private Q_SLOTS:
    void init()
    {
        begin(u"messageactions"_s);
        m_chat->addRoom(u"r0"_s, u"birds"_s, RoomKind::Public);
        m_chat->addRoom(u"r1"_s, u"doves"_s, RoomKind::Public);
        m_chat->addMember(u"r0"_s, u"me"_s, true);
        m_chat->addMember(u"r0"_s, u"ben"_s, true);
        timeline()->set({FakeTimeline::item(1, u"mine, *first*"_s, u"me"_s),
            FakeTimeline::item(2, u"of ben"_s, u"ben"_s), FakeTimeline::item(3, u"mine, last"_s, u"me"_s),
            FakeTimeline::item(4, u"of ben, too"_s, u"ben"_s)});
        openPage();
        m_page->showRoom(u"r0"_s);
        be(Role::Member);
        m_page->focusComposer();
    }
    void cleanup() { end(); }

    void upEditsTheLastOwnMessage()
    {
        QTest::keyClick(input(), Qt::Key_Up);
        QCOMPARE(input()->toPlainText(), u"mine, last"_s);
        QCOMPARE(m_page->composer()->editingText(), u"Editing message"_s);
        QVERIFY(m_page->composer()->cancelButton()->isVisible());
        QTest::keyClicks(input(), u" word"_s);
        QTest::keyClick(input(), Qt::Key_Return);
        QCOMPARE(m_chat->calls, QStringList{u"edit r0 3client-3: mine, last word"_s});
        QVERIFY(m_chat->sent.isEmpty());
        QCOMPARE(input()->toPlainText(), QString());
        QVERIFY(m_page->composer()->editingText().isEmpty());
        QTest::keyClicks(input(), u"new"_s);
        QTest::keyClick(input(), Qt::Key_Return);
        QCOMPARE(m_chat->sent, QStringList{u"r0: new"_s});
    }

    void upInATextIsTheCursors()
    {
        QTest::keyClicks(input(), u"half a"_s);
        QTest::keyClick(input(), Qt::Key_Up);
        QVERIFY(!m_page->composer()->editedMessage());
        QCOMPARE(input()->toPlainText(), u"half a"_s);
    }

    void escLeavesItAsItWasAndTheDraftComesBack()
    {
        QTest::keyClicks(input(), u"half a"_s);
        m_page->timeline()->setFocus();
        m_page->timeline()->setCurrentRow(0);
        QTest::keyClick(m_page->timeline(), Qt::Key_F2);
        QCOMPARE(input()->toPlainText(), u"mine, *first*"_s); // as it was typed
        QTRY_VERIFY(input()->hasFocus());
        QTest::keyClicks(input(), u"!"_s);
        QTest::keyClick(input(), Qt::Key_Escape);
        QCOMPARE(input()->toPlainText(), u"half a"_s);
        QVERIFY(m_chat->calls.isEmpty());
        QCOMPARE(m_chat->savedDrafts.value(u"r0"_s), u"half a"_s);
    }

    void anotherRoomDoesNotLoseTheEdit()
    {
        QTest::keyClick(input(), Qt::Key_Up);
        QTest::keyClicks(input(), u" word"_s);
        m_page->showRoom(u"r1"_s);
        QCOMPARE(input()->toPlainText(), QString());
        QVERIFY(!m_page->composer()->editedMessage());
        m_page->showRoom(u"r0"_s);
        QCOMPARE(input()->toPlainText(), u"mine, last word"_s);
        QVERIFY(m_page->composer()->editedMessage());
        QVERIFY(m_chat->savedDrafts.isEmpty());
    }

    void anEditThatIsRefusedStays()
    {
        QTest::keyClick(input(), Qt::Key_Up);
        QTest::keyClicks(input(), u"!"_s);
        m_chat->refuseSend = u"Too long."_s;
        QTest::keyClick(input(), Qt::Key_Return);
        QCOMPARE(m_page->composer()->problem(), u"Too long."_s);
        QCOMPARE(input()->toPlainText(), u"mine, last!"_s);
    }

    void whatIsTooOldCannotBeEdited()
    {
        setAges(7200, 60);
        setWindow(std::chrono::hours(1));
        openMenuOf(0);
        QCOMPARE(texts(), (QStringList{u"Copy message"_s, u"Edit (only within 1 hour)"_s, u"Delete…"_s}));
        QVERIFY(!action(u"Edit (only within 1 hour)"_s)->isEnabled());
        menu()->close();
        openMenuOf(2);
        QCOMPARE(texts(), (QStringList{u"Copy message"_s, u"Edit"_s, u"Delete…"_s}));
        menu()->close();
        // F2 says why not, and Up reaches what can be edited.
        m_page->timeline()->setCurrentRow(0);
        QTest::keyClick(m_page->timeline(), Qt::Key_F2);
        QVERIFY(!m_page->composer()->editedMessage());
        QVERIFY2(m_page->notice()->text().contains(u"1 hour"_s), qPrintable(m_page->notice()->text()));
        m_page->focusComposer();
        QTest::keyClick(input(), Qt::Key_Up);
        QCOMPARE(input()->toPlainText(), u"mine, last"_s);
    }

    void upSaysThatAllAreTooOld()
    {
        setAges(9000, 7200);
        setWindow(std::chrono::hours(1));
        QTest::keyClick(input(), Qt::Key_Up);
        QVERIFY(!m_page->composer()->editedMessage());
        QVERIFY(m_page->notice()->text().contains(u"cannot be edited any more"_s));
        setWindow(std::chrono::milliseconds(0)); // for good
        QTest::keyClick(input(), Qt::Key_Up);
        QCOMPARE(input()->toPlainText(), u"mine, last"_s);
    }

    /// What the server has not stored yet has no age.
    void whatHasNotBeenSentIsNeverTooOld()
    {
        TimelineItem item = FakeTimeline::item(0, u"waits"_s, u"me"_s);
        item.timestamp = QDateTime::currentDateTimeUtc().addDays(-3);
        item.delivery = Delivery::Pending;
        timeline()->append(item);
        setWindow(std::chrono::hours(1));
        QVERIFY(m_page->timeline()->canEdit(4));
    }

    void theWindowMayPassWhileOneWrites()
    {
        setAges(60, 60);
        setWindow(std::chrono::hours(1));
        QTest::keyClick(input(), Qt::Key_Up);
        QTest::keyClicks(input(), u", but"_s);
        setAges(7200, 7200);
        QTest::keyClick(input(), Qt::Key_Return);
        QVERIFY(m_chat->calls.isEmpty());
        QVERIFY(m_page->composer()->problem().contains(u"1 hour"_s));
        QCOMPARE(input()->toPlainText(), u"mine, last, but"_s);
        QVERIFY(m_page->composer()->editedMessage());
    }

    void aRefusedEditGoesBackIntoTheInput()
    {
        setAges(7200, 7200);
        setWindow(std::chrono::hours(1));
        m_page->timeline()->setFocus();
        failEdit(2, u"mine, better"_s);
        QCOMPARE(input()->toPlainText(), u"mine, better"_s);
        QVERIFY(!m_page->composer()->editedMessage());
        QVERIFY(m_page->composer()->problem().startsWith(u"This message cannot be edited any more"_s));
        QVERIFY(m_page->composer()->problem().contains(u"1 hour"_s));
        QCOMPARE(timeline()->discarded, QStringList{u"change-1"_s});
        QCOMPARE(m_chat->savedDrafts.value(u"r0"_s), u"mine, better"_s); // nor does a crash lose it
        QVERIFY(m_page->timeline()->hasFocus()); // nobody is torn away
        m_page->focusComposer();
        QTest::keyClick(input(), Qt::Key_Return);
        QCOMPARE(m_chat->sent, QStringList{u"r0: mine, better"_s});
    }

    void otherRefusalsAreSaidInTheServersWords()
    {
        failEdit(2, u"mine, better"_s);
        QVERIFY(m_page->composer()->problem().startsWith(u"Too old: 3600 seconds."_s));
    }

    void anInputInUseIsLeftAlone()
    {
        QTest::keyClicks(input(), u"half a"_s);
        failEdit(2, u"mine, better"_s);
        QCOMPARE(input()->toPlainText(), u"half a"_s);
        QVERIFY(timeline()->discarded.isEmpty());
        openMenuOf(2);
        QVERIFY2(texts().contains(u"Use text as new message"_s), qPrintable(texts().join(u", "_s)));
        choose(u"Use text as new message"_s);
        QCOMPARE(input()->toPlainText(), u"half a\nmine, better"_s);
        QCOMPARE(timeline()->discarded, QStringList{u"change-1"_s});
        QTRY_VERIFY(input()->hasFocus());
    }

    void anEditUnderWayIsLeftAlone()
    {
        m_page->timeline()->setCurrentRow(0);
        m_page->timeline()->setFocus();
        QTest::keyClick(m_page->timeline(), Qt::Key_F2);
        failEdit(2, u"mine, better"_s);
        QCOMPARE(input()->toPlainText(), u"mine, *first*"_s);
        openMenuOf(2);
        choose(u"Use text as new message"_s);
        QCOMPARE(input()->toPlainText(), u"mine, *first*"_s);
        QVERIFY(m_page->notice()->text().contains(u"First save or cancel"_s));
        QVERIFY(timeline()->discarded.isEmpty());
    }

    void ofAnotherRoomItStaysThere()
    {
        m_page->showRoom(u"r1"_s);
        Q_EMIT m_chat->editRefused(
            u"r0"_s, u"change-1"_s, u"better"_s, {SendFailure::Refused, ErrorCode::Forbidden, u"No."_s});
        QCOMPARE(input()->toPlainText(), QString());
        QVERIFY(m_chat->savedDrafts.isEmpty());
    }

    void theMenuHasWhatOneMayDo()
    {
        openMenuOf(2);
        QCOMPARE(texts(), (QStringList{u"Copy message"_s, u"Edit"_s, u"Delete…"_s}));
        menu()->close();
        openMenuOf(1);
        QCOMPARE(texts(), QStringList{u"Copy message"_s});
        menu()->close();
        be(Role::Moderator);
        openMenuOf(1);
        QCOMPARE(texts(), (QStringList{u"Copy message"_s, u"Delete…"_s}));
        menu()->close();
    }

    /// An admin acts as an owner in public rooms, and there only.
    void whatAnAdminIsOffered()
    {
        m_chat->onServer = ServerRole::Admin;
        be(Role::Member, u"old"_s);
        openMenuOf(1);
        QCOMPARE(texts(), (QStringList{u"Copy message"_s, u"Delete…"_s}));
        menu()->close();
        m_page->actions()->change(u"r0"_s);
        auto *dialog = m_page->findChild<RoomDialog *>();
        QVERIFY(dialog);
        QVERIFY(!dialog->name()->edit()->isReadOnly());
        dialog->reject();
        QTRY_VERIFY(!m_page->findChild<RoomDialog *>());
        ListView *members = m_page->members()->list();
        m_chat->fakeMembers(u"r0"_s)->item(1)->setData(int(Role::Moderator), Chat::RankRole);
        members->setCurrentIndex(members->model()->index(1, 0));
        openMenu(members);
        for (const auto &offered : {u"Make owner…"_s, u"Make ordinary member"_s, u"Ban from the room…"_s})
            QVERIFY2(texts().contains(offered), qPrintable(offered));
        menu()->close();

        m_chat->roomsById[u"r0"_s].kind = RoomKind::Private;
        Q_EMIT m_chat->roomChanged(u"r0"_s);
        openMenuOf(1);
        QCOMPARE(texts(), QStringList{u"Copy message"_s});
        menu()->close();
        openMenu(members);
        QVERIFY(!texts().contains(u"Ban from the room…"_s));
        menu()->close();
        m_page->actions()->change(u"r0"_s);
        QVERIFY(!m_page->findChild<RoomDialog *>());
    }

    /// Moderators were offered the name, which only owners may change.
    void moderatorsChangeTheTopicOnly()
    {
        be(Role::Moderator, u"old"_s);
        m_page->actions()->change(u"r0"_s);
        auto *dialog = m_page->findChild<RoomDialog *>();
        QVERIFY(dialog);
        QVERIFY(dialog->name()->edit()->isReadOnly());
        QVERIFY(!dialog->topic()->edit()->isReadOnly());
        QTRY_COMPARE(QApplication::focusWidget(), dialog->topic()->edit());
        dialog->reject();
    }

    void theQuestionShowsTheMessage()
    {
        openMenuOf(2);
        choose(u"Delete…"_s);
        QVERIFY(question());
        QCOMPARE(question()->informativeText(), u"mine, last"_s);
        QTRY_COMPARE(QApplication::activeWindow(), question());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return); // the safe one
        QTRY_VERIFY(!question());
        QVERIFY(m_chat->calls.isEmpty());
        m_page->activateWindow();
        m_page->timeline()->setFocus();
        QTest::keyClick(m_page->timeline(), Qt::Key_Delete);
        QTRY_VERIFY(question());
        QTRY_COMPARE(QApplication::activeWindow(), question());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_D, Qt::AltModifier);
        QTRY_COMPARE(m_chat->calls, QStringList{u"delete r0 3client-3"_s});
    }

    void whatIsLeftOfADeletedMessage()
    {
        TimelineItem item = FakeTimeline::item(3, {}, u"me"_s);
        item.kind = TimelineItem::Kind::Deleted;
        timeline()->change(2, item);
        QCOMPARE(m_page->timeline()->rowText(2), u"This message was deleted."_s);
        QVERIFY(m_page->timeline()->rowDescription(2).startsWith(u"me, "_s));
        openMenuOf(2);
        QCOMPARE(texts(), QStringList{u"Copy message"_s});
        menu()->close();
        m_page->focusComposer();
        QTest::keyClick(input(), Qt::Key_Up);
        QCOMPARE(input()->toPlainText(), u"mine, *first*"_s);
    }

    void editedIsSaidWithItsTime()
    {
        TimelineItem item = FakeTimeline::item(3, u"mine, changed"_s, u"me"_s);
        item.editedSeq = 5;
        item.editedAt = QDateTime::currentDateTimeUtc();
        timeline()->change(2, item);
        const QString time = QLocale().toString(item.editedAt.toLocalTime(), QLocale::ShortFormat);
        QCOMPARE(m_page->timeline()->rowText(2), u"mine, changed"_s);
        QVERIFY(m_page->timeline()->rowDescription(2).contains(u"mine, changed (edited %1)"_s.arg(time)));
        m_chat->versions = {{3, u"mine, last"_s, item.timestamp}, {5, u"mine, changed"_s, item.editedAt}};
        openMenuOf(2);
        choose(u"Edit history…"_s);
        auto *dialog = m_page->findChild<VersionsDialog *>();
        QVERIFY(dialog);
        QCOMPARE(m_chat->calls, QStringList{u"versions r0 3"_s});
        QVERIFY(dialog->text().indexOf(u"mine, last"_s) > dialog->text().indexOf(u"mine, changed"_s));
    }

    /// A text that goes on like the dialog itself does not look like another version.
    void aVersionCannotImitateAnother()
    {
        TimelineItem item = FakeTimeline::item(3, u"mine, changed"_s, u"me"_s);
        item.editedSeq = 5;
        item.editedAt = QDateTime::currentDateTimeUtc();
        timeline()->change(2, item);
        const QString time = QLocale().toString(item.timestamp.toLocalTime(), QLocale::ShortFormat);
        m_chat->versions = {
            {3, u"first"_s, item.timestamp}, {5, u"last\n\n%1\nforged"_s.arg(time), item.editedAt}};
        openMenuOf(2);
        choose(u"Edit history…"_s);
        auto *dialog = m_page->findChild<VersionsDialog *>();
        QVERIFY(dialog);
        int headings = 0;
        const auto *document = dialog->findChild<QTextEdit *>()->document();
        for (QTextBlock block = document->begin(); block.isValid(); block = block.next()) {
            const bool heading = block.blockFormat().leftMargin() == 0;
            QCOMPARE(
                block.begin().atEnd() || block.begin().fragment().charFormat().fontWeight() != QFont::Bold,
                !heading);
            headings += heading;
        }
        QCOMPARE(headings, 2);
    }

    void aChangeThatFailedIsRetriedByItsOwnId()
    {
        TimelineItem item = FakeTimeline::item(3, u"mine, changed"_s, u"me"_s);
        item.changeId = u"change-1"_s;
        item.delivery = Delivery::Failed;
        item.failure = {SendFailure::Refused, ErrorCode::Forbidden, u"Too late."_s};
        timeline()->change(2, item);
        QVERIFY(m_page->timeline()->rowDescription(2).contains(u"not saved: Too late."_s));
        openMenuOf(2);
        choose(u"Retry"_s);
        QCOMPARE(timeline()->retried, QStringList{u"change-1"_s});
    }

    void notices_data()
    {
        QTest::addColumn<EventContent>("content");
        QTest::addColumn<QString>("words");
        const User ben{u"id-ben"_s, u"ben"_s};
        const User cat{u"id-cat"_s, u"cat %1"_s};
        const auto row = [](const char *name, const EventContent &content, const char *words) {
            QTest::newRow(name) << content << QString::fromUtf8(words);
        };
        row("joined", MemberChanged{ben, Role::Invited, Role::Member}, "ben joined.");
        row("left", MemberChanged{ben, Role::Member, Role::None}, "ben left.");
        row("removed", MemberChanged{cat, Role::Member, Role::None}, "ben removed cat %1.");
        row("banned", MemberChanged{cat, Role::Member, Role::Banned}, "ben banned cat %1.");
        row("unbanned", MemberChanged{cat, Role::Banned, Role::None}, "ben lifted the ban on cat %1.");
        row("moderator", MemberChanged{cat, Role::Member, Role::Moderator}, "ben made cat %1 a moderator.");
        row("owner", MemberChanged{cat, Role::Member, Role::Owner}, "ben made cat %1 an owner.");
        row("demoted", MemberChanged{cat, Role::Owner, Role::Member}, "ben made cat %1 an ordinary member.");
        row("name", RoomChanged{u"doves"_s, {}}, "ben renamed the room to doves.");
        row("topic", RoomChanged{{}, u"all of them"_s}, "ben changed the topic to “all of them”.");
        row("a topic that would go on", RoomChanged{{}, u"x”. ben is an owner. “"_s},
            "ben changed the topic to “x\". ben is an owner. \"”.");
        row("a topic that turns around", RoomChanged{{}, u"\u202ex"_s},
            "ben changed the topic to “\u2060x”.");
        row("no topic", RoomChanged{{}, QString(u""_s)}, "ben removed the topic.");
    }
    void notices()
    {
        QFETCH(EventContent, content);
        TimelineItem item = FakeTimeline::item(5, {}, u"ben"_s);
        item.kind = TimelineItem::Kind::Notice;
        item.notice = std::make_shared<const EventContent>(content);
        timeline()->append(item);
        QTEST(m_page->timeline()->rowText(4), "words");
        QVERIFY(!m_page->timeline()->canDelete(4) && !m_page->timeline()->canEdit(4));
    }

    void whatThisVersionCannotShow()
    {
        TimelineItem item = FakeTimeline::item(5, {}, u"ben"_s);
        item.kind = TimelineItem::Kind::Unreadable;
        timeline()->append(item);
        QCOMPARE(m_page->timeline()->rowText(4), u"This version of Rookery cannot show this message."_s);
    }

    void theTopicStandsInTheHeader()
    {
        be(Role::Member, u"What flies past"_s);
        const auto labels = m_page->findChildren<ElidedLabel *>();
        QVERIFY(std::any_of(labels.begin(), labels.end(),
            [](const ElidedLabel *label) { return label->text() == u"What flies past"_s; }));
    }

    void theQuestionGoesWithTheMessage()
    {
        m_page->timeline()->setFocus();
        m_page->timeline()->setCurrentRow(0);
        QTest::keyClick(m_page->timeline(), Qt::Key_Delete);
        QVERIFY(question());
        TimelineItem item = timeline()->at(0);
        item.kind = TimelineItem::Kind::Deleted;
        item.text.clear();
        timeline()->change(0, item);
        QTRY_VERIFY(!question());
    }

    void settingsOfARoom()
    {
        m_page->actions()->change(u"r0"_s); // a member may not
        QVERIFY(!m_page->findChild<RoomDialog *>());
        QVERIFY(m_page->notice()->text().contains(u"moderators"_s));
        be(Role::Owner, u"old"_s);
        ListView *rooms = m_page->rooms()->list();
        rooms->setCurrentIndex(m_page->rooms()->indexOf(u"r0"_s));
        openMenu(rooms);
        choose(u"Room settings…"_s);
        auto *dialog = m_page->findChild<RoomDialog *>();
        QVERIFY(dialog);
        QTRY_COMPARE(QApplication::activeWindow(), dialog);
        QCOMPARE(dialog->topic()->text(), u"old"_s);
        dialog->topic()->edit()->setFocus();
        dialog->topic()->edit()->selectAll();
        QTest::keyClicks(dialog->topic()->edit(), u"new"_s);
        m_chat->calls.clear();
        m_chat->roomAnswer = Error{ErrorCode::InvalidField, u"Too loud."_s, u"topic"_s};
        QTest::keyClick(dialog->topic()->edit(), Qt::Key_Return);
        QCOMPARE(m_chat->calls, QStringList{u"change r0 - new"_s});
        QCOMPARE(dialog->topic()->error(), u"Too loud."_s);
        m_chat->roomAnswer = m_chat->room(u"r0"_s);
        QTest::keyClick(dialog->topic()->edit(), Qt::Key_Return);
        QCOMPARE(m_chat->calls.size(), 2);
        QTRY_VERIFY(!m_page->findChild<RoomDialog *>());
    }

    void rolesAreGivenByWhoMay()
    {
        ListView *members = m_page->members()->list();
        auto *model = m_chat->fakeMembers(u"r0"_s);
        model->item(1)->setData(int(Role::Member), Chat::RankRole);
        members->setCurrentIndex(members->model()->index(1, 0));
        openMenu(members);
        QVERIFY(!texts().contains(u"Make moderator"_s));
        menu()->close();
        be(Role::Moderator);
        openMenu(members);
        QVERIFY(texts().contains(u"Remove from the room…"_s) && !texts().contains(u"Make moderator"_s));
        menu()->close();
        be(Role::Owner);
        openMenu(members);
        choose(u"Make moderator"_s);
        QCOMPARE(m_chat->calls, QStringList{u"role r0 id-ben moderator"_s});
        m_chat->calls.clear();
        openMenu(members);
        choose(u"Make owner…"_s);
        QVERIFY(question());
        QVERIFY(question()->text().contains(u"ben"_s));
        QTRY_COMPARE(QApplication::activeWindow(), question());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_M, Qt::AltModifier);
        QTRY_COMPARE(m_chat->calls, QStringList{u"role r0 id-ben owner"_s});
        model->item(1)->setData(int(Role::Owner), Chat::RankRole);
        QCOMPARE(
            members->model()->index(1, 0).data(Qt::AccessibleTextRole).toString(), u"ben, owner, online"_s);
    }
};

QTEST_MAIN(MessageActionsTest)
#include "tst_messageactions.moc"
