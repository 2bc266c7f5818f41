-- A session keeps documents that it is asked for again and again; each must still be what SQL gives.
\getenv top PG_ABS_SRCDIR
\set shop :top '/test/data/shop.sql'
\set ECHO none
\i :shop
\set ECHO all
SET pg_associations.probe = on;
-- only what is known to be on disk can be known to be visible to all
SET synchronous_commit = on;
CREATE TABLE people (id bigint PRIMARY KEY, name text, born timestamptz, weight float8, gone_at timestamptz);
CREATE TABLE clubs (id int PRIMARY KEY, title text NOT NULL, price numeric);
CREATE TABLE memberships (person_id bigint, club_id int, role text, since timestamptz, PRIMARY KEY (person_id, club_id));
CREATE INDEX ON memberships (club_id);
CREATE TABLE letters (id int PRIMARY KEY, person_id bigint, body text);
CREATE INDEX ON letters (person_id);
INSERT INTO people SELECT g, 'p' || g, '2024-03-31 00:30:00+00'::timestamptz + g * interval '1 hour', g / 3.0 FROM generate_series(1, 400) g;
INSERT INTO clubs SELECT g, 'c' || g, g * 1.50 FROM generate_series(1, 30) g;
INSERT INTO memberships SELECT p, 1 + (p * k) % 30, 'r' || k, '2024-01-01' FROM generate_series(1, 400) p, generate_series(1, 5) k ON CONFLICT DO NOTHING;
INSERT INTO letters SELECT g, 1 + g % 399, repeat('letter ', g % 9) FROM generate_series(1, 1500) g;
\o /dev/null
SELECT assoc.adopt('people', 'Person', '{"deletedAt": "gone_at", "paranoid": true}'), assoc.adopt('clubs', 'Club'), assoc.adopt('memberships', 'Membership'), assoc.adopt('letters', 'Letter');
SELECT assoc.belongs_to_many('Person', 'Club', through => 'Membership', foreign_key => 'person_id', other_key => 'club_id', inverse => 'people', options => :'quiet'::jsonb || '{"constraints": false}');
SELECT assoc.has_many('Person', 'Letter', foreign_key => 'person_id', inverse => 'person', options => :'quiet'::jsonb || '{"constraints": false}');
\o
CREATE FUNCTION given(person bigint) RETURNS jsonb STABLE LANGUAGE sql
RETURN assoc.find_by_pk('Person', person, '{"include": ["clubs", "letters"]}');
CREATE FUNCTION wanted(person bigint) RETURNS jsonb STABLE LANGUAGE sql
RETURN (SELECT to_jsonb(p) || jsonb_build_object(
    'clubs', (SELECT coalesce(jsonb_agg(to_jsonb(c) || jsonb_build_object('Membership', to_jsonb(m)) ORDER BY c.id), '[]')
              FROM memberships m JOIN clubs c ON c.id = m.club_id WHERE m.person_id = p.id),
    'letters', (SELECT coalesce(jsonb_agg(to_jsonb(l) ORDER BY l.id), '[]') FROM letters l WHERE l.person_id = p.id))
  FROM people p WHERE p.id = person AND p.gone_at IS NULL);
-- four times each: asked for once, kept, handed out twice; ids whose two documents differ
\set wrong 'SELECT p.id, turn FROM generate_series(1, 4) turn, generate_series(1, 400, 13) p(id) WHERE given(p.id + 0 * turn) IS DISTINCT FROM wanted(p.id) ORDER BY 1, 2 LIMIT 3;'
\set kept 'SELECT used_bytes > 30000 AS kept FROM pg_backend_memory_contexts WHERE name = \'pg_associations documents\';'
\set tables 'people, clubs, memberships, letters'
-- rows that not everybody can see are not kept
:wrong
:kept
-- what is waited for is that no other transaction needs older rows
SET client_min_messages = warning;
DO $$
BEGIN
  FOR i IN 1..200 LOOP
    EXIT WHEN (SELECT min(backend_xmin::text::bigint) IS NULL FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database());
    PERFORM pg_sleep(0.1);
    PERFORM pg_stat_clear_snapshot();
  END LOOP;
