// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/conversation/composer.h"

#include "client/views/widgets/glyphs.h"
#include "client/views/widgets/plaintext.h"
#include "common/text.h"

#include <QAbstractTextDocumentLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMimeData>
#include <QPushButton>
#include <QScrollBar>
#include <QTextBlock>
#include <QToolButton>

#include <algorithm>
#include <utility>

namespace rookery::client {

namespace {

constexpr int mostLines = 8;
/// A crash loses at most what was typed within this time.
constexpr auto savePause = std::chrono::milliseconds(300);

} // namespace

ComposerEdit::ComposerEdit(QWidget *parent)
    : QPlainTextEdit(parent)
{
    setTabChangesFocus(true); // Tab leads out, as everywhere else
    setLineWrapMode(WidgetWidth);
    setWordWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    document()->setDocumentMargin(fontMetrics().height() / 2.0);
    connect(document()->documentLayout(), &QAbstractTextDocumentLayout::documentSizeChanged, this,
        &ComposerEdit::fit);
    fit();
}

void ComposerEdit::fit()
{
    // A plain text layout measures its height in lines, not in pixels.
    int lines = 0;
    for (QTextBlock block = document()->begin(); block.isValid() && lines <= mostLines; block = block.next())
        lines += std::max(1, block.layout()->lineCount());
    const int shown = std::clamp(lines, 1, mostLines);
    const int height =
        shown * fontMetrics().lineSpacing() + int(2 * document()->documentMargin()) + 2 * frameWidth();
    setVerticalScrollBarPolicy(lines > mostLines ? Qt::ScrollBarAsNeeded : Qt::ScrollBarAlwaysOff);
    if (height == minimumHeight() && height == maximumHeight())
        return;
    setFixedHeight(height);
    if (lines <= mostLines)
        verticalScrollBar()->setValue(0);
}

void ComposerEdit::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter:
        if (isReadOnly())
            return;
        if (event->modifiers() & Qt::ShiftModifier) {
            textCursor().insertText(QStringLiteral("\n"));
            ensureCursorVisible();
        } else if (!(event->modifiers() & (Qt::AltModifier | Qt::MetaModifier))) {
            Q_EMIT sendRequested();
        }
        return;
    case Qt::Key_Up:
        if (event->modifiers() == Qt::NoModifier && toPlainText().isEmpty()) {
            Q_EMIT upRequested();
            return;
        }
        break;
    case Qt::Key_Escape:
        Q_EMIT escapeRequested();
        break;
    case Qt::Key_PageUp:
    case Qt::Key_PageDown:
        if (event->modifiers() == Qt::NoModifier) {
            Q_EMIT pageRequested(event->key() == Qt::Key_PageUp ? -1 : 1);
            return;
        }
        break;
    default:
        break;
    }
    QPlainTextEdit::keyPressEvent(event);
}

void ComposerEdit::resizeEvent(QResizeEvent *event)
{
    QPlainTextEdit::resizeEvent(event);
    fit();
}

void ComposerEdit::changeEvent(QEvent *event)
{
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::FontChange) {
        document()->setDocumentMargin(fontMetrics().height() / 2.0);
        fit();
    }
}

bool ComposerEdit::canInsertFromMimeData(const QMimeData *source) const
{
    return source->hasText();
}

void ComposerEdit::insertFromMimeData(const QMimeData *source)
{
    if (source->hasText())
        textCursor().insertText(source->text());
    ensureCursorVisible();
}

