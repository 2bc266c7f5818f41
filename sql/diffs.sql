-- Random calls against a model in plain SQL: the table ends as it should, every
-- result tells exactly what changed, and nothing is written that need not be.
SET client_min_messages = warning;
CREATE SCHEMA diffs;
SET search_path = diffs;

CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE projects (id bigint PRIMARY KEY);
CREATE TABLE user_projects (user_id bigint REFERENCES users, project_id bigint REFERENCES projects,
  role text, rank numeric, note text DEFAULT 'new', PRIMARY KEY (user_id, project_id));
CREATE INDEX ON user_projects (project_id, user_id);
CREATE TABLE tasks (id bigint PRIMARY KEY, project_id bigint REFERENCES projects);
CREATE INDEX ON tasks (project_id);
INSERT INTO users SELECT generate_series(1, 3);
INSERT INTO projects SELECT generate_series(1, 8);
INSERT INTO tasks SELECT generate_series(1, 12);
SELECT assoc.belongs_to_many('users', 'projects', through => 'user_projects', inverse => 'users') IS NOT NULL AS links;
SELECT assoc.has_many('projects', 'tasks', inverse => 'project') IS NOT NULL AS children;

-- what the model holds, and the table's rows with the versions that they are
CREATE TABLE model (LIKE user_projects INCLUDING ALL);
CREATE TABLE before (user_id bigint, project_id bigint, role text, rank numeric, note text, version text);
CREATE TABLE model_tasks (id bigint PRIMARY KEY, project_id bigint);
INSERT INTO model_tasks SELECT * FROM tasks;

-- random numbers, the same in every run and on every version
CREATE SEQUENCE dice MINVALUE 0 START 1;
CREATE FUNCTION roll(sides int) RETURNS int LANGUAGE sql AS $$
  SELECT ((hashint8(nextval('diffs.dice'))::bigint & 2147483647) % sides)::int
$$;
CREATE FUNCTION pick(high int) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE result bigint[] := '{}';
BEGIN
  FOR i IN 1..diffs.roll(6) LOOP
    result := result || (1 + diffs.roll(high))::bigint;
  END LOOP;
  RETURN result;
END $$;

-- NULL, one payload, or one for each id; columns given or not, values or null
CREATE FUNCTION payload() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE result jsonb := '{}';
BEGIN
  IF diffs.roll(2) = 0 THEN result := result || jsonb_build_object('role', (ARRAY['admin', 'dev', NULL])[1 + diffs.roll(3)]); END IF;
  IF diffs.roll(2) = 0 THEN result := result || jsonb_build_object('rank', (ARRAY[1.0, 2.5, NULL])[1 + diffs.roll(3)]); END IF;
  RETURN result;
END $$;
CREATE FUNCTION payloads(ids bigint[]) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE result jsonb := '[]';
BEGIN
  CASE diffs.roll(3)
    WHEN 0 THEN RETURN NULL;
    WHEN 1 THEN RETURN diffs.payload();
    ELSE
      FOR i IN 1..cardinality(ids) LOOP result := result || diffs.payload(); END LOOP;
      RETURN result;
  END CASE;
END $$;

