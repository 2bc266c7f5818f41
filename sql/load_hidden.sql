-- "hidden" cannot be read round a corner: by conditions, orders, cursors, groups, aggregates and hints
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA load_hidden;
SET search_path = load_hidden;
SET client_min_messages = warning;
SELECT assoc.define('Account', '{"login": "text", "password": {"type": "text", "hidden": true}, "meta": {"type": "jsonb", "hidden": true},
  "rank": {"type": "integer", "hidden": "output"}}', '{"timestamps": false, "scopes": {
    "weak": {"where": {"password": {"startsWith": "s"}}}, "sorted": {"order": ["password"]}, "ranked": {"where": {"rank": {"gt": 1}}}}}')
  -> 'attributes';
SELECT assoc.define('Note', '{"text": "text", "secret": {"type": "text", "hidden": true}}', '{"timestamps": false}') ->> 'model',
  assoc.define('Pet', '{"name": "text"}', '{"timestamps": false}') ->> 'model';
SELECT assoc.has_many('Account', 'Note', inverse => 'account') ->> 'alias',
  assoc.has_many('Account', 'Note', alias => 'whispers', foreign_key => 'account_id',
    options => '{"scope": {"secret": {"ne": null}}, "order": [["secret", "DESC"]]}') ->> 'alias',
  assoc.belongs_to_many('Account', 'Pet', through => 'Holding', inverse => 'accounts',
    through_attributes => '{"price": {"type": "integer", "hidden": true}, "since": "date"}') ->> 'alias';
SELECT assoc.bulk_create('Account', '[{"login": "a", "password": "s3cret", "meta": {"k": 1}, "rank": 2,
  "notes": [{"text": "n", "secret": "x"}],
  "pets": [{"name": "rex", "through": {"price": 7}}]}, {"login": "b", "password": "zzz", "rank": 1}]');

-- where it is named in "attributes" it is shown, and nowhere else
SELECT assoc.find_all('Account', '{"attributes": ["login", "password", ["meta", "m"]]}');
SELECT assoc.find_all('Account', '{"include": ["notes", "pets"]}');

