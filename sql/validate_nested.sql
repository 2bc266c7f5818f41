-- What validate says of nested data is what create, or update, says when it is called.
CREATE SCHEMA nested;
SET search_path = nested;
CREATE TABLE o (id int PRIMARY KEY, name text NOT NULL CHECK (length(name) < 4));
CREATE TABLE p (id int PRIMARY KEY, name text NOT NULL CHECK (length(name) < 4), n int CHECK (n < 10), o_id int NOT NULL REFERENCES o);
CREATE TABLE q (id int PRIMARY KEY, t text NOT NULL CHECK (length(t) < 4), p_id int NOT NULL REFERENCES p);
CREATE TABLE g (id int PRIMARY KEY, t text NOT NULL CHECK (length(t) < 4));
CREATE TABLE pg (p_id int REFERENCES p, g_id int REFERENCES g, role text NOT NULL CHECK (length(role) < 4), n int CHECK (n < 10),
  PRIMARY KEY (p_id, g_id));
CREATE INDEX ON p (o_id);
CREATE INDEX ON q (p_id);
CREATE INDEX ON pg (g_id);
SELECT count(*) FROM (VALUES (assoc.belongs_to('p', 'o', foreign_key => 'o_id', alias => 'o')),
  (assoc.has_many('p', 'q', foreign_key => 'p_id', alias => 'qs', inverse => 'p')),
  (assoc.belongs_to_many('p', 'g', through => 'pg', foreign_key => 'p_id', other_key => 'g_id', alias => 'gs'))) d;
INSERT INTO o VALUES (1, 'o');
INSERT INTO p VALUES (1, 'p', 1, 1), (2, 'p', 1, 1);
INSERT INTO q VALUES (1, 'q', 1), (2, 'q', 2);
INSERT INTO g VALUES (1, 'g'), (2, 'h');
INSERT INTO pg VALUES (1, 1, 'a', 1);

