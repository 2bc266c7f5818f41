-- Tables that are renamed out of the way while others take their names: rewrites, rotations, shards.
\a \t
SET client_min_messages = warning;
CREATE ROLE regress_moved_owner;
CREATE ROLE regress_moved_reader;
CREATE ROLE regress_moved_other;
CREATE SCHEMA moved AUTHORIZATION regress_moved_owner;
GRANT USAGE, CREATE ON SCHEMA moved TO regress_moved_other;
GRANT USAGE ON SCHEMA moved TO regress_moved_reader;
SET search_path = moved, public;
SET ROLE regress_moved_owner;
CREATE TABLE users (id int PRIMARY KEY, name text, boss_id int REFERENCES users);
CREATE TABLE projects (id int PRIMARY KEY, title text);
CREATE TABLE members (user_id int REFERENCES users, project_id int REFERENCES projects, role text, PRIMARY KEY (user_id, project_id));
CREATE INDEX ON members (project_id);
CREATE INDEX ON users (boss_id);
INSERT INTO users VALUES (1, 'Ann', NULL), (2, 'Bob', 1);
INSERT INTO projects VALUES (1, 'one'), (2, 'two');
INSERT INTO members VALUES (1, 1, 'a'), (1, 2, 'b'), (2, 2, 'a');
SELECT assoc.adopt('users', options => '{"computed": {"loud": {"sql": "upper(name)"}}}') ->> 'model';
SELECT assoc.belongs_to_many('users', 'projects', through => 'members', foreign_key => 'user_id', inverse => 'people') ->> 'kind';
SELECT assoc.belongs_to('users', 'users', foreign_key => 'boss_id', alias => 'boss', inverse => 'staff') ->> 'kind';
REVOKE ALL ON FUNCTION user_with_projects, loud FROM PUBLIC;
GRANT EXECUTE ON FUNCTION user_with_projects, loud TO regress_moved_reader;
ALTER FUNCTION project_get_people SECURITY DEFINER SET search_path = moved, pg_temp;
COMMENT ON FUNCTION project_get_people IS 'who is in it';
CREATE VIEW state AS
  SELECT 'declared', d FROM assoc.declarations('moved') d
  UNION ALL
  SELECT 'function', format('%s %s %s %s %s', p.oid::regprocedure,
      ARRAY(SELECT a::text FROM unnest(coalesce(p.proacl, acldefault('f', p.proowner))) a ORDER BY a::text COLLATE "C"),
      p.prosecdef, p.proconfig, obj_description(p.oid, 'pg_proc'))
    FROM pg_proc p WHERE pronamespace = 'moved'::regnamespace AND prokind = 'f';
CREATE TABLE before AS TABLE state;
SELECT count(*) > 20 FROM before;
CREATE VIEW changed AS (TABLE before EXCEPT ALL TABLE state) UNION ALL (TABLE state EXCEPT ALL TABLE before);
CREATE PROCEDURE anew(old text, drop_old boolean) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE users RENAME TO %I', old);
  EXECUTE format('CREATE TABLE users (LIKE %I INCLUDING ALL)', old);
  EXECUTE format('INSERT INTO users SELECT * FROM %I', old);
  IF drop_old THEN
    EXECUTE format('DROP TABLE %I CASCADE', old);
  END IF;
END
$$;
-- renamed, copied and dropped in one transaction
BEGIN;
CALL anew('users_old', true);
COMMIT;
TABLE changed;
SELECT user_with_projects(1, '{"attributes": ["loud"]}');
-- the other takes the name in a transaction of its own: it is told who has the declarations
CREATE TABLE users_new (LIKE users INCLUDING ALL);
INSERT INTO users_new SELECT * FROM users;
\set VERBOSITY default
BEGIN;
ALTER TABLE users RENAME TO users_old;
ALTER TABLE users_new RENAME TO users;
COMMIT;
SELECT problem, fix FROM assoc.check('moved') WHERE fix ~ 'move_model';
\set VERBOSITY terse
UPDATE users SET name = 'Eve' WHERE id = 1;
SELECT assoc.find_by_pk('users', 1, '{"attributes": ["name"]}');
-- dropped later, or moved
BEGIN;
DROP TABLE users_old CASCADE;
COMMIT;
TABLE changed;
SELECT assoc.find_by_pk('users', 1, '{"attributes": ["loud"]}');
CALL anew('users_old', false);
SELECT jsonb_array_length(assoc.move_model('users', 'users', dry_run => true) -> 'statements') > 10;
SELECT jsonb_array_length(assoc.move_model('users', 'users') -> 'accessors') > 10;
TABLE changed;
SELECT assoc.set('projects', 1, 'people', '[2]') -> 'added', user_get_staff(1);
SELECT object, problem FROM assoc.check('moved') WHERE problem !~ 'index';
DROP TABLE users_old CASCADE;
TABLE changed;
-- what uses an accessor stays
CREATE VIEW shown AS SELECT user_with_projects(1) AS doc;
CALL anew('users_old', false);
SELECT assoc.move_model('users', 'users') ->> 'model';
SELECT * FROM shown;
DROP VIEW shown;
DROP TABLE users_old CASCADE;
-- no other name, and no table like it
BEGIN;
ALTER TABLE users RENAME TO users_2024;
COMMIT;
CREATE TABLE users (id int PRIMARY KEY);
DROP TABLE users_2024 CASCADE;
SELECT count(*) FROM assoc.models WHERE relation = 'users'::regclass;
SELECT assoc.declarations('moved');
DROP TABLE users;
-- a model that is not called like its table; renamed twice
SELECT assoc.define('Post', '{"title": {"type": "text", "unique": true}}', '{"timestamps": false}') ->> 'model';
SELECT assoc.has_many('Post', 'projects', foreign_key =>
  'title', source_key => 'title', options => '{"constraints": false}') ->> 'kind';