-- every other place: 42501, and the place
CREATE FUNCTION found(model text, options jsonb, params jsonb DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  detail text;
BEGIN
  RETURN assoc.find_all(model, options, params);
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN format('%s %s | %s', SQLSTATE, SQLERRM, detail);
END
$$;
SELECT found(model, options::jsonb) FROM (VALUES
  ('Account', '{"where": {"password": "s3cret"}}'),
  ('Account', '{"where": {"password": null}}'),
  ('Account', '{"where": {"password": {"startsWith": "s"}}}'),
  ('Account', '{"where": {"$password$": {"gt": "s"}}}'),
  ('Account', '{"where": {"or": [{"not": {"password": {"in": ["a"]}}}]}}'),
  ('Account', '{"where": {"login": {"eq": {"col": "password"}}}}'),
  ('Account', '{"where": {"login": {"startsWith": {"col": "password"}}}}'),
  ('Account', '{"where": {"meta.k": 1}}'),
  ('Account', '{"where": {"$meta.k$": 1}}'),
  ('Account', '{"order": ["password"]}'),
  ('Account', '{"order": [["password", "DESC"]]}'),
  ('Account', '{"attributes": [["password", "p"]], "order": ["p"]}'),
  ('Account', '{"where": {"notes": {"some": {"secret": "x"}}}}'),
  ('Account', '{"where": {"notes": {"every": {"secret": "x"}}}}'),
  ('Account', '{"where": {"notes": {"none": {"secret": "x"}}}}'),
  ('Account', '{"where": {"notes": {"count": {"where": {"secret": "x"}, "gte": 1}}}}'),
  ('Account', '{"where": {"pets": {"some": {"through": {"price": 7}}}}}'),
  ('Account', '{"where": {"pets": {"some": {"$through.price$": 7}}}}'),
  ('Account', '{"include": [{"association": "notes", "where": {"secret": "x"}}]}'),
  ('Account', '{"include": [{"association": "notes", "order": ["secret"]}]}'),
  ('Account', '{"include": [{"association": "pets", "through": {"where": {"price": 7}}}]}'),
  ('Account', '{"include": [{"association": "pets", "order": [["through", "price", "ASC"]]}]}'),
  ('Account', '{"include": [{"association": "pets", "attributes": [], "where": {"accounts": {"some": {"password": "s3cret"}}}}]}'),
  ('Account', '{"attributes": ["id", {"max": ["notes", "secret"], "as": "m"}]}'),
  ('Account', '{"attributes": ["id", {"min": ["pets", "through", "price"], "as": "m"}]}'),
  ('Account', '{"attributes": ["id", {"count": "notes", "where": {"secret": "x"}, "as": "m"}]}'),
  ('Account', '{"order": [{"by": {"max": ["notes", "secret"]}}]}'),
  ('Note', '{"where": {"$account.password$": "s3cret"}}'),
  ('Note', '{"order": [["account", "password", "ASC"]]}')) v (model, options);
SELECT found('Account', '{"where": {"password": {"param": "p"}}}', '{"p": "s3cret"}');
-- the same in all functions that take a condition
SELECT assoc.count('Account', '{"where": {"password": "s3cret"}}');
SELECT assoc.find_one('Account', '{"where": {"password": "s3cret"}}');
SELECT assoc.find_for_update('Account', '{"where": {"password": "s3cret"}}');
SELECT assoc.find_and_count_all('Account', '{"order": ["password"]}');
SELECT assoc.count_of('Account', 1, 'notes', '{"where": {"secret": "x"}}');
SELECT assoc.get('Account', 1, 'pets', '{"through": {"where": {"price": 7}}}');
SELECT account_with_notes(1, '{"include": [{"association": "notes", "where": {"secret": "x"}}]}');
SELECT assoc.max('Account', 'password');
SELECT assoc.aggregate('Account', '{"group": ["password"], "attributes": ["password", {"count": "*", "as": "n"}]}');
SELECT assoc.aggregate('Account', '{"attributes": [{"max": "password", "as": "n"}]}');
SELECT assoc.aggregate('Account', '{"attributes": [{"count": "*", "where": {"password": "s3cret"}, "as": "n"}]}');
SELECT assoc.aggregate('Note', '{"group": ["account.password"], "attributes": [{"count": "*", "as": "n"}]}');
SELECT assoc.update('Account', '{"login": "c"}', '{"where": {"password": "s3cret"}}');
SELECT assoc.update('Account', '{"notes": {"delete": {"where": {"secret": "x"}}}}', '{"where": {"id": 1}}');
SELECT assoc.update('Account', '{"notes": {"update": {"where": {"secret": "x"}, "data": {"text": "o"}}}}', '{"where": {"id": 1}}');
SELECT assoc.destroy('Account', '{"where": {"password": "s3cret"}}');
SELECT assoc.find_or_create('Account', '{"login": "z"}', '{"where": {"password": "s3cret"}}');
SELECT assoc.find_or_create('Account', '{"login": "a", "password": "s3cret"}');
SELECT assoc.create('Note', '{"text": "y", "account": {"connectOrCreate": {"where": {"password": "s3cret"}, "create": {"login": "q"}}}}');
SELECT assoc.sql('Account', '{"where": {"password": "s3cret"}}');

-- what the declaration says may use it: scopes, scopes and orders of associations
SELECT assoc.find_all('Account', '{"scope": "weak"}'), assoc.find_all('Account', '{"scope": "sorted"}');
SELECT assoc.get('Account', 1, 'whispers'), assoc.count('Account', '{"where": {"whispers": {"some": {}}}}');
SELECT assoc.find_all('Account', '{"attributes": ["id"], "include": ["whispers"]}');
-- rows that are written through an association are shown, whatever its keys are
SELECT assoc.define('Tag', '{"code": {"type": "text", "primaryKey": true, "hidden": true}, "name": "text"}',
  '{"timestamps": false}') ->> 'model',
  assoc.belongs_to_many('Account', 'Tag') ->> 'alias';
SELECT assoc.create_in('Account', 2, 'tags', '{"code": "t1", "name": "one"}', '{}');
SELECT assoc.find_by_pk('Tag', 't1');
SELECT assoc.find_page('Tag', '{"limit": 1}');

-- a cursor tells of what rows are ordered by
SELECT assoc.find_page('Account', '{"order": ["password"], "limit": 1}');
SELECT assoc.find_page('Account', '{"scope": "sorted", "limit": 1}');
SELECT assoc.find_all('Account', '{"scope": "sorted", "after": ["t", 0]}');
SELECT assoc.find_all('Account', '{"include": [{"association": "whispers", "page": true, "limit": 1}]}');
SELECT assoc.find_page('Account', '{"order": ["login"], "limit": 1}');

-- "output": hidden, but conditions and orders may use it; a cursor may still not
SELECT assoc.find_all('Account', '{"where": {"rank": {"gte": 1}}, "order": [["rank", "ASC"]]}'),
  assoc.find_all('Account', '{"scope": "ranked"}');
SELECT assoc.find_all('Note', '{"order": [["account", "rank", "ASC"]], "attributes": ["id"]}'), assoc.max('Account', 'rank');
SELECT assoc.find_page('Account', '{"order": ["rank"], "limit": 1}');
SELECT assoc.find_page('Note', '{"order": [["account", "rank", "ASC"]], "limit": 1}');
SELECT assoc.find_page('Note', '{"order": [["account", "login", "ASC"]], "limit": 1}') -> 'next';

-- hints name nothing that is hidden
SELECT assoc.find_all('Account', '{"where": {"pasword": 1}}');
SELECT assoc.create('Account', '{"pasword": 1}');
SELECT assoc.update('Account', '{"pasword": 1}', '{"all": true}');
SELECT assoc.add('Account', 1, 'pets', '1', '{"prices": 1}');

-- declared as anything: an error; changed: a difference
SELECT assoc.define('Account', '{"login": {"type": "text", "hidden": "input"}}', replace => true);
SELECT assoc.define('Account', '{"login": "text", "rank": {"type": "integer", "hidden": true}}');
SELECT assoc.define('Account', '{"login": "text", "rank": {"type": "integer", "hidden": true}}', replace => true) -> 'changed';
SELECT assoc.find_all('Account', '{"where": {"rank": 2}}');
SELECT assoc.define('Account', '{"login": "text", "rank": {"type": "integer", "hidden": "output"}}', replace => true) -> 'changed';
SELECT d ~ '"rank": {"type": "integer", "hidden": "output"}' FROM assoc.declarations('load_hidden') d WHERE d ~ 'rank';

-- a column that a declared attribute's name covers is no hidden attribute: it orders pages as a key
CREATE TABLE covers (id integer PRIMARY KEY, ident integer);
INSERT INTO covers VALUES (1, 2), (2, 1);
SELECT assoc.adopt('covers', 'Cover') ->> 'model';
SELECT assoc.define('Cover', '{"id": {"type": "integer", "field": "ident"}}', replace => true) -> 'changed';
SELECT assoc.find_page('Cover', '{"limit": 1}');
SELECT assoc.find_all('Cover', '{"where": {"idd": 1}}');
DROP SCHEMA load_hidden CASCADE;
