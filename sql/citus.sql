-- Tables that Citus would keep: the forms of statements that it takes, over plain tables.
\a \t
SET client_min_messages = error;
SET allow_system_table_mods = on;
CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass PRIMARY KEY, partmethod "char");
RESET allow_system_table_mods;
CREATE SCHEMA citus;
SET search_path = citus, public;
CREATE TABLE users (tenant_id int, id int, name text, PRIMARY KEY (tenant_id, id));
CREATE TABLE projects (tenant_id int, id int, title text, PRIMARY KEY (tenant_id, id));
CREATE TABLE members (tenant_id int, user_id int, project_id int, role text DEFAULT 'viewer', PRIMARY KEY (tenant_id, user_id, project_id),
  FOREIGN KEY (tenant_id, user_id) REFERENCES users, FOREIGN KEY (tenant_id, project_id) REFERENCES projects);
CREATE TABLE notes (id int PRIMARY KEY, title text);
CREATE TABLE taggings (user_id int, note_id int REFERENCES notes, role text, PRIMARY KEY (user_id, note_id));
CREATE INDEX ON members (tenant_id, project_id);
SET allow_system_table_mods = on;
INSERT INTO pg_catalog.pg_dist_partition VALUES ('users', 'h'), ('projects', 'h'), ('members', 'h'), ('notes', 'n'), ('taggings', 'h');
RESET allow_system_table_mods;
INSERT INTO users SELECT t, i, 'u' || i FROM generate_series(1, 2) t, generate_series(1, 4) i;
INSERT INTO projects SELECT t, i, 'p' || i FROM generate_series(1, 2) t, generate_series(1, 4) i;
INSERT INTO members SELECT t, u, p, 'r' || p FROM generate_series(1, 2) t, generate_series(1, 4) u, generate_series(1, 4) p
  WHERE (u + p + t) % 3 > 0;
SELECT assoc.belongs_to_many('users', 'projects', through => 'members', foreign_key => 'tenant_id,user_id',
  other_key => 'tenant_id,project_id',
  inverse => 'users') ->> 'kind';
SELECT assoc.adopt('notes') ->> 'model';
CREATE FUNCTION sql_of(include jsonb) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT ltrim(line) FROM assoc.explain('users', jsonb_build_object('attributes', '["id"]'::jsonb, 'include', include)) line
  WHERE line ~ '^ {6}SQL:'
$$;
CREATE FUNCTION all_of(include jsonb) RETURNS jsonb LANGUAGE sql AS $$
  SELECT assoc.find_all('users', jsonb_build_object('attributes', '["id"]'::jsonb, 'where', '{"tenant_id": 1}'::jsonb, 'include', include))
$$;
-- a key of several columns is matched column by column: one shard is asked; rows of other pairs are dropped
SELECT sql_of('{"association": "projects", "attributes": ["id"]}');
SELECT assoc.find_all('users', '{"attributes": ["id"], "where": {"or": [{"tenant_id": 1, "id": 2}, {"tenant_id": 2, "id": 3}]},
  "include": {"association": "projects", "attributes": ["id"], "through": {"attributes": []}}}');
-- a limit for each of several is a number of the row, a page and a cursor too
SELECT sql_of('{"association": "projects", "attributes": ["id"], "limit": 2, "offset": 1}');
SELECT sql_of('{"association": "projects", "attributes": ["id"], "offset": 1}');
SELECT all_of('{"association": "projects", "attributes": ["id"], "through": {"attributes": []}, "limit": 1, "offset": 1}');
SELECT all_of('{"association": "projects", "attributes": ["id"], "through": {"attributes": []}, "offset": 1}');
SELECT jsonb_path_query_array(all_of('{"association": "projects", "attributes": ["id"], "through": {"attributes": []},
  "page": true, "limit": 1}'),
  '$[*].projects.rows');
-- rows come by VALUES
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''refused''; END';
CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON members FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT assoc.add('users', '{"tenant_id": 1, "id": 1}', 'projects',
  '[{"tenant_id": 1, "id": 4}, {"tenant_id": 1, "id": 1}]', '{"role": "x"}');
