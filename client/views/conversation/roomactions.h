// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/role.h"

#include <QObject>
#include <QString>

class QWidget;

namespace rookery::client {

class BanList;
class Chat;

/// Actions on rooms: join, create, invite, leave, open a direct room. Shows its dialogs on `window`, which owns
/// it.
class RoomActions : public QObject
{
    Q_OBJECT
public:
    RoomActions(Chat *chat, QWidget *window);

    void join();
    void askDirect();
    void openDirect(const QString &userName);
    void invite(const QString &roomId);
    void leave(const QString &roomId);
    /// Name and topic; says so where the user may not change them.
    void change(const QString &roomId);
    /// Asks where it is hard to undo.
    void setRole(const QString &roomId, const QString &userId, const QString &userName, Role role);
    void accept(const QString &roomId);
    void decline(const QString &roomId, const QString &inviter, bool block);

Q_SIGNALS:
    /// The room that was joined, made or opened; it may not be in the room list yet.
    void roomReady(const QString &roomId);
    /// The same of a room that was asked for outside a dialog, by accept() or openDirect(): the person may
    /// have gone on meanwhile, and is told the sentence then.
    void roomAnswered(const QString &roomId, const QString &sentence);
    /// The room could not be opened.
    void refused(const QString &sentence);
    /// Something did not work, or did and is not seen otherwise.
    void note(const QString &sentence);

private:
    void fillBans(const QString &roomId, BanList *bans);

    Chat *m_chat;
    QWidget *m_window;
};

} // namespace rookery::client
