// SPDX-License-Identifier: GPL-3.0-or-later
// A key on a button takes effect before the next key, and Return follows the focus.

#include "client/app/mainwindow.h"
#include "client/settings/settings.h"
#include "client/timeline/view/timelineview.h"
#include "client/views/conversation/composer.h"
#include "client/views/conversation/conversationpage.h"
#include "client/views/conversation/invitationlistview.h"
#include "client/views/conversation/memberlistview.h"
#include "client/views/conversation/roomactions.h"
#include "client/views/conversation/roomlistview.h"
#include "client/views/dialogs/certificatedialog.h"
#include "client/views/dialogs/joinroomdialog.h"
#include "client/views/login/loginpage.h"
#include "client/views/widgets/formfield.h"
#include "client/views/widgets/linkopener.h"
#include "client/views/widgets/listview.h"
#include "tests/client/ui/fakechat.h"

#include <QApplication>
#include <QCheckBox>
#include <QLineEdit>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QTabWidget>
#include <QtTest>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class ButtonKeysTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<Settings> m_settings;
    FakeBackend m_backend;
    std::unique_ptr<MainWindow> m_window;

    ConversationPage *page() { return m_window->conversation(); }
    void logIn()
    {
        m_window->loginPage()->password()->setText(u"correct horse"_s);
        m_window->loginPage()->submitButton()->click();
        m_backend.succeed();
        QVERIFY(page());
    }
    void focused(QWidget *widget)
    {
        widget->setFocus(Qt::TabFocusReason);
        QTRY_VERIFY(widget->hasFocus());
    }
    /// A window of its own, not by way of the one that it belongs to.
    static bool isActive(QWidget *dialog)
    {
        dialog->activateWindow();
        return QTest::qWaitFor([dialog] { return QApplication::activeWindow() == dialog; });
    }
    JoinRoomDialog *creating()
    {
        page()->actions()->join();
        auto *dialog = page()->findChild<JoinRoomDialog *>();
        if (!isActive(dialog))
            return nullptr;
        dialog->tabs()->setCurrentIndex(1);
        QTest::keyClicks(dialog->name()->edit(), u"den"_s);
        return dialog;
    }
    static CertificateProblem problem()
    {
        return {u"chat.example.org"_s, CertificateProblem::Reason::Untrusted, TlsFault::SelfSigned,
            u"AB:CD"_s, u"Chat"_s, u"Chat"_s, QDateTime::currentDateTime(),
            QDateTime::currentDateTime().addDays(1)};
    }
    /// Opens one of the client's dialogs.
    QDialog *open(const QString &name)
    {
        if (name == u"unencrypted") {
            m_window->loginPage()->server()->setText(u"http://chat.example.org"_s);
            m_window->loginPage()->password()->setText(u"correct horse"_s);
            m_window->loginPage()->submitButton()->click();
        } else if (name == u"certificate") {
            m_window->loginPage()->password()->setText(u"correct horse"_s);
            m_window->loginPage()->submitButton()->click();
            m_backend.certificate = problem();
            m_backend.fail(Error{ErrorCode::Internal, u"It is its own."_s, u"server"_s});
        } else {
            logIn();
        }
        if (name == u"join" || name == u"create")
            page()->actions()->join();
        else if (name == u"direct")
            page()->actions()->askDirect();
        else if (name == u"invite")
            page()->actions()->invite(u"r1"_s);
        else if (name == u"leave")
            page()->actions()->leave(u"r1"_s);
        else if (name == u"keys")
            page()->showKeys();
        else if (name == u"link")
            page()->linkOpener()->activate(QUrl(u"https://evil.example/"_s), u"https://good.example/"_s);
        else if (name == u"logout")
            logOut();
        else if (name == u"block")
            Q_EMIT page()->members()->blockRequested(u"id-bob"_s, u"bob"_s);
        else if (name == u"blocked")
            showBlocked();
        for (QDialog *dialog : m_window->findChildren<QDialog *>()) {
            if (!dialog->isVisible() || !isActive(dialog))
                continue;
            if (name == u"create")
                dialog->findChild<QTabWidget *>()->setCurrentIndex(1);
            return dialog;
        }
        return nullptr;
    }
    void showBlocked()
    {
        m_backend.chat->setBlocked(u"bob"_s, true, nullptr, [](const Outcome<Nothing> &) {});
        page()->showBlocked();
    }
    void logOut()
    {
        m_backend.chat->unsent = 1;
        for (QMenu *menu : m_window->findChildren<QMenu *>()) {
            for (QAction *action : menu->actions()) {
                if (action->text() == u"Log &out"_s)
                    action->trigger();
            }
        }
    }
    static QList<QPushButton *> buttonsOf(QDialog *dialog)
    {
        QList<QPushButton *> buttons;
        for (QPushButton *button : dialog->findChildren<QPushButton *>()) {
            if (button->isVisible() && button->isEnabled())
                buttons.append(button);
        }
        return buttons;
    }
    void dialogs()
    {
        QTest::addColumn<QString>("name");
        for (const char *name : {"unencrypted", "certificate", "join", "create", "direct", "invite", "leave",
                 "keys", "link", "logout", "block", "blocked"})
            QTest::newRow(name) << QString::fromLatin1(name);
    }

    /// Each in a dialog of its own, which clicks it once inside `press`.
    template <typename Press>
    void forEachButton(const QString &dialogName, Press press)
    {
        for (qsizetype at = 0, count = 1; at < count; ++at) {
            cleanup();
            init();
            QDialog *dialog = open(dialogName);
            QVERIFY(dialog);
            count = buttonsOf(dialog).size();
            QVERIFY(count > 0);
            QPushButton *button = buttonsOf(dialog).at(at);
            QSignalSpy clicked(button, &QPushButton::clicked);
            press(button);
            QVERIFY2(clicked.size() == 1, qPrintable(button->text()));
        }
    }