SELECT assoc.bulk_create('notes', '[{"id": 1, "title": "a"}, {"id": 2, "title": "b"}]', '{"ignoreDuplicates": true}');
SELECT assoc.upsert('notes', '{"id": 1, "title": "a"}');
SELECT assoc.update_link('users', '{"tenant_id": 1, "id": 1}', 'projects', '{"tenant_id": 1, "id": 3}', '{"role": "x"}');
DROP FUNCTION refuse CASCADE;
SELECT assoc.update_link('users', '{"tenant_id": 1, "id": 1}', 'projects', '{"tenant_id": 1, "id": 3}', '{"role": "x"}');
SELECT assoc.bulk_create('notes', '[{"id": 1, "title": "a"}, {"id": 2, "title": "b"}]', '{"ignoreDuplicates": true}');
SELECT assoc.bulk_create('notes', '[{"id": 3, "title": "a"}, {"id": 2, "title": "c"}]', '{"ignoreDuplicates": true}');
SELECT assoc.upsert('notes', '{"id": 1, "title": "a"}'), assoc.upsert('notes', '{"id": 1, "title": "b"}'),
  assoc.upsert('notes', '{"id": 4, "title": "b"}');
-- a row of constants keeps a column; links without a key have no address that holds on every node
CREATE TABLE papers (id int PRIMARY KEY, deleted_at timestamptz);
CREATE TABLE loans (user_id int, note_id int REFERENCES notes);
INSERT INTO papers VALUES (1, now());
SET allow_system_table_mods = on;
INSERT INTO pg_catalog.pg_dist_partition VALUES ('papers', 'h'), ('loans', 'h');
RESET allow_system_table_mods;
SELECT assoc.adopt('papers', options => '{"paranoid": true}') ->> 'model';
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''refused''; END';
CREATE TRIGGER refuse BEFORE UPDATE ON papers FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT assoc.upsert('papers', '{"id": 1}');
DROP FUNCTION refuse CASCADE;
SELECT assoc.upsert('papers', '{"id": 1}');
SELECT assoc.belongs_to_many('notes', 'papers', through => 'loans', foreign_key => 'note_id', other_key => 'user_id', alias => 'lent',
  options => '{"through": {"unique": false}, "constraints": false}') ->> 'kind';
INSERT INTO loans VALUES (1, 1);
SELECT assoc.set('notes', 1, 'lent', '[1]');
-- set locks its source's row, which every node sees; what needs one snapshot is refused
BEGIN;
SELECT assoc.set('users', '{"tenant_id": 1, "id": 1}', 'projects', '[{"tenant_id": 1, "id": 2}, {"tenant_id": 1, "id": 3}]');
SELECT tenant_id, id FROM users WHERE xmax::text = pg_current_xact_id()::text;
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT assoc.set('users', '{"tenant_id": 1, "id": 1}', 'projects', '[]');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT assoc.add('users', '{"tenant_id": 1, "id": 1}', 'projects', '[{"tenant_id": 1, "id": 2}]');
ROLLBACK;
-- rows that a condition finds are locked by key then
BEGIN;
SELECT assoc.find_for_update('notes', '{"where": {"title": {"like": "b%"}}, "order": ["id"], "limit": 1}');
SELECT id FROM notes WHERE xmax::text = pg_current_xact_id()::text;
ROLLBACK;
BEGIN;
SELECT assoc.update('users', '{"projects": {"update": {"where": {"title": "p2"}, "data": {"title": "q2"}}}}',
  '{"where": {"tenant_id": 1, "id": 1}}');
SELECT tenant_id, id, title FROM projects WHERE title LIKE 'q%';
ROLLBACK;
-- so are links that a condition means
BEGIN;
SELECT assoc.update_link('users', '{"tenant_id": 1, "id": 1}', 'projects', '{"where": {"title": "p3"}}', '{"role": "y"}');
SELECT assoc.remove('users', '{"tenant_id": 1, "id": 1}', 'projects', '{"where": {"through": {"role": ["y", "r1"]}}}');
SELECT project_id, role FROM members WHERE tenant_id = 1 AND user_id = 1 ORDER BY project_id;
ROLLBACK;
-- from a table that each node has: keys in a list, not a subquery for each row
SELECT assoc.has_many('notes', 'taggings', foreign_key => 'note_id', inverse => 'note') ->> 'kind';
INSERT INTO taggings VALUES (1, 1, 'a'), (1, 4, 'b');
SELECT ltrim(line) FROM assoc.explain('notes', '{"attributes": ["id"], "where": {"taggings": {"some": {"role": "a"}}}}') line
  WHERE line ~ 'SQL:';
