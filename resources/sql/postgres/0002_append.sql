-- Stores messages of one batch, each as the next of its room, in one statement for all of them.
--
-- Answers a row for each that was stored, by its place in the arrays, from 1. No row: it was not, since its client id is
-- known, or its sender may not write there or does not exist, or there is no such room; the caller finds out which.
--
-- p_may: bit 0 for banned users, 1 for those without a role, 2 for members, 3 for moderators, 4 for owners.
-- p_peer: the other user of a direct room; 0: it is another kind of room.
-- p_guests: those among the senders who are guests, and stay for good now.
--
-- The statement after the lock sees all that was committed before the lock was had. Heads are locked in the order of
-- their rooms, and the index of client ids is written in its own order, so that no two batches wait for each other. The
-- generic plan halves what a batch of one costs; it reads each table by its key, whatever the planner believes of their
-- sizes. The number in the name is that of its parameters' meaning: nodes of two versions may be connected.
CREATE FUNCTION append_messages_1(p_room bigint[], p_sender bigint[], p_id uuid[], p_client uuid[], p_capitals bigint[],
  p_name text[], p_text text[], p_may bigint[], p_peer bigint[], p_guests bigint[])
RETURNS TABLE (ord bigint, seq bigint, at bigint, others bigint)
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_nestloop = off SET plan_cache_mode = force_generic_plan SET jit = off AS $$
#variable_conflict use_column
DECLARE
  r bigint[];
  s bigint[];
  a bigint[];
  o bigint[];
  ms bigint;
BEGIN
  SELECT array_agg(h.room), array_agg(h.last_seq), array_agg(h.last_at), array_agg(h.others) INTO r, s, a, o
  FROM (SELECT * FROM room_heads WHERE room = ANY (p_room) ORDER BY room FOR NO KEY UPDATE) AS h;
  ms := extract(epoch FROM clock_timestamp()) * 1000;
  RETURN QUERY
  WITH input AS (
    SELECT t.*, row_number() OVER (PARTITION BY t.client_id, t.sender ORDER BY t.ord) AS copy
    FROM unnest(p_room, p_sender, p_id, p_client, p_capitals, p_name, p_text, p_may, p_peer) WITH ORDINALITY
      AS t(room, sender, id, client_id, capitals, name, text, may, peer, ord)
  ), head AS (
    SELECT * FROM unnest(r, s, a, o) AS h(room, last_seq, last_at, others)
  ), fresh AS (
    SELECT i.*, h.last_seq + row_number() OVER (PARTITION BY i.room ORDER BY i.ord) AS seq, greatest(h.last_at, ms) AS at,
      h.others
    FROM input i JOIN head h ON h.room = i.room
    WHERE i.copy = 1
      AND NOT EXISTS (SELECT FROM events e WHERE e.client_id = i.client_id AND e.sender = i.sender OFFSET 0)
      AND EXISTS (SELECT FROM users u WHERE u.id = i.sender OFFSET 0)
      AND (i.may >> (1 + coalesce(
        (SELECT m.role FROM members m WHERE m.room = i.room AND m."user" = i.sender),
        (SELECT -1 FROM room_bans b WHERE b.room = i.room AND b."user" = i.sender), 0))) & 1 = 1
      AND (i.peer = 0 OR NOT (
        EXISTS (SELECT FROM blocked_users b WHERE b."user" = i.peer AND b.blocked = i.sender OFFSET 0)
        OR EXISTS (SELECT FROM blocked_users b WHERE b."user" = i.sender AND b.blocked = i.peer OFFSET 0)))
  ), heads AS (
    UPDATE room_heads h SET last_seq = c.seq, last_at = c.at
    FROM (SELECT f.room, max(f.seq) AS seq, max(f.at) AS at FROM fresh f GROUP BY f.room) AS c
    WHERE h.room = c.room AND h.room = ANY (r)
  ), added AS (
    INSERT INTO events (room, seq, at, sender, id, client_id, client_id_capitals, kind, others, sender_name, text)
    SELECT f.room, f.seq, f.at, f.sender, f.id, f.client_id, f.capitals, 0, f.others, f.name, f.text
    FROM fresh f ORDER BY f.client_id, f.sender
  ), stay AS (
    DELETE FROM quiet_guests q WHERE q."user" = ANY (p_guests)
  ), marked AS (
    -- As marks::noteOwn() does: the newest message of a member is never far behind their marker.
    UPDATE members m SET read_seq = (SELECT max(f.seq) FROM fresh f WHERE f.room = m.room AND f.sender = m."user")
    WHERE m.ctid = ANY (ARRAY (
      SELECT behind.tid
      FROM (SELECT f.room, f.sender, max(f.seq) AS seq FROM fresh f GROUP BY f.room, f.sender) AS c
      CROSS JOIN LATERAL (
        SELECT n.ctid AS tid FROM members n
        WHERE n.room = c.room AND n."user" = c.sender AND c.seq - coalesce(n.read_seq, -1000) > 256 OFFSET 0) AS behind))
  )
  SELECT f.ord, f.seq, f.at, f.others FROM fresh f;
END $$;
