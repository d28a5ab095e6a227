// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QIdentityProxyModel>
#include <QPointer>
#include <QWidget>

class QLabel;
class QMenu;

namespace rookery::client {

class ListView;

/// Below the rooms: what one is invited into, while there is anything. Return, a click or the menu key on a
/// row offers what can be done about it. Knows a model with the roles of Chat::InvitationRole.
class InvitationListView : public QWidget
{
    Q_OBJECT
public:
    explicit InvitationListView(QWidget *parent = nullptr);

    /// Not owned.
    void setModel(QAbstractItemModel *invitations);
    ListView *list() const { return m_list; }
    /// The one that is open.
    QMenu *menu() const;

Q_SIGNALS:
    void accepted(const QString &roomId);
    /// `block`: no more invitations from this inviter.
    void declined(const QString &roomId, const QString &inviter, bool block);
    /// The menu has been opened; it follows the model.
    void opened();

protected:
    void changeEvent(QEvent *event) override;

private:
    void showMenu(const QModelIndex &index, const QPoint &place);
    void fit();

    QIdentityProxyModel *m_invitations;
    QLabel *m_heading;
    ListView *m_list;
    QPointer<QMenu> m_menu;
};

} // namespace rookery::client
