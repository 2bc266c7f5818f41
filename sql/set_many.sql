-- set_many: the links of many rows in one call.
CREATE SCHEMA many;
SET search_path = many;
CREATE TABLE users (id bigint PRIMARY KEY, boss_id bigint REFERENCES users);
CREATE TABLE projects (id int PRIMARY KEY, owner_id bigint REFERENCES users);
CREATE TABLE members (user_id bigint REFERENCES users, project_id int REFERENCES projects, role text CHECK (role <> 'none'),
  PRIMARY KEY (user_id, project_id));
CREATE INDEX ON members (project_id, user_id);
CREATE INDEX ON projects (owner_id);
CREATE INDEX ON users (boss_id);
INSERT INTO users SELECT generate_series(1, 5);
INSERT INTO projects SELECT generate_series(1, 6);
SELECT assoc.belongs_to_many('users', 'projects', through => 'members', inverse => 'users') ->> 'alias' AS alias;
SELECT assoc.has_many('users', 'projects', foreign_key => 'owner_id', alias => 'owned', inverse => 'owner') ->> 'alias' AS alias;
SELECT jsonb_array_elements(assoc.set_many('users', 'projects', '[{"id": 3, "projects": [1, 2]}, {"id": 1, "projects": [{"id": 2,
  "through": {"role": "admin"}}, 3]}, {"id": "2", "projects": []}]'));
