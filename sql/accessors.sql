-- Accessors: names, arguments, options, clashes, and what regenerating keeps.
CREATE SCHEMA accessors;
SET search_path = accessors;
CREATE VIEW listing AS
  SELECT p.oid, p.proname AS name, pg_get_function_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS result
  FROM pg_proc p WHERE p.pronamespace = 'accessors'::regnamespace;
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE projects (id uuid PRIMARY KEY, title text);
CREATE TABLE user_projects (
  user_id int REFERENCES users,
  project_id uuid REFERENCES projects,
  role text,
  PRIMARY KEY (user_id, project_id));
CREATE INDEX ON user_projects (project_id);

-- names and types: bigint for every integer, other keys as they are
SELECT assoc.belongs_to_many('users', 'projects', inverse => 'users') IS NOT NULL AS declared;
SELECT name, arguments, result FROM listing ORDER BY name COLLATE "C";
-- what they do can be read, and PostgreSQL knows what they rest on
\sf user_with_projects
\sf users_with_projects
\sf user_add_projects
SELECT name, obj_description(oid) AS comment FROM listing WHERE name LIKE 'user\_%' ORDER BY oid;
SELECT name, provolatile, proparallel, prosecdef, proowner = relowner AS owned
FROM listing JOIN pg_proc p USING (oid), pg_class c
WHERE c.oid = 'users'::regclass AND name IN ('user_with_projects', 'users_with_projects', 'user_has_project', 'user_add_project')
  ORDER BY name;
-- declaring again touches none of them
CREATE TEMP TABLE before AS SELECT oid FROM listing;
SELECT assoc.belongs_to_many('users', 'projects', inverse => 'users') -> 'changed' AS changed;
SELECT count(*) FROM before FULL JOIN listing USING (oid) WHERE before IS NULL OR listing IS NULL;
-- one that is missing comes back, others stay as they are
DROP FUNCTION user_count_projects;
SELECT assoc.belongs_to_many('users', 'projects', inverse => 'users') -> 'changed' AS changed;
SELECT count(*) FROM listing WHERE name = 'user_count_projects';

-- regenerating keeps owner, grants, SECURITY DEFINER, SET and comment
CREATE ROLE regress_accessor_owner;
CREATE ROLE regress_accessor_user;
GRANT CREATE, USAGE ON SCHEMA accessors TO regress_accessor_owner;
REVOKE EXECUTE ON FUNCTION user_get_projects FROM PUBLIC;
GRANT EXECUTE ON FUNCTION user_get_projects TO regress_accessor_user WITH GRANT OPTION;
ALTER FUNCTION user_get_projects SECURITY DEFINER SET search_path = accessors, "Odd, one", pg_temp SET work_mem = '8MB';
COMMENT ON FUNCTION user_get_projects IS 'Ours now.';
ALTER FUNCTION user_get_projects OWNER TO regress_accessor_owner;
ALTER DEFAULT PRIVILEGES IN SCHEMA accessors GRANT EXECUTE ON FUNCTIONS TO regress_accessor_owner;
CREATE TEMP VIEW kept AS
  SELECT p.prorettype::regtype AS result, pg_get_function_arguments(p.oid) AS arguments, proowner::regrole AS owner,
    proacl AS acl, prosecdef AS definer, proconfig AS settings, obj_description(p.oid) AS comment
  FROM pg_proc p WHERE pronamespace = 'accessors'::regnamespace AND proname = 'user_get_projects';
SELECT * FROM kept;
SELECT assoc.belongs_to_many('users', 'projects', options => '{"accessors": {"returns": "json"}}', replace => true) -> 'changed' AS changed;
SELECT * FROM kept;
-- also when the type of the key changed
ALTER TABLE user_projects DROP CONSTRAINT user_projects_user_id_fkey;
ALTER TABLE users ALTER id TYPE text;
ALTER TABLE user_projects ALTER user_id TYPE text;
SELECT assoc.belongs_to_many('users', 'projects', options => '{"accessors": {"returns": "json"}}') -> 'accessors' AS accessors;
SELECT * FROM kept;
ALTER DEFAULT PRIVILEGES IN SCHEMA accessors REVOKE EXECUTE ON FUNCTIONS FROM regress_accessor_owner;

