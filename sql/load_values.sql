-- "values": one value of each associated row, not an object.
CREATE SCHEMA load_values;
SET search_path = load_values;
SET client_min_messages = warning;
\pset format unaligned
CREATE TABLE users (id int PRIMARY KEY, name text, secret text);
CREATE TABLE projects (id int PRIMARY KEY, title text, budget numeric, meta jsonb, owner_id int REFERENCES users);
CREATE INDEX ON projects (owner_id);
CREATE TABLE members (user_id int NOT NULL REFERENCES users, project_id int NOT NULL REFERENCES projects, role text, PRIMARY KEY (user_id,
  project_id));
CREATE INDEX ON members (project_id);
INSERT INTO users SELECT i, 'u' || i, 's' || i FROM generate_series(1, 100) i;
INSERT INTO projects SELECT i, 'p' || i, i * 1.50, jsonb_build_object('a', i), CASE WHEN i < 40 THEN i % 4 + 1 END
  FROM generate_series(1, 40) i;
INSERT INTO members SELECT u, p, CASE WHEN p % 3 > 0 THEN 'r' || p % 3 END FROM generate_series(1, 100) u, generate_series(1, 40) p
  WHERE (u + p) % 17 = 0;
SELECT 1 FROM assoc.belongs_to_many('users', 'projects', through => 'members', inverse => 'users');
SELECT 1 FROM assoc.belongs_to('projects', 'users', foreign_key => 'owner_id', alias => 'owner', inverse => 'owned');
CREATE FUNCTION forms(model text, id text, include text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  options jsonb := jsonb_build_object('attributes', '[]'::jsonb, 'include', jsonb_build_array(include::jsonb));
  found jsonb := assoc.find_by_pk(model, id, options);
  many jsonb := assoc.find_all(model, options);
  batch jsonb;
  again jsonb;
BEGIN
  PERFORM set_config('pg_associations.probe', 'off', true);
  batch := assoc.find_by_pk(model, id, options);
  again := assoc.find_all(model, options);
  PERFORM set_config('pg_associations.probe', 'on', true);
  EXECUTE assoc.sql(model, options || jsonb_build_object('where', jsonb_build_object('id', id))) INTO options;
  RETURN concat_ws(' ', found, CASE WHEN batch <> found OR many <> again OR options -> 0 <> found OR assoc.find_all_json(model,
    jsonb_build_object('attributes', '[]'::jsonb, 'include', jsonb_build_array(include::jsonb)))::jsonb <> many
    THEN format('but %s or %s', batch, options) END);
END $$;
SELECT i AS include, forms('users', '3', i) FROM unnest(ARRAY['{"association": "projects", "values": "id"}',
  '{"association": "projects", "values": "title", "order": [["id", "DESC"]]}',
  '{"association": "projects", "as": "ids", "values": "id", "limit": 1}',
  '{"association": "projects", "values": ["through", "role"]}',
    '{"association": "projects", "values": "budget", "where": {"id": {"lt": 20}}, "required": false}',
    '{"association": "projects", "values": "meta"}',
  '{"association": "projects", "values": "id", "through": {"where": {"role": "r1"}}}',
    '{"association": "owned", "values": "id", "limit": 3}',
    '{"association": "projects", "values": "title", "where": {"id": 999}, "required": false}']) i;
SELECT i AS include, forms('projects', '7', i) FROM unnest(ARRAY['{"association": "owner", "values": "name"}',
  '{"association": "users", "values": "id"}']) i;
SELECT assoc.find_by_pk('projects', 40, '{"attributes": ["id"], "include": [{"association": "owner", "values": "name"}]}');
SELECT assoc.find_by_pk_json('users', 3, '{"attributes": ["id"], "include": [{"association": "projects", "values": "id"},
  {"association": "owned", "attributes": ["id"], "limit": 1, "include": [{"association": "users", "values": "name", "limit": 2},
    {"association": "owner", "values": "id"}]}]}');
SELECT jsonb_set(assoc.find_by_pk('users', 3,
  '{"attributes": [], "include": [{"association": "projects", "values": "id", "limit": 1, "page": true}]}'), '{projects,next}', '"..."');
SELECT assoc.find_by_pk('users', 3, '{"attributes": [], "include": [{"association": "projects", "values": "id"},
  {"association": "projects", "as": "roles", "values": ["through", "role"]}]}');
-- all rows beside plain SQL
SELECT count(*), bool_and(d -> 'projects' = (SELECT coalesce(jsonb_agg(project_id ORDER BY project_id), '[]') FROM members
  WHERE user_id = (d ->> 'id')::int)) AS same
FROM assoc.find('users', '{"attributes": ["id"], "include": [{"association": "projects", "values": "id"}]}') d;
-- what options of somebody else may ask
SELECT assoc.find_by_pk('users', 3, '{"attributes": ["id"], "include": [{"association": "projects", "values": "budget"}]}', NULL,
  '{"attributes": ["id"], "include": {"projects": {"attributes": ["id"]}}}');
SELECT assoc.find_by_pk('users', 3, '{"attributes": ["id"], "include": [{"association": "projects", "values": "id"}]}', NULL,
  '{"attributes": ["id"], "include": {"projects": {"attributes": ["id"]}}}');
-- wrong uses
CREATE FUNCTION refused(i text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN assoc.find_all('users', jsonb_build_object('include', jsonb_build_array(i::jsonb)));
EXCEPTION WHEN OTHERS THEN
  RETURN sqlstate || ' ' || sqlerrm;
END $$;
SELECT i AS include, refused(i) FROM unnest(ARRAY['{"association": "projects", "values": "idd"}',
  '{"association": "projects", "values": ["id", "title"]}', '{"association": "projects", "values": []}',
  '{"association": "projects", "values": 5}', '{"association": "projects", "values": ["through", 5]}',
  '{"association": "projects", "values": ["through", "rol"]}', '{"association": "owned", "values": ["through", "role"]}',
    '{"association": "projects", "values": "id", "attributes": ["title"]}',
    '{"association": "projects", "values": "id", "include": ["owner"]}',
  '{"association": "projects", "values": "id", "through": {"attributes": ["role"]}}']) i;
SELECT assoc.find_all('users', '{"values": "id"}');
-- what scopes include
SELECT assoc.adopt('users', 'users', '{"scopes": {"ids": {"include": [{"association": "projects", "values": "id"}]}}}',
  replace => true) ->> 'model',
  assoc.adopt('projects', 'projects', '{"scopes": {"owners": {"include": ["owner"]}}}', replace => true) ->> 'model';
SELECT assoc.find_by_pk('users', 3, '{"attributes": ["id"], "scope": "ids"}'),
  assoc.find_by_pk('users', 3, '{"attributes": ["id"], "scope": "ids", "include": [{"association": "projects", "limit": 1}]}'),
  assoc.find_by_pk('users', 3, '{"attributes": ["id"], "scope": "ids",
    "include": [{"association": "projects", "attributes": ["title"], "through": {"attributes": []}}]}');
SELECT assoc.find_by_pk('users', 3,
  '{"attributes": ["id"], "scope": "ids", "include": [{"association": "projects", "include": ["owner"]}]}');
SELECT assoc.find_by_pk('users', 3, '{"attributes": ["id"], "include": [{"association": "projects", "values": "id", "scope": "owners"}]}');
SELECT assoc.find_by_pk('users', 3,
  '{"attributes": ["id"], "include": [{"association": "projects", "values": "id", "include": [{"all": true}]}]}');
DROP SCHEMA load_values CASCADE;
