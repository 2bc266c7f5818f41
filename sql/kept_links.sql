-- What associations say of their links and triggers keep: counter, touch, max.
CREATE SCHEMA kept;
SET search_path = kept;
SELECT assoc.define('User', '{"name": "text"}') ->> 'table' AS made;
SELECT assoc.define('Project', '{"title": "text"}') ->> 'table' AS made;
SELECT assoc.define('Task', '{"title": "text", "state": "text"}', '{"paranoid": true}') ->> 'table' AS made;
SELECT assoc.belongs_to_many('User', 'Project', inverse => 'users', through_attributes => '{"role": "text"}',
  options => '{"counter": "projects_count", "max": 4, "inverse": {"counter": "users_count", "touch": true}}') -> 'created' AS created;
SELECT assoc.has_many('Project', 'Task', inverse => 'project', options => '{"counter": "tasks_count"}') -> 'created' AS created;
SELECT assoc.has_many('Project', 'Task', alias => 'done', foreign_key => 'project_id',
  options => '{"scope": {"state": "done"}, "counter": "done_count", "max": 2}') -> 'created' AS created;
SELECT assoc.has_many('Project', 'Task', alias => 'done', foreign_key => 'project_id',
  options => '{"scope": {"state": "done"}, "counter": "done_count", "max": 2}') -> 'changed' AS again;
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgfoid = 'assoc.keep_links'::regproc ORDER BY 1, 2;
INSERT INTO users (name) VALUES ('a'), ('b'), ('c');
INSERT INTO projects (title, created_at, updated_at) SELECT 'p' || i, '2020-01-01', '2020-01-01' FROM generate_series(1, 6) i;
CREATE VIEW users_now AS SELECT id, projects_count FROM users ORDER BY id;
CREATE VIEW projects_now AS SELECT id, users_count, tasks_count, done_count, updated_at > '2020-01-01' AS touched FROM projects ORDER BY id;

-- by verbs and by plain SQL
SELECT assoc.add('User', 1, 'projects', '[1, 2]');
INSERT INTO user_projects VALUES (2, 1), (2, 3);
SELECT * FROM users_now;
SELECT * FROM projects_now;
UPDATE user_projects SET project_id = 4 WHERE user_id = 2 AND project_id = 3;
UPDATE user_projects SET role = 'x';
INSERT INTO user_projects VALUES (1, 1, 'y'), (3, 1, 'y') ON CONFLICT (user_id, project_id) DO UPDATE SET role = excluded.role;
DELETE FROM user_projects WHERE project_id = 1 AND user_id < 3;
SELECT assoc.move('User', 2, 'projects', '4', 1);
SELECT * FROM users_now;
SELECT * FROM projects_now;

-- scopes, soft deletion, a parent that goes
INSERT INTO tasks (title, state, project_id)
  SELECT 't', CASE WHEN i % 3 = 0 THEN 'done' ELSE 'open' END, 1 + i % 2 FROM generate_series(1, 6) i;
SELECT * FROM projects_now WHERE id < 3;
UPDATE tasks SET state = 'done' WHERE id = 1;
SELECT assoc.destroy('Task', '{"where": {"id": [2, 3]}}');
SELECT * FROM projects_now WHERE id < 3;
SELECT assoc.restore('Task', '{"where": {"id": 3}}'), assoc.update('Task', '{"project_id": null}', '{"where": {"id": 5}}');
SELECT * FROM projects_now WHERE id < 3;
DELETE FROM users WHERE id = 1;
SELECT id, users_count FROM projects ORDER BY id;
MERGE INTO tasks t USING (VALUES (5, 1), (100000, 2)) n (id, p) ON t.id = n.id
  WHEN MATCHED THEN UPDATE SET project_id = p WHEN NOT MATCHED THEN INSERT (id, title, project_id) VALUES (n.id, 'm', p);
