-- What clients differ in: how numbers and times are written, how empty objects are, and keys as text.
CREATE SCHEMA clients_settings;
SET search_path = clients_settings;
\pset format unaligned
\pset tuples_only on
SELECT assoc.define('Meeting', '[["title", "text"], ["at", "timestamptz"], ["days", "timestamptz[]"], ["span", "tstzrange"], ["size",
  "bigint"], ["rank", "integer"]]',
  '{"timestamps": false}') ->> 'table';
SELECT assoc.define('Person', '[["name", "text"]]', '{"timestamps": false}') ->> 'table';
SELECT assoc.belongs_to_many('Meeting', 'Person', inverse => 'meetings') ->> 'through';
SELECT assoc.create('Meeting', '{"title": "one", "at": "2024-03-01T12:00:00.5Z", "days": ["2024-07-01T00:00:00Z"],
  "span": "[2024-01-01 00:00Z,2024-01-02 00:00Z)", "size": "9007199254740993", "rank": 1, "people": [{"name": "Ann"}]}',
    '{"attributes": ["id"]}');

-- times: in the session's zone, or in the one that is set
SET timezone = 'America/New_York';
SELECT assoc.find_by_pk('Meeting', 1, '{"attributes": ["at", "days", "span"]}');
SET pg_associations.timezone = 'UTC';
SELECT assoc.find_by_pk('Meeting', 1, '{"attributes": ["at", "days", "span"]}');
SELECT assoc.find_by_pk_json('Meeting', 1, '{"attributes": ["at", "days", "span"]}');
SELECT assoc.find_all('Meeting', '{"attributes": ["at"], "include": [{"association": "people", "attributes": ["name"],
  "through": {"attributes": []}}]}');
SELECT assoc.aggregate('Meeting', '{"attributes": [{"max": "at", "as": "last"}]}');
SELECT assoc.update('Meeting', '{"rank": 2}', '{"where": {"id": 1}, "returning": ["at"]}');
-- what is said is read in the session's zone, as in SQL
SELECT assoc.count('Meeting', '{"where": {"at": "2024-03-01T07:00:00.5"}}');
SET pg_associations.timezone = 'Asia/Kathmandu';
SELECT assoc.find_by_pk('Meeting', 1, '{"attributes": ["at", "days", "span"]}');
SELECT at FROM meetings;
SET pg_associations.timezone = 'Nowhere/Land';
RESET pg_associations.timezone;
SELECT assoc.find_by_pk('Meeting', 1, '{"attributes": ["at", "days", "span"]}');
-- an error on the way leaves the session's zone alone
SET pg_associations.timezone = 'UTC';
SELECT assoc.create('Meeting', '{"at": "-4000-01-01T00:00:00Z", "days": ["294276-12-31T23:59:59Z"]}', '{"attributes": ["at", "days"]}');
SELECT assoc.create('Meeting', '{"at": "0044-03-15T00:00:00Z BC", "days": ["294276-12-31T23:59:59Z"]}', '{"attributes": ["at", "days"]}');
SHOW timezone;
SELECT timestamptz '2024-01-01 12:00Z';
RESET pg_associations.timezone;
DELETE FROM meetings WHERE id > 1;

-- bigint: numbers, or strings in all documents; integer stays a number
SET pg_associations.bigint = 'string';
SELECT assoc.find_by_pk('Meeting', 1, '{"attributes": ["id", "size", "rank", {"count": "people", "as": "n"}], "include": ["people"]}');
SELECT assoc.find_and_count_all('Meeting', '{"attributes": ["id"]}');
SELECT assoc.find_by_pk('Meeting', 1, '{"attributes": ["id"], "bigint": "number"}');
SELECT assoc.add('Meeting', 1, 'people', '["1"]'), meeting_set_people(1, '{}');
SELECT assoc.set_many('Meeting', 'people', '[{"id": "1", "people": ["1"]}]');
SELECT assoc.aggregate('Meeting', '{"attributes": [{"count": "*", "as": "n"}, {"max": "size", "as": "most"}]}');
SELECT assoc.update('Meeting', '{"rank": 3}', '{"where": {"id": 1}}');
SELECT assoc.create('Person', '{"name": "Bob"}');
-- a count is no document
SELECT assoc.count('Meeting'), assoc.count('Meeting', '{"where": {"id": "1"}}');
SET pg_associations.bigint = 'number';
SELECT meeting_add_people(1, '{2}'), assoc.find_and_count_all('Meeting', '{"attributes": ["id"]}');
SELECT assoc.find_and_count_all('Meeting', '{"attributes": ["id"], "bigint": "string"}');
SET pg_associations.bigint = 'text';

-- an empty array where an object is meant, as PHP writes one
SELECT assoc.find_all('Person', '[]', '[]');
SELECT assoc.find_all('Person', '{"where": [], "include": [{"association": "meetings", "attributes": ["title"], "through": [],
  "where": []}]}');
SELECT assoc.create('Person', '[]', '[]');
SELECT meeting_add_person(1, 1, '[]');
SELECT assoc.define('Person', '[]', '[]') ->> 'created';
SELECT assoc.find_all('Person', '[1]');
SELECT assoc.find_all('Person', '{"where": [1]}');
SELECT assoc.update('Person', '{"name": "x"}', '[]');
SELECT assoc.update('Person', '[]', '{"all": true}');

