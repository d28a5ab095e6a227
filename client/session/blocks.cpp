// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/session/blocks.h"

#include "client/api/requests.h"

#include <QPointer>

#include <utility>

namespace rookery::client {

namespace {

/// More pages are not read: the list may have no end.
constexpr int mostPages = 100;

} // namespace

Blocks::Blocks(Rest *rest, int userIdRole)
    : m_rest(rest)
    , m_model(userIdRole)
{ }

void Blocks::read()
{
    m_reading = std::make_unique<QObject>();
    readOn({}, {}, 1);
}

void Blocks::readOn(const QString &after, const QList<User> &before, int pages)
{
    fetchBlocked(
        m_rest, after, m_reading.get(), [this, after, before, pages](const Outcome<UsersFound> &found) {
            // Servers older than invitations have no such route: nobody can be blocked there.
            if (!found)
                return;
            const QList<User> all = before + found->users;
            const bool isLast = found->next.isEmpty() || found->next == after || pages == mostPages
                || all.size() >= BlockedModel::mostRows;
            if (isLast)
                m_model.set(all);
            else
                readOn(found->next, all, pages + 1);
        });
}

void Blocks::set(const QString &user, bool isBlocked, QObject *context, Done<Nothing> reply)
{
    blockUser(m_rest, user, isBlocked, this,
        [this, guard = QPointer<QObject>(context), reply = std::move(reply)](Outcome<Nothing> result) {
            if (result)
                read();
            if (guard)
                reply(std::move(result));
        });
}

} // namespace rookery::client
