-- assoc.discover: what foreign keys say, reported, and declared when asked
CREATE SCHEMA disc;
SET search_path = disc;
\pset format unaligned
\pset fieldsep ' | '
\pset null '(null)'
\pset footer off

-- the four kinds
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE TABLE projects (id bigint PRIMARY KEY, title text);
CREATE TABLE user_projects (user_id bigint REFERENCES users, project_id bigint REFERENCES projects, role text, start_date date,
  PRIMARY KEY (user_id, project_id));
CREATE TABLE tasks (id bigint PRIMARY KEY, project_id bigint REFERENCES projects);
CREATE TABLE profiles (id bigint PRIMARY KEY, user_id bigint UNIQUE REFERENCES users);
CREATE INDEX ON user_projects (project_id);
CREATE INDEX ON tasks (project_id);
SELECT * FROM assoc.discover();
SELECT count(*) FROM assoc.models;
-- declared as if pasted; a rollback takes it all back
BEGIN;
SELECT status, note FROM assoc.discover(apply => true);
SELECT * FROM assoc.discover();
INSERT INTO users VALUES (1, 'a'); INSERT INTO projects VALUES (2, 'p');
SELECT user_add_project(1, 2, '{"role": "x"}');
SELECT user_with_projects(1);
ROLLBACK;
SELECT count(*) FROM assoc.models;
-- what stands is told, under whatever name; the other half is found
BEGIN;
SELECT assoc.define('Lone', '{}') IS NOT NULL AS defined;
SELECT assoc.adopt('users', 'User') IS NOT NULL AS adopted;
SELECT assoc.belongs_to_many('User', 'projects', through => 'user_projects', alias => 'works',
  options => '{"accessors": false}') IS NOT NULL AS declared;
SELECT assoc.has_many('User', 'profiles', alias => 'faces', options => '{"accessors": false}') IS NOT NULL AS declared;
SELECT * FROM assoc.discover();
ROLLBACK;
DROP TABLE tasks, profiles, user_projects, projects, users;

