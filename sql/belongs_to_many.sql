-- Many-to-many associations, in the order of calls of the tutorial.
CREATE SCHEMA many;
SET search_path = many;
SELECT assoc.define('User', '{"name": {"type": "text", "allowNull": false}}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.define('Project', '{"title": "text"}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT jsonb_pretty(assoc.belongs_to_many('User', 'Project', through => 'UserProject', foreign_key => 'userId', alias => 'projects'));
-- the other direction uses the same table and the same keys
SELECT assoc.belongs_to_many('Project', 'User', through => 'UserProject', foreign_key => 'projectId',
  alias => 'users') - 'accessors' AS declared;
\d user_projects
SELECT * FROM assoc.models WHERE relation = 'user_projects'::regclass;
SELECT * FROM assoc.associations WHERE through = 'user_projects'::regclass ORDER BY alias;
-- again, in whatever way: nothing changes
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', foreign_key => 'userId',
  alias => 'projects') -> 'changed' AS changed;
SELECT assoc.belongs_to_many('User', 'Project') -> 'changed' AS changed;
SELECT assoc.belongs_to_many('Project', 'User', other_key => 'userId') -> 'changed' AS changed;
SELECT assoc.belongs_to_many('User', 'Project', through => 'user_projects', foreign_key => ' userId ', other_key => 'projectId',
  source_key => 'id', target_key => 'id') -> 'changed' AS changed;

-- a key that contradicts the other direction, or what stands
SELECT assoc.belongs_to_many('Project', 'User', through => 'UserProject', foreign_key => 'projId', alias => 'members');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('Project', 'User', through => 'UserProject', other_key => 'memberId', alias => 'members');
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', foreign_key => 'projectId', alias => 'projects');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', foreign_key => 'projectId', alias => 'more');
SELECT assoc.belongs_to_many('User', 'Project', through => 'Membership', alias => 'projects');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('User', 'Project', options => '{"order": ["title"], "singular": "work"}');
SELECT to_regclass('memberships');
-- with replace it evolves
SELECT assoc.belongs_to_many('User', 'Project', options => '{"order": ["title"], "singular": "work"}',
  replace => true) -> 'accessors' -> 4 AS accessor;
SELECT singular, options FROM assoc.associations WHERE alias = 'projects';
SELECT count(*) FROM pg_proc WHERE pronamespace = 'many'::regnamespace AND proname = 'user_add_project';
SELECT assoc.belongs_to_many('User', 'Project', replace => true) -> 'changed' AS changed;
SELECT assoc.belongs_to_many('User', 'Project', replace => true) -> 'changed' AS changed;

-- a second association over the same table, for one role; the pair stays one link
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', alias => 'adminProjects',
  options => '{"through": {"scope": {"role": "admin"}}, "accessors": ["get"]}') - 'created' AS declared;

