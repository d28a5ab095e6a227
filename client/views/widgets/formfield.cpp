// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/widgets/formfield.h"

#include "client/views/widgets/plaintext.h"
#include "common/text.h"

#include <QLineEdit>
#include <QVBoxLayout>

namespace rookery::client {

FormField::FormField(const QString &label, QWidget *parent)
    : QWidget(parent)
    , m_edit(new QLineEdit(this))
    , m_line(new QHBoxLayout)
    , m_error(plainLabel(this))
{
    QString name = label;
    m_edit->setAccessibleName(name.remove(QLatin1Char('&')));
    auto *caption = plainLabel(this, label);
    caption->setBuddy(m_edit);
    m_error->setForegroundRole(QPalette::BrightText);
    m_error->setWordWrap(true);
    m_error->hide();
    m_line->addWidget(m_edit, 1);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    layout->addWidget(caption);
    layout->addLayout(m_line);
    layout->addWidget(m_error);
    setFocusProxy(m_edit);
    connect(m_edit, &QLineEdit::textEdited, this, &FormField::clearError);
}

QString FormField::text() const
{
    return m_edit->text();
}

void FormField::setText(const QString &text)
{
    m_edit->setText(text);
}

void FormField::addBeside(QWidget *widget)
{
    m_line->addWidget(widget);
}

bool FormField::checkLength()
{
    // Composed, as the server counts names.
    const QString typed = m_edit->text().trimmed().normalized(QString::NormalizationForm_C);
    const qsizetype length = rookery::text::characters(typed).value_or(typed.size());
    if (m_longest <= 0 || length <= m_longest)
        return true;
    showError(tr("At most %n character(s) fit; this has %1.", nullptr, m_longest).arg(length));
    return false;
}

void FormField::showError(const QString &sentence)
{
    m_error->setText(sentence);
    m_error->show();
    m_edit->setAccessibleDescription(sentence);
    m_edit->setFocus(Qt::OtherFocusReason);
    m_edit->selectAll();
}

void FormField::clearError()
{
    m_error->clear();
    m_error->hide();
    m_edit->setAccessibleDescription({});
}

QString FormField::error() const
{
    return m_error->text();
}

} // namespace rookery::client
