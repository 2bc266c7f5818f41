-- The rights that calls need and the locks they leave: found by taking away right after right until a call fails.
-- docs/reference.md has the tables that come out.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_associations;
CREATE ROLE regress_assoc_least;
CREATE SCHEMA rt;
SET search_path = rt;
CREATE TABLE users (id bigint PRIMARY KEY, name text, gone timestamptz);
CREATE TABLE projects (id bigint PRIMARY KEY, title text);
CREATE TABLE links (user_id bigint REFERENCES users, project_id bigint REFERENCES projects, role text, PRIMARY KEY (user_id, project_id));
CREATE INDEX ON links (project_id, user_id);
CREATE TABLE tasks (id bigint PRIMARY KEY, project_id bigint REFERENCES projects, note text);
CREATE INDEX ON tasks (project_id);
INSERT INTO users VALUES (1, 'ann'), (2, 'bob');
INSERT INTO projects VALUES (1, 'one'), (2, 'two'), (3, 'three');
INSERT INTO links VALUES (1, 1, 'r'), (1, 2, 'r');
INSERT INTO tasks VALUES (1, 1, 'n'), (2, NULL, 'n');
SELECT assoc.adopt('users', 'User', '{"paranoid": true, "deletedAt": "gone"}') ->> 'model' AS model;
SELECT assoc.adopt('projects', 'Project') ->> 'model' AS model, assoc.adopt('tasks', 'Task') ->> 'model' AS model;
SELECT assoc.belongs_to_many('User', 'Project', through => 'links', alias => 'projects') ->> 'alias' AS alias;
SELECT assoc.has_many('Project', 'Task', alias => 'tasks', inverse => 'project') ->> 'alias' AS alias;
-- with an order of its own, and a counter that the owner's trigger keeps
SELECT assoc.define('Album', '{}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.define('Song', '{}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.has_many('Album', 'Song', options => '{"position": "rank", "counter": "songs_count"}') ->> 'alias' AS alias;
INSERT INTO albums VALUES (1), (2);
INSERT INTO songs VALUES (1, 1, 1), (2, 1, 2);
CREATE SCHEMA tools;
CREATE TABLE tools.tables (n serial, part text, name text);
INSERT INTO tools.tables (part, name) VALUES
  ('use', 'users'), ('use', 'projects'), ('use', 'links'), ('use', 'tasks'), ('kept', 'albums'), ('kept', 'songs');
CREATE TABLE tools.rights (n serial, part text DEFAULT 'use', relation text, kind text, col text, give text, take text);
INSERT INTO tools.rights (part, relation, kind, col, give, take)
  SELECT t.part, c.relname, k.kind, a.attname,
    format('GRANT %s (%I) ON rt.%I TO regress_assoc_least', k.kind, a.attname, c.relname),
    format('REVOKE %s (%I) ON rt.%I FROM regress_assoc_least', k.kind, a.attname, c.relname)
  FROM tools.tables t
    JOIN pg_class c ON c.oid = ('rt.' || t.name)::regclass JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) k (kind)
  ORDER BY t.n, array_position(ARRAY['UPDATE', 'INSERT', 'SELECT'], k.kind), a.attnum DESC;
INSERT INTO tools.rights (part, relation, kind, give, take)
  SELECT part, name, 'DELETE', format('GRANT DELETE ON rt.%I TO regress_assoc_least', name),
    format('REVOKE DELETE ON rt.%I FROM regress_assoc_least', name)
  FROM tools.tables ORDER BY n;
GRANT USAGE ON SCHEMA rt TO regress_assoc_least;

-- what the role gets of a call, and the strongest lock it has on each table then; all of it is taken back
CREATE FUNCTION tools.run(call text, OUT said text, OUT locks text) LANGUAGE plpgsql AS $$
BEGIN
  BEGIN
    SET LOCAL ROLE regress_assoc_least;
    EXECUTE 'SELECT assoc.' || call INTO said;
    RESET ROLE;
    locks := tools.locks();
    RAISE EXCEPTION USING ERRCODE = 'RT000', MESSAGE = COALESCE(said, 'null');
  EXCEPTION
    WHEN SQLSTATE 'RT000' THEN NULL;
    WHEN OTHERS THEN said := SQLSTATE || ' ' || SQLERRM;
  END;
END $$;
CREATE FUNCTION tools.locks() RETURNS text STABLE LANGUAGE sql AS $$
  SELECT string_agg(name || ' ' || upper(btrim(regexp_replace(replace(mode, 'Lock', ''), '([A-Z])', ' \1', 'g'))), ', ' ORDER BY name)
  FROM (SELECT DISTINCT ON (c.oid) CASE nspname WHEN 'assoc' THEN 'assoc.' ELSE '' END || relname AS name, l.mode
        FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace s ON s.oid = c.relnamespace
        WHERE l.pid = pg_backend_pid() AND c.relkind = 'r'
          AND (nspname IN ('rt', 'rd') OR nspname = 'assoc' AND mode <> 'AccessShareLock')
        ORDER BY c.oid, array_position(ARRAY['AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock',
          'ShareUpdateExclusiveLock', 'RowExclusiveLock', 'RowShareLock', 'AccessShareLock'], l.mode)) strongest
