#pragma once

#include "client/models/collation.h"
#include "common/messages.h"

#include <QAbstractListModel>

#include <vector>

namespace rookery::client {

/// Who is in one room: members, and visitors as long as they are online. Online ones first, then by name;
/// Qt::DisplayRole is the name.
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
    };
    explicit MemberModel(Roles roles, QObject *parent = nullptr);

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QHash<int, QByteArray> roleNames() const override;

    /// The room as it is now. Few differences from what is shown come as changes of rows, many as a reset.
    void setMembers(const QList<Member> &members);
    /// The new state of one user, who is gone if neither member nor online.
    void update(const Member &member);

private:
    bool isBefore(const Member &a, const Member &b) const;
    void removeUser(const QString &userId);
    int rowOf(const QString &userId) const;

    Roles m_roles;
    Collation m_collation;
    std::vector<Member> m_members;
};

} // namespace rookery::client
