-- Rows found by a value, or a list of values, of an indexed column that a condition names.
CREATE SCHEMA run_value;
SET search_path = run_value;
SET client_min_messages = warning;
\pset format unaligned
CREATE TABLE item (id int PRIMARY KEY, code text COLLATE "C" NOT NULL UNIQUE, alt text UNIQUE, u uuid, big bigint, small int,
  short varchar(9),
  name text, deleted_at timestamptz);
CREATE INDEX ON item (u);
CREATE INDEX ON item (big);
CREATE INDEX ON item (small, id);
CREATE INDEX ON item (short);
CREATE INDEX ON item (name);
CREATE TABLE part (id int PRIMARY KEY, item_id int REFERENCES item, size int);
CREATE INDEX ON part (item_id);
INSERT INTO item SELECT g, 'c' || 4000 - g, CASE WHEN g % 4 > 0 THEN 'a' || g END, md5((g % 700)::text)::uuid, nullif(g % 500, 3), g % 300,
  's' || g % 90, 'n' || g % 2, CASE WHEN g % 9 = 0 THEN now() END FROM generate_series(1, 3000) g;
INSERT INTO part SELECT g, nullif(1 + g * 7 % 300, 5), g % 13 FROM generate_series(1, 900) g;
VACUUM ANALYZE item, part;
SELECT 1 FROM assoc.adopt('item', options => '{"paranoid": true, "scopes": {"low": {"where": {"small": 7}}}}') a, assoc.adopt('part') b;
SELECT 1 FROM assoc.has_many('item', 'part', alias => 'parts', inverse => 'item');

-- the same by a probe and by statements, errors too; documents that come again with other values
CREATE FUNCTION asked(call text, options jsonb, params jsonb) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE result jsonb;
  BEGIN
    EXECUTE format('SELECT assoc.%I($1, $2, $3)', call) INTO result USING 'item', options, params;
    RETURN result;
  EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ' ' || sqlerrm;
  END $$;
CREATE FUNCTION by_statement(call text, options jsonb, params jsonb) RETURNS text LANGUAGE plpgsql SET pg_associations.probe = off AS $$
  BEGIN RETURN asked(call, options, params); END $$;
CREATE FUNCTION is_found(options jsonb, params jsonb) RETURNS boolean LANGUAGE sql AS $$
  SELECT bool_or(line ~ 'Source: probe of run_value.item_[a-z_]+(, sorted)?(, and for each row .*)?$')
  FROM assoc.explain('item', options, true, params) line $$;
CREATE TABLE conditions (n int GENERATED ALWAYS AS IDENTITY, condition jsonb,
  params jsonb DEFAULT '{"one": 13, "two": [14, 17, 14], "none": [], "null": null, "code": "c3990", "nulls": [3, null]}');
