-- Rows of a range of parents, and entries of btrees read without index scans, compared with the batch.
\getenv top PG_ABS_SRCDIR
\set shop :top '/test/data/shop.sql'
\set ECHO none
\i :shop
\set ECHO all
SET synchronous_commit = on;
CREATE TABLE farms (id bigint PRIMARY KEY, name text, gone timestamptz);
CREATE TABLE crops (id int PRIMARY KEY, title text);
CREATE TABLE fields (farm_id bigint, crop_id int, area numeric, sown date, PRIMARY KEY (farm_id, crop_id));
CREATE INDEX ON fields (crop_id);
-- a reference of another integer type, that may be null, in a descending index with a second column; many rows of one parent
CREATE TABLE sheep (id int PRIMARY KEY, farm_id int, name text, gone timestamptz);
CREATE INDEX sheep_farm ON sheep (farm_id DESC, name);
CREATE TABLE fences (id int PRIMARY KEY, farm_id smallint, length int);
CREATE INDEX fences_farm ON fences (farm_id);
INSERT INTO farms SELECT g, 'farm ' || g FROM generate_series(-150, 350) g;
INSERT INTO crops SELECT g, 'crop ' || g FROM generate_series(1, 40) g;
INSERT INTO fields SELECT f, 1 + abs(f * k) % 40, k + 0.50, date '2024-01-01' + k
  FROM generate_series(1, 6) k, generate_series(-150, 350) f ON CONFLICT DO NOTHING;
INSERT INTO sheep SELECT g, CASE WHEN g % 11 > 0 THEN g % 501 - 150 END, 's' || g % 7,
  CASE WHEN g % 5 = 0 THEN '2024-01-01'::timestamptz END FROM generate_series(1, 3000) g;
INSERT INTO fences SELECT g, 1 + g % 20, g FROM generate_series(1, 9000) g;
\o /dev/null
SELECT assoc.adopt('farms', 'Farm'), assoc.adopt('crops', 'Crop'), assoc.adopt('fields', 'Field'), assoc.adopt('sheep', 'Sheep',
  '{"deletedAt": "gone", "paranoid": true}'), assoc.adopt('fences', 'Fence');
SELECT assoc.belongs_to_many('Farm', 'Crop', through => 'Field', alias => 'crops', foreign_key => 'farm_id', other_key => 'crop_id',
  inverse => 'farms', options => :'quiet'::jsonb || '{"constraints": false}');
SELECT assoc.has_many('Farm', 'Sheep', alias => 'sheep', foreign_key => 'farm_id', inverse => 'farm',
  options => :'quiet'::jsonb || '{"constraints": false}');
SELECT assoc.has_many('Farm', 'Fence', alias => 'fences', foreign_key => 'farm_id', inverse => 'farm',
  options => :'quiet'::jsonb || '{"constraints": false}');
