// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/conversation/invitationlistview.h"

#include "client/session/chat.h"
#include "client/views/widgets/listview.h"
#include "client/views/widgets/plaintext.h"
#include "client/views/widgets/roomdelegate.h"

#include <QEvent>
#include <QLabel>
#include <QMenu>
#include <QVBoxLayout>

#include <algorithm>

namespace rookery::client {

namespace {

/// More of them are scrolled, so that the rooms keep their place.
constexpr int mostRowsInSight = 3;

/// Adds the sentences: who invites into what.
class SpokenInvitations : public QIdentityProxyModel
{
public:
    using QIdentityProxyModel::QIdentityProxyModel;

    QVariant data(const QModelIndex &index, int role) const override
    {
        if (role == Chat::RoomKindRole)
            return int(RoomKind::Private);
        if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole && role != Qt::ToolTipRole)
            return QIdentityProxyModel::data(index, role);
        const QString room = QIdentityProxyModel::data(index, Qt::DisplayRole).toString();
        const QString inviter = QIdentityProxyModel::data(index, Chat::InviterRole).toString();
        if (role == Qt::DisplayRole)
            return InvitationListView::tr("%1, from %2").arg(room, inviter);
        const QString sentence = InvitationListView::tr("%2 invites you to %1").arg(room, inviter);
        return role == Qt::ToolTipRole ? plainToolTip(sentence) : sentence;
    }
};

} // namespace

InvitationListView::InvitationListView(QWidget *parent)
    : QWidget(parent)
    , m_invitations(new SpokenInvitations(this))
    , m_heading(plainLabel(this))
    , m_list(new ListView(this))
{
    m_heading->setText(tr("Invitations"));
    m_heading->setContentsMargins(fontMetrics().height(), 6, 8, 2);
    scaleFont(m_heading, 0.87, true);
    m_heading->setForegroundRole(QPalette::PlaceholderText);
    m_list->setModel(m_invitations);
    m_list->setAccessibleName(tr("Invitations"));
    m_list->setUniformItemSizes(true);
    m_list->setItemDelegate(new RoomDelegate(false, m_list));
    m_list->viewport()->setBackgroundRole(QPalette::Window);

    const auto open = [this](const QModelIndex &index) {
        showMenu(index, m_list->viewport()->mapToGlobal(m_list->visualRect(index).center()));
    };
    connect(m_list, &ListView::clicked, this, open);
    connect(m_list, &ListView::activated, this, open);
    connect(m_list, &ListView::menuRequested, this, &InvitationListView::showMenu);
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(m_invitations, signal, this, &InvitationListView::fit);
    connect(m_invitations, &QAbstractItemModel::modelReset, this, &InvitationListView::fit);

    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 4);
    layout->setSpacing(2);
    layout->addWidget(m_heading);
    layout->addWidget(m_list);
    fit();
}

void InvitationListView::setModel(QAbstractItemModel *invitations)
{
    m_invitations->setSourceModel(invitations);
    fit();
}

QMenu *InvitationListView::menu() const
{
    return m_menu;
}

void InvitationListView::fit()
{
    const int rows = m_invitations->sourceModel() ? m_invitations->rowCount() : 0;
    if (rows > 0) {
        const int height = std::max(m_list->sizeHintForRow(0), fontMetrics().height());
        m_list->setFixedHeight(height * std::min(rows, mostRowsInSight) + 2);
    }
    // The last one is answered: the keyboard must not go to whatever comes next.
    if (rows == 0 && m_list->hasFocus())
        m_list->clearFocus();
    setVisible(rows > 0);
}

void InvitationListView::showMenu(const QModelIndex &index, const QPoint &place)
{
    if (m_menu || !index.isValid())
        return;
    const QString roomId = index.data(Chat::InvitedRoomRole).toString();
    const QString inviter = index.data(Chat::InviterRole).toString();
    m_menu = new QMenu(this);
    m_menu->setAttribute(Qt::WA_DeleteOnClose);
    QAction *accept = m_menu->addAction(QString());
    const auto nameIt = [this, accept, row = QPersistentModelIndex(m_invitations->mapToSource(index))] {
        if (row.isValid())
            accept->setText(
                tr("&Accept and join %1").arg(actionName(this, row.data(Qt::DisplayRole).toString())));
    };
    nameIt();
    connect(accept, &QAction::triggered, this, [this, roomId] { Q_EMIT accepted(roomId); });
    connect(m_invitations, &QAbstractItemModel::dataChanged, accept, nameIt);
    const auto decline = [this, roomId, inviter](const QString &text, bool block) {
        connect(m_menu->addAction(text), &QAction::triggered, this,
            [this, roomId, inviter, block] { Q_EMIT declined(roomId, inviter, block); });
    };
    decline(tr("&Decline"), false);
    decline(tr("Decline and &refuse further invitations from %1").arg(actionName(this, inviter)), true);
    m_menu->popup(place);
    Q_EMIT opened();
}

void InvitationListView::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        fit();
}

} // namespace rookery::client
