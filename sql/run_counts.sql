-- Counts by the entries of an index: pages whose rows everybody sees are not looked at, others are, and the answer is the same.
CREATE SCHEMA run_counts;
SET search_path = run_counts;
SET client_min_messages = warning;
\pset format unaligned
CREATE TABLE person (id int PRIMARY KEY, name text);
CREATE TABLE club (id bigint PRIMARY KEY, name text);
CREATE TABLE member (person_id int NOT NULL REFERENCES person, club_id bigint NOT NULL REFERENCES club, role text, PRIMARY KEY (person_id,
  club_id));
CREATE INDEX ON member (club_id);
CREATE TABLE note (id int PRIMARY KEY, club_id bigint REFERENCES club, text text, deleted_at timestamptz);
CREATE INDEX ON note (club_id DESC);
INSERT INTO person SELECT i, 'p' || i FROM generate_series(1, 400) i;
INSERT INTO club SELECT i, 'c' || i FROM generate_series(1, 120) i;
INSERT INTO member SELECT p, c, 'r' FROM generate_series(1, 400) p, generate_series(1, 120) c WHERE (p * 7 + c * 3) % 11 < p % 5;
INSERT INTO note SELECT i, i % 100, repeat('x', 100) FROM generate_series(100, 3000) i WHERE i % 100 > 0;
INSERT INTO note SELECT i, 120, 'many' FROM generate_series(4000, 6000) i;
SELECT 1 FROM assoc.belongs_to_many('person', 'club', through => 'member', alias => 'clubs', inverse => 'people');
SELECT 1 FROM assoc.has_many('club', 'note', alias => 'notes', inverse => 'club');
-- one by one, few at once, and as a range; of a table and of what leads there
CREATE FUNCTION counts(model text, alias text, keys text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg((d ->> 'id') || ':' || (d ->> 'n'), ' ' ORDER BY (d ->> 'id')::int) FROM assoc.find(model,
    jsonb_build_object('attributes', jsonb_build_array('id', jsonb_build_object('count', alias, 'as', 'n')), 'where',
      jsonb_build_object('id', keys::jsonb))) d $$;
CREATE FUNCTION plain(link text, key text, roots text) RETURNS TABLE (id bigint, n bigint) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT r.id::bigint, (SELECT count(*) FROM %1$I l WHERE l.%2$I = r.id) FROM %3$I r', link, key, roots);
END $$;
CREATE FUNCTION same() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  t record;
  keys text;
  found text;
  expected text;
  wrong text := '';
BEGIN
  FOR t IN VALUES ('person', 'clubs', 'member', 'person_id'), ('club', 'people', 'member', 'club_id'), ('club', 'notes', 'note',
    'club_id') LOOP
    FOREACH keys IN ARRAY ARRAY['7', '[1, 5, 30, 31, 119]', '{"lte": 60}', '{"gt": 0}', '{"gt": 110}', '{"gt": 9999}'] LOOP
      FOREACH found IN ARRAY ARRAY['on', 'off'] LOOP
        PERFORM set_config('pg_associations.probe', found, true);
        EXECUTE format('SELECT string_agg(id || '':'' || n, '' '' ORDER BY id) FROM run_counts.plain(%L, %L, %L) WHERE %s', t.column3,
          t.column4, t.column1,
          CASE WHEN keys ~ '^\{' THEN 'id ' || CASE WHEN keys ~ 'lte' THEN '<= ' ELSE '> ' END || substring(keys from '\d+') WHEN keys ~
            '^\[' THEN 'id IN (' || btrim(keys, '[]') || ')' ELSE 'id = ' || keys END) INTO expected;
        found := run_counts.counts(t.column1, t.column2, keys);
        IF found IS DISTINCT FROM expected THEN
          wrong := wrong || format('%s %s %s: %s, not %s; ', t.column1, t.column2, keys, left(found, 200), left(expected, 200));
        END IF;
      END LOOP;
    END LOOP;
  END LOOP;
  RETURN coalesce(nullif(wrong, ''), 'same');
END $$;
SELECT same() AS new;
VACUUM (ANALYZE, FREEZE) member, note, person, club;
SELECT same() AS vacuumed;
-- what happened since: deleted, updated in place, moved to another page, added; in this transaction, and committed
BEGIN;
DELETE FROM member WHERE person_id % 17 = 3;
UPDATE member SET role = 'other' WHERE person_id % 13 = 2;
UPDATE note SET text = repeat('y', 500) WHERE id % 10 = 3;
INSERT INTO member SELECT 7, c, 'new' FROM generate_series(1, 120) c ON CONFLICT DO NOTHING;
UPDATE note SET club_id = 99 WHERE id % 50 = 7;
SELECT same() AS meanwhile;
SAVEPOINT s;
DELETE FROM note WHERE club_id < 50;
SELECT same() AS deeper;
ROLLBACK TO s;
SELECT same() AS back;
COMMIT;
SELECT same() AS committed;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT same() AS serializable;
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT same() AS repeatable;
COMMIT;
DELETE FROM note WHERE id % 3 = 0;
SELECT same() AS dead;
VACUUM note, member;
SELECT same() AS vacuumed;
-- rows of equal keys that share entries, and more of a key than are counted so
SELECT assoc.find_all('club', '{"attributes": [{"count": "notes", "as": "n"}], "where": {"id": 120}}'), (SELECT count(*) FROM note
  WHERE club_id = 120);
-- where something is asked of the rows they are looked at
SELECT assoc.find_by_pk('club', 8, '{"attributes": [{"count": "notes", "as": "n", "where": {"id": {"lt": 1000}}}]}'), (SELECT count(*)
  FROM note WHERE club_id = 8 AND id < 1000);
SELECT assoc.adopt('note', 'note', '{"paranoid": true}', replace => true) ->> 'model';
UPDATE note SET deleted_at = now() WHERE id % 7 = 0;
SELECT count(*) FILTER (WHERE (d ->> 'n')::int <> (SELECT count(*) FROM note WHERE club_id = (d ->> 'id')::int
  AND deleted_at IS NULL)) AS wrong, count(*)
FROM assoc.find('club', '{"attributes": ["id", {"count": "notes", "as": "n"}]}') d;
DROP SCHEMA run_counts CASCADE;
