-- Documents that differ in values only share a plan, and mean what they would with one of their own.
SET client_min_messages = warning;
CREATE SCHEMA load_constants;
SET search_path = load_constants, public;
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE makers (id int PRIMARY KEY, name text, born date, span int4range, tags text[], info jsonb, ok boolean,
  rank positive, price numeric, at point);
CREATE TABLE parts (id int PRIMARY KEY, maker_id int REFERENCES makers, name varchar(20), n int);
CREATE TABLE places (id int PRIMARY KEY, name text UNIQUE);
CREATE TABLE stays (maker_id int REFERENCES makers, place_id int REFERENCES places, role text, since date,
  PRIMARY KEY (maker_id, place_id));
INSERT INTO makers SELECT i, CASE i % 5 WHEN 0 THEN NULL WHEN 1 THEN 'a%' || i ELSE 'n' || i END,
  date '2020-01-01' + i, int4range(i, i + 5),
  ARRAY['t' || i % 3, 'u' || i % 4], jsonb_build_object('k', i % 6, 's', 's' || i % 4), i % 3 = 0, i, i / 4.0,
  point(i, 0) FROM generate_series(1, 60) i;
INSERT INTO parts SELECT i, i % 60 + 1, 'p' || i % 17, i % 9 FROM generate_series(1, 300) i;
INSERT INTO places SELECT i, 'l' || i FROM generate_series(1, 12) i;
INSERT INTO stays SELECT m, p, 'r' || (m + p) % 4, date '2021-01-01' + m FROM generate_series(1, 60) m, generate_series(1, 12) p
  WHERE (m * p) % 5 < 2;
CREATE INDEX ON parts (maker_id);
CREATE INDEX ON stays (place_id);
ANALYZE makers, parts, places, stays;
SELECT assoc.adopt('makers', 'Maker') ->> 'model', assoc.adopt('parts', 'Part') ->> 'model', assoc.adopt('places', 'Place') ->> 'model';
SELECT assoc.has_many('Maker', 'Part', foreign_key => 'maker_id', alias => 'parts', inverse => 'maker') ->> 'alias',
  assoc.belongs_to_many('Maker', 'Place', through => 'stays', foreign_key => 'maker_id', other_key => 'place_id',
    alias => 'places', inverse => 'makers') ->> 'alias';

-- forms of documents, with places for values of some kinds
CREATE TABLE forms (n int GENERATED ALWAYS AS IDENTITY, form text);
INSERT INTO forms (form) VALUES
  ('{"where": {"id": <int>}, "attributes": ["id"]}'),
  ('{"where": {"id": <ints>}, "attributes": ["id", "name"], "limit": <int>}'),
  ('{"where": {"id": {"in": <ints>}, "name": {"ne": <text>}}, "attributes": ["id"]}'),
  ('{"where": {"id": {"between": [<int>, <int>]}}, "attributes": ["id"], "order": ["name"], "limit": <int>, "offset": <int>}'),
  ('{"where": {"name": {"startsWith": <text>}}, "attributes": ["id"]}'),
  ('{"where": {"name": {"like": {"any": <texts>}}}, "attributes": ["id"]}'),
  ('{"where": {"name": {"substring": <text>}, "ok": <bool>}, "attributes": ["id"]}'),
  ('{"where": {"or": [{"name": <text>}, {"id": <int>}, {"born": {"gt": <date>}}]}, "attributes": ["id"]}'),
  ('{"where": {"span": {"contains": <range>}}, "attributes": ["id"]}'),
  ('{"where": {"span": {"overlap": <span>}}, "attributes": ["id"]}'),
  ('{"where": {"tags": <texts>}, "attributes": ["id"]}'),
  ('{"where": {"tags": {"contains": <texts>}}, "attributes": ["id"]}'),
  ('{"where": {"info.k": <int>, "info.s": {"in": <texts>}}, "attributes": ["id"]}'),
  ('{"where": {"info": {"contains": {"k": <int>}}}, "attributes": ["id"]}'),
  ('{"where": {"rank": {"gte": <int>}, "price": {"lt": <int>}}, "attributes": ["id"]}'),
  ('{"where": {"name": <null>, "id": {"gt": <int>}}, "attributes": ["id"]}'),
  ('{"where": {"name": "", "id": {"gt": <int>}}, "attributes": ["id"]}'),
  ('{"where": {"name": {"ne": ""}, "id": {"lte": <int>}, "rank": {"ne": <int>}}, "attributes": ["id"]}'),
  ('{"where": {"id": {"gt": {"col": "rank"}}, "rank": {"gt": <int>}}, "attributes": ["id"]}'),
  ('{"attributes": ["id"], "include": {"association": "parts", "where": {"n": <int>}, "required": false, "limit": <int>}}'),
  ('{"attributes": ["id"], "include": {"association": "parts", "where": {"name": {"in": <texts>}}}}'),
  ('{"attributes": ["id"], "include": {"association": "places", "through": {"where": {"role": <text>, "since": {"gt": <date>}}}}}'),
  ('{"attributes": ["id"], "where": {"places": {"some": {"id": <int>}}, "parts": {"none": {"n": <int>}}}}'),
  ('{"attributes": ["id"], "where": {"places": {"every": {"id": {"gt": <int>}}}}}'),
  ('{"attributes": ["id"], "where": {"parts": {"count": {"gte": <int>, "where": {"n": {"lt": <int>}}}}}}'),
  ('{"attributes": ["id"], "where": {"places": {"allOf": <ints>}}}'),
  ('{"attributes": ["id", {"count": "parts", "where": {"n": <int>}, "as": "c"}], "where": {"id": {"lt": <int>}}}'),
  ('{"attributes": ["id"], "order": [{"by": {"count": "parts", "where": {"n": {"gt": <int>}}}, "direction": "DESC"}, "id"],
    "limit": <int>}'),
  ('{"attributes": ["id"], "where": {"born": <date>}}');

