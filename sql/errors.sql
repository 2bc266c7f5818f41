-- Wrong documents: what is said, where, and that nothing is ignored and nothing crashes.
\getenv top PG_ABS_SRCDIR
\set shop :top '/test/data/shop.sql'
\set ECHO none
\i :shop
\set ECHO all

-- unknown names: nearest first, with the place
SELECT o, r.* FROM unnest(ARRAY['{"includes": ["orders"]}', '{"lim": 1}', '{"Where": {}}', '{"include": ["order"]}',
  '{"include": ["orders.product"]}', '{"include": ["orders.products.x"]}',
  '{"include": [{"association": "orders", "include": [{"association": "prodcts"}]}]}', '{"include": [{"assoc": "orders"}]}',
  '{"include": [{"model": "Order"}]}', '{"include": [{"association": "orders", "wher": {}}]}',
  '{"include": [{"association": "stores", "through": {"attribute": []}}]}',
  '{"where": {"nmae": "x"}}', '{"where": {"or": [{"id": 1}, {"not": {"nam": "x"}}]}}', '{"where": {"name": {"equals": "x"}}}',
    '{"where": {"orders": {"any": {}}}}', '{"where": {"orders": {"title": "x"}}}', '{"where": {"orders": 5}}',
    '{"where": {"orders": {"some": {"statsu": "open"}}}}', '{"where": {"ordrs": {"some": {}}}}', '{"where": {"$country.nam$": 1}}',
    '{"where": {"$contry.name$": 1}}', '{"where": {"$orders.status$": 1}}', '{"where": {"$country..name$": 1}}',
    '{"where": {"settings.lang": {"lik": "x"}}}', '{"where": {"name.x": 1}}', '{"where": {"through": {"id": 1}}}',
    '{"where": {"stores": {"some": {"through": {"sene": null}}}}}', '{"where": {"name": {"col": "emial"}}}',
  '{"include": ["orders", {"association": "orders"}, {"association": "orders"}]}',
    '{"include": [{"association": "orders"}, {"association": "profile", "as": "orders"}]}',
    '{"include": [{"association": "orders", "through": {}}]}', '{"include": [{"all": true, "deep": true}]}',
    '{"include": [{"all": false, "nested": true}]}', '{"include": [{"association": "orders", "maxDepth": 2}]}', '{"include": ["orders."]}',
    '{"include": [""]}', '{"include": [{}]}', '{"include": [{"association": "orders", "bigint": "string"}]}',
  '{"after": [1, 2]}', '{"include": [{"association": "orders", "page": true}]}',
    '{"include": [{"association": "orders", "recursive": true}]}', '{"scope": "none"}']) o,
  LATERAL refused(format('SELECT loads(''Customer'', %L)', o)) r;
SELECT r.* FROM unnest(ARRAY['5', '"x"', '[]', 'true']) o, LATERAL refused(format('SELECT assoc.find_all(''Customer'', %L)', o)) r;

