-- what a call raises: SQLSTATE, message, detail, hint, and the place where PostgreSQL itself raised it
CREATE FUNCTION raised(call text) RETURNS TABLE (error text)
LANGUAGE plpgsql AS $$
DECLARE
  detail text;
  hint text;
  context text;
BEGIN
  EXECUTE call;
  RETURN QUERY VALUES ('no error');
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
  RETURN QUERY
    SELECT l FROM (VALUES (SQLSTATE || ': ' || SQLERRM), (nullif(detail, '')), (nullif(hint, '')),
                          (substring(context FROM 'declaration at [^\n]*'))) v (l)
    WHERE l IS NOT NULL;
END $$;
