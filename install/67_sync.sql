-- Tables of declarations, made whole or made empty.

CREATE FUNCTION assoc.sync_obstacles(schema name) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
WITH
made AS (
  SELECT m.relation, c.relowner FROM assoc.models m JOIN pg_class c ON c.oid = m.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE m.made AND c.relkind = 'r' AND n.nspname = sync_obstacles.schema),
dependents (relation, does, made) AS (
  SELECT con.conrelid, format('points at %s (foreign key %I)', con.confrelid::regclass, con.conname), con.confrelid
    FROM pg_constraint con WHERE con.contype = 'f' AND con.conparentid = 0
  UNION ALL
  SELECT i.inhrelid, format('inherits from %s', i.inhparent::regclass), i.inhparent
    FROM pg_inherits i)
SELECT format('%s, %s, %s', d.relation::regclass,
    CASE WHEN d.relation IN (SELECT relation FROM made) THEN 'which belongs to somebody else'
         WHEN m.made THEN 'which a declaration made in another schema'
         WHEN m.relation IS NOT NULL THEN 'which was adopted'
         ELSE 'which is no model' END,
    d.does)
  FROM dependents d JOIN made ON made.relation = d.made LEFT JOIN assoc.models m ON m.relation = d.relation
  WHERE NOT EXISTS (SELECT FROM made o WHERE o.relation = d.relation AND o.relowner = made.relowner)
  ORDER BY 1
$$;
COMMENT ON FUNCTION assoc.sync_obstacles(name) IS 'who depends on rows that assoc.sync(force => true) would remove, without being removed by it';

CREATE FUNCTION assoc.sync(
  schema name DEFAULT current_schema(),
  force boolean DEFAULT false, alter boolean DEFAULT false,
  dry_run boolean DEFAULT false) RETURNS SETOF text
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'assoc_sync';
COMMENT ON FUNCTION assoc.sync(name, boolean, boolean, boolean) IS
'Restores what the declarations of a schema have lost: unique keys and indexes of join tables, indexes of foreign keys, updated_at triggers, functions of computed attributes, accessors. alter => true also gives key columns the type of what they point at, NOT NULL in join tables, and puts back NOT NULL, defaults, validators, unique and foreign keys that were declared. force => true first empties all tables that declarations made in the schema and restarts their identities; it refuses where other tables depend on them. Adopted tables are never touched. Returns the statements run; with dry_run => true the same statements, and everything stays as it was.';
