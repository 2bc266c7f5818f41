-- Computed attributes: declared expressions over a row, which loads may show, ask and aggregate, and nobody writes.
CREATE SCHEMA declare_computed;
SET search_path = declare_computed;
SET client_min_messages = warning;
\pset format unaligned
SELECT assoc.define('User', '{"first": "text", "last": "text", "born": "date", "pay": "numeric", "boss_id": "bigint"}',
  '{"timestamps": false,
  "computed": {"fullName": {"sql": "first || '' '' || last"},
  "monthly": {"sql": "round(pay / 12, 2)"}, "pin": {"sql": "md5(last)", "hidden": true}}}') -> 'table';
SELECT assoc.belongs_to('User', 'User', foreign_key => 'boss_id', alias => 'boss', inverse => 'team') ->> 'kind';
INSERT INTO users (first, last, pay, boss_id) SELECT 'f' || i, 'l' || i % 3, i * 100, nullif(i / 2, 0) FROM generate_series(1, 9) i;
\sf full_name(users)
SELECT assoc.describe('User') -> 'computed';
SELECT assoc.find_by_pk('User', 3), assoc.find_by_pk('User', 3, '{"attributes": ["id", "fullName", "monthly", "pin"]}'),
  assoc.find_by_pk_json('User', 3, '{"attributes": ["fullName", ["boss.fullName", "boss"]],
    "include": [{"association": "team", "values": "fullName"}]}');
SELECT count(*), bool_and(d ->> 'fullName' = (SELECT first || ' ' || last FROM users u WHERE u.id = (d ->> 'id')::int)) AS same
FROM assoc.find('User', '{"attributes": ["id", "fullName"]}') d;
SELECT assoc.find_all('User', '{"attributes": ["id"], "where": {"fullName": {"startsWith": "f2"}}}'),
  assoc.find_all('User', '{"attributes": ["id"], "where": {"$boss.monthly$": {"gt": 25}}}'),
  assoc.find_all('User', '{"attributes": ["id"], "order": [["monthly", "DESC"]], "limit": 2}'),
  assoc.find_all('User', '{"attributes": ["id", {"sum": ["team",
  "monthly"], "as": "s"}], "where": {"team": {"some": {"monthly": {"gt": 60}}}}}'),
  assoc.sum('User', 'monthly'), assoc.max('User', 'fullName');
SELECT assoc.aggregate('User', '{"attributes": ["boss.fullName", {"sum": "monthly", "as": "s"}], "group": ["boss.fullName"], "limit": 2}');
SELECT assoc.find_by_pk('User', 1, '{"attributes": ["id"], "include": [{"association": "team", "attributes": ["id"],
  "where": {"monthly": {"gt": 20}}, "order": ["fullName"]}]}');
