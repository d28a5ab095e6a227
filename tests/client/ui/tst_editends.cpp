// SPDX-License-Identifier: GPL-3.0-or-later
// A message that is being edited is deleted, or the room goes: nothing that was typed is lost.

#include "client/timeline/view/timelineview.h"
#include "client/views/conversation/composer.h"
#include "tests/client/ui/conversationfixture.h"

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class EditEndsTest : public QObject, protected ConversationFixture
{
    Q_OBJECT

private:
    FakeTimeline *timeline() { return m_chat->fakeTimeline(u"r0"_s); }
    ComposerEdit *input() { return m_page->composer()->edit(); }

private Q_SLOTS:
    void init()
    {
        begin(u"editends"_s);
        m_chat->addRoom(u"r0"_s, u"birds"_s, RoomKind::Public);
        m_chat->addRoom(u"r1"_s, u"fish"_s, RoomKind::Public);
        m_chat->roomsById.insert(
            u"r0"_s, Room{u"r0"_s, u"birds"_s, RoomKind::Public, u"e"_s, 0, Role::Member, {}, {}});
        TimelineItem mine = FakeTimeline::item(3, u"mine, last"_s);
        mine.own = true;
        timeline()->set({FakeTimeline::item(1, u"one"_s), FakeTimeline::item(2, u"two"_s), mine});
        openPage();
        m_page->showRoom(u"r0"_s);
        m_page->focusComposer();
    }
    void cleanup() { end(); }

    void anEditOfWhatIsDeletedEnds_data()
    {
        QTest::addColumn<QString>("draft");
        QTest::addColumn<QString>("typed");
        QTest::addColumn<bool>("elsewhere");
        QTest::addColumn<QString>("left");
        QTest::newRow("with a text") << QString() << u" word"_s << false << u"mine, last word"_s;
        QTest::newRow("behind a draft") << u"half a"_s << u" word"_s << false << u"half a\nmine, last word"_s;
        QTest::newRow("unchanged") << u"half a"_s << QString() << false << u"half a"_s;
        QTest::newRow("in another room") << QString() << u" word"_s << true << u"mine, last word"_s;
    }
    /// What was typed could only be saved, which was refused.
    void anEditOfWhatIsDeletedEnds()
    {
        QFETCH(const QString, draft);
        QFETCH(const QString, typed);
        QFETCH(const bool, elsewhere);
        QFETCH(const QString, left);
        QTest::keyClicks(input(), draft);
        m_page->timeline()->setFocus();
        m_page->timeline()->setCurrentRow(2);
        QTest::keyClick(m_page->timeline(), Qt::Key_F2);
        QTRY_VERIFY(input()->hasFocus());
        QTest::keyClicks(input(), typed);
        if (elsewhere)
            m_page->showRoom(u"r1"_s);
        TimelineItem gone = timeline()->at(2);
        gone.kind = TimelineItem::Kind::Deleted;
        gone.text.clear();
        timeline()->change(2, gone);
        if (elsewhere)
            m_page->showRoom(u"r0"_s);
        QTRY_VERIFY(!m_page->composer()->editedMessage());
        QCOMPARE(input()->toPlainText(), left);
        QCOMPARE(m_chat->savedDrafts.value(u"r0"_s), left);
        QVERIFY(m_page->composer()->problem().contains(u"was deleted"_s));
        QCOMPARE(m_page->composer()->problem().contains(u"Your text"_s), !typed.isEmpty());
        QVERIFY(m_page->composer()->editingText().isEmpty());
    }

    void anEditEndsWithTheMembership()
    {
        QTest::keyClick(input(), Qt::Key_Up);
        QTest::keyClicks(input(), u" word"_s);
        m_chat->removeRoom(u"r0"_s);
        QVERIFY(!m_page->composer()->editedMessage());
        QVERIFY(m_page->composer()->editingText().isEmpty());
        QCOMPARE(input()->toPlainText(), u"mine, last word"_s); // to be copied
        QVERIFY(input()->isReadOnly());
        QCOMPARE(m_chat->savedDrafts.value(u"r0"_s), u"mine, last word"_s);
    }
};

QTEST_MAIN(EditEndsTest)
#include "tst_editends.moc"
