// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/store/queries/logheads.h"
#include "server/store/statement.h"
#include "server/store/store.h"

/// The columns for readEvent(), of `events e` and its sender `users u`. The text of an edit is read from the edited
/// message, if no later edit or deletion has replaced it. QtSql makes a QVariant of each column of each row: small
/// numbers share one, and what a message has only after a change, or other kinds have, is one text, NULL for most rows.
#define EVENT_COLUMNS                                                                                        \
    "e.seq, e.id, u.public_id, CAST(e.sender_name AS BLOB), e.client_id, "                                   \
    "CASE e.kind WHEN 1 THEN (SELECT CAST(m.text AS BLOB) FROM events m WHERE m.room = e.room "              \
    "AND m.seq = e.target AND m.edited_seq = e.seq AND m.deleted_at IS NULL) "                               \
    "ELSE CAST(e.text AS BLOB) END, "                                                                        \
    "e.at, (CAST(e.kind AS BIGINT) << 33) | (CAST(u.guest AS BIGINT) << 32) | e.client_id_capitals, "        \
    "CASE WHEN e.kind = 0 AND e.edited_seq IS NULL AND e.deleted_at IS NULL THEN NULL "                      \
    "ELSE CAST(coalesce(CAST(e.target AS TEXT), '') || ' ' || coalesce(CAST(e.edited_seq AS TEXT), '') "     \
    "|| ' ' || coalesce(CAST(e.edited_at AS TEXT), '') || ' ' || coalesce(CAST(e.deleted_at AS TEXT), '') "  \
    "|| ' ' || coalesce(e.body, '') AS BLOB) END"

/// One event as a row of the log.
namespace rookery::store::events {

constexpr int eventColumns = 9;

/// The id as the database returns it: a UUID in lower case.
QString canonical(const QString &id);

RoomEvent readEvent(const Statement &row, const QString &roomId);

/// The event `seq` of the room with the key `room` and the id `roomId`.
std::optional<RoomEvent> bySeq(Connection &connection, qint64 room, const QString &roomId, qint64 seq);

struct Known
{
    RoomEvent event;
    qint64 room = 0; ///< rooms.id
};
/// The sender's event with this client id.
std::optional<Known> byClientId(Connection &connection, qint64 sender, const QString &clientId);

/// Makes the event the room's next one: sets its seq, id and time.
void number(const LogHeads &heads, const LogHeads::Room &room, RoomEvent &event);
/// Writes an event that number() has prepared, and counts it in `room`, which is one of `heads`. False, with nothing written, if the sender has
/// used the client id before; a unique index decides.
bool insert(
    Connection &connection, LogHeads &heads, LogHeads::Room &room, qint64 sender, const RoomEvent &event);

} // namespace rookery::store::events
