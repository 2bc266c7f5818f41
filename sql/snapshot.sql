-- What a load sees: its statement's snapshot, in transactions, cursors, functions and recursion.
\getenv top PG_ABS_SRCDIR
\set shop :top '/test/data/shop.sql'
\set ECHO none
\i :shop
\set ECHO all
CREATE TABLE heaps (id int PRIMARY KEY, name text);
CREATE TABLE grains (id int PRIMARY KEY, heap_id int, n int);
CREATE INDEX ON grains (heap_id);
INSERT INTO heaps SELECT g, 'h' || g FROM generate_series(1, 200) g;
INSERT INTO grains SELECT g, g, g FROM generate_series(1, 200) g;
\o /dev/null
SELECT assoc.adopt('heaps'), assoc.adopt('grains');
SELECT assoc.has_many('heaps', 'grains', foreign_key => 'heap_id', alias => 'grains', inverse => 'heap',
  options => :'quiet'::jsonb || '{"constraints": false}');
\o
\set one 'SELECT assoc.find_by_pk(\'heaps\', 1, \'{"include": ["grains"]}\') AS probe, assoc.find_all(\'heaps\', \'{"where": {"id": 1}, "include": ["grains"]}\') AS batch;'

-- own writes are seen by the next statement, not by the same one
BEGIN;
INSERT INTO grains VALUES (1001, 1, 0);
:one
WITH gone AS (DELETE FROM grains WHERE heap_id = 1 RETURNING id)
SELECT count(*) AS deleted, assoc.find_by_pk('heaps', 1, '{"include": ["grains"]}') AS probe FROM gone;
:one
SAVEPOINT s;
UPDATE heaps SET name = 'new' WHERE id = 1;
:one
ROLLBACK TO s;
:one
ROLLBACK;
:one

-- a function that is not volatile sees what its caller sees, a volatile one its own writes
CREATE FUNCTION add_and_load(id int) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$ BEGIN INSERT INTO grains
  VALUES (id, 1, 0); RETURN assoc.get('heaps', 1, 'grains', '{"attributes": ["id"]}'); END $$;
CREATE FUNCTION stable_load(id int) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN assoc.get('heaps', id, 'grains',
  '{"attributes": ["id"]}'); END $$;
BEGIN;
SELECT add_and_load(1002), stable_load(1) AS of_the_statement, assoc.get('heaps', 1, 'grains', '{"attributes": ["id"]}') AS same;
SELECT stable_load(1);
ROLLBACK;
-- loads in a trigger: before the row is there, and after
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '% %: %', TG_WHEN, TG_OP, assoc.get('heaps', 2, 'grains',
  '{"attributes": ["id", "n"]}'); RETURN NEW; END $$;
CREATE TRIGGER before BEFORE INSERT OR UPDATE ON grains FOR EACH ROW EXECUTE FUNCTION noted();
CREATE TRIGGER after AFTER INSERT OR UPDATE ON grains FOR EACH ROW EXECUTE FUNCTION noted();
SET client_min_messages = notice;
BEGIN;
INSERT INTO grains VALUES (1003, 2, 5);
UPDATE grains SET n = 6 WHERE id = 1003;
ROLLBACK;
DROP TRIGGER before ON grains;
DROP TRIGGER after ON grains;

-- one snapshot for the whole transaction
BEGIN ISOLATION LEVEL REPEATABLE READ;
:one
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
:one
SELECT count(*) > 0 AS read_locks FROM pg_locks WHERE mode = 'SIReadLock'
  AND relation IN ('grains'::regclass, 'heaps'::regclass, 'grains_heap_id_idx'::regclass, 'heaps_pkey'::regclass);
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;
:one
COMMIT;

