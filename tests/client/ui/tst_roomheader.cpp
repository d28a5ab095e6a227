// SPDX-License-Identifier: GPL-3.0-or-later
// What stands around the messages of a room, and is there when the user is no longer in it.

#include "client/timeline/view/timelineview.h"
#include "client/views/conversation/composer.h"
#include "client/views/widgets/elidedlabel.h"
#include "tests/client/ui/conversationfixture.h"

#include <QApplication>
#include <QHelpEvent>
#include <QMessageBox>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class RoomHeaderTest : public QObject, protected ConversationFixture
{
    Q_OBJECT

private:
    ComposerEdit *input() { return m_page->composer()->edit(); }

private Q_SLOTS:
    void init()
    {
        begin(u"roomheader"_s);
        m_chat->addRoom(u"r0"_s, u"birds"_s, RoomKind::Public);
        m_chat->addMember(u"r0"_s, u"me"_s, true);
        m_chat->addMember(u"r0"_s, u"ben"_s, true);
        m_chat->fakeTimeline(u"r0"_s)->set(FakeTimeline::items(4));
        openPage();
        m_page->showRoom(u"r0"_s);
    }
    void cleanup() { end(); }

    void aLongTopicLeavesTheCounts()
    {
        const QString topic = u"What flies past, <b>and</b> when "_s.repeated(20).trimmed();
        m_chat->roomsById.insert(
            u"r0"_s, Room{u"r0"_s, u"birds"_s, RoomKind::Public, u"e"_s, 0, Role::Member, {}, topic});
        Q_EMIT m_chat->roomChanged(u"r0"_s);
        ElidedLabel *shown = nullptr;
        for (ElidedLabel *label : m_page->findChildren<ElidedLabel *>()) {
            if (label->text() == topic)
                shown = label;
        }
        QVERIFY(shown);
        bool isCounted = false;
        for (const QLabel *label : m_page->findChildren<QLabel *>()) {
            if (label->text() == u"2 members, 2 online"_s)
                isCounted = label->isVisible() && label->width() >= label->sizeHint().width();
        }
        QVERIFY(isCounted);
        QHelpEvent event(QEvent::ToolTip, QPoint(2, 2), shown->mapToGlobal(QPoint(2, 2)));
        QApplication::sendEvent(shown, &event);
        QCOMPARE(shown->toolTip(), u"<span>%1</span>"_s.arg(topic.toHtmlEscaped()));
    }

    void theTopicStandsWhereTheNameDoes()
    {
        m_chat->addRoom(u"r1"_s, u"doves"_s, RoomKind::Public); // with unknown members, as at a start offline
        m_chat->roomsById.insert(
            u"r1"_s, Room{u"r1"_s, u"doves"_s, RoomKind::Public, u"e"_s, 0, Role::Member, {}, u"Herons"_s});
        m_chat->setLink(LinkState::Waiting);
        m_page->showRoom(u"r1"_s);
        const QLabel *name = nullptr;
        const QLabel *topic = nullptr;
        for (const ElidedLabel *label : m_page->findChildren<ElidedLabel *>()) {
            if (label->text() == u"doves"_s)
                name = label;
            else if (label->text() == u"Herons"_s)
                topic = label;
        }
        QVERIFY(name && topic);
        QTRY_COMPARE(topic->x(), name->x());
    }

    void theQuestionBeforeDeletingGoesWithTheRoom()
    {
        Q_EMIT m_page->timeline()->deleteRequested(1, u"client-1"_s);
        QVERIFY(m_page->findChild<QMessageBox *>());
        m_chat->removeRoom(u"r0"_s);
        QTRY_VERIFY(!m_page->findChild<QMessageBox *>());
        QVERIFY(m_chat->calls.filter(u"delete"_s).isEmpty());
    }

    void whatIsTypedAmongTheMessagesIsWritten()
    {
        m_page->timeline()->setFocus();
        m_page->timeline()->setCurrentRow(1);
        QTest::keyClick(m_page->timeline(), Qt::Key_H, Qt::ControlModifier);
        QVERIFY(m_page->timeline()->hasFocus());
        QTest::keyClick(m_page->timeline(), Qt::Key_H);
        QVERIFY(input()->hasFocus());
        QTest::keyClicks(input(), u"ello"_s);
        QCOMPARE(input()->toPlainText(), u"hello"_s);
        // Not where nothing can be written.
        m_page->timeline()->setFocus();
        m_chat->removeRoom(u"r0"_s);
        QTest::keyClick(m_page->timeline(), Qt::Key_X);
        QCOMPARE(input()->toPlainText(), u"hello"_s);
    }

    void aBanIsSaidToBeOne()
    {
        m_chat->removals.insert(u"r0"_s, {u"ben"_s, true});
        m_chat->removeRoom(u"r0"_s);
        QCOMPARE(m_page->emptyLabel()->text(), u"You are banned from birds, by ben."_s);
        QVERIFY(!m_page->composer()->isVisible()); // there is nothing in it
        m_chat->addRoom(u"r0"_s, u"birds"_s, RoomKind::Public);
        QVERIFY(m_page->composer()->isVisible());
    }
};

QTEST_MAIN(RoomHeaderTest)
#include "tst_roomheader.moc"
