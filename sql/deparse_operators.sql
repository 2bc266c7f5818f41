-- Operators that some types have: containment, sides, keys, search, distance; and what they are not confused by.
CREATE SCHEMA deparse_operators;
CREATE SCHEMA contrib;
SET search_path = deparse_operators;
\getenv top PG_ABS_SRCDIR
\set refused :top '/test/data/refused_load.sql'
SET client_min_messages = warning;
\pset format unaligned
CREATE EXTENSION hstore SCHEMA contrib;
CREATE EXTENSION ltree SCHEMA contrib;
CREATE TABLE things (id int PRIMARY KEY, body text, tsv tsvector, addr inet, net cidr, span int4range, days datemultirange,
  tree contrib.ltree, tags contrib.hstore, meta jsonb, place point, area box, nums int[]);
INSERT INTO things SELECT i, (ARRAY['The quick cats were running', 'A cat runs home', 'Dogs and cats', 'Run home, dog'])[i % 4 + 1],
  NULL, format('10.0.%s.%s', i % 3, i)::inet, format('10.0.%s.0/24', i % 4)::cidr, int4range(i, i + 5),
  datemultirange(daterange('2024-01-01'::date + i, '2024-01-03'::date + i)),
  contrib.text2ltree('top.' || CASE i % 2 WHEN 0 THEN 'even' ELSE 'odd' END || '.n' || i), contrib.hstore(ARRAY['k' || i % 3, i::text]),
  jsonb_build_object('k' || i % 3, i, 'in',
  jsonb_build_object('deep', i % 2)), point(i, i % 5), box(point(i, 0), point(i + 2, 2)), ARRAY[i, i % 3]
  FROM generate_series(1, 24) i;
