-- find_and_count_all: rows and their number without limit, of one snapshot.
CREATE SCHEMA totals;
SET search_path = totals;
SET client_min_messages = warning;
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, age int, score numeric, joined timestamptz);
CREATE TABLE projects (id bigint PRIMARY KEY, title text, budget numeric, owner_id bigint REFERENCES users);
CREATE TABLE user_projects (user_id bigint REFERENCES users, project_id bigint REFERENCES projects, role text, since date, PRIMARY KEY (user_id, project_id));
CREATE INDEX ON user_projects (project_id);
CREATE INDEX ON projects (owner_id);
INSERT INTO users SELECT i, 'user ' || i % 7, CASE WHEN i % 4 > 0 THEN 20 + i % 5 END, i * 1.50, timestamptz '2024-01-01 UTC' + i % 3 * interval '1.000001 day'
  FROM generate_series(1, 24) i;
INSERT INTO projects SELECT i, CASE WHEN i % 5 > 0 THEN 'project ' || i % 4 END, i * 10.0, nullif(i % 6, 0) FROM generate_series(1, 30) i;
INSERT INTO user_projects SELECT u, p, CASE (u + p) % 3 WHEN 0 THEN 'admin' WHEN 1 THEN 'user' END, date '2024-01-01' + (u * p) % 10
  FROM generate_series(1, 23) u, generate_series(1, 30) p WHERE (u * p) % 4 = 0;
SELECT assoc.adopt('users', 'User') IS NOT NULL AND assoc.adopt('projects', 'Project') IS NOT NULL AS adopted;
SELECT assoc.belongs_to_many('User', 'Project', through => 'user_projects', inverse => 'users', options => '{"accessors": false, "inverse": {"accessors": false}}') IS NOT NULL AS declared;
SELECT assoc.has_many('User', 'Project', alias => 'owned', foreign_key => 'owner_id', inverse => 'owner', options => '{"accessors": false}') IS NOT NULL AS declared;

-- the same by plain SQL, with and without probes, as jsonb and as json: the result, or an error that shows both
CREATE FUNCTION same(call text, plain text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  expected jsonb;
  result jsonb;
  form text;
BEGIN
  EXECUTE plain INTO expected;
  FOREACH form IN ARRAY ARRAY['(', '_json('] LOOP
    FOR probe IN 0 .. 1 LOOP
      PERFORM set_config('pg_associations.probe', probe::text, true);
      EXECUTE 'SELECT assoc.' || regexp_replace(call, '\(', form) INTO result;
      IF result IS DISTINCT FROM expected THEN
        RAISE EXCEPTION 'assoc.% with probe % differs', call, probe USING DETAIL = coalesce(result::text, 'NULL'), HINT = coalesce(expected::text, 'NULL');
      END IF;
    END LOOP;
  END LOOP;
  RETURN result;
END $$;

SELECT same($$find_and_count_all('User', '{"attributes": ["id"], "where": {"age": {"gt": 21}}, "limit": 2, "offset": 1, "order": [["id", "DESC"]]}')$$,
  $$SELECT jsonb_build_object('count', (SELECT count(*) FROM users WHERE age > 21), 'rows', (SELECT jsonb_agg(jsonb_build_object('id', id)) FROM (SELECT id FROM users WHERE age > 21 ORDER BY id DESC OFFSET 1 LIMIT 2) t))$$);
SELECT same($$find_and_count_all('User', '{"attributes": ["id"], "where": {"id": -1}}')$$, $$SELECT '{"count": 0, "rows": []}'::jsonb$$);
-- a row is counted once, whatever it includes; required includes leave rows out of both
SELECT same($$find_and_count_all('User', '{"attributes": ["id"], "limit": 1, "include": [{"association": "projects", "attributes": []}, {"association": "owned", "attributes": ["id"], "where": {"budget": {"gt": 250}}}]}')$$,
  $$SELECT jsonb_build_object('count', (SELECT count(DISTINCT owner_id) FROM projects WHERE budget > 250), 'rows', '[{"id": 2, "owned": [{"id": 26}]}]'::jsonb)$$);
-- nor is where a list begins: after, and a limit of a scope
SELECT same($$find_and_count_all('User', '{"attributes": ["id"], "after": [22], "limit": {"param": "n"}}', '{"n": 1}')$$, $$SELECT '{"count": 24, "rows": [{"id": 23}]}'::jsonb$$);
SELECT assoc.adopt('users', 'User', '{"scopes": {"some": {"where": {"age": 22}, "limit": 1, "order": [["id", "DESC"]]}}}', replace => true) IS NOT NULL AS adopted;
SELECT same($$find_and_count_all('User', '{"attributes": ["id"], "scope": "some"}')$$, $$SELECT '{"count": 4, "rows": [{"id": 22}]}'::jsonb$$);
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
