-- A session remembers where rows with a unique key were; each load must still give what SQL gives.
\getenv top PG_ABS_SRCDIR
\set shop :top '/test/data/shop.sql'
\set ECHO none
\i :shop
\set ECHO all
SET pg_associations.probe = on;
CREATE TABLE makers (id int PRIMARY KEY, name text, slot int);
CREATE INDEX ON makers (slot);
CREATE TABLE wares (maker_id bigint, id uuid, note text, PRIMARY KEY (maker_id, id));
CREATE TABLE copies (id int PRIMARY KEY, maker_id bigint, ware_maker bigint, ware uuid);
CREATE INDEX ON copies (maker_id);
INSERT INTO makers SELECT g, 'm' || g, g FROM generate_series(1, 300) g;
INSERT INTO wares SELECT g, ('00000000-0000-0000-0000-' || lpad(g::text, 12, '0'))::uuid, 'w' || g FROM generate_series(1, 300) g;
INSERT INTO copies SELECT w.maker_id, w.maker_id, w.maker_id, w.id FROM wares w;
\o /dev/null
SELECT assoc.adopt('makers'), assoc.adopt('wares'), assoc.adopt('copies');
SELECT assoc.belongs_to('copies', 'makers', foreign_key => 'maker_id', alias => 'maker', inverse => 'copies',
  options => :'quiet'::jsonb || '{"constraints": false}');
SELECT assoc.belongs_to('copies', 'wares', foreign_key => 'ware_maker, ware', alias => 'thing', inverse => 'copies',
  options => :'quiet'::jsonb || '{"constraints": false}');
\o
-- loads of all copies by key, three times over: those that differ from SQL
\set wrong 'SELECT c.id, turn, given, wanted FROM generate_series(1, 3) turn, copies c LEFT JOIN makers m ON m.id = c.maker_id LEFT JOIN wares w ON (w.maker_id, w.id) = (c.ware_maker, c.ware), LATERAL (SELECT to_jsonb(c) || jsonb_build_object(\'maker\', to_jsonb(m), \'thing\', to_jsonb(w)) AS wanted, assoc.find_by_pk(\'copies\', c.id, \'{"include": ["maker", "thing"]}\') AS given) both_of_them WHERE given IS DISTINCT FROM wanted ORDER BY c.id, turn LIMIT 3;'
:wrong
SELECT name, total_bytes <= 300000 AS bounded FROM pg_backend_memory_contexts WHERE name = 'pg_associations places of rows';

-- a new version on the same page and on another one, one of an indexed column, one too long for the page
UPDATE makers SET name = 'n' || id WHERE id % 3 = 0;
UPDATE makers SET name = 'k' || id WHERE id % 3 = 0;
UPDATE makers SET slot = -slot WHERE id % 5 = 0;
UPDATE wares SET note = repeat(note, 400) WHERE maker_id % 7 = 0;
:wrong
-- keys change hands
BEGIN;
UPDATE makers SET id = -id WHERE id < 100;
:wrong
UPDATE makers SET id = 100 + id WHERE id < 0;
:wrong
ROLLBACK;
:wrong
-- gone, and other rows where they were
DELETE FROM makers WHERE id % 2 = 0;
DELETE FROM wares WHERE maker_id % 2 = 1;
:wrong
VACUUM makers, wares;
:wrong
INSERT INTO makers SELECT g, 'other' || g, g FROM generate_series(300, 2, -2) g;
INSERT INTO wares SELECT g, ('00000000-0000-0000-0000-' || lpad(g::text, 12, '0'))::uuid, 'o' || g FROM generate_series(299, 1, -2) g;
:wrong
-- the table is shorter: its last blocks are no more
DELETE FROM makers WHERE id > 20;
VACUUM makers;
:wrong
INSERT INTO makers SELECT g, 'late' || g, g FROM generate_series(300, 21, -1) g;
:wrong
-- it is another file, or none of its rows is where it was
TRUNCATE wares;
:wrong
INSERT INTO wares SELECT g, ('00000000-0000-0000-0000-' || lpad(g::text, 12, '0'))::uuid, 'again' || g FROM generate_series(300, 1, -1) g;
:wrong
VACUUM FULL makers;
:wrong
CLUSTER makers USING makers_slot_idx;
:wrong
ALTER TABLE makers ALTER slot TYPE bigint, ADD COLUMN motto text DEFAULT 'none';
:wrong
ALTER TABLE makers ALTER id TYPE bigint;
:wrong
DROP TABLE wares;
CREATE TABLE wares (note text, id uuid, maker_id bigint, PRIMARY KEY (maker_id, id));
INSERT INTO wares SELECT 'new' || g, ('00000000-0000-0000-0000-' || lpad(g::text, 12, '0'))::uuid, g FROM generate_series(1, 300) g;
SELECT assoc.adopt('wares');
SELECT assoc.belongs_to('copies', 'wares', foreign_key => 'ware_maker, ware', alias => 'thing', inverse => 'copies',
  options => :'quiet'::jsonb || '{"constraints": false}');
