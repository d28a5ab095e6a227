// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/queries/markqueries.h"

#include <vector>

namespace rookery::store {

/// The work of Store::markRead(), with the event that the commit observer hears.
struct MarkRead
{
    static constexpr bool leavesNothing = false;
    static constexpr bool keepsHeads = true;
    LogHeads *heads;
    QString roomId;
    QString userId;
    qint64 seq;

    Result<MarkedRead> operator()(Connection &connection)
    {
        return marks::mark(connection, *heads, roomId, userId, seq);
    }
    void collect(const MarkedRead &marked, std::vector<CommitNotice> &notices)
    {
        if (marked.changed)
            notices.push_back(SelfCommitted{userId, marked.event});
    }
};

} // namespace rookery::store
