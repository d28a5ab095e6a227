// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/views/conversation/memberlistview.h"

#include "client/session/chat.h"
#include "client/timeline/layout/rowstyle.h"
#include "client/views/widgets/listview.h"
#include "client/views/widgets/plaintext.h"

#include <QApplication>
#include <QClipboard>
#include <QIdentityProxyModel>
#include <QMenu>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include <algorithm>

namespace rookery::client {

class SpokenMembers : public QIdentityProxyModel
{
public:
    using QIdentityProxyModel::QIdentityProxyModel;

    void setLive(bool live)
    {
        if (live == m_isLive)
            return;
        m_isLive = live;
        if (rowCount() > 0)
            Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, 0));
    }

    QVariant data(const QModelIndex &index, int role) const override
    {
        if (role == Chat::OnlineRole && !m_isLive)
            return {};
        if (role != Qt::AccessibleTextRole && role != Qt::ToolTipRole)
            return QIdentityProxyModel::data(index, role);
        const QString name = QIdentityProxyModel::data(index, Qt::DisplayRole).toString();
        const bool online = QIdentityProxyModel::data(index, Chat::OnlineRole).toBool();
        const auto rank = Role(QIdentityProxyModel::data(index, Chat::RankRole).toInt());
        const QString who = rank == Role::Owner ? MemberListView::tr("%1, owner").arg(name)
            : rank == Role::Moderator           ? MemberListView::tr("%1, moderator").arg(name)
                                                : name;
        const QString spoken = !m_isLive ? who
            : online                     ? MemberListView::tr("%1, online").arg(who)
                                         : MemberListView::tr("%1, offline").arg(who);
        return role == Qt::ToolTipRole ? plainToolTip(spoken) : spoken;
    }

private:
    bool m_isLive = true;
};

namespace {

/// What stands beside the name of a moderator or an owner; empty for others.
QString badgeText(Role role, bool isShort)
{
    if (role == Role::Owner)
        return MemberListView::tr("Owner");
    if (role == Role::Moderator)
        return isShort ? MemberListView::tr("Mod") : MemberListView::tr("Moderator");
    return {};
}

class MemberDelegate : public QStyledItemDelegate
{
public:
    using QStyledItemDelegate::QStyledItemDelegate;

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const override
    {
        return QSize(option.fontMetrics.height() * 6, option.fontMetrics.height() * 9 / 4);
    }

    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        const Theme &theme = Theme::forPalette(option.palette);
        const int line = option.fontMetrics.height();
        const QString name = index.data(Qt::DisplayRole).toString();
        const QVariant presence = index.data(Chat::OnlineRole);
        const bool known = presence.isValid();
        const bool online = !known || presence.toBool();
        const QRect row = option.rect;
        const auto mirrored = [&](const QRect &rect) {
            return QStyle::visualRect(option.direction, row, rect);
        };
        painter->save();
        painter->setLayoutDirection(option.direction);
        painter->setRenderHint(QPainter::Antialiasing);
        const QRectF box = QRectF(row).adjusted(line / 2, 1, -line / 2, -1);
        const bool focused = option.state & QStyle::State_HasFocus;
        const bool over = option.state & QStyle::State_MouseOver;
        QColor ground = option.palette.color(QPalette::Window);
        if (focused || over) {
            ground = theme.hover;
            painter->setPen(Qt::NoPen);
            painter->setBrush(ground);
            painter->drawRoundedRect(box, 6, 6);
        }
        if (focused && (option.state & QStyle::State_KeyboardFocusChange)) {
            painter->setPen(QPen(theme.link, 2));
            painter->setBrush(Qt::NoBrush);
            painter->drawRoundedRect(box.adjusted(1, 1, -1, -1), 5, 5);
        }

        const int size = line * 3 / 2;
        const QRect avatar =
            mirrored(QRect(row.left() + line, row.top() + (row.height() - size) / 2, size, size));
        painter->setOpacity(online ? 1.0 : 0.55);
        paintAvatar(painter, avatar, name, theme, option.font);
        painter->setOpacity(1.0);

