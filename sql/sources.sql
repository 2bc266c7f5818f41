-- Every way to load the same: by probe, by batch, as json, as a set, as one statement,
-- for random rows and random options.  Prints counts, and what differs.  test/fuzz/sources.sh
-- does more of the same.
\getenv top PG_ABS_SRCDIR
\set shop :top '/test/data/shop.sql'
\set generator :top '/test/fuzz/sources.sql'
\set ECHO none
\i :shop
SELECT setseed(0.42);
\i :generator
\set ECHO all
-- each association as plain SQL would have it
SELECT count(*) AS associations, count(*) FILTER (WHERE loads(source::text, jsonb_build_object('include', alias, 'paranoid', false, 'scope',
  false)) = by_sql(a)) AS same FROM assoc.associations a WHERE alias <> 'partners';

-- random options
CALL run_sources(160);
SELECT count(*) AS runs, count(*) FILTER (WHERE length > 2) > 100 AS most_found_rows, count(error) AS errors, count(differs) AS differences
  FROM runs;
SELECT no, model, options, error, differs FROM runs WHERE error IS NOT NULL OR differs IS NOT NULL ORDER BY no LIMIT 5;
-- rows of single parents, as a request loads them
SELECT count(*) AS keys, count(*) FILTER (WHERE one = by_batch AND one = listed) AS same FROM (
  SELECT assoc.find_by_pk('Customer', id, o) AS one, (SELECT assoc.find_by_pk('Customer', id, o)
    FROM (SELECT set_config('pg_associations.probe', 'off', true) OFFSET 0) s) AS by_batch, assoc.find_all('Customer',
    o || jsonb_build_object('where', jsonb_build_object('id', id))) -> 0 AS listed, set_config('pg_associations.probe', 'on', true)
  FROM customers, (VALUES ('{"include": ["stores", "orders.products.related", "country", "profile", "referrer", "referred",
    "coupons"]}'::jsonb)) v (o)) s;
SELECT count(*) AS keys, count(*) FILTER (WHERE one = (SELECT jsonb_build_object('id', h.id, 'grains', coalesce(jsonb_agg(to_jsonb(g)
  ORDER BY g.id), '[]')) FROM grains g WHERE heap_id = h.id)) AS same
FROM heaps h, LATERAL (SELECT assoc.find_by_pk('heaps', h.id, '{"include": ["grains"]}')) f (one);
-- keys that are arrays themselves: there are no arrays of arrays to ask for many at once
SET client_min_messages = warning;
CREATE TABLE paths (path text[] PRIMARY KEY, name text);
CREATE TABLE files (no int PRIMARY KEY, dir text[], part int, UNIQUE (dir, part));
INSERT INTO paths VALUES ('{}', 'root'), ('{usr}', 'usr'), ('{usr,lib}', 'lib');
INSERT INTO files VALUES (1, '{usr}', 1), (2, '{usr,lib}', 1), (3, '{usr,lib}', 2), (4, NULL, 1), (5, '{usr,lib}', NULL);
\o /dev/null
SELECT assoc.adopt('paths'), assoc.adopt('files'), assoc.has_many('paths', 'files', alias => 'files', foreign_key => 'dir',
  inverse => 'directory', options => '{"accessors": false, "constraints": false}');
\o
SET pg_associations.probe = on;
SELECT assoc.find_all('paths', '{"include": [{"association": "files", "attributes": ["no"]}]}') AS probed \gset
SET pg_associations.probe = off;
SELECT assoc.find_all('paths', '{"include": [{"association": "files", "attributes": ["no"]}]}') AS rows, assoc.find_all('paths',
  '{"include": [{"association": "files", "attributes": ["no"]}]}') = :'probed' AS same;
SELECT assoc.find_all('files', '{"attributes": ["no"], "include": ["directory"]}') AS rows;
SELECT assoc.find_all('paths', '{"attributes": ["name"], "include": [{"association": "files", "attributes": ["no"], "order": [["part",
  "DESC"]], "limit": 2}]}') AS rows;
SELECT assoc.count_of('paths', '["usr", "lib"]'::jsonb, 'files'), assoc.find_by_pk('paths', '["usr"]'::jsonb, '{"include": ["files"]}');
SELECT regexp_replace(line, ' *time=.*', '') AS line FROM assoc.explain('paths', '{"include": ["files"]}', run => true) line
  WHERE line ~ 'statements|SQL|\$';
DROP SCHEMA shop CASCADE;
