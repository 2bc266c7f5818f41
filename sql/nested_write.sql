-- Nested writes: verbs under an association, in create and update, at any depth.
CREATE SCHEMA nested;
SET search_path = nested;
SELECT assoc.define('User', '{"name": {"type": "text", "allowNull": false, "validate": {"len": [2, 20]}}}',
  '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.define('Project', '{"title": {"type": "text", "unique": true, "validate": {"notEmpty": true}}, "budget": "int"}',
  '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.define('Task', '{"title": "text", "done": {"type": "boolean", "default": false}}',
  '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.define('Profile', '{"bio": "text"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.belongs_to_many('User', 'Project', through => 'Member', alias => 'projects', inverse => 'users',
  through_attributes => '{"role": {"type": "text", "validate": {"isIn": ["admin", "dev"]}}, "note": "text"}') ->> 'alias' AS alias;
SELECT assoc.has_many('Project', 'Task', alias => 'tasks', inverse => 'project') ->> 'alias' AS alias;
SELECT assoc.has_one('User', 'Profile', alias => 'profile', inverse => 'user') ->> 'alias' AS alias;
CREATE VIEW shown AS SELECT u.name, p.title, m.role, m.note, (SELECT string_agg(t.title, ', ' ORDER BY t.id) FROM tasks t
  WHERE t.project_id = p.id) AS tasks
  FROM users u LEFT JOIN members m ON m.user_id = u.id LEFT JOIN projects p ON p.id = m.project_id ORDER BY u.id, p.id;

-- create: create, connect and connectOrCreate; the same row wanted twice is created once
SELECT assoc.create('User', '{"name": "John", "profile": {"create": {"bio": "hi"}}, "projects": {"create": [{"title": "a",
  "through": {"role": "admin"}, "tasks": [{"title": "a1"}, {"title": "a2"}]}], "connectOrCreate": {"where": {"title": "b"},
  "create": {"title": "b", "budget": 1}, "through": {"role": "dev"}}}}');
SELECT assoc.bulk_create('User', '[{"name": "Jane", "projects": {"connectOrCreate": [{"where": {"title": "b"}, "create": {"title": "b",
  "budget": 2}}, {"where": {"title": "c"}, "create": {"title": "c"}, "through": {"note": "1"}}]}},
  {"name": "Al", "projects": {"connectOrCreate": [{"where": {"title": "c"}, "create": {"title": "c"}, "through": {"note": "2"}}],
    "connect": [1]}}]', '{"attributes": ["name"], "include": [{"association": "projects", "attributes": ["title"],
    "through": {"attributes": ["note"]}}]}');
SELECT assoc.bulk_create('Task', '[{"title": "b1", "project": {"connectOrCreate": {"where": {"title": "d"}, "create": {"title": "d"}}}},
  {"title": "b2", "project": {"connectOrCreate": {"where": {"title": "d"}, "create": {"title": "d"}}}}, {"title": "b3",
  "project": {"set": 1}}]', '{"attributes": ["title"], "include": [{"association": "project", "attributes": ["title"]}]}');
SELECT * FROM shown;

-- update: every verb at once, in a fixed order
SELECT assoc.update('User', '{"name": "Johnny", "projects": {"disconnect": [2], "update": [{"id": 1, "data": {"budget": 10,
  "tasks": {"update": {"where": {"title": "a1"}, "data": {"done": true}}, "delete": {"where": {"title": "a2"}},
  "create": [{"title": "a3"}]}}, "through": {"note": "upd"}}], "connect": [{"id": 3, "through": {"role": "dev"}}], "create": [{"title": "e",
  "through": {"role": "admin"}}]}}', '{"where": {"name": "John"}}');
SELECT * FROM shown;
SELECT assoc.update('User', '{"projects": {"set": [{"id": 1, "through": {"role": "dev"}}, 2]}}',
  '{"where": {"id": 1}, "returning": ["name"]}');
