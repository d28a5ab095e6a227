// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace rookery::store {

class Connection;

namespace postgres {

/// What the last transaction of this node leaves in the database, by which it can be told afterwards whether it is there: the
/// answer to a COMMIT gets lost with the connection. Neither the number of a transaction nor what a server says of it would
/// do: after a crash, or on a standby that took over, the number may be another transaction's. Lives on the writer's thread.
class Trace
{
public:
    Trace();

    /// Inside a transaction that holds lockWrites(): leaves a mark in `meta`. Answers the server's time, in milliseconds since
    /// 1970 UTC.
    qint64 leave(Connection &connection);
    /// This event was written in the transaction.
    void leaveEvent(qint64 room, qint64 seq, const QString &id);
    /// Whether the transaction is in the database, and will stay: standbys that are waited for have it, too. Waits until the
    /// lost connection's transaction has ended. Throws DatabaseError, with Fault::Transaction where that takes too long.
    bool isThere(Connection &connection) const;
    /// Removes marks of nodes that have written none for a day. Inside a transaction.
    static void removeOld(Connection &connection);

private:
    bool find(Connection &connection) const;

    const QString m_key; ///< of this node's mark
    QString m_mark; ///< its value
    qint64 m_room = 0; ///< of the event; 0: it left a mark
    qint64 m_seq = 0;
    QString m_event;
};

} // namespace postgres

} // namespace rookery::store
