-- Loads of options that somebody else has written: the last argument says what they may ask,
-- {"attributes", "where", "order", "include", "scope", "paranoid", "limit", "depth"}, or names a scope of the model that says it.
-- Each is the function of the same name with one argument more.  Without defaults, so that no call is meant by mistake; NULL
-- asks nothing of them.

DO $$
DECLARE
  f pg_proc;
BEGIN
  FOR f IN
    SELECT p.* FROM pg_proc p
    WHERE p.pronamespace = 'assoc'::regnamespace AND 'options' = ANY (p.proargnames) AND NOT 'allow' = ANY (p.proargnames)
      AND p.proname = ANY ('{aggregate,aggregate_json,avg,count,count_of,find,find_all,find_all_json,find_and_count_all,find_and_count_all_json,find_by_pk,find_by_pk_json,find_for_update,find_json,find_many,find_many_json,find_one,find_one_json,find_page,find_page_json,get,get_json,max,min,sum}')
  LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION assoc.%I(%s, allow jsonb) RETURNS %s %s PARALLEL %s LANGUAGE c AS %L, %L',
      f.proname, pg_get_function_identity_arguments(f.oid), pg_get_function_result(f.oid),
      CASE f.provolatile WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END,
      CASE f.proparallel WHEN 'r' THEN 'RESTRICTED' ELSE 'UNSAFE' END, f.probin, f.prosrc);
    EXECUTE format('COMMENT ON FUNCTION assoc.%I(%s, jsonb) IS %L', f.proname, oidvectortypes(f.proargtypes),
      format('As %s without "allow": what the options ask for has to be allowed, else 42501.', f.proname));
  END LOOP;
END
$$;
