// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/dialogs/versionsdialog.h"

#include "client/views/widgets/plaintext.h"
#include "client/views/widgets/screenfit.h"
#include "common/printable.h"

#include <QDialogButtonBox>
#include <QLocale>
#include <QPushButton>
#include <QTextBlockFormat>
#include <QTextCursor>
#include <QTextEdit>
#include <QVBoxLayout>

namespace rookery::client {

VersionsDialog::VersionsDialog(QWidget *parent)
    : QDialog(parent)
    , m_state(plainLabel(this, tr("Loading…")))
    , m_text(new QTextEdit(this))
{
    setWindowTitle(tr("Edit history"));
    m_state->setWordWrap(true);
    m_text->setReadOnly(true);
    m_text->setAcceptRichText(false);
    m_text->setTabChangesFocus(true);
    m_text->setAccessibleName(tr("Texts of the message, the newest first"));
    m_text->hide();
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    buttons->button(QDialogButtonBox::Close)->setText(tr("&Close"));
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 20, 20, 16);
    layout->setSpacing(12);
    layout->addWidget(m_state);
    layout->addWidget(m_text, 1);
    layout->addWidget(buttons);
    resize(fitted(this, QSize(fontMetrics().averageCharWidth() * 64, fontMetrics().height() * 20)));
}

void VersionsDialog::show(const QList<MessageVersion> &versions)
{
    // A text can imitate neither the bold time of the next one nor the margin.
    QTextBlockFormat heading;
    heading.setTopMargin(fontMetrics().height() / 2);
    QTextBlockFormat body;
    body.setLeftMargin(fontMetrics().averageCharWidth() * 3);
    QTextCharFormat bold;
    bold.setFontWeight(QFont::Bold);
    m_text->clear();
    QTextCursor cursor(m_text->document());
    for (auto version = versions.crbegin(); version != versions.crend(); ++version) {
        if (version == versions.crbegin())
            cursor.setBlockFormat(heading);
        else
            cursor.insertBlock(heading);
        cursor.insertText(QLocale().toString(version->at.toLocalTime(), QLocale::ShortFormat), bold);
        cursor.insertBlock(body);
        cursor.insertText(withoutBidiControls(version->text), QTextCharFormat());
    }
    m_text->moveCursor(QTextCursor::Start);
    m_state->setText(tr("%n text(s), the newest first", nullptr, int(versions.size())));
    m_text->show();
    m_text->setFocus();
}

void VersionsDialog::showError(const QString &sentence)
{
    m_state->setText(sentence);
}

QString VersionsDialog::text() const
{
    return m_text->toPlainText();
}

} // namespace rookery::client
