-- Models: made, declared again, evolved.
CREATE EXTENSION IF NOT EXISTS pg_associations;
CREATE SCHEMA define;
SET search_path = define;

\getenv top PG_ABS_SRCDIR
\set raised :top '/test/data/raised.sql'
\set ECHO none
\i :raised
\set ECHO all

-- a table, with an identity key, timestamps and constraints
SELECT jsonb_pretty(assoc.define('User', '{"name": {"type": "text", "allowNull": false}, "email": {"type": "text", "allowNull": false,
  "unique": true, "validate": {"isEmail": true}}}'));
\d users
SELECT relation, name, made, attributes, options FROM assoc.models WHERE relation = 'users'::regclass;

-- the same again changes nothing, whatever the order and the spelling
CREATE TEMP TABLE before AS SELECT ctid AS at, xmin AS by FROM assoc.models;
SELECT r -> 'created' AS created, r -> 'changed' AS changed FROM assoc.define('User',
  '[{"name": "email", "type": "TEXT", "allowNull": false, "unique": true, "validate": {"isEmail": true}}, {"name": "name", "type": "text",
    "allowNull": false}]') r;
SELECT count(*) FROM before b JOIN assoc.models m ON m.ctid = b.at AND m.xmin = b.by;

-- something else is an error that says every difference, and changes nothing
SELECT raised($$SELECT assoc.define('User', '{"name": {"type": "varchar(80)"}, "email": {"type": "text", "allowNull": false,
  "default": "none", "validate": {"len": [3, 99]}}, "age": "int"}', '{"paranoid": true, "comment": "people", "tableName": "persons",
  "timestamps": false}')$$);
-- with replace it evolves: nothing is dropped
INSERT INTO users (name, email) VALUES ('John', 'john@example.com');
SELECT raised($$SELECT assoc.define('User', '{"name": "text"}', '{"tableName": "persons"}', true)$$);
SELECT r -> 'changed' AS changed FROM assoc.define('User',
  '{"name": {"type": "varchar(80)", "hidden": true}, "email": {"type": "text", "allowNull": false, "default": "none",
    "validate": {"len": [3, 99]}}, "age": {"type": "int", "validate": {"min": 0}}}',
  '{"paranoid": true, "comment": "people", "updatedAt": false, "defaultScope": {"where": {"age": {"gte": 18}}},
    "scopes": {"old": {"where": {"age": {"gt": 70}}}}}', true) r;
\d users
SELECT attributes, options FROM assoc.models WHERE relation = 'users'::regclass;
SELECT r -> 'changed' AS changed FROM assoc.define('User',
  '{"name": {"type": "varchar(80)", "hidden": true}, "email": {"type": "text", "allowNull": false, "default": "none",
    "validate": {"len": [3, 99]}}, "age": {"type": "int", "validate": {"min": 0}}}',
  '{"paranoid": true, "comment": "people", "updatedAt": false, "defaultScope": {"where": {"age": {"gte": 18}}},
    "scopes": {"old": {"where": {"age": {"gt": 70}}}}}') r;
-- back again
SELECT r -> 'changed' AS changed FROM assoc.define('User',
  '{"name": {"type": "text", "allowNull": false}, "email": {"type": "text", "allowNull": false, "unique": true,
    "validate": {"isEmail": true}}}', replace => true) r;
\d users
SELECT name, email, age FROM users;

-- a type that the rows do not fit, a NOT NULL column without a value for the rows that exist
SELECT raised($$SELECT assoc.define('User', '{"name": {"type": "int", "allowNull": false}, "email": {"type": "text", "allowNull": false,
  "unique": true, "validate": {"isEmail": true}}}', replace => true)$$);
SELECT raised($$SELECT assoc.define('User', '{"name": {"type": "text", "allowNull": false}, "email": {"type": "text", "allowNull": false,
  "unique": true, "validate": {"isEmail": true}}, "born": {"type": "date", "allowNull": false}}', replace => true)$$);
