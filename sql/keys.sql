-- values as callers give them, as values of the key's own type
CREATE SCHEMA keys_test;
SET search_path = keys_test;
\getenv build PG_LIBDIR
\set module :build '/pg_associations_test'
CREATE FUNCTION key_of(model text, id "any") RETURNS text[] LANGUAGE C AS :'module', 'registry_test_key';
CREATE FUNCTION value_of(type regtype, document jsonb, typmod integer DEFAULT -1) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN coalesce(keys_test.value_c(type, typmod, document), 'NULL');
EXCEPTION WHEN OTHERS THEN
  DECLARE detail text;
  BEGIN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN format('%s %s | %s', SQLSTATE, SQLERRM, detail);
  END;
END
$$;
CREATE FUNCTION value_c(type regtype, typmod integer, document jsonb) RETURNS text LANGUAGE C AS :'module', 'registry_test_value';

CREATE DOMAIN positive AS integer NOT NULL CHECK (VALUE > 0);
CREATE DOMAIN price AS numeric(6,2);
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE point2 AS (x integer, y numeric);
CREATE TABLE big (id bigint PRIMARY KEY);
CREATE TABLE plain (id integer PRIMARY KEY);
CREATE TABLE small (id smallint PRIMARY KEY);
CREATE TABLE words (id varchar(4) PRIMARY KEY);
CREATE TABLE uuids (id uuid PRIMARY KEY);
CREATE TABLE nums (id numeric(6,2) PRIMARY KEY);
CREATE TABLE posit (id positive PRIMARY KEY);
CREATE TABLE moods (id mood PRIMARY KEY);
CREATE TABLE pairs (tenant_id uuid, "No" integer, PRIMARY KEY ("No", tenant_id));
INSERT INTO assoc.models (relation, name)
  SELECT c::regclass, c FROM unnest('{big,plain,small,words,uuids,nums,posit,moods,pairs}'::text[]) c;
UPDATE assoc.models SET attributes = '{"number": {"column": "No"}}' WHERE relation = 'pairs'::regclass;

-- integers of any width, text, numbers, JSON: compared by the column's type
SELECT key_of('big', 1), key_of('big', 1::smallint), key_of('big', 9223372036854775807), key_of('big', '1'), key_of('big', '1'::text),
  key_of('big', 1::numeric), key_of('big', 1.0), key_of('big', 1::float8), key_of('big', '1'::jsonb), key_of('big', '"1"'::jsonb),
  key_of('big', '1.0'::jsonb), key_of('big', '1'::json), key_of('big', '{"id": 1}'::jsonb), key_of('big', 7::positive);
SELECT key_of('plain', 1::bigint), key_of('small', 32767), key_of('words', 'ab'), key_of('words', 'a longer one'::text), key_of('words', 5),
  key_of('words', 'ab'::char(5)), key_of('nums', 1.005), key_of('nums', 2), key_of('posit', 3), key_of('posit', -3::bigint), key_of('moods',
    'sad');
SELECT key_of('uuids', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'), key_of('uuids', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid),
  key_of('uuids', '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"'::jsonb);
-- not in range, not of the type
SELECT key_of('plain', 2147483648);
SELECT key_of('small', -32769);
SELECT key_of('plain', '2147483648');
SELECT key_of('big', 'one');
SELECT key_of('big', 1.5);
SELECT key_of('big', true);
SELECT key_of('big', '{"i": 1}'::jsonb);
SELECT key_of('big', '[1]'::jsonb);
SELECT key_of('big', 'null'::jsonb);
SELECT key_of('big', '{"id": null}'::jsonb);
SELECT key_of('uuids', 1);
SELECT key_of('moods', 'glad');
SELECT key_of('big', ROW(1));

-- composite keys: records by position, objects by attribute name
SELECT key_of('pairs', ROW(1, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::text)),
  key_of('pairs', ROW('2', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid)),
  key_of('pairs', '{"tenant_id": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "number": 3}'::jsonb),
  key_of('pairs', '{"tenant_id": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "number": "4"}'),
  key_of('pairs', '{"tenant_id": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "number": 5}'::text);
SELECT key_of('pairs', 1);
SELECT key_of('pairs', 'x');
SELECT key_of('pairs', ROW(1));
SELECT key_of('pairs', ROW(1, NULL));
SELECT key_of('pairs', ROW(1, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 3));
SELECT key_of('pairs', '{"number": 3}'::jsonb);
SELECT key_of('pairs', '{"number": 3, "tenant": 1, "tenant_id": 1}'::jsonb);
SELECT key_of('pairs', '{"number": 3, "tenant_id": 1}'::jsonb);

-- JSON values as values of any type
SELECT type, document, value_of(type, document)
FROM (VALUES
  ('bigint'::regtype, '1'::jsonb), ('bigint', '"1"'), ('bigint', '1e3'), ('bigint', '1.5'), ('bigint', '99999999999999999999'),
  ('bigint', 'true'), ('bigint', '[1]'), ('bigint', '{"a": 1}'), ('bigint', 'null'),
  ('numeric', '12345678901234567890.123456789'), ('float8', '0.1'), ('text', '"a"'), ('text', '5.10'), ('text', 'true'), ('text',
    '{"a": 1}'),
  ('boolean', 'false'), ('boolean', '"yes"'), ('boolean', '1'), ('boolean', '5'), ('date', '"2024-02-30"'), ('date', '"2024-02-29"'),
  ('uuid', '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"'), ('mood', '"happy"'), ('mood', '"glad"'),
  ('jsonb', '{"a": [1, null]}'), ('jsonb', '"x"'), ('jsonb', 'null'), ('json', '{"a": [1, null]}'),
  ('integer[]', '[1, "2", null]'), ('integer[]', '[]'), ('integer[]', '[[1, 2], [3, 4]]'), ('integer[]', '[[1, 2], 3]'), ('integer[]',
    '[1, [2]]'),
  ('integer[]', '[[1, 2], [3]]'), ('integer[]', '"{1,2}"'), ('integer[]', '[1, "x"]'), ('integer[]', '5'), ('jsonb[]', '[[1], {"a": 1}]'),
    ('text[]', '["a,b", null]'),
  ('point2', '{"x": 1, "y": "2.50"}'), ('point2', '{"x": "no"}'), ('point2', '"(1,2)"'), ('point2[]', '[{"x": 1}]'),
  ('positive', '1'), ('positive', '0'), ('positive', 'null'), ('price', '1.005'), ('price', '123456'),
  ('int4range', '"[1,5)"'), ('point', '"(1,2)"')) v (type, document);
-- typmods hold
SELECT value_of('varchar', '"abc"', 7), value_of('varchar', '"abcd"', 7), value_of('numeric', '1.25', (10 << 16 | 1) + 4);
-- the number by which the library knows how uuids are ordered
SELECT opfname, amname FROM pg_opfamily f JOIN pg_am a ON a.oid = opfmethod WHERE f.oid = 2968;

SET client_min_messages = warning;
DROP SCHEMA keys_test CASCADE;
SELECT count(*) FROM assoc.models WHERE relation::text ~ 'keys_test';