SELECT assoc.find_all('notes', '{"attributes": ["id"], "where": {"taggings": {"some": {"role": "a"}}}}'),
  assoc.find_all('notes', '{"attributes": ["id"], "where": {"taggings": {"none": {"role": "a"}}}}'),
  assoc.find_all('notes', '{"attributes": ["id"], "where": {"taggings": {"every": {"role": "a"}}}}');
-- each table spread by its own key: the links of the keys first, then the rows that they lead to
CREATE TABLE tags (id int PRIMARY KEY, word text);
CREATE TABLE pages (id int PRIMARY KEY, title text);
CREATE TABLE page_tags (page_id int, tag_id int, note text, PRIMARY KEY (page_id, tag_id));
INSERT INTO pages SELECT i, 'page' || i FROM generate_series(1, 3) i;
INSERT INTO tags SELECT i, 'tag' || i FROM generate_series(1, 4) i;
INSERT INTO page_tags SELECT p, t, 'n' || t FROM generate_series(1, 3) p, generate_series(1, 4) t WHERE p <> t;
SET allow_system_table_mods = on;
ALTER TABLE pg_catalog.pg_dist_partition ADD partkey text, ADD colocationid int;
CREATE TABLE first_column (id int, copy int GENERATED ALWAYS AS (id) STORED);
INSERT INTO pg_catalog.pg_dist_partition
  SELECT r, 'h', adbin, 1 FROM unnest('{tags,pages,page_tags}'::regclass[]) r, pg_attrdef WHERE adrelid = 'first_column'::regclass;
RESET allow_system_table_mods;
SELECT assoc.belongs_to_many('pages', 'tags', through => 'page_tags', foreign_key => 'page_id', other_key => 'tag_id',
  inverse => 'pages', options => '{"constraints": false}') ->> 'kind';
SELECT ltrim(line) FROM assoc.explain('pages', '{"attributes": ["id"], "include": {"association": "tags", "attributes": ["word"]}}') line
  WHERE line ~ '^ {6}SQL:';
SELECT ltrim(line) FROM assoc.explain('pages', '{"attributes": ["id"], "include": {"association": "tags", "attributes": ["word"],
  "limit": 1}}')
  line WHERE line ~ '^ {6}SQL:';
SELECT ltrim(line) FROM assoc.explain('tags', '{"attributes": ["id"], "include": {"association": "pages", "attributes": ["title"]}}') line
  WHERE line ~ '^ {6}SQL:';
SELECT assoc.find_all('pages', '{"attributes": ["id"], "include": {"association": "tags", "attributes": ["word"], "order": [["word",
  "DESC"]],
  "where": {"word": {"gt": "tag1"}}, "limit": 2, "through": {"attributes": ["note"]}}}');
SELECT assoc.find_by_pk('pages', '2', '{"attributes": ["id"], "include": {"association": "tags", "attributes": ["word"],
  "through": {"attributes": []}}}'), assoc.count_of('pages', '2', 'tags', '{"where": {"word": {"gt": "tag1"}}}');
-- keys in a list, of links that are there as a whole
SELECT ltrim(line) FROM assoc.explain('pages', '{"attributes": ["id"], "where": {"tags": {"some": {"word": "tag1"}}}}') line
  WHERE line ~ 'SQL:';
SELECT assoc.find_all('pages', '{"attributes": ["id"], "where": {"tags": {"some": {"word": "tag1"}}}}');
CREATE FUNCTION sql_where(model text, options jsonb) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT ltrim(line) FROM assoc.explain(model, '{"attributes": ["id"]}'::jsonb || options) line WHERE line ~ 'SQL:'
$$;
SELECT sql_where('pages', '{"where": {"tags": {"allOf": [1, 2]}}}');
SELECT sql_where('pages', '{"where": {"tags": {"count": {"gte": 3}}}, "limit": 1}');
-- values of associated rows are groups
SELECT sql_where('pages', '{"attributes": ["id", {"count": "tags", "where": {"word": {"gt": "tag1"}}, "as": "n"}]}');
SELECT sql_where('pages', '{"order": [{"by": {"count": "tags"}}], "limit": 2}');
SELECT assoc.find_all('pages', '{"attributes": ["id", {"count": "tags", "where": {"word": {"gt": "tag1"}}, "as": "n"},
  {"max": ["tags", "word"], "as": "last"}], "order": [{"by": {"count": "tags", "where": {"word": "tag3"}}}, "id"], "limit": 2}');
