-- Names that rooms had before. A room keeps them: whoever still writes to it by one of them, as clients of other dialects do, must
-- not find a room there that somebody else has made in the meantime.
CREATE TABLE former_room_names (
  skeleton  TEXT NOT NULL PRIMARY KEY,
  name      TEXT NOT NULL,
  lookalike TEXT,
  room      INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE INDEX former_room_names_by_room ON former_room_names (room);
CREATE INDEX former_room_names_by_lookalike ON former_room_names (lookalike) WHERE lookalike IS NOT NULL;

-- Whether a room has ever had an owner. When all its members have left it, whoever joins it next owns it. Rooms that dialects without
-- owners made belong to nobody.
ALTER TABLE rooms ADD COLUMN owned INTEGER NOT NULL DEFAULT 0;
UPDATE rooms SET owned = 1 WHERE id IN (SELECT room FROM members WHERE role = 3);
