-- Values that a role must not see are marked, and calls of all kinds are made by it. No result, error, detail, hint or
-- context may hold a mark that the call itself does not.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_associations;
CREATE ROLE regress_assoc_reader;
CREATE ROLE regress_assoc_stranger;
CREATE SCHEMA leak;
CREATE SCHEMA tools;
SET search_path = leak;
SELECT assoc.define('User', '{"name": "text", "tenant": "text", "salary": "text", "email": "text", "slot": "int4range",
  "password": {"type": "text", "hidden": true}, "code": {"type": "text"}, "age": "integer", "pattern": "text"}',
  '{"timestamps": false, "scopes": {"weak": {"where": {"password": {"startsWith": "MARK"}}},
    "rich": {"order": ["salary"]}}}') ->> 'model' AS model;
SELECT assoc.define('Project', '{"title": "text", "budget": "text", "tenant": "text", "meta": "jsonb"}',
  '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.define('Task', '{"note": "text", "secret": {"type": "text", "hidden": true}, "cost": "text"}',
  '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.belongs_to_many('User', 'Project', through => 'Membership', inverse => 'users',
  through_attributes => '{"role": "text", "pay": "text", "key": {"type": "text", "hidden": true}}') ->> 'alias' AS alias;
SELECT assoc.has_many('Project', 'Task', inverse => 'project') ->> 'alias' AS alias;
SELECT assoc.belongs_to('User', 'User', alias => 'boss', inverse => 'staff') ->> 'alias' AS alias;
-- what the caller does not give comes from defaults, triggers and expressions
ALTER TABLE users ALTER code SET DEFAULT 'MARK-default', ADD made text GENERATED ALWAYS AS ('MARK-made-' || COALESCE(salary, '')) STORED;
CREATE UNIQUE INDEX ON users (email);
CREATE UNIQUE INDEX ON users (code) WHERE age = 1;
CREATE UNIQUE INDEX ON users (made) WHERE age = 2;
CREATE UNIQUE INDEX ON users (lower(name), code) WHERE age = 3;
ALTER TABLE users ADD CONSTRAINT slots EXCLUDE USING gist (slot WITH &&);
ALTER TABLE users ADD CONSTRAINT ages CHECK (age < 100), ADD CONSTRAINT codes CHECK (code <> 'MARK-trigger' OR age <> 4);
CREATE FUNCTION set_code() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NEW.age = 4 THEN
    NEW.code := 'MARK-trigger';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER set_code BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION set_code();
INSERT INTO users (id, name, tenant, salary, email, slot, password, code, age, pattern, boss_id) VALUES
  (1, 'ann', 'regress_assoc_reader', 'MARK-salary-1', 'ann@x', '[1,5)', 'MARK-password-1', 'MARK-code-1', 1, 'a', NULL),
  (900000002, 'MARK-name-2', 'other', 'MARK-salary-2', 'MARK-email-2', '[900000010,900000020)', 'MARK-password-2', 'MARK-code-2', 99,
  'MARK(', NULL),
  (3, 'cy', 'regress_assoc_reader', 'MARK-salary-3', 'cy@x', '[6,9)', 'MARK-password-3', 'MARK-code-3', 2, 'c', 900000002),
  (4, 'di', 'regress_assoc_reader', NULL, 'di@x', NULL, 'MARK-password-4', 'MARK-default', 1, 'c', 1),
  (5, 'ed', 'regress_assoc_reader', NULL, 'ed@x', NULL, 'MARK-password-5', 'MARK-default', 3, 'c', 1),
  (6, 'fe', 'regress_assoc_reader', NULL, 'fe@x', NULL, 'MARK-password-6', 'MARK-default', 2, 'c', 1);
INSERT INTO projects (id, title, budget, tenant, meta) VALUES
  (1, 'one', 'MARK-budget-1', 'regress_assoc_reader', '{"k": 1}'),
  (900000007, 'MARK-title-2', 'MARK-budget-2', 'other', '{"k": "MARK-meta-2"}'),
  (3, 'three', 'MARK-budget-3', 'regress_assoc_reader', '[]');
INSERT INTO memberships (user_id, project_id, role, pay, key) VALUES (1, 1, 'r', 'MARK-pay-1', 'MARK-key-1'),
  (1, 900000007, 'MARK-role-2', 'MARK-pay-2', 'MARK-key-2'), (900000002, 1, 'MARK-role-3', 'MARK-pay-3', 'MARK-key-3'), (3, 1, 'q',
  'MARK-pay-4', 'MARK-key-4');
