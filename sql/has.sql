-- Testing links.
CREATE SCHEMA having_links;
SET search_path = having_links;
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE TABLE projects (id uuid PRIMARY KEY);
CREATE TABLE user_projects (user_id bigint REFERENCES users, project_id uuid REFERENCES projects, PRIMARY KEY (user_id, project_id));
CREATE INDEX ON user_projects (project_id, user_id);
INSERT INTO users VALUES (1), (2);
INSERT INTO projects SELECT ('00000000-0000-0000-0000-00000000000' || i)::uuid FROM generate_series(1, 5) i;
INSERT INTO user_projects SELECT 1, id FROM projects WHERE id < '00000000-0000-0000-0000-000000000004';
SELECT assoc.belongs_to_many('users', 'projects', through => 'user_projects', inverse => 'users') ->> 'alias' AS alias;
\set p1 00000000-0000-0000-0000-000000000001
\set p2 00000000-0000-0000-0000-000000000002
\set p5 00000000-0000-0000-0000-000000000005
-- one, all of many, not all of many
SELECT user_has_project(1, :'p1'), user_has_project(1, :'p5'), user_has_projects(1, ARRAY[:'p1', :'p2']::uuid[]), user_has_projects(1,
  ARRAY[:'p1', :'p5']::uuid[]);
-- the same id twice, no ids, nothing there
SELECT user_has_projects(1, ARRAY[:'p1', :'p1']::uuid[]), user_has_projects(1, '{}'), user_has_projects(77, '{}'), user_has_project(77,
  :'p1');
-- by the column's type: a uuid in another form, text, a document
SELECT assoc.has('users', 1, 'projects', '["{00000000-0000-0000-0000-000000000001}", {"id": "00000000000000000000000000000002"}]'),
       assoc.has('users', '1', 'projects', '"00000000-0000-0000-0000-000000000001"'),
       assoc.link_has('users', 'projects', 1, :'p1'::text),
       assoc.link_has('users', 'projects', '1'::text, ARRAY[:'p1', :'p5']);
SELECT project_has_user(:'p1', 1), project_has_users(:'p1', '{1,2}');
-- the same as plain SQL says, for every pair
SELECT count(*) AS pairs, count(*) FILTER (WHERE user_has_project(u.id, p.id) <> EXISTS (SELECT FROM user_projects l WHERE l.user_id = u.id
  AND l.project_id = p.id)) AS wrong
FROM users u, projects p;
-- it sees what its statement sees, and writes nothing
BEGIN READ ONLY;
SELECT user_has_project(1, :'p1');
SELECT user_add_project(1, :'p1');
SELECT user_has_project(1, :'p1');
ROLLBACK;
BEGIN READ ONLY;
SELECT user_add_project(1, :'p5');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
-- wrong uses
SELECT user_has_project(1, NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT user_has_project(NULL, :'p1');
SELECT user_has_projects(1, ARRAY[NULL]::uuid[]);
SELECT assoc.has('users', 1, 'projects', '["x"]');
SELECT assoc.has('users', 1, 'projects', '[{"id": "x", "name": 1}]');
SELECT assoc.has('users', 1, 'projectz', '[]');
SELECT assoc.has('people', 1, 'projects', '[]');
SET client_min_messages = warning;
DROP SCHEMA having_links CASCADE;
