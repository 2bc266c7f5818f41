-- The first rows of each parent in an order that an index gives: read from there, and only these.
CREATE SCHEMA index_order;
SET search_path = index_order;
\pset format unaligned
SET client_min_messages = warning;
SET pg_associations.probe = on;
CREATE TABLE posts (id int PRIMARY KEY, title text);
CREATE TABLE notes (id bigint PRIMARY KEY, post_id int REFERENCES posts, at date, score int NOT NULL, word text, tag text COLLATE "C",
  gone timestamptz);
CREATE TABLE parts (tenant int, post_id int REFERENCES posts, no int, label text, PRIMARY KEY (tenant, no));
CREATE INDEX notes_at ON notes (post_id, at DESC, id);
CREATE INDEX notes_score ON notes (post_id, score, id DESC);
CREATE INDEX notes_word ON notes (post_id, word NULLS FIRST, at, id);
CREATE INDEX notes_tag ON notes (post_id, tag text_pattern_ops, id);
CREATE INDEX notes_other ON notes (post_id, word COLLATE "POSIX" DESC, id);
CREATE INDEX parts_no ON parts (post_id, tenant, no);
INSERT INTO posts SELECT g, 'p' || g FROM generate_series(1, 100) g;
INSERT INTO notes SELECT g, nullif(g % 97, 0), CASE WHEN g % 5 > 0 THEN date '2026-01-01' + (g * 7 % 20)::int END, g * 13 % 7,
  CASE WHEN g % 3 > 0 THEN 'w' || g % 4 END, 't' || g % 6,
  CASE WHEN g % 11 = 0 THEN '2026-02-02'::timestamptz END FROM generate_series(1, 1200) g;
INSERT INTO parts SELECT g % 3, 1 + g % 50, g, 'l' || g FROM generate_series(1, 300) g;
ANALYZE;
\o /dev/null
SELECT assoc.adopt('posts', 'Post'), assoc.adopt('notes', 'Note', '{"paranoid": true, "deletedAt": "gone"}'), assoc.adopt('parts', 'Part');
\o
SELECT assoc.has_many('Post', 'Note', alias => 'notes', foreign_key => 'post_id', inverse => 'post',
  options => '{"accessors": false}') ->> 'alias' AS alias;
SELECT assoc.has_many('Post', 'Part', alias => 'parts', foreign_key => 'post_id', inverse => 'post',
  options => '{"accessors": false}') ->> 'alias' AS alias;

