-- What is kept of an association between two calls goes with what it rests on.
SET client_min_messages = warning;
CREATE SCHEMA kept;
SET search_path = kept;
CREATE TABLE users (id bigint PRIMARY KEY, name text);
CREATE TABLE projects (id bigint PRIMARY KEY, name text);
CREATE TABLE members (user_id bigint REFERENCES users, project_id bigint REFERENCES projects, role text, note text, PRIMARY KEY (user_id,
  project_id));
CREATE INDEX ON members (project_id);
INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 3) i;
INSERT INTO projects SELECT i, 'p' || i FROM generate_series(1, 60) i;
SELECT assoc.belongs_to_many('users', 'projects', through => 'members', inverse => 'users') ->> 'alias' AS alias;
SELECT user_add_project(1, 1, '{"role": "a"}'), user_add_project(1, 2, '{"role": "a"}');
-- one for each direction
SELECT user_add_project(1, 1), project_add_user(1, 1);
SELECT name, ident FROM pg_backend_memory_contexts WHERE name = 'pg_associations link kept' ORDER BY ident;

-- every state of a link, with and without a look beforehand: a trigger on rows makes it look
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE results (looks boolean, state text, payload jsonb, result text, link text);
CREATE FUNCTION try(looks boolean, state text, payload jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  outcome text;
  link text;
BEGIN
  BEGIN
    IF state <> 'absent' THEN INSERT INTO members VALUES (2, 3, NULLIF(state, 'null'), 'kept'); END IF;
    BEGIN
      outcome := user_add_project(2, CASE WHEN payload ? 'far' THEN 99 ELSE 3 END, payload - 'far');
    EXCEPTION WHEN OTHERS THEN outcome := SQLSTATE || ' ' || SQLERRM;
    END;
    SELECT m::text INTO link FROM members m WHERE (user_id, project_id) = (2, 3);
    RAISE EXCEPTION USING ERRCODE = 'XX999';
  EXCEPTION WHEN SQLSTATE 'XX999' THEN
    INSERT INTO results VALUES (looks, state, payload, outcome, link);
  END;
END $$;
CREATE FUNCTION try_all(looks boolean) RETURNS bigint LANGUAGE sql AS $$
  SELECT count(try(looks, state, payload::jsonb)) FROM unnest('{absent, "null", a, b}'::text[]) state,
    unnest(ARRAY[NULL, '{}', '{"role": "a"}', '{"role": null}', '{"note": "new"}', '{"role": "a", "note": "kept"}', '{"rolle": 1}',
      '{"user_id": 2}', '{"role": "a", "far": 1}']) payload
$$;
SELECT try_all(false);
CREATE TRIGGER look BEFORE INSERT ON members FOR EACH ROW EXECUTE FUNCTION nothing();
SELECT try_all(true);
DROP TRIGGER look ON members;
SELECT count(*) AS same FROM results a JOIN results b USING (state, payload, result) WHERE a.looks AND NOT b.looks
  AND a.link IS NOT DISTINCT FROM b.link AND a.payload IS NOT NULL;
SELECT state, payload, result, link FROM results a WHERE NOT looks ORDER BY state, payload::text NULLS FIRST;
SELECT looks, state, result FROM results WHERE payload IS NULL ORDER BY state, looks;

-- more sets of columns than are kept
ALTER TABLE members ADD c1 int, ADD c2 int, ADD c3 int, ADD c4 int;
SELECT count(DISTINCT d) AS diffs, min(d ->> 'added') AS least FROM generate_series(0, 15) i, generate_series(1, 2) run,
  LATERAL user_add_project(3, 10 + i, (SELECT COALESCE(jsonb_object_agg('c' || n, i), '{}') FROM generate_series(1, 4) n
    WHERE i & (1 << (n - 1)) > 0)) d;
SELECT project_id, c1, c2, c3, c4 FROM members WHERE user_id = 3 AND project_id IN (10, 11, 17, 25) ORDER BY 1;

-- columns: renamed, of another type, gone
ALTER TABLE members RENAME role TO rank;
SELECT user_add_project(1, 3, '{"rank": "b"}'), user_add_project(1, 3, '{"rank": "c"}'), user_add_project(1, 3, '{"rank": "c"}');
SELECT user_add_project(1, 3, '{"role": "b"}');
ALTER TABLE members ALTER rank TYPE int USING 7;
SELECT user_has_project(1, 4), user_remove_project(1, 4);
SELECT user_add_project(1, 4, '{"rank": 5}'), user_add_project(1, 4, '{"rank": "5"}'), user_add_project(1, 4, '{"rank": 6}');
SELECT user_add_project(1, 4, '{"rank": "x"}');
ALTER TABLE members RENAME project_id TO project;
SELECT user_add_project(1, 5, '{"rank": 5}'), user_has_project(1, 5), user_remove_project(1, 4);
ALTER TABLE members RENAME project TO project_id;
SELECT user_has_project(1, 4), user_has_project(1, 5), user_remove_project(1, 5), user_remove_project(1, 5);
ALTER TABLE members DROP note;
SELECT user_add_project(1, 6, '{"note": "x"}');
-- undone with the transaction
BEGIN;
ALTER TABLE members RENAME rank TO grade;
SELECT user_add_project(1, 6, '{"grade": 5}');
ROLLBACK;
SELECT user_add_project(1, 6, '{"rank": 5}');
-- constraints: checks, NOT NULL, foreign keys
ALTER TABLE members ADD CONSTRAINT small CHECK (rank < 10);
SELECT user_add_project(1, 7, '{"rank": 11}');
\echo :LAST_ERROR_SQLSTATE
SELECT user_add_project(1, 6, '{"rank": 11}');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE members DROP CONSTRAINT small;
SELECT user_add_project(1, 7, '{"rank": 11}');
UPDATE members SET c1 = 0;
ALTER TABLE members ALTER c1 SET NOT NULL;
SELECT user_add_project(1, 8, '{"rank": 11}');
\echo :LAST_ERROR_SQLSTATE
SELECT user_add_project(1, 8, '{"c1": 1}'), user_add_project(1, 7, '{"c1": 2}');
SELECT user_add_project(1, 7, '{"c1": null}');
ALTER TABLE members ALTER c1 DROP NOT NULL;
SELECT user_add_project(1, 99), 'not reached';
ALTER TABLE members DROP CONSTRAINT members_project_id_fkey;
SELECT user_add_project(1, 99);
ALTER TABLE members ADD CONSTRAINT other_name FOREIGN KEY (project_id) REFERENCES projects;
SELECT user_add_project(1, 99);
SELECT user_add_project(99, 1);
ALTER TABLE members RENAME CONSTRAINT other_name TO last_name;
SELECT user_add_project(1, 99);
-- triggers
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER refusing BEFORE INSERT ON members FOR EACH ROW WHEN (NEW.project_id = 9) EXECUTE FUNCTION refuse();
SELECT user_add_project(1, 9), user_add_project(1, 40);
ALTER TABLE members DISABLE TRIGGER refusing;
SELECT user_add_project(1, 9);
DROP TRIGGER refusing ON members;
CREATE TRIGGER refusing BEFORE UPDATE ON members FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT user_add_project(1, 9, '{"rank": 1}');
DROP TRIGGER refusing ON members;
SELECT user_add_project(1, 9, '{"rank": 1}');
-- a trigger that adds, and changes the table under the call
CREATE FUNCTION add_too() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.project_id < 45 THEN PERFORM kept.user_add_project(NEW.user_id, NEW.project_id + 1, '{"rank": 2}'); END IF;
  IF NEW.project_id = 45 THEN GRANT SELECT ON kept.users TO CURRENT_USER; END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER adding AFTER INSERT ON members FOR EACH ROW EXECUTE FUNCTION add_too();
SELECT user_add_project(1, 41, '{"rank": 3}');
SELECT user_add_project(2, 43), user_add_project(2, 43, '{"rank": 4}');
DROP TRIGGER adding ON members;
SELECT user_id, project_id, rank FROM members WHERE project_id > 40 ORDER BY 1, 2;

-- roles: rights of the one that calls, given and taken back
CREATE ROLE kept_one;
CREATE ROLE kept_two;
GRANT USAGE ON SCHEMA kept TO kept_one, kept_two;
GRANT SELECT, INSERT, UPDATE ON members TO kept_one;
GRANT SELECT ON members TO kept_two;
SELECT user_add_project(2, 10, '{"rank": 1}');
SET ROLE kept_one;
SELECT user_add_project(2, 11, '{"rank": 1}'), user_add_project(2, 11, '{"rank": 2}');
SET ROLE kept_two;
SELECT user_add_project(2, 12, '{"rank": 1}');
SELECT user_add_project(2, 11), user_add_project(2, 11, '{"rank": 2}');
SELECT user_add_project(2, 11, '{"rank": 3}');
RESET ROLE;
REVOKE UPDATE ON members FROM kept_one;
SET ROLE kept_one;
SELECT user_add_project(2, 12, '{"rank": 1}'), user_add_project(2, 12, '{"rank": 1}');
SELECT user_add_project(2, 12, '{"rank": 2}');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
REVOKE INSERT ON members FROM kept_one;
SET ROLE kept_one;
SELECT user_add_project(2, 13, '{"rank": 1}');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
GRANT INSERT, UPDATE ON members TO kept_one;
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON members TO kept_one USING (project_id < 20);
SELECT user_add_project(2, 30);
SET ROLE kept_one;
SELECT user_add_project(2, 13, '{"rank": 1}');
SELECT user_add_project(2, 21);
SELECT user_add_project(2, 30, '{"rank": 1}');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
DROP POLICY seen ON members;
ALTER TABLE members DISABLE ROW LEVEL SECURITY;

-- declared anew: a scope, whose value the session's time zone says; links soft-deleted; the same pair twice
ALTER TABLE members ADD since timestamptz, ADD deleted_at timestamptz;
SELECT assoc.drop_association('users', 'projects') IS NOT NULL AS dropped;
SELECT assoc.add('users', 1, 'projects', '1');
SELECT assoc.belongs_to_many('users', 'projects', through => 'members', inverse => 'users',
  options => '{"through": {"scope": {"since": "2024-01-01"}}}') ->> 'alias' AS alias;
SET TimeZone = 'UTC';
SELECT user_add_project(3, 50);
SET TimeZone = '+06';
SELECT user_add_project(3, 51);
SELECT user_add_project(3, 50);
SET TimeZone = 'UTC';
SELECT project_id, since FROM members WHERE project_id > 49;
SELECT assoc.drop_association('users', 'projects') IS NOT NULL AS dropped;
SELECT assoc.belongs_to_many('users', 'projects', through => 'members', inverse => 'users') ->> 'alias' AS alias;
SELECT user_add_project(3, 52), user_remove_project(3, 52), user_add_project(3, 52);
SELECT assoc.forget('members') IS NOT NULL AS forgotten, assoc.adopt('members', options => '{"paranoid": true}') IS NOT NULL AS adopted;
SELECT assoc.belongs_to_many('users', 'projects', through => 'members', inverse => 'users') ->> 'alias' AS alias;
SELECT user_add_project(3, 53, '{"rank": 1}'), user_remove_project(3, 53), user_add_project(3, 53, '{"c2": 1}');
SELECT rank, c2, deleted_at FROM members WHERE project_id = 53;

-- keys of other types, and the same pair linked twice
CREATE TYPE color AS ENUM ('red', 'green');
CREATE TABLE papers (id uuid PRIMARY KEY);
CREATE TABLE paints (name color PRIMARY KEY);
CREATE TABLE words (word text COLLATE "C" PRIMARY KEY);
INSERT INTO papers VALUES ('00000000-0000-0000-0000-000000000001');
INSERT INTO paints VALUES ('red');
INSERT INTO words VALUES ('a'), ('b');
SELECT assoc.belongs_to_many('papers', 'paints', through => 'painted', inverse => 'papers') ->> 'alias' AS alias,
  assoc.belongs_to_many('papers', 'words', through => 'written', through_attributes => '{"place": "text"}',
    options => '{"through": {"unique": false}}') ->> 'alias' AS alias;
SELECT paper_add_paint('00000000-0000-0000-0000-000000000001', 'red'), paint_add_paper('red', '00000000-0000-0000-0000-000000000001');
SELECT paper_add_paint('00000000-0000-0000-0000-000000000001', 'green');
SELECT paint_add_paper('red', '00000000-0000-0000-0000-000000000002');
SELECT paint_add_paper('green', '00000000-0000-0000-0000-000000000001');
SELECT paper_add_word('00000000-0000-0000-0000-000000000001', 'a', '{"place": "x"}') ->> 'added' AS added,
  paper_add_word('00000000-0000-0000-0000-000000000001', 'a') ->> 'added' AS added,
  paper_add_word('00000000-0000-0000-0000-000000000001', 'b', '{"place": "y"}') ->> 'added' AS added;
SELECT paper_add_word('00000000-0000-0000-0000-000000000001', 'c');
SELECT paper_remove_word('00000000-0000-0000-0000-000000000001', 'a') ->> 'removed' AS removed;

-- another schema of the same names, and a new name for this one
CREATE SCHEMA kept2;
SET search_path = kept2;
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE projects (id bigint PRIMARY KEY);
INSERT INTO users VALUES (1);
INSERT INTO projects VALUES (1), (2);
SELECT assoc.belongs_to_many('users', 'projects', through_attributes => '{"role": "text"}') ->> 'alias' AS alias;
SELECT assoc.add('users', 1, 'projects', '1', '{"role": "x"}');
SET search_path = kept;
SELECT assoc.add('users', 1, 'projects', '60', '{"rank": 1}');
SET search_path = kept2;
SELECT assoc.add('users', 1, 'projects', '2', '{"role": "x"}');
ALTER SCHEMA kept RENAME TO kept3;
SET search_path = kept3;
SELECT assoc.add('users', 1, 'projects', '59', '{"rank": 1}');
ALTER TABLE members RENAME TO membership;
SELECT assoc.add('users', 1, 'projects', '58', '{"rank": 1}'), assoc.add('users', 1, 'projects', '58', '{"rank": 2}');
DROP SCHEMA kept2, kept3 CASCADE;
DROP ROLE kept_one, kept_two;
