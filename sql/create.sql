-- Creating rows with everything nested in them, in one call.
CREATE SCHEMA creating;
SET search_path = creating;
SELECT assoc.define('User', '{"name": {"type": "text", "allowNull": false}}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.define('Project', '{"title": {"type": "text", "allowNull": false}, "budget": "numeric"}',
  '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', alias => 'projects', inverse => 'users',
  through_attributes => '{"role": {"type": "text", "allowNull": false, "default": "viewer"}, "hours": "numeric"}') ->> 'alias' AS alias;
SELECT assoc.define('Task', '{"title": {"type": "text", "allowNull": false}, "done": {"type": "boolean", "default": false},
  "labels": "text[]", "extra": "jsonb"}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.has_many('Project', 'Task', alias => 'tasks') ->> 'alias' AS alias;
SELECT assoc.belongs_to('Task', 'Project', alias => 'project') ->> 'alias' AS alias;
CREATE TABLE profiles (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), user_id integer NOT NULL UNIQUE REFERENCES users, bio text);
SELECT assoc.adopt('profiles', 'Profile') IS NOT NULL AS adopted;
SELECT assoc.has_one('User', 'Profile', alias => 'profile') ->> 'alias' AS alias;

-- one row; defaults, NULL, arrays, documents
SELECT assoc.create('User', '{"name": "John"}');
SELECT assoc.create('Task', '{"title": "t", "labels": ["a", "b"], "extra": {"x": [1, null]}}');
SELECT assoc.create('Task', '{"title": "t", "done": null, "labels": null, "extra": null, "id": 50}');
-- the tutorial's: a user with new projects
SELECT jsonb_pretty(assoc.create('User', '{"name": "Jane", "projects": [
  {"title": "Website Redesign", "through": {"role": "admin"}},
  {"title": "API Development", "budget": 10.50, "tasks": [{"title": "plan"}, {"title": "build", "done": true}]}]}'));
-- connect rows that exist, with payload; create and connect together
SELECT assoc.create('User', '{"name": "Al", "projects": {"connect": [2, {"id": 1, "through": {"role": "admin", "hours": 2}}, 1],
  "create": [{"title": "Third"}]}}',
  '{"include": [{"association": "projects", "attributes": ["id"], "order": ["id"], "through": {"attributes": ["role", "hours"]}}]}');
SELECT assoc.create('User', '{"name": "Bo", "projects": {"connect": 1}}', '{"attributes": ["name"]}');
-- to-one: always verbs
SELECT assoc.create('Task', '{"title": "deep", "project": {"create": {"title": "Fourth", "users": {"connect": [1]}}}}',
  '{"attributes": ["title"]}');
SELECT assoc.create('Task', '{"title": "deep", "project": {"connect": 4}}', '{"include": []}');
SELECT assoc.create('User', '{"name": "Cy", "profile": {"create": {"bio": "hello"}}}') #- '{profile,id}';
SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM projects) AS projects, (SELECT count(*)
  FROM user_projects) AS links, (SELECT count(*) FROM tasks) AS tasks;

-- many: in the order given, each with its own children, whatever columns each one gives
SELECT assoc.bulk_create('User', '[{"name": "a", "projects": [{"title": "pa"}]}, {"name": "b", "id": 1000}, {"name": "c",
  "projects": [{"title": "pc1"}, {"title": "pc2", "budget": 1}]}]',
  '{"attributes": ["name"], "include": [{"association": "projects", "attributes": ["title"], "through": {"attributes": []}}]}');
SELECT assoc.bulk_create('User', '[]');
SELECT jsonb_array_length(assoc.bulk_create('User', (SELECT jsonb_agg(jsonb_build_object('name', 'bulk ' || i, 'projects',
  jsonb_build_array(jsonb_build_object('title', 'bulk ' || i)), 'profile', jsonb_build_object('create', jsonb_build_object('bio',
  'bulk ' || i)))) FROM generate_series(1, 500) i))) AS created;
SELECT count(*), count(*) FILTER (WHERE p.title <> u.name OR f.bio <> u.name) AS wrong
FROM users u JOIN user_projects ON user_id = u.id JOIN projects p ON p.id = project_id JOIN profiles f ON f.user_id = u.id
  WHERE u.name LIKE 'bulk %';
