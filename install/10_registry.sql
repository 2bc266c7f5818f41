-- What keeps the registry in step with the tables that it is about.

CREATE FUNCTION assoc.registry_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  relations oid[];
  rel record;
BEGIN
  IF TG_TABLE_NAME = 'models' THEN
    relations := ARRAY[NEW.relation];
  ELSE
    relations := ARRAY[NEW.source, NEW.target, NEW.through];
  END IF;
  FOR rel IN
    SELECT r.id, c.oid, c.relkind, c.relpersistence, c.relowner
    FROM unnest(relations) AS r(id) LEFT JOIN pg_class c ON c.oid = r.id
    WHERE r.id IS NOT NULL
  LOOP
    IF rel.oid IS NULL THEN
      RAISE undefined_table USING MESSAGE = format('relation with OID %s does not exist', rel.id);
    ELSIF rel.relkind NOT IN ('r', 'p', 'v', 'm', 'f') THEN
      RAISE wrong_object_type USING
        MESSAGE = format('"%s" is not a table or view', rel.id::regclass);
    ELSIF rel.relpersistence = 't' THEN
      RAISE invalid_table_definition USING
        MESSAGE = format('temporary table "%s" cannot be a model', rel.id::regclass);
    ELSIF NOT pg_has_role(current_user, rel.relowner, 'USAGE') THEN
      RAISE insufficient_privilege USING
        MESSAGE = format('must be owner of %s', rel.id::regclass);
    END IF;
  END LOOP;

  -- or a table of one role could pass for the model of another
  IF TG_TABLE_NAME = 'models' THEN
    IF EXISTS (
        SELECT FROM assoc.models m JOIN pg_class c ON c.oid = m.relation
        WHERE m.name = NEW.name AND m.relation <> NEW.relation
          AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = NEW.relation)) THEN
      RAISE unique_violation USING
        MESSAGE = format('there is another model "%s" in the schema of %s', NEW.name, NEW.relation);
    END IF;
    -- whoever restores a dump owns what is in it, or is a superuser
    IF EXISTS (
        SELECT FROM pg_class c
        WHERE c.relname = NEW.name AND c.oid <> NEW.relation AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
          AND c.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = NEW.relation)
          AND NOT pg_has_role(current_user, c.relowner, 'USAGE')) THEN
      RAISE duplicate_object USING
        MESSAGE = format('model "%s" would have the name of a table that belongs to somebody else', NEW.name);
    END IF;
  END IF;
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_guard() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_guard() IS
'BEFORE INSERT trigger of the registry: refuses rows whose tables the caller does not own, so that everybody can restore his own dump';

-- The rows are ordinary rows: unlike the catalogs' they send no invalidation.
CREATE FUNCTION assoc.registry_changed() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'registry_changed';
REVOKE ALL ON FUNCTION assoc.registry_changed() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_changed() IS
'trigger of the registry: tells all sessions that what they compiled is outdated';

