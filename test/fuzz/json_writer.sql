-- What sql/json_writer.sql and test/fuzz/json_writer.sh share: SQL names for
-- the functions of test/module/json_writer_test.c, and a generator of documents.

\getenv build PG_LIBDIR
\set module :build '/pg_associations_test'
CREATE FUNCTION row_jsonb(record, as_string boolean DEFAULT false) RETURNS jsonb
LANGUAGE C STABLE AS :'module', 'json_writer_test_row';
CREATE FUNCTION row_json(record, as_string boolean DEFAULT false) RETURNS json
LANGUAGE C STABLE AS :'module', 'json_writer_test_row';
CREATE FUNCTION value_jsonb("any") RETURNS jsonb
LANGUAGE C STABLE AS :'module', 'json_writer_test_value';
CREATE FUNCTION value_json("any") RETURNS json
LANGUAGE C STABLE AS :'module', 'json_writer_test_value';
CREATE FUNCTION rewrite_jsonb(jsonb) RETURNS jsonb
LANGUAGE C IMMUTABLE AS :'module', 'json_writer_test_rewrite';
CREATE FUNCTION rewrite_json(jsonb) RETURNS json
LANGUAGE C IMMUTABLE AS :'module', 'json_writer_test_rewrite';
CREATE FUNCTION integers_jsonb(bigint[]) RETURNS jsonb
LANGUAGE C IMMUTABLE AS :'module', 'json_writer_test_integers';
CREATE FUNCTION integers_json(bigint[]) RETURNS json
LANGUAGE C IMMUTABLE AS :'module', 'json_writer_test_integers';
CREATE FUNCTION repeat_jsonb(text, integer) RETURNS jsonb
LANGUAGE C IMMUTABLE AS :'module', 'json_writer_test_repeat';
CREATE FUNCTION repeat_json(text, integer) RETURNS json
LANGUAGE C IMMUTABLE AS :'module', 'json_writer_test_repeat';

CREATE FUNCTION collect(internal, record, regtype) RETURNS internal
LANGUAGE C AS :'module', 'json_writer_test_collect';
CREATE FUNCTION assemble_jsonb(internal) RETURNS jsonb
LANGUAGE C AS :'module', 'json_writer_test_assemble';
CREATE FUNCTION assemble_json(internal) RETURNS json
LANGUAGE C AS :'module', 'json_writer_test_assemble';
CREATE AGGREGATE rows_jsonb(record, regtype)
	(SFUNC = collect, STYPE = internal, FINALFUNC = assemble_jsonb);
CREATE AGGREGATE rows_json(record, regtype)
	(SFUNC = collect, STYPE = internal, FINALFUNC = assemble_json);

