-- every type with every kind of value: assoc.validate finds something exactly where assoc.create refuses
CREATE SCHEMA validate_types;
SET search_path = validate_types;
SET client_min_messages = warning;
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN word AS varchar(4);
CREATE TYPE mood AS ENUM ('sad', 'true', '{}');
CREATE TYPE pair AS (x integer, y word);
CREATE TYPE floats AS RANGE (subtype = float8);
-- as types of extensions are: one reads JSON, one is a string, one has the cast that hstore has
CREATE TYPE own;
CREATE FUNCTION own_in(cstring) RETURNS own IMMUTABLE STRICT LANGUAGE internal AS 'textin';
CREATE FUNCTION own_out(own) RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS 'textout';
CREATE TYPE own (INPUT = own_in, OUTPUT = own_out);
CREATE TYPE soft;
CREATE FUNCTION soft_in(cstring) RETURNS soft IMMUTABLE STRICT LANGUAGE internal AS 'textin';
CREATE FUNCTION soft_out(soft) RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS 'textout';
CREATE TYPE soft (INPUT = soft_in, OUTPUT = soft_out, CATEGORY = 'S');
CREATE TYPE tags;
CREATE FUNCTION tags_in(cstring) RETURNS tags IMMUTABLE STRICT LANGUAGE internal AS 'textin';
CREATE FUNCTION tags_out(tags) RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS 'textout';
CREATE TYPE tags (INPUT = tags_in, OUTPUT = tags_out);
CREATE FUNCTION tags(text[]) RETURNS tags IMMUTABLE STRICT LANGUAGE sql
  RETURN pg_catalog.array_to_string($1, '|', 'none')::validate_types.tags;
CREATE CAST (text[] AS tags) WITH FUNCTION tags(text[]);

CREATE TABLE types (number integer GENERATED ALWAYS AS IDENTITY, type text);
INSERT INTO types (type) SELECT unnest(ARRAY['smallint', 'integer', 'bigint', 'numeric', 'numeric(4,1)', 'real', 'double precision',
  'money', 'oid', 'boolean', 'text', 'varchar', 'varchar(3)', 'char(3)', '"char"', 'name', 'bytea', 'bit(3)', 'varbit', 'uuid', 'date',
  'time', 'timestamptz', 'timestamp', 'interval', 'json', 'jsonb', 'jsonpath', 'xml', 'tsvector', 'tsquery', 'inet', 'macaddr', 'point',
  'path', 'polygon', 'line', 'int4range', 'daterange', 'int4multirange', 'pg_lsn', 'xid', 'regclass', 'mood', 'positive', 'word', 'pair',
  'floats', 'own', 'soft', 'tags', 'integer[]', 'text[]', 'boolean[]', 'jsonb[]', 'positive[]', 'pair[]', 'own[]', 'int4range[]']);
