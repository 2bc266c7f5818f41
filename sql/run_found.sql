-- Rows found from the other end of what is asked of them: by links of targets that are named, and counted by links of those that are meant.
CREATE SCHEMA run_found;
SET search_path = run_found;
SET client_min_messages = warning;
\pset format unaligned
CREATE TABLE item (id int PRIMARY KEY, code text COLLATE "C" NOT NULL UNIQUE, name text, deleted_at timestamptz);
CREATE TABLE tag (id bigint PRIMARY KEY, label text NOT NULL, hidden boolean NOT NULL DEFAULT false);
CREATE TABLE item_tag (item_id int NOT NULL REFERENCES item, tag_id bigint NOT NULL REFERENCES tag, weight int, deleted_at timestamptz,
  PRIMARY KEY (item_id, tag_id));
CREATE INDEX ON item_tag (tag_id);
CREATE TABLE mark (item_code text COLLATE "C" REFERENCES item (code), kind text REFERENCES item (code), UNIQUE (item_code, kind));
CREATE INDEX ON mark (kind);
CREATE TABLE part (id int PRIMARY KEY, item_id int REFERENCES item, size int);
CREATE INDEX ON part (item_id);
INSERT INTO item SELECT g, 'c' || 1000 - g, 'n' || g % 7, CASE WHEN g % 9 = 0 THEN now() END FROM generate_series(1, 400) g;
INSERT INTO tag SELECT g, 't' || g % 5, g % 4 = 0 FROM generate_series(1, 40) g;
INSERT INTO item_tag SELECT i, t, i * t % 10, CASE WHEN i * t % 8 = 0 THEN now() END
  FROM generate_series(1, 400) i, generate_series(1, 40) t WHERE i % t < 3;
INSERT INTO mark SELECT nullif('c' || 1000 - g, 'c990'), 'c' || 1000 - g % 6 - 1 FROM generate_series(1, 200) g;
INSERT INTO part SELECT g, nullif(1 + g * 7 % 300, 5), g % 13 FROM generate_series(1, 900) g;
VACUUM ANALYZE item, tag, item_tag, mark, part;
SELECT 1 FROM assoc.adopt('item', options => '{"paranoid": true}') a, assoc.adopt('item_tag', options => '{"paranoid": true}') b;
SELECT 1 FROM assoc.belongs_to_many('item', 'tag', through => 'item_tag', alias => 'tags', inverse => 'items',
  options => '{"through": {"paranoid": true}}');
SELECT 1 FROM assoc.belongs_to_many('item', 'item', through => 'mark', alias => 'marks', foreign_key => 'item_code', other_key => 'kind',
  source_key => 'code', target_key => 'code');
SELECT 1 FROM assoc.has_many('item', 'part', alias => 'parts', inverse => 'item');

-- the same by a probe, by statements, and one for each key
CREATE FUNCTION by_statement(call text, options jsonb, params jsonb) RETURNS jsonb LANGUAGE plpgsql SET pg_associations.probe = off AS $$
  DECLARE result jsonb;
  BEGIN
    EXECUTE format('SELECT assoc.%I($1, $2, $3)', call) INTO result USING 'item', options, params;
    RETURN result;
  END $$;
