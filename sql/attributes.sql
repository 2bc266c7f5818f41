-- Attribute documents: types, defaults, places in errors.
CREATE EXTENSION IF NOT EXISTS pg_associations;
\set VERBOSITY default
CREATE SCHEMA attributes;
SET search_path = attributes;

\getenv top PG_ABS_SRCDIR
\set raised :top '/test/data/raised.sql'
\set ECHO none
\i :raised
\set ECHO all
CREATE FUNCTION wrong(attributes jsonb) RETURNS TABLE (error text) LANGUAGE sql
AS $$ SELECT raised(format('SELECT assoc.define(''Wrong'', %L)', attributes)) $$;

-- types through the type parser, in any spelling
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE DOMAIN percent AS int CHECK (VALUE BETWEEN 0 AND 100);
CREATE TYPE point2 AS (x int, y int);
SELECT assoc.define('Type', '[
  {"name": "t", "type": "text"},
  {"name": "vc", "type": "character varying (80)"},
  {"name": "c", "type": "char(3)"},
  {"name": "i", "type": "INT"},
  {"name": "n", "type": "numeric(10,2)"},
  {"name": "ts", "type": "timestamp(3) with time zone"},
  {"name": "iv", "type": "interval day to second"},
  {"name": "bits", "type": "varbit(5)"},
  {"name": "arr", "type": "text[]"},
  {"name": "matrix", "type": "integer[][]"},
  {"name": "j", "type": "jsonb"},
  {"name": "m", "type": "mood"},
  {"name": "p", "type": "attributes.percent"},
  {"name": "xy", "type": "point2"},
  {"name": "r", "type": "tstzrange"},
  {"name": "u", "type": "pg_catalog.uuid"}]', '{"timestamps": false}') -> 'created' AS created;
\d types

-- the order of an array is the order of the columns, that of an object is jsonb's
SELECT assoc.define('Ordered', '[{"name": "zeta", "type": "text"}, {"name": "b", "type": "int"}]',
  '{"timestamps": false}') -> 'changed' AS changed;
SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'ordereds'::regclass AND attnum > 0;

-- defaults: quoted and cast, or an expression
SELECT assoc.define('Default', '[
  {"name": "quote", "type": "text", "default": "it''s \\ \"quoted\"; DROP TABLE types; --"},
  {"name": "number", "type": "numeric(10,2)", "default": 1.5},
  {"name": "yes", "type": "boolean", "default": true},
  {"name": "nothing", "type": "text", "default": null},
  {"name": "list", "type": "text[]", "default": ["a", "b c", null]},
  {"name": "empty", "type": "int[]", "default": []},
  {"name": "doc", "type": "jsonb", "default": {"a": [1, {"sql2": null}]}},
  {"name": "docstring", "type": "json", "default": "text"},
  {"name": "mood", "type": "mood", "default": "happy"},
  {"name": "share", "type": "percent", "default": 50},
  {"name": "place", "type": "point2", "default": {"x": 1, "y": 2}},
  {"name": "since", "type": "date", "default": "2024-01-31"},
  {"name": "forever", "type": "timestamptz", "default": "infinity"},
  {"name": "today", "type": "text", "default": "today"},
  {"name": "made", "type": "timestamptz", "default": {"sql": "now() -- when the row is written"}},
  {"name": "key", "type": "uuid", "default": {"sql": "gen_random_uuid()"}},
  {"name": "sum", "type": "int", "default": {"sql": "1 + 2"}}]', '{"timestamps": false}') -> 'created' AS created;
INSERT INTO defaults DEFAULT VALUES
  RETURNING quote, number, yes, nothing, list, empty, doc, docstring, mood, share, place, since, forever, today, made = now() AS made,
    key IS NOT NULL AS key, sum;

