-- Nobody's model passes for the table or the model of somebody else.
CREATE ROLE regress_name_a;
CREATE ROLE regress_name_b;
CREATE SCHEMA names;
CREATE SCHEMA b AUTHORIZATION regress_name_b;
GRANT USAGE, CREATE ON SCHEMA names TO regress_name_a, regress_name_b;
CREATE FUNCTION names.tries(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE said text; detail text;
BEGIN
  IF call ~ '^SELECT' THEN
    EXECUTE call INTO said;
  ELSE
    EXECUTE call;
  END IF;
  RETURN coalesce(said, 'done');
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(detail, ''));
END $$;
\pset tuples_only on
\pset format unaligned

SET ROLE regress_name_a;
SET search_path = names;
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users VALUES (1, 'a''s');
SELECT assoc.adopt('users', 'User') ->> 'model';
CREATE TABLE tasks (id int PRIMARY KEY, user_id int);
CREATE TABLE loose (id int PRIMARY KEY);
-- by adopt, define, a join table and a row of the registry; also where the table is no model yet
SET ROLE regress_name_b;
CREATE TABLE mine (id int PRIMARY KEY, name text);
INSERT INTO mine VALUES (1, 'b''s');
GRANT SELECT ON mine TO PUBLIC;
SELECT tries($$SELECT assoc.adopt('mine', 'users')$$);
SELECT tries($$SELECT assoc.adopt('mine', 'User')$$);
SELECT tries($$SELECT assoc.adopt('mine', 'loose')$$);
SELECT tries($$SELECT assoc.define('users', '{}', '{"tableName": "others"}')$$);
SELECT tries($$SELECT assoc.define('loose', '{}', '{"tableName": "others"}')$$);
SELECT tries($$INSERT INTO assoc.models (relation, name) VALUES ('mine', 'users')$$);
SELECT tries($$INSERT INTO assoc.models (relation, name) VALUES ('mine', 'loose')$$);
SELECT tries($$INSERT INTO assoc.models (relation, name) VALUES ('mine', 'User')$$);
SELECT assoc.adopt('mine', 'Mine') ->> 'model';
SELECT tries($$SELECT assoc.adopt('mine', 'users', replace => true)$$);
-- one's own are no exception; other kinds of relations are no tables
SET ROLE regress_name_a;
SELECT tries($$SELECT assoc.adopt('loose', 'tasks')$$);
SELECT assoc.adopt('loose', 'tasks_pkey') ->> 'model', assoc.forget('tasks_pkey');
SELECT assoc.find_all('names.users'), assoc.find_all('users'), assoc.find_all('User');

-- the other way round: a table that is made after the model of that name
SET ROLE regress_name_b;
SELECT assoc.adopt('mine', 'orders', replace => true) ->> 'model';
SET ROLE regress_name_a;
CREATE TABLE orders (id int PRIMARY KEY);
SELECT tries($$SELECT assoc.adopt('orders')$$);
SELECT tries($$SELECT assoc.adopt('orders', 'Order')$$);
DROP TABLE orders;
SELECT tries($$SELECT assoc.define('Order', '{}')$$);
CREATE TABLE user_tasks (user_id int, task_id int, PRIMARY KEY (user_id, task_id));
SET ROLE regress_name_b;
SELECT assoc.adopt('mine', 'watches', replace => true) ->> 'model';
SET ROLE regress_name_a;
SELECT tries($$SELECT assoc.belongs_to_many('User', 'tasks', through => 'Watch')$$);

-- a rename, a move
SELECT tries($$ALTER TABLE users RENAME TO watches$$);
SELECT tries($$ALTER TABLE tasks RENAME TO watches$$), tries($$ALTER TABLE watches RENAME TO tasks$$);
SELECT tries($$ALTER TABLE users ADD COLUMN more int$$), tries($$ALTER TABLE users RENAME name TO label$$),
  tries($$ALTER TABLE users RENAME label TO name$$);
SET ROLE regress_name_b;
CREATE TABLE b.users (id int PRIMARY KEY);
CREATE VIEW b.seen AS SELECT 1 AS id;
CREATE TABLE b.things (id int PRIMARY KEY);
SELECT assoc.adopt('b.users', 'User') ->> 'model', assoc.adopt('b.things', 'loose') ->> 'model';
SELECT tries($$ALTER TABLE b.users RENAME TO people$$);
SELECT assoc.adopt('b.seen', 'users') ->> 'model';
SELECT tries($$ALTER TABLE b.people SET SCHEMA names$$);
SELECT tries($$ALTER VIEW b.seen SET SCHEMA names$$);
SELECT tries($$ALTER TABLE b.things SET SCHEMA names$$);
SELECT assoc.adopt('b.things', 'Thing', replace => true) ->> 'model';
SELECT tries($$ALTER TABLE b.things SET SCHEMA names$$);
-- a table that takes the name of a model takes nothing away
SELECT tries($$ALTER TABLE things RENAME TO "User"$$);
ALTER TABLE things RENAME TO "Other";
SELECT assoc.forget('names.Thing');
ALTER TABLE "Other" RENAME TO "User";
SELECT tries($$SELECT assoc.adopt('"User"', 'Thing')$$);
SET ROLE regress_name_a;
SELECT assoc.find_all('User'), assoc.find_all('users');
-- one's own tables may change places
CREATE TABLE tasks_new (LIKE tasks INCLUDING ALL);
SELECT assoc.adopt('tasks') ->> 'model', assoc.adopt('tasks_new') ->> 'model';
BEGIN;
ALTER TABLE tasks RENAME TO tasks_old;
ALTER TABLE tasks_new RENAME TO tasks;
SELECT assoc.adopt('tasks_old', replace => true) ->> 'model', assoc.adopt('tasks', replace => true) ->> 'model';
COMMIT;

-- what came about all the same is told
RESET ROLE;
UPDATE assoc.models SET name = 'users' WHERE relation = 'mine'::regclass;
SELECT object, problem, fix FROM assoc.check('names');
SELECT assoc.adopt('names.mine', 'another name', replace => true) ->> 'model';
UPDATE assoc.models SET name = 'User' WHERE relation = 'mine'::regclass;
SELECT object, problem, fix FROM assoc.check('names');
SELECT tries($$SELECT assoc.find_all('User')$$);
SELECT assoc.find_all('users');

-- a name is looked for anew where search_path, or what has the name, is another
CREATE SCHEMA first;
CREATE SCHEMA later;
CREATE TABLE first.one (id int PRIMARY KEY);
CREATE TABLE later.one (id int PRIMARY KEY);
INSERT INTO first.one VALUES (1);
INSERT INTO later.one VALUES (2);
SELECT assoc.adopt('first.one', 'One') ->> 'model', assoc.adopt('later.one', 'One') ->> 'model';
SET search_path = first, later;
SELECT assoc.find_all('One');
SET search_path = later, first;
SELECT assoc.find_all('One');
SET search_path = pg_catalog, first, later;
SELECT assoc.find_all('One');
ALTER TABLE first.one RENAME TO two;
ALTER TABLE first.two SET SCHEMA b;
SELECT assoc.find_all('One');
ALTER TABLE b.two SET SCHEMA first;
SELECT assoc.find_all('One');
UPDATE assoc.models SET name = 'Two' WHERE relation = 'first.two'::regclass;
SELECT assoc.find_all('One'), assoc.find_all('Two');
RESET search_path;

SET client_min_messages = error;
DROP SCHEMA names, b, first, later CASCADE;
DROP ROLE regress_name_a, regress_name_b;
