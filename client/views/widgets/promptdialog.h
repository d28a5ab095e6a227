// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QPushButton;

namespace rookery::client {

class FormField;

/// Asks for one name and stays open until the server has taken it, with what is wrong below the input.
class PromptDialog : public QDialog
{
    Q_OBJECT
public:
    PromptDialog(const QString &title, const QString &label, const QString &action, QWidget *parent);

    FormField *field() const { return m_field; }
    QPushButton *okButton() const { return m_ok; }
    void showError(const QString &sentence);

Q_SIGNALS:
    /// Not empty. Answered by accept() or showError().
    void submitted(const QString &text);

private:
    void submit();
    void setBusy(bool busy);

    FormField *m_field;
    QPushButton *m_ok;
};

} // namespace rookery::client
