-- toggle, update_link, move and clear, for all kinds of association.
CREATE SCHEMA moving;
SET search_path = moving;
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE projects (id bigint PRIMARY KEY, owner_id bigint REFERENCES users);
CREATE TABLE members (user_id bigint REFERENCES users, project_id bigint REFERENCES projects, role text CHECK (role <> 'none'), note text,
  since date DEFAULT '2026-01-01', PRIMARY KEY (user_id, project_id));
CREATE INDEX ON members (project_id, user_id);
CREATE INDEX ON projects (owner_id);
INSERT INTO users SELECT generate_series(1, 4);
INSERT INTO projects SELECT generate_series(1, 6);
SELECT assoc.belongs_to_many('users', 'projects', through => 'members', inverse => 'users') ->> 'alias' AS alias;
SELECT assoc.has_many('users', 'projects', foreign_key => 'owner_id', alias => 'owned', inverse => 'owner') ->> 'alias' AS alias;

-- toggle
SELECT assoc.add('users', 1, 'projects', '[1, 2]', '{"role": "dev"}');
SELECT assoc.toggle('users', 1, 'projects', '[3, 2, 2]', '{"role": "admin"}');
SELECT assoc.toggle('users', 1, 'projects', '[{"id": 2, "through": {"role": "qa"}}, {"id": 4, "through": {"note": "x"}}]');
SELECT assoc.toggle('users', 1, 'projects', '[]');
SELECT * FROM members ORDER BY 1, 2;
SELECT assoc.toggle('users', 1, 'projects', '[1, 99]');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.toggle('users', 1, 'projects', '[5]', '{"role": "none"}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.toggle('users', 1, 'owned', '[1, 2]'), assoc.toggle('users', 1, 'owned', '[2, 3]');
SELECT assoc.toggle('projects', 1, 'owner', '2'), assoc.toggle('projects', 1, 'owner', '2');
SELECT assoc.toggle('projects', 1, 'owner', '[2, 3]');
SELECT id, owner_id FROM projects WHERE owner_id IS NOT NULL ORDER BY id;

-- the payload of links that exist
SELECT assoc.update_link('users', 1, 'projects', '[1, 3]', '{"role": "lead"}');
SELECT assoc.update_link('users', 1, 'projects', '[{"id": 1, "through": {"note": null, "role": "lead"}}, {"id": 3,
  "through": {"note": "n"}}]');
