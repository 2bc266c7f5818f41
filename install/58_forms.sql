-- Other forms of functions that stand above, made from these, one after another:
--   text   A key is a value of any type, or text: where a driver sends an untyped parameter, this one is chosen.
--   json   What loads jsonb has a twin, with _json behind its name, that gives json text in declared key order.
--   allow  Loads of options that somebody else has written: one argument more has what they may ask, {"attributes", "where",
--          "order", "include", "scope", "paranoid", "limit", "depth"}, or names a scope of the model that has it.  Without
--          defaults, so that no call is meant by mistake; NULL asks nothing of them.

DO $$
DECLARE
  loads name[] := '{find_by_pk,find_one,find_all,find,get,find_page,find_and_count_all,find_many,aggregate}';
  loads_json name[] := ARRAY(SELECT l || '_json' FROM unnest(loads) l);
  form text;
  f record;
BEGIN
  FOREACH form IN ARRAY ARRAY['text', 'json', 'allow'] LOOP
    FOR f IN
      SELECT p.proname || n.suffix AS name, p.prosrc || n.suffix AS symbol, p.probin,
          replace(pg_get_function_arguments(p.oid), '"any"', n.key) AS arguments,
          replace(pg_get_function_identity_arguments(p.oid), '"any"', n.key) || n.last AS identity,
          CASE form WHEN 'json' THEN replace(pg_get_function_result(p.oid), 'jsonb', 'json') ELSE pg_get_function_result(p.oid) END AS result,
          CASE p.provolatile WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END AS volatility,
          CASE p.proparallel WHEN 'r' THEN 'RESTRICTED' ELSE 'UNSAFE' END AS parallel,
          CASE form
            WHEN 'text' THEN format('As %s(text, "any", ...), with the key as text; a composite key as a JSON object by attribute name.', p.proname)
            WHEN 'json' THEN format('As %s, written as json text in declared key order%s.', p.proname,
              CASE WHEN p.proargnames[2] = 'pk' AND p.proargtypes[1] = 'text'::regtype THEN ', with the key as text' END)
            ELSE format('As %s without "allow": what the options ask for has to be allowed, else 42501.', p.proname) END AS description
        FROM pg_proc p CROSS JOIN LATERAL (
          SELECT CASE form WHEN 'json' THEN '_json' ELSE '' END, CASE form WHEN 'text' THEN 'text' ELSE '"any"' END,
            CASE form WHEN 'allow' THEN ', allow jsonb' ELSE '' END) n (suffix, key, last)
        WHERE p.pronamespace = 'assoc'::regnamespace AND NOT 'allow' = ANY (p.proargnames)
          AND CASE form
            WHEN 'text' THEN p.proargnames[1] = 'model' AND p.proargtypes[1] = '"any"'::regtype
            WHEN 'json' THEN p.proname = ANY (loads || '{load_one,load_all,load_get}')
            ELSE 'options' = ANY (p.proargnames) AND p.proname = ANY (loads || loads_json || '{count,count_of,find_for_update,sum,avg,min,max}') END
    LOOP
      EXECUTE format('CREATE OR REPLACE FUNCTION assoc.%I(%s) RETURNS %s %s PARALLEL %s LANGUAGE c AS %L, %L', f.name,
        CASE form WHEN 'allow' THEN f.identity ELSE f.arguments END, f.result, f.volatility, f.parallel, f.probin, f.symbol);
      EXECUTE format('COMMENT ON FUNCTION assoc.%I(%s) IS %L', f.name, f.identity, f.description);
    END LOOP;
  END LOOP;
END
$$;