-- a value of every JSON kind at every place: accepted, or an error of the user's, with its place
CREATE TABLE places (place text);
INSERT INTO places VALUES ('%s'), ('{"attributes": %s}'), ('{"attributes": [%s]}'), ('{"attributes": [["id", %s]]}'),
  ('{"attributes": [[%s, "x"]]}'), ('{"attributes": {"include": %s}}'), ('{"attributes": {"exclude": %s}}'),
  ('{"attributes": {"exclude": [%s]}}'), ('{"attributes": [{"count": %s, "as": "n"}]}'),
  ('{"attributes": [{"count": "orders", "as": %s}]}'), ('{"attributes": [{"max": ["orders", %s], "as": "n"}]}'),
  ('{"attributes": [{"count": "orders", "where": %s, "as": "n"}]}'),
  ('{"where": %s}'), ('{"where": [%s]}'), ('{"where": {"and": %s}}'), ('{"where": {"or": %s}}'), ('{"where": {"or": [%s]}}'),
    ('{"where": {"not": %s}}'), ('{"where": {"through": %s}}'), ('{"where": {"name": %s}}'), ('{"where": {"id": %s}}'),
    ('{"where": {"vip": %s}}'), ('{"where": {"tags": %s}}'), ('{"where": {"settings": %s}}'), ('{"where": {"joined": %s}}'),
    ('{"where": {"settings.n": %s}}'), ('{"where": {"settings.": %s}}'), ('{"where": {"$country.name$": %s}}'),
    ('{"where": {"name": {"or": %s}}}'), ('{"where": {"name": {"and": [%s]}}}'), ('{"where": {"name": {"value": %s}}}'),
    ('{"where": {"name": {"col": %s}}}'), ('{"where": {"name": {"param": %s}}}'), ('{"where": {"id": {"any": %s}}}'),
    ('{"where": {"id": {"all": %s}}}'), ('{"where": {"name": {"like": {"any": %s}}}}'), ('{"where": {"name": {"like": {"any": [%s]}}}}'),
    ('{"where": {"id": {"between": [1, %s]}}}'), ('{"where": {"id": {"in": [1, %s]}}}'),
  ('{"where": {"orders": %s}}'), ('{"where": {"orders": {"some": %s}}}'), ('{"where": {"orders": {"none": %s}}}'),
    ('{"where": {"orders": {"every": %s}}}'), ('{"where": {"referred": {"allOf": %s}}}'), ('{"where": {"referred": {"allOf": [%s]}}}'),
    ('{"where": {"orders": {"count": %s}}}'), ('{"where": {"orders": {"count": {"gt": %s}}}}'),
    ('{"where": {"orders": {"count": {"where": %s, "gt": 0}}}}'), ('{"where": {"stores": {"some": {"through": %s}}}}'),
    ('{"where": {"profile": %s}}'),
  ('{"order": %s}'), ('{"order": [%s]}'), ('{"order": [[%s]]}'), ('{"order": [["id", %s]]}'), ('{"order": [["country", %s]]}'),
    ('{"order": {"by": %s}}'), ('{"order": {"by": "id", "direction": %s}}'), ('{"order": {"by": "id", "nulls": %s}}'),
    ('{"order": {"count": %s}}'), ('{"limit": %s}'), ('{"offset": %s}'), ('{"limit": {"value": %s}}'), ('{"limit": {"param": %s}}'),
    ('{"after": %s}'), ('{"scope": %s}'), ('{"paranoid": %s}'), ('{"bigint": %s}'),
  ('{"include": %s}'), ('{"include": [%s]}'), ('{"include": [{"association": %s}]}'),
    ('{"include": [{"association": "orders", "as": %s}]}'), ('{"include": [{"association": "orders", "attributes": %s}]}'),
    ('{"include": [{"association": "orders", "where": %s}]}'), ('{"include": [{"association": "orders", "order": %s}]}'),
    ('{"include": [{"association": "orders", "required": %s}]}'), ('{"include": [{"association": "orders", "limit": %s}]}'),
    ('{"include": [{"association": "orders", "include": %s}]}'), ('{"include": [{"association": "orders", "page": %s}]}'),
    ('{"include": [{"association": "orders", "recursive": %s}]}'), ('{"include": [{"association": "orders", "maxDepth": %s}]}'),
    ('{"include": [{"association": "orders", "paranoid": %s}]}'), ('{"include": [{"association": "orders", "scope": %s}]}'),
    ('{"include": [{"all": %s}]}'), ('{"include": [{"all": true, "nested": %s}]}'),
  ('{"include": [{"association": "stores", "through": %s}]}'), ('{"include": [{"association": "stores", "through": {"attributes": %s}}]}'),
    ('{"include": [{"association": "stores", "through": {"where": %s}}]}'),
    ('{"include": [{"association": "stores", "through": {"as": %s}}]}'),
    ('{"include": [{"association": "stores", "through": {"flatten": %s}}]}'),
    ('{"include": [{"association": "stores", "through": {"paranoid": %s}}]}');
INSERT INTO places SELECT format('{"where": {"%s": {"%s": %%s}}}', a, op)
FROM unnest(ARRAY['name', 'id', 'tags', 'settings', 'settings.n', 'vip', 'born']) a, unnest(ARRAY['eq', 'ne', 'gt', 'gte', 'lt', 'lte',
  'between', 'notBetween', 'in', 'notIn', 'is', 'not', 'like', 'notLike', 'iLike', 'notILike', 'startsWith', 'endsWith', 'substring',
  'regexp', 'notRegexp', 'iRegexp', 'notIRegexp', 'contains', 'contained', 'overlap', 'match']) op;