SELECT jsonb_array_elements(assoc.set_many('users', 'projects', '[{"id": 1, "projects": [{"id": 2, "through": {"role": "dev"}}, 4, 4]},
  {"id": 2, "projects": 5}, {"id": 3, "projects": [2, {"id": 1, "through": {"role": "qa"}}]}]'));
SELECT * FROM members ORDER BY 1, 2;
SELECT assoc.set_many('users', 'projects', '[{"id": 4, "projects": [6]}]'), assoc.set_many('users', 'projects', '[]');
-- the other direction
SELECT jsonb_array_elements(assoc.set_many('projects', 'users', '[{"id": 2, "users": [4]}, {"id": 6, "users": [1, 2, 3, 4]}]'));
SELECT * FROM members ORDER BY 1, 2;
-- the statements that it takes are the same for any number of rows
CREATE TEMP TABLE counted (n int);
CREATE FUNCTION statements(call text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE n bigint;
BEGIN
  TRUNCATE counted;
  EXECUTE call;
  SELECT count(*) INTO n FROM counted;
  RETURN n;
END $$;
CREATE FUNCTION count_statement() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO counted VALUES (1); RETURN NULL; END';
CREATE TRIGGER counting AFTER INSERT OR UPDATE OR DELETE ON members FOR EACH STATEMENT EXECUTE FUNCTION count_statement();
SELECT statements($$SELECT assoc.set_many('users', 'projects', '[{"id": 1, "projects": [1]}, {"id": 2, "projects": [1]}]')$$) AS two,
  statements($$SELECT assoc.set_many('users', 'projects', '[{"id": 1, "projects": [2]}, {"id": 2, "projects": [3]}, {"id": 3,
    "projects": [4]}, {"id": 4, "projects": [5]}, {"id": 5, "projects": [1, 6]}]')$$) AS five;
DROP TRIGGER counting ON members;
-- all or nothing, and all failures at once
SELECT assoc.set_many('users', 'projects', '[{"id": 1, "projects": [1]}, {"id": 2, "projects": [98, 1, 99]}, {"id": 3, "projects": [98]}]');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.set_many('users', 'projects', '[{"id": 1, "projects": [1]}, {"id": 77, "projects": [1]}, {"id": 78, "projects": [2]}]');
SELECT assoc.set_many('users', 'projects', '[{"id": 1, "projects": [{"id": 6, "through": {"role": "none"}}]}, {"id": 2,
  "projects": [{"id": 1, "through": {"role": "ok"}}, {"id": 3, "through": {"role": "none"}}]}]');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM members ORDER BY 1, 2;
-- links that are a foreign key
SELECT jsonb_array_elements(assoc.set_many('users', 'owned', '[{"id": 2, "owned": [1, 2]}, {"id": 1, "owned": [3]}]'));
SELECT jsonb_array_elements(assoc.set_many('users', 'owned', '[{"id": 1, "owned": [2]}, {"id": 2, "owned": [1]}]'));
SELECT jsonb_array_elements(assoc.set_many('projects', 'owner', '[{"id": 1, "owner": 5}, {"id": 2, "owner": []}]'));
SELECT id, owner_id FROM projects WHERE owner_id IS NOT NULL ORDER BY id;
CREATE TRIGGER counting AFTER UPDATE ON projects FOR EACH STATEMENT EXECUTE FUNCTION count_statement();
SELECT statements($$SELECT assoc.set_many('users', 'owned', '[{"id": 1, "owned": [1]}, {"id": 2, "owned": [2]}]')$$) AS two,
  statements($$SELECT assoc.set_many('users', 'owned', '[{"id": 1, "owned": [2]}, {"id": 2, "owned": [3]}, {"id": 3, "owned": [4]},
    {"id": 4, "owned": [5]}, {"id": 5, "owned": [1, 6]}]')$$) AS five,
  statements($$SELECT assoc.set_many('users', 'owned', '[{"id": 1, "owned": [2]}, {"id": 2, "owned": [3]}, {"id": 3, "owned": [4]}]')$$) AS
    unchanged;
SELECT statements($$SELECT assoc.set_many('projects', 'owner', '[{"id": 1, "owner": 1}, {"id": 2, "owner": []}]')$$) AS two,
  statements($$SELECT assoc.set_many('projects', 'owner', '[{"id": 1, "owner": []}, {"id": 2, "owner": 1}, {"id": 3, "owner": 3}, {"id": 4,
    "owner": []}, {"id": 5, "owner": 2}, {"id": 6, "owner": 5}]')$$) AS six;
DROP TRIGGER counting ON projects;
SELECT id, owner_id FROM projects ORDER BY id;
-- rows change hands; who is given to two goes to the last; one after the other in the order given
SELECT jsonb_array_elements(assoc.set_many('users', 'owned', '[{"id": 1, "owned": [5, 6]}, {"id": 2, "owned": [2]}, {"id": 3, "owned": [6,
  3]}, {"id": 5, "owned": []}]'));
SELECT jsonb_array_elements(assoc.set_many('projects', 'owner', '[{"id": 6, "owner": 1}, {"id": 5, "owner": 1}, {"id": 4, "owner": 4},
  {"id": 2, "owner": []}]'));
SELECT id, owner_id FROM projects ORDER BY id;
SELECT assoc.set_many('users', 'owned', '[{"id": 1, "owned": [1]}, {"id": 2, "owned": [98]}, {"id": 3, "owned": [2, 99]}]');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.set_many('users', 'owned', '[{"id": 1, "owned": [1]}, {"id": 77, "owned": [2]}, {"id": 78, "owned": []}]');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.set_many('users', 'owned', '[{"id": 77, "owned": [1]}, {"id": 78, "owned": [2]}]');
SELECT assoc.set_many('projects', 'owner', '[{"id": 1, "owner": 88}, {"id": 2, "owner": 1}]');
SELECT assoc.set_many('projects', 'owner', '[{"id": 1, "owner": 2}, {"id": 77, "owner": 1}, {"id": 78, "owner": []}]');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.set_many('projects', 'owner', '[{"id": 1, "owner": [1, 2]}, {"id": 2, "owner": 1}]');
SELECT id, owner_id FROM projects ORDER BY id;
-- a child that must have a parent can change hands, not be left
CREATE TABLE tasks (id int PRIMARY KEY, project_id int NOT NULL REFERENCES projects, state text, deleted_at timestamptz);
CREATE INDEX ON tasks (project_id);
INSERT INTO tasks SELECT i, 1 + i % 2, CASE WHEN i < 5 THEN 'open' ELSE 'done' END FROM generate_series(1, 6) i;
SELECT assoc.adopt('tasks', options => '{"paranoid": true}') IS NOT NULL AS adopted;
SELECT assoc.has_many('projects', 'tasks', inverse => 'project') ->> 'alias' AS alias, assoc.has_many('projects', 'tasks', alias => 'open',
  options => '{"scope": {"state": "open"}}') ->> 'alias' AS alias;
SELECT jsonb_array_elements(assoc.set_many('projects', 'tasks', '[{"id": 1, "tasks": [1, 3, 5]}, {"id": 2, "tasks": [2, 4, 6]}]'));
SELECT assoc.set_many('projects', 'tasks', '[{"id": 1, "tasks": [1, 3]}, {"id": 2, "tasks": [2, 4, 6]}]');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.set_many('tasks', 'project', '[{"id": 1, "project": 2}, {"id": 2, "project": []}]');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE tasks ALTER project_id DROP NOT NULL;
SELECT jsonb_array_elements(assoc.set_many('projects', 'open', '[{"id": 1, "open": [2, 6]}, {"id": 2, "open": []}]'));
SELECT id, project_id, state FROM tasks ORDER BY id;
UPDATE tasks SET deleted_at = now() WHERE id = 3;
SELECT assoc.set_many('projects', 'tasks', '[{"id": 3, "tasks": [3]}, {"id": 4, "tasks": [4]}]');
SELECT assoc.set_many('tasks', 'project', '[{"id": 3, "project": 1}, {"id": 4, "project": 1}]');
-- a row given to two: each is told what a set of its own would be told
UPDATE tasks SET deleted_at = NULL, project_id = CASE id WHEN 1 THEN 1 WHEN 2 THEN 2 ELSE 3 END;
BEGIN;
SELECT jsonb_array_elements(assoc.set_many('projects', 'tasks', '[{"id": 1, "tasks": [1, 2]}, {"id": 2, "tasks": [1]}, {"id": 4,
  "tasks": [2]}]'));
ROLLBACK;
BEGIN;
SELECT assoc.set('projects', 1, 'tasks', '[1, 2]'), assoc.set('projects', 2, 'tasks', '[1]'), assoc.set('projects', 4, 'tasks', '[2]');
ROLLBACK;
SELECT jsonb_array_elements(assoc.set_many('projects', 'tasks', '[{"id": 1, "tasks": [2]}, {"id": 2, "tasks": [1]}, {"id": 3, "tasks": [1,
  3, 4, 5, 6, 2]}]'));
-- one each, exchanged
CREATE TABLE badges (id int PRIMARY KEY, user_id bigint UNIQUE REFERENCES users);
INSERT INTO badges VALUES (1, 1), (2, 2), (3, NULL), (4, 4);
SELECT assoc.has_one('users', 'badges', alias => 'badge') ->> 'alias' AS alias;
SELECT jsonb_array_elements(assoc.set_many('users', 'badge', '[{"id": 1, "badge": 2}, {"id": 2, "badge": 3}, {"id": 3, "badge": 1},
  {"id": 4, "badge": [4]}, {"id": 5, "badge": []}]'));
SELECT jsonb_array_elements(assoc.set_many('users', 'badge', '[{"id": 3, "badge": 2}, {"id": 1, "badge": 1}]'));
SELECT assoc.set_many('users', 'badge', '[{"id": 3, "badge": [1, 2]}, {"id": 1, "badge": 1}]');
SELECT * FROM badges ORDER BY id;
ALTER TABLE badges ALTER user_id SET NOT NULL;
SELECT assoc.set_many('users', 'badge', '[{"id": 3, "badge": 1}, {"id": 1, "badge": 2}]');
-- keys that share a column
CREATE TABLE people (tenant int, id int, PRIMARY KEY (tenant, id));
CREATE TABLE groups (tenant int, id int, PRIMARY KEY (tenant, id));
CREATE TABLE people_groups (tenant int, person_id int, group_id int, role text, PRIMARY KEY (tenant, person_id, group_id),
  FOREIGN KEY (tenant, person_id) REFERENCES people, FOREIGN KEY (tenant, group_id) REFERENCES groups);
CREATE INDEX ON people_groups (tenant, group_id);
INSERT INTO people SELECT t, i FROM generate_series(1, 2) t, generate_series(1, 4) i;
INSERT INTO groups SELECT * FROM people;
SELECT assoc.belongs_to_many('people', 'groups', through => 'people_groups', foreign_key => 'tenant, person_id',
  other_key => 'tenant, group_id', inverse => 'people') ->> 'alias' AS alias;
CREATE TRIGGER counting AFTER INSERT OR UPDATE OR DELETE ON people_groups FOR EACH STATEMENT EXECUTE FUNCTION count_statement();
SELECT statements($$SELECT assoc.set_many('people', 'groups', '[{"tenant": 1, "id": 1, "groups": [{"tenant": 1, "id": 1}]}, {"tenant": 1,
  "id": 2, "groups": [{"tenant": 1, "id": 1}]}]')$$) AS two,
  statements($$SELECT assoc.set_many('people', 'groups', '[{"tenant": 1, "id": 1, "groups": []}, {"tenant": 1, "id": 2,
    "groups": [{"tenant": 1, "id": 2}]}, {"tenant": 2, "id": 1, "groups": [{"tenant": 2, "id": 1}]}, {"tenant": 2, "id": 4,
    "groups": [{"tenant": 2, "id": 3}]}]')$$) AS four;
DROP TRIGGER counting ON people_groups;
SELECT jsonb_array_elements(assoc.set_many('people', 'groups', '[{"tenant": 1, "id": 2, "groups": [{"tenant": 1, "id": 2,
  "through": {"role": "head"}}, {"tenant": 1, "id": 3}]}, {"tenant": 2, "id": 1, "groups": []}]'));
