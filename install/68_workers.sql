-- The registry of one node of a Citus cluster, carried to the others.

CREATE FUNCTION assoc.declare_on_workers(schema name DEFAULT current_schema())
RETURNS TABLE (node text, declaration text, error text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF to_regprocedure('pg_catalog.run_command_on_workers(text,boolean)') IS NULL THEN
    RAISE feature_not_supported USING MESSAGE = 'there are no workers: this is not the coordinator of a Citus cluster';
  END IF;
  FOR declaration IN SELECT d FROM assoc.declarations(declare_on_workers.schema) d LOOP
    RETURN QUERY EXECUTE
      'SELECT format(''%s:%s'', w.nodename, w.nodeport), $1, CASE WHEN NOT w.success THEN w.result END
         FROM pg_catalog.run_command_on_workers($1, false) w'
      USING declaration;
  END LOOP;
END
$$;
COMMENT ON FUNCTION assoc.declare_on_workers(name) IS
'Declares on each worker of a Citus cluster what is declared on the coordinator in a schema, so that calls may enter by any node: a row for each node and declaration, with its error if it failed. Again after each declaration.';
