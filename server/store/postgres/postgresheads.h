// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/postgres/trace.h"
#include "server/store/queries/logheads.h"

namespace rookery::store::postgres {

/// LogHeads where other nodes write, too: what it remembers of a room holds within one transaction, which has locked the
/// room's row in room_heads. Times are the server's.
class PostgresHeads final : public LogHeads
{
public:
    /// `trace`: of every transaction; outlives it.
    explicit PostgresHeads(Trace *trace)
        : m_trace(trace)
    { }

    void begin(Connection &connection) override;
    qint64 now(const Room &room) const override;
    void added(Connection &connection, Room &room, const RoomEvent &event, qint64 others) override;
    void undone() override;

protected:
    std::optional<Head> lock(Connection &connection, const QString &id) override;

private:
    Trace *const m_trace;
    qint64 m_now = 0; ///< milliseconds since 1970 UTC, by the server's clock, when the transaction began
};

} // namespace rookery::store::postgres