$$;
-- rights are given again after a table had another owner, who takes over those of the old one; an owner needs no other right
CREATE FUNCTION tools.least(call text, kinds text) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  kept int[] := (SELECT array_agg(n) FROM tools.rights WHERE part = kinds);
  expected text;
  short text;
  r tools.rights;
BEGIN
  PERFORM tools.give(kept);
  expected := (tools.run(call)).said;
  IF expected ~ '^[0-9A-Z]{5} ' THEN
    RAISE WARNING '%: %', call, expected;
  END IF;
  FOR r IN SELECT * FROM tools.rights WHERE part = kinds ORDER BY n LOOP
    IF EXISTS (SELECT FROM tools.rights o WHERE o.n = ANY (kept) AND o.n < r.n AND o.kind = 'OWNER' AND o.relation = r.relation) THEN
      kept := array_remove(kept, r.n);
      CONTINUE;
    END IF;
    EXECUTE r.take;
    IF r.kind = 'OWNER' THEN
      PERFORM tools.give(array_remove(kept, r.n));
    END IF;
    short := (tools.run(call)).said;
    IF short IS NOT DISTINCT FROM expected THEN
      kept := array_remove(kept, r.n);
    ELSE
      EXECUTE r.give;
      IF short !~ '^42501 (permission denied|must be owner)' THEN
        RAISE WARNING '% without %: %', call, r.give, short;
      END IF;
    END IF;
  END LOOP;
  RETURN kept;
