-- Anybody who may point at a table may declare associations to it, also by INSERT with any options. What they say decides
-- nothing about the table, and costs its owner nothing.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_associations;
CREATE ROLE regress_assoc_a;
CREATE ROLE regress_assoc_b;
CREATE SCHEMA roa AUTHORIZATION regress_assoc_a;
CREATE SCHEMA rob AUTHORIZATION regress_assoc_b;
SET ROLE regress_assoc_a;
SELECT assoc.define('roa.User', '{"name": "text", "team_id": "bigint", "rank": "integer"}', '{"timestamps": false}') ->> 'model' AS model;
INSERT INTO roa.users (name, team_id, rank) VALUES ('ann', 1, 7), ('bob', 2, 8);
GRANT USAGE ON SCHEMA roa TO regress_assoc_b;
GRANT SELECT (id, name, team_id) ON roa.users TO regress_assoc_b;
SET ROLE regress_assoc_b;
GRANT USAGE ON SCHEMA rob TO PUBLIC;
CREATE TABLE rob.teams (id bigint PRIMARY KEY, name text UNIQUE, user_id bigint);
CREATE TABLE rob.visits (user_id bigint, team_id bigint, PRIMARY KEY (team_id, user_id));
GRANT ALL ON rob.teams, rob.visits TO PUBLIC;
INSERT INTO rob.teams VALUES (1, 'ann', 1), (2, 'bob', 2), (3, 'cy', 1);
INSERT INTO rob.visits VALUES (2, 1);
INSERT INTO assoc.models (relation, name) VALUES ('rob.teams', 'Team'), ('rob.visits', 'Visit');
INSERT INTO assoc.associations (source, alias, kind, target, source_key, foreign_key, singular, options, declared) VALUES
  ('rob.teams', 'placed', 'has_many', 'roa.users', '{id}', '{team_id}', 'p', '{"position": "rank"}', NULL),
  ('rob.teams', 'key', 'has_many', 'roa.users', '{name}', '{name}', 'k', '{}', '{"onDelete": "CASCADE", "onUpdate": "CASCADE"}'),
  ('rob.teams', 'one', 'has_one', 'roa.users', '{id}', '{rank}', 'o', '{}', NULL),
  ('rob.teams', 'nothing', 'has_many', 'roa.users', '{id}', '{nothing}', 'n', '{}', NULL),
  ('rob.teams', 'odd', 'has_many', 'roa.users', '{id}', '{rank}', 'd', '{"odd": 1}', '{"odd": 1}');

-- a column of another key is no position, and stays
SET ROLE regress_assoc_a;
SELECT assoc.update('roa.User', '{"team_id": 3}', '{"where": {"id": 1}}');
SELECT * FROM roa.users ORDER BY id;
-- no foreign keys, by which rows of one role change with those of the other, no indexes, and no errors
SELECT * FROM assoc.sync('roa', alter => true);
SELECT conname FROM pg_constraint WHERE conrelid = 'roa.users'::regclass;
SELECT problem FROM assoc.check('roa');

-- triggers of one role do not run with the rights of the other who merges rows
SET ROLE regress_assoc_b;
CREATE FUNCTION rob.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE WARNING 'runs as its owner: %', current_user = 'regress_assoc_b';
  RETURN NEW;
END $$;
CREATE TRIGGER tell BEFORE UPDATE OR DELETE ON rob.teams FOR EACH ROW EXECUTE FUNCTION rob.tell();
CREATE TRIGGER tell BEFORE UPDATE OR DELETE ON rob.visits FOR EACH ROW EXECUTE FUNCTION rob.tell();
SELECT assoc.belongs_to('rob.Team', 'roa.User', foreign_key => 'user_id', alias => 'user') -> 'alias' AS alias;
SELECT assoc.belongs_to_many('rob.Team', 'roa.User', through => 'rob.visits', alias => 'visitors') -> 'alias' AS alias;
SET ROLE regress_assoc_a;
BEGIN;
SELECT assoc.merge('roa.User', 2, 1);
ROLLBACK;
RESET ROLE;
BEGIN;
SELECT assoc.merge('roa.User', 2, 1);
ROLLBACK;
-- whoever may act as both has them moved
SET ROLE regress_assoc_b;
SELECT assoc.drop_association('rob.Team', 'nothing') -> 'associations' AS dropped;
RESET ROLE;
GRANT regress_assoc_b TO regress_assoc_a;
SET ROLE regress_assoc_a;
BEGIN;
SELECT jsonb_path_query_array(assoc.merge('roa.User', 2, 1), '$.references[*].moved') AS moved;
ROLLBACK;
RESET ROLE;
REVOKE regress_assoc_b FROM regress_assoc_a;
-- as it was declared by the owner of the table
SET ROLE regress_assoc_a;
BEGIN;
SELECT assoc.has_many('roa.User', 'rob.Team', foreign_key => 'user_id', alias => 'teams') -> 'alias' AS alias;
SELECT assoc.merge('roa.User', 2, 1) #> '{references,0,moved}' AS moved;
ROLLBACK;
-- rows that a foreign key holds would not be moved
GRANT REFERENCES ON roa.users TO regress_assoc_b;
SET ROLE regress_assoc_b;
ALTER TABLE rob.teams ADD FOREIGN KEY (user_id) REFERENCES roa.users;
SET ROLE regress_assoc_a;
SELECT assoc.merge('roa.User', 2, 1);

-- thousands of associations do not hold up a rename, for all the time of which the table is locked
SET ROLE regress_assoc_b;
CREATE TABLE rob.many (id bigint, user_id bigint);
INSERT INTO assoc.models (relation, name) VALUES ('rob.many', 'Many');
INSERT INTO assoc.associations (source, alias, kind, target, foreign_key, target_key, singular)
  SELECT 'rob.many', 'a' || n, 'belongs_to', 'roa.users', '{user_id}', '{id}', 'a' || n FROM generate_series(1, 2000) n;
ALTER TABLE rob.many ADD PRIMARY KEY (id);
ALTER TABLE rob.teams DROP CONSTRAINT teams_user_id_fkey;
SET ROLE regress_assoc_a;
SET statement_timeout = '10s';
ALTER TABLE roa.users RENAME id TO number;
SELECT target_key, count(*) FROM assoc.associations WHERE source = 'rob.many'::regclass GROUP BY 1;
SELECT jsonb_array_length(assoc.registry_note('rob.many'::regclass)::jsonb -> 'associations') AS noted,
  assoc.registry_note('rob.many'::regclass)::jsonb #> '{associations,1999,target_key}' AS target_key;
DROP TABLE roa.users CASCADE;
SELECT count(*) FROM assoc.associations WHERE source = 'rob.many'::regclass;
RESET ROLE;
RESET statement_timeout;

-- whose table it was keeps no rights of functions that another table gets
SET ROLE regress_assoc_b;
CREATE TABLE rob.people (id int PRIMARY KEY, name text);
SELECT assoc.adopt('rob.people', 'Person', '{"computed": {"loud": {"sql": "upper(name)"}}}') ->> 'model' AS model;
ALTER FUNCTION rob.loud(rob.people) SECURITY DEFINER SET work_mem = '1MB';
RESET ROLE;
CREATE TABLE roa.persons (id int PRIMARY KEY, name text);
SELECT assoc.move_model('rob.Person', 'roa.persons') ->> 'model' AS model;
SELECT proowner = 'regress_assoc_b'::regrole AS is_theirs, prosecdef, proconfig FROM pg_proc WHERE proname = 'loud';
DROP SCHEMA roa, rob CASCADE;
DROP ROLE regress_assoc_a, regress_assoc_b;
