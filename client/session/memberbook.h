// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/frames.h"
#include "client/models/membermodel.h"

#include <QHash>
#include <QObject>
#include <QSet>

namespace rookery::client {

/// Who is in which room. A model, with its order by name, is made only for rooms that are looked at. Of a
/// large room the first page is known, and more of it as the model is asked for more.
class MemberBook : public QObject
{
    Q_OBJECT
public:
    explicit MemberBook(MemberModel::Roles roles, QObject *parent = nullptr);

    /// The most that are kept, together, of the rooms without a model; past it they are forgotten, and read
    /// anew when somebody looks at the room.
    static constexpr qsizetype mostKept = 200'000;
    /// The most pages of one room.
    static constexpr int mostPages = 2'000;

    /// Owned by the book, for as long as it lives; empty while nothing is known of the room.
    MemberModel *model(const QString &roomId);

    /// The first page, which takes the place of what was known.
    void set(const QString &roomId, const MembersPage &page);
    /// The page behind this place; passed over where another one is waited for by now.
    void add(const QString &roomId, const QString &after, const MembersPage &page);
    /// It did not come, and may be asked for again.
    void pageFailed(const QString &roomId);
    void update(const QString &roomId, const Member &member);
    /// How many are online, where not all of them are known.
    void setOnline(const QString &roomId, qint64 online);
    void clear(const QString &roomId);

Q_SIGNALS:
    /// Answered by set() where `after` is empty, else by add(); or by pageFailed().
    void pageWanted(const QString &roomId, const QString &after);

private:
    struct Known
    {
        QHash<QString, Member> members; ///< by user id, of a room without a model
        QString next; ///< the place of the next page; empty: all are known
        qint64 count = 0; ///< of all members
        qint64 online = 0; ///< 0: not known
        int pages = 1; ///< that have come
    };
    void showMore(const QString &roomId);
    void drop(const QString &roomId);
    /// Of all rooms without a model.
    void forget();

    MemberModel::Roles m_roles;
    QHash<QString, MemberModel *> m_models;
    QHash<QString, Known> m_known;
    qsizetype m_kept = 0; ///< members in m_known
    QSet<QString> m_forgotten; ///< rooms without a model, or whose first page has not come yet
};

} // namespace rookery::client
