-- assoc.sync: what declarations have lost is made again; with force, their tables are emptied
CREATE SCHEMA sync;
SET search_path = sync;
\pset tuples_only on
\pset format unaligned
-- no argument is a reserved word
SELECT word, catcode FROM pg_get_keywords() WHERE word IN ('schema', 'force', 'alter', 'dry_run', 'apply');
SELECT assoc.define('User', '{"name": {"type": "text", "allowNull": false, "default": "?", "validate": {"notEmpty": true}}}') IS NOT NULL;
SELECT assoc.define('Project', '{"title": "text"}', '{"timestamps": false}') IS NOT NULL;
SELECT assoc.define('Task', '{"title": "text"}', '{"timestamps": false}') IS NOT NULL;
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', inverse => 'users', through_attributes => '{"role": "text"}',
  options => '{"timestamps": true, "accessors": ["with", "add"], "inverse": {"accessors": false}}') IS NOT NULL;
SELECT assoc.has_many('Project', 'Task', inverse => 'project', options => '{"accessors": ["get"], "inverse": {"accessors": false}}') IS NOT
  NULL;
CREATE TABLE notes (id bigint PRIMARY KEY, user_id integer);
SET client_min_messages = error;
SELECT assoc.has_many('User', 'notes', options => '{"accessors": ["count"]}') IS NOT NULL;
RESET client_min_messages;

-- nothing is missing
SELECT assoc.sync();
SELECT assoc.sync(force => NULL, alter => NULL, dry_run => NULL);
-- what was dropped by hand comes back, in tables that declarations made; notes has no index and gets none
ALTER TABLE user_projects DROP CONSTRAINT user_projects_pkey;
DROP INDEX user_projects_project_id_user_id_idx;
DROP INDEX tasks_project_id_idx;
DROP TRIGGER keep_updated_at ON users;
DROP FUNCTION user_add_project(bigint, bigint, jsonb);
DROP FUNCTION user_count_notes;
SELECT assoc.sync(dry_run => true);
SELECT to_regprocedure('user_add_project(bigint, bigint, jsonb)') IS NULL, to_regclass('tasks_project_id_idx') IS NULL;
SELECT assoc.sync('sync');
SELECT assoc.sync();
\pset tuples_only off
\pset format aligned
\d user_projects
\pset tuples_only on
\pset format unaligned
SELECT * FROM assoc.check() WHERE severity = 'error';
-- a pair that is linked twice is told by PostgreSQL, and nothing is done
INSERT INTO users (name) VALUES ('a');
INSERT INTO projects (title) VALUES ('p');
SELECT user_add_project(1, 1) IS NOT NULL;
ALTER TABLE user_projects DROP CONSTRAINT user_projects_pkey;
INSERT INTO user_projects TABLE user_projects;
DROP INDEX tasks_project_id_idx;
SELECT assoc.sync();
SELECT to_regclass('tasks_project_id_idx') IS NULL;
-- an error in a dry run leaves the session's own handlers alone
DO $$
BEGIN
  PERFORM assoc.sync(dry_run => true);
EXCEPTION WHEN unique_violation THEN
  RAISE NOTICE 'caught: %', SQLERRM;
END $$;
DELETE FROM user_projects;
SELECT assoc.sync();

-- alter: key columns follow what they point at; nothing is dropped
ALTER TABLE user_projects DROP CONSTRAINT user_projects_project_id_fkey;
ALTER TABLE user_projects ALTER project_id TYPE integer, DROP CONSTRAINT user_projects_pkey, ALTER user_id DROP NOT NULL;
ALTER TABLE tasks DROP CONSTRAINT tasks_project_id_fkey, ALTER project_id TYPE numeric, ADD COLUMN extra text;
INSERT INTO user_projects (user_id, project_id) VALUES (1, 1);
INSERT INTO tasks (title, project_id) VALUES ('t', 1);
SELECT assoc.sync(dry_run => true);
SELECT assoc.sync(alter => true, dry_run => true);
SELECT assoc.sync(alter => true);
SELECT assoc.sync(alter => true);
SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
  WHERE attrelid IN ('tasks'::regclass, 'user_projects'::regclass) AND attnum > 0 ORDER BY attrelid, attnum;
SELECT title, project_id FROM tasks;

-- force: empty tables as declared, ids from 1
ALTER TABLE users ADD CONSTRAINT short CHECK (length(name) < 10);
COMMENT ON TABLE users IS 'people';
CREATE VIEW names AS SELECT name FROM users;
INSERT INTO notes VALUES (1, 1);
SELECT assoc.sync(force => true, dry_run => true);
SELECT count(*) FROM users;
BEGIN;
SELECT assoc.sync(force => true);
SELECT count(*) FROM users;
ROLLBACK;
SELECT count(*) FROM users;
SELECT assoc.sync(force => true);
SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM user_projects), (SELECT count(*) FROM tasks), (SELECT count(*) FROM notes);
INSERT INTO users DEFAULT VALUES RETURNING id, name;
INSERT INTO projects DEFAULT VALUES RETURNING id;
SELECT obj_description('users'::regclass);
SELECT user_with_projects(1) -> 'projects';

