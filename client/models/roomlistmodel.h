// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/models/collation.h"
#include "common/messages.h"

#include <QAbstractListModel>
#include <QHash>

#include <memory>
#include <vector>

namespace rookery::client {

/// The rooms of the user in the order in which they are shown: the lobby, then rooms by name, then direct
/// messages by the other's name. Qt::DisplayRole is what to call the room.
class RoomListModel : public QAbstractListModel
{
    Q_OBJECT
public:
    struct Roles
    {
        int id;
        int kind; ///< RoomKind as int
        int unread; ///< the number of messages
    };
    /// `selfId` decides who the other one is in a direct room.
    RoomListModel(Roles roles, const QString &selfId, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QHash<int, QByteArray> roleNames() const override;

    /// All at once. `unread` is by room; 0 where it has none.
    void setRooms(const QList<Room> &rooms, const QHash<QString, qint64> &unread = {});
    /// Adds the room, or updates and moves it.
    void upsert(const Room &room);
    void remove(const QString &roomId);
    void setUnread(const QString &roomId, qint64 unread);

    QString title(const Room &room) const;

private:
    struct Row
    {
        Room room;
        QString title;
        qint64 unread = 0;
    };
    bool isBefore(const Row &a, const Row &b) const;
    /// Where the row is, or would be.
    int placeOf(const Row &row) const;
    int rowOf(const QString &roomId) const;

    Roles m_roles;
    QString m_selfId;
    Collation m_collation;
    std::vector<std::unique_ptr<Row>> m_rows; ///< in order
    QHash<QString, Row *> m_byId;
};

} // namespace rookery::client