SELECT assoc.update('User', '{"projects": {"upsert": [{"where": {"title": "b"}, "create": {"title": "x"}, "update": {"budget": 77},
  "through": {"note": "up"}}, {"where": {"title": "f"}, "create": {"title": "f"}, "update": {"budget": 78}, "through": {"note": "new"}}]}}',
  '{"where": {"id": 1}, "returning": false}');
SELECT assoc.update('User', '{"projects": {"delete": [6], "connectOrCreate": [{"where": {"title": "d"}, "create": {"title": "d"}},
  {"where": {"title": "g"}, "create": {"title": "g", "tasks": [{"title": "g1"}]}}]}}',
  '{"where": {"id": 1}, "returning": {"attributes": ["id"], "include": [{"association": "projects", "attributes": ["title"],
  "through": {"attributes": []}, "include": ["tasks"]}]}}');
SELECT * FROM shown;
-- an array makes new rows
SELECT assoc.update('Project', '{"tasks": [{"title": "new1"}, {"title": "new2"}]}', '{"where": {"title": {"in": ["c", "d"]}}}');

-- to-one: has_one and belongs_to
SELECT assoc.update('User', '{"profile": {"update": {"data": {"bio": "hello"}}}}', '{"where": {"id": 1}}') -> 'rows';
SELECT assoc.update('User', '{"profile": {"create": {"bio": "replaced"}}}', '{"where": {"id": 1}}') -> 'rows';
SELECT assoc.update('User', '{"profile": {"upsert": {"create": {"bio": "c"}, "update": {"bio": "u"}}}}',
  '{"where": {"id": [1, 2]}}') -> 'rows';
SELECT assoc.update('User', '{"profile": {"disconnect": true}}', '{"where": {"id": 1}}') -> 'rows', assoc.update('User',
  '{"profile": {"delete": true}}', '{"where": {"id": 2}}') -> 'rows';
SELECT * FROM profiles ORDER BY id;
SELECT assoc.update('User', '{"profile": {"connect": 1}}', '{"where": {"id": 3}}') -> 'rows';
SELECT assoc.update('Task', '{"done": true, "project": {"create": {"title": "h"}}}', '{"where": {"title": "b1"}}') -> 'rows';
SELECT assoc.update('Task', '{"project": {"update": {"data": {"budget": 5}}}}', '{"where": {"title": "b1"}}') -> 'rows';
SELECT assoc.update('Task', '{"project": {"disconnect": true}}', '{"where": {"title": "b1"}}') -> 'rows';
SELECT assoc.update('Task', '{"project": {"upsert": {"create": {"title": "i"}, "update": {"budget": 6}}}}',
  '{"where": {"title": "b1"}}') -> 'rows', assoc.update('Task', '{"project": {"upsert": {"create": {"title": "i"},
  "update": {"budget": 6}}}}', '{"where": {"title": "b1"}}') -> 'rows';
SELECT assoc.update('Task', '{"project": {"delete": true}}', '{"where": {"title": "b1"}}') -> 'rows', assoc.update('Task',
  '{"project": {"disconnect": 99}}', '{"where": {"title": "b3"}}') -> 'rows';

-- many rows found: each gets its own new rows, all may share what is many-to-many
SELECT assoc.update('User', '{"projects": {"connect": [4], "create": [{"budget": 100}]}}', '{"where": {"id": [2, 3]}, "returning": false}');
SELECT assoc.update('Project', '{"tasks": {"connect": [1]}}', '{"where": {"id": [3, 4]}}');
SELECT assoc.update('Project', '{"tasks": {"connectOrCreate": {"where": {"title": "shared"}, "create": {"title": "shared"}}}}',
  '{"where": {"id": [3, 4]}}');
SELECT count(*) AS links, count(DISTINCT project_id) AS projects FROM members WHERE user_id IN (2, 3);
-- none found: nothing is done, and wrong data is still wrong
SELECT assoc.update('User', '{"name": "none", "projects": {"create": [{"title": "never"}], "update": {"id": 1, "data": {"budget": 0}}}}',
  '{"where": {"id": 99}}');
