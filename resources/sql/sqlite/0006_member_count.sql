-- Lists that do not grow with what is in them. How many members a room has is kept beside it: a room of 100,000 is not
-- counted for each that looks at it.

ALTER TABLE rooms ADD COLUMN member_count INTEGER NOT NULL DEFAULT 0;

UPDATE rooms SET member_count = (SELECT count(*) FROM members WHERE members.room = rooms.id);

CREATE TRIGGER members_added AFTER INSERT ON members BEGIN
  UPDATE rooms SET member_count = member_count + 1 WHERE id = NEW.room;
END;

CREATE TRIGGER members_removed AFTER DELETE ON members BEGIN
  UPDATE rooms SET member_count = member_count - 1 WHERE id = OLD.room;
END;

-- A search in the directory reads this index and nothing else, for which the kind has to be in it.
DROP INDEX rooms_directory;
CREATE INDEX rooms_directory ON rooms (kind, folded, name);
