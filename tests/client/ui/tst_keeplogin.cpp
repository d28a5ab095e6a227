// SPDX-License-Identifier: GPL-3.0-or-later
// The kept log-in as seen in the window: ticked, resumed, refused, ended.

#include "client/app/mainwindow.h"
#include "client/logins/loginkeeper.h"
#include "client/settings/settings.h"
#include "client/views/conversation/composer.h"
#include "client/views/conversation/conversationpage.h"
#include "client/views/conversation/linkbanner.h"
#include "client/views/login/loginpage.h"
#include "client/views/widgets/formfield.h"
#include "client/views/widgets/noticebar.h"
#include "tests/client/ui/fakechat.h"
#include "tests/support/fakekeyring.h"

#include <QCheckBox>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <QtTest>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class KeepLoginTest : public QObject
{
    Q_OBJECT

private:
    FakeKeyring::Desktop m_desktop;
    std::unique_ptr<QTemporaryDir> m_directory;
    std::unique_ptr<Settings> m_settings;
    FakeBackend m_backend;
    std::unique_ptr<LoginKeeper> m_keeper;
    std::unique_ptr<MainWindow> m_window;

    LoginPage *page() { return m_window->loginPage(); }
    ConversationPage *conversation() { return m_window->conversation(); }
    QString file() const { return loginfile::path(m_directory->path()); }

    void open(const QString &server = {}, const QString &user = {})
    {
        m_window.reset();
        m_keeper =
            std::make_unique<LoginKeeper>(m_directory->path(), std::make_unique<FakeKeyring>(&m_desktop));
        m_settings = std::make_unique<Settings>(u"tests"_s);
        m_backend.calls.clear();
        m_window = std::make_unique<MainWindow>(&m_backend, m_settings.get(), m_keeper.get());
        m_window->start(server, user);
        m_window->show();
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
        QTRY_VERIFY(m_keeper->place() != LoginKeeper::Place::Unknown);
    }

    void logIn(bool keep, const QString &user = u"me"_s)
    {
        page()->userName()->setText(user);
        page()->password()->setText(u"correct horse"_s);
        QTRY_VERIFY(page()->keepBox()->isVisible());
        page()->keepBox()->setChecked(keep);
        QTest::mouseClick(page()->submitButton(), Qt::LeftButton);
        m_backend.succeed();
        QVERIFY(conversation());
        if (keep)
            QTRY_VERIFY(QFile::exists(file()));
    }

    void logOut()
    {
        for (const QMenu *menu : m_window->findChildren<QMenu *>()) {
            for (QAction *action : menu->actions()) {
                if (action->text() == u"Log &out"_s)
                    action->trigger();
            }
        }
        QTRY_VERIFY(!conversation());
    }

    bool isSaid(const QString &sentence)
    {
        const auto labels = page()->findChildren<QLabel *>();
        return std::any_of(labels.begin(), labels.end(),
            [&](const QLabel *label) { return label->isVisible() && label->text().startsWith(sentence); });
    }

private Q_SLOTS:
    void init()
    {
        QSettings(QSettings::IniFormat, QSettings::UserScope, u"rookery"_s, u"rookery-tests"_s).clear();
        m_desktop = {};
        m_directory = std::make_unique<QTemporaryDir>();
        m_backend = FakeBackend();
        m_backend.prepare = [](FakeChat *chat) { chat->addRoom(u"r1"_s, u"lobby"_s, RoomKind::Public); };
    }
    void cleanup()
    {
        m_window.reset();
        m_keeper.reset();
    }

    void returnInTheBoxLogsIn()
    {
        open();
        page()->userName()->setText(u"me"_s);
        page()->password()->setText(u"correct horse"_s);
        QTRY_VERIFY(page()->keepBox()->isVisible());
        page()->keepBox()->setFocus();
        QTest::keyClick(m_window->focusWidget(), Qt::Key_Return);
        QCOMPARE(m_backend.calls.size(), 1);
    }

    /// In the keyring unless one does not want it; in a file only if one does.
    void whereItIsKeptIsSaid_data()
    {
        QTest::addColumn<bool>("keyring");
        QTest::newRow("keyring") << true;
        QTest::newRow("file") << false;
    }
    void whereItIsKeptIsSaid()
    {
        QFETCH(bool, keyring);
        m_desktop.isThere = keyring;
        open();
        QTRY_VERIFY(page()->keepBox()->isVisible());
        QCOMPARE(page()->keepBox()->isChecked(), keyring);
        const QString hint = page()->keepHint()->text();
        QVERIFY(page()->keepHint()->isVisible());
        QVERIFY2(hint.contains(keyring ? u"keyring"_s : file()), qPrintable(hint));
        QCOMPARE(page()->keepBox()->accessibleDescription(), hint);
        // Reached by keyboard, between the password and the button.
        page()->password()->setFocus();
        for (int i = 0; i < 2; ++i)
            QTest::keyClick(m_window->focusWidget(), Qt::Key_Tab);
        QCOMPARE(m_window->focusWidget(), page()->keepBox());
        QTest::keyClick(page()->keepBox(), Qt::Key_Space);
        QCOMPARE(page()->keepBox()->isChecked(), !keyring);
    }

    void theChoiceIsRememberedForItsPlaceOnly()
    {
        open();
        logIn(true);
        logOut();
        open();
        QVERIFY(page()->keepBox()->isChecked());
        // Who agreed to the keyring has not agreed to a file.
        m_desktop.isThere = false;
        open();
        QTRY_VERIFY(page()->keepBox()->isVisible());
        QVERIFY(!page()->keepBox()->isChecked());
        logIn(true);
        logOut();
        open();
        QVERIFY(page()->keepBox()->isChecked());
        logIn(false);
        m_desktop.isThere = true;
        open();
        QVERIFY(!page()->keepBox()->isChecked());
    }

    void theNextStartOpensTheRooms_data() { whereItIsKeptIsSaid_data(); }
    void theNextStartOpensTheRooms()
    {
        QFETCH(bool, keyring);
        m_desktop.isThere = keyring;
        open();
        logIn(true);
        open();
        QVERIFY(conversation());
        QVERIFY(conversation()->isVisible());
        QVERIFY(m_backend.calls.isEmpty()); // nobody had to log in
        QCOMPARE(conversation()->currentRoom(), u"r1"_s);
        QTRY_COMPARE(m_backend.chat->account().token, QByteArray("token"));
        QCOMPARE(m_backend.chat->account().user.name, u"me"_s);
        // Writing goes on as when a link is lost.
        m_backend.chat->setLink(LinkState::Waiting, QDateTime::currentDateTimeUtc().addSecs(60),
            u"Cannot reach 127.0.0.1:5000: connection refused."_s);
        QVERIFY2(conversation()->banner()->text().startsWith(
                     u"Offline. Cannot reach 127.0.0.1:5000: connection refused."_s),
            qPrintable(conversation()->banner()->text()));
        QCOMPARE(m_window->focusWidget(), conversation()->composer()->edit());
        QTest::keyClicks(m_window->focusWidget(), u"hello"_s);
        QTest::keyClick(m_window->focusWidget(), Qt::Key_Return);
        QCOMPARE(m_backend.chat->sent, QStringList{u"r1: hello"_s});
    }

    void notKeptUnlessTicked()
    {
        open();
        logIn(false);
        QVERIFY(!QFile::exists(file()));
        QVERIFY(m_desktop.secrets.isEmpty());
        open();
        QVERIFY(!conversation());
        QCOMPARE(page()->userName()->text(), u"me"_s);
    }

    /// The last one used, or none: not the one before.
    void anotherLogInThatIsNotKept()
    {
        open();
        logIn(true);
        open(u"http://localhost:7000"_s, u"ben"_s);
        QVERIFY(!conversation());
        QCOMPARE(page()->userName()->text(), u"ben"_s);
        logIn(false, u"ben"_s);
        QTRY_VERIFY(m_desktop.secrets.isEmpty());
        open();
        QVERIFY(!conversation());
    }

    void argumentsNameTheKeptOne_data()
    {
        QTest::addColumn<QString>("server");
        QTest::addColumn<QString>("user");
        QTest::addColumn<bool>("isIt");
        QTest::newRow("server") << u"127.0.0.1:5000"_s << QString() << true;
        QTest::newRow("all") << u"http://127.0.0.1:5000"_s << u"Me"_s << true;
        QTest::newRow("user") << QString() << u"me"_s << true;
        QTest::newRow("other user") << QString() << u"you"_s << false;
        QTest::newRow("other port") << u"127.0.0.1:5001"_s << QString() << false;
        QTest::newRow("other scheme") << u"https://127.0.0.1:5000"_s << QString() << false;
    }
    void argumentsNameTheKeptOne()
    {
        QFETCH(QString, server);
        QFETCH(QString, user);
        QFETCH(bool, isIt);
        open();
        logIn(true);
        open(server, user);
        QCOMPARE(conversation() != nullptr, isIt);
        QVERIFY(QFile::exists(file()));
    }

    void logOutForgets_data() { whereItIsKeptIsSaid_data(); }
    void logOutForgets()
    {
        QFETCH(bool, keyring);
        m_desktop.isThere = keyring;
        open();
        logIn(true);
        logOut();
        QVERIFY(!QFile::exists(file()));
        QTRY_VERIFY(m_desktop.secrets.isEmpty());
        open();
        QVERIFY(!conversation());
    }

    /// Ended on another device, or expired: back to the log-in, and why. It is kept, but not used unasked.
    void aRefusedLogInLeadsToTheLogIn_data() { whereItIsKeptIsSaid_data(); }
    void aRefusedLogInLeadsToTheLogIn()
    {
        QFETCH(bool, keyring);
        m_desktop.isThere = keyring;
        const auto refusal = u"This log-in is no longer good. Log in again."_s;
        open();
        logIn(true);
        open();
        QVERIFY(conversation());
        m_backend.chat->setLink(LinkState::Ended, {}, refusal);
        QTRY_VERIFY(!conversation());
        QCOMPARE(page()->userName()->text(), u"me"_s);
        QCOMPARE(m_window->focusWidget(), page()->password()->edit());
        QVERIFY(isSaid(refusal));

        // The next start shows nothing of what is cached unless the server takes it again.
        open();
        QVERIFY(!conversation());
        QVERIFY(page()->isBusy());
        QTRY_COMPARE(m_backend.calls, QStringList{u"check me token"_s});
        m_backend.answerCheck(Error{ErrorCode::Unauthorized, refusal});
        QVERIFY(!conversation());
        QVERIFY(!page()->isBusy());
        QVERIFY(isSaid(refusal));
        QCOMPARE(m_window->focusWidget(), page()->password()->edit());

        // Its clock was wrong, and is right now.
        open();
        QTRY_COMPARE(m_backend.calls.size(), 1);
        m_backend.answerCheck(Nothing());
        QVERIFY(conversation());
        QTRY_COMPARE(m_backend.chat->account().token, QByteArray("token"));
        open();
        QVERIFY(conversation());
        QVERIFY(m_backend.calls.isEmpty());
    }

    void tryingCanBeGivenUp()
    {
        open();
        logIn(true);
        m_backend.chat->setLink(LinkState::Ended, {}, u"This log-in is no longer good. Log in again."_s);
        open();
        QTRY_COMPARE(m_backend.calls.size(), 1);
        QTest::mouseClick(page()->cancelButton(), Qt::LeftButton);
        QVERIFY(!page()->isBusy());
        m_backend.answerCheck(Nothing()); // too late
        QVERIFY(!conversation());
        logIn(true);
        open();
        QVERIFY(conversation());
    }

    /// Nothing but the person changes the page that somebody is typing in.
    void whoIsAtWorkIsNotTornAway()
    {
        open();
        logIn(true);
        open();
        QTest::keyClicks(conversation()->composer()->edit(), u"unfinish"_s);
        m_backend.chat->setLink(LinkState::Ended, {}, u"This log-in is no longer good. Log in again."_s);
        QTest::keyClicks(m_window->focusWidget(), u"ed"_s);
        QCoreApplication::processEvents();
        QVERIFY(conversation());
        QCOMPARE(conversation()->composer()->edit()->toPlainText(), u"unfinished"_s);
        QVERIFY(conversation()->banner()->isVisible());
        QTest::mouseClick(conversation()->banner()->button(), Qt::LeftButton);
        QTRY_VERIFY(!conversation());
    }

    void whoWasConnectedIsNotEither()
    {
        open();
        logIn(true);
        open();
        m_backend.chat->setLink(LinkState::Connected);
        m_backend.chat->setLink(LinkState::Ended, {}, u"This log-in is no longer good. Log in again."_s);
        QCoreApplication::processEvents();
        QVERIFY(conversation());
        open();
        QVERIFY(!conversation());
    }

    void aLockedKeyringIsASentence()
    {
        open();
        logIn(true);
        m_desktop.isLocked = true;
        open();
        QTRY_VERIFY(!conversation());
        QVERIFY(QFile::exists(file())); // it may be unlocked next time
        m_desktop.isLocked = false;
        open();
        QVERIFY(conversation());
        QTRY_COMPARE(m_backend.chat->account().token, QByteArray("token"));
    }

    /// The cached rooms do not wait for the keyring.
    void theRoomsAreThereBeforeTheKeyring()
    {
        open();
        logIn(true);
        m_window.reset();
        m_keeper =
            std::make_unique<LoginKeeper>(m_directory->path(), std::make_unique<FakeKeyring>(&m_desktop));
        m_desktop.isHeld = true;
        m_window = std::make_unique<MainWindow>(&m_backend, m_settings.get(), m_keeper.get());
        m_window->start({}, {});
        QVERIFY(conversation());
        QCOMPARE(conversation()->currentRoom(), u"r1"_s);
        QVERIFY(m_backend.chat->account().token.isEmpty());
        m_desktop.release();
        QCOMPARE(m_backend.chat->account().token, QByteArray("token"));
    }

    void whatCannotBeKeptIsSaid()
    {
        open();
        m_desktop.isLocked = true;
        page()->userName()->setText(u"me"_s);
        page()->password()->setText(u"correct horse"_s);
        QTest::mouseClick(page()->submitButton(), Qt::LeftButton);
        m_backend.succeed();
        QVERIFY(conversation());
        QTRY_COMPARE(conversation()->notice()->text(),
            u"You will have to log in again next time. This computer's keyring was not unlocked."_s);
    }

    void aFileThatOthersCanReadIsASentence()
    {
        m_desktop.isThere = false;
        open();
        logIn(true);
        QVERIFY(QFile::setPermissions(
            file(), QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup | QFile::ReadOther));
        open();
        QVERIFY(!conversation());
        bool isSaid = false;
        for (const QLabel *label : page()->findChildren<QLabel *>())
            isSaid = isSaid || (label->isVisible() && label->text().contains(u"0644 instead of 0600"_s));
        QVERIFY(isSaid);
    }
};

QTEST_MAIN(KeepLoginTest)
#include "tst_keeplogin.moc"