-- a cursor keeps its snapshot, whatever is written between fetches
\set cursor 'DECLARE c CURSOR FOR SELECT assoc.find(\'heaps\', \'{"attributes": ["id"], "include": [{"association": "grains", "attributes": ["n"]}]}\');'
BEGIN;
:cursor
FETCH 1 FROM c;
UPDATE grains SET n = -1;
DELETE FROM heaps WHERE id > 150;
INSERT INTO grains VALUES (1004, 100, -2);
MOVE 98 IN c;
FETCH 2 FROM c;
MOVE ALL IN c;
FETCH 1 FROM c;
ROLLBACK;
-- subtransactions come and go
BEGIN;
:cursor
SAVEPOINT s;
MOVE 33 IN c;
RELEASE s;
FETCH 1 FROM c;
SAVEPOINT s;
MOVE 60 IN c;
ROLLBACK TO s;
FETCH 1 FROM c;
COMMIT;
BEGIN;
:cursor
SAVEPOINT s;
FETCH 1 FROM c;
ROLLBACK TO s;
-- its rows were read in what was rolled back
MOVE 100 IN c;
ROLLBACK;
-- beyond the transaction
BEGIN;
DECLARE w CURSOR WITH HOLD FOR SELECT assoc.find('heaps', '{"attributes": ["id"], "include": [{"association": "grains",
  "attributes": ["n"]}]}');
FETCH 1 FROM w;
COMMIT;
UPDATE grains SET n = 0 WHERE id = 200;
MOVE 198 IN w;
FETCH 2 FROM w;
CLOSE w;
BEGIN;
SELECT format('DECLARE w%s CURSOR WITH HOLD FOR SELECT assoc.find(''heaps'', ''{"attributes": ["id"]}'')', g)
  FROM generate_series(1, 8) g \gexec
MOVE 5 IN w1;
MOVE 40 IN w2;
MOVE 1 IN w8;
COMMIT;
FETCH 1 FROM w1;
FETCH 1 FROM w2;
FETCH 1 FROM w3;
FETCH 1 FROM w8;
CLOSE ALL;
-- and backwards, where rows are kept
BEGIN;
DECLARE b SCROLL CURSOR FOR SELECT assoc.find('heaps', '{"attributes": ["id"]}');
FETCH 1 FROM b;
FETCH LAST FROM b;
FETCH PRIOR FROM b;
FETCH FIRST FROM b;
COMMIT;

-- what a cursor reads is in use, all of it, as for any cursor: other values never come
BEGIN;
:cursor
FETCH 1 FROM c;
SAVEPOINT s;
ALTER TABLE heaps ADD extra int;
ROLLBACK TO s;
ALTER TABLE grains ALTER n TYPE text USING 'n' || n;
ROLLBACK TO s;
ALTER TABLE grains ADD extra int DEFAULT 5;
ROLLBACK TO s;
CREATE INDEX ON grains (n);
ROLLBACK TO s;
TRUNCATE grains;
ROLLBACK TO s;
MOVE 100 IN c;
FETCH 1 FROM c;
ROLLBACK;

-- loops with a commit inside
CREATE PROCEDURE walk() LANGUAGE plpgsql AS $$
DECLARE
  d jsonb;
  n int := 0;
BEGIN
  FOR d IN SELECT assoc.find('heaps', '{"include": ["grains"]}') LOOP
    n := n + 1;
    IF n % 50 = 0 THEN UPDATE heaps SET name = 'seen' WHERE id = (d ->> 'id')::int; COMMIT; END IF;
  END LOOP;
  RAISE NOTICE '% rows', n;
END $$;
CALL walk();
-- an error in a load leaves the transaction usable
DO $$
BEGIN
  FOR i IN 1..3 LOOP
    BEGIN
      PERFORM assoc.find('heaps', '{"where": {"id": {"gt": 0}}, "include": [{"association": "grains", "where": {"n": "x"}}]}');
    EXCEPTION WHEN OTHERS THEN RAISE NOTICE '% %', SQLSTATE, SQLERRM; END;
    BEGIN
      PERFORM 1 / (jsonb_array_length(d -> 'grains') - 1) FROM assoc.find('heaps', '{"include": ["grains"]}') d;
    EXCEPTION WHEN OTHERS THEN RAISE NOTICE '% %', SQLSTATE, SQLERRM; END;
    BEGIN
      PERFORM assoc.find_by_pk('heaps', 1 / (i - i));
    EXCEPTION WHEN OTHERS THEN RAISE NOTICE '% %', SQLSTATE, SQLERRM; END;
  END LOOP;
