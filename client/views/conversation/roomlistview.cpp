// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/conversation/roomlistview.h"

#include "client/session/chat.h"
#include "client/views/conversation/invitationlistview.h"
#include "client/views/widgets/glyphs.h"
#include "client/views/widgets/listview.h"
#include "client/views/widgets/plaintext.h"
#include "client/views/widgets/roomdelegate.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QMenu>
#include <QToolButton>

namespace rookery::client {

namespace {

/// Adds what the model leaves to the views: what a screen reader says, and the whole of a name that is cut
/// off.
class SpokenRooms : public QIdentityProxyModel
{
public:
    using QIdentityProxyModel::QIdentityProxyModel;

    QVariant data(const QModelIndex &index, int role) const override
    {
        if (role != Qt::AccessibleTextRole && role != Qt::ToolTipRole)
            return QIdentityProxyModel::data(index, role);
        const QString title = QIdentityProxyModel::data(index, Qt::DisplayRole).toString();
        if (role == Qt::ToolTipRole)
            return plainToolTip(title);
        const int unread = QIdentityProxyModel::data(index, Chat::UnreadRole).toInt();
        return unread > 0 ? RoomListView::tr("%1, %n unread", nullptr, unread).arg(title) : title;
    }
};

} // namespace

RoomListView::RoomListView(QWidget *parent)
    : QWidget(parent)
    , m_rooms(new SpokenRooms(this))
    , m_list(new ListView(this))
    , m_invitations(new InvitationListView(this))
    , m_account(new QToolButton(this))
{
    setAutoFillBackground(true);
    m_account->setIcon(glyphIcon(Glyph::Menu));
    m_account->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_account->setPopupMode(QToolButton::InstantPopup);
    m_account->setAutoRaise(true);
    m_account->setFocusPolicy(Qt::StrongFocus);
    m_account->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);

    const auto button = [this](Glyph glyph, const QString &name) {
        auto *made = new QToolButton(this);
        made->setIcon(glyphIcon(glyph));
        made->setAutoRaise(true);
        made->setFocusPolicy(Qt::StrongFocus);
        made->setAccessibleName(name);
        made->setToolTip(name);
        return made;
    };
    QToolButton *join = button(Glyph::Plus, tr("Join or create a room"));
    QToolButton *direct = button(Glyph::Message, tr("New direct message"));
    connect(join, &QToolButton::clicked, this, &RoomListView::joinRequested);
    connect(direct, &QToolButton::clicked, this, &RoomListView::directRequested);

    // Before the list hears of it: that it goes to a neighbour of its own accord is not the person's choice.
    connect(m_rooms, &QAbstractItemModel::rowsAboutToBeRemoved, this, [this] { m_marking = true; });
    m_list->setModel(m_rooms);
    m_list->setItemDelegate(new RoomDelegate(true, m_list));
    m_list->setAccessibleName(tr("Rooms"));
    m_list->viewport()->setBackgroundRole(QPalette::Window);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this,
        [this](const QModelIndex &index) {
            const QString id = index.data(Chat::RoomIdRole).toString();
            if (m_marking || id.isEmpty() || id == m_current)
                return;
            m_current = id;
            Q_EMIT roomChosen(id);
        });
    const auto enter = [this](const QModelIndex &index) {
        Q_EMIT roomEntered(index.data(Chat::RoomIdRole).toString());
    };
    connect(m_list, &ListView::clicked, this, enter);
    connect(m_list, &ListView::activated, this, enter);
    connect(m_list, &ListView::menuRequested, this, &RoomListView::showMenu);

    // A model that starts anew loses the list's current row, not which room is looked at; and the headings
    // stand with whichever row is the first of its kind.
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(m_rooms, signal, this, &RoomListView::mark);
    connect(m_rooms, &QAbstractItemModel::modelReset, this, &RoomListView::mark);
    connect(m_rooms, &QAbstractItemModel::rowsMoved, this, &RoomListView::mark);
    connect(m_rooms, &QAbstractItemModel::layoutChanged, this, &RoomListView::mark);

    auto *top = new QHBoxLayout;
    top->setContentsMargins(8, 8, 8, 4);
    top->setSpacing(2);
    top->addWidget(m_account, 1);
    top->addWidget(direct);
    top->addWidget(join);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addLayout(top);
    layout->addWidget(m_list, 1);
    layout->addWidget(m_invitations);
    setTabOrder(m_account, direct);
    setTabOrder(direct, join);
    setTabOrder(join, m_list);
    setTabOrder(m_list, m_invitations->list());
}

