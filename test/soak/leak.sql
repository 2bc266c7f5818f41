-- One session that calls and calls: what it holds of memory stays the same.
--
--	psql -v calls=200000 -f leak.sql		needs superuser, and a database of its own
--
-- For each kind of call, the memory contexts and the resident set of this backend
-- after a tenth of the calls and after all of them. Ends with an error when one has
-- grown by more than a twentieth; of the resident set, which goes up and down by what
-- malloc gives back, by 4 MB more.

\set ON_ERROR_STOP on
\if :{?calls}
\else
	\set calls 200000
\endif
\set QUIET on
SET client_min_messages = warning;
SET pg_associations.plan_cache_size = 16;	-- full at once
DROP SCHEMA IF EXISTS leak CASCADE;
CREATE EXTENSION IF NOT EXISTS pg_associations;
CREATE SCHEMA leak;
SET search_path = leak;
\pset format unaligned
\pset tuples_only on

\o /dev/null
SELECT assoc.define('User', '{"name": {"type": "text", "validate": {"len": [2, 40]}}, "age": "int"}');
SELECT assoc.define('Project', '{"title": "text"}');
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', inverse => 'users',
  through_attributes => '{"role": {"type": "text", "validate": {"isIn": ["admin", "viewer"]}}}');
SELECT assoc.bulk_create('User', jsonb_agg(jsonb_build_object('name', 'user ' || i))) FROM generate_series(1, 100) i;
SELECT assoc.bulk_create('Project', jsonb_agg(jsonb_build_object('title', 'project ' || i))) FROM generate_series(1, 100) i;
SELECT user_add_projects(i, ARRAY(SELECT (i * k) % 100 + 1 FROM generate_series(1, 5) k)) FROM generate_series(1, 100) i;
\o

-- Options that are hardly ever the same twice.
CREATE FUNCTION options(i int) RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_build_object('where', jsonb_build_object('id', jsonb_build_object('gte', i % 90)), 'limit', 1 + i % 7,
  'include', jsonb_build_array(jsonb_build_object('association', 'projects', 'as', 'p' || i % 1000,
    'where', jsonb_build_object('title', 'project ' || i), 'required', i % 2 = 0, 'order', '[["title", "DESC"]]'::jsonb)))
$$;

CREATE PROCEDURE read(i int) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM user_with_projects(i % 100 + 1);
  PERFORM user_with_projects(i % 100 + 1, jsonb_build_object('attributes', jsonb_build_array('id', jsonb_build_array('name', 'n' || i % 500))));
  PERFORM assoc.find_all('User', options(i));
  PERFORM assoc.find('User', options(i));
  PERFORM assoc.find('User') LIMIT 2;
  PERFORM assoc.count('User', options(i) - 'limit'), user_count_projects(i % 100 + 1), user_has_projects(i % 100 + 1, ARRAY[1, 2]);
END
$$;

CREATE PROCEDURE write(i int) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM user_add_projects(i % 100 + 1, ARRAY[i % 50 + 1, i % 70 + 1], '{"role": "admin"}');
  PERFORM user_remove_projects(i % 100 + 1, ARRAY[i % 50 + 1]);
  PERFORM user_set_projects(i % 100 + 1, ARRAY(SELECT generate_series(1, i % 5)), jsonb_build_object('role', 'viewer'));
  PERFORM user_create_project(i % 100 + 1, jsonb_build_object('title', 'made ' || i));
  PERFORM assoc.create('Project', jsonb_build_object('title', 'made ' || i, 'users', jsonb_build_object('connect', i % 100 + 1)));
  PERFORM assoc.destroy('Project', '{"where": {"title": {"startsWith": "made"}}}');
END
$$;

