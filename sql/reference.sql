-- The examples of docs/reference.md (script/check compares them), and that nothing
-- of schema assoc is left without a comment.
\pset format unaligned
\pset tuples_only on

-- Reference
CREATE SCHEMA app;
SET search_path = app;
SELECT assoc.define('User', '{
  "name": {"type": "text", "allowNull": false},
  "email": {"type": "text", "unique": true, "validate": {"isEmail": true}},
  "born": "date",
  "meta": "jsonb"
}', '{"timestamps": false}') -> 'table';
SELECT assoc.define('Project', '{
  "title": {"type": "text", "allowNull": false},
  "budget": "numeric(10,2)",
  "tags": "text[]"
}', '{"timestamps": false}') -> 'table';
SELECT assoc.define('Task', '{
  "title": {"type": "text", "allowNull": false},
  "done": {"type": "boolean", "default": false}
}', '{"timestamps": false}') -> 'table';

-- define
SELECT assoc.define('Profile', '[{"name": "bio", "type": "text"}, {"name": "age", "type": "integer"}]', '{"timestamps": false}');
SELECT assoc.define('Profile', '{"bio": "text", "age": "bigint"}', '{"timestamps": false}');
SELECT assoc.define('Profile', '{"bio": "text", "age": "integer", "motto": "text"}', '{"timestamps": false}', replace => true) -> 'changed';

-- Computed attributes
SELECT assoc.define('Invoice', '{"net": "numeric(10,2)", "vat": "numeric(4,2)"}',
  '{"timestamps": false, "computed": {"gross": {"sql": "round(net * (1 + vat / 100), 2)"}}}') -> 'table';
SELECT assoc.create('Invoice', '{"net": 100, "vat": 19}', '{"attributes": ["id", "gross"]}');
SELECT assoc.find_all('Invoice', '{"attributes": ["net"], "where": {"gross": {"gt": 100}}, "order": ["gross"]}');
DROP TABLE invoices CASCADE;

-- adopt
CREATE VIEW adults AS SELECT id, name FROM users WHERE born < '2006-01-01';
SELECT assoc.adopt('adults', 'Adult', '{"key": ["id"]}');

-- discover
CREATE SCHEMA shop
  CREATE TABLE customers (id int PRIMARY KEY, name text)
  CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers);
SELECT * FROM assoc.discover('shop');

-- forget
SELECT assoc.forget('Adult');

-- belongs_to_many
SELECT assoc.belongs_to_many('User', 'Project', inverse => 'users',
  through_attributes => '[{"name": "role", "type": "text", "default": "viewer", "validate": {"isIn": ["admin", "developer", "viewer"]}},
                          {"name": "since", "type": "date"}]') - 'accessors';

-- has_many, has_one, belongs_to
SELECT assoc.has_many('Project', 'Task', inverse => 'project') - 'accessors';
SELECT assoc.belongs_to('Project', 'User', alias => 'owner', foreign_key => 'owner_id', inverse => 'owned') -> 'created';
SELECT assoc.has_one('User', 'Profile', alias => 'profile', options => '{"onDelete": "CASCADE"}') -> 'created';

-- Links of both ends
SELECT assoc.belongs_to_many('User', 'User', through => 'Friendship', alias => 'friends', through_attributes => '{"since": "date"}',
  options => '{"symmetric": true}') -> 'created';
SELECT assoc.drop_association('User', 'friends', drop_table => true) -> 'tables';

-- What is kept of links
SELECT assoc.has_many('Project', 'Task', alias => 'open', foreign_key => 'project_id',
  options => '{"scope": {"done": false}, "counter": "open_count", "max": 20}') -> 'created';
SELECT assoc.recount('Project', 'open', dry_run => true);
SELECT assoc.drop_association('Project', 'open') -> 'associations';
ALTER TABLE projects DROP COLUMN open_count;

-- drop_association
SELECT assoc.drop_association('Project', 'owner') -> 'associations';
SELECT assoc.belongs_to('Project', 'User', alias => 'owner', foreign_key => 'owner_id', inverse => 'owned') -> 'changed';

-- sync
DROP INDEX user_projects_project_id_user_id_idx;
SELECT assoc.sync();

-- Accessors
CREATE FUNCTION user_card(id bigint) RETURNS jsonb STABLE LANGUAGE sql
RETURN assoc.find_by_pk('app.User', id, '{"attributes": ["name"],
  "include": [{"association": "projects", "attributes": ["title"], "through": {"attributes": []}}]}');

