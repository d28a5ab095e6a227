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

namespace {

/// What a text counts against VersionsDialog::mostCharacters with its heading.
qsizetype charactersOf(const MessageVersion &version)
{
    constexpr qsizetype heading = 200;
    return version.text.size() + heading;
}

} // namespace

VersionsDialog::VersionsDialog(QWidget *parent)
    : QDialog(parent)
    , m_state(plainLabel(this))
    , m_text(new QTextEdit(this))
{
    setWindowTitle(tr("Edit history"));
    m_state->setWordWrap(true);
    m_text->setReadOnly(true);
    m_text->setUndoRedoEnabled(false);
    m_text->setAcceptRichText(false);
    m_text->setTabChangesFocus(true);
    m_text->setAccessibleName(tr("Texts of the message, the newest first"));
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    m_more = buttons->addButton(tr("Show &earlier texts"), QDialogButtonBox::ActionRole);
    m_close = buttons->button(QDialogButtonBox::Close);
    m_close->setText(tr("&Close"));
    m_close->setDefault(true);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_more, &QPushButton::clicked, this, &VersionsDialog::load);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(20, 20, 20, 16);
    layout->setSpacing(12);
    layout->addWidget(m_state);
    layout->addWidget(m_text, 1);
    layout->addWidget(buttons);
    resize(fitted(this, QSize(fontMetrics().averageCharWidth() * 64, fontMetrics().height() * 20)));
    review();
}

void VersionsDialog::load()
{
    if (m_isLoading || !m_gone.isEmpty() || (m_isKnown && m_next == 0))
        return;
    m_isLoading = true;
    m_problem.clear();
    review();
    Q_EMIT pageWanted(m_next);
}

void VersionsDialog::showPage(const VersionPage &page)
{
    if (!m_gone.isEmpty())
        return;
    const bool isFirst = !m_isKnown;
    m_isLoading = false;
    m_isKnown = true;
    m_next = page.next;
    add(page);
    review();
    if (isFirst)
        m_text->setFocus();
}

void VersionsDialog::showError(const QString &sentence)
{
    if (!m_gone.isEmpty())
        return;
    m_isLoading = false;
    m_problem = sentence;
    review();
}

void VersionsDialog::showGone(const QString &why)
{
    if (!m_gone.isEmpty())
        return;
    m_gone = why;
    m_isLoading = false;
    m_next = 0;
    m_problem.clear();
    m_text->clear();
    if (m_text->hasFocus() || m_more->hasFocus())
        m_close->setFocus(Qt::OtherFocusReason);
    review();
}

void VersionsDialog::add(const VersionPage &page)
{
    qsizetype characters = 0;
    for (const MessageVersion &version : page.versions)
        characters += charactersOf(version);
    if (m_shown > 0 && m_characters + characters > mostCharacters) {
        m_text->clear();
        m_isCut = true;
        m_characters = 0;
        m_shown = 0;
    }
    // A text can imitate neither the bold time of the next one nor the margin.
    QTextBlockFormat heading;
    heading.setTopMargin(fontMetrics().height() / 2);
    QTextBlockFormat body;
    body.setLeftMargin(fontMetrics().averageCharWidth() * 3);
    QTextCharFormat bold;
    bold.setFontWeight(QFont::Bold);
    QTextCursor cursor(m_text->document());
    cursor.movePosition(QTextCursor::End);
    int start = -1;
    cursor.beginEditBlock();
    for (auto version = page.versions.crbegin(); version != page.versions.crend(); ++version) {
        if (m_shown == 0)
            cursor.setBlockFormat(heading);
        else
            cursor.insertBlock(heading);
        if (start < 0)
            start = cursor.position();
        cursor.insertText(QLocale().toString(version->at.toLocalTime(), QLocale::ShortFormat), bold);
        cursor.insertBlock(body);
        cursor.insertText(withoutBidiControls(version->text), QTextCharFormat());
        m_characters += charactersOf(*version);
        ++m_shown;
    }
    cursor.endEditBlock();
    if (start < 0)
        return;
    // Reading goes on with what has come: from the end, so that it is at the top.
    m_text->moveCursor(QTextCursor::End);
    cursor.setPosition(start);
    m_text->setTextCursor(cursor);
}

void VersionsDialog::review()
{
    QString words = m_problem;
    if (words.isEmpty()) {
        words = !m_gone.isEmpty()       ? m_gone
            : m_isLoading || !m_isKnown ? tr("Loading…")
            : m_isCut                   ? tr("%n earlier text(s), the newest first", nullptr, m_shown)
            : m_next != 0               ? tr("The newest %n text(s)", nullptr, m_shown)
                                        : tr("%n text(s), the newest first", nullptr, m_shown);
    }
    m_state->setText(words);
    m_state->setForegroundRole(m_problem.isEmpty() ? QPalette::WindowText : QPalette::BrightText);
    // The focus has to be somewhere before what has it goes.
    const bool hasMore = !m_gone.isEmpty() ? false : m_isKnown ? m_next != 0 : !m_problem.isEmpty();
    m_text->setVisible(m_isKnown && m_gone.isEmpty());
    if (!hasMore && m_more->hasFocus())
        m_text->setFocus(Qt::OtherFocusReason);
    m_more->setText(m_isKnown ? tr("Show &earlier texts") : tr("T&ry again"));
    m_more->setAccessibleDescription(words);
    m_more->setVisible(hasMore);
}

QString VersionsDialog::text() const
{
    return m_text->toPlainText();
}

QString VersionsDialog::state() const
{
    return m_state->text();
}

} // namespace rookery::client