INSERT INTO tasks (id, project_id, note, secret, cost) VALUES (1, 1, 'n', 'MARK-secret-1', 'MARK-cost-1'), (900000008, 900000007,
  'MARK-note-2', 'MARK-secret-2', 'MARK-cost-2');
-- rows of others, columns without a grant; links of rows that are not seen are not seen
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
ALTER TABLE projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE memberships ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON users TO regress_assoc_reader USING (tenant = current_user);
CREATE POLICY own ON projects TO regress_assoc_reader USING (tenant = current_user);
CREATE POLICY own ON memberships TO regress_assoc_reader USING (user_id < 900000000 AND project_id < 900000000);
CREATE POLICY own ON tasks TO regress_assoc_reader USING (id < 900000000);
GRANT USAGE ON SCHEMA leak, tools TO regress_assoc_reader, regress_assoc_stranger;
GRANT SELECT (id, name, tenant, email, slot, password, age, pattern, boss_id), INSERT, DELETE ON users TO regress_assoc_reader;
GRANT UPDATE (name, tenant, email, slot, age, boss_id, salary, code) ON users TO regress_assoc_reader;
GRANT SELECT (id, title, tenant, meta), INSERT (id, title, tenant, budget), UPDATE (title, budget),
  DELETE ON projects TO regress_assoc_reader;
GRANT SELECT (user_id, project_id, role, key), INSERT, UPDATE, DELETE ON memberships TO regress_assoc_reader;
GRANT SELECT (id, project_id, note, secret), INSERT, UPDATE, DELETE ON tasks TO regress_assoc_reader;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA leak TO regress_assoc_reader;

-- all that a call says, and the marks in it; what it did is taken back
CREATE FUNCTION tools.say(call text, OUT said text, OUT state text) LANGUAGE plpgsql AS $$
DECLARE
  m text;
  d text;
  h text;
  c text;
BEGIN
  BEGIN
    EXECUTE 'SELECT string_agg(x::text, chr(10)) FROM (SELECT assoc.' || call || ') AS t (x)' INTO said;
    RAISE EXCEPTION USING ERRCODE = 'LK000';
  EXCEPTION
    WHEN SQLSTATE 'LK000' THEN
      state := 'fine';
    WHEN OTHERS THEN
      GET STACKED DIAGNOSTICS m = MESSAGE_TEXT, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT, c = PG_EXCEPTION_CONTEXT;
      state := SQLSTATE;
      said := concat_ws(chr(10), m, d, h, replace(c, call, ''));
  END;
END $$;
CREATE FUNCTION tools.marks(call text, said text) RETURNS text[] STABLE LANGUAGE sql AS $$
  SELECT array_agg(DISTINCT m[1]) FROM regexp_matches(said, '(MARK[-(][-a-z0-9]*|9000000[0-9]{2})', 'g') m WHERE position(m[1] IN call) = 0
$$;
CREATE TABLE tools.calls (n serial, call text);

-- loads: every attribute in every place
INSERT INTO tools.calls (call)
  SELECT format('find_all(%L, %L)', 'User', replace(d, '@', a))
  FROM unnest(ARRAY['name', 'salary', 'email', 'password', 'code', 'made', 'slot', 'pattern', 'boss_id']) a, unnest(ARRAY[
    '{"attributes": ["@"]}', '{"attributes": ["id", ["@", "x"]], "order": ["x"]}', '{"attributes": ["id"], "where": {"@": {"ne": null}}}',
    '{"attributes": ["id"], "order": ["@"]}', '{"attributes": {"exclude": ["@"]}}', '{"attributes": {"include": ["@"]}}',
    '{"attributes": ["id"], "where": {"name": {"ne": {"col": "@"}}}}', '{"attributes": ["id", {"max": ["staff", "@"], "as": "m"}]}',
    '{"attributes": ["id"], "include": [{"association": "boss", "attributes": ["@"]}]}',
    '{"attributes": ["id"], "include": [{"association": "staff", "attributes": ["id"], "order": ["@"]}]}',
    '{"attributes": ["id"], "where": {"staff": {"some": {"@": {"ne": null}}}}}',
    '{"attributes": ["id"], "where": {"$boss.@$": {"ne": null}}}',
    '{"attributes": ["id"], "where": {"name": {"iRegexp": {"col": "@"}}}}', '{"attributes": ["id"], "where": {"@": {"between": [1, 2]}}}',
    '{"attributes": ["id"], "where": {"@": {"regexp": "("}}}', '{"attributes": ["@", "id"], "where": {"age": {"gt": "x"}}}']) d;