UPDATE things SET tsv = to_tsvector('english', body);
CREATE INDEX things_body ON things USING gin (to_tsvector('english', body));
SELECT assoc.adopt('things', 'things', '{"timestamps": false}') ->> 'model';
CREATE TABLE parts (id int PRIMARY KEY, thing_id int REFERENCES things, spot point, body text);
CREATE INDEX ON parts (thing_id);
INSERT INTO parts SELECT i, i % 24 + 1, point(i % 7, i % 11), 'part of cats ' || i FROM generate_series(1, 60) i;
SELECT 1 FROM assoc.has_many('things', 'parts', foreign_key => 'thing_id', alias => 'parts');
-- beside plain SQL, in every form
CREATE FUNCTION same(condition text, sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  options jsonb := jsonb_build_object('attributes', '["id"]'::jsonb, 'where', condition::jsonb);
  negated jsonb := jsonb_build_object('attributes', '["id"]'::jsonb, 'where', jsonb_build_object('not', condition::jsonb));
  expected jsonb;
  others jsonb;
  found jsonb := assoc.find_all('things', options);
BEGIN
  EXECUTE format('SELECT coalesce(jsonb_agg(jsonb_build_object(''id'', id) ORDER BY id) FILTER (WHERE %1$s), ''[]''),
    coalesce(jsonb_agg(jsonb_build_object(''id'', id) ORDER BY id) FILTER (WHERE NOT (%1$s)), ''[]'')
  FROM things', sql) INTO expected, others;
  RETURN CASE WHEN found = expected AND assoc.find_all('things', negated) = others
    THEN jsonb_array_length(found)::text ELSE format('%s, not %s', found, expected) END;
EXCEPTION WHEN OTHERS THEN
  RETURN sqlstate || ' ' || sqlerrm;
END $$;
SELECT c AS condition, same(c, s) FROM (VALUES
  ('{"body": {"websearch": {"query": "cat -dog",
  "config": "english"}}}', $$to_tsvector('english', body) @@ websearch_to_tsquery('english', 'cat -dog')$$),
  ('{"body": {"phrase": {"query": "run home",
  "config": "english"}}}', $$to_tsvector('english', body) @@ phraseto_tsquery('english', 'run home')$$),
  ('{"body": {"match": {"query": "cat & run",
  "config": "pg_catalog.english"}}}', $$to_tsvector('english', body) @@ to_tsquery('english', 'cat & run')$$),
  ('{"body": {"match": {"query": "cat", "config": "simple"}}}', $$to_tsvector('simple', body) @@ to_tsquery('simple', 'cat')$$),
  ('{"body": {"websearch": "\"cats were\" or home"}}', $$to_tsvector(body) @@ websearch_to_tsquery('"cats were" or home')$$),
  ('{"tsv": {"websearch": {"query": "cats", "config": "english"}}}', $$tsv @@ websearch_to_tsquery('english', 'cats')$$),
  ('{"body": {"websearch": {"query": {"col": "body"},
  "config": "simple"}}}', $$to_tsvector('simple', body) @@ websearch_to_tsquery('simple', body)$$),
  ('{"addr": {"contained": "10.0.1.0/24"}}', $$addr <<= '10.0.1.0/24'$$),
  ('{"net": {"contains": "10.0.2.7"}}', $$net >>= '10.0.2.7'::inet$$),
  ('{"net": {"overlap": "10.0.0.0/23"}}', $$net && '10.0.0.0/23'$$), ('{"net": {"contains": {"col": "addr"}}}', 'net >>= addr'),
  ('{"span": {"adjacent": "[1,7)"}}', $$span -|- '[1,7)'$$), ('{"span": {"strictLeft": "[9,12)"}}', $$span << '[9,12)'$$),
  ('{"span": {"strictRight": "[9,12)"}}', $$span >> '[9,12)'$$), ('{"span": {"noExtendLeft": "[9,12)"}}', $$span &> '[9,12)'$$),
  ('{"span": {"noExtendRight": "[9,12)"}}', $$span &< '[9,12)'$$),
  ('{"days": {"adjacent": "{[2024-01-01,2024-01-09)}"}}', $$days -|- '{[2024-01-01,2024-01-09)}'$$),
  ('{"days": {"strictLeft": "{[2024-01-09,2024-01-10)}"}}', $$days << '{[2024-01-09,2024-01-10)}'$$),
  ('{"span": {"contains": 7}}', 'span @> 7'),
  ('{"tree": {"contained": "top.odd"}}', $$tree OPERATOR(contrib.<@) 'top.odd'$$),
  ('{"tree": {"contains": "top.odd.n3.x"}}', $$tree OPERATOR(contrib.@>) 'top.odd.n3.x'$$),
  ('{"tree": {"match": "*.even.*{1}"}}', $$tree OPERATOR(contrib.~) '*.even.*{1}'$$),
  ('{"tags": {"contains": "k1=>4"}}', $$tags OPERATOR(contrib.@>) 'k1=>4'$$),
  ('{"tags": {"hasKey": "k2"}}', $$tags OPERATOR(contrib.?) 'k2'$$),
  ('{"tags": {"hasAnyKey": ["k1", "k9"]}}', $$tags OPERATOR(contrib.?|) '{k1,k9}'$$),
  ('{"tags": {"hasAllKeys": ["k1", "k2"]}}', $$tags OPERATOR(contrib.?&) '{k1,k2}'$$), ('{"meta": {"hasKey": "k0"}}', $$meta ? 'k0'$$),
  ('{"meta": {"hasAnyKey": ["k0", "k1"]}}', $$meta ?| '{k0,k1}'$$), ('{"meta": {"hasAllKeys": ["k0", "in"]}}', $$meta ?& '{k0,in}'$$),
  ('{"meta.in": {"hasKey": "deep"}}', $$meta -> 'in' ? 'deep'$$),
  ('{"area": {"strictLeft": "(20,20),(9,0)"}}', $$area << '(20,20),(9,0)'$$),
  ('{"area": {"overlap": "(6,6),(1,1)"}}', $$area && '(6,6),(1,1)'$$), ('{"nums": {"contains": [1]}}', 'nums @> ARRAY[1]'),
  ('{"place": {"within": {"of": "(4,4)", "distance": 3}}}', $$place <-> '(4,4)' <= 3$$),
  ('{"parts": {"some": {"spot": {"within": {"of": "(0,0)", "distance": 4.5}}}}}', $$EXISTS (SELECT
  FROM parts p WHERE p.thing_id = things.id AND p.spot <-> '(0,0)' <= 4.5)$$)) x (c, s);