SELECT assoc.set_many('people', 'groups', '[{"tenant": 1, "id": 2, "groups": []}, {"tenant": 2, "id": 1, "groups": [{"tenant": 1,
  "id": 1}]}]');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.set_many('people', 'groups', '[{"tenant": 1, "id": 2, "groups": [{"tenant": 1, "id": 9}]}, {"tenant": 2, "id": 1,
  "groups": [{"tenant": 2, "id": 8}]}]');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM people_groups ORDER BY 1, 2, 3;
-- wrong uses
SELECT assoc.set_many('users', 'projects', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.set_many('users', 'projects', '{"id": 1, "projects": []}');
SELECT assoc.set_many('users', 'projects', '[{"id": 1, "projects": [1]}, {"id": 1, "projects": [2]}]');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.set_many('users', 'projects', '[{"id": 1}]');
SELECT assoc.set_many('users', 'projects', '[{"id": 1, "projects": null}]');
SELECT assoc.set_many('users', 'projects', '[{"projects": [1]}]');
SELECT assoc.set_many('users', 'projects', '[{"id": 1, "projets": [1]}]');
SELECT assoc.set_many('users', 'projects', '[{"id": 1, "projects": [1, "x"]}]');
SELECT assoc.set_many('users', 'owned', '[{"id": 1, "owned": [{"id": 1, "through": {"role": "x"}}]}]');
-- composite keys, soft-deleted links, a scope; the same pair linked twice
CREATE TABLE rooms (house int, nr int, deleted_at timestamptz, PRIMARY KEY (house, nr));
CREATE TABLE stays (house int, nr int, user_id bigint REFERENCES users, kind text, deleted_at timestamptz, PRIMARY KEY (house, nr, user_id),
  FOREIGN KEY (house, nr) REFERENCES rooms);
CREATE INDEX ON stays (user_id, house, nr);
INSERT INTO rooms VALUES (1, 1), (1, 2), (2, 1);
SELECT assoc.adopt('stays', options => '{"paranoid": true}') IS NOT NULL AS adopted, assoc.adopt('rooms',
  options => '{"paranoid": true}') IS NOT NULL AS adopted;
SELECT assoc.belongs_to_many('rooms', 'users', through => 'stays', foreign_key => 'house, nr', alias => 'guests', inverse => 'rooms',
  options => '{"through": {"scope": {"kind": "long"}}}') ->> 'alias' AS alias;
SELECT jsonb_array_elements(assoc.set_many('rooms', 'guests', '[{"house": 1, "nr": 1, "guests": [1, 2]}, {"house": 2, "nr": 1, "guests": [2,
  3]}]'));
