-- find_for_update: rows locked, then loaded.
CREATE SCHEMA locking;
SET search_path = locking;
SET client_min_messages = warning;
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

-- what this transaction has locked
CREATE FUNCTION locks(relation regclass) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT id FROM %s WHERE xmax = pg_current_xact_id()::xid ORDER BY id', relation);
END $$;

BEGIN;
SELECT row = assoc.find_by_pk('User', 3, '{"attributes": ["id", "name"], "include": [{"association": "owned", "attributes": ["id"]}]}') AS same
FROM assoc.find_for_update('User', '{"where": {"id": 3}, "attributes": ["id", "name"], "include": [{"association": "owned", "attributes": ["id"]}]}') row;
-- the rows found are locked, what they include is not
SELECT * FROM locks('users');
SELECT * FROM locks('projects');
ROLLBACK;
-- in the order asked for, up to the limit
BEGIN;
SELECT assoc.find_for_update('User', '{"attributes": ["id", {"count": "owned", "as": "n"}], "order": [["n", "DESC"], ["age", "DESC NULLS LAST"]], "limit": 2, "offset": 1}', 'no key update');
SELECT * FROM locks('users');
ROLLBACK;
SELECT id FROM (SELECT id, age, (SELECT count(*) FROM projects WHERE owner_id = u.id) AS n FROM users u) t ORDER BY n DESC, age DESC NULLS LAST, id OFFSET 1 LIMIT 2;
BEGIN;
SELECT assoc.find_for_update('User', '{"attributes": ["id"], "where": {"age": {"param": "age"}, "projects": {"some": {"id": 4}}}}', 'share', params => '{"age": 22}');
SELECT * FROM locks('users');
SELECT count(*) FROM assoc.find_for_update('User', '{"after": [22]}', 'key share', 'nowait');
SELECT * FROM locks('users') id WHERE id > 22;
ROLLBACK;
-- what the transaction wrote itself is seen, also by a call in the same statement
BEGIN;
INSERT INTO users VALUES (50, 'new');
SELECT assoc.find_for_update('User', '{"where": {"id": 50}, "attributes": ["name"]}', 'update', 'skip locked');
ROLLBACK;
-- scopes and required includes; none at all
SELECT assoc.adopt('users', 'User', '{"defaultScope": {"where": {"id": {"lt": 3}}, "limit": 1}}', replace => true) IS NOT NULL AS adopted;
SELECT assoc.find_for_update('User', '{"attributes": ["id"]}', NULL, NULL);
SELECT assoc.find_for_update('User', '{"attributes": ["id"], "limit": 5, "include": [{"association": "owned", "attributes": ["id"], "where": {"id": 8}}]}');
SELECT assoc.find_for_update('User', '{"where": {"id": -1}}');
PREPARE locked AS SELECT assoc.find_for_update($1, $2, $3, $4, $5);
EXECUTE locked('User', '{"attributes": ["id"]}', 'key share', 'skip locked', NULL);
-- half of the rows are fetched, all are locked
BEGIN;
DECLARE c CURSOR FOR SELECT assoc.find_for_update('User', '{"scope": false, "attributes": ["id"], "limit": 3}');
FETCH 1 FROM c;
SELECT * FROM locks('users');
ROLLBACK;

-- wrong uses
SELECT assoc.find_for_update('User', NULL, 'updat');
SELECT assoc.find_for_update('User', NULL, 'update', 'no wait');
SELECT assoc.find_for_update('User', '{"limit": -1}');
SELECT assoc.find_for_update(NULL);
-- the statement that locks shows where it may not
BEGIN READ ONLY;
SELECT assoc.find_for_update('User');
ROLLBACK;
SET default_transaction_read_only = on;
SELECT assoc.find_for_update('User', '{"scope": false}', 'no key update', 'wait');
SELECT assoc.find_for_update('User', '{"scope": false}', 'share', 'nowait');
SELECT assoc.find_for_update('User', '{"scope": false}', 'key share', 'skip locked');
RESET default_transaction_read_only;
CREATE ROLE regress_reader;
GRANT USAGE ON SCHEMA locking TO regress_reader;
GRANT SELECT ON users, projects, user_projects TO regress_reader;
SET ROLE regress_reader;
SELECT assoc.find_for_update('User', '{"attributes": ["id"]}');
RESET ROLE;
GRANT UPDATE (age) ON users TO regress_reader;
SET ROLE regress_reader;
SELECT assoc.find_for_update('User', '{"attributes": ["id"]}');
RESET ROLE;
CREATE TABLE keyless (a int);
SELECT assoc.adopt('keyless', 'Keyless') IS NOT NULL AS adopted;
SELECT assoc.find_for_update('Keyless');
CREATE VIEW adults AS SELECT * FROM users WHERE age > 21;
SELECT assoc.adopt('adults', 'Adult', '{"key": ["id"]}') IS NOT NULL AS adopted;
SELECT assoc.find_for_update('Adult');
DROP SCHEMA locking CASCADE;
DROP ROLE regress_reader;
