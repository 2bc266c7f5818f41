-- Rows at the end of several associations: "roles.permissions" as one association, each row once.
CREATE SCHEMA load_paths;
SET search_path = load_paths;
SET client_min_messages = warning;
\pset format unaligned
CREATE TABLE users (id int PRIMARY KEY, name text, boss_id int REFERENCES users);
CREATE TABLE roles (id bigint PRIMARY KEY, name text, deleted_at timestamptz);
CREATE TABLE permissions (id int PRIMARY KEY, name text, level int);
CREATE TABLE user_roles (user_id int NOT NULL REFERENCES users, role_id bigint NOT NULL REFERENCES roles, active boolean NOT NULL,
  PRIMARY KEY (user_id, role_id));
CREATE TABLE role_permissions (role_id bigint NOT NULL REFERENCES roles, permission_id int NOT NULL REFERENCES permissions,
  note text, PRIMARY KEY (role_id, permission_id));
CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users, total numeric);
CREATE TABLE items (id int PRIMARY KEY, order_id int REFERENCES orders, price numeric, permission_id int REFERENCES permissions);
CREATE INDEX ON users (boss_id);
CREATE INDEX ON user_roles (role_id);
CREATE INDEX ON role_permissions (permission_id);
CREATE INDEX ON orders (user_id);
CREATE INDEX ON items (order_id);
CREATE INDEX ON items (permission_id);
INSERT INTO users SELECT i, 'u' || i, nullif(i / 3, 0) FROM generate_series(1, 40) i;
INSERT INTO roles SELECT i, 'r' || i, CASE WHEN i = 6 THEN now() END FROM generate_series(1, 8) i;
INSERT INTO permissions SELECT i, 'p' || i, i % 4 FROM generate_series(1, 12) i;
INSERT INTO user_roles SELECT u, r, r % 4 > 0 FROM generate_series(1, 38) u, generate_series(1, 8) r WHERE (u * r) % 5 = 2;
INSERT INTO role_permissions SELECT r, p, 'n' || p FROM generate_series(1, 8) r, generate_series(1, 12) p WHERE (r + p) % 3 = 0;
INSERT INTO orders SELECT i, nullif(i % 38, 0), i * 10 FROM generate_series(1, 90) i;
INSERT INTO items SELECT i, nullif(i % 80, 0), i % 7 + 0.50, i % 12 + 1 FROM generate_series(1, 300) i;
SELECT assoc.adopt('roles', 'roles', '{"paranoid": true, "deletedAt": "deleted_at", "timestamps": false}') ->> 'model';
SELECT assoc.adopt('permissions', 'permissions', '{"defaultScope": {"where": {"id": {"ne": 3}}}}') ->> 'model';
SELECT 1 FROM assoc.belongs_to_many('users', 'roles', through => 'user_roles', inverse => 'users',
  options => '{"through": {"scope": {"active": true}}}');
SELECT 1 FROM assoc.belongs_to_many('roles', 'permissions', through => 'role_permissions', inverse => 'roles');
SELECT 1 FROM assoc.has_many('users', 'orders', foreign_key => 'user_id', alias => 'orders', inverse => 'customer');
SELECT 1 FROM assoc.has_many('orders', 'items', foreign_key => 'order_id', alias => 'items', inverse => 'in_order');
SELECT 1 FROM assoc.belongs_to('items', 'permissions', foreign_key => 'permission_id', alias => 'needed', inverse => 'needed_by');
SELECT 1 FROM assoc.belongs_to('users', 'users', foreign_key => 'boss_id', alias => 'boss', inverse => 'team');
-- beside plain SQL
CREATE VIEW user_permissions AS
SELECT DISTINCT ur.user_id, p.* FROM user_roles ur JOIN roles r ON r.id = ur.role_id AND r.deleted_at IS NULL
  JOIN role_permissions rp ON rp.role_id = r.id JOIN permissions p ON p.id = rp.permission_id AND p.id <> 3 WHERE ur.active;