SELECT assoc.find_all('pages', '{"attributes": ["id"], "where": {"tags": {"allOf": [1, 2]}}}'),
  assoc.find_all('pages', '{"attributes": ["id"], "where": {"tags": {"exactly": [1, 2, 4]}}}'),
  assoc.find_all('pages', '{"attributes": ["id"], "where": {"tags": {"count": {"where": {"word": "tag3"}, "eq": 0}}}}');
BEGIN;
SELECT assoc.update('pages', '{"tags": {"update": {"where": {"word": {"lt": "tag3"}}, "data": {"word": "changed"}}}}',
  '{"where": {"id": 3}}');
SELECT id FROM tags WHERE word = 'changed' ORDER BY id;
ROLLBACK;
-- what is about each row looks only at what has been read before, wherever it stands
SELECT assoc.adopt('pages') ->> 'model', assoc.adopt('tags') ->> 'model', assoc.adopt('page_tags') ->> 'model';
SELECT assoc.belongs_to('page_tags', 'pages', foreign_key => 'page_id', alias => 'page', options => '{"constraints": false}') ->> 'kind',
  assoc.belongs_to('page_tags', 'tags', foreign_key => 'tag_id', alias => 'tag', inverse => 'uses', options => '{"constraints": false}')
  ->> 'kind';
SELECT sql_where('pages', '{"attributes": ["id", {"has": "tags", "where": {"word": "tag1"}, "as": "has"}]}');
SELECT sql_where('pages', '{"include": [{"association": "tags", "where": {"word": "tag1"}, "attributes": []}]}');
SELECT sql_where('pages', '{"where": {"tags": {"some": {"id": {"gt": {"col": "id", "above": true}}}}}}');
SELECT sql_where('tags', '{"where": {"uses.page": {"some": {"title": "page2"}}}}');
SELECT sql_where('tags', '{"attributes": ["id", {"sum": ["uses", "page_id"], "as": "sum"}], "include": [{"association": "pages",
  "attributes": ["id", {"sum": ["tags", "id"], "as": "sum"}]}]}');
SELECT assoc.find_all('pages', '{"attributes": ["id", {"has": "tags", "where": {"word": "tag1"}, "as": "has"}]}'),
  assoc.find_all('pages', '{"attributes": ["id"], "include": [{"association": "tags", "where": {"word": "tag1"}, "attributes": []}]}'),
  assoc.count('pages', '{"include": [{"association": "tags", "where": {"word": "tag1"}, "attributes": []}]}'),
  assoc.find_all('pages', '{"attributes": ["id"], "where": {"tags": {"every": {"id": {"gt": {"col": "id", "above": true}}}}}}');
SELECT assoc.find_all('tags', '{"attributes": ["id"], "where": {"uses.page": {"some": {"title": "page2"}}}}'),
  assoc.get('page_tags', '{"page_id": 1, "tag_id": 2}', 'page.tags', '{"attributes": ["id"]}'),
  assoc.find_by_pk('pages', 1, '{"attributes": ["id", {"sum": ["tags", "id"], "as": "sum"}, {"count": "tags", "where": {"id": {"gt":
  {"col": "id", "above": true}}}, "as": "above"}, {"count": ["tags", "pages"], "as": "pages"}]}');
-- a row of a shard is not of the type that a function of the row takes: it is made of its columns
SELECT assoc.adopt('tags', options => '{"computed": {"loud": {"sql": "upper(word)"}}}', replace => true) ->> 'model';
SELECT sql_where('tags', '{"where": {"loud": "TAG1"}}');
SELECT assoc.find_all('pages', '{"attributes": ["id"], "where": {"tags": {"some": {"loud": "TAG1"}}}, "include": [{"association": "tags",
  "attributes": ["loud"], "limit": 1, "through": {"attributes": []}}]}');
-- and so what writes: its statements are in the context of a trigger
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE context text;
BEGIN
  GET DIAGNOSTICS context = PG_CONTEXT;
  RAISE INFO '%', (SELECT regexp_replace(line, '^SQL statement ', '') FROM regexp_split_to_table(context, '\n') line
    WHERE line ~ '^SQL statement' LIMIT 1);
  RETURN NULL;
