-- Conditions that look at the row above, or at rows that an association leads to again and again;
-- associations that show soft-deleted rows.
CREATE SCHEMA deparse_above;
SET search_path = deparse_above;
\getenv top PG_ABS_SRCDIR
\set refused :top '/test/data/refused_load.sql'
SET client_min_messages = warning;
\pset format unaligned
CREATE TABLE nodes (id int PRIMARY KEY, name text, weight int, parent_id int REFERENCES nodes, deleted_at timestamptz);
CREATE INDEX ON nodes (parent_id);
CREATE TABLE users (id int PRIMARY KEY, salary int, boss_id int REFERENCES users, deleted_at timestamptz);
CREATE INDEX ON users (boss_id);
CREATE TABLE tasks (id int PRIMARY KEY, user_id int REFERENCES users, cost int, due int);
CREATE INDEX ON tasks (user_id);
CREATE TABLE likes (user_id int NOT NULL REFERENCES users, node_id int NOT NULL REFERENCES nodes, stars int,
    PRIMARY KEY (user_id, node_id));
CREATE INDEX ON likes (node_id);
INSERT INTO nodes SELECT i, 'n' || i, i * 7 % 11, nullif(i / 2, 0), CASE WHEN i = 6 THEN now() END FROM generate_series(1, 40) i;
UPDATE nodes SET parent_id = 33 WHERE id = 16;
INSERT INTO users SELECT i, i * 13 % 17, nullif(i / 3, 0), CASE WHEN i % 7 = 0 THEN now() END FROM generate_series(1, 30) i;
INSERT INTO tasks SELECT i, i * 7 % 30 + 1, i * 5 % 19, i % 12 FROM generate_series(1, 120) i;
INSERT INTO likes SELECT u, n, (u + n) % 6 FROM generate_series(1, 30) u, generate_series(1, 40) n WHERE (u * n) % 11 = 3;
SELECT assoc.adopt('nodes', 'nodes', '{"paranoid": true, "deletedAt": "deleted_at", "timestamps": false}') ->> 'model',
  assoc.adopt('users', 'users', '{"paranoid": true, "deletedAt": "deleted_at", "timestamps": false}') ->> 'model';
SELECT 1 FROM assoc.belongs_to('nodes', 'nodes', foreign_key => 'parent_id', alias => 'parent', inverse => 'children');
SELECT 1 FROM assoc.belongs_to('users', 'users', foreign_key => 'boss_id', alias => 'boss', inverse => 'team');
SELECT 1 FROM assoc.has_many('users', 'tasks', foreign_key => 'user_id', alias => 'tasks', inverse => 'worker');
SELECT 1 FROM assoc.belongs_to_many('users', 'nodes', through => 'likes', alias => 'liked', inverse => 'fans');
SELECT 1 FROM assoc.belongs_to('tasks', 'users', foreign_key => 'user_id', alias => 'anybody', options => '{"paranoid": false}');
SELECT 1 FROM assoc.belongs_to_many('nodes',
    'users', through => 'likes', alias => 'allFans', options => '{"paranoid": false, "accessors": false}');