SELECT count(*), bool_and(d = (SELECT jsonb_build_object('id', u.id,
    'permissions', (SELECT count(*) FROM user_permissions p WHERE p.user_id = u.id),
    'levels', (SELECT sum(level) FROM user_permissions p WHERE p.user_id = u.id),
    'high', (SELECT count(*) FROM user_permissions p WHERE p.user_id = u.id AND level > 1),
    'items', (SELECT count(*) FROM orders o JOIN items i ON i.order_id = o.id WHERE o.user_id = u.id),
    'spent', (SELECT sum(price) FROM orders o JOIN items i ON i.order_id = o.id WHERE o.user_id = u.id),
    'needed', (SELECT count(DISTINCT i.permission_id) FROM orders o JOIN items i ON i.order_id = o.id
      WHERE o.user_id = u.id AND i.permission_id <> 3),
    'second', (SELECT count(*) FROM users t JOIN users tt ON tt.boss_id = t.id WHERE t.boss_id = u.id),
    'any', EXISTS (SELECT FROM user_permissions p WHERE p.user_id = u.id))
  FROM users u WHERE u.id = (d ->> 'id')::int)) AS same
FROM assoc.find('users', '{"attributes": ["id", {"count": ["roles", "permissions"], "as": "permissions"},
  {"sum": ["roles", "permissions", "level"], "as": "levels"},
  {"count": ["roles", "permissions"], "where": {"level": {"gt": 1}}, "as": "high"},
  {"count": "orders.items", "as": "items"}, {"sum": ["orders", "items", "price"], "as": "spent"},
  {"count": ["orders", "items", "needed"], "as": "needed"}, {"count": ["team", "team"], "as": "second"},
  {"has": ["roles", "permissions"], "as": "any"}]}') d;
CREATE FUNCTION ids(options jsonb) RETURNS text LANGUAGE sql AS $$
SELECT string_agg(d ->> 'id', ' ') FROM assoc.find('users', '{"attributes": ["id"]}' || options) d $$;
SELECT ids('{"where": {"roles.permissions": {"count": {"gte": 7}}}}') = (SELECT string_agg(user_id::text, ' ' ORDER BY user_id)
    FROM (SELECT user_id FROM user_permissions GROUP BY 1 HAVING count(*) >= 7) x) AS count,
  ids('{"where": {"orders.items": {"sum": {"of": "price", "gt": 35}}}}') = (SELECT string_agg(user_id::text, ' ' ORDER BY user_id)
    FROM (SELECT user_id FROM orders o JOIN items i ON i.order_id = o.id GROUP BY 1 HAVING sum(price) > 35) x) AS sum,
  ids('{"where": {"roles.permissions": {"none": {"level": 2}}}}') = (SELECT string_agg(id::text, ' ' ORDER BY id) FROM users u
    WHERE NOT EXISTS (SELECT FROM user_permissions p WHERE p.user_id = u.id AND level = 2)) AS none,
  ids('{"where": {"roles.permissions": {"allOf": [1, 2]}}}') = (SELECT string_agg(id::text, ' ' ORDER BY id) FROM users u
    WHERE 2 = (SELECT count(*) FROM user_permissions p WHERE p.user_id = u.id AND p.id IN (1, 2))) AS all_of,
  ids('{"where": {"boss.boss": {"some": {"name": "u2"}}}}') = (SELECT string_agg(id::text, ' ' ORDER BY id) FROM users u
    WHERE (SELECT boss_id FROM users b WHERE b.id = u.boss_id) = 2) AS boss,
  ids('{"order": [{"by": {"count": ["roles", "permissions"]}, "direction": "DESC"}, "id"], "limit": 9}') =
     (SELECT string_agg(id::text, ' ')
    FROM (SELECT id FROM users u ORDER BY (SELECT count(*) FROM user_permissions p WHERE p.user_id = u.id) DESC, id LIMIT 9) x) AS ordered;