SELECT assoc.update('User', '{"projects": {"create": [{"titel": "never"}]}}', '{"where": {"id": 99}}');

-- all failures of all rows in one error, each with its place
SELECT assoc.update('User', '{"name": "x", "projects": {"update": [{"id": 1, "data": {"title": ""}, "through": {"role": "boss"}}],
  "connect": [{"id": 2, "through": {"role": "king"}}], "create": [{"title": "ok"}, {"title": "", "through": {"role": "q"}}],
  "connectOrCreate": {"where": {"title": "zz"}, "create": {"title": ""}, "through": {"role": "c"}}}}',
  '{"where": {"id": [1, 2]}, "paranoid": false}');
SELECT assoc.update('User', '{"name": "x", "projects": {"update": [{"id": 1, "data": {"title": ""}, "through": {"role": "boss"}}],
  "connect": [{"id": 2, "through": {"role": "king"}}], "create": [{"title": "ok"}, {"title": "", "through": {"role": "q"}}],
  "connectOrCreate": {"where": {"title": "zz"}, "create": {"title": ""}, "through": {"role": "c"}}}}', '{"where": {"id": 1}}');
\echo :LAST_ERROR_SQLSTATE
-- a failure leaves nothing
SELECT assoc.update('User', '{"name": "Changed", "projects": {"create": [{"title": "left"}], "connect": [999]}}', '{"where": {"id": 1}}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.update('User', '{"name": "Changed", "projects": {"create": [{"title": "a"}]}}', '{"where": {"id": 1}}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.update('User', '{"name": "Changed", "projects": {"connectOrCreate": {"where": {"budget": 12345}, "create": {"title": "a"}}}}',
  '{"where": {"id": 1}}');
\echo :LAST_ERROR_SQLSTATE
SELECT name, (SELECT count(*) FROM projects WHERE title = 'left') AS left FROM users WHERE id = 1;

-- wrong uses
SELECT assoc.create('User', '{"name": "Max", "projects": {"disconnect": [1]}}');
SELECT assoc.create('User', '{"name": "Max", "projects": {"create": [{"title": "q", "tasks": {"update": {"id": 1, "data": {}}}}]}}');
SELECT assoc.update('User', '{"projects": {"disconect": [1]}}', '{"where": {"id": 1}}');
SELECT assoc.update('User', '{"projects": {"update": {"data": {"budget": 1}}}}', '{"where": {"id": 1}}');
SELECT assoc.update('User', '{"projects": {"update": {"id": 1}}}', '{"where": {"id": 1}}');
SELECT assoc.update('User', '{"projects": {"update": {"id": 1, "dat": {}}}}', '{"where": {"id": 1}}');
SELECT assoc.update('User', '{"projects": {"update": {"id": 5, "data": {"budget": 1}}}}', '{"where": {"id": 3}}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.update('User', '{"projects": {"delete": [5]}}', '{"where": {"id": 3}}');
SELECT assoc.update('User', '{"projects": {"update": {"where": {"titel": 5}, "data": {"budget": 1}}}}', '{"where": {"id": 3}}');
SELECT assoc.update('User', '{"projects": {"upsert": {"id": 5, "create": {}}}}', '{"where": {"id": 3}}');
SELECT assoc.update('User', '{"projects": {"connectOrCreate": {"create": {}}}}', '{"where": {"id": 3}}');
SELECT assoc.update('User', '{"projects": {"connectOrCreate": {"where": {"budget": {"ne": -1}}, "create": {}}}}', '{"where": {"id": 3}}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.update('Task', '{"project": {"create": {"title": "p"}, "connect": 1}}', '{"where": {"id": 3}}');
SELECT assoc.update('User', '{"profile": {"bio": "x"}}', '{"where": {"id": 3}}');
SELECT assoc.update('User', '{"name": "x y"}', '{"where": {"id": 3}, "returning": 1}');
SELECT assoc.update('User', '{"name": "x y"}', '{"where": {"id": 3}, "returning": ["nam"]}');
SELECT assoc.update('User', '{"name": "x y"}', '{"where": {"id": 3}, "returning": true}');

-- a column given twice: by the data itself and by what is nested, which may only agree
SELECT assoc.create('Task', '{"title": "twice", "project_id": 1, "project": {"connect": 2}}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.create('Task', '{"title": "twice", "project_id": null, "project": {"connect": 2}}');
SELECT assoc.create('Task', '{"title": "twice", "project_id": 1, "project": {"create": {"title": "other"}}}');
SELECT assoc.create('Task', '{"title": "twice", "project_id": 2, "project": {"connectOrCreate": {"where": {"id": 1},
  "create": {"title": "other"}}}}');
SELECT assoc.create('Task', '{"title": "twice", "project_id": 2, "project": {"connectOrCreate": {"where": {"title": "nowhere"},
  "create": {"title": "other"}}}}');