-- beside plain SQL
CREATE FUNCTION same(model text, condition text, sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  options jsonb := jsonb_build_object('attributes', '["id"]'::jsonb, 'where', condition::jsonb);
  expected jsonb;
  found jsonb := assoc.find_all(model, options);
BEGIN
  EXECUTE format('SELECT coalesce(jsonb_agg(jsonb_build_object(''id'', id) ORDER BY id), ''[]'') FROM %s t WHERE %s AND %s', model, sql,
    CASE model WHEN 'tasks' THEN 'true' ELSE 'deleted_at IS NULL' END) INTO expected;
  RETURN CASE WHEN found = expected AND assoc.count(model, options - 'attributes') = jsonb_array_length(expected)
    AND assoc.find_all(model, options || '{"limit": 3}') = (SELECT coalesce(jsonb_agg(e),
    '[]') FROM (SELECT jsonb_array_elements(expected) e LIMIT 3) x)
    THEN jsonb_array_length(found)::text ELSE format('%s, not %s', found, expected) END;
EXCEPTION WHEN OTHERS THEN
  RETURN sqlstate || ' ' || sqlerrm;
END $$;
SELECT c AS condition, same(m, c, s) FROM (VALUES
  ('users', '{"tasks": {"some": {"cost": {"gt": {"col": "salary", "above": true}}}}}',
    'EXISTS (SELECT FROM tasks x WHERE x.user_id = t.id AND x.cost > t.salary)'),
  ('users', '{"tasks": {"every": {"cost": {"lt": {"col": "salary", "above": true}}}}}',
    'NOT EXISTS (SELECT FROM tasks x WHERE x.user_id = t.id AND (x.cost < t.salary) IS NOT TRUE)'),
  ('users', '{"tasks": {"none": {"cost": {"col": "salary", "above": true}}}}',
    'NOT EXISTS (SELECT FROM tasks x WHERE x.user_id = t.id AND x.cost = t.salary)'),
  ('users', '{"tasks": {"count": {"where": {"cost": {"gt": {"col": "salary", "above": true}}}, "gte": 2}}}',
    '(SELECT count(*) FROM tasks x WHERE x.user_id = t.id AND x.cost > t.salary) >= 2'),
  ('users', '{"tasks": {"sum": {"of": "cost", "where": {"due": {"lt": {"col": "salary", "above": true}}}, "gt": 10}}}',
    '(SELECT sum(cost) FROM tasks x WHERE x.user_id = t.id AND x.due < t.salary) > 10'),
  ('users', '{"liked": {"some": {"through": {"stars": {"gt": {"col": "salary", "above": true}}}}}}',
    'EXISTS (SELECT FROM likes l JOIN nodes n ON n.id = l.node_id WHERE l.user_id = t.id AND l.stars > t.salary AND n.deleted_at IS NULL)'),
  ('users', '{"tasks": {"some": {"worker": {"some": {"boss": {"some": {"salary": {"gt": {"col": "salary", "above": true}}}}}}}}}',
    $$EXISTS (SELECT FROM tasks x JOIN users w ON w.id = x.user_id AND w.deleted_at IS NULL JOIN users b ON b.id = w.boss_id
      AND b.deleted_at IS NULL WHERE x.user_id = t.id AND b.salary > w.salary)$$),
  ('users', '{"team": {"some": {"salary": {"gt": {"col": "boss.salary", "above": true}}}}}',
    $$EXISTS (SELECT FROM users x WHERE x.boss_id = t.id AND x.deleted_at IS NULL
      AND x.salary > (SELECT salary FROM users b WHERE b.id = t.boss_id AND b.deleted_at IS NULL))$$),
  ('users', '{"tasks": {"some": {"cost": {"between": [{"col": "due"}, {"col": "salary", "above": true}]}}}}',
    'EXISTS (SELECT FROM tasks x WHERE x.user_id = t.id AND x.cost BETWEEN x.due AND t.salary)'),
  ('tasks', '{"anybody": {"some": {"salary": {"gt": 3}}}}', 'EXISTS (SELECT FROM users u WHERE u.id = t.user_id AND u.salary > 3)'),
  ('tasks', '{"anybody": null}', 't.user_id IS NULL'), ('tasks', '{"$anybody.salary$": {"lt": 5}}',
    '(SELECT salary FROM users u WHERE u.id = t.user_id) < 5'),
  ('nodes', '{"allFans": {"count": {"gt": 2}}}', '(SELECT count(*) FROM likes l WHERE l.node_id = t.id) > 2'),
  ('nodes', '{"fans": {"count": {"gt": 2}}}',
    '(SELECT count(*) FROM likes l JOIN users u ON u.id = l.user_id AND u.deleted_at IS NULL WHERE l.node_id = t.id) > 2'),
  ('nodes', '{"parent": {"some": {"id": 2}, "recursive": true}}', $$id IN (WITH RECURSIVE r AS (SELECT id FROM nodes WHERE parent_id = 2
    UNION SELECT n.id FROM nodes n JOIN r ON n.parent_id = r.id
    JOIN nodes p ON p.id = r.id AND p.deleted_at IS NULL) SELECT id FROM r)$$),
  ('nodes', '{"parent": {"none": {"name": "n3"}, "recursive": true}}',
    $$id NOT IN (WITH RECURSIVE r AS (SELECT id FROM nodes WHERE parent_id = 3
    UNION SELECT n.id FROM nodes n JOIN r ON n.parent_id = r.id
    JOIN nodes p ON p.id = r.id AND p.deleted_at IS NULL) SELECT id FROM r)$$),
  ('nodes', '{"children": {"some": {"id": 40}, "recursive": true}}', 'id IN (1, 2, 5, 10, 20)'),
  ('nodes', '{"parent": {"some": {"id": 16}, "recursive": true}}', 'id IN (16, 32, 33)'),
  ('nodes', '{"parent": {"some": {"id": 5}, "recursive": true}, "weight": {"gt": 3}}',
    'id IN (10, 11, 20, 21, 22, 23, 40) AND weight > 3'),
  ('nodes', '{"parent.parent": {"some": {"id": 2}, "recursive": true}}',
    'id IN (8, 9, 10, 11, 34, 35, 36, 37, 38, 39, 40)'),
  ('users', '{"boss": {"some": {"salary": 9}, "recursive": true}}', $$id IN (WITH RECURSIVE r AS (SELECT u.id FROM users u JOIN users b
      ON b.id = u.boss_id AND b.salary = 9 AND b.deleted_at IS NULL
    UNION SELECT u.id FROM users u JOIN users b ON b.id = u.boss_id AND b.deleted_at IS NULL JOIN r ON r.id = b.id) SELECT id FROM r)$$),
  ('tasks', '{"worker": {"some": {"boss": {"some": {"id": 1}, "recursive": true}}}}',
    $$user_id IN (WITH RECURSIVE r AS (SELECT id FROM users WHERE boss_id = 1 UNION SELECT u.id FROM users u JOIN users b
      ON b.id = u.boss_id AND b.deleted_at IS NULL JOIN r ON r.id = b.id) SELECT r.id FROM r
    JOIN users u USING (id) WHERE deleted_at IS NULL)$$)
) x (m, c, s);
-- aggregates and what they are grouped by
SELECT count(*), bool_and((d ->> 'n')::int = (SELECT count(*) FROM tasks x JOIN users u ON u.id = x.user_id
  WHERE u.id = (d ->> 'id')::int AND x.cost > u.salary)) AS same
FROM assoc.find('users', '{"attributes": ["id", {"count": "tasks",
    "where": {"cost": {"gt": {"col": "salary", "above": true}}}, "as": "n"}]}') d;