        // Online is a filled dot, offline a ring: told apart by shape, not by colour alone.
        const int dot = line * 5 / 8;
        const QRectF place =
            mirrored(QRect(row.left() + line + size - dot * 2 / 3, avatar.bottom() - dot * 2 / 3, dot, dot));
        painter->setPen(Qt::NoPen);
        painter->setBrush(ground);
        if (known)
            painter->drawEllipse(place.adjusted(-2, -2, 2, 2));
        if (!known) {
            // Neither: no mark at all.
        } else if (online) {
            painter->setBrush(theme.online);
            painter->drawEllipse(place);
        } else {
            painter->setPen(QPen(theme.muted, 1.6));
            painter->setBrush(ground);
            painter->drawEllipse(place.adjusted(1, 1, -1, -1));
        }

        const int left = row.left() + line + size + line * 2 / 3;
        const int right = row.right() - line / 2;
        const int taken = paintBadge(painter, option, QRect(left, row.top(), right - left, row.height()),
            Role(index.data(Chat::RankRole).toInt()));
        const QRect text = mirrored(QRect(left, row.top(), std::max(0, right - taken - left), row.height()));
        painter->setFont(option.font);
        painter->setPen(online ? theme.text : theme.muted);
        paintLine(painter, text, name);
        painter->restore();
    }

private:
    /// At the end of this space, which the name has the rest of; answers how much of it is taken.
    static int paintBadge(
        QPainter *painter, const QStyleOptionViewItem &option, const QRect &space, Role role)
    {
        const Theme &theme = Theme::forPalette(option.palette);
        QFont font = option.font;
        font.setPointSizeF(font.pointSizeF() * 0.78);
        const QFontMetrics metrics(font);
        const int pad = metrics.height() / 2;
        const int name = option.fontMetrics.averageCharWidth() * 9; // so much is left to the name
        const QString whole = badgeText(role, false);
        const QString words = metrics.horizontalAdvance(whole) + 2 * pad + name <= space.width()
            ? whole
            : badgeText(role, true);
        if (words.isEmpty())
            return 0;
        const QSize size(metrics.horizontalAdvance(words) + 2 * pad, metrics.height() + 4);
        const QRect place = QStyle::visualRect(option.direction, option.rect,
            QRect(QPoint(space.right() - pad - size.width(), space.center().y() - size.height() / 2 + 1),
                size));
        painter->setPen(QPen(theme.border, 1));
        painter->setBrush(option.palette.color(QPalette::Window));
        painter->drawRoundedRect(
            QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), size.height() / 2.0, size.height() / 2.0);
        painter->setFont(font);
        painter->setPen(theme.muted);
        painter->drawText(place, Qt::AlignCenter | Qt::TextSingleLine, words);
        return size.width() + 2 * pad;
    }
};

} // namespace

MemberListView::MemberListView(QWidget *parent)
    : QWidget(parent)
    , m_members(new SpokenMembers(this))
    , m_heading(plainLabel(this))
    , m_list(new ListView(this))
{
    setAutoFillBackground(true);
    scaleFont(m_heading, 0.87, true);
    m_heading->setForegroundRole(QPalette::PlaceholderText);
    m_heading->setContentsMargins(16, 16, 8, 4);
    m_list->setModel(m_members);
    m_list->setUniformItemSizes(true);
    m_list->setItemDelegate(new MemberDelegate(m_list));
    m_list->setAccessibleName(tr("Members"));
    m_list->viewport()->setBackgroundRole(QPalette::Window);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_heading);
    layout->addWidget(m_list, 1);

    connect(m_list, &ListView::menuRequested, this, &MemberListView::showMenu);
    connect(m_list, &ListView::activated, this, [this](const QModelIndex &index) {
        if (index.data(Chat::UserIdRole).toString() != m_ownId)
            Q_EMIT directRequested(index.data(Qt::DisplayRole).toString());
    });
    for (const auto signal : {&QAbstractItemModel::rowsInserted, &QAbstractItemModel::rowsRemoved})
        connect(m_members, signal, this, &MemberListView::recount);
    connect(m_members, &QAbstractItemModel::modelReset, this, &MemberListView::recount);
    connect(m_members, &QAbstractItemModel::dataChanged, this, &MemberListView::recount);
    connect(m_members, &QAbstractItemModel::headerDataChanged, this, &MemberListView::recount);
    recount();
}