-- the model: what the verbs mean, said in the plainest SQL
CREATE FUNCTION model_link(verb text, u bigint, ids bigint[], through jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE p jsonb;
BEGIN
  IF verb = 'remove' THEN
    DELETE FROM diffs.model WHERE user_id = u AND project_id = ANY (ids);
    RETURN;
  END IF;
  IF verb = 'set' THEN
    DELETE FROM diffs.model WHERE user_id = u AND NOT project_id = ANY (ids);
  END IF;
  FOR i IN 1..cardinality(ids) LOOP
    p := CASE jsonb_typeof(through) WHEN 'array' THEN through -> (i - 1) ELSE COALESCE(through, '{}') END;
    INSERT INTO diffs.model (user_id, project_id) VALUES (u, ids[i]) ON CONFLICT DO NOTHING;
    UPDATE diffs.model SET role = CASE WHEN p ? 'role' THEN p ->> 'role' ELSE role END,
        rank = CASE WHEN p ? 'rank' THEN (p ->> 'rank')::numeric ELSE rank END
      WHERE user_id = u AND project_id = ids[i];
  END LOOP;
END $$;

-- keys in a diff's order
CREATE FUNCTION keys(VARIADIC ids bigint[]) RETURNS jsonb LANGUAGE sql AS $$
  SELECT COALESCE(jsonb_agg(i ORDER BY i), '[]') FROM unnest(ids) i
$$;

-- one call: returns what is wrong with it
CREATE FUNCTION try_link(verb text, u bigint, ids bigint[], through jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result jsonb;
  expected jsonb;
BEGIN
  TRUNCATE diffs.before;
  INSERT INTO diffs.before SELECT *, concat(ctid, xmin) FROM diffs.user_projects;
  CASE verb
    WHEN 'add' THEN result := diffs.user_add_projects(u, ids, through);
    WHEN 'set' THEN result := diffs.user_set_projects(u, ids, through);
    WHEN 'remove' THEN result := diffs.user_remove_projects(u, ids);
  END CASE;
  PERFORM diffs.model_link(verb, u, ids, through);

  IF EXISTS ((TABLE diffs.model EXCEPT TABLE diffs.user_projects) UNION ALL (TABLE diffs.user_projects EXCEPT TABLE diffs.model)) THEN
    RETURN 'the table is not what the model is';
  END IF;
  SELECT jsonb_build_object(
    'added', diffs.keys(VARIADIC COALESCE(array_agg(a.project_id) FILTER (WHERE b.user_id IS NULL), '{}')),
    'removed', diffs.keys(VARIADIC COALESCE(array_agg(b.project_id) FILTER (WHERE a.user_id IS NULL), '{}')),
    'updated', diffs.keys(VARIADIC COALESCE(array_agg(a.project_id) FILTER (WHERE (a.role, a.rank::text, a.note) IS DISTINCT
      FROM (b.role, b.rank::text, b.note) AND b.user_id IS NOT NULL AND a.user_id IS NOT NULL), '{}')),
    'unchanged', diffs.keys(VARIADIC COALESCE(array_agg(a.project_id) FILTER (WHERE (a.role, a.rank::text, a.note) IS NOT DISTINCT
      FROM (b.role, b.rank::text, b.note) AND verb <> 'remove' AND a.user_id = u AND a.project_id = ANY (ids)), '{}')))
  INTO expected FROM diffs.before b FULL JOIN diffs.user_projects a USING (user_id, project_id);
  IF result <> expected THEN
    RETURN format('said %s, did %s', result, expected);
  END IF;
  IF EXISTS (SELECT FROM diffs.before b JOIN diffs.user_projects a USING (user_id, project_id)
             WHERE b.version <> concat(a.ctid, a.xmin) AND NOT (a.user_id = u AND result -> 'updated' @> to_jsonb(a.project_id))) THEN
    RETURN 'an unchanged row was written';
  END IF;
  RETURN NULL;
END $$;

DO $$
DECLARE
  verb text; u bigint; ids bigint[]; through jsonb; wrong text;
BEGIN
  FOR i IN 1..700 LOOP
    verb := (ARRAY['add', 'add', 'set', 'remove'])[1 + diffs.roll(4)];
    u := 1 + diffs.roll(3);
    ids := diffs.pick(8);
    through := diffs.payloads(ids);
    wrong := diffs.try_link(verb, u, ids, through);
    IF wrong IS NOT NULL THEN
      RAISE 'call %: % user % ids % through %: %', i, verb, u, ids, through, wrong;
    END IF;
  END LOOP;
END $$;
SELECT count(*) > 0 AS links, count(DISTINCT role) AS roles FROM user_projects;

-- children, from both sides
CREATE FUNCTION try_child(verb text, p bigint, ids bigint[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result jsonb;
  expected jsonb;
BEGIN
  CASE verb
    WHEN 'add' THEN result := diffs.project_add_tasks(p, ids);
    WHEN 'set' THEN result := diffs.project_set_tasks(p, ids);
    WHEN 'remove' THEN result := diffs.project_remove_tasks(p, ids);
    WHEN 'belong' THEN result := assoc.set('diffs.tasks', ids[1], 'project', to_jsonb(p));
    WHEN 'leave' THEN result := assoc.remove('diffs.tasks', ids[1], 'project', to_jsonb(p));
  END CASE;
  IF verb IN ('belong', 'leave') THEN
    SELECT jsonb_build_object('updated', '[]'::jsonb,
      'added', CASE WHEN verb = 'belong' AND project_id IS DISTINCT FROM p THEN jsonb_build_array(p) ELSE '[]' END,
      'removed', CASE WHEN project_id <> p AND verb = 'belong' OR project_id = p
        AND verb = 'leave' THEN jsonb_build_array(project_id) ELSE '[]' END,
      'unchanged', CASE WHEN verb = 'belong' AND project_id = p THEN jsonb_build_array(p) ELSE '[]' END)
    INTO expected FROM diffs.model_tasks WHERE id = ids[1];
    UPDATE diffs.model_tasks SET project_id = CASE verb WHEN 'belong' THEN p END
      WHERE id = ids[1] AND (verb = 'belong' OR project_id = p);
  ELSE
    SELECT jsonb_build_object('updated', '[]'::jsonb,
      'added', diffs.keys(VARIADIC COALESCE(array_agg(id) FILTER (WHERE verb <> 'remove' AND id = ANY (ids) AND project_id IS DISTINCT
        FROM p), '{}')),
      'removed', diffs.keys(VARIADIC COALESCE(array_agg(id) FILTER (WHERE project_id = p AND (verb = 'remove'
        AND id = ANY (ids) OR verb = 'set' AND NOT id = ANY (ids))), '{}')),
      'unchanged', diffs.keys(VARIADIC COALESCE(array_agg(id) FILTER (WHERE verb <> 'remove' AND id = ANY (ids) AND project_id = p), '{}')))
    INTO expected FROM diffs.model_tasks;
    UPDATE diffs.model_tasks SET project_id = CASE WHEN verb <> 'remove' AND id = ANY (ids) THEN p END
      WHERE verb <> 'remove' AND id = ANY (ids) OR project_id = p AND (verb = 'remove' AND id = ANY (ids) OR verb = 'set'
        AND NOT id = ANY (ids));
  END IF;
  IF EXISTS (TABLE diffs.model_tasks EXCEPT TABLE diffs.tasks) THEN
    RETURN 'the table is not what the model is';
  END IF;
  RETURN CASE WHEN result <> expected THEN format('said %s, did %s', result, expected) END;
END $$;

DO $$
DECLARE
  verb text; p bigint; ids bigint[]; wrong text;
BEGIN
  FOR i IN 1..300 LOOP
    verb := (ARRAY['add', 'set', 'remove', 'belong', 'leave'])[1 + diffs.roll(5)];
    p := 1 + diffs.roll(3);
    ids := diffs.pick(12) || (1 + diffs.roll(12))::bigint;
    wrong := diffs.try_child(verb, p, ids);
    IF wrong IS NOT NULL THEN
      RAISE 'call %: % project % ids %: %', i, verb, p, ids, wrong;
    END IF;
  END LOOP;
END $$;
SELECT count(*) > 0 AS children FROM tasks WHERE project_id IS NOT NULL;

-- What changes nothing writes nothing, not even a row lock: a transaction that does
-- neither never gets a number.
SELECT user_set_projects(1, '{1,2,3}', '{"role": "admin", "rank": 1.5}') IS NOT NULL AS made,
  project_set_tasks(1, '{1,2}') IS NOT NULL AS moved;
CREATE FUNCTION written(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result jsonb;
BEGIN
  EXECUTE 'SELECT ' || call INTO result;
  RETURN concat_ws(', ', result -> 'unchanged',
    CASE WHEN pg_current_xact_id_if_assigned() IS NOT NULL THEN 'something was written' END);
END $$;
SELECT call, written(call) FROM (VALUES
  ('diffs.user_add_projects(1, ''{1,2}'')'),
  ('diffs.user_add_projects(1, ''{3,1,2}'', ''{"role": "admin"}'')'),
  ('diffs.user_add_projects(1, ''{1,2}'', ''[{"role": "admin"}, {"rank": 1.5}]'')'),
  ('diffs.user_set_projects(1, ''{1,2,3}'', ''{"role": "admin", "rank": 1.5}'')'),
  ('diffs.user_remove_projects(1, ''{7,8}'')'),
  ('diffs.project_add_tasks(1, ''{1,2}'')'),
  ('diffs.project_set_tasks(1, ''{2,1}'')'),
  ('diffs.project_remove_tasks(2, ''{1,2}'')'),
  ('assoc.set(''diffs.tasks'', 1, ''project'', ''1'')')) v(call);
-- equal is not the same: 1.5 and 1.50 print differently
SELECT user_add_project(1, 1, '{"rank": 1.50}') -> 'updated' AS updated;

-- A trigger may refuse a link, or an update: it is not there, and not in the diff.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN new.project_id = 8 THEN NULL ELSE new END; END $$;
CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON user_projects FOR EACH ROW EXECUTE FUNCTION refuse();
DELETE FROM user_projects;
SELECT user_add_projects(1, '{7,8}', '{"role": "dev"}');
SELECT user_set_projects(1, '{8}');
ALTER TABLE user_projects DISABLE TRIGGER refuse;
SELECT user_add_project(1, 8);
ALTER TABLE user_projects ENABLE TRIGGER refuse;
SELECT user_add_project(1, 8, '{"role": "dev"}');

SET client_min_messages = warning;
DROP SCHEMA diffs CASCADE;
