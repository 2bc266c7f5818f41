-- Every table that is made here is in the catalog by which tables of Citus are known: statements
-- take the forms that it wants, over plain tables, and must give what the others give.  Some are on every node, by the first
-- letter of their names, and the others are spread.
SET client_min_messages = warning;
SET allow_system_table_mods = on;
CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid regclass PRIMARY KEY, partmethod "char" NOT NULL DEFAULT 'n');
GRANT SELECT ON pg_catalog.pg_dist_partition TO public;
CREATE FUNCTION public.pretend_citus() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog SET allow_system_table_mods = on AS $$
BEGIN
  INSERT INTO pg_dist_partition
    SELECT objid::regclass, CASE WHEN (SELECT relname < 'q' FROM pg_class WHERE oid = objid) THEN 'n' ELSE 'h' END FROM pg_event_trigger_ddl_commands()
    WHERE object_type = 'table' AND schema_name <> 'assoc' AND schema_name !~ '^pg_temp'
    ON CONFLICT DO NOTHING;
END
$$;
CREATE EVENT TRIGGER pretend_citus ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO')
  EXECUTE FUNCTION public.pretend_citus();