SELECT raised($$SELECT assoc.define('User', '{"name": {"type": "text", "allowNull": false}, "email": {"type": "text", "primaryKey": true}}',
  replace => true)$$);

-- what is written by hand is read live, and more than what is declared is no contradiction
ALTER TABLE users ADD COLUMN note text DEFAULT 'x' CHECK (note <> '');
CREATE INDEX ON users (lower(note));
COMMENT ON COLUMN users.name IS 'by hand';
SELECT r -> 'changed' AS changed, r -> 'attributes' -> 'note' AS note FROM assoc.define('User',
  '{"name": {"type": "text", "allowNull": false}, "email": {"type": "text", "allowNull": false, "unique": true,
  "validate": {"isEmail": true}}}') r;
ALTER TABLE users ALTER COLUMN name DROP NOT NULL;
SELECT raised($$SELECT assoc.define('User', '{"name": {"type": "text", "allowNull": false}, "email": {"type": "text", "allowNull": false,
  "unique": true, "validate": {"isEmail": true}}}')$$);

-- a dump writes constraints and defaults otherwise, which is no difference
CREATE TEMP TABLE rewritten (attributes jsonb);
INSERT INTO rewritten VALUES ('[
  {"name": "t", "type": "text", "default": "it''s", "validate": {"isEmail": true, "isIn": ["a", "b"], "notIn": ["c"], "len": [1, 9],
    "contains": "x", "is": ["^a", "i"], "equals": "y", "notEmpty": true}},
  {"name": "v", "type": "varchar(9)", "default": "ab", "validate": {"isIn": ["a", "b"], "isLowercase": true}},
  {"name": "c", "type": "char(3)", "default": "abc", "validate": {"isIn": ["a", "b"]}},
  {"name": "n", "type": "numeric(8,2)", "default": 1.50, "validate": {"min": 0.5, "max": 10, "isInt": true, "isIn": [1, 2]}},
  {"name": "i", "type": "bigint", "default": -1, "validate": {"min": -5, "isIn": [1, 2]}},
  {"name": "d", "type": "date", "default": "2024-01-31", "validate": {"isAfter": "2020-01-01"}},
  {"name": "z", "type": "timestamptz", "default": {"sql": "now() + ''1 day''"}, "validate": {"isBefore": "2100-01-01"}},
  {"name": "a", "type": "text[]", "default": ["x"], "validate": {"len": [1, 2]}},
  {"name": "j", "type": "jsonb", "default": {"a": 1}, "validate": {"isArray": true}},
  {"name": "u", "type": "uuid", "default": {"sql": "gen_random_uuid()"}, "validate": {"isUUID": 4}},
  {"name": "b", "type": "boolean", "default": false, "validate": {"equals": true}}]');
SELECT assoc.define('Rewritten', attributes) -> 'created' AS created FROM rewritten;
DO $$
DECLARE c record;
BEGIN
  FOR c IN SELECT conname, pg_get_constraintdef(oid) AS def FROM pg_constraint WHERE conrelid = 'rewrittens'::regclass
    AND contype = 'c' LOOP
    EXECUTE format('ALTER TABLE rewrittens DROP CONSTRAINT %I, ADD CONSTRAINT %I %s', c.conname, c.conname, c.def);
  END LOOP;
  FOR c IN SELECT attname, pg_get_expr(adbin, adrelid) AS def FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
    WHERE adrelid = 'rewrittens'::regclass LOOP
    EXECUTE format('ALTER TABLE rewrittens ALTER COLUMN %I SET DEFAULT %s', c.attname, c.def);
  END LOOP;
