// SPDX-License-Identifier: GPL-3.0-or-later
// The confirmations before a password is sent unencrypted, or to a server with an unknown certificate.

#include "client/app/mainwindow.h"
#include "client/sentences/sentences.h"
#include "client/session/sessionbackend.h"
#include "client/settings/settings.h"
#include "client/views/conversation/conversationpage.h"
#include "client/views/conversation/linkbanner.h"
#include "client/views/dialogs/certificatedialog.h"
#include "client/views/login/loginpage.h"
#include "client/views/widgets/formfield.h"
#include "tests/client/ui/fakechat.h"

#include <QAbstractButton>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QTimeZone>
#include <QtTest>

using namespace rookery;
using namespace rookery::client;
using namespace Qt::StringLiterals;

class TrustDialogsTest : public QObject
{
    Q_OBJECT

private:
    std::unique_ptr<Settings> m_settings;
    FakeBackend m_backend;
    std::unique_ptr<MainWindow> m_window;

    LoginPage *page() { return m_window->loginPage(); }
    QMessageBox *question() { return m_window->findChild<QMessageBox *>(); }
    CertificateDialog *dialog() { return m_window->findChild<CertificateDialog *>(); }

    static CertificateProblem problem()
    {
        return {u"chat.<b>example</b>.org:8443"_s, CertificateProblem::Reason::Untrusted,
            TlsFault::SelfSigned, u"AB:CD:EF:01"_s, u"Chat & <i>Co</i>"_s, u"Some authority"_s,
            QDateTime(QDate(2026, 1, 2), QTime(3, 4), QTimeZone::utc()),
            QDateTime(QDate(2027, 1, 2), QTime(3, 4), QTimeZone::utc())};
    }
    void open(const QString &server)
    {
        m_window = std::make_unique<MainWindow>(&m_backend, m_settings.get());
        m_window->start(server, u"ann"_s);
        m_window->show();
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
        page()->password()->setText(u"correct horse"_s);
    }
    void submit() { QTest::keyClick(page()->password()->edit(), Qt::Key_Return); }

private Q_SLOTS:
    void init()
    {
        QSettings(QSettings::IniFormat, QSettings::UserScope, u"rookery"_s, u"rookery-tests"_s).clear();
        m_settings = std::make_unique<Settings>(u"tests"_s);
        m_backend = FakeBackend();
    }
    void cleanup() { m_window.reset(); }

    void whereAPasswordTravelsUnencrypted_data()
    {
        QTest::addColumn<QString>("server");
        QTest::addColumn<QString>("named");
        QTest::newRow("http") << u"http://chat.example.org"_s << u"chat.example.org"_s;
        QTest::newRow("port") << u"http://chat.example.org:5000/"_s << u"chat.example.org:5000"_s;
        QTest::newRow("capitals") << u"HTTP://Chat.Example.org"_s << u"chat.example.org"_s;
        QTest::newRow("address") << u"http://192.168.0.7:5000"_s << u"192.168.0.7:5000"_s;
        QTest::newRow("IPv6") << u"http://[2001:db8::1]:5000"_s << u"[2001:db8::1]:5000"_s;
        QTest::newRow("all of this network") << u"http://0.0.0.0:5000"_s << u"0.0.0.0:5000"_s;
        QTest::newRow("not quite localhost")
            << u"http://localhost.example.org"_s << u"localhost.example.org"_s;
        QTest::newRow("https") << u"https://chat.example.org"_s << QString();
        QTest::newRow("no scheme") << u"chat.example.org"_s << QString();
        QTest::newRow("localhost") << u"http://localhost:5000"_s << QString();
        QTest::newRow("loopback") << u"http://127.0.0.1:5000"_s << QString();
        QTest::newRow("IPv6 loopback") << u"http://[::1]:5000"_s << QString();
        QTest::newRow("nonsense") << u"http://"_s << QString();
    }
    void whereAPasswordTravelsUnencrypted()
    {
        QFETCH(QString, server);
        QFETCH(QString, named);
        QCOMPARE(SessionBackend::unencryptedServer(server), named);
    }

    void nothingIsSentBeforeTheWarningIsAnswered_data()
    {
        QTest::addColumn<bool>("create");
        QTest::newRow("log in") << false;
        QTest::newRow("register") << true;
    }
    void nothingIsSentBeforeTheWarningIsAnswered()
    {
        QFETCH(bool, create);
        open(u"http://chat.example.org:5000"_s);
        if (create)
            page()->setMode(LoginPage::Mode::Register);
        submit();
        QVERIFY(question() && question()->isVisible());
        QCOMPARE(question()->text(), u"Your password would travel unencrypted to chat.example.org:5000."_s);
        QVERIFY(m_backend.calls.isEmpty());
        // Return once more, as of somebody who types fast, sends nothing.
        QTest::keyClick(question(), Qt::Key_Return);
        QTRY_VERIFY(!question());
        QVERIFY(m_backend.calls.isEmpty());
        QVERIFY(!page()->isBusy());
        QCOMPARE(page()->password()->text(), u"correct horse"_s);
        submit();
        QVERIFY(question());
        QTest::keyClick(question(), Qt::Key_Escape);
        QTRY_VERIFY(!question());
        QVERIFY(m_backend.calls.isEmpty());
        submit();
        QVERIFY(question());
        for (QAbstractButton *button : question()->buttons()) {
            if (button->text() == u"&Send it unencrypted"_s) {
                button->click();
                break;
            }
        }
        QCOMPARE(m_backend.calls,
            QStringList{(create ? u"register"_s : u"logIn"_s)
                + u" http://chat.example.org:5000 ann correct horse"_s});
        m_backend.succeed();
        QVERIFY(m_window->conversation());
    }

