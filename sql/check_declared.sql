-- What declarations said, and the tables that they made have lost since: check() sees it, and the call that it names
-- puts it back.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only
SET client_min_messages = warning;
CREATE SCHEMA drift;
SET search_path = drift;
SELECT assoc.define('User', '{
  "fullName": {"type": "text", "allowNull": false, "default": "x", "unique": true,
    "validate": {"len": {"args": [2, 40], "msg": "too short"}}},
  "mail": {"type": "varchar(20)", "comment": "where letters go"}}', '{"underscored": true}') -> 'created';
SELECT assoc.define('Project', '{"title": "text"}') -> 'created';
SELECT assoc.define('Task', '{"title": "text"}') -> 'created';
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', inverse => 'users',
  through_attributes => '{"role": {"type": "text", "allowNull": false, "validate": {"isIn": ["a", "b"]}}}') -> 'changed';
SELECT assoc.has_many('Project', 'Task', inverse => 'project', options => '{"onDelete": "cascade"}') -> 'changed';
SELECT assoc.has_many('User', 'Task', alias => 'loose', options => '{"constraints": false}') -> 'changed';
SELECT * FROM assoc.check('drift');

-- columns are followed; what an owner adds is his
ALTER TABLE users RENAME full_name TO name;
ALTER TABLE users ADD COLUMN more int NOT NULL DEFAULT 1, ADD CHECK (more > 0);
ALTER TABLE users ALTER mail SET NOT NULL, ADD UNIQUE (mail), ADD CONSTRAINT users_mail_len CHECK (char_length(mail) > 1);
ALTER TABLE projects DROP COLUMN title;
ALTER TABLE tasks ADD FOREIGN KEY (user_id) REFERENCES users;
SELECT * FROM assoc.check('drift');

-- drift
ALTER TABLE users ALTER name DROP NOT NULL, ALTER name SET DEFAULT 'y', DROP CONSTRAINT users_full_name_key,
  DROP CONSTRAINT users_full_name_len, ALTER mail TYPE text, ALTER created_at DROP NOT NULL, ALTER updated_at DROP DEFAULT;
COMMENT ON COLUMN users.mail IS NULL;
ALTER TABLE user_projects DROP CONSTRAINT "user_projects_role_isIn", ALTER role DROP NOT NULL,
  DROP CONSTRAINT user_projects_project_id_fkey;
ALTER TABLE user_projects ADD CONSTRAINT "user_projects_role_isIn" CHECK (role IN ('a', 'b', 'c'));
ALTER TABLE tasks DROP CONSTRAINT tasks_project_id_fkey, ADD FOREIGN KEY (project_id) REFERENCES projects;
SELECT severity, object, problem FROM assoc.check('drift');
SELECT DISTINCT fix FROM assoc.check('drift');
SELECT assoc.sync('drift');
SELECT assoc.sync('drift', alter => true, dry_run => true);
SELECT count(*) FROM assoc.check('drift');
SELECT count(*) FROM assoc.sync('drift', alter => true);
-- a type that was changed may be wanted: no value is cut
SELECT problem, fix FROM assoc.check('drift');
ALTER TABLE drift.users ALTER COLUMN mail TYPE character varying(20);
SELECT * FROM assoc.check('drift');
SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conrelid = 'users'::regclass AND conname ~ 'name_len';
SELECT assoc.define('User', '{"fullName": {"type": "text"}}', '{"underscored": true}', replace => true) -> 'changed';
ALTER TABLE users ALTER name SET NOT NULL;
SELECT * FROM assoc.check('drift');

-- rows that do not fit are told as ALTER TABLE tells them
ALTER TABLE user_projects ALTER role DROP NOT NULL, DROP CONSTRAINT user_projects_user_id_fkey;
INSERT INTO projects DEFAULT VALUES;
INSERT INTO user_projects (user_id, project_id) VALUES (77, 1);
SELECT assoc.sync('drift', alter => true);
DELETE FROM user_projects;
SELECT assoc.sync('drift', alter => true);

-- adopted tables are never altered, and what a define says of one is no promise of its owner
CREATE TABLE taken (id int PRIMARY KEY, name text NOT NULL, user_id bigint REFERENCES users);
CREATE INDEX ON taken (user_id);
SELECT assoc.adopt('taken', 'Taken') -> 'created';
SELECT assoc.define('Taken', '{"name": {"type": "text", "allowNull": false}}', '{"timestamps": false}') -> 'changed';
SELECT assoc.has_many('User', 'Taken') -> 'changed';
ALTER TABLE taken ALTER name DROP NOT NULL, DROP CONSTRAINT taken_user_id_fkey;
SELECT * FROM assoc.check('drift');

