#pragma once

#include "client/models/membermodel.h"

#include <QHash>
#include <QObject>
#include <QSet>

namespace rookery::client {

/// Who is in which room. A model, with its order by name, is made only for rooms that are looked at.
class MemberBook : public QObject
{
    Q_OBJECT
public:
    explicit MemberBook(MemberModel::Roles roles, QObject *parent = nullptr);

    /// The most that are kept, together, of the rooms without a model; past it those of other rooms are
    /// forgotten.
    static constexpr qsizetype mostKept = 200'000;

    /// Owned by the book, for as long as it lives; empty while nothing is known of the room.
    MemberModel *model(const QString &roomId);

    void set(const QString &roomId, const QList<Member> &members);
    void update(const QString &roomId, const Member &member);
    void clear(const QString &roomId);
    /// Whether they were known once and have to be asked for.
    bool isForgotten(const QString &roomId) const { return m_forgotten.contains(roomId); }

private:
    void drop(const QString &roomId);

    MemberModel::Roles m_roles;
    QHash<QString, MemberModel *> m_models;
    QHash<QString, QHash<QString, Member>> m_members; ///< by user id, of the rooms without a model
    qsizetype m_kept = 0; ///< members in m_members
    QSet<QString> m_forgotten; ///< rooms
};

} // namespace rookery::client