SELECT assoc.create('Project', '{"title": "new", "tasks": [{"title": "x"}, {"title": "y", "state": "done"}],
  "users": {"connect": [2]}}') ->> 'title' AS title;
SELECT * FROM projects_now WHERE id IN (1, 2, 7);
SELECT assoc.recount('Project', 'tasks', true), assoc.recount('Project', 'done', true), assoc.recount('User', 'projects', dry_run => true);
-- links that there are are counted
SELECT assoc.has_many('Project', 'Task', alias => 'work', foreign_key => 'project_id',
  options => '{"counter": "work_count"}') -> 'created' AS created;
SELECT assoc.has_many('Project', 'Task', alias => 'few', foreign_key => 'project_id', options => '{"max": 2}');
SELECT id, work_count FROM projects ORDER BY id;

-- at most so many
SELECT assoc.add('User', 2, 'projects', '[1, 2, 3, 4]');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO user_projects SELECT 2, generate_series(1, 4);
SELECT assoc.set('User', 2, 'projects', '[1, 2, 3, 4]');
SELECT assoc.set('User', 2, 'projects', '[3, 4, 5, 6]');
UPDATE tasks SET state = 'done', project_id = 2;
SELECT * FROM users_now;

-- TRUNCATE, and what is repaired
TRUNCATE user_projects;
SELECT * FROM users_now;
INSERT INTO user_projects VALUES (2, 1), (3, 1);
ALTER TABLE user_projects DISABLE TRIGGER USER;
INSERT INTO user_projects VALUES (2, 2), (2, 3);
ALTER TABLE user_projects ENABLE TRIGGER USER;
SELECT assoc.recount('User', 'projects', true), assoc.recount('Project', 'users', true);
SELECT assoc.recount('User', 'projects'), assoc.recount('Project', 'users'), assoc.recount('Project', 'users');
SELECT * FROM users_now;

-- lost, and made again; a renamed column is followed
DROP TRIGGER keep_links_insert ON tasks;
INSERT INTO tasks (title, project_id) VALUES ('unseen', 3);
SELECT severity, object, problem, fix FROM assoc.check('kept');
SELECT assoc.sync();
SELECT tasks_count FROM projects WHERE id = 3;
ALTER TABLE projects RENAME COLUMN tasks_count TO tasks_number;
ALTER TABLE tasks RENAME COLUMN project_id TO project;
INSERT INTO tasks (title, project) VALUES ('seen', 3);
SELECT tasks_number FROM projects WHERE id = 3;
SELECT assoc.recount('Project', 'tasks', true);
SELECT assoc.sync();

-- on random data
CREATE FUNCTION churn(n integer) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM setseed(0.5);
  FOR i IN 1 .. n LOOP
    BEGIN
      CASE floor(random() * 6)
      WHEN 0 THEN INSERT INTO tasks (title, state, project)
        SELECT 'r', (ARRAY['open', 'done'])[1 + floor(random() * 2)], 1 + floor(random() * 6) FROM generate_series(1, 3);
      WHEN 1 THEN UPDATE tasks SET project = nullif(floor(random() * 7), 0) WHERE random() < 0.1;
      WHEN 2 THEN UPDATE tasks SET deleted_at = CASE WHEN random() < 0.5 THEN now() END WHERE random() < 0.1;
      WHEN 3 THEN DELETE FROM tasks WHERE random() < 0.1;
      WHEN 4 THEN INSERT INTO user_projects SELECT 2 + floor(random() * 2), 1 + floor(random() * 6) ON CONFLICT DO NOTHING;
      ELSE PERFORM assoc.set('User', 2 + floor(random() * 2)::int, 'projects',
        to_jsonb(ARRAY(SELECT g FROM generate_series(1, 6) g WHERE random() < 0.4)));
      END CASE;
    EXCEPTION WHEN check_violation THEN
    END;
  END LOOP;
  RETURN concat_ws(' ', assoc.recount('Project', 'tasks', true), assoc.recount('Project', 'done', true),
    assoc.recount('User', 'projects', true), assoc.recount('Project', 'users', true));
