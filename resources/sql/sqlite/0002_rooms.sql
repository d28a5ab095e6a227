-- Rooms and who belongs to them.

-- kind: 0 public, 1 private, 2 direct.
-- skeleton is NULL where a room has no name, so that only names can collide. folded is the name without case, for the
-- directory's order and search. direct_low and direct_high are the two users of a direct room, the smaller key first:
-- whichever of them opens it, the same pair stands here, and its unique index decides that there is one room.
-- last_seq is a floor: the number of the room's newest event is the greatest in its log, or this where that is greater.
-- Whatever removes the end of a log has to raise it first, so that no number is given out twice.
CREATE TABLE rooms (
  id          INTEGER PRIMARY KEY,
  public_id   BLOB NOT NULL UNIQUE,
  kind        INTEGER NOT NULL CHECK (kind IN (0, 1, 2)),
  name        TEXT NOT NULL,
  folded      TEXT NOT NULL,
  skeleton    TEXT UNIQUE,
  direct_low  INTEGER REFERENCES users (id),
  direct_high INTEGER REFERENCES users (id),
  last_seq    INTEGER NOT NULL DEFAULT 0,
  created_at  INTEGER NOT NULL,
  CHECK ((kind = 2) = (direct_low IS NOT NULL)),
  CHECK ((kind = 2) = (direct_high IS NOT NULL)),
  CHECK (direct_low <= direct_high)
);

CREATE UNIQUE INDEX rooms_direct ON rooms (direct_low, direct_high) WHERE direct_low IS NOT NULL;
CREATE INDEX rooms_directory ON rooms (folded, name) WHERE kind = 0;

CREATE TABLE members (
  room  INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  user  INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  since INTEGER NOT NULL,
  PRIMARY KEY (room, user)
) WITHOUT ROWID;

CREATE INDEX members_by_user ON members (user, room);
