-- assoc.explain and assoc.sql: what a load does, and the one statement that gives the same.
CREATE SCHEMA explaining;
SET search_path = explaining;
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET pg_associations.probe = on;
CREATE FUNCTION masked(line text) RETURNS text LANGUAGE sql RETURN
  regexp_replace(regexp_replace(line, 'time=[0-9.]+', 'time=*'), 'Buffers: .*', 'Buffers: *');

CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, born date);
CREATE TABLE projects (id integer PRIMARY KEY, title text, owner_id integer REFERENCES users, budget numeric);
CREATE TABLE user_projects (user_id bigint REFERENCES users, project_id integer REFERENCES projects, role text, since timestamptz,
  PRIMARY KEY (user_id, project_id));
CREATE INDEX ON user_projects (project_id);
CREATE INDEX ON projects (owner_id);
CREATE TABLE tasks (id integer PRIMARY KEY, project_id integer REFERENCES projects, title text, tags text[], notes json, meta jsonb,
  deleted_at timestamptz);
CREATE INDEX ON tasks (project_id);
INSERT INTO users SELECT i, 'user ' || i, date '2000-01-01' + i FROM generate_series(1, 200) i;
INSERT INTO projects SELECT i, CASE WHEN i % 7 > 0 THEN 'project ' || i END, nullif(i % 5, 0), i * 1.50 FROM generate_series(1, 30) i;
INSERT INTO user_projects SELECT u, p, CASE u % 3 WHEN 0 THEN 'admin' WHEN 1 THEN 'user' END,
  timestamptz '2024-01-01 UTC' + p * interval '1 hour'
  FROM generate_series(1, 199) u, generate_series(1, 30) p WHERE (u + p) % 11 = 0;
INSERT INTO tasks SELECT i, 1 + i % 29, 'task ' || i, ARRAY['a', 'b "c"'], '{"b":1, "a": [1.0]}', '{"n": 1.50}',
  CASE WHEN i % 10 = 0 THEN now() END FROM generate_series(1, 90) i;
SELECT assoc.adopt('users', 'User') IS NOT NULL, assoc.adopt('projects', 'Project') IS NOT NULL,
  assoc.adopt('tasks', 'Task', '{"paranoid": true}') IS NOT NULL;
SELECT assoc.belongs_to_many('User', 'Project', through => 'user_projects', inverse => 'users',
  options => '{"accessors": false, "inverse": {"accessors": false}}') IS NOT NULL;
SELECT assoc.has_many('User', 'Project', alias => 'owned', foreign_key => 'owner_id', inverse => 'owner',
  options => '{"accessors": false, "order": [["title", "DESC"]]}') IS NOT NULL;
SELECT assoc.has_many('Project', 'Task', inverse => 'project', options => '{"accessors": false}') IS NOT NULL;

-- ---- explain: what would be done
SELECT assoc.explain('User');
SELECT assoc.explain('User', '{"include": ["projects.tasks", "owned"]}');
SELECT assoc.explain('User', '{"include": ["projects.tasks"]}', pk => '3');
-- an empty order is by key, whatever the association says
SELECT assoc.explain('User', '{"attributes": ["id"], "include": [{"association": "owned", "attributes": ["id"], "order": []}]}', pk => '3');
SELECT assoc.explain('User', '{"where": {"name": {"startsWith": "user 1"}, "id": {"in": [1, 2, 3]}}, "limit": 5,
  "include": [{"association": "projects", "where": {"title": {"param": "title"}}, "through": {"where": {"role": "it''s"}}, "limit": 2}]}');
-- a value that the caller gives is shown, a long one cut
SELECT assoc.explain('User', '{"attributes": ["id"], "where": {"name": {"param": "n"}, "born": {"param": "b"}}}',
  params => jsonb_build_object('n', repeat('é', 100), 'b', NULL));
