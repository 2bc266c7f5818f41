-- Validators: named CHECK constraints, and all failures of a row at once.
CREATE EXTENSION IF NOT EXISTS pg_associations;
CREATE SCHEMA validators;
SET search_path = validators;

\getenv top PG_ABS_SRCDIR
\set raised :top '/test/data/raised.sql'
\set ECHO none
\i :raised
\set ECHO all

-- which of the values a column with this validator takes: plain INSERTs, and what validate says
CREATE FUNCTION takes(type text, validator jsonb, VARIADIC vals text[]) RETURNS TABLE (value text, taken boolean, validated boolean)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM assoc.define('Sample', jsonb_build_object('v', jsonb_build_object('type', type, 'validate', validator)), '{"timestamps": false}');
  FOREACH value IN ARRAY vals LOOP
    BEGIN
      EXECUTE format('INSERT INTO samples (v) VALUES ($1::%s)', type) USING value;
      taken := true;
    EXCEPTION WHEN check_violation OR not_null_violation THEN
      taken := false;
    END;
    validated := assoc.validate('Sample', CASE WHEN type IN ('jsonb', 'text[]', 'int[]') AND value IS NOT NULL
      THEN jsonb_build_object('v', CASE WHEN type = 'jsonb' THEN value::jsonb ELSE to_jsonb(value::text[]) END)
      ELSE jsonb_build_object('v', value) END) = '[]';
    RETURN NEXT;
  END LOOP;
  DROP TABLE samples;
END $$;
CREATE FUNCTION wrong(type text, validator jsonb) RETURNS TABLE (error text) LANGUAGE sql
AS $$ SELECT raised(format('SELECT assoc.define(''Wrong'', %L)', jsonb_build_object('v', jsonb_build_object('type', type, 'validate',
  validator)))) $$;

-- text
SELECT * FROM takes('text', '{"isEmail": true}', 'john@example.com', 'a.b+c@sub.example.co.uk', 'jörg@müller.de', 'john', 'john@',
  '@example.com', 'a b@example.com', 'a..b@example.com', 'a@b@c.de', 'a@localhost', E'a@b.co\n', '', NULL);
SELECT * FROM takes('varchar(200)', '{"isUrl": true}', 'http://example.com', 'https://user:pw@www.example.com:8080/a/b?c=d#e',
  'example.com', 'ftp://1.2.3.4/x', 'http://[::1]/', 'javascript:alert(1)', 'http://', 'http://exa mple.com', 'example',
  'http://example.com:99999999');
SELECT * FROM takes('text', '{"isIP": true}', '1.2.3.4', '::1', '2001:db8::8a2e:370:7334', '::ffff:1.2.3.4', '1.2.3', '256.1.1.1',
  '1::2::3', 'g::1');