-- join tables: a key of their own and a unique pair, composite keys that share a column, a table with itself
CREATE TABLE people (tenant_id int, id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE teams (id int, tenant_id int, PRIMARY KEY (tenant_id, id));
CREATE TABLE memberships (id bigint PRIMARY KEY, tenant_id int, team_id int, member_id int, UNIQUE (member_id, team_id, tenant_id),
  FOREIGN KEY (member_id, tenant_id) REFERENCES people (id, tenant_id), FOREIGN KEY (tenant_id, team_id) REFERENCES teams);
CREATE TABLE topics (id int PRIMARY KEY, code text UNIQUE);
CREATE TABLE links (follower_id int REFERENCES topics, "followedId" int REFERENCES topics, UNIQUE ("followedId", follower_id));
CREATE TABLE likes (topic_id int REFERENCES topics, friend_code text REFERENCES topics (code), PRIMARY KEY (topic_id, friend_code));
SELECT * FROM assoc.discover() WHERE statement !~ 'adopt';
-- none: a unique key of three, a unique key that is partial or deferred, one foreign key within the other
ALTER TABLE memberships DROP CONSTRAINT memberships_member_id_team_id_tenant_id_key, ADD UNIQUE (member_id, team_id, tenant_id, id);
ALTER TABLE links DROP CONSTRAINT "links_followedId_follower_id_key";
CREATE UNIQUE INDEX ON links ("followedId", follower_id) WHERE follower_id > 0;
ALTER TABLE likes DROP CONSTRAINT likes_pkey, ADD UNIQUE (topic_id, friend_code) DEFERRABLE;
SELECT statement FROM assoc.discover() WHERE statement ~ 'belongs_to_many';
-- a unique key of the pair and columns that are no foreign keys: a pair may have several links, if a person wants to see them so
CREATE TABLE talks (topic_id int REFERENCES topics, friend_code text REFERENCES topics (code), day date, kind text, n int,
  PRIMARY KEY (day, topic_id, friend_code), UNIQUE (topic_id, friend_code, day, kind));
CREATE TABLE visits (id int PRIMARY KEY, topic_id int NOT NULL REFERENCES topics, tenant_id int, team_id int, at date NOT NULL,
  FOREIGN KEY (tenant_id, team_id) REFERENCES teams, UNIQUE (team_id, at, topic_id, tenant_id), UNIQUE (topic_id, tenant_id, team_id, id));
CREATE TABLE votes (topic_id int REFERENCES topics, tenant_id int, team_id int, by_id int REFERENCES topics,
  FOREIGN KEY (tenant_id, team_id) REFERENCES teams, PRIMARY KEY (topic_id, tenant_id, team_id, by_id));
BEGIN;
SELECT * FROM assoc.discover(accessors => 'none') WHERE statement ~ 'belongs_to_many';
SET LOCAL client_min_messages = error;
SELECT status, count(*) FROM assoc.discover(apply => true, accessors => 'none') GROUP BY 1 ORDER BY 1;
DO $$ DECLARE s text; BEGIN FOR s IN SELECT statement FROM assoc.discover(accessors => 'none')
  WHERE status = 'proposed' AND statement ~ 'to_many'
  LOOP EXECUTE s; END LOOP; END $$;
SELECT status, note FROM assoc.discover(accessors => 'none') WHERE statement ~ 'to_many' OR note ~ 'belongs_to_many';
INSERT INTO topics VALUES (1, 'a'), (2, 'b'); INSERT INTO teams VALUES (1, 1);
SELECT assoc.add('topics', 1, 'teams', '{"tenant_id": 1, "id": 1}', '{"id": 1, "at": "2024-01-01"}') -> 'added' AS added;
SELECT assoc.add('topics', 1, 'teams', '{"tenant_id": 1, "id": 1}', '{"id": 2, "at": "2024-01-02"}') -> 'added' AS added;
SELECT assoc.get('topics', 1, 'teams', '{"through": {"attributes": ["at"]}}') AS teams;
ROLLBACK;
DROP TABLE talks, visits, votes;
-- pairs that could all be meant
CREATE TABLE rooms (id int PRIMARY KEY);
CREATE TABLE plans (id int PRIMARY KEY, team_id int, tenant_id int, room_id int REFERENCES rooms, topic_id int REFERENCES topics,
  UNIQUE (room_id, topic_id), UNIQUE (room_id, team_id, tenant_id),
  FOREIGN KEY (tenant_id, team_id) REFERENCES teams);
SELECT * FROM assoc.discover() WHERE statement ~ 'plans' AND statement !~ 'adopt';
-- a choice of them, pasted; every one of them is right
SET client_min_messages = error;
BEGIN;
SELECT status, count(*) FROM assoc.discover(apply => true) GROUP BY 1 ORDER BY 1;
CREATE FUNCTION choose() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  found_row record;
BEGIN
  LOOP
    SELECT * INTO found_row FROM assoc.discover() d WHERE d.status = 'ambiguous' LIMIT 1;
    EXIT WHEN NOT FOUND;
    EXECUTE found_row.statement;
    RETURN NEXT found_row.statement;
  END LOOP;
END $$;
SELECT choose();
SELECT status, count(*) FROM assoc.discover() GROUP BY 1 ORDER BY 1;
ROLLBACK;
RESET client_min_messages;
DROP TABLE plans, rooms, likes, links, topics, memberships, teams, people;

-- names: roles, tables that point at themselves, several keys, keys of several columns
CREATE TABLE users (id int PRIMARY KEY, name text);
CREATE TABLE employees (id int PRIMARY KEY, manager_id int REFERENCES employees, "mentorId" int UNIQUE REFERENCES employees);
CREATE TABLE categories (id int PRIMARY KEY, parent_id int REFERENCES categories, parent_category_id int REFERENCES categories,
  parentage int REFERENCES categories);
CREATE TABLE posts (id int PRIMARY KEY, author_id int REFERENCES users, "editorId" int REFERENCES users, id_owner int REFERENCES users,
  CONSTRAINT twice FOREIGN KEY (author_id) REFERENCES users);
CREATE TABLE cities (country text, city text, PRIMARY KEY (country, city));
CREATE TABLE trips (id int PRIMARY KEY, home_country text, home_city text, country text, city text, far_country text, near_city text,
  FOREIGN KEY (home_city, home_country) REFERENCES cities (city, country), FOREIGN KEY (country, city) REFERENCES cities);
CREATE TABLE flights (id int PRIMARY KEY, far_country text, near_city text, FOREIGN KEY (far_country, near_city) REFERENCES cities);
CREATE TABLE passports (user_id int PRIMARY KEY REFERENCES users);
CREATE TABLE badges (id int PRIMARY KEY REFERENCES users);
SELECT statement FROM assoc.discover() WHERE statement !~ 'adopt';
SELECT status, count(*) FROM assoc.discover() GROUP BY 1;
DROP TABLE badges, passports, flights, trips, cities, posts, categories, employees;

-- names that clash: an attribute, another association, two join tables, accessors
CREATE TABLE projects (id int PRIMARY KEY, users text, watched text, user_projects text);
CREATE TABLE user_projects (user_id int REFERENCES users, project_id int REFERENCES projects, PRIMARY KEY (user_id, project_id));
CREATE TABLE watchings (user_id int REFERENCES users, project_id int REFERENCES projects, PRIMARY KEY (user_id, project_id));
CREATE TABLE watched (user_id int REFERENCES users, project_id int REFERENCES projects, PRIMARY KEY (user_id, project_id));
CREATE TABLE notes (id int PRIMARY KEY, created_by int REFERENCES users, "user" int REFERENCES users, project_id int REFERENCES projects);
CREATE TABLE note (id int PRIMARY KEY, project_id int REFERENCES projects);
CREATE TABLE tags (id int PRIMARY KEY, user_id int REFERENCES users);
CREATE FUNCTION user_get_tags(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE TABLE a23456789012345678901234567890s (id int PRIMARY KEY);
CREATE TABLE b23456789012345678901234567890s (id int PRIMARY KEY, a23456789012345678901234567890_id int REFERENCES
  a23456789012345678901234567890s);
CREATE TABLE c23456789012345678901234567890123456789012345678901234567890s (id int PRIMARY KEY, u int REFERENCES users,
  v int REFERENCES users);
SELECT * FROM assoc.discover() WHERE statement !~ 'adopt';
SET client_min_messages = error;
SELECT status, count(*), min(note) FILTER (WHERE status = 'skipped') FROM assoc.discover(apply => true) GROUP BY 1 ORDER BY 1;
SELECT status, count(*) FROM assoc.discover() GROUP BY 1 ORDER BY 1;
SELECT count(*) FROM assoc.check() WHERE severity = 'error';
DROP TABLE note, notes, tags, watched, watchings, user_projects, projects CASCADE;
DROP FUNCTION user_get_tags;
DROP TABLE a23456789012345678901234567890s, b23456789012345678901234567890s, c23456789012345678901234567890123456789012345678901234567890s,
  users CASCADE;
RESET client_min_messages;

-- a dump without rows brings accessors without declarations: they are in nobody's way
CREATE TABLE shelves (id int PRIMARY KEY);
CREATE TABLE books (id int PRIMARY KEY, shelf_id int UNIQUE REFERENCES shelves);
SELECT count(*) FROM assoc.discover(apply => true);
DELETE FROM assoc.associations;
DELETE FROM assoc.models;
SELECT * FROM assoc.discover();
SELECT status, note FROM assoc.discover(apply => true);
SELECT shelf_get_book(1);
SET client_min_messages = error;
DROP TABLE books, shelves CASCADE;
RESET client_min_messages;

-- no lock is kept for an accessor
CREATE TABLE shelves (id int PRIMARY KEY);
CREATE TABLE books (id int PRIMARY KEY, shelf_id int UNIQUE REFERENCES shelves);
BEGIN;
SELECT count(*) FROM assoc.discover(apply => true);
SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'object' AND classid = 'pg_proc'::regclass
  AND mode <> 'AccessShareLock';
ROLLBACK;
-- without accessors, said or because of a schema too large to be dropped with them
SELECT status, statement FROM assoc.discover(accessors => 'none');
SELECT statement FROM assoc.discover(accessors => 'with') WHERE statement ~ 'has_one';
SELECT statement FROM assoc.discover(accessors => 'get, create', accessors_schema => 'public') WHERE statement ~ 'has_one';
\set SHOW_CONTEXT never
SELECT statement FROM assoc.discover(accessors => 'with,wit');
\set SHOW_CONTEXT errors
SELECT assoc.discover_accessors_fit('disc');
BEGIN;
DO $$ BEGIN
  FOR f IN 1..10000 LOOP
    EXECUTE format('CREATE FUNCTION f%s() RETURNS int LANGUAGE sql RETURN 1', f);
  END LOOP;
END $$;
SELECT assoc.discover_accessors_fit('disc');
SELECT statement FROM assoc.discover() WHERE statement ~ 'has_one';
SELECT statement FROM assoc.discover(accessors => 'all') WHERE statement ~ 'has_one';
ROLLBACK;
DROP TABLE books, shelves;

-- odd names are quoted, as often as needed
CREATE SCHEMA "Disc.2";
CREATE TABLE "Disc.2"."O'Neil" (id int PRIMARY KEY);
CREATE TABLE "Disc.2"."a.b" (id int PRIMARY KEY, "the key_id" int REFERENCES "Disc.2"."O'Neil", "x,y" int REFERENCES "Disc.2"."O'Neil");
CREATE INDEX ON "Disc.2"."a.b" ("the key_id");
SELECT * FROM assoc.discover('Disc.2');
SELECT status FROM assoc.discover('Disc.2', apply => true);
SELECT status, note FROM assoc.discover('Disc.2');
SET client_min_messages = error;
DROP TABLE "Disc.2"."a.b" CASCADE;
RESET client_min_messages;

-- each schema reports what starts in it
CREATE TABLE here (id int PRIMARY KEY, neil_id int REFERENCES "Disc.2"."O'Neil");
SELECT * FROM assoc.discover();
SELECT * FROM assoc.discover('Disc.2');
DROP SCHEMA "Disc.2" CASCADE;
DROP TABLE here;

-- left out: partitions, temporary tables, those of extensions and of the system, views
CREATE TABLE owners (id int PRIMARY KEY);
CREATE TABLE parted (id int, owner_id int REFERENCES owners, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);
CREATE TABLE parted_2 PARTITION OF parted DEFAULT;
CREATE TABLE pointing (parted_id int REFERENCES parted, part_id int);
CREATE TABLE of_extension (id int PRIMARY KEY, owner_id int REFERENCES owners);
ALTER EXTENSION pg_associations ADD TABLE of_extension;
CREATE TEMP TABLE shortlived (id int PRIMARY KEY);
CREATE VIEW seen AS SELECT * FROM owners;
SELECT * FROM assoc.discover();
SELECT * FROM assoc.discover('pg_catalog');
SELECT * FROM assoc.discover('assoc');
ALTER EXTENSION pg_associations DROP TABLE of_extension;
DROP TABLE of_extension, pointing, parted, owners CASCADE;

-- models of other tables in the way
CREATE TABLE one (id int PRIMARY KEY);
CREATE TABLE two (id int PRIMARY KEY, one_id int REFERENCES one);
BEGIN;
ALTER TABLE one RENAME TO first;
SELECT assoc.adopt('two', 'one') IS NOT NULL AS adopted;
ALTER TABLE first RENAME TO one;
SELECT * FROM assoc.discover();
SELECT status, note FROM assoc.discover(apply => true);
ROLLBACK;

-- roles: everyone may look, owners declare what they may
CREATE ROLE regress_disc_owner;
CREATE ROLE regress_disc_other;
GRANT USAGE ON SCHEMA disc TO regress_disc_owner, regress_disc_other;
ALTER TABLE two OWNER TO regress_disc_owner;
SET ROLE regress_disc_other;
SELECT * FROM assoc.discover();
SELECT status FROM assoc.discover(apply => true);
SET ROLE regress_disc_owner;
SELECT * FROM assoc.discover('disc');
RESET ROLE;
ALTER TABLE one OWNER TO regress_disc_owner;
SET ROLE regress_disc_owner;
-- tables may be declared, functions not made
SELECT status, note FROM assoc.discover('disc', true);
RESET ROLE;
GRANT CREATE ON SCHEMA disc TO regress_disc_owner;
SET ROLE regress_disc_owner;
SET client_min_messages = error;
SELECT status, note FROM assoc.discover('disc', true);
RESET client_min_messages;
RESET ROLE;

-- wrong uses
SELECT * FROM assoc.discover('nowhere');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM assoc.discover(NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM assoc.discover('disc', NULL);
PREPARE untyped AS SELECT assoc.discover($1, $2);
DEALLOCATE untyped;
BEGIN READ ONLY;
SELECT count(*) FROM assoc.discover();
ROLLBACK;
CREATE TABLE three (id int PRIMARY KEY);
BEGIN READ ONLY;
SELECT count(*) FROM assoc.discover(apply => true);
ROLLBACK;

SET client_min_messages = error;
DROP SCHEMA disc CASCADE;
DROP ROLE regress_disc_owner, regress_disc_other;
SELECT count(*) FROM assoc.models;
