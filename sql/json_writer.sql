-- bytes of jsonb and text of json, compared with what core writes
CREATE SCHEMA json_writer_test;
SET search_path = json_writer_test;
\set ECHO none
\i test/fuzz/json_writer.sql
\set ECHO all
-- the comparison tells apart what = does not
SELECT same('{"a": 1}', '{"a": 1}'), same('{"a": 1}', '{"a": 1.0}');

-- containers whose sizes lie around the stride of offsets; keys of one and of
-- many lengths, so that sorting by length and by bytes both count
CREATE VIEW sizes AS SELECT unnest('{0,1,2,31,32,33,63,64,65,96,97,1000}'::integer[]) AS n;
CREATE VIEW shapes AS
SELECT n, shape, d FROM sizes, LATERAL (VALUES
	('objects, short keys',
	 (SELECT coalesce(jsonb_object_agg('k' || i, i), '{}') FROM generate_series(1, n) i)),
	('objects, keys of all lengths',
	 (SELECT coalesce(jsonb_object_agg(repeat(chr(97 + i % 26), i % 300) || i, i % 3 = 0), '{}') FROM generate_series(1, n) i)),
	('objects of nulls', (SELECT coalesce(jsonb_object_agg(i, NULL), '{}') FROM generate_series(1, n) i)),
	('arrays of numbers', (SELECT coalesce(jsonb_agg(i * 1.5), '[]') FROM generate_series(1, n) i)),
	('arrays of strings', (SELECT coalesce(jsonb_agg(repeat('x', i)), '[]') FROM generate_series(1, n) i)),
	('arrays of both', (SELECT coalesce(jsonb_agg(CASE i % 2 WHEN 0 THEN to_jsonb(i) ELSE to_jsonb(repeat('é', i % 5)) END), '[]')
						FROM generate_series(1, n) i)),
	('arrays of nulls and booleans',
	 (SELECT coalesce(jsonb_agg(CASE i % 3 WHEN 0 THEN 'null'::jsonb WHEN 1 THEN 'true' ELSE 'false' END), '[]')
  FROM generate_series(1, n) i)),
	('arrays of objects',
	 (SELECT coalesce(jsonb_agg(jsonb_build_object('a', repeat('y', i % 7), 'bb', i, 'c', jsonb_build_array())), '[]')
  FROM generate_series(1, n) i)),
	('objects of arrays',
	 (SELECT coalesce(jsonb_object_agg('key' || i, jsonb_build_array(repeat('z', i % 9), jsonb_build_object())), '{}')
  FROM generate_series(1, n) i))
) s (shape, d);
SELECT shape, count(*), count(*) FILTER (WHERE NOT same(rewrite_jsonb(d), d)) AS other_bytes,
	count(*) FILTER (WHERE jsonb_send(rewrite_jsonb(d)) <> jsonb_send(d)) AS other_send,
	count(*) FILTER (WHERE NOT same(rewrite_json(d)::jsonb, d)) AS other_json
FROM shapes GROUP BY shape ORDER BY shape;

-- what jsonb's own functions find in it
SELECT rewrite_jsonb(d) -> 'k33' AS "k33", rewrite_jsonb(d) -> 'k34' AS "k34",
	rewrite_jsonb(d) @> '{"k1": 1, "k64": 64}' AS contains, rewrite_jsonb(d) @@ '$.k65 == 65' AS path,
	rewrite_jsonb(d)::text::jsonb = d AS text
FROM shapes WHERE n = 65 AND shape = 'objects, short keys';

-- nested
SELECT rewrite_jsonb('{"b": {"x": [1, [2, {"y": null}], []], "zz": {}}, "a": [[["deep"]]], "": ""}');
SELECT rewrite_json('{"b": {"x": [1, [2, {"y": null}], []], "zz": {}}, "a": [[["deep"]]], "": ""}');
SELECT depth, same(rewrite_jsonb(d), d) AS jsonb, same(rewrite_json(d)::jsonb, d) AS json
FROM (SELECT depth, (repeat('[', depth) || repeat(']', depth))::jsonb AS d FROM unnest('{1,2,8,9,17,500}'::integer[]) depth) s;
SELECT depth, same(rewrite_jsonb(d), d) AS jsonb
FROM (SELECT depth, (repeat('{"a":1,"ab":', depth) || '"x"' || repeat('}', depth))::jsonb AS d FROM unnest('{1,9,500}'::integer[]) depth) s;

