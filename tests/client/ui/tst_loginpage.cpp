// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/app/mainwindow.h"
#include "client/settings/settings.h"
#include "client/views/conversation/composer.h"
#include "client/views/conversation/conversationpage.h"
#include "client/views/conversation/linkbanner.h"
#include "client/views/login/loginpage.h"
#include "client/views/widgets/formfield.h"
#include "tests/client/ui/fakechat.h"

#include <QAbstractButton>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QToolButton>
#include <QtTest>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class LoginPageTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<Settings> m_settings;
    FakeBackend m_backend;
    std::unique_ptr<MainWindow> m_window;

    LoginPage *page() { return m_window->loginPage(); }
    void open(const QString &server = u"http://127.0.0.1:5000"_s, const QString &user = u"alice"_s)
    {
        m_window = std::make_unique<MainWindow>(&m_backend, m_settings.get());
        m_window->start(server, user);
        m_window->show();
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    }

private Q_SLOTS:
    void init()
    {
        QSettings(QSettings::IniFormat, QSettings::UserScope, u"rookery"_s, u"rookery-tests"_s).clear();
        m_settings = std::make_unique<Settings>(u"tests"_s);
        m_backend = FakeBackend();
    }
    void cleanup() { m_window.reset(); }

    void enterLogsIn()
    {
        open();
        QCOMPARE(m_window->focusWidget(), page()->password()->edit()); // the only empty one
        QTest::keyClicks(page()->password()->edit(), u"correct horse"_s);
        QTest::keyClick(page()->password()->edit(), Qt::Key_Return);
        QCOMPARE(m_backend.calls, QStringList{u"logIn http://127.0.0.1:5000 alice correct horse"_s});
        QVERIFY(page()->isBusy());
        QVERIFY(page()->cancelButton()->isVisible());
        QTest::keyClick(page()->password()->edit(), Qt::Key_Return); // not twice
        QCOMPARE(m_backend.calls.size(), 1);
        m_backend.succeed();
        QVERIFY(m_window->conversation());
        QVERIFY(m_window->conversation()->isVisible());
        QVERIFY(page()->password()->text().isEmpty());
    }

    void missingFields_data()
    {
        QTest::addColumn<QString>("server");
        QTest::addColumn<QString>("user");
        QTest::addColumn<QString>("password");
        QTest::addColumn<bool>("create");
        QTest::addColumn<int>("field");
        QTest::newRow("server") << u" "_s << u"a"_s << u"x"_s << false << 0;
        QTest::newRow("user") << u"s"_s << u" "_s << u"x"_s << false << 1;
        QTest::newRow("password") << u"s"_s << u"a"_s << QString() << false << 2;
        QTest::newRow("short password") << u"s"_s << u"a"_s << u"seven77"_s << true << 2;
    }

    void missingFields()
    {
        QFETCH(QString, server);
        QFETCH(QString, user);
        QFETCH(QString, password);
        QFETCH(bool, create);
        QFETCH(int, field);
        open();
        if (create)
            page()->setMode(LoginPage::Mode::Register);
        FormField *fields[] = {page()->server(), page()->userName(), page()->password()};
        fields[0]->setText(server);
        fields[1]->setText(user);
        fields[2]->setText(password);
        QTest::mouseClick(page()->submitButton(), Qt::LeftButton);
        QVERIFY(m_backend.calls.isEmpty());
        for (int i = 0; i < 3; ++i)
            QCOMPARE(!fields[i]->error().isEmpty(), i == field);
        QCOMPARE(m_window->focusWidget(), fields[field]->edit());
        QCOMPARE(fields[field]->edit()->accessibleDescription(), fields[field]->error());
        QTest::keyClicks(fields[field]->edit(), u"x"_s);
        QVERIFY(fields[field]->error().isEmpty()); // gone once it is being corrected
    }

    void serverErrors_data()
    {
        QTest::addColumn<ErrorCode>("code");
        QTest::addColumn<QString>("field");
        QTest::addColumn<int>("where");
        QTest::newRow("server") << ErrorCode::InvalidField << u"server"_s << 0;
        QTest::newRow("username") << ErrorCode::NameTaken << u"username"_s << 1;
        QTest::newRow("name") << ErrorCode::InvalidField << u"name"_s << 1;
        QTest::newRow("password") << ErrorCode::InvalidField << u"password"_s << 2;
        QTest::newRow("credentials") << ErrorCode::BadCredentials << QString() << 2;
        QTest::newRow("none") << ErrorCode::RateLimited << QString() << -1;
    }

    void serverErrors()
    {
        QFETCH(ErrorCode, code);
        QFETCH(QString, field);
        QFETCH(int, where);
        open();
        page()->password()->setText(u"wrong password"_s);
        QTest::mouseClick(page()->submitButton(), Qt::LeftButton);
        const QString sentence = u"<b>This</b> did not work."_s;
        m_backend.fail(Error{code, sentence, field});
        QVERIFY(!page()->isBusy());
        FormField *fields[] = {page()->server(), page()->userName(), page()->password()};
        for (int i = 0; i < 3; ++i)
            QCOMPARE(fields[i]->error(), i == where ? sentence : QString());
        QCOMPARE(page()->problem(), where < 0 ? sentence : QString());
        QCOMPARE(m_window->focusWidget(),
            where < 0 ? static_cast<QWidget *>(page()->submitButton()) : fields[where]->edit());
        QVERIFY(!m_window->conversation());
    }

    /// What a server answers is shown as text, wherever it is shown.
    void neverRichText()
    {
        open();
        const QList<QLabel *> labels = m_window->findChildren<QLabel *>();
        QVERIFY(labels.size() > 5);
        for (const QLabel *label : labels) {
            if (label->pixmap().isNull())
                QCOMPARE(label->textFormat(), Qt::PlainText);
        }
    }

    void createsAnAccount()
    {
        open();
        page()->modeButton()->setFocus();
        QTest::keyClick(page()->modeButton(), Qt::Key_Return);
        QCOMPARE(page()->mode(), LoginPage::Mode::Register);
        page()->password()->setText(u"long enough"_s);
        QTest::keyClick(page()->userName()->edit(), Qt::Key_Return);
        QCOMPARE(m_backend.calls, QStringList{u"register http://127.0.0.1:5000 alice long enough"_s});
        m_backend.succeed();
        QVERIFY(m_window->conversation());
    }

    /// Return after a click on "Create an account" creates it; it does not lead back.
    void returnAfterTheModeButton()
    {
        open();
        QTest::mouseClick(page()->modeButton(), Qt::LeftButton);
        QCOMPARE(page()->mode(), LoginPage::Mode::Register);
        QCOMPARE(m_window->focusWidget(), page()->password()->edit());
        QTest::keyClicks(m_window->focusWidget(), u"long enough"_s);
        QTest::keyClick(m_window->focusWidget(), Qt::Key_Return);
        QCOMPARE(m_backend.calls, QStringList{u"register http://127.0.0.1:5000 alice long enough"_s});
        m_backend.fail(Error{ErrorCode::NameTaken, u"This name is taken."_s, u"username"_s});
        // With nothing left to fill in, too.
        QTest::mouseClick(page()->modeButton(), Qt::LeftButton);
        QTest::mouseClick(page()->modeButton(), Qt::LeftButton);
        QTest::keyClick(m_window->focusWidget(), Qt::Key_Return);
        QCOMPARE(m_backend.calls.size(), 2);
        QCOMPARE(page()->mode(), LoginPage::Mode::Register);
    }

    /// A screen reader's press comes with a delay: whoever types by then stays in their field.
    void aPressFromElsewhere()
    {
        open(u"http://127.0.0.1:5000"_s, {});
        QTest::keyClicks(page()->userName()->edit(), u"b"_s);
        page()->modeButton()->click();
        QCOMPARE(page()->mode(), LoginPage::Mode::Register);
        QCOMPARE(m_window->focusWidget(), page()->userName()->edit());
    }

    void canBeGivenUp()
    {
        open();
        page()->password()->setText(u"password"_s);
        QTest::mouseClick(page()->submitButton(), Qt::LeftButton);
        QTest::keyClick(m_window->focusWidget(), Qt::Key_Return); // pressed twice is not given up
        QVERIFY(page()->isBusy());
        QTest::keyClick(m_window->focusWidget(), Qt::Key_Tab);
        QCOMPARE(m_window->focusWidget(), page()->cancelButton());
        QTest::keyClick(page()->cancelButton(), Qt::Key_Escape);
        QVERIFY(!page()->isBusy());
        m_backend.succeed(); // too late
        QVERIFY(!m_window->conversation());
        QTest::mouseClick(page()->submitButton(), Qt::LeftButton);
        QCOMPARE(m_backend.calls.size(), 2);
    }

    void showsThePassword()
    {
        open();
        auto *show = page()->findChild<QToolButton *>();
        QCOMPARE(page()->password()->edit()->echoMode(), QLineEdit::Password);
        show->click();
        QCOMPARE(page()->password()->edit()->echoMode(), QLineEdit::Normal);
        page()->clearPassword();
        QCOMPARE(page()->password()->edit()->echoMode(), QLineEdit::Password);
    }

    void isRemembered()
    {
        open(u"chat.example:5000"_s, u"bob"_s);
        page()->password()->setText(u"top secret password"_s);
        QTest::mouseClick(page()->submitButton(), Qt::LeftButton);
        m_backend.succeed();
        m_window->close();
        m_window.reset();
        m_settings = std::make_unique<Settings>(u"tests"_s);
        open({}, {});
        QCOMPARE(page()->server()->text(), u"chat.example:5000"_s);
        QCOMPARE(page()->userName()->text(), u"me"_s); // as the server spells it
        QVERIFY(page()->password()->text().isEmpty());

        // Neither the password nor the token is on the disk.
        QSettings store(QSettings::IniFormat, QSettings::UserScope, u"rookery"_s, u"rookery-tests"_s);
        QFile file(store.fileName());
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray all = file.readAll();
        QVERIFY(all.contains("chat.example"));
        QVERIFY(!all.contains("secret"));
        QVERIFY(!all.contains("token"));
    }

    void firstStart()
    {
        open({}, {});
        QCOMPARE(page()->server()->text(), u"http://127.0.0.1:5000"_s);
        QCOMPARE(m_window->focusWidget(), page()->userName()->edit());
    }

    void labelled()
    {
        open();
        for (const QLineEdit *edit : page()->findChildren<QLineEdit *>())
            QVERIFY(!edit->accessibleName().isEmpty());
    }

    void tabGoesRound()
    {
        open();
        page()->server()->setFocus();
        QList<QWidget *> seen;
        do {
            seen.append(m_window->focusWidget());
            QTest::keyClick(m_window->focusWidget(), Qt::Key_Tab);
        } while (seen.size() < 20 && !seen.contains(m_window->focusWidget()));
        QCOMPARE(m_window->focusWidget(), seen.first());
        QCOMPARE(seen.at(1), page()->userName()->edit());
        QCOMPARE(seen.at(2), page()->password()->edit());
        QVERIFY(seen.contains(page()->submitButton()));
        QVERIFY(seen.contains(page()->modeButton()));
    }

    void logsOutAndInAgain()
    {
        open();
        page()->password()->setText(u"password"_s);
        QTest::mouseClick(page()->submitButton(), Qt::LeftButton);
        m_backend.succeed();
        m_backend.chat->setLink(LinkState::Ended, {}, u"The log-in has expired."_s);
        QVERIFY(m_window->conversation()->banner()->isVisible());
        QTest::mouseClick(m_window->conversation()->banner()->button(), Qt::LeftButton);
        QTRY_VERIFY(!m_window->conversation());
        QVERIFY(page()->isVisible());
        QCOMPARE(m_window->focusWidget(), page()->password()->edit());

        page()->password()->setText(u"password"_s);
        QTest::mouseClick(page()->submitButton(), Qt::LeftButton);
        m_backend.succeed();
        QPointer<FakeChat> chat = m_backend.chat;
        QAction *logOut = nullptr;
        for (const QMenu *menu : m_window->findChildren<QMenu *>()) {
            for (QAction *action : menu->actions()) {
                if (action->text() == u"Log &out"_s)
                    logOut = action;
            }
        }
        QVERIFY(logOut);

        // Not over the head of somebody who has written something.
        chat->savedDrafts.insert(u"r1"_s, u"half a word"_s);
        logOut->trigger();
        auto *drafts = m_window->findChild<QMessageBox *>();
        QVERIFY(drafts && drafts->isVisible());
        QVERIFY(drafts->text().contains(u"not finished"_s));
        QTest::keyClick(drafts, Qt::Key_Return);
        QTRY_VERIFY(!m_window->findChild<QMessageBox *>());
        QVERIFY(!chat->calls.contains(u"logOut"_s));
        QCOMPARE(chat->savedDrafts.value(u"r1"_s), u"half a word"_s);

        // Nor of somebody whose messages would go with it.
        chat->unsent = 2;
        logOut->trigger();
        auto *question = m_window->findChild<QMessageBox *>();
        QVERIFY(question && question->isVisible());
        QVERIFY(question->text().contains(u"2 messages"_s));
        QTest::keyClick(question, Qt::Key_Return);
        QTRY_VERIFY(!m_window->findChild<QMessageBox *>());
        QVERIFY(!chat->calls.contains(u"logOut"_s));
        logOut->trigger();
        question = m_window->findChild<QMessageBox *>();
        QVERIFY(question);
        for (QAbstractButton *button : question->buttons()) {
            if (button->text() == u"&Log out"_s) {
                button->click();
                break;
            }
        }
        QVERIFY(chat->calls.contains(u"logOut"_s));
        QTRY_VERIFY(!m_window->conversation());
        QVERIFY(!chat);
        QCOMPARE(m_window->windowTitle(), u"Rookery"_s);
    }
};

QTEST_MAIN(LoginPageTest)
#include "tst_loginpage.moc"
