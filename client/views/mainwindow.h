#pragma once

#include <QMainWindow>

#include <memory>

class QActionGroup;
class QMenu;
class QStackedWidget;

namespace rookery::client {

struct Account;
class ActivationGuard;
class Backend;
class Chat;
class ConversationPage;
class LoginPage;
class Settings;

/// The window: the log-in first, then the conversation, and back.
class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    /// Neither is owned; both outlive the window.
    MainWindow(Backend *backend, Settings *settings, QWidget *parent = nullptr);
    ~MainWindow() override;

    /// Fills in the log-in; what is empty comes from the settings.
    void start(const QString &server, const QString &userName);

    LoginPage *loginPage() const { return m_login; }
    /// nullptr while nobody is logged in.
    ConversationPage *conversation() const { return m_conversation; }

protected:
    void showEvent(QShowEvent *event) override;
    void changeEvent(QEvent *event) override;
    void closeEvent(QCloseEvent *event) override;

private:
    void buildMenu();
    void enter(const Account &account);
    /// Back to the log-in; `notice` says why, if the person did not ask for it.
    void leave(const QString &notice);
    void logOut();
    void endSession();
    void updateTitle();

    Backend *m_backend;
    Settings *m_settings;
    ActivationGuard *m_guard;
    QStackedWidget *m_pages;
    LoginPage *m_login;
    QMenu *m_menu;
    std::unique_ptr<Chat> m_chat;
    ConversationPage *m_conversation = nullptr;
    std::unique_ptr<QObject> m_attempt; ///< gone: the answer is no longer wanted
    QString m_server; ///< as it was typed
};

} // namespace rookery::client