DROP PROCEDURE anew;
CREATE TABLE posts_new (LIKE posts INCLUDING ALL);
INSERT INTO posts_new (title) VALUES ('one');
ALTER TABLE posts RENAME TO posts_old;
ALTER TABLE posts_new RENAME TO posts;
DROP TABLE posts_old CASCADE;
SELECT post_with_projects(1);
BEGIN;
CREATE TABLE posts_new AS TABLE posts;
ALTER TABLE posts RENAME TO a;
ALTER TABLE a RENAME TO b;
DROP TABLE b CASCADE;
ALTER TABLE posts_new RENAME TO posts;
ALTER TABLE posts ADD UNIQUE (title), ADD PRIMARY KEY (id);
COMMIT;
SELECT post_with_projects(1);
-- moved to another schema and dropped there
CREATE TABLE posts_new (LIKE posts INCLUDING ALL);
INSERT INTO posts_new TABLE posts;
RESET ROLE;
CREATE SCHEMA moved_away AUTHORIZATION regress_moved_owner;
SET ROLE regress_moved_owner;
BEGIN;
ALTER TABLE posts SET SCHEMA moved_away;
ALTER TABLE posts_new RENAME TO posts;
DROP TABLE moved_away.posts CASCADE;
COMMIT;
SELECT post_with_projects(1);
-- what cannot be moved
CREATE TABLE short (id int PRIMARY KEY);
SELECT assoc.move_model('Post', 'short');
SELECT assoc.move_model('Post', 'posts');
SELECT assoc.move_model('Post', 'projects');
SELECT assoc.move_model('Post', NULL);
SELECT assoc.move_model('Post', 4294967295::oid::regclass);
SELECT assoc.move_model('Nothing', 'short');
SET ROLE regress_moved_other;
CREATE TABLE theirs (id int PRIMARY KEY, title text);
SET ROLE regress_moved_owner;
SELECT assoc.move_model('Post', 'theirs');
-- an association of another role leads to it
GRANT SELECT, REFERENCES ON posts, projects TO regress_moved_other;
SET ROLE regress_moved_other;
SELECT assoc.belongs_to('theirs', 'Post', foreign_key => 'id', alias => 'post') ->> 'kind';
INSERT INTO theirs VALUES (1, 'x');
SELECT assoc.move_model('Post', 'theirs');
SET ROLE regress_moved_owner;
CREATE TABLE posts_new (LIKE posts INCLUDING ALL);
SELECT assoc.move_model('Post', 'posts_new');
DROP TABLE posts_new;
-- tables that Citus has made shards of, all at once: it renames the indexes too, and tells of a table when it is there
RESET ROLE;
SET allow_system_table_mods = on;
CREATE TABLE pg_catalog.pg_dist_shard (logicalrelid regclass, shardid int8);
RESET allow_system_table_mods;
TRUNCATE before;
INSERT INTO before TABLE state;
CREATE PROCEDURE shard(relation text, number int) LANGUAGE plpgsql AS $$
DECLARE
  named text := relation || '_' || number;
BEGIN
  EXECUTE format('ALTER TABLE %I RENAME TO %I', relation, named);
  EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', relation, named);
  EXECUTE format('INSERT INTO %I SELECT * FROM %I', relation, named);
  EXECUTE format('ALTER TABLE %I OWNER TO %I', relation, (SELECT relowner::regrole FROM pg_class WHERE oid = named::regclass));
  SET LOCAL allow_system_table_mods = on;
  INSERT INTO pg_catalog.pg_dist_shard VALUES (relation::regclass, number);
  RESET allow_system_table_mods;