END
$$;
-- what is behind it is joined there
SELECT assoc.belongs_to('tags', 'pages', foreign_key => 'id', alias => 'page', options => '{"constraints": false}') ->> 'kind';
BEGIN;
CREATE TRIGGER tell AFTER UPDATE ON page_tags EXECUTE FUNCTION tell();
SELECT assoc.update('page_tags', '{"note": "here"}', '{"where": {"$tag.page.title$": "page2"}}');
ROLLBACK;
CREATE TABLE labels (id int PRIMARY KEY, deleted_at timestamptz);
CREATE TABLE tag_labels (tag_id int, label_id int, note text, deleted_at timestamptz, PRIMARY KEY (tag_id, label_id));
INSERT INTO labels VALUES (1, NULL), (2, now()), (3, NULL);
INSERT INTO tag_labels VALUES (1, 1, 'a'), (1, 2, 'b'), (1, 3, 'c');
SET allow_system_table_mods = on;
INSERT INTO pg_catalog.pg_dist_partition
  SELECT r, 'h', adbin, 1 FROM unnest('{labels,tag_labels}'::regclass[]) r, pg_attrdef WHERE adrelid = 'first_column'::regclass;
RESET allow_system_table_mods;
SELECT assoc.adopt('labels', options => '{"paranoid": true}') ->> 'model';
SELECT assoc.belongs_to_many('tags', 'labels', through => 'tag_labels', foreign_key => 'tag_id', other_key => 'label_id',
  inverse => 'tags', options => '{"constraints": false}') ->> 'kind';
CREATE TRIGGER tell AFTER UPDATE OR DELETE ON tag_labels EXECUTE FUNCTION tell();
CREATE TRIGGER tell AFTER UPDATE ON page_tags EXECUTE FUNCTION tell();
BEGIN;
SELECT assoc.has('tags', 1, 'labels', '[2]'), assoc.remove('tags', 1, 'labels', '[1, 2]');
SELECT assoc.set('tags', 1, 'labels', '[1]');
SELECT * FROM tag_labels ORDER BY label_id;
SELECT assoc.update('page_tags', '{"note": "here"}', '{"where": {"$tag.word$": "tag1"}}');
SELECT assoc.remove('pages', 1, 'tags', '{"where": {"word": "tag2"}}');
SELECT assoc.save('pages', '{"id": 1, "title": "first", "tags": [{"id": 3, "word": "third"}, {"id": 1, "word": "tag1"}]}');
SELECT assoc.find_by_pk('pages', 1, '{"include": [{"association": "tags", "through": {"attributes": []}}]}');
ROLLBACK;
-- what no node can do is refused before anything is written
SELECT assoc.merge('pages', 1, 2);
CREATE TABLE parts (id int PRIMARY KEY, part_of int);
SET allow_system_table_mods = on;
INSERT INTO pg_catalog.pg_dist_partition SELECT 'parts'::regclass, 'h', adbin, 1 FROM pg_attrdef WHERE adrelid = 'first_column'::regclass;
RESET allow_system_table_mods;
SELECT assoc.belongs_to('parts', 'parts', foreign_key => 'part_of', alias => 'whole', options => '{"constraints": false}') ->> 'kind';
SELECT assoc.find_all('parts', '{"where": {"whole": {"some": {"id": 1}, "recursive": true}}}');
-- keys of several columns are listed as rows
CREATE TABLE halls (house int, nr int, PRIMARY KEY (nr, house));
CREATE TABLE seats (id int PRIMARY KEY, house int, nr int);
INSERT INTO halls VALUES (1, 1), (1, 2), (2, 1);
INSERT INTO seats VALUES (1, 1, 1), (2, 2, 1), (3, 1, 1), (4, 1, NULL);
SET allow_system_table_mods = on;
INSERT INTO pg_catalog.pg_dist_partition
  SELECT r, 'h', adbin, 2 FROM unnest('{halls,seats}'::regclass[]) r, pg_attrdef WHERE adrelid = 'first_column'::regclass;
RESET allow_system_table_mods;
SELECT assoc.has_many('halls', 'seats', foreign_key => 'nr,house', inverse => 'hall', options => '{"constraints": false}') ->> 'kind';
SELECT ltrim(line) FROM assoc.explain('halls', '{"where": {"seats": {"some": {"id": {"lt": 3}}}}}') line WHERE line ~ 'SQL:';
SELECT assoc.find_all('halls', '{"where": {"seats": {"some": {"id": {"lt": 3}}}}}'),
  assoc.find_all('halls', '{"where": {"seats": {"none": {}}}}');
