-- Recursive includes: an association of a model with itself, as a nested tree.
CREATE SCHEMA recursive;
SET search_path = recursive;
SET client_min_messages = warning;
CREATE TABLE parts (id int PRIMARY KEY, name text, parent_id int REFERENCES parts, kind text);
CREATE INDEX ON parts (parent_id);
CREATE TABLE makers (id int PRIMARY KEY, part_id int REFERENCES parts, name text);
CREATE INDEX ON makers (part_id);
CREATE TABLE links (from_id int REFERENCES parts, to_id int REFERENCES parts, weight int, PRIMARY KEY (from_id, to_id));
CREATE INDEX ON links (to_id);
INSERT INTO parts SELECT i, 'part ' || i, nullif(i / 3, 0), CASE WHEN i % 2 = 0 THEN 'even' ELSE 'odd' END FROM generate_series(1, 60) i;
INSERT INTO makers SELECT i, i % 60 + 1, 'maker ' || i FROM generate_series(1, 90) i;
INSERT INTO links SELECT i, i + 1, i FROM generate_series(1, 8) i;
INSERT INTO links SELECT i, i + 2, i FROM generate_series(1, 7) i;
SELECT assoc.adopt('parts', 'Part') IS NOT NULL AND assoc.adopt('makers', 'Maker') IS NOT NULL AS adopted;
SELECT assoc.has_many('Part', 'Part', alias => 'children', foreign_key => 'parent_id', inverse => 'parent',
  options => '{"accessors": false}') IS NOT NULL AS declared;
SELECT assoc.has_many('Part', 'Maker', foreign_key => 'part_id', inverse => 'part',
  options => '{"accessors": false}') IS NOT NULL AS declared;
SELECT assoc.belongs_to_many('Part', 'Part', through => 'links', alias => 'uses', inverse => 'usedBy', foreign_key => 'from_id',
  other_key => 'to_id', options => '{"accessors": false}') IS NOT NULL AS declared;
\getenv top PG_ABS_SRCDIR
\set same :top '/test/data/same.sql'
\set ECHO none
\i :same
\set ECHO all

-- What a tree must be, by functions that call themselves: a row at the last level, or
-- on the path already, comes without the key.
CREATE FUNCTION tree(part parts, path int[], depth int) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  result jsonb := jsonb_build_object('id', part.id);
BEGIN
  IF depth = 0 OR part.id = ANY(path) THEN
    RETURN result;
  END IF;
  RETURN result || jsonb_build_object('children', coalesce(
    (SELECT jsonb_agg(tree(p, path || part.id, depth - 1) ORDER BY p.id) FROM parts p WHERE p.parent_id = part.id), '[]'));
END $$;
CREATE FUNCTION chain(part parts, path int[], depth int) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  result jsonb := jsonb_build_object('id', part.id);
BEGIN
  IF depth = 0 OR part.id = ANY(path) THEN
    RETURN result;
  END IF;
  RETURN result || jsonb_build_object('parent', (SELECT chain(p, path || part.id, depth - 1) FROM parts p WHERE p.id = part.parent_id));
END $$;
CREATE FUNCTION graph(part parts, path int[], depth int) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  result jsonb := jsonb_build_object('id', part.id);
BEGIN
  IF depth = 0 OR part.id = ANY(path) THEN
    RETURN result;
  END IF;
  RETURN result || jsonb_build_object('uses', coalesce(
    (SELECT jsonb_agg(graph(p, path || part.id, depth - 1) || jsonb_build_object('links', jsonb_build_object('weight', weight))
      ORDER BY p.id)
     FROM parts p JOIN links ON to_id = p.id WHERE from_id = part.id), '[]'));
END $$;

-- has_many, downwards
SELECT same($$find_by_pk('Part', 2, '{"attributes": ["id"], "include": [{"association": "children", "attributes": ["id"],
  "recursive": true}]}')$$, 'SELECT tree(p, ''{}'', 32) FROM parts p WHERE id = 2');