-- it refuses where others depend on the rows, and names all
ALTER TABLE notes ADD FOREIGN KEY (user_id) REFERENCES users;
CREATE TABLE strangers (id bigint REFERENCES projects);
CREATE TABLE guests () INHERITS (users);
CREATE SCHEMA sync2;
SELECT assoc.define('sync2.Badge', '{}') IS NOT NULL;
SELECT assoc.has_one('User', 'sync2.Badge', options => '{"accessors": false}') IS NOT NULL;
SELECT assoc.sync(force => true);
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.sync(force => true, dry_run => true);
SELECT count(*) FROM users;
-- a schema where nothing was made
CREATE SCHEMA sync3;
SELECT assoc.sync('sync3', force => true);
SELECT assoc.sync('sync2');
DROP TABLE guests, strangers;

-- wrong uses
SELECT assoc.sync('nowhere');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.sync(NULL);
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY terse
SELECT assoc.sync('sync', true, true, true, true);
\set VERBOSITY default
PREPARE untyped AS SELECT assoc.sync($1, $2, $3, $4);
DEALLOCATE untyped;
BEGIN READ ONLY;
SELECT assoc.sync(dry_run => true);
ROLLBACK;

-- only for the owner, of all that is concerned
CREATE ROLE regress_sync;
GRANT USAGE, CREATE ON SCHEMA sync TO regress_sync;
GRANT ALL ON ALL TABLES IN SCHEMA sync TO regress_sync;
SET ROLE regress_sync;
SELECT assoc.sync();
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.sync(force => true, dry_run => true);
SELECT assoc.sync('sync3');
RESET ROLE;

-- dependencies that no dump carries are recorded again
DROP TABLE notes CASCADE;
DELETE FROM pg_depend WHERE classid = 'pg_proc'::regclass AND refobjid IN ('projects'::regclass, 'user_projects'::regclass)
  AND objid IN (SELECT oid FROM pg_proc WHERE proname ~ '^user_');
SELECT assoc.sync();
DROP TABLE user_projects;

-- what the registry follows cannot be brought back: the declaration is gone with its table
SET client_min_messages = error;
DROP TABLE user_projects CASCADE;
SELECT assoc.sync();
SELECT alias FROM assoc.associations WHERE source = 'users'::regclass ORDER BY 1;
-- what it did not follow is an error
ALTER EVENT TRIGGER assoc_registry_follow_drop DISABLE;
ALTER TABLE tasks DROP COLUMN project_id;
ALTER EVENT TRIGGER assoc_registry_follow_drop ENABLE ALWAYS;
SELECT assoc.sync();
\echo :LAST_ERROR_SQLSTATE

-- a table that moves to another schema: its accessors work on, and sync moves them after it, with what was granted on them
CREATE SCHEMA sync_old;
CREATE SCHEMA sync_new;
CREATE SCHEMA sync_api;
SET search_path = sync_old;
SELECT assoc.define('Shelf', '{"name": "text"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.define('Book', '{"title": "text"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.has_many('Shelf', 'Book', inverse => 'shelf', options => '{"accessors": ["with", "get"]}') ->> 'alias' AS alias;
SELECT assoc.create('Shelf', '{"name": "a", "books": [{"title": "b"}]}') -> 'id' AS id;
REVOKE EXECUTE ON FUNCTION shelf_with_books FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shelf_with_books TO regress_sync;
ALTER FUNCTION shelf_with_books SECURITY DEFINER;
CREATE VIEW shown AS SELECT shelf_with_books(id) AS d FROM shelves;
CREATE FUNCTION sync_api.shelf_get_books(id bigint, options jsonb) RETURNS jsonb STABLE LANGUAGE sql
  RETURN assoc.load_get('shelves'::regclass, 'books', id, options);
CREATE VIEW stand AS SELECT p.oid::regprocedure, pg_get_userbyid(p.proowner) = current_user AS mine, p.prosecdef,
    has_function_privilege('public', p.oid, 'EXECUTE') AS public, has_function_privilege('regress_sync', p.oid, 'EXECUTE') AS granted
  FROM pg_proc p WHERE p.proname ~ 'shelf_(get|with)_books|shelves_with_books|book_get_shelf'
  ORDER BY p.oid::regprocedure::text COLLATE "C";
ALTER TABLE shelves SET SCHEMA sync_new;
SELECT shelf_with_books(1) AS works;
SET search_path = sync_new;
SELECT assoc.sync(dry_run => true);
SELECT assoc.sync();
SELECT assoc.sync();
SELECT * FROM sync_old.stand;
SELECT shelf_with_books(1), d = shelf_with_books(1) AS same FROM sync_old.shown;
-- so does a declaration that names another schema for them
SELECT assoc.has_many('Shelf', 'sync_old.Book', alias => 'books', inverse => 'shelf', replace => true,
  options => '{"accessors": {"only": ["with", "get"], "schema": "sync_api"}}') -> 'accessors' AS accessors;
SELECT * FROM sync_old.stand;
DROP SCHEMA sync_old, sync_new, sync_api CASCADE;

DROP SCHEMA sync, sync2, sync3 CASCADE;
DROP ROLE regress_sync;
SELECT count(*) FROM assoc.models;