CREATE TABLE kinds (value text);
INSERT INTO kinds VALUES ('null'), ('true'), ('false'), ('0'), ('-1'), ('1.5'), ('1e400'), ('""'), ('"x"'), ('"id"'), ('"orders"'),
  ('"2024-01-01"'), ('"("'), ('[]'), ('[1]'), ('[1, 2]'), ('["id"]'), ('[null]'), ('[[]]'), ('[{}]'), ('[[1, 2], [3, 4]]'), ('{}'),
  ('{"id": 1}'), ('{"param": "p"}'), ('{"param": 5}'), ('{"col": "id"}'), ('{"col": "country.name"}'), ('{"value": 1}'),
  ('{"value": {"param": "p"}}'), ('{"any": []}'), ('{"any": {"param": "p"}}'), ('{"all": [1]}'), ('{"eq": {"any": [1]}}'),
  ('{"a": {"b": [{"c": null}]}}');
SET client_min_messages = warning; -- of to_tsquery
CREATE TABLE outcomes AS
SELECT place, value, r.* FROM places, kinds, LATERAL refused(format('SELECT assoc.find_all(''Customer'', %L, ''{"p": [1]}'')',
  replace(place, '%s', value))) r;
SELECT count(*) > 9000 AS many, count(*) FILTER (WHERE code = '00000') > 1000 AS some_good FROM outcomes;
-- internal errors, syntax errors, ambiguities: none are the user's
SELECT place, value, code, message FROM outcomes WHERE code !~ '^(00000|22|0A000|42703|42704|42701|42883|42804|42846|54001)'
  AND message NOT LIKE '%tsquery: "("' ORDER BY 1, 2;
-- and all that are about the document have their place
SELECT place, value, code, message FROM outcomes WHERE code ~ '^(22023|0A|42703|42704|42701|22004)' AND detail !~ '^{"path": "'
  ORDER BY 1, 2;
-- errors from PostgreSQL itself, without a place
SELECT code, message, count(*) FROM outcomes WHERE code <> '00000' AND detail !~ '^{"path": "' GROUP BY 1, 2 ORDER BY 1, 2;

-- the registry is untrusted too: what it says is checked when it is used
CREATE TABLE odd (id int PRIMARY KEY, options jsonb, alias text DEFAULT 'odd');
INSERT INTO assoc.models (relation, name, options) VALUES ('odd', 'Odd',
  '{"key": 5, "defaultScope": 5, "deletedAt": "gone", "createdAt": []}');
INSERT INTO assoc.associations (source, alias, kind, target, source_key, foreign_key, singular, options) VALUES
  ('odd', 'many', 'has_many', 'odd', array_fill('id'::name, ARRAY[40]), array_fill('id'::name, ARRAY[40]), 'one', '{}'), ('odd', 'gone',
    'has_many', 'odd', '{id}', '{nothing}', 'one', '{}'), ('odd', 'types', 'has_many', 'odd', '{id}', '{options}', 'one', '{}'), ('odd',
    'short', 'has_many', 'odd', '{id}', '{alias}', 'one', '{}'),
  ('odd', 'scope', 'has_many', 'odd', '{id}', '{id}', 'one', '{"scope": 5, "order": 5}'), ('odd', 'scoped', 'has_many', 'odd', '{id}',
    '{id}', 'one', '{"scope": {"nothing": 1}}'), ('odd', 'ordered', 'has_many', 'odd', '{id}', '{id}', 'one', '{"order": [["nothing"]]}');
INSERT INTO odd VALUES (1, '{}');
SELECT * FROM refused($$SELECT loads('Odd')$$);
UPDATE assoc.models SET options = options - 'defaultScope' WHERE name = 'Odd';
SELECT alias, r.* FROM assoc.associations a, LATERAL refused(format('SELECT loads(''Odd'', ''{"include": [%s]}'')', to_jsonb(alias))) r
  WHERE source = 'odd'::regclass ORDER BY alias;
