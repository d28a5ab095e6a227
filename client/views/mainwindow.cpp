#include "client/views/mainwindow.h"

#include "client/settings/settings.h"
#include "client/settings/theme.h"
#include "client/views/activationguard.h"
#include "client/views/chat.h"
#include "client/views/composer.h"
#include "client/views/conversationpage.h"
#include "client/views/formfield.h"
#include "client/views/loginpage.h"
#include "client/views/plaintext.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QStackedWidget>
#include <QTimer>

namespace rookery::client {

MainWindow::MainWindow(Backend *backend, Settings *settings, QWidget *parent)
    : QMainWindow(parent)
    , m_backend(backend)
    , m_settings(settings)
    , m_guard(new ActivationGuard(this))
    , m_pages(new QStackedWidget(this))
    , m_login(new LoginPage)
    , m_menu(new QMenu(this))
{
    setCentralWidget(m_pages);
    m_pages->addWidget(m_login);
    buildMenu();
    const int letter = fontMetrics().averageCharWidth();
    setMinimumSize(letter * 48, fontMetrics().height() * 20);
    resize(letter * 150, fontMetrics().height() * 42);
    if (const QByteArray geometry = m_settings->geometry(); !geometry.isEmpty())
        restoreGeometry(geometry);

    connect(m_login, &LoginPage::submitted, this,
        [this](
            LoginPage::Mode mode, const QString &server, const QString &userName, const QString &password) {
            m_server = server;
            m_attempt = std::make_unique<QObject>();
            const auto reply = [this](const Result<Account> &account) {
                m_login->setBusy(false);
                if (account)
                    enter(*account);
                else
                    m_login->showError(account.error());
            };
            if (mode == LoginPage::Mode::Register)
                m_backend->registerAccount(server, userName, password, m_attempt.get(), reply);
            else
                m_backend->logIn(server, userName, password, m_attempt.get(), reply);
        });
    connect(m_login, &LoginPage::cancelled, this, [this] { m_attempt.reset(); });
    updateTitle();
}

MainWindow::~MainWindow()
{
    // The page shows models of the chat, so it goes first.
    delete m_conversation;
}

void MainWindow::start(const QString &server, const QString &userName)
{
    QString known = server.isEmpty() ? m_settings->server() : server;
    if (known.isEmpty())
        known = QStringLiteral("http://127.0.0.1:5000"); // where a daemon without arguments listens
    m_login->setLogin(known, userName.isEmpty() ? m_settings->userName() : userName);
}

void MainWindow::buildMenu()
{
    QMenu *theme = m_menu->addMenu(tr("&Theme"));
    auto *group = new QActionGroup(theme);
    const auto add = [&](const QString &name, ThemeChoice choice) {
        QAction *action = theme->addAction(name);
        action->setCheckable(true);
        action->setChecked(m_settings->theme() == choice);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, choice] {
            m_settings->setTheme(choice);
            applyTheme(choice);
        });
    };
    add(tr("&System"), ThemeChoice::System);
    add(tr("&Light"), ThemeChoice::Light);
    add(tr("&Dark"), ThemeChoice::Dark);
    QAction *keys = m_menu->addAction(tr("&Keys"));
    connect(keys, &QAction::triggered, this, [this] {
        if (m_conversation)
            m_conversation->showKeys();
    });
    m_menu->addSeparator();
    connect(m_menu->addAction(tr("Log &out")), &QAction::triggered, this, &MainWindow::logOut);
    QAction *quit = m_menu->addAction(tr("&Quit"));
    quit->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Q));
    addAction(quit); // so that the key works while the menu is closed
    connect(quit, &QAction::triggered, this, &QWidget::close);
}