-- what stands in a probe's way, at this moment and for this role
BEGIN;
SET LOCAL pg_associations.probe = off;
SELECT assoc.explain('User', '{"attributes": ["id"]}', pk => '3');
ROLLBACK;
BEGIN;
DROP INDEX tasks_project_id_idx;
SELECT assoc.explain('Project', '{"include": ["tasks", {"association": "owner", "attributes": ["id"]}]}', pk => '3');
ROLLBACK;
CREATE ROLE regress_explain;
GRANT USAGE ON SCHEMA explaining TO regress_explain;
GRANT SELECT (id) ON users TO regress_explain;
SET ROLE regress_explain;
SELECT assoc.explain('User', '{"attributes": ["id"]}', pk => '3');
SELECT assoc.explain('User', pk => '3');
SELECT assoc.explain('User', pk => '3', run => true);
RESET ROLE;

-- ---- explain: what was done
SELECT masked(l) FROM assoc.explain('User', '{"include": ["projects.tasks", "owned"]}', pk => '3', run => true) l;
SELECT masked(l) FROM assoc.explain('Project', '{"include": ["owner"], "where": {"id": {"lte": 10}}}', run => true) l;
-- no row, and none that has a key
SELECT masked(l) FROM assoc.explain('User', '{"include": ["projects"]}', pk => '-1', run => true) l;
SELECT masked(l) FROM assoc.explain('Project', '{"include": ["owner"], "where": {"id": 5}}', run => true) l;
-- many keys at once are one statement; without gaps, a range
SELECT masked(l) FROM assoc.explain('User', '{"attributes": ["id"], "include": [{"association": "projects", "attributes": ["id"],
  "through": {"attributes": []}}]}', run => true) l;
-- a probe that meets too many rows hands over to the batch
INSERT INTO projects SELECT i, 'p', NULL, 0 FROM generate_series(1000, 1600) i;
INSERT INTO user_projects SELECT u, p FROM generate_series(1, 3) u, generate_series(1000, 1600) p;
SELECT masked(l) FROM assoc.explain('User', '{"attributes": ["id"], "where": {"id": {"lte": 3}}, "include": [{"association": "projects",
  "attributes": ["id"], "through": {"attributes": []}}]}', run => true) l;
DELETE FROM user_projects WHERE project_id >= 1000;
DELETE FROM projects WHERE id >= 1000;
-- the numbers are there
SELECT bool_or(l ~ 'Buffers: shared hit=[1-9]'), bool_or(l ~ '^Write: bytes=[1-9][0-9]* time=[0-9.]+ ms$')
  FROM assoc.explain('User', pk => '3', run => true) l;

-- ---- wrong uses
SELECT assoc.explain(NULL);
SELECT assoc.explain('Usr');
SELECT assoc.explain('User', '{"includes": []}');
SELECT assoc.explain('User', '{"limit": 1}', pk => '3');
SELECT assoc.explain('User', pk => 'three');
SELECT assoc.explain('User', pk => 'three', run => true);
SELECT assoc.explain('User', '{"where": {"name": {"param": "n"}}}', run => true);
SELECT assoc.explain('User', '{"where": {"name": {"param": "n"}}}', params => '{}');
SELECT assoc.sql(NULL);
SELECT assoc.sql('User', '{"where": {"name": {"param": "n"}}}');
-- untyped arguments resolve
PREPARE e AS SELECT assoc.explain($1, $2, $3, $4, $5);
EXECUTE e('User', '{"attributes": ["id"]}', 'false', NULL, '1');
PREPARE e1 AS SELECT assoc.explain($1);
PREPARE s AS SELECT assoc.sql($1, $2, $3);
EXECUTE s('User', '{"attributes": ["id"]}', NULL);

-- ---- sql: one statement
SELECT assoc.sql('User', '{"attributes": ["id", ["name", "label"]], "where": {"born": {"gte": {"param": "d"}}}, "order": [["name", "DESC"]],
  "limit": 5,
  "include": [{"association": "projects", "where": {"title": {"substring": "_"}}, "through": {"attributes": ["role"], "as": "membership"},
    "limit": 2, "include": [{"association": "owner", "attributes": ["name"]}, {"association": "tasks", "attributes": ["title"]}]}]}',
      '{"d": "2000-02-01"}');

