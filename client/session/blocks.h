// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/api/rest.h"
#include "client/models/blockedmodel.h"
#include "client/session/chat.h"

#include <memory>

namespace rookery::client {

/// The users whom the user has blocked, as listed by the server. The server does not announce changes, so the
/// list is read again after each change made here and on every connection.
class Blocks : public QObject
{
    Q_OBJECT
public:
    /// `rest` is not owned.
    Blocks(Rest *rest, int userIdRole);

    QAbstractItemModel *model() { return &m_model; }
    /// Reads the list; the model keeps its rows until the answer is complete.
    void read();
    /// `user` is an id or a name.
    void set(const QString &user, bool isBlocked, QObject *context, Done<Nothing> reply);

private:
    void readOn(const QString &after, const QList<User> &before, int pages);

    Rest *m_rest;
    BlockedModel m_model;
    std::unique_ptr<QObject> m_reading; ///< context of the requests of read()
};

} // namespace rookery::client
