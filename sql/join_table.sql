-- Join tables that exist: adopted and checked, never altered.
CREATE SCHEMA join_table;
SET search_path = join_table;
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE projects (id int PRIMARY KEY, title text);

-- a table as it should be: the keys are found by its foreign keys
CREATE TABLE memberships (
  member int NOT NULL REFERENCES users,
  project int NOT NULL REFERENCES projects,
  role text,
  PRIMARY KEY (member, project));
CREATE INDEX ON memberships (project);
SELECT assoc.belongs_to_many('users', 'projects', through => 'memberships', inverse => 'members') - 'accessors';
SELECT * FROM assoc.models WHERE relation::regclass IN ('users', 'projects', 'memberships') ORDER BY 1;
SELECT * FROM assoc.associations WHERE through = 'memberships'::regclass ORDER BY alias;
-- again: nothing changes
SELECT assoc.belongs_to_many('users', 'projects', through => 'memberships', inverse => 'members') -> 'changed' AS changed;

-- a missing index is a warning with the statement
CREATE TABLE unindexed (
  user_id int NOT NULL REFERENCES users,
  project_id int NOT NULL REFERENCES projects,
  UNIQUE (user_id, project_id));
SELECT assoc.belongs_to_many('users', 'projects', through => 'unindexed', alias => 'a') -> 'foreignKey' AS key;
\d unindexed

-- no unique key on the pair is an error, unless that is meant
CREATE TABLE loose (
  user_id int NOT NULL REFERENCES users,
  project_id int NOT NULL REFERENCES projects);
CREATE INDEX ON loose (user_id);
CREATE INDEX ON loose (project_id);
SELECT assoc.belongs_to_many('users', 'projects', through => 'loose', alias => 'b');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('users', 'projects', through => 'loose', alias => 'b',
  options => '{"through": {"unique": false}}') - 'accessors';
SELECT assoc.belongs_to_many('users', 'projects', through => 'loose', alias => 'c', options => '{"unique": false}') -> 'alias' AS alias;
SELECT alias, options FROM assoc.associations WHERE through = 'loose'::regclass ORDER BY alias;
-- a partial unique index is no promise
CREATE TABLE partly (
  user_id int NOT NULL REFERENCES users,
  project_id int NOT NULL REFERENCES projects,
  active boolean);
CREATE UNIQUE INDEX ON partly (user_id, project_id) WHERE active;
SELECT assoc.belongs_to_many('users', 'projects', through => 'partly', alias => 'd');

-- keys that do not match
CREATE TABLE mistyped (
  user_id text NOT NULL,
  project_id int NOT NULL,
  PRIMARY KEY (user_id, project_id));
SELECT assoc.belongs_to_many('users', 'projects', through => 'mistyped', alias => 'e', foreign_key => 'user_id', other_key => 'project_id');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('users', 'projects', through => 'memberships', alias => 'e', foreign_key => 'project', other_key => 'member');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('users', 'projects', through => 'memberships', alias => 'e', foreign_key => 'member, project',
  other_key => 'role');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('users', 'projects', through => 'memberships', alias => 'e', foreign_key => 'membr');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('users', 'projects', through => 'memberships', alias => 'e', foreign_key => 'member,,project');
-- integers of another width match, as in a foreign key
CREATE TABLE wide (
  user_id bigint NOT NULL,
  project_id smallint NOT NULL,
  PRIMARY KEY (user_id, project_id));
CREATE INDEX ON wide (project_id);
SELECT assoc.belongs_to_many('users', 'projects', through => 'wide', alias => 'f') - 'accessors';

-- several foreign keys to one table: the caller says which
CREATE TABLE reviews (
  author_id int NOT NULL REFERENCES users,
  reviewer_id int NOT NULL REFERENCES users,
  project_id int NOT NULL REFERENCES projects,
  PRIMARY KEY (author_id, project_id));
CREATE INDEX ON reviews (reviewer_id);
CREATE INDEX ON reviews (project_id);
SELECT assoc.belongs_to_many('users', 'projects', through => 'reviews', alias => 'g');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('users', 'projects', through => 'reviews', alias => 'authored', foreign_key => 'author_id') - 'accessors';
SELECT assoc.belongs_to_many('users', 'projects', through => 'reviews', alias => 'reviewed', foreign_key => 'reviewer_id');

-- columns that are pointed at must be unique
SELECT assoc.belongs_to_many('users', 'projects', through => 'memberships', alias => 'h', source_key => 'name');
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE keyless (name text);
SELECT assoc.belongs_to_many('keyless', 'projects', alias => 'h');
\echo :LAST_ERROR_SQLSTATE