INSERT INTO conditions (condition) VALUES
  ('{"id": 5}'), ('{"id": 9}'), ('{"id": "7"}'), ('{"id": 7.0}'), ('{"id": 7.5}'), ('{"id": "x"}'), ('{"id": 99999999999}'),
  ('{"id": null}'),
  ('{"id": true}'), ('{"id": {"param": "one"}}'), ('{"id": {"param": "null"}}'), ('{"id": {"param": "nobody"}}'),
  ('{"id": {"param": "nobody", "optional": true}}'), ('{"id": [4, 2, 4, 2999]}'), ('{"id": []}'), ('{"id": {"in": {"param": "two"}}}'),
  ('{"id": {"in": {"param": "none"}}}'), ('{"id": {"in": {"param": "nulls"}}}'), ('{"id": {"in": [3, null]}}'),
  ('{"id": {"eq": {"value": 5}}}'),
  ('{"$id$": 5}'), ('{"id": {"eq": {"any": [5, 6]}}}'), ('{"id": {"col": "small"}}'), ('{"code": "c3990"}'),
  ('{"code": {"param": "code"}}'),
  ('{"code": ["c3990", "c3991", "c1", ""]}'), ('{"code": ""}'), ('{"alt": "a13"}'), ('{"alt": ["a14", "a13", "a16"]}'),
  ('{"u": "c4ca4238a0b923820dcc509a6f75849b"}'),
  ('{"u": ["c4ca4238-a0b9-2382-0dcc-509a6f75849b", "{C81E728D9D4C2F636F067F89CC14862C}"]}'), ('{"u": "no"}'),
  ('{"big": 17}'), ('{"big": 3}'), ('{"big": [17, 18, 3]}'), ('{"small": 11}'), ('{"small": 11, "id": {"gt": 900}}'),
  ('{"short": "s7"}'), ('{"short": "s7       "}'), ('{"name": "n1", "id": {"lt": 9}}'),
  ('{"big": 17, "name": "n1"}'), ('{"big": 17, "small": {"ne": 17}}'), ('{"big": 17, "small": 17}'), ('{"big": 17, "or": [{"small": 17},
  {"id": 517}]}'),
  ('{"or": [{"big": 17}, {"id": 5}]}'), ('{"not": {"id": {"gt": 5}}}'), ('{"and": [{"and": [{"big": 18}, {"name": "n0"}]},
  {"id": {"ne": 518}}]}'),
  ('{"id": 5, "and": [{"id": 6}]}'), ('{"id": 5, "and": [{"id": 5}]}'), ('{"big": 17, "parts": {"some": {"size": {"gt": 3}}}}'),
  ('{"big": 17, "parts": {"none": {}}}'), ('{"big": {"between": [17, 18]}, "small": [17, 18, 217]}'), ('{"big": {"not": 17}, "id": [17,
  18]}');
INSERT INTO conditions (condition, params) SELECT '{"id": {"param": "many"}}', jsonb_build_object('many',
  jsonb_agg(i)) FROM generate_series(1, 65) i;
INSERT INTO conditions (condition) SELECT jsonb_build_object('id', jsonb_agg(i)) FROM generate_series(1, 65) i;
CREATE TABLE shown (n int, options jsonb);
INSERT INTO shown VALUES
  (1, '{}'), (2, '{"limit": 3}'), (3, '{"limit": 4, "offset": 2}'), (4, '{"order": ["name", ["id", "desc"]]}'),
  (5, '{"order": [["code", "desc"]], "limit": 5, "offset": 1}'), (6, '{"include": ["parts"], "limit": 6}'),
  (7, '{"attributes": ["code"], "include": [{"association": "parts", "where": {"size": {"gt": 9}}, "required": true}]}'),
  (8, '{"attributes": ["id"], "include": [{"association": "parts", "where": {"size": {"gt": 9}}, "required": true}], "limit": 2}'),
  (9, '{"attributes": ["id", {"count": "parts", "as": "n"}]}'),
  (10, '{"attributes": ["id", {"count": "parts", "as": "n"}], "order": ["n"]}'),
  (11, '{"order": ["alt"], "paranoid": false}'), (12, '{"limit": 0}'), (13, '{"scope": "low"}'), (14, '{"attributes": ["name"],
  "limit": 1}');
CREATE FUNCTION wrong(among int[] DEFAULT '{1,5}') RETURNS TABLE (call text, condition jsonb, options jsonb, probed text, batched text)
LANGUAGE sql AS $$
  SELECT call, condition, options, probed, batched
  FROM conditions a, shown s, unnest('{find_all,find_one,find_and_count_all,count}'::text[]) call,
    LATERAL (SELECT CASE WHEN call IN ('find_one', 'count') THEN options - '{limit,offset}'::text[] ELSE options END
      - CASE WHEN call = 'count' THEN '{attributes,order}'::text[] ELSE '{}' END || jsonb_build_object('where', condition)) o (options2),
    LATERAL (SELECT asked(call, options2, params), by_statement(call, options2, params)) r (probed, batched)
  WHERE s.n = ANY(among) AND (call = 'find_all' OR s.n IN (1, 4)) AND probed IS DISTINCT FROM batched $$;
