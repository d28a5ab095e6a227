// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/app/mainwindow.h"

#include "client/logins/loginkeeper.h"
#include "client/sentences/sentences.h"
#include "client/session/chat.h"
#include "client/session/sessionbackend.h"
#include "client/settings/settings.h"
#include "client/settings/theme.h"
#include "client/views/conversation/composer.h"
#include "client/views/conversation/conversationpage.h"
#include "client/views/dialogs/certificatedialog.h"
#include "client/views/login/loginpage.h"
#include "client/views/widgets/activationguard.h"
#include "client/views/widgets/buttonkeys.h"
#include "client/views/widgets/formfield.h"
#include "client/views/widgets/menukey.h"
#include "client/views/widgets/noticebar.h"
#include "client/views/widgets/plaintext.h"
#include "client/views/widgets/question.h"
#include "client/views/widgets/screenfit.h"
#include "common/printable.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QDir>
#include <QMenu>
#include <QMessageBox>
#include <QPushButton>
#include <QStackedWidget>
#include <QTimer>

namespace rookery::client {

namespace {

/// If the process is killed, at most the moves within this time are lost.
constexpr auto movePause = std::chrono::milliseconds(500);

/// With `~` for the home folder: ~/.local/share/…
QString shortPath(const QString &path)
{
    const QString home = QDir::homePath() + u'/';
    return path.startsWith(home) ? QLatin1String("~/") + path.mid(home.size()) : path;
}

} // namespace

MainWindow::MainWindow(Backend *backend, Settings *settings, LoginKeeper *keeper, QWidget *parent)
    : QMainWindow(parent)
    , m_backend(backend)
    , m_settings(settings)
    , m_keeper(keeper)
    , m_guard(new ActivationGuard(this))
    , m_pages(new QStackedWidget(this))
    , m_login(new LoginPage)
    , m_menu(new QMenu(this))
{
    new ButtonKeys(this);
    new MenuKey(this);
    setCentralWidget(m_pages);
    m_pages->addWidget(m_login);
    buildMenu();
    const int letter = fontMetrics().averageCharWidth();
    setMinimumSize(fitted(this, QSize(letter * 48, fontMetrics().height() * 20)));
    resize(fitted(this, QSize(letter * 150, fontMetrics().height() * 42)));
    if (const QByteArray geometry = m_settings->geometry(); !geometry.isEmpty())
        restoreGeometry(geometry);
    m_moved.setSingleShot(true);
    m_moved.setInterval(movePause);
    connect(&m_moved, &QTimer::timeout, this, [this] { m_settings->setGeometry(saveGeometry()); });

    connect(m_login, &LoginPage::submitted, this,
        [this](
            LoginPage::Mode mode, const QString &server, const QString &userName, const QString &password) {
            m_server = server;
            const auto logIn = [=, this] {
                m_attempt = std::make_unique<QObject>();
                const auto reply = [this, server](
                                       const Outcome<Account> &account) { onAnswer(account, server); };
                if (mode == LoginPage::Mode::Register)
                    m_backend->registerAccount(server, userName, password, m_attempt.get(), reply);
                else
                    m_backend->logIn(server, userName, password, m_attempt.get(), reply);
            };
            m_again = logIn;
            attempt(server);
        });
    connect(m_login, &LoginPage::cancelled, this, [this] {
        m_attempt.reset();
        m_again = nullptr;
    });
    if (m_keeper) {
        connect(m_keeper, &LoginKeeper::placeKnown, this, &MainWindow::offerKeeping);
        offerKeeping();
    }
    updateTitle();
}

MainWindow::~MainWindow()
{
    // The page shows models of the chat, so it is deleted first.
    delete m_conversation;
}

void MainWindow::start(const QString &server, const QString &userName)
{
    QString known = server.isEmpty() ? m_settings->server() : server;
    if (known.isEmpty())
        known = QStringLiteral("http://127.0.0.1:5000"); // the default address of a daemon without arguments
    m_login->setLogin(known, userName.isEmpty() ? m_settings->userName() : userName);
    if (!m_keeper)
        return;
    const auto kept = m_keeper->recall();
    if (!kept) {
        m_login->showNotice(inWords(kept.error()));
    } else if (const auto &login = *kept; login
               && (server.isEmpty() || SessionBackend::isServer(server, login->server))
               && (userName.isEmpty() || userName.compare(login->user.name, Qt::CaseInsensitive) == 0)) {
        if (login->refused)
            tryAgain(*login);
        else
            resume(*login);
    }
}

void MainWindow::bringToFront()
{
    setWindowState((windowState() & ~Qt::WindowMinimized) | Qt::WindowActive);
    show();
    raise();
    activateWindow();
}

void MainWindow::offerKeeping()
{
    const KeepChoice choice = m_settings->keepChoice();
    switch (m_keeper->place()) {
    case LoginKeeper::Place::Unknown:
        break;
    case LoginKeeper::Place::Keyring:
        m_login->setKeeping(
            choice != KeepChoice::No, tr("In this computer's keyring. The password itself is not kept."));
        break;
    case LoginKeeper::Place::File:
        m_login->setKeeping(choice == KeepChoice::File,
            tr("There is no keyring here, so the log-in is kept in the file %1, which only you can read. "
               "Whoever gets that file can read and write as you. The password itself is not kept.")
                .arg(shortPath(m_keeper->filePath())));
        break;
    }
}

void MainWindow::keepOrForget(const Account &account)
{
    if (!m_keeper)
        return;
    m_isKept = m_login->isKeeping();
    if (m_keeper->place() != LoginKeeper::Place::Unknown) {
        m_settings->setKeepChoice(!m_isKept                     ? KeepChoice::No
                : m_keeper->place() == LoginKeeper::Place::File ? KeepChoice::File
                                                                : KeepChoice::Keyring);
    }
    if (!m_isKept) {
        forgetLogIn(); // also one kept before: the next start opens the last one used, or none
        return;
    }
    m_keeper->keep(
        {m_server, account.server, account.user, account.token}, this, [this](const Outcome<Nothing> &done) {
            if (!done && m_conversation)
                m_conversation->notice()->say(
                    tr("You will have to log in again next time. %1").arg(inWords(done.error())));
        });
}

void MainWindow::forgetLogIn()
{
    m_isKept = false;
    if (!m_keeper)
        return;
    m_keeper->forget(this, [this](const Outcome<Nothing> &done) {
        if (done)
            return;
        if (m_conversation)
            m_conversation->notice()->say(inWords(done.error()));
        else
            m_login->showNotice(inWords(done.error()));
    });
}

void MainWindow::resume(const KeptLogin &kept)
{
    m_server = kept.address;
    m_isKept = m_isUntried = true;
    open({kept.server, kept.user, kept.token});
    if (!kept.token.isEmpty())
        return;
    m_keeper->readToken(kept, m_conversation, [this](const Outcome<QByteArray> &token) {
        if (token) {
            m_chat->setToken(*token);
            return;
        }
        m_isKept = false; // but what the keyring has is left there: it may only have stayed locked
        m_chat->endLogIn(token.error());
    });
}

void MainWindow::tryAgain(const KeptLogin &kept)
{
    m_attempt = std::make_unique<QObject>();
    m_login->setTrying();
    if (!kept.token.isEmpty()) {
        check(kept, kept.token);
        return;
    }
    m_keeper->readToken(kept, m_attempt.get(), [this, kept](const Outcome<QByteArray> &token) {
        if (token) {
            check(kept, *token);
            return;
        }
        m_login->setBusy(false);
        m_login->showNotice(inWords(token.error()));
    });
}

void MainWindow::check(const KeptLogin &kept, const QByteArray &token)
{
    m_backend->check(
        {kept.server, kept.user, token}, m_attempt.get(), [this, kept](const Outcome<Nothing> &taken) {
            m_login->setBusy(false);
            if (!taken) {
                m_login->showNotice(inWords(taken.error()));
                return;
            }
            if (const auto noted = m_keeper->setRefused(false); !noted)
                m_login->showNotice(inWords(noted.error()));
            resume(kept);
        });
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
    connect(m_menu->addAction(tr("&Blocked people…")), &QAction::triggered, this, [this] {
        if (m_conversation)
            m_conversation->showBlocked();
    });
    m_menu->addSeparator();
    connect(m_menu->addAction(tr("Log &out")), &QAction::triggered, this, &MainWindow::logOut);
    QAction *quit = m_menu->addAction(tr("&Quit"));
    quit->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Q));
    addAction(quit); // so that the key works while the menu is closed
    connect(quit, &QAction::triggered, this, &QWidget::close);
}