CREATE FUNCTION fails(call text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE 'SELECT ' || call;
  RAISE 'did not fail: %', call;
EXCEPTION
  WHEN undefined_object OR undefined_column OR invalid_parameter_value OR foreign_key_violation OR check_violation
    OR invalid_text_representation OR division_by_zero THEN NULL;
END
$$;

CREATE PROCEDURE fail(i int) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM fails(format($f$user_with_projects(1, '{"include": ["unknown%s"]}')$f$, i));
  PERFORM fails(format($f$assoc.find_all('User', '{"where": {"nam%s": 1}}')$f$, i));
  -- not always another: PostgreSQL's own catalog cache remembers what does not exist
  PERFORM fails(format($f$assoc.find_all('User%s')$f$, i % 50));
  PERFORM fails($f$assoc.find_by_pk('User', 'one')$f$);
  -- in the middle of a load, and of a stream
  PERFORM fails($f$count(*) FROM (SELECT assoc.find('User') ->> 'name' AS n OFFSET 0) s WHERE 1 / (length(n) - length(n)) > 0$f$);
  PERFORM fails($f$user_add_projects(1, '{1,2,1000000000}')$f$);
  PERFORM fails($f$user_add_project(1, 1, '{"role": "boss"}')$f$);
  PERFORM fails($f$assoc.create('User', '{"name": "x", "projects": [{"title": "y"}]}')$f$);
  PERFORM user_with_projects(1);
END
$$;

-- Everything that is compiled is compiled anew, again and again.
CREATE PROCEDURE alter(i int) LANGUAGE plpgsql AS $$
BEGIN
  CASE i % 4
    WHEN 0 THEN EXECUTE format('ALTER TABLE users RENAME %I TO %I', CASE i % 8 WHEN 0 THEN 'age' ELSE 'years' END,
      CASE i % 8 WHEN 0 THEN 'years' ELSE 'age' END);
    WHEN 1 THEN EXECUTE format('ALTER TABLE projects ALTER title SET STATISTICS %s', i % 100);
    WHEN 2 THEN PERFORM assoc.belongs_to_many('User', 'Project', through => 'UserProject', alias => 'favourites');
    ELSE PERFORM assoc.drop_association('User', 'favourites');
  END CASE;
  CALL read(i);
  PERFORM user_add_project(i % 100 + 1, 1), user_remove_project(i % 100 + 1, 1);
END
$$;

-- One transaction a call; each kind makes about ten calls of ours.
CREATE PROCEDURE run(kind text, first int, last int) LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN first .. last LOOP
    CASE kind
      WHEN 'read' THEN CALL read(i);
      WHEN 'write' THEN CALL write(i);
      WHEN 'fail' THEN CALL fail(i);
      WHEN 'alter' THEN CALL alter(i);
    END CASE;
    COMMIT;
  END LOOP;
END
$$;

CREATE TABLE held (kind text, moment text, contexts bigint, ours bigint, resident bigint);
CREATE TABLE contexts (kind text, moment text, name text, total bigint);
CREATE PROCEDURE measure(kind text, moment text) LANGUAGE sql AS $$
INSERT INTO held
  SELECT kind, moment, sum(total_bytes), sum(total_bytes) FILTER (WHERE name ~ 'assoc'),
    -- without the shared buffers that were touched
    1024 * substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s+(\d+)')::bigint
  FROM pg_backend_memory_contexts;
INSERT INTO contexts SELECT kind, moment, name, sum(total_bytes) FROM pg_backend_memory_contexts GROUP BY name;
$$;

SELECT format(statement, kind, n / 10, n)
  FROM (VALUES (1, 'read'), (2, 'write'), (3, 'fail'), (4, 'alter')) k (place, kind)
    CROSS JOIN (VALUES (1, 'CALL run(%1$L, 0, %2$s)'), (2, 'CALL measure(%1$L, ''before'')'),
      (3, 'CALL run(%1$L, %2$s + 1, %3$s)'), (4, 'CALL measure(%1$L, ''after'')')) s (step, statement)
    CROSS JOIN (SELECT :calls / 40 AS n) n
  ORDER BY place, step
\gexec

\echo kind|contexts|of them ours|resident set: kilobytes before and after
SELECT kind, format('%s %s', b.contexts / 1024, a.contexts / 1024), format('%s %s', b.ours / 1024, a.ours / 1024),
    format('%s %s', b.resident / 1024, a.resident / 1024)
  FROM held b JOIN held a USING (kind) WHERE b.moment = 'before' AND a.moment = 'after';
\echo contexts that have grown: kind|name|kilobytes before and after
SELECT kind, name, format('%s %s', coalesce(b.total, 0) / 1024, a.total / 1024)
  FROM (SELECT * FROM contexts WHERE moment = 'after') a
    LEFT JOIN (SELECT * FROM contexts WHERE moment = 'before') b USING (kind, name)
  WHERE a.total > coalesce(b.total, 0) + 8192
  ORDER BY a.total - coalesce(b.total, 0) DESC;

DO $$
DECLARE grown text;
BEGIN
  SELECT string_agg(b.kind, ', ') INTO grown
    FROM held b JOIN held a USING (kind)
    WHERE b.moment = 'before' AND a.moment = 'after' AND (a.contexts > b.contexts * 1.05 OR a.resident > b.resident * 1.05 + 4194304);
  IF grown IS NOT NULL THEN
    RAISE 'memory has grown in: %', grown;
  END IF;
END
$$;
DROP SCHEMA leak CASCADE;
