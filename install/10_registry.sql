-- What keeps the registry in step with the tables that it is about.

CREATE FUNCTION assoc.registry_apart() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'registry_apart';
REVOKE ALL ON FUNCTION assoc.registry_apart() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_apart() IS
'trigger of the registry: passes over rows that logical replication brings, and those of tables that are not here';

CREATE FUNCTION assoc.registry_refuse(relation oid, is_target boolean, model text) RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'registry_refuse';
COMMENT ON FUNCTION assoc.registry_refuse(oid, boolean, text) IS
'error where the caller may not insert a row of the registry about this table';

CREATE FUNCTION assoc.registry_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'models' THEN
    PERFORM assoc.registry_refuse(NEW.relation, false, NEW.name);
  ELSE
    PERFORM assoc.registry_refuse(r.id, r.number = 2, NULL)
      FROM unnest(ARRAY[NEW.source, NEW.target, NEW.through]) WITH ORDINALITY r (id, number);
  END IF;

  -- a dump that is restored where assoc.sync() has been called already, or the declarations were made
  IF TG_TABLE_NAME = 'models' THEN
    RETURN CASE WHEN NOT EXISTS (SELECT FROM assoc.models m WHERE m.relation = NEW.relation AND m IS NOT DISTINCT FROM NEW) THEN NEW END;
  END IF;
  RETURN CASE WHEN NOT EXISTS (
    SELECT FROM assoc.associations a WHERE a.source = NEW.source AND a.alias = NEW.alias AND a IS NOT DISTINCT FROM NEW) THEN NEW END;
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

-- A dump of the schema only, or of one schema or table, has no rows of the registry. What they say is
-- noted in comments too: behind the comment on the primary key, or else on another key; of a view or a
-- foreign table behind its own. Comments on tables and columns are left alone.
CREATE FUNCTION assoc.registry_noted() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'registry_noted';
REVOKE ALL ON FUNCTION assoc.registry_noted() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_noted() IS
'trigger of the registry: copies the rows of a table to a comment on it, from which assoc.sync() can make the rows again';

CREATE FUNCTION assoc.registry_write_note(relation oid) RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'registry_write_note';
REVOKE ALL ON FUNCTION assoc.registry_write_note(oid) FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_write_note(oid) IS
'copies the rows of a table to the comment on it again';

CREATE FUNCTION assoc.registry_note(relation oid) RETURNS text
LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'registry_note';
COMMENT ON FUNCTION assoc.registry_note(oid) IS
'the text of the note that a table has of its rows in the registry; NULL where it has none';

CREATE VIEW assoc.registry_lost (relation) AS
  SELECT c.conrelid::regclass
    FROM pg_catalog.pg_description d JOIN pg_catalog.pg_constraint c ON c.oid = d.objoid
    WHERE d.classoid = 'pg_catalog.pg_constraint'::regclass AND c.contype IN ('p', 'u', 'f')
      AND d.description LIKE E'%[pg\\_associations] {%' AND NOT EXISTS (SELECT FROM assoc.models m WHERE m.relation = c.conrelid)
  UNION
  SELECT c.oid::regclass
    FROM pg_catalog.pg_description d JOIN pg_catalog.pg_class c ON c.oid = d.objoid
    WHERE d.classoid = 'pg_catalog.pg_class'::regclass AND d.objsubid = 0 AND c.relkind IN ('v', 'm', 'f')
      AND d.description LIKE E'%[pg\\_associations] {%' AND NOT EXISTS (SELECT FROM assoc.models m WHERE m.relation = c.oid);
COMMENT ON VIEW assoc.registry_lost IS 'tables that have a note of their declaration, but no row of the registry';
GRANT SELECT ON assoc.registry_lost TO PUBLIC;