SELECT * FROM wrong('{1,2,3,4,5,6,7,8,9,10,11,12,13,14}');
-- which of them are found so
SELECT array_agg(n ORDER BY n) FROM conditions WHERE CASE WHEN current_setting('pg_associations.probe')::boolean
  THEN asked('find_all', jsonb_build_object('where', condition), params) ~ '^\[' AND is_found(jsonb_build_object('where', condition),
  params)
  ELSE n IN (1, 2, 3, 4, 10, 14, 16, 20, 21, 24, 25, 26, 27, 28, 29, 30, 31, 33, 34, 35, 36, 37, 41, 42, 43, 44, 47, 48, 49,
    50, 51, 52, 53) END;
SELECT n, count(*) FILTER (WHERE found) AS found FROM (SELECT s.n, jsonb_array_length(asked('find_all', options || '{"where": {"big": 17}}',
  NULL)::jsonb) > 0 AS found FROM shown s) f GROUP BY n ORDER BY n;
-- the same rows one by one, and as json
SELECT (SELECT jsonb_agg(d) FROM assoc.find('item', '{"where": {"big": 17}}') d) = assoc.find_all('item',
  '{"where": {"big": 17}}') AS one_by_one,
  assoc.find_all_json('item', '{"where": {"big": 17}}')::jsonb = assoc.find_all('item', '{"where": {"big": 17}}') AS as_json;
-- rows that are changed, moved, gone, taken back
BEGIN;
UPDATE item SET name = 'n9' WHERE id % 3 = 0;
UPDATE item SET big = 17 WHERE big = 18 AND id > 600;
UPDATE item SET id = -id WHERE id BETWEEN 510 AND 520;
UPDATE item SET code = 'c3990' || id WHERE code = 'c3990';
DELETE FROM item WHERE id = 1517;
SELECT * FROM wrong();
SAVEPOINT more;
INSERT INTO item (id, code, big) VALUES (517, 'c3990', 17);
SELECT * FROM wrong();
ROLLBACK TO more;
SELECT * FROM wrong();
ROLLBACK;
SELECT * FROM wrong();
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM wrong();
COMMIT;
-- more rows of a value than statistics knew of
INSERT INTO item (id, code, big) SELECT g, 'd' || g, 17 FROM generate_series(4001, 9000) g;
SELECT * FROM wrong();
SELECT jsonb_array_length(assoc.find_all('item', '{"where": {"big": 17}}'));
DELETE FROM item WHERE id > 4000;
-- pages of them, forth from the begin and back from the end: the rows of the list, by a probe and by statements
CREATE FUNCTION walked(options jsonb, params jsonb, forth boolean) RETURNS jsonb LANGUAGE plpgsql AS $$
  DECLARE page jsonb; result jsonb := '[]'; way text := CASE WHEN forth THEN 'after' ELSE 'before' END; mark jsonb := 'null';
  BEGIN
    FOR pages IN 1..80 LOOP
      page := assoc.find_page('item', options || jsonb_build_object(way, mark), params);
      result := CASE WHEN forth THEN result || (page -> 'rows') ELSE (page -> 'rows') || result END;
      mark := page -> CASE WHEN forth THEN 'next' ELSE 'previous' END;
      EXIT WHEN mark = 'null';
    END LOOP;
    RETURN result;
  END $$;
CREATE FUNCTION walked_by_statement(options jsonb, params jsonb, forth boolean) RETURNS jsonb LANGUAGE sql
  SET pg_associations.probe = off AS $$ SELECT walked(options, params, forth) $$;