INSERT INTO tools.calls (call)
  SELECT format('%s(%L, %L)', f, 'User', d)
  FROM unnest(ARRAY['find_all', 'find_all_json', 'find_one', 'find', 'find_page', 'find_and_count_all', 'count', 'find_for_update', 'sql',
  'explain']) f,
    unnest(ARRAY['{}', '{"attributes": ["id", "name"]}', '{"attributes": ["id"], "where": {"id": 900000002}}',
    '{"attributes": ["id"], "order": ["email"], "limit": 1}',
      '{"attributes": ["id"], "scope": "weak"}', '{"attributes": ["id"], "scope": "rich"}',
      '{"attributes": ["id"], "where": {"code": "x"}}',
      '{"attributes": ["id"], "include": [{"association": "projects", "attributes": ["id", "title"],
        "through": {"attributes": ["role"]}}]}',
      '{"attributes": ["id"], "include": [{"association": "projects", "attributes": ["id"], "through": {"attributes": ["pay"]}}]}',
      '{"attributes": ["id"], "include": [{"association": "projects", "attributes": ["meta"], "where": {"meta.k": {"gt": 0}},
        "through": {"attributes": []}}]}',
      '{"attributes": ["id"], "include": [{"association": "projects", "attributes": ["id"], "through": {"attributes": [],
        "where": {"key": {"ne": null}}}}]}',
      '{"attributes": ["id", {"count": "projects", "as": "n"}, {"max": ["projects", "budget"], "as": "m"}]}',
      '{"attributes": ["id", {"max": ["projects", "through", "pay"], "as": "m"}]}',
      '{"attributes": ["id"], "include": [{"association": "boss", "attributes": ["id"], "include": [{"all": true}]}]}',
      '{"attributes": ["id"], "include": [{"association": "staff", "attributes": ["id", "name"], "recursive": true}]}',
      '{"attributes": ["id", "nothing"]}', '{"attributes": ["id"], "where": {"passwort": 1}}', '{"include": ["nobody"]}',
      '{"scope": "wek"}']) d;
INSERT INTO tools.calls (call) SELECT unnest(ARRAY[
  $$find_by_pk('User', 900000002, '{"attributes": ["name"]}')$$,
  $$find_by_pk('User', 3, '{"attributes": ["name"], "include": [{"association": "boss", "attributes": ["name"]}]}')$$,
  $$get('User', 3, 'boss', '{"attributes": ["name"]}')$$,
  $$get('User', 1, 'projects', '{"attributes": ["title"], "through": {"attributes": ["role"]}}')$$,
  $$get('User', 900000002, 'projects', '{"attributes": ["id"], "through": {"attributes": ["role"]}}')$$,
  $$get('Project', 900000007, 'tasks', '{"attributes": ["note"]}')$$,
  $$get('Project', 1, 'users', '{"attributes": ["name"], "through": {"attributes": ["role"]}}')$$, $$count_of('User', 1, 'projects')$$,
  $$aggregate('User', '{"group": ["name"], "attributes": ["name", {"count": "*", "as": "n"}]}')$$,
  $$aggregate('User', '{"group": ["salary"], "attributes": ["salary"]}')$$,
  $$max('User', 'name')$$, $$max('User', 'email')$$, $$max('User', 'salary')$$, $$max('User', 'password')$$, $$min('User', 'made')$$,
  $$max('User', 'id')$$, $$max('Project', 'title')$$,
  $$sum('User', 'age')$$, $$find_page('User', '{"attributes": ["id"], "order": ["name"], "limit": 2}')$$,
  $$find_page('User', '{"attributes": ["id"], "order": [["email", "DESC"]], "limit": 1}')$$,
  $$find_page('User', '{"attributes": ["id"], "limit": 1, "after": "x"}')$$, $$find_all('Task', '{"attributes": ["note", "secret"]}')$$,
  $$find_all('Task', '{"where": {"secret": "x"}}')$$,
  $$find_all('Task', '{"attributes": ["id"], "include": [{"association": "project", "attributes": ["title", "budget"]}]}')$$,
  $$find_all('Membership', '{"attributes": ["user_id", "role"]}')$$, $$find_all('Membership', '{}')$$, $$declarations('leak')$$,
  $$diagram('mermaid', 'leak')$$, $$check('leak')$$, $$discover('leak')$$]);

