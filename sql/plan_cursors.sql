-- Cursors as texts: exact for every type whatever the client's numbers and the session's settings are, bound to order and filter; and the
-- page back.
CREATE SCHEMA plan_cursors;
SET search_path = plan_cursors;
SET client_min_messages = warning;
\getenv top PG_ABS_SRCDIR
\set lists :top '/test/data/lists.sql'
\set cursors :top '/test/data/cursors.sql'
\set ECHO none
\i :lists
\i :cursors
\set ECHO all

-- an average, a numeric of more digits than a double has, a bigint beyond 2^53: through a client whose numbers are doubles
SELECT assoc.define('Film', '{"title": "text", "exact": "numeric", "big": "bigint"}', '{"timestamps": false}') ->> 'model';
SELECT assoc.define('Rating', '{"stars": "integer"}', '{"timestamps": false}') ->> 'model';
SELECT 1 FROM assoc.has_many('Film', 'Rating');
SELECT assoc.bulk_create('Film', jsonb_agg(jsonb_build_object('title', 'film ' || i, 'exact', 0.12345678901234567890 + (i / 3) * 1e-20,
  'big', 9007199254740991 + i / 2,
  'ratings', '[{"stars": 3}, {"stars": 3}, {"stars": 4}]'::jsonb))) IS NOT NULL FROM generate_series(1, 7) i;