-- Loading
SELECT assoc.bulk_create('User', '[
  {"name": "Ann", "email": "ann@example.com", "born": "1990-05-17", "meta": {"lang": "en", "level": 3}, "projects": [
    {"title": "Moon", "budget": 1000, "tags": ["space"], "through": {"role": "admin", "since": "2024-01-01"},
     "tasks": [{"title": "plan", "done": true}, {"title": "fly"}]},
    {"title": "Mars", "tags": ["space", "far"], "through": {"since": "2024-03-01"}}]},
  {"name": "Bob", "email": "bob@example.com", "born": "1985-01-02",
   "projects": {"connect": [{"id": 1, "through": {"role": "developer", "since": "2024-02-01"}}]}},
  {"name": "Cid"}
]', '{"attributes": ["id", "name"], "include": []}');
SELECT project_set_owner(1, 1);

-- Functions that load
SELECT assoc.find_by_pk('User', 1);
SELECT assoc.find_by_pk_json('User', 1, '{"attributes": ["name", "id"]}');
SELECT assoc.find_many('User', '[2, 99, 1, 2]', '{"attributes": ["name"]}');
SELECT assoc.find('Project', '{"attributes": ["title"], "order": ["title"]}');
SELECT assoc.get('User', 2, 'projects', '{"attributes": ["title"]}'), assoc.get('Project', 1, 'owner', '{"attributes": ["name"]}');
SELECT assoc.count('User'), assoc.count('User', '{"where": {"projects": {"some": {}}}}'), assoc.count_of('User', 1, 'projects');

-- Options
SELECT assoc.find_all('User', '{"include": [{"association": "projects", "wher": {"title": "Moon"}}]}');

-- Attributes to show
SELECT assoc.find_all('User', '{"attributes": ["name", ["email", "address"]], "limit": 2}');
SELECT assoc.find_all('User', '{"attributes": ["name",
  {"count": "projects", "as": "projects"},
  {"count": "projects", "where": {"through": {"role": "admin"}}, "as": "led"},
  {"sum": ["projects", "budget"], "as": "budget"},
  {"min": ["projects", "through", "since"], "as": "first"}]}');
SELECT assoc.find_all('Project', '{"attributes": ["title", ["owner.name", "owner"],
  {"has": "users", "where": {"through": {"role": "developer"}}, "as": "developed"}]}');
SELECT assoc.find_by_pk('User', 1, '{"attributes": {"exclude": ["meta", "born"]}}');

-- Where
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"or": [{"born": null}, {"born": {"lt": "1990-01-01"}}]}}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"meta.lang": "en", "meta.level": {"gte": 3}}}');

-- Operators
SELECT assoc.find_all('Project', '{"attributes": ["title", {"rank": {"title": {"websearch": {"query": "moon or sun",
  "config": "english"}}}, "as": "rank"}], "order": [["rank", "DESC"]]}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"email": {"endsWith": "@example.com"}, "name": {"ne": "Bob"}}}');
SELECT assoc.find_all('Project', '{"attributes": ["title"], "where": {"tags": {"contains": ["far"]}}}');
SELECT assoc.find_all('Project', '{"attributes": ["title"], "where": {"title": {"like": {"any": ["Mo%", "Ju%"]}}}}');
SELECT assoc.find_all('User', '{"where": {"name": {"in": ["Ann", null]}}}');

-- Associations in where
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"projects": {"some": {"title": "Moon", "through": {"role": "admin"}}}}}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"projects": {"count": {"lt": 2}}}}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"projects": {"max": {"of": ["through", "since"],
  "gte": "2024-02-01"}}}}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"projects": {"exactly": [1]}}}');
SELECT assoc.find_all('Project', '{"attributes": ["title"], "where": {"owner": null}}');

-- Order
SELECT user_get_projects(1, '{"attributes": ["title"], "order": [["through", "since", "DESC"]]}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "order": [{"by": {"count": "projects"}}, ["name", "DESC"]]}');

-- Limit and offset
SELECT assoc.find_all('User', '{"attributes": ["name"], "include": [
  {"association": "projects", "attributes": ["title"], "through": {"attributes": []}, "order": [["title", "ASC"]], "limit": 1}]}');

-- Include
SELECT assoc.find_by_pk('User', 1, '{"attributes": ["name"], "include": [
  {"association": "owned", "as": "mine", "attributes": ["title"]},
  {"association": "projects", "attributes": ["title"], "where": {"title": "Moon"}, "through": {"attributes": ["role"]},
   "include": [{"association": "tasks", "attributes": ["title", "done"]}]}]}');

