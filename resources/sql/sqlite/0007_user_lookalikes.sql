-- Of users, as of rooms: what a name is found by is one thing, and what names that look alike have in common another.
--
-- skeleton was both, made by rules that have changed, and that change with the tables of Unicode. From now on it is the name
-- without case, by which a user is found whatever becomes of those rules; a new user is refused where another has the same
-- lookalike. That is not unique, because users that look alike by newer rules only stay. The daemon fills in both at its next
-- start, and again when the rules change: which ones were followed stands in meta, under 'names'.
ALTER TABLE users ADD COLUMN lookalike TEXT;
CREATE INDEX users_by_lookalike ON users (lookalike) WHERE lookalike IS NOT NULL;
