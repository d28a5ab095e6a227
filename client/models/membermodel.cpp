// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/models/membermodel.h"

#include "common/printable.h"

#include <algorithm>

namespace rookery::client {

namespace {

/// Up to here single changes are cheaper for a view than finding its place again after a reset.
constexpr int fewChanges = 32;

bool isGone(const Member &member)
{
    return !member.isMember() && !member.online;
}

} // namespace

MemberModel::MemberModel(Roles roles, QObject *parent)
    : QAbstractListModel(parent)
    , m_roles(roles)
{ }

int MemberModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_members.size());
}

QVariant MemberModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Member &member = m_members[size_t(index.row())];
    if (role == Qt::DisplayRole)
        return printableLine(member.user.name);
    if (role == m_roles.id)
        return member.user.id;
    if (role == m_roles.online)
        return member.online;
    if (role == m_roles.rank)
        return int(member.role);
    return {};
}

QHash<int, QByteArray> MemberModel::roleNames() const
{
    auto names = QAbstractListModel::roleNames();
    names.insert(m_roles.id, "userId");
    names.insert(m_roles.online, "online");
    return names;
}

QVariant MemberModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (section != 0 || orientation != Qt::Horizontal || !m_hasMore)
        return {};
    if (role == m_roles.count)
        return m_count;
    if (role == m_roles.onlineCount && m_online > 0)
        return m_online;
    return {};
}

bool MemberModel::canFetchMore(const QModelIndex &parent) const
{
    return !parent.isValid() && m_hasMore && !m_isFetching && qsizetype(m_members.size()) < mostMembers;
}

void MemberModel::fetchMore(const QModelIndex &parent)
{
    if (!canFetchMore(parent))
        return;
    m_isFetching = true;
    Q_EMIT moreWanted();
}

void MemberModel::setMore(bool more, qint64 count, qint64 online)
{
    m_hasMore = more;
    m_count = count;
    m_online = online;
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, 0);
}

const Member *MemberModel::find(const QString &userId) const
{
    const auto known = m_byUser.constFind(userId);
    return known == m_byUser.cend() ? nullptr : &*known;
}

void MemberModel::addMembers(const QList<Member> &members)
{
    m_isFetching = false;
    for (const Member &member : members)
        update(member);
}

void MemberModel::setMembers(const QList<Member> &members)
{
    m_isFetching = false;
    QHash<QString, Member> now;
    for (const Member &member : members) {
        if (!isGone(member) && now.size() < mostMembers)
            now.insert(member.user.id, member);
    }
    QList<Member> changes;
    QHash<QString, Member> added = now;
    for (const Member &old : m_members) {
        const auto it = added.find(old.user.id);
        if (it == added.end()) {
            changes.append(Member{old.user, Role::None, false});
        } else {
            if (*it != old)
                changes.append(*it);
            added.erase(it);
        }
    }
    changes.append(added.values());
    if (changes.size() <= fewChanges) {
        for (const Member &change : std::as_const(changes))
            update(change);
        return;
    }
    beginResetModel();
    m_members.assign(now.cbegin(), now.cend());
    m_byUser = now;
    std::sort(m_members.begin(), m_members.end(),
        [this](const Member &a, const Member &b) { return isBefore(a, b); });
    endResetModel();
}

void MemberModel::update(const Member &member)
{
    if (isGone(member)) {
        removeUser(member.user.id);
        return;
    }
    const auto before = [this](const Member &a, const Member &b) { return isBefore(a, b); };
    const int from = rowOf(member.user.id);
    if (from < 0) {
        if (qsizetype(m_members.size()) >= mostMembers)
            return;
        const int to =
            int(std::upper_bound(m_members.begin(), m_members.end(), member, before) - m_members.begin());
        beginInsertRows({}, to, to);
        m_members.insert(m_members.begin() + to, member);
        m_byUser.insert(member.user.id, member);
        endInsertRows();
        return;
    }
    if (m_members[size_t(from)] == member)
        return;
    int to = int(std::lower_bound(m_members.begin(), m_members.end(), member, before) - m_members.begin());
    if (to > from)
        --to; // it is not counted itself
    m_byUser.insert(member.user.id, member);
    if (to != from) {
        beginMoveRows({}, from, from, {}, to > from ? to + 1 : to);
        m_members.erase(m_members.begin() + from);
        m_members.insert(m_members.begin() + to, member);
        endMoveRows();
    } else {
        m_members[size_t(from)] = member;
    }
    Q_EMIT dataChanged(index(to), index(to));
}

bool MemberModel::isBefore(const Member &a, const Member &b) const
{
    if (a.online != b.online)
        return a.online;
    // Visitors stand among the members.
    const Role roleOfA = std::max(a.role, Role::Member);
    const Role roleOfB = std::max(b.role, Role::Member);
    if (roleOfA != roleOfB)
        return roleOfA > roleOfB;
    const int byName = m_collation.compare(a.user.name, b.user.name);
    return byName != 0 ? byName < 0 : a.user.id < b.user.id;
}

void MemberModel::removeUser(const QString &userId)
{
    const int row = rowOf(userId);
    if (row < 0)
        return;
    beginRemoveRows({}, row, row);
    m_members.erase(m_members.begin() + row);
    m_byUser.remove(userId);
    endRemoveRows();
}

int MemberModel::rowOf(const QString &userId) const
{
    const auto known = m_byUser.constFind(userId);
    if (known == m_byUser.cend())
        return -1;
    const auto it = std::lower_bound(m_members.begin(), m_members.end(), *known,
        [this](const Member &a, const Member &b) { return isBefore(a, b); });
    return int(it - m_members.begin());
}

} // namespace rookery::client
