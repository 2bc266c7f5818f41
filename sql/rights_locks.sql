-- No lock on a relation before the right to it is known, and 42501 where there is none, even with nothing to do.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_associations;
CREATE ROLE regress_assoc_owner;
CREATE ROLE regress_assoc_stranger;
CREATE ROLE regress_assoc_linker;
CREATE SCHEMA rl AUTHORIZATION regress_assoc_owner;
CREATE SCHEMA tools;
GRANT USAGE ON SCHEMA tools TO PUBLIC;
SET search_path = rl;
SET ROLE regress_assoc_owner;
SELECT assoc.define('User', '{"name": "text"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.define('Project', '{"title": "text"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.define('Task', '{"note": "text"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', inverse => 'users') ->> 'alias' AS alias;
SELECT assoc.has_many('Project', 'Task', inverse => 'project') ->> 'alias' AS alias;
RESET ROLE;

-- what a call answers, and the strongest lock on each table when it is over; all of it is taken back
CREATE FUNCTION tools.locks(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  said text;
  locked text;
BEGIN
  BEGIN
    EXECUTE 'SELECT assoc.' || call INTO said;
  EXCEPTION WHEN OTHERS THEN
    said := SQLSTATE || ' ' || SQLERRM;
  END;
  SELECT string_agg(relname || ' ' || mode, ', ' ORDER BY relname) INTO locked
  FROM (SELECT DISTINCT ON (c.relname) c.relname, l.mode
        FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
        WHERE l.pid = pg_backend_pid() AND c.relnamespace = 'rl'::regnamespace AND c.relkind = 'r'
        ORDER BY c.relname, array_position(ARRAY['AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock',
          'ShareUpdateExclusiveLock', 'RowExclusiveLock', 'RowShareLock', 'AccessShareLock'], l.mode)) strongest;
  RAISE EXCEPTION USING ERRCODE = 'RL000', MESSAGE = left(COALESCE(said, 'null'), 90) || ' | ' || COALESCE(locked, 'no locks');
EXCEPTION WHEN SQLSTATE 'RL000' THEN
  RETURN SQLERRM;
END $$;
CREATE TABLE tools.calls (n int, call text);
GRANT SELECT ON tools.calls TO PUBLIC;
INSERT INTO tools.calls SELECT ord, call FROM unnest(ARRAY[
  $$find_all('rl.User')$$,
  $$find_by_pk('rl.User', 1)$$,
  $$get('rl.User', 1, 'projects')$$,
  $$count_of('rl.User', 1, 'projects')$$,
  $$count('rl.User', NULL)$$,
  $$find_all('rl.User', '{"include": ["projects"]}')$$,
  $$find_all('rl.User', '{"limit": 0}')$$,
  $$load_one('rl.users', 'projects', 1, NULL)$$,
  $$find_for_update('rl.User')$$,
  $$sql('rl.User')$$,
  $$has('rl.User', 1, 'projects', '[]')$$,
  $$has('rl.Project', 1, 'tasks', '[]')$$,
  $$has('rl.Task', 1, 'project', '[]')$$,
  $$add('rl.User', 1, 'projects', '[]')$$,
  $$add('rl.Project', 1, 'tasks', '[]')$$,
  $$add('rl.Task', 1, 'project', '[]')$$,
  $$link_add('rl.users', 'projects', 1, '{}'::bigint[], NULL)$$,
  $$set('rl.User', 1, 'projects', '[]')$$,
  $$set('rl.Project', 1, 'tasks', '[]')$$,
  $$remove('rl.User', 1, 'projects', '[]')$$,
  $$remove('rl.Project', 1, 'tasks', '[]')$$,
  $$clear('rl.User', 1, 'projects')$$,
  $$toggle('rl.User', 1, 'projects', '[]')$$,
  $$toggle('rl.Project', 1, 'tasks', '[]')$$,
  $$update_link('rl.User', 1, 'projects', '[]', '{}')$$,
  $$move('rl.User', 1, 'projects', '[]', 2)$$,
  $$move('rl.Project', 1, 'tasks', '[]', 2)$$,
  $$set_many('rl.User', 'projects', '[]')$$,
  $$set_many('rl.Project', 'tasks', '[]')$$,
  $$create_in('rl.User', 1, 'projects', '{}')$$,
  $$create_in('rl.Project', 1, 'tasks', '{}')$$,
  $$create_in('rl.Task', 1, 'project', '{}')$$,
  $$create('rl.User', '{}')$$,
  $$create('rl.User', '{"projects": []}')$$,
  $$bulk_create('rl.User', '[]')$$,
  $$upsert('rl.User', '{"id": 1}')$$,
  $$find_or_create('rl.User', '{"name": "x"}')$$,
  $$update('rl.User', '{"name": "x"}', '{"where": {"id": 0}}')$$,
  $$update('rl.User', '{"projects": []}', '{"where": {"id": 0}}')$$,
  $$destroy('rl.User', '{"where": {"id": 0}}')$$,
  $$validate('rl.User', '{}')$$,
  $$define('rl.User', '{"name": "text"}', '{"timestamps": false}')$$,
  $$adopt('rl.users')$$,
  $$forget('rl.User')$$,
  $$has_many('rl.Project', 'rl.Task')$$,
  $$belongs_to('rl.Task', 'rl.Project')$$,
  $$belongs_to_many('rl.User', 'rl.Project')$$,
  $$drop_association('rl.User', 'projects')$$,
  $$sync('rl', dry_run => true)$$]) WITH ORDINALITY c (call, ord);

-- a stranger has no right at all, then USAGE on the schema only
SET ROLE regress_assoc_stranger;
SELECT call, tools.locks(call) FROM tools.calls ORDER BY n;
RESET ROLE;
GRANT USAGE ON SCHEMA rl TO regress_assoc_stranger, regress_assoc_linker;
SET ROLE regress_assoc_stranger;
SELECT call, tools.locks(call) FROM tools.calls ORDER BY n;
RESET ROLE;

-- rights to some columns of the join table and of tasks: what they suffice for goes on
GRANT SELECT (user_id, project_id), INSERT (user_id, project_id) ON user_projects TO regress_assoc_linker;
GRANT SELECT (id, project_id), UPDATE (project_id) ON tasks TO regress_assoc_linker;
SET ROLE regress_assoc_linker;
SELECT call, tools.locks(call) FROM tools.calls WHERE call ~ '^(link_|has|add|set|remove|clear|toggle|update_link|move|create)' ORDER BY n;
RESET ROLE;
SET ROLE regress_assoc_owner;
SELECT call, tools.locks(call) FROM tools.calls ORDER BY n;
RESET ROLE;
DROP SCHEMA rl, tools CASCADE;
DROP ROLE regress_assoc_owner, regress_assoc_stranger, regress_assoc_linker;
