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
    const Row &row = m_rows.at(index.row());
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

void RoomListModel::setRooms(const QList<Room> &rooms)
{
    beginResetModel();
    m_rows.clear();
    m_rows.reserve(rooms.size());
    for (const Room &room : rooms)
        m_rows.append({room, title(room)});
    std::sort(m_rows.begin(), m_rows.end(), [this](const Row &a, const Row &b) { return isBefore(a, b); });
    endResetModel();
}

void RoomListModel::upsert(const Room &room)
{
    Row row{room, title(room)};
    const auto before = [this](const Row &a, const Row &b) { return isBefore(a, b); };
    const int from = rowOf(room.id);
    if (from < 0) {
        const auto place = std::upper_bound(m_rows.begin(), m_rows.end(), row, before);
        const int to = int(place - m_rows.begin());
        beginInsertRows({}, to, to);
        m_rows.insert(to, std::move(row));
        endInsertRows();
        return;
    }

    Row &old = m_rows[from];
    row.unread = old.unread;
    const bool moves = old.title != row.title || group(old.room) != group(row.room);
    const bool looksOther = moves || old.room.kind != row.room.kind;
    if (moves) {
        int to = 0;
        for (int i = 0; i < m_rows.size(); ++i) {
            if (i != from && isBefore(m_rows.at(i), row))
                ++to;
        }
        if (to != from) {
            beginMoveRows({}, from, from, {}, to > from ? to + 1 : to);
            m_rows.move(from, to);
            m_rows[to] = std::move(row);
            endMoveRows();
            Q_EMIT dataChanged(index(to), index(to));
            return;
        }
    }
    m_rows[from] = std::move(row);
    if (looksOther)
        Q_EMIT dataChanged(index(from), index(from));
}

void RoomListModel::remove(const QString &roomId)
{
    const int row = rowOf(roomId);
    if (row < 0)
        return;
    beginRemoveRows({}, row, row);
    m_rows.removeAt(row);
    endRemoveRows();
}

void RoomListModel::setUnread(const QString &roomId, qint64 unread)
{
    const int row = rowOf(roomId);
    if (row < 0 || m_rows.at(row).unread == unread)
        return;
    m_rows[row].unread = unread;
    Q_EMIT dataChanged(index(row), index(row), {m_roles.unread});
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

int RoomListModel::rowOf(const QString &roomId) const
{
    for (int row = 0; row < m_rows.size(); ++row) {
        if (m_rows.at(row).room.id == roomId)
            return row;
    }
    return -1;
}

} // namespace rookery::client
