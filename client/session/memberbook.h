#pragma once

#include "client/models/membermodel.h"

#include <QHash>
#include <QObject>

namespace rookery::client {

/// Who is in which room. A model, with its order by name, is made only for rooms that are looked at.
class MemberBook : public QObject
{
    Q_OBJECT
public:
    explicit MemberBook(MemberModel::Roles roles, QObject *parent = nullptr);

    /// Owned by the book, for as long as it lives; empty while nothing is known of the room.
    MemberModel *model(const QString &roomId);

    void set(const QString &roomId, const QList<Member> &members);
    void update(const QString &roomId, const Member &member);
    void clear(const QString &roomId);

private:
    MemberModel::Roles m_roles;
    QHash<QString, MemberModel *> m_models;
    QHash<QString, QHash<QString, Member>> m_members; ///< by user id, of the rooms without a model
};

} // namespace rookery::client