END $$;
VACUUM (FREEZE) :tables;
:wrong
:kept
-- changed by this transaction, by one that is undone, and undone in part
BEGIN;
UPDATE people SET name = name || '!' WHERE id % 2 = 0;
:wrong
UPDATE memberships SET role = 'chair' WHERE person_id % 3 = 0;
DELETE FROM memberships WHERE club_id = 7;
INSERT INTO memberships SELECT id, 7, 'new' FROM people WHERE id % 5 = 1;
:wrong
SAVEPOINT s;
UPDATE clubs SET title = upper(title);
INSERT INTO letters SELECT 2000 + id, id, 'late' FROM people;
:wrong
ROLLBACK TO s;
:wrong
ROLLBACK;
:wrong
VACUUM :tables;
:wrong
-- a row comes where there was none, before and behind the others; one goes; one moves; a key changes
INSERT INTO letters SELECT -id, id, 'first' FROM people WHERE id % 13 = 1;
:wrong
VACUUM :tables;
:wrong
UPDATE letters SET person_id = person_id + 13 WHERE id % 7 = 0;
:wrong
VACUUM :tables;
:wrong
UPDATE memberships SET person_id = 400 + person_id WHERE person_id = 14;
:wrong
VACUUM :tables;
:wrong
DELETE FROM letters WHERE id < 0;
UPDATE people SET gone_at = now() WHERE id = 27;
:wrong
VACUUM :tables;
:wrong
UPDATE people SET gone_at = NULL WHERE id = 27;
VACUUM :tables;
:wrong
:kept
-- other rows where they were, a shorter table, another file
DELETE FROM people WHERE id > 100;
VACUUM :tables;
INSERT INTO people SELECT g, 'q' || g FROM generate_series(400, 101, -1) g;
:wrong
VACUUM (FREEZE) :tables;
:wrong
VACUUM FULL people;
:wrong
TRUNCATE letters;
:wrong
INSERT INTO letters SELECT g, 1 + g % 399, 'again' FROM generate_series(1, 300) g;
VACUUM :tables;
:wrong
REINDEX TABLE memberships;
:wrong
-- what values are written by
SET timezone = 'Asia/Tokyo';
:wrong
SET timezone = 'America/Lima';
SET extra_float_digits = 0;
:wrong
RESET extra_float_digits;
:wrong
-- the shape of the tables
ALTER TABLE clubs ADD motto text DEFAULT 'onwards';
:wrong
ALTER TABLE clubs RENAME title TO heading;
:wrong
ALTER TABLE clubs DROP motto;
:wrong
VACUUM :tables;
:wrong
-- an older snapshot, and the strictest level
BEGIN ISOLATION LEVEL REPEATABLE READ;
:wrong
COMMIT;
\c -
\pset format unaligned
SET client_min_messages = warning;
SET search_path = shop;
SET pg_associations.probe = on;
SET synchronous_commit = on;
BEGIN ISOLATION LEVEL SERIALIZABLE;
:wrong
COMMIT;
:wrong
-- rights are asked of each call
CREATE ROLE regress_reader;
GRANT USAGE ON SCHEMA shop TO regress_reader;
GRANT SELECT ON :tables TO regress_reader;
SET ROLE regress_reader;
SELECT count(given(2 + 0 * turn)) FROM generate_series(1, 5) turn;
SELECT given(2) = wanted(2) AS same;
RESET ROLE;
REVOKE SELECT ON letters FROM regress_reader;
SET ROLE regress_reader;
SELECT given(2);
RESET ROLE;
GRANT SELECT ON letters TO regress_reader;
ALTER TABLE letters ENABLE ROW LEVEL SECURITY;
SET ROLE regress_reader;
SELECT jsonb_array_length(given(2 + 0 * turn) -> 'letters') FROM generate_series(1, 4) turn;
RESET ROLE;
ALTER TABLE letters DISABLE ROW LEVEL SECURITY;
SET ROLE regress_reader;
SELECT jsonb_array_length(given(2 + 0 * turn) -> 'letters') > 0 FROM generate_series(1, 4) turn;
RESET ROLE;
-- get and json; a row that is not there comes
SELECT bool_and(assoc.get('Person', id, 'letters') = wanted(id) -> 'letters') FROM generate_series(1, 4), generate_series(1, 40, 3) id;
SELECT bool_and(assoc.find_by_pk_json('Person', id, '{"include": ["clubs", "letters"]}')::jsonb = wanted(id)) FROM generate_series(1, 4), generate_series(1, 40, 3) id;
SELECT count(given(999)) FROM generate_series(1, 4);
INSERT INTO people VALUES (999, 'come');
SELECT given(999) = wanted(999) AS same FROM generate_series(1, 2);
-- no more than the setting allows; none with 0
SET pg_associations.document_cache = 64;
SELECT bool_and(given(id + 0 * turn) IS NOT DISTINCT FROM wanted(id)) FROM generate_series(1, 3) turn, generate_series(1, 400) id;
SELECT used_bytes < 120000 AS bounded FROM pg_backend_memory_contexts WHERE name = 'pg_associations documents';
SET pg_associations.document_cache = 0;
:wrong
RESET pg_associations.document_cache;
-- tables that are not logged leave no trace on their pages
ALTER TABLE letters SET UNLOGGED;
VACUUM :tables;
:wrong
UPDATE letters SET body = body || '.' WHERE id % 2 = 0;
:wrong
INSERT INTO letters SELECT 9000 + id, id, 'unlogged' FROM people WHERE id < 300;
:wrong
DROP OWNED BY regress_reader;
DROP ROLE regress_reader;
