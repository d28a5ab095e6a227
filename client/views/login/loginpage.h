// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/problems/problem.h"

#include <QWidget>

class QCheckBox;
class QLabel;
class QPushButton;
class QToolButton;

namespace rookery::client {

class FormField;

/// Logs in or registers: server, name, password. Errors are shown beside the field that they are about.
class LoginPage : public QWidget
{
    Q_OBJECT
public:
    enum class Mode { LogIn, Register };

    explicit LoginPage(QWidget *parent = nullptr);

    /// What the last log-in was made with. Moves the focus to the first field that is empty.
    void setLogin(const QString &server, const QString &userName);
    Mode mode() const { return m_mode; }
    void setMode(Mode mode);
    /// While the server is asked: nothing can be changed, but it can be given up.
    void setBusy(bool busy);
    bool isBusy() const { return m_busy; }
    /// The same, while a log-in that was kept is tried.
    void setTrying();
    /// Beside the field that the error names, else above the buttons.
    void showError(const Problem &problem);
    /// A sentence above the fields: why one has to log in again.
    void showNotice(const QString &sentence);
    void clearPassword();
    /// Offers to keep the log-in; `where` says where that would be. Without it nothing is offered.
    void setKeeping(bool keep, const QString &where);
    /// Whether the log-in is to be kept.
    bool isKeeping() const;

    FormField *server() const { return m_server; }
    FormField *userName() const { return m_userName; }
    FormField *password() const { return m_password; }
    QCheckBox *keepBox() const { return m_keep; }
    QLabel *keepHint() const { return m_keepHint; }
    QPushButton *submitButton() const { return m_submit; }
    QPushButton *modeButton() const { return m_switch; }
    QPushButton *cancelButton() const { return m_cancel; }
    QString problem() const;

Q_SIGNALS:
    void submitted(
        LoginPage::Mode mode, const QString &server, const QString &userName, const QString &password);
    void cancelled();

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void submit();
    void clearErrors();
    void fitKeep();

    Mode m_mode = Mode::LogIn;
    bool m_busy = false;
    QLabel *m_title;
    QLabel *m_notice;
    FormField *m_server;
    FormField *m_userName;
    FormField *m_password;
    QToolButton *m_show;
    QCheckBox *m_keep;
    QLabel *m_keepHint;
    QLabel *m_problem;
    QLabel *m_status;
    QPushButton *m_submit;
    QPushButton *m_switch;
    QPushButton *m_cancel;
};

} // namespace rookery::client
