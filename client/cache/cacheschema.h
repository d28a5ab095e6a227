// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>

#include <array>

/// The schema of a cache file, and the migrations of older ones.
namespace rookery::client::cacheschema {

/// The tables `outbox` and `drafts` keep their columns in every later version, so that earlier ones can rescue
/// them. What an earlier version would send as a message stands in `changes`.
inline constexpr int version = 3;

/// All tables of an empty file.
QList<const char *> statements();
/// From the version before `to` to `to`.
QList<const char *> upgrade(int to);

/// Kept since some 1: no version of the schema of its own.
inline constexpr auto drafts =
    "CREATE TABLE IF NOT EXISTS drafts (room TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID";

/// Reading every table once finds most of what can be wrong without reading the whole file.
inline constexpr std::array probes{
    "SELECT key, id, name, kind, epoch, last_seq, read_seq, peers, role, topic, unread, counted_seq"
    " FROM rooms LIMIT 1",
    "SELECT room, seq, id, sender_id, sender_name, client_id, text, time, kind, edited_seq, edited_at,"
    " deleted_at, fields FROM events LIMIT 1",
    "SELECT room, first, last FROM spans LIMIT 1",
    "SELECT position, client_id, room, text, failed, failure, created FROM outbox LIMIT 1",
    "SELECT position, client_id, room, target, target_client_id, text, failed, failure, created FROM changes"
    " LIMIT 1",
    "SELECT room, text FROM drafts LIMIT 1",
};

} // namespace rookery::client::cacheschema
