// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/session/chat.h"

#include <QHash>
#include <QPlainTextEdit>
#include <QTimer>

#include <optional>

class QLabel;
class QPushButton;
class QToolButton;

namespace rookery::client {

/// The text input of a composer: plain text only, as high as what is in it, up to a bound.
class ComposerEdit : public QPlainTextEdit
{
    Q_OBJECT
public:
    explicit ComposerEdit(QWidget *parent = nullptr);

Q_SIGNALS:
    void sendRequested();
    void pageRequested(int pages);
    /// Up, where there is no text to go up in.
    void upRequested();
    void escapeRequested();

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;
    bool canInsertFromMimeData(const QMimeData *source) const override;
    void insertFromMimeData(const QMimeData *source) override;

private:
    void fit();
};

/// Writes messages: Return sends, Shift+Return breaks the line, PgUp and PgDn scroll the timeline. Keeps an
/// unsent text per room.
class Composer : public QWidget
{
    Q_OBJECT
public:
    explicit Composer(QWidget *parent = nullptr);

    /// Unsent text by room.
    void setDrafts(const QHash<QString, QString> &drafts) { m_drafts = drafts; }
    /// Emits draftChanged() now if there is unsaved text.
    void saveDraft();
    /// Stores the text of the old room and shows that of the new one; an empty id means no room.
    void setRoom(const QString &roomId, const QString &title);
    QString room() const { return m_room; }
    /// Nothing can be written to this room any more, or can again: the text stays and can be copied, but
    /// neither changed nor sent.
    void setClosed(bool closed);
    /// In Unicode code points; the server's default until it is set.
    void setLongestMessage(int characters);
    /// Puts a message of this room into the input to be edited; the draft comes back afterwards.
    /// Return saves, Esc leaves it as it was.
    void startEditing(const MessageId &message, const QString &text);
    void stopEditing();
    /// Editing in this room has no object any more: a changed text goes behind the draft. Returns whether there
    /// was one.
    bool endEditing(const QString &roomId);
    /// The message that is being edited; nothing while a new one is written.
    std::optional<MessageId> editedMessage() const;
    QPushButton *cancelButton() const { return m_cancel; }
    QString editingText() const;
    /// Whether nothing is written in this room, and something can be.
    bool isFree() const;
    /// Whether nothing is written, as far as it is to be seen.
    bool isBlank() const;
    /// Goes on writing with this text, where the cursor is; nothing where nothing can be written.
    void type(const QString &text);
    /// Puts a text behind what is written; false while a message is edited, or nothing can be written.
    bool append(const QString &text);
    /// Clears the text: the message has been sent.
    void accept();
    void showProblem(const QString &sentence);
    QString problem() const;
    /// The number of characters left, as shown; empty while there are plenty.
    QString counter() const;
    bool canSend() const;

    ComposerEdit *edit() const { return m_edit; }
    QToolButton *sendButton() const { return m_send; }

Q_SIGNALS:
    void submitted(const QString &roomId, const QString &text);
    void editSubmitted(const QString &roomId, const rookery::client::MessageId &message, const QString &text);
    /// The person wants to change what they have sent last.
    void editLastRequested();
    void pageRequested(int pages);
    /// A moment after typing, and at the latest when the room or the focus changes.
    void draftChanged(const QString &roomId, const QString &text);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void submit();
    void review();
    void showText();
    int length() const;

    ComposerEdit *m_edit;
    QToolButton *m_send;
    QLabel *m_problem;
    QLabel *m_counter;
    QString m_room;
    bool m_closed = false;
    int m_longest;
    QHash<QString, QString> m_drafts;
    struct Editing
    {
        MessageId message;
        QString original;
        QString text;
    };
    QHash<QString, Editing> m_editing; ///< by room
    QWidget *m_editBar;
    QLabel *m_editLabel;
    QPushButton *m_cancel;
    QTimer m_saving;
};

} // namespace rookery::client