SELECT assoc.find_by_pk('User', 1, '{"attributes": ["name"],
  "include": [{"association": "projects", "values": "id"}, {"association": "projects", "as": "roles", "values": ["through", "role"]}]}');
SELECT assoc.find_by_pk('User', 1, '{"attributes": ["name", {"count": ["projects", "tasks"], "as": "tasks"}], "include": [
  {"association": "projects.tasks", "as": "open", "attributes": ["title"], "where": {"done": false}, "required": false}]}');
SELECT assoc.get('User', 1, 'projects.tasks', '{"attributes": ["title"]}'), assoc.count_of('Task', 1, 'project.users');

-- Through
SELECT assoc.find_by_pk('User', 1, '{"attributes": ["name"], "include": [
  {"association": "projects", "attributes": ["title"], "through": {"as": "membership", "attributes": ["role"],
    "where": {"role": "admin"}}}]}');
SELECT assoc.find_by_pk('User', 1, '{"attributes": ["name"], "include": [
  {"association": "projects", "attributes": ["title"], "through": {"flatten": true, "attributes": ["role", "since"]}}]}');

SELECT assoc.get('User', 1, 'projects', '{"attributes": ["title"], "through": {"attributes": [], "where": {"role": "viewer"}}}'),
  assoc.count_of('User', 1, 'projects', '{"through": {"where": {"role": "viewer"}}}');

-- Params
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"name": {"startsWith": {"param": "start"}}}, "limit": {"param": "most"}}',
  '{"start": "B", "most": 10}');
SELECT assoc.find_all('User', '{"attributes": ["name"], "where": {"name": {"startsWith": {"param": "start", "optional": true}},
  "id": {"gte": {"param": "from", "optional": true}}}}',
  '{"from": 2}');

-- Scopes
SELECT assoc.define('Part', '{"name": "text", "price": "integer", "sold": {"type": "boolean", "default": true}}', '{"timestamps": false,
  "defaultScope": {"where": {"sold": true}},
  "scopes": {"cheap": {"where": {"price": {"lt": {"param": "price"}}}},
    "dearest": {"order": [["price", "DESC"]], "limit": 2}}}') -> 'table';
SELECT assoc.has_many('Part', 'Part', alias => 'children', foreign_key => 'parent_id', inverse => 'parent') -> 'alias';
SELECT assoc.bulk_create('Part', '[
  {"name": "bike", "price": 900, "children": [
    {"name": "wheel", "price": 80, "children": [{"name": "spoke", "price": 1}, {"name": "rim", "price": 30}]},
    {"name": "bell", "price": 9, "sold": false}]}]', '{"attributes": ["id"], "include": []}');
SELECT assoc.find_all('Part', '{"attributes": ["name"], "scope": ["defaultScope", "cheap", "dearest"]}', '{"price": 100}');
SELECT assoc.find_all('Part', '{"attributes": ["name"], "scope": "cheap"}', '{"price": 10}');

-- Pages and cursors
SELECT assoc.find_page('Part', '{"attributes": ["name"], "order": [["price", "DESC"]], "limit": 2}');
SELECT assoc.find_page('Part', '{"attributes": ["name"], "order": [["price", "DESC"]], "limit": 2, "after": {"param": "next"}}',
  '{"next": "AUkyi_rszPfkAzgwAjI"}');
SELECT assoc.find_page('Part', '{"attributes": ["name"], "order": [["price", "DESC"]], "limit": 2, "before": {"param": "previous"}}',
  '{"previous": "AUkyi_rszPfkAzMwAjU"}');
SELECT assoc.find_by_pk('User', 1, '{"attributes": ["name"], "include": [
  {"association": "projects", "attributes": ["title"], "through": {"attributes": []}, "limit": 1, "page": true}]}');
SELECT assoc.find_and_count_all('User', '{"attributes": ["name"],
  "include": [{"association": "projects", "attributes": [], "required": true}], "limit": 1}');

-- Trees
SELECT assoc.find_by_pk('Part', 1, '{"attributes": ["name"], "include": [
  {"association": "children", "attributes": ["name"], "recursive": true, "maxDepth": 2, "scope": false}]}');
SELECT assoc.find_all('Part', '{"attributes": ["name"], "scope": false,
  "where": {"children": {"some": {"name": "spoke"}, "recursive": true}}}');
SET client_min_messages = warning;
DROP TABLE parts CASCADE;
RESET client_min_messages;