SELECT assoc.find_all('users', '{"attributes": ["id", {"count": ["roles", "permissions"], "as": "n"}], "where": {"n": {"gte": 7}},
  "order": [["n", "DESC"]], "limit": 2}');
-- as an include: rows of the far end, each once, read only
CREATE FUNCTION forms(id text, include jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  options jsonb := jsonb_build_object('attributes', '["id"]'::jsonb, 'include', jsonb_build_array(include));
  found jsonb := assoc.find_by_pk('users', id, options);
  many jsonb := assoc.find_all('users', options);
  batch jsonb;
  nested jsonb;
BEGIN
  PERFORM set_config('pg_associations.probe', 'off', true);
  batch := assoc.find_by_pk('users', id, options);
  PERFORM set_config('pg_associations.probe', 'on', true);
  IF NOT include ? 'recursive' THEN
    EXECUTE assoc.sql('users', options || jsonb_build_object('where', jsonb_build_object('id', id))) INTO nested;
  END IF;
  RETURN concat_ws(' ', found, CASE WHEN batch <> found OR nested -> 0 <> found OR NOT many @> jsonb_build_array(found)
    OR assoc.find_all_json('users', options)::jsonb <> many THEN format('but %s or %s', batch, nested) END);
END $$;
SELECT i AS include, forms('2', i::jsonb) FROM unnest(ARRAY[
  '{"association": "roles.permissions", "as": "permissions", "attributes": ["name"]}',
  '{"association": "roles.permissions", "values": "id"}',
  '{"association": "roles.permissions", "as": "p", "values": "id", "limit": 3, "order": [["name", "DESC"]]}',
  '{"association": "roles.permissions", "as": "p", "attributes": ["id"], "where": {"level": 1}, "required": false,
    "include": [{"association": "roles", "values": "name"}]}',
  '{"association": "orders.items", "as": "items", "values": "id", "limit": 4}',
  '{"association": "orders.items.needed", "as": "needed", "values": "name"}',
  '{"association": "boss.boss", "as": "top", "attributes": ["name"]}',
  '{"association": "team.team", "as": "second", "attributes": ["name"]}',
  '{"association": "boss.team", "as": "peers", "values": "id"}']) i;
SELECT forms('1', '{"association": "team.team", "as": "below", "attributes": ["id"], "recursive": true}');
SELECT forms('20', '{"association": "boss.boss", "as": "top", "attributes": ["name"]}');
SELECT count(*), bool_and(d -> 'p' = (SELECT coalesce(jsonb_agg(id ORDER BY id), '[]')
      FROM user_permissions WHERE user_id = (d ->> 'id')::int)
    AND d -> 'i' = (SELECT coalesce(jsonb_agg(i.id ORDER BY i.id), '[]')
      FROM orders o JOIN items i ON i.order_id = o.id WHERE o.user_id = (d ->> 'id')::int)) AS same
FROM assoc.find('users', '{"attributes": ["id"], "include": [{"association": "roles.permissions", "as": "p", "values": "id"},
  {"association": "orders.items", "as": "i", "values": "id"}]}') d;
SELECT assoc.find_all('users', '{"attributes": ["id"], "include": [{"association": "roles.permissions", "as": "p", "values": "id",
    "where": {"id": 11}}], "limit": 2}'),
  assoc.count('users', '{"include": [{"association": "roles.permissions", "where": {"id": 11}}]}');
SELECT jsonb_set(assoc.find_by_pk('users', 2, '{"attributes": [], "include": [
  {"association": "roles.permissions", "as": "p", "values": "id", "limit": 2, "page": true}]}'), '{p,next}', '"..."');
SELECT assoc.typescript('users', '{"attributes": ["id", {"count": ["roles", "permissions"], "as": "n"}],
  "include": [{"association": "roles.permissions", "as": "permissions", "attributes": ["id"]},
    {"association": "boss.boss", "as": "top", "attributes": ["id"]}]}');
SET pg_associations.probe = on;
SELECT * FROM assoc.explain('users', '{"attributes": ["id"], "include": [
  {"association": "roles.permissions", "as": "p", "attributes": ["id"]}]}', pk => '1')
