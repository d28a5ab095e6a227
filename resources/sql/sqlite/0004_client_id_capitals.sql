-- A client id is answered as it was sent, and its 16 bytes do not say which of its digits were capital letters.

-- Bit n is set where digit n of the 32 is a capital letter: 0 for the usual spelling, which takes one byte of a row.
-- What is equal is decided by client_id alone.
ALTER TABLE events ADD COLUMN client_id_capitals INTEGER NOT NULL DEFAULT 0;