void RoomListView::setModel(QAbstractItemModel *rooms)
{
    m_rooms->setSourceModel(rooms);
    mark();
}

QAbstractItemModel *RoomListView::model() const
{
    return m_rooms;
}

void RoomListView::setAccount(const QString &name, QMenu *menu)
{
    m_ownName = name;
    m_account->setText(plainAction(name));
    m_account->setAccessibleName(tr("Menu, logged in as %1").arg(name));
    m_account->setToolTip(plainToolTip(name));
    m_account->setMenu(menu);
}

QModelIndex RoomListView::indexOf(const QString &roomId) const
{
    for (int row = 0; row < m_rooms->rowCount(); ++row) {
        const QModelIndex index = m_rooms->index(row, 0);
        if (index.data(Chat::RoomIdRole).toString() == roomId)
            return index;
    }
    return {};
}

void RoomListView::setCurrentRoom(const QString &roomId)
{
    m_current = roomId;
    mark();
}

void RoomListView::mark()
{
    m_marking = true;
    const QModelIndex index = m_current.isEmpty() ? QModelIndex() : indexOf(m_current);
    if (m_list->currentIndex() != index || (index.isValid() && !m_list->selectionModel()->isSelected(index)))
        m_list->setCurrentIndex(index);
    if (!index.isValid())
        m_list->clearSelection();
    m_list->relayout();
    m_marking = false;
}

int RoomListView::unread() const
{
    int sum = 0;
    for (int row = 0; row < model()->rowCount(); ++row)
        sum += model()->index(row, 0).data(Chat::UnreadRole).toInt();
    return sum;
}

QString RoomListView::neighbour(int step, bool unreadOnly) const
{
    const int count = m_rooms->rowCount();
    if (count == 0)
        return {};
    const QModelIndex current = indexOf(m_current);
    int row = current.isValid() ? current.row() : step > 0 ? -1 : count;
    for (int tries = 0; tries < count; ++tries) {
        row = (row + step + count) % count;
        const QModelIndex index = m_rooms->index(row, 0);
        if (!unreadOnly || index.data(Chat::UnreadRole).toInt() > 0)
            return index.data(Chat::RoomIdRole).toString();
    }
    return {};
}

void RoomListView::showMenu(const QModelIndex &index, const QPoint &place)
{
    const QString id = index.data(Chat::RoomIdRole).toString();
    const QString title = index.data(Qt::DisplayRole).toString();
    const bool isDirect = RoomKind(index.data(Chat::RoomKindRole).toInt()) == RoomKind::Direct;
    if (isDirect && title == m_ownName)
        return;
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    if (isDirect) {
        // Nobody can be invited to it, and nobody can leave it.
        if (isListed(m_blocked, Qt::DisplayRole, title))
            connect(menu->addAction(tr("Un&block %1").arg(actionName(this, title))), &QAction::triggered,
                this, [this, title] { Q_EMIT unblockRequested(title); });
        else
            connect(menu->addAction(tr("&Block %1…").arg(actionName(this, title))), &QAction::triggered, this,
                [this, title] { Q_EMIT blockRequested(title); });
        menu->popup(place);
        return;
    }
    connect(menu->addAction(tr("Invite somebody…")), &QAction::triggered, this,
        [this, id] { Q_EMIT inviteRequested(id); });
    connect(menu->addAction(tr("Room settings…")), &QAction::triggered, this,
        [this, id] { Q_EMIT settingsRequested(id); });
    connect(
        menu->addAction(tr("Leave")), &QAction::triggered, this, [this, id] { Q_EMIT leaveRequested(id); });
    menu->popup(place);
}

void RoomListView::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        m_list->relayout();
}

} // namespace rookery::client
