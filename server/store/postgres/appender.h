// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/epoch.h"
#include "server/store/jobs/messagestore.h"
#include "server/store/postgres/trace.h"

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace rookery::store::postgres {

/// Stores the messages of a batch with one call of append_messages_1() (resources/sql/postgres). It remembers the keys of
/// rooms and users, which never change; who may write where, and where a log ends, is the function's to know. Lives on
/// the writer's thread.
class Appender final : public MessageStore
{
public:
    /// `trace`: of every transaction; outlives it.
    explicit Appender(Trace *trace)
        : m_trace(trace)
    { }

    /// The epoch of every room of the database. To be called before the first store().
    void setEpoch(const Epoch &epoch) { m_epoch = epoch; }

    void store(Connection &connection, const std::vector<Job *> &jobs, std::vector<Job *> &others) override;
    void forget() override;

private:
    struct KnownRoom
    {
        qint64 key = 0;
        qint64 low = 0; ///< users.id of a direct room's two
        qint64 high = 0;
        qint64 others =
            -1; ///< events that were no messages when `room` was read; another number: it has changed
        std::shared_ptr<const Room> room;
    };
    struct Row;

    std::optional<Row> rowFor(Connection &connection, Job *job);
    KnownRoom *room(Connection &connection, const QString &id);
    std::optional<qint64> user(Connection &connection, const QString &id);
    std::shared_ptr<const Room> roomOf(Connection &connection, KnownRoom &known, qint64 others);

    static constexpr size_t most = 20'000; ///< rooms, and users, that it remembers

    Trace *const m_trace;
    Epoch m_epoch;
    std::unordered_map<QString, KnownRoom> m_rooms;
    std::unordered_map<QString, qint64> m_users;
};

} // namespace rookery::store::postgres
