-- A row that nested data names twice for one parent, by whatever verbs, is linked once; what is looked for twice is created once.
CREATE SCHEMA named_twice;
SET search_path = named_twice;
SELECT assoc.define('User', '{"name": "text"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.define('Project', '{"title": {"type": "text", "unique": true}, "size": "int"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.define('Task', '{"title": "text"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.belongs_to_many('User', 'Project', inverse => 'users', through_attributes => '{"role": "text", "note": "text"}') ->> 'alias' AS
  alias;
SELECT assoc.belongs_to_many('User', 'Project', through => 'Visit', alias => 'visited',
  options => '{"through": {"unique": false}}') ->> 'alias' AS alias;
SELECT assoc.has_many('User', 'Task', inverse => 'user') ->> 'alias' AS alias;
INSERT INTO projects (title) VALUES ('p1'), ('p2');
CREATE VIEW shown AS
  SELECT u.name, p.title, l.role, l.note FROM users u JOIN user_projects l ON user_id = u.id JOIN projects p ON p.id = project_id
  ORDER BY u.id, p.id;
CREATE FUNCTION made(name text, projects jsonb) RETURNS SETOF shown LANGUAGE sql AS $$
  SELECT assoc.create('User', jsonb_build_object('name', name, 'projects', projects), '{"include": []}');
  SELECT * FROM shown WHERE name = $1 ORDER BY title;
$$;
SELECT * FROM made('connect', '{"connect": [1, 1, {"id": 1, "through": {"role": "r"}}]}');
SELECT * FROM made('found', '{"connectOrCreate": [{"where": {"title": "p1"}, "create": {"title": "p1"}, "through": {"role": "a",
  "note": "n"}},
  {"where": {"title": {"eq": "p1"}}, "create": {"title": "p1"}, "through": {"role": "b"}}]}');
SELECT * FROM made('both', '{"connect": [{"id": 1, "through": {"note": "c"}}], "connectOrCreate": {"where": {"title": "p1"},
  "create": {}}}');
SELECT * FROM made('set', '{"set": [1, 2], "connect": [{"id": 2, "through": {"role": "later"}}]}');
SELECT * FROM made('new', '{"connectOrCreate": [{"where": {"title": "x"}, "create": {"title": "x"}, "through": {"role": "a", "note": "n"}},
  {"where": {"and": [{"title": "x"}]}, "create": {"title": "x"}, "through": {"role": "b"}}]}');
-- by several parents, some of them new
SELECT jsonb_array_length(assoc.bulk_create('User', '[
  {"name": "b1", "projects": {"connectOrCreate": {"where": {"title": "y"}, "create": {"title": "y"}}}},
  {"name": "b2", "projects": {"connectOrCreate": [{"where": {"title": {"eq": "y"}}, "create": {"title": "y"}, "through": {"role": "2"}},
    {"where": {"title": "y"}, "create": {"title": "y"}}]}}]')) AS n;
SELECT assoc.update('User', '{"projects": {"connectOrCreate": [{"where": {"title": "z"}, "create": {"title": "z"},
  "through": {"role": "a"}},
  {"where": {"title": "z"}, "create": {"title": "z"}, "through": {"note": "b"}}], "connect": [1, 1]}}',
  '{"where": {"name": {"in": ["b1", "b2"]}}, "returning": false}');
SELECT * FROM shown WHERE name IN ('b1', 'b2');
-- other values are other rows, however they are written
SELECT * FROM made('values', '{"connectOrCreate": [{"where": {"size": 5}, "create": {"size": 5}}, {"where": {"size": "5"},
  "create": {"size": 5}},
  {"where": {"size": 6}, "create": {"size": 6}}, {"where": {"size": 6, "title": null}, "create": {"size": 6}},
  {"where": {"title": null, "size": {"eq": 6}}, "create": {"size": 6}}, {"where": {"size": {"gt": 6}}, "create": {"size": 7}},
  {"where": {"size": {"gt": 6}}, "create": {"size": 7}}]}');
SELECT size, count(*) FROM projects WHERE size IS NOT NULL GROUP BY 1 ORDER BY 1;
-- where a pair may be linked twice, it is; a child named twice is one child
SELECT assoc.create('User', '{"name": "visitor", "visited": {"connect": [1, 1]}, "tasks": {"connectOrCreate":
  [{"where": {"title": "t"}, "create": {"title": "t"}}, {"where": {"title": "t"}, "create": {"title": "t"}}]}}') -> 'tasks' AS tasks;
SELECT count(*) AS visits FROM visits;
SELECT assoc.bulk_create('User', '[{"tasks": {"connectOrCreate": {"where": {"title": "u"}, "create": {"title": "u"}}}},
  {"tasks": {"connectOrCreate": {"where": {"title": "u"}, "create": {"title": "u"}}}}]');
\echo :LAST_ERROR_SQLSTATE
SET client_min_messages = warning;
DROP SCHEMA named_twice CASCADE;