SELECT assoc.update_link('users', 1, 'projects', '[1]'), assoc.update_link('users', 1, 'projects', '[]', '{"role": "x"}');
SELECT assoc.update_link('users', 1, 'projects', '[1, 5, 6]', '{"role": "x"}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.update_link('users', 1, 'projects', '[1, 2]', '[{"role": "none"}, {"role": "none"}]');
SELECT assoc.update_link('users', 1, 'projects', '[1]', '{"rol": "x"}');
SELECT assoc.update_link('users', 1, 'owned', '[1]', '{"role": "x"}');
SELECT * FROM members ORDER BY 1, 2;

-- move: the payload goes along; a link that is there already stays and is filled
SELECT assoc.add('users', 2, 'projects', '[{"id": 1, "through": {"note": "mine"}}, {"id": 4, "through": {"role": "own"}}]');
SELECT assoc.move('users', 1, 'projects', '[1, 3, 4]', 2);
SELECT * FROM members ORDER BY 1, 2;
SELECT assoc.move('users', 2, 'projects', '[1, 3]', '3'), assoc.move('users', 2, 'projects', '[]', 3), assoc.move('users', 3, 'projects',
  '[1]', 3);
SELECT assoc.move('users', 3, 'projects', '[1, 2, 4]', 3);
SELECT assoc.move('users', 2, 'owned', '[3]', 2);
SELECT assoc.move('projects', 3, 'owner', '2', 3);
SELECT assoc.move('users', 3, 'projects', '[1, 2, 4]', 1);
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.move('users', 3, 'projects', '[1]', 77);
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.move('users', 3, 'projects', '[1]', NULL::text);
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.move('users', 1, 'owned', '[3]', 2);
SELECT assoc.move('users', 1, 'owned', '[3]', 2);
SELECT assoc.move('projects', 3, 'owner', '2', 4), assoc.move('projects', 1, 'users', '[]', 4);
SELECT id, owner_id FROM projects WHERE owner_id IS NOT NULL ORDER BY id;

-- clear
SELECT assoc.clear('users', 3, 'projects'), assoc.clear('users', 3, 'projects'), assoc.clear('users', 77, 'projects');
SELECT assoc.clear('users', 1, 'owned'), assoc.clear('projects', 4, 'owner');
SELECT assoc.clear('users', NULL::bigint, 'projects');
SELECT assoc.clear('users', 1, 'project');

-- soft-deleted links, a scope, and the same pair linked twice
SELECT assoc.belongs_to_many('users', 'projects', through => 'visits', alias => 'visited', inverse => 'visitors',
  through_attributes => '{"place": "text"}', options => '{"through": {"unique": false}}') ->> 'alias' AS alias;
SELECT assoc.add('users', 1, 'visited', '[{"id": 1, "through": {"place": "a"}}, {"id": 1, "through": {"place": "b"}}, 2]');
SELECT assoc.toggle('users', 1, 'visited', '[{"id": 2}, 3]');
SELECT assoc.update_link('users', 1, 'visited', '[1]', '{"place": "b"}');
SELECT assoc.clear('users', 1, 'visited');
CREATE TABLE stays (user_id bigint REFERENCES users, project_id bigint REFERENCES projects, kind text, n int, deleted_at timestamptz,
  PRIMARY KEY (user_id, project_id));
CREATE INDEX ON stays (project_id, user_id);
SELECT assoc.adopt('stays', options => '{"paranoid": true}') IS NOT NULL AS adopted;
SELECT assoc.belongs_to_many('users', 'projects', through => 'stays', alias => 'stayed', inverse => 'guests',
  options => '{"through": {"scope": {"kind": "long"}}}') ->> 'alias' AS alias;
SELECT assoc.add('users', 1, 'stayed', '[1, 2]', '{"n": 1}');
SELECT assoc.toggle('users', 1, 'stayed', '[2, 3]'), assoc.toggle('users', 1, 'stayed', '[2, 3]');
SELECT assoc.move('users', 1, 'stayed', '[2]', 2), assoc.move('users', 2, 'stayed', '[2]', 1);
SELECT assoc.update_link('users', 1, 'stayed', '[3]', '{"n": 2}');
SELECT user_id, project_id, kind, n, deleted_at IS NOT NULL AS deleted FROM stays ORDER BY 1, 2;

-- a link that moves is the same row: its id, what points at it and what a trigger keeps from moving
CREATE TABLE member (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL REFERENCES users,
  project_id bigint NOT NULL REFERENCES projects, role text, place int, UNIQUE (user_id, project_id), UNIQUE (user_id, place));
CREATE INDEX ON member (project_id);
CREATE TABLE badges (member_id int REFERENCES member ON DELETE CASCADE);
SELECT assoc.belongs_to_many('users', 'projects', through => 'member', alias => 'joined', inverse => 'members') ->> 'alias' AS alias;
SELECT assoc.add('users', 1, 'joined', '[{"id": 1, "through": {"place": 1}}, 2, 3]'), assoc.add('users', 2, 'joined', '3', '{"place": 3}');
INSERT INTO badges VALUES (1), (2), (3), (4);
SELECT assoc.move('users', 1, 'joined', '[1, 2, 3]', 2);
SELECT member.*, badges IS NOT NULL AS badge FROM member LEFT JOIN badges ON member_id = id ORDER BY id;
SELECT assoc.move('projects', 1, 'members', '[2]', 4), assoc.move('projects', 4, 'members', '[2]', 3);
SELECT member.*, badges IS NOT NULL AS badge FROM member LEFT JOIN badges ON member_id = id ORDER BY id;
SELECT assoc.add('users', 3, 'joined', '[4]', '{"place": 3}');
SELECT assoc.move('users', 3, 'joined', '[4]', 2);
\echo :LAST_ERROR_SQLSTATE
CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN CASE WHEN old.project_id <> 2 THEN new END; END';
CREATE TRIGGER stay BEFORE UPDATE ON member FOR EACH ROW EXECUTE FUNCTION stay();
SELECT assoc.move('users', 2, 'joined', '[2, 3]', 1);
-- who may change the key of the link may move it
CREATE ROLE regress_assoc_mover;
GRANT USAGE ON SCHEMA moving TO regress_assoc_mover;
GRANT SELECT (user_id, project_id), UPDATE (user_id) ON member TO regress_assoc_mover;
SET ROLE regress_assoc_mover;
SELECT assoc.move('users', 1, 'joined', '[3]', 2);
RESET ROLE;
SELECT id, user_id, project_id FROM member ORDER BY id;
SET client_min_messages = warning;
DROP OWNED BY regress_assoc_mover;
DROP ROLE regress_assoc_mover;
DROP SCHEMA moving CASCADE;
