-- Attributes at the end of to-one associations among a row's own, and whether it has associated rows.
CREATE SCHEMA load_columns;
SET search_path = load_columns;
\getenv top PG_ABS_SRCDIR
\set refused :top '/test/data/refused_load.sql'
SET client_min_messages = warning;
\pset format unaligned
CREATE TABLE cities (id int PRIMARY KEY, name text);
SELECT assoc.define('users', '{"id": {"type": "int", "primaryKey": true}, "name": "text", "secret": {"type": "text", "hidden": true},
  "city_id": "int"}',
  '{"timestamps": false}') ->> 'model';
ALTER TABLE users ADD FOREIGN KEY (city_id) REFERENCES cities;
CREATE INDEX ON users (city_id);
CREATE TABLE projects (id int PRIMARY KEY, title text, done boolean, owner_id int REFERENCES users);
CREATE INDEX ON projects (owner_id);
CREATE TABLE members (user_id int NOT NULL REFERENCES users, project_id int NOT NULL REFERENCES projects, role text,
  invited_by int REFERENCES users, PRIMARY KEY (user_id, project_id));
CREATE INDEX ON members (project_id);
CREATE INDEX ON members (invited_by);
CREATE TABLE cards (user_id int PRIMARY KEY REFERENCES users, number bigint);
INSERT INTO cities VALUES (1, 'Bern'), (2, 'Rome');
INSERT INTO users SELECT i, 'u' || i, 's' || i, nullif(i % 3, 0) FROM generate_series(1, 30) i;
INSERT INTO projects SELECT i, 'p' || i, i % 5 = 0, CASE WHEN i % 6 > 0 THEN i END FROM generate_series(1, 20) i;
INSERT INTO members SELECT u, p, 'r' || p % 3, CASE WHEN p % 2 = 0 THEN u + 1 END
  FROM generate_series(1, 25) u, generate_series(1, 20) p WHERE (u + p) % 7 = 0;
INSERT INTO cards SELECT i, 9007199254740993 + i FROM generate_series(1, 30, 4) i;
SELECT 1 FROM assoc.belongs_to('users', 'cities', foreign_key => 'city_id', alias => 'city', inverse => 'users');
SELECT 1 FROM assoc.belongs_to('projects', 'users', foreign_key => 'owner_id', alias => 'owner', inverse => 'owned');
SELECT 1 FROM assoc.belongs_to_many('users', 'projects', through => 'members', foreign_key => 'user_id', inverse => 'users');
SELECT 1 FROM assoc.belongs_to('members', 'users', foreign_key => 'invited_by', alias => 'inviter');
SELECT 1 FROM assoc.has_one('users', 'cards', foreign_key => 'user_id', alias => 'card');
CREATE FUNCTION forms(model text, id text, options jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found jsonb := assoc.find_by_pk(model, id, options);
  one jsonb := assoc.find_all(model, options || jsonb_build_object('where', jsonb_build_object('id', id))) -> 0;
  many jsonb := assoc.find_all(model, options);
  batch jsonb;
BEGIN
  PERFORM set_config('pg_associations.probe', 'off', true);
  batch := assoc.find_by_pk(model, id, options);
  PERFORM set_config('pg_associations.probe', 'on', true);
  RETURN concat_ws(' ', found, CASE WHEN batch <> found OR one <> found OR NOT many @> jsonb_build_array(found)
    OR assoc.find_by_pk_json(model, id, options)::jsonb <> found THEN format('but %s or %s', batch, one) END);
END $$;
SELECT o AS options, forms('projects', '7', o::jsonb) FROM unnest(ARRAY[
  '{"attributes": ["title", "owner.name"]}', '{"attributes": ["title", ["owner.name", "owner"], ["owner.city.name", "city"]]}',
  '{"attributes": {"include": ["owner.card.number"], "exclude": ["done"]}}', '{"attributes": ["owner.secret"]}',
  '{"attributes": ["id", ["owner.name", "who"]], "include": ["owner"], "bigint": "string"}',
  '{"attributes": ["id", {"has": "users", "as": "staffed"}, {"has": "owner", "as": "owned"},
    {"has": "users", "where": {"id": {"gt": 20}}, "as": "late"}]}',
  '{"attributes": ["id"], "include": [{"association": "users", "attributes": ["id", "city.name"],
    "through": {"attributes": ["role", ["inviter.name", "by"]]}, "limit": 2}]}',
  '{"attributes": ["id"], "include": [{"association": "users", "attributes": ["id", {"has": "owned", "as": "owns"}],
    "through": {"attributes": ["inviter.city.name"], "flatten": true}}]}',
  '{"attributes": ["id"], "include": [{"association": "users", "values": "city.name"}]}']) o;
