-- Changing, deleting and restoring rows by where.
CREATE SCHEMA modifying;
SET search_path = modifying;
SELECT assoc.define('User', '{"name": {"type": "text", "allowNull": false, "validate": {"len": [2, 20]}}, "age": "integer",
  "tags": "text[]"}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.define('Project', '{"title": "text", "archived": {"type": "boolean", "default": false}}',
  '{"timestamps": false, "paranoid": true, "defaultScope": {"where": {"archived": false}}}') IS NOT NULL AS defined;
SELECT assoc.belongs_to_many('User', 'Project', alias => 'projects', inverse => 'users') ->> 'alias' AS alias;
SELECT assoc.bulk_create('User', '[{"name": "John", "age": 30, "projects": [{"title": "a"}, {"title": "b"}]}, {"name": "Jane", "age": 40},
  {"name": "Al", "age": 50}]') IS NOT NULL AS created;
SELECT assoc.create('Project', '{"title": "old", "archived": true}') ->> 'title' AS created;
-- update
SELECT assoc.update('User', '{"age": 31}', '{"where": {"name": "John"}}');
SELECT assoc.update('User', '{"age": null, "tags": ["x"], "name": "Older"}',
  '{"where": {"age": {"gte": 40}, "or": [{"name": "Jane"}, {"name": {"startsWith": "A"}}]}}');
SELECT assoc.update('User', '{"age": 1}', '{"where": {"projects": {"some": {"title": "a"}}}}');
SELECT assoc.update('User', '{"age": 2}', '{"where": {"name": "nobody"}}');
SELECT * FROM users ORDER BY id;
SELECT assoc.update('User', '{"age": 7}', '{"all": true}');
-- destroy: a paranoid model keeps its rows, and their links
SELECT assoc.destroy('Project', '{"where": {"title": {"in": ["a", "old"]}}}');
SELECT assoc.destroy('Project', '{"where": {"title": {"in": ["a", "old"]}}}');
SELECT id, title, deleted_at IS NOT NULL AS deleted FROM projects ORDER BY id;
SELECT count(*) AS links FROM user_projects;
SELECT assoc.update('Project', '{"title": "A"}', '{"where": {"title": "a"}}'), assoc.update('Project', '{"title": "A"}',
  '{"where": {"title": "a"}, "paranoid": false}');
SELECT assoc.restore('Project', '{"where": {"title": "A"}}');
SELECT assoc.restore('Project', '{"all": true}');
SELECT assoc.destroy('Project', '{"where": {"title": "old"}, "scope": false}');
SELECT assoc.destroy('Project', '{"where": {"title": "old"}, "scope": false, "paranoid": false, "force": true}');
SELECT id, title, deleted_at IS NOT NULL AS deleted FROM projects ORDER BY id;
SELECT assoc.destroy('User', '{"where": {"id": [1]}}');
SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM user_projects) AS links;
-- wrong uses
SELECT assoc.update('User', '{"age": 1}', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.update('User', '{"age": 1}', '{"where": {}}');
SELECT assoc.destroy('User', '{}');
SELECT assoc.destroy('User', '{"all": false}');
SELECT assoc.destroy('User', '{"where": {"nam": "x"}}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.destroy('User', '{"were": {"name": "x"}}');
SELECT assoc.update('User', '{"age": 1}', '{"all": true, "force": true}');
SELECT assoc.update('User', '{"age": 1}', '{"where": {"name": {"param": "n"}}}');
SELECT assoc.update('User', '{"ages": 1}', '{"all": true}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.update('User', '{"age": "x"}', '{"all": true}');
SELECT assoc.update('User', '{"projects": 1}', '{"all": true}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.update('User', '{}', '{"all": true}');
SELECT assoc.update('User', '{"name": "x", "age": "1"}', '{"all": true}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.update('User', '{"name": null}', '{"all": true}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.update('User', NULL, '{"all": true}');
SELECT assoc.restore('User', '{"all": true}');
\echo :LAST_ERROR_SQLSTATE
SELECT name, age FROM users ORDER BY id;
PREPARE update_generic AS SELECT assoc.update($1, $2, $3);
EXECUTE update_generic('User', '{"age": 9}', '{"all": true}');
DEALLOCATE ALL;
SET client_min_messages = warning;
DROP SCHEMA modifying CASCADE;
