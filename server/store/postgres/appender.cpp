// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/store/postgres/appender.h"

#include "common/ids.h"
#include "server/store/postgres/appendcall.h"
#include "server/store/queries/eventrow.h"
#include "server/store/queries/memberqueries.h"
#include "server/store/queries/roomqueries.h"
#include "server/store/textcheck.h"

#include <algorithm>
#include <utility>

namespace rookery::store::postgres {

namespace {

/// Numbers of roles in the database: -1 for Banned to 3 for Owner.
constexpr int lowestRole = -1;
constexpr int highestRole = 3;

/// p_may of append_messages_1().
qint64 rolesThatMay(const RoomRule &rule, RoomKind kind)
{
    qint64 mask = 0;
    for (int role = lowestRole; role <= highestRole; ++role) {
        if (!rule || !rule(kind, members::roleOfNumber(role)))
            mask |= qint64(1) << (role - lowestRole);
    }
    return mask;
}

bool canBeStored(const NewMessage &message)
{
    return checkText(message.text, QLatin1String("text")).ok()
        && checkText(message.sender.name, QLatin1String("sender")).ok();
}

} // namespace

struct Appender::Row
{
    Job *job = nullptr;
    KnownRoom *room = nullptr;
    qint64 sender = 0;
    IdBytes clientId = {};
    RoomEvent event;
};

void Appender::store(Connection &connection, const std::vector<Job *> &jobs, std::vector<Job *> &others)
{
    // So that no room that a row points to is forgotten while the rows are collected.
    if (m_rooms.size() + jobs.size() > most)
        m_rooms.clear();
    if (m_users.size() + jobs.size() > most)
        m_users.clear();
    std::vector<Row> rows;
    rows.reserve(jobs.size());
    for (Job *job : jobs) {
        if (auto row = rowFor(connection, job))
            rows.push_back(*std::move(row));
    }
    std::vector<bool> isStored(rows.size(), false);
    if (!rows.empty()) {
        AppendCall call;
        for (const Row &row : rows) {
            const NewMessage &message = *row.job->message();
            const KnownRoom &room = *row.room;
            call.add({.room = room.key,
                .sender = row.sender,
                .id = idBytes(row.event.id).value_or(IdBytes()),
                .clientId = row.clientId,
                .capitals = qint64(idCapitals(message.clientId)),
                .name = message.sender.name.toUtf8(),
                .text = message.text.toUtf8(),
                .may = rolesThatMay(message.rule, room.room->kind),
                .peer = row.sender == room.low ? room.high : room.low,
                .isGuest = message.sender.guest});
        }
        Statement stored = connection.statement(AppendCall::sql);
        call.bindTo(stored);
        while (stored.next()) {
            const size_t at = size_t(stored.integerAt(0) - 1);
            Row &row = rows.at(at);
            isStored.at(at) = true;
            row.event.seq = stored.integerAt(1);
            row.event.timestamp = utcTime(stored.integerAt(2));
            m_trace->leaveEvent(row.room->key, row.event.seq, row.event.id);
            auto room = roomOf(connection, *row.room, stored.integerAt(3));
            row.job->stored(std::move(row.event), std::move(room));
        }
    }
    // In their order.
    size_t at = 0;
    for (Job *job : jobs) {
        const bool isRow = at < rows.size() && rows[at].job == job;
        if (!isRow || !isStored[at])
            others.push_back(job);
        at += isRow ? 1 : 0;
    }
}

void Appender::forget()
{
    m_rooms.clear();
    m_users.clear();
}

std::optional<Appender::Row> Appender::rowFor(Connection &connection, Job *job)
{
    const NewMessage &message = *job->message();
    const auto clientId = idBytes(message.clientId);
    if (!clientId || (message.chain && message.chain->broken) || !canBeStored(message))
        return std::nullopt;
    Row row;
    row.job = job;
    row.clientId = *clientId;
    row.event.roomId = events::canonical(message.roomId);
    row.event.sender = User{events::canonical(message.sender.id), message.sender.name, message.sender.guest};
    row.event.clientId = message.clientId;
    row.event.id = newId();
    row.event.content = Posted{message.text};
    row.room = room(connection, row.event.roomId);
    const auto sender = user(connection, row.event.sender.id);
    if (!row.room || !sender)
        return std::nullopt;
    row.sender = *sender;
    return row;
}

Appender::KnownRoom *Appender::room(Connection &connection, const QString &id)
{
    if (const auto known = m_rooms.find(id); known != m_rooms.end())
        return &known->second;
    KnownRoom found;
    {
        Statement row =
            connection.statement("SELECT id, direct_low, direct_high FROM rooms WHERE public_id = $1");
        if (!row.id(1, id).next())
            return nullptr;
        found.key = row.integerAt(0);
        found.low = row.integerAt(1);
        found.high = row.integerAt(2);
    }
    // For its kind, which does not change; the rest is looked at again once others is known.
    auto room = rooms::byKey(connection, m_epoch, found.key, {});
    if (!room)
        return nullptr;
    found.room = std::make_shared<const Room>(*std::move(room));
    return &m_rooms.emplace(id, std::move(found)).first->second;
}

std::optional<qint64> Appender::user(Connection &connection, const QString &id)
{
    if (const auto known = m_users.find(id); known != m_users.end())
        return known->second;
    Statement row = connection.statement("SELECT id FROM users WHERE public_id = $1");
    if (!row.id(1, id).next())
        return std::nullopt;
    return m_users.emplace(id, row.integerAt(0)).first->second;
}

std::shared_ptr<const Room> Appender::roomOf(Connection &connection, KnownRoom &known, qint64 others)
{
    if (known.others != others) {
        if (auto room = rooms::byKey(connection, m_epoch, known.key, {}))
            known.room = std::make_shared<const Room>(*std::move(room));
        known.others = others;
    }
    return known.room;
}

} // namespace rookery::store::postgres
