-- find_for_update: rows locked, then loaded.
CREATE SCHEMA locking;
SET search_path = locking;
SET client_min_messages = warning;
\getenv top PG_ABS_SRCDIR
\set lists :top '/test/data/lists.sql'
\set ECHO none
\i :lists
\set ECHO all

-- what this transaction has locked
CREATE FUNCTION locks(relation regclass) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT id FROM %s WHERE xmax = pg_current_xact_id()::xid ORDER BY id', relation);
END $$;

BEGIN;
SELECT row = assoc.find_by_pk('User', 3, '{"attributes": ["id", "name"], "include": [{"association": "owned", "attributes": ["id"]}]}') AS
  same
FROM assoc.find_for_update('User', '{"where": {"id": 3}, "attributes": ["id", "name"], "include": [{"association": "owned",
  "attributes": ["id"]}]}') row;
-- the rows found are locked, what they include is not
SELECT * FROM locks('users');
SELECT * FROM locks('projects');
ROLLBACK;
-- in the order asked for, up to the limit
BEGIN;
SELECT assoc.find_for_update('User', '{"attributes": ["id", {"count": "owned", "as": "n"}], "order": [["n", "DESC"], ["age",
  "DESC NULLS LAST"]], "limit": 2, "offset": 1}', 'no key update');
SELECT * FROM locks('users');
ROLLBACK;
SELECT id FROM (SELECT id, age, (SELECT count(*) FROM projects WHERE owner_id = u.id) AS n FROM users u) t
  ORDER BY n DESC, age DESC NULLS LAST, id OFFSET 1 LIMIT 2;
BEGIN;
SELECT assoc.find_for_update('User', '{"attributes": ["id"], "where": {"age": {"param": "age"}, "projects": {"some": {"id": 4}}}}', 'share',
  params => '{"age": 22}');
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
SELECT assoc.find_for_update('User', '{"attributes": ["id"], "limit": 5, "include": [{"association": "owned", "attributes": ["id"],
  "where": {"id": 8}}]}');
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
