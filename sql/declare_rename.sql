-- Another name for an association or a model: accessors are called otherwise and keep what was granted and set.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only
SET client_min_messages = warning;
CREATE ROLE regress_rename;
CREATE SCHEMA ren;
SET search_path = ren;
SELECT assoc.define('User', '{"name": "text"}', '{"timestamps": false}') ->> 'model',
  assoc.define('Project', '{"title": "text"}', '{"timestamps": false}') ->> 'model';
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', inverse => 'users', options =>
  '{"accessors": ["with", "get", "has", "add"], "inverse": {"accessors": ["get"]}}') ->> 'alias';
SELECT assoc.bulk_create('User', '[{"name": "ann", "projects": [{"title": "x"}]}]') -> 0 -> 'id';
GRANT EXECUTE ON FUNCTION user_add_project(bigint, bigint, jsonb) TO regress_rename;
REVOKE ALL ON FUNCTION user_with_projects(bigint, jsonb) FROM PUBLIC;
ALTER FUNCTION user_get_projects(bigint, jsonb) SET work_mem = '8MB';
COMMENT ON FUNCTION user_has_project(bigint, bigint) IS 'mine';
CREATE VIEW functions AS
  SELECT p.oid::regprocedure AS function, pg_get_function_arguments(p.oid), proacl IS NOT NULL AS granted, proconfig,
    obj_description(p.oid, 'pg_proc')
  FROM pg_proc p WHERE pronamespace = 'ren'::regnamespace ORDER BY p.proname COLLATE "C", pronargs;
SELECT split_part(s, ' ', 1), count(*)
  FROM jsonb_array_elements_text(assoc.rename_association('User', 'projects', 'works', dry_run => true) -> 'statements') s
  GROUP BY 1 ORDER BY 1;
SELECT assoc.rename_association('User', 'projects', 'works');
SELECT * FROM functions;
SELECT source, alias, singular, inverse FROM assoc.associations ORDER BY 1, 2;
SELECT user_with_works(1), user_has_work(1, 1), user_add_work(1, 1) -> 'unchanged';
SELECT assoc.find_all('Project', '{"include": ["users"]}');
SELECT * FROM assoc.check('ren');
-- again in a migration: a declaration under the new name is the same
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', alias => 'works', inverse => 'users', options =>
  '{"accessors": ["with", "get", "has", "add"], "inverse": {"accessors": ["get"]}}') -> 'changed';
-- another singular; one word for both; back
SELECT assoc.rename_association('User', 'works', 'works', 'job') -> 'accessors';
SELECT assoc.rename_association('User', 'works', 'staff', 'staff') -> 'accessors';
SELECT assoc.rename_association('Project', 'users', 'people') -> 'accessors';
SELECT assoc.rename_association('User', 'staff', 'projects') -> 'accessors';
SELECT source, alias, singular, inverse FROM assoc.associations ORDER BY 1, 2;
-- what is taken, what is not there, who may not
SELECT assoc.rename_association('User', 'projects', 'name');
SELECT assoc.rename_association('User', 'nothing', 'x');
SELECT assoc.rename_association('User', 'projects', repeat('x', 64));
SELECT assoc.rename_association('User', 'projects', NULL);
CREATE FUNCTION user_with_tasks(bigint, jsonb) RETURNS int LANGUAGE sql AS 'SELECT 1';
SELECT assoc.rename_association('User', 'projects', 'tasks');
SELECT assoc.has_many('User', 'Project', alias => 'led', foreign_key => 'lead_id', inverse => 'leader',
  options => '{"accessors": false, "inverse": {"accessors": false}}') ->> 'alias';
SELECT assoc.rename_association('User', 'projects', 'led');
GRANT USAGE ON SCHEMA ren TO regress_rename;
SET ROLE regress_rename;
SELECT assoc.rename_association('User', 'projects', 'mine');
SELECT assoc.rename_model('User', 'Mine');
RESET ROLE;
-- models
SELECT assoc.rename_model('User', 'Project');
SELECT assoc.rename_model('User', 'user_projects');
SELECT jsonb_array_length(assoc.rename_model('User', 'Person', dry_run => true) -> 'statements') > 0;
SELECT assoc.rename_model('User', 'Person');
SELECT * FROM functions;
SELECT person_with_projects(1), assoc.find_all('Person');
SELECT assoc.find_all('User');
SELECT * FROM assoc.check('ren');
DROP SCHEMA ren CASCADE;
DROP ROLE regress_rename;
