// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "common/invitation.h"

#include <QAbstractListModel>

namespace rookery::client {

/// The rooms that the user is invited into and has not answered, the newest first. Qt::DisplayRole is the
/// room's name.
class InvitationModel : public QAbstractListModel
{
    Q_OBJECT
public:
    struct Roles
    {
        int roomId;
        int inviter; ///< name
    };
    explicit InvitationModel(Roles roles, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QHash<int, QByteArray> roleNames() const override;

    /// What is said of the same invitations changes in place.
    void set(const QList<Invitation> &invitations);
    /// One more, or another one to the same room. Past a bound the oldest goes.
    void add(const Invitation &invitation);
    void remove(const QString &roomId);

private:
    int rowOf(const QString &roomId) const;

    Roles m_roles;
    QList<Invitation> m_rows;
};

} // namespace rookery::client
