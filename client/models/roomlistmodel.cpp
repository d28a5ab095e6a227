// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/models/roomlistmodel.h"

#include "common/printable.h"

#include <algorithm>

namespace rookery::client {

namespace {

int group(const Room &room)
{
    if (room.kind == RoomKind::Direct)
        return 2;
    return room.kind == RoomKind::Public && room.name == lobbyName ? 0 : 1;
}

} // namespace

RoomListModel::RoomListModel(Roles roles, const QString &selfId, QObject *parent)
    : QAbstractListModel(parent)
    , m_roles(roles)
    , m_selfId(selfId)
{ }

int RoomListModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

QVariant RoomListModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row &row = *m_rows[size_t(index.row())];
    if (role == Qt::DisplayRole)
        return row.title;
    if (role == m_roles.id)
        return row.room.id;
    if (role == m_roles.kind)
        return int(row.room.kind);
    if (role == m_roles.unread)
        return row.unread;
    return {};
}

QHash<int, QByteArray> RoomListModel::roleNames() const
{
    auto names = QAbstractListModel::roleNames();
    names.insert(m_roles.id, "roomId");
    names.insert(m_roles.kind, "kind");
    names.insert(m_roles.unread, "unread");
    return names;
}

void RoomListModel::setRooms(const QList<Room> &rooms, const QHash<QString, qint64> &unread)
{
    beginResetModel();
    m_rows.clear();
    m_byId.clear();
    m_rows.reserve(size_t(rooms.size()));
    for (const Room &room : rooms) {
        m_rows.push_back(std::make_unique<Row>(Row{room, title(room), unread.value(room.id)}));
        m_byId.insert(room.id, m_rows.back().get());
    }
    std::sort(
        m_rows.begin(), m_rows.end(), [this](const auto &a, const auto &b) { return isBefore(*a, *b); });
    endResetModel();
}

void RoomListModel::upsert(const Room &room)
{
    Row row{room, title(room)};
    const int from = rowOf(room.id);
    if (from < 0) {
        const int to = placeOf(row);
        beginInsertRows({}, to, to);
        const auto place = m_rows.insert(m_rows.begin() + to, std::make_unique<Row>(std::move(row)));
        m_byId.insert(room.id, place->get());
        endInsertRows();
        return;
    }

    Row &old = *m_rows[size_t(from)];
    row.unread = old.unread;
    const bool moves = old.title != row.title || group(old.room) != group(row.room);
    const bool looksOther = moves || old.room.kind != row.room.kind;
    const int place = moves ? placeOf(row) : from;
    const int to = place > from ? place - 1 : place;
    if (to != from) {
        beginMoveRows({}, from, from, {}, to > from ? to + 1 : to);
        auto moved = std::move(m_rows[size_t(from)]);
        m_rows.erase(m_rows.begin() + from);
        *moved = std::move(row);
        m_rows.insert(m_rows.begin() + to, std::move(moved));
        endMoveRows();
    } else {
        old = std::move(row);
    }
    if (looksOther)
        Q_EMIT dataChanged(index(to), index(to));
}

void RoomListModel::remove(const QString &roomId)
{
    const int row = rowOf(roomId);
    if (row < 0)
        return;
    beginRemoveRows({}, row, row);
    m_byId.remove(roomId);
    m_rows.erase(m_rows.begin() + row);
    endRemoveRows();
}

void RoomListModel::setUnread(const QString &roomId, qint64 unread)
{
    Row *row = m_byId.value(roomId);
    if (!row || row->unread == unread)
        return;
    row->unread = unread;
    const int place = placeOf(*row);
    Q_EMIT dataChanged(index(place), index(place), {m_roles.unread});
}

QString RoomListModel::title(const Room &room) const
{
    if (room.kind != RoomKind::Direct)
        return printableLine(room.name);
    for (const User &peer : room.peers) {
        if (peer.id != m_selfId)
            return printableLine(peer.name);
    }
    return printableLine(room.peers.isEmpty() ? room.name : room.peers.constFirst().name);
}

bool RoomListModel::isBefore(const Row &a, const Row &b) const
{
    if (group(a.room) != group(b.room))
        return group(a.room) < group(b.room);
    const int byTitle = m_collation.compare(a.title, b.title);
    return byTitle != 0 ? byTitle < 0 : a.room.id < b.room.id;
}

int RoomListModel::placeOf(const Row &row) const
{
    const auto place = std::lower_bound(m_rows.begin(), m_rows.end(), row,
        [this](const std::unique_ptr<Row> &each, const Row &other) { return isBefore(*each, other); });
    return int(place - m_rows.begin());
}

int RoomListModel::rowOf(const QString &roomId) const
{
    const Row *row = m_byId.value(roomId);
    return row ? placeOf(*row) : -1;
}

} // namespace rookery::client
