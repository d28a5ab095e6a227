// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/session/chat.h"

#include <QMainWindow>
#include <QTimer>

#include <functional>
#include <memory>

class QActionGroup;
class QMenu;
class QStackedWidget;

namespace rookery::client {

struct KeptLogin;
class ActivationGuard;
class Backend;
class Chat;
class ConversationPage;
class LoginKeeper;
class LoginPage;
class Settings;

/// The main window: shows the log-in page, then the conversation.
class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    /// Owns none of these; all must outlive the window. Without a keeper every start asks for the password.
    MainWindow(
        Backend *backend, Settings *settings, LoginKeeper *keeper = nullptr, QWidget *parent = nullptr);
    ~MainWindow() override;

    /// Fills in the log-in page; empty arguments come from the settings. Resumes the kept log-in if it
    /// matches.
    void start(const QString &server, const QString &userName);

    /// Raises the window above all others, restoring it if minimized.
    void bringToFront();

    LoginPage *loginPage() const { return m_login; }
    /// nullptr while logged out.
    ConversationPage *conversation() const { return m_conversation; }

protected:
    void showEvent(QShowEvent *event) override;
    void moveEvent(QMoveEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    void closeEvent(QCloseEvent *event) override;

private:
    void buildMenu();
    /// Asks for confirmation before a password is sent unencrypted.
    void attempt(const QString &server);
    void onAnswer(const Outcome<Account> &account, const QString &server);
    void askForCertificate(
        const CertificateProblem &problem, const QString &server, const std::function<void(bool)> &decided);
    void askForCertificateOfChat();
    /// The entered credentials were accepted.
    void enter(const Account &account);
    /// Resumes a kept log-in.
    void resume(const KeptLogin &kept);
    /// Retries a kept log-in that its server has refused: the cache stays closed until the server accepts it
    /// again.
    void tryAgain(const KeptLogin &kept);
    void check(const KeptLogin &kept, const QByteArray &token);
    void open(const Account &account);
    void offerKeeping();
    void keepOrForget(const Account &account);
    void forgetLogIn();
    void onLinkStateChanged();
    /// Returns to the log-in page; `notice` says why, unless the user asked for it.
    void leave(const QString &notice);
    void logOut();
    void endSession();
    void updateTitle();

    Backend *m_backend;
    Settings *m_settings;
    LoginKeeper *m_keeper;
    ActivationGuard *m_guard;
    QStackedWidget *m_pages;
    LoginPage *m_login;
    QMenu *m_menu;
    std::unique_ptr<Chat> m_chat;
    ConversationPage *m_conversation = nullptr;
    QTimer m_moved; ///< delays saving the geometry until the user stops moving the window
    std::unique_ptr<QObject> m_attempt; ///< reset: the answer is no longer wanted
    std::function<void()> m_again; ///< repeats the current log-in attempt
    QString m_server; ///< as typed
    bool m_isKept = false; ///< this log-in is kept for the next start
    bool m_isUntried = false; ///< a kept log-in that the server has not accepted yet
};

} // namespace rookery::client
