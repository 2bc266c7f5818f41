-- "fields": which attributes and which verbs the data of a write may have.
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA write_fields;
SET search_path = write_fields;
SET client_min_messages = warning;
SELECT assoc.define('User', '{"name": "text", "email": {"type": "text", "unique": true},
    "admin": {"type": "boolean", "default": false}, "meta": "jsonb",
  "password": {"type": "text", "hidden": true}}', '{"timestamps": false}') ->> 'model',
  assoc.define('Project', '{"title": "text", "budget": "integer"}', '{"timestamps": false}') ->> 'model',
  assoc.define('Task', '{"title": "text", "done": {"type": "boolean", "default": false}}', '{"timestamps": false}') ->> 'model';
SELECT assoc.belongs_to_many('User',
    'Project', inverse => 'users', through_attributes => '{"role": "text", "rate": "integer"}') ->> 'alias',
  assoc.has_many('User', 'Task', inverse => 'user') ->> 'alias', assoc.has_many('Project', 'Task', inverse => 'project') ->> 'alias';
SELECT assoc.bulk_create('Project', '[{"title": "p"}, {"title": "q"}]', '{"returning": false}'),
  assoc.create('User', '{"name": "zoe", "email": "z@x", "tasks": [{"title": "t1"}, {"title": "t2"}]}', '{"attributes": ["id"]}');

-- an update of user 1, undone each time: what is stored, or the error
CREATE FUNCTION updated(data jsonb, fields jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
  detail text;
  hint text;
BEGIN
  PERFORM assoc.update('User', data, jsonb_build_object('where', '{"id": 1}'::jsonb, 'returning', false, 'fields', fields));
  RAISE EXCEPTION USING ERRCODE = 'P0099', MESSAGE = assoc.find_by_pk('User', 1, '{"attributes": ["name", "admin", "meta"], "include": [
    {"association": "tasks", "attributes": ["title", "done"]}, {"association": "projects", "attributes": ["title"],
    "through": {"attributes": ["role"]}}]}');
EXCEPTION WHEN SQLSTATE 'P0099' THEN RETURN SQLERRM; WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN format('%s %s | %s | %s', SQLSTATE, SQLERRM, detail, hint);
END
$$;
-- attributes
SELECT updated(data::jsonb, '["name", "meta"]') FROM (VALUES ('{"name": "y"}'), ('{"name": "y", "admin": true}'),
    ('{"meta": {"admin": {"x": [1]}}}'),
  ('{"id": 7}'), ('{"password": "x"}'), ('{"no_such": 1}'), ('{"tasks": [{"title": "x"}]}'), ('{"tasks": []}'), ('{"tasks": {}}'),
    ('{"no_such": {"create": {}}}')) v (data);
SELECT updated('{"name": "y"}', '[]'), updated('{"name": "y"}', '"name"');
-- an association, its verbs, and what each may give
SELECT updated(data::jsonb, '["tasks.create.title", "tasks.update.data.done", "tasks.update.where.title", "tasks.delete",
    "projects.connect.through.role", "projects.set",
    "projects.create.title", "projects.create.through.role"]')
  FROM (VALUES ('{"tasks": [{"title": "new"}]}'), ('{"tasks": {"create": {"title": "new"}}}'),
    ('{"tasks": {"create": [{"title": "new"}, {"done": true}]}}'), ('{"tasks": [{"title": "new", "user_id": 2}]}'),
  ('{"tasks": {"update": {"id": 1, "data": {"done": true}}}}'), ('{"tasks": {"update": [{"id": 1, "data": {"title": "x"}}]}}'),
    ('{"tasks": {"update": {"where": {"title": "t2"}, "data": {"done": true}}}}'),
  ('{"tasks": {"update": {"where": {"or": [{"title": "t2"}, {"done": false}]}, "data": {"done": true}}}}'),
    ('{"tasks": {"update": {"where": {"project": null}, "data": {"done": true}}}}'),
  ('{"tasks": {"delete": [1]}}'), ('{"tasks": {"delete": {"id": 1}}}'), ('{"tasks": {"delete": {"where": {"title": "t1"}}}}'),
    ('{"tasks": {"disconnect": [1]}}'), ('{"tasks": {"no_such": [1]}}'),
  ('{"projects": {"connect": [1, {"id": 2, "through": {"role": "r"}}]}}'),
    ('{"projects": {"connect": {"id": 2, "through": {"rate": 1}}}}'), ('{"projects": {"set": [1]}}'),
  ('{"projects": {"set": [{"id": 1, "through": {"role": "r"}}]}}'), ('{"projects": [{"title": "n", "through": {"role": "r"}}]}'),
    ('{"projects": [{"title": "n", "through": {"rate": 1}}]}'),
  ('{"projects": [{"title": "n", "tasks": [{"title": "deep"}]}]}'),
    ('{"projects": {"connectOrCreate": {"where": {"title": "p"}, "create": {"title": "p"}}}}')) v (data);