-- an index over the search is used; the configuration is a constant, the words are not
SET enable_seqscan = off;
DO $$
DECLARE
  line text;
  statement text := assoc.sql('things', '{"attributes": ["id"],
    "where": {"body": {"websearch": {"query": "cats", "config": "english"}}}}');
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP
    IF line ~ 'things_body' THEN RAISE WARNING '%', trim(line); END IF;
  END LOOP;
END $$;
RESET enable_seqscan;
-- params, optional ones, and lists that differ share a plan
SELECT assoc.find_all('things', '{"attributes": ["id"], "where": {"body": {"websearch": {"query": {"param": "q", "optional": true},
  "config": "english"}}, "id": {"lte": 4}}}', p::jsonb)
FROM unnest(ARRAY['{"q": "cat"}', '{"q": "dog"}', '{}']) p;
SELECT assoc.find_all('things', '{"attributes": ["id"], "where": {"place": {"within": {"of": {"param": "x"},
  "distance": {"param": "d"}}}}}', '{"x": "(3,3)", "d": 1}');
-- rank and distance, shown, asked and put in order
SELECT count(*), bool_and((d ->> 'score')::real =
  (SELECT ts_rank(to_tsvector('english', body), websearch_to_tsquery('english', 'cats run')) FROM things t WHERE t.id = (d ->> 'id')::int)
  AND (d ->> 'far')::float8 = (SELECT place <-> '(3,3)' FROM things t WHERE t.id = (d ->> 'id')::int)) AS same
FROM assoc.find('things', '{"attributes": ["id", {"rank": {"body": {"websearch": {"query": "cats run", "config": "english"}}},
  "as": "score"}, {"distance": {"place": "(3,3)"}, "as": "far"}]}') d;
SELECT assoc.find_all('things', '{"attributes": ["id", {"distance": {"place": "(3,3)"}, "as": "far"}], "order": ["far"], "limit": 3}'),
  assoc.find_all('things', '{"attributes": ["id"], "order": [{"by": {"distance": {"place": {"param": "x"}}}}], "limit": 3}',
  '{"x": "(3,3)"}'),
  assoc.find_all('things', '{"attributes": ["id", {"distance": {"place": "(3,3)"}, "as": "far"}], "where": {"far": {"lt": 1.5}}}'),
  assoc.find_all('things', '{"attributes": ["id"], "where": {"tsv": {"websearch": "cat"}},
  "order": [{"by": {"rank": {"tsv": {"match": {"query": "cat | run", "config": "english"}}}}, "direction": "DESC"}], "limit": 3}');
SELECT assoc.find_by_pk('things', 3, '{"attributes": [], "include": [{"association": "parts", "attributes": ["id",
  {"distance": {"spot": "(0,0)"}, "as": "d"}], "order": ["d"], "limit": 1}]}');
SELECT p -> 'rows' AS first, assoc.find_page('things',
  '{"attributes": ["id"], "order": [{"by": {"distance": {"place": "(3,3)"}}}], "limit": 2,
  "after": {"param": "next"}}', p) -> 'rows' AS next
FROM assoc.find_page('things', '{"attributes": ["id"], "order": [{"by": {"distance": {"place": "(3,3)"}}}], "limit": 2}') p;
SELECT assoc.typescript('things', '{"attributes": [{"rank": {"body": {"websearch": "x"}},
  "as": "score"}, {"distance": {"place": "(3,3)"}, "as": "far"}]}');
-- a type of an extension with functions, as PostGIS has: geometry's own, of its schema and its owner
CREATE SCHEMA geo;
CREATE TYPE geo.geometry;
CREATE FUNCTION geo.geometry_in(cstring) RETURNS geo.geometry LANGUAGE internal IMMUTABLE STRICT AS 'point_in';
CREATE FUNCTION geo.geometry_out(geo.geometry) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'point_out';
CREATE TYPE geo.geometry (INPUT = geo.geometry_in, OUTPUT = geo.geometry_out, INTERNALLENGTH = 16, ALIGNMENT = double);
CREATE FUNCTION geo.distance(geo.geometry, geo.geometry) RETURNS float8 LANGUAGE internal IMMUTABLE STRICT AS 'point_distance';
CREATE OPERATOR geo.<-> (LEFTARG = geo.geometry, RIGHTARG = geo.geometry, FUNCTION = geo.distance);
CREATE FUNCTION geo.st_dwithin(geo.geometry, geo.geometry, float8, spheroid boolean DEFAULT true) RETURNS boolean
  LANGUAGE sql IMMUTABLE AS 'SELECT geo.distance($1, $2) <= $3';
