-- Many equalities of one attribute under "or" are asked as one list, and mean what they say.
CREATE SCHEMA alternatives;
SET search_path = alternatives;
SET client_min_messages = warning;
CREATE DOMAIN even AS integer CHECK (VALUE % 2 = 0);
CREATE TYPE color AS ENUM ('red', 'green', 'blue');
CREATE TABLE things (id bigint PRIMARY KEY, name text, n numeric(8, 2), e even, c color, d date, code char(4), v varchar(5), b boolean,
  j jsonb, a integer[], big bigint, parent_id bigint REFERENCES things, secret text);
INSERT INTO things SELECT g, 'n' || g, g / 4.0, g * 2, (ARRAY['red', 'green', 'blue']::color[])[1 + g % 3], date '2024-01-01' + g,
  'c' || g, 'v' || g,
  g % 2 = 0, to_jsonb(g), ARRAY[g], CASE WHEN g % 5 > 0 THEN g * 10000000000 END, nullif(g / 2, 0), 's' || g FROM generate_series(1, 100) g;
CREATE INDEX ON things (parent_id);
ANALYZE things;
SELECT assoc.adopt('things', 'Thing') ->> 'model' AS model;
SELECT assoc.define('Thing', '{"secret": {"type": "text", "hidden": true}}', '{"timestamps": false}', replace => true) ->> 'model' AS model;
SELECT assoc.belongs_to('Thing', 'Thing', foreign_key => 'parent_id', alias => 'parent', inverse => 'parts') ->> 'alias' AS alias;
-- an or of 20 equalities of an attribute: values of every fifth row, and some that no row has
CREATE FUNCTION alternatives(attribute text) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_object('or', jsonb_agg(jsonb_build_object(attribute, to_jsonb(t) -> attribute)))
  FROM things t WHERE id % 5 = 1 $$;