SELECT assoc.bulk_create('Task', '[{"title": "fine", "project": {"connect": 1}}, {"title": "twice", "project_id": 1,
  "project": {"connect": 2}}]');
SELECT assoc.create('Project', '{"title": "twice", "tasks": [{"title": "t1"}, {"title": "t2", "project_id": 1}]}');
SELECT assoc.create('User', '{"name": "twice", "profile": {"create": {"bio": "b", "user_id": 1}}}');
SELECT assoc.create('User', '{"name": "twice", "projects": [{"title": "twice", "through": {"user_id": 1}}]}');
SELECT assoc.create_in('Project', 1, 'tasks', '{"title": "twice", "project_id": 2}');
SELECT assoc.create_in('Project', NULL::bigint, 'tasks', '{"title": "none"}');
SELECT project_create_task(NULL, '{"title": "none"}');
SELECT assoc.update('Task', '{"project_id": 1, "project": {"connect": 2}}', '{"where": {"title": "b3"}}');
SELECT assoc.update('Task', '{"project_id": 1, "project": {"disconnect": true}}', '{"where": {"title": "b3"}}');
SELECT assoc.update('Project', '{"tasks": {"create": [{"title": "twice", "project_id": 2}]}}', '{"where": {"id": 1}}');
SELECT assoc.find_or_create('Task', '{"title": "twice", "project_id": 1}', '{"defaults": {"project": {"connect": 2}}}');
SELECT count(*) FROM tasks WHERE title IN ('twice', 'fine', 't1');
BEGIN;
SELECT assoc.create('Task', '{"title": "agreed", "project_id": "2", "project": {"connect": 2}}',
  '{"attributes": ["project_id"], "include": []}');
SELECT assoc.create_in('Project', 1, 'tasks', '{"title": "agreed", "project_id": 1}') -> 'project_id' AS project_id;
SELECT assoc.update('Task', '{"project_id": null, "project": {"disconnect": true}}', '{"where": {"title": "agreed"}}') -> 'count' AS count;
ROLLBACK;
-- two associations over one column
CREATE TABLE sites (tenant int, id int, PRIMARY KEY (tenant, id));
CREATE TABLE owners (tenant int, id int, PRIMARY KEY (tenant, id));
CREATE TABLE leases (id int PRIMARY KEY, tenant int, site_id int, owner_id int);
SELECT assoc.belongs_to('leases', 'sites', foreign_key => 'tenant,site_id', alias => 'site') ->> 'alias' AS alias;
SELECT assoc.belongs_to('leases', 'owners', foreign_key => 'tenant,owner_id', alias => 'owner') ->> 'alias' AS alias;
INSERT INTO sites VALUES (1, 1), (2, 1);
INSERT INTO owners VALUES (1, 5), (2, 5);
SELECT assoc.create('leases', '{"id": 1, "site": {"connect": {"tenant": 1, "id": 1}}, "owner": {"connect": {"tenant": 2, "id": 5}}}');
SELECT assoc.create('leases', '{"id": 1, "tenant": 2, "site": {"connect": {"tenant": 2, "id": 1}}, "owner": {"connect": {"tenant": 2,
  "id": 5}}}', '{"attributes": ["tenant", "site_id", "owner_id"], "include": []}');