-- equal to the last byte, padding included
CREATE FUNCTION same(a jsonb, b jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
RETURN record_image_eq(ROW(a), ROW(b));

CREATE FUNCTION random_int(low integer, high integer) RETURNS integer LANGUAGE sql VOLATILE
RETURN (low + floor(random() * (high::bigint - low + 1)))::integer;

CREATE FUNCTION random_string(longest integer) RETURNS text LANGUAGE sql VOLATILE
BEGIN ATOMIC
	SELECT coalesce(string_agg(CASE random_int(1, 12)
								WHEN 1 THEN '"' WHEN 2 THEN '\' WHEN 3 THEN chr(random_int(1, 31))
								WHEN 4 THEN 'é' WHEN 5 THEN '漢' WHEN 6 THEN '😀' WHEN 7 THEN chr(127)
								ELSE chr(random_int(32, 126)) END, ''), '')
	FROM generate_series(1, random_int(0, longest));
END;

-- of any size, with and without fraction, trailing zeros and exponent
CREATE FUNCTION random_numeric() RETURNS numeric LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	digits text := '';
	scale integer;
BEGIN
	FOR i IN 1 .. CASE random_int(1, 10) WHEN 1 THEN random_int(1, 200) ELSE random_int(1, 22) END LOOP
		digits := digits || CASE random_int(1, 3) WHEN 1 THEN '0' ELSE random_int(0, 9)::text END;
	END LOOP;
	scale := CASE random_int(1, 3) WHEN 1 THEN random_int(-30, 80) ELSE 0 END;
	RETURN (CASE random_int(1, 2) WHEN 1 THEN '-' ELSE '' END || digits || 'e' || -scale)::numeric;
END $$;

CREATE FUNCTION random_document(depth integer, container boolean DEFAULT true) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	sizes CONSTANT integer[] := '{0,1,2,3,5,31,32,33,63,64,65,100}';
	n integer := sizes[random_int(1, CASE WHEN depth > 2 THEN 5 ELSE 12 END)];
	deeper boolean;
	elements jsonb[] := '{}';
	keys text[] := '{}';
BEGIN
	IF NOT container THEN
		RETURN CASE random_int(1, 6) WHEN 1 THEN 'null' WHEN 2 THEN 'true' WHEN 3 THEN 'false'
			WHEN 4 THEN to_jsonb(random_numeric()) WHEN 5 THEN to_jsonb(random_int(-100000, 100000))
			ELSE to_jsonb(random_string(random_int(0, 40))) END;
	END IF;
	FOR i IN 1 .. n LOOP
		deeper := depth > 1 AND random_int(1, n) <= 3;
		elements[i] := random_document(CASE WHEN deeper THEN depth - 1 ELSE 0 END, deeper);
		keys[i] := random_string(CASE random_int(1, 20) WHEN 1 THEN 300 ELSE 6 END);
	END LOOP;
	IF random_int(1, 2) = 1 THEN
		RETURN to_jsonb(elements);
	END IF;
	RETURN (SELECT coalesce(jsonb_object_agg(k, e), '{}') FROM unnest(keys, elements) u (k, e));
END $$;

-- how many of the documents of a seed come out other than core writes them
CREATE FUNCTION random_documents(seed double precision, n integer, OUT documents bigint, OUT different bigint)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	PERFORM setseed(seed);
	SELECT count(*), count(*) FILTER (WHERE NOT same(rewrite_jsonb(d), d)
									  OR NOT same(rewrite_json(d)::jsonb, d))
	INTO documents, different
	FROM (SELECT random_document(random_int(1, 5)) AS d
		  FROM generate_series(1, n) OFFSET 0) g;
END $$;

-- how many rows of random values come out other than to_jsonb and row_to_json write them
CREATE FUNCTION random_rows(seed double precision, n integer, OUT documents bigint, OUT different bigint)
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	PERFORM setseed(seed);
	SELECT count(*), count(*) FILTER (WHERE NOT same(row_jsonb(r), to_jsonb(r))
									  OR row_json(r)::text <> row_to_json(r)::text)
	INTO documents, different
	FROM (SELECT random_int(-2147483648, 2147483647) AS "int",
				 (random() * 65535 - 32768)::smallint AS "small",
				 ((random() - 0.5) * 10 ^ random_int(0, 18))::bigint AS "big",
				 (random() - 0.5) * 10 ^ random_int(-300, 300) AS "double",
				 ((random() - 0.5) * 10 ^ random_int(-30, 30))::real AS "real",
				 nullif(random_numeric(), 0) AS "numeric",
				 random_string(random_int(0, 200)) AS "text \ ""key""",
				 random_string(20)::varchar AS "varchar",
				 random_string(10)::char(12) AS "bpchar",
				 random_string(12)::name AS "name",
				 random() < 0.5 AS "bool",
				 'epoch'::timestamptz + random() * interval '100 years' AS "timestamptz",
				 date '0044-03-15 BC' + random_int(0, 800000) AS "date",
				 random_document(1) AS "jsonb",
				 random_document(2)::json AS "json",
				 random_document(0, false) AS "scalar",
				 ARRAY[random_numeric(), NULL] AS "array",
				 int4range(random_int(0, 9), random_int(10, 19)) AS "range",
				 CASE WHEN random() < 0.5 THEN random_string(5) END AS "null"
		  FROM generate_series(1, n) OFFSET 0) r;
END $$;
