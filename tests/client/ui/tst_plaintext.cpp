// SPDX-License-Identifier: GPL-3.0-or-later
// What others write is shown as it is: nowhere as HTML, and without controls of the direction (THREATS.md 16).

#include "client/timeline/view/timelineview.h"
#include "client/views/conversation/blockactions.h"
#include "client/views/conversation/composer.h"
#include "client/views/conversation/roomactions.h"
#include "client/views/dialogs/certificatedialog.h"
#include "client/views/dialogs/joinroomdialog.h"
#include "client/views/widgets/elidedlabel.h"
#include "client/views/widgets/linkopener.h"
#include "client/views/widgets/noticebar.h"
#include "client/views/widgets/question.h"
#include "common/printable.h"
#include "tests/client/ui/conversationfixture.h"

#include <QAbstractButton>
#include <QAction>
#include <QApplication>
#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>

#include <algorithm>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class PlainTextTest : public QObject, protected ConversationFixture
{
    Q_OBJECT

private:
    /// Rich text for whoever guesses, turned around, with marks of keys and of a title.
    static QString hostile() { return u"<b>bold</b><img src=\"file:///nothing\"><!-- & [*] \u202Egnp.exe"_s; }
    static bool isTurned(const QString &text) { return std::any_of(text.begin(), text.end(), isBidiControl); }
    /// What guesses finds HTML in it that is not all escaped within one tag.
    static bool isRich(QString tip)
    {
        if (tip.startsWith(u"<span>") && tip.endsWith(u"</span>"))
            tip = tip.sliced(6, tip.size() - 13);
        return tip.contains(u'<');
    }
    /// Everything that there is of the client on the screen.
    static QStringList faults()
    {
        QStringList found;
        for (const QWidget *widget : QApplication::allWidgets()) {
            const QString what = QString::fromLatin1(widget->metaObject()->className());
            const auto *label = qobject_cast<const QLabel *>(widget);
            if (label && label->textFormat() != Qt::PlainText && !label->text().isEmpty())
                found.append(u"a rich label: "_s + label->text());
            // An ElidedLabel draws a line that is printable, whatever it has.
            if (label && !qobject_cast<const ElidedLabel *>(label) && isTurned(label->text()))
                found.append(u"a turned label: "_s + label->text());
            if (const auto *button = qobject_cast<const QAbstractButton *>(widget))
                if (isTurned(button->text()))
                    found.append(u"a turned button: "_s + button->text());
            if (const auto *edit = qobject_cast<const QPlainTextEdit *>(widget))
                if (isTurned(edit->placeholderText()))
                    found.append(u"a turned placeholder: "_s + edit->placeholderText());
            if (isRich(widget->toolTip()) || isTurned(widget->toolTip()))
                found.append(u"a tooltip of %1: %2"_s.arg(what, widget->toolTip()));
            if (isTurned(widget->windowTitle()))
                found.append(u"a turned title: "_s + widget->windowTitle());
            for (const QAction *action : widget->actions()) {
                if (isTurned(action->text()))
                    found.append(u"an action: "_s + action->text());
            }
        }
        return found;
    }
    void checkAll() { QCOMPARE(faults(), QStringList()); }
    QDialog *dialog() { return qobject_cast<QDialog *>(QApplication::activeModalWidget()); }
    void checkDialog()
    {
        QTRY_VERIFY(dialog());
        checkAll();
        const QPointer<QDialog> shown = dialog();
        shown->close();
        QTRY_VERIFY(!shown);
    }

private Q_SLOTS:
    void init()
    {
        begin(u"plaintext"_s);
        m_chat->addRoom(u"r0"_s, hostile(), RoomKind::Public);
        m_chat->addMember(u"r0"_s, hostile(), true);
        m_chat->addInvitation(u"r9"_s, hostile(), hostile());
        TimelineItem item = FakeTimeline::item(1, hostile(), hostile());
        m_chat->fakeTimeline(u"r0"_s)->set({item});
        m_chat->roomsById.insert(
            u"r0"_s, Room{u"r0"_s, hostile(), RoomKind::Public, u"e"_s, 0, Role::Owner, {}, hostile()});
        m_chat->directory = {
            Room{u"r7"_s, hostile(), RoomKind::Public, u"e"_s, 0, Role::None, {}, hostile()}};
        m_chat->bans = {
            Ban{User{u"b"_s, hostile()}, User{u"o"_s, hostile()}, QDateTime::currentDateTimeUtc()}};
        openPage();
        m_page->showRoom(u"r0"_s);
    }
    void cleanup() { end(); }

    void thePage()
    {
        m_chat->setLink(LinkState::Waiting, QDateTime::currentDateTimeUtc().addSecs(5), hostile());
        m_page->notice()->offer(hostile(), u"Open"_s);
        m_page->composer()->showProblem(inWords(Problem(Error{ErrorCode::Forbidden, hostile()})));
        checkAll();
        m_chat->removeRoom(u"r0"_s);
        checkAll();
    }

    void theQuestionBeforeDeleting()
    {
        Q_EMIT m_page->timeline()->deleteRequested(1, u"client-1"_s);
        QTRY_VERIFY(dialog());
        const auto labels = dialog()->findChildren<QLabel *>();
        QVERIFY(std::any_of(labels.begin(), labels.end(), [](const QLabel *label) {
            return label->text() == withoutBidiControls(hostile()); // with nothing hidden
        }));
        checkDialog();
    }

    void theQuestionBeforeDeletingFitsTheScreen_data()
    {
        QTest::addColumn<QString>("text");
        QTest::newRow("many lines") << u"a\n"_s.repeated(1'000);
        QTest::newRow("other ends of lines") << u"a\u2028b\u2029c\vd\f"_s.repeated(100);
        QTest::newRow("a long word") << u"W"_s.repeated(4'000);
        QTest::newRow("held together") << u"W\u00A0W\u2060"_s.repeated(1'000);
        QTest::newRow("with marks above") << u"a\u0301"_s.repeated(2'000);
        QTest::newRow("an address") << u"http://"_s + u"long.example."_s.repeated(20) + u"evil.example/"_s;
    }
    void theQuestionBeforeDeletingFitsTheScreen()
    {
        QFETCH(const QString, text);
        TimelineItem item = FakeTimeline::item(1, text, u"ben"_s);
        m_chat->fakeTimeline(u"r0"_s)->set({item});
        Q_EMIT m_page->timeline()->deleteRequested(1, u"client-1"_s);
        QTRY_VERIFY(dialog() && dialog()->isVisible());
        QVERIFY2(dialog()->height() < 400, qPrintable(QString::number(dialog()->height())));
        for (QLabel *label : dialog()->findChildren<QLabel *>()) {
            // No word of it is wider than the label.
            const int width = label->width();
            const QRect drawn = label->fontMetrics().boundingRect(
                QRect(0, 0, width, 10'000), Qt::TextWordWrap | Qt::AlignLeft, label->text());
            QVERIFY2(drawn.width() <= width, qPrintable(label->text()));
        }
        checkDialog();
    }

    void theQuestionBeforeALinkFitsTheScreen()
    {
        m_page->linkOpener()->launch = [](const QUrl &) {};
        const QUrl longest(u"https://evil.example/"_s + u"p"_s.repeated(2'000));
        m_page->linkOpener()->activate(longest, u"https://good.example/"_s);
        QTRY_VERIFY(dialog() && dialog()->isVisible());
        QVERIFY2(dialog()->height() < 700, qPrintable(QString::number(dialog()->height())));
        checkDialog();
    }

    void otherQuestions()
    {
        m_page->actions()->leave(u"r0"_s);
        checkDialog();
        for (const Role role : {Role::Owner, Role::Banned, Role::None}) {
            m_page->actions()->setRole(u"r0"_s, u"id"_s, hostile(), role);
            checkDialog();
        }
        BlockActions blocks(m_chat.get(), m_page.get());
        blocks.block(u"id"_s, hostile());
        checkDialog();
        m_page->linkOpener()->launch = [](const QUrl &) {};
        m_page->linkOpener()->activate(QUrl(u"https://evil.example/<b>\u202E"_s), u"https://good.example/"_s);
        checkDialog();
        plainQuestion(m_page.get(), QMessageBox::Critical, hostile(), hostile(), hostile())->open();
        checkDialog();
    }

    void dialogs()
    {
        m_page->actions()->join();
        checkDialog();
        m_page->actions()->change(u"r0"_s);
        checkDialog();
        m_chat->setBlocked(hostile(), true, this, [](const Outcome<Nothing> &) {});
        m_page->showBlocked();
        checkDialog();
        m_page->showKeys();
        checkDialog();
        m_chat->roomAnswer = Error{ErrorCode::Forbidden, hostile()};
        m_page->actions()->askDirect();
        QTRY_VERIFY(dialog());
        QTest::keyClicks(dialog()->findChild<QLineEdit *>(), u"somebody"_s);
        QTest::keyClick(dialog(), Qt::Key_Return);
        QTRY_COMPARE(m_chat->calls.last(), u"direct somebody"_s);
        checkDialog();
        CertificateProblem problem;
        problem.server = problem.subject = problem.issuer = hostile();
        CertificateDialog certificate(problem, m_page.get());
        checkAll();
    }
};

QTEST_MAIN(PlainTextTest)
#include "tst_plaintext.moc"
