-- what a load gives, or the error that it raises
CREATE FUNCTION refused(model text, options text, allow text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN assoc.find_all(model, options::jsonb, NULL, allow::jsonb);
EXCEPTION WHEN OTHERS THEN
  RETURN sqlstate || ' ' || sqlerrm;
END $$;