-- count with the model alone; core's count stays core's
SELECT assoc.count('Person'), assoc.count('Person'::varchar), assoc.count('Person'::text);
SELECT assoc.count(1);
SELECT assoc.count(NULL);
SELECT assoc.count('Persson');

-- accessors that take keys as text, beside those that take them as they are
SELECT assoc.belongs_to_many('Meeting', 'Person', inverse => 'meetings', options => '{"accessors": {"text": true}}',
  replace => true) ->> 'changed';
SELECT p.oid::regprocedure FROM pg_proc p WHERE pronamespace = 'clients_settings'::regnamespace AND proname ~ '^meeting'
  ORDER BY p.oid::regprocedure::text;
SELECT meeting_set_people('1'::varchar, '{1,2}'::text[]), meeting_remove_person('1'::varchar, '2'::varchar), meeting_has_people('1'::text,
  '{1}'::text[]);
SELECT meeting_with_people('1'::varchar, '{"attributes": ["id"], "include": [{"association": "people", "attributes": ["id"],
  "through": {"attributes": []}}]}'), meeting_with_people(1, '{"attributes": ["id"]}');
SELECT meeting_count_people('x'::text);
-- again changes nothing; a key of another type changes one of each two; without the option they go
SELECT assoc.belongs_to_many('Meeting', 'Person', inverse => 'meetings', options => '{"accessors": {"text": true}}') ->> 'changed';
SELECT assoc.define('Slot', '[["code", {"type": "integer", "primaryKey": true}]]', '{"timestamps": false}') ->> 'table';
SELECT assoc.has_many('Slot', 'Meeting', options => '{"accessors": {"text": true, "only": ["count"]}}') -> 'accessors';
ALTER TABLE meetings DROP CONSTRAINT meetings_slot_code_fkey;
ALTER TABLE slots ALTER code TYPE uuid USING gen_random_uuid();
ALTER TABLE meetings ALTER slot_code TYPE uuid USING NULL;
SELECT assoc.has_many('Slot', 'Meeting', options => '{"accessors": {"text": true, "only": ["count"]}}') -> 'accessors';
SELECT assoc.has_many('Slot', 'Meeting', options => '{"accessors": {"only": ["count"]}}', replace => true) -> 'accessors';
SELECT p.oid::regprocedure FROM pg_proc p WHERE pronamespace = 'clients_settings'::regnamespace AND proname ~ '^slot';
SELECT assoc.belongs_to_many('Meeting', 'Person', options => '{"accessors": {"text": 1}}', replace => true);

-- a session gets to know them with the library; a value from before is taken, if it is one
\c -
SET pg_associations.max_depth = 7;
SET pg_associations.track = 'perhaps';
SET pg_associations.timezone = 'UTC';
RESET pg_associations.timezone;
LOAD 'pg_associations';
SELECT name FROM pg_settings WHERE name LIKE 'pg\_associations.%' ORDER BY name COLLATE "C";
SHOW pg_associations.max_depth;
SHOW pg_associations.track;
SELECT current_setting('pg_associations.timezone') = '', current_setting('PG_Associations.BigInt');
SET pg_associations.max_dept = 8;
-- they are in their places: each setting of the server is found
SELECT name FROM pg_settings WHERE current_setting(name, true) IS NULL;
-- backslashes in literals mean themselves or not: no function is written so that it matters, nor reads what is
SET search_path = clients_settings;
SELECT assoc.define('Coded', '{"code": {"type": "text", "default": "a\\", "validate":
  {"is": "^\\d+$", "contains": "\\.", "notIn": ["\\", "''"]}},
  "kind": {"type": "text", "validate": {"isIn": ["a\\b", "c"], "isEmail": true}}}', '{"timestamps": false}') -> 'changed';
CREATE FUNCTION told() RETURNS TABLE (what text, text text) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY SELECT 'keywords', (SELECT string_agg(v ->> 'keywords', ' ' ORDER BY v ->> 'name')
      FROM jsonb_array_elements(assoc.describe('Coded') -> 'attributes') a, jsonb_array_elements(a -> 'validators') v)
    UNION ALL SELECT 'schema', assoc.json_schema('Coded')::text UNION ALL SELECT 'typescript', assoc.typescript('clients_settings')
    UNION ALL SELECT 'diagram', assoc.diagram(f) FROM unnest('{mermaid,dot,svg,dbml}'::text[]) f
    UNION ALL SELECT 'help', string_agg(h, '') FROM assoc.help() h;
END $$;
CREATE TABLE before AS SELECT row_number() OVER () AS n, t.* FROM told() t;
SELECT text FROM before WHERE what = 'keywords';
-- from 19 on it cannot be off
DO $$ BEGIN IF current_setting('server_version_num')::int < 190000 THEN SET standard_conforming_strings = off; END IF; END $$;
SELECT count(*), count(*) FILTER (WHERE b.text = t.text) AS same
  FROM before b JOIN (SELECT row_number() OVER () AS n, t.* FROM told() t) t USING (n);
DO $$
DECLARE f record;
BEGIN
  FOR f IN SELECT p.oid, l.lanname FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = 'assoc'::regnamespace LOOP
    CASE f.lanname WHEN 'plpgsql' THEN PERFORM plpgsql_validator(f.oid);
      WHEN 'sql' THEN PERFORM fmgr_sql_validator(f.oid); ELSE NULL; END CASE;
  END LOOP;
END $$;
RESET standard_conforming_strings;
SET client_min_messages = warning;
DROP SCHEMA clients_settings CASCADE;
