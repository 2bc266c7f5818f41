\ir cursors.sql
-- the same by plain SQL, with and without probes, as jsonb and as json: the result, or an error that shows both; cursors as their values
CREATE FUNCTION same(call text, plain text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  expected jsonb;
  result jsonb;
  form text;
BEGIN
  EXECUTE plain INTO expected;
  expected := readable(expected);
  FOREACH form IN ARRAY ARRAY['(', '_json('] LOOP
    FOR probe IN 0 .. 1 LOOP
      PERFORM set_config('pg_associations.probe', probe::text, true);
      EXECUTE 'SELECT assoc.' || regexp_replace(call, '\(', form) INTO result;
      result := readable(result);
      IF result IS DISTINCT FROM expected THEN
        RAISE EXCEPTION 'assoc.% with probe % differs', call, probe USING DETAIL = coalesce(result::text, 'NULL'), HINT = coalesce(expected::text, 'NULL');
      END IF;
    END LOOP;
  END LOOP;
  RETURN result;
END $$;