-- wrong defaults
SELECT wrong('{"at": {"type": "timestamptz", "default": "now()"}}');
SELECT wrong('{"at": {"type": "date", "default": "Today"}}');
SELECT wrong('{"at": {"type": "timestamp", "default": "CURRENT_TIMESTAMP"}}');
SELECT wrong('{"n": {"type": "int", "default": "many"}}');
SELECT wrong('{"n": {"type": "varchar(3)", "default": "many"}}');
SELECT wrong('{"p": {"type": "percent", "default": 101}}');
SELECT wrong('{"n": {"type": "int", "default": {"sql": "1), (2"}}}');
SELECT wrong('{"n": {"type": "int", "default": {"sql": "1, 2"}}}');
SELECT wrong('{"n": {"type": "int", "default": {"sql": "1 FROM pg_class"}}}');
SELECT wrong('{"n": {"type": "int", "default": {"sql": "1 AS x"}}}');
SELECT wrong('{"n": {"type": "int", "default": {"sql": "1 /* open"}}}');
SELECT wrong('{"n": {"type": "int", "default": {"sql": ""}}}');
SELECT wrong('{"n": {"type": "int", "default": {"sql": "b"}}, "b": "int"}');
SELECT wrong('{"n": {"type": "int", "default": {"sql": "1", "value": 2}}}');
SELECT wrong('{"n": {"default": 1}}');

-- wrong types; those of other tools are hinted at
SELECT wrong('{"name": "STRING"}');
SELECT wrong('{"name": {"type": "STRING(80)"}}');
SELECT wrong('{"name": "UUIDV4"}');
SELECT wrong('{"name": "bigserial"}');
SELECT wrong('{"name": "txet"}');
SELECT wrong('{"name": "nowhere.text"}');
SELECT wrong('{"name": "text; DROP TABLE types"}');
SELECT wrong('{"name": "varchar(x)"}');
SELECT wrong('{"name": "setof text"}');
SELECT wrong('{"name": "anyelement"}');
SELECT wrong('{"name": ""}');
SELECT wrong('{"name": 1}');
SELECT wrong('{"name": {}}');
SELECT wrong('{"name": null}');
SELECT wrong('"text"');
SELECT wrong('[1]');
-- pairs keep the order as well
SELECT assoc.define('Paired', '[["zip", "text"], ["age", {"type": "integer", "validate": {"min": 0}}], {"name": "at", "type": "date"}]',
  '{"timestamps": false}') ->> 'table' AS made;
SELECT attname FROM pg_attribute WHERE attrelid = 'paireds'::regclass AND attnum > 0 ORDER BY attnum;
SELECT assoc.forget('Paired');
DROP TABLE paireds;
SELECT wrong('[["a"]]');
SELECT wrong('[["a", "text", "b"]]');
SELECT wrong('[[1, "text"]]');
SELECT wrong('[["a", "text"], {"name": "a", "type": "int"}]');
SELECT wrong('[["", "text"]]');
SELECT wrong('[{"type": "text"}]');
SELECT wrong('[{"name": "a", "type": "text"}, {"name": "a", "type": "int"}]');

-- unknown and wrong keys
SELECT wrong('{"role": {"type": "text", "alowNull": false}}');
SELECT wrong('{"role": {"type": "text", "defaultValue": "x"}}');
SELECT wrong('{"role": {"type": "text", "references": {"model": "User"}}}');
SELECT wrong('{"role": {"type": "text", "allowNull": "no"}}');
SELECT wrong('{"role": {"type": "text", "name": "x"}}');
SELECT wrong('{"role": {"type": "text", "json": "number"}}');
SELECT wrong('{"role": {"type": "text", "primaryKey": true, "allowNull": true}}');
SELECT wrong('{"a": {"type": "text", "field": "c"}, "b": {"type": "text", "field": "c"}}');
SELECT wrong('{"": "text"}');
SELECT wrong('{"id": "text"}');
SELECT wrong('{"ctid": "text"}');
SELECT wrong(jsonb_build_object(repeat('x', 64), 'text'));
SELECT wrong(jsonb_build_object(repeat('ä', 32), 'text'));

-- nothing of all that is left
SELECT to_regclass('wrongs'), count(*) FROM assoc.models WHERE name = 'Wrong';