void MainWindow::attempt(const QString &server)
{
    const QString name = SessionBackend::unencryptedServer(server);
    if (name.isEmpty()) {
        m_again();
        return;
    }
    auto *question = plainQuestion(this, QMessageBox::Warning, tr("Send the password unencrypted?"),
        tr("Your password would travel unencrypted to %1.").arg(printableLine(name)),
        tr("Everybody on the way there could read it, and everything that you write afterwards. With an "
           "address that begins with https:// nobody could, if the server offers that."));
    QPushButton *send = question->addButton(tr("&Send it unencrypted"), QMessageBox::DestructiveRole);
    QPushButton *cancel = question->addButton(QMessageBox::Cancel);
    cancel->setText(tr("&Cancel"));
    question->setDefaultButton(cancel);
    question->setEscapeButton(cancel);
    connect(question, &QMessageBox::finished, this, [this, question, send] {
        const auto again = m_again;
        if (question->clickedButton() == send && again) {
            again();
            return;
        }
        m_again = nullptr;
        m_login->setBusy(false);
    });
    question->open();
}

void MainWindow::onAnswer(const Outcome<Account> &account, const QString &server)
{
    const auto refuse = [this, account] {
        m_again = nullptr;
        m_login->setBusy(false);
        m_login->showError(account.error());
    };
    if (account) {
        m_again = nullptr;
        m_login->setBusy(false);
        enter(*account);
        return;
    }
    const auto problem = account.error().field == QLatin1String("server")
        ? m_backend->certificateProblem(server)
        : std::nullopt;
    if (!problem) {
        refuse();
        return;
    }
    askForCertificate(*problem, server, [this, refuse](bool isTrusted) {
        const auto again = m_again;
        if (isTrusted && again)
            again();
        else
            refuse();
    });
}