-- writes: what is taken, refused, computed
INSERT INTO tools.calls (call)
  SELECT format('%s(%L, %L, %L)', f, 'User', d, '{"attributes": ["id", "name"]}')
  FROM unnest(ARRAY['create', 'upsert', 'find_or_create']) f, unnest(ARRAY[
    '{"name": "x"}', '{"id": 10, "name": "x", "tenant": "regress_assoc_reader"}', '{"id": 10, "tenant": "regress_assoc_reader", "age": 1}',
    '{"id": 10, "tenant": "regress_assoc_reader", "age": 2}', '{"id": 10, "tenant": "regress_assoc_reader", "name": "ED", "age": 3}',
    '{"id": 10, "tenant": "regress_assoc_reader", "age": 4}', '{"id": 10, "tenant": "regress_assoc_reader", "age": 200}',
    '{"id": 900000002, "tenant": "regress_assoc_reader"}',
    '{"id": 10, "tenant": "regress_assoc_reader", "email": "MARK-email-2"}',
    '{"id": 10, "tenant": "regress_assoc_reader", "slot": "[1,900000050)"}',
    '{"id": 10, "tenant": "regress_assoc_reader", "slot": "[7,8)"}', '{"id": 10, "tenant": "regress_assoc_reader", "boss_id": 900000002}',
    '{"id": 10, "tenant": "regress_assoc_reader", "boss_id": 77}', '{"id": 10, "tenant": "other"}',
    '{"id": 1, "tenant": "regress_assoc_reader", "name": "y"}',
    '{"id": 10, "tenant": "regress_assoc_reader", "age": "x", "slot": "y"}', '{"id": 10, "tenant": "regress_assoc_reader", "made": "x"}',
    '{"id": 10, "tenant": "regress_assoc_reader", "projects": {"connect": [1, 900000007]}}',
    '{"id": 10, "tenant": "regress_assoc_reader", "projects": {"connect": [1, 78]}}',
    '{"id": 10, "tenant": "regress_assoc_reader", "projects": [{"id": 900000007, "title": "x", "tenant": "regress_assoc_reader"}]}',
    '{"id": 10, "tenant": "regress_assoc_reader", "boss": {"connect": 900000002}}',
    '{"id": 10, "tenant": "regress_assoc_reader", "staff": {"connect": [3, 900000002]}}',
    '{"id": 10, "tenant": "regress_assoc_reader", "projects": {"connectOrCreate": [{"where": {"title": "MARK-title-2"},
      "create": {"id": 11, "tenant": "regress_assoc_reader"}}]}}']) d;
INSERT INTO tools.calls (call)
  SELECT format('update(%L, %L, %L)', 'User', d, w)
  FROM unnest(ARRAY['{"name": "x"}', '{"salary": "x"}', '{"code": "MARK-default"}', '{"age": 1}', '{"age": 2}',
  '{"age": 3, "name": "ed"}', '{"age": 4}', '{"age": 101}', '{"tenant": "other"}',
    '{"slot": "[900000011,900000012)"}', '{"email": "MARK-email-2"}', '{"email": "ann@x"}', '{"boss_id": 900000002}',
    '{"projects": {"set": []}}', '{"projects": {"set": [3, 900000007]}}',
    '{"projects": {"disconnect": [900000007]}}', '{"projects": {"update": [{"where": {}, "data": {"title": "x"}}]}}',
    '{"staff": {"set": []}}', '{"projects": {"delete": {"where": {}}}}']) d,
    unnest(ARRAY['{"where": {"id": 1}}', '{"where": {"id": 3}, "returning": ["id", "name"]}',
    '{"where": {"id": 3}, "returning": ["id", "salary"]}', '{"where": {"id": 3}, "returning": true}',
      '{"where": {"id": 900000002}, "returning": ["id"]}', '{"all": true, "returning": ["id", "name", "email"]}',
      '{"where": {"salary": {"ne": null}}}', '{"where": {"password": {"ne": null}}}']) w;
INSERT INTO tools.calls (call) SELECT unnest(ARRAY[
  $$validate('User', '{"age": 200}')$$, $$validate('User', '{"id": 1, "email": "MARK-email-2", "slot": "[900000011,900000012)"}')$$,
  $$validate('User', '{"age": 4, "boss_id": 900000002}')$$,
  $$destroy('User', '{"where": {"id": 900000002}}')$$, $$destroy('User', '{"all": true, "returning": ["id", "name"]}')$$,
  $$destroy('Project', '{"where": {"id": 1}}')$$,
  $$destroy('User', '{"where": {"password": {"ne": null}}}')$$,
  $$bulk_create('User', '[{"id": 10, "tenant": "regress_assoc_reader"}, {"id": 11, "tenant": "other"}]')$$,
  $$bulk_create('User', '[{"id": 10, "tenant": "regress_assoc_reader", "age": 1},
    {"id": 11, "tenant": "regress_assoc_reader", "age": 2}]')$$,
  $$bulk_create('User', '[{"id": 10, "tenant": "regress_assoc_reader", "age": 1}]', '{"ignoreDuplicates": true, "attributes": ["id"]}')$$,
  $$bulk_create('User', '[{"id": 900000002, "tenant": "regress_assoc_reader"}]', '{"updateOnDuplicate": ["name"], "attributes": ["id"]}')$$,
  $$create('Project', '{"id": 9, "tenant": "regress_assoc_reader"}')$$,
  $$create('Project', '{"id": 9, "tenant": "regress_assoc_reader", "tasks": [{"id": 900000008}]}', '{"attributes": ["id"]}')$$,
  $$create_in('Project', 1, 'tasks', '{"id": 9, "cost": "x"}')$$, $$create_in('User', 1, 'projects', '{"id": 9}')$$,
  $$create_in('User', 900000002, 'projects', '{"id": 9, "tenant": "regress_assoc_reader"}')$$]);

