// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/login/loginpage.h"

#include "client/sentences/sentences.h"
#include "client/views/widgets/formfield.h"
#include "client/views/widgets/glyphs.h"
#include "client/views/widgets/plaintext.h"
#include "common/limits.h"

#include <QCheckBox>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>

namespace rookery::client {

namespace {

constexpr int formMargin = 24;

} // namespace

LoginPage::LoginPage(QWidget *parent)
    : QWidget(parent)
    , m_title(plainLabel(this))
    , m_notice(plainLabel(this))
    , m_server(new FormField(tr("&Server"), this))
    , m_userName(new FormField(tr("&User name"), this))
    , m_password(new FormField(tr("&Password"), this))
    , m_show(new QToolButton(this))
    , m_keep(new QCheckBox(this))
    , m_keepHint(plainLabel(this))
    , m_problem(plainLabel(this))
    , m_status(plainLabel(this))
    , m_submit(new QPushButton(this))
    , m_switch(new QPushButton(this))
    , m_cancel(new QPushButton(tr("Cancel"), this))
{
    QLabel *icon = plainLabel(this);
    const int iconSize = fontMetrics().height() * 4;
    icon->setPixmap(applicationIcon().pixmap(QSize(iconSize, iconSize)));
    icon->setAlignment(Qt::AlignCenter);
    icon->setAccessibleName(QStringLiteral("Rookery"));
    scaleFont(m_title, 1.6, true);
    m_title->setAlignment(Qt::AlignCenter);
    m_notice->setAlignment(Qt::AlignCenter);
    m_notice->setWordWrap(true);
    m_notice->hide();

    m_server->edit()->setPlaceholderText(QStringLiteral("http://127.0.0.1:5000"));
    m_server->edit()->setInputMethodHints(Qt::ImhUrlCharactersOnly | Qt::ImhNoPredictiveText);
    m_userName->edit()->setInputMethodHints(Qt::ImhNoPredictiveText | Qt::ImhNoAutoUppercase);
    m_password->edit()->setEchoMode(QLineEdit::Password);
    m_show->setText(tr("Show"));
    m_show->setCheckable(true);
    m_show->setAccessibleName(tr("Show the password"));
    m_show->setFocusPolicy(Qt::StrongFocus);
    connect(m_show, &QToolButton::toggled, this, [this](bool shown) {
        m_password->edit()->setEchoMode(shown ? QLineEdit::Normal : QLineEdit::Password);
    });
    m_password->addBeside(m_show);

    m_keep->setAccessibleName(tr("Keep me logged in on this computer")); // in one line
    m_keepHint->setForegroundRole(QPalette::PlaceholderText);
    m_keepHint->setWordWrap(true);
    scaleFont(m_keepHint, 0.9);
    m_keep->hide();
    m_keepHint->hide();
    m_problem->setForegroundRole(QPalette::BrightText);
    m_problem->setWordWrap(true);
    m_problem->hide();
    m_status->setForegroundRole(QPalette::PlaceholderText);
    m_status->setAlignment(Qt::AlignCenter);
    m_status->setFocusPolicy(Qt::StrongFocus);
    m_status->hide();
    m_submit->setDefault(true);
    m_switch->setFlat(true);
    m_cancel->hide();

    auto *form = new QWidget(this);
    form->setMaximumWidth(fontMetrics().averageCharWidth() * 60);
    auto *column = new QVBoxLayout(form);
    column->setContentsMargins(formMargin, formMargin, formMargin, formMargin);
    column->setSpacing(12);
    column->addWidget(icon);
    column->addWidget(m_title);
    column->addWidget(m_notice);
    column->addSpacing(8);
    column->addWidget(m_server);
    column->addWidget(m_userName);
    column->addWidget(m_password);
    column->addWidget(m_keep);
    column->addWidget(m_keepHint);
    column->addWidget(m_problem);
    column->addSpacing(4);
    column->addWidget(m_submit);
    column->addWidget(m_status);
    column->addWidget(m_cancel);
    column->addWidget(m_switch);

    // Small windows and large letters: what does not fit can be scrolled to.
    auto *centre = new QWidget;
    auto *row = new QHBoxLayout(centre);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addStretch(1);
    row->addWidget(form, 10, Qt::AlignVCenter);
    row->addStretch(1);
    auto *scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(centre);
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(scroll);

    for (FormField *field : {m_server, m_userName, m_password})
        connect(field->edit(), &QLineEdit::returnPressed, this, &LoginPage::submit);
    connect(m_submit, &QPushButton::clicked, this, &LoginPage::submit);
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        setBusy(false);
        Q_EMIT cancelled();
    });
    connect(m_switch, &QPushButton::clicked, this, [this] {
        setMode(m_mode == Mode::LogIn ? Mode::Register : Mode::LogIn);
        // Off this button, which now leads back: the next Return is meant for the form. Whoever types in it
        // already (a screen reader presses with a delay) stays there.
        if (!m_switch->hasFocus())
            return;
        FormField *next = m_userName;
        for (FormField *field : {m_password, m_userName, m_server})
            next = field->text().isEmpty() ? field : next;
        next->setFocus(Qt::OtherFocusReason);
    });

    QWidget *before = m_server->edit();
    for (QWidget *next : std::initializer_list<QWidget *>{m_userName->edit(), m_password->edit(), m_show,
             m_keep, m_submit, m_status, m_cancel, m_switch}) {
        setTabOrder(before, next);
        before = next;
    }
    setMode(Mode::LogIn);
    fitKeep();
}