-- notes of every post by key and of all posts at once, beside SQL; and what an order and a limit are read from
CREATE FUNCTION beside_sql(options text, sql text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  include jsonb := options::jsonb || '{"association": "notes", "attributes": ["id"]}';
  wrong int;
  whole bool;
BEGIN
  EXECUTE format('SELECT count(*) FROM (SELECT id FROM posts UNION ALL SELECT -1) p,
    LATERAL (SELECT coalesce(jsonb_agg(jsonb_build_object(''id'', n.id)), ''[]'') AS wanted FROM (SELECT id FROM notes
    WHERE post_id = p.id AND %s) n) w
    WHERE wanted <> coalesce(assoc.find_by_pk(''Post'', p.id, jsonb_build_object(''include'', jsonb_build_array($1::jsonb))) -> ''notes'',
      ''[]'')', sql) INTO wrong USING include;
  EXECUTE format('SELECT assoc.find_all(''Post'', jsonb_build_object(''attributes'', ''["id"]''::jsonb, ''include'',
    jsonb_build_array($1::jsonb))) = jsonb_agg(jsonb_build_object(''id'', p.id, ''notes'', wanted) ORDER BY p.id)
    FROM posts p, LATERAL (SELECT coalesce(jsonb_agg(jsonb_build_object(''id'', n.id)), ''[]'') AS wanted FROM
      (SELECT id FROM notes WHERE post_id = p.id AND %s) n) w', sql) INTO whole USING include;
  RETURN CASE WHEN wrong > 0 THEN wrong || ' wrong, ' ELSE '' END || CASE WHEN whole THEN '' ELSE 'all wrong, ' END ||
    (SELECT string_agg(regexp_replace(l, '.*(Source|Index|Probe): *', ''), '; ') FROM (SELECT l, row_number() OVER () AS no
      FROM assoc.explain('Post', jsonb_build_object('include', jsonb_build_array(include)), pk => '3') l) x WHERE no > 3
      AND l ~ 'Source|Index|Probe');
END $$;
SELECT beside_sql(o, s) AS source, o AS options FROM (VALUES
  ('{"limit": 3}', 'gone IS NULL ORDER BY id LIMIT 3'),
  ('{"order": [["at", "DESC"]]}', 'gone IS NULL ORDER BY at DESC, id'),
  ('{"order": [["at", "DESC"]], "limit": 3}', 'gone IS NULL ORDER BY at DESC, id LIMIT 3'),
  ('{"order": [["at", "DESC"]], "limit": 3, "offset": 2}', 'gone IS NULL ORDER BY at DESC, id LIMIT 3 OFFSET 2'),
  ('{"order": [["at", "DESC"]], "offset": 4}', 'gone IS NULL ORDER BY at DESC, id OFFSET 4'),
  ('{"order": [["at", "DESC"]], "limit": 0}', 'false'),
  ('{"order": [["at", "DESC"]], "limit": 999999999999999999, "offset": 1}', 'gone IS NULL ORDER BY at DESC, id OFFSET 1'),
  ('{"order": [["at", "DESC"]], "offset": 999999999999999999}', 'false'),
  ('{"order": [["at", "DESC"]], "limit": 3, "paranoid": false}', 'true ORDER BY at DESC, id LIMIT 3'),
  ('{"order": ["at", ["id", "DESC"]], "limit": 3}', 'gone IS NULL ORDER BY at, id DESC LIMIT 3'),
  ('{"order": [["at", "ASC NULLS LAST"], ["id", "DESC"]], "limit": 3}', 'gone IS NULL ORDER BY at NULLS LAST, id DESC LIMIT 3'),
  ('{"order": ["at"], "limit": 3}', 'gone IS NULL ORDER BY at, id LIMIT 3'),
  ('{"order": [["at", "DESC NULLS LAST"]], "limit": 3}', 'gone IS NULL ORDER BY at DESC NULLS LAST, id LIMIT 3'),
  ('{"order": ["score", ["id", "DESC"]], "limit": 4}', 'gone IS NULL ORDER BY score, id DESC LIMIT 4'),
  ('{"order": [["score", "DESC"]], "limit": 4}', 'gone IS NULL ORDER BY score DESC, id LIMIT 4'),
  ('{"order": [["score", "DESC NULLS LAST"]], "limit": 4}', 'gone IS NULL ORDER BY score DESC NULLS LAST, id LIMIT 4'),
  ('{"order": ["score"], "limit": 4}', 'gone IS NULL ORDER BY score, id LIMIT 4'),
  ('{"order": [["word", "ASC NULLS FIRST"], "at"], "limit": 5}', 'gone IS NULL ORDER BY word NULLS FIRST, at, id LIMIT 5'),
  ('{"order": [["word", "DESC NULLS LAST"], ["at", "DESC"], ["id", "DESC"]], "limit": 5}',
    'gone IS NULL ORDER BY word DESC NULLS LAST, at DESC, id DESC LIMIT 5'),
  ('{"order": ["word", "at"], "limit": 5}', 'gone IS NULL ORDER BY word, at, id LIMIT 5'),
  ('{"order": [["word", "DESC"]], "limit": 5}', 'gone IS NULL ORDER BY word DESC, id LIMIT 5'),
  ('{"order": ["tag"], "limit": 5}', 'gone IS NULL ORDER BY tag, id LIMIT 5'),
  ('{"order": ["post_id", ["at", "DESC"]], "limit": 2}', 'gone IS NULL ORDER BY at DESC, id LIMIT 2'),
  ('{"order": [["at", "DESC"]], "limit": 2, "required": false, "where": {"score": {"gt": 2}}}',
    'gone IS NULL AND score > 2 ORDER BY at DESC, id LIMIT 2')) v (o, s);
-- a key of several columns, of which the order asks for some
SELECT count(*) FROM posts p WHERE assoc.get('Post', p.id, 'parts', '{"attributes": ["no"], "order": ["tenant"], "limit": 3}') <>
  (SELECT coalesce(jsonb_agg(jsonb_build_object('no', no) ORDER BY tenant, no), '[]') FROM (SELECT * FROM parts WHERE post_id = p.id
    ORDER BY tenant, no LIMIT 3) x);
-- values given by name
SELECT assoc.find_by_pk('Post', 3, '{"attributes": ["id"], "include": [{"association": "notes", "attributes": ["id"], "order": [["at",
  "DESC"]], "limit": {"param": "l"}, "offset": {"param": "o"}}]}', p) FROM unnest(ARRAY['{"l": 2, "o": 1}', '{"l": null, "o": 9}',
  '{"l": 1, "o": null}', '{"l": -1, "o": 0}']::jsonb[]) WITH ORDINALITY u (p, n) WHERE n < 4;
