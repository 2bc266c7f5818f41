-- Declaring towards a table needs what a foreign key or a view would need, known before any lock.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_associations;
CREATE ROLE regress_assoc_a;
CREATE ROLE regress_assoc_b;
CREATE SCHEMA rda AUTHORIZATION regress_assoc_a;
CREATE SCHEMA rdb AUTHORIZATION regress_assoc_b;
CREATE SCHEMA tools;
GRANT USAGE ON SCHEMA tools TO PUBLIC;
SET ROLE regress_assoc_a;
SELECT assoc.define('rda.User', '{}', '{"timestamps": false}') ->> 'model' AS model;
CREATE TABLE rda.plain (id bigint PRIMARY KEY);
CREATE TABLE rda.user_ts (user_id bigint, t_id bigint);
SET ROLE regress_assoc_b;
SELECT assoc.define('rdb.T', '{"user_id": "bigint"}', '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.define('rdb.U', '{}', '{"timestamps": false}') ->> 'model' AS model;
RESET ROLE;
-- what a declaration says, and the locks on the other role's tables where it is refused; all of it is taken back
CREATE FUNCTION tools.declared(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  said text;
  locked text;
BEGIN
  BEGIN
    EXECUTE 'SELECT assoc.' || call || ' ->> ''created''' INTO said;
  EXCEPTION WHEN OTHERS THEN
    said := SQLSTATE || ' ' || SQLERRM;
  END;
  SELECT string_agg(c.relname || ' ' || l.mode, ', ' ORDER BY c.relname, l.mode) INTO locked
  FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
  WHERE l.pid = pg_backend_pid() AND relnamespace = 'rda'::regnamespace AND relkind = 'r' AND said ~ '^42501';
  RAISE EXCEPTION USING ERRCODE = 'RL000', MESSAGE = concat_ws(' | ', said, locked);
EXCEPTION WHEN SQLSTATE 'RL000' THEN
  RETURN SQLERRM;
END $$;
CREATE TABLE tools.calls (n int, call text);
GRANT SELECT ON tools.calls TO PUBLIC;
INSERT INTO tools.calls SELECT ord, call FROM unnest(ARRAY[
  $$belongs_to('rdb.T', 'rda.User', options => '{"constraints": false}')$$,
  $$belongs_to('rdb.T', 'rda.User')$$,
  $$belongs_to('rdb.T', 'rda.plain', foreign_key => 'user_id', options => '{"constraints": false}')$$,
  $$belongs_to_many('rdb.T', 'rda.User', through => 'rdb.TU', options => '{"constraints": false}')$$,
  $$belongs_to_many('rdb.T', 'rdb.U', through => 'rda.user_ts', options => '{"constraints": false}')$$,
  $$has_many('rdb.T', 'rda.User', foreign_key => 'id', options => '{"constraints": false}')$$,
  $$has_one('rdb.T', 'rda.User', foreign_key => 'id', options => '{"constraints": false}')$$,
  $$has_many('rda.User', 'rdb.T')$$]) WITH ORDINALITY c (call, ord);
\set calls 'SELECT call, tools.declared(call) FROM tools.calls ORDER BY n;'

-- nothing
SET ROLE regress_assoc_b;
:calls
-- USAGE on the schema
RESET ROLE;
GRANT USAGE ON SCHEMA rda TO regress_assoc_b;
SET ROLE regress_assoc_b;
:calls
-- SELECT of a column, as a view needs
RESET ROLE;
GRANT SELECT (id) ON rda.users TO regress_assoc_b;
SET ROLE regress_assoc_b;
:calls
-- REFERENCES, as a foreign key needs
RESET ROLE;
REVOKE SELECT (id) ON rda.users FROM regress_assoc_b;
GRANT REFERENCES ON rda.users TO regress_assoc_b;
SET ROLE regress_assoc_b;
:calls
-- the schema taken away again
RESET ROLE;
REVOKE USAGE ON SCHEMA rda FROM regress_assoc_b;
SET ROLE regress_assoc_b;
:calls
SELECT tools.declared($$define('rda.X')$$), tools.declared($$adopt('rda.plain')$$);
-- so the owner is held up by nobody
SET ROLE regress_assoc_a;
DROP TABLE rda.users;
RESET ROLE;

-- one's own direction, where the other one is another role's by a call of its own
SET ROLE regress_assoc_a;
SELECT assoc.define('rda.User', '{"t_id": "bigint"}', '{"timestamps": false}') ->> 'model' AS model;
GRANT USAGE ON SCHEMA rda TO regress_assoc_b;
GRANT SELECT, REFERENCES ON rda.users TO regress_assoc_b;
SET ROLE regress_assoc_b;
GRANT USAGE ON SCHEMA rdb TO regress_assoc_a;
GRANT SELECT, REFERENCES ON rdb.ts TO regress_assoc_a;
SELECT assoc.belongs_to('rdb.T', 'rda.User') ->> 'alias' AS alias;
SET ROLE regress_assoc_a;
SELECT assoc.has_many('rda.User', 'rdb.T') ->> 'alias' AS alias;
SELECT assoc.drop_association('rda.User', 'ts');
-- nor is a model forgotten that another role's association needs
SELECT assoc.forget('rda.User');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.drop_association('rda.User', 'ts', inverse => false) ->> 'associations' AS dropped;
SELECT assoc.forget('rda.User');
-- a right that was taken away again is not needed to take back what is one's own
REVOKE USAGE ON SCHEMA rda FROM regress_assoc_b;
SET ROLE regress_assoc_b;
SELECT assoc.drop_association('rdb.T', 'user') ->> 'associations' AS dropped;
SET ROLE regress_assoc_a;
SELECT assoc.forget('rda.User') IS NULL AS forgotten;
SELECT count(*) FROM assoc.models WHERE name = 'User' AND relation = 'rda.users'::regclass;
RESET ROLE;

-- what another role says of one's columns does not keep a rename from being followed
SET ROLE regress_assoc_a;
SELECT assoc.define('rda.Account', '{"name": "text", "password": {"type": "text", "hidden": true}}',
  '{"timestamps": false}') ->> 'model' AS model;
SELECT assoc.has_many('rda.Account', 'rda.Account', alias => 'kids', foreign_key => 'parent_id',
  inverse => 'parent') ->> 'alias' AS alias;
GRANT USAGE ON SCHEMA rda TO regress_assoc_b;
GRANT SELECT (id) ON rda.accounts TO regress_assoc_b;
INSERT INTO rda.accounts (name, password) VALUES ('ann', 's3cret');
SET ROLE regress_assoc_b;
CREATE TABLE rdb.spoilers (id int PRIMARY KEY, account_id bigint);
INSERT INTO assoc.models (relation, name) VALUES ('rdb.spoilers', 'spoilers');
INSERT INTO assoc.associations (source, alias, kind, target, source_key, foreign_key, other_key, target_key, singular) VALUES
  ('rdb.spoilers', 'a', 'belongs_to', 'rda.accounts', '{}', '{account_id}', '{}', '{nope}', 'a'),
  ('rdb.spoilers', 'b', 'belongs_to', 'rda.accounts', '{}', '{account_id}', '{}', '{password}', 'b'),
  ('rdb.spoilers', 'c', 'belongs_to', 'rda.accounts', '{}', '{account_id}', '{}', '{password_hash}', 'c');
SET ROLE regress_assoc_a;
ALTER TABLE rda.accounts RENAME password TO password_hash;
ALTER TABLE rda.accounts RENAME parent_id TO above_id;
SELECT assoc.find_all('rda.Account', '{"include": ["kids"]}');
-- names that change places
ALTER TABLE rda.accounts RENAME name TO swap;
ALTER TABLE rda.accounts RENAME password_hash TO name;
ALTER TABLE rda.accounts RENAME swap TO password_hash;
SELECT assoc.find_all('rda.Account');
SELECT name, attributes FROM assoc.models WHERE relation = 'rda.accounts'::regclass;
SELECT alias, target_key FROM assoc.associations WHERE source = 'rdb.spoilers'::regclass ORDER BY alias;
RESET ROLE;

-- a registry that is not found under its name
BEGIN;
ALTER SCHEMA assoc RENAME TO renamed;
SELECT renamed.find_all('rdb.T');
ROLLBACK;
DROP SCHEMA rda, rdb, tools CASCADE;
DROP ROLE regress_assoc_a, regress_assoc_b;