END $$;
SELECT assoc.define('Rewritten', attributes) -> 'changed' AS changed FROM rewritten;
SELECT raised(format('SELECT assoc.define(''Rewritten'', %L)', jsonb_set(attributes, '{4,validate,min}', '-6'))) FROM rewritten;
-- functions of the table's owner are not called for it
CREATE FUNCTION loud(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE NOTICE 'called'; RETURN $1; END $$;
ALTER TABLE rewrittens ADD CONSTRAINT loud CHECK (i < loud(9) + 0), ALTER COLUMN i SET DEFAULT loud(-1);
SELECT raised(format('SELECT assoc.define(''Rewritten'', %L)', attributes)) FROM rewritten;

-- a renamed column keeps its attribute, a renamed table its model
SELECT assoc.define('Task', '{"title": {"type": "text", "default": "none", "validate": {"len": [1, 9]}}, "done": "boolean"}') -> 'created'
  AS created;
ALTER TABLE tasks RENAME COLUMN title TO headline;
ALTER TABLE tasks RENAME COLUMN updated_at TO touched;
ALTER TABLE tasks RENAME TO duties;
SELECT r -> 'table' AS "table", r -> 'changed' AS changed, r -> 'attributes' -> 'title' AS title
FROM assoc.define('Task', '{"title": {"type": "text", "default": "none", "validate": {"len": [1, 9]}}, "done": "boolean"}') r;

-- updated_at moves when a row changes, and not otherwise; the trigger finds a renamed column
INSERT INTO duties (headline, touched) VALUES ('a', '2000-01-01') RETURNING headline, touched::date;
UPDATE duties SET headline = 'a' RETURNING touched::date;
UPDATE duties SET headline = 'b', touched = '2001-01-01' RETURNING touched::date;
UPDATE duties SET headline = 'b', touched = touched RETURNING touched::date;
ALTER TABLE duties ADD COLUMN late text;
UPDATE duties SET late = NULL RETURNING touched::date;
UPDATE duties SET headline = 'c' RETURNING touched = now() AS now;
ALTER TABLE duties ALTER COLUMN touched TYPE timestamp(0);
UPDATE duties SET headline = 'd' RETURNING touched = now()::timestamp(0) AS now;
ALTER TABLE duties DROP COLUMN touched;
UPDATE duties SET headline = 'e' RETURNING headline;

-- timestamps by other names, or none
SELECT jsonb_object_keys(assoc.define('Stamp', '{}', '{"createdAt": "born", "updatedAt": false}') -> 'attributes') AS attribute;
SELECT assoc.define('Underscored', '{"createdAt": {"type": "date", "default": {"sql": "now()"}}}',
  '{"underscored": true, "updatedAt": "changedOn"}') -> 'attributes' -> 'changedOn' AS changed_on;
SELECT attributes, options FROM assoc.models WHERE name = 'Underscored';
SELECT raised($$SELECT assoc.define('Wrong', '{}', '{"timestamps": false, "createdAt": "born"}')$$);
SELECT raised($$SELECT assoc.define('Wrong', '{}', '{"deletedAt": "gone"}')$$);
SELECT raised($$SELECT assoc.define('Wrong', '{}', '{"paranoid": true, "deletedAt": false}')$$);

-- wrong options
SELECT raised($$SELECT assoc.define('Wrong', '{}', '{"timestmps": false}')$$);
SELECT raised($$SELECT assoc.define('Wrong', '{}', '{"timestamps": "no"}')$$);
SELECT raised($$SELECT assoc.define('Wrong', '{}', '{"key": ["id"]}')$$);
SELECT raised($$SELECT assoc.define('Wrong', '{}', '{"scopes": {"a": 1}}')$$);
SELECT raised($$SELECT assoc.define('Wrong', '{}', '[1]')$$);
SELECT raised($$SELECT assoc.define(NULL)$$);
SELECT raised($$SELECT assoc.define('')$$);
SELECT raised($$SELECT assoc.define('nowhere.Wrong')$$);
SELECT raised($$SELECT assoc.define('pg_temp.Wrong')$$);
SELECT raised(format('SELECT assoc.define(%L)', repeat('W', 64)));
SELECT raised(format('SELECT assoc.define(%L, %L, %L)', 'Wrong', '{}', json_build_object('tableName', repeat('w', 64))));

-- indexes
SELECT assoc.define('Indexed', '{"a": "text", "b": "int", "c": "jsonb"}', '{"timestamps": false, "indexes": [
  {"fields": ["a", {"name": "b", "order": "DESC"}]}, {"fields": ["b"], "unique": true, "where": {"sql": "b > 0"}},
  {"fields": ["c"], "method": "gin", "name": "by c"}, {"fields": [{"sql": "lower(a)"}, {"name": "a", "operator": "text_pattern_ops"}],
    "name": "low"}]}') -> 'created' AS created;