-- beside plain SQL
SELECT count(*), bool_and(d = (SELECT jsonb_build_object('id', p.id, 'owner.name', u.name, 'city', c.name, 'staffed',
    EXISTS (SELECT FROM members m WHERE m.project_id = p.id AND m.role = 'r1'))
  FROM projects p LEFT JOIN users u ON u.id = p.owner_id LEFT JOIN cities c ON c.id = u.city_id WHERE p.id = (d ->> 'id')::int)) AS same
FROM assoc.find('projects', '{"attributes": ["id", "owner.name", ["owner.city.name", "city"],
  {"has": "users", "where": {"through": {"role": "r1"}}, "as": "staffed"}]}') d;
-- the names in conditions and orders
SELECT assoc.find_all('projects', '{"attributes": ["id", {"has": "users", "as": "staffed"}],
  "where": {"staffed": true, "id": {"gt": 17}}}');
SELECT assoc.find_all('projects', '{"attributes": ["id", ["owner.name", "who"], {"has": "users", "as": "x"}],
  "order": [["x", "DESC"], ["who", "DESC NULLS LAST"]], "limit": 3}');
SELECT assoc.find_all('users', '{"attributes": ["id"], "order": [{"by": {"has": "card"}, "direction": "DESC"}, "id"], "limit": 3}');
SELECT assoc.find_page('projects', '{"attributes": ["owner.name"], "order": [["owner", "name"]], "limit": 1}') -> 'rows';
SELECT assoc.typescript('projects', '{"attributes": ["id", ["owner.name", "who"], {"has": "users", "as": "staffed"}]}');
-- what options of somebody else may ask
\set ECHO none
\i :refused
\set ECHO all
SELECT m AS model, o AS options, refused(m, o) FROM (VALUES
  ('cities', '{"attributes": ["name", "users.name"]}'), ('projects', '{"attributes": ["owner.nam"]}'),
  ('projects', '{"attributes": ["ownr.name"]}'), ('projects', '{"attributes": ["owner.name", "owner.name"]}'),
  ('projects', '{"attributes": [["owner.secret", "s"]], "order": ["s"]}'),
  ('projects', '{"attributes": [{"has": ["users", "id"], "as": "x"}]}'),
  ('projects', '{"attributes": [{"has": "users"}]}'), ('projects', '{"attributes": [{"has": "users", "distinct": true, "as": "x"}]}'),
  ('projects', '{"attributes": [{"has": "usrs", "as": "x"}]}')) x (m, o);
SELECT a AS allow, refused('projects', '{"attributes": ["owner.name"], "limit": 1}', a),
  refused('projects', '{"attributes": [{"has": "users", "as": "x"}], "limit": 1}', a)
FROM unnest(ARRAY['{}', '{"attributes": ["title", "owner.name", "users"]}']) a;
DO $$ BEGIN
  PERFORM assoc.aggregate('projects', '{"attributes": [{"has": "users", "as": "x"}]}');
EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', sqlerrm; END $$;
DROP SCHEMA load_columns CASCADE;
