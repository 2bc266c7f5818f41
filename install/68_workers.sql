-- The registry of one node of a Citus cluster, carried to the others.

-- What a node has that another one has not: it takes back what was dropped there, or is called otherwise.
CREATE FUNCTION assoc.registry_keep_only(schema name, models text[], associations text[]) RETURNS void
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  other record;
BEGIN
  FOR other IN
    SELECT assoc.call_name(n.nspname, m.name) AS model, a.alias
      FROM assoc.associations a JOIN assoc.models m ON m.relation = a.source
        JOIN pg_class c ON c.oid = m.relation JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = coalesce(registry_keep_only.schema, n.nspname) AND format('%s %s', m.relation::regclass, a.alias) <> ALL (associations)
      ORDER BY 1, 2
  LOOP
    PERFORM assoc.drop_association(other.model, other.alias, inverse => false);
  END LOOP;
  FOR other IN
    SELECT assoc.call_name(n.nspname, m.name) AS model
      FROM assoc.models m JOIN pg_class c ON c.oid = m.relation JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = coalesce(registry_keep_only.schema, n.nspname) AND m.relation::regclass::text <> ALL (models)
      ORDER BY 1
  LOOP
    PERFORM assoc.forget(other.model);
  END LOOP;
END
$$;
COMMENT ON FUNCTION assoc.registry_keep_only(name, text[], text[]) IS
'takes back all models of a schema, or of all where it is NULL, but those of these tables, and all associations but these, each its table and its alias';

CREATE FUNCTION assoc.declare_on_workers(schema name DEFAULT current_schema())
RETURNS TABLE (node text, declaration text, error text)
LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF to_regprocedure('pg_catalog.run_command_on_workers(text,boolean)') IS NULL THEN
    RAISE feature_not_supported USING MESSAGE = 'there are no workers: this is not the coordinator of a Citus cluster';
  END IF;
  FOR declaration IN
    SELECT format('SELECT assoc.registry_keep_only(%L, %L, %L);', declare_on_workers.schema,
        ARRAY(SELECT m.relation::regclass::text FROM assoc.models m JOIN pg_class c ON c.oid = m.relation
          WHERE c.relnamespace = coalesce(to_regnamespace(quote_ident(declare_on_workers.schema))::oid, c.relnamespace) ORDER BY 1),
        ARRAY(SELECT format('%s %s', a.source::regclass, a.alias) FROM assoc.associations a JOIN pg_class c ON c.oid = a.source
          WHERE c.relnamespace = coalesce(to_regnamespace(quote_ident(declare_on_workers.schema))::oid, c.relnamespace) ORDER BY 1))
    UNION ALL
    (SELECT regexp_replace(d.call, E'\\);$', ', replace => true);')
      FROM assoc.declarations(declare_on_workers.schema) WITH ORDINALITY d (call, place) ORDER BY d.place)
  LOOP
    RETURN QUERY EXECUTE
      'SELECT format(''%s:%s'', w.nodename, w.nodeport), $1, CASE WHEN NOT w.success THEN w.result END
         FROM pg_catalog.run_command_on_workers($1, false) w'
      USING declaration;
  END LOOP;
END
$$;
COMMENT ON FUNCTION assoc.declare_on_workers(name) IS
'Declares on each worker of a Citus cluster what is declared on the coordinator in a schema, and nothing else, so that calls may enter by any node: a row for each node and declaration, with its error if it failed. Again after each declaration.';