SELECT jsonb_array_elements(assoc.set_many('rooms', 'guests', '[{"nr": 1, "house": 1, "guests": [2]}, {"house": 2, "nr": 1,
  "guests": []}]'));
SELECT jsonb_array_elements(assoc.set_many('rooms', 'guests', '[{"nr": 1, "house": 1, "guests": [1]}, {"house": 2, "nr": 1,
  "guests": [3]}]'));
SELECT house, nr, user_id, kind, deleted_at IS NOT NULL AS deleted FROM stays ORDER BY 1, 2, 3;
SELECT jsonb_array_elements(assoc.set_many('users', 'rooms', '[{"id": 1, "rooms": [{"house": 1, "nr": 2}]}, {"id": 4, "rooms": [{"house": 1,
  "nr": 1}, {"house": 2, "nr": 1}]}]'));
UPDATE rooms SET deleted_at = now() WHERE nr = 2;
SELECT assoc.set_many('rooms', 'guests', '[{"house": 1, "nr": 2, "guests": [1]}, {"house": 2, "nr": 1, "guests": [1]}]');
SELECT assoc.belongs_to_many('users', 'projects', through => 'visits', alias => 'visited', inverse => 'visitors',
  through_attributes => '{"place": "text"}', options => '{"through": {"unique": false}}') ->> 'alias' AS alias;
