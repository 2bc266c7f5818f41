-- assoc.sync over tables of others: what their owners have written runs as them, whoever calls
CREATE ROLE regress_sync_one;
CREATE ROLE regress_sync_two;
CREATE SCHEMA one AUTHORIZATION regress_sync_one;
CREATE SCHEMA two AUTHORIZATION regress_sync_two;
CREATE SCHEMA shared;
GRANT USAGE, CREATE ON SCHEMA shared TO regress_sync_one, regress_sync_two;
\pset tuples_only on
\pset format unaligned

-- a table with everything that can run
SET ROLE regress_sync_two;
CREATE FUNCTION two.spy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE WARNING '% of % runs as %', tg_op, tg_table_name, current_user;
  PERFORM pg_catalog.set_config('search_path', 'two', false);
  RETURN NULL;
END $$;
CREATE FUNCTION two.look(anyelement) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RAISE WARNING 'a check runs as %', current_user;
  RETURN true;
END $$;
CREATE DOMAIN two.number AS numeric CHECK (two.look(VALUE));
SELECT assoc.define('two.User', '{"name": "text"}') IS NOT NULL, assoc.define('two.Task', '{"title": "text"}',
  '{"timestamps": false}') IS NOT NULL;
SELECT assoc.has_many('two.User', 'two.Task', inverse => 'user') IS NOT NULL;
SELECT assoc.belongs_to_many('two.User', 'two.Task', through => 'two.Watch', alias => 'watched',
  options => '{"accessors": ["get"]}') IS NOT NULL;
ALTER TABLE two.tasks ADD CHECK (two.look(title));
CREATE INDEX ON two.tasks (two.look(title));
CREATE TRIGGER spy BEFORE TRUNCATE ON two.users EXECUTE FUNCTION two.spy();
CREATE TRIGGER spy_after AFTER TRUNCATE ON two.tasks EXECUTE FUNCTION two.spy();
INSERT INTO two.users (name) VALUES ('a');
SET client_min_messages = error;
INSERT INTO two.tasks (title, user_id) VALUES ('t', 1);
RESET client_min_messages;
RESET ROLE;
SHOW search_path;
SELECT assoc.sync('two', force => true, dry_run => true);
SELECT assoc.sync('two', force => true);
SELECT count(*) FROM two.users;
SHOW search_path;
-- his own caller gets what plain SQL gives
SET ROLE regress_sync_two;
BEGIN;
SELECT assoc.sync('two', force => true);
SHOW search_path;
ROLLBACK;
-- types of keys: a rewrite runs checks and index expressions
SET client_min_messages = error;
INSERT INTO two.tasks (title) VALUES ('t');
ALTER TABLE two.tasks DROP CONSTRAINT tasks_user_id_fkey, ALTER user_id TYPE integer;
RESET client_min_messages;
DROP INDEX two.tasks_user_id_idx;
DROP FUNCTION two.user_get_tasks(bigint, jsonb);
DROP TRIGGER keep_updated_at ON two.users;
RESET ROLE;
SELECT assoc.sync('two', alter => true);
SELECT proowner::regrole FROM pg_proc WHERE proname = 'user_get_tasks';

-- a registry that says what is not so
SET ROLE regress_sync_two;
CREATE VIEW two.watcher AS SELECT 1 AS id;
INSERT INTO assoc.models (relation, name, made) VALUES ('two.watcher', 'Watcher', true);
RESET ROLE;
CREATE FOREIGN DATA WRAPPER regress_sync_wrapper;
CREATE SERVER regress_sync_server FOREIGN DATA WRAPPER regress_sync_wrapper;
GRANT USAGE ON FOREIGN SERVER regress_sync_server TO regress_sync_two;
SET ROLE regress_sync_two;
CREATE FOREIGN TABLE two.files (line text) SERVER regress_sync_server;
INSERT INTO assoc.models (relation, name, made) VALUES ('two.files', 'File', true);
RESET ROLE;
SET client_min_messages = error;
SELECT assoc.sync('two', force => true);
RESET client_min_messages;
-- accessors that would be made in somebody else's schema
SET ROLE regress_sync_two;
INSERT INTO assoc.associations (source, alias, kind, target, source_key, foreign_key, singular, options)
  VALUES ('two.users', 'x', 'has_many', 'two.tasks', '{id}', '{user_id}', 'x', '{"accessors": {"schema": "one", "only": ["get"]}}');
RESET ROLE;
SELECT assoc.sync('two');
DELETE FROM assoc.associations WHERE alias = 'x';
-- a table that belongs to somebody else is not even his to name
SET ROLE regress_sync_one;
CREATE TABLE shared.accounts (id bigint PRIMARY KEY);
SELECT assoc.adopt('shared.accounts', 'Account') IS NOT NULL;
SET ROLE regress_sync_two;
INSERT INTO assoc.models (relation, name, made) VALUES ('shared.accounts', 'Account', true);
INSERT INTO assoc.models (relation, name, made) VALUES ('shared.accounts', 'Account',
  true) ON CONFLICT (relation) DO UPDATE SET made = true;
RESET ROLE;

-- a has_many of somebody else does not change the type of a column, nor does his type come into a table
GRANT USAGE ON SCHEMA two TO regress_sync_one;
GRANT SELECT ON two.tasks TO regress_sync_one;
SET ROLE regress_sync_one;
CREATE TABLE one.owners (id bigint PRIMARY KEY);
SELECT assoc.has_many('one.owners', 'two.Task', foreign_key => 'user_id',
  options => '{"accessors": false, "constraints": false}') -> 'source';
ALTER TABLE one.owners ALTER id TYPE integer;
CREATE DOMAIN one.number AS integer CHECK (VALUE > 0);
RESET ROLE;
SELECT assoc.sync('two', alter => true);
GRANT USAGE ON SCHEMA one TO regress_sync_two;
GRANT SELECT ON one.owners TO regress_sync_two;
SET ROLE regress_sync_two;
SELECT assoc.belongs_to('two.Task', 'one.owners', foreign_key => 'owner_id', alias => 'owner',
  options => '{"accessors": false, "constraints": false}') -> 'created';
SET ROLE regress_sync_one;
ALTER TABLE one.owners ALTER id TYPE one.number;
SET ROLE regress_sync_two;
ALTER TABLE two.tasks ALTER owner_id TYPE bigint;
SELECT assoc.sync('two', alter => true);
SELECT atttypid::regtype FROM pg_attribute WHERE attrelid = 'two.tasks'::regclass AND attname = 'owner_id';
RESET ROLE;

-- tables of two owners in one schema are emptied apart, and not when they point at each other
SET ROLE regress_sync_one;
SELECT assoc.define('shared.Book', '{}', '{"timestamps": false}') IS NOT NULL;
INSERT INTO shared.books DEFAULT VALUES;
SET ROLE regress_sync_two;
SELECT assoc.define('shared.Page', '{"book_id": "bigint"}', '{"timestamps": false}') IS NOT NULL;
INSERT INTO shared.pages (book_id) VALUES (1);
RESET ROLE;
SELECT assoc.sync('shared', force => true);
SELECT (SELECT count(*) FROM shared.books), (SELECT count(*) FROM shared.pages);
ALTER TABLE shared.pages ADD FOREIGN KEY (book_id) REFERENCES shared.books;
SELECT assoc.sync('shared', force => true);

SET client_min_messages = error;
DROP SCHEMA one, two, shared CASCADE;
DROP FOREIGN DATA WRAPPER regress_sync_wrapper CASCADE;
DROP ROLE regress_sync_one, regress_sync_two;
