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
DROP SCHEMA declare_names CASCADE;
