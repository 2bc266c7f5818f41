-- Users with projects and roles, for the tests of lists.  Include it in a schema of its own with
--   \getenv top PG_ABS_SRCDIR
--   \set lists :top '/test/data/lists.sql'
CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NULL, age int, score numeric, joined timestamptz);
CREATE TABLE projects (id bigint PRIMARY KEY, title text, budget numeric, owner_id bigint REFERENCES users);
CREATE TABLE user_projects (user_id bigint REFERENCES users, project_id bigint REFERENCES projects, role text, since date, PRIMARY KEY (user_id, project_id));
CREATE INDEX ON user_projects (project_id);
CREATE INDEX ON projects (owner_id);
INSERT INTO users SELECT i, 'user ' || i % 7, CASE WHEN i % 4 > 0 THEN 20 + i % 5 END, i * 1.50, timestamptz '2024-01-01 UTC' + i % 3 * interval '1.000001 day'
  FROM generate_series(1, 24) i;
INSERT INTO projects SELECT i, CASE WHEN i % 5 > 0 THEN 'project ' || i % 4 END, i * 10.0, nullif(i % 6, 0) FROM generate_series(1, 30) i;
INSERT INTO user_projects SELECT u, p, CASE (u + p) % 3 WHEN 0 THEN 'admin' WHEN 1 THEN 'user' END, date '2024-01-01' + (u * p) % 10
  FROM generate_series(1, 23) u, generate_series(1, 30) p WHERE (u * p) % 4 = 0;
SELECT assoc.adopt('users', 'User') IS NOT NULL AND assoc.adopt('projects', 'Project') IS NOT NULL AS adopted;
SELECT assoc.belongs_to_many('User', 'Project', through => 'user_projects', inverse => 'users', options => '{"accessors": false, "inverse": {"accessors": false}}') IS NOT NULL AS declared;
SELECT assoc.has_many('User', 'Project', alias => 'owned', foreign_key => 'owner_id', inverse => 'owner', options => '{"accessors": false}') IS NOT NULL AS declared;