END $$;
SELECT churn(200);

-- whoever writes links, sources are written as their owner; his triggers see no settings of the writer's
CREATE ROLE kept_writer;
GRANT USAGE ON SCHEMA kept TO kept_writer;
GRANT INSERT, SELECT ON tasks TO kept_writer;
GRANT USAGE ON SEQUENCE tasks_id_seq TO kept_writer;
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN
    RAISE NOTICE 'as %, with %', current_user = (SELECT usename FROM pg_user WHERE usesysid = 10), current_setting('search_path');
    RETURN NEW;
  END $$;
CREATE TRIGGER tell BEFORE UPDATE ON projects FOR EACH ROW EXECUTE FUNCTION tell();
SET ROLE kept_writer;
INSERT INTO tasks (title, project) VALUES ('mine', 5);
UPDATE projects SET title = 'no' WHERE id = 5;
RESET ROLE;
DROP TRIGGER tell ON projects;
SELECT assoc.recount('Project', 'tasks', true);
-- a row of the registry gives nobody the rights of the owner of the links
CREATE ROLE kept_thief;
GRANT USAGE, CREATE ON SCHEMA kept TO kept_thief;
GRANT SELECT ON tasks TO kept_thief;
SET ROLE kept_thief;
CREATE TABLE loot (id bigint PRIMARY KEY, n integer NOT NULL DEFAULT 0);
INSERT INTO loot VALUES (5);
SELECT assoc.adopt('loot') ->> 'model' AS model;
SELECT assoc.has_many('loot', 'Task', foreign_key => 'project', alias => 'stolen', options => '{"counter": "n", "constraints": false}');
INSERT INTO assoc.associations (source, alias, kind, target, source_key, foreign_key, singular, options)
  VALUES ('loot', 'stolen', 'has_many', 'tasks', '{id}', '{project}', 'stolen', '{"counter": "n"}');
RESET ROLE;
INSERT INTO tasks (title, project) VALUES ('not counted there', 5);
SELECT * FROM loot;

-- before the extension goes
BEGIN;
SELECT count(*) FROM assoc.detach('kept') d WHERE d ~ 'keep_(tasks|user_projects)_';
DELETE FROM user_projects;
INSERT INTO user_projects VALUES (2, 1), (2, 2), (3, 2);
DELETE FROM user_projects WHERE user_id = 2 AND project_id = 2;
UPDATE tasks SET project = 4, state = 'open';
SELECT assoc.recount('Project', 'tasks', true), assoc.recount('Project', 'done', true), assoc.recount('User', 'projects', true),
  assoc.recount('Project', 'users', true);
SET ROLE kept_writer;
INSERT INTO tasks (title, project, state) SELECT 'd', 4, 'done' FROM generate_series(1, 2);
SAVEPOINT a;
INSERT INTO tasks (title, project, state) VALUES ('d', 4, 'done');
ROLLBACK TO a;
RESET ROLE;
SELECT done_count FROM projects WHERE id = 4;
TRUNCATE tasks;
SELECT sum(tasks_number) FROM projects;
SELECT * FROM assoc.sync('kept'), assoc.check('kept');
ROLLBACK;

-- taken back
BEGIN;
SELECT assoc.drop_association('Project', 'tasks', false) -> 'associations' AS dropped;
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'tasks'::regclass AND tgname LIKE 'keep_links%';
SELECT assoc.drop_association('Project', 'done', false) -> 'associations' AS dropped,
  assoc.drop_association('Project', 'work', false) -> 'associations' AS dropped;
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'tasks'::regclass AND tgname LIKE 'keep_links%';
ROLLBACK;

