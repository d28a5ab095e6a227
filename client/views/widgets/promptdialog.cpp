// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/widgets/promptdialog.h"

#include "client/views/widgets/formfield.h"

#include <QDialogButtonBox>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace rookery::client {

PromptDialog::PromptDialog(const QString &title, const QString &label, const QString &action, QWidget *parent)
    : QDialog(parent)
    , m_field(new FormField(label, this))
{
    setWindowTitle(title);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    m_ok = buttons->button(QDialogButtonBox::Ok);
    m_ok->setText(action);
    m_ok->setDefault(true);
    buttons->button(QDialogButtonBox::Cancel)->setText(tr("&Cancel"));
    connect(buttons, &QDialogButtonBox::accepted, this, &PromptDialog::submit);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 20, 20, 16);
    layout->setSpacing(16);
    layout->addWidget(m_field);
    layout->addWidget(buttons);
    setMinimumWidth(fontMetrics().averageCharWidth() * 50);
    m_field->setFocus();
}

void PromptDialog::submit()
{
    const QString text = m_field->text().trimmed();
    if (text.isEmpty()) {
        m_field->showError(tr("Enter a name."));
        return;
    }
    m_field->clearError();
    setBusy(true);
    Q_EMIT submitted(text);
}

void PromptDialog::showError(const QString &sentence)
{
    setBusy(false);
    m_field->showError(sentence);
}

void PromptDialog::setBusy(bool busy)
{
    m_ok->setEnabled(!busy);
    m_field->setEnabled(!busy);
}

} // namespace rookery::client
