-- What every node has to hear of within a second, whatever becomes of the bus between them.
--
-- kind    1 a session that has ended before its time.
-- reason  of kind 1: 1 revoked, 2 the password was changed, 3 too many sessions.
--
-- A row is written in the transaction that does what it tells of, and deleted after an hour. Whoever writes one holds
-- the lock of server/store/postgres/writelock.h until the end of the transaction, and has locked the row of
-- control_head. So seqs are committed in their order and without a gap: who has read up to one has missed none before it.
CREATE TABLE control_log (
  seq     bigint PRIMARY KEY,
  at      bigint NOT NULL,
  kind    smallint NOT NULL,
  session uuid NOT NULL,
  reason  smallint NOT NULL
);

-- One row at most. It stays when the log is purged, so that no seq comes twice; up to purged_seq nothing is left.
CREATE TABLE control_head (
  id         smallint PRIMARY KEY CHECK (id = 1),
  last_seq   bigint NOT NULL,
  purged_seq bigint NOT NULL
);
