-- Read markers, and the sequence of one's own that each account has.
--
-- read_seq  the member has read the room up to here. NULL: nothing is known, as of members from before this step. A
--           message of one's own says the same as a marker. It moves read_seq only now and then: the member's newest
--           message is never more than 256 events behind read_seq.
ALTER TABLE members ADD COLUMN read_seq INTEGER;

-- What is counted to know how many of a room's messages are unread.
CREATE INDEX events_deletions ON events (room, seq, target) WHERE kind = 2;

-- The stream of each account, of which nobody else knows. Only the newest state of a subject is kept: a change takes
-- the row of the one before it away and stands at the end. So whoever reads the rows after a seq has the present
-- state of everything that has changed since, and the table does not grow with the number of changes.
--
-- kind  1 read marker: subject is the room, and what it says stands in members.read_seq. The row of a room that the
--       user has left stays, so that the last seq never goes back; it is not read.
-- body  what other kinds say, as JSON.
CREATE TABLE self_events (
  user    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  seq     INTEGER NOT NULL CHECK (seq > 0),
  kind    INTEGER NOT NULL,
  subject INTEGER NOT NULL,
  body    TEXT,
  at      INTEGER NOT NULL,
  PRIMARY KEY (user, seq)
) WITHOUT ROWID;

CREATE UNIQUE INDEX self_events_by_subject ON self_events (user, kind, subject);
