-- What a pool does to a session between the calls of different applications: nothing
-- that was compiled for one may answer another wrongly.
CREATE SCHEMA tenant_a;
CREATE SCHEMA tenant_b;
SET search_path = tenant_a;
SELECT assoc.define('User', '{"name": "text"}', '{"timestamps": false}') -> 'created' AS created;
SELECT assoc.define('Project', '{"title": "text"}', '{"timestamps": false}') -> 'created' AS created;
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject') -> 'created' AS created;
SELECT assoc.create('User', '{"name": "of a", "projects": [{"title": "of a"}]}') -> 'id' AS id;
SET search_path = tenant_b;
SELECT assoc.define('User', '{"name": "text", "vip": "boolean"}', '{"timestamps": false}') -> 'created' AS created;
SELECT assoc.define('Project', '{"title": "text"}', '{"timestamps": false}') -> 'created' AS created;
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject') -> 'created' AS created;
SELECT assoc.create('User', '{"name": "of b", "vip": true, "projects": [{"title": "of b"}]}') -> 'id' AS id;

-- one statement, the tenant by search_path
PREPARE by_name (text, bigint) AS SELECT assoc.find_by_pk($1, $2, '{"include": ["projects"]}');
PREPARE accessor AS SELECT user_with_projects(1);
SET search_path = tenant_a;
EXECUTE by_name('User', 1);
EXECUTE accessor;
SET search_path = tenant_b;
EXECUTE by_name('User', 1);
EXECUTE accessor;
EXECUTE by_name('tenant_a.User', 1);
-- an accessor belongs to its schema
SET search_path = public;
SELECT tenant_a.user_with_projects(1) ->> 'name' AS a, tenant_b.user_with_projects(1) ->> 'name' AS b;
\set VERBOSITY terse
EXECUTE accessor;
\set VERBOSITY default
-- or to nobody's
SET search_path = '';
SELECT tenant_a.user_add_project(1, 1), tenant_a.user_has_project(1, 1);

-- a temporary table in front of everything changes nothing for what is bound
SET search_path = tenant_a;
CREATE TEMP TABLE users (id bigint PRIMARY KEY, name text);
CREATE TEMP TABLE user_projects (user_id bigint, project_id bigint);
INSERT INTO users VALUES (1, 'temporary');
EXECUTE by_name('User', 1);
SELECT user_with_projects(1) ->> 'name' AS name, user_set_projects(1, '{1}') -> 'unchanged' AS unchanged;

-- DISCARD takes plans, temporary tables and settings
SET pg_associations.plan_cache_size = 9;
DISCARD PLANS;
EXECUTE by_name('User', 1);
DISCARD ALL;
SHOW pg_associations.plan_cache_size;
EXECUTE by_name('User', 1);
SELECT tenant_b.user_with_projects(1);

-- names and types that move under what is compiled
SET search_path = tenant_a;
PREPARE again AS SELECT user_with_projects(1);
EXECUTE again;
ALTER SCHEMA tenant_a RENAME TO tenant_c;
\set VERBOSITY terse
EXECUTE again;
\set VERBOSITY default
SET search_path = tenant_c;
EXECUTE again;
ALTER SCHEMA tenant_b RENAME TO tenant_a;
SET search_path = tenant_a;
EXECUTE again;
ALTER TABLE users SET SCHEMA public;
EXECUTE again;
SELECT assoc.find_one('public.User') ->> 'name' AS name;
ALTER TABLE public.users SET SCHEMA tenant_a;
ALTER TABLE projects ALTER title TYPE varchar(10);
EXECUTE again;

-- a declaration that is rolled back, in parts
BEGIN;
SELECT assoc.belongs_to_many('User', 'Project', through => 'Favourite', alias => 'favourites') -> 'created' AS created;
SAVEPOINT s;
SELECT user_add_favourite(1, 1), jsonb_array_length(user_with_favourites(1) -> 'favourites') AS favourites;
ALTER TABLE users RENAME name TO called;
SELECT user_with_favourites(1) ->> 'name' AS name;
ROLLBACK TO s;
SELECT user_with_favourites(1) ->> 'name' AS name, jsonb_array_length(user_with_favourites(1) -> 'favourites') AS favourites;
ROLLBACK;
SELECT assoc.get('User', 1, 'favourites');
EXECUTE again;

-- an isolation level, a time zone, a date style: of the session at the call
ALTER TABLE projects ADD due timestamptz DEFAULT '2024-02-29 12:00+00';
SET timezone = 'UTC';
SELECT user_with_projects(1) #>> '{projects,0,due}' AS due;
SET timezone = 'Asia/Tokyo';
SET datestyle = 'German';
SELECT user_with_projects(1) #>> '{projects,0,due}' AS due;
SELECT assoc.count('Project', '{"where": {"due": "29.02.2024 21:00"}}') AS german;
SET datestyle = 'ISO, MDY';
SELECT assoc.count('Project', '{"where": {"due": "2024-02-29 21:00"}}') AS iso;

RESET ALL;
SET client_min_messages = warning;
DROP SCHEMA tenant_a, tenant_c CASCADE;
