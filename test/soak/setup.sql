-- What the soak runs on.  Every call is logged in its own transaction, and so is
-- every row that was really written: check.sql compares the two.
--
--	users 1-4	only set, from this side alone
--	users 5-10	all verbs, from this side alone
--	users 11-20	all verbs, from both sides
--	users 21-24, projects 13-16	come and go; their links go with them
--	projects 1-6 have tasks, which are moved from both sides

\set ON_ERROR_STOP on
SET client_min_messages = warning;

CREATE EXTENSION IF NOT EXISTS pg_associations;
SELECT assoc.define('User', '{"name": "text"}', '{"timestamps": false}') IS NOT NULL AS user;
SELECT assoc.define('Project', '{"title": {"type": "text", "unique": true}}', '{"timestamps": false}') IS NOT NULL AS project;
SELECT assoc.define('Task', '{"title": "text"}', '{"timestamps": false}') IS NOT NULL AS task;
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', inverse => 'users',
  through_attributes => '{"role": "text", "note": "text"}') IS NOT NULL AS links;
SELECT assoc.has_many('Project', 'Task', inverse => 'project') IS NOT NULL AS tasks;

INSERT INTO users (id) SELECT generate_series(1, 24);
INSERT INTO projects (id, title) SELECT i, 'project ' || i FROM generate_series(1, 16) i;
INSERT INTO tasks (id) SELECT generate_series(1, 20);
ALTER TABLE users ALTER id RESTART WITH 1000;
ALTER TABLE projects ALTER id RESTART WITH 1000;

CREATE SCHEMA soak;

-- what calls said: seq is taken while the locks of the call are held, so the
-- calls of one source stand in the order in which they took effect
CREATE TABLE soak.said (seq bigint GENERATED ALWAYS AS IDENTITY, xid bigint, verb text, model text, pk bigint,
  alias text, ids bigint[], result jsonb);
CREATE TABLE soak.failed (verb text, model text, pk bigint, alias text, ids bigint[], isolation text,
  sqlstate text, message text);
CREATE INDEX ON soak.said (xid);
-- what was written: +1 a link was made, -1 one was taken away, 0 one was updated
CREATE TABLE soak.written (xid bigint, tab text, source bigint, target bigint, change int);
CREATE INDEX ON soak.written (xid);

CREATE FUNCTION soak.link_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO soak.written VALUES (txid_current(), 'links', COALESCE(new.user_id, old.user_id),
    COALESCE(new.project_id, old.project_id), CASE tg_op WHEN 'INSERT' THEN 1 WHEN 'DELETE' THEN -1 ELSE 0 END);
  RETURN NULL;
END $$;
CREATE TRIGGER written AFTER INSERT OR UPDATE OR DELETE ON user_projects
  FOR EACH ROW EXECUTE FUNCTION soak.link_written();

CREATE FUNCTION soak.task_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF old.project_id IS NOT DISTINCT FROM new.project_id THEN
    RAISE EXCEPTION 'task % was written and not moved', new.id;
  END IF;
  INSERT INTO soak.written
    SELECT txid_current(), 'tasks', p, new.id, change
    FROM (VALUES (old.project_id, -1), (new.project_id, 1)) v(p, change) WHERE p IS NOT NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER written AFTER UPDATE ON tasks FOR EACH ROW EXECUTE FUNCTION soak.task_written();

-- some of the numbers from low to high, in any order
CREATE FUNCTION soak.some(low int, high int, most int) RETURNS bigint[] LANGUAGE sql AS $$
  SELECT COALESCE(array_agg(i ORDER BY random()), '{}')
  FROM (SELECT i::bigint FROM generate_series(low, high) i ORDER BY random()
        LIMIT floor(random() * (most + 1))::int) picked
$$;

CREATE FUNCTION soak.call(verb text, model text, pk bigint, alias text, ids bigint[], through jsonb DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  result jsonb;
  document jsonb := to_jsonb(ids);
BEGIN
  IF verb = 'add' THEN result := assoc.add(model, pk, alias, document, through);
  ELSIF verb = 'set' THEN result := assoc.set(model, pk, alias, document, through);
  ELSIF verb = 'remove' THEN result := assoc.remove(model, pk, alias, document);
  END IF;
  INSERT INTO soak.said (xid, verb, model, pk, alias, ids, result)
    VALUES (txid_current(), verb, model, pk, alias, ids, result);
-- a deadlock goes into the server's log with the statements of all who took part; pgbench tries again
EXCEPTION WHEN deadlock_detected THEN
  RAISE;
WHEN OTHERS THEN
  INSERT INTO soak.failed VALUES (verb, model, pk, alias, ids, current_setting('transaction_isolation'), sqlstate, sqlerrm);
END $$;

-- a payload for all, or one of its own for each, not all with the same columns
CREATE FUNCTION soak.payload(ids bigint[]) RETURNS jsonb LANGUAGE sql AS $$
  SELECT CASE floor(random() * 4)::int
    WHEN 0 THEN NULL
    WHEN 1 THEN jsonb_build_object('role', floor(random() * 3)::text)
    WHEN 2 THEN jsonb_build_object('role', floor(random() * 3)::text, 'note', floor(random() * 3)::text)
    ELSE (SELECT COALESCE(jsonb_agg(jsonb_build_object(CASE WHEN random() < 0.5 THEN 'role' ELSE 'note' END,
                                                       floor(random() * 3)::text)), '[]')
          FROM unnest(ids))
    END
$$;

-- what reads must always be: whole, and of one moment
CREATE FUNCTION soak.read(id bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  users jsonb;
BEGIN
  SELECT user_with_projects(u) INTO users FROM (VALUES (id)) v(u)
    WHERE user_count_projects(u) = jsonb_array_length(user_get_projects(u))
      AND user_has_projects(u, ARRAY(SELECT (p ->> 'id')::bigint FROM jsonb_array_elements(user_get_projects(u)) p));
  IF NOT FOUND THEN
    INSERT INTO soak.failed VALUES ('read', 'User', id, 'projects', NULL, current_setting('transaction_isolation'),
      'torn', 'count, get and has of one statement differ');
  END IF;
END $$;

CREATE FUNCTION soak.create_with_links(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM assoc.create('User', jsonb_build_object('name', name,
    'projects', jsonb_build_object('create', jsonb_build_array(jsonb_build_object('title', name)),
                                   'connect', jsonb_build_array(1, 2))));
EXCEPTION WHEN deadlock_detected THEN
  RAISE;
WHEN OTHERS THEN
  INSERT INTO soak.failed VALUES ('create', 'User', NULL, 'projects', NULL, current_setting('transaction_isolation'),
    sqlstate, sqlerrm);
END $$;