-- a source that gets another key keeps its counter, and links that follow it are no new ones
BEGIN;
SELECT assoc.define('Shelf', '{"code": {"type": "text", "primaryKey": true}}', '{"timestamps": false}') ->> 'table' AS t;
SELECT assoc.define('Book', '{"title": "text"}', '{"timestamps": false}') ->> 'table' AS t;
SELECT assoc.has_many('Shelf', 'Book', foreign_key => 'shelf', options => '{"counter": "n", "onUpdate": "CASCADE"}') -> 'created' AS made;
SELECT assoc.belongs_to_many('Shelf', 'User', through => 'Keeper', options => '{"counter": "keepers"}') -> 'created' AS made;
INSERT INTO shelves (code) VALUES ('a'), ('b'), ('c');
INSERT INTO books (title, shelf) VALUES ('1', 'a'), ('2', 'a'), ('3', 'b'), ('4', NULL);
INSERT INTO keepers (shelf_code, user_id) SELECT 'a', id FROM users;
UPDATE shelves SET code = code || code;
UPDATE books SET shelf = 'cc' WHERE title IN ('2', '3', '4');
SELECT code, n, keepers = (SELECT count(*) FROM keepers k WHERE k.shelf_code = code) AS right FROM shelves ORDER BY code;

-- who does not see all links counts nothing; their owner sees them
CREATE ROLE kept_blind;
ALTER TABLE books ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY one ON books USING (title = '1');
GRANT USAGE ON SCHEMA kept TO kept_blind;
GRANT ALL ON books, shelves TO kept_blind;
SET ROLE kept_blind;
SAVEPOINT a;
SELECT assoc.recount('Shelf', 'books');
ROLLBACK TO a;
-- a trigger that somebody else adds counts nothing twice, and takes no INSERT for TRUNCATE
CREATE TRIGGER again AFTER INSERT ON books FOR EACH STATEMENT EXECUTE FUNCTION assoc.keep_links();
INSERT INTO books (id, title) VALUES (9, '1');
ROLLBACK TO a;
CREATE TRIGGER again AFTER INSERT ON books REFERENCING NEW TABLE AS kept_new FOR EACH STATEMENT EXECUTE FUNCTION assoc.keep_links();
INSERT INTO books (id, title) VALUES (9, '1');
ROLLBACK;
-- an owner under his own row security counts all
BEGIN;
CREATE ROLE kept_own;
GRANT CREATE, USAGE ON SCHEMA kept TO kept_own;
SET ROLE kept_own;
SELECT assoc.define('Shelf', '{"name": "text"}', '{"timestamps": false}') ->> 'table' AS t;
SELECT assoc.define('Book', '{"title": "text"}', '{"timestamps": false}') ->> 'table' AS t;
SELECT assoc.has_many('Shelf', 'Book', foreign_key => 'shelf') -> 'created' AS made;
INSERT INTO shelves VALUES (1);
INSERT INTO books (title, shelf) VALUES ('1', 1), ('2', 1);
ALTER TABLE books ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY one ON books USING (title = '1');
SELECT assoc.has_many('Shelf', 'Book', foreign_key => 'shelf', options => '{"counter": "n"}', replace => true) -> 'created' AS made;
SELECT n, assoc.recount('Shelf', 'books') FROM shelves;
ROLLBACK;

-- said of the other direction, and several with conditions; recount mends each by itself
BEGIN;
SELECT assoc.define('Forum', '{"name": "text"}', '{"timestamps": false}') ->> 'table' AS t;
SELECT assoc.define('Post', '{"state": "text", "hidden": "boolean"}', '{"timestamps": false}') ->> 'table' AS t;
SELECT assoc.belongs_to('Post', 'Forum', inverse => 'posts',
  options => '{"inverse": {"counter": "posts_count", "position": "place", "max": 4}}') -> 'created' AS made;
SELECT assoc.has_many('Forum', 'Post', inverse => 'forum',
  options => '{"counter": "posts_count", "position": "place", "max": 4}') -> 'changed' AS again;
