// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/session/chat.h"

#include <QObject>
#include <QPointer>

#include <functional>

class QWidget;

namespace rookery::client {

class Composer;
class TimelineView;
struct TimelineItem;

/// Edits and deletes messages: puts a message into the composer, asks before it deletes one, and calls the Chat.
/// No text is lost when the server refuses an edit.
class MessageActions : public QObject
{
    Q_OBJECT
public:
    /// None is owned; all outlive it.
    MessageActions(Chat *chat, Composer *composer, TimelineView *timeline, QWidget *window);

    /// The room that the composer and the timeline show.
    void setRoom(const QString &roomId);
    /// Reads the user's rights and the server's limits again.
    void review();

    void edit(const MessageId &message);
    /// The last message of one's own in this room; nothing where there is none that is loaded.
    void editLast();
    /// Asks with the message's text.
    void askToDelete(const MessageId &message);
    void showVersions(qint64 seq);

Q_SIGNALS:
    /// What the user should know, a sentence.
    void note(const QString &sentence);
    /// A message is in the composer.
    void editing();

private:
    int rowOf(const MessageId &message) const;
    /// Calls `action` once the message of the room that is shown turns out to be deleted; not after `context`
    /// is destroyed.
    void whenDeleted(const MessageId &message, QObject *context, const std::function<void()> &action);
    /// Calls `action` with a sentence once the room that is shown is lost; not after `context` is destroyed.
    void whenRoomIsLost(QObject *context, const std::function<void(const QString &why)> &action);
    /// Ends the editing of a message that somebody has deleted.
    void checkEdited();
    const TimelineItem *find(const MessageId &message) const;
    void save(const QString &roomId, const MessageId &message, const QString &text);
    /// That the window for edits is over.
    QString tooOld() const;
    /// The edit was refused: its text goes back into the input, where that is free.
    void onEditRefused(
        const QString &roomId, const QString &changeId, const QString &text, const SendFailure &failure);
    bool useAsNewMessage(const QString &changeId, const QString &text);

    Chat *m_chat;
    Composer *m_composer;
    TimelineView *m_timeline;
    QWidget *m_window;
    QString m_room;
    QPointer<TimelineSource> m_source; ///< of the timeline, as far as this listens to it
};

} // namespace rookery::client
