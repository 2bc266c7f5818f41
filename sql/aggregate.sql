-- Aggregates: sum, avg, min and max of an attribute; groups by assoc.aggregate.
CREATE SCHEMA aggregates;
SET search_path = aggregates;
SET client_min_messages = warning;
\getenv top PG_ABS_SRCDIR
\set lists :top '/test/data/lists.sql'
\set same :top '/test/data/same.sql'
\set ECHO none
\i :lists
\i :same
\set ECHO all

SELECT assoc.sum('User', 'age') = (SELECT sum(age) FROM users) AS sum, assoc.avg('User', 'score') = (SELECT avg(score) FROM users) AS avg,
  assoc.min('User', 'name') = (SELECT to_jsonb(min(name)) FROM users) AS min, assoc.max('User', 'joined') = (SELECT to_jsonb(max(joined))
    FROM users) AS max;
SELECT assoc.sum('User', 'age', '{"where": {"id": {"param": "id"}}}', '{"id": 3}'), assoc.sum('User', 'age',
  '{"where": {"id": -1}}') AS of_none, assoc.max('User', 'age', '{"where": {"id": -1}}') AS of_none;
SELECT pg_typeof(assoc.sum('User', 'age')), pg_typeof(assoc.avg('User', 'age')), pg_typeof(assoc.min('User', 'age')), assoc.max('Project',
  'owner.name'), assoc.sum('Project', 'owner.age') = (SELECT sum(age) FROM projects p JOIN users u ON u.id = owner_id) AS to_one;
-- rows count once, whatever is included; required includes leave some out; so do scopes
SELECT assoc.sum('User', 'age', '{"include": ["projects", {"association": "owned", "required": true}]}') = (SELECT sum(age) FROM users u
  WHERE EXISTS (SELECT FROM projects WHERE owner_id = u.id)) AS sum;
SELECT assoc.adopt('users', 'User', '{"defaultScope": {"where": {"age": {"gt": 21}}, "order": ["name"], "limit": 1}}',
  replace => true) IS NOT NULL AS adopted;
SELECT assoc.sum('User', 'score') = (SELECT sum(score) FROM users WHERE age > 21) AS scoped, assoc.sum('User', 'score',
  '{"scope": false}') = (SELECT sum(score) FROM users) AS unscoped;
SELECT same($$aggregate('User', '{"attributes": [{"count": "*", "as": "n"}]}')$$,
  'SELECT jsonb_build_array(jsonb_build_object(''n'', count(*))) FROM users WHERE age > 21');
SELECT assoc.adopt('users', 'User', '{"defaultScope": {}}', replace => true) IS NOT NULL AS adopted;
SELECT assoc.max('User', 'id');

-- all rows as one group
SELECT same($$aggregate('User', '{"attributes": [{"count": "*", "as": "rows"}, {"count": "age", "as": "ages"}, {"count": "age",
  "distinct": true, "as": "different"}, {"avg": "score", "as": "mean"}, {"count": "*", "where": {"age": 22}, "as": "of22"},
  {"max": ["name"], "as": "last"}]}')$$,
  $$SELECT jsonb_build_array(jsonb_build_object('rows', count(*), 'ages', count(age), 'different', count(DISTINCT age), 'mean', avg(score),
    'of22', count(*) FILTER (WHERE age = 22), 'last', max(name))) FROM users$$);
SELECT same($$aggregate('User', '{"attributes": [{"sum": "age", "as": "s"}], "where": {"id": 0}}')$$, $$SELECT '[{"s": null}]'::jsonb$$);
-- groups, by default in the order of what makes them
SELECT same($$aggregate('User', '{"attributes": ["age", {"count": "*", "as": "n"}, {"sum": "score", "as": "total"}], "group": ["age"]}')$$,
  $$SELECT jsonb_agg(to_jsonb(t) ORDER BY age) FROM (SELECT age, count(*) AS n, sum(score) AS total FROM users GROUP BY age) t$$);
SELECT same($$aggregate('User', '{"attributes": [["age", "years"], {"count": "*", "as": "n"}], "group": ["age", "name"],
  "having": {"n": {"gte": 1}, "age": {"ne": 20}}, "order": [["n", "DESC"], ["name", "DESC"]], "limit": {"param": "limit"}, "offset": 1}',
  '{"limit": 3}')$$,
  $$SELECT jsonb_agg(jsonb_build_object('years', age, 'n', n)) FROM (SELECT age, name, count(*) AS n FROM users GROUP BY age, name
    HAVING age <> 20 ORDER BY n DESC, name DESC, age LIMIT 3 OFFSET 1) t$$);
SELECT same($$aggregate('Project', '{"attributes": ["owner.name", {"count": "*", "as": "n"}, {"max": "budget", "as": "most"},
  {"min": "owner.age", "as": "age"}], "group": ["owner.name"], "having": {"or": [{"n": {"gt": 4}}, {"owner.name": null}]},
  "order": [["owner.name", "DESC NULLS LAST"]]}')$$,
  $$SELECT jsonb_agg(jsonb_build_object('owner.name', name, 'n', n, 'most', most, 'age', age) ORDER BY name DESC NULLS LAST)
    FROM (SELECT u.name, count(*) AS n, max(budget) AS most, min(age) AS age FROM projects p LEFT JOIN users u ON u.id = owner_id
    GROUP BY u.name) t WHERE n > 4 OR name IS NULL$$);