-- names: reserved words, spaces, quotes, dots, unicode, 63 bytes
SELECT assoc.define('Name', jsonb_build_array(
    '{"name": "select", "type": "text", "unique": true, "validate": {"len": [1, 5]}}'::jsonb,
    '{"name": "two words", "type": "text", "validate": {"notEmpty": true}}'::jsonb,
    '{"name": "quo\"te''s", "type": "text", "default": "x", "comment": "it''s"}'::jsonb,
    '{"name": "a.b", "type": "text"}'::jsonb,
    '{"name": "Größe", "type": "text", "validate": {"isIn": ["groß", "klein"]}}'::jsonb,
    jsonb_build_object('name', repeat('x', 63), 'type', 'text', 'unique', true,
                       'validate', '{"isAlpha": true, "len": [1, 3]}'::jsonb),
    jsonb_build_object('name', repeat('ä', 31), 'type', 'text', 'unique', true,
                       'validate', '{"isAlpha": true, "len": [1, 3]}'::jsonb)),
  '{"timestamps": false}') -> 'primaryKey' AS key;
\d names
SELECT assoc.define('Name', jsonb_build_array(
    jsonb_build_object('name', repeat('x', 63), 'type', 'text', 'unique', true,
                       'validate', '{"isAlpha": true, "len": [1, 3]}'::jsonb),
    jsonb_build_object('name', repeat('ä', 31), 'type', 'text', 'unique', true,
                       'validate', '{"isAlpha": true, "len": [1, 3]}'::jsonb),
    '{"name": "Größe", "type": "text", "validate": {"isIn": ["groß", "klein"]}}'::jsonb,
    '{"name": "select", "type": "text", "unique": true, "validate": {"len": [1, 5]}}'::jsonb,
    '{"name": "two words", "type": "text", "validate": {"notEmpty": true}}'::jsonb,
    '{"name": "quo\"te''s", "type": "text", "default": "x", "comment": "it''s"}'::jsonb,
    '{"name": "a.b", "type": "text"}'::jsonb),
  '{"timestamps": false}') -> 'changed' AS changed;
SELECT jsonb_path_query(assoc.validate('Name', '{"select": "123456", "two words": " ", "Größe": "riesig"}'), '$[*].message');

-- field and underscored
SELECT assoc.define('Person', '{"startDate": "date", "fullName": {"type": "text", "field": "FULL NAME"}, "secret": {"type": "text",
  "hidden": true}, "big": {"type": "bigint", "json": "string"}}',
  '{"underscored": true, "paranoid": true}') -> 'attributes' AS attributes;
SELECT attributes, options FROM assoc.models WHERE relation = 'people'::regclass;

-- composite and natural primary keys
SELECT assoc.define('Country', '{"code": {"type": "char(2)", "primaryKey": true}}', '{"timestamps": false}') -> 'primaryKey' AS key;
SELECT assoc.define('Seat', '[{"name": "tenant_id", "type": "bigint", "primaryKey": true}, {"name": "id", "type": "int", "primaryKey": true,
  "validate": {"min": 1}}]', '{"timestamps": false}') -> 'primaryKey' AS key;
\d seats

-- comments
SELECT assoc.define('Commented', '{"name": {"type": "text", "comment": "as in the passport", "validate": {"len": {"args": [2, 9],
  "msg": "2 to 9 letters, please"}}}}',
  '{"timestamps": false, "comment": "people''s names"}') -> 'changed' AS changed;
SELECT obj_description('commenteds'::regclass), col_description('commenteds'::regclass, 2),
  (SELECT obj_description(oid, 'pg_constraint') FROM pg_constraint WHERE conrelid = 'commenteds'::regclass AND contype = 'c') AS message;

-- NULL documents are none
SELECT assoc.define('Bare', NULL, NULL, NULL) -> 'attributes' -> 'id' AS id;

SET client_min_messages = warning;
DROP SCHEMA attributes CASCADE;
