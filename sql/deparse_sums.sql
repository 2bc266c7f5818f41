-- Rows by a sum, average, least or greatest of what is associated with them, and by exactly what is.
CREATE SCHEMA deparse_sums;
SET search_path = deparse_sums;
SET client_min_messages = warning;
\pset format unaligned
CREATE TABLE customer (id int PRIMARY KEY, name text, credit numeric);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customer, total numeric(10,2), placed date, state text);
CREATE INDEX ON orders (customer_id);
CREATE TABLE tag (id int PRIMARY KEY, name text UNIQUE);
CREATE TABLE customer_tag (customer_id int NOT NULL REFERENCES customer, tag_id int NOT NULL REFERENCES tag, weight int,
  PRIMARY KEY (customer_id, tag_id));
INSERT INTO customer SELECT i, 'c' || i, i * 10 FROM generate_series(1, 60) i;
INSERT INTO orders SELECT i, nullif(i % 50, 0), (i * 37) % 100 + 0.25, '2024-01-01'::date + i,
  CASE WHEN i % 3 = 0 THEN 'open' ELSE 'paid' END FROM generate_series(1, 200) i WHERE i % 7 <> 0;
INSERT INTO orders SELECT 1000 + i, i, NULL, NULL, 'open' FROM generate_series(51, 53) i;
INSERT INTO tag VALUES (1, 'red'), (2, 'blue'), (3, 'green'), (4, NULL);
INSERT INTO customer_tag SELECT c, t, c % 5 FROM generate_series(1, 60) c, generate_series(1, 4) t WHERE (c >> (t - 1)) % 2 = 1;
SELECT 1 FROM assoc.has_many('customer', 'orders', inverse => 'customer');
SELECT 1 FROM assoc.belongs_to_many('customer', 'tag', through => 'customer_tag', alias => 'tags', inverse => 'customers');
CREATE FUNCTION found(w text, params jsonb DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(d ->> 'id', ' ') FROM assoc.find('customer', jsonb_build_object('attributes', '["id"]'::jsonb, 'where', w::jsonb),
    params) d $$;
CREATE FUNCTION plain(condition text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  ids text;
BEGIN
  EXECUTE 'SELECT string_agg(id::text, '' '' ORDER BY id) FROM customer c WHERE ' || condition INTO ids;
  RETURN ids;
END $$;
SELECT w AS "where", found(w) IS NOT DISTINCT FROM plain(p) AS same, coalesce(cardinality(string_to_array(found(w), ' ')), 0) AS n
  FROM (VALUES
  ('{"orders": {"sum": {"of": "total", "gt": 100}}}', '(SELECT sum(total) FROM orders WHERE customer_id = c.id) > 100'),
  ('{"orders": {"sum": {"of": "total", "gte": 50, "lt": 150}}}',
    '(SELECT sum(total) FROM orders WHERE customer_id = c.id) >= 50 AND (SELECT sum(total) FROM orders WHERE customer_id = c.id) < 150'),
  ('{"orders": {"sum": {"of": "total", "where": {"state": "open"}, "gt": 60}}}',
    '(SELECT sum(total) FROM orders WHERE customer_id = c.id AND state = ''open'') > 60'),
  ('{"orders": {"avg": {"of": "total", "between": [30, 60]}}}',
    '(SELECT avg(total) FROM orders WHERE customer_id = c.id) BETWEEN 30 AND 60'),
  ('{"orders": {"max": {"of": "placed", "lt": "2024-06-20"}}}',
    '(SELECT max(placed) FROM orders WHERE customer_id = c.id) < ''2024-06-20'''),
  ('{"orders": {"min": {"of": "state", "eq": "open"}}}', '(SELECT min(state) FROM orders WHERE customer_id = c.id) = ''open'''),
  ('{"orders": {"min": {"of": "state", "startsWith": "pa"}}}', '(SELECT min(state) FROM orders WHERE customer_id = c.id) LIKE ''pa%'''),
  ('{"orders": {"sum": {"of": "total", "eq": null}}}', '(SELECT sum(total) FROM orders WHERE customer_id = c.id) IS NULL'),
  ('{"orders": {"sum": {"of": "total", "ne": null}, "count": {"gte": 4}}}',
    '(SELECT sum(total) FROM orders WHERE customer_id = c.id) IS NOT NULL AND (SELECT count(*) FROM orders WHERE customer_id = c.id) >= 4'),
  ('{"orders": {"sum": {"of": "total", "gt": {"col": "credit"}}}}', '(SELECT sum(total) FROM orders WHERE customer_id = c.id) > credit'),
  ('{"orders": {"sum": {"of": "total", "in": [60.75, 111.25]}}}',
    '(SELECT sum(total) FROM orders WHERE customer_id = c.id) IN (60.75, 111.25)'),
  ('{"or": [{"orders": {"max": {"of": "total", "gt": 95}}}, {"not": {"orders": {"min": {"of": "total", "lt": 40}}}}]}',
    '(SELECT max(total) FROM orders WHERE customer_id = c.id) > 95 OR NOT (SELECT min(total) FROM orders WHERE customer_id = c.id) < 40'),
  ('{"tags": {"sum": {"of": ["through", "weight"], "gte": 8}}}', '(SELECT sum(weight) FROM customer_tag WHERE customer_id = c.id) >= 8'),
  ('{"tags": {"sum": {"of": ["through", "weight"], "distinct": true, "eq": 3}}}',
    '(SELECT sum(DISTINCT weight) FROM customer_tag WHERE customer_id = c.id) = 3'),
  ('{"tags": {"max": {"of": "name", "where": {"through": {"weight": {"gt": 1}}}, "eq": "red"}}}',
    '(SELECT max(name) FROM customer_tag l JOIN tag t ON t.id = tag_id WHERE customer_id = c.id AND weight > 1) = ''red'''),
  ('{"tags": {"exactly": [1, 3]}}', '(SELECT array_agg(tag_id ORDER BY tag_id) FROM customer_tag WHERE customer_id = c.id) = ''{1,3}'''),
  ('{"tags": {"exactly": [3, 1, 3, "1"]}}',
    '(SELECT array_agg(tag_id ORDER BY tag_id) FROM customer_tag WHERE customer_id = c.id) = ''{1,3}'''),
  ('{"tags": {"exactly": []}}', 'NOT EXISTS (SELECT FROM customer_tag WHERE customer_id = c.id)'),
  ('{"tags": {"exactly": [{"name": "red"}, 2]}}',
    '(SELECT array_agg(tag_id ORDER BY tag_id) FROM customer_tag WHERE customer_id = c.id) = ''{1,2}'''),
  ('{"tags": {"exactly": [{"name": "blue"}]}}',
    '(SELECT array_agg(tag_id ORDER BY tag_id) FROM customer_tag WHERE customer_id = c.id) = ''{2}'''),
  ('{"not": {"tags": {"exactly": [1]}}}',
    '(SELECT array_agg(tag_id ORDER BY tag_id) FROM customer_tag WHERE customer_id = c.id) IS DISTINCT FROM ''{1}'''),
  ('{"tags": {"exactly": [9]}}', 'false'),
  ('{"tags": {"exactly": [1,1,1,1,1,1,1,1,1,4]}}',
    '(SELECT array_agg(tag_id ORDER BY tag_id) FROM customer_tag WHERE customer_id = c.id) = ''{1,4}''')) v (w, p);
-- values that come with the call
SELECT found('{"orders": {"sum": {"of": "total", "gt": {"param": "least"}}}}', '{"least": 170}'),
  plain('(SELECT sum(total) FROM orders WHERE customer_id = c.id) > 170');
SELECT p AS ids, found('{"tags": {"exactly": {"param": "ids"}}}', jsonb_build_object('ids', p::jsonb))
  FROM unnest(ARRAY['[1, 3]', '[3, 1, 1]', '[]', 'null', '[9]']) p;
-- in an include, in a scope of many rows, in counts and changes
SELECT assoc.find_all('tag', '{"attributes": ["id"], "include": [{"association": "customers", "attributes": ["id"],
  "through": {"attributes": []}, "where": {"orders": {"sum": {"of": "total", "gt": 150}}, "tags": {"exactly": [1, 2]}}}]}');