void MemberListView::setModel(QAbstractItemModel *members)
{
    if (members == m_members->sourceModel())
        return;
    m_members->setSourceModel(members);
    recount();
}

void MemberListView::setLive(bool live)
{
    m_members->setLive(live);
}

int MemberListView::memberCount() const
{
    const QVariant all = m_members->headerData(0, Qt::Horizontal, Chat::MemberCountRole);
    return all.isValid() ? std::max(all.toInt(), m_members->rowCount()) : m_members->rowCount();
}

int MemberListView::onlineCount() const
{
    const QVariant all = m_members->headerData(0, Qt::Horizontal, Chat::OnlineCountRole);
    if (all.isValid())
        return all.toInt();
    int online = 0;
    for (int row = 0; row < m_members->rowCount(); ++row)
        online += m_members->index(row, 0).data(Chat::OnlineRole).toBool() ? 1 : 0;
    return online;
}

void MemberListView::recount()
{
    // None are known offline from the start; a room without any is never shown.
    const int members = memberCount();
    m_heading->setText(members > 0 ? tr("Members (%n)", nullptr, members) : tr("Members"));
    Q_EMIT countsChanged();
}

void MemberListView::addRoles(QMenu *menu, const QModelIndex &index)
{
    const auto rank = Role(index.data(Chat::RankRole).toInt());
    // Nobody changes an owner.
    const bool mayRemove =
        may(m_actor, rank == Role::Moderator ? Action::RemoveModerators : Action::RemoveMembers);
    if (!mayRemove || !isMember(rank) || rank == Role::Owner)
        return;
    const QString name = index.data(Qt::DisplayRole).toString();
    const QString id = index.data(Chat::UserIdRole).toString();
    const auto add = [&](const QString &words, Role role) {
        connect(menu->addAction(words), &QAction::triggered, this,
            [this, id, name, role] { Q_EMIT roleRequested(id, name, role); });
    };
    menu->addSeparator();
    const bool maySet = may(m_actor, Action::SetRoles);
    if (maySet && rank != Role::Moderator)
        add(tr("Make moderator"), Role::Moderator);
    if (maySet && rank != Role::Member)
        add(tr("Make ordinary member"), Role::Member);
    if (maySet)
        add(tr("Make owner…"), Role::Owner);
    add(tr("Remove from the room…"), Role::None);
    add(tr("Ban from the room…"), Role::Banned);
    menu->addSeparator();
}

void MemberListView::showMenu(const QModelIndex &index, const QPoint &place)
{
    const QString name = index.data(Qt::DisplayRole).toString();
    const QString id = index.data(Chat::UserIdRole).toString();
    auto *menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const bool isOther = id != m_ownId;
    if (isOther)
        connect(menu->addAction(tr("Direct message")), &QAction::triggered, this,
            [this, name] { Q_EMIT directRequested(name); });
    connect(menu->addAction(tr("Copy name")), &QAction::triggered, this,
        [name] { QApplication::clipboard()->setText(name); });
    if (isOther)
        addRoles(menu, index);
    if (isOther && isListed(m_blocked, Chat::UserIdRole, id))
        connect(menu->addAction(tr("Un&block %1").arg(actionName(this, name))), &QAction::triggered, this,
            [this, id, name] { Q_EMIT unblockRequested(id, name); });
    else if (isOther)
        connect(menu->addAction(tr("&Block %1…").arg(actionName(this, name))), &QAction::triggered, this,
            [this, id, name] { Q_EMIT blockRequested(id, name); });
    menu->popup(place);
}

} // namespace rookery::client