-- running it gives what find_all gives
CREATE FUNCTION compare(model text, options jsonb, params jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  statement text;
  found jsonb := assoc.find_all(model, options, params);
  given jsonb;
BEGIN
  statement := assoc.sql(model, options, params);
  EXECUTE statement INTO STRICT given;
  IF given::text IS DISTINCT FROM found::text THEN
    RETURN format(E'%s\n%s\n%s', statement, found, given);
  END IF;
  -- the names in it hold wherever it was printed
  PERFORM set_config('search_path', 'pg_catalog', true);
  statement := assoc.sql('explaining.' || model, options, params);
  EXECUTE statement INTO STRICT given;
  PERFORM set_config('search_path', 'explaining', true);
  IF given::text IS DISTINCT FROM found::text THEN
    RETURN format(E'%s\n%s\n%s', statement, found, given);
  END IF;
  RETURN 'same, ' || jsonb_array_length(found) || ' rows';
END
$$;
SELECT compare('User', NULL);
SELECT compare('User', '{"where": {"id": -1}}');
SELECT compare('User', '{"attributes": [], "limit": 2, "include": [{"association": "projects", "attributes": [],
  "through": {"attributes": []}, "include": ["owner"]}]}');
SELECT compare('User', '{"limit": 10, "include": ["projects", "owned"]}');
SELECT compare('User', '{"include": ["projects.tasks.project.owner", "owned.users"], "limit": 20, "offset": 3}');
SELECT compare('Project', '{"include": ["owner", "tasks", "users"]}');
SELECT compare('Project', '{"include": [{"association": "users", "through": {"flatten": true, "attributes": ["role", "since"]}}]}');
SELECT compare('Project', '{"include": [{"association": "users", "through": {"attributes": []}, "attributes": ["id"]}]}');
SELECT compare('Project', '{"include": [{"association": "users", "as": "members", "through": {"as": "x", "where": {"role": "admin"}}},
  {"association": "users", "as": "t", "limit": 2, "offset": 1}]}');
SELECT compare('Project', '{"include": [{"association": "tasks", "where": {"id": {"gt": 50}}, "attributes": []}]}');
SELECT compare('Project', '{"include": [{"association": "tasks", "where": {"id": {"gt": 50}}, "required": false}, {"association": "owner",
  "required": true}]}');
SELECT compare('Project', '{"include": [{"association": "tasks", "paranoid": false, "order": [["title", "DESC"]]}]}');
SELECT compare('Project', '{"include": [{"association": "users", "order": [["through", "since", "DESC"], ["name", "ASC"]]}],
  "order": [["budget", "DESC NULLS LAST"]]}');
SELECT compare('Project', '{"attributes": {"exclude": ["budget"], "include": [{"count": "tasks", "as": "n"}, {"max": ["users", "through",
  "since"], "where": {"id": {"gt": 5}}, "as": "last"}]}}');
SELECT compare('User', '{"order": [{"by": {"count": "projects"}, "direction": "DESC"}], "limit": 7, "include": [{"association": "projects",
  "order": [{"by": {"count": "tasks"}, "direction": "DESC"}]}]}');
SELECT compare('Project', '{"attributes": ["id", {"count": "tasks", "as": "n"}], "order": [["n", "DESC"]],
  "include": [{"association": "users", "limit": 3, "attributes": ["name", {"max": ["owned", "id"], "as": "last"}], "order": [["last",
  "ASC"], ["id", "DESC"]]}]}');
SELECT compare('User', '{"where": {"projects": {"some": {"title": {"iLike": "PROJECT 1%"}, "through": {"role": "admin"}}},
  "owned": {"none": {}}}, "bigint": "string", "include": [{"all": true}]}');
SELECT compare('User', '{"where": {"or": [{"name": {"in": ["user 1", "user 2"]}}, {"born": {"between": ["2000-01-10", "2000-01-12"]}},
  {"name": {"endsWith": "99"}}, {"name": {"regexp": "^user 7[0-3]$"}}]}}');
SELECT compare('User', '{"where": {"name": {"in": {"param": "names"}}}, "include": [{"association": "projects", "limit": {"param": "n"}}]}',
  '{"names": ["user 1", "user 20"], "n": 1}');
SELECT compare('Task', '{"where": {"tags": {"contains": ["a"]}, "meta.n": 1.5}, "include": ["project"]}');