Composer::Composer(QWidget *parent)
    : QWidget(parent)
    , m_edit(new ComposerEdit(this))
    , m_send(new QToolButton(this))
    , m_problem(plainLabel(this))
    , m_counter(plainLabel(this))
    , m_longest(ServerLimits().messageCharacters)
    , m_editBar(new QWidget(this))
    , m_editLabel(plainLabel(m_editBar, tr("Editing message")))
    , m_cancel(new QPushButton(tr("Cancel (Esc)"), m_editBar))
{
    m_edit->setAccessibleName(tr("Message"));
    m_send->setIcon(glyphIcon(Glyph::Send));
    m_send->setAutoRaise(true);
    m_send->setFocusPolicy(Qt::StrongFocus);
    m_send->setAccessibleName(tr("Send"));
    m_send->setToolTip(tr("Send (Return)"));
    m_problem->setWordWrap(true);
    m_problem->setForegroundRole(QPalette::BrightText);
    m_problem->hide();
    m_counter->hide();

    auto *line = new QHBoxLayout;
    line->setSpacing(6);
    line->addWidget(m_edit, 1);
    line->addWidget(m_send, 0, Qt::AlignBottom);
    auto *below = new QHBoxLayout;
    below->addWidget(m_problem, 1);
    below->addStretch();
    below->addWidget(m_counter);
    m_editLabel->setForegroundRole(QPalette::PlaceholderText);
    m_cancel->setFlat(true);
    auto *editing = new QHBoxLayout(m_editBar);
    editing->setContentsMargins(0, 0, 0, 0);
    editing->addWidget(m_editLabel, 1);
    editing->addWidget(m_cancel);
    m_editBar->hide();
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 4, 12, 12);
    layout->setSpacing(4);
    layout->addWidget(m_editBar);
    layout->addLayout(line);
    layout->addLayout(below);

    connect(m_edit, &ComposerEdit::sendRequested, this, &Composer::submit);
    connect(m_edit, &ComposerEdit::pageRequested, this, &Composer::pageRequested);
    connect(m_edit, &ComposerEdit::upRequested, this, [this] {
        if (!editedMessage() && !m_closed)
            Q_EMIT editLastRequested();
    });
    connect(m_edit, &ComposerEdit::escapeRequested, this, &Composer::stopEditing);
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        stopEditing();
        m_edit->setFocus();
    });
    connect(m_edit, &ComposerEdit::textChanged, this, [this] {
        showProblem({});
        review();
        if (!m_room.isEmpty() && !m_saving.isActive())
            m_saving.start();
    });
    m_saving.setSingleShot(true);
    m_saving.setInterval(savePause);
    connect(&m_saving, &QTimer::timeout, this, &Composer::saveDraft);
    m_edit->installEventFilter(this);
    connect(m_send, &QToolButton::clicked, this, [this] {
        submit();
        m_edit->setFocus();
    });
    setTabOrder(m_cancel, m_edit);
    setRoom({}, {});
}

void Composer::setRoom(const QString &roomId, const QString &title)
{
    const bool isOpen = !roomId.isEmpty() && !(m_closed && roomId == m_room);
    m_edit->setPlaceholderText(isOpen ? tr("Message %1").arg(title) : QString());
    if (roomId == m_room && m_edit->isEnabled() == !roomId.isEmpty())
        return;
    saveDraft();
    m_room = roomId;
    m_closed = false;
    m_edit->setEnabled(!roomId.isEmpty());
    m_edit->setReadOnly(false);
    showText();
}

void Composer::showText()
{
    const auto editing = m_editing.constFind(m_room);
    const bool isEditing = editing != m_editing.cend();
    m_edit->setPlainText(isEditing ? editing->text : m_drafts.value(m_room));
    m_saving.stop(); // this was not typed
    m_edit->moveCursor(QTextCursor::End);
    m_editBar->setVisible(isEditing);
    m_edit->setAccessibleName(isEditing ? tr("Edited message") : tr("Message"));
    m_send->setAccessibleName(isEditing ? tr("Save") : tr("Send"));
    m_send->setToolTip(isEditing ? tr("Save (Return)") : tr("Send (Return)"));
    showProblem({});
    review();
}

void Composer::startEditing(const MessageId &message, const QString &text)
{
    if (m_room.isEmpty() || m_closed)
        return;
    saveDraft();
    m_editing.insert(m_room, {message, text, text});
    showText();
    m_edit->setFocus(Qt::OtherFocusReason);
}

void Composer::stopEditing()
{
    if (m_editing.remove(m_room) > 0)
        showText();
}

