-- Users and their log-ins, and what is said once about the whole database.
--
-- Conventions of every step:
-- * Rows refer to each other by small integer keys; what leaves the server is the public UUID. A UUID is kept as its
--   16 bytes (RFC 9562 order), not as 36 characters: it stands in every event and in two of its indexes, where the
--   shorter form halves what a commit writes. In a shell: SELECT hex(public_id), name FROM users;
-- * Times are milliseconds since 1970-01-01 UTC.
-- * Booleans are 0 and 1.

-- "Rkry": tells a database of ours from another program's, which is then left alone.
PRAGMA application_id = 1382773369;

-- One fact per row. 'epoch' names the history of this database: a UUID made once, another one after a restore.
CREATE TABLE meta (
  key   TEXT PRIMARY KEY NOT NULL,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- Guests are users without a password; their names count as taken like everybody's.
CREATE TABLE users (
  id            INTEGER PRIMARY KEY,
  public_id     BLOB NOT NULL UNIQUE,
  name          TEXT NOT NULL,
  skeleton      TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL,
  guest         INTEGER NOT NULL CHECK (guest IN (0, 1)),
  created_at    INTEGER NOT NULL
);

CREATE TABLE sessions (
  id         BLOB PRIMARY KEY NOT NULL,
  user       INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  client     TEXT NOT NULL,
  address    TEXT NOT NULL
) WITHOUT ROWID;

CREATE INDEX sessions_by_user ON sessions (user, created_at);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
