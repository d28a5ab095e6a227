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

/// The window: the log-in first, then the conversation, and back.
class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    /// None is owned; all outlive the window. Without a keeper every start asks for the password.
    MainWindow(
        Backend *backend, Settings *settings, LoginKeeper *keeper = nullptr, QWidget *parent = nullptr);
    ~MainWindow() override;

    /// Fills in the log-in; what is empty comes from the settings. Goes on with the log-in that was kept, if
    /// it is the one that is meant.
    void start(const QString &server, const QString &userName);

    /// Before the other windows, also where it was minimized.
    void bringToFront();

    LoginPage *loginPage() const { return m_login; }
    /// nullptr while nobody is logged in.
    ConversationPage *conversation() const { return m_conversation; }

protected:
    void showEvent(QShowEvent *event) override;
    void moveEvent(QMoveEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    void closeEvent(QCloseEvent *event) override;

private:
    void buildMenu();
    /// Asks before a password travels unencrypted.
    void attempt(const QString &server);
    void onAnswer(const Outcome<Account> &account, const QString &server);
    void askForCertificate(
        const CertificateProblem &problem, const QString &server, const std::function<void(bool)> &decided);
    void askForCertificateOfChat();
    /// What was typed is good.
    void enter(const Account &account);
    /// A log-in that was kept.
    void resume(const KeptLogin &kept);
    /// One that its server has refused: what is cached stays closed until it is good again.
    void tryAgain(const KeptLogin &kept);
    void check(const KeptLogin &kept, const QByteArray &token);
    void open(const Account &account);
    void offerKeeping();
    void keepOrForget(const Account &account);
    void forgetLogIn();
    void onLinkStateChanged();
    /// Back to the log-in; `notice` says why, if the person did not ask for it.
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
    QTimer m_moved; ///< by the person; where to is written down when it rests
    std::unique_ptr<QObject> m_attempt; ///< gone: the answer is no longer wanted
    std::function<void()> m_again; ///< the log-in that is being tried
    QString m_server; ///< as it was typed
    bool m_isKept = false; ///< this log-in outlives the program
    bool m_isUntried = false; ///< it was kept, and the server has not taken it yet
};

} // namespace rookery::client