SELECT assoc.count('customer', '{"where": {"orders": {"avg": {"of": "total", "gt": 50}}}}') = (SELECT count(*) FROM customer c
  WHERE (SELECT avg(total) FROM orders WHERE customer_id = c.id) > 50) AS same;
SELECT assoc.update('customer', '{"credit": 0}', '{"where": {"orders": {"sum": {"of": "total", "gt": 170}}}}');
-- by the name that attributes give an aggregate
SELECT assoc.find_all('customer', '{"attributes": ["id", {"sum": ["orders", "total"], "where": {"state": "open"}, "as": "due"},
  {"count": "orders", "as": "n"}], "where": {"due": {"gt": 100, "lt": 120}, "n": {"gte": 4}}, "order": [["due", "DESC"]]}');
SELECT string_agg(id || ' ' || due, ', ' ORDER BY due DESC, id) FROM (SELECT id, (SELECT sum(total) FROM orders WHERE customer_id = c.id
  AND state = 'open') AS due, (SELECT count(*) FROM orders WHERE customer_id = c.id) AS n FROM customer c) t
  WHERE due > 100 AND due < 120 AND n >= 4;
SELECT assoc.count('customer', '{"where": {"orders": {"count": 4}}}'), assoc.find_and_count_all('customer',
  '{"attributes": ["id", {"count": "orders", "as": "n"}], "where": {"or": [{"n": 4}, {"not": {"n": {"ne": 4}}}]}, "limit": 1}');
