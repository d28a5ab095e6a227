// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/frames.h"
#include "client/models/membermodel.h"

#include <QHash>
#include <QObject>
#include <QSet>

namespace rookery::client {

/// The members of all rooms. Only rooms that have been shown have a sorted model. Of a large room the first
/// page is known, and further pages once the model fetches them.
class MemberBook : public QObject
{
    Q_OBJECT
public:
    explicit MemberBook(MemberModel::Roles roles, QObject *parent = nullptr);

    /// The most members that all rooms without a model keep together. Past it they are all forgotten, and read
    /// again once a room is shown.
    static constexpr qsizetype mostKept = 200'000;
    /// The most pages of one room.
    static constexpr int mostPages = 2'000;

    /// Owned by the book, for as long as it lives; empty while nothing is known of the room.
    MemberModel *model(const QString &roomId);

    /// The first page; replaces what was known.
    void set(const QString &roomId, const MembersPage &page);
    /// The page after this cursor; ignored if another one is awaited by now.
    void add(const QString &roomId, const QString &after, const MembersPage &page);
    /// A page did not come; the model may fetch it again.
    void pageFailed(const QString &roomId);
    void update(const QString &roomId, const Member &member);
    /// The number of users online in a room whose members are not all known.
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