SELECT indexdef FROM pg_indexes WHERE tablename = 'indexeds' ORDER BY indexname COLLATE "C";
SELECT assoc.define('Indexed', '{"a": "text", "b": "int", "c": "jsonb"}', '{"timestamps": false, "indexes": [
  {"fields": ["a", {"name": "b", "order": "DESC"}]}, {"fields": ["b"], "unique": true, "where": {"sql": "b > 0"}},
  {"fields": ["c"], "method": "gin", "name": "by c"}, {"fields": [{"sql": "lower(a)"}, {"name": "a", "operator": "text_pattern_ops"}],
    "name": "low"}]}') -> 'changed' AS changed;
SELECT raised($$SELECT assoc.define('Indexed', '{"a": "text", "b": "int", "c": "jsonb"}',
  '{"timestamps": false, "indexes": [{"fields": ["c"], "name": "by c"}, {"fields": ["a"]}]}')$$);
SELECT assoc.define('Indexed', '{"a": "text", "b": "int", "c": "jsonb"}',
  '{"timestamps": false, "indexes": [{"fields": ["b"], "name": "by c"}, {"fields": ["a"]}]}', true) -> 'changed' AS changed;
-- an equal one serves under any name; one of another class, order or of some rows is another one
CREATE INDEX made_concurrently ON indexeds (a, b DESC);
CREATE INDEX of_some ON indexeds (b) WHERE b > 0;
CREATE INDEX of_class ON indexeds (a text_pattern_ops);
SELECT assoc.define('Indexed', '{"a": "text", "b": "int", "c": "jsonb"}', '{"timestamps": false,
  "indexes": [{"fields": ["a", {"name": "b", "order": "DESC"}]}, {"fields": ["a", {"name": "b", "order": "DESC"}], "name": "named"}]}') ->
    'changed' AS changed;
DROP INDEX indexeds_a_idx;
SELECT assoc.define('Indexed', '{"a": "text", "b": "int", "c": "jsonb"}',
  '{"timestamps": false, "indexes": [{"fields": ["a"]}, {"fields": ["a", "b"]}]}', true)
  -> 'changed' AS changed;
SELECT raised($$SELECT assoc.define('Wrong', '{"email": "text"}', '{"indexes": [{"fields": ["id"]}, {"fields": ["id", "emial"]}]}')$$);
SELECT raised($$SELECT assoc.define('Wrong', '{"email": "text"}', '{"indexes": [{"fields": []}]}')$$);
SELECT raised($$SELECT assoc.define('Wrong', '{"email": "text"}', '{"indexes": [{"field": ["email"]}]}')$$);
SELECT raised($$SELECT assoc.define('Wrong', '{"email": "text"}', '{"indexes": [{"fields": [{"name": "email", "order": "DOWN"}]}]}')$$);
SELECT raised($$SELECT assoc.define('Wrong', '{"email": "text"}', '{"indexes": [{"fields": ["email"], "where": {"email": "x"}}]}')$$);
SELECT raised($$SELECT assoc.define('Wrong', '{"email": "text"}', '{"indexes": [{"fields": [{"sql":
  "email) ; DROP TABLE users; --"}]}]}')$$);

-- a join table that an association made gets its payload from the first define of it, without replace
SELECT assoc.define('Member', '{"name": "text"}') -> 'created' AS created;
SELECT assoc.define('Club', '{"name": "text"}') -> 'created' AS created;
SELECT assoc.belongs_to_many('Member', 'Club', through => 'Membership', options => '{"accessors": false}') IS NOT NULL AS declared;
SELECT r -> 'created' AS created, r -> 'changed' AS changed
FROM assoc.define('Membership', '{"role": {"type": "text", "allowNull": false, "default": "guest", "validate": {"isIn": ["guest", "boss"]}},
  "since": "date"}') r;
