-- The log: every durable change of a room under its number.

-- Stored in the order of (room, seq), so that a page anywhere in a room is one range scan without a look-up per row.
-- sender_name is the name as it was when the event was sent. kind: 0 message.
CREATE TABLE events (
  room        INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  seq         INTEGER NOT NULL CHECK (seq > 0),
  id          BLOB NOT NULL,
  kind        INTEGER NOT NULL,
  sender      INTEGER NOT NULL REFERENCES users (id),
  sender_name TEXT NOT NULL,
  client_id   BLOB NOT NULL,
  text        TEXT NOT NULL,
  at          INTEGER NOT NULL,
  PRIMARY KEY (room, seq)
) WITHOUT ROWID;

CREATE UNIQUE INDEX events_by_id ON events (id);

-- Decides that a message is stored once per client id, whatever is resent, in which batch or after which restart.
-- The client id first: those made as UUIDv7, as the server and the desktop client make them, are all added at the
-- index's end, where the sender first would touch one page per sender in every commit.
CREATE UNIQUE INDEX events_once ON events (client_id, sender);
