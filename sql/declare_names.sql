-- Names that a caller gives for what is made: too long ones are refused before anything is made of them.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_associations;
CREATE SCHEMA declare_names;
SET search_path = declare_names;
CREATE FUNCTION tries(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE said text;
BEGIN
  EXECUTE call INTO said;
  RETURN left(said, 300);
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT assoc.define('A') ->> 'table' AS a, assoc.define('B') ->> 'table' AS b;

-- columns of keys: PostgreSQL would cut the name, and the cut column is not the one that was asked for
SELECT call, tries(format('SELECT assoc.%s', replace(call, '?', quote_literal(repeat('y', 64)))))
FROM unnest(ARRAY[
  $$belongs_to('A', 'B', foreign_key => ?)$$,
  $$has_many('A', 'B', foreign_key => ?)$$,
  $$has_one('A', 'B', foreign_key => ?)$$,
  $$belongs_to_many('A', 'B', foreign_key => ?)$$,
  $$belongs_to_many('A', 'B', other_key => ?)$$,
  $$belongs_to_many('A', 'B', source_key => ?)$$,
  $$belongs_to_many('A', 'B', target_key => ?)$$,
  $$belongs_to('A', 'B', foreign_key => 'a, ' || ?)$$,
  $$belongs_to('A', 'B', target_key => ?)$$,
  $$has_many('A', 'B', source_key => ?)$$]) call;
SELECT tries(format('SELECT assoc.belongs_to(''A'', ''B'', foreign_key => %L) -> ''created''', repeat('y', 63)));

-- the options of an ORM where a name is meant: each is an argument, and no column is called after the document
SELECT call, tries('SELECT assoc.' || call) FROM unnest(ARRAY[
  $$belongs_to_many('A', 'B', '{"through": "AB", "foreignKey": "aId", "as": "bs"}')$$,
  $$has_many('A', 'B', '{"foreignKey": "aId"}')$$,
  $$belongs_to('A', 'B', '["x", "y"]')$$,
  $$has_one('A', 'B', alias => '{"as": "b"}')$$,
  $$define('{"name": "C"}')$$]) call;
SELECT assoc.has_many('A', 'B', '{"foreignKey": "aId"}');

-- every other name, too long (64 bytes) and empty; what a message says of a long one is short
CREATE FUNCTION refused(call text, name text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE detail text; hint text; message text;
BEGIN
  EXECUTE format('SELECT assoc.%s', replace(replace(call, '%', to_json(name)::text), '?', quote_literal(name)));
  RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  IF octet_length(concat(message, detail, hint)) > 2500 THEN
    RETURN format('%s says %s bytes', SQLSTATE, octet_length(concat(message, detail, hint)));
  END IF;
  RETURN SQLSTATE || ' ' || message;
END $$;
CREATE TABLE calls (n int PRIMARY KEY, call text);
INSERT INTO calls SELECT ord, call FROM unnest(ARRAY[
  $$define(?)$$,
  $$define(? || '.X')$$,
  $$define('declare_names.' || ?)$$,
  $$define('N', '{%: "int"}')$$,
  $$define('N', '[{"name": %, "type": "int"}]')$$,
  $$define('N', '{"c": {"type": "int", "field": %}}')$$,
  $$define('N', options => '{"tableName": %}')$$,
  $$define('N', options => '{"createdAt": %}')$$,
  $$define('N', options => '{"scopes": {%: {}}}')$$,
  $$define('N', '{"c": "int"}', '{"indexes": [{"fields": ["c"], "name": %}]}')$$,
  $$define('N', '{"c": "int"}', '{"indexes": [{"fields": ["c"], "method": %}]}')$$,
  $$define('N', '{"c": "int"}', '{"indexes": [{"fields": [{"name": "c", "operator": %}]}]}')$$,
  $$define('N', '{"c": "int"}', '{"indexes": [{"fields": [%]}]}')$$,
  $$define('N', '{"c": %}')$$,
  $$define('N', '{"c": {"type": "int", %: 1}}')$$,
  $$define('N', '{"c": {"type": "int", "validate": {%: 1}}}')$$,
  $$define('N', options => '{%: 1}')$$,
  $$adopt('as', ?, replace => true)$$,
  $$adopt('as', ? || '.A')$$,
  $$adopt('as', 'A', '{"createdAt": %}')$$,
  $$adopt('as', 'A', '{"key": [%]}')$$,
  $$forget(?)$$,
  $$validate(?, '{}')$$,
  $$has_many('A', ?)$$,
  $$has_many(?, 'A')$$,
  $$has_many('A', 'B', alias => ?)$$,
  $$has_many('A', 'B', alias => 'k', inverse => ?)$$,
  $$has_many('A', 'B', alias => 'k', options => '{"singular": %}')$$,
  $$has_many('A', 'B', alias => 'k', inverse => 'z', options => '{"inverse": {"singular": %}}')$$,
  $$has_many('A', 'B', alias => 'k', options => '{"accessors": {"prefix": %}}')$$,
  $$has_many('A', 'B', alias => 'k', options => '{"accessors": {"schema": %}}')$$,
  $$has_many('A', 'B', alias => 'k', options => '{"accessors": [%]}')$$,
  $$has_many('A', 'B', alias => 'k', options => '{"onDelete": %}')$$,
  $$has_many('A', 'B', alias => 'k', options => '{"deferrable": %}')$$,
  $$belongs_to_many('A', 'B', through => ?)$$,
  $$belongs_to_many('A', 'B', through => 'AB', through_attributes => '{%: "int"}')$$,
  $$belongs_to_many('A', 'B', through => 'AB', options => '{"through": {"attributes": [%]}}')$$,
  $$drop_association('A', ?)$$,
  $$drop_association(?, 'x')$$,
  $$find_all(?)$$,
  $$find_all('A', '{%: 1}')$$,
  $$find_all('A', '{"where": {%: 1}}')$$,
  $$find_all('A', '{"where": {"id": {%: 1}}}')$$,
  $$find_all('A', '{"where": {"id": %}}')$$,
  $$find_all('A', '{"order": [%]}')$$,
  $$find_all('A', '{"attributes": [%]}')$$,
  $$find_all('A', '{"include": [%]}')$$,
  $$find_all('A', '{"scope": %}')$$,
  $$get('A', 1, ?)$$,
  $$count_of('A', 1, ?)$$,
  $$sum('A', ?)$$,
  $$aggregate('A', '{"group": [%]}')$$,
  $$create('A', '{%: 1}')$$,
  $$create('A', '{"id": %}')$$,
  $$create('A', '{}', '{%: 1}')$$,
  $$create_in('A', 1, ?, '{}')$$,
  $$add('A', 1, ?, '[]')$$,
  $$set_many('A', ?, '[]')$$,
  $$update('A', '{%: 1}', '{"where": {"id": 1}}')$$,
  $$explain('A', '{%: 1}')$$,
  $$diagram(?)$$,
  $$find_for_update('A', '{}', ?)$$,
  $$find_for_update('A', '{}', 'update', ?)$$,
  $$find_all('A', '{"where": {"id": {"param": %}}}')$$,
  $$find_all('A', '{"where": {"id": {"param": "x"}}}', '{%: 1}')$$,
  $$add('A', 1, 'bs', '[{%: 1}]')$$,
  $$set_many('A', 'bs', '[{%: 1}]')$$,
  $$create('A', '{"bs": {%: []}}')$$,
  $$load_all('as', ?, NULL)$$]) WITH ORDINALITY c (call, ord);
SELECT call, refused(call, repeat('x', 64)) FROM calls ORDER BY n;
SELECT call, refused(call, '') FROM calls WHERE call !~ '^(find|sum|aggregate|create|add|update|explain|set_many|get|count)' ORDER BY n;
SELECT call, said FROM calls, refused(call, repeat('ä', 100000)) said WHERE said ~ 'says|accepted' ORDER BY n;
SELECT relname FROM pg_class WHERE relnamespace = 'declare_names'::regnamespace AND relkind = 'r' ORDER BY 1;
DROP SCHEMA declare_names CASCADE;
