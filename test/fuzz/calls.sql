-- Calls of every function and accessor with arguments that fit, are NULL, or are absurd, in
-- between DDL and rows of the registry that somebody has forged.  Whatever is answered, it
-- must be a result or an error that says something: no internal error, and no crash.
--
-- Runs as a plain role that owns the schema "calls", which is first in search_path.

CREATE TABLE outcomes (no int, call text, state text, message text);

-- A pool of values for each type of argument: some that mean something, some that do not.
CREATE TABLE pool (type text, value text);
INSERT INTO pool SELECT 'text', v FROM unnest(ARRAY['User', 'Project', 'UserProject', 'Task', 'calls.User', 'users', 'user_projects',
  'projects', 'users', 'tasks', 'user', 'project', 'parent', 'title', 'name', 'role', '1', '2', '999', '', ' ', '"', '''', '.', 'a.b.c',
  '"x"."y"', repeat('x', 63), repeat('y', 64), repeat('z', 5000), 'pg_class', 'assoc.models', 'id', 'userId', 'user_id,project_id',
  'sum', 'mermaid', 'dot', 'update', 'key share', 'nowait', E'\n', 'ä', '{"id": 1}', '[1]', 'null', 'x; DROP TABLE users']) v;
INSERT INTO pool SELECT 'jsonb', v FROM unnest(ARRAY['{}', '[]', 'null', '1', '"x"', 'true', '[1]', '[1, 2]', '[[1]]', '{"id": 1}', '[{"id": 1}]',
  '{"include": ["projects"]}', '{"include": ["projects", "tasks"], "where": {"name": "a"}}', '{"include": [{"all": true, "nested": true}]}',
  '{"where": {"id": [1, 2, null]}}', '{"where": {"or": []}}', '{"where": {"name": {"like": "%"}}}', '{"where": {"nosuch": 1}}',
  '{"where": {"projects": {"some": {}}}}', '{"where": {"projects": {"count": {"gte": 1}}}}', '{"where": {"projects": {"allOf": [1, "x"]}}}',
  '{"order": ["name"], "limit": 1}', '{"order": [{"by": {"count": "projects"}}], "limit": 2, "offset": 1}', '{"limit": -1}', '{"limit": 1e30}',
  '{"after": [1]}', '{"after": "x"}', '{"page": true, "limit": 1}', '{"attributes": ["id"]}', '{"attributes": [{"count": "projects", "as": "n"}]}',
  '{"attributes": [{"sum": ["tasks", "id"], "as": "s"}]}', '{"group": ["name"], "attributes": ["name", {"count": "*", "as": "n"}]}',
  '{"name": "a"}', '{"name": null}', '{"name": {"x": 1}}', '{"title": "t", "users": {"connect": [1]}}', '{"projects": [{"title": "n"}]}',
  '{"projects": {"create": {"title": "n"}, "connect": [1, 99], "delete": [2]}}', '{"projects": {"set": {}}}', '{"tasks": {"update": [{"where": {}, "data": {}}]}}',
  '{"where": {"id": 1}}', '{"all": true}', '{"returning": false}', '{"param": "x"}', '{"conflict": ["id"]}', '{"paranoid": true, "timestamps": true}',
  '{"scopes": {"s": {"where": {"name": "a"}}}}', '{"defaultScope": {"where": {"nosuch": 1}}}', '{"a": "text", "b": {"type": "integer", "default": 1}}',
  '{"c": {"type": "nosuch"}}', '{"d": {"validate": {"isIn": [[]]}}}', '{"through": {"role": "x"}}', '[{"id": 1, "through": {"role": "admin"}}]',
  '{"through": {"scope": {"role": "admin"}}, "unique": false}', '{"constraints": false}', '{"accessors": false}', '{"accessors": {"prefix": "p"}}', '{"key": ["id"]}',
  '{"id": 99999999999999999999}', '{"id": "abc"}', '{"id": 1.5}', '[1, 1, "1", 1.0]', '{"a": {"b": {"c": {"d": {"e": {}}}}}}']) v;
INSERT INTO pool VALUES ('int', '1'), ('int', '0'), ('int', '-1'), ('int', '2147483647'), ('int', '2'), ('boolean', 'true'), ('boolean', 'false'),
  ('name', 'calls'), ('name', 'public'), ('name', 'nosuch'), ('name', ''), ('regclass', 'users'), ('regclass', 'projects'), ('regclass', 'user_projects'),
  ('regclass', 'pg_class'), ('regclass', '0'), ('regclass', '4294967295'), ('regclass', 'assoc.models'), ('ids', '{}'), ('ids', '{1}'), ('ids', '{1,2,99}'),
  ('ids', '{NULL}'), ('ids', '{1,1}');

CREATE FUNCTION some_value(kind text) RETURNS text LANGUAGE sql VOLATILE AS
$$ SELECT p.value FROM pool p WHERE p.type = kind ORDER BY random() LIMIT 1 $$;

-- one argument of a call: a value of the type, now and then untyped, of another type, or NULL
CREATE FUNCTION some_argument(type regtype) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  kind text := CASE
    WHEN type::text IN ('text', 'jsonb', 'boolean', 'name', 'regclass') THEN type::text
    WHEN type::text = 'json' THEN 'jsonb'
    WHEN type::text = 'oid' THEN 'regclass'
    WHEN type::text LIKE '%[]' THEN 'ids'
    WHEN type::text = '"any"' THEN (ARRAY['int', 'text'])[1 + floor(random() * 2)::int]
    ELSE 'int' END;
  dice float := random();
BEGIN
  IF dice < 0.08 THEN
    RETURN CASE WHEN type::text = '"any"' THEN 'NULL::int' ELSE 'NULL' END;
  ELSIF dice < 0.12 THEN
    RETURN quote_literal(some_value('text'));
  ELSIF dice < 0.5 AND kind <> 'int' THEN
    RETURN quote_literal(some_value(kind));
  END IF;
  RETURN format('%L::%s', some_value(kind), CASE WHEN type::text = '"any"' THEN kind ELSE type::text END);
END $$;

-- Functions of the extension and accessors; not those that trigger only.
CREATE VIEW callable AS
  SELECT p.oid, p.oid::regproc AS name, p.proargtypes, p.pronargs, p.pronargdefaults, p.provolatile
    FROM pg_proc p
    WHERE p.pronamespace IN ('assoc'::regnamespace, 'calls'::regnamespace)
      AND p.prokind = 'f' AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
      AND has_function_privilege(p.oid, 'EXECUTE')
      AND p.proname NOT IN ('some_value', 'some_argument', 'some_call', 'some_ddl', 'run_calls', 'attempt', 'set_up', 'forge');

CREATE FUNCTION some_call() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  f callable;
  n int;
  list text := '';
BEGIN
  SELECT * INTO f FROM callable ORDER BY random() LIMIT 1;
  n := f.pronargs - floor(random() * (f.pronargdefaults + 1))::int;
  FOR i IN 0 .. n - 1 LOOP
    list := list || CASE WHEN i > 0 THEN ', ' ELSE '' END || some_argument(f.proargtypes[i]);
  END LOOP;
  RETURN format('SELECT %s(%s)', f.name, list);
END $$;

CREATE FUNCTION some_ddl() RETURNS text LANGUAGE sql VOLATILE AS $$
SELECT d FROM unnest(ARRAY['ALTER TABLE users RENAME name TO label', 'ALTER TABLE users RENAME label TO name', 'ALTER TABLE projects ADD extra int',
  'ALTER TABLE projects DROP IF EXISTS extra', 'ALTER TABLE projects DROP COLUMN IF EXISTS extra', 'DROP TABLE IF EXISTS tasks CASCADE', 'ALTER TABLE user_projects RENAME TO links',
  'ALTER TABLE links RENAME TO user_projects', 'DROP FUNCTION IF EXISTS user_with_projects(bigint, jsonb)', 'ANALYZE users', 'DISCARD PLANS',
  'ALTER TABLE users ALTER id TYPE numeric', 'ALTER TABLE users ALTER id TYPE bigint', 'ALTER TABLE user_projects ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE user_projects DISABLE ROW LEVEL SECURITY', 'DROP INDEX IF EXISTS user_projects_project_id_user_id_idx',
  'ALTER TABLE user_projects DROP CONSTRAINT IF EXISTS user_projects_pkey CASCADE', 'CREATE VIEW v AS SELECT * FROM users', 'DROP VIEW IF EXISTS v CASCADE',
  'CREATE INDEX ON user_projects (role)', 'SET LOCAL TimeZone = ''Asia/Tokyo''', 'SET LOCAL search_path = pg_catalog', 'TRUNCATE users CASCADE',
  'INSERT INTO users (name) VALUES (''a''), (''b'')', 'SET LOCAL pg_associations.probe = off', 'SET LOCAL pg_associations.max_depth = 1',
  'ALTER FUNCTION user_with_projects(bigint, jsonb) RENAME TO other', 'DELETE FROM users', 'SET LOCAL plan_cache_mode = force_generic_plan']) d
  ORDER BY random() LIMIT 1 $$;

