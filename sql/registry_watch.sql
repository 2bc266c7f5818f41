-- What sessions have compiled is lost when it has changed, not when something was said: ANALYZE, VACUUM, a schema,
-- a role's membership, an INSERT of nothing tell everybody, and change nothing that a load was compiled from.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_associations;
CREATE ROLE regress_assoc_watcher;
CREATE ROLE regress_assoc_other;
CREATE SCHEMA watch;
CREATE SCHEMA other AUTHORIZATION regress_assoc_other;
CREATE SCHEMA operators;
SET search_path = watch;
\getenv build PG_LIBDIR
\set module :build '/pg_associations_test'
CREATE FUNCTION model(name text) RETURNS text LANGUAGE C AS :'module', 'registry_test_model';
CREATE FUNCTION module_generation() RETURNS bigint LANGUAGE C AS :'module', 'registry_test_generation';
-- the module watches what it has compiled itself
CREATE FUNCTION generation() RETURNS bigint LANGUAGE sql AS $$
  SELECT count(model(name)) FROM unnest(ARRAY['Author', 'Book', 'Tag', 'Note']) name; SELECT module_generation() $$;
CREATE FUNCTION kept() RETURNS text LANGUAGE sql AS $$
  SELECT count(*) || ' loads' FROM pg_backend_memory_contexts WHERE name = 'pg_associations load plan' $$;
CREATE DOMAIN title AS text;
CREATE TABLE authors (id bigint PRIMARY KEY, name text);
CREATE TABLE books (id bigint PRIMARY KEY, author_id bigint REFERENCES authors, title title);
CREATE INDEX ON books (author_id);
CREATE TABLE tags (id bigint PRIMARY KEY, name text);
CREATE TABLE notes (id bigint PRIMARY KEY, owner text);
INSERT INTO authors VALUES (1, 'ann');
INSERT INTO books VALUES (1, 1, 'one');
INSERT INTO tags VALUES (1, 'new');
INSERT INTO notes VALUES (1, 'regress_assoc_watcher'), (2, 'regress_assoc_other');
SELECT assoc.adopt('authors', 'Author') ->> 'model' AS model, assoc.adopt('books', 'Book') ->> 'model' AS model,
  assoc.adopt('tags', 'Tag') ->> 'model' AS model, assoc.adopt('notes', 'Note') ->> 'model' AS model;
SELECT assoc.has_many('Author', 'Book', options => '{"accessors": false}') ->> 'alias' AS alias;
CREATE FUNCTION loads() RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_array(assoc.find_by_pk('Author', 1, '{"include": ["books"]}'), assoc.find_by_pk('Book', 1),
    assoc.find_all('Tag', '{"where": {"name": "new"}}'), assoc.count('Tag', NULL)) $$;
\set before 'SELECT generation() AS generation, kept() AS kept \\gset'
\set same 'SELECT assoc.count(''Tag'', NULL) AS loaded, generation() = :generation AS same, kept() = :''kept'' AS kept;'
SELECT loads();
SELECT loads(), kept();
-- the module looks at each once before it can tell what has changed
SELECT generation() > 0 AS compiled \gset
ANALYZE authors, books, tags, notes;

-- nothing has changed
:before
ANALYZE authors;
:same
VACUUM (ANALYZE) authors, books, tags;
:same
CREATE SCHEMA something;
:same
DROP SCHEMA something;
:same
GRANT USAGE ON SCHEMA watch TO regress_assoc_watcher, regress_assoc_other;
:same
GRANT regress_assoc_watcher TO regress_assoc_other;
:same
ALTER ROLE regress_assoc_other NOINHERIT;
ALTER ROLE regress_assoc_other INHERIT;
:same
SET ROLE regress_assoc_other;
INSERT INTO assoc.models SELECT * FROM assoc.models WHERE false;
RESET ROLE;
:same
CREATE TABLE scratch (id bigint PRIMARY KEY);
DROP TABLE scratch;
:same
SET ROLE regress_assoc_other;
CREATE TABLE other.things (id bigint PRIMARY KEY, name text);
SELECT assoc.adopt('other.things', 'Thing') ->> 'model' AS model;
RESET ROLE;
:before
SET ROLE regress_assoc_other;
CREATE TYPE other.this AS ENUM ('a');
CREATE TYPE other.that AS ENUM ('a');
CREATE OPERATOR other.=== (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4eq);
RESET ROLE;
:same

-- what no event has come about yet has not been looked at either: the first is a change, the next are looked at
\c -
SET search_path = watch;
SET client_min_messages = warning;
SELECT loads() IS NOT NULL AS loaded \gset
:before
INSERT INTO authors SELECT 1000 + i FROM generate_series(1, 1000) i;
ANALYZE authors;
:same
SELECT loads() IS NOT NULL AS loaded \gset
:before
DELETE FROM authors WHERE id > 1000;
ANALYZE authors;
:same
CREATE CAST (other.this AS other.that) WITH INOUT AS ASSIGNMENT;
:same
SELECT loads() IS NOT NULL AS loaded \gset
:before
DROP CAST (other.this AS other.that);
:same

-- a transaction that takes its change back
BEGIN;
ALTER TABLE tags ADD size integer;
SELECT loads() #> '{2,0}' AS tag;
ROLLBACK;
SELECT loads() #> '{2,0}' AS tag;