WHERE explain !~ 'SQL';
RESET pg_associations.probe;
-- what is none, and what may be asked
CREATE FUNCTION refused(options text, allow text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN assoc.find_all('users', options::jsonb, NULL, allow::jsonb);
EXCEPTION WHEN OTHERS THEN
  RETURN sqlstate || ' ' || sqlerrm;
END $$;
SELECT o AS options, refused(o) FROM unnest(ARRAY['{"attributes": [{"count": ["roles", "permission"], "as": "n"}]}',
  '{"attributes": [{"sum": ["roles", "permissions"], "as": "n"}]}',
  '{"attributes": [{"max": ["roles", "permissions", "through", "note"], "as": "n"}]}',
  '{"include": [{"association": "roles.permission"}]}', '{"include": [{"association": "roles."}]}',
  '{"include": [{"association": "roles.permissions", "through": {"attributes": []}}]}',
  '{"include": [{"association": "roles.permissions", "where": {"through": {"note": "n1"}}}]}',
  '{"where": {"roles.permission": {"some": {}}}}', '{"where": {"roles.permissions": {"some": {"through": {"note": "n1"}}}}}',
  '{"include": [{"association": "roles.permissions", "recursive": true}]}']) o;
SELECT a AS allow,
  refused('{"attributes": [{"count": "roles.permissions", "where": {"name": "p1"}, "as": "n"}], "limit": 1}', a),
  refused('{"attributes": [], "where": {"roles.permissions": {"some": {"name": "p1"}}}, "limit": 1}', a),
  refused('{"attributes": ["id", {"count": ["roles", "permissions"], "as": "n"}], "where": {"n": {"gt": 6}},
    "limit": 1}', a),
  refused('{"attributes": ["id"], "include": [{"association": "roles.permissions", "values": "id"}], "limit": 1}', a)
FROM unnest(ARRAY['{"attributes": ["id", "roles.permissions"], "where": ["name"]}',
  '{"attributes": ["id", "roles.permissions"], "where": ["roles.permissions", "roles.permissions.name"], "include": ["roles"]}',
  '{"attributes": ["id", "roles.permissions"], "where": ["roles.permissions"], "include": ["roles.permissions"]}']) a;
-- get and count_of take such a path by a key of its first row, also where that row itself refers
SELECT count(*), bool_and(
  assoc.get('users', u.id, 'roles.permissions', '{"attributes": ["id"]}') = (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id)
    ORDER BY p.id), '[]') FROM user_permissions p WHERE p.user_id = u.id) AND
  assoc.count_of('users', u.id, 'roles.permissions', '{"where": {"level": {"gt": 1}}}') =
    (SELECT count(*) FROM user_permissions p WHERE p.user_id = u.id AND level > 1) AND
  assoc.get('users', u.id, 'boss.roles.permissions', '{"attributes": ["id"]}') = (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id)
    ORDER BY p.id), '[]') FROM user_permissions p WHERE p.user_id = u.boss_id) AND
  assoc.get('users', u.id, 'boss.boss', '{"attributes": ["id"]}') IS NOT DISTINCT FROM
    (SELECT jsonb_build_object('id', b.boss_id) FROM users b WHERE b.id = u.boss_id AND b.boss_id IS NOT NULL) AND
  assoc.count_of('users', u.id, 'boss.team') = (SELECT count(*) FROM users t WHERE t.boss_id = u.boss_id)) AS same
FROM users u;
SELECT assoc.get('users', 2, 'roles.permissions', '{"attributes": ["name"], "order": [["level", "DESC"], "id"], "limit": 2}'),
  assoc.get('users', 99, 'roles.permissions'), assoc.get('users', 99, 'boss.boss');
SELECT assoc.get('users', 2, 'roles.permission');
SELECT assoc.get('users', 2, 'roles.permissions', '{"through": {"attributes": []}}');
DROP SCHEMA load_paths CASCADE;
