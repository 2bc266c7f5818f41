-- Taking declarations back, and what happens when tables go.
CREATE SCHEMA drops;
SET search_path = drops;
CREATE VIEW left_over AS
  SELECT (SELECT count(*) FROM assoc.associations) AS associations,
    (SELECT array_agg(name ORDER BY name) FROM assoc.models) AS models,
    (SELECT count(*) FROM pg_proc WHERE pronamespace = 'drops'::regnamespace) AS functions;
SELECT assoc.define('User', '{}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.define('Project', '{}', '{"timestamps": false}') IS NOT NULL AS defined;

-- both directions and their accessors; the table stays
SELECT assoc.belongs_to_many('User', 'Project', inverse => 'users', options => '{"accessors": ["with"],
  "inverse": {"accessors": ["with"]}}') IS NOT NULL AS declared;
SELECT assoc.drop_association('User', 'projects');
SELECT * FROM left_over;
-- so that it can be declared again, on the same table
SELECT assoc.belongs_to_many('User', 'Project', options => '{"accessors": ["with"]}') -> 'created' AS created;
SELECT assoc.belongs_to_many('Project', 'User', options => '{"accessors": ["with"]}') -> 'created' AS created;
-- one direction only
SELECT assoc.drop_association('User', 'projects', inverse => false);
SELECT assoc.drop_association('Project', 'users', inverse => false, drop_table => true);
SELECT * FROM left_over;

-- a name of the other direction does not stay behind
SELECT assoc.belongs_to_many('User', 'Project', inverse => 'users', options => '{"accessors": false, "inverse": {"accessors": false}}') IS
  NOT NULL AS declared;
SELECT assoc.drop_association('User', 'projects', inverse => false);
SELECT alias, inverse FROM assoc.associations;
-- a table that others use is not dropped
SELECT assoc.belongs_to_many('User', 'Project', alias => 'works', options => '{"accessors": false}') IS NOT NULL AS declared;
SELECT assoc.drop_association('Project', 'users', inverse => false, drop_table => true);
\echo :LAST_ERROR_SQLSTATE
CREATE VIEW links AS SELECT * FROM user_projects;
SELECT assoc.drop_association('Project', 'users', drop_table => true);
\echo :LAST_ERROR_SQLSTATE
DROP VIEW links;
SELECT count(*) FROM assoc.associations;
-- nor is one that was adopted
SELECT assoc.drop_association('Project', 'users') -> 'associations' AS dropped;
CREATE TABLE memberships (user_id bigint REFERENCES users, project_id bigint REFERENCES projects, PRIMARY KEY (user_id, project_id));
CREATE INDEX ON memberships (project_id);
SELECT assoc.belongs_to_many('User', 'Project', through => 'memberships', options => '{"accessors": false}') IS NOT NULL AS declared;
SELECT assoc.drop_association('User', 'projects', drop_table => true);
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.drop_association('User', 'projects') -> 'tables' AS tables;

-- foreign keys of the other kinds stay
SELECT assoc.define('Task', '{}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.has_many('User', 'Task', inverse => 'user', options => '{"accessors": ["get"], "inverse": {"accessors": ["get"]}}') IS NOT NULL
  AS declared;
SELECT assoc.drop_association('Task', 'user');
SELECT attname FROM pg_attribute WHERE attrelid = 'tasks'::regclass AND attnum > 0;
SELECT assoc.has_many('User', 'Task') -> 'created' AS created;
SELECT assoc.drop_association('User', 'tasks', drop_table => true);
\echo :LAST_ERROR_SQLSTATE

-- unknown ones
SELECT assoc.drop_association('User', 'taks');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.drop_association('Usr', 'tasks');
SELECT assoc.drop_association('User', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.drop_association('Project', 'users');

-- what is rolled back was not dropped
BEGIN;
SELECT jsonb_array_length(assoc.drop_association('User', 'tasks') -> 'accessors') AS dropped;
ROLLBACK;
SELECT count(*) FROM assoc.associations;

-- somebody else's
CREATE ROLE regress_drop;
GRANT USAGE, CREATE ON SCHEMA drops TO regress_drop;
SET ROLE regress_drop;
SELECT assoc.drop_association('User', 'tasks');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT count(*) FROM assoc.associations;
-- a function that somebody else wrote like an accessor is in nobody's way
SET ROLE regress_drop;
SELECT assoc.define('Thing', '{}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.define('Other', '{}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.has_many('Thing', 'Other', options => '{"accessors": ["get"]}') -> 'accessors' AS accessors;
RESET ROLE;
CREATE FUNCTION watch(id bigint, options jsonb) RETURNS jsonb LANGUAGE sql RETURN assoc.load_get('things'::regclass, 'others', id, options);
SET ROLE regress_drop;
SELECT assoc.drop_association('Thing', 'others') AS dropped;
RESET ROLE;
DROP FUNCTION watch;

-- several associations over one key: each has its own other direction
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', alias => 'projects', inverse => 'users') ->> 'inverse' AS inverse;
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', alias => 'work', inverse => 'people') ->> 'inverse' AS inverse;
SELECT assoc.drop_association('User', 'projects') -> 'associations' AS dropped;
SELECT assoc.belongs_to_many('Project', 'User', through => 'UserProject', alias => 'users') ->> 'inverse' AS inverse;
SELECT assoc.drop_association('Project', 'users') -> 'associations' AS dropped;
SELECT assoc.drop_association('Project', 'people') -> 'associations' AS dropped;
SELECT assoc.has_many('User', 'Project', foreign_key => 'lead', alias => 'led', inverse => 'leader') ->> 'inverse' AS inverse;
SELECT assoc.has_many('User', 'Project', foreign_key => 'lead', alias => 'also', inverse => 'other') ->> 'inverse' AS inverse;
SELECT assoc.drop_association('Project', 'other') -> 'associations' AS dropped;
SELECT assoc.has_many('User', 'Project', foreign_key => 'lead', alias => 'also', inverse => 'leader') ->> 'inverse' AS inverse;
SELECT source, alias, inverse FROM assoc.associations ORDER BY 1, 2;
SELECT assoc.drop_association('User', 'led') -> 'associations' AS dropped;
SELECT assoc.drop_association('User', 'also') -> 'associations' AS dropped;
-- two that were declared by calls of their own are one association, while they are the only ones
SELECT assoc.has_many('User', 'Project', foreign_key => 'lead', alias => 'led') ->> 'alias' AS alias;
SELECT assoc.belongs_to('Project', 'User', foreign_key => 'lead', alias => 'leader') ->> 'alias' AS alias;
SELECT assoc.has_many('User', 'Project', foreign_key => 'lead', alias => 'also') ->> 'alias' AS alias;
SELECT assoc.drop_association('User', 'also') -> 'associations' AS dropped;
SELECT assoc.drop_association('User', 'led') -> 'associations' AS dropped;
DROP TABLE user_projects CASCADE;

-- a table that goes takes its associations and accessors along, by CASCADE only
SELECT assoc.belongs_to_many('User', 'Project', inverse => 'users', options => '{"accessors": ["get"], "inverse": {"accessors": ["get"]}}')
  IS NOT NULL AS declared;
DROP TABLE projects;
DROP TABLE user_projects;
DROP TABLE user_projects CASCADE;
SELECT source, alias FROM assoc.associations ORDER BY alias;
SET client_min_messages = warning;
DROP TABLE users CASCADE;
SELECT * FROM left_over;
SELECT source, alias FROM assoc.associations ORDER BY alias;
DROP SCHEMA drops CASCADE;
DROP ROLE regress_drop;
SELECT (SELECT count(*) FROM assoc.models) + (SELECT count(*) FROM assoc.associations) AS rows;