SELECT same($$find_by_pk('Part', 1, '{"attributes": ["id"], "include": [{"association": "children", "attributes": ["id"], "recursive": true,
  "maxDepth": 1}]}')$$, 'SELECT tree(p, ''{}'', 1) FROM parts p WHERE id = 1');
SELECT same($$find_by_pk('Part', 1, '{"attributes": ["id"], "include": [{"association": "children", "attributes": ["id"], "recursive": true,
  "maxDepth": 2}]}')$$, 'SELECT tree(p, ''{}'', 2) FROM parts p WHERE id = 1');
SELECT same($$find_by_pk('Part', 59, '{"attributes": ["id"], "include": [{"association": "children", "attributes": ["id"],
  "recursive": true}]}')$$, 'SELECT tree(p, ''{}'', 9) FROM parts p WHERE id = 59');
SELECT same($$find_all('Part', '{"attributes": ["id"], "include": [{"association": "children", "attributes": ["id"], "recursive": true,
  "maxDepth": 3}]}')$$,
  'SELECT jsonb_agg(tree(p, ''{}'', 3) ORDER BY id) FROM parts p') = (SELECT jsonb_agg(row)
    FROM (SELECT assoc.find('Part', '{"attributes": ["id"], "include": [{"association": "children", "attributes": ["id"], "recursive": true,
    "maxDepth": 3}]}') AS row) t) AS streamed;
-- belongs_to, upwards; of several rows at once
SELECT same($$find_by_pk('Part', 60, '{"attributes": ["id"], "include": [{"association": "parent", "attributes": ["id"],
  "recursive": true}]}')$$, 'SELECT chain(p, ''{}'', 32) FROM parts p WHERE id = 60');
SELECT same($$find_all('Part', '{"attributes": ["id"], "include": [{"association": "parent", "attributes": ["id"], "recursive": true,
  "maxDepth": 2}]}')$$, 'SELECT jsonb_agg(chain(p, ''{}'', 2) ORDER BY id) FROM parts p') -> 40 AS one;
-- belongs_to_many: a graph in which rows are reached by many paths
SELECT same($$find_by_pk('Part', 5, '{"attributes": ["id"], "include": [{"association": "uses", "attributes": ["id"],
  "through": {"attributes": ["weight"]}, "recursive": true}]}')$$, 'SELECT graph(p, ''{}'', 32) FROM parts p WHERE id = 5');
SELECT md5(same($$find_all('Part', '{"attributes": ["id"], "where": {"id": {"lte": 9}}, "include": [{"association": "uses",
  "attributes": ["id"], "through": {"attributes": ["weight"]}, "recursive": true, "maxDepth": 6}]}')$$,
  'SELECT jsonb_agg(graph(p, ''{}'', 6) ORDER BY id) FROM parts p WHERE id <= 9')::text) IS NOT NULL AS same;

-- cycles: the row that closes one is shown without what is below it
INSERT INTO links VALUES (9, 1, 0), (3, 3, 0);
SELECT same($$find_by_pk('Part', 8, '{"attributes": ["id"], "include": [{"association": "uses", "attributes": ["id"],
  "through": {"attributes": ["weight"]}, "recursive": true, "maxDepth": 5}]}')$$, 'SELECT graph(p, ''{}'', 5) FROM parts p WHERE id = 8');
SELECT length(same($$find_all('Part', '{"attributes": ["id"], "where": {"id": {"lte": 9}}, "include": [{"association": "uses",
  "attributes": ["id"], "through": {"attributes": ["weight"]}, "recursive": true}]}')$$,
  'SELECT jsonb_agg(graph(p, ''{}'', 32) ORDER BY id) FROM parts p WHERE id <= 9')::text) > 1000 AS same;
-- a graph of keys that are stored with short headers, and the same of numbers
CREATE TABLE edges (from_id int REFERENCES parts, to_id int REFERENCES parts, PRIMARY KEY (from_id, to_id));
INSERT INTO edges VALUES (1, 1), (1, 3), (10, 9), (12, 11), (12, 5), (2, 6), (2, 4), (3, 12), (3, 9), (4, 9), (4, 12), (4, 6), (5, 2),
  (6, 1), (6, 7), (7, 4), (8, 3), (8, 5), (9, 7), (9, 2), (9, 1);
