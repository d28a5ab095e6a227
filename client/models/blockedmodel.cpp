// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/models/blockedmodel.h"

#include "client/models/collation.h"
#include "common/printable.h"

#include <algorithm>
#include <utility>

namespace rookery::client {

BlockedModel::BlockedModel(int userIdRole, QObject *parent)
    : QAbstractListModel(parent)
    , m_userIdRole(userIdRole)
{ }

int BlockedModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

QVariant BlockedModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const User &row = m_rows.at(index.row());
    if (role == Qt::DisplayRole)
        return printableLine(row.name);
    return role == m_userIdRole ? QVariant(row.id) : QVariant();
}

QHash<int, QByteArray> BlockedModel::roleNames() const
{
    auto names = QAbstractListModel::roleNames();
    names.insert(m_userIdRole, "userId");
    return names;
}

void BlockedModel::set(QList<User> users)
{
    const Collation order;
    std::sort(users.begin(), users.end(),
        [&order](const User &a, const User &b) { return order.compare(a.name, b.name) < 0; });
    users.resize(std::min(users.size(), mostRows));
    if (users == m_rows)
        return;
    beginResetModel();
    m_rows = std::move(users);
    endResetModel();
}

} // namespace rookery::client
