-- DROP EXTENSION takes the declarations and the functions; tables, rows and
-- constraints stay.  The last topic: what others left behind goes here too.
CREATE SCHEMA kept;
SET search_path = kept, public;
SELECT assoc.define('User', '{"name": {"type": "varchar(80)", "allowNull": false},
  "email": {"type": "text", "unique": true, "validate": {"isEmail": true}}}') -> 'created' AS created;
SELECT assoc.define('Project', '{"title": {"type": "text", "validate": {"len": [2, 40]}}}') -> 'created' AS created;
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', inverse => 'users',
  through_attributes => '{"role": {"type": "text", "validate": {"isIn": ["admin", "viewer"]}}}') -> 'created' AS created;
SELECT assoc.create('User', '{"name": "John Doe", "email": "john@example.com",
  "projects": [{"title": "DevOps", "through": {"role": "admin"}}]}', '{"attributes": ["id"]}') -> 'id' AS id;

-- A dropped extension would break the accessors and a trigger, so it says so.
\set VERBOSITY sqlstate
DROP EXTENSION pg_associations;
\set VERBOSITY default
SELECT user_has_project(1, 1);

SET client_min_messages = warning;
DROP EXTENSION pg_associations CASCADE;
RESET client_min_messages;

-- nothing of it is left
SELECT nspname FROM pg_namespace WHERE nspname = 'assoc';
SELECT evtname FROM pg_event_trigger WHERE evtname LIKE 'assoc%';
SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'kept'::regnamespace;
SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  WHERE c.relnamespace = 'kept'::regnamespace AND NOT t.tgisinternal;
\set VERBOSITY terse
SELECT user_has_project(1, 1);
\set VERBOSITY default

-- tables, rows, keys and checks are
SELECT name, email FROM users;
SELECT user_id, project_id, role FROM user_projects;
SELECT conrelid::regclass, contype, conname
  FROM pg_constraint WHERE connamespace = 'kept'::regnamespace AND contype <> 'n' ORDER BY conrelid::regclass::text, contype, 3;
\set VERBOSITY terse
INSERT INTO users (name, email) VALUES ('Jane Smith', 'nowhere');
INSERT INTO user_projects (user_id, project_id, role) VALUES (1, 1, 'admin');
UPDATE user_projects SET role = 'owner';
\set VERBOSITY default

-- and it can come back: the tables are adopted by what declares them
CREATE EXTENSION pg_associations;
SELECT count(*) FROM assoc.models;
SELECT assoc.adopt('users', 'User') -> 'created' AS created;
SELECT assoc.adopt('projects', 'Project') -> 'created' AS created;
SELECT assoc.belongs_to_many('User', 'Project', through => 'user_projects', inverse => 'users') -> 'created' AS created;
SELECT user_with_projects(1, '{"attributes": ["name"], "include": [{"association": "projects", "attributes": ["title"],
  "through": {"attributes": ["role"]}}]}');

SET client_min_messages = warning;
DROP SCHEMA kept CASCADE;