-- connect takes keys, and what looks for other attributes is another verb
SELECT assoc.create('Task', '{"title": "x", "project": {"connect": {"budget": 1}}}');
SELECT assoc.create('User', '{"name": "Xi", "projects": {"connect": [1, {"budget": 1, "through": {"role": "dev"}}]}}');
SELECT assoc.update('User', '{"projects": {"set": [{"budget": 1}]}}', '{"where": {"id": 1}}');
SELECT assoc.create('leases', '{"id": 2, "site": {"connect": {"tenant": 1, "name": "x"}}}');

-- a pointer that must not be null cannot be cleared
DELETE FROM tasks WHERE project_id IS NULL;
ALTER TABLE tasks ALTER project_id SET NOT NULL;
SELECT assoc.update('Task', '{"project": {"disconnect": true}}', '{"where": {"title": "b3"}}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.update('Task', '{"project": {"disconnect": true, "create": {"title": "instead"}}}', '{"where": {"title": "b3"}}') -> 'rows';

-- models that keep deleted rows, a key other than the primary one, and a composite key
SELECT assoc.define('Team', '{"code": {"type": "text", "unique": true, "allowNull": false}}',
  '{"timestamps": false, "paranoid": true}') ->> 'model' AS model;
SELECT assoc.define('Place', '{"house": {"type": "int", "primaryKey": true}, "nr": {"type": "int", "primaryKey": true}, "label": "text"}',
  '{"timestamps": false, "paranoid": true}') ->> 'model' AS model;
SELECT assoc.belongs_to_many('Team', 'Place', through => 'team_places', source_key => 'code', foreign_key => 'team_code',
  other_key => 'nr, house', alias => 'places', inverse => 'teams') ->> 'alias' AS alias;
SELECT assoc.create('Team', '{"code": "x", "places": {"create": [{"house": 1, "nr": 1}, {"house": 1, "nr": 2}]}}',
  '{"attributes": ["code"], "include": [{"association": "places", "attributes": ["house", "nr"], "through": {"attributes": []}}]}');
SELECT assoc.update('Team', '{"places": {"update": {"house": 1, "nr": 1, "data": {"label": "one"}}, "delete": [{"house": 1, "nr": 2}],
  "connectOrCreate": {"where": {"house": 2, "nr": 1}, "create": {"house": 2, "nr": 1}}}}',
  '{"where": {"code": "x"}, "returning": {"attributes": ["code"], "include": [{"association": "places", "attributes": ["house", "nr",
  "label"], "through": {"attributes": []}}]}}');
SELECT assoc.update('Team', '{"places": {"update": {"house": 1, "nr": 2, "data": {"label": "gone"}}}}', '{"where": {"code": "x"}}');
SELECT assoc.update('Team', '{"places": {"connect": [{"house": 1, "nr": 2}]}}', '{"where": {"code": "x"}}');
SELECT assoc.update('Team', '{"code": "y", "places": {"disconnect": [{"house": 2, "nr": 1}], "create": [{"house": 3, "nr": 3}]}}',
  '{"where": {"code": "x"}, "returning": false}');
SELECT * FROM team_places ORDER BY 1, 2, 3;
SELECT house, nr, label, deleted_at IS NOT NULL AS deleted FROM places ORDER BY 1, 2;

-- rights are those of plain SQL
CREATE ROLE nested_role;
GRANT USAGE ON SCHEMA nested TO nested_role;
GRANT SELECT ON users, projects, members, tasks TO nested_role;
GRANT INSERT ON members TO nested_role;
SET ROLE nested_role;
SELECT assoc.update('User', '{"projects": {"connect": [1]}}', '{"where": {"id": 2}, "returning": false}');
SELECT assoc.update('User', '{"projects": {"update": {"id": 1, "data": {"budget": 1}}}}', '{"where": {"id": 2}}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.update('User', '{"projects": {"delete": [1]}}', '{"where": {"id": 2}}');
RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA nested CASCADE;
DROP ROLE nested_role;
