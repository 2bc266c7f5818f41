-- What there is, told in the database.
\pset format unaligned
\pset tuples_only on
SELECT * FROM assoc.help();
SELECT * FROM assoc.help('find_one');
SELECT * FROM assoc.help('assoc.detach');
SELECT * FROM assoc.help('link');
SELECT * FROM assoc.help('page');
SELECT * FROM assoc.help('findAll');
SELECT * FROM assoc.help('Deletes');
SELECT * FROM assoc.help('ignoreDuplicates');
SELECT count(*) FROM assoc.help('nothing of the kind');
SELECT count(*) FROM assoc.help('');
SELECT assoc.version() = extversion FROM pg_extension WHERE extname = 'pg_associations';
-- a function is for people, or is said to be internal
SELECT n FROM assoc.help_topics() t, unnest(t.names) n WHERE NOT EXISTS (SELECT FROM pg_proc p WHERE p.proname = n
  AND p.pronamespace = 'assoc'::regnamespace);
SELECT p.oid::regprocedure FROM pg_proc p
  WHERE p.pronamespace = 'assoc'::regnamespace
    AND (obj_description(p.oid) LIKE 'Internal: %') = (p.proname IN (SELECT unnest(t.names) FROM assoc.help_topics() t));

-- Leaving: updated_at without the extension
CREATE SCHEMA help;
SET search_path = help;
SELECT assoc.define('Page', '[["title", "text"], ["notes", "json"]]') ->> 'table';
SELECT assoc.define('Line', '[["title", "text"]]', '{"updatedAt": "changedOn"}') ->> 'table';
SELECT * FROM assoc.detach(dry_run => true);
SELECT t.tgrelid::regclass, t.tgfoid::regproc FROM pg_trigger t WHERE t.tgrelid IN ('pages'::regclass, 'lines'::regclass) ORDER BY 1;
SELECT count(*) FROM assoc.detach();
SELECT t.tgrelid::regclass, t.tgfoid::regproc FROM pg_trigger t WHERE t.tgrelid IN ('pages'::regclass, 'lines'::regclass) ORDER BY 1;
SELECT count(*) FROM assoc.detach();
INSERT INTO pages (title, notes, created_at, updated_at) VALUES ('a', '{}', '2020-01-01', '2020-01-01');
INSERT INTO lines (title, "changedOn") VALUES ('a', '2020-01-01');
-- as before: it moves when the row changes and the column is not set
UPDATE pages SET title = 'a' RETURNING updated_at = '2020-01-01' AS stays;
UPDATE pages SET title = 'b' RETURNING updated_at = now() AS moves;
UPDATE pages SET title = 'c', updated_at = '2021-01-01' RETURNING updated_at = '2021-01-01' AS is_set;
UPDATE lines SET title = 'b' RETURNING "changedOn" = now() AS moves;
-- the declarations are content with it, and verbs set it
SELECT assoc.define('Page', '[["title", "text"], ["notes", "json"]]') ->> 'changed';
SELECT * FROM assoc.sync();
UPDATE pages SET updated_at = '2020-01-01';
SELECT assoc.update('Page', '{"title": "d"}', '{"where": {"id": 1}}') ->> 'count';
SELECT updated_at = '2020-01-01' AS stayed FROM pages;
-- somebody else's function of the name is left alone
CREATE ROLE regress_help_other;
GRANT ALL ON SCHEMA help TO regress_help_other;
ALTER FUNCTION keep_updated_at() OWNER TO regress_help_other;
CREATE ROLE regress_help_owner;
GRANT ALL ON SCHEMA help TO regress_help_owner;
SET ROLE regress_help_owner;
SELECT assoc.define('Mine', '[["title", "text"]]') ->> 'table';
SELECT assoc.detach();
RESET ROLE;
SELECT assoc.detach();
SELECT t.tgfoid::regproc FROM pg_trigger t WHERE t.tgrelid = 'mines'::regclass;
SET client_min_messages = warning;
DROP SCHEMA help CASCADE;
DROP ROLE regress_help_owner, regress_help_other;
