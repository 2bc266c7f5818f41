-- update_many: rows with data of their own, by primary or unique key
CREATE SCHEMA update_many;
SET search_path = update_many;
CREATE TABLE projects (id int PRIMARY KEY, title text);
CREATE TABLE tasks (id int PRIMARY KEY, code text UNIQUE, title text NOT NULL CHECK (length(title) < 9), points int,
  project_id int REFERENCES projects, deleted_at timestamptz);
CREATE INDEX ON tasks (project_id);
INSERT INTO projects VALUES (1, 'p1'), (2, 'p2');
INSERT INTO tasks SELECT g, 'c' || g, 't' || g, g, 1, CASE g WHEN 5 THEN now() END FROM generate_series(1, 5) g;
SELECT assoc.adopt('tasks', options => '{"paranoid": true}') IS NOT NULL AS adopted;
SELECT assoc.has_many('projects', 'tasks', inverse => 'project') -> 'alias' AS alias;
SELECT assoc.update_many('tasks', '[{"id": 3, "title": "c"}, {"id": 1, "title": "a", "points": {"increment": 10}}, {"id": 2,
  "title": "b"}]');
SELECT assoc.update_many('tasks', '[{"code": "c2", "points": 20}, {"code": "c1", "points": {"increment": 1}, "project": {"connect": 2}}]',
  '{"key": "code", "returning": ["id", "points"]}');
SELECT assoc.update_many('projects', '[{"id": 1, "tasks": {"update": [{"id": 4, "data": {"title": "d"}}]}}, {"id": 2, "title": "P2",
  "tasks": {"connect": [3]}}]');
SELECT assoc.update_many('tasks', '[]'), assoc.update_many('tasks', '[{"id": 1}]');
SELECT * FROM projects ORDER BY id;
SELECT id, code, title, points, project_id FROM tasks ORDER BY id;
-- keys that are not there, soft-deleted ones too
SELECT assoc.update_many('tasks', '[{"id": 1, "points": 0}, {"id": 5, "points": 0}, {"id": 9, "points": 0}]');
SELECT assoc.update_many('tasks', '[{"id": 1, "points": 0}, {"id": 5, "points": 0}]', '{"ignoreMissing": true}'), assoc.update_many('tasks',
  '[{"id": 5, "points": 0}]', '{"paranoid": false}');
-- all that is wrong at once; the key is not changed
SELECT assoc.update_many('tasks', '[{"id": 1, "title": "much too long"}, {"id": 2, "title": null}, {"id": 3, "points": "x"}]');
SELECT assoc.update_many('tasks', '[{"id": 1, "title": "x"}, {"id": "1", "title": "y"}]');
SELECT assoc.update_many('tasks', '[{"title": "x"}]');
SELECT assoc.update_many('tasks', '[{"title": "x", "id": 1}]', '{"key": ["title"]}');
SELECT assoc.update_many('tasks', '{"id": 1}');
SELECT assoc.update_many('tasks', '[{"id": 1, "titel": "x"}]');
SELECT assoc.update_many('tasks', '[{"id": 1, "title": "x", "points": 1}]', '{"fields": ["title"]}');
SELECT assoc.update_many('tasks', '[{"id": 1, "title": "ok"}]', '{"fields": ["title"]}');
SELECT assoc.update_many('tasks', '[{"id": 1, "code": "c2"}]');
SELECT assoc.update_many('tasks', '[]', '{"where": {}}');
-- keys of several columns; as one statement by hand
CREATE TABLE cells (a int, b int, v int, PRIMARY KEY (a, b));
INSERT INTO cells SELECT x, y, 0 FROM generate_series(1, 3) x, generate_series(1, 3) y;
SELECT assoc.adopt('cells') IS NOT NULL AS adopted;
SELECT assoc.update_many('cells', (SELECT jsonb_agg(jsonb_build_object('a', a, 'b', b, 'v', a * 10 + b)) FROM cells
  WHERE a <> b)) -> 'count' AS count;
SELECT count(*) FILTER (WHERE v = a * 10 + b) AS changed, count(*) FILTER (WHERE v = 0) AS others FROM cells;
-- a hidden attribute says no row, at its place in the options
SELECT assoc.define('Secret', '{"code": {"type": "text", "unique": true, "hidden": true}, "v": "int"}') ->> 'model' AS model;
SELECT assoc.update_many('Secret', '[{"code": "x", "v": 1}]', '{"key": ["code"]}');
SET client_min_messages = warning;
DROP SCHEMA update_many CASCADE;