CREATE FUNCTION found(condition jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(x ->> 'id', ' ' ORDER BY (x ->> 'id')::int)
  FROM jsonb_array_elements(assoc.find_all('Thing', jsonb_build_object('attributes', '["id"]'::jsonb, 'where', condition))) x $$;
SELECT attribute, found(alternatives(attribute))
FROM unnest(ARRAY['id', 'name', 'n', 'e', 'd', 'code', 'v', 'j', 'a', 'big']) attribute;
SELECT length(found(alternatives('c'))), length(found(alternatives('b')));
-- with null, with other conditions between, and turned round
SELECT found(jsonb_set(alternatives('big'), '{or,0}', '{"big": null}'));
SELECT found(jsonb_build_object('or',
  (alternatives('id') -> 'or') || '[{"name": {"startsWith": "n10"}}, {"id": {"gt": 98}}, {"name": "n50"}]'
  || (alternatives('name') -> 'or')));
SELECT length(found(jsonb_build_object('not', alternatives('big')))),
  (SELECT count(*) FROM things WHERE NOT big IN (SELECT big FROM things WHERE id % 5 = 1)) AS expected;
SELECT found(jsonb_build_object('and', jsonb_build_array(alternatives('id'), alternatives('name'), '{"id": {"lt": 20}}'::jsonb)));
-- more attributes than are put together
SELECT found(jsonb_build_object('or', (SELECT jsonb_agg(jsonb_build_object(k, to_jsonb(t) -> k))
  FROM unnest(ARRAY['id', 'name', 'n', 'e', 'd', 'code', 'v', 'c', 'big', 'j']) k, things t WHERE t.id IN (6, 7)))) =
  found('{"c": {"ne": "blue"}}') AS same;
-- at every place of a condition
SELECT count(*) FROM jsonb_array_elements(assoc.find_all('Thing', jsonb_build_object('attributes', '["id"]'::jsonb,
  'where', jsonb_build_object('parts', jsonb_build_object('some', alternatives('id')))))) x;
SELECT x FROM jsonb_array_elements(assoc.find_all('Thing', jsonb_build_object('attributes', '["id"]'::jsonb, 'where',
  '{"id": {"lte": 6}}'::jsonb,
  'include', jsonb_build_array(jsonb_build_object('association', 'parts', 'attributes', '["id"]'::jsonb, 'required', false,
    'where', alternatives('id')))))) x;
SELECT assoc.find_by_pk('Thing', 3, jsonb_build_object('attributes', '["id"]'::jsonb, 'include', jsonb_build_array(
  jsonb_build_object('association', 'parts', 'attributes', '["id"]'::jsonb, 'where', alternatives('name')))));
SELECT assoc.count('Thing', jsonb_build_object('where', alternatives('d')));
-- "today" is another day tomorrow, and words of a session are read by it
SET datestyle = 'ISO, DMY';
SELECT found(jsonb_build_object('or', (SELECT jsonb_agg(jsonb_build_object('d', '0' || g || '.01.2024')) FROM generate_series(1, 9) g)
  || (SELECT jsonb_agg(jsonb_build_object('d', '1' || g || '.02.2024')) FROM generate_series(0, 9) g)));
-- a wrong value is told with its place
\set VERBOSITY terse
SELECT found(jsonb_set(alternatives('id'), '{or,7}', '{"id": "seven"}'));
SELECT found(jsonb_set(alternatives('name'), '{or,7}', '{"name": 7.5}'));
SELECT found(jsonb_set(alternatives('v'), '{or,7}', '{"v": "much too long"}'));
SELECT found(jsonb_set(alternatives('c'), '{or,7}', '{"c": "pink"}'));
SELECT found(jsonb_set(alternatives('id'), '{or,7}', '{"idd": 7}'));
SELECT found(alternatives('secret'));
\set VERBOSITY default
-- one condition for the planner
SELECT strpos(assoc.sql('Thing', jsonb_build_object('attributes', '["id"]'::jsonb, 'where', alternatives('id'))), ' OR ') AS "or";
SELECT assoc.sql('Thing', '{"attributes": ["id"], "where": {"or": [{"id": 1}, {"id": 2}]}}');
-- rows that have some with one thing, or some with another: together they find what each finds
CREATE FUNCTION together(conditions jsonb) RETURNS TABLE (n bigint, same boolean, subqueries int) LANGUAGE sql AS $$
  SELECT array_length(string_to_array(found(conditions), ' '), 1), found(conditions) IS NOT DISTINCT FROM (
      SELECT string_agg(id, ' ' ORDER BY id::int) FROM (
        SELECT DISTINCT id FROM jsonb_array_elements(conditions -> 'or') c, unnest(string_to_array(found(c), ' ')) id) each),
    regexp_count(assoc.sql('Thing', jsonb_build_object('where', conditions)), 'EXISTS') $$;
CREATE FUNCTION with_some(alias text, conditions jsonb) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_object('or', jsonb_agg(jsonb_build_object(alias, jsonb_build_object('some', c))))
  FROM jsonb_array_elements(conditions) c $$;
SELECT * FROM together(with_some('parts', alternatives('id') -> 'or'));
SELECT * FROM together(with_some('parent', alternatives('big') -> 'or'));
SELECT * FROM together(with_some('parts', with_some('parts', alternatives('name') -> 'or') -> 'or'));
SELECT * FROM together(jsonb_build_object('or', (with_some('parts', alternatives('id') -> 'or') -> 'or')
  || (with_some('parent', (alternatives('e') -> 'or') || '[{"big": null}]') -> 'or') || '[{"id": 99}, {"parts": {"none": {}}}]'
  || '[{"parts": {"some": {}}}, {"parts": {"some": {"parts": {"count": 2}}}}]'));
SELECT * FROM together(jsonb_build_object('or', (with_some('parts', alternatives('id') -> 'or') -> 'or')
  || '[{"parts": {"some": {"n": {"gte": {"col": "id", "above": true}}}}}, {"parts": {"some": {"id": 100}, "recursive": true}}]'));
SELECT length(found(jsonb_build_object('not', with_some('parts', alternatives('id') -> 'or')))),
  length(found(jsonb_build_object('and', (SELECT jsonb_agg(jsonb_build_object('parts', jsonb_build_object('none', c)))
    FROM jsonb_array_elements(alternatives('id') -> 'or') c)))) AS expected;
\set VERBOSITY terse
SELECT found(jsonb_set(with_some('parts', alternatives('id') -> 'or'), '{or,7}', '{"parts": {"some": {"idd": 7}}}'));
SELECT found(jsonb_set(with_some('parts', alternatives('id') -> 'or'), '{or,7}', '{"parts": {"some": {"id": "seven"}}}'));
\set VERBOSITY default
-- what stays many subqueries is not compiled, and nothing else is changed by that
CREATE VIEW compiled AS SELECT id, name, parent_id, current_setting('jit') AS jit FROM things;
SELECT assoc.adopt('compiled', 'Compiled', '{"key": "id"}') ->> 'model' AS model;
SELECT assoc.has_many('Compiled', 'Thing', foreign_key => 'parent_id', alias => 'parts',
  options => '{"constraints": false}') ->> 'alias' AS alias;
CREATE FUNCTION arms(n int) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_object('attributes', '["id", "jit"]'::jsonb, 'where', jsonb_build_object('or', jsonb_agg(jsonb_build_object(
    'name', 'n' || i, 'parts', jsonb_build_object('some', jsonb_build_object('id', i * 2)))))) FROM generate_series(1, n) i $$;
SET jit = on;
SELECT x ->> 'jit' AS jit, count(*) FROM jsonb_array_elements(assoc.find_all('Compiled', arms(3))) x GROUP BY 1;
SELECT x ->> 'jit' AS jit, count(*) FROM jsonb_array_elements(assoc.find_all('Compiled', arms(30))) x GROUP BY 1;
SELECT count(*) FROM assoc.find('Compiled', arms(30));
SHOW jit;
RESET jit;
DROP SCHEMA alternatives CASCADE;