-- both directions in one call
SELECT assoc.define('Tag', '{"name": "text"}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.belongs_to_many('Project', 'Tag', inverse => 'tagged', options => '{"inverse": {"order": ["title"]},
  "through": {"as": "tagging"}}') - 'accessors' AS declared;
SELECT source, alias, foreign_key, other_key, inverse, options FROM assoc.associations
  WHERE target = 'tags'::regclass OR source = 'tags'::regclass ORDER BY alias;
-- then the explicit call for the other one says the same
SELECT assoc.belongs_to_many('Tag', 'Project', through => 'ProjectTag', foreign_key => 'tag_id', alias => 'tagged',
  options => '{"order": ["title"], "through": {"as": "tagging"}}') -> 'changed' AS changed;
SELECT assoc.belongs_to_many('Tag', 'Project', through => 'ProjectTag', alias => 'tagged', options => '{"order": ["name"]}');

-- aliases
SELECT assoc.belongs_to_many('User', 'Project', alias => 'name');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('User', 'Tag', inverse => 'name');
SELECT assoc.belongs_to_many('User', 'User');
SELECT assoc.belongs_to_many('User', 'Tag', alias => '');
SELECT assoc.belongs_to_many('User', 'Tag', options => '{"through": {"as": "name"}}');
\echo :LAST_ERROR_SQLSTATE
-- arguments and options
SELECT assoc.belongs_to_many(NULL, 'Tag');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('User', 'Tagg');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('User', 'Tag', options => '{"onDelet": "CASCADE"}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('User', 'Tag', options => '{"onDelete": "DESTROY"}');
SELECT assoc.belongs_to_many('User', 'Tag', options => '{"through": {"attribute": ["role"]}}');
SELECT assoc.belongs_to_many('User', 'Tag', options => '{"through": {"attributes": ["role"]}}');
SELECT assoc.belongs_to_many('User', 'Tag', options => '{"inverse": {"order": ["name"]}}');
SELECT assoc.belongs_to_many('User', 'Tag', inverse => 'users', options => '{"inverse": {"onDelete": "CASCADE"}}');
SELECT assoc.belongs_to_many('User', 'Tag', options => '{"constraints": "no"}');
SELECT assoc.belongs_to_many('User', 'Tag', options => '{"deferrable": "sometimes"}');
SELECT assoc.belongs_to_many('User', 'Tag', options => '{"scope": {"name": {"likee": "x"}}}');
SELECT assoc.belongs_to_many('User', 'Tag', options => '[1]');
SELECT assoc.belongs_to_many('User', 'Tag', through_attributes => '{"role": "no_such_type"}');
\echo :LAST_ERROR_SQLSTATE
-- nothing of all this is left
SELECT to_regclass('user_tags') AS "table", count(*) AS associations FROM assoc.associations WHERE source = 'users'::regclass
  AND target = 'tags'::regclass;

-- a declaration that is rolled back leaves no trace
BEGIN;
SELECT assoc.belongs_to_many('User', 'Tag') -> 'created' AS created;
ROLLBACK;
BEGIN;
SAVEPOINT a;
SELECT assoc.belongs_to_many('User', 'Tag') -> 'created' AS created;
ROLLBACK TO a;
SELECT assoc.belongs_to_many('User', 'Tag', alias => 'labels', foreign_key => 'owner') - 'accessors' AS declared;
COMMIT;
SELECT alias, foreign_key, other_key FROM assoc.associations WHERE through = 'user_tags'::regclass;
SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'many'::regnamespace AND proname LIKE 'user\_add%' ORDER BY 1;

-- what was renamed since is followed
ALTER TABLE user_projects RENAME TO memberships;
ALTER TABLE memberships RENAME "userId" TO member;
SELECT assoc.belongs_to_many('User', 'Project') ->> 'foreignKey' AS key;
SELECT assoc.belongs_to_many('Project', 'User') ->> 'otherKey' AS key;
SELECT assoc.belongs_to_many('User', 'Project', foreign_key => 'userId');

-- a schema per tenant
CREATE SCHEMA tenant1;
CREATE SCHEMA tenant2;
SET search_path = tenant1, many;
SELECT assoc.belongs_to_many('User', 'Project');
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE users (id int PRIMARY KEY);
CREATE TABLE projects (id int PRIMARY KEY);
SELECT assoc.belongs_to_many('users', 'projects', inverse => 'users') -> 'created' AS created;
SET search_path = many;
CREATE TABLE tenant2.users (id uuid PRIMARY KEY);
CREATE TABLE tenant2.projects (id uuid PRIMARY KEY);
SELECT assoc.belongs_to_many('tenant2.users', 'tenant2.projects', inverse => 'users') - 'accessors' AS declared;
SELECT pronamespace::regnamespace AS schema, count(*) FROM pg_proc WHERE proname = 'user_add_project'
  AND pronamespace::regnamespace::text LIKE 'tenant%' GROUP BY 1 ORDER BY 1::text;
SELECT assoc.belongs_to_many('tenant3.users', 'tenant2.projects');
\echo :LAST_ERROR_SQLSTATE

-- rights: the source must be the caller's, and so must what a foreign key or an alias is put on
CREATE ROLE regress_many_owner;
CREATE ROLE regress_many_other;
CREATE SCHEMA regress_many AUTHORIZATION regress_many_owner;
GRANT USAGE, CREATE ON SCHEMA regress_many TO regress_many_other;
SET SESSION AUTHORIZATION regress_many_owner;
SET search_path = regress_many;
SELECT assoc.define('Owner', '{}', '{"timestamps": false}') IS NOT NULL AS defined;
SET SESSION AUTHORIZATION regress_many_other;
SET search_path = regress_many;
SELECT assoc.define('Other', '{}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.belongs_to_many('Owner', 'Other');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('Other', 'Owner');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('Other', 'Owner', inverse => 'others');
\echo :LAST_ERROR_SQLSTATE
SELECT to_regclass('other_owners') AS "table";
SET SESSION AUTHORIZATION regress_many_owner;
GRANT REFERENCES ON regress_many.owners TO regress_many_other;
SET SESSION AUTHORIZATION regress_many_other;
SELECT assoc.belongs_to_many('Other', 'Owner') - 'accessors' AS declared;
SELECT DISTINCT proowner::regrole AS owner FROM pg_proc WHERE pronamespace = 'regress_many'::regnamespace;
-- the join table is its maker's; the other direction wants both
SET SESSION AUTHORIZATION regress_many_owner;
SELECT assoc.belongs_to_many('Owner', 'Other');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM assoc.associations WHERE source = 'regress_many.owners'::regclass;
RESET SESSION AUTHORIZATION;

SET client_min_messages = warning;
DROP SCHEMA many, tenant1, tenant2, regress_many CASCADE;
DROP ROLE regress_many_owner, regress_many_other;
