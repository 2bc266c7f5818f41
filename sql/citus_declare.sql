-- Declarations over tables that Citus would keep: what is kept by triggers and unique keys, and workers.
\a \t
\set VERBOSITY default
SET client_min_messages = warning;
SET allow_system_table_mods = on;
CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass PRIMARY KEY, partmethod "char", partkey pg_node_tree, colocationid int);
RESET allow_system_table_mods;
CREATE SCHEMA citus;
SET search_path = citus, public;
CREATE TABLE first_column (id int, copy int GENERATED ALWAYS AS (id) STORED);
CREATE FUNCTION spread(relation regclass, method "char" DEFAULT 'h') RETURNS void LANGUAGE sql SET allow_system_table_mods = on AS $$
  INSERT INTO pg_catalog.pg_dist_partition
    SELECT relation, method, CASE WHEN method = 'h' THEN adbin END, 1 FROM pg_attrdef WHERE adrelid = 'first_column'::regclass
$$;
CREATE TABLE users (id int PRIMARY KEY, name text, n int NOT NULL DEFAULT 0, deleted_at timestamptz);
CREATE TABLE posts (id int PRIMARY KEY, user_id int, place int, deleted_at timestamptz);
CREATE TABLE friends (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE tags (id int PRIMARY KEY);
CREATE TABLE taggings (user_id int, tag_id int, place int, PRIMARY KEY (user_id, tag_id));
CREATE TABLE plain (user_id int, tag_id int, PRIMARY KEY (user_id, tag_id));
CREATE INDEX ON posts (user_id);
CREATE INDEX ON friends (b);
CREATE INDEX ON taggings (tag_id);
CREATE INDEX ON plain (tag_id);
SELECT spread('users'), spread('posts'), spread('friends'), spread('taggings'), spread('tags', 'n');
INSERT INTO users SELECT generate_series(1, 4);
-- what triggers would keep
SELECT assoc.adopt('users', options => '{"paranoid": true}') ->> 'model', assoc.adopt('posts', options => '{"paranoid": true}') ->> 'model';
SELECT assoc.has_many('users', 'posts', foreign_key => 'user_id', options => o || '{"constraints": false}')
  FROM (VALUES ('{"counter": "n"}'::jsonb)) v (o);
\set VERBOSITY terse
SELECT assoc.has_many('users', 'posts', foreign_key => 'user_id', options => '{"max": 3, "constraints": false}');
SELECT assoc.has_many('users', 'posts', foreign_key => 'user_id', options => '{"limits": [{"min": 1}], "constraints": false}');
SELECT assoc.has_many('users', 'posts', foreign_key => 'user_id', options => '{"onDestroy": "CASCADE", "constraints": false}');
SELECT assoc.belongs_to_many('users', 'tags', through => 'taggings', foreign_key => 'user_id',
  options => '{"counter": "n", "constraints": false}');
-- from a table that is none of Citus' either
SELECT assoc.belongs_to_many('users', 'tags', through => 'plain', foreign_key => 'user_id',
  options => '{"counter": "n", "constraints": false}');
SELECT count(*) FROM assoc.associations WHERE source = 'users'::regclass;
-- unique keys that Citus takes, and those that it does not
\set VERBOSITY default
SELECT assoc.has_many('users', 'posts', foreign_key => 'user_id', options => '{"position": "place", "constraints": false}') ->> 'kind';
SELECT assoc.belongs_to_many('users', 'tags', through => 'taggings', foreign_key => 'user_id',
  options => '{"position": "place", "constraints": false}') ->> 'kind';
SELECT assoc.has_one('users', 'posts', foreign_key => 'user_id', alias => 'first', options => '{"constraints": false}');
SELECT assoc.belongs_to_many('users', 'users', through => 'friends', foreign_key => 'a', other_key => 'b', alias => 'friends',
  options => '{"symmetric": true, "constraints": false}');
CREATE TABLE parts (a int, b int, PRIMARY KEY (a, b)) PARTITION BY HASH (a);
CREATE TABLE parts_0 PARTITION OF parts FOR VALUES WITH (MODULUS 1, REMAINDER 0);
SELECT assoc.belongs_to_many('users', 'users', through => 'parts', foreign_key => 'a', other_key => 'b', alias => 'friends',
  options => '{"symmetric": true, "constraints": false}');
SET allow_system_table_mods = on;
UPDATE pg_catalog.pg_dist_partition SET partmethod = 'n', partkey = NULL WHERE logicalrelid = 'friends'::regclass;
RESET allow_system_table_mods;
SELECT assoc.belongs_to_many('users', 'users', through => 'friends', foreign_key => 'a', other_key => 'b', alias => 'friends',
  options => '{"symmetric": true, "constraints": false}');
CREATE UNIQUE INDEX ON friends ((LEAST(a, b)), (GREATEST(a, b)));
SELECT assoc.belongs_to_many('users', 'users', through => 'friends', foreign_key => 'a', other_key => 'b', alias => 'friends',
  options => '{"symmetric": true, "constraints": false}') ->> 'kind';
SELECT assoc.set('users', 1, 'friends', '[2, 3]') -> 'added', assoc.add('users', 2, 'friends', '[1, 4]') -> 'added',
  assoc.count_of('users', 2, 'friends');
SELECT assoc.set('users', 1, 'posts', '[]'), assoc.set('users', 1, 'tags', '[]');
-- times of a table that a declaration made: the verbs set them where no trigger can
SELECT assoc.define('Memo', '{"name": "text"}') ->> 'model';
SELECT assoc.create('Memo', '{"name": "x"}') ->> 'name';
DROP TRIGGER keep_updated_at ON memos;
SELECT spread('memos');
UPDATE memos SET updated_at = '2000-01-01', created_at = '2000-01-01';
SELECT assoc.update('Memo', '{"name": "y"}', '{"where": {"id": 1}}') -> 'count';
SELECT name, created_at = '2000-01-01' FROM memos WHERE updated_at > '2000-01-02';
SELECT assoc.sync('citus');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'memos'::regclass;
SELECT assoc.upsert('Memo', '{"id": 1, "name": "z"}') ->> 'name', assoc.create('Memo', '{"name": "new"}') ? 'updated_at';
SELECT assoc.update('Memo', '{"name": "y", "updated_at": "2001-01-01"}', '{"where": {"id": 1}}') -> 'count';
SELECT updated_at = '2001-01-01' FROM memos WHERE id = 1;
-- Citus takes each constraint in a statement of its own
SELECT jsonb_array_elements_text(assoc.define('Memo', '{"name": {"type": "text", "validate": {"len": [1, 9]}}, "size": {"type": "int",
  "validate": {"min": 0}}}', replace => true, dry_run => true) -> 'statements');
SELECT assoc.define('Memo', '{"name": {"type": "text", "validate": {"len": [1, 9]}}, "size": {"type": "int", "validate": {"min": 0}}}',
  replace => true) -> 'changed';
-- a worker has what the coordinator has, and nothing else
CREATE FUNCTION pg_catalog.run_command_on_workers(command text, parallel bool DEFAULT true, OUT nodename text, OUT nodeport int,
  OUT success bool, OUT result text) RETURNS SETOF record LANGUAGE sql AS
  $$VALUES ('one', 5432, true, command)$$;
SELECT declaration, error FROM assoc.declare_on_workers();
DROP FUNCTION pg_catalog.run_command_on_workers;
CREATE TABLE declared AS SELECT regexp_replace(d, '\);$', ', replace => true);') AS call FROM assoc.declarations('citus') d;
SELECT assoc.registry_keep_only('citus', '{citus.users,citus.posts,citus.tags,citus.taggings}',
  '{citus.users posts,citus.users others}');
SELECT source, alias FROM assoc.associations WHERE source = ANY ('{users,posts}'::regclass[]) ORDER BY 1, 2;
SELECT m.relation FROM assoc.models m JOIN pg_class c ON c.oid = m.relation
  WHERE c.relnamespace = 'citus'::regnamespace ORDER BY m.relation::text;
CREATE PROCEDURE declare() LANGUAGE plpgsql AS $$
DECLARE
  call text;
BEGIN
  FOR call IN SELECT d.call FROM declared d LOOP
    EXECUTE call;
  END LOOP;
END
$$;
CALL declare();
CALL declare();
SELECT count(*) FROM (SELECT regexp_replace(d, '\);$', ', replace => true);') FROM assoc.declarations('citus') d
  EXCEPT TABLE declared) d;
-- a worker has got the functions of computed attributes from the coordinator, without their comments
CREATE TABLE coins (id int PRIMARY KEY, cents int);
CREATE FUNCTION euros(r coins) RETURNS int IMMUTABLE LANGUAGE sql RETURN r.cents / 100;
SELECT spread('coins');
SET allow_system_table_mods = on;
CREATE TABLE pg_catalog.pg_dist_local_group AS SELECT 3 AS groupid;
RESET allow_system_table_mods;
INSERT INTO coins VALUES (1, 250);
SELECT assoc.adopt('coins', 'Coin', '{"computed": {"euros": {"sql": "cents / 100"}}}', replace => true) ->> 'model';
SELECT assoc.find_all('Coin', '{"attributes": ["euros"]}');
DROP SCHEMA citus CASCADE;
SET allow_system_table_mods = on;
DROP TABLE pg_catalog.pg_dist_partition, pg_catalog.pg_dist_local_group;
RESET allow_system_table_mods;