SELECT assoc.has_many('Forum', 'Post', alias => s,
    options => jsonb_build_object('counter', s || '_count', 'scope', w::jsonb)) -> 'created' AS made
  FROM (VALUES ('open', '{"state": "open"}'), ('shown', '{"hidden": false}'), ('seen', '{"state": "open", "hidden": false}')) v (s, w);
CREATE VIEW wrong (id, posts, open, shown, seen) AS
  SELECT f.id, posts_count - count(p), open_count - count(*) FILTER (WHERE state = 'open'),
    shown_count - count(*) FILTER (WHERE NOT hidden), seen_count - count(*) FILTER (WHERE state = 'open' AND NOT hidden)
  FROM forums f LEFT JOIN posts p ON p.forum_id = f.id GROUP BY f.id ORDER BY f.id;
INSERT INTO forums (name) VALUES ('a'), ('b'), ('c');
INSERT INTO posts (forum_id, state, hidden) SELECT 1 + i % 2, CASE WHEN i % 3 > 0 THEN 'open' END, i % 4 = 1 FROM generate_series(1, 6) i;
UPDATE posts SET state = CASE WHEN state IS NULL THEN 'open' END, forum_id = forum_id + 1 WHERE id <= 4;
UPDATE posts SET hidden = NOT hidden WHERE id IN (1, 2, 5);
DELETE FROM posts WHERE id = 6;
SELECT assoc.create_in('Forum', 3, 'posts', '{"state": "open", "hidden": false}') - 'id' AS post;
SELECT id, posts_count, open_count, shown_count, seen_count FROM forums ORDER BY id;
SELECT * FROM wrong;
UPDATE forums SET posts_count = 9, open_count = open_count + 1, seen_count = 0;
SELECT a, assoc.recount('Forum', a, dry_run => true) AS wrong, assoc.recount('Forum', a) AS mended, assoc.recount('Forum', a) AS again
  FROM unnest('{posts,open,shown,seen}'::text[]) a;
SELECT * FROM wrong;
SAVEPOINT a;
INSERT INTO posts (forum_id) SELECT 3 FROM generate_series(1, 5);
ROLLBACK TO a;
SELECT assoc.has_many('Forum', 'Post', inverse => 'forum', options => '{"inverse": {"counter": "n"}}');
ROLLBACK TO a;
SELECT assoc.define('Rule', '{}', '{"timestamps": false}') ->> 'table' AS t;
SELECT assoc.has_one('Forum', 'Rule', alias => 'rule') ->> 'kind' AS kind;
SELECT assoc.belongs_to('Rule', 'Forum', alias => 'of', foreign_key => 'forum_id', inverse => 'rules',
  options => '{"inverse": {"max": 2}}');
ROLLBACK;

-- errors
SELECT assoc.has_many('Project', 'Task', alias => 'bad', foreign_key => 'project', options => '{"counter": "title"}');
SELECT assoc.has_many('Project', 'Task', alias => 'bad', foreign_key => 'project', options => '{"max": 0}');
SELECT assoc.has_many('Project', 'Task', alias => 'bad', foreign_key => 'project',
  options => '{"counter": "bad_count", "scope": {"state": {"ne": "x"}}}');
SELECT assoc.belongs_to('Task', 'Project', alias => 'bad', options => '{"counter": "tasks_number"}');
SELECT assoc.recount('User', 'nothing');
SELECT assoc.recount('Task', 'project');
CREATE TABLE notes (id bigint PRIMARY KEY, project_id bigint REFERENCES projects);
CREATE INDEX ON notes (project_id);
SELECT assoc.has_many('Project', 'notes', foreign_key => 'project_id', alias => 'notes', options => '{"counter": "notes_count"}');
\set VERBOSITY terse
DROP SCHEMA kept CASCADE;
DROP ROLE kept_writer, kept_thief;
