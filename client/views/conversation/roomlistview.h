// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIdentityProxyModel>
#include <QWidget>

class QMenu;
class QToolButton;

namespace rookery::client {

class InvitationListView;
class ListView;

/// The side bar: the rooms of the user and how to get into others. Knows a model with the roles of
/// Chat::RoomRole.
class RoomListView : public QWidget
{
    Q_OBJECT
public:
    explicit RoomListView(QWidget *parent = nullptr);

    /// Not owned.
    void setModel(QAbstractItemModel *rooms);
    QAbstractItemModel *model() const;
    /// What the menu button at the top opens, and who is logged in.
    void setAccount(const QString &name, QMenu *menu);

    /// As MemberListView::setBlocked().
    void setBlocked(const QAbstractItemModel *blocked) { m_blocked = blocked; }

    QString currentRoom() const { return m_current; }
    /// Marks the room; does not ask for it.
    void setCurrentRoom(const QString &roomId);
    QModelIndex indexOf(const QString &roomId) const;
    /// The room `step` rows on from the current one, going round; only unread ones where asked. Empty if
    /// none.
    QString neighbour(int step, bool unreadOnly) const;
    /// Messages, in all rooms together.
    int unread() const;

    ListView *list() const { return m_list; }
    /// Below the rooms, so that one that comes moves none of them.
    InvitationListView *invitations() const { return m_invitations; }

Q_SIGNALS:
    void roomChosen(const QString &roomId);
    /// By Return or by mouse: the person wants to write there.
    void roomEntered(const QString &roomId);
    void joinRequested();
    void directRequested();
    void inviteRequested(const QString &roomId);
    void leaveRequested(const QString &roomId);
    void settingsRequested(const QString &roomId);
    /// Of the other one in a direct conversation.
    void blockRequested(const QString &userName);
    void unblockRequested(const QString &userName);

protected:
    void changeEvent(QEvent *event) override;

private:
    void showMenu(const QModelIndex &index, const QPoint &place);
    void mark();

    QIdentityProxyModel *m_rooms;
    ListView *m_list;
    InvitationListView *m_invitations;
    QToolButton *m_account;
    const QAbstractItemModel *m_blocked = nullptr;
    QString m_ownName;
    QString m_current;
    bool m_marking = false;
};

} // namespace rookery::client