CREATE FUNCTION wrong_pages() RETURNS TABLE (n int, options jsonb, forth boolean, probed jsonb, batched jsonb, listed jsonb)
LANGUAGE sql AS $$
  SELECT n, options, forth, probed, batched, listed
  FROM conditions, unnest(ARRAY['[]', '["name", ["id", "desc"]]', '[["alt", "desc"]]', '[["deleted_at", "desc"], "small"]',
      '[{"attribute": "big", "nulls": "first"}, ["code", "desc"]]']::jsonb[]) orders,
    unnest('{1,4}'::int[]) size, unnest('{t,f}'::boolean[]) forth,
    LATERAL (SELECT jsonb_build_object('where', condition, 'order', orders, 'attributes', '["id"]'::jsonb,
      'paranoid', size > 2)) o (options),
    LATERAL (SELECT asked('find_all', options, params)) l (list),
    LATERAL (SELECT CASE WHEN list ~ '^\[' AND length(list) < 700 THEN list::jsonb END) a (listed),
    LATERAL (SELECT options || jsonb_build_object('limit', size)) s (sized),
    LATERAL (SELECT CASE WHEN listed IS NOT NULL THEN walked(sized, params, forth) END) w (probed),
    LATERAL (SELECT CASE WHEN listed IS NOT NULL THEN walked_by_statement(sized, params, forth) END) b (batched)
  WHERE probed IS DISTINCT FROM listed OR batched IS DISTINCT FROM listed $$;
SELECT * FROM wrong_pages() LIMIT 3;
-- and of rows below rows
SELECT a = b, jsonb_array_length(a) FROM assoc.find_all('item', '{"where": {"small": 7}, "attributes": ["id"], "include": [
    {"association": "parts", "page": true, "limit": 2, "order": [["size", "desc"]]}]}') a,
  (SELECT jsonb_agg(assoc.find_by_pk('item', id, '{"attributes": ["id"], "include": [{"association": "parts", "page": true, "limit": 2,
    "order": [["size", "desc"]]}]}') ORDER BY id) FROM item WHERE small = 7 AND deleted_at IS NULL) b (b);
-- row security, and columns that may not be read
CREATE ROLE run_value_reader;
GRANT USAGE ON SCHEMA run_value TO run_value_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA run_value TO run_value_reader;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA run_value TO run_value_reader;
CREATE POLICY seen ON item USING (small % 2 = 1);
ALTER TABLE item ENABLE ROW LEVEL SECURITY;
SET ROLE run_value_reader;
SELECT * FROM wrong('{1,2,5,7}');
RESET ROLE;
ALTER TABLE item DISABLE ROW LEVEL SECURITY;
REVOKE SELECT ON item FROM run_value_reader;
GRANT SELECT (id, code, deleted_at) ON item TO run_value_reader;
SET ROLE run_value_reader;
SELECT asked('find_all', '{"attributes": ["id"], "where": {"big": 17}}', NULL), asked('find_all', '{"attributes": ["id"],
  "where": {"id": 5}}', NULL);
RESET ROLE;
-- an index that goes, and one that does not have all rows
BEGIN;
DROP INDEX item_big_idx;
SELECT * FROM wrong();
CREATE INDEX item_big_idx ON item (big) WHERE big > 100;
SELECT * FROM wrong();
ROLLBACK;
-- partitions, rows of children
CREATE TABLE parted (id int, region int, name text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2);
CREATE TABLE parent (id int PRIMARY KEY, name text);
CREATE TABLE child () INHERITS (parent);
INSERT INTO parted SELECT g, 1 + g % 2, 'p' || g FROM generate_series(1, 1000) g;
INSERT INTO parent VALUES (1, 'parent'), (2, 'parent');
INSERT INTO child VALUES (1, 'child');
ANALYZE parted, parent, child;
SELECT 1 FROM assoc.adopt('parted') a, assoc.adopt('parent') b;
SELECT assoc.find_all('parted', '{"where": {"id": 7}}'), assoc.find_one('parted', '{"where": {"id": 8, "region": 1}}'),
  assoc.find_all('parent', '{"where": {"id": 1}, "order": ["name"]}');
DROP SCHEMA run_value CASCADE;
DROP ROLE run_value_reader;