CREATE INDEX ON edges (to_id);
CREATE TABLE names (name text PRIMARY KEY);
INSERT INTO names SELECT 'k' || lpad(id::text, 2, '0') FROM parts;
CREATE TABLE name_edges (from_name text REFERENCES names, to_name text REFERENCES names, PRIMARY KEY (from_name, to_name));
INSERT INTO name_edges SELECT 'k' || lpad(from_id::text, 2, '0'), 'k' || lpad(to_id::text, 2, '0') FROM edges;
CREATE INDEX ON name_edges (to_name);
SELECT assoc.belongs_to_many('Part', 'Part', through => 'edges', alias => 'ends', inverse => 'starts', foreign_key => 'from_id',
  other_key => 'to_id', options => '{"accessors": false}') IS NOT NULL AND assoc.belongs_to_many('names', 'names',
  through => 'name_edges', alias => 'ends', inverse => 'starts', foreign_key => 'from_name', other_key => 'to_name',
  options => '{"accessors": false}') IS NOT NULL AS declared;
CREATE FUNCTION ends(model text, pk text, key text) RETURNS text LANGUAGE sql AS $$ SELECT regexp_replace(assoc.find_by_pk_json(model, pk,
  jsonb_build_object('attributes', jsonb_build_array(key), 'include', jsonb_build_array('{"association": "ends", "through":
    {"attributes": []}, "recursive": true, "maxDepth": 6}' || jsonb_build_object('attributes', jsonb_build_array(key)))))::text,
  '"name":"k0?(\d+)"', '"id":\1', 'g') $$;
SET pg_associations.probe = off;
SELECT count(*) FILTER (WHERE ends('names', 'k' || lpad(id::text, 2, '0'), 'name') = ends('Part', id::text, 'id'))
FROM generate_series(1, 12) id;
RESET pg_associations.probe;
SELECT count(*) FILTER (WHERE ends('names', 'k' || lpad(id::text, 2, '0'), 'name') = ends('Part', id::text, 'id'))
FROM generate_series(1, 12) id;
UPDATE parts SET parent_id = 40 WHERE id = 1;
SELECT same($$find_by_pk('Part', 40, '{"attributes": ["id"], "include": [{"association": "parent", "attributes": ["id"],
  "recursive": true}]}')$$, 'SELECT chain(p, ''{}'', 32) FROM parts p WHERE id = 40');
SELECT same($$find_by_pk('Part', 13, '{"attributes": ["id"], "include": [{"association": "children", "attributes": ["id"],
  "recursive": true, "maxDepth": 3}]}')$$, 'SELECT tree(p, ''{}'', 3) FROM parts p WHERE id = 13');
SELECT length(same($$find_all('Part', '{"attributes": ["id"], "include": [{"association": "children", "attributes": ["id"],
  "recursive": true}]}')$$, 'SELECT jsonb_agg(tree(p, ''{}'', 32) ORDER BY id) FROM parts p')::text) > 1000 AS same;
SELECT same($$find_by_pk('Part', 1, '{"attributes": ["id"], "include": [{"association": "children", "attributes": ["id"], "recursive": true,
  "where": {"id": [4, 13, 40, 1]}}]}')$$,
  $$SELECT '{"id": 1, "children": [{"id": 4, "children": [{"id": 13, "children": [{"id": 40, "children": [{"id": 1}]}]}]}]}'::jsonb$$);
UPDATE parts SET parent_id = NULL WHERE id = 1;

-- where, order, limit and pages hold at every level; what else is included comes with every row
SELECT same($$find_by_pk('Part', 1, '{"attributes": [], "include": [{"association": "children", "attributes": ["id"], "recursive": true,
  "maxDepth": 2, "where": {"kind": "odd"}}]}')$$,
  $$SELECT jsonb_build_object('children', (SELECT jsonb_agg(jsonb_build_object('id', a.id, 'children',
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', b.id) ORDER BY b.id), '[]') FROM parts b WHERE b.parent_id = a.id AND kind = 'odd'))
    ORDER BY a.id) FROM parts a WHERE parent_id = 1 AND kind = 'odd'))$$);
