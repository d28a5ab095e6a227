// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/models/collation.h"
#include "common/messages.h"

#include <QAbstractListModel>
#include <QHash>

#include <vector>

namespace rookery::client {

/// Who is in one room: members, and visitors as long as they are online. Sorted by presence (online first), by
/// role (owners, moderators, members, visitors) and by name, which is Qt::DisplayRole. Of a large room only
/// those that have been asked for are here: fetchMore() asks for more of them.
class MemberModel : public QAbstractListModel
{
    Q_OBJECT
public:
    /// Of a room with more members not all are shown (THREATS.md 44).
    static constexpr qsizetype mostMembers = 50'000;

    struct Roles
    {
        int id;
        int online; ///< bool
        int count = -1; ///< of all members, in headerData(0, Qt::Horizontal); invalid where all are rows
        int onlineCount = -1; ///< the same for users online
        int rank = -1; ///< Role as int
    };
    explicit MemberModel(Roles roles, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QHash<int, QByteArray> roleNames() const override;

    /// The room as it is now. Few differences from what is shown come as changes of rows, many as a reset.
    void setMembers(const QList<Member> &members);
    /// Some more of the members.
    void addMembers(const QList<Member> &members);
    void endFetch() { m_isFetching = false; }
    /// Whether there are more than these: how many are members and how many online. `online` 0: not known.
    void setMore(bool more, qint64 count = 0, qint64 online = 0);
    /// The new state of one user, who is gone if neither member nor online.
    void update(const Member &member);
    /// Null where nothing is known of the user. Good until the next change.
    const Member *find(const QString &userId) const;

    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    bool canFetchMore(const QModelIndex &parent) const override;
    void fetchMore(const QModelIndex &parent) override;

Q_SIGNALS:
    /// Answered by addMembers(), or by endFetch() where nothing came.
    void moreWanted();

private:
    bool isBefore(const Member &a, const Member &b) const;
    void removeUser(const QString &userId);
    int rowOf(const QString &userId) const;

    Roles m_roles;
    Collation m_collation;
    std::vector<Member> m_members;
    QHash<QString, Member> m_byUser; ///< the same ones, by id
    qint64 m_count = 0;
    qint64 m_online = 0;
    bool m_hasMore = false;
    bool m_isFetching = false;
};

} // namespace rookery::client
