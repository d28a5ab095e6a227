// SPDX-License-Identifier: GPL-3.0-or-later
// The edit history of a message is read back to its first text, by keyboard alone.

#include "client/timeline/view/timelineview.h"
#include "client/views/dialogs/versionsdialog.h"
#include "tests/client/ui/conversationfixture.h"

#include <QApplication>
#include <QPushButton>
#include <QTextBlock>
#include <QTextEdit>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class VersionsTest : public QObject, protected ConversationFixture
{
    Q_OBJECT

private:
    VersionsDialog *m_dialog = nullptr;

    QTextEdit *edit() { return m_dialog->findChild<QTextEdit *>(); }
    QPushButton *more() { return m_dialog->moreButton(); }
    /// Gives message 3 so many texts.
    void fill(int count, const QString &tail = {})
    {
        for (int i = 0; i < count; ++i)
            m_chat->versions.append(
                {3 + i, u"text %1"_s.arg(i) + tail, QDateTime::currentDateTimeUtc().addSecs(i)});
    }
    /// Each text once, in the order shown.
    QStringList shown()
    {
        QStringList texts;
        for (QTextBlock block = edit()->document()->begin(); block.isValid(); block = block.next()) {
            if (block.blockFormat().leftMargin() > 0)
                texts.append(block.text());
        }
        return texts;
    }
    QStringList newestFirst(qsizetype count)
    {
        QStringList texts;
        for (qsizetype i = m_chat->versions.size(); i-- > 0 && texts.size() < count;)
            texts.append(m_chat->versions[i].text);
        return texts;
    }
    void openDialog()
    {
        Q_EMIT m_page->timeline()->versionsRequested(3);
        m_dialog = m_page->findChild<VersionsDialog *>();
        QVERIFY(m_dialog);
        m_dialog->activateWindow();
        QTRY_COMPARE(QApplication::activeWindow(), m_dialog);
    }

private Q_SLOTS:
    void init()
    {
        begin(u"versions"_s);
        m_chat->addRoom(u"r0"_s, u"birds"_s, RoomKind::Public);
        m_chat->addRoom(u"r1"_s, u"doves"_s, RoomKind::Public);
        m_chat->fakeTimeline(u"r0"_s)->set({FakeTimeline::item(3, u"mine"_s, u"me"_s)});
        openPage();
        m_page->showRoom(u"r0"_s);
        m_chat->calls.clear();
    }
    void cleanup() { end(); }

    void pagesReachTheFirstText()
    {
        fill(251);
        openDialog();
        QCOMPARE(m_chat->calls, QStringList{u"versions r0 3"_s});
        QCOMPARE(shown(), newestFirst(50));
        QVERIFY(m_dialog->state().startsWith(u"The newest 50"_s));
        QTRY_VERIFY(edit()->hasFocus());
        QCOMPARE(edit()->textCursor().position(), 0);
        QTest::keyClick(edit(), Qt::Key_Tab);
        for (int i = 0; i < 10 && QApplication::focusWidget() != more(); ++i)
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        QCOMPARE(QApplication::focusWidget(), more());
        for (int page = 2; page <= 6; ++page) {
            QVERIFY(more()->isVisible() && more()->hasFocus());
            QTest::keyClick(more(), page % 2 == 0 ? Qt::Key_Space : Qt::Key_Return);
            QCOMPARE(m_chat->calls.last(), u"versions r0 3 before %1"_s.arg(254 - 50 * (page - 1)));
            QCOMPARE(shown(), newestFirst(50 * page));
            // Reading goes on at the first of the texts that have come.
            QCOMPARE(edit()->textCursor().block().next().text(), u"text %1"_s.arg(250 - 50 * (page - 1)));
        }
        QCOMPARE(m_chat->calls.size(), 6);
        QCOMPARE(shown().size(), 251);
        QCOMPARE(shown().last(), u"text 0"_s);
        QVERIFY(m_dialog->state().startsWith(u"251 "_s));
        QVERIFY(!more()->isVisible());
        QVERIFY(edit()->hasFocus());
    }

    void fewTextsHaveNoFurtherPage()
    {
        fill(2);
        openDialog();
        QCOMPARE(shown(), newestFirst(2));
        QVERIFY(!more()->isVisible());
        m_dialog->load();
        QCOMPARE(m_chat->calls.size(), 1);
    }

    void theFirstPageFails()
    {
        fill(2);
        m_chat->versionsProblem = Error{ErrorCode::Overloaded, u"Busy."_s};
        openDialog();
        QVERIFY(!edit()->isVisible());
        QVERIFY(m_dialog->state().contains(u"Busy."_s));
        QVERIFY(more()->isVisible());
        QCOMPARE(QString(more()->text()).remove(u'&'), u"Try again"_s);
        m_chat->versionsProblem.reset();
        QTest::keyClick(m_dialog, Qt::Key_R, Qt::AltModifier);
        QTRY_COMPARE(shown(), newestFirst(2));
        QVERIFY(!m_dialog->state().contains(u"Busy."_s));
        QVERIFY(!more()->isVisible());
    }

    void aLaterPageFails()
    {
        fill(60);
        openDialog();
        m_chat->versionsProblem = Error{ErrorCode::Overloaded, u"Busy."_s};
        more()->setFocus();
        QTest::keyClick(more(), Qt::Key_Space);
        QVERIFY(m_dialog->state().contains(u"Busy."_s));
        QCOMPARE(shown(), newestFirst(50));
        QVERIFY(more()->isVisible() && more()->hasFocus());
        m_chat->versionsProblem.reset();
        QTest::keyClick(more(), Qt::Key_Space);
        QCOMPARE(m_chat->calls.mid(1), QStringList(2, u"versions r0 3 before 13"_s));
        QCOMPARE(shown(), newestFirst(60));
        QVERIFY(!m_dialog->state().contains(u"Busy."_s));
    }

    void nothingIsSelected()
    {
        fill(120);
        openDialog();
        QVERIFY(!edit()->textCursor().hasSelection());
        more()->click();
        QCOMPARE(shown().size(), 100);
        QVERIFY(!edit()->textCursor().hasSelection());
    }

    void theMessageIsDeletedMeanwhile()
    {
        fill(120);
        openDialog();
        m_chat->holdVersions = true;
        more()->click();
        TimelineItem item = m_chat->fakeTimeline(u"r0"_s)->at(0);
        item.kind = TimelineItem::Kind::Deleted;
        item.text.clear();
        m_chat->fakeTimeline(u"r0"_s)->change(0, item);
        QCOMPARE(m_dialog->state(), u"This message has been deleted."_s);
        m_chat->lastVersions(VersionPage{m_chat->versions.mid(0, 50), 0});
        QCOMPARE(m_dialog->text(), QString());
        QVERIFY(!edit()->isVisible());
        QVERIFY(!more()->isVisible());
        QCOMPARE(m_dialog->state(), u"This message has been deleted."_s);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return); // on Close
        QTRY_VERIFY(!m_page->findChild<VersionsDialog *>());
    }

    void theRoomIsLostMeanwhile()
    {
        fill(60);
        openDialog();
        m_chat->removals.insert(u"r0"_s, {u"ben"_s, true});
        m_chat->removeRoom(u"r1"_s); // another
        QCOMPARE(shown(), newestFirst(50));
        m_chat->removeRoom(u"r0"_s);
        QCOMPARE(m_dialog->state(), u"You are banned from birds, by ben."_s);
        QCOMPARE(m_dialog->text(), QString());
        QVERIFY(!edit()->isVisible());
        QVERIFY(!more()->isVisible());
    }

    void onePageAtATime()
    {
        fill(60);
        openDialog();
        m_chat->holdVersions = true;
        more()->click();
        more()->click();
        QCOMPARE(m_chat->calls.size(), 2);
        QCOMPARE(m_dialog->state(), u"Loading…"_s);
        QCOMPARE(shown(), newestFirst(50));
        m_chat->lastVersions(VersionPage{m_chat->versions.mid(0, 10), 0});
        QCOMPARE(shown(), newestFirst(60));
    }

    /// THREATS 44: past the bound the newer texts go. The first one is reached all the same.
    void manyLongTexts()
    {
        const QString tail = u" word"_s.repeated(12'000);
        fill(40, tail);
        m_chat->versionsPage = 8;
        openDialog();
        QCOMPARE(shown(), newestFirst(8));
        for (int page = 2; page <= 5; ++page) {
            more()->click();
            QVERIFY(m_dialog->text().size() <= VersionsDialog::mostCharacters);
        }
        QVERIFY(!more()->isVisible());
        QVERIFY(m_dialog->state().startsWith(u"8 earlier"_s));
        QCOMPARE(shown(), newestFirst(40).mid(32));
        QCOMPARE(edit()->document()->begin().blockFormat().leftMargin(), 0);
    }
};

QTEST_MAIN(VersionsTest)
#include "tst_versions.moc"