END $$;
:one

-- a limit above closes what is left; twice in one query; in joins, subqueries, lateral
SELECT assoc.find('heaps', '{"attributes": ["id"]}') LIMIT 2;
SELECT count(*) AS left_open FROM pg_cursors WHERE name LIKE '<unnamed%';
SELECT (SELECT assoc.find('heaps', '{"attributes": ["id"]}') OFFSET g LIMIT 1) FROM generate_series(0, 100, 50) g;
SELECT assoc.find('heaps', '{"attributes": ["id"], "limit": 2}') AS a, assoc.find('heaps',
  '{"attributes": ["id"], "limit": 3, "offset": 100}') AS b;
SELECT count(*) FROM assoc.find('heaps') a JOIN assoc.find_json('heaps', '{"include": ["grains"]}') b ON a ->> 'id' = b ->> 'id';
SELECT EXISTS (SELECT assoc.find('heaps')) AS some, (SELECT count(*) FROM (SELECT assoc.find('heaps') OFFSET 190) x) AS n;
SELECT d ->> 'id' AS id FROM generate_series(1, 3) g, LATERAL (SELECT assoc.find('heaps', jsonb_build_object('offset', g * 40, 'limit',
  1))) f (d);
SELECT count(*) AS left_open FROM pg_cursors WHERE name LIKE '<unnamed%';

-- loads inside what a load reads: a view whose function loads, to any depth but no further
CREATE FUNCTION grains_of(id int) RETURNS int LANGUAGE sql STABLE AS $$ SELECT jsonb_array_length(assoc.get('heaps', id, 'grains')) $$;
CREATE VIEW counted AS SELECT id, name, grains_of(id) AS n FROM heaps;
SELECT assoc.adopt('counted', options => '{"key": ["id"]}') ->> 'model' AS model;
SELECT assoc.find_all('counted', '{"attributes": ["id", "n"], "where": {"n": {"gte": 1}}, "limit": 2}'), assoc.find_by_pk('counted', 1,
  '{"attributes": ["n"]}');
CREATE FUNCTION endless(id int) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN assoc.find_by_pk('turtles', id); END $$;
CREATE VIEW turtles AS SELECT id, endless(id) AS below FROM heaps;
SELECT assoc.adopt('turtles', options => '{"key": ["id"]}') ->> 'model' AS model;
SELECT code, message FROM refused($$SELECT assoc.find_by_pk('turtles', 1)$$);
-- and one that changes what is cached while it runs
CREATE FUNCTION meddle(id int) RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN
  EXECUTE 'CREATE TABLE IF NOT EXISTS shop.meddled ()'; EXECUTE 'DROP TABLE shop.meddled'; EXECUTE
    format('COMMENT ON TABLE shop.heaps IS %L', id); PERFORM assoc.find_by_pk('heaps', id, jsonb_build_object('attributes',
    jsonb_build_array(jsonb_build_array('id', 'x' || id)))); RETURN id; END $$;
CREATE VIEW meddling AS SELECT id, id AS heap_id, meddle(id) AS m FROM heaps WHERE id <= 20;
SELECT assoc.adopt('meddling', options => '{"key": ["id"]}') ->> 'model' AS model;
INSERT INTO assoc.associations (source, alias, kind, target, source_key, foreign_key, singular)
  VALUES ('heaps', 'meddlers', 'has_many', 'meddling', '{id}', '{heap_id}', 'meddler');
SET pg_associations.plan_cache_size = 8;
SELECT md5(assoc.find_all('heaps', '{"where": {"id": {"lt": 40}}, "include": ["meddlers", "grains"]}')::text) = md5((SELECT
  jsonb_agg(to_jsonb(h) || jsonb_build_object(
  'meddlers', CASE WHEN id <= 20 THEN jsonb_build_array(jsonb_build_object('id', id, 'heap_id', id, 'm', id)) ELSE '[]' END, 'grains',
    (SELECT jsonb_agg(to_jsonb(g)) FROM grains g WHERE heap_id = h.id)) ORDER BY id) FROM heaps h WHERE id < 40)::text) AS same;
RESET pg_associations.plan_cache_size;
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
