-- An index changes between loads that read its leaves: pages are split, emptied, used again, the whole is
-- built anew. Each load must still be what SQL gives.
\getenv top PG_ABS_SRCDIR
\set shop :top '/test/data/shop.sql'
\set ECHO none
\i :shop
\set ECHO all
SET pg_associations.probe = on;
CREATE TABLE owners (id bigint PRIMARY KEY);
CREATE TABLE things (id bigint PRIMARY KEY, owner_id bigint, label text, owner_label text COLLATE "C");
-- few entries a page: two levels for the numbers, three for the texts
CREATE INDEX things_owner ON things (owner_id) WITH (fillfactor = 10, deduplicate_items = off);
CREATE TABLE labels (label text COLLATE "C" PRIMARY KEY);
CREATE INDEX things_label ON things (owner_label DESC) WITH (fillfactor = 10);
\o /dev/null
SELECT assoc.adopt('owners', 'Owner'), assoc.adopt('things', 'Thing'), assoc.adopt('labels', 'Label');
SELECT assoc.has_many('Owner', 'Thing', foreign_key => 'owner_id', options => '{"constraints": false, "accessors": false}');
SELECT assoc.has_many('Label', 'Thing', alias => 'labelled', foreign_key => 'owner_label',
  options => '{"constraints": false, "accessors": false}');
\o
INSERT INTO owners SELECT generate_series(1, 600);
INSERT INTO labels SELECT rpad(to_char(i, 'FM00000'), 300, 'x') FROM generate_series(1, 1000) i;
CREATE FUNCTION fill(low int, high int, ids int) RETURNS void LANGUAGE sql AS $$
INSERT INTO things SELECT ids + i, o, 't' || i, rpad(to_char(1 + o % 1000, 'FM00000'), 300, 'x')
  FROM generate_series(low, high) o, generate_series(o * 8, o * 8 + o % 5) i
$$;
\set wrong 'SELECT \'by number\' AS key, count(*) FROM owners o WHERE assoc.get(\'Owner\', o.id, \'things\') IS DISTINCT FROM (SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.id), \'[]\') FROM things t WHERE t.owner_id = o.id) UNION ALL SELECT \'by text\', count(*) FROM labels l WHERE assoc.get(\'Label\', l.label, \'labelled\') IS DISTINCT FROM (SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY t.id), \'[]\') FROM things t WHERE t.owner_label = l.label);'
\set next 'SELECT pg_current_xact_id() IS NOT NULL AS next;'
-- empty, then one page, then many
:wrong
SELECT fill(1, 3, 0);
:wrong
SELECT fill(4, 600, 0);
:wrong
-- is it the probe that reads?
SELECT count(*) AS probes FROM assoc.explain('Owner', '{"where": {"id": 7}, "include": "things"}', run => true) line
  WHERE line ~ 'Source: probe of shop.things_owner';
-- a third of the pages go, and serve other keys
DELETE FROM things WHERE owner_id BETWEEN 200 AND 400;
VACUUM things;
-- a page that was given up serves again when all transactions of then are over
:next
VACUUM things;
SELECT fill(420, 580, 100000);
SELECT fill(200, 400, 200000);
:wrong
DELETE FROM things WHERE owner_id BETWEEN 100 AND 300;
VACUUM things;
:wrong
:next
VACUUM things;
SELECT fill(500, 600, 300000);
:wrong
SELECT fill(100, 300, 400000);
:wrong
-- what stands first or last on its page
DELETE FROM things WHERE owner_id % 3 = 0;
:wrong
VACUUM things;
:wrong
-- one key over many pages
INSERT INTO things SELECT 500000 + i, 300, 'same', rpad('00500', 300, 'x') FROM generate_series(1, 900) i;
:wrong
-- another file, with fewer pages
DELETE FROM things WHERE owner_id > 20;
REINDEX TABLE things;
:wrong
TRUNCATE things;
:wrong
SELECT fill(1, 50, 0);
:wrong
DROP INDEX things_owner;
CREATE INDEX things_owner ON things (owner_id DESC NULLS LAST);
:wrong
SELECT fill(51, 600, 0);
:wrong
-- shorter, in the same file: what a transaction made it may truncate in place
BEGIN;
SET client_min_messages = error;
DROP TABLE things;
CREATE TABLE things (id bigint PRIMARY KEY, owner_id bigint, label text, owner_label text COLLATE "C");
CREATE INDEX things_owner ON things (owner_id) WITH (fillfactor = 10);
CREATE INDEX things_label ON things (owner_label) WITH (fillfactor = 10);
\o /dev/null
SELECT assoc.adopt('things', 'Thing');
SELECT assoc.has_many('Owner', 'Thing', foreign_key => 'owner_id', options => '{"constraints": false, "accessors": false}');
SELECT assoc.has_many('Label', 'Thing', alias => 'labelled', foreign_key => 'owner_label',
  options => '{"constraints": false, "accessors": false}');
\o
SELECT fill(1, 600, 0);
:wrong
TRUNCATE things;
:wrong
SELECT fill(300, 310, 0);
:wrong
SAVEPOINT s;
SELECT fill(1, 250, 100000);
:wrong
ROLLBACK TO s;
:wrong
COMMIT;
:wrong