SELECT assoc.find_by_pk('Post', 3, '{"include": [{"association": "notes", "order": [["at", "DESC"]], "limit": {"param": "l"}}]}',
  '{"l": -1}');
-- no count of all: few rows are read however many there are, which stand in some hundreds of pages; catalogs that an autovacuum
-- made stale are read anew, and counted as well
INSERT INTO notes SELECT g, 3, '2030-01-01', 1, 'many' FROM generate_series(10001, 60000) g;
SELECT (regexp_match(l, 'Buffers: *(\D*)(\d+)'))[2]::int < 200 AS few FROM assoc.explain('Post',
  '{"include": [{"association": "notes", "order": [["at", "DESC"]], "limit": 3}]}', pk => '3', run => true) l WHERE l LIKE '%Buffers%';
-- by a reference whose key takes more for equal than the order does: the index knows less than the order
CREATE COLLATION insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE words (word text COLLATE insensitive PRIMARY KEY);
CREATE TABLE uses (id int PRIMARY KEY, word text COLLATE "C", at int);
CREATE INDEX uses_word ON uses (word COLLATE insensitive, at, id);
INSERT INTO words VALUES ('a');
INSERT INTO uses VALUES (1, 'a', 1), (2, 'A', 2), (3, 'a', 3), (4, 'A', 0);
\o /dev/null
SELECT assoc.adopt('words', 'Word'), assoc.adopt('uses', 'Use'), assoc.has_many('Word', 'Use', alias => 'uses', foreign_key => 'word',
  options => '{"accessors": false, "constraints": false}');
\o
SELECT o AS options, assoc.get('Word', 'a', 'uses', o::jsonb || '{"attributes": ["id"], "limit": 3}')
  FROM unnest(ARRAY['{"order": ["at"]}', '{"order": ["word", "at"]}', '{"order": [["word", "DESC"], "at"]}']) o;
-- NOT NULL says nothing about rows from before, where it is not validated (18; elsewhere there is none here)
CREATE TABLE logs (id int PRIMARY KEY, post_id int, at int);
CREATE INDEX logs_at ON logs (post_id, at NULLS FIRST, id);
INSERT INTO logs VALUES (1, 1, 5), (2, 1, NULL), (3, 1, 4);
DO $$ BEGIN IF current_setting('server_version_num')::int >= 180000 THEN EXECUTE
  'ALTER TABLE logs ADD CONSTRAINT logs_at_known NOT NULL at NOT VALID'; END IF; END $$;
\o /dev/null
SELECT assoc.adopt('logs', 'Log'), assoc.has_many('Post', 'Log', alias => 'logs', foreign_key => 'post_id',
  options => '{"accessors": false, "constraints": false}');
\o
SELECT assoc.get('Post', 1, 'logs', '{"attributes": ["id"], "order": ["at"], "limit": 3}'),
  assoc.find_page('Log', '{"attributes": ["id"], "order": ["at"], "limit": 2}') -> 'rows' AS page,
  assoc.find_page('Log', '{"attributes": ["id"], "order": ["at"], "limit": 2, "after": [5, 1]}') AS next;
-- who may not read what the rows are ordered by
CREATE ROLE regress_index_order;
GRANT USAGE ON SCHEMA index_order TO regress_index_order;
GRANT SELECT ON posts TO regress_index_order;
GRANT SELECT (id, post_id, gone) ON notes TO regress_index_order;
SET ROLE regress_index_order;
SELECT jsonb_array_length(assoc.get('Post', 4, 'notes', '{"attributes": ["id"], "limit": 2}'));
SELECT assoc.get('Post', 4, 'notes', '{"attributes": ["id"], "order": [["at", "DESC"]], "limit": 2}');
RESET ROLE;
\o /dev/null
SELECT assoc.forget('Part'), assoc.forget('Note'), assoc.forget('Post');
\o
DROP SCHEMA index_order CASCADE;
DROP ROLE regress_index_order;