\o
-- the documents of a find with probes and without: how many, and whether they are the same
CREATE FUNCTION compared(options jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  probed jsonb[];
  batched jsonb[];
BEGIN
  PERFORM set_config('pg_associations.probe', 'on', true);
  probed := ARRAY(SELECT assoc.find('Farm', options));
  -- streamed in batches, and all at once
  IF to_jsonb(probed) IS DISTINCT FROM assoc.find_all('Farm', options) THEN
    RETURN 'find_all differs from find';
  END IF;
  PERFORM set_config('pg_associations.probe', 'off', true);
  batched := ARRAY(SELECT assoc.find('Farm', options));
  RETURN cardinality(probed) || CASE WHEN probed = batched THEN ' same' ELSE ' different' END;
END $$;
CREATE FUNCTION sources(options jsonb) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('pg_associations.probe', 'on', true);
  RETURN QUERY SELECT trim(line) FROM assoc.explain('Farm', options, run => true) line WHERE line ~ 'Source:';
END $$;
\set all '\'{"include": ["crops", "sheep", "fences"]}\''
\set deep '\'{"include": [{"association": "crops", "through": {"flatten": true}}, {"association": "sheep", "attributes": ["name"], "include": [{"association": "farm", "attributes": ["name"]}]}]}\''
\set some '\'{"where": {"id": {"between": [-20, 200]}}, "include": ["crops", "sheep"]}\''
\set gaps '\'{"where": {"id": {"in": [-150, -149, -148, 1, 2, 3, 340, 341]}}, "include": ["crops", "sheep"]}\''
\set first '\'{"include": [{"association": "sheep", "order": ["name"], "limit": 2}, {"association": "fences", "limit": 3, "offset": 1, "order": ["id"]}]}\''
\set compare 'SELECT compared(:all) AS whole, compared(:deep) AS deep, compared(:some) AS some, compared(:gaps) AS gaps, compared(:first) AS first;'
SELECT sources(:all);
SELECT sources(:gaps);
:compare
VACUUM farms, crops, fields, sheep, fences;
:compare
-- rows that go, come and change, on pages that are visible to all and on those that are not
BEGIN;
DELETE FROM farms WHERE id % 17 = 0;
DELETE FROM fields WHERE crop_id = 3;
UPDATE fields SET area = area * 2 WHERE farm_id % 3 = 0;
UPDATE sheep SET name = name || 'x' WHERE id % 4 = 0;
UPDATE sheep SET gone = now() WHERE id % 9 = 0;
UPDATE crops SET title = upper(title) WHERE id % 2 = 0;
INSERT INTO sheep SELECT 10000 + g, g, 'late' FROM generate_series(-150, 350, 7) g;
:compare
ROLLBACK;
:compare
DELETE FROM sheep WHERE id % 3 = 0;
UPDATE fields SET sown = sown + 1 WHERE crop_id % 2 = 0;
:compare
:compare
VACUUM sheep, fields;
INSERT INTO sheep SELECT 20000 + g, g % 300, 'again' FROM generate_series(1, 900) g;
:compare
-- dead entries: the index forgets them when loads go by
UPDATE fences SET farm_id = 1 + (farm_id + 5) % 20 WHERE length % 2 = 0;
DELETE FROM fences WHERE length % 4 = 1;
:compare
:compare
-- one snapshot while others change is in the isolation tests; here an older one of this transaction
BEGIN;
DECLARE old CURSOR FOR SELECT assoc.find('Farm', '{"include": ["crops"]}') ->> 'name' || '' AS name;
FETCH 2 FROM old;
DELETE FROM fields;
MOVE 400 FROM old;
FETCH 2 FROM old;
ROLLBACK;
-- so many places that work_mem is too small for them: the batch does it
SET work_mem = '64kB';
SELECT sources('{"include": ["fences", "crops"]}');
:compare
RESET work_mem;
-- one row of thousands, and all of them
SELECT count(*) FROM (SELECT compared(jsonb_build_object('where', jsonb_build_object('id', id), 'include', jsonb_build_array('fences',
  'sheep', 'crops'))) AS c FROM generate_series(-3, 24) id) x WHERE c NOT LIKE '% same';
UPDATE fences SET farm_id = 7;
SELECT compared('{"where": {"id": 7}, "include": ["fences"]}') AS one,
  compared('{"where": {"id": {"in": [6, 7, 8]}}, "include": ["fences", "sheep"]}') AS three;
-- read by another level
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT sources(:some);
SELECT compared(:some);
COMMIT;
-- an operator class that orders numbers otherwise, and one that calls equal what the type does not
CREATE FUNCTION backwards(bigint, bigint) RETURNS int IMMUTABLE STRICT LANGUAGE sql RETURN btint8cmp($2, $1);
CREATE OPERATOR CLASS backwards FOR TYPE bigint USING btree AS
  OPERATOR 1 >, OPERATOR 2 >=, OPERATOR 3 =, OPERATOR 4 <=, OPERATOR 5 <, FUNCTION 1 backwards(bigint, bigint);
CREATE FUNCTION by_tens(bigint, bigint) RETURNS int IMMUTABLE STRICT LANGUAGE sql RETURN btint8cmp($1 / 10, $2 / 10);
CREATE FUNCTION less_tens(bigint, bigint) RETURNS boolean IMMUTABLE STRICT LANGUAGE sql RETURN $1 / 10 < $2 / 10;
CREATE FUNCTION same_tens(bigint, bigint) RETURNS boolean IMMUTABLE STRICT LANGUAGE sql RETURN $1 / 10 = $2 / 10;
CREATE FUNCTION more_tens(bigint, bigint) RETURNS boolean IMMUTABLE STRICT LANGUAGE sql RETURN $1 / 10 > $2 / 10;
CREATE OPERATOR <~ (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = less_tens);
CREATE OPERATOR =~ (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = same_tens);
CREATE OPERATOR >~ (LEFTARG = bigint, RIGHTARG = bigint, FUNCTION = more_tens);
CREATE OPERATOR CLASS by_tens FOR TYPE bigint USING btree AS
  OPERATOR 1 <~, OPERATOR 3 =~, OPERATOR 5 >~, FUNCTION 1 by_tens(bigint, bigint);
CREATE TABLE wells (id int PRIMARY KEY, farm_id bigint, near_id bigint);
INSERT INTO wells SELECT g, g % 300, g % 300 FROM generate_series(1, 1500) g;
CREATE INDEX wells_farm ON wells (farm_id backwards);
CREATE INDEX wells_near ON wells (near_id by_tens);
VACUUM ANALYZE wells;
\o /dev/null
SELECT assoc.adopt('wells', 'Well');
SELECT assoc.has_many('Farm', 'Well', alias => 'wells', foreign_key => 'farm_id', inverse => 'farm',
  options => :'quiet'::jsonb || '{"constraints": false}');
SELECT assoc.has_many('Farm', 'Well', alias => 'near', foreign_key => 'near_id', inverse => 'nearest',
  options => :'quiet'::jsonb || '{"constraints": false}');
\o
SELECT sources('{"where": {"id": 7}, "include": ["wells", "near"]}');
SELECT compared('{"include": ["wells"]}') AS wells, compared('{"include": ["near"]}') AS near,
  compared('{"where": {"id": 7}, "include": ["wells", "near"]}') AS one,
  compared('{"attributes": ["id", {"count": "wells", "as": "wells_"}, {"count": "near", "as": "near_"}]}') AS counts;
SELECT sum((d ->> 'w')::int) AS wells, sum((d ->> 'n')::int) AS near, (SELECT count(*) FROM wells JOIN farms f ON f.id = farm_id) AS by_hand
  FROM assoc.find('Farm', '{"attributes": [{"count": "wells", "as": "w"}, {"count": "near", "as": "n"}]}') d;
