-- What a declaration would do, as DDL, and nothing done.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only
SET client_min_messages = warning;
CREATE SCHEMA dry;
SET search_path = dry;
SELECT jsonb_array_elements_text(assoc.define('User',
  '{"name": {"type": "text", "comment": "c", "validate": {"len": {"args": [1, 9], "msg": "m"}}}}',
  '{"indexes": [{"fields": ["name"]}]}', dry_run => true) -> 'statements');
SELECT count(*) FROM assoc.models;
SELECT assoc.define('User', '{"name": {"type": "text", "validate": {"len": [1, 9]}}}', '{"timestamps": false}') ? 'statements';
SELECT assoc.define('User', '{"name": {"type": "text", "validate": {"len": [1, 9]}}}', '{"timestamps": false}', dry_run => true)
  - '{attributes,schema}'::text[];
SELECT assoc.define('User', '{"name": {"type": "text", "validate": {"len": [1, 8]}}}', '{"timestamps": false}', dry_run => true);
SELECT assoc.define('User', '{"name": {"type": "text", "validate": {"len": [1, 8]}}, "age": "int"}',
  '{"timestamps": false, "indexes": [{"fields": ["age"]}]}', replace => true, dry_run => true) - '{attributes,schema}'::text[];
SELECT assoc.define('User', '{"name": {"type": "text", "validate": {"len": [1, 9]}}}', '{"timestamps": false}') -> 'changed';
CREATE TABLE taken (id int PRIMARY KEY);
SELECT assoc.adopt('taken', 'Taken', dry_run => true) -> 'statements';
SELECT assoc.adopt('nothing', dry_run => true);
SELECT assoc.define('Project', dry_run => NULL) -> 'created';
-- join table, foreign key, accessors
SELECT jsonb_array_elements_text(assoc.belongs_to_many('User', 'Project', through => 'UserProject', inverse => 'users',
  options => '{"accessors": ["get"], "inverse": {"accessors": false}}', dry_run => true) -> 'statements');
SELECT jsonb_array_elements_text(assoc.has_many('User', 'Project', inverse => 'user',
  options => '{"accessors": false, "inverse": {"accessors": false}}',
  dry_run => true) -> 'statements');
SELECT jsonb_array_elements_text(assoc.has_one('User', 'Project', options => '{"accessors": false}', dry_run => true) -> 'statements');
SELECT jsonb_array_elements_text(assoc.belongs_to('Project', 'User', options => '{"accessors": false}', dry_run => true) -> 'statements');
SELECT assoc.has_many('User', 'Project', foreign_key => 'a,b', dry_run => true);
SELECT count(*) FROM assoc.associations;
SELECT to_regclass('user_projects') IS NULL, (SELECT count(*) FROM pg_attribute WHERE attrelid = 'projects'::regclass AND attnum > 0);
-- parts that are run before, in the way that suits the table, are taken
CREATE INDEX by_age ON users (name);
SELECT assoc.define('User', '{"name": {"type": "text", "validate": {"len": [1, 9]}}}',
  '{"timestamps": false, "indexes": [{"fields": ["name"]}]}', dry_run => true) -> 'statements';
-- in a transaction, where it fails too, nothing is left of it
BEGIN;
SELECT assoc.has_many('User', 'Project', options => '{"accessors": false}', dry_run => true) -> 'created';
SELECT count(*) FROM assoc.associations;
SELECT assoc.has_many('User', 'Project', options => '{"accessors": false}') -> 'created';
SAVEPOINT s;
SELECT assoc.define('Project', '{"x": "no such type"}', dry_run => true);
ROLLBACK TO s;
SELECT assoc.find_all('User', '{"include": ["projects"]}');
COMMIT;
SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'users'::regclass AND mode <> 'AccessShareLock';
-- Constraints that are validated apart: added NOT VALID, which scans nothing, and validated by assoc.sync().
SELECT assoc.define('Note', '{"title": "text"}', '{"timestamps": false}') -> 'created';
INSERT INTO notes (title) VALUES ('a long title');
SELECT assoc.define('Note', '{"title": {"type": "text", "validate": {"len": [1, 5]}}, "mark": {"type": "int", "validate": {"min": 1}}}',
  '{"timestamps": false, "validate": "later"}', replace => true, dry_run => true) -> 'statements';
SELECT assoc.define('Note', '{"title": {"type": "text", "validate": {"len": [1, 5]}}, "mark": {"type": "int", "validate": {"min": 1}}}',
  '{"timestamps": false, "validate": "later"}', replace => true) -> 'changed';
SELECT assoc.define('Note', '{"title": {"type": "text", "validate": {"len": [1, 5]}}, "mark": {"type": "int", "validate": {"min": 1}}}',
  '{"timestamps": false}') -> 'changed';
SELECT assoc.create('Note', '{"title": "another long title"}');
ALTER TABLE notes ADD COLUMN user_id bigint, ADD CONSTRAINT mine CHECK (mark < 9) NOT VALID;
UPDATE notes SET title = 'short', user_id = 77;
SELECT assoc.has_many('User', 'Note', options => '{"validate": "later", "accessors": false}') -> 'changed';
SELECT severity, object, problem, fix FROM assoc.check('dry') WHERE problem ~ 'validated';
SELECT assoc.sync();
UPDATE notes SET user_id = NULL;
SELECT assoc.sync(dry_run => true);
SELECT assoc.sync();
SELECT assoc.sync();
SELECT problem FROM assoc.check('dry') WHERE problem ~ 'validated';
SELECT assoc.has_many('User', 'Note', alias => 'x', options => '{"validate": "never"}');
SELECT assoc.define('Other', '{}', '{"validate": true}');
DROP SCHEMA dry CASCADE;