SELECT updated(data::jsonb, '["projects.connectOrCreate.where.title", "projects.connectOrCreate.create.title",
    "projects.create.tasks.create.title", "tasks.upsert.create.title",
    "tasks.upsert.update.done"]')
  FROM (VALUES ('{"projects": {"connectOrCreate": {"where": {"title": "p"}, "create": {"title": "p"}}}}'),
    ('{"projects": {"connectOrCreate": {"where": {"budget": 1}, "create": {"title": "p"}}}}'),
  ('{"projects": {"connectOrCreate": {"where": {"title": "p"}, "create": {"title": "p", "budget": 1}}}}'),
    ('{"projects": {"connectOrCreate": {"where": {"title": "p"}, "create": {"title": "p"}, "through": {"role": "r"}}}}'),
  ('{"projects": {"create": [{"tasks": {"create": [{"title": "deep"}]}}]}}'),
    ('{"projects": [{"tasks": [{"title": "deep", "done": true}]}]}'),
  ('{"tasks": {"upsert": {"id": 1, "create": {"title": "n"}, "update": {"done": true}}}}'),
    ('{"tasks": {"upsert": {"id": 1, "create": {"title": "n"}, "update": {"title": "x"}}}}'),
  ('{"tasks": {"upsert": {"id": 1, "create": {"done": true}, "update": {"done": true}}}}')) v (data);

-- all functions that take data
SELECT assoc.create('User', '{"name": "new", "admin": true}', '{"fields": ["name"]}');
SELECT assoc.create('User', '{"name": "new"}', '{"fields": ["name"], "attributes": ["name", "admin"]}');
SELECT assoc.create('User', '{"tasks": [{"title": "x", "user": {"connect": 1}}]}', '{"fields": ["name", "tasks.create.title"]}');
SELECT assoc.bulk_create('User', '[{"name": "a"}, {"name": "b", "admin": true}]', '{"fields": ["name"]}');
SELECT assoc.bulk_create('User', '[{"name": "a"}]', '{"fields": ["name"], "returning": ["name"]}');
SELECT assoc.bulk_create('User', '[{"email": "z@x", "name": "zed", "admin": true}]', '{"fields": ["name", "email"],
    "updateOnDuplicate": ["name"], "conflict": ["email"]}');
SELECT assoc.bulk_create('User', '[{"email": "z@x", "name": "zed"}]', '{"fields": ["name", "email"], "updateOnDuplicate": ["name"],
    "conflict": ["email"], "returning": ["name"]}');
SELECT assoc.upsert('User', '{"email": "z@x", "admin": true}', '{"fields": ["name", "email"]}');
SELECT assoc.upsert('User', '{"email": "z@x", "name": "zac"}', '{"fields": ["name", "email"], "attributes": ["name"]}');
SELECT assoc.update('User', '{"admin": true}', '{"where": {"id": 1}, "fields": ["name"]}'),
    assoc.update('User', '{"name": "x"}', '{"where": {"id": 1}, "fields": ["name"]}');
SELECT assoc.update('User', '{"name": "x"}', '{"where": {"id": 1}, "fields": ["name"]}'),
    assoc.update('User', '{"name": "x"}', '{"where": {"id": 1}, "fields": ["name"], "returning": ["name"]}');
SELECT assoc.find_or_create('User', '{"name": "x", "admin": true}', '{"fields": ["name"]}');
SELECT assoc.find_or_create('User', '{"name": "fresh"}', '{"fields": ["name"], "defaults": {"admin": true},
    "attributes": ["name", "admin"]}');
SELECT assoc.find_or_create('User', '{"name": {"eq": {"col": "email"}}}', '{"fields": ["name"]}');
SELECT assoc.find_or_create('User', '{"or": [{"name": "x"}, {"admin": true}]}', '{"fields": ["name"]}');
SELECT assoc.find_or_create('User', NULL, '{"where": {"name": "x"}, "fields": ["email"], "attributes": ["name"]}');
-- what is wrong with the option itself
SELECT assoc.create('User', '{}', '{"fields": ["nmae"]}');
SELECT assoc.create('User', '{}', '{"fields": ["tsks.create"]}');
SELECT assoc.create('User', '{}', '{"fields": {"name": true}}');
SELECT assoc.create('User', '{}', '{"fields": null}');
SELECT assoc.create('User', '{}', '{"field": ["name"]}');
SELECT assoc.destroy('User', '{"all": true, "fields": ["name"]}');
SELECT assoc.find_all('User', '{"fields": ["name"]}');
DROP SCHEMA write_fields CASCADE;