CREATE TABLE things (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
DO $$
BEGIN
  EXECUTE (SELECT 'ALTER TABLE things ' || string_agg(format('ADD c%s %s', number, type), ',') FROM types);
END
$$;
SELECT assoc.adopt('things', 'Thing') ->> 'model';

CREATE TABLE docs (number integer GENERATED ALWAYS AS IDENTITY, doc jsonb);
INSERT INTO docs (doc) SELECT d::jsonb FROM unnest(ARRAY['null', 'true', 'false', '0', '1', '1.0', '1e2', '2.5', '-7', '70000',
  '99999999999', '123456789012345678901234567890', '""', '"a"', '"true"', '"abcde"', '"1"', '"1.0"', '" 2 "', '"NaN"', '"2024-02-29"',
  '"2024-02-30"', '"12:30"', '"a & b"', '"a b"', '"\\xff"', '"101"', '"{}"', '"[1,3)"', '"{1,2}"', '"(1,ab)"', '"0/1"',
  '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"', '"10.0.0.1"', '"validate_types.things"', '"no_such"', '[]', '[1]', '[1.0, 2]', '["a", null]',
  '[true]', '[[1], [2]]', '[[1], [2, 3]]', '[[1], 2]', '[{"x": 1}]', '[{"x": 1, "y": "abcde"}]', '[0]', '[1, 2, 3, 4]',
  '["2024-01-01", "2024-02-01"]',
  '{}', '{"x": 1}', '{"x": 1.0, "y": 5}', '{"x": "a"}', '{"x": 1, "y": "abcde"}', '{"x": 1, "z": 2}', '{"x": null}', '{"y": true}',
  '{"x": {"y": 1}}', '{"param": "x"}', '{"sql": "now()"}']) d;

-- what is stored, or the error; and what validate says
CREATE FUNCTION stored(col text, doc jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  detail text;
BEGIN
  RETURN coalesce(assoc.create('Thing', jsonb_build_object(col, doc)) ->> col, 'NULL');
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN format('! %s %s | %s', SQLSTATE, SQLERRM, detail);
END
$$;
CREATE TABLE results AS
  SELECT t.number AS t, d.number AS d, type, doc, stored('c' || t.number, doc),
    assoc.validate('Thing', jsonb_build_object('c' || t.number, doc)) AS failures
  FROM types t, docs d;
SELECT count(*), count(*) FILTER (WHERE stored ~ '^!') > 1000 AS many_refused FROM results;
SELECT type, doc, stored, failures FROM results WHERE (stored ~ '^!') <> (failures <> '[]') ORDER BY t, d;
-- each refusal has the attribute as its place, in both
SELECT type, doc, stored, failures FROM results
  WHERE stored ~ '^!' AND (stored !~ format('"path": "c%s[".[]', t) OR failures #>> '{0,path}' !~ format('^c%s', t)) ORDER BY t, d;
-- booleans, arrays and objects: which types take them, and as what
SELECT type, string_agg(doc::text || ' -> ' || stored, '; ' ORDER BY d) FROM results
  WHERE jsonb_typeof(doc) IN ('boolean', 'array', 'object') AND type !~ '^json|^own|^tags' AND stored !~ '^!' GROUP BY t, type ORDER BY t;
SELECT type, jsonb_typeof(doc), count(*) FROM results
  WHERE jsonb_typeof(doc) IN ('boolean', 'array', 'object') AND type ~ '^json|^own|^tags' AND stored !~ '^!' GROUP BY 1, 2 ORDER BY 1, 2;
SELECT stored FROM results WHERE type IN ('own', 'tags') AND doc IN ('[1.0, 2]', '{"x": 1.0, "y": 5}', '{"x": null}') ORDER BY t, d;
SELECT type, doc, stored FROM results
  WHERE type IN ('text', 'pair', 'integer[]', 'tags', 'int4range', 'soft') AND stored ~ '^!'
    AND doc IN ('true', '[1]', '[true]', '{}', '{"x": 1, "z": 2}', '{"y": true}', '{"x": {"y": 1}}') ORDER BY t, d;

-- a default is read as a value is: both are taken, and then are equal, or both are refused
CREATE FUNCTION defaulted(type text, doc jsonb) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM assoc.define('Fresh', jsonb_build_object('c', jsonb_build_object('type', type, 'default', doc)), '{"timestamps": false}');
  RAISE EXCEPTION '%', coalesce(assoc.create('Fresh', '{}') ->> 'c', 'NULL') USING ERRCODE = 'P0099';
EXCEPTION WHEN SQLSTATE 'P0099' THEN RETURN SQLERRM; WHEN OTHERS THEN RETURN '! ' || SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT type, doc, stored, failures, defaulted FROM (
    SELECT *, defaulted(type, doc) FROM results WHERE doc <> '{"sql": "now()"}'
      AND type IN ('integer', 'text', 'jsonb', 'integer[]', 'pair', 'positive', 'date', 'numeric(4,1)', 'boolean', 'tags', 'own')) r
  WHERE CASE WHEN stored ~ '^!' THEN defaulted !~ '^!' ELSE defaulted <> stored END ORDER BY t, d;
SELECT assoc.define('Def', '{"n": {"type": "integer", "default": 1.0}, "ns": {"type": "integer[]", "default": [1.0, 2]}}') ->> 'model',
  assoc.create('Def', '{}', '{"attributes": ["n", "ns"]}');
-- a date keeps its own text, whatever DateStyle is
SET DateStyle = 'SQL, DMY';
SELECT assoc.define('Dated', '{"d": {"type": "date", "default": "2024-02-03"},
  "ds": {"type": "date[]", "default": ["2024-02-03"]}}') ->> 'model';
RESET DateStyle;
SELECT assoc.create('Dated', '{}') ->> 'd', assoc.create('Dated', '{}') ->> 'ds';

-- the same in the other doors: update, where, payload and keys of links, params
SELECT assoc.update('Thing', '{"c11": {"x": 1}}', '{"where": {"id": 1}}');
SELECT assoc.find_all('Thing', '{"where": {"c11": {"eq": ["a"]}}}');
SELECT assoc.find_all('Thing', '{"where": {"c11": true}}');
SELECT assoc.find_all('Thing', '{"where": {"c11": {"param": "p"}}}', '{"p": {"x": 1}}');
SELECT assoc.upsert('Thing', '{"c11": ["a"]}');
SELECT assoc.find_or_create('Thing', '{"c11": false}');
SELECT assoc.find_by_pk('Thing', '{"id": true}');

-- a wrong value is told wherever it stands, also where nothing else is given
SELECT assoc.define('Parent', '{"n": "integer"}', '{"timestamps": false}') ->> 'model',
  assoc.define('Friend', '{"n": "integer"}', '{"timestamps": false}') ->> 'model';
SELECT assoc.belongs_to_many('Parent', 'Friend', through_attributes => '{"m": "integer"}') ->> 'alias';
SELECT assoc.create('Parent', '{"friends": [{"n": 1}]}', '{"attributes": ["id"]}');
SELECT assoc.update('Parent', '{"n": {"x": 1}}', '{"where": {"id": 1}, "returning": ["n"]}');
SELECT assoc.update('Parent', '{"friends": {"update": {"id": 1, "data": {"n": [1]}}}}', '{"where": {"id": 1}}');
SELECT assoc.update('Parent', '{"friends": {"update": {"id": 1, "through": {"m": true}}}}', '{"where": {"id": 1}}');
SELECT assoc.update('Parent', '{"friends": {"update": {"id": 1, "through": {"m": true}}, "connect": {"id": 1, "through": {"m": {}}}}}',
  '{"where": {"id": 1}}');
DROP SCHEMA validate_types CASCADE;
