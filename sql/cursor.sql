-- Cursors: where a list goes on, by the values that its last row is ordered by.
CREATE SCHEMA cursors;
SET search_path = cursors;
SET client_min_messages = warning;
\getenv top PG_ABS_SRCDIR
\set lists :top '/test/data/lists.sql'
\set same :top '/test/data/same.sql'
\set ECHO none
\i :lists
\i :same
\set ECHO all

-- a cursor is the list of a row's order values, the key last
SELECT same($$find_all('User', '{"attributes": ["id"], "order": [["age", "DESC"]], "after": [23, 13], "limit": 3}')$$,
  'SELECT jsonb_agg(jsonb_build_object(''id'', id)) FROM (SELECT id FROM users WHERE age < 23 OR (age = 23 AND id > 13)
    ORDER BY age DESC, id LIMIT 3) t');
SELECT same($$find_all('User', '{"attributes": ["id"], "after": [20]}')$$,
  'SELECT jsonb_agg(jsonb_build_object(''id'', id) ORDER BY id) FROM users WHERE id > 20');
-- the row that a cursor names may be gone
SELECT same($$find_all('User', '{"attributes": ["id"], "order": ["score"], "after": [33.1, 0]}')$$,
  'SELECT jsonb_agg(jsonb_build_object(''id'', id) ORDER BY id) FROM users WHERE score > 33.1');
-- with where and offset too; null for none
SELECT same($$find_all('User', '{"attributes": ["id"], "where": {"age": 21}, "after": [5], "offset": 1}')$$,
  'SELECT jsonb_agg(jsonb_build_object(''id'', id)) FROM (SELECT id FROM users WHERE age = 21 AND id > 5 ORDER BY id OFFSET 1) t');
SELECT same($$find_all('User', '{"attributes": ["id"], "after": null, "limit": 1}')$$, $$SELECT '[{"id": 1}]'::jsonb$$);
-- in order of the key last, descending: nothing is added
SELECT same($$find_all('User', '{"attributes": ["id"], "order": [["id", "DESC"]], "after": [3]}')$$,
  $$SELECT '[{"id": 2}, {"id": 1}]'::jsonb$$);

-- Every order, walked page by page, gives every row once and in order.  Cursors are
-- written into the options or given as a parameter, which is null at first.
CREATE FUNCTION walk(model text, options jsonb, by_name boolean) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  page jsonb;
  cursor jsonb := 'null';
  rows jsonb := '[]';
BEGIN
  LOOP
    IF by_name THEN
      page := assoc.find_page(model, options || '{"after": {"param": "cursor"}}', jsonb_build_object('cursor', cursor));
    ELSE
      page := assoc.find_page(model, options || jsonb_build_object('after', cursor));
    END IF;
    rows := rows || (page -> 'rows');
    cursor := page -> 'next';
    EXIT WHEN cursor = 'null';
  END LOOP;
  RETURN rows;
END $$;
CREATE FUNCTION walks(model text, item text) RETURNS text LANGUAGE sql RETURN (
  SELECT string_agg(DISTINCT CASE WHEN walk(model, o || jsonb_build_object('limit', size), by_name) = assoc.find_all(model,
    o) THEN 'same' ELSE 'differs' END, ', ')
  FROM (SELECT jsonb_build_object('order', item::jsonb, 'attributes', '["id"]'::jsonb) AS o) t, unnest(ARRAY[1, 5, 30, 100]) size,
    unnest(ARRAY[false, true]) by_name);
SELECT walks('User', '[]'), walks('User', '["name"]'), walks('User', '[["name", "DESC"]]');
SELECT walks('User', '["age"]') AS nullable, walks('User', '[["age", "DESC"]]') AS "desc", walks('User',
  '[["age", "ASC NULLS FIRST"]]') AS first, walks('User', '[["age", "DESC NULLS LAST"]]') AS last;
SELECT walks('User', '[["age", "DESC"], "name"]') AS mixed, walks('User', '[["name", "DESC"], ["id", "DESC"]]') AS same_direction,
  walks('User', '[["name", "DESC"], "id"]') AS key_up,
  walks('User', '["name", ["age", "DESC NULLS LAST"], ["id", "DESC"]]') AS three;
SELECT walks('User', '[["joined", "DESC"]]') AS timestamps, walks('User', '["score"]') AS numerics, walks('User',
  '["joined", ["score", "DESC"]]') AS both;
-- by expressions: an associated row's attribute, an aggregate, what an "as" names
SELECT walks('Project', '[["owner", "name", "DESC"]]') AS to_one, walks('Project',
  '[["owner", "age"], ["title", "DESC NULLS LAST"]]') AS nullable;