END
$$;
UPDATE assoc.associations SET options = options || '{"counter": "id"}' WHERE alias = 'post';
BEGIN;
CALL shard('posts', 102008);
CALL shard('projects', 102009);
CALL shard('theirs', 102010);
DROP PROCEDURE shard;
COMMIT;
UPDATE assoc.associations SET options = options - 'counter' WHERE alias = 'post';
GRANT SELECT, REFERENCES ON posts, projects TO regress_moved_other;
TABLE changed;
SELECT relation, name FROM assoc.models WHERE relation::text ~ '_1020';
SELECT post_with_projects(1), their_with_post(1);
SELECT left(obj_description(oid, 'pg_constraint'), 30), conrelid::regclass FROM pg_constraint
  WHERE contype = 'p' AND conrelid::regclass::text ~ '^(posts|theirs)' ORDER BY 2;
-- the shard goes with the table
BEGIN;
CREATE TABLE posts_new (LIKE posts INCLUDING ALL);
INSERT INTO posts_new TABLE posts;
DROP TABLE posts_102008;
DROP TABLE posts CASCADE;
ALTER TABLE posts_new RENAME TO posts;
ALTER TABLE posts OWNER TO regress_moved_owner;
COMMIT;
SELECT post_with_projects(1);
-- a number that is no shard of it is a name like any other
BEGIN;
ALTER TABLE posts RENAME TO posts_102009;
CREATE TABLE posts (LIKE posts_102009 INCLUDING ALL);
ALTER TABLE posts OWNER TO regress_moved_owner;
COMMIT;
SELECT relation FROM assoc.models WHERE name = 'Post';
SELECT count(*) FROM assoc.registry_dropped;
-- one that becomes a partition of the table that takes its name leaves its declarations to that
BEGIN;
DROP TABLE posts;
ALTER TABLE posts_102009 RENAME TO posts;
COMMIT;
BEGIN;
ALTER TABLE posts RENAME TO posts_1;
CREATE TABLE posts (LIKE posts_1 INCLUDING DEFAULTS) PARTITION BY RANGE (id);
ALTER TABLE posts ADD PRIMARY KEY (id);
ALTER TABLE posts OWNER TO regress_moved_owner;
ALTER TABLE posts ATTACH PARTITION posts_1 FOR VALUES FROM (0) TO (100);
CREATE TABLE posts_2 PARTITION OF posts FOR VALUES FROM (100) TO (200);
COMMIT;
INSERT INTO posts VALUES (150, 'two');
SELECT relation FROM assoc.models WHERE name = 'Post';
SELECT post_with_projects(1), post_with_projects(150);
-- a schema that is dropped takes what was declared in it along
BEGIN;
DROP SCHEMA moved CASCADE;
CREATE SCHEMA moved;
CREATE TABLE projects (id int PRIMARY KEY, title text);
COMMIT;
SELECT count(*) FROM assoc.models;
-- a reference table is made of one, and shards of its neighbours: what leads from them to it is put back to those that have their names
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE ways (user_id int, project_id int, PRIMARY KEY (user_id, project_id));
CREATE INDEX ON ways (project_id);
SELECT assoc.belongs_to_many('users', 'projects', through => 'ways', foreign_key => 'user_id', inverse => 'people',
  options => '{"constraints": false}') ->> 'kind';
CREATE TABLE kept AS SELECT p.oid::regprocedure::text AS function FROM pg_proc p WHERE pronamespace = 'moved'::regnamespace;
BEGIN;
ALTER TABLE users RENAME TO users_101;
CREATE TABLE users (LIKE users_101 INCLUDING ALL);
ALTER TABLE projects RENAME TO projects_102;
CREATE TABLE projects (LIKE projects_102 INCLUDING ALL);
ALTER TABLE ways RENAME TO ways_103;
CREATE TABLE ways (LIKE ways_103 INCLUDING ALL);
SET LOCAL allow_system_table_mods = on;
INSERT INTO pg_catalog.pg_dist_shard VALUES ('users', 101), ('projects', 102), ('ways', 103);
RESET allow_system_table_mods;
CREATE TABLE projects_new (LIKE projects INCLUDING ALL);
DROP TABLE projects, projects_102 CASCADE;
ALTER TABLE projects_new RENAME TO projects;
COMMIT;
SELECT source, alias, target, through FROM assoc.associations ORDER BY alias;
SELECT count(*) FROM kept WHERE to_regprocedure(function) IS NULL;
SELECT count(*) FROM pg_depend d JOIN pg_class c ON c.oid = d.refobjid WHERE d.classid = 'pg_proc'::regclass AND c.relname ~ '_10[123]$';
INSERT INTO users VALUES (1, 'Ann');
INSERT INTO projects VALUES (1, 'one');
SELECT user_add_project(1, 1) -> 'added';
SET allow_system_table_mods = on;
DROP TABLE pg_catalog.pg_dist_shard;
RESET allow_system_table_mods;
SET client_min_messages = error;
DROP SCHEMA moved, moved_away CASCADE;
DROP ROLE regress_moved_owner, regress_moved_reader, regress_moved_other;