CREATE FUNCTION now_so(call text, options jsonb, params jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
  DECLARE result jsonb;
  BEGIN
    EXECUTE format('SELECT assoc.%I($1, $2, $3)', call) INTO result USING 'item', options, params;
    RETURN result;
  END $$;
CREATE FUNCTION is_found(options jsonb, params jsonb) RETURNS boolean LANGUAGE sql AS $$
  SELECT bool_or(line LIKE '%Source: probe of run_found.item\_tag\_tag\_id\_idx, then run_found.item\_pkey%')
  FROM assoc.explain('item', options, true, params) line $$;
CREATE TABLE asked (n int, condition jsonb, params jsonb DEFAULT '{"one": 3, "two": [4, 7], "none": [], "twice": [5, 5, 2]}');
INSERT INTO asked VALUES
  (1, '{"tags": {"allOf": [3]}}'), (2, '{"tags": {"allOf": [4, 7]}}'), (3, '{"tags": {"allOf": {"param": "two"}}}'),
  (4, '{"tags": {"allOf": {"param": "none"}}}'), (5, '{"tags": {"allOf": {"param": "twice"}}}'), (6, '{"tags": {"some": {"id": 9}}}'),
  (7, '{"tags": {"some": {"id": {"param": "one"}}}}'), (8, '{"and": [{"tags": {"some": {"id": 5}}}, {"tags": {"some": {"id": 6}}}]}'),
  (9, '{"and": [{"tags": {"allOf": [5]}}, {"tags": {"some": {"id": 6}}}, {"tags": {"allOf": [10, 5]}}]}'),
  (10, '{"tags": {"some": {"id": 77}}}'), (11, '{"tags": {"allOf": [3, 77]}}'), (12, '{"tags": {"allOf": [1, 2, 3, 4, 5, 6, 7, 8, 9]}}'),
  (13, '{"tags": {"some": {"id": 9}}, "name": {"in": ["n1", "n2", "n5"]}}'), (14, '{"tags": {"allOf": [4]}, "id": {"gt": 100}}'),
  (15, '{"or": [{"tags": {"some": {"id": 9}}}, {"tags": {"some": {"id": 8}}}]}'), (16, '{"not": {"tags": {"some": {"id": 2}}}}'),
  (17, '{"tags": {"some": {"id": {"gt": 38}}}}'), (18, '{"tags": {"some": {"id": 9, "label": "t4"}}}'),
  (19, '{"tags": {"some": {"id": 9}}, "parts": {"some": {"size": 3}}}'), (20, '{"tags": {"exactly": [1, 2]}}'),
  (21, '{"marks": {"some": {"code": "c998"}}}'), (22, '{"marks": {"allOf": [2]}}'), (23, '{"marks": {"some": {"id": 2}}}'),
  (24, '{"tags": {"none": {"id": 1}}}'), (25, '{"tags": {"every": {"id": 1}}}'),
  (26, '{"tags": {"some": {"id": 9, "through": {"weight": {"lt": 4}}}}}'),
  (27, '{"tags": {"allOf": {"param": "nobody", "optional": true}}}'),
  (28, '{"tags": {"some": {"id": 9}}, "name": {"param": "nobody", "optional": true}}'),
  (29, '{"tags": {"some": {"id": {"ne": 9}}}}');
INSERT INTO asked SELECT 30, '{"tags": {"allOf": {"param": "many"}}}', jsonb_build_object('many', jsonb_agg(1))
  FROM generate_series(1, 200);
CREATE TABLE shown (n int, options jsonb);
INSERT INTO shown VALUES
  (1, '{}'), (2, '{"limit": 3}'), (3, '{"limit": 4, "offset": 2}'), (4, '{"order": ["name", ["id", "desc"]]}'),
  (5, '{"order": [["name", "desc"]], "limit": 5, "offset": 1}'), (6, '{"include": ["tags", "parts"], "limit": 6}'),
  (7, '{"attributes": ["code"],
    "include": [{"association": "parts", "where": {"size": {"gt": 9}}, "required": true}]}'),
  (8, '{"attributes": ["id"], "include": [{"association": "parts", "where": {"size": {"gt": 9}}, "required": true}], "limit": 2}'),
  (9, '{"attributes": ["id", {"count": "tags", "as": "tags"}]}'),
  (10, '{"attributes": ["id", {"count": "parts", "as": "n"}], "order": ["n"]}'),
  (11, '{"order": ["code"], "paranoid": false}'), (12, '{"limit": 0}');
CREATE FUNCTION wrong(among int[] DEFAULT '{1,5}') RETURNS TABLE (call text, condition jsonb, options jsonb, probed jsonb, batched jsonb)
LANGUAGE sql AS $$
  SELECT call, condition, options, probed, batched
  FROM asked a, shown s, unnest('{find_all,find_one,find_and_count_all,count}'::text[]) call,
    LATERAL (SELECT CASE WHEN call IN ('find_one', 'count') THEN options - '{limit,offset}'::text[] ELSE options END
      - CASE WHEN call = 'count' THEN '{attributes,order}'::text[] ELSE '{}' END || jsonb_build_object('where', condition)) o (asked),
    LATERAL (SELECT now_so(call, asked, params), by_statement(call, asked, params)) r (probed, batched)
  WHERE s.n = ANY(among) AND (call = 'find_all' OR s.n = 1) AND probed IS DISTINCT FROM batched $$;
SELECT * FROM wrong('{1,2,3,4,5,6,7,8,9,10,11,12}');
-- which of them are found by links
SELECT array_agg(n ORDER BY n) FROM asked WHERE CASE WHEN current_setting('pg_associations.probe')::boolean
  THEN is_found(jsonb_build_object('where', condition), params) ELSE n IN (1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 13, 14, 19, 28) END;
-- and which rows they are, by hand
SELECT n, (SELECT array_agg((d ->> 'id')::int ORDER BY o) FROM jsonb_array_elements(assoc.find_all('item', jsonb_build_object('where',
    condition), params)) WITH ORDINALITY j (d, o)) IS NOT DISTINCT FROM ids AS same, cardinality(ids)
FROM asked JOIN (
  SELECT 2 AS n, array_agg(id ORDER BY id) AS ids FROM item i WHERE deleted_at IS NULL
    AND 2 = (SELECT count(*) FROM item_tag WHERE item_id = i.id AND tag_id IN (4, 7) AND deleted_at IS NULL)
  UNION ALL SELECT 5, array_agg(id ORDER BY id) FROM item i WHERE deleted_at IS NULL
    AND 2 = (SELECT count(*) FROM item_tag WHERE item_id = i.id AND tag_id IN (2, 5) AND deleted_at IS NULL)
  UNION ALL SELECT 13, array_agg(id ORDER BY id) FROM item i WHERE deleted_at IS NULL AND name IN ('n1', 'n2', 'n5')
    AND EXISTS (SELECT FROM item_tag WHERE item_id = i.id AND tag_id = 9 AND deleted_at IS NULL)
  UNION ALL SELECT 30, array_agg(id ORDER BY id) FROM item i WHERE deleted_at IS NULL
    AND EXISTS (SELECT FROM item_tag WHERE item_id = i.id AND tag_id = 1 AND deleted_at IS NULL)) hand USING (n) ORDER BY n;
-- rows that are changed, moved, gone, taken back
BEGIN;
UPDATE item_tag SET weight = weight + 1 WHERE tag_id % 3 = 0;
UPDATE item_tag SET tag_id = 40 WHERE tag_id = 9 AND item_id % 40 > 2;
DELETE FROM item_tag WHERE tag_id = 4 AND item_id % 3 = 0;
SAVEPOINT more;
UPDATE item SET name = 'n1' WHERE id < 50;
INSERT INTO item_tag SELECT id, 40, 5 FROM item WHERE id % 40 > 2 AND id % 40 < 6 ON CONFLICT DO NOTHING;
SELECT * FROM wrong();
ROLLBACK TO more;
SELECT * FROM wrong();
COMMIT;
SELECT * FROM wrong();
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM wrong();
COMMIT;
-- row security: of what is linked, of links, of the rows
CREATE ROLE run_found_reader;
GRANT USAGE ON SCHEMA run_found TO run_found_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA run_found TO run_found_reader;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA run_found TO run_found_reader;
CREATE POLICY seen ON tag USING (NOT hidden);
CREATE POLICY seen ON item_tag USING (weight > 2);
CREATE POLICY seen ON item USING (id % 2 = 0);
SET ROLE run_found_reader;
SELECT * FROM wrong();
RESET ROLE;
ALTER TABLE tag ENABLE ROW LEVEL SECURITY;
SET ROLE run_found_reader;
SELECT * FROM wrong();
SELECT assoc.count('item', '{"where": {"tags": {"some": {"id": 4}}}}') AS hidden, assoc.count('item',
  '{"where": {"tags": {"some": {"label": "t4"}}}}') = (SELECT count(DISTINCT item_id) FROM item JOIN item_tag l ON item_id = item.id
  JOIN tag ON tag_id = tag.id WHERE label = 't4' AND l.deleted_at IS NULL AND item.deleted_at IS NULL) AS same;
RESET ROLE;
ALTER TABLE tag DISABLE ROW LEVEL SECURITY;
ALTER TABLE item_tag ENABLE ROW LEVEL SECURITY;
SET ROLE run_found_reader;
SELECT * FROM wrong();
RESET ROLE;
ALTER TABLE item_tag DISABLE ROW LEVEL SECURITY;
ALTER TABLE item ENABLE ROW LEVEL SECURITY;
SET ROLE run_found_reader;
SELECT * FROM wrong();
\set VERBOSITY terse
SET row_security = off;
SELECT assoc.find_all('item', '{"where": {"tags": {"some": {"id": 4}}}}');
RESET row_security;
RESET ROLE;
ALTER TABLE item DISABLE ROW LEVEL SECURITY;
-- rights
REVOKE SELECT ON item_tag FROM run_found_reader;
GRANT SELECT (item_id, deleted_at) ON item_tag TO run_found_reader;
SET ROLE run_found_reader;
SELECT assoc.find_all('item', '{"where": {"tags": {"some": {"id": 4}}}}');
SELECT assoc.count('item', '{"where": {"tags": {"some": {"label": "t4"}}}}');
RESET ROLE;

\set VERBOSITY default
-- numbers of rows with some associated ones: without soft deletion the links say it
CREATE TABLE box (id int PRIMARY KEY, name text);
CREATE TABLE toy (id int PRIMARY KEY, kind text, size int);
CREATE TABLE box_toy (box_id int REFERENCES box, toy_id int REFERENCES toy, n int, UNIQUE (box_id, toy_id));
CREATE INDEX ON box_toy (toy_id);
CREATE TABLE label (id int PRIMARY KEY, box_id int REFERENCES box, text text);
CREATE INDEX ON label (box_id);
INSERT INTO box SELECT g, 'b' || g FROM generate_series(1, 3000) g;
INSERT INTO toy SELECT g, 'k' || g % 20, g % 9 FROM generate_series(1, 500) g;
INSERT INTO box_toy SELECT nullif(b, 17), 1 + (b * 7 + k * 31) % 500, k FROM generate_series(1, 3000) b, generate_series(1, 6) k;
INSERT INTO label SELECT g, nullif(g * 3 % 2900, 0), 'l' || g % 50 FROM generate_series(1, 4000) g;
VACUUM ANALYZE box, toy, box_toy, label;
SELECT 1 FROM assoc.belongs_to_many('box', 'toy', through => 'box_toy', alias => 'toys', inverse => 'boxes');
SELECT 1 FROM assoc.has_many('box', 'label', alias => 'labels', inverse => 'box');
CREATE FUNCTION some_counted() RETURNS TABLE (number int, count bigint, same boolean) LANGUAGE sql AS $$
  SELECT n, c, c IS NOT DISTINCT FROM expected AND c = f
  FROM (VALUES (1, '{"toys": {"some": {"kind": "k3"}}}'::jsonb,
      (SELECT count(DISTINCT box_id) FROM box_toy JOIN toy ON toy.id = toy_id WHERE kind = 'k3')),
    (2, '{"toys": {"some": {"kind": "k3", "size": {"gt": 3}}}}',
      (SELECT count(DISTINCT box_id) FROM box_toy JOIN toy ON toy.id = toy_id WHERE kind = 'k3' AND size > 3)),
    (3, '{"toys": {"some": {"kind": {"startsWith": "k1"}, "through": {"n": {"lt": 3}}}}}',
      (SELECT count(DISTINCT box_id) FROM box_toy JOIN toy ON toy.id = toy_id WHERE kind LIKE 'k1%' AND n < 3)),
    (4, '{"labels": {"some": {"text": "l7"}}}', (SELECT count(DISTINCT box_id) FROM label WHERE text = 'l7')),
    (5, '{"toys": {"some": {"kind": "nothing"}}}', 0),
    (6, '{"toys": {"some": {}}}', (SELECT count(DISTINCT box_id) FROM box_toy)),
    (7, '{"toys": {"some": {"kind": "k3"}}, "id": {"lt": 1000}}',
      (SELECT count(DISTINCT box_id) FROM box_toy JOIN toy ON toy.id = toy_id WHERE kind = 'k3' AND box_id < 1000)),
    (8, '{"toys": {"some": {"boxes": {"some": {"name": "b9"}}}}}',
      (SELECT count(DISTINCT box_id) FROM box_toy WHERE toy_id IN (SELECT toy_id FROM box_toy WHERE box_id = 9))))
    v (n, condition, expected),
    LATERAL (SELECT assoc.count('box', jsonb_build_object('where', condition)),
      (assoc.find_and_count_all('box', jsonb_build_object('where', condition, 'limit', 1)) ->> 'count')::bigint) r (c, f) $$;
SELECT * FROM some_counted() ORDER BY number;
BEGIN;
UPDATE box_toy SET toy_id = toy_id % 500 + 1 WHERE n = 2;
DELETE FROM box_toy WHERE n = 3;
UPDATE toy SET kind = 'k4' WHERE kind = 'k3' AND size = 5;
UPDATE label SET box_id = NULL WHERE id % 2 = 0;
SELECT bool_and(same) FROM some_counted();
ROLLBACK;
BEGIN;
SET LOCAL work_mem = '64kB';
SELECT bool_and(same) FROM some_counted();
ROLLBACK;
BEGIN;
DELETE FROM label;
DELETE FROM box_toy;
SELECT bool_and(same) FROM some_counted();
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT bool_and(same) FROM some_counted();
COMMIT;
-- an association whose scope asks something of links, not of targets alone
SELECT 1 FROM assoc.belongs_to_many('box', 'toy', through => 'box_toy', alias => 'firsts', options => '{"scope": {"through": {"n": 1}}}');
SELECT assoc.count('box', '{"where": {"firsts": {"some": {"kind": "k3"}}}}'), count(DISTINCT box_id),
  jsonb_array_length(assoc.find_all('box', '{"where": {"firsts": {"count": {"where": {"kind": "k3"}, "gte": 1}}}}'))
  FROM box_toy JOIN toy ON toy.id = toy_id WHERE kind = 'k3' AND n = 1;
-- a foreign key that is not checked proves nothing
ALTER TABLE box_toy DROP CONSTRAINT box_toy_box_id_fkey, ADD CONSTRAINT box_toy_box_id_fkey FOREIGN KEY (box_id) REFERENCES box NOT VALID;
ALTER TABLE label DROP CONSTRAINT label_box_id_fkey;
SELECT number, same FROM some_counted() ORDER BY number;
DROP SCHEMA run_found CASCADE;
DROP ROLE run_found_reader;