CREATE FUNCTION value_of(kind text) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT CASE kind
    WHEN 'int' THEN (ARRAY['0', '1', '2', '3.0', '7', '20', '59', '"4"'])[1 + floor(random() * 8)]
    WHEN 'ints' THEN (ARRAY['[]', '[1]', '[2, 3]',
      '["4", 5, 6]', '[7, 7, 8, 9]', '[10, 20, 30, 40, 50]', '[2, null]', '[true]'])[1 + floor(random() * 8)]
    WHEN 'text' THEN (ARRAY['"n2"', '"a%"', '"n"', '""', '"%"', '"a_1"', '"r1"', '"r2"', '"it''s"'])[1 + floor(random() * 9)]
    WHEN 'texts' THEN (ARRAY['[]', '["n2"]',
      '["n%", "a%1"]', '["t0", "u1"]', '["s1", "s2", "s3"]', '["p1", "p2"]', '["", "t1"]'])[1 + floor(random() * 7)]
    WHEN 'bool' THEN (ARRAY['true', 'false'])[1 + floor(random() * 2)]
    WHEN 'null' THEN (ARRAY['null', '"n2"', '"n3"'])[1 + floor(random() * 3)]
    WHEN 'date' THEN (ARRAY['"2020-01-20"', '"2020-02-10"', '"2021-01-30"', '"today"', '"yesterday"'])[1 + floor(random() * 5)]
    WHEN 'range' THEN (ARRAY['5', '"6"', '"[3,4)"', '"[10,12]"', '7', '"empty"'])[1 + floor(random() * 6)]
    WHEN 'span' THEN (ARRAY['"[3,4)"', '"[10,12]"', '"empty"', '"(,5)"'])[1 + floor(random() * 4)]
  END
