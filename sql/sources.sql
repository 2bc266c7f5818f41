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
SELECT count(*) AS associations, count(*) FILTER (WHERE loads(source::text, jsonb_build_object('include', alias, 'paranoid', false, 'scope', false)) = by_sql(a)) AS same FROM assoc.associations a WHERE alias <> 'partners';

-- random options
CALL run_sources(120);
SELECT count(*) AS runs, count(*) FILTER (WHERE length > 2) > 80 AS most_found_rows, count(error) AS errors, count(differs) AS differences FROM runs;
SELECT no, model, options, error, differs FROM runs WHERE error IS NOT NULL OR differs IS NOT NULL ORDER BY no LIMIT 5;
-- rows of single parents, as a request loads them
SELECT count(*) AS keys, count(*) FILTER (WHERE one = by_batch AND one = listed) AS same FROM (
  SELECT assoc.find_by_pk('Customer', id, o) AS one, (SELECT assoc.find_by_pk('Customer', id, o) FROM (SELECT set_config('pg_associations.probe', 'off', true) OFFSET 0) s) AS by_batch, assoc.find_all('Customer', o || jsonb_build_object('where', jsonb_build_object('id', id))) -> 0 AS listed, set_config('pg_associations.probe', 'on', true)
  FROM customers, (VALUES ('{"include": ["stores", "orders.products.related", "country", "profile", "referrer", "referred", "coupons"]}'::jsonb)) v (o)) s;
SELECT count(*) AS keys, count(*) FILTER (WHERE one = (SELECT jsonb_build_object('id', h.id, 'grains', coalesce(jsonb_agg(to_jsonb(g) ORDER BY g.id), '[]')) FROM grains g WHERE heap_id = h.id)) AS same
FROM heaps h, LATERAL (SELECT assoc.find_by_pk('heaps', h.id, '{"include": ["grains"]}')) f (one);
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