-- a row of the registry that no declaration would have written
CREATE FUNCTION forge() RETURNS text LANGUAGE sql VOLATILE AS $$
SELECT CASE WHEN random() < 0.5
  THEN format('INSERT INTO assoc.models VALUES (%L::regclass, %L, %L, %L, %L)', (ARRAY['users', 'projects', 'forged', 'user_projects'])[1 + floor(random() * 4)::int],
    some_value('text'), random() < 0.5, some_value('jsonb'), some_value('jsonb'))
  ELSE format('INSERT INTO assoc.associations VALUES (%L::regclass, %L, %L, %L::regclass, %s, %L, %L, %L, %L, %L, %L, %L)',
    'users', some_value('text'), k, 'projects', CASE WHEN k = 'belongs_to_many' THEN '''user_projects''::regclass' ELSE 'NULL' END,
    CASE WHEN k = 'belongs_to' THEN '{}' ELSE '{id}' END, (ARRAY['{user_id}', '{nosuch}', '{role}'])[1 + floor(random() * 3)::int],
    CASE WHEN k = 'belongs_to_many' THEN '{project_id}' ELSE '{}' END, CASE WHEN k IN ('belongs_to_many', 'belongs_to') THEN '{id}' ELSE '{}' END,
    some_value('text'), some_value('text'), some_value('jsonb')) END
FROM (SELECT (ARRAY['belongs_to_many', 'has_many', 'has_one', 'belongs_to'])[1 + floor(random() * 4)::int] AS k) kinds $$;

CREATE FUNCTION attempt(no int, call text) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  EXECUTE call;
  INSERT INTO outcomes VALUES (no, call, '00000', NULL);
EXCEPTION WHEN OTHERS THEN
  INSERT INTO outcomes VALUES (no, call, SQLSTATE, SQLERRM);
END $$;

-- Declarations that calls can use; what calls and DDL have broken is made again.
CREATE FUNCTION set_up() RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM assoc.define('User', '{"name": "text", "secret": {"type": "text", "hidden": true}}', '{"scopes": {"a": {"where": {"name": "a"}}}}');
  PERFORM assoc.define('Project', '{"title": "text"}', '{"paranoid": true}');
  PERFORM assoc.define('Task', '{"done": "boolean"}');
  PERFORM assoc.belongs_to_many('User', 'Project', through => 'UserProject', inverse => 'users', through_attributes => '{"role": "text"}');
  PERFORM assoc.has_many('User', 'Task', inverse => 'user');
  PERFORM assoc.has_many('Project', 'Project', alias => 'parts', inverse => 'parent');
  PERFORM assoc.bulk_create('User', '[{"name": "a", "projects": [{"title": "x"}, {"title": "y"}], "tasks": [{"done": true}]}, {"name": "b"}]');
  CREATE TABLE IF NOT EXISTS forged (id int PRIMARY KEY);
END $$;

-- In rounds, each of which is undone, so that later ones have something to work on.
CREATE PROCEDURE run_calls(rounds int, calls int) LANGUAGE plpgsql AS $$
DECLARE
  dice float;
  seen outcomes[];
BEGIN
  FOR round IN 1 .. rounds LOOP
    BEGIN
      PERFORM set_up();
      FOR i IN 1 .. calls LOOP
        dice := random();
        PERFORM attempt(round * 1000 + i, CASE WHEN dice < 0.06 THEN some_ddl() WHEN dice < 0.1 THEN forge() ELSE some_call() END);
        PERFORM set_config('search_path', 'calls', true);
      END LOOP;
      SELECT array_agg(o) INTO seen FROM outcomes o WHERE o.no > round * 1000;
      RAISE SQLSTATE 'ZZ999';
    EXCEPTION WHEN SQLSTATE 'ZZ999' THEN
      NULL;
    END;
    INSERT INTO outcomes SELECT (unnest(seen)).*;
    COMMIT;
  END LOOP;
END $$;