private Q_SLOTS:
    void init()
    {
        QSettings(QSettings::IniFormat, QSettings::UserScope, u"rookery"_s, u"rookery-buttonkeys"_s).clear();
        m_settings = std::make_unique<Settings>(u"buttonkeys"_s);
        m_backend = FakeBackend();
        m_backend.prepare = [](FakeChat *chat) {
            chat->addRoom(u"r0"_s, u"lobby"_s, RoomKind::Public);
            chat->addRoom(u"r1"_s, u"secret"_s, RoomKind::Private);
            chat->roomAnswer = Error{ErrorCode::NameTaken, u"This name is taken."_s, u"name"_s};
        };
        m_window = std::make_unique<MainWindow>(&m_backend, m_settings.get());
        m_window->start(u"http://127.0.0.1:5000"_s, u"me"_s);
        m_window->show();
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    }
    void cleanup() { m_window.reset(); }

    /// Or a room that was to be private is public.
    void aMnemonicCountsBeforeReturn()
    {
        logIn();
        JoinRoomDialog *dialog = creating();
        QVERIFY(dialog);
        QTest::keyClick(dialog->name()->edit(), Qt::Key_P, Qt::AltModifier);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
        QCOMPARE(m_backend.chat->calls.last(), u"create den private"_s);
        // And back.
        QTest::keyClick(dialog->name()->edit(), Qt::Key_P, Qt::AltModifier);
        QVERIFY(!dialog->privateBox()->isChecked());
        dialog->reject();
    }

    /// Whoever types fast presses the next key before the space bar is up.
    void theSpaceBarCountsBeforeTheNextKey_data()
    {
        QTest::addColumn<int>("next");
        QTest::addColumn<bool>("isPrivate");
        QTest::newRow("Return") << int(Qt::Key_Return) << true;
        QTest::newRow("Tab") << int(Qt::Key_Tab) << true;
        QTest::newRow("Escape takes it back") << int(Qt::Key_Escape) << false;
    }
    void theSpaceBarCountsBeforeTheNextKey()
    {
        QFETCH(int, next);
        QFETCH(bool, isPrivate);
        logIn();
        JoinRoomDialog *dialog = creating();
        QVERIFY(dialog);
        QCheckBox *box = dialog->privateBox();
        focused(box);
        QTest::keyPress(box, Qt::Key_Space);
        QTest::keyClick(box, Qt::Key(next));
        QTest::keyRelease(box, Qt::Key_Space);
        QCOMPARE(box->isChecked(), isPrivate);
        if (next == Qt::Key_Return)
            QCOMPARE(m_backend.chat->calls.last(), u"create den private"_s);
        dialog->reject();
    }

    void theLogInIsKeptBeforeReturn()
    {
        LoginPage *login = m_window->loginPage();
        login->setKeeping(false, u"In the keyring."_s);
        login->password()->setText(u"correct horse"_s);
        QTest::keyClick(login->password()->edit(), Qt::Key_K, Qt::AltModifier);
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
        QVERIFY(login->isKeeping());
        QCOMPARE(m_backend.calls.size(), 1);
    }

    void everyMnemonicClicksAtOnce_data() { dialogs(); }
    void everyMnemonicClicksAtOnce()
    {
        QFETCH(QString, name);
        forEachButton(name, [](QPushButton *button) {
            QVERIFY2(!button->shortcut().isEmpty(), qPrintable(button->text()));
            const QKeyCombination keys = button->shortcut()[0];
            QVERIFY(QApplication::focusWidget());
            QTest::keyClick(QApplication::focusWidget(), keys.key(), keys.keyboardModifiers());
        });
    }

    void returnObeysTheFocusRing_data() { dialogs(); }
    void returnObeysTheFocusRing()
    {
        QFETCH(QString, name);
        forEachButton(name, [this](QPushButton *button) {
            focused(button);
            QTest::keyClick(button, Qt::Key_Return);
        });
    }

    /// As the menu key does.
    void shiftF10OpensTheMenu()
    {
        m_backend.prepare = [](FakeChat *chat) {
            chat->addRoom(u"r1"_s, u"birds"_s, RoomKind::Public);
            chat->addMember(u"r1"_s, u"bob"_s, true);
            chat->addInvitation(u"r9"_s, u"doves"_s, u"bob"_s);
            chat->fakeTimeline(u"r1"_s)->set(FakeTimeline::items(3));
        };
        logIn();
        page()->showRoom(u"r1"_s);
        page()->timeline()->setCurrentRow(1);
        page()->members()->list()->setCurrentIndex(page()->members()->list()->model()->index(0, 0));
        QListView *invitations = page()->rooms()->invitations()->list();
        invitations->setCurrentIndex(invitations->model()->index(0, 0));
        const QList<QWidget *> parts{page()->rooms()->list(), invitations, page()->timeline(),
            page()->members()->list(), page()->composer()->edit()};
        for (QWidget *part : parts) {
            focused(part);
            QTest::keyClick(part, Qt::Key_F10, Qt::ShiftModifier);
            QMenu *menu = qobject_cast<QMenu *>(QApplication::activePopupWidget());
            QVERIFY2(menu && !menu->isEmpty(), part->metaObject()->className());
            menu->close();
        }
    }

    void theSafeButtonIsTheDefault_data()
    {
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("safe");
        QTest::newRow("unencrypted") << u"unencrypted"_s << u"&Cancel"_s;
        QTest::newRow("certificate") << u"certificate"_s << u"&Cancel"_s;
        QTest::newRow("leave") << u"leave"_s << u"&Stay"_s;
        QTest::newRow("link") << u"link"_s << u"&Cancel"_s;
        QTest::newRow("logout") << u"logout"_s << u"&Stay"_s;
        QTest::newRow("block") << u"block"_s << u"&Cancel"_s;
    }
    void theSafeButtonIsTheDefault()
    {
        QFETCH(QString, name);
        QFETCH(QString, safe);
        QDialog *dialog = open(name);
        QVERIFY(dialog);
        auto *button = qobject_cast<QPushButton *>(QApplication::focusWidget());
        QVERIFY(button && button->isDefault());
        QCOMPARE(button->text(), safe);
    }
};

QTEST_MAIN(ButtonKeysTest)
#include "tst_buttonkeys.moc"