-- renaming tables and columns is followed
ALTER TABLE users RENAME TO people;
ALTER TABLE people RENAME id TO ident;
\sf user_get_projects
SELECT assoc.belongs_to_many('users', 'projects', options => '{"accessors": {"returns": "json"}}') -> 'changed' AS changed;
ALTER TABLE people RENAME ident TO id;
ALTER TABLE people RENAME TO users;
-- and a table that accessors rest on is not dropped by accident
DROP TABLE users;

-- fewer, elsewhere, with a prefix, or none
SELECT assoc.belongs_to_many('users', 'projects', options => '{"accessors": ["with", "add"]}', replace => true) -> 'accessors' AS accessors;
SELECT assoc.belongs_to_many('users', 'projects', options => '{"accessors": false}', replace => true) -> 'accessors' AS accessors;
CREATE SCHEMA accessors_api;
SELECT assoc.belongs_to_many('users', 'projects', options => '{"accessors": {"only": ["get"], "schema": "accessors_api",
  "prefix": "api_"}}', replace => true) -> 'accessors' AS accessors;
\sf accessors_api.api_user_get_projects
SELECT assoc.belongs_to_many('users', 'projects', options => '{"accessors": ["wiht"]}', replace => true);
SELECT assoc.belongs_to_many('users', 'projects', options => '{"accessors": {"onyl": ["with"]}}', replace => true);
SELECT assoc.belongs_to_many('users', 'projects', options => '{"accessors": {"only": "with"}}', replace => true);
SELECT assoc.belongs_to_many('users', 'projects', options => '{"accessors": {"returns": "xml"}}', replace => true);
SELECT assoc.belongs_to_many('users', 'projects', options => '{"accessors": {"schema": "nowhere"}}', replace => true);
SELECT assoc.belongs_to_many('users', 'projects', options => '{"accessors": 3}', replace => true);

-- a function that somebody wrote is neither replaced nor dropped
CREATE FUNCTION user_with_projects(id text, options jsonb) RETURNS jsonb LANGUAGE sql RETURN '{}'::jsonb;
SELECT assoc.belongs_to_many('users', 'projects', replace => true);
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM listing WHERE name LIKE 'user%\_projects';
DROP FUNCTION user_with_projects;
-- not even one around an entry point, with options of its own
CREATE FUNCTION admins_with_projects() RETURNS SETOF jsonb LANGUAGE sql
RETURN assoc.load_all('users'::regclass, 'projects', '{"where": {"name": "admin"}}');
SELECT assoc.belongs_to_many('users', 'projects', options => '{"accessors": ["with"]}', replace => true) -> 'accessors' AS accessors;
SELECT jsonb_array_length(assoc.drop_association('users', 'projects', inverse => false) -> 'accessors') AS dropped;
SELECT name FROM listing WHERE name LIKE '%with\_projects';

-- singular and plural are one word: only the many forms, and another name for all
CREATE TABLE staff (id int PRIMARY KEY);
SELECT jsonb_array_elements_text(assoc.belongs_to_many('staff', 'projects') -> 'accessors') AS accessor;
SELECT jsonb_array_elements_text(assoc.belongs_to_many('projects', 'staff',
  options => '{"accessors": ["has", "add", "create"]}') -> 'accessors') AS accessor;
-- unless a singular is given
SELECT jsonb_array_elements_text(assoc.belongs_to_many('projects', 'staff',
  options => '{"singular": "staffer", "accessors": ["has", "add", "create"]}', replace => true) -> 'accessors') AS accessor;

-- names that are too long are told before anything is made
CREATE TABLE some_model_whose_name_is_rather_long (id int PRIMARY KEY);
SELECT assoc.belongs_to_many('some_model_whose_name_is_rather_long', 'projects', alias => 'projects_that_are_long_too');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM listing WHERE name LIKE 'some_model%';

-- composite keys: one argument a column for the source, JSON for targets; no argument needs quotes
CREATE TABLE orders (tenant_id int, "order" bigint, PRIMARY KEY (tenant_id, "order"));
CREATE TABLE tags (tag varchar(20) PRIMARY KEY);
SELECT jsonb_array_elements_text(assoc.belongs_to_many('orders', 'tags', inverse => 'orders') -> 'accessors') AS accessor;
\sf order_add_tag
\sf tag_add_order
-- a key column that is called like another argument
CREATE TABLE assignments (user_id int, project_id int, PRIMARY KEY (user_id, project_id));
CREATE TABLE reviewers (id int PRIMARY KEY);
SELECT jsonb_array_elements_text(assoc.belongs_to_many('assignments', 'projects',
  options => '{"accessors": ["add"]}') -> 'accessors') AS accessor;
