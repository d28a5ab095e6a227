-- Kinds of events beside messages, roles, topics and bans.
--
-- The log keeps its one table: a message costs no page more than before. kind: 0 message, 1 edit, 2 deletion,
-- 3 another role of a member, 4 another name or topic of the room.
--
-- target      the message that an edit or a deletion speaks of.
-- body        of the kinds 3 and 4: what they say, as JSON.
-- edited_seq  of a message: the edit that gave it its text, or the deletion. NULL: the text is the one it was sent with.
-- edited_at   when it was edited; NULL where it was deleted since.
-- deleted_at  when it was deleted. Its text is empty from then on.
-- others      how many events of the room, up to and including this one, are no messages: seq - others counts
--             messages. 0 is right for every event before this step.
--
-- text is the present one of a message and empty for the other kinds: the text of an edit stands in its message, or in
-- message_versions once another one has taken its place.
ALTER TABLE events ADD COLUMN others INTEGER NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN target INTEGER;
ALTER TABLE events ADD COLUMN body TEXT;
ALTER TABLE events ADD COLUMN edited_seq INTEGER;
ALTER TABLE events ADD COLUMN edited_at INTEGER;
ALTER TABLE events ADD COLUMN deleted_at INTEGER;

-- Texts that a message had before. version_seq is the event that gave it this text: the message itself, or an edit.
-- They go when the message is deleted.
CREATE TABLE message_versions (
  room        INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  version_seq INTEGER NOT NULL,
  text        TEXT NOT NULL,
  at          INTEGER NOT NULL,
  PRIMARY KEY (room, seq, version_seq),
  FOREIGN KEY (room, seq) REFERENCES events (room, seq) ON DELETE CASCADE
) WITHOUT ROWID;

ALTER TABLE rooms ADD COLUMN topic TEXT NOT NULL DEFAULT '';

-- 1 member, 2 moderator, 3 owner. Older rooms belong to whoever has been in them for longest; the lobby and direct
-- rooms to nobody.
ALTER TABLE members ADD COLUMN role INTEGER NOT NULL DEFAULT 1 CHECK (role IN (1, 2, 3));

UPDATE members SET role = 3 WHERE (room, user) IN (
  SELECT r.id, (SELECT m.user FROM members m WHERE m.room = r.id ORDER BY m.since, m.user LIMIT 1)
  FROM rooms r WHERE r.kind <> 2 AND r.skeleton IS NOT 'lobby');

-- The few who are more than members: who the owners of a room are is asked without looking through its members.
CREATE INDEX members_by_role ON members (room, role, since) WHERE role > 1;

-- Who is kept out of a room. "by" is who did it last.
CREATE TABLE room_bans (
  room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  by   INTEGER NOT NULL REFERENCES users (id),
  at   INTEGER NOT NULL,
  PRIMARY KEY (room, user)
) WITHOUT ROWID;

CREATE INDEX room_bans_by_user ON room_bans (user);