-- random documents
CREATE SEQUENCE s START 100;
CREATE FUNCTION one_of(VARIADIC x text[]) RETURNS jsonb LANGUAGE sql VOLATILE AS $$SELECT x[1 + floor(random() * cardinality(x))]::jsonb$$;
CREATE FUNCTION maybe(p float8, k text, v jsonb) RETURNS jsonb LANGUAGE sql VOLATILE AS
$$SELECT CASE WHEN random() < p THEN jsonb_build_object(k, v) ELSE '{}' END$$;
CREATE FUNCTION txt() RETURNS jsonb LANGUAGE sql VOLATILE AS $$SELECT one_of('"a"', '"b"', '"c"', '"d"', '"e"', '"toolong"', 'null', '7')$$;
CREATE FUNCTION payload() RETURNS jsonb LANGUAGE sql VOLATILE AS
$$SELECT maybe(0.9, 'role', txt()) || maybe(0.3, 'n', one_of('1', '2', '99', '"x"'))$$;
CREATE FUNCTION new_id() RETURNS jsonb LANGUAGE sql VOLATILE AS $$SELECT jsonb_build_object('id', nextval('s'))$$;
CREATE FUNCTION new_q() RETURNS jsonb LANGUAGE sql VOLATILE AS $$SELECT new_id() || maybe(0.95, 't', txt())$$;
CREATE FUNCTION new_g() RETURNS jsonb LANGUAGE sql VOLATILE AS $$SELECT new_q() || maybe(0.95, 'through', payload())$$;
CREATE FUNCTION several(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql VOLATILE AS
$$SELECT CASE WHEN random() < 0.3 THEN a WHEN random() < 0.5 THEN jsonb_build_array(a) ELSE jsonb_build_array(a, b) END$$;
CREATE FUNCTION nobody(rest jsonb) RETURNS jsonb LANGUAGE sql AS $$SELECT '{"where": {"id": -1}}' || rest$$;
CREATE FUNCTION q_verbs(fresh bool) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
SELECT maybe(0.4, 'create', several(new_q(), new_q()))
  || maybe(0.3, 'connectOrCreate', nobody(jsonb_build_object('create', new_q())))
  || CASE WHEN fresh THEN '{}' ELSE maybe(0.3, 'update', jsonb_build_object('where', '{"id": 1}'::jsonb, 'data', maybe(1, 't', txt())))
    || maybe(0.3, 'upsert', nobody(jsonb_build_object('create', new_q(), 'update', '{"t": "k"}'::jsonb))) END$$;
CREATE FUNCTION g_verbs(fresh bool) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
SELECT maybe(0.4, 'create', several(new_g(), new_g()))
  || maybe(0.4, 'connect', several(maybe(1, 'id', '1') || maybe(0.95, 'through', payload()), maybe(1, 'id', '2') || maybe(0.95, 'through',
    payload())))
  || maybe(0.3, 'connectOrCreate', nobody(CASE WHEN random() < 0.5 THEN jsonb_build_object('create', new_q(), 'through', payload())
    ELSE jsonb_build_object('create', new_g()) END))
  || CASE WHEN fresh THEN '{}'
    ELSE maybe(0.4, 'update', jsonb_build_object('id', 1, 'data', maybe(1, 't', txt())) || maybe(0.9, 'through', payload())) END$$;
CREATE FUNCTION document(fresh bool) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
SELECT CASE WHEN fresh THEN new_id() ELSE '{}' END || maybe(CASE WHEN fresh THEN 0.95 ELSE 0.2 END, 'name', txt())
  || maybe(0.3, 'n', one_of('1', '2', '3', '99', '"x"'))
  || CASE floor(random() * 5)::int WHEN 0 THEN '{"o_id": 1}' WHEN 1 THEN '{"o": {"connect": 1}}'
    WHEN 2 THEN jsonb_build_object('o', jsonb_build_object('create', new_id() || maybe(0.95, 'name', txt())))
    ELSE CASE WHEN fresh THEN '{"o_id": 1}' ELSE '{}'::jsonb END END
  || maybe(0.4, 'qs', CASE WHEN random() < 0.4 THEN jsonb_build_array(new_q(), new_q()) ELSE q_verbs(fresh) END)
  || maybe(0.4, 'gs', CASE WHEN random() < 0.4 THEN jsonb_build_array(new_g(), new_g()) ELSE g_verbs(fresh) END)$$;
CREATE FUNCTION outcome(q text, OUT state text, OUT msg text, OUT detail text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE q;
  RAISE EXCEPTION USING ERRCODE = 'XX999';
EXCEPTION WHEN SQLSTATE 'XX999' THEN state := '';
  WHEN OTHERS THEN GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL; state := sqlstate; msg := sqlerrm;
END$$;
CREATE FUNCTION sorted(j jsonb) RETURNS jsonb LANGUAGE sql AS
$$SELECT coalesce(jsonb_agg(x ORDER BY x), '[]') FROM (SELECT DISTINCT x FROM jsonb_array_elements(j) x) y$$;
SELECT setseed(0.1);
CREATE TABLE creates AS SELECT d, o.*, assoc.validate('p', d) AS v FROM (SELECT document(true) AS d FROM generate_series(1, 400)) x,
  LATERAL outcome(format('SELECT assoc.create(''p'', %L)', d)) o;
SELECT count(*) FILTER (WHERE state = '') > 50 AS accepted, count(*) FILTER (WHERE state <> '') > 50 AS refused FROM creates;
SELECT d, state, msg, v FROM creates WHERE sorted(coalesce(detail::jsonb, '[]')) <> sorted(v);
CREATE TABLE updates AS SELECT d, o.*, assoc.validate('p', d, '{"update": true}') AS v
FROM (SELECT document(false) AS d FROM generate_series(1, 400)) x,
  LATERAL outcome(format('SELECT assoc.update(''p'', %L, ''{"where": {"id": 1}}'')', d)) o WHERE d <> '{}';
SELECT count(*) FILTER (WHERE state = '') > 50 AS accepted, count(*) FILTER (WHERE state <> '') > 50 AS refused FROM updates;
-- whether a link is there already only the call knows
SELECT d, state, msg, v FROM updates
WHERE sorted(coalesce(detail::jsonb, '[]')) <> sorted(v) AND (v <> '[]' OR detail NOT LIKE '[{"path": "gs.connect%role",
  "validator": "notNull"%');

SELECT assoc.validate('p', '{"name": "long", "gs": {"nosuch": 1}}', '{"update": true}');
SELECT assoc.validate('p', '{"id": 3, "name": "n", "o_id": 1, "gs": {"connectOrCreate":
  {"where": {"id": 5}, "create": {"id": 5, "t": "t", "through": {"n": 5}}, "through": {"n": 99}}}}');
SELECT assoc.validate('p', '[{"n": 3}, {"n": 99}]', '{"update": true}'), assoc.validate('p', '{"n": 3}', '{"update": false}');
SELECT assoc.validate('p', '{"n": 3}', '{"upd": true}');
SELECT assoc.validate('p', '{"n": 3}', '{"update": 1}');
-- a payload that is missing is told where the id is
SELECT assoc.update('p', '{"gs": {"connect": [1, 2]}}', '{"where": {"id": 1}}');
-- what a scope says is given, and not to be contradicted
CREATE TABLE n (id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, kind text NOT NULL CHECK (kind <> 'none'),
  t text CHECK (length(t) < 4), p_id int REFERENCES p, made int GENERATED ALWAYS AS (p_id + 1) STORED);
CREATE INDEX ON n (p_id);
SELECT count(*) FROM (VALUES (assoc.has_many('p', 'n', foreign_key => 'p_id', alias => 'ns')),
  (assoc.has_many('p', 'n', foreign_key => 'p_id', alias => 'spam', options => '{"scope": {"kind": "spam"}}')),
  (assoc.belongs_to_many('p', 'g', through => 'pg', foreign_key => 'p_id', other_key => 'g_id', alias => 'leads',
    options => '{"through": {"scope": {"role": "a"}}}'))) d;
CREATE FUNCTION told(data jsonb) RETURNS TABLE (validated text, written text) LANGUAGE plpgsql AS $$
DECLARE o record;
BEGIN
  o := outcome(format('SELECT assoc.update(''p'', %L, ''{"where": {"id": 1}, "returning": false}'')', data));
  RETURN QUERY SELECT string_agg(concat_ws(' ', f ->> 'path', f ->> 'message'), '; ' ORDER BY n), concat_ws(' ', o.state, o.msg)
    FROM jsonb_array_elements(assoc.validate('p', data, '{"update": true}')) WITH ORDINALITY AS e (f, n);
END $$;
SELECT * FROM told('{"spam": [{"t": "a"}, {"kind": "spam", "t": "b"}]}');
SELECT * FROM told('{"spam": [{"kind": "ham"}]}');
SELECT * FROM told('{"spam": {"connectOrCreate": {"where": {"id": -1}, "create": {"kind": "ham"}}}}');
SELECT * FROM told('{"spam": {"create": {"kind": null}}}');
SELECT * FROM told('{"leads": {"connect": [{"id": 2, "through": {"n": 3}}]}}');
SELECT * FROM told('{"leads": {"connect": [{"id": 2, "through": {"role": "b"}}]}}');
SELECT * FROM told('{"leads": {"create": [{"id": 9, "t": "x", "through": {"role": "b"}}]}}');
SELECT * FROM told('{"leads": {"update": {"id": 1, "data": {"t": "y"}, "through": {"role": "b"}}}}');
SELECT * FROM told('{"leads": {"create": [{"id": 9, "t": "x"}]}}');
-- documents
INSERT INTO n VALUES (1, 'spam', 'a', 1);
SELECT * FROM told('{"ns": {"replace": [{"id": 1, "t": "b", "made": 7, "kind": "ham"}, {"kind": "new", "made": 8}]}}');
SELECT * FROM told('{"ns": {"replace": [{"id": 1, "t": "toolong"}, {"t": "toolong"}, {"kind": "none", "what": 1}]}}');
SELECT * FROM told('{"spam": {"replace": [{"id": 1, "t": "toolong"}, {"t": "x"}, {"kind": "ham"}]}}');
SELECT * FROM told('{"gs": {"replace": [{"id": 1, "t": "g", "pg": {"p_id": 1, "g_id": 1, "role": "b", "n": 99}}, {"id": 2, "t": null}]}}');
SELECT * FROM told('{"o": {"replace": {"id": 1, "name": "toolong"}}, "qs": {"replace": [{"id": 1, "t": {"increment": 1}}]}}');
SELECT * FROM told('{"o": {"replace": null}}');
SET client_min_messages = warning;
-- as deep as both may go
CREATE TABLE parts (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, name text NOT NULL, whole_id bigint REFERENCES parts);
CREATE INDEX ON parts (whole_id);
SELECT assoc.adopt('parts', 'Part') ->> 'model' AS model;
SELECT assoc.has_many('Part', 'Part', foreign_key => 'whole_id', alias => 'parts', inverse => 'whole') ->> 'alias' AS alias;
CREATE FUNCTION deep(levels int, innermost text) RETURNS jsonb LANGUAGE sql AS
  $$ SELECT (repeat('{"name": "x", "parts": [', levels) || innermost || repeat(']}', levels))::jsonb $$;
SET pg_associations.max_depth = 3;
SELECT assoc.validate('Part', deep(3, '{}'));
SELECT assoc.validate('Part', deep(4, '{}'));
SELECT assoc.create('Part', deep(4, '{}'));
SELECT assoc.validate('Part',
  '{"whole": {"create": {"whole": {"create": {"whole": {"create": {"whole": {"create": {}}}}}}}}}', '{"update": true}');
SELECT assoc.create('Part', deep(3, '{}')) IS NULL AS "null";
RESET pg_associations.max_depth;
DROP SCHEMA nested CASCADE;