SELECT ltrim(line) FROM assoc.explain('seats', '{"attributes": ["id"], "order": [["hall", "house"]]}') line WHERE line ~ 'SQL:';
SELECT assoc.find_all('seats', '{"attributes": ["id"], "where": {"$hall.house$": {"gte": 1}}, "order": [["hall", "house", "DESC"], "id"]}');
SELECT assoc.find_all('seats', '{"attributes": ["id"], "where": {"not": {"hall": {"some": {"house": 1}}}}}'),
  assoc.find_all('seats', '{"attributes": ["id"], "where": {"hall": {"none": {}}}}');
SELECT assoc.create('pages', '{"id": 4, "title": "new", "tags": [{"id": 5, "word": "tag5", "through": {"note": "made"}}]}',
  '{"include": {"association": "tags", "attributes": ["word"], "through": {"attributes": ["note"]}}}');
-- declarations for the other nodes; what a worker says that has none; a schema whose tables are spread
SELECT * FROM assoc.declare_on_workers();
CREATE FUNCTION pg_catalog.run_command_on_workers(command text, parallel bool DEFAULT true, OUT nodename text, OUT nodeport int,
  OUT success bool, OUT result text) RETURNS SETOF record LANGUAGE sql AS
  $$VALUES ('one', 5432, true, command), ('two', 5433, command !~ 'adopt', 'ERROR: no')$$;
SELECT node, left(declaration, 40), error FROM assoc.declare_on_workers() ORDER BY declaration, node LIMIT 4;
DROP FUNCTION pg_catalog.run_command_on_workers;
CREATE TABLE things (id int PRIMARY KEY);
SET allow_system_table_mods = on;
CREATE TABLE pg_catalog.pg_dist_local_group (groupid int);
CREATE TABLE pg_catalog.pg_dist_schema (schemaid oid);
INSERT INTO pg_catalog.pg_dist_local_group VALUES (0);
INSERT INTO pg_catalog.pg_dist_partition VALUES ('things', 'h');
RESET allow_system_table_mods;
SELECT assoc.find_all('things');
SET allow_system_table_mods = on;
UPDATE pg_catalog.pg_dist_local_group SET groupid = 3;
INSERT INTO pg_catalog.pg_dist_schema VALUES ('citus'::regnamespace);
RESET allow_system_table_mods;
SELECT assoc.find_all('things');
SELECT assoc.define('Thing2', '{"name": "text"}');
SELECT assoc.belongs_to_many('notes', 'users', through => 'NoteUser', foreign_key => 'note_id');
CREATE SCHEMA citus_empty;
SET search_path = citus_empty;
SELECT assoc.find_all('Thing');
SET search_path = citus, public;
DROP SCHEMA citus_empty;
SET allow_system_table_mods = on;
UPDATE pg_catalog.pg_dist_local_group SET groupid = 0;
RESET allow_system_table_mods;
SELECT assoc.define('Thing2', '{"name": "text"}');
SELECT assoc.belongs_to_many('notes', 'users', through => 'NoteUser', foreign_key => 'note_id');
SELECT assoc.adopt('things') ->> 'model';
-- what depends on the settings of a session is nothing that workers could know
ALTER TABLE things ADD COLUMN at timestamptz, ADD COLUMN body text, ADD COLUMN found tsvector;
SELECT assoc.adopt('things', replace => true) ->> 'model';
SELECT assoc.find_all('things', '{"where": {"at": {"startsWith": "2024-01-02"}}}');
SELECT assoc.destroy('things', '{"where": {"at": {"like": "2024%"}}}');
SELECT assoc.find_all('things', '{"where": {"body": {"match": "dogs"}}}');
SELECT assoc.find_all('things', '{"where": {"found": {"match": "dogs"}}}');
SELECT assoc.find_all('things', '{"where": {"body": {"match": {"query": "dogs", "config": "english"}}, "at": {"gte": "2024-01-02"}}}');
DROP SCHEMA citus CASCADE;
SET allow_system_table_mods = on;
DROP TABLE pg_catalog.pg_dist_partition, pg_catalog.pg_dist_local_group, pg_catalog.pg_dist_schema;
RESET allow_system_table_mods;
