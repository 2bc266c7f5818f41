-- Tables that are made anew under their names in the transaction that drops them, as migrations, tools and Citus do.
\a \t
SET client_min_messages = warning;
CREATE ROLE regress_remade_owner;
CREATE ROLE regress_remade_reader;
CREATE ROLE regress_remade_other;
CREATE SCHEMA remade AUTHORIZATION regress_remade_owner;
GRANT USAGE, CREATE ON SCHEMA remade TO regress_remade_other;
GRANT USAGE ON SCHEMA remade TO regress_remade_reader;
SET search_path = remade, public;
SET ROLE regress_remade_owner;
CREATE TABLE users (id int PRIMARY KEY, name text, secret text, boss_id int REFERENCES users);
CREATE TABLE projects (id int PRIMARY KEY, title text);
CREATE TABLE members (user_id int REFERENCES users, project_id int REFERENCES projects, role text, PRIMARY KEY (user_id, project_id));
INSERT INTO users VALUES (1, 'Ann', 'x', NULL), (2, 'Bob', 'y', 1);
INSERT INTO projects VALUES (1, 'one'), (2, 'two');
INSERT INTO members VALUES (1, 1, 'a'), (1, 2, 'b'), (2, 2, 'a');
SELECT assoc.adopt('users', 'Person', '{"defaultScope": {"where": {"name": {"not": null}}}}') ->> 'model';
SELECT assoc.define('Person', '{"secret": {"type": "text", "hidden": true}}') ->> 'model';
CREATE INDEX ON members (project_id);
CREATE INDEX ON users (boss_id);
SELECT assoc.belongs_to_many('Person', 'projects', through => 'members', foreign_key => 'user_id', inverse => 'people') ->> 'kind';
SELECT assoc.belongs_to('Person', 'Person', foreign_key => 'boss_id', alias => 'boss', inverse => 'staff') ->> 'kind';
REVOKE ALL ON FUNCTION person_with_projects FROM PUBLIC;
GRANT EXECUTE ON FUNCTION person_with_projects TO regress_remade_reader WITH GRANT OPTION;
ALTER FUNCTION project_get_people SECURITY DEFINER SET search_path = remade, pg_temp SET work_mem = '8MB';
COMMENT ON FUNCTION project_get_people IS 'who is in it';
CREATE VIEW state AS
  SELECT 'declared', d FROM assoc.declarations('remade') d
  UNION ALL
  SELECT 'function', format('%s %s %s %s %s', p.oid::regprocedure,
      ARRAY(SELECT a::text FROM unnest(coalesce(p.proacl, acldefault('f', p.proowner))) a ORDER BY a::text COLLATE "C"),
      p.prosecdef, p.proconfig, obj_description(p.oid, 'pg_proc'))
    FROM pg_proc p WHERE pronamespace = 'remade'::regnamespace;
CREATE TABLE before AS TABLE state;
SELECT count(*) > 20 FROM before;
-- by another table that takes the name
BEGIN;
CREATE TABLE users_new (LIKE users INCLUDING DEFAULTS);
INSERT INTO users_new SELECT * FROM users;
DROP TABLE users CASCADE;
ALTER TABLE users_new RENAME TO users;
ALTER TABLE users ADD PRIMARY KEY (id), ADD FOREIGN KEY (boss_id) REFERENCES users;
ALTER TABLE members ADD FOREIGN KEY (user_id) REFERENCES users;
COMMIT;
SELECT * FROM ((TABLE before EXCEPT ALL TABLE state) UNION ALL (TABLE state EXCEPT ALL TABLE before)) d;
SELECT person_with_projects(1);
SELECT conrelid::regclass, left(obj_description(oid, 'pg_constraint'), 30) FROM pg_constraint
  WHERE contype = 'p' AND conrelid IN ('users'::regclass, 'projects'::regclass) ORDER BY 1;
-- all of them, one after the other, and one twice
BEGIN;
CREATE TABLE members_new AS TABLE members;
CREATE TABLE projects_new AS TABLE projects;
CREATE TABLE users_new AS TABLE users;
CREATE TABLE users_newer AS TABLE users;
DROP TABLE users CASCADE;
ALTER TABLE users_new RENAME TO users;
DROP TABLE members, users CASCADE;
ALTER TABLE users_newer RENAME TO users;
DROP TABLE projects CASCADE;
ALTER TABLE projects_new RENAME TO projects;
ALTER TABLE members_new RENAME TO members;
ALTER TABLE users ADD PRIMARY KEY (id), ADD FOREIGN KEY (boss_id) REFERENCES users;
ALTER TABLE projects ADD PRIMARY KEY (id);
ALTER TABLE members ADD PRIMARY KEY (user_id, project_id), ADD FOREIGN KEY (user_id) REFERENCES users,
  ADD FOREIGN KEY (project_id) REFERENCES projects;
