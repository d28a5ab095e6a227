// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/messages.h"

#include <QAbstractListModel>

namespace rookery::client {

/// The people whom the user has blocked, by name. Qt::DisplayRole is the name.
class BlockedModel : public QAbstractListModel
{
    Q_OBJECT
public:
    /// More of them are not kept.
    static constexpr qsizetype mostRows = 5'000;

    explicit BlockedModel(int userIdRole, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QHash<int, QByteArray> roleNames() const override;

    void set(QList<User> users);

private:
    int m_userIdRole;
    QList<User> m_rows;
};

} // namespace rookery::client