UPDATE assoc.models SET options = '{"defaultScope": {"where": {"nothing": 1}}}' WHERE name = 'Odd';
SELECT * FROM refused($$SELECT loads('Odd')$$);
UPDATE assoc.models SET options = jsonb_build_object('key', (SELECT jsonb_agg('id'::text) FROM generate_series(1, 40))) WHERE name = 'Odd';
SELECT * FROM refused($$SELECT assoc.find_by_pk('Odd', 1)$$);

-- too deep, too big
CREATE FUNCTION deep(opening text, middle text, closing text, n int) RETURNS text
  LANGUAGE sql AS $$ SELECT repeat(opening, n) || middle || repeat(closing, n) $$;
SELECT p, n, r.code, left(r.message, 60) AS message FROM (VALUES
  ('{"where": ' || deep('{"not": ', '{}', '}', 20) || '}', 20), ('{"where": ' || deep('{"not": ', '{}', '}', 3000) || '}', 3000),
    ('{"where": ' || deep('{"or": [', '{"id": 1}', ']}', 20) || '}', 20), ('{"where": ' || deep('{"or": [', '{"id": 1}', ']}', 2000) || '}',
    2000), ('{"where": ' || deep('[', '{"id": 1}', ']', 2000) || '}', 2000), ('{"where": {"id": ' || deep('{"not": ', '{"gt": 1}', '}',
    2000) || '}}', 2000), ('{"where": {"id": ' || deep('{"or": [', '1', ']}', 2000) || '}}', 2000),
  ('{"where": ' || deep('{"referred": {"some": ', '{}', '}}', 20) || '}', 20), ('{"where": ' || deep('{"referred": {"some": ', '{}', '}}',
    2000) || '}', 2000), ('{"include": ["' || repeat('referred.', 20) || 'referred"]}', 20), ('{"include": ["' || repeat('referred.',
    40) || 'referred"]}', 40), ('{"include": ' || deep('[{"association": "referred", "include": ', '[]', '}]', 20) || '}', 20),
    ('{"include": ' || deep('[{"association": "referred", "include": ', '[]', '}]', 1000) || '}', 1000),
    ('{"where": {"settings": {"eq": ' || deep('[', '1', ']', 3000) || '}}}', 3000), ('{"where": {"tags": {"eq": ' || deep('[', '"a"', ']',
    3000) || '}}}', 3000), ('{"order": [["' || repeat('referrer", "', 40) || 'id"]]}', 40)) v (doc, n),
  LATERAL (SELECT left(doc, 30)) l (p), LATERAL refused(format('SELECT length(assoc.find_all(''Customer'', %L)::text) > 0', doc)) r;
SELECT * FROM refused($$SELECT assoc.find_all('Customer', '{"include": ["referred.referred"]}')
  FROM (SELECT set_config('pg_associations.max_depth', '2', true)) s$$);
SELECT loads('Customer', jsonb_build_object('attributes', '["id"]'::jsonb, 'where', jsonb_build_object('id', (SELECT jsonb_agg(g)
  FROM generate_series(2, 20000) g)))) AS many_values,
  loads('Customer', jsonb_build_object('attributes', '["id"]'::jsonb, 'where', jsonb_build_object('or',
    (SELECT jsonb_agg(jsonb_build_object('id', g)) FROM generate_series(3, 2000) g)))) AS many_conditions,
  jsonb_array_length(loads('Customer', jsonb_build_object('attributes', (SELECT jsonb_agg(jsonb_build_array('id', 'c' || g))
    FROM generate_series(1, 1500) g)))) AS many_attributes,
  (SELECT count(*) FROM jsonb_object_keys(loads('Customer', jsonb_build_object('limit', 1, 'attributes', '["id"]'::jsonb, 'include',
    (SELECT jsonb_agg(jsonb_build_object('association', 'orders', 'as', 'o' || g))
    FROM generate_series(1, 200) g))) -> 0)) AS many_includes;
SELECT code, length(message) > 1000 AS long, length(hint) < 500 AS short
  FROM refused(format('SELECT assoc.find_all(''Customer'', %L)', '{"where": {"' || repeat('x', 2000) || '": 1}}'));
SELECT assoc.find_by_pk('Country', 'de') AS still_here;
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