-- domains are their base types
CREATE DOMAIN code AS text CHECK (VALUE <> '');
CREATE TABLE countries (code code PRIMARY KEY);
SELECT jsonb_array_elements_text(assoc.belongs_to_many('reviewers', 'countries',
  options => '{"accessors": ["add"]}') -> 'accessors') AS accessor;

-- the many kinds of associations
CREATE TABLE profiles (id int PRIMARY KEY, user_id text UNIQUE REFERENCES users);
SELECT jsonb_array_elements_text(assoc.has_one('users', 'profiles', inverse => 'owner') -> 'accessors') AS accessor;
\sf user_set_profile
CREATE TABLE tasks (id int PRIMARY KEY, owner_id text REFERENCES users);
CREATE INDEX ON tasks (owner_id);
SELECT jsonb_array_elements_text(assoc.has_many('users', 'tasks', inverse => 'owner') -> 'accessors') AS accessor;
\sf user_add_tasks
-- names in camel case become snake case, odd ones plain
SELECT jsonb_array_elements_text(assoc.belongs_to_many('users', 'projects', alias => 'ownedProjects',
  options => '{"accessors": ["add"]}') -> 'accessors') AS accessor;
SELECT jsonb_array_elements_text(assoc.belongs_to_many('users', 'projects', alias => 'my projects',
  options => '{"accessors": ["add"]}') -> 'accessors') AS accessor;

-- one row is called by both: the association that comes second does without the function, and says so
CREATE TABLE forums (id int PRIMARY KEY, title text);
CREATE TABLE topics (id int PRIMARY KEY, forum_id int REFERENCES forums);
CREATE INDEX ON topics (forum_id);
ALTER TABLE forums ADD topic_id int UNIQUE REFERENCES topics;
SELECT assoc.has_many('forums', 'topics', inverse => 'forum', options => '{"inverse": {"accessors": false}}') -> 'changed' AS changed;
SELECT jsonb_array_elements_text(assoc.belongs_to('forums', 'topics', alias => 'topic') -> 'accessors') AS accessor;
-- again and sync: nothing changes, nothing is said
SELECT assoc.belongs_to('forums', 'topics', alias => 'topic') -> 'changed' AS changed;
SELECT count(*) FROM assoc.sync('accessors', dry_run => true) s WHERE s ~ 'forum';
INSERT INTO forums VALUES (1, 'f');
SELECT forum_create_topic(1, '{"id": 5}');
SELECT forum_set_topic(1, 5);
SELECT assoc.find_all('forums', '{"include": ["topic", "topics"]}');
-- with the other one gone it is made
SELECT assoc.drop_association('forums', 'topics') -> 'associations' AS dropped;
SELECT split_part(s, '(', 1) AS run FROM assoc.sync('accessors') s WHERE s ~ 'forum';
-- what is declared no more has no claim
DELETE FROM assoc.associations WHERE source = 'forums'::regclass;
SELECT assoc.has_many('forums', 'topics');
\echo :LAST_ERROR_SQLSTATE

-- accessors are only the caller's to make
CREATE ROLE regress_accessor_plain;
GRANT USAGE ON SCHEMA accessors TO regress_accessor_plain;
ALTER TABLE tags OWNER TO regress_accessor_plain;
ALTER TABLE reviewers OWNER TO regress_accessor_plain;
ALTER TABLE reviewers ADD tag varchar(20);
CREATE INDEX ON reviewers (tag);
SET ROLE regress_accessor_plain;
SELECT assoc.has_many('tags', 'reviewers', foreign_key => 'tag');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.has_many('tags', 'reviewers', foreign_key => 'tag', options => '{"accessors": false}') - 'accessors' AS declared;
SELECT assoc.has_many('users', 'reviewers', foreign_key => 'tag');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

SET client_min_messages = warning;
DROP SCHEMA accessors, accessors_api CASCADE;
DROP ROLE regress_accessor_owner, regress_accessor_user, regress_accessor_plain;
