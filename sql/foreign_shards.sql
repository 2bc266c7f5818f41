-- Tables whose partitions are partly on another server: calls give and write what they do over plain tables.
\a \t
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE EXTENSION postgres_fdw;
DO $$
BEGIN
  EXECUTE format('CREATE SERVER shards FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname %L, port %L, host %L)', current_database(),
    current_setting('port'), coalesce(nullif(split_part(current_setting('unix_socket_directories'), ',', 1), ''), 'localhost'));
END $$;
CREATE USER MAPPING FOR CURRENT_USER SERVER shards;
CREATE SCHEMA far;
CREATE SCHEMA here;
CREATE SCHEMA sharded;
CREATE TABLE here.users (id int PRIMARY KEY, name text, age int, twice int GENERATED ALWAYS AS (age * 2) STORED, boss_id int,
  deleted_at timestamptz);
CREATE TABLE here.projects (id int PRIMARY KEY, title text, owner_id int);
CREATE TABLE here.members (user_id int NOT NULL, project_id int NOT NULL, role text DEFAULT 'viewer', place int,
  PRIMARY KEY (user_id, project_id), UNIQUE (user_id, place) DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE here.posts (id int PRIMARY KEY, user_id int, title text, place int, UNIQUE (user_id, place) DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX ON here.users (boss_id);
CREATE INDEX ON here.projects (owner_id);
CREATE INDEX ON here.members (project_id);
CREATE TABLE sharded.projects (LIKE here.projects INCLUDING ALL);
CREATE TABLE far.users (LIKE here.users INCLUDING ALL);
CREATE TABLE far.members (LIKE here.members INCLUDING ALL);
CREATE TABLE far.posts (LIKE here.posts INCLUDING ALL);
CREATE TABLE sharded.users (LIKE here.users INCLUDING DEFAULTS INCLUDING GENERATED) PARTITION BY HASH (id);
CREATE TABLE sharded.members (LIKE here.members INCLUDING DEFAULTS) PARTITION BY HASH (user_id);
CREATE TABLE sharded.posts (LIKE here.posts INCLUDING DEFAULTS) PARTITION BY HASH (id);
CREATE TABLE sharded.users_0 PARTITION OF sharded.users (PRIMARY KEY (id)) FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE sharded.members_0 PARTITION OF sharded.members (PRIMARY KEY (user_id, project_id)) FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE sharded.posts_0 PARTITION OF sharded.posts (PRIMARY KEY (id)) FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE FOREIGN TABLE sharded.users_1 PARTITION OF sharded.users FOR VALUES WITH (MODULUS 2, REMAINDER 1) SERVER shards
  OPTIONS (schema_name 'far', table_name 'users');
CREATE FOREIGN TABLE sharded.members_1 PARTITION OF sharded.members FOR VALUES WITH (MODULUS 2, REMAINDER 1) SERVER shards
  OPTIONS (schema_name 'far', table_name 'members');
CREATE FOREIGN TABLE sharded.posts_1 PARTITION OF sharded.posts FOR VALUES WITH (MODULUS 2, REMAINDER 1) SERVER shards
  OPTIONS (schema_name 'far', table_name 'posts');
-- without its key nobody knows what a link is
SET search_path = sharded;
SELECT assoc.belongs_to_many('users', 'projects', through => 'members', foreign_key => 'user_id', options => '{"constraints": false}');
SELECT assoc.adopt('users', options => '{"key": ["id"], "paranoid": true}') ->> 'model',
  assoc.adopt('posts', options => '{"key": ["id"]}') ->> 'model',
  assoc.adopt('members', options => '{"key": ["user_id", "project_id"]}') ->> 'model';
SET search_path = here;
SELECT assoc.adopt('users', options => '{"paranoid": true}') ->> 'model';
CREATE FUNCTION public.one(schema text, call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  answer text;
  detail text;
BEGIN
  PERFORM set_config('search_path', schema || ', public', true);
  EXECUTE call INTO answer;
  RETURN answer;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN replace(format('%s %s %s', SQLSTATE, SQLERRM, detail), schema || '.', '');
END
$$;
-- what both answer, or both answers
CREATE FUNCTION public.same(call text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  answers text[] := ARRAY[one('here', call), one('sharded', call)];
BEGIN
  RETURN QUERY SELECT DISTINCT a FROM unnest(answers) a ORDER BY 1;
END
$$;
SET search_path = public;
SELECT same($$SELECT assoc.belongs_to_many('users', 'projects', through => 'members', foreign_key => 'user_id', inverse => 'people',
  options => '{"constraints": false, "position": "place"}') ->> 'kind'$$);
SELECT same($$SELECT assoc.has_many('users', 'posts', foreign_key => 'user_id', inverse => 'author',
  options => '{"constraints": false, "position": "place"}') ->> 'kind'$$);
SELECT same($$SELECT assoc.belongs_to('users', 'users', foreign_key => 'boss_id', alias => 'boss', inverse => 'staff',
  options => '{"constraints": false}') ->> 'kind'$$);
INSERT INTO here.users (id, name, age, boss_id) SELECT i, 'u' || i, i * 10, nullif(i / 2, 0) FROM generate_series(1, 8) i;
INSERT INTO here.projects SELECT i, 'p' || i, i FROM generate_series(1, 9) i;
INSERT INTO here.members SELECT u, p, 'r' || p, row_number() OVER (PARTITION BY u ORDER BY p)
  FROM generate_series(1, 8) u, generate_series(1, 9) p WHERE (u * p) % 4 = 1;
INSERT INTO here.posts SELECT i, i % 4 + 1, 't' || i, i FROM generate_series(1, 12) i;
INSERT INTO sharded.users (id, name, age, boss_id) SELECT id, name, age, boss_id FROM here.users;
INSERT INTO sharded.projects TABLE here.projects;
INSERT INTO sharded.members TABLE here.members;
INSERT INTO sharded.posts TABLE here.posts;
SELECT count(*) > 0 FROM far.users;
-- loads
SELECT same($$SELECT assoc.find_by_pk('users', 3, '{"include": ["projects", "posts", "boss"]}')$$);
SELECT same($$SELECT assoc.find_all('users', '{"attributes": ["id", "twice"], "order": ["id"],
  "include": [{"association": "projects", "limit": 1, "attributes": ["id"]}]}')$$);
SELECT same($$SELECT assoc.find_all('users', '{"attributes": ["id", {"count": "projects", "as": "n"}], "order": ["id"],
  "where": {"projects": {"some": {"title": "p3"}}}}')$$);
SELECT same($$SELECT assoc.find_all('users', '{"attributes": ["id"], "where": {"projects": {"exactly": [3, 7]}}, "order": ["id"]}')$$);
SELECT same($$SELECT assoc.find_all('users', '{"attributes": ["id"], "order": [{"by": {"count": "posts"}, "direction": "DESC"}, "id"],
  "limit": 3}')$$);
SELECT same($$SELECT assoc.find_by_pk('users', 1, '{"attributes": ["id"],
  "include": [{"association": "staff", "recursive": true, "attributes": ["id"], "order": ["id"]}]}')$$);
-- links, with payload and places
SELECT same($$SELECT assoc.add('users', 1, 'projects', '[2, 3]')$$);
SELECT same($$SELECT assoc.add('users', 2, 'projects', '[2, 4]', '{"role": "x"}')$$);
SELECT same($$SELECT assoc.add('users', 2, 'projects', '[2, 5]', '{"role": "y"}')$$);
SELECT same($$SELECT assoc.set('users', 3, 'projects', '[1, 2, 3]')$$);
SELECT same($$SELECT assoc.set('projects', 3, 'people', '[1, 2, 3, 4]')$$);
SELECT same($$SELECT assoc.set_many('users', 'projects', '[{"id": 1, "projects": [1]}, {"id": 5, "projects": []}]')$$);
SELECT same($$SELECT assoc.toggle('users', 2, 'projects', '[1, 3]')$$);
SELECT same($$SELECT assoc.update_link('users', 2, 'projects', '{"where": {"title": "p2"}}', '{"role": "again"}')$$);
SELECT same($$SELECT assoc.move('users', 2, 'projects', '[2]', 3)$$);
SELECT same($$SELECT assoc.reorder('users', 3, 'projects', '[3, 1]', '{"before": 2}')$$);
SELECT same($$SELECT assoc.reorder('users', 2, 'posts', '[9]', '{"to": 1}')$$);
SELECT same($$SELECT assoc.set('users', 2, 'posts', '[3, 1, 2]')$$);
SELECT same($$SELECT assoc.set('users', 5, 'boss', '3')$$);
SELECT same($$SELECT assoc.remove('users', 1, 'projects', '[1, 8]')$$);
-- ids that do not exist, in the same words
SELECT same($$SELECT assoc.add('users', 1, 'projects', '[98, 99]')$$);
SELECT same(format('SELECT assoc.%s(''users'', %s, %L, ''[1]'')', verb, id, alias))
  FROM unnest('{98,99}'::int[]) id, unnest('{add,set}'::text[]) verb, unnest('{projects,posts}'::text[]) alias ORDER BY 1;
SELECT same($$SELECT assoc.add('users', 1, 'posts', '[991, 992]')$$);
SELECT same($$SELECT assoc.set('users', 5, 'boss', '991')$$);
SELECT same($$SELECT assoc.set_many('users', 'projects', '[{"id": 97, "projects": [1]}, {"id": 98, "projects": [1]}]')$$);
SELECT same($$SELECT assoc.update_link('users', 2, 'projects', '99', '{"role": "changed"}')$$);
-- rows
SELECT same($$SELECT assoc.create('users', '{"id": 20, "name": "new", "age": 7, "posts": [{"id": 40, "title": "x"}],
  "projects": {"connect": [1], "create": {"id": 30, "title": "made", "through": {"role": "y"}}}}')$$);
SELECT same($$SELECT assoc.bulk_create('users', '[{"id": 22, "name": "a"}, {"id": 23}, {"id": 24}]') -> 1 -> 'id'$$);
SELECT same($$SELECT assoc.bulk_create('users', '[{"id": 22}, {"id": 25}]', '{"ignoreDuplicates": true}')$$);
SELECT same($$SELECT assoc.find_or_create('users', '{"name": "found"}', '{"defaults": {"id": 27}}') -> 'created'$$)
  FROM generate_series(1, 2);
SELECT same($$SELECT assoc.update('users', '{"age": 100, "projects": {"set": [2]}}', '{"where": {"id": [20, 22]}, "returning": true}')$$);
SELECT same($$SELECT assoc.update('users', '{"posts": {"update": {"where": {"id": 40}, "data": {"title": "y"}}}}',
  '{"where": {"id": 20}}')$$);
SELECT same($$SELECT assoc.save('users', '{"id": 22, "name": "saved", "age": 5}')$$);
SELECT same($$SELECT assoc.destroy('users', '{"where": {"id": [22, 23]}}')$$);
SELECT same($$SELECT assoc.find_all('users', '{"attributes": ["id"], "where": {"id": {"gt": 20}}, "order": ["id"]}')$$);
SELECT same($$SELECT assoc.restore('users', '{"where": {"id": 22}}')$$);
SELECT same($$SELECT assoc.destroy('users', '{"where": {"id": 24}, "force": true}')$$);
SELECT same($$SELECT assoc.merge('users', 6, 7)$$);
SELECT same($$SELECT jsonb_agg(to_jsonb(u) - 'deleted_at' || jsonb_build_object('gone', deleted_at IS NOT NULL) ORDER BY id)
  FROM users u$$);
SELECT same($$SELECT jsonb_agg(to_jsonb(m) ORDER BY user_id, project_id) FROM members m$$);
SELECT same($$SELECT jsonb_agg(to_jsonb(p) ORDER BY id) FROM posts p$$);
-- a key that is only declared decides no conflict; none is one in either order
SELECT one('sharded', $$SELECT assoc.upsert('users', '{"id": 22, "name": "up"}')$$);
SELECT one('sharded', $$SELECT assoc.bulk_create('users', '[{"id": 22}]', '{"updateOnDuplicate": ["name"]}')$$);
SELECT one('sharded', $$SELECT assoc.belongs_to_many('users', 'users', through => 'members', foreign_key => 'user_id',
  other_key => 'project_id', alias => 'friends', options => '{"symmetric": true, "constraints": false}')$$);
-- nobody checks what a foreign table says of its columns: null may be in them
CREATE TABLE far.notes (code text, user_id int, place int);
INSERT INTO far.notes VALUES ('a', 1, 1), ('b', 1, 2), ('c', 1, NULL), ('d', 2, NULL);
CREATE FOREIGN TABLE sharded.notes (code text NOT NULL, user_id int, place int NOT NULL) SERVER shards
  OPTIONS (schema_name 'far', table_name 'notes');
SET search_path = sharded, public;
SELECT assoc.adopt('notes', 'notes', '{"key": ["code"]}') -> 'primaryKey';
SELECT assoc.has_many('users', 'notes', foreign_key => 'user_id', options => '{"constraints": false, "accessors": false}') -> 'alias';
WITH RECURSIVE pages AS (
  SELECT assoc.find_page('notes', '{"attributes": ["code"], "order": ["place"], "limit": 1}') AS page
  UNION ALL
  SELECT assoc.find_page('notes', '{"attributes": ["code"], "order": ["place"], "limit": 1, "after": {"param": "next"}}', page) FROM pages
  WHERE page ->> 'next' IS NOT NULL)
SELECT string_agg(page #>> '{rows, 0, code}', ' ') FROM pages;
UPDATE far.notes SET code = NULL WHERE code = 'c';
SELECT assoc.find_all('notes', '{"order": ["place", "code"]}');
SELECT assoc.find_all('users', '{"attributes": ["id"], "include": ["notes"]}');
RESET search_path;
DROP SCHEMA sharded, here, far CASCADE;
DROP FUNCTION one, same;
DROP EXTENSION postgres_fdw CASCADE;