SELECT assoc.typescript('User', '{"attributes": ["fullName", "monthly"]}');
-- written by nobody, hidden where it is, and no name twice
CREATE FUNCTION refused(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE 'SELECT ' || call INTO result;
  RETURN result;
EXCEPTION WHEN OTHERS THEN
  RETURN sqlstate || ' ' || sqlerrm;
END $$;
SELECT c AS call, refused(c) FROM unnest(ARRAY[$$assoc.create('User', '{"first": "x", "fullName": "y"}')$$,
  $$assoc.update('User', '{"fullName": "y"}', '{"where": {"id": 1}}')$$,
  $$assoc.find_all('User', '{"where": {"pin": "x"}}')$$, $$assoc.find_all('User', '{"attributes": [["id", "fullName"]]}')$$,
  $$assoc.has_many('User', 'User', foreign_key => 'boss_id', alias => 'monthly')$$,
  $$assoc.find_all('User', '{"attributes": ["fullName"], "limit": 1}', NULL, '{}')$$,
  $$assoc.find_all('User', '{"attributes": ["fullName"], "limit": 1}', NULL, '{"attributes": ["fullName"]}')$$]) c;
CREATE TABLE t (a int PRIMARY KEY, b int);
SELECT s AS sql, refused(format($$assoc.adopt('t', 't', %L)$$, jsonb_build_object('computed', jsonb_build_object('x',
  jsonb_build_object('sql', s)))))
FROM unnest(ARRAY['random()', 'count(*)', '(SELECT 1)', 'a), (b', 'nothing', 'generate_series(1, 2)', 'a; SELECT 1', '']) s;
SELECT refused($$assoc.adopt('t', 't', '{"computed": {"a": {"sql": "b"}}}')$$),
  refused($$assoc.adopt('t', 't', '{"computed": {"x": {}}}')$$), refused($$assoc.adopt('t', 't', '{"computed": {"x": {"sq": "b"}}}')$$);
CREATE FUNCTION z(t) RETURNS int LANGUAGE sql AS 'SELECT 1';
SELECT refused($$assoc.adopt('t', 't', '{"computed": {"z": {"sql": "b"}}}')$$);
-- a column that is called as the statement of a load calls its tables is another thing
CREATE TABLE letters (id int PRIMARY KEY, t text, l text, u int REFERENCES letters);
CREATE INDEX ON letters (u);
INSERT INTO letters VALUES (1, 'a', 'b', NULL), (2, 'c', 'd', 1), (3, 'e', 'f', 1);
SELECT assoc.adopt('letters', 'letters', '{"computed": {"tl": {"sql": "t || l"}}}') ->> 'model';
SELECT assoc.has_many('letters', 'letters', foreign_key => 'u', alias => 'more', inverse => 'one') ->> 'alias';
SELECT assoc.find_all('letters', '{"attributes": ["tl", ["one.tl", "o"]], "where": {"tl": {"gt": "a"}}, "order": [["tl", "DESC"]]}'),
  assoc.find_by_pk('letters', 1, '{"attributes": ["tl"], "include": [{"association": "more", "values": "tl", "limit": 1}]}'),
  assoc.find_all('letters', '{"attributes": ["id"], "where": {"more": {"some": {"tl": {"gt": {"col": "tl", "above": true}}}}}}');
-- the word that others have for it
SELECT assoc.define('Thing', '{"name": "virtual"}');
-- who makes the function anew, with another type, is followed by sessions that have used it
DROP FUNCTION tl(letters);
SELECT refused($$assoc.find_by_pk('letters', 1, '{"attributes": ["tl"]}')$$);
CREATE FUNCTION tl(letters) RETURNS int LANGUAGE sql IMMUTABLE RETURN $1.id + 1;
SELECT assoc.find_by_pk('letters', 1, '{"attributes": ["tl"]}'),
  assoc.find_all('letters', '{"attributes": ["tl"], "where": {"tl": {"gt": 2}}}');
DROP FUNCTION tl(letters);
CREATE FUNCTION tl(letters) RETURNS text LANGUAGE sql IMMUTABLE RETURN $1.t || $1.l;
SELECT assoc.find_by_pk('letters', 1, '{"attributes": ["tl"]}'),
  assoc.find_all('letters', '{"attributes": ["tl"], "where": {"tl": {"gt": "b"}}}');
-- names of the expression mean what they meant when it was declared
CREATE SCHEMA evil;
CREATE FUNCTION evil.upper(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'evil'$$;
SELECT assoc.adopt('t', 't', '{"computed": {"x": {"sql": "upper(''b'' || b)"}}}') ->> 'model';
INSERT INTO t VALUES (1, 2);
SET search_path = evil, pg_catalog;
SELECT assoc.find_all('declare_computed.t', '{"attributes": ["x"]}');
SET search_path = declare_computed;
-- DDL is followed, or says so
SELECT assoc.adopt('t', 't', '{"computed": {"x": {"sql": "upper(''b'' || b)"}}}') -> 'changed',
  refused($$assoc.adopt('t', 't', '{"computed": {"x": {"sql": "b + 1"}}}')$$);
ALTER TABLE t RENAME COLUMN b TO c;
SELECT assoc.find_all('t', '{"attributes": ["x"]}');
SELECT assoc.adopt('t', 't', '{"computed": {"x": {"sql": "c + 1"}, "y": {"sql": "now()"}}}', replace => true) -> 'changed';
SELECT assoc.find_all('t', '{"attributes": ["x"]}');
DO $$ BEGIN
  ALTER TABLE t DROP COLUMN c;
EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', sqlerrm; END $$;
SELECT d FROM assoc.declarations('declare_computed') d WHERE d ~ 'computed';
SELECT proname, provolatile FROM pg_proc WHERE pronamespace = 'declare_computed'::regnamespace 
  AND proname IN ('x', 'y', 'full_name') ORDER BY 1;
SELECT severity, object, problem FROM assoc.check('declare_computed') WHERE problem ~ 'computed';
DROP FUNCTION x(t);
SELECT severity, object, problem FROM assoc.check('declare_computed') WHERE problem ~ 'computed';
-- made again
SELECT assoc.adopt('t', 't', '{"computed": {"x": {"sql": "a + 1"}, "y": {"sql": "now()"}}}', replace => true) -> 'changed';
DROP FUNCTION x(t);
SELECT fix FROM assoc.check('declare_computed') WHERE problem ~ 'computed';
SELECT * FROM assoc.sync('declare_computed');
SELECT assoc.find_all('t', '{"attributes": ["x"]}');
-- a function follows its table into another schema and to another owner
CREATE ROLE computed_other;
CREATE SCHEMA elsewhere;
GRANT USAGE, CREATE ON SCHEMA elsewhere TO computed_other;
CREATE FUNCTION functions_of_t() RETURNS TABLE (name text, owner text) LANGUAGE sql
  AS $$ SELECT p.oid::regprocedure::text, CASE pg_get_userbyid(p.proowner) WHEN 'computed_other' THEN 'other' ELSE 'same' END
    FROM pg_proc p WHERE p.proname IN ('x', 'y') ORDER BY 1 $$;
ALTER TABLE t SET SCHEMA elsewhere;
SELECT * FROM functions_of_t();
SELECT assoc.find_all('elsewhere.t', '{"attributes": ["x"]}');
ALTER TABLE elsewhere.t OWNER TO computed_other;
SELECT * FROM functions_of_t();
SELECT assoc.find_all('elsewhere.t', '{"attributes": ["x"], "where": {"y": {"lte": "infinity"}}}');
ALTER SCHEMA elsewhere RENAME TO anywhere;
SELECT assoc.find_all('anywhere.t', '{"attributes": ["x"]}');
-- one that would then run with its new owner's rights does not, nor one that was not the table's
ALTER FUNCTION anywhere.x(anywhere.t) SECURITY DEFINER;
ALTER FUNCTION anywhere.y(anywhere.t) SET SCHEMA evil;
ALTER TABLE anywhere.t OWNER TO CURRENT_USER;
ALTER TABLE anywhere.t ADD COLUMN d int;
SELECT * FROM functions_of_t();
SELECT problem FROM assoc.check('anywhere') WHERE problem ~ 'computed';
SELECT * FROM assoc.sync('anywhere');
DROP FUNCTION anywhere.x(anywhere.t);
SELECT * FROM assoc.sync('anywhere');
SELECT * FROM functions_of_t();
-- a row of the registry that has any form is told of, and forgotten
CREATE TABLE odd (id int PRIMARY KEY);
INSERT INTO assoc.models (relation, name, options, attributes) VALUES ('odd', 'Odd', '{"computed": {"x": {}, "y": 1}}', '{}');
SELECT * FROM assoc.sync('declare_computed');
SELECT assoc.find_all('Odd'), assoc.forget('Odd');
-- forget takes back the functions that were made, and no others
DROP FUNCTION anywhere.y(anywhere.t);
CREATE FUNCTION anywhere.y(anywhere.t) RETURNS int LANGUAGE sql IMMUTABLE RETURN 1;
SELECT assoc.forget('anywhere.t');
SELECT * FROM functions_of_t();
SELECT assoc.forget('User'), to_regprocedure('full_name(users)');
DROP SCHEMA declare_computed, evil, anywhere CASCADE;
DROP ROLE computed_other;

-- columns are added to a table with computed attributes, with defaults too, and get other types, whatever the server says of the functions
CREATE SCHEMA computed_altered;
SET search_path = computed_altered;
\set computed '"computed": {"label": {"sql": "upper(name) || \'!\'"}, "twice": {"sql": "price * 2"}}'
SELECT assoc.define('Item', '{"name": "text", "price": "numeric(6,2)"}', ('{"timestamps": false, ' || :'computed' || '}')::jsonb) IS NULL;
SELECT assoc.define('Sale', '{"n": "integer"}', '{"timestamps": false}') -> 'table';
SELECT assoc.create('Item', '{"name": "a", "price": 1.5}', '{"attributes": ["label"]}');
CREATE VIEW labels AS SELECT i.id, i.label FROM items i;
REVOKE EXECUTE ON FUNCTION label(items) FROM PUBLIC;
SELECT assoc.has_many('Item', 'Sale', options => '{"counter": "sold", "position": "rank"}') -> 'created';
SELECT assoc.define('Item', '{"name": "text", "price": "numeric(6,2)", "stock": {"type": "integer", "default": 7, "allowNull": false}}',
  ('{' || :'computed' || '}')::jsonb, replace => true) -> 'changed';
SELECT assoc.define('Item', '{"name": "varchar(20)", "price": "numeric(12,4)",
  "stock": {"type": "bigint", "default": 7, "allowNull": false}}',
  ('{' || :'computed' || '}')::jsonb, replace => true) -> 'changed';
SELECT assoc.find_all('Item', '{"attributes": ["sold", "stock", "price", "label", "twice"]}');
TABLE labels;
SELECT proname, prosqlbody IS NOT NULL AS parsed, has_function_privilege('public', oid, 'EXECUTE') AS granted,
    obj_description(oid, 'pg_proc')
  FROM pg_proc WHERE pronamespace = 'computed_altered'::regnamespace AND proname IN ('label', 'twice') ORDER BY 1;
SELECT * FROM assoc.check('computed_altered');
SET client_min_messages = warning;
DROP SCHEMA computed_altered CASCADE;