SELECT jsonb_array_elements(assoc.set_many('users', 'visited', '[{"id": 1, "visited": [{"id": 1, "through": {"place": "a"}}, {"id": 1,
  "through": {"place": "b"}}]}, {"id": 2, "visited": [2]}]'));
SELECT jsonb_array_elements(assoc.set_many('users', 'visited', '[{"id": 1, "visited": [1, 2]}, {"id": 2, "visited": []}]'));
-- what a row points at is part of its own key: it moves, and is known by the key that was given
CREATE TABLE carts (id int PRIMARY KEY);
CREATE TABLE lines (cart_id int REFERENCES carts, line int, PRIMARY KEY (cart_id, line));
INSERT INTO carts SELECT generate_series(1, 3);
INSERT INTO lines SELECT 1, generate_series(1, 40);
SELECT assoc.has_many('carts', 'lines', inverse => 'cart') ->> 'alias' AS alias;
SELECT jsonb_array_elements(assoc.set_many('lines', 'cart', '[{"cart_id": 1, "line": 1, "cart": 2}, {"cart_id": 1, "line": 2, "cart": 3},
  {"cart_id": 1, "line": 3, "cart": 1}]'));
SELECT assoc.set_many('lines', 'cart', '[{"cart_id": 1, "line": 1, "cart": 2}, {"cart_id": 1, "line": 3, "cart": 2}]');
SELECT d -> 'source' AS source, jsonb_array_length(d -> 'added') AS added, d #> '{added,0}' AS first,
  jsonb_array_length(d -> 'removed') AS removed, d -> 'unchanged' AS unchanged
  FROM jsonb_array_elements(assoc.set_many('carts', 'lines', (SELECT jsonb_build_array(jsonb_build_object('id', 1, 'lines',
    '[{"cart_id": 1, "line": 3}]'::jsonb),
    jsonb_build_object('id', 2, 'lines', '[{"cart_id": 2, "line": 1}]' || jsonb_agg(jsonb_build_object('cart_id', 1, 'line', line))))
      FROM generate_series(4, 40) line))) d;
SELECT cart_id, count(*) FROM lines GROUP BY 1 ORDER BY 1;
SELECT assoc.set_many('carts', 'lines', '[{"id": 3, "lines": [{"cart_id": 3, "line": 2}, {"cart_id": 2, "line": 4}]}, {"id": 2,
  "lines": []}]');
-- no two may point at the same row: they exchange, take places that are left, with and without one that nobody has
CREATE TABLE desks (id int PRIMARY KEY);
CREATE TABLE clerks (id int PRIMARY KEY, desk_id int, must_id int NOT NULL UNIQUE REFERENCES desks, gone boolean NOT NULL DEFAULT false,
  FOREIGN KEY (desk_id) REFERENCES desks);
