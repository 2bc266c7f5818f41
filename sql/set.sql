-- Setting links: exactly these, kept rows keep their payload, nothing half done.
CREATE SCHEMA setting;
SET search_path = setting;
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE projects (id bigint PRIMARY KEY, title text NOT NULL, published boolean NOT NULL DEFAULT true);
CREATE TABLE user_projects (
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  project_id bigint NOT NULL REFERENCES projects ON DELETE CASCADE,
  role text NOT NULL DEFAULT 'viewer' CHECK (role IN ('admin', 'developer', 'viewer')),
  hours numeric,
  PRIMARY KEY (user_id, project_id));
CREATE INDEX ON user_projects (project_id, user_id);
INSERT INTO users VALUES (1, 'John'), (2, 'Jane');
INSERT INTO projects SELECT i, 'project ' || i, i <> 9 FROM generate_series(1, 9) i;
SELECT assoc.belongs_to_many('users', 'projects', through => 'user_projects', inverse => 'users') ->> 'alias' AS alias;
CREATE VIEW links AS SELECT * FROM user_projects ORDER BY 1, 2;

SELECT user_set_projects(1, '{3,1,2}', '{"role": "admin"}');
SELECT user_set_projects(2, '{1}');
-- kept rows keep their payload and are not written
SELECT ctid, * FROM user_projects WHERE user_id = 1 AND project_id IN (2, 3) ORDER BY project_id;
SELECT user_set_projects(1, '{2,3,4}');
SELECT ctid, * FROM user_projects WHERE user_id = 1 AND project_id IN (2, 3) ORDER BY project_id;
SELECT * FROM links;
SELECT user_set_projects(1, '{4,2}', '[{"role": "developer"}, {"hours": 7}]');
SELECT assoc.set('users', 1, 'projects', '[{"id": 2, "through": {"hours": 8}}, 5, 5, 2]');
SELECT * FROM links;
-- an id that does not exist, a payload that fails: what was there stays
SELECT user_set_projects(1, '{7,9999}');
\echo :LAST_ERROR_SQLSTATE
SELECT user_set_projects(1, '{7}', '{"role": "boss"}');
\echo :LAST_ERROR_SQLSTATE
SELECT user_set_projects(77, '{1}');
SELECT user_set_projects(1, NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.set('users', 1, 'projects', NULL);
SELECT * FROM links;
-- no ids clears, in every form; a source that does not exist has nothing to clear
SELECT user_set_projects(1, '{}');
SELECT assoc.set('users', 2, 'projects', '[]');
SELECT user_set_projects(77, '{}');
SELECT count(*) FROM links;

-- a scope of the links: the association is those with the role, and set leaves the others alone
SELECT assoc.belongs_to_many('users', 'projects', through => 'user_projects', alias => 'adminProjects',
  options => '{"through": {"scope": {"role": "admin"}}, "singular": "adminProject"}') ->> 'alias' AS alias;
SELECT user_set_projects(1, '{1,2}', '{"role": "developer"}');
SELECT assoc.set('users', 1, 'adminProjects', '[2,3]');
SELECT assoc.set('users', 1, 'adminProjects', '[3]');
SELECT assoc.set('users', 1, 'adminProjects', '[3,4]', '{"hours": 1}');
SELECT * FROM links;
SELECT assoc.has('users', 1, 'adminProjects', '[3,4]'), assoc.has('users', 1, 'adminProjects', '[1]');
SELECT assoc.remove('users', 1, 'adminProjects', '[1,3]');
SELECT assoc.set('users', 1, 'adminProjects', '[5]', '{"role": "viewer"}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.set('users', 1, 'adminProjects', '[]');
SELECT * FROM links;

-- a scope of the targets: links to the others are not seen, and cannot be made
SELECT assoc.belongs_to_many('users', 'projects', through => 'user_projects', alias => 'publishedProjects',
  options => '{"scope": {"published": true}, "singular": "publishedProject"}') ->> 'alias' AS alias;
SELECT user_set_projects(1, '{1,9}');
SELECT assoc.set('users', 1, 'publishedProjects', '[2]');
SELECT assoc.add('users', 1, 'publishedProjects', '[9]');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.has('users', 1, 'publishedProjects', '[2]'), assoc.has('users', 1, 'publishedProjects', '[9]');
SELECT * FROM links;

-- soft-deleted links: removing keeps the row, adding brings it back, as it was
CREATE TABLE memberships (
  user_id bigint REFERENCES users, project_id bigint REFERENCES projects,
  role text, deleted_at timestamptz, PRIMARY KEY (user_id, project_id));
CREATE INDEX ON memberships (project_id, user_id);
SELECT assoc.adopt('memberships', 'Membership', '{"paranoid": true}') IS NOT NULL AS adopted;
SELECT assoc.belongs_to_many('users', 'projects', through => 'Membership', alias => 'memberOf',
  options => '{"singular": "memberOf"}') ->> 'alias' AS alias;
SELECT assoc.set('users', 1, 'memberOf', '[1,2]', '{"role": "admin"}');
SELECT assoc.remove('users', 1, 'memberOf', '[1]');
SELECT assoc.remove('users', 1, 'memberOf', '[1]');
SELECT assoc.has('users', 1, 'memberOf', '[1]'), assoc.has('users', 1, 'memberOf', '[2]');
SELECT user_id, project_id, role, deleted_at IS NOT NULL AS deleted FROM memberships ORDER BY 1, 2;
SELECT assoc.set('users', 1, 'memberOf', '[1,3]');
SELECT user_id, project_id, role, deleted_at IS NOT NULL AS deleted FROM memberships ORDER BY 1, 2;
SELECT assoc.add('users', 1, 'memberOf', '[2]', '{"role": "viewer"}');
SELECT user_id, project_id, role, deleted_at IS NOT NULL AS deleted FROM memberships ORDER BY 1, 2;

-- soft-deleted targets are absent: not linked, not unlinked
CREATE TABLE rooms (id bigint PRIMARY KEY, deleted_at timestamptz);
INSERT INTO rooms VALUES (1, NULL), (2, NULL), (3, '2026-01-01');
SELECT assoc.adopt('rooms', 'Room', '{"paranoid": true}') IS NOT NULL AS adopted;
SELECT assoc.belongs_to_many('users', 'Room', through => 'UserRoom', alias => 'rooms') ->> 'alias' AS alias;
INSERT INTO user_rooms (user_id, room_id) VALUES (1, 1), (1, 3);
SELECT user_has_room(1, 1), user_has_room(1, 3);
SELECT user_set_rooms(1, '{2}');
SELECT user_set_rooms(1, '{2,3}');
SELECT user_id, room_id FROM user_rooms ORDER BY 1, 2;

-- the same pair linked more than once: each link is a row of its own
CREATE TABLE visits (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users, room_id bigint NOT NULL REFERENCES rooms, day date);
CREATE INDEX ON visits (user_id); CREATE INDEX ON visits (room_id);
SELECT assoc.belongs_to_many('users', 'Room', through => 'visits', alias => 'visitedRooms',
  options => '{"through": {"unique": false}, "singular": "visitedRoom"}') ->> 'alias' AS alias;
SELECT assoc.add('users', 1, 'visitedRooms', '[1,1,2]', '{"day": "2026-05-01"}');
SELECT assoc.add('users', 1, 'visitedRooms', '[1]');
SELECT assoc.add('users', 1, 'visitedRooms', '[1,3,9,3]');
SELECT assoc.has('users', 1, 'visitedRooms', '[1,2,1]');
SELECT assoc.set('users', 1, 'visitedRooms', '[1]', '{"day": "2026-05-01"}');
SELECT assoc.remove('users', 1, 'visitedRooms', '[1,2]');
SELECT count(*) FROM visits;

-- has_many: the foreign key of the children
CREATE TABLE tasks (id bigint PRIMARY KEY, project_id bigint REFERENCES projects, title text);
CREATE INDEX ON tasks (project_id);
INSERT INTO tasks SELECT i, NULL, 'task ' || i FROM generate_series(1, 6) i;
SELECT assoc.has_many('projects', 'tasks') ->> 'alias' AS alias;
SELECT project_set_tasks(1, '{1,2,3}');
SELECT project_set_tasks(2, '{3,4}');
SELECT project_set_tasks(1, '{2,5}');
SELECT project_set_tasks(1, '{2,98,99}');
\echo :LAST_ERROR_SQLSTATE
SELECT project_set_tasks(77, '{1}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.set('projects', 1, 'tasks', '[1]', '{"role": "x"}');
\echo :LAST_ERROR_SQLSTATE
SELECT id, project_id FROM tasks ORDER BY id;
SELECT project_add_task(1, 6), project_remove_tasks(1, '{6,5,4}');
SELECT project_has_tasks(1, '{2}'), project_has_tasks(1, '{2,5}'), project_has_tasks(1, '{}');
SELECT project_set_tasks(1, '{}');
SELECT id, project_id FROM tasks ORDER BY id;
DELETE FROM tasks WHERE project_id IS NULL;
ALTER TABLE tasks ALTER project_id SET NOT NULL;
SELECT project_remove_task(2, 3);
\echo :LAST_ERROR_SQLSTATE
SELECT project_remove_task(1, 3), project_set_tasks(1, '{3}'), project_set_tasks(2, '{4}');

-- belongs_to: the source's own foreign key
SELECT assoc.belongs_to('tasks', 'projects') ->> 'alias' AS alias;
SELECT task_set_project(3, 5);
SELECT task_set_project(3, 5);
SELECT assoc.has('tasks', 3, 'project', '[5]'), assoc.has('tasks', 3, 'project', '[4]');
SELECT task_set_project(3, 99);
\echo :LAST_ERROR_SQLSTATE
SELECT task_set_project(99, 5);
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.set('tasks', 3, 'project', '[]');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.set('tasks', 3, 'project', '[1,2]');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE tasks ALTER project_id DROP NOT NULL;
SELECT assoc.set('tasks', 3, 'project', '[]');
SELECT assoc.remove('tasks', 4, 'project', '[1]'), assoc.remove('tasks', 4, 'project', '[2]');
SELECT id, project_id FROM tasks ORDER BY id;

-- has_one: the new one takes the place of the old
CREATE TABLE profiles (id bigint PRIMARY KEY, user_id bigint UNIQUE REFERENCES users);
INSERT INTO profiles VALUES (1), (2);
SELECT assoc.has_one('users', 'profiles') ->> 'alias' AS alias;
SELECT user_set_profile(1, 1);
SELECT user_set_profile(1, 2);
SELECT user_set_profile(1, 2);
SELECT assoc.set('users', 1, 'profile', '[]');
SELECT assoc.set('users', 1, 'profile', '[1,2]');
SELECT * FROM profiles ORDER BY id;

-- NULL for a to-one association is no row
SELECT user_set_profile(1, 1), user_set_profile(1, NULL), assoc.set('users', 1, 'profile', '1'), assoc.set('users', 1, 'profile', 'null');
SELECT assoc.set('tasks', 4, 'project', '[1]');
SELECT task_set_project(4, NULL), task_set_project(4, NULL);
SELECT assoc.set_many('tasks', 'project', '[{"id": 3, "project": 1}, {"id": 4, "project": 1}]');
SELECT assoc.set_many('tasks', 'project', '[{"id": 3, "project": null}, {"id": 4, "project": 1}]');
SELECT assoc.set('tasks', 4, 'project', NULL);
SELECT assoc.remove('tasks', 4, 'project', NULL);
SELECT assoc.add('tasks', 4, 'project', 'null');

-- an object without attributes is a key without attributes, not no ids
SELECT user_set_projects(1, '{1,2}') IS NOT NULL AS linked;
SELECT assoc.set('users', 1, 'projects', '{}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.set('users', 1, 'projects', '[{}]');
SELECT assoc.has('users', 1, 'projects', '{}');
SELECT assoc.set('users', 1, 'rooms', '{}');
SELECT user_set_rooms(1, '{}');
SELECT assoc.set_many('users', 'projects', '[{"id": 1, "projects": {}}]');
SELECT assoc.update('users', '{"projects": {"set": {}}}', '{"where": {"id": 1}}');
SELECT assoc.update('users', '{"projects": {"disconnect": {}}}', '{"where": {"id": 1}}');
SELECT assoc.set('users', 1, 'profile', '{}');
SELECT assoc.count_of('users', 1, 'projects');
SET client_min_messages = warning;
DROP SCHEMA setting CASCADE;