-- one INSERT for each table, not one for each row
CREATE TABLE statements (n serial, what text);
CREATE FUNCTION note_statement() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO statements (what)
  VALUES (TG_OP || ' ' || TG_TABLE_NAME); RETURN NULL; END$$;
CREATE TRIGGER note AFTER INSERT OR UPDATE ON users FOR EACH STATEMENT EXECUTE FUNCTION note_statement();
CREATE TRIGGER note AFTER INSERT OR UPDATE ON projects FOR EACH STATEMENT EXECUTE FUNCTION note_statement();
CREATE TRIGGER note AFTER INSERT OR UPDATE ON user_projects FOR EACH STATEMENT EXECUTE FUNCTION note_statement();
SELECT jsonb_array_length(assoc.bulk_create('User', '[{"name": "x", "projects": [{"title": "1"}, {"title": "2"}]}, {"name": "y",
  "projects": [{"title": "3"}]}, {"name": "z", "projects": {"connect": [1, 2]}}]')) AS created;
SELECT string_agg(what, ', ' ORDER BY n) FROM statements;
-- a trigger that changes the key: each row is its own INSERT, and still known
CREATE FUNCTION change_key() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.id := NEW.id * -1; RETURN NEW; END$$;
CREATE TRIGGER change_key BEFORE INSERT ON projects FOR EACH ROW EXECUTE FUNCTION change_key();
SELECT bool_and((p ->> 'id')::bigint < 0) AS negative, string_agg(p ->> 'title', ',' ORDER BY n) AS titles, count(*)
FROM jsonb_array_elements(assoc.bulk_create('Project', '[{"title": "n1", "tasks": [{"title": "tn"}]}, {"title": "n2"}]')) WITH ORDINALITY AS
  r(p, n);