CREATE UNIQUE INDEX ON clerks (desk_id) WHERE NOT gone;
CREATE INDEX ON clerks (desk_id);
INSERT INTO desks SELECT generate_series(1, 6);
INSERT INTO clerks SELECT i, nullif(i, 4), i FROM generate_series(1, 4) i;
SELECT assoc.belongs_to('clerks', 'desks', foreign_key => 'desk_id', alias => 'desk') ->> 'alias' AS alias, assoc.belongs_to('clerks',
  'desks', foreign_key => 'must_id', alias => 'must') ->> 'alias' AS alias;
SELECT jsonb_array_elements(assoc.set_many('clerks', 'desk', '[{"id": 1, "desk": 2}, {"id": 2, "desk": 5}, {"id": 3, "desk": []}, {"id": 4,
  "desk": 1}]'));
SELECT jsonb_array_elements(assoc.set_many('clerks', 'desk', '[{"id": 1, "desk": 5}, {"id": 2, "desk": 2}, {"id": 4, "desk": 1}]'));
SELECT assoc.set_many('clerks', 'desk', '[{"id": 1, "desk": 3}, {"id": 2, "desk": 3}]');
SELECT jsonb_array_elements(assoc.set_many('clerks', 'must', '[{"id": 3, "must": 5}, {"id": 2, "must": 3}, {"id": 1, "must": 2}]'));
SELECT assoc.set_many('clerks', 'must', '[{"id": 1, "must": 3}, {"id": 2, "must": 2}]');
SELECT id, desk_id, must_id FROM clerks ORDER BY 1;
-- a trigger that gives a link to another source
CREATE TABLE votes (user_id bigint REFERENCES users, project_id int REFERENCES projects, PRIMARY KEY (user_id, project_id));
CREATE INDEX ON votes (project_id);
CREATE FUNCTION to_the_first() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.user_id := 1; RETURN NEW; END';
CREATE TRIGGER first BEFORE INSERT ON votes FOR EACH ROW EXECUTE FUNCTION to_the_first();
SELECT assoc.belongs_to_many('users', 'projects', through => 'votes', alias => 'votes') ->> 'alias' AS alias;
SELECT assoc.set_many('users', 'votes', '[{"id": 2, "votes": [1]}, {"id": 3, "votes": [2]}]');
-- more than a thousand: the join table is locked instead
BEGIN;
INSERT INTO users SELECT generate_series(1001, 2200);
SELECT count(*), min(d -> 'added' ->> 0), max(d -> 'added' ->> 0) FROM jsonb_array_elements(assoc.set_many('users', 'projects',
  (SELECT jsonb_agg(jsonb_build_object('id', i, 'projects', jsonb_build_array(i % 6 + 1))) FROM generate_series(1001, 2200) i))) d;
SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'members'::regclass AND mode LIKE 'Share%';
SELECT count(*) AS advisory FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory';
ROLLBACK;
-- a dry run tells what would be done, and does nothing
CREATE FUNCTION dry(alias text, ids jsonb) RETURNS TABLE (dry jsonb, nothing_done bool, same bool) LANGUAGE plpgsql AS $$
DECLARE
  before jsonb := assoc.get('users', 1, alias);
BEGIN
  dry := assoc.set('users', 1, alias, ids, NULL, '{"dry_run": true}');
  nothing_done := before = assoc.get('users', '1', alias);
  same := dry = (assoc.set_many('users', alias, jsonb_build_array(jsonb_build_object('id', 1, alias, ids)), '{"dry_run": true}') -> 0)
    - 'source' AND before = assoc.get('users', 1, alias) AND dry = assoc.set('users', '1', alias, ids, NULL, '{"dry_run": false}');
  RETURN NEXT;
END $$;
SELECT * FROM dry('projects', '[1, {"id": 2, "through": {"role": "dry"}}]');
SELECT * FROM dry('projects', '[2, {"id": 3, "through": {"role": "run"}}]');
SELECT * FROM dry('owned', '[4, 2]');
SELECT * FROM dry('owned', '[]');
SELECT * FROM dry('projects', '[99]');
SELECT assoc.set('users', 1, 'projects', '[1]', NULL, '{"dryRun": true}');
SELECT assoc.set_many('users', 'projects', '[]', '{"dry_run": 1}');
SET client_min_messages = warning;
DROP SCHEMA many CASCADE;