-- Every column that the registry names, and the relation whose column it is.
CREATE VIEW assoc.registry_columns (relation, column_name) AS
  SELECT m.relation, (a.value ->> 'column')::name
    FROM assoc.models m, jsonb_each(m.attributes) a
    WHERE jsonb_typeof(a.value -> 'column') = 'string'
  UNION ALL
  SELECT m.relation, (o.value #>> '{}')::name
    FROM assoc.models m, jsonb_each(m.options) o
    WHERE o.key IN ('createdAt', 'updatedAt', 'deletedAt') AND jsonb_typeof(o.value) = 'string'
  UNION ALL
  SELECT m.relation, k.value::name
    FROM assoc.models m,
      jsonb_array_elements_text(CASE jsonb_typeof(m.options -> 'key') WHEN 'array' THEN m.options -> 'key' ELSE '[]' END) k
  UNION ALL
  SELECT source, unnest(CASE kind WHEN 'belongs_to' THEN foreign_key ELSE source_key END)
    FROM assoc.associations
  UNION ALL
  SELECT target, unnest(CASE WHEN kind IN ('has_many', 'has_one') THEN foreign_key ELSE target_key END)
    FROM assoc.associations
  UNION ALL
  SELECT through, unnest(foreign_key || other_key)
    FROM assoc.associations WHERE through IS NOT NULL;
COMMENT ON VIEW assoc.registry_columns IS 'columns that the registry of pg_associations names';
GRANT SELECT ON assoc.registry_columns TO PUBLIC;

-- What is dropped leaves the registry, and renamed columns are followed.  In
-- plpgsql, so that DDL never depends on our library.  They run for everybody's
-- DDL, in a restore too: the first query says whether it concerns us at all.
--
-- What fails after it (a lock timeout, a full disk) fails the DDL, which can then be
-- repeated.  A warning would leave names behind that no later call could tell
-- apart, and show a hidden column under its new name.  Only where the registry
-- itself is away there is nothing to follow.

CREATE FUNCTION assoc.registry_follow_drop() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  ours oid[];
  gone oid[];
  col record;
BEGIN
  IF to_regclass('assoc.models') IS NULL OR to_regclass('assoc.associations') IS NULL THEN
    RAISE WARNING 'pg_associations does not follow %: schema assoc has no registry', tg_tag;
    RETURN;
  END IF;

  ours := ARRAY(
    SELECT DISTINCT d.objid FROM pg_event_trigger_dropped_objects() d
    WHERE d.classid = 'pg_class'::regclass AND NOT d.is_temporary
      AND (EXISTS (SELECT FROM assoc.models m WHERE m.relation = d.objid)
        OR EXISTS (SELECT FROM assoc.associations a WHERE a.source = d.objid)
        OR EXISTS (SELECT FROM assoc.associations a WHERE a.target = d.objid)
        OR EXISTS (SELECT FROM assoc.associations a WHERE a.through = d.objid)));
  IF ours = '{}' THEN
    RETURN;
  END IF;

  gone := ARRAY(
    SELECT d.objid FROM pg_event_trigger_dropped_objects() d
    WHERE d.classid = 'pg_class'::regclass AND d.objsubid = 0 AND d.objid = ANY (ours));
  DELETE FROM assoc.associations
    WHERE source = ANY (gone) OR target = ANY (gone) OR through = ANY (gone);
  DELETE FROM assoc.models WHERE relation = ANY (gone);

  -- an association without one of its key columns is none; an attribute just ends
  FOR col IN
    SELECT d.objid AS relid, d.address_names[3]::name AS name
    FROM pg_event_trigger_dropped_objects() d
    WHERE d.classid = 'pg_class'::regclass AND d.objsubid > 0 AND d.objid = ANY (ours)
  LOOP
    DELETE FROM assoc.associations
      WHERE (source = col.relid
             AND col.name = ANY (CASE kind WHEN 'belongs_to' THEN foreign_key ELSE source_key END))
         OR (target = col.relid
             AND col.name = ANY (CASE WHEN kind IN ('has_many', 'has_one') THEN foreign_key ELSE target_key END))
         OR (through = col.relid AND col.name = ANY (foreign_key || other_key));
    UPDATE assoc.models SET
      attributes = (
        SELECT coalesce(jsonb_object_agg(a.key, a.value), '{}') FROM jsonb_each(attributes) a
        WHERE a.value ->> 'column' IS DISTINCT FROM col.name::text),
      options = (
        SELECT coalesce(jsonb_object_agg(o.key, o.value), '{}') FROM jsonb_each(options) o
        WHERE NOT (o.key IN ('createdAt', 'updatedAt', 'deletedAt') AND o.value #>> '{}' = col.name::text)
          AND NOT (o.key = 'key' AND o.value ? col.name::text))
      WHERE relation = col.relid
        AND col.name IN (SELECT c.column_name FROM assoc.registry_columns c WHERE c.relation = col.relid);
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_follow_drop() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_follow_drop() IS
'event trigger: what is dropped leaves the registry';

-- A table, and those that have its columns because they inherit from it or are of its type.
CREATE FUNCTION assoc.registry_family(relation oid) RETURNS SETOF oid
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  family oid[] := array_remove(ARRAY[relation], NULL);
  next oid[] := family;
BEGIN
  WHILE next <> '{}' LOOP
    next := ARRAY(
      SELECT i.inhrelid FROM pg_inherits i WHERE i.inhparent = ANY (next) AND i.inhrelid <> ALL (family)
      UNION
      SELECT c.oid FROM pg_class c
        WHERE EXISTS (SELECT FROM pg_class t WHERE t.oid = ANY (next) AND t.relkind = 'c')
          AND c.reloftype = ANY (ARRAY(SELECT t.reltype FROM pg_class t WHERE t.oid = ANY (next) AND t.relkind = 'c'))
          AND c.oid <> ALL (family));
    family := family || next;
  END LOOP;
  RETURN QUERY SELECT unnest(family);
END
$$;
COMMENT ON FUNCTION assoc.registry_family(oid) IS
'a table and all that have its columns, because they inherit from it or are of its type';

CREATE FUNCTION assoc.registry_follow_rename() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  renamed record;
  missing name[];
BEGIN
  -- the column's number is known only where a column was renamed
  IF NOT EXISTS (
      SELECT FROM pg_event_trigger_ddl_commands() d WHERE d.classid = 'pg_class'::regclass AND d.objsubid > 0) THEN
    RETURN;
  END IF;
  IF to_regclass('assoc.models') IS NULL OR to_regclass('assoc.associations') IS NULL THEN
    RAISE WARNING 'pg_associations does not follow %: schema assoc has no registry', tg_tag;
    RETURN;
  END IF;

  -- the new name holds for the tables that inherit the column, or are of the type, too
  FOR renamed IN
    SELECT f.relid, a.attname AS name
    FROM pg_event_trigger_ddl_commands() d
      JOIN pg_attribute a ON a.attrelid = d.objid AND a.attnum = d.objsubid
      CROSS JOIN LATERAL assoc.registry_family(d.objid) f (relid)
    WHERE d.classid = 'pg_class'::regclass AND d.objsubid > 0
  LOOP
    CONTINUE WHEN NOT EXISTS (SELECT FROM assoc.models m WHERE m.relation = renamed.relid)
      AND NOT EXISTS (SELECT FROM assoc.associations a WHERE a.source = renamed.relid)
      AND NOT EXISTS (SELECT FROM assoc.associations a WHERE a.target = renamed.relid)
      AND NOT EXISTS (SELECT FROM assoc.associations a WHERE a.through = renamed.relid);
    -- the old name is the one that no column has any more; should there be
    -- several, an earlier rename was missed and nobody can tell them apart
    missing := ARRAY(
      SELECT DISTINCT c.column_name FROM assoc.registry_columns c
      WHERE c.relation = renamed.relid
        AND NOT EXISTS (SELECT FROM pg_attribute a
                        WHERE a.attrelid = renamed.relid AND a.attname = c.column_name
                          AND a.attnum > 0 AND NOT a.attisdropped));
    CONTINUE WHEN cardinality(missing) <> 1;

    UPDATE assoc.models SET
      attributes = (
        SELECT coalesce(jsonb_object_agg(a.key,
            CASE WHEN a.value ->> 'column' = missing[1]::text
              THEN jsonb_set(a.value, '{column}', to_jsonb(renamed.name)) ELSE a.value END), '{}')
        FROM jsonb_each(attributes) a),
      options = (
        SELECT coalesce(jsonb_object_agg(o.key,
            CASE
              WHEN o.key IN ('createdAt', 'updatedAt', 'deletedAt') AND o.value #>> '{}' = missing[1]::text
                THEN to_jsonb(renamed.name)
              WHEN o.key = 'key' AND jsonb_typeof(o.value) = 'array' AND o.value ? missing[1]::text
                THEN (SELECT jsonb_agg(CASE WHEN k.value = to_jsonb(missing[1]) THEN to_jsonb(renamed.name)
                                            ELSE k.value END ORDER BY k.ordinality)
                      FROM jsonb_array_elements(o.value) WITH ORDINALITY k)
              ELSE o.value
            END), '{}')
        FROM jsonb_each(options) o)
      WHERE relation = renamed.relid;

    UPDATE assoc.associations SET
      source_key = CASE WHEN source = renamed.relid
        THEN array_replace(source_key, missing[1], renamed.name) ELSE source_key END,
      foreign_key = CASE WHEN renamed.relid =
          CASE kind WHEN 'belongs_to_many' THEN through WHEN 'belongs_to' THEN source ELSE target END
        THEN array_replace(foreign_key, missing[1], renamed.name) ELSE foreign_key END,
      other_key = CASE WHEN through = renamed.relid
        THEN array_replace(other_key, missing[1], renamed.name) ELSE other_key END,
      target_key = CASE WHEN target = renamed.relid
        THEN array_replace(target_key, missing[1], renamed.name) ELSE target_key END
      WHERE source = renamed.relid OR target = renamed.relid OR through = renamed.relid;
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_follow_rename() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_follow_rename() IS
'event trigger: renamed columns are followed in the registry';

-- Calls find a model by its own name, then by that of its table.  A table that is renamed or moved
-- must not take a name away from the one that had it, nor fall under a name that is
-- somebody else's.  As the function is STABLE, its queries see the catalogs from before
-- the command, and functions on objects see them as they are now.
CREATE FUNCTION assoc.registry_refuse_clash() RETURNS event_trigger
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  moved record;
  problem text;
BEGIN
  IF to_regclass('assoc.models') IS NULL THEN
    RETURN;
  END IF;
  FOR moved IN
    SELECT m.relation, m.name AS model, c.relowner AS owner, now.object_names[2] AS table_name,
        s.oid AS schema, s.oid <> c.relnamespace AS moved
      FROM pg_event_trigger_ddl_commands() d
        JOIN assoc.models m ON m.relation = d.objid
        JOIN pg_class c ON c.oid = d.objid
        CROSS JOIN LATERAL pg_identify_object_as_address(d.classid, d.objid, 0) now
        JOIN pg_namespace s ON s.nspname = now.object_names[1]
      WHERE d.classid = 'pg_class'::regclass AND d.objsubid = 0
        AND (c.relname <> now.object_names[2] OR c.relnamespace <> s.oid)
  LOOP
    SELECT CASE
        WHEN o.moved AND o.model = moved.model
          THEN format('there is another model "%s" in schema %I', moved.model, moved.schema::regnamespace)
        WHEN o.owner <> moved.owner AND o.model = moved.table_name
          THEN format('table %s would have the name of model "%s", which is %s and belongs to somebody else',
            moved.relation, o.model, o.relation)
        WHEN o.owner <> moved.owner AND o.moved AND o.table_name = moved.model
          THEN format('model "%s" would have the name of table %s, which belongs to somebody else', moved.model, o.relation)
        END
      INTO problem
      FROM (
        SELECT m.relation, m.name AS model, c.relname AS table_name, c.relowner AS owner, moved.moved
          FROM assoc.models m JOIN pg_class c ON c.oid = m.relation
          WHERE m.name IN (moved.model, moved.table_name) AND c.relnamespace = moved.schema
        UNION ALL
        SELECT c.oid, NULL, c.relname, c.relowner, moved.moved
          FROM pg_class c
          WHERE c.relname = moved.model AND c.relnamespace = moved.schema AND c.relkind IN ('r', 'p', 'v', 'm', 'f')) o
      WHERE o.relation <> moved.relation
      ORDER BY 1 LIMIT 1;
    IF problem IS NOT NULL THEN
      RAISE duplicate_object USING MESSAGE = problem,
        HINT = 'Give the model another name before: assoc.adopt(table, name, replace => true).';
    END IF;
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_refuse_clash() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_refuse_clash() IS
'event trigger: a table of a model is not renamed or moved so that one model passes for another';