SELECT same($$find_by_pk('Part', 1, '{"attributes": [], "include": [{"association": "children", "as": "parts", "attributes": ["id"],
  "recursive": true, "maxDepth": 2, "order": [["id", "DESC"]], "limit": 1}]}')$$,
  $$SELECT '{"parts": [{"id": 5, "parts": [{"id": 17}]}]}'::jsonb$$);
SELECT same($$find_by_pk('Part', 1, '{"attributes": [], "include": [{"association": "children", "attributes": ["id"], "recursive": true,
  "maxDepth": 2, "limit": 2, "page": true}]}')$$,
  $$SELECT '{"children": {"next": [4], "rows": [{"id": 3, "children": {"next": [10], "rows": [{"id": 9}, {"id": 10}]}}, {"id": 4,
    "children": {"next": [13], "rows": [{"id": 12}, {"id": 13}]}}]}}'::jsonb$$);
SELECT same($$find_by_pk('Part', 6, '{"attributes": ["id"], "include": [{"association": "children", "attributes": ["id"], "recursive": true,
  "include": [{"association": "makers", "attributes": ["name"]}]}, {"association": "makers", "attributes": ["id"]}]}')$$,
  $$SELECT jsonb_build_object('id', 6, 'makers', (SELECT jsonb_agg(jsonb_build_object('id', id) ORDER BY id) FROM makers
    WHERE part_id = 6), 'children', (SELECT jsonb_agg(jsonb_build_object('id', a.id, 'makers',
    (SELECT coalesce(jsonb_agg(jsonb_build_object('name', name) ORDER BY id), '[]') FROM makers WHERE part_id = a.id), 'children',
     (SELECT coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'children', '[]'::jsonb, 'makers',
       (SELECT coalesce(jsonb_agg(jsonb_build_object('name', name) ORDER BY id), '[]') FROM makers WHERE part_id = b.id))
       ORDER BY b.id), '[]') FROM parts b WHERE b.parent_id = a.id)) ORDER BY a.id) FROM parts a WHERE parent_id = 6))$$);
-- two trees of one row, a tree in an include, and a tree in a tree
SELECT same($$find_by_pk('Part', 19, '{"attributes": ["id"], "include": [{"association": "children", "attributes": ["id"],
  "recursive": true}, {"association": "parent", "attributes": ["id"], "recursive": true}]}')$$,
  'SELECT tree(p, ''{}'', 32) || chain(p, ''{}'', 32) FROM parts p WHERE id = 19');
SELECT same($$find_all('Maker', '{"attributes": ["id"], "where": {"id": [5, 65]}, "include": [{"association": "part", "attributes": ["id"],
  "include": [{"association": "parent", "attributes": ["id"], "recursive": true}]}]}')$$,
  'SELECT jsonb_agg(jsonb_build_object(''id'', m.id, ''part'', chain(p, ''{}'', 32)) ORDER BY m.id)
    FROM makers m JOIN parts p ON p.id = part_id WHERE m.id IN (5, 65)');
SELECT same($$find_by_pk('Part', 6, '{"attributes": ["id"], "include": [{"association": "children", "attributes": ["id"], "recursive": true,
  "maxDepth": 1, "include": [{"association": "parent", "attributes": ["id"], "recursive": true}]}]}')$$,
  $$SELECT jsonb_build_object('id', 6, 'children', (SELECT jsonb_agg(chain(p, '{}', 32) ORDER BY id) FROM parts p WHERE parent_id = 6))$$);
-- one statement a level, not one a row; json leaves the key out alike
SET pg_associations.probe = off;
SELECT regexp_replace(line, ' time=.*', '') AS line FROM assoc.explain('Part',
  '{"where": {"id": [1, 2]}, "include": [{"association": "children", "recursive": true, "limit": 2}]}', true) line
  WHERE line ~ 'Run:|many of';
RESET pg_associations.probe;
SELECT assoc.find_by_pk_json('Part', 18, '{"attributes": ["name"], "include": [{"association": "children", "recursive": true,
  "maxDepth": 1}]}');