SELECT * FROM takes('text', '{"isIPv4": true}', '1.2.3.4', '::1');
SELECT * FROM takes('text', '{"isIPv6": true}', '1.2.3.4', '::1', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8:9');
SELECT * FROM takes('inet', '{"isIPv6": true}', '1.2.3.4', '::1');
SELECT * FROM takes('text', '{"isAlpha": true}', 'abcXYZ', 'abc1', 'é', '');
SELECT * FROM takes('text', '{"isAlphanumeric": true}', 'abc1', 'abc-1');
SELECT * FROM takes('text', '{"isNumeric": true}', '1', '-1.5', '.5', '1.', '1e5', 'x');
SELECT * FROM takes('text', '{"isInt": true}', '1', '-1', '1.0', '1e5', ' 1');
SELECT * FROM takes('text', '{"isFloat": true}', '1', '-1.5', '.5', '1.', '1e5', '1e', '.');
SELECT * FROM takes('text', '{"isDecimal": true}', '1', '-1.5', '.5', '1.', '1e5');
SELECT * FROM takes('text', '{"isLowercase": true}', 'abc é 1', 'aBc', '');
SELECT * FROM takes('text', '{"isUppercase": true}', 'ABC 1', 'AbC');
SELECT * FROM takes('text', '{"isUUID": true}', 'a987fbc9-4bed-3078-cf07-9141ba07c9f3', 'A987FBC9-4BED-3078-CF07-9141BA07C9F3',
  'a987fbc94bed3078cf079141ba07c9f3');
SELECT * FROM takes('text', '{"isUUID": 4}', 'a987fbc9-4bed-3078-cf07-9141ba07c9f3', 'a987fbc9-4bed-4078-8f07-9141ba07c9f3');
SELECT * FROM takes('uuid', '{"isUUID": "4"}', 'a987fbc9-4bed-3078-cf07-9141ba07c9f3', 'a987fbc9-4bed-4078-8f07-9141ba07c9f3');
SELECT * FROM takes('text', '{"is": "^[a-z]+$"}', 'abc', 'ABC', E'abc\n1');
SELECT * FROM takes('text', '{"is": ["^[a-z]+$", "i"]}', 'abc', 'ABC', 'a1');
SELECT * FROM takes('text', '{"not": ["[a-z]", "i"]}', '123', 'a1', 'A1');
SELECT * FROM takes('text', '{"notEmpty": true}', 'a', ' ', '', E'\t\n', NULL);
-- white space beyond ASCII
SELECT to_hex(ascii(value)), length(value), taken, validated FROM takes('text', '{"notEmpty": true}', U&'\00A0', U&'\3000', U&'\FEFF',
  U&'\2003\2028 \0085', U&'\00A0x', U&'\200B', U&'\00E9');
SELECT * FROM takes('text', '{"notNull": true}', 'a', '', NULL);
SELECT * FROM takes('text', '{"equals": "it''s"}', 'it''s', 'its');
SELECT * FROM takes('text', '{"contains": "a%b"}', 'xa%bx', 'axb');
SELECT * FROM takes('text', '{"notContains": "bad"}', 'good', 'too bad', 'BAD');
SELECT * FROM takes('text', '{"isIn": ["a", "b''c", "\\"]}', 'a', 'b''c', E'\\', 'A', 'd', NULL);
SELECT * FROM takes('text', '{"isIn": [["a", "b"]]}', 'a', 'b', 'a,b');
SELECT * FROM takes('text', '{"notIn": [["a", "b"]]}', 'a', 'c', NULL);
SELECT * FROM takes('text', '{"len": [2, 4]}', 'a', 'ab', 'äöüß', 'abcde', NULL);
SELECT * FROM takes('text', '{"len": 2}', 'a', 'ab', 'abcde');
SELECT * FROM takes('char(5)', '{"isIn": ["a", "b"]}', 'a', 'c');

-- numbers, dates, arrays and others
SELECT * FROM takes('int', '{"min": 1, "max": 10}', '0', '1', '10', '11', NULL);
SELECT * FROM takes('numeric', '{"min": 0.5, "isInt": true}', '0.4', '1.0', '1.5');
-- no number at all
SELECT * FROM takes('numeric', '{"isInt": true}', 'NaN', 'Infinity', '-Infinity', '1.0', '1e30');
SELECT * FROM takes('float8', '{"isInt": true}', 'NaN', 'Infinity', '-Infinity', '1.0', '1.5');
SELECT * FROM takes('real', '{"isFloat": true}', 'NaN', 'Infinity', '1.5');
SELECT * FROM takes('numeric', '{"isDecimal": true, "isNumeric": true}', 'NaN', '-Infinity', '1.5');
SELECT * FROM takes('bigint', '{"isIn": [1, "2", 9007199254740993], "isInt": true, "isNumeric": true}', '1', '2', '9007199254740993',
  '9007199254740992');
SELECT * FROM takes('date', '{"isAfter": "2024-01-01", "isBefore": "2024-12-31", "isDate": true}', '2024-01-01', '2024-01-02',
  '2024-12-31');
SELECT * FROM takes('timestamptz', '{"isAfter": "2024-01-01 00:00:00+00"}', '2024-01-01 00:00:00+00', '2024-01-01 00:00:00.000001+00');
SELECT * FROM takes('interval', '{"max": "1 day"}', '23 hours', '25 hours');
SELECT * FROM takes('boolean', '{"equals": true}', 'true', 'false');
SELECT * FROM takes('text[]', '{"len": [1, 2], "notEmpty": true, "isArray": true}', '{}', '{a}', '{a,b,c}');
SELECT * FROM takes('jsonb', '{"isArray": true}', '[]', '{}', '"a"');
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
SELECT * FROM takes('validators.mood', '{"notIn": ["sad"]}', 'sad', 'ok');
CREATE DOMAIN short AS text CHECK (length(VALUE) < 5);
SELECT * FROM takes('validators.short', '{"isLowercase": true}', 'abc', 'ABC', 'abcdef');
-- off
SELECT * FROM takes('text', '{"isEmail": false}', 'x');

-- wrong validators, arguments and columns
SELECT wrong('text', '{"isEmial": true}');
SELECT wrong('text', '{"isCreditCard": true}');
SELECT wrong('text', '{"isEmail": "yes"}');
SELECT wrong('text', '{"isEmail": {"message": "no"}}');
SELECT wrong('text', '{"isEmail": {"msg": 1}}');
SELECT wrong('int', '{"isEmail": true}');
SELECT wrong('text', '{"is": "["}');
SELECT wrong('text', '{"is": ["a", "g"]}');
SELECT wrong('text', '{"isIn": "a"}');
SELECT wrong('text', '{"isIn": []}');
SELECT wrong('text', '{"isIn": [[]]}');
SELECT wrong('text', '{"isIn": ["a", null]}');
SELECT wrong('int', '{"isIn": [1, "x"]}');
SELECT wrong('text[]', '{"isIn": [["a"]]}');
SELECT wrong('validators.mood', '{"isIn": ["glad"]}');
SELECT wrong('json', '{"isIn": ["a"]}');
SELECT wrong('text', '{"min": 1}');
SELECT wrong('int', '{"min": "x"}');
SELECT wrong('int', '{"min": [1, 2]}');
SELECT wrong('int', '{"min": null}');
SELECT wrong('int', '{"len": [1, 2]}');
SELECT wrong('text', '{"len": [1, 2, 3]}');
SELECT wrong('text', '{"len": "2"}');
SELECT wrong('text', '{"isDate": true}');
SELECT wrong('date', '{"isAfter": "today"}');
SELECT wrong('text', '{"isUUID": 9}');
SELECT wrong('text', '{"notNull": {"msg": "please"}}');
SELECT raised($$SELECT assoc.define('Wrong', '{"v": {"type": "text", "allowNull": true, "validate": {"notNull": true}}}')$$);
SELECT raised($$SELECT assoc.define('Wrong', '{"v": {"type": "text", "validate": ["isEmail"]}}')$$);
SELECT raised($$SELECT assoc.define('Wrong', '{"v": {"validate": {"isEmail": true}}}')$$);

-- every failure at once, hand-written constraints and domains too; values are cut at 64 bytes
SELECT assoc.define('User', '[
  {"name": "name", "type": "text", "allowNull": false, "validate": {"len": [2, 10]}},
  {"name": "email", "type": "varchar(100)", "allowNull": false, "validate": {"isEmail": {"msg": "that is no address"}, "len": [5, 100]}},
  {"name": "startDate", "type": "date", "field": "start_date"},
  {"name": "age", "type": "int", "validate": {"min": 0}},
  {"name": "nick", "type": "validators.short"},
  {"name": "tags", "type": "text[]", "validate": {"len": [1, 2]}},
  {"name": "code", "type": "char(2)", "allowNull": false, "default": "xx"}]', '{"timestamps": false}') -> 'created' AS created;
ALTER TABLE users ADD CONSTRAINT adults CHECK (age >= 18), ADD CONSTRAINT young_or_named CHECK (age < 90 OR nick IS NOT NULL);
SELECT f ->> 'path' AS path, f ->> 'validator' AS validator, f ->> 'message' AS message, f ->> 'value' AS value
FROM jsonb_array_elements(assoc.validate('User', jsonb_build_object('email', repeat('ä', 50), 'startDate', 'soon', 'age', -1, 'nick',
  'too long', 'tags', '["a", "b", "c"]'::jsonb, 'code', null, 'nickname', 'x'))) f;
SELECT f ->> 'path' AS path, f ->> 'message' AS message
FROM jsonb_array_elements(assoc.validate('User', '[{"name": "John", "email": "a@b.co"}, {"name": "J", "email": 5}, {"id": "x",
  "name": "John", "email": "a@b.co", "age": 99, "nick": null}, {"name": "John", "email": "a@b.co", "tags": "{a,b,c}"}]')) f;
SELECT assoc.validate('User', '{"name": "John", "email": "john@example.com", "startDate": "2024-01-31", "age": "20", "tags": ["a"]}');
SELECT assoc.validate('User', '[]');
SELECT raised($$SELECT assoc.validate('User', '1')$$);
SELECT raised($$SELECT assoc.validate('User', '[1]')$$);
SELECT raised($$SELECT assoc.validate('User', NULL)$$);
SELECT raised($$SELECT assoc.validate(NULL, '{}')$$);
SELECT raised($$SELECT assoc.validate('Usr', '{}')$$);
PREPARE untyped AS SELECT assoc.validate($1, $2);
EXECUTE untyped('User', '{"name": "John", "email": "a@b.co"}');

-- columns that were dropped, added and renamed
ALTER TABLE users DROP COLUMN nick;
ALTER TABLE users DROP COLUMN code;
ALTER TABLE users RENAME COLUMN name TO full_name;
ALTER TABLE users ADD COLUMN last text NOT NULL DEFAULT 'x' CHECK (last <> '');
SELECT f ->> 'path' AS path, f ->> 'message' AS message
FROM jsonb_array_elements(assoc.validate('User', '{"name": "J", "email": "a@b.co", "last": ""}')) f;

-- nested rows; the keys that the nesting gives are not missing
SELECT assoc.define('Project', '{"title": {"type": "text", "allowNull": false, "validate": {"len": [3, 20]}}}') -> 'created' AS created;
SELECT assoc.define('Task', '{"what": {"type": "text", "allowNull": false}}') -> 'created' AS created;
SELECT assoc.belongs_to_many('User', 'Project', through => 'Membership', options => '{"accessors": false}',
  through_attributes => '{"role": {"type": "text", "allowNull": false, "validate": {"isIn": ["admin", "guest"]}}}') IS NOT NULL AS declared;
SELECT assoc.has_many('Project', 'Task', options => '{"accessors": false}') IS NOT NULL AS declared;
ALTER TABLE tasks ALTER COLUMN project_id SET NOT NULL;
SELECT f ->> 'path' AS path, f ->> 'message' AS message
FROM jsonb_array_elements(assoc.validate('User', '{"name": "John", "email": "a@b.co", "projects": [
  {"title": "Good one", "through": {"role": "admin"}},
  {"title": "x", "through": {"role": "boss", "rule": 1}, "tasks": [{"what": "this"}, {"wath": "that"}]},
  {"title": "No payload"}]}')) f;
SELECT f ->> 'path' AS path, f ->> 'message' AS message
FROM jsonb_array_elements(assoc.validate('User', '{"name": "John", "email": "a@b.co", "projects": {"connect": [1], "create": {"title": "x",
  "through": {"role": "guest"}}}}')) f;

-- the constraints hold without the extension
SELECT assoc.define('Lasting', '{"email": {"type": "text", "validate": {"isEmail": true}}}',
  '{"timestamps": false}') -> 'created' AS created;
SET client_min_messages = warning;
DROP EXTENSION pg_associations CASCADE;
INSERT INTO lastings (email) VALUES ('nobody');
INSERT INTO lastings (email) VALUES ('some@body.org') RETURNING id, email;
CREATE EXTENSION pg_associations;

DROP SCHEMA validators CASCADE;