void MainWindow::askForCertificate(
    const CertificateProblem &problem, const QString &server, const std::function<void(bool)> &decided)
{
    auto *dialog = new CertificateDialog(problem, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::finished, this, [this, dialog, server, decided](int result) {
        decided(result == QDialog::Accepted && m_backend->trustCertificate(server, dialog->fingerprint()));
    });
    dialog->open();
}

void MainWindow::askForCertificateOfChat()
{
    const auto problem = m_chat->certificateProblem();
    if (!problem) {
        m_chat->reconnectNow();
        return;
    }
    askForCertificate(
        *problem, m_chat->account().server.toString(QUrl::FullyEncoded), [this](bool isTrusted) {
            if (isTrusted && m_chat)
                m_chat->reconnectNow();
        });
}

void MainWindow::enter(const Account &account)
{
    m_settings->setLogin(m_server, account.user.name);
    m_isUntried = false;
    open(account);
    keepOrForget(account);
}

void MainWindow::open(const Account &account)
{
    m_login->clearPassword();
    m_login->showNotice({});
    m_chat = m_backend->open(account);
    m_conversation = new ConversationPage(m_chat.get(), m_settings, m_menu);
    m_pages->addWidget(m_conversation);
    m_pages->setCurrentWidget(m_conversation);
    connect(m_conversation, &ConversationPage::titleChanged, this, &MainWindow::updateTitle);
    connect(
        m_conversation, &ConversationPage::logInAgain, this,
        [this] { leave(inWords(m_chat->linkProblem())); }, Qt::QueuedConnection);
    connect(m_conversation, &ConversationPage::certificateWanted, this, &MainWindow::askForCertificateOfChat);
    connect(m_chat.get(), &Chat::linkStateChanged, this, &MainWindow::onLinkStateChanged);
    connect(m_chat.get(), &Chat::messageArrived, this, [this] {
        if (!isActiveWindow())
            QApplication::alert(this);
    });
    m_conversation->setLooking(isActiveWindow());
    m_conversation->focusComposer();
    updateTitle();
}

void MainWindow::onLinkStateChanged()
{
    if (m_chat->linkState() == LinkState::Connected)
        m_isUntried = false;
    if (!m_chat->isLogInRefused())
        return;
    // The log-in stays kept: if the server's clock is wrong, it becomes valid again once the clock is right.
    // The cache stays for the next log-in.
    if (m_isKept) {
        m_isKept = false;
        if (const auto noted = m_keeper->setRefused(true); !noted)
            m_conversation->notice()->say(inWords(noted.error()));
    }
    // Return to the log-in page at once, unless the user is active here: then the banner says so, and its
    // button leads there.
    if (!m_isUntried || m_conversation->isInUse() || QApplication::activeModalWidget())
        return;
    QTimer::singleShot(0, m_conversation, [this, why = inWords(m_chat->linkProblem())] { leave(why); });
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
    auto *question = plainQuestion(this, QMessageBox::Warning, tr("Log out?"),
        unsent > 0
            ? tr("%n message(s) (has|have) not been sent. Log out and delete (it|them)?", nullptr, unsent)
            : tr("%n message(s) (is|are) not finished. Log out and delete (it|them)?", nullptr, drafts),
        unsent > 0
            ? tr("Whoever only closes the window keeps them: they are sent when Rookery is next connected.")
            : tr("Whoever only closes the window keeps what is written."));
    QPushButton *out = question->addButton(tr("&Log out"), QMessageBox::DestructiveRole);
    QPushButton *stay = question->addButton(tr("&Stay"), QMessageBox::RejectRole);
    question->setDefaultButton(stay);
    question->setEscapeButton(stay);
    connect(out, &QPushButton::clicked, this, &MainWindow::endSession);
    question->open();
}

void MainWindow::endSession()
{
    if (!m_chat)
        return;
    // The session ends here whether or not the server can be notified. Not from within the chat's own call.
    m_conversation->setEnabled(false);
    forgetLogIn();
    m_chat->logOut(m_conversation,
        [this](const Outcome<Nothing> &) { QTimer::singleShot(0, m_conversation, [this] { leave({}); }); });
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

void MainWindow::moveEvent(QMoveEvent *event)
{
    QMainWindow::moveEvent(event);
    if (isVisible())
        m_moved.start();
}

void MainWindow::resizeEvent(QResizeEvent *event)
{
    QMainWindow::resizeEvent(event);
    if (isVisible())
        m_moved.start();
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