-- strings
CREATE TABLE strings (s text);
INSERT INTO strings SELECT chr(i) FROM generate_series(1, 255) i;
INSERT INTO strings VALUES (''), ('"'), ('\'), ('</script>'), (E'a"b\\c\nd\te\x1f\x7f'), ('漢字 😀'), (repeat('é"', 100));
SELECT count(*), count(*) FILTER (WHERE value_json(s)::text <> '[' || to_json(s)::text || ']') AS json,
	count(*) FILTER (WHERE NOT same(value_jsonb(s), jsonb_build_array(s))) AS jsonb,
	count(*) FILTER (WHERE rewrite_json(jsonb_build_object(s, s))::text <> format('{%1$s:%1$s}', to_json(s))) AS json_key,
	count(*) FILTER (WHERE NOT same(rewrite_jsonb(jsonb_build_object(s, s)), jsonb_build_object(s, s))) AS jsonb_key
FROM strings;
SELECT rewrite_json(jsonb_build_object(s, s)) FROM strings WHERE s ~ '^a"';

-- eight bytes are looked at in one go: what needs an escape, and what nearly does, at each place of strings of each length
SELECT count(*), count(*) FILTER (WHERE value_json(s)::text <> '[' || to_json(s)::text || ']') AS value,
	count(*) FILTER (WHERE row_json(r)::text <> row_to_json(r)::text) AS row
FROM generate_series(0, 25) len, generate_series(1, greatest(len, 1)) place,
	unnest(ARRAY[chr(1), chr(31), ' ', '!', '"', '#', '[', '\', ']', chr(127), 'é', E'\n']) c,
	LATERAL (SELECT overlay(repeat('x', len) PLACING c FROM place FOR 1) AS s, 1 AS n, c) r;
-- strings that just fit into what is left of a buffer, and those that do not
SELECT count(*), count(*) FILTER (WHERE row_json(r)::text <> row_to_json(r)::text) AS json,
	count(*) FILTER (WHERE NOT same(row_jsonb(r), to_jsonb(r))) AS jsonb
FROM (SELECT generate_series(800, 1100) UNION ALL SELECT generate_series(1800, 2100)) lengths (n),
	LATERAL (SELECT repeat('x', n) AS s, n, repeat('y', n % 7) AS t, n % 2 = 0 AS b, repeat('"', n % 5) AS q) r;

-- numbers
CREATE TABLE integers AS
SELECT s * (p + d) AS i FROM unnest('{1,-1}'::bigint[]) s, unnest('{-1,0,1}'::bigint[]) d,
	(SELECT (10::numeric ^ e)::bigint FROM generate_series(0, 18) e
	 UNION SELECT (2::numeric ^ e)::bigint FROM generate_series(0, 62) e) powers (p)
UNION VALUES (9223372036854775807), (-9223372036854775807), (-9223372036854775808),
	(100000000), (100010000), (123400000000), (99999999), (1000000000000000000);
SELECT count(*) > 400 AS many, bool_and(same(value_jsonb(i), jsonb_build_array(i))) AS jsonb,
	bool_and(value_json(i)::text = '[' || i || ']') AS json,
	same(integers_jsonb(array_agg(i)), to_jsonb(array_agg(i))) AS written_jsonb,
	integers_json(array_agg(i))::text = to_json(array_agg(i))::text AS written_json
FROM integers;
SELECT bool_and(same(value_jsonb(i::integer), jsonb_build_array(i))) AS "integer" FROM integers WHERE i BETWEEN -2147483648 AND 2147483647;
SELECT bool_and(same(value_jsonb(i::smallint), jsonb_build_array(i))) AS "smallint" FROM integers WHERE i BETWEEN -32768 AND 32767;
CREATE TABLE numerics (n numeric);
INSERT INTO numerics SELECT (d || 'e' || e)::numeric FROM unnest('{0,1,-1,0.00,10,123.4500,-99999999.99999,1e63}'::text[]) m,
	replace(m, 'e63', '') d, unnest('{-300,-64,-63,-9,-1,0,1,8,63,300}'::integer[]) e;
INSERT INTO numerics VALUES ('NaN'), ('Infinity'), ('-Infinity'), (repeat('9', 1000)::numeric), (('0.' || repeat('12340000',
  500))::numeric), (NULL);
SELECT count(*), bool_and(same(value_jsonb(n), jsonb_build_array(n))) AS jsonb,
	bool_and(value_json(n)::text = '[' || coalesce(to_json(n)::text, 'null') || ']') AS json
FROM numerics;
CREATE TABLE floats (f double precision);
INSERT INTO floats VALUES (0), ('-0'), (0.1), (1e300), (-1e-300), (1e15), (1e16), (123456789.125), (4.9e-324), ('NaN'), ('Infinity'),
  ('-Infinity'), (NULL);
SELECT count(*), bool_and(same(value_jsonb(f), jsonb_build_array(f))) AS jsonb,
	bool_and(value_json(f)::text = '[' || coalesce(to_json(f)::text, 'null') || ']') AS json
FROM floats;
SELECT bool_and(same(value_jsonb(f::real), jsonb_build_array(f::real))) AS jsonb,
	bool_and(value_json(f::real)::text = '[' || coalesce(to_json(f::real)::text, 'null') || ']') AS json
FROM floats WHERE abs(f) NOT BETWEEN 1e-323 AND 1e-38 AND abs(f) NOT BETWEEN 1e38 AND 1e308 AND f <> 4.9e-324 OR f IS NULL;
SET extra_float_digits = -5;
SELECT value_jsonb(0.1::double precision + 0.2), same(value_jsonb(pi()), jsonb_build_array(pi())) AS jsonb;
RESET extra_float_digits;

-- every type there is: core's own
CREATE TYPE mood AS ENUM ('sad', 'ok "quoted"');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN more_positive AS positive;
CREATE DOMAIN words AS text[];
CREATE DOMAIN document AS jsonb;
CREATE TYPE pair AS (a integer, "B ""b""" text, c jsonb);
CREATE DOMAIN good_pair AS pair CHECK ((VALUE).a > 0);
-- a type with a cast to json is written by the cast; one with a cast to jsonb is not
CREATE TYPE money_range AS RANGE (subtype = numeric);
CREATE FUNCTION money_range_json(money_range) RETURNS json LANGUAGE sql IMMUTABLE
RETURN json_build_object('from', lower($1), 'to', upper($1));
CREATE CAST (money_range AS json) WITH FUNCTION money_range_json(money_range);
CREATE TYPE plain_range AS RANGE (subtype = numeric, multirange_type_name = plain_multirange);
CREATE FUNCTION plain_range_jsonb(plain_range) RETURNS jsonb LANGUAGE sql IMMUTABLE RETURN jsonb_build_object('from', lower($1));
CREATE CAST (plain_range AS jsonb) WITH FUNCTION plain_range_jsonb(plain_range);

CREATE TABLE types (
	id bigint GENERATED ALWAYS AS IDENTITY, "dropped" text,
	"bool" boolean, "int2" smallint, "int4" integer, "int8" bigint, "oid" oid, "float4" real, "float8" double precision,
	"numeric" numeric, "numeric(10,2)" numeric(10,2), "money" money,
	"text" text, "varchar" varchar(20), "char(9)" char(9), "char" "char", "name" name, "C" text COLLATE "C",
	"date" date, "time" time, "timetz" timetz, "timestamp" timestamp, "timestamptz" timestamptz, "interval" interval,
	"json" json, "jsonb" jsonb, "bytea" bytea, "xml" xml, "uuid" uuid, "inet" inet, "macaddr" macaddr, "bit" bit varying,
	"point" point, "box" box, "tsvector" tsvector, "regclass" regclass, "int2vector" int2vector, "pg_lsn" pg_lsn,
	"int4range" int4range, "datemultirange" datemultirange,
	"integer[]" integer[], "text[]" text[], "jsonb[]" jsonb[], "timestamptz[]" timestamptz[], "point[]" point[],
	mood mood, "mood[]" mood[], positive positive, more_positive more_positive, words words, document document,
	pair pair, "pair[]" pair[], good_pair good_pair,
	money_range money_range, "money_range[]" money_range[], plain_range plain_range);
INSERT INTO types OVERRIDING SYSTEM VALUE VALUES (1, 'x',
	true, 32767, -2147483648, 9007199254740993, 4294967295, 1.1, 1e-7,
	12345678901234567890.00100, 1.50, 12.34,
	E'te"x\\t\n', 'varchar é', 'char', 'c', 'na"me', 'C',
	'2024-02-29', '12:34:56.789', '12:34:56+05:30', '2024-02-29 01:02:03.000004', '2024-02-29 01:02:03+00', '1 year -2 days 03:04:05.6',
	' { "a" : [ 1 , 2.50 ] , "a":"last", "b":{} } ', '{"b": [1, "two", null], "a": {}}', '\x00ff10', '<a b="c">text</a>',
	'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '10.0.0.1/8', '08:00:2b:01:02:03', B'1010',
	'(1,2.5)', '(3,4),(1,2)', 'a:1 fat:2B', 'pg_class', '1 2 3', '16/B374D848',
	'[1,10)', '{[2024-01-01,2024-02-01)}',
	'{{1,2},{3,NULL}}', '{"a b","c\"d",NULL,""}', ARRAY['{"a": 1}', '2', 'null']::jsonb[], '{2024-02-29 01:02:03+00,infinity}', '{"(1,2)"}',
	'ok "quoted"', '{sad,"ok \"quoted\""}', 7, 8, '{w1,w2}', '[{"z": 1, "yy": 2}]',
	'(1,"b ""b""","{""x"": 1}")', ARRAY['(2,,)'::pair, NULL], '(3,c,3)',
	'[1.5,2.50)', ARRAY['[1,2]'::money_range], '(1,5)'),
(2, NULL,
	false, 0, 0, 0, 0, 'NaN', '-Infinity',
	'NaN', 0, 0,
	'', '', '', '', '', '',
	'-infinity', '00:00', '00:00-12', 'infinity', '-infinity', '0',
	'"scalar"', '12.50', '', '', '00000000-0000-0000-0000-000000000000', '::1', '08:00:2b:01:02:03', B'',
	'(NaN,0)', '(0,0),(0,0)', '', 0, '', '0/0',
	'empty', '{}',
	'{}', '{}', '{}', '[5:6]={infinity,-infinity}', '{}',
	'sad', '{}', 1, 1, '{}', '"a string"',
	'(,,)', '{}', '(1,,)',
	'empty', '{}', 'empty'),
(3, NULL,
	NULL, -1, 10000, -10000, 1, '-0', 123456.789e3,
	'-Infinity', -0.05, -1,
	'line 1' || chr(10) || chr(13) || chr(8) || chr(12) || chr(1), NULL, NULL, NULL, NULL, NULL,
	'0044-03-15 BC', '24:00', NULL, '294276-12-31 23:59:59', '4714-11-24 00:00:00+00 BC', NULL,
	'null', 'null', NULL, NULL, NULL, NULL, NULL, NULL,
	NULL, NULL, NULL, NULL, NULL, NULL,
	NULL, NULL,
	NULL, NULL, NULL, NULL, NULL,
	NULL, NULL, NULL, NULL, NULL, 'true',
	NULL, NULL, NULL,
	NULL, NULL, NULL),
(4, NULL,
	true, 1, 1, 1, 1, 1, 1, 1, 1, 1, 't', 't', 't', 't', 't', 't',
	'epoch', '1:00', '1:00+00', 'epoch', 'epoch', '1 day',
	'[]', '"\u00e9\"\\ \n"', '\x01', 'x', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
	NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '[]', NULL, NULL, NULL, NULL, NULL, NULL);
ALTER TABLE types DROP COLUMN "dropped";
SELECT id, same(row_jsonb(types), to_jsonb(types)) AS jsonb, row_json(types)::text = row_to_json(types)::text AS json FROM types;
SET timezone = 'Asia/Kathmandu';
SET datestyle = 'SQL, DMY';
SET intervalstyle = 'iso_8601';
SET bytea_output = 'escape';
SELECT id, same(row_jsonb(types), to_jsonb(types)) AS jsonb, row_json(types)::text = row_to_json(types)::text AS json FROM types;
SELECT row_json(r) FROM (SELECT "timestamptz", "date", "numeric", "json", "jsonb", good_pair, "money_range[]", plain_range, "name"
  FROM types WHERE id = 1) r;
SELECT row_jsonb(r) FROM (SELECT "timestamptz", "date", "numeric", "json", "jsonb", good_pair, "money_range[]", plain_range, "name"
  FROM types WHERE id = 1) r;
RESET timezone;
RESET datestyle;
RESET intervalstyle;
RESET bytea_output;

-- rows without columns, records without a name, many columns
CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES;
SELECT row_jsonb(t), row_json(t), same(row_jsonb(t), to_jsonb(t)) FROM no_columns t;
SELECT row_jsonb(ROW(1, 'two', NULL, ROW(3))), row_json(ROW(1, 'two', NULL, ROW(3)));
DO $$
DECLARE
	size integer;
	jsonb boolean;
	json boolean;
BEGIN
	FOREACH size IN ARRAY '{1,31,32,33,64,65,1000}'::integer[] LOOP
		EXECUTE (SELECT format('SELECT same(row_jsonb(r), to_jsonb(r)), row_json(r)::text = row_to_json(r)::text FROM (SELECT %s) r',
							   string_agg(format('%s AS %I', CASE i % 3 WHEN 0 THEN i::text WHEN 1 THEN quote_literal(repeat('x', i % 50)) ELSE 'NULL::text' END,
												 'c' || i), ', '))
				 FROM generate_series(1, size) i) INTO jsonb, json;
		RAISE NOTICE '% columns: jsonb %, json %', size, jsonb, json;
	END LOOP;
END $$;

-- toasted values: compressed, stored elsewhere, and short headers
CREATE TABLE toasted (id integer, t text, n numeric, j json, b jsonb, a text[], v bytea);
ALTER TABLE toasted ALTER t SET STORAGE EXTERNAL;
INSERT INTO toasted VALUES
	(1, repeat('external "', 2000), repeat('123456789', 3000)::numeric, ('["' || repeat('compressed ', 3000) || '"]')::json,
	 (SELECT jsonb_agg(i) FROM generate_series(1, 5000) i), array_fill(repeat('y', 50), '{500}'), convert_to(repeat('z', 9000), 'UTF8')),
	(2, 's', 1, '1', '{"short": 1}', '{s}', 'b'),
	(3, 's', 1, '1', '"string"', '{s}', 'b'),
	(4, 's', 1, '1', '-1.5', '{s}', 'b');
INSERT INTO toasted (id, t) SELECT 5, string_agg(md5(i::text), '') FROM generate_series(1, 3000) i;
SELECT id, pg_column_size(t) > 2000 AS big, same(value_jsonb(t), jsonb_build_array(t)) AS t, same(value_jsonb(n),
  jsonb_build_array(n)) AS n,
	same(value_jsonb(j), jsonb_build_array(j)) AS j, same(value_jsonb(b), jsonb_build_array(b)) AS b,
	same(value_jsonb(a), jsonb_build_array(a)) AS a, same(value_jsonb(v), jsonb_build_array(v)) AS v,
	same(row_jsonb(toasted), to_jsonb(toasted)) AS jsonb, row_json(toasted)::text = row_to_json(toasted)::text AS json
FROM toasted;
SELECT bool_and(value_json(t)::text = format('[%s]', to_json(t))) AS t, bool_and(value_json(n)::text = format('[%s]', n)) AS n,
	bool_and(value_json(j)::text = format('[%s]', j)) AS j, bool_and(value_json(b)::text = format('[%s]', b)) AS b,
	bool_and(value_json(a)::text = format('[%s]', to_json(a))) AS a
FROM toasted WHERE id < 5;
SELECT value_jsonb(NULL::text), value_json(NULL::text), value_jsonb(NULL::pair), value_json('unknown');

-- numbers as strings; null stays null, and what is no number stays what it is
SELECT row_jsonb(r, true), row_json(r, true)
FROM (SELECT 9007199254740993 AS big, -1::smallint AS small, 7::positive AS positive, 1.50 AS "numeric", 'NaN'::numeric AS nan,
		0.1::float8 AS float, NULL::bigint AS null, true AS bool, 'x' AS text, '{1}'::bigint[] AS array, '{"n": 1}'::jsonb AS jsonb) r;

-- as a load does: rows packed first, then assembled
SELECT same(rows_jsonb(types, 'jsonb'), jsonb_agg(to_jsonb(types))) AS jsonb,
	same(rows_json(types, 'json')::jsonb, json_agg(row_to_json(types))::jsonb) AS json,
	rows_json(types, 'json')::text = '[' || string_agg(row_to_json(types)::text, ',') || ']' AS text
FROM types;
SELECT same(rows_jsonb(r, 'jsonb'), jsonb_agg(to_jsonb(r))) AS jsonb, pg_column_size(rows_jsonb(r, 'jsonb')) > 1000000 AS large
FROM (SELECT i AS id, i % 7 = 0 AS flag, 'name ' || i AS name, i / 8.0 AS ratio, CASE WHEN i % 5 > 0 THEN md5(i::text) END AS hash
	  FROM generate_series(1, 10000) i) r;

-- random ones
SELECT * FROM random_documents(0.4, 200);
SELECT * FROM random_rows(0.2, 200);

-- limits; test/fuzz/json_writer.sh goes to the very edge of them
SELECT same(repeat_jsonb(s, n), jsonb_agg(s)) AS jsonb, repeat_json(s, n)::text = to_json(array_agg(s))::text AS json
FROM (VALUES (1, ''), (3, 'é')) v (n, s), generate_series(1, n) GROUP BY n, s ORDER BY n;
SELECT repeat_jsonb('', 50000000);
SELECT repeat_jsonb(repeat('x', 1000000), 300);

SET client_min_messages = warning;
DROP SCHEMA json_writer_test CASCADE;
