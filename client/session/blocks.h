// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/rest.h"
#include "client/models/blockedmodel.h"
#include "client/session/chat.h"

#include <memory>

namespace rookery::client {

/// Whom the user has blocked, as the server has it. It does not tell of changes, so it is asked after each of
/// one's own and whenever the connection is made.
class Blocks : public QObject
{
    Q_OBJECT
public:
    /// `rest` is not owned.
    Blocks(Rest *rest, int userIdRole);

    QAbstractItemModel *model() { return &m_model; }
    /// Asks for the list; what it had stays until the answer is complete.
    void read();
    /// `user` is an id or a name.
    void set(const QString &user, bool isBlocked, QObject *context, Reply<Nothing> reply);

private:
    void readOn(const QString &after, const QList<User> &before, int pages);

    Rest *m_rest;
    BlockedModel m_model;
    std::unique_ptr<QObject> m_reading; ///< context of the requests of read()
};

} // namespace rookery::client