SELECT same($$aggregate('Project', '{"attributes": [["owner_id", "owner"], {"count": "*", "as": "n"}], "group": ["owner_id"],
  "where": {"users": {"count": {"gt": 10}}}, "include": [{"association": "owner", "required": true}]}')$$,
  $$SELECT jsonb_agg(to_jsonb(t) ORDER BY owner) FROM (SELECT owner_id AS owner, count(*) AS n FROM projects p WHERE owner_id IS NOT NULL
    AND (SELECT count(*) FROM user_projects l WHERE l.project_id = p.id) > 10 GROUP BY owner_id) t$$);
SELECT same($$aggregate('User', '{"attributes": ["age"], "group": ["age"], "having": {"age": {"gt": 100}}}')$$, $$SELECT '[]'::jsonb$$);
-- by the name under which it is shown, too; one that makes the groups is meant first
SELECT same($$aggregate('Project', '{"attributes": [["owner.name", "owner"], ["owner.age", "years"], {"count": "*", "as": "n"}],
  "group": ["owner.name", "owner.age"], "having": {"owner": {"ne": "x"}, "years": {"gt": 20}}, "order": [["years", "DESC"], "owner"]}')$$,
  $$SELECT jsonb_agg(to_jsonb(t) ORDER BY years DESC, owner) FROM (SELECT u.name AS owner, u.age AS years, count(*) AS n FROM projects p
    JOIN users u ON u.id = owner_id WHERE u.name <> 'x' AND u.age > 20 GROUP BY 1, 2) t$$);
SELECT assoc.aggregate_json('User', '{"attributes": ["name", {"max": "id", "as": "last"}], "group": ["name"], "bigint": "string",
  "limit": 2}');
-- distinct counts of associated rows too
SELECT same($$find_all('User', '{"attributes": ["id", {"count": ["projects", "owner_id"], "distinct": true, "as": "owners"}],
  "limit": 3}')$$,
  $$SELECT jsonb_agg(jsonb_build_object('id', id, 'owners', (SELECT count(DISTINCT owner_id) FROM projects p
    JOIN user_projects l ON l.project_id = p.id WHERE l.user_id = u.id)) ORDER BY id) FROM users u WHERE id <= 3$$);
-- core's aggregates are still found, with assoc in front of the search_path
SET search_path = assoc, aggregates;
SELECT sum(age), max(name), min(id), round(avg(age), 2) AS avg, count(age) FROM users;
SET search_path = aggregates;

-- wrong uses
SELECT assoc.sum('User', 'agee');
SELECT assoc.sum('User', 'name');
SELECT assoc.sum('User', NULL);
SELECT assoc.sum(NULL, 'age');
SELECT assoc.sum('User', 'projects.id');
SELECT assoc.sum('User', 'age', '{"group": ["name"]}');
SELECT assoc.sum('User', 'age', '{"limit": 1}');
SELECT assoc.max('User', 'id', '{"bigint": "string"}');
SELECT assoc.sum('User', 'age', '{"where": {"id": {"param": "id"}}}');
CREATE TABLE shifts (id int PRIMARY KEY, length interval, notes json);
INSERT INTO shifts VALUES (1, '1 hour'), (2, '2 hours');
SELECT assoc.adopt('shifts', 'Shift') IS NOT NULL AS adopted;
SELECT assoc.sum('Shift', 'length');
SELECT assoc.max('Shift', 'notes');
SELECT assoc.aggregate('Shift', '{"attributes": [{"sum": "length", "as": "all"}, {"avg": "length", "as": "mean"}]}');
SELECT assoc.aggregate('Shift', '{"attributes": ["notes"], "group": ["notes"]}');
SELECT assoc.aggregate('User', NULL);
SELECT assoc.aggregate('User', '{"attributes": []}');
SELECT assoc.aggregate('User', '{"attributes": ["name"]}');
SELECT assoc.aggregate('User', '{"attributes": ["nam"], "group": ["name"]}');
SELECT assoc.aggregate('User', '{"attributes": ["name"], "group": ["nam"]}');
SELECT assoc.aggregate('User', '{"attributes": ["name"], "group": [["name", "n"]]}');
SELECT assoc.aggregate('User', '{"attributes": ["name"], "group": ["name"], "having": {"n": 1}}');
SELECT assoc.aggregate('User', '{"attributes": ["name"], "group": ["name"], "order": ["n"]}');
SELECT assoc.aggregate('User', '{"attributes": ["name", {"count": "*", "as": "name"}], "group": ["name"]}');
SELECT assoc.aggregate('User', '{"attributes": [{"sum": "*", "as": "n"}]}');
SELECT assoc.aggregate('User', '{"attributes": [{"count": "*", "distinct": true, "as": "n"}]}');
SELECT assoc.aggregate('User', '{"attributes": [{"count": "*"}]}');
SELECT assoc.aggregate('User', '{"attributes": [{"count": "*", "as": "n"}], "after": [1]}');
SELECT assoc.aggregate('User', '{"attributes": [{"count": "*", "as": "n"}], "grup": ["name"]}');
SELECT assoc.find_all('User', '{"attributes": [{"count": "projects", "distinct": true, "as": "n"}]}');
DROP SCHEMA aggregates CASCADE;