PREPARE tree AS SELECT assoc.find_by_pk($1, $2, $3);
EXECUTE tree('Part', '18', '{"attributes": [], "include": [{"association": "children", "attributes": ["id"], "recursive": true}]}');
SELECT assoc.find_by_pk('Part', 404, '{"include": [{"association": "children", "recursive": true}]}');
-- a table too large to be probed, and one batch of roots after another
INSERT INTO parts SELECT i, 'part ' || i, i / 3, 'big' FROM generate_series(61, 4000) i;
ANALYZE parts;
SELECT md5(same($$find_by_pk('Part', 1, '{"attributes": ["id"], "include": [{"association": "children", "attributes": ["id"],
  "recursive": true}]}')$$, 'SELECT tree(p, ''{}'', 32) FROM parts p WHERE id = 1')::text) IS NOT NULL AS same;
SELECT bool_and(row = tree(p, '{}', 32)) AS same, count(*) FROM (SELECT assoc.find('Part',
  '{"attributes": ["id"], "include": [{"association": "children", "attributes": ["id"], "recursive": true}]}') AS row) t
  JOIN parts p ON p.id = (row -> 'id')::int;

-- how far a tree may grow
SET pg_associations.max_tree_rows = 20;
SELECT assoc.find_by_pk('Part', 1, '{"include": [{"association": "children", "recursive": true}]}');
SELECT jsonb_array_length(assoc.find_by_pk('Part', 1, '{"include": [{"association": "children", "recursive": true, "maxDepth": 2}]}') ->
  'children');
SELECT count(*) FROM (SELECT assoc.find('Part', '{"where": {"id": {"between": [800, 820]}}, "include": [{"association": "children",
  "recursive": true}]}')) t;
SET pg_associations.max_tree_rows = 100;
-- more paths than rows
SELECT assoc.find_by_pk('Part', 1, '{"include": [{"association": "uses", "recursive": true}]}');
RESET pg_associations.max_tree_rows;
SET pg_associations.max_depth = 2;
SELECT same($$find_by_pk('Part', 1, '{"attributes": ["id"], "include": [{"association": "children", "as": "children", "attributes": ["id"],
  "recursive": true}]}')$$, 'SELECT tree(p, ''{}'', 2) FROM parts p WHERE id = 1') IS NOT NULL AS same;
RESET pg_associations.max_depth;

-- wrong uses
SELECT assoc.find_by_pk('Part', 1, '{"include": [{"association": "makers", "recursive": true}]}');
SELECT assoc.find_by_pk('Part', 1, '{"include": [{"association": "children", "maxDepth": 2}]}');
SELECT assoc.find_by_pk('Part', 1, '{"include": [{"association": "children", "recursive": true, "maxDepth": 0}]}');
-- 1.0 is whole
SELECT assoc.find_by_pk('Part', 1, '{"include": [{"association": "children", "recursive": true, "maxDepth": 1.0}]}')
  = assoc.find_by_pk('Part', 1, '{"include": [{"association": "children", "recursive": true, "maxDepth": 1}]}');
SELECT assoc.find_by_pk('Part', 1, '{"include": [{"association": "children", "recursive": true, "maxDepth": 1000}]}');
SELECT assoc.find_by_pk('Part', 1, '{"include": [{"association": "children", "recursive": true, "maxDepth": 99999999999}]}');
SELECT assoc.find_by_pk('Part', 1, '{"include": [{"association": "children", "recursive": true, "maxDepth": "2"}]}');
SELECT assoc.find_by_pk('Part', 1, '{"include": [{"association": "children", "recursive": "yes"}]}');
SELECT assoc.find_by_pk('Part', 1, '{"include": [{"association": "children", "recursive": true, "after": [3]}]}');
SELECT assoc.find_by_pk('Part', 1, '{"include": [{"association": "children", "recursive": true, "attributes": [["name", "children"]]}]}');
SELECT assoc.sql('Part', '{"include": [{"association": "children", "recursive": true}]}');
DROP SCHEMA recursive CASCADE;