-- composite keys that share a column
CREATE TABLE accounts (tenant_id int, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE groups (tenant_id int, id int, PRIMARY KEY (tenant_id, id));
SELECT assoc.belongs_to_many('accounts', 'groups', through => 'account_groups',
  foreign_key => 'tenant_id, account_id', other_key => 'tenant_id, group_id', inverse => 'accounts') - 'accessors';
\d account_groups
-- without a word each key gets columns of its own
SELECT assoc.belongs_to_many('accounts', 'groups', through => 'other_groups', alias => 'others') - 'accessors';
SELECT assoc.belongs_to_many('accounts', 'groups', through => 'short_groups', alias => 'short', foreign_key => 'account_id');
\echo :LAST_ERROR_SQLSTATE

-- a model with itself
SELECT assoc.belongs_to_many('users', 'users');
SELECT assoc.belongs_to_many('users', 'users', through => 'friendships', alias => 'friends') - 'accessors';
SELECT assoc.belongs_to_many('users', 'users', through => 'follows', alias => 'following', foreign_key => 'follower_id',
  other_key => 'followed_id', inverse => 'followers') - 'accessors';
SELECT source, alias, foreign_key, other_key FROM assoc.associations WHERE through = 'follows'::regclass ORDER BY alias;

-- payload of an adopted table is compared, not made
SELECT assoc.belongs_to_many('users', 'projects', through => 'memberships', through_attributes => '{"role": "text"}',
  inverse => 'members') -> 'changed' AS changed;
SELECT assoc.belongs_to_many('users', 'projects', through => 'memberships', through_attributes => '{"since": "date"}',
  inverse => 'members');
\echo :LAST_ERROR_SQLSTATE

SELECT assoc.belongs_to_many('users', 'projects', through => 'memberships', inverse => 'members', options => '{"timestamps": true}');
\echo :LAST_ERROR_SQLSTATE

-- actions of foreign keys that exist are left alone, and contradicted only loudly
SELECT assoc.belongs_to_many('users', 'projects', through => 'memberships', inverse => 'members', options => '{"onDelete": "CASCADE"}');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('users', 'projects', through => 'links', alias => 'linked',
  options => '{"onDelete": "restrict", "onUpdate": "NO ACTION", "deferrable": "deferred"}') -> 'created' AS created;
\d links
SELECT assoc.belongs_to_many('users', 'projects', through => 'links', alias => 'linked',
  options => '{"onDelete": "CASCADE"}');
SELECT assoc.belongs_to_many('users', 'projects', through => 'links', alias => 'linked',
  options => '{"onDelete": "CASCADE"}', replace => true) -> 'changed' AS changed;
\d links
SELECT assoc.belongs_to_many('users', 'projects', through => 'bare_links', alias => 'bare',
  options => '{"constraints": false}') -> 'created' AS created;
\d bare_links
-- a pair that may be linked more than once has an id
SELECT assoc.belongs_to_many('users', 'projects', through => 'visits', alias => 'visited',
  options => '{"unique": false, "timestamps": true}') -> 'created' AS created;
\d visits

-- a scope of null is none
SELECT assoc.belongs_to_many('users', 'projects', through => 'plain_links', alias => 'plain',
  options => '{"through": {"scope": null}}') -> 'created' AS created;

-- no such table
SELECT assoc.belongs_to_many('users', 'nobody');
\echo :LAST_ERROR_SQLSTATE
SELECT assoc.belongs_to_many('userz', 'projects');

-- columns are those of real foreign keys, which may list them in another order, and say the same twice
CREATE TABLE regions (country int, no int, name text, PRIMARY KEY (country, no));
CREATE TABLE trips (region int, land int, who int REFERENCES users, PRIMARY KEY (who, land, region),
  FOREIGN KEY (region, land) REFERENCES regions (no, country), CONSTRAINT again FOREIGN KEY (who) REFERENCES users);
CREATE INDEX ON trips (land, region);
CREATE TABLE towns (id int PRIMARY KEY, part int, land int, FOREIGN KEY (part, land) REFERENCES regions (no, country),
  CONSTRAINT again FOREIGN KEY (land, part) REFERENCES regions ON DELETE CASCADE);
CREATE INDEX ON towns (land, part);
SELECT assoc.belongs_to_many('users', 'regions', through => 'trips', alias => 'toured') -> 'otherKey',
  assoc.has_many('regions', 'towns', alias => 'towns') -> 'foreignKey',
  assoc.belongs_to('towns', 'regions', alias => 'area') -> 'foreignKey';
SET client_min_messages = warning;
DROP SCHEMA join_table CASCADE;
SELECT count(*) FROM assoc.associations WHERE alias IN ('following', 'linked', 'members');