SELECT count(*) FROM assoc.declarations('remade');
COMMIT;
SELECT * FROM ((TABLE before EXCEPT ALL TABLE state) UNION ALL (TABLE state EXCEPT ALL TABLE before)) d;
SELECT assoc.set('projects', 1, 'people', '[2]'), person_get_staff(1);
-- without a column that an association and an attribute need
BEGIN;
CREATE TABLE users_new AS SELECT id, name FROM users;
DROP TABLE users CASCADE;
ALTER TABLE users_new RENAME TO users;
ALTER TABLE users ADD PRIMARY KEY (id);
ALTER TABLE members ADD FOREIGN KEY (user_id) REFERENCES users;
COMMIT;
SELECT alias FROM assoc.associations WHERE 'users'::regclass IN (source, target) ORDER BY 1;
SELECT attributes FROM assoc.models WHERE relation = 'users'::regclass;
SELECT person_get_projects(1);
-- a savepoint that is undone, a transaction that is undone
BEGIN;
SAVEPOINT s;
DROP TABLE members CASCADE;
ROLLBACK TO s;
COMMIT;
SELECT person_get_projects(1);
BEGIN;
DROP TABLE members CASCADE;
ROLLBACK;
SELECT person_get_projects(1);
-- accessors that cannot be made are told of, and come by sync
RESET ROLE;
ALTER SCHEMA remade OWNER TO CURRENT_USER;
BEGIN;
CREATE TABLE projects_new AS TABLE projects;
DROP TABLE projects CASCADE;
ALTER TABLE projects_new RENAME TO projects;
ALTER TABLE projects ADD PRIMARY KEY (id), OWNER TO regress_remade_owner;
COMMIT;
ALTER SCHEMA remade OWNER TO regress_remade_owner;
SET ROLE regress_remade_owner;
SELECT count(*) FROM assoc.sync('remade') s WHERE s ~ 'CREATE FUNCTION';
-- functions of computed attributes and who may call them, or word of those that cannot be made
SELECT assoc.define('Coin', '{"cents": "integer", "label": "text"}', '{"timestamps": false, "computed": {
  "euros": {"sql": "cents / 100"}, "shout": {"sql": "upper(label)"}}}') ->> 'model';
REVOKE ALL ON FUNCTION euros FROM PUBLIC;
CREATE TABLE coins_before AS SELECT p.oid::regprocedure::text AS name, proacl, proowner, provolatile, obj_description(p.oid, 'pg_proc')
  FROM pg_proc p WHERE oid IN (SELECT function FROM assoc.registry_computed);
BEGIN;
CREATE TABLE coins_new (LIKE coins INCLUDING ALL);
INSERT INTO coins_new VALUES (1, 250, 'two');
DROP TABLE coins CASCADE;
ALTER TABLE coins_new RENAME TO coins;
COMMIT;
SELECT count(*) FROM coins_before b JOIN pg_proc p ON p.oid = to_regprocedure(b.name)
  WHERE (b.proacl, b.proowner, b.provolatile, b.obj_description)
    IS NOT DISTINCT FROM (p.proacl, p.proowner, p.provolatile, obj_description(p.oid, 'pg_proc'));
SELECT assoc.find_all('Coin', '{"attributes": ["euros", "shout"], "where": {"euros": 2}}');
BEGIN;
CREATE TABLE coins_new AS SELECT id, cents FROM coins;
DROP TABLE coins CASCADE;
ALTER TABLE coins_new RENAME TO coins;
ALTER TABLE coins ADD PRIMARY KEY (id);
COMMIT;
SELECT assoc.find_all('Coin', '{"attributes": ["cents"]}');
DROP TABLE coins, coins_before CASCADE;
-- declared anew: what was before is over
BEGIN;
CREATE TABLE members_new AS TABLE members;
DROP TABLE members CASCADE;
ALTER TABLE members_new RENAME TO members;
ALTER TABLE members ADD PRIMARY KEY (user_id, project_id);
SELECT assoc.belongs_to_many('Person', 'projects', through => 'members', foreign_key => 'user_id', alias => 'works',
  options => '{"constraints": false}') ->> 'kind';
COMMIT;
SELECT source::regclass, alias FROM assoc.associations WHERE through = 'members'::regclass;
-- another role's table is another table
RESET ROLE;
BEGIN;
DROP TABLE members CASCADE;
SET ROLE regress_remade_other;
CREATE TABLE members (user_id int, project_id int, role text, PRIMARY KEY (user_id, project_id));
RESET ROLE;
COMMIT;
SELECT count(*) FROM assoc.associations WHERE through = 'members'::regclass;
SELECT count(*) FROM assoc.models WHERE relation = 'members'::regclass;
-- what fails loses the declarations, and nothing else
SET ROLE regress_remade_owner;
BEGIN;
CREATE TABLE users_new AS TABLE users;
DROP TABLE users CASCADE;
ALTER TABLE users_new RENAME TO users;
CREATE TABLE impostor (id int PRIMARY KEY);
SELECT assoc.adopt('impostor', 'Person') ->> 'model';
COMMIT;
SELECT count(*) FROM users;
SELECT relation::regclass, name FROM assoc.models WHERE relation::regclass::text ~ 'users|impostor';
-- a view, and what is dropped in one transaction with the extension's own
DROP VIEW state;
CREATE VIEW adults AS SELECT id, name FROM users;
SELECT assoc.adopt('adults', 'Adult', '{"key": ["id"]}') ->> 'model';
BEGIN;
DROP VIEW adults;
CREATE VIEW adults AS SELECT id, name, 1 AS more FROM users;
COMMIT;
SELECT assoc.find_by_pk('Adult', 1);
RESET ROLE;
SET client_min_messages = error;
BEGIN;
DROP VIEW remade.adults;
DROP EXTENSION pg_associations CASCADE;
ROLLBACK;
BEGIN;
CREATE VIEW spare AS TABLE adults;
DROP VIEW spare, adults;
CREATE VIEW adults AS SELECT 1 AS id;
ALTER VIEW adults OWNER TO regress_remade_owner;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT assoc.find_by_pk('Adult', 1);
ROLLBACK;
SELECT count(*) FROM assoc.registry_dropped;
DROP SCHEMA remade CASCADE;
DROP ROLE regress_remade_owner, regress_remade_reader, regress_remade_other;