END $$;
CREATE FUNCTION tools.give(kept int[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  statement text;
BEGIN
  FOR statement IN SELECT give FROM tools.rights WHERE n = ANY (kept) ORDER BY n LOOP
    EXECUTE statement;
  END LOOP;
END $$;
CREATE FUNCTION tools.listed(kept int[]) RETURNS text STABLE LANGUAGE sql AS $$
  SELECT string_agg(relation || ' ' || kinds, '; ' ORDER BY first)
  FROM (SELECT relation, min(first) AS first, string_agg(kind || COALESCE(' (' || cols || ')', ''), ', ' ORDER BY kind) AS kinds
        FROM (SELECT relation, kind, min(n) AS first, string_agg(col, ', ' ORDER BY col) AS cols
              FROM tools.rights WHERE n = ANY (kept) GROUP BY relation, kind) k
        GROUP BY relation) g
$$;
CREATE TABLE tools.calls (n serial, part text DEFAULT 'use', call text, rights text, locks text);
INSERT INTO tools.calls (call) SELECT call FROM unnest(ARRAY[
  -- loads
  $$find_all('User', '{"attributes": ["name"]}')$$,
  $$find_all('User', '{"attributes": ["name"], "paranoid": false}')$$,
  $$find_by_pk('Project', 1)$$,
  $$find_by_pk('Project', 1, '{"attributes": ["title"]}')$$,
  $$find_one('Project', '{"attributes": ["id"], "where": {"title": "one"}}')$$,
  $$find_all('Project', '{"attributes": ["id"], "order": ["title"]}')$$,
  $$find('Project', '{"attributes": ["id"], "limit": 1}')$$,
  $$find_page('Project', '{"attributes": ["id"], "limit": 1}')$$,
  $$find_many('Project', '[1]', '{"attributes": ["title"]}')$$,
  $$find_and_count_all('Project', '{"attributes": ["id"]}')$$,
  $$find_all('Project', '{"attributes": ["id"], "include": [{"association": "tasks", "attributes": ["note"]}]}')$$,
  $$find_all('User', '{"attributes": ["id"], "include": [{"association": "projects", "attributes": ["title"]}]}')$$,
  $$find_all('Project', '{"attributes": ["id"], "where": {"tasks": {"some": {"note": "n"}}}}')$$,
  $$get('User', 1, 'projects', '{"attributes": ["title"]}')$$,
  $$get('User', 1, 'projects', '{"attributes": ["title"], "through": {"attributes": []}}')$$,
  $$get('Project', 1, 'tasks', '{"attributes": ["note"]}')$$,
  $$get('Task', 1, 'project', '{"attributes": ["title"]}')$$,
  $$count('Project', NULL)$$,
  $$count_of('User', 1, 'projects')$$,
  $$count_of('Project', 1, 'tasks')$$,
  $$sum('Project', 'id')$$,
  $$aggregate('Project', '{"group": ["title"], "attributes": ["title", {"count": "id", "as": "n"}]}')$$,
  $$find_for_update('Project', '{"attributes": ["title"]}')$$,
  $$sql('Project', '{"attributes": ["title"]}')$$,
  $$explain('Project', '{"attributes": ["title"]}')$$,
  $$validate('Project', '{"id": 9}')$$,
  -- links of a join table
  $$has('User', 1, 'projects', '[1, 2]')$$,
  $$add('User', 1, 'projects', '[3]')$$,
  $$add('User', 1, 'projects', '[2, 3]')$$,
  $$add('User', 1, 'projects', '[3]', '{"role": "x"}')$$,
  $$add('User', 1, 'projects', '[2]', '{"role": "x"}')$$,
  $$remove('User', 1, 'projects', '[1]')$$,
  $$set('User', 1, 'projects', '[1, 2]')$$,
  $$set('User', 1, 'projects', '[1, 3]')$$,
  $$clear('User', 1, 'projects')$$,
  $$toggle('User', 1, 'projects', '[1, 3]')$$,
  $$update_link('User', 1, 'projects', '[1]', '{"role": "x"}')$$,
  $$move('User', 1, 'projects', '[1]', 2)$$,
  $$set_many('User', 'projects', '[{"id": 1, "projects": [1, 3]}, {"id": 2, "projects": [1]}]')$$,
  $$create_in('User', 1, 'projects', '{"id": 9}')$$,
  -- links that are a column: of the target, of the source
  $$has('Project', 1, 'tasks', '[1]')$$,
  $$add('Project', 1, 'tasks', '[2]')$$,
  $$remove('Project', 1, 'tasks', '[1]')$$,
  $$set('Project', 1, 'tasks', '[2]')$$,
  $$toggle('Project', 1, 'tasks', '[1, 2]')$$,
  $$move('Project', 1, 'tasks', '[1]', 2)$$,
  $$set_many('Project', 'tasks', '[{"id": 1, "tasks": [2]}, {"id": 2, "tasks": [1]}]')$$,
  $$create_in('Project', 1, 'tasks', '{"id": 9}')$$,
  $$has('Task', 1, 'project', '[1]')$$,
  $$set('Task', 1, 'project', '[2]')$$,
  $$remove('Task', 1, 'project', '[1]')$$,
  $$create_in('Task', 1, 'project', '{"id": 9}')$$,
  -- rows
  $$create('Project', '{"id": 9, "title": "x"}', '{"attributes": ["id"]}')$$,
  $$create('Project', '{"id": 9, "tasks": [{"id": 9}]}', '{"attributes": ["id"]}')$$,
  $$create('User', '{"id": 9, "projects": {"connect": [1]}}', '{"attributes": ["id"]}')$$,
  $$bulk_create('Project', '[{"id": 9}, {"id": 10}]', '{"attributes": ["id"]}')$$,
  $$upsert('Project', '{"id": 1, "title": "x"}', '{"attributes": ["id"]}')$$,
  $$find_or_create('Project', '{"title": "one"}', '{"attributes": ["id"]}')$$,
  $$find_or_create('Project', '{"id": 9, "title": "x"}', '{"attributes": ["id"]}')$$,
  $$update('Project', '{"title": "x"}', '{"where": {"id": 1}}')$$,
  $$update('Project', '{"title": "x"}', '{"where": {"id": 1}, "returning": ["id"]}')$$,
  $$update_many('Project', '[{"id": 1, "title": "x"}, {"id": 2, "title": "y"}]')$$,
  $$save('Project', '{"id": 1, "title": "x", "tasks": [{"id": 2}]}')$$,
  $$update('Project', '{"tasks": {"disconnect": [1]}}', '{"where": {"id": 1}, "returning": ["id"]}')$$,
  $$destroy('Task', '{"where": {"id": 1}}')$$,
  $$destroy('User', '{"where": {"id": 1}}')$$,
  $$restore('User', '{"where": {"id": 1}}')$$,
  $$merge('Project', 1, 3)$$,
  $$merge('Project', 1, 2)$$,
  $$merge('User', 1, 2, '{"fill": ["name"]}')$$]) WITH ORDINALITY c (call, n) ORDER BY n;
INSERT INTO tools.calls (part, call) SELECT 'kept', call FROM unnest(ARRAY[
  $$reorder('Album', 1, 'songs', '[2]', '{"to": 1}')$$,
  $$recount('Album', 'songs', dry_run => true)$$,
  $$recount('Album', 'songs')$$,
  $$add('Album', 2, 'songs', '[1]')$$]) WITH ORDINALITY c (call, n) ORDER BY n;

-- declaring: as are another role's than bs and the join table, where a call does not need to own them
CREATE SCHEMA rd;
GRANT USAGE ON SCHEMA rd TO regress_assoc_least;
CREATE TABLE rd.as (id bigint PRIMARY KEY);
CREATE TABLE rd.bs (id bigint PRIMARY KEY, a_id bigint REFERENCES rd.as, plain_id bigint);
CREATE UNIQUE INDEX ON rd.bs (a_id);
CREATE INDEX ON rd.bs (plain_id);
CREATE TABLE rd.links (a_id bigint REFERENCES rd.as, b_id bigint REFERENCES rd.bs, PRIMARY KEY (a_id, b_id));
CREATE INDEX ON rd.links (b_id, a_id);
CREATE TABLE rd.plain (id bigint PRIMARY KEY);
SELECT assoc.adopt('rd.as', 'A') ->> 'model' AS model, assoc.adopt('rd.bs', 'B') ->> 'model' AS model;
SELECT assoc.belongs_to('rd.B', 'rd.A', alias => 'kept', foreign_key => 'a_id', options => '{"accessors": false}') ->> 'alias' AS alias;
INSERT INTO tools.rights (part, relation, kind, give, take)
  SELECT 'declare', name, 'OWNER', format('ALTER TABLE rd.%I OWNER TO regress_assoc_least', name),
    format('ALTER TABLE rd.%I OWNER TO CURRENT_USER', name)
  FROM unnest(ARRAY['as', 'bs', 'links', 'plain']) name;
INSERT INTO tools.rights (part, relation, kind, give, take)
  SELECT 'declare', name, kind, format('GRANT %s ON rd.%I TO regress_assoc_least', kind, name),
    format('REVOKE %s ON rd.%I FROM regress_assoc_least', kind, name)
  FROM unnest(ARRAY['as', 'bs', 'links', 'plain']) name, unnest(ARRAY['SELECT', 'REFERENCES']) kind;
INSERT INTO tools.rights (part, relation, kind, give, take)
  VALUES ('declare', 'the schema', 'CREATE',
    'GRANT CREATE ON SCHEMA rd TO regress_assoc_least', 'REVOKE CREATE ON SCHEMA rd FROM regress_assoc_least');
INSERT INTO tools.calls (part, call) SELECT 'declare', call FROM unnest(ARRAY[
  $$define('rd.C', '{"name": "text"}')$$,
  $$adopt('rd.plain', 'Plain')$$,
  $$adopt('rd.as', 'A', '{"scopes": {"first": {"limit": 1}}}', replace => true)$$,
  $$forget('rd.B')$$,
  $$belongs_to('rd.B', 'rd.plain', foreign_key => 'plain_id', options => '{"constraints": false, "accessors": false}')$$,
  $$belongs_to('rd.B', 'rd.A', alias => 'other')$$,
  $$has_many('rd.A', 'rd.B', alias => 'others')$$,
  $$has_one('rd.A', 'rd.B', alias => 'one')$$,
  $$belongs_to_many('rd.A', 'rd.B', through => 'rd.links')$$,
  $$belongs_to_many('rd.A', 'rd.B', through => 'rd.AB')$$,
  $$rename_association('rd.B', 'kept', 'called')$$,
  $$rename_model('rd.A', 'Called')$$,
  $$move_model('rd.A', 'rd.plain')$$,
  $$drop_association('rd.B', 'kept')$$,
  $$sync('rd')$$,
  $$discover('rd')$$,
  $$check('rd')$$,
  $$declarations('rd')$$,
  $$diagram('mermaid', 'rd')$$]) WITH ORDINALITY c (call, n) ORDER BY n;

-- each call in a transaction of its own, in which nothing else locks a table
CREATE PROCEDURE tools.find_out() LANGUAGE plpgsql AS $$
DECLARE
  c tools.calls;
  statement text;
BEGIN
  FOR c IN SELECT * FROM tools.calls ORDER BY n LOOP
    UPDATE tools.calls SET rights = tools.listed(tools.least(c.call, c.part)) WHERE n = c.n;
    COMMIT;
    UPDATE tools.calls SET locks = (tools.run(c.call)).locks WHERE n = c.n;
    COMMIT;
    FOR statement IN SELECT take FROM tools.rights WHERE part = c.part ORDER BY n DESC LOOP
      EXECUTE statement;
    END LOOP;
    COMMIT;
  END LOOP;
END $$;
CALL tools.find_out();
CREATE FUNCTION tools.rows_of(kinds text) RETURNS SETOF text STABLE LANGUAGE sql AS $$
  SELECT format('| `%s` | %s | %s |', call, COALESCE(rights, '-'), COALESCE(locks, '-')) FROM tools.calls WHERE part = kinds ORDER BY n
$$;
\pset format unaligned
\pset tuples_only on
SELECT tools.rows_of('use');
SELECT tools.rows_of('kept');
SELECT tools.rows_of('declare');
\pset tuples_only off
\pset format aligned
DROP SCHEMA rt, rd, tools CASCADE;
DROP ROLE regress_assoc_least;