SELECT walks('User', '[{"count": "projects", "direction": "DESC"}]') AS count, walks('User',
  '[{"by": {"max": ["projects", "title"]}, "nulls": "first"}]') AS max;
SELECT same($$find_page('User', '{"attributes": ["id", {"count": "owned", "as": "n"}], "order": [["n", "DESC"], ["name", "DESC"]],
  "limit": 2, "after": [5, "user 3", 3]}')$$,
  $$SELECT jsonb_build_object('rows', jsonb_agg(jsonb_build_object('id', id, 'n', n)
    ORDER BY name DESC), 'next', '[5, "user 1", 1]'::jsonb, 'previous', '[5, "user 2", 2]'::jsonb) FROM (SELECT id, name, (SELECT count(*)
    FROM projects p WHERE owner_id = u.id) AS n FROM users u) t WHERE n = 5 AND id IN (2, 1)$$);

-- of every type that has an order: the value comes back as it was
CREATE TYPE mood AS ENUM ('sad', 'glad', 'mad');
CREATE DOMAIN short AS varchar(10);
CREATE TABLE kinds (id uuid PRIMARY KEY, m mood NOT NULL, f float8 NOT NULL, r real, d date, t time, i interval, ts timestamp NOT NULL,
  b boolean NOT NULL, c char(4) NOT NULL, v short NOT NULL,
  n name NOT NULL, a int[], x bytea, p inet, big numeric, g text COLLATE "C" NOT NULL, two text[] NOT NULL);
INSERT INTO kinds SELECT md5(k::text)::uuid, (enum_range(NULL::mood))[1 + k % 3], sqrt(k), 1 / (k + 1)::real,
  CASE k % 5 WHEN 0 THEN 'infinity' ELSE date '2024-01-01' + k % 7 END, time '12:00' + k % 4 * interval '1.5 s',
  CASE WHEN k % 4 > 0 THEN k % 6 * interval '1 day 2 hours' END, timestamp '2024-01-01' + k % 3 * interval '0.000001 s', k % 2 = 0,
    chr(97 + k % 3), 'v' || k % 4, 'n' || k % 3, ARRAY[k % 2, k],
  decode(lpad(to_hex(k), 2, '0'), 'hex'), inet '10.0.0.0' + k % 8, CASE k % 6 WHEN 0 THEN 'NaN' ELSE k / 7.0 END,
    CASE k % 2 WHEN 0 THEN 'a' ELSE 'B' END, ARRAY['x', chr(97 + k % 5)] FROM generate_series(0, 19) k;
SELECT assoc.adopt('kinds', 'Kind') IS NOT NULL AS adopted;
SELECT attname AS attribute, walks('Kind', jsonb_build_array(attname)::text) AS up, walks('Kind',
  jsonb_build_array(jsonb_build_array(attname, 'DESC NULLS LAST'))::text) AS down
FROM pg_attribute WHERE attrelid = 'kinds'::regclass AND attnum > 0 ORDER BY attnum;
SELECT walks('Kind', '["m", "c", "v", "n", "b", "g", "ts", "f"]') AS all_up, walks('Kind',
  '[["two", "DESC"], ["m", "DESC"], ["id", "DESC"]]') AS all_down, walks('Kind', '[["g", "DESC"], "big", ["p", "DESC"], "x"]') AS mixed;

-- per parent: the same cursor for each of them, by the target or by the link row
SELECT same($$find_all('User', '{"attributes": ["id"], "where": {"id": [1, 2, 3]}, "include": [{"association": "projects",
  "attributes": ["id"], "through": {"attributes": ["since"]}, "order": [["through", "since", "DESC"]], "after": ["2024-01-07", 5],
  "limit": 2}]}')$$,
  $$SELECT jsonb_agg(jsonb_build_object('id', u.id, 'projects', coalesce(list, '[]')) ORDER BY u.id)
    FROM users u, LATERAL (SELECT jsonb_agg(o ORDER BY since DESC, id) AS list
    FROM (SELECT p.id, since, jsonb_build_object('id', p.id, 'user_projects', jsonb_build_object('since', since)) AS o
    FROM projects p JOIN user_projects l ON l.project_id = p.id WHERE l.user_id = u.id AND (since < '2024-01-07' OR (since = '2024-01-07'
      AND p.id > 5)) ORDER BY since DESC, p.id LIMIT 2) x) y WHERE u.id <= 3$$);
SELECT same($$get('User', 4, 'projects', '{"attributes": ["id"], "order": ["title"], "after": [null, 10]}')$$,
  $$SELECT jsonb_agg(jsonb_build_object('id', p.id, 'user_projects', to_jsonb(l)) ORDER BY p.id) FROM projects p
    JOIN user_projects l ON l.project_id = p.id WHERE l.user_id = 4 AND title IS NULL AND p.id > 10$$);