SELECT assoc.find_all('tag', '{"attributes": ["id"], "where": {"id": 2}, "include": [{"association": "customers", "attributes": ["id",
  {"max": ["orders", "total"], "as": "most"}], "through": {"attributes": []}, "where": {"most": {"gte": 98}}}]}');
SELECT readable FROM (SELECT assoc.find_page('customer', '{"attributes": ["id", {"count": "orders", "as": "n"}], "where": {"n": {"gte": 4}},
  "limit": 2}') -> 'rows' AS readable) t;
SELECT assoc.find_all('customer', '{"attributes": ["id", {"count": "orders", "as": "n"}], "where": {"n": 5}}', NULL,
  '{"attributes": ["id", "orders"], "where": ["credit"]}');
SELECT assoc.find_all('customer', '{"attributes": ["id", {"count": "orders", "as": "n"}], "where": {"m": 5}}');
SELECT assoc.find_all('customer', '{"attributes": ["id", {"count": "orders", "as": "name"}], "where": {"name": 5}}');
-- what options of somebody else may ask
SELECT assoc.find_all('customer', '{"attributes": ["id"], "where": {"orders": {"sum": {"of": "total", "gt": 170}}}}', NULL,
  '{"attributes": ["id"], "where": ["orders", "orders.total"]}');
SELECT assoc.find_all('customer', '{"attributes": ["id"], "where": {"orders": {"sum": {"of": "total", "gt": 170}}}}', NULL,
  '{"attributes": ["id"], "where": ["orders"]}');
SELECT assoc.find_all('customer', '{"attributes": ["id"], "where": {"tags": {"sum": {"of": ["through", "weight"], "gt": 1}}}}', NULL,
  '{"attributes": ["id"], "where": ["tags"]}');
SELECT assoc.find_all('customer', '{"attributes": ["id"], "where": {"tags": {"exactly": [{"name": "red"}]}}}', NULL,
  '{"attributes": ["id"], "where": ["tags"]}');
-- wrong uses
CREATE FUNCTION refused(w text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  hint text;
BEGIN
  RETURN assoc.find_all('customer', jsonb_build_object('where', w::jsonb));
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
  RETURN sqlstate || ' ' || sqlerrm || coalesce(nullif(' | ' || hint, ' | '), '');
END $$;
SELECT w, refused(w) FROM unnest(ARRAY['{"orders": {"sum": 5}}', '{"orders": {"sum": {"gt": 5}}}', '{"orders": {"sum": {"of": "total"}}}',
  '{"orders": {"sum": {"of": "totl", "gt": 5}}}', '{"orders": {"sum": {"of": "state", "gt": 5}}}',
  '{"orders": {"sum": {"of": ["through", "x"], "gt": 5}}}', '{"tags": {"sum": {"of": ["through", "x"], "gt": 5}}}',
    '{"orders": {"sum": {"of": [], "gt": 5}}}', '{"orders": {"sum": {"of": "total", "more": 5}}}',
    '{"orders": {"max": {"of": "total", "gt": "x"}}}',
  '{"name": {"sum": {"of": "total", "gt": 5}}}', '{"tags": {"exactly": 1}}', '{"tags": {"exactly": [null]}}',
    '{"tags": {"exactly": ["x"]}}', '{"tags": {"exactly": {"col": "id"}}}', '{"tags": {"exactly": [{"id": 1, "name": "red"}]}}']) w;
DROP SCHEMA deparse_sums CASCADE;
