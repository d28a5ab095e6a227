// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

class QWidget;

namespace rookery::client {

class Chat;

/// Blocks and unblocks users. Shows its dialogs on `window`, which owns it.
class BlockActions : public QObject
{
    Q_OBJECT
public:
    BlockActions(Chat *chat, QWidget *window);

    /// Asks first. `user` is an id or a name; `name` is what to call them.
    void block(const QString &user, const QString &name);
    void unblock(const QString &user, const QString &name);
    void showList();

Q_SIGNALS:
    /// What was done, or why not.
    void note(const QString &sentence);

private:
    Chat *m_chat;
    QWidget *m_window;
};

} // namespace rookery::client