-- Aggregates
SELECT assoc.sum('Project', 'budget'), assoc.max('Task', 'project.title', '{"where": {"done": true}}');
SELECT assoc.aggregate('Task', '{"attributes": ["project.title", {"count": "*", "as": "tasks"},
  {"count": "*", "where": {"done": true}, "as": "done"}],
  "group": ["project.title"], "having": {"tasks": {"gt": 1}}, "order": [["tasks", "DESC"]]}');

-- Locked rows
SELECT assoc.find_for_update('Task', '{"where": {"done": false}, "attributes": ["title"], "limit": 1}', wait => 'skip locked');

-- add, set, remove, has
SELECT assoc.add('User', 3, 'projects', '[{"id": 2, "through": {"role": "admin"}}, 1]', '{"since": "2024-05-05"}');
SELECT user_add_projects(3, '{1,2}', '{"role": "admin"}');
SELECT assoc.set('User', 3, 'projects', '[2]');
SELECT assoc.has('User', 3, 'projects', '2'), assoc.has('User', 3, 'projects', '[1, 2]');
SELECT assoc.add('User', 3, 'projects', '[1, 77]');
SELECT project_add_task(2, 2), project_remove_task(2, 2), project_set_owner(2, 2);

-- toggle, update_link, move, clear
SELECT assoc.toggle('User', 3, 'projects', '[1, 2]', '{"role": "viewer"}');
SELECT assoc.update_link('User', 3, 'projects', '1', '{"since": "2024-06-06"}');
SELECT assoc.update_link('User', 3, 'projects', '2', '{"role": "admin"}');
SELECT assoc.move('User', 1, 'projects', '[1, 2]', 3);
SELECT assoc.get('User', 3, 'projects', '{"attributes": ["title"], "through": {"attributes": ["role", "since"]}}');
SELECT assoc.clear('User', 3, 'projects');

-- set_many
SELECT assoc.set_many('User', 'projects', '[{"id": 1, "projects": [{"id": 1, "through": {"role": "admin"}}, 2]},
  {"id": 3, "projects": [2]}]');

-- reorder
SELECT assoc.belongs_to_many('User', 'Task', through => 'Plan', alias => 'plan', options => '{"position": "rank"}') -> 'created';
SELECT assoc.set('User', 1, 'plan', '[2, 1]'), assoc.reorder('User', 1, 'plan', '1', '{"by": -1}');
SELECT assoc.get('User', 1, 'plan', '{"attributes": ["id"], "through": {"attributes": ["rank"]}}');
SELECT assoc.drop_association('User', 'plan', drop_table => true) -> 'tables';

-- create, bulk_create, create_in
SELECT assoc.create('Project', '{"title": "Venus", "owner": {"connect": 3}, "tasks": [{"title": "look"}],
  "users": {"connect": [1, {"id": 2, "through": {"role": "admin"}}]}}',
  '{"attributes": ["title"], "include": [{"association": "users", "attributes": ["name"], "through": {"attributes": ["role"]}},
    {"association": "owner", "attributes": ["name"]}, {"association": "tasks", "attributes": ["title"]}]}');
SELECT assoc.create_in('User', 3, 'projects', '{"title": "Pluto"}', '{"role": "developer"}');
SELECT assoc.create('User', '{"email": "nobody", "projects": [{"title": null}]}');
SELECT assoc.bulk_create('User', '[{"name": "Ann", "email": "ann@example.com"}, {"name": "Dan", "email": "dan@example.com"}]',
  '{"ignoreDuplicates": true, "returning": ["name"]}');
SELECT assoc.bulk_create('User', '[{"name": "Daniel", "email": "dan@example.com", "born": "1970-01-01"}]',
  '{"updateOnDuplicate": ["name"], "returning": ["name", "born"]}');

-- Nested data
SELECT assoc.create('Task', '{"title": "land", "project": {"connectOrCreate": {"where": {"title": "Venus"},
  "create": {"title": "Venus"}}}}',
  '{"attributes": ["title"], "include": [{"association": "project", "attributes": ["title"]}]}');
SELECT assoc.update('Project', '{"budget": 50, "users": {"disconnect": [1],
  "update": {"id": 2, "data": {"born": null}, "through": {"role": "viewer"}}},
  "tasks": {"delete": {"where": {"title": "look"}}, "update": {"where": {"title": "land"}, "data": {"done": true}},
    "create": [{"title": "leave"}]}}',
  '{"where": {"title": "Venus"}, "returning": {"attributes": ["title"],
    "include": [{"association": "tasks", "attributes": ["title", "done"]},
    {"association": "users", "attributes": ["name"], "through": {"attributes": ["role"]}}]}}');
