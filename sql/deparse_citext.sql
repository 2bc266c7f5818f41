-- A citext that points at a text finds the key as it is written, from both sides: so does its foreign key.
SELECT count(*) = 0 AS none FROM pg_available_extensions WHERE name = 'citext' \gset
\if :none
\quit
\endif
CREATE SCHEMA deparse_citext;
SET search_path = deparse_citext;
CREATE EXTENSION citext SCHEMA deparse_citext;
CREATE TABLE p (k text PRIMARY KEY, n text);
CREATE TABLE c (id int PRIMARY KEY, r citext REFERENCES p);
CREATE INDEX ON c (r);
INSERT INTO p VALUES ('A', 'upper'), ('a', 'lower');
INSERT INTO c VALUES (1, 'a'), (2, 'A'), (3, 'a');
SELECT 1 FROM assoc.belongs_to('c', 'p', foreign_key => 'r', alias => 'y', inverse => 'x');
SELECT assoc.find('c', '{"include": ["y"]}');
SELECT assoc.find('p', '{"include": ["x"]}');
SELECT assoc.find_by_pk('c', 1, '{"include": ["y"]}'), assoc.get('c', 2, 'y'), assoc.get('p', 'a', 'x');
SELECT assoc.find('c', '{"attributes": ["id"], "order": [["y", "n", "DESC"]]}');
SELECT assoc.find('c', '{"attributes": ["id"], "where": {"$y.n$": "upper"}}');
SELECT assoc.find('p', '{"attributes": ["k", {"count": "x", "as": "xs"}], "where": {"x": {"count": {"gte": 2}}}}');
SELECT assoc.has('p', 'a', 'x', '1'), assoc.has('p', 'A', 'x', '1'), assoc.has('c', 2, 'y', '"a"');
-- its own min and max, of rows, groups and associated rows; name and cidr pass for text and inet
ALTER TABLE c ADD COLUMN w citext, ADD COLUMN m name, ADD COLUMN net cidr;
UPDATE c SET w = (ARRAY['b', 'C', 'a'])[id], m = 'n' || id, net = ('10.0.' || id || '.0/24')::cidr;
SELECT assoc.min('c', 'w'), assoc.max('c', 'w'), assoc.max('c', 'm'), assoc.max('c', 'net'),
  assoc.aggregate('c', '{"attributes": ["r", {"max": "w", "as": "w"}], "group": ["r"], "having": {"w": "c"}}');
SELECT assoc.find_all('p', '{"attributes": ["n", {"max": ["x", "w"], "as": "w"}], "order": [{"by": {"max": ["x", "w"]}}],
  "where": {"x": {"min": {"of": "w", "gt": "A"}}}}');
SELECT assoc.sum('c', 'w');
ALTER TABLE c DROP COLUMN w, DROP COLUMN m, DROP COLUMN net;
SELECT assoc.remove('p', 'A', 'x', '[1, 2, 3]');
SELECT assoc.add('p', 'A', 'x', '[3]'), assoc.set('p', 'a', 'x', '[3]');
TABLE c;

-- a citext key takes a citext in whatever letters
CREATE TABLE word (w citext PRIMARY KEY);
CREATE TABLE used (id int PRIMARY KEY, w citext REFERENCES word);
CREATE INDEX ON used (w);
INSERT INTO word VALUES ('One'), ('two');
INSERT INTO used VALUES (1, 'ONE'), (2, 'one'), (3, 'TWO');
SELECT 1 FROM assoc.belongs_to('used', 'word', foreign_key => 'w', alias => 'is', inverse => 'uses');
SELECT assoc.find('used', '{"include": ["is"]}');
SELECT assoc.find('word', '{"include": ["uses"]}');
SELECT assoc.find_by_pk('word', 'TWO', '{"include": ["uses"]}'), assoc.get('word', 'onE', 'uses');
CREATE TABLE plain (id int PRIMARY KEY, w text);
SELECT assoc.belongs_to('plain', 'word', foreign_key => 'w', alias => 'is');

-- and a link keeps the letters of the row that it points at
CREATE TABLE uses (used_id int REFERENCES used, w citext REFERENCES word, PRIMARY KEY (used_id, w));
CREATE INDEX ON uses (w);
SELECT 1 FROM assoc.belongs_to_many('used', 'word', through => 'uses', foreign_key => 'used_id', other_key => 'w', alias => 'words');
SELECT assoc.add('used', 1, 'words', '["ONE", "TWO"]') -> 'added', assoc.set('used', 3, 'is', '"oNE"') -> 'added',
  assoc.create('used', '{"id": 4, "is": {"connect": "tWO"}, "words": {"connect": ["TwO"]}}');
SELECT * FROM uses ORDER BY 1, 2;

-- patterns over a citext do not look at the case either: its type has a LIKE of its own
CREATE TABLE phrase (id int PRIMARY KEY, c citext, t text, part text);
INSERT INTO phrase VALUES (1, 'Citext', 'Citext', 'CIT'), (2, 'plain_text', 'plain_text', 'N_T'), (3, '100%', '100%', '0%'),
  (4, 'a\b', 'a\b', 'A\'), (5, NULL, NULL, 'x');
SELECT assoc.adopt('phrase') ->> 'model';
SELECT w, (SELECT string_agg(d ->> 'id', ' ') FROM assoc.find('phrase', jsonb_build_object('where', jsonb_build_object('c', w))) d)
    AS citext,
  (SELECT string_agg(d ->> 'id', ' ') FROM assoc.find('phrase', jsonb_build_object('where', jsonb_build_object('t', w))) d) AS text
FROM unnest(ARRAY['{"startsWith": "CIT"}', '{"endsWith": "TEXT"}', '{"substring": "N_T"}', '{"substring": "0%"}', '{"startsWith": "A\\"}',
  '{"like": "cit%"}', '{"notLike": "CIT%"}',
  '{"iLike": "CIT%"}', '{"regexp": "^CIT"}', '{"notRegexp": "^CIT"}', '{"iRegexp": "^CIT"}', '{"like": {"any": ["CIT%", "PLAIN%"]}}',
  '{"startsWith": {"col": "part"}}', '{"substring": {"col": "part"}}', '{"endsWith": {"col": "part"}}', '{"eq": "CITEXT"}',
  '{"in": ["CITEXT"]}']::jsonb[]) w;
-- as PostgreSQL 18 and older take strings
DO $$ BEGIN
  SET standard_conforming_strings = off;
  SET escape_string_warning = off;
EXCEPTION WHEN feature_not_supported OR undefined_object OR invalid_parameter_value THEN
END $$;
SELECT string_agg(d ->> 'id', ' ') FROM assoc.find('phrase', '{"where": {"c": {"substring": {"col": "part"}}}}') d;
RESET standard_conforming_strings;
SELECT assoc.find_all('phrase', '{"attributes": ["id"], "where": {"c": {"startsWith": {"param": "p"}}}}', '{"p": "PLAIN_"}');

SET client_min_messages = warning;
DROP SCHEMA deparse_citext CASCADE;