-- links: whose other end, or whose own row, is not seen
INSERT INTO tools.calls (call)
  SELECT format(f, s, a, i)
  FROM unnest(ARRAY['has(%1$s, %2$s, %3$s)', 'add(%1$s, %2$s, %3$s)', 'remove(%1$s, %2$s, %3$s)', 'set(%1$s, %2$s, %3$s)',
  'toggle(%1$s, %2$s, %3$s)', 'clear(%1$s, %2$s)',
      'move(%1$s, %2$s, %3$s, 3)', 'count_of(%1$s, %2$s)', 'get(%1$s, %2$s, ''{"attributes": ["id"]}'')', 'get(%1$s, %2$s)']) f,
    (VALUES ('''User'', 1', '''projects'''), ('''User'', 900000002', '''projects'''), ('''User'', 1', '''staff'''), ('''Project'', 1',
    '''users'''), ('''Project'', 1', '''tasks'''),
      ('''Project'', 900000007', '''tasks''')) s (s, a), unnest(ARRAY['''[]''', '''[3]''', '''[1, 3, 900000002]''',
      '''[900000007, 900000008]''', '''[78, 79]''']) i;
INSERT INTO tools.calls (call) SELECT unnest(ARRAY[
  $$update_link('User', 1, 'projects', '[1]', '{"role": "x"}')$$, $$update_link('User', 1, 'projects', '[1]', '{"pay": "x"}')$$,
  $$update_link('User', 1, 'projects', '[900000007]', '{"role": "x"}')$$,
  $$add('User', 1, 'projects', '[3]', '{"role": "x", "pay": "y", "key": "z"}')$$, $$add('User', 1, 'projects', '[1]', '{"key": "z"}')$$,
  $$set_many('User', 'projects', '[{"id": 1, "projects": [3]}, {"id": 900000002, "projects": []}]')$$,
  $$set_many('User', 'projects', '[{"id": 1, "projects": []}, {"id": 3, "projects": []}]')$$]);

CREATE FUNCTION tools.found() RETURNS TABLE (call text, marks text[], said text) LANGUAGE sql AS $$
  SELECT c.call, m.marks, left(s.said, 300) FROM tools.calls c, LATERAL tools.say(c.call) s, LATERAL tools.marks(c.call, s.said) m (marks)
  WHERE m.marks IS NOT NULL ORDER BY c.n
$$;
GRANT SELECT ON tools.calls TO PUBLIC;
-- the owner sees nearly all of them, and what his calls leave in the session is of no use to others
SELECT count(*) FROM tools.found() WHERE call ~ '^find';
SET ROLE regress_assoc_reader;
-- a hidden attribute is shown where it is named to be shown, and the key of a boss stands in a row that is seen
SELECT * FROM tools.found();
-- policies are asked before conditions, which could fail of a value
SELECT assoc.find_all('User', '{"attributes": ["id"], "where": {"name": {"iRegexp": {"col": "pattern"}}}}');
SELECT assoc.find_by_pk('User', 1, '{"attributes": ["id"], "include": [{"association": "staff", "attributes": ["id"],
  "where": {"name": {"notRegexp": {"col": "pattern"}}}}]}');
-- and these calls were made, not all refused
SELECT s.state = 'fine' AS fine, count(*) > 300 AS many FROM tools.calls c, LATERAL tools.say(c.call) s GROUP BY 1 ORDER BY 1;
RESET ROLE;
SET ROLE regress_assoc_stranger;
SELECT * FROM tools.found();
SELECT c.call FROM tools.calls c, LATERAL tools.say(c.call) s WHERE s.state = 'fine' AND call !~ '^(declarations|diagram|check|discover)';
RESET ROLE;
DROP SCHEMA leak, tools CASCADE;
DROP ROLE regress_assoc_reader, regress_assoc_stranger;
