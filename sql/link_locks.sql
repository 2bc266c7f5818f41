-- A transaction takes so many places in the server's lock table and no more, however many rows it links.
CREATE SCHEMA link_locks;
SET search_path = link_locks;
SELECT assoc.define('User', '{"name": "text"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.define('Project', '{"title": "text"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.define('Task', '{"title": "text"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.belongs_to_many('User', 'Project', inverse => 'users', through_attributes => '{"role": "text"}') ->> 'alias' AS alias;
SELECT assoc.has_many('User', 'Task', inverse => 'user') ->> 'alias' AS alias;
INSERT INTO users SELECT g FROM generate_series(1, 1500) g;
INSERT INTO projects (title) SELECT g FROM generate_series(1, 3) g;
INSERT INTO tasks (title) SELECT g FROM generate_series(1, 1500) g;
CREATE VIEW held AS
  SELECT l.locktype, l.relation::regclass AS relation, count(*)
  FROM pg_locks l WHERE l.pid = pg_backend_pid() AND l.granted
    AND (l.locktype = 'advisory' OR l.locktype = 'relation' AND l.mode = 'ShareRowExclusiveLock') GROUP BY 1, 2 ORDER BY 1, 2;
BEGIN;
SELECT count(user_add_project(id, 3)) FROM users WHERE id <= 900;
TABLE held;
-- once more is not one more
SELECT count(user_add_project(id, 2)) FROM users WHERE id BETWEEN 101 AND 900;
TABLE held;
SELECT count(user_add_project(id, 3)) FROM users;
TABLE held;
SELECT count(user_add_task(id, id)), count(assoc.toggle('User', id, 'projects', '[1, 2]')) FROM users;
TABLE held;
ROLLBACK;
BEGIN;
SELECT count(user_add_projects(id, '{1,2}', '{"role": "x"}')) FROM users;
SELECT count(user_create_task(id, '{"title": "x"}')) FROM users;
SELECT count(task_set_user(id, 1)) FROM tasks WHERE id <= 1500;
TABLE held;
ROLLBACK;
BEGIN;
SELECT count(assoc.find_or_create('Project', jsonb_build_object('title', -g))) FROM generate_series(1, 1100) g;
TABLE held;
ROLLBACK;
-- what a savepoint takes back is taken back; the next transaction counts anew
BEGIN;
SELECT count(user_add_project(id, 3)) FROM users WHERE id <= 900;
SAVEPOINT s;
SELECT count(user_add_project(id, 3)) FROM users WHERE id > 900;
ROLLBACK TO s;
TABLE held;
SELECT user_add_project(1200, 3) -> 'added' AS added;
TABLE held;
COMMIT;
BEGIN;
SELECT user_add_project(1, 2) -> 'added' AS added;
TABLE held;
COMMIT;
-- who says at once that there are many has the table's lock at once
BEGIN;
SELECT assoc.update('User', '{"projects": {"connect": [1]}}', '{"all": true, "returning": false}') -> 'count' AS count;
TABLE held;
ROLLBACK;
BEGIN;
SELECT assoc.update('User', '{"tasks": {"create": {"title": "x"}}}', '{"all": true, "returning": false}') -> 'count' AS count;
TABLE held;
ROLLBACK;
BEGIN;
SELECT jsonb_array_length(assoc.set_many('User', 'projects', (SELECT jsonb_agg(jsonb_build_object('id', id, 'projects', '[1]'::jsonb))
  FROM users))) AS n;
TABLE held;
ROLLBACK;
SET client_min_messages = warning;
DROP SCHEMA link_locks CASCADE;
