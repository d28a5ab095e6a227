// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/cache/cacheschema.h"

namespace rookery::client::cacheschema {

namespace {

// As 0.1.0 made them.
constexpr std::array first{
    "CREATE TABLE rooms ("
    " key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, kind TEXT NOT NULL,"
    " epoch TEXT NOT NULL, last_seq INTEGER NOT NULL, read_seq INTEGER NOT NULL, peers TEXT NOT NULL)",
    "CREATE TABLE events ("
    " room INTEGER NOT NULL REFERENCES rooms(key) ON DELETE CASCADE, seq INTEGER NOT NULL, id TEXT NOT NULL,"
    " sender_id TEXT NOT NULL, sender_name TEXT NOT NULL, client_id TEXT NOT NULL, text TEXT NOT NULL,"
    " time INTEGER NOT NULL, PRIMARY KEY (room, seq)) WITHOUT ROWID",
    "CREATE TABLE spans ("
    " room INTEGER NOT NULL REFERENCES rooms(key) ON DELETE CASCADE, first INTEGER NOT NULL,"
    " last INTEGER NOT NULL, PRIMARY KEY (room, first)) WITHOUT ROWID",
    "CREATE TABLE outbox ("
    " position INTEGER PRIMARY KEY AUTOINCREMENT, client_id TEXT NOT NULL UNIQUE, room TEXT NOT NULL,"
    " text TEXT NOT NULL, failed INTEGER NOT NULL, failure TEXT NOT NULL, created INTEGER NOT NULL)",
};

// Kinds of events: of a message `text` and how it was changed, of every other kind its fields as JSON.
constexpr std::array second{
    "ALTER TABLE rooms ADD COLUMN role TEXT NOT NULL DEFAULT 'member'",
    "ALTER TABLE rooms ADD COLUMN topic TEXT NOT NULL DEFAULT ''",
    // -1: not counted, as up to 0.1.0, where every event was a message
    "ALTER TABLE rooms ADD COLUMN unread INTEGER NOT NULL DEFAULT -1",
    "ALTER TABLE events ADD COLUMN kind TEXT NOT NULL DEFAULT 'message'",
    "ALTER TABLE events ADD COLUMN edited_seq INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE events ADD COLUMN edited_at INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE events ADD COLUMN deleted_at INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE events ADD COLUMN fields TEXT NOT NULL DEFAULT ''",
    "CREATE TABLE changes ("
    " position INTEGER PRIMARY KEY, client_id TEXT NOT NULL UNIQUE, room TEXT NOT NULL,"
    " target INTEGER NOT NULL, target_client_id TEXT NOT NULL, text TEXT, failed INTEGER NOT NULL,"
    " failure TEXT NOT NULL, created INTEGER NOT NULL)",
    // A sentence in place of what 0.1.0 could not read: it is asked for again, and the histories around it stay.
    "CREATE TEMP TABLE holes AS SELECT room, seq FROM events WHERE sender_id = ''",
    "DELETE FROM events WHERE sender_id = ''",
    "CREATE TEMP TABLE edges AS SELECT s.room AS room, s.first AS first, s.last AS last, h.seq AS seq"
    " FROM spans s JOIN holes h ON h.room = s.room AND h.seq BETWEEN s.first AND s.last",
    "DELETE FROM spans WHERE EXISTS (SELECT 1 FROM edges e WHERE e.room = spans.room AND e.first = "
    "spans.first)",
    // What lies between two holes of a span, or between a hole and its end.
    "INSERT INTO spans (room, first, last) SELECT room, begins, ends FROM ("
    " SELECT room, first AS begins, min(seq) - 1 AS ends FROM edges GROUP BY room, first"
    " UNION ALL SELECT e.room, e.seq + 1, coalesce((SELECT min(n.seq) - 1 FROM edges n WHERE n.room = e.room"
    " AND n.first = e.first AND n.seq > e.seq), e.last) FROM edges e) WHERE begins <= ends",
    "DROP TABLE edges",
    "DROP TABLE holes",
};

// What the server has counted may go beyond the history that is known here.
constexpr std::array third{
    "ALTER TABLE rooms ADD COLUMN counted_seq INTEGER NOT NULL DEFAULT -1",
};

} // namespace

QList<const char *> statements()
{
    return QList<const char *>(first.begin(), first.end()) + QList<const char *>{drafts} + upgrade(2)
        + upgrade(3);
}

QList<const char *> upgrade(int to)
{
    return to == 2 ? QList<const char *>(second.begin(), second.end())
        : to == 3  ? QList<const char *>(third.begin(), third.end())
                   : QList<const char *>();
}

} // namespace rookery::client::cacheschema