$$;
CREATE FUNCTION filled(form text) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  WHILE form ~ '<' LOOP
    form := regexp_replace(form, '<[a-z]+>', replace(value_of(substring(form FROM '<([a-z]+)>')), '\', '\\'));
  END LOOP;
  RETURN form;
END $$;
CREATE FUNCTION loaded(options jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN assoc.find_all('Maker', options);
EXCEPTION WHEN OTHERS THEN
  RETURN sqlstate || ' ' || sqlerrm;
END $$;
-- nothing is kept, and a document that was the last of its form has a plan of its own
CREATE FUNCTION alone(way text, options jsonb) RETURNS text LANGUAGE plpgsql SET pg_associations.plan_cache_memory = 0 AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format('SELECT %I($1)', way) USING options;
  EXECUTE format('SELECT %I($1)', way) INTO result USING options;
  RETURN result;
END $$;
SELECT setseed(0.42);
CREATE TABLE runs AS SELECT n, o, NULL::text AS shared FROM (SELECT n, filled(form) AS o FROM forms, generate_series(1, 25) ORDER BY n) f;
UPDATE runs SET shared = loaded(o);
SELECT count(*) AS runs, count(*) FILTER (WHERE shared ~ '^[0-9A-Z]{5} ') > 20 AS some_errors, 
  count(*) FILTER (WHERE length(shared) > 2) > 300 AS most_found,
  count(*) FILTER (WHERE shared IS DISTINCT FROM alone('loaded', o)) AS different FROM runs;
SELECT n, o, shared, alone('loaded', o) FROM runs WHERE shared IS DISTINCT FROM alone('loaded', o) ORDER BY n LIMIT 5;

-- a plan serves any number of values; limits that are none, and allowed ones, are told as before
DISCARD PLANS;
CREATE VIEW kept AS SELECT count(*) AS plans FROM pg_backend_memory_contexts WHERE name = 'pg_associations load plan';
SELECT count(assoc.find_all('Maker', jsonb_build_object('where', jsonb_build_object('id', i, 'name', 'n' || i), 'limit', i)))
  FROM generate_series(1, 50) i;
SELECT count(assoc.find_all('Maker', jsonb_build_object('where', jsonb_build_object('id',
    (SELECT jsonb_agg(j) FROM generate_series(1, i) j)))))
  FROM generate_series(1, 50) i;
SELECT plans FROM kept;
SELECT assoc.find_all('Maker', '{"attributes": ["id"], "limit": 3, "where": {"id": 1}}', NULL,
  '{"attributes": ["id"], "limit": 5, "where": ["id"]}');
SELECT assoc.find_all('Maker', '{"attributes": ["id"], "limit": 6, "where": {"id": 2}}', NULL,
  '{"attributes": ["id"], "limit": 5, "where": ["id"]}');
SELECT loaded(jsonb_build_object('where', '{"id": 5}'::jsonb, 'limit', l))
  FROM (VALUES ('1'::jsonb), ('-1'), ('1.5'), ('1.0'), ('"2"'), ('null'), ('0'), ('99999999999999999999')) v (l);
-- explain shows the values of this document
SELECT count(assoc.find_all('Maker', jsonb_build_object('where', jsonb_build_object('name', 'n' || i)))) FROM generate_series(1, 3) i;
SELECT ltrim(line) FROM assoc.explain('Maker', '{"where": {"name": "n42"}}', run => true) line WHERE line ~ '\$1';
-- within what is allowed, and in pages, plans are shared as well
CREATE FUNCTION allowed(options jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN assoc.find_all('Maker', options, NULL, '{"attributes": ["id", "name", "parts"], "order": ["id", "name", "parts", "parts.n"],
    "where": ["id", "name", "born", "span", "tags", "info", "ok", "rank", "price", "parts", "parts.n", "places", "places.id"], "limit": 20,
    "include": {"parts": {"where": ["n", "name"], "limit": 7}, "places": {"where": ["through.role", "through.since"]}}}');
EXCEPTION WHEN OTHERS THEN
  RETURN sqlstate || ' ' || sqlerrm;
END $$;
-- a page, the one after it, and back
CREATE FUNCTION paged(options jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  one jsonb;
  two jsonb;
  back jsonb;
BEGIN
  options := '{"limit": 3}'::jsonb || (options - 'offset');
  one := assoc.find_page('Maker', options);
  IF one ->> 'next' IS NOT NULL THEN
    two := assoc.find_page('Maker', options || jsonb_build_object('after', one -> 'next'));
  END IF;
  IF two ->> 'previous' IS NOT NULL THEN
    back := assoc.find_page('Maker', options || jsonb_build_object('before', two -> 'previous'));
  END IF;
  RETURN jsonb_build_array(one, two, back);
EXCEPTION WHEN OTHERS THEN
  RETURN sqlstate || ' ' || sqlerrm;
END $$;
CREATE TABLE other_runs AS SELECT n, o, NULL::text AS allowed, NULL::text AS paged FROM runs;
UPDATE other_runs SET allowed = allowed(o), paged = paged(o);
SELECT count(*) FILTER (WHERE allowed LIKE '42501%') > 10 AS some_refused,
  count(*) FILTER (WHERE length(allowed) > 2 AND allowed LIKE '[%') > 250 AS most_allowed,
  count(*) FILTER (WHERE paged::text LIKE '%"previous"%') > 100 AS many_pages,
  count(*) FILTER (WHERE paged LIKE '%"next"%') > 250 AS most_paged,
  count(*) FILTER (WHERE allowed IS DISTINCT FROM alone('allowed', o)) AS allowed_different,
  count(*) FILTER (WHERE paged IS DISTINCT FROM alone('paged', o)) AS paged_different FROM other_runs;
SELECT n, o, allowed, alone('allowed', o) FROM other_runs WHERE allowed IS DISTINCT FROM alone('allowed', o) ORDER BY n LIMIT 5;
SELECT n, o, paged, alone('paged', o) FROM other_runs WHERE paged IS DISTINCT FROM alone('paged', o) ORDER BY n LIMIT 5;
DISCARD PLANS;
SELECT count(assoc.find_all('Maker', jsonb_build_object('where', jsonb_build_object('id', i), 'limit', i % 5), NULL,
  '{"attributes": ["id"], "where": ["id"], "limit": 5}')) FROM generate_series(1, 50) i;
SELECT count(paged(jsonb_build_object('where', jsonb_build_object('id', jsonb_build_object('gt', i)), 'limit', 1 + i % 3)))
  FROM generate_series(1, 50) i;
SELECT plans FROM kept;
-- what aggregates are compared with, searches and distances
DISCARD PLANS;
SELECT count(assoc.aggregate('Part', jsonb_build_object('group', '["n"]'::jsonb, 'attributes',
    '["n", {"count": "*", "as": "parts"}]'::jsonb,
    'having', jsonb_build_object('parts', jsonb_build_object('gt', i)), 'limit', i))) FROM generate_series(1, 20) i;
SELECT count(DISTINCT assoc.find_all('Maker', jsonb_build_object('attributes', jsonb_build_array('id', jsonb_build_object('as', 'fit',
    'rank', jsonb_build_object('name', jsonb_build_object('match', 'n' || i)))), 'limit', 20)))
  FROM generate_series(1, 20) i;
SELECT count(DISTINCT assoc.find_all('Maker', jsonb_build_object('attributes', '["id"]'::jsonb, 'order',
    jsonb_build_array(jsonb_build_object('distance', jsonb_build_object('at', format('(%s,0)', i)))), 'limit', 1)))
  FROM generate_series(1, 20) i;
SELECT plans FROM kept;
-- of a cursor that is null, or of values, or is none; and of one that belongs to other values
SELECT assoc.find_page('Maker', jsonb_build_object('attributes', '["id"]'::jsonb, 'limit', 1, 'where', '{"id": {"gt": 50}}'::jsonb,
  'after', a)) FROM (VALUES ('null'::jsonb), ('[52]'), ('["53"]'), ('[54]')) v (a);
SELECT paged(jsonb_build_object('attributes', '["id"]'::jsonb, 'where', '{"id": {"gt": 57}}'::jsonb, 'limit', l))
  FROM (VALUES (0), (-1), (2), (5)) v (l);
WITH first AS MATERIALIZED (SELECT assoc.find_page('Maker', '{"where": {"id": {"between": [3, 9]}}, "limit": 2}') -> 'next' AS next)
SELECT loaded(jsonb_build_object('attributes', '["id"]'::jsonb, 'where', jsonb_build_object('id', jsonb_build_object('between',
    jsonb_build_array(low, high))), 'limit', 2, 'after', next))
  FROM first, (VALUES (2, 9), (3, 8), (3, 9), (4, 9)) v (low, high);
-- pages: a cursor belongs to the filter
SELECT count(DISTINCT assoc.find_page('Maker', jsonb_build_object('attributes', '["id"]'::jsonb, 'where',
    jsonb_build_object('id', jsonb_build_object('gt', i)), 'limit', 1)) ->> 'next')
  FROM generate_series(1, 5) i;
DROP SCHEMA load_constants CASCADE;
