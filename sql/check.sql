-- assoc.check: every finding, and none where all is well
CREATE SCHEMA chk;
SET search_path = chk;
CREATE TABLE users (id bigint PRIMARY KEY, name text, team_id integer);
CREATE TABLE teams (id bigint PRIMARY KEY);
CREATE TABLE projects (id bigint PRIMARY KEY, code uuid);
CREATE TABLE user_projects (user_id bigint, project_id bigint, role text, PRIMARY KEY (user_id, project_id));
CREATE INDEX reverse ON user_projects (project_id, user_id);
INSERT INTO assoc.models (relation, name) VALUES ('users', 'User'), ('projects', 'Project'), ('user_projects', 'UserProject');
INSERT INTO assoc.associations (source, alias, kind, target, through, source_key, foreign_key, other_key, target_key, singular, inverse)
  VALUES
  ('users', 'projects', 'belongs_to_many', 'projects', 'user_projects', '{id}', '{user_id}', '{project_id}', '{id}', 'project', 'users'),
  ('projects', 'users', 'belongs_to_many', 'users', 'user_projects', '{id}', '{project_id}', '{user_id}', '{id}', 'user', 'projects');
SELECT * FROM assoc.check();

\x on
-- what makes links slow, or doubles them
DROP INDEX reverse;
ALTER TABLE user_projects DROP CONSTRAINT user_projects_pkey;
CREATE INDEX partial ON user_projects (user_id) WHERE role IS NOT NULL;
SELECT * FROM assoc.check();
CREATE UNIQUE INDEX both_ways ON user_projects (project_id, user_id);
CREATE INDEX ON user_projects (user_id);
SELECT * FROM assoc.check();
UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'both_ways'::regclass;
SELECT * FROM assoc.check();
UPDATE assoc.associations SET options = '{"through": {"unique": false}}';
SELECT object, problem FROM assoc.check();
UPDATE pg_index SET indisvalid = true WHERE indexrelid = 'both_ways'::regclass;

-- keys that do not fit
INSERT INTO assoc.associations (source, alias, kind, target, foreign_key, target_key, singular) VALUES
  ('users', 'team', 'belongs_to', 'teams', '{team_id}', '{id}', 'team'),
  ('users', 'main', 'belongs_to', 'projects', '{team_id}', '{code}', 'main'),
  ('users', 'lost', 'belongs_to', 'projects', '{nothing}', '{id}', 'lost');
SELECT * FROM assoc.check();
DELETE FROM assoc.associations WHERE kind = 'belongs_to';

-- names and attributes
CREATE VIEW names AS SELECT name FROM users;
INSERT INTO assoc.models (relation, name, attributes) VALUES
  ('teams', 'Team', '{"name": {"column": "gone"}}'), ('names', 'Name', '{}');
UPDATE assoc.models SET name = 'User' WHERE name = 'Project';
UPDATE assoc.models SET attributes = '{"name": {"column": "id"}}' WHERE relation = 'users'::regclass;
UPDATE assoc.associations SET inverse = 'members' WHERE alias = 'projects';
SELECT * FROM assoc.check();
DELETE FROM assoc.models WHERE relation IN ('names'::regclass, 'teams'::regclass);

-- what is stored and read at a load only
UPDATE assoc.models SET name = 'Project' WHERE relation = 'projects'::regclass;
UPDATE assoc.associations SET inverse = 'users' WHERE alias = 'projects';
UPDATE assoc.models SET attributes = '{}', options = '{"defaultScope": {"where": {"nam": "x"}},
  "scopes": {"fine": {"where": {"name": {"gt": {"param": "after"}}}},
  "sorted": {"order": ["nope"]}, "numbered": {"where": {"id": "one"}}, "nested": {"include": ["nothing"]}}}'
    WHERE relation = 'users'::regclass;
UPDATE assoc.associations SET options = '{"through": {"scope": {"rol": "admin"}}, "order": ["id"]}' WHERE alias = 'projects';
UPDATE assoc.associations SET options = '{"order": ["nope"], "scope": {"name": "x"}}' WHERE alias = 'users';
SELECT * FROM assoc.check() WHERE problem ~ 'load';
UPDATE assoc.associations SET options = '{"scope": {"nope": 1}}' WHERE alias = 'users';
SELECT object, problem FROM assoc.check() WHERE problem ~ 'load' AND object ~ 'users$';
-- as anybody, whatever they may read
CREATE ROLE chk_role;
SET ROLE chk_role;
SELECT count(*) FROM assoc.check() WHERE problem ~ 'load';
RESET ROLE;
DROP ROLE chk_role;
UPDATE assoc.associations SET options = '{}';
UPDATE assoc.models SET options = '{}';
SELECT * FROM assoc.check() WHERE problem ~ 'load';

-- what no longer follows
ALTER TABLE assoc.models ENABLE TRIGGER registry_changed;
ALTER EVENT TRIGGER assoc_registry_follow_drop DISABLE;
SELECT * FROM assoc.check() WHERE object !~ '^chk';
ALTER TABLE assoc.models ENABLE ALWAYS TRIGGER registry_changed;
DROP TABLE projects;
SELECT severity, regexp_replace(object, '\d+', 'OID'), problem, regexp_replace(fix, '\d+', 'OID') FROM assoc.check() WHERE problem ~ 'gone';
ALTER EVENT TRIGGER assoc_registry_follow_drop ENABLE ALWAYS;
\x off

DELETE FROM assoc.associations;
DELETE FROM assoc.models;
SELECT * FROM assoc.check();
SET client_min_messages = warning;
DROP SCHEMA chk CASCADE;