void MainWindow::enter(const Account &account)
{
    m_settings->setLogin(m_server, account.user.name);
    m_login->clearPassword();
    m_login->showNotice({});
    m_chat = m_backend->open(account);
    m_conversation = new ConversationPage(m_chat.get(), m_settings, m_menu);
    m_pages->addWidget(m_conversation);
    m_pages->setCurrentWidget(m_conversation);
    connect(m_conversation, &ConversationPage::titleChanged, this, &MainWindow::updateTitle);
    connect(
        m_conversation, &ConversationPage::logInAgain, this, [this] { leave(tr("Log in again to go on.")); },
        Qt::QueuedConnection);
    connect(m_chat.get(), &Chat::messageArrived, this, [this] {
        if (!isActiveWindow())
            QApplication::alert(this);
    });
    m_conversation->setLooking(isActiveWindow());
    m_conversation->focusComposer();
    updateTitle();
}

void MainWindow::leave(const QString &notice)
{
    if (!m_conversation)
        return;
    m_conversation->saveState();
    m_pages->setCurrentWidget(m_login);
    delete m_conversation;
    m_conversation = nullptr;
    m_chat.reset();
    m_login->setMode(LoginPage::Mode::LogIn);
    m_login->showNotice(notice);
    m_login->setLogin(m_settings->server(), m_settings->userName());
    updateTitle();
}

void MainWindow::logOut()
{
    if (!m_chat)
        return;
    m_conversation->saveState();
    const int unsent = m_chat->unsentCount();
    const int drafts = int(m_chat->drafts().size());
    if (unsent == 0 && drafts == 0) {
        endSession();
        return;
    }
    auto *question = new QMessageBox(this);
    question->setAttribute(Qt::WA_DeleteOnClose);
    question->setWindowTitle(tr("Log out?"));
    question->setIcon(QMessageBox::Warning);
    question->setTextFormat(Qt::PlainText);
    question->setText(unsent == 1 ? tr("A message has not been sent. Log out and delete it?")
            : unsent > 1          ? tr("%1 messages have not been sent. Log out and delete them?").arg(unsent)
            : drafts == 1         ? tr("A message is not finished. Log out and delete it?")
                                  : tr("%1 messages are not finished. Log out and delete them?").arg(drafts));
    question->setInformativeText(unsent > 0
            ? tr("Whoever only closes the window keeps them: they are sent when Rookery is next connected.")
            : tr("Whoever only closes the window keeps what is written."));
    QPushButton *out = question->addButton(tr("Log out"), QMessageBox::DestructiveRole);
    QPushButton *stay = question->addButton(tr("Stay"), QMessageBox::RejectRole);
    question->setDefaultButton(stay);
    question->setEscapeButton(stay);
    connect(out, &QPushButton::clicked, this, &MainWindow::endSession);
    question->open();
}

void MainWindow::endSession()
{
    if (!m_chat)
        return;
    // Whether or not the server could be told: here the session is over. Not from within the chat's own call.
    m_conversation->setEnabled(false);
    m_chat->logOut(m_conversation,
        [this](const Result<Nothing> &) { QTimer::singleShot(0, m_conversation, [this] { leave({}); }); });
}

void MainWindow::updateTitle()
{
    const QString name = QStringLiteral("Rookery");
    if (!m_conversation) {
        setWindowTitle(name);
        return;
    }
    QString title = plainTitle(m_conversation->title());
    title = title.isEmpty() ? name : QStringLiteral("%1 – %2").arg(title, name);
    const int unread = m_conversation->unread();
    setWindowTitle(unread > 0 ? QStringLiteral("(%1) %2").arg(QString::number(unread), title) : title);
}

void MainWindow::showEvent(QShowEvent *event)
{
    QMainWindow::showEvent(event);
    m_guard->watch(windowHandle());
}

void MainWindow::changeEvent(QEvent *event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::ActivationChange && m_conversation)
        m_conversation->setLooking(isActiveWindow());
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    m_settings->setGeometry(saveGeometry());
    if (m_conversation)
        m_conversation->saveState();
    QMainWindow::closeEvent(event);
}

} // namespace rookery::client