-- As anybody can write what he likes into a comment on his own tables, assoc.sync() calls these as the owner of the
-- table, and the guard looks at what they insert. All notes are read, and all models made, before the first
-- association: a row rewrites the note of its table.
CREATE FUNCTION assoc.registry_restore_model(relation regclass, note text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  model assoc.models;
BEGIN
  model := (relation, note::jsonb ->> 'name', (note::jsonb ->> 'made')::boolean, note::jsonb -> 'attributes', note::jsonb -> 'options',
    coalesce((note::jsonb ->> 'discovered')::boolean, false), note::jsonb -> 'declared');
  INSERT INTO assoc.models SELECT model.*;
  RETURN format('INSERT INTO assoc.models VALUES (%L, %L, %L, %L, %L, %L, %L)',
    model.relation, model.name, model.made, model.attributes, model.options, model.discovered, model.declared);
EXCEPTION WHEN data_exception OR integrity_constraint_violation OR syntax_error_or_access_rule_violation THEN
  RAISE WARNING 'the declaration of % is left out: %', relation, SQLERRM;
  RETURN NULL;
END
$$;
COMMENT ON FUNCTION assoc.registry_restore_model(regclass, text) IS
'makes the row of assoc.models that a note tells of; returns the statement';

CREATE FUNCTION assoc.registry_restore_associations(relation regclass, note text) RETURNS SETOF text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  schema name := (SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = relation);
  item jsonb;
  way assoc.associations;
BEGIN
  IF NOT EXISTS (SELECT FROM assoc.models m WHERE m.relation = registry_restore_associations.relation) THEN
    RETURN;
  END IF;
  FOR item IN
    SELECT a.value FROM jsonb_array_elements(
      CASE jsonb_typeof(note::jsonb -> 'associations') WHEN 'array' THEN note::jsonb -> 'associations' ELSE '[]' END) a
    WHERE jsonb_typeof(a.value) = 'object'
  LOOP
    BEGIN
      way := jsonb_populate_record(NULL::assoc.associations, item - '{target,through}'::text[]);
      way.source := relation;
      way.discovered := coalesce(way.discovered, false);
      way.target := assoc.registry_named(item -> 'target', schema);
      way.through := assoc.registry_named(item -> 'through', schema);
      INSERT INTO assoc.associations SELECT way.*;
      RETURN NEXT format('INSERT INTO assoc.associations VALUES (%L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L, %L)',
        way.source, way.alias, way.kind, way.target, way.through, way.source_key, way.foreign_key, way.other_key,
        way.target_key, way.singular, way.inverse, way.options, way.discovered, way.declared);
    EXCEPTION WHEN data_exception OR integrity_constraint_violation OR syntax_error_or_access_rule_violation OR invalid_schema_name THEN
      RAISE WARNING 'association "%" of % is left out: %', item ->> 'alias', relation, SQLERRM;
    END;
  END LOOP;
END
$$;
COMMENT ON FUNCTION assoc.registry_restore_associations(regclass, text) IS
'makes the rows of assoc.associations that a note tells of; returns the statements';

CREATE FUNCTION assoc.registry_named(named jsonb, schema name) RETURNS regclass
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  found regclass;
BEGIN
  IF named IS NULL THEN
    RETURN NULL;
  END IF;
  found := format('%I.%I', coalesce(named ->> 'schema', schema), named ->> 'table');
  IF NOT EXISTS (SELECT FROM assoc.models m WHERE m.relation = found) THEN
    RAISE undefined_object USING MESSAGE = format('%s is not a model', found);
  END IF;
  RETURN found;
END
$$;
COMMENT ON FUNCTION assoc.registry_named(jsonb, name) IS
'the table of a model that a note in this schema names';

-- Every column that the registry names, and the relation whose column it is.
-- Options of associations that name a column, as they do where no declared attribute has the name.
CREATE VIEW assoc.registry_option_columns (source, alias, key, relation, column_name) AS
  SELECT a.source, a.alias, o.key, o.relation, (a.options ->> o.key)::name
    FROM assoc.associations a
      CROSS JOIN LATERAL (VALUES ('position', coalesce(a.through, a.target)), ('counter', a.source)) o (key, relation)
      LEFT JOIN assoc.models m ON m.relation = o.relation
    WHERE jsonb_typeof(a.options -> o.key) = 'string'
      AND (m.attributes ? (a.options ->> o.key) OR m.options -> 'underscored' = 'true') IS NOT TRUE;
COMMENT ON VIEW assoc.registry_option_columns IS 'columns that options of associations name';
GRANT SELECT ON assoc.registry_option_columns TO PUBLIC;

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
    FROM assoc.associations WHERE through IS NOT NULL
  UNION ALL
  SELECT relation, column_name FROM assoc.registry_option_columns;
COMMENT ON VIEW assoc.registry_columns IS 'columns that the registry of pg_associations names';
GRANT SELECT ON assoc.registry_columns TO PUBLIC;

-- What is dropped leaves the registry, and renamed columns are followed.  In
-- plpgsql, so that DDL never depends on our library.  They run for everybody's
-- DDL, in a restore too: the first query finds out whether it concerns us at all.
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

  FOR col IN
    SELECT d.objid AS relid, d.address_names[3]::name AS name
    FROM pg_event_trigger_dropped_objects() d
    WHERE d.classid = 'pg_class'::regclass AND d.objsubid > 0 AND d.objid = ANY (ours)
  LOOP
    PERFORM assoc.registry_drop_column(col.relid, col.name);
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_follow_drop() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_follow_drop() IS
'event trigger: what is dropped leaves the registry';

-- An association without one of its key columns is none; an attribute just ends.
CREATE FUNCTION assoc.registry_drop_column(relation oid, name name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
  DELETE FROM assoc.associations
    WHERE (source = registry_drop_column.relation
           AND registry_drop_column.name = ANY (CASE kind WHEN 'belongs_to' THEN foreign_key ELSE source_key END))
       OR (target = registry_drop_column.relation
           AND registry_drop_column.name = ANY (CASE WHEN kind IN ('has_many', 'has_one') THEN foreign_key ELSE target_key END))
       OR (through = registry_drop_column.relation AND registry_drop_column.name = ANY (foreign_key || other_key));
  UPDATE assoc.associations a SET options = a.options - o.key
    FROM assoc.registry_option_columns o
    WHERE o.source = a.source AND o.alias = a.alias AND o.relation = registry_drop_column.relation AND o.column_name = registry_drop_column.name;
  UPDATE assoc.models SET
    attributes = (
      SELECT coalesce(jsonb_object_agg(a.key, a.value), '{}') FROM jsonb_each(attributes) a
      WHERE a.value ->> 'column' IS DISTINCT FROM registry_drop_column.name::text),
    options = (
      SELECT coalesce(jsonb_object_agg(o.key, o.value), '{}') FROM jsonb_each(options) o
      WHERE NOT (o.key IN ('createdAt', 'updatedAt', 'deletedAt') AND o.value #>> '{}' = registry_drop_column.name::text)
        AND NOT (o.key = 'key' AND o.value ? registry_drop_column.name::text))
    WHERE models.relation = registry_drop_column.relation
      AND registry_drop_column.name IN (SELECT c.column_name FROM assoc.registry_columns c WHERE c.relation = registry_drop_column.relation);
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_drop_column(oid, name) FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_drop_column(oid, name) IS
'removes from the registry what names a column that is gone';

-- Tables are rewritten by making another, dropping the one and giving the other its name: by hand, by tools and by
-- Citus.  What a DROP takes from the registry waits until the transaction commits.  A table that has
-- the name then, and belongs to the same role, has it back, with the accessors that went with the
-- old one and who may call them; not if it was declared again.
--
-- The function is STABLE, so that its queries see the catalogs from before the command.  It runs before the one that
-- deletes, by name.
CREATE FUNCTION assoc.registry_keep_dropped() RETURNS event_trigger
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  gone oid[];
BEGIN
  IF to_regclass('assoc.models') IS NULL OR to_regclass('assoc.associations') IS NULL OR to_regclass('assoc.registry_dropped') IS NULL THEN
    RETURN;
  END IF;
  gone := ARRAY(
    SELECT d.objid FROM pg_event_trigger_dropped_objects() d
    WHERE d.classid = 'pg_class'::regclass AND d.objsubid = 0 AND NOT d.is_temporary
      AND (EXISTS (SELECT FROM assoc.models m WHERE m.relation = d.objid)
        OR EXISTS (SELECT FROM assoc.associations a WHERE a.target = d.objid OR a.through = d.objid)));
  IF gone <> '{}' THEN
    PERFORM assoc.registry_keep(jsonb_build_object(
      'relations', (
        SELECT jsonb_agg(jsonb_build_object('id', d.objid, 'schema', d.schema_name, 'name', d.object_name, 'owner', c.relowner,
          'columns', (SELECT jsonb_agg(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)))
        FROM pg_event_trigger_dropped_objects() d JOIN pg_class c ON c.oid = d.objid
        WHERE d.classid = 'pg_class'::regclass AND d.objsubid = 0 AND d.objid = ANY (gone)),
      'models', (
        SELECT jsonb_agg(to_jsonb(m) || jsonb_build_object('relation', m.relation::oid)) FROM assoc.models m WHERE m.relation = ANY (gone)),
      'associations', (
        SELECT jsonb_agg(to_jsonb(a) || jsonb_build_object('source', a.source::oid, 'target', a.target::oid, 'through', a.through::oid))
        FROM assoc.associations a WHERE a.source = ANY (gone) OR a.target = ANY (gone) OR a.through = ANY (gone)),
      'accessors', (
        SELECT jsonb_agg(jsonb_build_object('schema', d.schema_name, 'function', p.proname, 'name', d.object_identity, 'owner', p.proowner,
          'row_of', (SELECT k.relation::oid FROM assoc.registry_computed k WHERE k.relation = ANY (gone) AND k.function = p.oid),
          'grants', coalesce(p.proacl, acldefault('f', p.proowner)), 'definer', p.prosecdef, 'settings', p.proconfig,
          'comment', obj_description(p.oid, 'pg_proc')))
        FROM pg_event_trigger_dropped_objects() d JOIN pg_proc p ON p.oid = d.objid
        WHERE d.classid = 'pg_proc'::regclass
          AND (EXISTS (SELECT FROM pg_depend e JOIN pg_extension x ON x.oid = e.refobjid AND x.extname = 'pg_associations'
              WHERE e.classid = d.classid AND e.objid = d.objid AND e.refclassid = 'pg_extension'::regclass)
            OR EXISTS (SELECT FROM assoc.registry_computed k WHERE k.relation = ANY (gone) AND k.function = p.oid)))));
  END IF;
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_keep_dropped() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_keep_dropped() IS
'event trigger: rows of the registry about dropped tables are kept until the transaction ends';

CREATE FUNCTION assoc.registry_keep(what jsonb) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
  INSERT INTO assoc.registry_dropped (what) VALUES (registry_keep.what)
$$;
REVOKE ALL ON FUNCTION assoc.registry_keep(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_keep(jsonb) IS 'declarations that wait for the end of the transaction';

-- A table of Citus' own, that it makes of a plain one: the plain one is its only shard and is called by the shard's number.
CREATE FUNCTION assoc.registry_is_shard(name name, relation oid) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  found boolean := false;
BEGIN
  IF to_regclass('pg_catalog.pg_dist_shard') IS NOT NULL THEN
    EXECUTE 'SELECT EXISTS (SELECT FROM pg_catalog.pg_dist_shard s WHERE s.logicalrelid::oid = $2 AND $1::text ~ (''_'' || s.shardid || ''$''))'
      INTO found USING name, relation;
  END IF;
  RETURN found;
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_is_shard(name, oid) FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_is_shard(name, oid) IS 'is a table of this name a shard of that relation?';

-- Which tables have the names of these relations now, by OID: of the same owner, and no models.  A relation has the
-- name under which it was dropped, the one that it had before the transaction, and that of its model; under the last, which
-- a table may have had for long, it must have all columns.
CREATE FUNCTION assoc.registry_named_again(relations jsonb) RETURNS TABLE (id text, relation oid)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
  SELECT DISTINCT ON (f.relation) f.id, f.relation FROM (
    SELECT DISTINCT ON (r.value ->> 'id') r.value ->> 'id' AS id, c.oid AS relation, (r.value ->> 'rank')::int AS rank
    FROM jsonb_array_elements(relations) r
      JOIN pg_namespace n ON n.nspname = r.value ->> 'schema'
      JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = r.value ->> 'name'
    WHERE c.relowner = (r.value ->> 'owner')::oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
      AND NOT EXISTS (SELECT FROM assoc.models m WHERE m.relation = c.oid)
      AND NOT EXISTS (
        SELECT FROM jsonb_array_elements_text(r.value -> 'columns') k
        WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = k.value AND a.attnum > 0))
    ORDER BY r.value ->> 'id', (r.value ->> 'rank')::int) f
  ORDER BY f.relation, f.rank
$$;
REVOKE ALL ON FUNCTION assoc.registry_named_again(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_named_again(jsonb) IS 'tables that have the names of relations that are gone or renamed';

-- Citus makes a shard of a table so: it renames it, and makes another under its name.  So does who makes it a partition of the
-- other.  Else a warning says that the registry follows the table, and not its name.  Functions on objects tell of a
-- shard, which Citus hides in pg_class.
CREATE FUNCTION assoc.registry_leave_parts(renamed jsonb) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  other record;
  parts oid[];
  wholes oid[];
BEGIN
  FOR other IN
    SELECT n.id::oid AS relation, n.relation AS named, m.name AS model, now.object_names[1] AS schema,
        assoc.registry_is_shard(now.object_names[2], n.relation) AS is_shard,
        EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = n.id::oid AND i.inhparent = n.relation) AS is_partition
      FROM assoc.registry_named_again(renamed) n
        JOIN assoc.models m ON m.relation = n.id::oid
        CROSS JOIN LATERAL pg_identify_object_as_address('pg_class'::regclass, n.id::oid, 0) now
      ORDER BY 1
  LOOP
    IF other.is_shard OR other.is_partition THEN
      parts := parts || other.relation;
      wholes := wholes || other.named;
    ELSE
      RAISE WARNING 'model "%" stays with its table, which is % now; % is another one', other.model,
          other.relation::regclass, other.named::regclass
        USING HINT = format('SELECT assoc.move_model(%L, %L) makes that its table.',
          assoc.call_name(other.schema, other.model), other.named::regclass);
    END IF;
  END LOOP;
  IF parts IS NOT NULL THEN
    PERFORM assoc.registry_move(parts, wholes);
    FOR other IN
      SELECT a.source::regclass, a.alias FROM assoc.associations a
        WHERE ARRAY[a.source, a.target, a.through]::oid[] && wholes AND a.options ?| '{counter,touch,max,limits,acyclic,onDestroy}'
        ORDER BY a.source::regclass::text, a.alias
    LOOP
      RAISE WARNING 'triggers of %.% are fired no more, which kept the options of its links', other.source, other.alias
        USING HINT = 'SELECT assoc.sync(schema) makes triggers of partitioned tables. Citus has none: declare it again without'
          ' "counter", "touch", "max", "limits", "acyclic" and "onDestroy".';
    END LOOP;
  END IF;
  RETURN coalesce((SELECT jsonb_object_agg(m.part::text, m.whole) FROM unnest(parts, wholes) m (part, whole)), '{}');
EXCEPTION WHEN OTHERS THEN
  RAISE WARNING 'what is declared stays with tables that are shards or partitions now: %', SQLERRM
    USING HINT = 'SELECT assoc.move_model(model, table) for each.';
  RETURN '{}';
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_leave_parts(jsonb) FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_leave_parts(jsonb) IS
'what is declared of tables that are shards or partitions now is declared of the tables that have their names: which, by OID';

-- At the end of the transaction, once for all that it has dropped or renamed.
CREATE FUNCTION assoc.registry_remake() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  kept jsonb[] := ARRAY(SELECT d.what FROM assoc.registry_dropped d WHERE d.xact = pg_current_xact_id());
  dropped jsonb[] := ARRAY(SELECT k.what FROM unnest(kept) k (what) WHERE k.what ? 'relations');
  renamed jsonb := (SELECT coalesce(jsonb_agg(k.what), '[]') FROM unnest(kept) k (what) WHERE k.what ? 'before');
  remade jsonb;
  moved jsonb := '{}';
BEGIN
  DELETE FROM assoc.registry_dropped d WHERE d.xact = pg_current_xact_id();
  IF renamed <> '[]' THEN
    moved := assoc.registry_leave_parts(renamed);
  END IF;
  remade := (
    SELECT jsonb_object_agg(n.id, n.relation) FROM assoc.registry_named_again((
      SELECT jsonb_agg(f.names)
      FROM unnest(dropped) d (what) CROSS JOIN LATERAL jsonb_array_elements(d.what -> 'relations') r
        CROSS JOIN LATERAL (
          SELECT r.value - 'columns' || '{"rank": 1}'
          UNION ALL
          SELECT b.value || '{"rank": 2}' FROM jsonb_array_elements(renamed) b WHERE b.value -> 'id' = r.value -> 'id'
          UNION ALL
          SELECT r.value || jsonb_build_object('name', n.name, 'rank', 3)
          FROM jsonb_array_elements(nullif(d.what -> 'models', 'null')) m
            CROSS JOIN LATERAL unnest(ARRAY[m.value ->> 'name', assoc.pluralize(assoc.snake_case(m.value ->> 'name'))]) n (name)
          WHERE m.value -> 'relation' = r.value -> 'id') f (names))) n);
  IF remade IS NOT NULL THEN
    BEGIN
      PERFORM assoc.registry_put_back(dropped, moved || remade);
    EXCEPTION WHEN OTHERS THEN
      RAISE WARNING 'the declarations of tables that were recreated are lost: %', SQLERRM
        USING HINT = 'Declare it again.';
    END;
  END IF;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_remake() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_remake() IS
'trigger: tables that were recreated in the transaction that dropped them keep their declarations';

-- A function that was dropped, as it is called now.  Its types may be gone, and names of types that are gone are errors.
CREATE FUNCTION assoc.registry_function(dropped jsonb, remade jsonb) RETURNS oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
  SELECT p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE n.nspname = dropped ->> 'schema' AND p.proname = dropped ->> 'function'
    AND CASE WHEN dropped ->> 'row_of' IS NULL THEN (pg_identify_object('pg_proc'::regclass, p.oid, 0)).identity = dropped ->> 'name'
      ELSE p.pronargs = 1 AND p.proargtypes[0] = (
        SELECT c.reltype FROM pg_class c WHERE c.oid = (remade ->> (dropped ->> 'row_of'))::oid) END
$$;
REVOKE ALL ON FUNCTION assoc.registry_function(jsonb, jsonb) FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_function(jsonb, jsonb) IS 'the function that stands for one that was dropped with its table';

-- "remade" is the new relation of an old one, by OID.
CREATE FUNCTION assoc.registry_put_back(dropped jsonb[], remade jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  accessors jsonb[] := ARRAY(SELECT a.value FROM unnest(dropped) d (what)
    CROSS JOIN LATERAL jsonb_array_elements(nullif(d.what -> 'accessors', 'null')) a
    WHERE assoc.registry_function(a.value, remade) IS NULL);
  models jsonb := (SELECT coalesce(jsonb_agg(m.value), '[]') FROM unnest(dropped) d (what)
    CROSS JOIN LATERAL jsonb_array_elements(nullif(d.what -> 'models', 'null')) m);
  associations jsonb := (SELECT coalesce(jsonb_agg(a.value), '[]') FROM unnest(dropped) d (what)
    CROSS JOIN LATERAL jsonb_array_elements(nullif(d.what -> 'associations', 'null')) a);
BEGIN
  INSERT INTO assoc.models
    SELECT r.* FROM jsonb_array_elements(models) m
      CROSS JOIN LATERAL jsonb_populate_record(NULL::assoc.models,
        m.value || jsonb_build_object('relation', remade -> (m.value ->> 'relation'))) r
    WHERE remade ? (m.value ->> 'relation');
  INSERT INTO assoc.associations
    SELECT r.* FROM jsonb_array_elements(associations) a
      CROSS JOIN LATERAL jsonb_populate_record(NULL::assoc.associations, a.value || jsonb_build_object(
        'source', coalesce(remade -> (a.value ->> 'source'), a.value -> 'source'),
        'target', coalesce(remade -> (a.value ->> 'target'), a.value -> 'target'),
        'through', coalesce(remade -> (a.value ->> 'through'), a.value -> 'through'))) r
    WHERE EXISTS (SELECT FROM assoc.models o WHERE o.relation = r.source) AND EXISTS (SELECT FROM assoc.models o WHERE o.relation = r.target)
      AND (r.through IS NULL OR EXISTS (SELECT FROM pg_class c WHERE c.oid = r.through))
      AND NOT EXISTS (SELECT FROM assoc.associations o WHERE o.source = r.source AND o.alias = r.alias);
  PERFORM assoc.registry_drop_column(c.relation, c.column_name)
    FROM (SELECT DISTINCT c.relation, c.column_name FROM assoc.registry_columns c
            JOIN jsonb_each_text(remade) n ON n.value::oid = c.relation
            LEFT JOIN pg_attribute a ON a.attrelid = c.relation AND a.attname = c.column_name AND a.attnum > 0 AND NOT a.attisdropped
          WHERE a.attname IS NULL) c;

  BEGIN
    PERFORM assoc.registry_restore_computed(n.value::oid) FROM jsonb_each_text(remade) n;
  EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'computed attributes of tables that were recreated are lost: %', SQLERRM
      USING HINT = 'SELECT assoc.sync(schema) makes them.';
  END;
  BEGIN
    PERFORM assoc.registry_restore_accessors(s.relation)
      FROM (SELECT DISTINCT m.relation FROM assoc.models m JOIN jsonb_array_elements(associations) a
              ON m.relation = coalesce(remade ->> (a.value ->> 'source'), a.value ->> 'source')::oid) s;
    PERFORM assoc.registry_restore_rights(p.oid, ARRAY(SELECT jsonb_array_elements_text(a -> 'grants')::aclitem), (a -> 'definer')::boolean,
        ARRAY(SELECT jsonb_array_elements_text(nullif(a -> 'settings', 'null'))), a ->> 'comment')
      FROM unnest(accessors) a JOIN pg_proc p ON p.oid = assoc.registry_function(a, remade) AND p.proowner = (a ->> 'owner')::oid
      WHERE a -> 'grants' <> to_jsonb(coalesce(p.proacl, acldefault('f', p.proowner))) OR (a -> 'definer')::boolean
        OR a -> 'settings' <> 'null' OR a ->> 'comment' IS DISTINCT FROM obj_description(p.oid, 'pg_proc');
  EXCEPTION WHEN OTHERS THEN
    RAISE WARNING 'accessors of tables that were recreated are lost: %', SQLERRM
      USING HINT = 'SELECT assoc.sync(schema) makes them.';
  END;
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_put_back(jsonb[], jsonb) FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_put_back(jsonb[], jsonb) IS
'what was declared of tables that are gone is declared of those that have their names';

CREATE FUNCTION assoc.registry_move(relations oid[], new_relations oid[]) RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'registry_move';
REVOKE ALL ON FUNCTION assoc.registry_move(oid[], oid[]) FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_move(oid[], oid[]) IS 'what is declared of tables is declared of others, whoever owns what leads there';

CREATE FUNCTION assoc.registry_restore_accessors(relation oid) RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'registry_restore_accessors';
REVOKE ALL ON FUNCTION assoc.registry_restore_accessors(oid) FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_restore_accessors(oid) IS 'makes the accessors of a table that are missing, as its owner';

CREATE FUNCTION assoc.registry_restore_computed(relation oid) RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'registry_restore_computed';
REVOKE ALL ON FUNCTION assoc.registry_restore_computed(oid) FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_restore_computed(oid) IS 'makes the functions of computed attributes of a table that are missing, as its owner';

CREATE FUNCTION assoc.registry_restore_rights(function oid, grants aclitem[], definer boolean, settings text[], comment text) RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'registry_restore_rights';
REVOKE ALL ON FUNCTION assoc.registry_restore_rights(oid, aclitem[], boolean, text[], text) FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_restore_rights(oid, aclitem[], boolean, text[], text) IS
'a recreated accessor gets the grants, settings and comment of the one before it';

-- DROP EXTENSION wants no trigger to be pending on a table of it.
CREATE FUNCTION assoc.registry_settle() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
  IF to_regclass('assoc.registry_dropped') IS NULL THEN
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM assoc.registry_dropped d) THEN
    SET CONSTRAINTS assoc.registry_remake IMMEDIATE;
    SET CONSTRAINTS assoc.registry_remake DEFERRED;
  END IF;
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_settle() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_settle() IS 'event trigger: no declaration waits for the end of the transaction';

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

-- The column has the old name in the catalogs from before the command, which is what queries of a STABLE function see,
-- and the new one for functions on objects. Rows about others' columns decide nothing: anybody can write them.
CREATE FUNCTION assoc.registry_follow_rename() RETURNS event_trigger
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
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
  PERFORM assoc.registry_rename_column(f.relid, a.attname, now.object_names[3]::name)
    FROM pg_event_trigger_ddl_commands() d
      JOIN pg_attribute a ON a.attrelid = d.objid AND a.attnum = d.objsubid
      CROSS JOIN LATERAL pg_identify_object_as_address(d.classid, d.objid, d.objsubid) now
      CROSS JOIN LATERAL assoc.registry_family(d.objid) f (relid)
    WHERE d.classid = 'pg_class'::regclass AND d.objsubid > 0
      AND (EXISTS (SELECT FROM assoc.models m WHERE m.relation = f.relid)
        OR EXISTS (SELECT FROM assoc.associations a WHERE a.source = f.relid)
        OR EXISTS (SELECT FROM assoc.associations a WHERE a.target = f.relid)
        OR EXISTS (SELECT FROM assoc.associations a WHERE a.through = f.relid));
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_follow_rename() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_follow_rename() IS
'event trigger: renamed columns are followed in the registry';

CREATE FUNCTION assoc.registry_rename_column(relation oid, old name, new name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET jit = off AS $$
BEGIN
  UPDATE assoc.associations a SET options = jsonb_set(a.options, ARRAY[o.key], to_jsonb(new))
    FROM assoc.registry_option_columns o
    WHERE o.source = a.source AND o.alias = a.alias AND o.relation = registry_rename_column.relation AND o.column_name = old;

  UPDATE assoc.models m SET
    attributes = (
      SELECT coalesce(jsonb_object_agg(a.key,
          CASE WHEN a.value ->> 'column' = old::text
            THEN jsonb_set(a.value, '{column}', to_jsonb(new)) ELSE a.value END), '{}')
      FROM jsonb_each(m.attributes) a),
    options = (
      SELECT coalesce(jsonb_object_agg(o.key,
          CASE
            WHEN o.key IN ('createdAt', 'updatedAt', 'deletedAt') AND o.value #>> '{}' = old::text
              THEN to_jsonb(new)
            WHEN o.key = 'key' AND jsonb_typeof(o.value) = 'array' AND o.value ? old::text
              THEN (SELECT jsonb_agg(CASE WHEN k.value = to_jsonb(old) THEN to_jsonb(new)
                                          ELSE k.value END ORDER BY k.ordinality)
                    FROM jsonb_array_elements(o.value) WITH ORDINALITY k)
            ELSE o.value
          END), '{}')
      FROM jsonb_each(m.options) o)
    WHERE m.relation = registry_rename_column.relation
      AND old IN (SELECT c.column_name FROM assoc.registry_columns c WHERE c.relation = m.relation);

  UPDATE assoc.associations a SET
    source_key = CASE WHEN a.source = registry_rename_column.relation
      THEN array_replace(a.source_key, old, new) ELSE a.source_key END,
    foreign_key = CASE WHEN registry_rename_column.relation =
        CASE a.kind WHEN 'belongs_to_many' THEN a.through WHEN 'belongs_to' THEN a.source ELSE a.target END
      THEN array_replace(a.foreign_key, old, new) ELSE a.foreign_key END,
    other_key = CASE WHEN a.through = registry_rename_column.relation
      THEN array_replace(a.other_key, old, new) ELSE a.other_key END,
    target_key = CASE WHEN a.target = registry_rename_column.relation
      THEN array_replace(a.target_key, old, new) ELSE a.target_key END
    WHERE registry_rename_column.relation IN (a.source, a.target, a.through)
      AND old = ANY (a.source_key || a.foreign_key || a.other_key || a.target_key);
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_rename_column(oid, name, name) FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_rename_column(oid, name, name) IS
'renames a column of a table in the registry';

CREATE FUNCTION assoc.registry_refuse_move(relation oid, moved boolean) RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'registry_refuse_move';
REVOKE ALL ON FUNCTION assoc.registry_refuse_move(oid, boolean) FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_refuse_move(oid, boolean) IS
'error where a table of a model has got a name that is that of another model, or a schema that has another';

-- Calls find a model by its own name, then by that of its table.  A table that is renamed or moved
-- must not take a name away from the one that had it, nor fall under a name that is
-- somebody else's.  As the function is STABLE, its queries see the catalogs from before
-- the command, and functions on objects see them as they are now. Names in notes follow.
CREATE FUNCTION assoc.registry_follow_move() RETURNS event_trigger
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  moved record;
BEGIN
  IF to_regclass('assoc.models') IS NULL THEN
    RETURN;
  END IF;
  FOR moved IN
    SELECT m.relation, s.oid <> c.relnamespace AS moved,
        jsonb_build_object('before', true, 'id', c.oid, 'schema', b.nspname, 'name', c.relname, 'owner', c.relowner) AS before
      FROM pg_event_trigger_ddl_commands() d
        JOIN assoc.models m ON m.relation = d.objid
        JOIN pg_class c ON c.oid = d.objid
        JOIN pg_namespace b ON b.oid = c.relnamespace
        CROSS JOIN LATERAL pg_identify_object_as_address(d.classid, d.objid, 0) now
        JOIN pg_namespace s ON s.nspname = now.object_names[1]
      WHERE d.classid = 'pg_class'::regclass AND d.objsubid = 0
        AND (c.relname <> now.object_names[2] OR c.relnamespace <> s.oid)
  LOOP
    PERFORM assoc.registry_refuse_move(moved.relation, moved.moved);
    IF NOT EXISTS (SELECT FROM assoc.registry_dropped d
        WHERE d.xact = pg_current_xact_id_if_assigned() AND d.what ->> 'id' = moved.relation::oid::text) THEN
      PERFORM assoc.registry_keep(moved.before);
    END IF;
    PERFORM assoc.registry_write_note(r.source)
      FROM (SELECT a.source FROM assoc.associations a WHERE moved.relation IN (a.source, a.target, a.through)
            UNION SELECT moved.relation) r;
  END LOOP;
  PERFORM assoc.registry_write_note(r.source)
    FROM (SELECT DISTINCT a.source
            FROM pg_event_trigger_ddl_commands() d
              JOIN pg_class c ON c.relnamespace = d.objid
              JOIN assoc.associations a ON c.oid IN (a.target, a.through)
            WHERE d.classid = 'pg_namespace'::regclass) r;
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_follow_move() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_follow_move() IS
'event trigger: a table of a model is not renamed or moved so that one model passes for another; the notes of tables that name it follow';