void LoginPage::fitKeep()
{
    // The words beside a box do not wrap by themselves.
    m_keep->setText(tr("&Keep me logged in on this computer"));
    const int beside = 2 * formMargin + style()->pixelMetric(QStyle::PM_ScrollBarExtent);
    if (m_keep->sizeHint().width() > width() - beside)
        m_keep->setText(tr("&Keep me logged in\non this computer"));
}

void LoginPage::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    fitKeep();
}

void LoginPage::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        fitKeep();
}

void LoginPage::setLogin(const QString &server, const QString &userName)
{
    m_server->setText(server);
    m_userName->setText(userName);
    for (FormField *field : {m_server, m_userName, m_password}) {
        if (field->text().isEmpty()) {
            field->setFocus(Qt::OtherFocusReason);
            return;
        }
    }
}

void LoginPage::setMode(Mode mode)
{
    m_mode = mode;
    const bool logIn = mode == Mode::LogIn;
    m_title->setText(logIn ? tr("Log in to Rookery") : tr("Create an account"));
    m_submit->setText(logIn ? tr("Log in") : tr("Create account"));
    m_switch->setText(logIn ? tr("New here? Create an account") : tr("I have an account: log in"));
    m_password->edit()->setPlaceholderText(
        logIn ? QString() : tr("at least %n character(s)", nullptr, Limits().passwordBytesMin));
    clearErrors();
}

void LoginPage::setBusy(bool busy)
{
    if (busy == m_busy)
        return;
    m_busy = busy;
    m_cancel->setVisible(busy);
    m_status->setText(m_mode == Mode::LogIn ? tr("Logging in…") : tr("Creating the account…"));
    m_status->setVisible(busy);
    // The focus must go somewhere before its field is switched off, but not to the button that gives up:
    // whoever presses Return twice does not mean that.
    if (busy)
        m_status->setFocus(Qt::OtherFocusReason);
    // In the place of what is of no use meanwhile: a page that grew could need a scroll bar for a moment, and
    // a screen reader that looks for it when it is gone again brings Qt 6.4 down.
    m_switch->setVisible(!busy);
    m_keepHint->setVisible(!busy && !m_keepHint->text().isEmpty());
    for (QWidget *widget :
        std::initializer_list<QWidget *>{m_server, m_userName, m_password, m_keep, m_submit, m_switch})
        widget->setEnabled(!busy);
    if (!busy)
        m_password->setFocus(Qt::OtherFocusReason);
}

void LoginPage::clearErrors()
{
    for (FormField *field : {m_server, m_userName, m_password})
        field->clearError();
    m_problem->clear();
    m_problem->hide();
}

void LoginPage::showError(const Problem &problem)
{
    const QString sentence = inWords(problem);
    clearErrors();
    if (problem.field == QLatin1String("server")) {
        m_server->showError(sentence);
    } else if (problem.field == QLatin1String("username") || problem.field == QLatin1String("name")) {
        m_userName->showError(sentence);
    } else if (problem.field == QLatin1String("password") || problem.code == ErrorCode::BadCredentials) {
        m_password->showError(sentence);
    } else {
        m_problem->setText(sentence);
        m_problem->show();
        m_submit->setAccessibleDescription(sentence);
        m_submit->setFocus(Qt::OtherFocusReason);
    }
}

void LoginPage::showNotice(const QString &sentence)
{
    m_notice->setText(sentence);
    m_notice->setVisible(!sentence.isEmpty());
}

void LoginPage::clearPassword()
{
    m_password->edit()->clear();
    m_show->setChecked(false);
}

void LoginPage::setKeeping(bool keep, const QString &where)
{
    m_keep->setChecked(keep);
    m_keep->setAccessibleDescription(where);
    m_keepHint->setText(where);
    m_keep->setVisible(!where.isEmpty());
    m_keepHint->setVisible(!where.isEmpty() && !m_busy);
}

bool LoginPage::isKeeping() const
{
    return !m_keepHint->text().isEmpty() && m_keep->isChecked();
}

QString LoginPage::problem() const
{
    return m_problem->text();
}

void LoginPage::setTrying()
{
    setBusy(true);
    m_status->setText(tr("Trying the log-in that was kept…"));
}

void LoginPage::submit()
{
    if (m_busy)
        return;
    clearErrors();
    const QString server = m_server->text().trimmed();
    const QString userName = m_userName->text().trimmed();
    if (server.isEmpty()) {
        m_server->showError(tr("Enter the address of the server."));
        return;
    }
    if (userName.isEmpty()) {
        m_userName->showError(tr("Enter your user name."));
        return;
    }
    if (m_password->text().isEmpty()) {
        m_password->showError(tr("Enter your password."));
        return;
    }
    if (m_mode == Mode::Register && m_password->text().toUtf8().size() < Limits().passwordBytesMin) {
        m_password->showError(
            tr("The password needs at least %n character(s).", nullptr, Limits().passwordBytesMin));
        return;
    }
    setBusy(true);
    Q_EMIT submitted(m_mode, server, userName, m_password->text());
}

void LoginPage::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape && m_busy) {
        m_cancel->click();
        return;
    }
    // The button with the focus, as in dialogs. Not autoDefault: outside of them that would make the main
    // button plain.
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        if (auto *button = qobject_cast<QPushButton *>(focusWidget())) {
            button->click();
            return;
        }
        if (focusWidget() == m_keep) {
            submit();
            return;
        }
    }
    QWidget::keyPressEvent(event);
}

} // namespace rookery::client
