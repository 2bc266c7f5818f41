-- Every function resolves when all its arguments are untyped, as drivers send them:
-- with all of its arguments, and with each shorter list that its defaults allow.

-- Which of the calls that a schema's functions allow cannot be prepared? A parameter
-- that ended as "unknown" would be as bad.
CREATE FUNCTION unresolved(schema regnamespace, except_names text DEFAULT '^$')
RETURNS TABLE (call text, problem text) LANGUAGE plpgsql AS $$
DECLARE
  types text;
BEGIN
  FOR call IN
    SELECT DISTINCT format('%s.%I(%s)', p.pronamespace::regnamespace, p.proname,
        (SELECT string_agg('$' || i, ', ' ORDER BY i) FROM generate_series(1, n) i))
      FROM pg_proc p, generate_series(p.pronargs - p.pronargdefaults::int, p.pronargs) n
      WHERE p.pronamespace = schema
        AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
        AND p.proname !~ except_names
        AND has_function_privilege('public', p.oid, 'EXECUTE')
      ORDER BY 1
  LOOP
    BEGIN
      EXECUTE 'PREPARE untyped AS SELECT * FROM ' || call;
      SELECT parameter_types::text INTO types FROM pg_prepared_statements WHERE name = 'untyped';
      DEALLOCATE untyped;
      CONTINUE WHEN types !~ 'unknown';
      problem := types;
    EXCEPTION WHEN OTHERS THEN
      problem := SQLERRM;
    END;
    RETURN NEXT;
  END LOOP;
END
$$;

-- it finds what does not resolve
CREATE SCHEMA wrong;
CREATE FUNCTION wrong.two(a bigint) RETURNS int LANGUAGE sql RETURN 1;
CREATE FUNCTION wrong.two(a date) RETURNS int LANGUAGE sql RETURN 1;
CREATE FUNCTION wrong.anything(a "any") RETURNS int LANGUAGE internal AS 'pg_num_nulls';
CREATE FUNCTION wrong.shorter(a int DEFAULT 1) RETURNS int LANGUAGE sql RETURN 1;
CREATE FUNCTION wrong.shorter() RETURNS int LANGUAGE sql RETURN 1;
SELECT * FROM unresolved('wrong');

-- The entry points that accessors call take the key's own type from the accessor; those of a type are PostgreSQL's.
-- So does count("any") of a model's name alone: count(text) would hide core's.
SELECT * FROM unresolved('assoc', '^(load|link|relation)_');
SELECT count(DISTINCT proname) > 40 AS many FROM pg_proc WHERE pronamespace = 'assoc'::regnamespace;

-- The accessors themselves, whatever the key.
CREATE SCHEMA untyped;
SET search_path = untyped, public;
CREATE TABLE users (id bigint PRIMARY KEY);
CREATE TABLE projects (id uuid PRIMARY KEY);
CREATE TABLE places (tenant int, code text, owner bigint REFERENCES users, PRIMARY KEY (tenant, code));
SELECT assoc.belongs_to_many('users', 'projects', through => 'user_projects', inverse => 'users') -> 'changed' AS declared;
SELECT assoc.belongs_to_many('users', 'places', through => 'visits', alias => 'visited', inverse => 'visitors') -> 'changed' AS declared;
CREATE INDEX ON places (owner);
SELECT assoc.has_many('users', 'places', foreign_key => 'owner', inverse => 'owner_row') -> 'changed' AS declared;
SELECT * FROM unresolved('untyped');
SELECT count(*) > 50 AS many FROM pg_proc WHERE pronamespace = 'untyped'::regnamespace;

-- NULL means "not given", so no function is strict.
SELECT oid::regprocedure FROM pg_proc WHERE pronamespace IN ('assoc'::regnamespace, 'untyped'::regnamespace) AND proisstrict
  AND proname !~ '^relation_(in|out|recv|send)$' ORDER BY 1;
-- No argument needs quotes when it is named.
SELECT p.oid::regprocedure, a.name FROM pg_proc p, unnest(p.proargnames) AS a (name)
  WHERE pronamespace IN ('assoc'::regnamespace, 'untyped'::regnamespace) AND quote_ident(a.name) <> a.name
    AND EXISTS (SELECT FROM pg_get_keywords() k WHERE k.word = a.name AND k.catcode = 'R')
  ORDER BY 1, 2;
-- With assoc in the search path core's functions are still the ones that are called.
SET search_path = assoc, untyped;
SELECT count(relname) = count(*) AS counted, version() ~ '^PostgreSQL' AS core FROM pg_class;
-- Named before pg_catalog, by hand, it would hide these two only, which have core's own signature.
SET search_path = untyped, public;
SELECT f.oid::regprocedure AS ours, c.oid::regprocedure AS core
  FROM pg_proc f JOIN pg_proc c ON c.proname = f.proname AND c.pronamespace = 'pg_catalog'::regnamespace
  WHERE f.pronamespace = 'assoc'::regnamespace
    AND f.pronargs - f.pronargdefaults <= c.pronargs AND c.pronargs <= f.pronargs
    AND NOT EXISTS (
      SELECT FROM generate_series(0, c.pronargs - 1) i
      WHERE f.proargtypes[i] <> c.proargtypes[i] AND f.proargtypes[i] <> '"any"'::regtype
        AND c.proargtypes[i]::regtype::text !~ '^"?any')
  ORDER BY 1, 2;

DROP FUNCTION unresolved;
SET client_min_messages = warning;
DROP SCHEMA untyped, wrong CASCADE;
