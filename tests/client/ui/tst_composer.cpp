// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/conversation/composer.h"

#include <QApplication>
#include <QClipboard>
#include <QMimeData>
#include <QToolButton>
#include <QtTest>

using namespace rookery::client;
using namespace Qt::StringLiterals;

class ComposerTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<Composer> m_composer;
    ComposerEdit *edit() { return m_composer->edit(); }

private Q_SLOTS:
    void init()
    {
        m_composer = std::make_unique<Composer>();
        m_composer->resize(400, 100);
        m_composer->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_composer.get()));
        m_composer->setRoom(u"r1"_s, u"lobby"_s);
    }

    void enterSends()
    {
        QSignalSpy spy(m_composer.get(), &Composer::submitted);
        QTest::keyClick(edit(), Qt::Key_Return);
        QCOMPARE(spy.size(), 0); // nothing to send
        QTest::keyClicks(edit(), u"  "_s);
        QTest::keyClick(edit(), Qt::Key_Return);
        QCOMPARE(spy.size(), 0);
        QTest::keyClicks(edit(), u"hello"_s);
        QTest::keyClick(edit(), Qt::Key_Return, Qt::ShiftModifier);
        QTest::keyClicks(edit(), u"you"_s);
        QCOMPARE(spy.size(), 0);
        QTest::keyClick(edit(), Qt::Key_Enter, Qt::KeypadModifier);
        QCOMPARE(spy.size(), 1);
        QCOMPARE(spy.at(0).at(0).toString(), u"r1"_s);
        QCOMPARE(spy.at(0).at(1).toString(), u"  hello\nyou"_s);
        QVERIFY(!edit()->toPlainText().isEmpty()); // it stays until it was taken
        m_composer->accept();
        QVERIFY(edit()->toPlainText().isEmpty());
        QVERIFY(!m_composer->sendButton()->isEnabled());
    }

    void buttonSends()
    {
        QSignalSpy spy(m_composer.get(), &Composer::submitted);
        QTest::keyClicks(edit(), u"hello"_s);
        QTest::mouseClick(m_composer->sendButton(), Qt::LeftButton);
        QCOMPARE(spy.size(), 1);
    }

    void counts_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("counter");
        QTest::addColumn<bool>("canSend");
        QTest::newRow("plenty") << QString(3000, u'x') << QString() << true;
        QTest::newRow("near") << QString(3900, u'x') << u"100 characters left"_s << true;
        QTest::newRow("full") << QString(4000, u'x') << u"0 characters left"_s << true;
        QTest::newRow("over") << QString(4001, u'x') << u"1 character too many"_s << false;
        QTest::newRow("emoji count once") << u"\U0001F600"_s.repeated(4000) << u"0 characters left"_s << true;
    }

    void counts()
    {
        QFETCH(QString, text);
        QFETCH(QString, counter);
        QFETCH(bool, canSend);
        QSignalSpy spy(m_composer.get(), &Composer::submitted);
        edit()->setPlainText(text);
        QCOMPARE(m_composer->counter(), counter);
        QCOMPARE(m_composer->canSend(), canSend);
        QTest::keyClick(edit(), Qt::Key_Return);
        QCOMPARE(spy.size(), canSend ? 1 : 0);
    }

    /// What the server takes counts, and what is there already is judged anew.
    void countsByTheServersLimit()
    {
        edit()->setPlainText(QString(101, u'x'));
        QVERIFY(m_composer->canSend());
        m_composer->setLongestMessage(100);
        QCOMPARE(m_composer->counter(), u"1 character too many"_s);
        QVERIFY(!m_composer->canSend());
        m_composer->setLongestMessage(5000);
        edit()->setPlainText(QString(4999, u'x'));
        QCOMPARE(m_composer->counter(), u"1 character left"_s);
        QVERIFY(m_composer->canSend());
    }

    void grows()
    {
        const int one = edit()->height();
        QTest::keyClick(edit(), Qt::Key_Return, Qt::ShiftModifier);
        QTest::keyClick(edit(), Qt::Key_Return, Qt::ShiftModifier);
        const int three = edit()->height();
        QVERIFY(three > one);
        edit()->setPlainText(u"line\n"_s.repeated(8));
        const int most = edit()->height();
        edit()->setPlainText(u"line\n"_s.repeated(500));
        QCOMPARE(edit()->height(), most);
        edit()->setPlainText(u"a long line that has to wrap "_s.repeated(6));
        QVERIFY(edit()->height() > one);
        m_composer->accept();
        QCOMPARE(edit()->height(), one);
    }

    void keepsDrafts()
    {
        QTest::keyClicks(edit(), u"for the first"_s);
        m_composer->setRoom(u"r2"_s, u"other"_s);
        QVERIFY(edit()->toPlainText().isEmpty());
        QTest::keyClicks(edit(), u"second"_s);
        m_composer->setRoom(u"r1"_s, u"lobby"_s);
        QCOMPARE(edit()->toPlainText(), u"for the first"_s);
        QVERIFY(edit()->textCursor().atEnd());
        m_composer->setRoom(u"r1"_s, u"renamed"_s); // the same room: nothing is lost
        QCOMPARE(edit()->toPlainText(), u"for the first"_s);
        m_composer->accept();
        m_composer->setRoom(u"r2"_s, u"other"_s);
        QCOMPARE(edit()->toPlainText(), u"second"_s);
        m_composer->setRoom({}, {});
        QVERIFY(!edit()->isEnabled());
        m_composer->setRoom(u"r1"_s, u"lobby"_s);
        QVERIFY(edit()->toPlainText().isEmpty());
    }

    /// The room is gone: what was written can be taken elsewhere, and is not changed by a key.
    void aClosedDraftCanBeCopied()
    {
        QTest::keyClicks(edit(), u"long thought"_s);
        QSignalSpy submitted(m_composer.get(), &Composer::submitted);
        m_composer->setClosed(true);
        m_composer->setRoom(u"r1"_s, u"lobby"_s);
        QVERIFY(edit()->isEnabled());
        QVERIFY(edit()->placeholderText().isEmpty());
        QApplication::clipboard()->clear();
        QTest::keyClick(edit(), Qt::Key_A, Qt::ControlModifier);
        QTest::keyClick(edit(), Qt::Key_C, Qt::ControlModifier);
        QCOMPARE(QApplication::clipboard()->text(), u"long thought"_s);
        QApplication::clipboard()->setText(u"other"_s);
        QTest::keyClick(edit(), Qt::Key_V, Qt::ControlModifier);
        QTest::keyClick(edit(), Qt::Key_X, Qt::ControlModifier);
        QTest::keyClick(edit(), Qt::Key_Return, Qt::ShiftModifier);
        QTest::keyClick(edit(), Qt::Key_Return);
        QTest::keyClicks(edit(), u"more"_s);
        QCOMPARE(edit()->toPlainText(), u"long thought"_s);
        QCOMPARE(submitted.size(), 0);
        m_composer->setClosed(false);
        m_composer->setRoom(u"r1"_s, u"lobby"_s);
        QVERIFY(!edit()->placeholderText().isEmpty());
        QTest::keyClick(edit(), Qt::Key_End);
        QTest::keyClicks(edit(), u"!"_s);
        QCOMPARE(edit()->toPlainText(), u"long thought!"_s);
    }

    void draftsAreToldToWhoKeepsThem()
    {
        QSignalSpy drafts(m_composer.get(), &Composer::draftChanged);
        QTest::keyClicks(edit(), u"half a"_s);
        QTRY_COMPARE(drafts.size(), 1); // a moment after typing
        QCOMPARE(drafts.takeFirst(), (QVariantList{u"r1"_s, u"half a"_s}));
        QTest::keyClicks(edit(), u" word"_s);
        QFocusEvent out(QEvent::FocusOut);
        QApplication::sendEvent(edit(), &out);
        QCOMPARE(drafts.size(), 1); // at once
        QCOMPARE(drafts.takeFirst(), (QVariantList{u"r1"_s, u"half a word"_s}));
        m_composer->accept();
        QCOMPARE(drafts.takeFirst(), (QVariantList{u"r1"_s, QString()}));
        m_composer->setDrafts({{u"r2"_s, u"of last time"_s}});
        m_composer->setRoom(u"r2"_s, u"other"_s);
        QCOMPARE(edit()->toPlainText(), u"of last time"_s);
        QVERIFY(drafts.isEmpty());
    }

    void pastesPlainText()
    {
        auto *data = new QMimeData;
        data->setHtml(u"<b>bold</b><img src='file:///etc/passwd'>"_s);
        data->setText(u"bold"_s);
        QApplication::clipboard()->setMimeData(data);
        edit()->paste();
        QCOMPARE(edit()->toPlainText(), u"bold"_s);
        QVERIFY(!edit()->document()->toHtml().contains(u"<img"_s));
        auto *pictures = new QMimeData;
        pictures->setImageData(QImage(4, 4, QImage::Format_RGB32));
        QApplication::clipboard()->setMimeData(pictures);
        edit()->paste();
        QCOMPARE(edit()->toPlainText(), u"bold"_s);
    }

    void scrollsTheTimeline()
    {
        QSignalSpy spy(m_composer.get(), &Composer::pageRequested);
        QTest::keyClick(edit(), Qt::Key_PageUp);
        QTest::keyClick(edit(), Qt::Key_PageDown);
        QCOMPARE(spy.size(), 2);
        QCOMPARE(spy.at(0).at(0).toInt(), -1);
        QCOMPARE(spy.at(1).at(0).toInt(), 1);
    }

    void problemGoesWithTyping()
    {
        QTest::keyClicks(edit(), u"x"_s);
        m_composer->showProblem(u"<b>No</b>"_s);
        QCOMPARE(m_composer->problem(), u"<b>No</b>"_s);
        QTest::keyClicks(edit(), u"y"_s);
        QVERIFY(m_composer->problem().isEmpty());
    }
};

QTEST_MAIN(ComposerTest)
#include "tst_composer.moc"