-- one table has changed: what was compiled from others stays
SELECT loads() IS NOT NULL AS loaded \gset
:before
ALTER TABLE authors ADD born integer;
SELECT assoc.count('Tag', NULL) AS loaded, generation() > :generation AS changed, kept() AS kept;
SELECT loads() -> 0 AS author, kept();
:before
CREATE INDEX ON tags (name);
SELECT assoc.find_by_pk('Book', 1) -> 'id' AS loaded, generation() > :generation AS changed, kept() AS kept;
SELECT loads() -> 2 AS tags, kept();
:before
REVOKE ALL ON books FROM PUBLIC;
GRANT SELECT ON books TO regress_assoc_watcher;
SELECT assoc.count('Tag', NULL) AS loaded, generation() > :generation AS changed, kept() AS kept;
SELECT loads() -> 1 AS book, kept();
-- a row of the registry
:before
SELECT assoc.adopt('tags', 'Tag', '{"scopes": {"all": {}}}', replace => true) -> 'changed' AS changed;
SELECT assoc.find_by_pk('Book', 1) -> 'id' AS loaded, generation() > :generation AS changed, kept() AS kept;
SELECT loads() -> 2 AS tags, kept();
-- what others are named by, and nobody could say of whom: everything
:before
ALTER DOMAIN title ADD CHECK (VALUE <> '');
SELECT assoc.count('Tag', NULL) AS loaded, generation() > :generation AS changed, kept() AS kept;
SELECT loads() -> 1 AS book, kept();
DISCARD PLANS;
SELECT assoc.count('Tag', NULL) AS loaded, kept() AS kept;
SELECT loads() IS NOT NULL AS loaded, kept();

-- memberships count where policies do
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY members ON notes TO regress_assoc_watcher USING (owner = 'regress_assoc_watcher');
GRANT SELECT ON notes, tags TO regress_assoc_other;
REVOKE regress_assoc_watcher FROM regress_assoc_other;
SET ROLE regress_assoc_other;
SELECT assoc.find_all('watch.Note') AS notes, assoc.find_by_pk('watch.Note', 1) AS note;
SELECT assoc.find_all('watch.Note') AS notes, assoc.find_by_pk('watch.Note', 1) AS note, assoc.count('watch.Tag', NULL) AS tags;
RESET ROLE;
:before
GRANT regress_assoc_watcher TO regress_assoc_other;
SET ROLE regress_assoc_other;
SELECT assoc.count('watch.Tag', NULL) AS tags;
RESET ROLE;
SELECT generation() = :generation AS same, kept() = :'kept' AS kept;
SET ROLE regress_assoc_other;
SELECT assoc.find_all('watch.Note') AS notes, assoc.find_by_pk('watch.Note', 1) AS note;
RESET ROLE;
REVOKE regress_assoc_watcher FROM regress_assoc_other;
SET ROLE regress_assoc_other;
SELECT assoc.find_all('watch.Note') AS notes, assoc.find_by_pk('watch.Note', 1) AS note;
RESET ROLE;
ALTER ROLE regress_assoc_other BYPASSRLS;
SET ROLE regress_assoc_other;
SELECT assoc.find_all('watch.Note') AS notes, assoc.find_by_pk('watch.Note', 1) ->> 'owner' AS note;
RESET ROLE;
ALTER ROLE regress_assoc_other NOBYPASSRLS;
SET ROLE regress_assoc_other;
SELECT assoc.find_all('watch.Note') AS notes, assoc.find_by_pk('watch.Note', 1) AS note;
RESET ROLE;

-- writes: statements are kept, and mean what they say now
GRANT INSERT, UPDATE, SELECT ON notes TO regress_assoc_other;
CREATE POLICY writers ON notes FOR INSERT TO regress_assoc_watcher WITH CHECK (true);
SET ROLE regress_assoc_other;
SELECT assoc.create('watch.Note', '{"id": 3, "owner": "x"}');
RESET ROLE;
GRANT regress_assoc_watcher TO regress_assoc_other;
SET ROLE regress_assoc_other;
SELECT assoc.bulk_create('watch.Note', '[{"id": 3, "owner": "regress_assoc_watcher"}]') AS created;
RESET ROLE;
ALTER TABLE authors RENAME name TO called;
ALTER TABLE authors RENAME born TO name;
SELECT assoc.create('Author', '{"id": 2, "called": "bob", "name": 7}') AS created;
ALTER TABLE authors RENAME name TO born;
ALTER TABLE authors RENAME called TO name;
SELECT assoc.create('Author', '{"id": 3, "name": "cy", "born": 7}') AS created;

-- an operator whose schema is called otherwise now
CREATE EXTENSION citext SCHEMA operators;
CREATE TABLE words (id bigint PRIMARY KEY, word operators.citext);
INSERT INTO words VALUES (1, 'Word');
SELECT assoc.adopt('words', 'Word') ->> 'model' AS model;
SELECT assoc.find_all('Word', '{"where": {"word": "wORD"}}') AS words;
ALTER SCHEMA operators RENAME TO elsewhere;
SELECT assoc.find_all('Word', '{"where": {"word": "wORD"}}') AS words;
ALTER SCHEMA elsewhere RENAME TO operators;
SELECT assoc.find_all('Word', '{"where": {"word": "wORD"}}') AS words;

-- the error of a key names what it points at as it is called now
SELECT assoc.create('Book', '{"id": 2, "author_id": 9}');
ALTER TABLE authors RENAME id TO number;
SELECT assoc.adopt('authors', 'Writer', replace => true) ->> 'model' AS model;
SELECT assoc.create('Book', '{"id": 2, "author_id": 9}');
DROP SCHEMA watch, other, operators CASCADE;
DROP ROLE regress_assoc_watcher, regress_assoc_other;