CREATE FUNCTION geo.st_within(geo.geometry, geo.geometry) RETURNS boolean LANGUAGE internal IMMUTABLE STRICT AS 'point_eq';
CREATE FUNCTION deparse_operators.st_intersects(geo.geometry, geo.geometry) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE TABLE sites (id int PRIMARY KEY, at geo.geometry);
INSERT INTO sites SELECT i, format('(%s,%s)', i, i)::geo.geometry FROM generate_series(1, 6) i;
SELECT assoc.adopt('sites') ->> 'model';
SELECT assoc.find_all('sites', '{"attributes": ["id"], "where": {"at": {"within": {"of": "(3,3)", "distance": 1.5}}}}'),
  assoc.find_all('sites', '{"attributes": ["id"], "where": {"at": {"contained": "(3,3)"}}}'),
  assoc.find_all('sites', '{"attributes": ["id"], "order": [{"by": {"distance": {"at": "(5,5)"}}}], "limit": 2}');
SELECT assoc.sql('sites', '{"attributes": ["id"], "where": {"at": {"within": {"of": "(3,3)", "distance": 1.5}}}}');
-- what does not fit
\set ECHO none
\i :refused
\set ECHO all
SELECT m AS model, o AS options, refused(m, o) FROM (VALUES ('sites', '{"where": {"at": {"overlap": "(3,3)"}}}'),
  ('things', '{"where": {"body": {"contains": "x"}}}'),
  ('things', '{"where": {"id": {"strictLeft": 3}}}'), ('things', '{"where": {"addr": {"strictLeft": "10.0.0.0/8"}}}'),
  ('things', '{"where": {"meta": {"overlap": {"a": 1}}}}'),
  ('things', '{"where": {"body": {"hasKey": "a"}}}'), ('things', '{"where": {"id": {"within": {"of": 3, "distance": 2}}}}'),
  ('things', '{"where": {"body": {"within": {"of": "x"}}}}'),
  ('things', '{"where": {"place": {"within": {"of": "(1,1)", "distance": {"col": "id"}}}}}'),
  ('things', '{"where": {"body": {"websearch": {"config": "english"}}}}'),
  ('things', '{"where": {"body": {"websearch": {"query": "x", "config": "englis"}}}}'),
  ('things', '{"where": {"body": {"websearch": {"query": "x", "conf": "english"}}}}'),
  ('things', '{"where": {"body": {"websearch": 5}}}'), ('things', '{"where": {"body": {"phrase": {"any": ["a"]}}}}'),
  ('things', '{"where": {"body": {"match": "cat dog"}}}'),
  ('things', '{"attributes": [{"rank": {"body": "cats"}, "as": "r"}]}'), ('things', '{"attributes": [{"rank": "body", "as": "r"}]}'),
  ('things', '{"attributes": [{"distance": {"body": "x"}, "as": "r"}]}'),
  ('things', '{"attributes": [{"distance": {"place": {"gt": "(1,1)"}}, "as": "r"}]}'),
  ('things', '{"attributes": [{"distance": {"place": "(1,1)"}, "where": {"id": 1}, "as": "r"}]}'),
  ('things', '{"attributes": [{"distance": {"plac": "(1,1)"}, "as": "r"}]}')) x (m, o);
SELECT a AS allow, refused('things', '{"attributes": [{"rank": {"body": {"websearch": "cats"}},
  "as": "r"}], "where": {"r": {"gt": 0.01}}, "order": ["r"], "limit": 1}', a)
FROM unnest(ARRAY['{"attributes": ["body"], "where": [], "order": ["body"]}',
  '{"attributes": ["id"], "where": ["body"], "order": ["body"]}', '{"attributes": ["body"], "where": ["body"]}',
  '{"attributes": ["body"], "where": ["body"], "order": ["body"]}']) a;
DROP SCHEMA deparse_operators, geo, contrib CASCADE;