SELECT p.title, t.title FROM projects p JOIN tasks t ON t.project_id = p.id WHERE p.id < 0;
DROP TRIGGER change_key ON projects;
-- a trigger that skips a row
CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
CREATE TRIGGER skip BEFORE INSERT ON projects FOR EACH ROW EXECUTE FUNCTION skip();
SELECT assoc.create('Project', '{"title": "skipped"}');
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER skip ON projects;
-- keys that are always generated
CREATE TABLE always (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a * 2) STORED);
SELECT assoc.adopt('always', 'Always') IS NOT NULL AS adopted;
SELECT assoc.bulk_create('Always', '[{"a": 1}, {"a": 2}, {}]');
SELECT assoc.create('Always', '{}');
SELECT assoc.create('Always', '{"id": 7}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.bulk_create('Always', '[{"a": 1}, {"b": 2}]');

-- create in an association: the row, linked, with payload
SELECT assoc.create_in('Project', 1, 'tasks', '{"title": "in project"}') - 'id';
SELECT count(*) FROM user_projects WHERE user_id = 1;
SELECT user_create_project(1, '{"title": "linked", "tasks": [{"title": "below"}]}', '{"role": "admin"}');
SELECT role, title FROM user_projects JOIN projects ON id = project_id WHERE user_id = 1 AND role = 'admin';
-- the payload may stand in the data, as under an alias; it wins, key by key
SELECT assoc.create_in('User', 1, 'projects', '{"title": "own", "through": {"role": "own"}}') -> 'UserProject' ->> 'role' AS role;
SELECT link ->> 'role' AS role, link ->> 'hours' AS hours FROM (SELECT assoc.create_in('User', 1, 'projects',
  '{"title": "both", "through": {"role": "own"}}', '{"role": "given", "hours": 3}') -> 'UserProject') AS made(link);
SELECT assoc.create_in('User', '1', 'profile', '{"bio": "one"}') ->> 'bio' AS bio;
SELECT assoc.create_in('Task', 50, 'project', '{"title": "for task"}') ->> 'title' AS title;
SELECT t.id, p.title FROM tasks t JOIN projects p ON p.id = t.project_id WHERE t.id = 50;
SELECT assoc.create_in('User', 7777, 'projects', '{"title": "orphan"}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.create_in('Project', 7777, 'tasks', '{"title": "orphan"}');
\echo :LAST_ERROR_SQLSTATE
SELECT user_create_project(1, '{"title": "orphan"}', '{"roll": "admin"}');
\echo :LAST_ERROR_SQLSTATE
SELECT user_create_project(1, '{"title": "orphan"}', '{"role": null}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.create_in('Project', 1, 'tasks', '{"title": "orphan"}', '{"role": "admin"}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.create_in('Task', 50, 'project', '{"title": "orphan"}', '{"role": "admin"}');
SELECT user_create_project(NULL, '{"title": "orphan"}');
SELECT user_create_project(1, NULL);
\echo :LAST_ERROR_SQLSTATE
-- nothing of a failed call is left
SELECT count(*) FROM projects WHERE title = 'orphan';
SELECT assoc.create('User', '{"name": "left", "projects": [{"title": "left"}, {"title": "left", "tasks": [{"title": "left", "id": 50}]}]}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.create('User', '{"name": "left", "projects": {"create": [{"title": "left"}], "connect": [1, 7777, 7778]}}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.create('Task', '{"title": "left", "project": {"connect": 7777}}');
SELECT (SELECT count(*) FROM users WHERE name = 'left') + (SELECT count(*) FROM projects WHERE title = 'left') + (SELECT count(*) FROM tasks
  WHERE title = 'left') AS left_over;

-- wrong documents, with their place
SELECT assoc.create('User', '{"nam": "x"}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.create('User', '{"name": "x", "project": []}');
SELECT assoc.create('User', '{"name": "x", "projects": [{"titel": "x"}]}');
SELECT assoc.create('User', '{"name": "x", "projects": [{"title": "x", "tasks": [{"title": "y", "dome": 1}]}]}');
SELECT assoc.create('User', '{"name": "x", "projects": [{"title": "x", "budget": "much"}]}');
SELECT assoc.create('User', '{"name": "x", "projects": {"conect": [1]}}');
SELECT assoc.create('User', '{"name": "x", "projects": [1]}');
SELECT assoc.create('User', '{"name": "x", "projects": [{"id": 1}]}');
SELECT assoc.create('User', '{"name": "x", "projects": [{"id": null}]}');
SELECT assoc.create('User', '{"name": "x", "projects": 1}');
SELECT assoc.create('Task', '{"title": "x", "project": {"title": "x"}}');
SELECT assoc.create('Task', '{"title": "x", "project": [{"title": "x"}]}');
SELECT assoc.create('Task', '{"title": "x", "project": {"connect": 1, "create": {"title": "x"}}}');
SELECT assoc.create('User', '[{"name": "x"}]');
SELECT assoc.create('User', NULL);
SELECT assoc.create(NULL, '{}');
SELECT assoc.create('Users', '{}');
SELECT assoc.bulk_create('User', '{"name": "x"}');
SELECT assoc.bulk_create('User', '[{"name": "x"}, {"nam": "x"}]');
SELECT assoc.create('User', '{"name": "x"}', '{"includ": []}');
SET pg_associations.max_depth = 1;
SELECT assoc.create('User', '{"name": "x", "projects": [{"title": "x", "tasks": [{"title": "y"}]}]}');
\echo :LAST_ERROR_SQLSTATE
RESET pg_associations.max_depth;
-- what was created is shown, in the default scope or not; a where of the options is the caller's
SELECT assoc.define('Note', '{"text": "text", "hiddenNote": {"type": "boolean", "default": false}}',
  '{"timestamps": false, "paranoid": true, "defaultScope": {"where": {"hiddenNote": false}}}') IS NOT NULL AS defined;
SELECT assoc.create('Note', '{"text": "seen", "hiddenNote": true}', '{"attributes": ["text"]}'), assoc.create('Note',
  '{"text": "deleted", "deleted_at": "2026-01-01"}', '{"attributes": ["text"]}');
SELECT assoc.bulk_create('Note', '[{"hiddenNote": true}, {}]', '{"attributes": ["hiddenNote"]}'), assoc.bulk_create('Note',
  '[{"hiddenNote": true}, {}]', '{"attributes": ["hiddenNote"], "where": {"hiddenNote": false}}');
SELECT assoc.create('Note', '{}', '{"where": {"text": "other"}}');
PREPARE create_generic AS SELECT assoc.create($1, $2, $3) ->> 'name';
EXECUTE create_generic('User', '{"name": "prepared"}', NULL);
PREPARE create_in_generic AS SELECT assoc.create_in($1, $2, $3, $4) ->> 'title';
EXECUTE create_in_generic('User', '1', 'projects', '{"title": "prepared"}');
DEALLOCATE ALL;
SET client_min_messages = warning;
DROP SCHEMA creating CASCADE;