-- Documents are the word of the table's owner: they are read with his rights, and what cannot be read is nothing.
CREATE ROLE regress_drift;
CREATE SCHEMA drift_his AUTHORIZATION regress_drift;
SET ROLE regress_drift;
CREATE FUNCTION drift_his.told(v text) RETURNS boolean LANGUAGE plpgsql AS
  $$ BEGIN RAISE WARNING 'a check runs as %', current_user; RETURN true; END $$;
CREATE DOMAIN drift_his.dom AS text CHECK (drift_his.told(VALUE));
CREATE TABLE drift_his.a (id int PRIMARY KEY, v drift_his.dom DEFAULT 'y', w text);
CREATE TABLE drift_his.b (id int PRIMARY KEY, v text);
CREATE TABLE drift_his.c (id int PRIMARY KEY, v text);
INSERT INTO assoc.models (relation, name, made, attributes, declared) VALUES
  ('drift_his.a', 'A', true, '{"v": {"column": "v"}, "w": {"column": "w"}}',
   '{"v": {"type": "drift_his.dom", "default": "x"}, "w": {"type": "text", "validate": {"isIn": ["a"]}}}'),
  ('drift_his.b', 'B', true, '{"v": {"column": "v"}}', '{"v": {"type": "no such"}}'),
  ('drift_his.c', 'C', true, '{"v": {"column": "v"}}', '["v", 5]');
RESET ROLE;
SELECT severity, object, problem FROM assoc.check('drift_his') WHERE object ~ '[abc][.]' ORDER BY 1, 2;
SELECT current_user <> 'regress_drift' AS same, count(*) FROM assoc.sync('drift', alter => true);
-- a fix is a statement for the one who reads it: another role is told whose it is; what needs a person is a comment
CREATE SCHEMA fixes;
SET search_path = fixes;
CREATE TABLE users (id int NOT NULL, name text);
CREATE UNIQUE INDEX users_id_key ON users (id);
CREATE TABLE bare (name text);
CREATE TABLE teams (id int PRIMARY KEY);
CREATE TABLE members (user_id int NOT NULL, team_id int NOT NULL);
CREATE TABLE logs (id int PRIMARY KEY, team_id int);
SELECT assoc.adopt(r) ->> 'model' FROM unnest('{users,bare,teams,members,logs}'::regclass[]) r;
INSERT INTO assoc.associations
  (source, alias, kind, target, through, source_key, foreign_key, other_key, target_key, singular, inverse) VALUES
  ('users', 'teams', 'belongs_to_many', 'teams', 'members', '{id}', '{user_id}', '{team_id}', '{id}', 'team', 'people'),
  ('teams', 'logs', 'has_many', 'logs', NULL, '{id}', '{team_id}', '{}', '{}', 'log', 'team');
CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE part (id int PRIMARY KEY);
SELECT assoc.adopt('part') ->> 'model';
ALTER TABLE parts ATTACH PARTITION part FOR VALUES FROM (1) TO (9);
ALTER TABLE assoc.models ENABLE TRIGGER registry_guard;
ALTER EVENT TRIGGER assoc_registry_follow_drop DISABLE;
UPDATE assoc.models SET options = '{"scopes": {"s": {"where": {"nope": 1}}}}' WHERE relation = 'users'::regclass;
SELECT * FROM assoc.check('fixes');
GRANT USAGE ON SCHEMA fixes TO regress_drift;
SET ROLE regress_drift;
SELECT DISTINCT regexp_replace(fix, 'role .*?:', 'role ...:') COLLATE "C" FROM assoc.check('fixes') ORDER BY 1;
SET search_path = '';
SELECT assoc.sync('drift_his');
RESET ROLE;
SET search_path = fixes;
SELECT fix FROM assoc.check('fixes') WHERE fix !~ '^--' ORDER BY fix ~ 'UNIQUE', fix \gexec
SELECT * FROM assoc.check('fixes');
SELECT fix FROM assoc.check('fixes') WHERE fix !~ '^--' \gexec
SELECT * FROM assoc.check('fixes');
DROP SCHEMA drift, drift_his, fixes CASCADE;
DROP ROLE regress_drift;