-- includes of what is shown though soft-deleted
SELECT assoc.find_by_pk('tasks', 18, '{"attributes": ["id"], "include": [{"association": "worker", "attributes": ["id"]},
    {"association": "anybody", "attributes": ["id"]},
    {"association": "anybody", "as": "living", "attributes": ["id"], "paranoid": true}]}'),
  assoc.get('tasks', 18, 'anybody', '{"attributes": ["id"]}'),
  assoc.find_by_pk('nodes', 2, '{"attributes": ["id", {"count": "fans", "as": "f"}, {"count": "allFans", "as": "a"}], "include": [
    {"association": "fans", "values": "id"}, {"association": "allFans", "values": "id"}]}'),
  assoc.count('tasks', '{"include": [{"association": "anybody", "required": true, "paranoid": true}]}'),
  assoc.count('tasks', '{"include": [{"association": "anybody", "required": true}]}');
SELECT declaration FROM assoc.declarations('deparse_above') declaration WHERE declaration ~ 'anybody';
-- what has no meaning, and what may be asked
\set ECHO none
\i :refused
\set ECHO all
SELECT m AS model, o AS options, refused(m, o) FROM (VALUES ('users', '{"where": {"salary": {"col": "id", "above": true}}}'),
  ('users', '{"include": [{"association": "tasks", "where": {"cost": {"gt": {"col": "salary", "above": true}}}}]}'),
  ('users', '{"where": {"tasks": {"some": {"cost": {"gt": {"col": "salry", "above": true}}}}}}'),
  ('users', '{"where": {"tasks": {"some": {"cost": {"gt": {"col": "salary", "above": 1}}}}}}'),
  ('users', '{"where": {"tasks": {"some": {}, "recursive": true}}}'), ('users', '{"where": {"boss": {"recursive": true}}}'),
  ('users', '{"where": {"boss": {"count": 1, "recursive": true}}}'),
    ('users', '{"where": {"boss": {"some": {}, "recursive": 1}}}')) x (m, o);
SELECT a AS allow, refused('users', '{"attributes": ["id"],
    "where": {"tasks": {"some": {"cost": {"gt": {"col": "salary", "above": true}}}}}, "limit": 1}', a)
FROM unnest(ARRAY['{"where": ["tasks.cost"]}', '{"where": ["tasks.cost", "tasks.salary"]}', '{"where": ["tasks.cost", "salary"]}']) a;
DO $$ BEGIN
  PERFORM assoc.has_many('users', 'tasks', foreign_key => 'user_id', alias => 'other', options => '{"paranoid": "no"}');
EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', sqlerrm; END $$;
DROP SCHEMA deparse_above CASCADE;
