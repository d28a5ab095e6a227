// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/models/invitationmodel.h"

#include "common/printable.h"

#include <algorithm>

namespace rookery::client {

namespace {

/// Nobody reads more of them at once, and a server must not fill the memory.
constexpr qsizetype mostRows = 200;

} // namespace

InvitationModel::InvitationModel(Roles roles, QObject *parent)
    : QAbstractListModel(parent)
    , m_roles(roles)
{ }

int InvitationModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

QVariant InvitationModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Invitation &row = m_rows.at(index.row());
    if (role == Qt::DisplayRole)
        return printableLine(row.roomName);
    if (role == m_roles.roomId)
        return row.roomId;
    if (role == m_roles.inviter)
        return printableLine(row.inviter.name);
    return {};
}

QHash<int, QByteArray> InvitationModel::roleNames() const
{
    auto names = QAbstractListModel::roleNames();
    names.insert(m_roles.roomId, "roomId");
    names.insert(m_roles.inviter, "inviter");
    return names;
}

void InvitationModel::set(const QList<Invitation> &invitations)
{
    const QList<Invitation> rows = invitations.first(std::min(invitations.size(), mostRows));
    if (rows == m_rows)
        return;
    const bool areSame = std::equal(rows.begin(), rows.end(), m_rows.begin(), m_rows.end(),
        [](const Invitation &one, const Invitation &other) { return one.roomId == other.roomId; });
    if (areSame) {
        m_rows = rows;
        Q_EMIT dataChanged(index(0), index(int(m_rows.size()) - 1));
        return;
    }
    beginResetModel();
    m_rows = rows;
    endResetModel();
}

void InvitationModel::add(const Invitation &invitation)
{
    remove(invitation.roomId);
    if (m_rows.size() == mostRows)
        remove(QString(m_rows.constLast().roomId));
    beginInsertRows({}, 0, 0);
    m_rows.prepend(invitation);
    endInsertRows();
}

void InvitationModel::remove(const QString &roomId)
{
    const int row = rowOf(roomId);
    if (row < 0)
        return;
    beginRemoveRows({}, row, row);
    m_rows.removeAt(row);
    endRemoveRows();
}

int InvitationModel::rowOf(const QString &roomId) const
{
    for (int row = 0; row < m_rows.size(); ++row) {
        if (m_rows.at(row).roomId == roomId)
            return row;
    }
    return -1;
}

} // namespace rookery::client
