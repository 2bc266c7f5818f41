-- The payload of a join table, and a join table that is also defined: before or after.
CREATE SCHEMA payload;
SET search_path = payload;
SELECT assoc.define('User', '{"name": "text"}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.define('Project', '{"title": "text"}', '{"timestamps": false}') IS NOT NULL AS defined;

-- in the declaration itself
SELECT assoc.belongs_to_many('User', 'Project', inverse => 'users',
  through_attributes => '{"role": {"type": "text", "allowNull": false, "default": "viewer",
    "validate": {"isIn": ["admin", "developer", "viewer"]}}, "startDate": {"type": "date", "field": "start_date"}}',
  options => '{"timestamps": true, "through": {"attributes": ["role", "startDate"]}}') - 'accessors' AS declared;
\d user_projects
SELECT name, made, attributes, options FROM assoc.models WHERE relation = 'user_projects'::regclass;
-- the same, with and without
SELECT assoc.belongs_to_many('User', 'Project', inverse => 'users',
  through_attributes => '{"role": {"type": "text", "allowNull": false, "default": "viewer",
    "validate": {"isIn": ["admin", "developer", "viewer"]}}, "startDate": {"type": "date", "field": "start_date"}}',
  options => '{"timestamps": true, "through": {"attributes": ["role", "startDate"]}}') -> 'changed' AS changed;
SELECT assoc.belongs_to_many('User', 'Project', options => '{"through": {"attributes": ["role", "startDate"]}}') -> 'changed' AS changed;
-- another type, or more columns
SELECT assoc.belongs_to_many('User', 'Project', options => '{"through": {"attributes": ["role", "startDate"]}}',
  through_attributes => '{"role": "integer"}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('User', 'Project', options => '{"through": {"attributes": ["role", "startDate"]}}',
  through_attributes => '{"hours": {"type": "numeric(6,2)", "default": 0}}') -> 'changed' AS changed;
SELECT assoc.belongs_to_many('User', 'Project', options => '{"through": {"attributes": ["role", "hourz"]}}', replace => true);
\echo :LAST_ERROR_SQLSTATE
SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'user_projects'::regclass AND attnum > 0
  ORDER BY attnum;
SELECT assoc.drop_association('User', 'projects', drop_table => true) -> 'tables' AS tables;

-- defined before: the table gets its keys, and the pair takes the place of the automatic id
SELECT assoc.define('UserProject',
  '{"role": {"type": "text", "allowNull": false, "validate": {"isIn": ["admin", "developer", "viewer"]}}, "startDate": {"type": "date"}}')
  IS NOT NULL AS defined;
\d user_projects
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', foreign_key => 'userId',
  alias => 'projects') - 'accessors' AS declared;
SELECT assoc.belongs_to_many('Project', 'User', through => 'UserProject', foreign_key => 'projectId',
  alias => 'users') - 'accessors' AS declared;
\d user_projects
-- neither takes back what the other one did
SELECT assoc.define('UserProject',
  '{"role": {"type": "text", "allowNull": false, "validate": {"isIn": ["admin", "developer", "viewer"]}}, "startDate": {"type": "date"}}')
  -> 'changed' AS changed;
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', foreign_key => 'userId',
  alias => 'projects') -> 'changed' AS changed;
INSERT INTO users (name) VALUES ('John');
INSERT INTO projects (title) VALUES ('Tutorial');
INSERT INTO user_projects ("userId", "projectId", role) VALUES (1, 1, 'admin');
INSERT INTO user_projects ("userId", "projectId", role) VALUES (1, 1, 'viewer');
DELETE FROM users;
SELECT count(*) FROM user_projects;
SELECT assoc.drop_association('User', 'projects', drop_table => true) -> 'tables' AS tables;

-- defined after: the payload is added
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject') -> 'created' AS created;
SELECT assoc.define('UserProject', '{"role": {"type": "text"}}') IS NOT NULL AS defined;
\d user_projects
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject') -> 'changed' AS changed;
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', options => '{"timestamps": true}') -> 'changed' AS changed;
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', options => '{"timestamps": true}') -> 'changed' AS changed;
SELECT options FROM assoc.models WHERE relation = 'user_projects'::regclass;
\d user_projects
SELECT assoc.drop_association('User', 'projects', drop_table => true) -> 'tables' AS tables;

-- an id that was declared stays, and so does one of a pair that may be linked twice
SELECT assoc.define('UserProject', '{"id": {"type": "bigint", "primaryKey": true}, "role": "text"}',
  '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject') -> 'created' AS created;
\d user_projects
SELECT assoc.drop_association('User', 'projects', drop_table => true) -> 'tables' AS tables;
SELECT assoc.define('UserProject', '{"role": "text"}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', options => '{"unique": false}') -> 'created' AS created;
\d user_projects
SELECT assoc.drop_association('User', 'projects', drop_table => true) -> 'tables' AS tables;
-- keys that define declared get what else they need
SELECT assoc.define('UserProject', '{"user_id": "bigint", "project_id": "bigint"}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject') - 'accessors' AS declared;
\d user_projects
SELECT assoc.drop_association('User', 'projects', drop_table => true) -> 'tables' AS tables;

-- rows that link nothing cannot be given keys
SELECT assoc.define('UserProject', '{"role": "text"}', '{"timestamps": false}') IS NOT NULL AS defined;
INSERT INTO user_projects (role) VALUES ('admin');
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject');
\echo :LAST_ERROR_SQLSTATE
\d user_projects
-- the statements that it prints do it
INSERT INTO users (id, name) VALUES (7, 'Jane');
INSERT INTO projects (id, title) VALUES (8, 'Redesign');
ALTER TABLE payload.user_projects ADD COLUMN user_id pg_catalog.int8;
ALTER TABLE payload.user_projects ADD COLUMN project_id pg_catalog.int8;
UPDATE payload.user_projects SET user_id = 7, project_id = 8;
ALTER TABLE payload.user_projects ALTER COLUMN user_id SET NOT NULL, ALTER COLUMN project_id SET NOT NULL, DROP COLUMN id,
  ADD PRIMARY KEY (user_id, project_id);
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject') - 'accessors' AS declared;
\d user_projects

SET client_min_messages = warning;
DROP SCHEMA payload CASCADE;
