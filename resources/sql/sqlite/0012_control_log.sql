-- What every node of a database has to hear of within a second, whatever becomes of the bus between them.
--
-- kind    1 a session that has ended before its time.
-- reason  of kind 1: 1 revoked, 2 the password was changed, 3 too many sessions.
--
-- A row is written in the transaction that does what it tells of, and deleted after an hour.
CREATE TABLE control_log (
  seq     INTEGER PRIMARY KEY,
  at      INTEGER NOT NULL,
  kind    INTEGER NOT NULL,
  session BLOB NOT NULL,
  reason  INTEGER NOT NULL
);

-- One row at most. It stays when the log is purged, so that no seq comes twice; up to purged_seq nothing is left.
CREATE TABLE control_head (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  last_seq   INTEGER NOT NULL,
  purged_seq INTEGER NOT NULL
);
