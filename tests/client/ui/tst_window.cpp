// SPDX-License-Identifier: GPL-3.0-or-later
// The window and its dialogs on a small screen, and their remembered geometry.

#include "client/app/mainwindow.h"
#include "client/settings/settings.h"
#include "client/views/conversation/conversationpage.h"
#include "client/views/conversation/roomactions.h"
#include "client/views/dialogs/quickswitcher.h"
#include "client/views/login/loginpage.h"
#include "client/views/widgets/formfield.h"
#include "tests/client/ui/fakechat.h"

#include <QApplication>
#include <QDialog>
#include <QLineEdit>
#include <QPushButton>
#include <QScreen>
#include <QScrollArea>
#include <QScrollBar>
#include <QSettings>
#include <QtTest>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class WindowTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<Settings> m_settings;
    FakeBackend m_backend;
    std::unique_ptr<MainWindow> m_window;

    void start(bool isLoggedIn)
    {
        m_window = std::make_unique<MainWindow>(&m_backend, m_settings.get());
        m_window->start(u"http://127.0.0.1:5000"_s, u"me"_s);
        m_window->show();
        QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
        if (!isLoggedIn)
            return;
        m_window->loginPage()->password()->setText(u"correct horse"_s);
        m_window->loginPage()->submitButton()->click();
        m_backend.succeed();
        QVERIFY(m_window->conversation());
    }
    /// As after kill -9: what is not on disk by now is lost.
    void restart()
    {
        m_window.reset();
        m_settings.reset();
        m_settings = std::make_unique<Settings>(u"window"_s);
    }

private Q_SLOTS:
    void init()
    {
        QSettings(QSettings::IniFormat, QSettings::UserScope, u"rookery"_s, u"rookery-window"_s).clear();
        m_settings = std::make_unique<Settings>(u"window"_s);
        m_backend = FakeBackend();
        m_backend.prepare = [](FakeChat *chat) { chat->addRoom(u"r0"_s, u"lobby"_s, RoomKind::Public); };
    }
    void cleanup() { m_window.reset(); }

    void theFirstWindowFits()
    {
        start(true);
        const QSize room = QGuiApplication::primaryScreen()->availableSize();
        QVERIFY(room.height() < 500); // else this shows nothing
        QVERIFY2(m_window->height() <= room.height() && m_window->width() <= room.width(),
            qPrintable(u"%1 x %2"_s.arg(m_window->width()).arg(m_window->height())));
    }

    void dialogsFit()
    {
        start(true);
        ConversationPage *page = m_window->conversation();
        page->actions()->join();
        page->showKeys();
        page->showBlocked();
        page->actions()->askDirect();
        QTest::keyClick(page, Qt::Key_K, Qt::ControlModifier);
        const QSize room = QGuiApplication::primaryScreen()->availableSize();
        int count = 0;
        for (const QDialog *dialog : page->findChildren<QDialog *>()) {
            if (!dialog->isVisible())
                continue;
            ++count;
            QVERIFY2(dialog->height() <= room.height() && dialog->width() <= room.width(),
                dialog->metaObject()->className());
        }
        QVERIFY(count >= 3);
    }

    void aMinimizedWindowIsBroughtToTheFront()
    {
        start(false);
        m_window->showMinimized();
        QTRY_VERIFY(m_window->isMinimized());
        m_window->bringToFront();
        QTRY_VERIFY(!m_window->isMinimized() && m_window->isVisible());
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    }

    void theSizeIsRemembered()
    {
        start(false);
        const QSize size = m_window->minimumSize() + QSize(11, 9);
        m_window->resize(size);
        m_window->close();
        restart();
        start(false);
        QCOMPARE(m_window->size(), size);
    }

    void theSizeSurvivesKill9()
    {
        start(false);
        m_settings->setGeometry({});
        const QSize size = m_window->minimumSize() + QSize(7, 5);
        m_window->resize(size);
        QTRY_VERIFY(!m_settings->geometry().isEmpty());
        restart();
        start(false);
        QCOMPARE(m_window->size(), size);
    }

    /// What a narrow window cannot show is below, never at the side.
    void theLogInScrollsOneWay_data()
    {
        QTest::addColumn<bool>("create");
        QTest::newRow("log in") << false;
        QTest::newRow("create an account") << true;
    }
    void theLogInScrollsOneWay()
    {
        QFETCH(bool, create);
        start(false);
        LoginPage *page = m_window->loginPage();
        page->setKeeping(true, u"In this computer's keyring. The password itself is not kept."_s);
        if (create)
            page->setMode(LoginPage::Mode::Register);
        m_window->resize(m_window->minimumSize());
        auto *scroll = page->findChild<QScrollArea *>();
        QTRY_COMPARE(scroll->viewport()->width(), scroll->widget()->width());
        QCOMPARE(scroll->horizontalScrollBar()->maximum(), 0);
        QVERIFY2(m_window->width() <= 400, qPrintable(QString::number(m_window->width())));
    }
};

int main(int argc, char **argv)
{
    // The offscreen platform has a screen of 800 x 800 pixels; these are twice as
    // large.
    qputenv("QT_SCALE_FACTOR", "2");
    QApplication app(argc, argv);
    WindowTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_window.moc"
