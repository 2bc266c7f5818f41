-- A row that several parents share is read once for all loads under snapshots that see the same: each
-- load must still be what SQL gives. Document caching is off, for it would hide that.
\getenv top PG_ABS_SRCDIR
\set shop :top '/test/data/shop.sql'
\set ECHO none
\i :shop
\set ECHO all
SET pg_associations.probe = on;
SET synchronous_commit = on;
CREATE TABLE people (id bigint PRIMARY KEY, name text);
CREATE TABLE clubs (id int PRIMARY KEY, title text, gone_at timestamptz);
CREATE TABLE memberships (person_id bigint, club_id int, role text, PRIMARY KEY (person_id, club_id));
CREATE INDEX ON memberships (club_id);
INSERT INTO people SELECT g, 'p' || g FROM generate_series(1, 60) g;
INSERT INTO clubs SELECT g, 'c' || g FROM generate_series(1, 8) g;
INSERT INTO memberships SELECT p, 1 + (p * k) % 8, 'r' || k FROM generate_series(1, 60) p, generate_series(1, 4) k ON CONFLICT DO NOTHING;
\o /dev/null
SELECT assoc.adopt('people', 'Person'), assoc.adopt('clubs', 'Club', '{"deletedAt": "gone_at", "paranoid": true}'),
  assoc.adopt('memberships', 'Membership');
SELECT assoc.belongs_to_many('Person', 'Club', through => 'Membership', foreign_key => 'person_id', other_key => 'club_id',
  inverse => 'people', options => :'quiet'::jsonb || '{"constraints": false}');
\o
CREATE FUNCTION wanted(person bigint) RETURNS jsonb STABLE LANGUAGE sql
RETURN (SELECT to_jsonb(p) || jsonb_build_object(
    'clubs', (SELECT coalesce(jsonb_agg(to_jsonb(c) || jsonb_build_object('Membership', to_jsonb(m)) ORDER BY c.id), '[]')
              FROM memberships m JOIN clubs c ON c.id = m.club_id WHERE m.person_id = p.id AND c.gone_at IS NULL))
  FROM people p WHERE p.id = person);
\set given 'assoc.find_by_pk(\'Person\', id, \'{"include": "clubs"}\')'
-- by many calls of one statement, and of many statements
\set wrong 'SELECT id FROM people WHERE :given IS DISTINCT FROM wanted(id) ORDER BY id LIMIT 3;'
\set one 'SELECT id FROM people WHERE id = 7 AND :given IS DISTINCT FROM wanted(id);'
\set touch 'UPDATE clubs SET title = '
VACUUM (FREEZE, ANALYZE) clubs;
:wrong
:one
-- what the session's own transaction changes, and takes back
BEGIN;
:one
:touch 'own';
:one
:wrong
SAVEPOINT s;
:touch 'sub';
:one
ROLLBACK TO s;
:one
:touch 'sub again';
:one
RELEASE s;
:one
SAVEPOINT t;
:touch 'once more';
SAVEPOINT u;
:one
ROLLBACK TO t;
:one
:wrong
ROLLBACK;
:one
:wrong
-- within a function: between two commands, and where a subtransaction fails without a command after it
CREATE FUNCTION in_between() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE person bigint;
BEGIN
  FOR person IN 1..20 LOOP
    BEGIN
      UPDATE clubs SET title = 'loop ' || person;
      RETURN QUERY SELECT 'changed' WHERE assoc.find_by_pk('Person', person, '{"include": "clubs"}') IS DISTINCT FROM wanted(person);
      RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
      RETURN QUERY SELECT 'taken back' WHERE assoc.find_by_pk('Person', person + 20, '{"include": "clubs"}') IS DISTINCT
        FROM wanted(person + 20);
    END;
  END LOOP;
END $$;
SELECT * FROM in_between();
-- from transaction to transaction
:touch 'committed';
:one
:wrong
UPDATE clubs SET gone_at = now() WHERE id = 4;
:one
:wrong
DELETE FROM clubs WHERE id = 5;
:wrong
BEGIN;
TRUNCATE clubs;
:wrong
ROLLBACK;
:wrong
TRUNCATE clubs;
:wrong
INSERT INTO clubs SELECT g, 'new ' || g FROM generate_series(1, 8) g;
:wrong
-- one snapshot throughout, and with every row that is read protected
BEGIN ISOLATION LEVEL REPEATABLE READ;
:wrong
:touch 'repeatable';
:wrong
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
:wrong
:touch 'serializable';
:wrong
COMMIT;
:wrong
-- a cursor goes on seeing what was when it was opened
BEGIN;
DECLARE c CURSOR FOR SELECT id, :given ->> 'clubs' LIKE '%serializable%' AS as_opened FROM people WHERE id IN (1, 2, 3, 4) ORDER BY id;
FETCH 1 FROM c;
:touch 'later';
:one
FETCH 1 FROM c;
:wrong
FETCH 2 FROM c;
COMMIT;
:wrong
-- what runs within a command sees what that has written so far, also without a command of its own in between
CREATE FUNCTION note_wrong() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF assoc.find_by_pk('Person', 7, '{"include": "clubs"}') IS DISTINCT FROM wanted(7) THEN
    RAISE WARNING '% of club %: a stale row', TG_WHEN, NEW.id;
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION title_while_writing(club int) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN CASE WHEN assoc.find_by_pk('Person', 7, '{"include": "clubs"}') IS DISTINCT FROM wanted(7) THEN 'stale' ELSE 'as it is' END;
END $$;
CREATE TRIGGER before BEFORE UPDATE ON clubs FOR EACH ROW EXECUTE FUNCTION note_wrong();
CREATE TRIGGER after AFTER UPDATE ON clubs FOR EACH ROW EXECUTE FUNCTION note_wrong();
:touch 'in triggers';
DROP TRIGGER before ON clubs;
DROP TRIGGER after ON clubs;
:touch title_while_writing(id);
SELECT DISTINCT title FROM clubs;
