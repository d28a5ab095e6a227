// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/queries/eventlog.h"
#include "server/store/queries/logheads.h"
#include "server/store/statement.h"

#include <vector>

namespace rookery::store {

/// The EventLog of one job of the writer.
class LogWriter final : public EventLog
{
public:
    LogWriter(Connection &connection, LogHeads &heads, std::vector<CommitNotice> &notices);

    void add(
        const QString &roomId, const User &sender, const QString &clientId, EventContent content) override;
    std::optional<RoomEvent> find(const QString &senderId, const QString &clientId) override;
    void joined(Room room, User user) override;

private:
    Connection &m_connection;
    LogHeads &m_heads;
    std::vector<CommitNotice> &m_notices;
};

} // namespace rookery::store