:wrong

-- an old snapshot sees the old version after a newer one saw the new one, and the other way round
\set name 'SELECT assoc.find_by_pk(\'makers\', 7, \'{"attributes": ["name"]}\') AS maker'
:name;
BEGIN;
DECLARE old CURSOR FOR :name FROM generate_series(1, 6);
FETCH 1 FROM old;
UPDATE makers SET name = 'seven', slot = -7 WHERE id = 7;
:name;
FETCH 2 FROM old;
:name;
FETCH 2 FROM old;
SAVEPOINT s;
DELETE FROM makers WHERE id = 7;
:name;
FETCH 1 FROM old;
ROLLBACK TO s;
:name;
ROLLBACK;
:name;
-- soft-deleted is not found, wherever it was
SELECT assoc.define('Keep', '{"id": {"type": "int", "primaryKey": true}, "name": "text"}',
  '{"tableName": "keeps", "paranoid": true, "timestamps": false, "deletedAt": "gone"}')->'table' AS made;
INSERT INTO keeps VALUES (1, 'here');
\set keep 'SELECT assoc.find_by_pk(\'Keep\', 1, \'{"attributes": ["name"]}\') AS kept, assoc.find_by_pk(\'Keep\', 1, \'{"attributes": ["name"], "paranoid": false}\') AS with_deleted FROM generate_series(1, 2);'
:keep
UPDATE keeps SET gone = '2026-01-01';
:keep
UPDATE keeps SET gone = NULL, name = 'back';
:keep
-- lookups count as uses of the index, however the row was found
SELECT pg_stat_force_next_flush();
SELECT idx_scan AS before FROM pg_stat_user_indexes WHERE indexrelname = 'keeps_pkey' \gset
SELECT count(assoc.find_by_pk('Keep', 1)) FROM generate_series(1, 100);
SELECT pg_stat_force_next_flush();
SELECT idx_scan - :before AS lookups FROM pg_stat_user_indexes WHERE indexrelname = 'keeps_pkey';
-- keys of text, as a caller and as a row have them: short, long, compressed
CREATE TABLE labels (code text PRIMARY KEY, above text REFERENCES labels DEFERRABLE, n int);
CREATE INDEX ON labels (above);
INSERT INTO labels SELECT repeat(g::text, g * g * 3), repeat((g / 2)::text, (g / 2) * (g / 2) * 3), g FROM generate_series(0, 30) g;
SELECT max(length(code)) AS longest, min(pg_column_size(code)) FILTER (WHERE length(code) > 4000) < 200 AS compressed FROM labels;
SELECT assoc.adopt('labels', 'Label')->'model' AS adopted;
SELECT assoc.belongs_to('Label', 'Label', alias => 'parent', foreign_key => 'above', inverse => 'children',
  options => :'quiet')->'alias' AS declared;
CREATE VIEW wrong_labels AS
  SELECT l.n, turn
  FROM generate_series(1, 3) turn, labels l LEFT JOIN labels a ON a.code = l.above
  WHERE assoc.find_by_pk('Label', l.code, '{"include": ["parent"]}') IS DISTINCT FROM
    to_jsonb(l) || jsonb_build_object('parent', to_jsonb(a));
TABLE wrong_labels;
UPDATE labels SET n = -n WHERE n % 3 = 0;
TABLE wrong_labels;
BEGIN;
SET CONSTRAINTS ALL DEFERRED;
UPDATE labels SET code = code || '!' WHERE n % 2 = 0;
UPDATE labels SET above = above || '!' WHERE above || '!' IN (SELECT code FROM labels);
TABLE wrong_labels;
ROLLBACK;
TABLE wrong_labels;
DELETE FROM labels WHERE abs(n) > 20;
VACUUM labels;
INSERT INTO labels SELECT repeat(g::text, g * g * 3), '', g FROM generate_series(30, 21, -1) g;
TABLE wrong_labels;