SELECT assoc.update('Project', '{"users": {"update": {"id": 3, "through": {"role": "admin"}}}}', '{"where": {"title": "Venus"}}');
SELECT assoc.create('User', '{"name": "Eve", "projects": {"disconnect": [1]}}');

-- upsert, find_or_create
SELECT assoc.upsert('User', '{"email": "bob@example.com", "name": "Robert"}', '{"attributes": ["id", "name"]}');
SELECT assoc.upsert('User', '{"email": "gus@example.com"}', '{"defaults": {"name": "Gus"}, "attributes": ["name"]}'),
  assoc.upsert('User', '{"email": "bob@example.com"}', '{"defaults": {"name": "nobody"}, "attributes": ["name"]}');
SELECT assoc.find_or_create('Project', '{"title": "Venus"}', '{"defaults": {"budget": 10}, "attributes": ["title", "budget"]}');
SELECT assoc.find_or_create('Project', '{"title": "Sun"}', '{"defaults": {"budget": 10, "tasks": [{"title": "wait"}]},
  "attributes": ["title", "budget"],
  "include": [{"association": "tasks", "attributes": ["title"]}]}');

-- validate
SELECT assoc.validate('User', '{"email": "x", "born": "never"}');

-- update, destroy, restore
SELECT assoc.update('Task', '{"done": true}', '{"where": {"project": {"some": {"title": "Moon"}}}}');
SELECT assoc.update('User', '{"name": "Bob"}', '{"where": {"name": "Robert"}, "returning": ["id", "name"]}');
SELECT assoc.update('Task', '{"done": false}', '{"where": {"done": true}, "order": [["id", "DESC"]], "limit": 1,
  "returning": ["id", "done"], "old": ["done"], "dry_run": true}');
SELECT assoc.destroy('Project', '{"where": {"title": "Pluto"}}');
SELECT assoc.destroy('Project', '{}');

-- save
SELECT assoc.find_by_pk('Project', 3, '{"attributes": ["id", "title", "budget"],
  "include": [{"association": "tasks", "attributes": ["id", "title", "done"]},
  {"association": "users", "attributes": ["id", "name"], "through": {"attributes": ["role"]}}]}');
SELECT jsonb_array_elements(assoc.save('Project', '{"id": 3, "title": "Venus", "budget": 50.00,
  "tasks": [{"id": 5, "title": "leave", "done": true}, {"title": "return"}],
  "users": [{"id": 2, "name": "Bob", "UserProject": {"role": "admin"}}]}') -> 'changes');
SELECT assoc.save('Project', '{"id": 3, "title": "Venus", "tasks": []}',
  '{"dry_run": true, "loaded": {"include": [{"association": "tasks", "limit": 10}]}}');

-- explain
SET pg_associations.probe = on;
SELECT assoc.explain('User', '{"attributes": ["name"], "include": ["projects"]}', pk => '1');
\o /dev/null
SELECT model, kind, options, calls, rows, statements, source FROM assoc.stat_loads ORDER BY total_time DESC LIMIT 5;
\o
RESET pg_associations.probe;

-- check
DROP INDEX tasks_project_id_idx;
SELECT * FROM assoc.check() WHERE object = 'app.tasks';

-- declarations
SELECT assoc.declarations() LIMIT 1;

-- diagram
SELECT assoc.diagram();

-- Types
SELECT assoc.describe('Task') -> 'attributes' -> 1;
SELECT assoc.typescript('Project', '{"attributes": ["title", {"count": "tasks", "as": "tasks_in_all"}],
  "include": ["owner", {"association": "tasks", "attributes": ["title", "done"], "limit": 3}]}', 'ProjectCard');
SELECT assoc.json_schema('Task', 'create');

-- Help
SELECT * FROM assoc.help('link') LIMIT 2;

-- Small functions and tables
SELECT assoc.pluralize('Person'), assoc.singularize('user_statuses'), assoc.call_name('tenant.1', 'User');

-- every function is explained to \df+
SELECT p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace = 'assoc'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL;

-- what runs with other rights are triggers of DDL, and nobody may call them
SELECT p.proname FROM pg_proc p
WHERE p.pronamespace = 'assoc'::regnamespace AND p.prosecdef AND
  (p.prorettype NOT IN ('event_trigger'::regtype, 'trigger'::regtype) OR has_function_privilege('public', p.oid, 'EXECUTE'));

SET client_min_messages = warning;
DROP SCHEMA app, shop CASCADE;