-- as JavaScript and Python read and write JSON: a number is the nearest double
CREATE FUNCTION doubled(document jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  RETURN CASE jsonb_typeof(document) WHEN 'number' THEN to_jsonb((document #>> '{}')::float8)
    WHEN 'array' THEN (SELECT jsonb_agg(doubled(value) ORDER BY n) FROM jsonb_array_elements(document) WITH ORDINALITY e (value, n))
    ELSE document END;
END $$;
-- every page from the first to the last, and all the way back: the rows of both walks in order
CREATE FUNCTION walk(model text, options jsonb, settings text[] DEFAULT '{}') RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  page jsonb := assoc.find_page(model, options);
  onward jsonb := page -> 'rows';
  back jsonb;
  last jsonb;
  setting text;
BEGIN
  WHILE page ->> 'next' IS NOT NULL LOOP
    FOREACH setting IN ARRAY settings LOOP
      EXECUTE 'SET ' || setting;
    END LOOP;
    page := assoc.find_page(model, options || '{"after": {"param": "cursor"}}', jsonb_build_object('cursor', doubled(page -> 'next')));
    onward := onward || (page -> 'rows');
  END LOOP;
  IF page ? 'previous' AND page ->> 'previous' IS NULL THEN
    RAISE 'a last page without a way back: %', page;
  END IF;
  back := page -> 'rows';
  WHILE page ->> 'previous' IS NOT NULL LOOP
    page := assoc.find_page(model, options || jsonb_build_object('before', doubled(page -> 'previous')));
    back := (page -> 'rows') || back;
  END LOOP;
  IF onward <> back THEN
    RAISE 'the way back differs' USING DETAIL = onward, HINT = back;
  END IF;
  IF onward <> assoc.find_all(model, options - 'limit') THEN
    RAISE 'differs from the list' USING DETAIL = onward, HINT = assoc.find_all(model, options - 'limit');
  END IF;
  -- from the end: the last page that there is, of the same size
  IF (assoc.find_page(model, options || '{"before": null}') -> 'rows') <>
      (SELECT jsonb_agg(value ORDER BY n) FROM jsonb_array_elements(onward) WITH ORDINALITY e (value, n)
        WHERE n > jsonb_array_length(onward) - (options ->> 'limit')::int) THEN
    RAISE 'the end differs';
  END IF;
  RETURN jsonb_array_length(onward);
END $$;
SELECT item ->> 0 AS by, string_agg(walk('Film', jsonb_build_object('attributes', '["id"]'::jsonb, 'limit', size, 'order',
  jsonb_build_array(item -> 1)))::text, ' ') AS rows
FROM (VALUES ('["avg", {"by": {"avg": ["ratings", "stars"]}}]'::jsonb),
  ('["avg desc", {"by": {"avg": ["ratings", "stars"]}, "direction": "DESC"}]'), ('["numeric", ["exact", "DESC"]]'),
  ('["bigint", "big"]'), ('["count", {"count": "ratings"}]')) v (item), unnest(ARRAY[1, 2, 3, 7, 9]) size GROUP BY 1 ORDER BY 1;
-- every order of the lists, also with nulls
SELECT item::text, string_agg(walk('User', jsonb_build_object('attributes', '["id"]'::jsonb, 'limit', size, 'order', item))::text,
  ' ') AS rows
FROM (VALUES ('[]'::jsonb), ('[["age", "DESC"]]'), ('["age"]'), ('[["age", "ASC NULLS FIRST"]]'), ('[["age", "DESC NULLS LAST"], "name"]'),
  ('[["joined", "DESC"], "id"]'), ('["score", ["id", "DESC"]]'),
  ('[["age", "DESC"], {"by": {"max": ["projects", "title"]}, "nulls": "first"}]')) v (item), unnest(ARRAY[1, 5, 24]) size GROUP BY 1
    ORDER BY 1;
SELECT string_agg(walk('Project', jsonb_build_object('attributes', '["id"]'::jsonb, 'limit', size, 'order',
  '[["owner", "age", "DESC"], "title"]'::jsonb))::text, ' ') AS rows FROM unnest(ARRAY[1, 4, 50]) size;

-- of every type, with other settings for each page
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TYPE pair AS (a float8, b interval);
CREATE TABLE kinds (id int PRIMARY KEY, f float8, r real, ts timestamptz, t timestamp, d date, iv interval, b bytea, u uuid, m mood,
  o boolean, tx text, a float8[], rg tstzrange, p pair, n numeric, i inet, tz timetz, c char(3));
INSERT INTO kinds SELECT i, 0.1::float8 + i / 2 * 1e-16, (0.1::real + i / 2 * 1e-8)::real,
  '2024-01-02 03:04:05.123456Z'::timestamptz + i / 2 * '1us'::interval, '2024-01-02 03:04:05.123456'::timestamp + i / 2 * '1us'::interval,
  '2024-01-02'::date + i / 2, CASE i / 2 WHEN 1 THEN '-1 day +02:00:00' ELSE '1 month -1 day 00:00:00.000001' END::interval,
    set_byte('\x00ff'::bytea, 0, i), ('00000000-0000-0000-0000-00000000000' || i / 2)::uuid,
  (ARRAY['sad', 'glad'])[1 + i / 3]::mood, i > 2, chr(228) || E'\\ "\n' || i / 2, ARRAY[0.1 + i / 2 * 1e-16, NULL],
    tstzrange('2024-03-01 00:00Z', '2024-04-05 00:00Z'::timestamptz + i / 2 * '1us'::interval),
  ROW(0.1 + i / 2 * 1e-16, '-1 day +02:00')::pair, (ARRAY['NaN', '1e-30', '0.1', '7']::numeric[])[1 + i / 2], '10.0.0.1'::inet + i / 2,
    '10:00:00.000001+02', 'a' || i / 2 FROM generate_series(1, 5) i;
INSERT INTO kinds (id, f, r, ts, t, d) VALUES (6, 'NaN', 'Infinity', 'infinity', '-infinity', '0044-03-15 BC'), (7, '-Infinity', 'NaN',
  '0044-03-15 BC', '20000-01-01', 'infinity');
-- neither null nor not null, to SQL
INSERT INTO kinds (id, p) VALUES (8, ROW(NULL, '1 day')), (9, ROW(7, NULL));
SELECT assoc.adopt('kinds') ->> 'model';
SELECT column_name, string_agg(walk('kinds', jsonb_build_object('attributes', '["id"]'::jsonb, 'limit', size, 'order',
  jsonb_build_array(jsonb_build_array(column_name, direction))),
    ARRAY['timezone = ''Asia/Kolkata''', 'datestyle = ''German''', 'intervalstyle = ''sql_standard''', 'extra_float_digits = -10',
      'bytea_output = ''escape'''])::text, ' ' ORDER BY size) AS rows
FROM information_schema.columns, unnest(ARRAY[1, 2]) size, unnest(ARRAY['ASC', 'DESC']) direction WHERE table_schema = 'plan_cursors'
  AND table_name = 'kinds' GROUP BY 1, ordinal_position ORDER BY ordinal_position;
RESET timezone; RESET datestyle; RESET intervalstyle; RESET extra_float_digits; RESET bytea_output;

-- a text that stands in a URL as it is; its values are exact
SELECT next ~ '^[A-Za-z0-9_-]+$' AS url, cursor_values(next) FROM (SELECT assoc.find_page('Film',
  '{"order": [{"by": {"avg": ["ratings", "stars"]}}], "limit": 1}') ->> 'next' AS next) t;
-- the same order said in another way has the same cursors
SELECT count(DISTINCT assoc.find_page('User', o::jsonb || '{"limit": 3}') ->> 'next')
FROM unnest(ARRAY['{"order": ["name"]}', '{"order": "name"}', '{"order": [["name", "asc"]]}',
  '{"order": [{"by": "name", "nulls": "last"}, "id"]}', '{"order": ["name"], "where": {}}', '{"order": ["name"], "attributes": ["age"]}',
  '{"order": ["n"], "attributes": [["name", "n"]]}', '{"order": ["name"], "include": ["owned"]}', '{"order": ["name"], "offset": 0}']) o;
-- another order, or another filter, is an error
SELECT assoc.find_page('User', '{"order": ["name"], "where": {"age": {"gte": 21}}, "limit": 3}') ->> 'next' AS next \gset
CREATE FUNCTION given(cursor text, options text, params text DEFAULT '{}') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN assoc.find_page('User', jsonb_build_object('limit', 3, 'after', cursor) || options::jsonb, params::jsonb) -> 'rows' -> 0 ->> 'id';
EXCEPTION WHEN OTHERS THEN
  RETURN sqlstate || ' ' || sqlerrm;
END $$;
SELECT o AS options, given(:'next', o) FROM unnest(ARRAY['{"order": ["name"], "where": {"age": {"gte": 21}}}',
  '{"order": [["name", "DESC"]], "where": {"age": {"gte": 21}}}', '{"order": ["age"], "where": {"age": {"gte": 21}}}',
  '{"order": ["name", "age"], "where": {"age": {"gte": 21}}}', '{"where": {"age": {"gte": 21}}}',
    '{"order": [["name", "ASC NULLS FIRST"]], "where": {"age": {"gte": 21}}}', '{"order": ["name"]}',
  '{"order": ["name"], "where": {"age": {"gte": 22}}}', '{"order": ["name"], "where": {"age": {"gt": 21}}}',
    '{"order": ["name"], "where": {"age": {"gte": 21}, "name": {"ne": null}}}',
  '{"order": ["name"], "where": {"age": {"gte": 21}}, "include": [{"association": "projects", "required": true}]}',
    '{"order": ["name"], "where": {"age": {"gte": 21}}, "include": ["projects"]}',
  '{"order": ["name"], "where": {"age": {"gte": 21}}, "include": [{"association": "projects", "required": false, "where": {"id": 1}}]}']) o;
-- also by the values of parameters in it, not by those of others
SELECT assoc.find_page('User', '{"order": ["name"], "where": {"age": {"gte": {"param": "age"}}}, "limit": {"param": "n"}}',
  '{"age": 21, "n": 3}') ->> 'next' AS next \gset
SELECT p AS params, given(:'next', '{"order": ["name"], "where": {"age": {"gte": {"param": "age"}}}, "limit": {"param": "n"}}', p)
  FROM unnest(ARRAY['{"age": 21, "n": 3}', '{"age": 21, "n": 1}', '{"age": 22, "n": 3}']) p;
SELECT given(:'next', '{"order": ["name"], "where": {"age": {"gte": {"param": "age"}}}, "after": {"param": "c"}}', jsonb_build_object('age',
  a, 'c', :'next')::text) FROM unnest(ARRAY[21, 22]) a;
-- what is no cursor
SELECT assoc.find_page('User', '{"limit": 2}') ->> 'next' AS next \gset
SELECT what, given(c, '{}') FROM (VALUES ('whole', :'next'), ('cut', left(:'next', -1)), ('cut more', left(:'next', 8)), ('longer',
  :'next' || 'AA'), ('padded', :'next' || '='), ('empty', ''), ('words', 'the next one'),
  ('another version', 'AA' || substr(:'next', 3)), ('without the key', left(:'next', 12)), ('not text', left(:'next', 12) || 'Av8'),
    ('a zero', left(:'next', 12) || 'AgA'), ('null', left(:'next', 12) || 'AA'), ('no number', left(:'next', 12) || 'AmE'),
  ('too long', left(:'next', 12) || '_____w8'), ('endless', left(:'next', 12) || '____________')) v (what, c);
SELECT assoc.find_page('User', jsonb_build_object('limit', 2, 'after', 'x'));
SELECT assoc.find_page('User', jsonb_build_object('limit', 2, 'order', '["age"]'::jsonb, 'before', :'next'));
SELECT assoc.find_page('User', '{"limit": 2, "after": [1], "before": [7]}');
SELECT assoc.find_all('User', '{"before": 7}');
SELECT assoc.find_one('User', '{"before": [7]}');
SELECT assoc.find_all('Project', '{"include": [{"association": "owner", "before": [1]}]}');
SELECT assoc.count('User', '{"before": [7]}');

-- before: lists end there; with a limit the nearest rows, in the order of the list
SELECT readable(assoc.find_page('User', '{"attributes": ["id"], "limit": 2, "before": [7]}'));
SELECT readable(assoc.find_page('User', '{"attributes": ["id"], "limit": 2, "before": [3]}')), readable(assoc.find_page('User',
  '{"attributes": ["id"], "limit": 2, "before": [1]}'));
SELECT readable(assoc.find_page('User', '{"attributes": ["id"], "limit": 2, "before": null}')), readable(assoc.find_page('User',
  '{"attributes": ["id"], "limit": 2, "before": {"param": "c"}}', '{"c": null}'));
-- the beginning has no page before; null beside a cursor is none
SELECT readable(assoc.find_page('User', '{"attributes": ["id"], "limit": 2, "after": {"param": "c"}}', '{"c": null}')),
  readable(assoc.find_page('User', '{"attributes": ["id"], "limit": 2, "after": null, "before": [7]}')),
  readable(assoc.find_page('User', '{"attributes": ["id"], "limit": 2, "after": [7], "before": null}'));
SELECT assoc.find_all('User', '{"attributes": ["id"], "before": [4]}'), assoc.find_all('User',
  '{"attributes": ["id"], "order": [["id", "DESC"]], "limit": 2, "offset": 1, "before": [4]}');
SELECT string_agg(d ->> 'id', ' ') FROM (SELECT assoc.find('User', '{"attributes": ["id"], "before": [20]}') AS d) t;
SELECT string_agg(d ->> 'id', ' ') FROM assoc.find_for_update('User', '{"attributes": ["id"], "before": [9], "limit": 3}') d;
SELECT assoc.find_and_count_all('User', '{"attributes": ["id"], "before": [3]}'), assoc.get('User', 4, 'projects',
  '{"attributes": ["id"], "through": {"attributes": []}, "before": null, "limit": 2}');
-- of each parent, one and many
SELECT readable(assoc.find_by_pk('User', 2, '{"attributes": [], "include": [{"association": "owned", "attributes": ["id"],
  "order": [["budget", "DESC"]], "limit": 2, "page": true, "before": null}]}'));
SELECT readable(assoc.find_all('User', '{"attributes": ["id"], "where": {"id": [2, 3, 4]}, "include": [{"association": "owned",
  "attributes": ["id"], "limit": 2, "page": true, "before": [20]}]}'));
SELECT assoc.find_all('User', '{"attributes": ["id"], "where": {"id": [2, 3]}, "include": [{"association": "projects", "attributes": ["id"],
  "through": {"attributes": []}, "before": [12], "limit": 2}]}');
-- a cursor does not outlive a hidden order
SELECT assoc.define('Account', '{"login": "text", "password": {"type": "text", "hidden": true}}', '{"timestamps": false}') ->> 'model';
SELECT assoc.find_page('Account', '{"order": ["password"], "limit": 1}');
SELECT assoc.find_page('Account', '{"order": ["password"], "limit": 1, "before": null}');
DROP SCHEMA plan_cursors CASCADE;