-- several link rows of one pair are told apart by the key of the join table
CREATE TABLE visits (id bigint PRIMARY KEY, user_id bigint REFERENCES users, project_id bigint REFERENCES projects);
INSERT INTO visits SELECT i, 1, 1 + i % 2 FROM generate_series(1, 7) i;
SELECT assoc.belongs_to_many('User', 'Project', through => 'visits', alias => 'visited',
  options => '{"accessors": false, "through": {"unique": false}}') IS NOT NULL AS declared;
CREATE INDEX ON visits (user_id);
SELECT assoc.find_by_pk('User', 1::bigint, '{"attributes": [], "include": [{"association": "visited", "attributes": ["id"],
  "through": {"attributes": ["id"]}, "after": [1, 4]}]}');
SELECT assoc.find_by_pk('User', 1::bigint, '{"attributes": [], "include": [{"association": "visited", "attributes": ["id"],
  "through": {"attributes": []}, "limit": 2, "page": true, "after": [1, 4]}]}');

-- wrong uses
SELECT assoc.find_all('User', '{"order": ["age"], "after": [1]}');
SELECT assoc.find_all('User', '{"order": ["age"], "after": {"param": "c"}}', '{"c": [1, 2, 3]}');
SELECT assoc.find_all('User', '{"order": ["age"], "after": {"param": "c"}}', '{"c": 7}');
SELECT assoc.find_all('User', '{"order": ["age"], "after": {"param": "c"}}');
SELECT assoc.find_all('User', '{"order": ["age"], "after": 7}');
SELECT assoc.find_all('User', '{"order": ["age"], "after": ["old", 7]}');
SELECT assoc.find_all('User', '{"order": ["age"], "after": {"param": "c"}}', '{"c": [7, "x"]}');
SELECT assoc.find_all('User', '{"order": ["name"], "after": [null, 7]}');
SELECT assoc.find_all('User', '{"order": ["name"], "after": {"param": "c"}}', '{"c": ["x", null]}');
SELECT assoc.find_all('User', '{"after": {"col": "id"}}');
SELECT assoc.find_all('User', '{"include": [{"association": "projects", "after": [1, 2]}]}');
SELECT assoc.find_all('Project', '{"include": [{"association": "owner", "after": [1]}]}');
SELECT assoc.find_one('User', '{"after": [1]}');
SELECT assoc.find_by_pk('User', 1, '{"after": [1]}');
SELECT assoc.count('User', '{"after": [1]}');
SELECT assoc.find_all('User', '{"order": ["nam"]}');
SELECT assoc.find_all('User', '{"order": [["projects", "title"]]}');
CREATE TABLE keyless (a int, j jsonb);
SELECT assoc.adopt('keyless', 'Keyless') IS NOT NULL AS adopted;
SELECT assoc.find_all('Keyless', '{"order": ["a"], "after": [1]}');
CREATE TABLE documents (id int PRIMARY KEY, j jsonb);
SELECT assoc.adopt('documents', 'Document') IS NOT NULL AS adopted;
SELECT assoc.find_all('Document', '{"order": ["j"], "after": [1, 2]}');
-- a child that inherits may have null where its parent has none
CREATE TABLE levels (id int PRIMARY KEY, at int);
CREATE TABLE own_levels () INHERITS (levels);
DO $$ BEGIN EXECUTE CASE WHEN current_setting('server_version_num')::int < 180000 THEN 'ALTER TABLE ONLY levels ALTER at SET NOT NULL'
  ELSE 'ALTER TABLE levels ADD CONSTRAINT levels_at NOT NULL at NO INHERIT' END; END $$;
INSERT INTO levels VALUES (1, 5), (2, 7);
INSERT INTO own_levels VALUES (3, NULL), (4, 6);
SELECT assoc.adopt('levels', 'Level') IS NOT NULL AS adopted;
SELECT assoc.find_page('Level', '{"attributes": ["id"], "order": ["at"], "limit": 2, "after": [6, 4]}') -> 'rows' AS rows,
  assoc.find_page('Level', '{"attributes": ["id"], "order": ["at"], "limit": 2, "before": [null, 3]}') -> 'rows' AS before;
SELECT assoc.find_page('Level', '{"attributes": ["id"], "order": [["at", "DESC"]], "limit": 2, "after": [null, 3]}') -> 'rows' AS rows;
-- an index scan starts at the cursor
CREATE INDEX ON users (name, id);
SET enable_seqscan = off;
SELECT line FROM assoc.explain('User', '{"order": [["name", "DESC"], ["id", "DESC"]], "after": ["user 3", 10], "limit": 2}') line
  WHERE line ~ 'SQL';
DROP SCHEMA cursors CASCADE;