SELECT r -> 'created' AS created, r -> 'changed' AS changed
FROM assoc.define('Membership', '{"role": {"type": "text", "allowNull": false, "default": "guest", "validate": {"isIn": ["guest", "boss"]}},
  "since": "date"}') r;
\d memberships
SELECT raised($$SELECT assoc.define('Membership', '{"role": {"type": "text", "allowNull": false, "default": "guest"}, "since": "date",
  "until": "date"}')$$);
INSERT INTO members (name) VALUES ('John');
INSERT INTO clubs (name) VALUES ('Chess');
INSERT INTO memberships VALUES (1, 1);
SELECT raised($$SELECT assoc.define('Membership', '{"role": {"type": "text", "allowNull": false, "default": "guest",
  "validate": {"isIn": ["guest", "boss"]}}, "since": "date", "fee": {"type": "int", "allowNull": false}}', replace => true)$$);
-- so does one with rows; a NOT NULL column without a default needs a person
SELECT assoc.belongs_to_many('Member', 'Club', through => 'Visit', alias => 'visited',
  options => '{"accessors": false}') IS NOT NULL AS declared;
INSERT INTO visits VALUES (1, 1);
SELECT raised($$SELECT assoc.define('Visit', '{"hour": {"type": "int", "allowNull": false}}')$$);
SELECT assoc.define('Visit', '{"hour": "int"}', '{"timestamps": true}') -> 'changed' AS changed;
SELECT assoc.define('Visit', '{"hour": "int"}', '{"timestamps": true}') -> 'changed' AS changed;
SELECT assoc.define('Visit', '{"hour": "int"}') -> 'changed' AS changed;
UPDATE visits SET hour = 7 RETURNING updated_at = now() AS now;

-- forget takes the associations in both directions, and leaves tables and rows
SELECT assoc.forget('Membership');
SELECT source, alias FROM assoc.associations WHERE source IN ('members'::regclass, 'clubs'::regclass)
  ORDER BY source::text COLLATE "C", alias;
SELECT assoc.forget('Club');
SELECT name FROM assoc.models WHERE relation IN ('members'::regclass, 'clubs'::regclass, 'visits'::regclass, 'memberships'::regclass)
  ORDER BY name;
SELECT count(*) FROM assoc.associations WHERE 'visits'::regclass IN (source, target, through);
SELECT count(*) FROM visits;
-- and the accessors, but not what somebody built on one
SELECT assoc.define('Club', '{"name": "text"}', '{"tableName": "clubs2"}') -> 'created' AS created;
SELECT assoc.belongs_to_many('Member', 'Club', through => 'Enrolment', inverse => 'members') -> 'kind' AS kind;
SELECT count(*) > 10 AS made FROM pg_proc WHERE pronamespace = 'define'::regnamespace AND proname ~ '^(member|club)';
CREATE VIEW built AS SELECT member_with_clubs(1);
SELECT raised($$SELECT assoc.forget('Club')$$);
DROP VIEW built;
SELECT assoc.forget('Club');
SELECT count(*) FROM pg_proc WHERE pronamespace = 'define'::regnamespace AND proname ~ '^(member|club)';
SELECT raised($$SELECT assoc.forget('Club')$$);
SELECT raised($$SELECT assoc.forget('Vist')$$);
SELECT raised($$SELECT assoc.forget(NULL)$$);

-- a table that is there already is adopted, not defined; one table has one model
CREATE TABLE others (id int PRIMARY KEY);
SELECT raised($$SELECT assoc.define('Other')$$);
SELECT raised($$SELECT assoc.define('Person', '{}', '{"tableName": "users"}')$$);
CREATE VIEW viewed AS SELECT 1 AS id;
SELECT raised($$SELECT assoc.define('Viewed', '{}', '{"tableName": "viewed"}')$$);
SELECT to_regclass('wrongs'), (SELECT count(*) FROM assoc.models WHERE name = 'Wrong') AS rows;

-- a model's name is verbatim: case matters
SELECT assoc.define('user', '{}', '{"tableName": "low users"}') ->> 'table' AS "table";
SELECT assoc.define('"x.y"', '{}', '{"tableName": "x.y"}') ->> 'model' AS model;

-- what is rolled back leaves nothing
BEGIN;
SELECT assoc.define('Gone') -> 'created' AS created;
ROLLBACK;
SELECT to_regclass('gones'), (SELECT count(*) FROM assoc.models WHERE name = 'Gone') AS rows;
BEGIN;
SELECT assoc.define('Kept') -> 'created' AS created;
SAVEPOINT a;
SELECT assoc.define('Gone') -> 'created' AS created;
SELECT assoc.define('Kept', '{"more": "int"}', replace => true) -> 'changed' AS changed;
ROLLBACK TO a;
SELECT assoc.define('Gone', '{"other": "int"}') -> 'created' AS created;
SELECT assoc.define('Kept') -> 'changed' AS changed;
COMMIT;
SELECT r -> 'created' AS created, r -> 'attributes' -> 'other' ->> 'type' AS other FROM assoc.define('Gone', '{"other": "int"}') r;
DROP TABLE gones;
SELECT assoc.define('Gone') -> 'created' AS created;

-- a schema per tenant
CREATE SCHEMA tenant1;
CREATE SCHEMA "Tenant 2";
SET search_path = tenant1;
SELECT assoc.define('User', '{"name": "text"}') ->> 'schema' AS schema;
SET search_path = define;
SELECT assoc.define('"Tenant 2".User', '{"name": "int"}') ->> 'schema' AS schema;
SELECT assoc.define('tenant1.User', '{"name": "text"}') -> 'changed' AS changed;
SELECT relation, name FROM assoc.models WHERE name = 'User' ORDER BY relation::text COLLATE "C";
SET search_path = '';
SELECT define.raised($$SELECT assoc.define('User')$$);
SET search_path = define;
DROP SCHEMA tenant1, "Tenant 2" CASCADE;

-- rights: a schema to create in, and one's own table
CREATE ROLE assoc_define_role;
GRANT USAGE ON SCHEMA define TO assoc_define_role;
SET ROLE assoc_define_role;
SELECT raised($$SELECT assoc.define('Mine')$$);
SELECT raised($$SELECT assoc.define('User', '{"name": "text"}')$$);
SELECT raised($$SELECT assoc.define('User', '{"name": "text"}', replace => true)$$);
SELECT raised($$SELECT assoc.forget('User')$$);
RESET ROLE;
GRANT CREATE ON SCHEMA define TO assoc_define_role;
SET ROLE assoc_define_role;
SELECT assoc.define('Mine', '{"name": "text"}') -> 'created' AS created;
SELECT assoc.define('Mine', '{"name": "text", "more": {"type": "int", "validate": {"min": 1}}}', replace => true) -> 'changed' AS changed;
INSERT INTO mines (name) VALUES ('x');
UPDATE mines SET name = 'y';
RESET ROLE;
SELECT relowner::regrole FROM pg_class WHERE oid = 'define.mines'::regclass;

-- every argument untyped, as drivers send them
PREPARE untyped AS SELECT assoc.define($1, $2, $3, $4) -> 'created' AS created;
EXECUTE untyped('Untyped', '{"a": "int"}', '{}', 'false');

-- more attributes than a table can have are refused at once
SET statement_timeout = '10s';
SELECT assoc.define('Many', (SELECT jsonb_object_agg('a' || n, 'text') FROM generate_series(1, 30000) n));
RESET statement_timeout;

SET client_min_messages = warning;
DROP SCHEMA define CASCADE;
DROP ROLE assoc_define_role;