bool Composer::endEditing(const QString &roomId)
{
    if (!m_editing.contains(roomId))
        return false;
    if (roomId == m_room)
        saveDraft();
    const Editing editing = m_editing.take(roomId);
    const bool isKept = !text::isBlank(editing.text) && editing.text != editing.original;
    if (isKept) {
        QString draft = m_drafts.value(roomId);
        draft = text::isBlank(draft) ? editing.text : draft + u'\n' + editing.text;
        m_drafts.insert(roomId, draft);
        Q_EMIT draftChanged(roomId, draft);
    }
    if (roomId == m_room)
        showText();
    return isKept;
}

std::optional<MessageId> Composer::editedMessage() const
{
    const auto editing = m_editing.constFind(m_room);
    return editing == m_editing.cend() ? std::nullopt : std::optional(editing->message);
}

QString Composer::editingText() const
{
    return m_editBar->isVisible() ? m_editLabel->text() : QString();
}

void Composer::setClosed(bool closed)
{
    m_closed = closed;
    m_edit->setReadOnly(closed);
    showProblem({});
    review();
}

void Composer::setLongestMessage(int characters)
{
    if (std::exchange(m_longest, characters) != characters)
        review();
}

int Composer::length() const
{
    const QString message = text::trimmedMessage(m_edit->toPlainText());
    return int(text::characters(message).value_or(message.size()));
}

bool Composer::isFree() const
{
    return !m_room.isEmpty() && !m_closed && !editedMessage() && isBlank();
}

bool Composer::isBlank() const
{
    return text::isBlank(m_edit->toPlainText());
}

bool Composer::append(const QString &text)
{
    if (m_room.isEmpty() || m_closed || editedMessage())
        return false;
    const bool isFirst = isFree();
    QTextCursor cursor(m_edit->document());
    cursor.movePosition(QTextCursor::End);
    if (isFirst)
        cursor.select(QTextCursor::Document);
    cursor.insertText(isFirst ? text : u'\n' + text);
    m_edit->moveCursor(QTextCursor::End);
    saveDraft();
    return true;
}

void Composer::type(const QString &text)
{
    if (m_room.isEmpty() || m_closed)
        return;
    m_edit->setFocus(Qt::OtherFocusReason);
    m_edit->insertPlainText(text);
    m_edit->ensureCursorVisible();
}

bool Composer::canSend() const
{
    const int characters = length();
    return !m_room.isEmpty() && !m_closed && characters > 0 && characters <= m_longest;
}

void Composer::review()
{
    const int left = m_longest - length();
    const bool near = left <= m_longest / 10;
    m_counter->setText(!near ? QString()
            : left >= 0      ? tr("%n character(s) left", nullptr, left)
                             : tr("%n character(s) too many", nullptr, -left));
    m_counter->setForegroundRole(left < 0 ? QPalette::BrightText : QPalette::PlaceholderText);
    m_counter->setVisible(near);
    m_send->setEnabled(canSend());
}

void Composer::submit()
{
    if (!canSend())
        return;
    if (const auto message = editedMessage())
        Q_EMIT editSubmitted(m_room, *message, m_edit->toPlainText());
    else
        Q_EMIT submitted(m_room, m_edit->toPlainText());
}

void Composer::accept()
{
    m_edit->clear();
    saveDraft();
}

void Composer::saveDraft()
{
    m_saving.stop();
    if (m_room.isEmpty())
        return;
    const QString text = m_edit->toPlainText();
    if (const auto editing = m_editing.find(m_room); editing != m_editing.end()) {
        editing->text = text; // what else was being written stays the draft
        return;
    }
    if (text == m_drafts.value(m_room))
        return;
    if (text.isEmpty())
        m_drafts.remove(m_room);
    else
        m_drafts.insert(m_room, text);
    Q_EMIT draftChanged(m_room, text);
}

bool Composer::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_edit && event->type() == QEvent::FocusOut)
        saveDraft();
    return QWidget::eventFilter(watched, event);
}

void Composer::showProblem(const QString &sentence)
{
    m_problem->setText(sentence);
    m_problem->setVisible(!sentence.isEmpty());
    m_edit->setAccessibleDescription(sentence);
}

QString Composer::problem() const
{
    return m_problem->text();
}

QString Composer::counter() const
{
    return m_counter->text();
}

} // namespace rookery::client
