-- Guests who have left nothing behind, and invitations, which are memberships only once they are accepted.

-- Guests who have neither written anything nor talk to anybody directly, with when they were last seen. Whoever of them
-- has been gone for long is deleted with their row in users. Kept beside users, since asking events who has written would
-- read all of it: it has no index by sender, which would cost a page per sender in every commit.
CREATE TABLE quiet_guests (
  user INTEGER PRIMARY KEY NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  seen INTEGER NOT NULL
);

CREATE INDEX quiet_guests_by_seen ON quiet_guests (seen);

INSERT INTO quiet_guests (user, seen)
  SELECT id, created_at FROM users WHERE guest = 1
    AND id NOT IN (SELECT sender FROM events)
    AND id NOT IN (SELECT direct_low FROM rooms WHERE direct_low IS NOT NULL)
    AND id NOT IN (SELECT direct_high FROM rooms WHERE direct_high IS NOT NULL);

-- Not answered yet. There is one for a room and a user, whoever else invites; it goes when it is accepted, declined or
-- withdrawn. id grows, so that a list can be paged from the newest on.
CREATE TABLE invitations (
  id      INTEGER PRIMARY KEY,
  room    INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  invited INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  inviter INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  at      INTEGER NOT NULL,
  UNIQUE (room, invited)
);

CREATE INDEX invitations_by_invited ON invitations (invited, id);
CREATE INDEX invitations_by_inviter ON invitations (inviter, invited);

-- blocked can neither invite user nor open a direct room with them.
CREATE TABLE blocked_users (
  user    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  blocked INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  at      INTEGER NOT NULL,
  PRIMARY KEY (user, blocked)
) WITHOUT ROWID;

CREATE INDEX blocked_users_by_blocked ON blocked_users (blocked);

-- What names of rooms that look alike have in common: a new room is refused where another has it. Not unique, because older
-- rooms were not compared so; NULL where there is no name, and until the daemon has filled it in for older rooms.
ALTER TABLE rooms ADD COLUMN lookalike TEXT;
CREATE INDEX rooms_by_lookalike ON rooms (lookalike) WHERE lookalike IS NOT NULL;
