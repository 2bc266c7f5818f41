-- find_and_count_all: rows and their number without limit, of one snapshot.
CREATE SCHEMA totals;
SET search_path = totals;
SET client_min_messages = warning;
\getenv top PG_ABS_SRCDIR
\set lists :top '/test/data/lists.sql'
\set same :top '/test/data/same.sql'
\set ECHO none
\i :lists
\i :same
\set ECHO all

SELECT same($$find_and_count_all('User', '{"attributes": ["id"], "where": {"age": {"gt": 21}}, "limit": 2, "offset": 1, "order": [["id",
  "DESC"]]}')$$,
  $$SELECT jsonb_build_object('count', (SELECT count(*) FROM users WHERE age > 21), 'rows', (SELECT jsonb_agg(jsonb_build_object('id', id))
    FROM (SELECT id FROM users WHERE age > 21 ORDER BY id DESC OFFSET 1 LIMIT 2) t))$$);
SELECT same($$find_and_count_all('User', '{"attributes": ["id"], "where": {"id": -1}}')$$, $$SELECT '{"count": 0, "rows": []}'::jsonb$$);
-- what a number does not need is looked at
SELECT assoc.count('User', '{"include": ["projcts"]}');
SELECT assoc.count('User', '{"include": [{"association": "projects", "where": {"titel": "x"}, "required": false}]}');
SELECT assoc.sum('User', 'id', '{"include": [{"association": "projects", "attributes": ["titel"]}]}');
SELECT assoc.aggregate('User', '{"attributes": [{"count": "*", "as": "n"}], "include": ["projects.user"]}');
SELECT assoc.count_of('User', 1, 'projects', '{"include": ["user"]}');
-- a row is counted once, whatever it includes; required includes leave rows out of both
SELECT same($$find_and_count_all('User', '{"attributes": ["id"], "limit": 1, "include": [{"association": "projects", "attributes": []},
  {"association": "owned", "attributes": ["id"], "where": {"budget": {"gt": 250}}}]}')$$,
  $$SELECT jsonb_build_object('count', (SELECT count(DISTINCT owner_id) FROM projects
    WHERE budget > 250), 'rows', '[{"id": 2, "owned": [{"id": 26}]}]'::jsonb)$$);
-- nor is where a list begins: after, and a limit of a scope
SELECT same($$find_and_count_all('User', '{"attributes": ["id"], "after": [22], "limit": {"param": "n"}}', '{"n": 1}')$$,
  $$SELECT '{"count": 24, "rows": [{"id": 23}]}'::jsonb$$);
SELECT assoc.adopt('users', 'User', '{"scopes": {"some": {"where": {"age": 22}, "limit": 1, "order": [["id", "DESC"]]}}}',
  replace => true) IS NOT NULL AS adopted;
SELECT same($$find_and_count_all('User', '{"attributes": ["id"], "scope": "some"}')$$,
  $$SELECT '{"count": 4, "rows": [{"id": 22}]}'::jsonb$$);
SELECT count(*) FROM users WHERE age = 22;
SELECT assoc.find_and_count_all_json('User', '{"attributes": ["id"], "limit": 1}');
PREPARE counted AS SELECT assoc.find_and_count_all($1, $2, $3);
EXECUTE counted('User', '{"attributes": ["id"], "where": {"id": {"param": "id"}}}', '{"id": 3}');
PREPARE counted_json AS SELECT assoc.find_and_count_all_json($1);
-- count alone takes parameters too, and options only by name or place
SELECT assoc.count('User', '{"where": {"age": {"param": "age"}}}', '{"age": 22}');
PREPARE number AS SELECT assoc.count($1, $2);
EXECUTE number('User', '{"where": {"age": 22}}');
-- within a transaction that writes: what its statement sees
BEGIN;
INSERT INTO users VALUES (200, 'new', 22);
SELECT assoc.find_and_count_all('User', '{"attributes": ["id"], "scope": "some"}');
ROLLBACK;

-- wrong uses
SELECT assoc.find_and_count_all('Usr', '{"limit": 1}');
SELECT assoc.find_and_count_all('User', '{"attributes": ["idd"]}');
SELECT assoc.find_and_count_all('User', '{"where": {"idd": 1}}');
SELECT assoc.find_and_count_all('User', '{"limit": -1}');
DROP SCHEMA totals CASCADE;