-- tables with everything in their names, keys and types
CREATE DOMAIN code AS varchar(10) CHECK (VALUE <> '');
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE pair AS (a integer, b text);
CREATE TABLE "Odd ""table" (tenant integer, "t.x" code, "select" mood, f float8, n numeric, d interval, p pair, r int4range, b bytea,
  PRIMARY KEY (tenant, "t.x"));
CREATE TABLE "parts_of_it" (id bigint PRIMARY KEY, tenant bigint, "Odd" text, name text, FOREIGN KEY (tenant,
  "Odd") REFERENCES "Odd ""table");
CREATE INDEX ON parts_of_it (tenant, "Odd");
INSERT INTO "Odd ""table" VALUES (1, 'a''b', 'happy', 'NaN', 'Infinity', '1 day 2 hours', (1, 'x "y"'), '[1,5)', '\x00ff'),
  (1, 'b', 'sad', 1e300, 1.000, NULL, NULL, NULL, NULL), (2, 'b', NULL, -0.0, NULL, '-1 year', (NULL, NULL), 'empty', '');
INSERT INTO parts_of_it SELECT i, 1 + i % 2, CASE WHEN i % 3 > 0 THEN 'b' END, 'part ' || i FROM generate_series(1, 9) i;
SELECT assoc.adopt('"Odd ""table"', 'Odd') IS NOT NULL, assoc.adopt('parts_of_it', 'Part') IS NOT NULL;
SELECT assoc.has_many('Odd', 'Part', alias => 'l1', foreign_key => 'tenant, Odd',
  inverse => 'an odd "one" with a name of sixty-three bytes, all of them used',
  options => '{"accessors": false, "inverse": {"accessors": false}}') IS NOT NULL;
SELECT compare('Odd', '{"include": ["l1"]}');
SELECT compare('Odd', '{"include": [{"association": "l1", "limit": 2, "order": [["name", "DESC"]]}], "where": {"select": ["happy", "sad"],
  "t.x": {"ne": "''"}}}');
SELECT compare('Odd', '{"attributes": [["tenant", "a \"key\" it''s \\ "]], "where": {"r": {"contains": 2}, "b": "\\x00ff",
  "d": "26:00:00"}}');
SELECT compare('Part', '{"include": [{"all": true, "nested": true}]}');

-- the key's type and the reference's differ; a pair is linked twice; more keys than a function takes arguments
CREATE TABLE words (word varchar(20) PRIMARY KEY);
CREATE TABLE links (word text, other text, n integer);
INSERT INTO words VALUES ('a'), ('b'), ('c');
INSERT INTO links VALUES ('a', 'b', 1), ('a', 'b', 1), ('b', 'a', 2), ('c', NULL, 3);
SELECT assoc.belongs_to_many('words', 'words', through => 'links', foreign_key => 'word', other_key => 'other', alias => 'others',
  options => '{"unique": false, "constraints": false, "accessors": false}') IS NOT NULL;
SELECT compare('words', '{"include": ["others.others"]}');
DO $$ BEGIN EXECUTE format('CREATE TABLE wide (id integer PRIMARY KEY, %s)', (SELECT string_agg(format('c%s integer DEFAULT %s', i, i),
  ', ') FROM generate_series(1, 120) i)); END $$;
INSERT INTO wide VALUES (1), (2);
SELECT assoc.adopt('wide') IS NOT NULL;
SELECT compare('wide', NULL);
-- a view, and a table without a key
CREATE VIEW grown AS SELECT id, name FROM users WHERE born < '2000-01-20';
SELECT assoc.adopt('grown', options => '{"key": ["id"]}') IS NOT NULL;
CREATE TABLE keyless (n integer);
INSERT INTO keyless VALUES (1);
SELECT assoc.adopt('keyless') IS NOT NULL;
SELECT compare('keyless', NULL);
SELECT assoc.explain('keyless', pk => '1');
SELECT compare('grown', '{"where": {"name": {"like": "%1"}}}');

RESET client_min_messages;
\pset tuples_only off
\pset format aligned
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA explaining CASCADE;
DROP ROLE regress_explain;
