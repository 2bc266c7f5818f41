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

SET client_min_messages = warning;
DROP SCHEMA deparse_citext CASCADE;