    void nobodyIsAskedWhereItIsEncryptedOrStaysHere()
    {
        for (const QString &server : {u"https://chat.example.org"_s, u"http://127.0.0.1:5000"_s}) {
            m_backend.calls.clear();
            open(server);
            submit();
            QVERIFY(!question());
            QCOMPARE(m_backend.calls.size(), 1);
        }
    }

    void theDialogShowsTheCertificateAsText()
    {
        CertificateDialog dialog(problem(), nullptr);
        QString all;
        for (const QLabel *label : dialog.findChildren<QLabel *>()) {
            QCOMPARE(label->textFormat(), Qt::PlainText);
            all += label->text() + u'\n';
        }
        for (const QString &part : {u"chat.<b>example</b>.org:8443"_s, u"its certificate is self-signed"_s,
                 u"Chat & <i>Co</i>"_s, u"Some authority"_s, u"AB:CD:"_s, u"EF:01"_s,
                 QLocale().toString(problem().validUntil.toLocalTime(), QLocale::ShortFormat)})
            QVERIFY2(all.contains(part), qPrintable(part + u" in "_s + all));
        QVERIFY(dialog.cancelButton()->isDefault());
        QCOMPARE(dialog.trustButton()->text(), u"&Trust this certificate"_s);
        QVERIFY(!all.contains(u"renewed"_s));
        CertificateProblem changed = problem();
        changed.reason = CertificateProblem::Reason::Changed;
        const CertificateDialog warning(changed, nullptr);
        QCOMPARE(warning.windowTitle(), u"The certificate has changed"_s);
        QCOMPARE(warning.trustButton()->text(), u"&Trust the new certificate"_s);
        QVERIFY(warning.cancelButton()->isDefault());
    }

    void cancelIsTheDefault()
    {
        open(u"https://chat.example.org:8443"_s);
        submit();
        m_backend.certificate = problem();
        m_backend.fail(Problem::ofCertificate(problem()));
        QVERIFY(dialog() && dialog()->isVisible());
        QVERIFY(page()->isBusy());
        QTest::keyClick(dialog(), Qt::Key_Return);
        QTRY_VERIFY(!dialog());
        QVERIFY(!page()->isBusy());
        QCOMPARE(page()->server()->error(), inWords(problem()));
        QCOMPARE(m_backend.calls.size(), 1); // nothing was trusted and nothing tried again
    }

    void whoTrustsItIsLoggedIn()
    {
        open(u"https://chat.example.org:8443"_s);
        submit();
        m_backend.certificate = problem();
        m_backend.fail(Problem::ofCertificate(problem()));
        QVERIFY(dialog());
        m_backend.certificate.reset();
        QTest::mouseClick(dialog()->trustButton(), Qt::LeftButton);
        const QString logIn = u"logIn https://chat.example.org:8443 ann correct horse"_s;
        QCOMPARE(m_backend.calls,
            (QStringList{logIn, u"trust https://chat.example.org:8443 AB:CD:EF:01"_s, logIn}));
        m_backend.succeed();
        QVERIFY(m_window->conversation());
    }

    void whatCannotBeTrustedAnyMoreIsAnError()
    {
        open(u"https://chat.example.org:8443"_s);
        submit();
        m_backend.certificate = problem();
        m_backend.trusts = false; // another one by now
        m_backend.fail(Problem::ofCertificate(problem()));
        QTest::mouseClick(dialog()->trustButton(), Qt::LeftButton);
        QCOMPARE(m_backend.calls.size(), 2);
        QVERIFY(!page()->isBusy());
        QCOMPARE(page()->server()->error(), inWords(problem()));
    }

    void aWrongPasswordIsNoQuestionOfTrust()
    {
        open(u"https://chat.example.org:8443"_s);
        submit();
        m_backend.certificate = problem();
        m_backend.fail(Error{ErrorCode::BadCredentials, u"Wrong."_s});
        QVERIFY(!dialog());
        QCOMPARE(page()->password()->error(), u"Wrong."_s);
    }

    /// While one is logged in, the banner says it; nothing opens by itself while somebody types.
    void theBannerLeadsToTheCertificate()
    {
        open(u"http://127.0.0.1:5000"_s);
        submit();
        m_backend.succeed();
        LinkBanner *banner = m_window->conversation()->banner();
        m_backend.chat->setLink(
            LinkState::Waiting, QDateTime::currentDateTimeUtc().addSecs(60), u"No server."_s);
        QCOMPARE(banner->button()->text(), u"Try now"_s);
        m_backend.chat->setLink(LinkState::Reconnecting);
        CertificateProblem changed = problem();
        changed.reason = CertificateProblem::Reason::Changed;
        m_backend.chat->certificate = changed;
        m_backend.chat->setLink(
            LinkState::Waiting, QDateTime::currentDateTimeUtc().addSecs(60), u"It has changed."_s);
        QVERIFY(!dialog());
        QVERIFY(banner->text().startsWith(u"Offline. It has changed."_s));
        QCOMPARE(banner->button()->text(), u"Certificate…"_s);
        QTest::mouseClick(banner->button(), Qt::LeftButton);
        QVERIFY(dialog());
        QTest::keyClick(dialog(), Qt::Key_Escape);
        QTRY_VERIFY(!dialog());
        QCOMPARE(m_backend.chat->reconnects, 0);
        QTest::mouseClick(banner->button(), Qt::LeftButton);
        QTest::mouseClick(dialog()->trustButton(), Qt::LeftButton);
        QVERIFY(m_backend.calls.contains(u"trust http://127.0.0.1:5000 AB:CD:EF:01"_s));
        QCOMPARE(m_backend.chat->reconnects, 1);
    }
};

QTEST_MAIN(TrustDialogsTest)
#include "tst_trustdialogs.moc"
