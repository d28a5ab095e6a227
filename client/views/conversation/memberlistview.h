// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/permissions.h"

#include <QWidget>

class QAbstractItemModel;
class QLabel;
class QMenu;
class QModelIndex;

namespace rookery::client {

class ListView;
class SpokenMembers;

/// Who is in the room, live. Knows a model with the roles of Chat::MemberRole.
class MemberListView : public QWidget
{
    Q_OBJECT
public:
    explicit MemberListView(QWidget *parent = nullptr);

    /// Not owned; may be nullptr.
    void setModel(QAbstractItemModel *members);
    /// The menu of the user's own row offers no direct message.
    void setOwnId(const QString &userId) { m_ownId = userId; }
    /// What the user is in the room: decides which roles can be given.
    void setActor(const Actor &actor) { m_actor = actor; }
    /// Presence is shown only while there is a connection.
    void setLive(bool live);
    /// Of those who are listed or, in a large room, as the server counts them.
    int memberCount() const;
    int onlineCount() const;
    /// Who is blocked, in a model with the roles of Chat::MemberRole. Not owned.
    void setBlocked(const QAbstractItemModel *blocked) { m_blocked = blocked; }
    ListView *list() const { return m_list; }

Q_SIGNALS:
    void directRequested(const QString &userName);
    void blockRequested(const QString &userId, const QString &userName);
    void unblockRequested(const QString &userId, const QString &userName);
    void roleRequested(const QString &userId, const QString &userName, rookery::Role role);
    void countsChanged();

private:
    void showMenu(const QModelIndex &index, const QPoint &place);
    void addRoles(QMenu *menu, const QModelIndex &index);
    void recount();

    SpokenMembers *m_members;
    QLabel *m_heading;
    ListView *m_list;
    const QAbstractItemModel *m_blocked = nullptr;
    QString m_ownId;
    Actor m_actor;
};

} // namespace rookery::client
