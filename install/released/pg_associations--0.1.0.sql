-- Complain if this script is sourced in psql rather than by CREATE EXTENSION.
\echo Use "CREATE EXTENSION pg_associations" to load this file. \quit

-- Everything lives in a schema of our own.  CREATE (never IF NOT EXISTS): a
-- schema that somebody made beforehand could hold planted functions.
CREATE SCHEMA assoc;
GRANT USAGE ON SCHEMA assoc TO PUBLIC;
COMMENT ON SCHEMA assoc IS 'pg_associations: associations between tables, loaded as JSON';
-- The registry: what PostgreSQL's catalogs cannot say of models and associations.
--
-- Relations are regclass and columns are names, so that pg_dump and pg_upgrade
-- carry the rows.  Keys are compared under COLLATE "C": the C code looks them up
-- by index scans of its own.

CREATE TABLE assoc.models (
  relation regclass PRIMARY KEY,
  name text COLLATE "C" NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 63),
  made boolean NOT NULL DEFAULT false,
  attributes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(attributes) = 'object'),
  options jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(options) = 'object')
);
CREATE INDEX models_name_idx ON assoc.models (name);

CREATE TABLE assoc.associations (
  source regclass NOT NULL,
  alias text COLLATE "C" NOT NULL CHECK (octet_length(alias) BETWEEN 1 AND 63),
  kind text COLLATE "C" NOT NULL
    CHECK (kind IN ('belongs_to_many', 'has_many', 'has_one', 'belongs_to')),
  target regclass NOT NULL,
  through regclass CHECK ((kind = 'belongs_to_many') = (through IS NOT NULL)),
  source_key name[] NOT NULL DEFAULT '{}',
  foreign_key name[] NOT NULL,
  other_key name[] NOT NULL DEFAULT '{}',
  target_key name[] NOT NULL DEFAULT '{}',
  singular text COLLATE "C" NOT NULL CHECK (octet_length(singular) BETWEEN 1 AND 63),
  inverse text COLLATE "C" CHECK (octet_length(inverse) BETWEEN 1 AND 63),
  options jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(options) = 'object'),
  PRIMARY KEY (source, alias),
  CONSTRAINT associations_keys_check CHECK (
    cardinality(foreign_key) > 0
    AND cardinality(source_key) = CASE WHEN kind = 'belongs_to' THEN 0 ELSE cardinality(foreign_key) END
    AND CASE kind
          WHEN 'belongs_to_many' THEN cardinality(other_key) > 0 AND cardinality(target_key) = cardinality(other_key)
          WHEN 'belongs_to' THEN cardinality(other_key) = 0 AND cardinality(target_key) = cardinality(foreign_key)
          ELSE cardinality(other_key) = 0 AND cardinality(target_key) = 0
        END
    AND array_position(source_key || foreign_key || other_key || target_key, NULL) IS NULL)
);
CREATE INDEX associations_target_idx ON assoc.associations (target);
CREATE INDEX associations_through_idx ON assoc.associations (through);

COMMENT ON TABLE assoc.models IS 'tables known to pg_associations by a model name';
COMMENT ON TABLE assoc.associations IS 'named ways from one model to another';

-- Rows whose tables are gone stay behind; regclass would dump them as numbers.
SELECT pg_extension_config_dump('assoc.models',
  'WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) relation)');
SELECT pg_extension_config_dump('assoc.associations',
  'WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) source)'
  ' AND EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) target)'
  ' AND (through IS NULL OR EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) through))');

-- A plain role must be able to restore its own dump: anyone may insert rows, for
-- tables that he owns.  Changes go through the declaring functions.
GRANT SELECT, INSERT ON assoc.models, assoc.associations TO PUBLIC;

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
  END IF;
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_guard() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_guard() IS
'BEFORE INSERT trigger of the registry: refuses rows whose tables the caller does not own, so that everybody can restore his own dump';

CREATE TRIGGER registry_guard BEFORE INSERT ON assoc.models
  FOR EACH ROW EXECUTE FUNCTION assoc.registry_guard();
CREATE TRIGGER registry_guard BEFORE INSERT ON assoc.associations
  FOR EACH ROW EXECUTE FUNCTION assoc.registry_guard();
ALTER TABLE assoc.models ENABLE ALWAYS TRIGGER registry_guard;
ALTER TABLE assoc.associations ENABLE ALWAYS TRIGGER registry_guard;

-- The rows are ordinary rows: unlike the catalogs' they send no invalidation.
CREATE FUNCTION assoc.registry_changed() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'registry_changed';
REVOKE ALL ON FUNCTION assoc.registry_changed() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_changed() IS
'trigger of the registry: tells all sessions that what they compiled is outdated';

CREATE TRIGGER registry_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON assoc.models
  FOR EACH STATEMENT EXECUTE FUNCTION assoc.registry_changed();
CREATE TRIGGER registry_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON assoc.associations
  FOR EACH STATEMENT EXECUTE FUNCTION assoc.registry_changed();
ALTER TABLE assoc.models ENABLE ALWAYS TRIGGER registry_changed;
ALTER TABLE assoc.associations ENABLE ALWAYS TRIGGER registry_changed;

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
-- DDL, in a restore too: the first query says whether it concerns us at all, and
-- what fails after it is a warning (assoc.check finds what stayed behind).

CREATE FUNCTION assoc.registry_follow_drop() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ours oid[];
  gone oid[];
  col record;
BEGIN
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
EXCEPTION
  WHEN serialization_failure OR deadlock_detected THEN
    RAISE;
  WHEN OTHERS THEN
    RAISE WARNING 'pg_associations could not remove what was dropped from its registry: %', SQLERRM
      USING ERRCODE = SQLSTATE;
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_follow_drop() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_follow_drop() IS
'event trigger: what is dropped leaves the registry';

CREATE FUNCTION assoc.registry_follow_rename() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  renamed record;
  missing name[];
BEGIN
  -- the column's number is known only where a column was renamed; the new name
  -- holds for the tables that inherit the column, or are of the type, too
  FOR renamed IN
    WITH RECURSIVE family (relid, name) AS (
        SELECT d.objid, a.attname
        FROM pg_event_trigger_ddl_commands() d
          JOIN pg_attribute a ON a.attrelid = d.objid AND a.attnum = d.objsubid
        WHERE d.classid = 'pg_class'::regclass AND d.objsubid > 0
      UNION
        SELECT child.relid, f.name
        FROM family f, LATERAL (
          SELECT i.inhrelid AS relid FROM pg_inherits i WHERE i.inhparent = f.relid
          UNION ALL
          SELECT c.oid FROM pg_class t JOIN pg_class c ON c.reloftype = t.reltype
            WHERE t.oid = f.relid AND t.relkind = 'c') child)
    SELECT f.relid, f.name FROM family f
    WHERE EXISTS (SELECT FROM assoc.registry_columns c WHERE c.relation = f.relid)
  LOOP
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
EXCEPTION
  WHEN serialization_failure OR deadlock_detected THEN
    RAISE;
  WHEN OTHERS THEN
    RAISE WARNING 'pg_associations could not follow a renamed column: %', SQLERRM
      USING ERRCODE = SQLSTATE;
END
$$;
REVOKE ALL ON FUNCTION assoc.registry_follow_rename() FROM PUBLIC;
COMMENT ON FUNCTION assoc.registry_follow_rename() IS
'event trigger: renamed columns are followed in the registry';

-- DROP ... CASCADE of nearly anything can reach a view or a column.
CREATE EVENT TRIGGER assoc_registry_follow_drop ON sql_drop
  WHEN TAG IN (
    'DROP TABLE', 'DROP VIEW', 'DROP MATERIALIZED VIEW', 'DROP FOREIGN TABLE', 'DROP SCHEMA', 'DROP OWNED',
    'DROP EXTENSION', 'DROP TYPE', 'DROP DOMAIN', 'DROP FUNCTION', 'DROP PROCEDURE', 'DROP ROUTINE',
    'DROP AGGREGATE', 'DROP OPERATOR', 'DROP OPERATOR CLASS', 'DROP OPERATOR FAMILY', 'DROP CAST',
    'DROP COLLATION', 'DROP LANGUAGE', 'DROP SEQUENCE', 'DROP SERVER', 'DROP FOREIGN DATA WRAPPER',
    'DROP ACCESS METHOD', 'DROP TEXT SEARCH CONFIGURATION', 'DROP TEXT SEARCH DICTIONARY',
    'DROP TEXT SEARCH PARSER', 'DROP TEXT SEARCH TEMPLATE',
    'ALTER TABLE', 'ALTER FOREIGN TABLE', 'ALTER VIEW', 'ALTER MATERIALIZED VIEW', 'ALTER TYPE', 'ALTER DOMAIN',
    'ALTER EXTENSION')
  EXECUTE FUNCTION assoc.registry_follow_drop();
ALTER EVENT TRIGGER assoc_registry_follow_drop ENABLE ALWAYS;

CREATE EVENT TRIGGER assoc_registry_follow_rename ON ddl_command_end
  WHEN TAG IN ('ALTER TABLE', 'ALTER VIEW', 'ALTER MATERIALIZED VIEW', 'ALTER FOREIGN TABLE', 'ALTER TYPE')
  EXECUTE FUNCTION assoc.registry_follow_rename();
ALTER EVENT TRIGGER assoc_registry_follow_rename ENABLE ALWAYS;

-- Derived names

CREATE FUNCTION assoc.pluralize(name text) RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE c
AS 'MODULE_PATHNAME', 'naming_pluralize';
COMMENT ON FUNCTION assoc.pluralize(text) IS
  'the name with its last word in the plural, as derived table and accessor names have it';

CREATE FUNCTION assoc.singularize(name text) RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE c
AS 'MODULE_PATHNAME', 'naming_singularize';
COMMENT ON FUNCTION assoc.singularize(text) IS
  'the name with its last word in the singular, as derived key and accessor names have it';

CREATE FUNCTION assoc.snake_case(name text) RETURNS text
IMMUTABLE PARALLEL SAFE LANGUAGE c
AS 'MODULE_PATHNAME', 'naming_snake_case';
COMMENT ON FUNCTION assoc.snake_case(text) IS
  'the name in lower case with underscores between its words, as derived table and accessor names have it';
-- Models: declared, adopted, forgotten, validated.

CREATE FUNCTION assoc.define(
  model text,
  attributes jsonb DEFAULT '{}',
  options jsonb DEFAULT '{}',
  replace boolean DEFAULT false
) RETURNS jsonb
LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'assoc_define';
COMMENT ON FUNCTION assoc.define(text, jsonb, jsonb, boolean) IS
'declares a model and makes its table: model User is table users of current_schema(), or of the schema named before a dot.
attributes is an object {"name": "text", "age": {"type": "integer", "validate": {"min": 0}}} or, where order matters, an array of such objects with "name".
Returns {"model", "schema", "table", "primaryKey": [...], "attributes": {name: {"column", "type", "allowNull", "hidden", "json"}}, "created": boolean, "changed": [places]}.
The same declaration again changes nothing; a different one is an error, or with replace => true changes the table, never dropping a column or a row.';

CREATE FUNCTION assoc.adopt(
  relation regclass,
  model text DEFAULT NULL,
  options jsonb DEFAULT '{}',
  replace boolean DEFAULT false
) RETURNS jsonb
LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'assoc_adopt';
COMMENT ON FUNCTION assoc.adopt(regclass, text, jsonb, boolean) IS
'declares an existing table, view, materialized view, partitioned or foreign table as a model, under its own name unless another is given. The table is never altered.
options: key (columns that identify a row of a view), timestamps, createdAt, updatedAt, paranoid, deletedAt, underscored, scopes, defaultScope, aliases.
Returns what assoc.define returns.';

CREATE FUNCTION assoc.forget(model text) RETURNS void
LANGUAGE C VOLATILE AS 'MODULE_PATHNAME', 'assoc_forget';
COMMENT ON FUNCTION assoc.forget(text) IS
'removes a model, its associations in both directions and their accessors; the table and its rows stay';

CREATE FUNCTION assoc.validate(model text, data jsonb) RETURNS jsonb
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'assoc_validate';
COMMENT ON FUNCTION assoc.validate(text, jsonb) IS
'every reason why data, one row or an array of rows, could not be inserted: [{"path", "validator", "message", "value"}], [] where there is none. Checks types, NOT NULL, CHECK constraints and those of domains; not UNIQUE and not foreign keys.';

CREATE FUNCTION assoc.keep_updated_at() RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'keep_updated_at';
COMMENT ON FUNCTION assoc.keep_updated_at() IS
'BEFORE UPDATE trigger: sets the column named by its argument to now() when the row changes and the statement does not set it';
-- Declaring associations.  No function is STRICT: NULL means not given.

CREATE FUNCTION assoc.belongs_to_many(
  source text, target text,
  through text DEFAULT NULL,
  foreign_key text DEFAULT NULL, other_key text DEFAULT NULL,
  source_key text DEFAULT NULL, target_key text DEFAULT NULL,
  alias text DEFAULT NULL, inverse text DEFAULT NULL,
  through_attributes jsonb DEFAULT NULL, options jsonb DEFAULT NULL,
  replace boolean DEFAULT false) RETURNS jsonb
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'association_belongs_to_many';

CREATE FUNCTION assoc.has_many(
  source text, target text,
  foreign_key text DEFAULT NULL, source_key text DEFAULT NULL,
  alias text DEFAULT NULL, inverse text DEFAULT NULL,
  options jsonb DEFAULT NULL, replace boolean DEFAULT false) RETURNS jsonb
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'association_has_many';

CREATE FUNCTION assoc.has_one(
  source text, target text,
  foreign_key text DEFAULT NULL, source_key text DEFAULT NULL,
  alias text DEFAULT NULL, inverse text DEFAULT NULL,
  options jsonb DEFAULT NULL, replace boolean DEFAULT false) RETURNS jsonb
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'association_has_one';

CREATE FUNCTION assoc.belongs_to(
  source text, target text,
  foreign_key text DEFAULT NULL, target_key text DEFAULT NULL,
  alias text DEFAULT NULL, inverse text DEFAULT NULL,
  options jsonb DEFAULT NULL, replace boolean DEFAULT false) RETURNS jsonb
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'association_belongs_to';

CREATE FUNCTION assoc.drop_association(
  source text, alias text,
  inverse boolean DEFAULT true, drop_table boolean DEFAULT false) RETURNS jsonb
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'association_drop';

COMMENT ON FUNCTION assoc.belongs_to_many(text, text, text, text, text, text, text, text, text, jsonb, jsonb, boolean) IS
'Declares a many-to-many association over a join table, which is made when there is none. Keys are comma-separated column names. Returns {"kind", "source", "target", "through", "alias", "inverse", "foreignKey", "otherKey", "sourceKey", "targetKey", "created": tables and columns made, "accessors": their signatures, "changed": whether anything was done}.';
COMMENT ON FUNCTION assoc.has_many(text, text, text, text, text, text, jsonb, boolean) IS
'Declares that rows of the target point at one row of the source. Returns what belongs_to_many returns.';
COMMENT ON FUNCTION assoc.has_one(text, text, text, text, text, text, jsonb, boolean) IS
'Declares that at most one row of the target points at a row of the source. Returns what belongs_to_many returns.';
COMMENT ON FUNCTION assoc.belongs_to(text, text, text, text, text, text, jsonb, boolean) IS
'Declares that rows of the source point at one row of the target. Returns what belongs_to_many returns.';
COMMENT ON FUNCTION assoc.drop_association(text, text, boolean, boolean) IS
'Takes a declaration back, with its accessors, unless told otherwise its other direction, and only when told the join table that it made. Returns {"associations", "accessors", "tables"} that were dropped.';
-- Loading.  All of it is STABLE and writes nothing, so it runs on a standby.
-- No function is STRICT: NULL options mean none, a NULL id is an error.

-- What accessors call: bound to a relation, so that no name is looked up.

CREATE FUNCTION assoc.load_one(source regclass, alias text, id "any", options jsonb)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_load_one';
COMMENT ON FUNCTION assoc.load_one(regclass, text, "any", jsonb) IS
'One row of the source with the association included, by primary key; NULL when there is none. Options: a find document for the row. What with-accessors call.';

CREATE FUNCTION assoc.load_one_json(source regclass, alias text, id "any", options jsonb)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_load_one_json';
COMMENT ON FUNCTION assoc.load_one_json(regclass, text, "any", jsonb) IS
'As load_one, written as json text in declared key order.';

CREATE FUNCTION assoc.load_all(source regclass, alias text, options jsonb)
RETURNS SETOF jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_load_all';
COMMENT ON FUNCTION assoc.load_all(regclass, text, jsonb) IS
'Rows of the source with the association included, streamed. Options: a find document.';

CREATE FUNCTION assoc.load_all_json(source regclass, alias text, options jsonb)
RETURNS SETOF json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_load_all_json';
COMMENT ON FUNCTION assoc.load_all_json(regclass, text, jsonb) IS
'As load_all, written as json text in declared key order.';

CREATE FUNCTION assoc.load_get(source regclass, alias text, id "any", options jsonb)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_load_get';
COMMENT ON FUNCTION assoc.load_get(regclass, text, "any", jsonb) IS
'The rows associated with one source row, exactly as with shows them: an array, [] when there are none; for a to-one association the row, or NULL. Options: a find document for the associated rows.';

CREATE FUNCTION assoc.load_get_json(source regclass, alias text, id "any", options jsonb)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_load_get_json';
COMMENT ON FUNCTION assoc.load_get_json(regclass, text, "any", jsonb) IS
'As load_get, written as json text in declared key order.';

CREATE FUNCTION assoc.load_count(source regclass, alias text, id "any", options jsonb)
RETURNS bigint STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_load_count';
COMMENT ON FUNCTION assoc.load_count(regclass, text, "any", jsonb) IS
'Number of rows associated with one source row. Options: where, through (where, paranoid), include (required), scope, paranoid.';

-- The same by name.  A key is a value of any type, or text: where a driver sends
-- an untyped parameter, the text twin is chosen.

CREATE FUNCTION assoc.find_by_pk(model text, pk "any", options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_by_pk';
CREATE FUNCTION assoc.find_by_pk(model text, pk text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_by_pk';
COMMENT ON FUNCTION assoc.find_by_pk(text, "any", jsonb, jsonb) IS
'The row of a model with this primary key and everything that options include, as one document; NULL when there is none. params: values for {"param": name} in options.';
COMMENT ON FUNCTION assoc.find_by_pk(text, text, jsonb, jsonb) IS
'As find_by_pk(text, "any", ...), with the key as text; a composite key as a JSON object by attribute name.';

CREATE FUNCTION assoc.find_by_pk_json(model text, pk "any", options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_by_pk_json';
CREATE FUNCTION assoc.find_by_pk_json(model text, pk text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_by_pk_json';
COMMENT ON FUNCTION assoc.find_by_pk_json(text, "any", jsonb, jsonb) IS
'As find_by_pk, written as json text in declared key order.';
COMMENT ON FUNCTION assoc.find_by_pk_json(text, text, jsonb, jsonb) IS
'As find_by_pk, written as json text in declared key order, with the key as text.';

CREATE FUNCTION assoc.find_one(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_one';
COMMENT ON FUNCTION assoc.find_one(text, jsonb, jsonb) IS
'The first row that options find, in their order; NULL when there is none. limit, offset and after are refused.';

CREATE FUNCTION assoc.find_one_json(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_one_json';
COMMENT ON FUNCTION assoc.find_one_json(text, jsonb, jsonb) IS
'As find_one, written as json text in declared key order.';

CREATE FUNCTION assoc.find_all(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_all';
COMMENT ON FUNCTION assoc.find_all(text, jsonb, jsonb) IS
'All rows that options find, as one array; [] when there are none.';

CREATE FUNCTION assoc.find_all_json(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_all_json';
COMMENT ON FUNCTION assoc.find_all_json(text, jsonb, jsonb) IS
'As find_all, written as json text in declared key order.';

CREATE FUNCTION assoc.find(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS SETOF jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find';
COMMENT ON FUNCTION assoc.find(text, jsonb, jsonb) IS
'All rows that options find, one document a row, streamed when called in the select list: memory does not grow with their number.';

CREATE FUNCTION assoc.find_json(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS SETOF json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_json';
COMMENT ON FUNCTION assoc.find_json(text, jsonb, jsonb) IS
'As find, written as json text in declared key order.';

CREATE FUNCTION assoc.get(model text, pk "any", alias text, options jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_get';
CREATE FUNCTION assoc.get(model text, pk text, alias text, options jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_get';
COMMENT ON FUNCTION assoc.get(text, "any", text, jsonb) IS
'The rows associated with one row: an array, [] when there are none; for a to-one association the row, or NULL. Options: a find document for the associated rows.';
COMMENT ON FUNCTION assoc.get(text, text, text, jsonb) IS
'As get(text, "any", ...), with the key as text.';

CREATE FUNCTION assoc.get_json(model text, pk "any", alias text, options jsonb DEFAULT NULL)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_get_json';
CREATE FUNCTION assoc.get_json(model text, pk text, alias text, options jsonb DEFAULT NULL)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_get_json';
COMMENT ON FUNCTION assoc.get_json(text, "any", text, jsonb) IS
'As get, written as json text in declared key order.';
COMMENT ON FUNCTION assoc.get_json(text, text, text, jsonb) IS
'As get, written as json text in declared key order, with the key as text.';

CREATE FUNCTION assoc.count_of(model text, pk "any", alias text, options jsonb DEFAULT NULL)
RETURNS bigint STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_count_of';
CREATE FUNCTION assoc.count_of(model text, pk text, alias text, options jsonb DEFAULT NULL)
RETURNS bigint STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_count_of';
COMMENT ON FUNCTION assoc.count_of(text, "any", text, jsonb) IS
'Number of rows associated with one row. Options: where, through (where, paranoid), include (required), scope, paranoid.';
COMMENT ON FUNCTION assoc.count_of(text, text, text, jsonb) IS
'As count_of(text, "any", ...), with the key as text.';

-- No default for options: count(text) would hide the aggregate of that name.
CREATE FUNCTION assoc.count(model text, options jsonb, params jsonb DEFAULT NULL)
RETURNS bigint STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_count';
COMMENT ON FUNCTION assoc.count(text, jsonb, jsonb) IS
'Number of rows that options find, each counted once whatever they include. Options: where, include (required), scope, paranoid; NULL for all rows.';
-- Pages, totals, aggregates and locked rows.

CREATE FUNCTION assoc.find_page(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_page';
COMMENT ON FUNCTION assoc.find_page(text, jsonb, jsonb) IS
'One page of the rows that options find: {"rows": [...], "next": cursor or null}. limit, the size of the page, is needed; give "next" as option "after" to go on.';

CREATE FUNCTION assoc.find_page_json(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_page_json';
COMMENT ON FUNCTION assoc.find_page_json(text, jsonb, jsonb) IS
'As find_page, written as json text in declared key order.';

CREATE FUNCTION assoc.find_and_count_all(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_and_count_all';
COMMENT ON FUNCTION assoc.find_and_count_all(text, jsonb, jsonb) IS
'The rows that options find and how many there are without limit, offset and after: {"count", "rows"}, both of one snapshot, each row counted once whatever it includes.';

CREATE FUNCTION assoc.find_and_count_all_json(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_and_count_all_json';
COMMENT ON FUNCTION assoc.find_and_count_all_json(text, jsonb, jsonb) IS
'As find_and_count_all, written as json text in declared key order.';

-- Aggregates.  They take a model, so none can be mistaken for core's of its name.
CREATE FUNCTION assoc.sum(model text, attribute text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS numeric STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_sum';
COMMENT ON FUNCTION assoc.sum(text, text, jsonb, jsonb) IS
'Sum of an attribute ("budget", "owner.age") over the rows that options find; NULL of none. Options: where, include (required), scope, paranoid.';

CREATE FUNCTION assoc.avg(model text, attribute text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS numeric STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_avg';
COMMENT ON FUNCTION assoc.avg(text, text, jsonb, jsonb) IS
'Average of an attribute over the rows that options find; NULL of none. Options as for sum.';

CREATE FUNCTION assoc.min(model text, attribute text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_min';
COMMENT ON FUNCTION assoc.min(text, text, jsonb, jsonb) IS
'Least value of an attribute over the rows that options find, as JSON; NULL of none. Options as for sum.';

CREATE FUNCTION assoc.max(model text, attribute text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_max';
COMMENT ON FUNCTION assoc.max(text, text, jsonb, jsonb) IS
'Greatest value of an attribute over the rows that options find, as JSON; NULL of none. Options as for sum.';

CREATE FUNCTION assoc.aggregate(model text, options jsonb, params jsonb DEFAULT NULL)
RETURNS jsonb STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_aggregate';
COMMENT ON FUNCTION assoc.aggregate(text, jsonb, jsonb) IS
'Groups of the rows that options find, one object each, as an array; without "group" one for all rows. Options: attributes (names that are in group, and {"count"|"sum"|"min"|"max"|"avg": attribute or "*", "distinct", "where", "as"}), group ("city", "owner.name"), having, order, limit, offset (about groups), where, include (required), scope, paranoid, bigint (about rows).';

CREATE FUNCTION assoc.aggregate_json(model text, options jsonb, params jsonb DEFAULT NULL)
RETURNS json STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_aggregate_json';
COMMENT ON FUNCTION assoc.aggregate_json(text, jsonb, jsonb) IS
'As aggregate, written as json text in declared key order.';

CREATE FUNCTION assoc.find_for_update(model text, options jsonb DEFAULT NULL, strength text DEFAULT 'update', wait text DEFAULT 'wait', params jsonb DEFAULT NULL)
RETURNS SETOF jsonb VOLATILE PARALLEL UNSAFE LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_for_update';
COMMENT ON FUNCTION assoc.find_for_update(text, jsonb, text, text, jsonb) IS
'The rows that options find, locked until the transaction ends and shown as they are once locked; rows that are included are not locked. strength: update, no key update, share, key share. wait: wait, nowait, skip locked.';
-- Linking and unlinking rows.
--
-- The link_* functions are what the generated accessors call: they find the
-- association by table and alias whatever the search_path.  The others name the
-- model, and take ids as a document; each has a twin that takes the key as text, so
-- that untyped parameters of a driver resolve.

CREATE FUNCTION assoc.link_has(source regclass, alias text, id "any", ids "any") RETURNS boolean
  LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'assoc_link_has';
CREATE FUNCTION assoc.link_add(source regclass, alias text, id "any", ids "any", through jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_link_add';
CREATE FUNCTION assoc.link_set(source regclass, alias text, id "any", ids "any", through jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_link_set';
CREATE FUNCTION assoc.link_remove(source regclass, alias text, id "any", ids "any") RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_link_remove';

CREATE FUNCTION assoc.has(model text, pk "any", alias text, ids jsonb) RETURNS boolean
  LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'assoc_has';
CREATE FUNCTION assoc.has(model text, pk text, alias text, ids jsonb) RETURNS boolean
  LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'assoc_has';
CREATE FUNCTION assoc.add(model text, pk "any", alias text, ids jsonb, through jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_add';
CREATE FUNCTION assoc.add(model text, pk text, alias text, ids jsonb, through jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_add';
CREATE FUNCTION assoc.set(model text, pk "any", alias text, ids jsonb, through jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_set';
CREATE FUNCTION assoc.set(model text, pk text, alias text, ids jsonb, through jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_set';
CREATE FUNCTION assoc.remove(model text, pk "any", alias text, ids jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_remove';
CREATE FUNCTION assoc.remove(model text, pk text, alias text, ids jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_remove';

CREATE FUNCTION assoc.clear(model text, pk "any", alias text) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_clear';
CREATE FUNCTION assoc.clear(model text, pk text, alias text) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_clear';
CREATE FUNCTION assoc.toggle(model text, pk "any", alias text, ids jsonb, through jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_toggle';
CREATE FUNCTION assoc.toggle(model text, pk text, alias text, ids jsonb, through jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_toggle';
CREATE FUNCTION assoc.update_link(model text, pk "any", alias text, ids jsonb, through jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_update_link';
CREATE FUNCTION assoc.update_link(model text, pk text, alias text, ids jsonb, through jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_update_link';
CREATE FUNCTION assoc.move(model text, pk "any", alias text, ids jsonb, to_pk "any") RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_move';
CREATE FUNCTION assoc.move(model text, pk text, alias text, ids jsonb, to_pk text) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_move';

CREATE FUNCTION assoc.set_many(model text, alias text, rows jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_set_many';
COMMENT ON FUNCTION assoc.set_many(text, text, jsonb) IS
'Sets the links of many rows at once. rows: [{"id": 1, "projects": [2, {"id": 3, "through": {"role": "admin"}}]}, ...], each with the key of a source row, by name, and its ids under the alias. Links are written in a fixed number of statements; beyond 1,000 rows the table that holds them is locked against other writers. Result: an array of {"source", "added", "updated", "removed", "unchanged"} in the order of rows. Errors: as set; 22023 where a row is given twice.';

DO $comments$
DECLARE
  link_arguments text := 'source: table of the source model; alias: the association; id: key of the source row (a composite one as ROW(...) or JSON object); '
    'ids: one target key, an array of them, or a JSON document of them. ';
  generic_arguments text := 'model: name of the source model; pk: key of the source row; alias: the association';
  ids text := '; ids: one target key, an array of them, or [{"id": 2, "through": {"role": "admin"}}, 3]';
  to_pk text := '; to_pk: key of the row that gets them';
  through text := 'through: values for the columns of the join table, one object for all ids or an array with one for each; NULL: none given. ';
  diff text := 'Result: {"added", "updated", "removed", "unchanged"}, each an array of target keys in key order. ';
  errors text := 'Errors: 22004 for a NULL id or ids, 22023 or 42703 for a wrong document, 42704 for an unknown model or association';
  written text := ', 23503 naming the ids that do not exist, 23502 and 23514 naming every constraint that fails, 40001 at REPEATABLE READ and above; nothing is changed then.';
  descriptions text[][] := ARRAY[
    ['has', 'Tells whether a row is linked to all of these; true for no ids, false for a row that does not exist. '],
    ['add', 'Links rows; what is linked already stays, and gets the payload that is given. '],
    ['set', 'Makes these the only linked rows; ''{}'' unlinks all. '],
    ['remove', 'Unlinks rows; the rows themselves stay. What is not linked is left out of the result. '],
    ['clear', 'Unlinks all rows; the rows themselves stay. '],
    ['toggle', 'Unlinks those of these rows that are linked, and links the others, with the payload that is given. '],
    ['update_link', 'Changes the payload of links that exist; 23503 where one does not. '],
    ['move', 'Takes links, or children, from one row to another, payload and all; 23503 where one does not exist. Where the other row has the link already, it stays, with its null columns filled from the one that is moved. In the result "removed" is what the first row lost. ']];
  f record;
BEGIN
  FOR f IN
    SELECT p.oid::regprocedure AS signature, d.what, starts_with(p.proname, 'link_') AS link,
           'through' = ANY (p.proargnames) AS takes_through, 'ids' = ANY (p.proargnames) AS takes_ids,
           'to_pk' = ANY (p.proargnames) AS moves, p.provolatile = 's' AS reads
    FROM pg_catalog.pg_proc p,
         pg_catalog.generate_subscripts(descriptions, 1) AS i,
         LATERAL (SELECT descriptions[i][1] AS name, descriptions[i][2] AS what) d
    WHERE p.pronamespace = 'assoc'::pg_catalog.regnamespace
      AND p.proname IN (d.name, 'link_' || d.name)
  LOOP
    EXECUTE pg_catalog.format('COMMENT ON FUNCTION %s IS %L', f.signature,
      f.what || CASE WHEN f.link THEN link_arguments
        ELSE generic_arguments || CASE WHEN f.takes_ids THEN ids ELSE '' END
          || CASE WHEN f.moves THEN to_pk ELSE '' END || '. ' END
      || CASE WHEN f.takes_through THEN through ELSE '' END
      || CASE WHEN f.reads THEN '' ELSE diff END
      || errors || CASE WHEN f.reads THEN '.' ELSE written END);
  END LOOP;
END
$comments$;
-- Creating rows, with everything that is nested in them.

CREATE FUNCTION assoc.create(model text, data jsonb, options jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_create';
COMMENT ON FUNCTION assoc.create(text, jsonb, jsonb) IS
'Creates a row. data: attributes by name; under an alias an array of new rows (each with "through" for its link), or verbs: {"create": [...], "connect": [ids], "connectOrCreate": {"where", "create", "through"}, "set": [ids]}, to any depth. options: a find document for the result. Result: the row as find_by_pk shows it, what was nested included. Errors: 42703 for an unknown attribute, 42701 for a column given twice with different values, 22023 for a wrong document, 23502 and 23514 naming every constraint that fails, 23503 naming ids that do not exist, 23505; nothing is created then.';

CREATE FUNCTION assoc.bulk_create(model text, rows jsonb, options jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_bulk_create';
COMMENT ON FUNCTION assoc.bulk_create(text, jsonb, jsonb) IS
'Creates many rows: rows is an array of documents as create takes them. options: a find document for the result; "ignoreDuplicates": true skips rows that conflict with one that is there; "updateOnDuplicate": [attributes] changes these of it instead ("conflict": [attributes of the unique key] says by which); "returning": false, or the attributes to show. Result: an array of the rows in the same order, null for those that were skipped, or {"count"}. Errors: as create.';

-- What accessors call: bound to a relation, so that no name is looked up.

CREATE FUNCTION assoc.link_create(source regclass, alias text, id "any", data jsonb, through jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_link_create';
COMMENT ON FUNCTION assoc.link_create(regclass, text, "any", jsonb, jsonb) IS
'Creates a row and links it to a source row that exists, in one go. data: as create takes it; through: values for the columns of the join table. Result: the row as get shows it, with its link. Errors: as create; 23503 for a source that does not exist.';

CREATE FUNCTION assoc.create_in(model text, pk "any", alias text, data jsonb, through jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_create_in';
CREATE FUNCTION assoc.create_in(model text, pk text, alias text, data jsonb, through jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_create_in';
COMMENT ON FUNCTION assoc.create_in(text, "any", text, jsonb, jsonb) IS
'As link_create, with the source model by name.';
COMMENT ON FUNCTION assoc.create_in(text, text, text, jsonb, jsonb) IS
'As link_create, with the source model by name and its key as text.';

CREATE FUNCTION assoc.upsert(model text, data jsonb, options jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_upsert';
COMMENT ON FUNCTION assoc.upsert(text, jsonb, jsonb) IS
'Creates a row, or changes the one that has its key, in one statement that no other call can come between. data: attributes by name; what tells whether the row is there is the primary key where it is given, else the one unique key that is given. options: "conflict": [attributes of that key], and a find document for the result. Nothing is written where nothing differs; a soft-deleted row comes back. Result: the row as find_by_pk shows it. Errors: as create; 22023 where no key or more than one is given, 42P10 where conflict names no unique key.';

CREATE FUNCTION assoc.find_or_create(model text, data jsonb, options jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_find_or_create';
COMMENT ON FUNCTION assoc.find_or_create(text, jsonb, jsonb) IS
'Finds a row, or creates it where there is none; of several it finds the first by key. data: attributes by name, looked for and given to a new row. options: "where": what is looked for instead (without data, it is the data too), "defaults": what a new row gets beside data, nested rows too, "scope": false for no default scope, and a find document for the result. Calls that look for the same wait for each other, so that one of them creates. Result: {"row", "created"}. Errors: as create.';
-- What loads do, for people.

CREATE FUNCTION assoc.explain(model text, options jsonb DEFAULT NULL, run boolean DEFAULT false,
  params jsonb DEFAULT NULL, pk text DEFAULT NULL)
RETURNS SETOF text STABLE PARALLEL RESTRICTED ROWS 20 LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_explain';
COMMENT ON FUNCTION assoc.explain(text, jsonb, boolean, jsonb, text) IS
'How find_all, or with pk find_by_pk, loads this: for each node of the include tree its tables, where its rows come from (probe of indexes, or batch and why no probe) and its SQL. run => true loads it and adds rows, keys, statements, time and buffers.';

CREATE FUNCTION assoc.sql(model text, options jsonb DEFAULT NULL, params jsonb DEFAULT NULL)
RETURNS text STABLE PARALLEL RESTRICTED LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_sql';
COMMENT ON FUNCTION assoc.sql(text, jsonb, jsonb) IS
'One SQL statement that gives what find_all gives, with values as constants: to read, to run, to EXPLAIN. Names are qualified where the current search_path requires it. The functions themselves load faster than this statement.';
-- Changing and deleting rows that a where document chooses.

CREATE FUNCTION assoc.update(model text, data jsonb, options jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_update';
COMMENT ON FUNCTION assoc.update(text, jsonb, jsonb) IS
'Changes the rows that options choose. data: attributes by name; under an alias an array of new rows for each of them, or verbs, done in this order: {"disconnect": [ids], "delete": [ids or {"where"}], "set": [ids], "update": {"id" or "where", "data", "through"}, "upsert": {"id" or "where", "create", "update", "through"}, "connectOrCreate": {"where", "create", "through"}, "connect": [ids], "create": [...]}, to any depth; rows to be updated or deleted are linked ones, as they are before the call. options: {"where": {...}} or {"all": true}; "scope": false for no default scope, "paranoid": false for soft-deleted rows too. "returning": true, attributes, or a find document for the rows in the result. Result: {"count", "keys"}, and with nested data, or where "returning" asks for them, "rows" as find_by_pk shows them. Errors: 22023 without where, 42703 for an unknown attribute, 23502 and 23514 naming every constraint that fails, 23503 naming ids that do not exist or are not linked.';

CREATE FUNCTION assoc.destroy(model text, options jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_destroy';
COMMENT ON FUNCTION assoc.destroy(text, jsonb) IS
'Deletes the rows that options choose; those of a paranoid model are kept and marked as deleted, unless "force" is true. options: as update. Result: {"count", "keys"}.';

CREATE FUNCTION assoc.restore(model text, options jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_restore';
COMMENT ON FUNCTION assoc.restore(text, jsonb) IS
'Brings soft-deleted rows back. options: {"where": {...}} or {"all": true}; "scope": false for no default scope. Result: {"count", "keys"}. Errors: 55000 for a model that keeps no deleted rows.';
-- What may be wrong with the declarations, and how to mend it.

CREATE VIEW assoc.registry_keys (source, alias, kind, options, referenced, referenced_key, referencing, referencing_key) AS
  SELECT source, alias, kind, options,
      CASE kind WHEN 'belongs_to' THEN target ELSE source END,
      CASE kind WHEN 'belongs_to' THEN target_key ELSE source_key END,
      CASE kind WHEN 'belongs_to_many' THEN through WHEN 'belongs_to' THEN source ELSE target END,
      foreign_key
    FROM assoc.associations
  UNION ALL
  SELECT source, alias, kind, options, target, target_key, through, other_key
    FROM assoc.associations WHERE kind = 'belongs_to_many';
COMMENT ON VIEW assoc.registry_keys IS 'which columns of which table point at which, for every association';
GRANT SELECT ON assoc.registry_keys TO PUBLIC;

-- A name as calls write it: split at the first dot, so a part that has one is quoted.
CREATE FUNCTION assoc.call_name(schema name, object text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
SELECT CASE WHEN schema ~ '^"|[.]' THEN '"' || replace(schema, '"', '""') || '"' ELSE schema::text END
  || '.' || CASE WHEN object ~ '^"' THEN '"' || replace(object, '"', '""') || '"' ELSE object END
$$;
COMMENT ON FUNCTION assoc.call_name(name, text) IS 'a model''s name with its schema, as calls write it';

-- A load is compiled and not run.  Rights are not judged, a key that is gone (class PA) is a finding of its own, and
-- what has nothing to do with the declaration goes on as it is.
CREATE FUNCTION assoc.load_error(model text, options jsonb) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM assoc.explain(load_error.model, load_error.options);
  RETURN NULL;
EXCEPTION
  WHEN insufficient_privilege OR SQLSTATE 'PA000' THEN
    RETURN NULL;
  WHEN data_exception OR syntax_error_or_access_rule_violation OR feature_not_supported OR program_limit_exceeded THEN
    RETURN SQLERRM;
END
$$;
COMMENT ON FUNCTION assoc.load_error(text, jsonb) IS
'The error that find_all with these options gives, without loading anything; NULL where there is none.';

CREATE FUNCTION assoc.check(
  OUT severity text, OUT object text, OUT problem text, OUT fix text) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp AS $$
WITH
-- the attribute numbers of a key, as a sorted set; NULL when a column is missing
keys AS (
  SELECT k.*, c.relkind AS referencing_kind,
      CASE WHEN count(a.attnum) = cardinality(k.referencing_key)
        THEN array_agg(a.attnum ORDER BY a.attnum) END AS referencing_numbers
    FROM assoc.registry_keys k
      JOIN pg_class c ON c.oid = k.referencing
      LEFT JOIN pg_attribute a ON a.attrelid = k.referencing AND a.attname = ANY (k.referencing_key)
        AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY k.source, k.alias, k.kind, k.options, k.referenced, k.referenced_key, k.referencing, k.referencing_key, c.relkind),
-- indexes that can find rows by their leading columns
indexes AS (
  SELECT i.indrelid, i.indisunique AND i.indimmediate AS is_unique,
      ARRAY(SELECT n FROM unnest(i.indkey::smallint[]) WITH ORDINALITY u (n, place)
            WHERE place <= i.indnkeyatts ORDER BY place) AS numbers
    FROM pg_index i
    WHERE i.indisvalid AND i.indisready AND i.indpred IS NULL),
base_types (type, base) AS (
  SELECT t.oid, CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END FROM pg_type t),
pairs AS (
  SELECT k.source, k.alias, k.referenced, k.referencing, r.attname AS referenced_column, f.attname AS referencing_column,
      format_type(r.atttypid, r.atttypmod) AS referenced_type, format_type(f.atttypid, f.atttypmod) AS referencing_type,
      rb.base AS referenced_base, fb.base AS referencing_base
    FROM assoc.registry_keys k
      CROSS JOIN LATERAL unnest(k.referenced_key, k.referencing_key) c (referenced, referencing)
      JOIN pg_attribute r ON r.attrelid = k.referenced AND r.attname = c.referenced AND NOT r.attisdropped
      JOIN pg_attribute f ON f.attrelid = k.referencing AND f.attname = c.referencing AND NOT f.attisdropped
      JOIN base_types rb ON rb.type = r.atttypid
      JOIN base_types fb ON fb.type = f.atttypid),
named AS (
  SELECT m.relation, m.options, assoc.call_name(n.nspname, m.name) AS name,
      count(*) OVER (PARTITION BY n.nspname, m.name) = 1 AS is_unique
    FROM assoc.models m JOIN pg_class c ON c.oid = m.relation JOIN pg_namespace n ON n.oid = c.relnamespace),
-- what is stored with a declaration and is read at a load only: each alone, in a load by the model's name
loads (object, place, name, options) AS (
  SELECT m.relation::text, 'default scope', m.name, '{}'::jsonb
    FROM named m WHERE m.is_unique AND m.options ? 'defaultScope'
  UNION ALL
  SELECT m.relation::text, format('scope "%s"', s.key), m.name, jsonb_build_object('scope', s.key)
    FROM named m CROSS JOIN LATERAL jsonb_each(m.options -> 'scopes') s
    WHERE m.is_unique
  UNION ALL
  SELECT a.source || '.' || a.alias, 'scope or order', m.name,
      jsonb_build_object('scope', false, 'include', jsonb_build_array(jsonb_build_object('association', a.alias, 'scope', false)))
    FROM assoc.associations a JOIN named m ON m.relation = a.source
    WHERE m.is_unique AND a.options ?| '{scope,order,through}'),
findings (severity, object, problem, fix) AS (
  -- rows of what is no more
  SELECT 'error', m.name, 'its table is gone',
      format('DELETE FROM assoc.models WHERE relation = %L::oid', m.relation::oid)
    FROM assoc.models m
    WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = m.relation)
  UNION ALL
  SELECT 'error', a.source || '.' || a.alias, 'one of its tables is gone',
      format('DELETE FROM assoc.associations WHERE source = %L::oid AND alias = %L', a.source::oid, a.alias)
    FROM assoc.associations a
    WHERE (SELECT count(*) FROM pg_class c WHERE c.oid IN (a.source, a.target, a.through))
      < (SELECT count(DISTINCT r) FROM unnest(ARRAY[a.source, a.target, a.through]::oid[]) r)
  UNION ALL
  SELECT DISTINCT 'error', a.source || '.' || a.alias, format('%s is not a model', r.relid),
      format('SELECT assoc.adopt(%L)', r.relid::text)
    FROM assoc.associations a
      CROSS JOIN LATERAL unnest(ARRAY[a.source, a.target, a.through]) r (relid)
      JOIN pg_class c ON c.oid = r.relid
    WHERE NOT EXISTS (SELECT FROM assoc.models m WHERE m.relation = r.relid)
  UNION ALL
  SELECT 'error', a.source || '.' || a.alias, format('its inverse %s.%s is not declared', a.target, a.inverse),
      'declare the inverse again'
    FROM assoc.associations a
    WHERE a.inverse IS NOT NULL
      AND NOT EXISTS (SELECT FROM assoc.associations i WHERE i.source = a.target AND i.alias = a.inverse)

  -- names
  UNION ALL
  SELECT 'error', format('%I.%I', n.nspname, m.name),
      'several tables of the schema have this model name: ' || string_agg(m.relation::text, ', ' ORDER BY m.relation::text),
      format('SELECT assoc.adopt(%L, ''another name'', replace => true)', max(m.relation::text))
    FROM assoc.models m JOIN pg_class c ON c.oid = m.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    GROUP BY n.nspname, m.name HAVING count(*) > 1
  UNION ALL
  SELECT 'warning', m.relation::text, format('attribute "%s" has lost its column "%s"', d.key, d.value ->> 'column'),
      'declare the model again'
    FROM assoc.models m JOIN pg_class c ON c.oid = m.relation CROSS JOIN LATERAL jsonb_each(m.attributes) d
    WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = m.relation AND a.attname = d.value ->> 'column' AND a.attnum > 0)
  UNION ALL
  SELECT 'warning', m.relation::text, format('column "%s" is hidden behind the attribute of that name, which is column "%s"', d.key, d.value ->> 'column'),
      'declare an attribute for the column'
    FROM assoc.models m CROSS JOIN LATERAL jsonb_each(m.attributes) d
      JOIN pg_attribute a ON a.attrelid = m.relation AND a.attname = d.key AND a.attnum > 0
    WHERE d.value ->> 'column' <> d.key
      AND NOT EXISTS (SELECT FROM jsonb_each(m.attributes) o WHERE o.value ->> 'column' = a.attname)

  -- scopes and orders
  UNION ALL
  SELECT 'error', l.object, format('a load with its %s fails: %s', l.place, e.message), 'declare it again with replace => true'
    FROM loads l CROSS JOIN LATERAL (SELECT assoc.load_error(l.name, l.options)) e (message)
    WHERE e.message IS NOT NULL

  -- keys
  UNION ALL
  SELECT DISTINCT 'error', k.source || '.' || k.alias, format('its key column "%s" of %s does not exist', c.name, c.relid),
      'declare the association again'
    FROM assoc.registry_keys k
      CROSS JOIN LATERAL (SELECT k.referenced, unnest(k.referenced_key)
                          UNION ALL SELECT k.referencing, unnest(k.referencing_key)) c (relid, name)
      JOIN pg_class t ON t.oid = c.relid
    WHERE NOT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.relid AND a.attname = c.name AND a.attnum > 0)
  UNION ALL
  SELECT CASE WHEN EXISTS (
          SELECT FROM pg_amop o JOIN pg_am am ON am.oid = o.amopmethod
          WHERE am.amname = 'btree' AND o.amopstrategy = 3
            AND o.amoplefttype = p.referenced_base AND o.amoprighttype = p.referencing_base)
        THEN 'warning' ELSE 'error' END,
      p.source || '.' || p.alias,
      format('%s.%I is %s, but %s.%I, which it points at, is %s', p.referencing, p.referencing_column, p.referencing_type,
        p.referenced, p.referenced_column, p.referenced_type),
      format('ALTER TABLE %s ALTER COLUMN %I TYPE %s', p.referencing, p.referencing_column, p.referenced_type)
    FROM pairs p
    WHERE p.referenced_base <> p.referencing_base
      AND NOT (p.referenced_base IN ('text'::regtype, 'varchar'::regtype) AND p.referencing_base IN ('text'::regtype, 'varchar'::regtype))
  UNION ALL
  SELECT 'warning', m.relation::text, 'it has no primary key: no row of it can be found by key',
      CASE WHEN c.relkind IN ('r', 'p') THEN format('ALTER TABLE %s ADD PRIMARY KEY (...)', m.relation)
        ELSE format('SELECT assoc.adopt(%L, options => ''{"key": [...]}'', replace => true)', m.relation::text) END
    FROM assoc.models m JOIN pg_class c ON c.oid = m.relation
    WHERE m.options -> 'key' IS NULL
      AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = m.relation AND i.indisprimary)
      AND NOT EXISTS (SELECT FROM assoc.associations a WHERE a.through = m.relation)

  -- indexes
  UNION ALL
  SELECT DISTINCT 'warning', k.referencing::text,
      format('no index finds rows by (%s)', (SELECT string_agg(quote_ident(n), ', ' ORDER BY p) FROM unnest(k.referencing_key) WITH ORDINALITY u (n, p))),
      format('CREATE INDEX%s ON %s (%s)', CASE k.referencing_kind WHEN 'p' THEN '' ELSE ' CONCURRENTLY' END, k.referencing,
        (SELECT string_agg(quote_ident(n), ', ' ORDER BY p) FROM unnest(k.referencing_key) WITH ORDINALITY u (n, p)))
    FROM keys k
    WHERE k.kind <> 'belongs_to' AND k.referencing_kind IN ('r', 'p', 'm') AND k.referencing_numbers IS NOT NULL
      AND NOT EXISTS (
        SELECT FROM indexes i
        WHERE i.indrelid = k.referencing
          AND ARRAY(SELECT n FROM unnest(i.numbers[1:cardinality(k.referencing_numbers)]) n ORDER BY n) = k.referencing_numbers)
  UNION ALL
  SELECT DISTINCT 'error', k.referencing::text, format('nothing keeps a pair (%s) from being linked twice', pair.columns),
      format('CREATE UNIQUE INDEX%s ON %s (%s)', CASE k.referencing_kind WHEN 'p' THEN '' ELSE ' CONCURRENTLY' END, k.referencing, pair.columns)
    FROM keys k JOIN keys o ON o.source = k.source AND o.alias = k.alias AND o.referencing_key <> k.referencing_key
      CROSS JOIN LATERAL (
        SELECT string_agg(quote_ident(c.attname), ', ' ORDER BY c.attnum) AS columns FROM pg_attribute c
        WHERE c.attrelid = k.referencing AND c.attnum = ANY (k.referencing_numbers || o.referencing_numbers)) pair
    WHERE k.kind = 'belongs_to_many' AND k.referencing_kind IN ('r', 'p')
      AND k.options #> '{through,unique}' IS DISTINCT FROM 'false'::jsonb
      AND k.referencing_numbers IS NOT NULL AND o.referencing_numbers IS NOT NULL
      AND NOT EXISTS (
        SELECT FROM indexes i
        WHERE i.indrelid = k.referencing AND i.is_unique AND i.numbers <@ (k.referencing_numbers || o.referencing_numbers))
  UNION ALL
  SELECT 'warning', i.indrelid::regclass::text, format('index %s is not valid', i.indexrelid::regclass),
      format('REINDEX INDEX CONCURRENTLY %s', i.indexrelid::regclass)
    FROM pg_index i JOIN assoc.models m ON m.relation = i.indrelid
    WHERE NOT i.indisvalid

  -- triggers
  UNION ALL
  SELECT 'error', t.tgrelid::regclass::text, format('trigger %I does not always fire: sessions will miss changes, or rows go unchecked', t.tgname),
      format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', t.tgrelid::regclass, t.tgname)
    FROM pg_trigger t
    WHERE t.tgrelid IN ('assoc.models'::regclass, 'assoc.associations'::regclass) AND NOT t.tgisinternal AND t.tgenabled <> 'A'
  UNION ALL
  SELECT 'error', e.evtname::text, 'the event trigger does not always fire: the registry will not follow DDL',
      format('ALTER EVENT TRIGGER %I ENABLE ALWAYS', e.evtname)
    FROM pg_event_trigger e
    WHERE e.evtname IN ('assoc_registry_follow_drop', 'assoc_registry_follow_rename') AND e.evtenabled <> 'A'
  UNION ALL
  SELECT 'warning', t.tgrelid::regclass::text, format('trigger %I is disabled', t.tgname),
      format('ALTER TABLE %s ENABLE TRIGGER %I', t.tgrelid::regclass, t.tgname)
    FROM pg_trigger t
      JOIN assoc.models m ON m.relation = t.tgrelid
      JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgenabled = 'D' AND p.pronamespace = 'assoc'::regnamespace)
SELECT f.severity, f.object, f.problem, f.fix FROM findings f ORDER BY f.severity, f.object, f.problem
$$;
COMMENT ON FUNCTION assoc.check() IS
'Finds what is wrong with the declarations, or slow: (severity, object, problem, fix). Loads with the scopes and orders that are stored are compiled, not run.';

CREATE FUNCTION assoc.declarations(schema name DEFAULT current_schema()) RETURNS SETOF text
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
WITH
named AS (
  SELECT m.relation, m.attributes, m.options, n.nspname, assoc.call_name(n.nspname, m.name) AS name, m.name AS bare_name
    FROM assoc.models m JOIN pg_class c ON c.oid = m.relation JOIN pg_namespace n ON n.oid = c.relnamespace),
-- what was declared of attributes and adopt cannot see in the table
attributes AS (
  SELECT m.relation,
      jsonb_object_agg(d.key, jsonb_strip_nulls(jsonb_build_object(
        'type', format_type(a.atttypid, a.atttypmod),
        'field', CASE WHEN a.attname <> d.key THEN a.attname END,
        'hidden', d.value -> 'hidden', 'json', d.value -> 'json'))) AS document
    FROM named m CROSS JOIN LATERAL jsonb_each(m.attributes) d
      JOIN pg_attribute a ON a.attrelid = m.relation AND a.attname = d.value ->> 'column' AND a.attnum > 0
    WHERE a.attname::text NOT IN (SELECT o.value #>> '{}' FROM jsonb_each(m.options) o
                                  WHERE o.key IN ('createdAt', 'updatedAt', 'deletedAt'))
    GROUP BY m.relation, m.options
    HAVING m.options ? 'defined'
      OR bool_or(d.value ?| '{hidden,json}' OR (a.attname <> d.key AND NOT m.options ? 'underscored'))),
-- of two directions that name each other, one is written and brings the other
sides AS (
  SELECT a.*, row(a.kind = 'belongs_to', a.source::text, a.alias) AS rank,
      CASE WHEN a.kind = 'belongs_to' THEN a.target_key ELSE a.source_key END AS own_key
    FROM assoc.associations a),
written AS (
  SELECT a.*, i.options AS inverse_options, i.singular AS inverse_singular
    FROM sides a LEFT JOIN sides i ON i.source = a.target AND i.alias = a.inverse AND i.target = a.source AND i.inverse = a.alias
    WHERE i.source IS NULL OR a.rank <= i.rank),
calls (step, name, call) AS (
  SELECT 1, m.bare_name,
      format('SELECT assoc.adopt(%L, %L, %L);', m.relation::text, m.name,
        m.options - 'defined' || CASE WHEN m.options ? 'deletedAt' THEN '{"paranoid": true}' ELSE '{}' END::jsonb)
    FROM named m WHERE m.nspname = declarations.schema
  UNION ALL
  SELECT 2, m.bare_name, format('SELECT assoc.define(%L, %L);', m.name, a.document)
    FROM named m JOIN attributes a ON a.relation = m.relation
    WHERE m.nspname = declarations.schema
  UNION ALL
  SELECT 3, s.bare_name || '.' || w.alias,
      format('SELECT assoc.%I(%L, %L%s, foreign_key => %L%s, %s => %L, alias => %L%s, options => %L);',
        w.kind, s.name, t.name,
        CASE WHEN w.kind = 'belongs_to_many' THEN format(', through => %L', j.name) ELSE '' END,
        array_to_string(w.foreign_key, ','),
        CASE WHEN w.kind = 'belongs_to_many'
          THEN format(', other_key => %L, target_key => %L', array_to_string(w.other_key, ','), array_to_string(w.target_key, ','))
          ELSE '' END,
        CASE WHEN w.kind = 'belongs_to' THEN 'target_key' ELSE 'source_key' END, array_to_string(w.own_key, ','),
        w.alias,
        CASE WHEN w.inverse_singular IS NOT NULL THEN format(', inverse => %L', w.inverse) ELSE '' END,
        w.options || jsonb_build_object('singular', w.singular)
          || CASE WHEN w.inverse_singular IS NOT NULL
               THEN jsonb_build_object('inverse', w.inverse_options || jsonb_build_object('singular', w.inverse_singular))
               ELSE '{}' END)
    FROM written w
      JOIN named s ON s.relation = w.source
      JOIN named t ON t.relation = w.target
      LEFT JOIN named j ON j.relation = w.through
    WHERE s.nspname = declarations.schema)
SELECT c.call FROM calls c ORDER BY c.step, c.name
$$;
COMMENT ON FUNCTION assoc.declarations(name) IS
'Prints the calls that rebuild the registry over the tables of a schema. Tables that declarations made are adopted by them.';
-- The models of a schema as a picture, in the languages of two programs that draw.

CREATE FUNCTION assoc.diagram(format text DEFAULT 'mermaid', schema name DEFAULT current_schema()) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  dot boolean := diagram.format = 'dot';
  result text;
BEGIN
  IF diagram.format NOT IN ('mermaid', 'dot') THEN
    RAISE invalid_parameter_value USING
      MESSAGE = pg_catalog.format('unknown format "%s"', diagram.format),
      HINT = 'The formats are: mermaid, dot.';
  END IF;
  WITH
  -- one line for each key, whatever number of associations goes along it; a join table has two
  ways AS (
    SELECT CASE kind WHEN 'belongs_to' THEN target ELSE source END AS parent,
        CASE kind WHEN 'belongs_to_many' THEN through WHEN 'belongs_to' THEN source ELSE target END AS child,
        foreign_key AS key, kind = 'has_one' AS one, alias
      FROM assoc.associations
    UNION ALL
    SELECT target, through, other_key, false, NULL FROM assoc.associations WHERE kind = 'belongs_to_many'),
  edges AS (
    SELECT w.parent, w.child, w.key,
        coalesce(string_agg(DISTINCT w.alias, ', ' ORDER BY w.alias), array_to_string(w.key, ', ')) AS label,
        bool_or(w.one) OR EXISTS (
          SELECT FROM pg_index i
            WHERE i.indrelid = w.child AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
              AND ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = w.child AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])
                        ORDER BY a.attname)
                = ARRAY(SELECT u FROM unnest(w.key) u ORDER BY u)) AS one,
        EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = w.child AND a.attname = ANY (w.key) AND NOT a.attnotnull) AS optional
      FROM ways w GROUP BY w.parent, w.child, w.key),
  inside AS (
    SELECT m.relation FROM assoc.models m JOIN pg_class c ON c.oid = m.relation JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = diagram.schema OR diagram.schema IS NULL),
  drawn AS (
    SELECT e.* FROM edges e WHERE e.parent IN (SELECT relation FROM inside) OR e.child IN (SELECT relation FROM inside)),
  -- what a schema's models point at is shown too
  shown AS (
    SELECT m.relation, m.attributes, m.options,
        translate(CASE WHEN n.nspname = diagram.schema THEN m.name ELSE n.nspname || '.' || m.name END, E'"%\\\n\r', '''____') AS name
      FROM assoc.models m JOIN pg_class c ON c.oid = m.relation JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE m.relation IN (SELECT relation FROM inside UNION SELECT parent FROM drawn UNION SELECT child FROM drawn)),
  columns AS (
    SELECT s.relation, a.attnum, format_type(a.atttypid, NULL) AS type, coalesce(d.key, a.attname) AS name,
        EXISTS (SELECT FROM pg_index i WHERE i.indrelid = s.relation AND i.indisprimary AND a.attnum = ANY (i.indkey))
          OR coalesce(s.options -> 'key' ? a.attname, false) AS pk,
        EXISTS (SELECT FROM edges e WHERE e.child = s.relation AND a.attname = ANY (e.key)) AS fk
      FROM shown s JOIN pg_attribute a ON a.attrelid = s.relation AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN LATERAL jsonb_each(s.attributes) d ON d.value ->> 'column' = a.attname),
  lines (part, rank, line) AS (
    SELECT 1, s.name, CASE WHEN dot
        THEN pg_catalog.format(E'  "%s" [label="{%s|%s}"];', s.name, regexp_replace(s.name, '([]{}|<>\\[])', '\\\1', 'g'),
          string_agg(regexp_replace(c.name || ': ' || c.type, '(["{}|<>\\])', '\\\1', 'g') || '\l', '' ORDER BY c.attnum))
        ELSE pg_catalog.format(E'    "%s" {\n%s\n    }', s.name, string_agg(
          pg_catalog.format('        %s %s%s%s', regexp_replace(c.type, '[^][A-Za-z0-9_]+', '_', 'g'), plain.name,
            CASE WHEN c.pk AND c.fk THEN ' PK, FK' WHEN c.pk THEN ' PK' WHEN c.fk THEN ' FK' ELSE '' END,
            CASE WHEN plain.name <> c.name THEN ' "' || translate(c.name, '"', '''') || '"' ELSE '' END),
          E'\n' ORDER BY c.attnum)) END
      FROM shown s JOIN columns c ON c.relation = s.relation
        CROSS JOIN LATERAL (SELECT regexp_replace(regexp_replace(c.name, '[^A-Za-z0-9_]', '_', 'g'), '^(?=[0-9])', '_')) AS plain (name)
      GROUP BY s.name
    UNION ALL
    SELECT 2, p.name || ' ' || c.name || ' ' || e.label, pg_catalog.format(
        CASE WHEN dot THEN '  "%1$s" -> "%4$s" [label="%5$s", dir=both, arrowtail=%2$s, arrowhead=%3$s];'
          ELSE '    "%1$s" %2$s--%3$s "%4$s" : "%5$s"' END,
        p.name,
        CASE WHEN dot THEN CASE WHEN e.optional THEN 'teeodot' ELSE 'teetee' END ELSE CASE WHEN e.optional THEN '|o' ELSE '||' END END,
        CASE WHEN dot THEN CASE WHEN e.one THEN 'teeodot' ELSE 'crowodot' END ELSE CASE WHEN e.one THEN 'o|' ELSE 'o{' END END,
        c.name, translate(e.label, E'"\\', '''_'))
      FROM drawn e JOIN shown p ON p.relation = e.parent JOIN shown c ON c.relation = e.child)
  SELECT string_agg(line, E'\n' ORDER BY part, rank COLLATE "C", line COLLATE "C") INTO result FROM lines;
  RETURN CASE WHEN dot THEN concat_ws(E'\n', 'digraph models {', '  node [shape=record];', result, '}')
    ELSE concat_ws(E'\n', 'erDiagram', result) END;
END
$$;
COMMENT ON FUNCTION assoc.diagram(text, name) IS
'The models of a schema and how they are associated, as an entity-relationship diagram: for Mermaid, or with format => ''dot'' for Graphviz. A NULL schema means all.';
-- What the foreign keys of a schema say of models and associations.
--
-- An association is reported with its source: discover('a') finds the has_many
-- from a table of schema a to one of schema b, discover('b') the way back.
--
-- Names.  belongs_to: the column without _id (manager_id: manager).  has_many and
-- has_one: the pointing table (posts), where several keys point to one table with
-- the column in front (author_posts); in one table children for parent,
-- manager_of for manager.  belongs_to_many: the plural of the other key's column (projects).

CREATE FUNCTION assoc.discover_plan(schema name,
  OUT status text, OUT statement text, OUT note text) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
WITH
-- people's tables: not those of extensions, of the system, of one session; no partitions
tables AS (
  SELECT c.oid AS relid, n.nspname, c.relname, pg_has_role(c.relowner, 'USAGE') AS owned,
      m.name AS model, coalesce(m.name, c.relname) AS name, assoc.call_name(n.nspname, coalesce(m.name, c.relname)) AS call_name,
      assoc.snake_case(assoc.singularize(coalesce(m.name, c.relname))) AS one,
      assoc.snake_case(assoc.pluralize(coalesce(m.name, c.relname))) AS many,
      CASE WHEN m.name IS NULL THEN (
        SELECT other.relation FROM assoc.models other JOIN pg_class o ON o.oid = other.relation
        WHERE other.name = c.relname AND o.relnamespace = c.relnamespace) END AS namesake
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN assoc.models m ON m.relation = c.oid
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't' AND c.oid >= 16384
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')),
attributes (relid, name, column_name, number) AS (
  SELECT a.attrelid, coalesce(d.name, a.attname), a.attname, a.attnum
    FROM tables t JOIN pg_attribute a ON a.attrelid = t.relid AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN LATERAL (
        SELECT e.key AS name FROM assoc.models m CROSS JOIN LATERAL jsonb_each(m.attributes) e
        WHERE m.relation = t.relid AND e.value ->> 'column' = a.attname) d ON true),
unique_keys AS (
  SELECT i.indrelid, i.indisprimary, keys.numbers,
      ARRAY(SELECT a.attname FROM unnest(keys.numbers) WITH ORDINALITY k (number, place)
              JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number ORDER BY k.place) AS columns
    FROM pg_index i CROSS JOIN LATERAL (
      SELECT array_agg(k.number ORDER BY k.place) AS numbers
      FROM unnest(i.indkey::smallint[]) WITH ORDINALITY k (number, place) WHERE k.place <= i.indnkeyatts) keys
    WHERE i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL),

-- foreign keys, their columns in the order of the primary key that they point at;
-- pointers to a period (PostgreSQL 18) are no equality
constraints AS (
  SELECT con.conrelid AS child, con.confrelid AS parent, min(con.conname) AS constraint_name,
      array_agg(a.attname ORDER BY array_position(p.numbers, k.pointed), k.place) AS columns,
      array_agg(r.attname ORDER BY array_position(p.numbers, k.pointed), k.place) AS referenced,
      array_agg(a.attnum ORDER BY a.attnum) AS numbers, p.columns AS primary_key
    FROM pg_constraint con
      CROSS JOIN LATERAL unnest(con.conkey, con.confkey) WITH ORDINALITY k (number, pointed, place)
      JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.number
      JOIN pg_attribute r ON r.attrelid = con.confrelid AND r.attnum = k.pointed
      LEFT JOIN unique_keys p ON p.indrelid = con.confrelid AND p.indisprimary
    WHERE con.contype = 'f' AND con.conparentid = 0 AND to_jsonb(con) ->> 'conperiod' IS DISTINCT FROM 'true'
      AND con.conrelid IN (SELECT relid FROM tables) AND con.confrelid IN (SELECT relid FROM tables)
    GROUP BY con.oid, con.conrelid, con.confrelid, p.columns),
pointers AS (
  SELECT c.child, c.parent, c.columns, c.referenced, c.numbers, c.primary_key, min(c.constraint_name) AS constraint_name
    FROM constraints c
    GROUP BY c.child, c.parent, c.columns, c.referenced, c.numbers, c.primary_key),
-- the role that the columns give what they point at: manager_id is a manager;
-- NULL where all are called as what they point at
foreign_keys AS (
  SELECT p.*, row_number() OVER (ORDER BY p.child, p.numbers, p.columns, p.parent, p.referenced) AS id,
      (SELECT CASE WHEN count(DISTINCT r.role) = 1 THEN min(r.role) END
         FROM unnest(p.columns::text[], p.referenced::text[]) c (own, pointed)
           CROSS JOIN LATERAL (SELECT CASE
               WHEN right(c.own, length(c.pointed) + 1) = '_' || c.pointed THEN left(c.own, -length(c.pointed) - 1)
               WHEN right(c.own, length(c.pointed)) = upper(left(c.pointed, 1)) || substr(c.pointed, 2) THEN left(c.own, -length(c.pointed))
               WHEN c.own ~ '.(_id|_ID)$' THEN left(c.own, -3)
               WHEN c.own ~ '[[:lower:][:digit:]](Id|ID)$' THEN left(c.own, -2)
               WHEN c.own ~ '^id_.' THEN substr(c.own, 4)
               WHEN c.own <> c.pointed THEN c.own
             END COLLATE "C") r (role)
         WHERE r.role <> '' AND (c.own <> c.pointed OR cardinality(p.columns) = 1)) AS role,
      count(*) OVER (PARTITION BY p.child, p.parent) > 1 AS several,
      EXISTS (SELECT FROM unique_keys u WHERE u.indrelid = p.child AND u.numbers <@ p.numbers) AS is_unique
    FROM pointers p),

-- tables of two foreign keys that are unique together
pairs AS (
  SELECT a.child AS through, a.id AS first, b.id AS second, count(*) OVER (PARTITION BY a.child) AS ways
    FROM foreign_keys a JOIN foreign_keys b ON b.child = a.child AND a.numbers < b.numbers
      AND NOT a.numbers <@ b.numbers AND NOT b.numbers <@ a.numbers
    WHERE EXISTS (
      SELECT FROM unique_keys u
      WHERE u.indrelid = a.child AND u.numbers <@ (a.numbers || b.numbers) AND u.numbers @> (a.numbers || b.numbers))),

-- every way from one table of the schema to another; a unit has two
links AS (
  SELECT 2 AS step, p.through AS place, (p.first << 20) + p.second AS unit, p.ways, d.direction, 'belongs_to_many' AS kind,
      s.parent AS source, t.parent AS target, p.through, s.referenced AS source_key, s.columns AS foreign_key,
      t.columns AS other_key, t.referenced AS target_key, s.primary_key IS DISTINCT FROM s.referenced AS say_source_key,
      t.primary_key IS DISTINCT FROM t.referenced AS say_target_key,
      CASE WHEN s.parent = t.parent AND coalesce(assoc.snake_case(t.role), tt.one) = tt.one AND s.role IS NOT NULL
          THEN assoc.snake_case(s.role) || '_of'
        ELSE assoc.pluralize(coalesce(t.role, tt.many)) END AS alias,
      NULL AS role, false AS several, NULL AS constraint_name
    FROM pairs p
      CROSS JOIN LATERAL (VALUES (1, p.first, p.second), (2, p.second, p.first)) d (direction, source_id, target_id)
      JOIN foreign_keys s ON s.id = d.source_id
      JOIN foreign_keys t ON t.id = d.target_id
      JOIN tables tt ON tt.relid = t.parent),
has AS (
  SELECT 3 AS step, f.child AS place, f.id AS unit, 1 AS ways, 1 AS direction, CASE WHEN f.is_unique THEN 'has_one' ELSE 'has_many' END AS kind,
      f.parent AS source, f.child AS target, NULL::oid AS through, f.referenced AS source_key, f.columns AS foreign_key,
      NULL::name[] AS other_key, NULL::name[] AS target_key, f.primary_key IS DISTINCT FROM f.referenced AS say_source_key, false AS say_target_key,
      CASE
        WHEN f.child = f.parent AND r.role ~ '^parent(_|$)' THEN
          CASE WHEN f.is_unique THEN 'child' || substr(r.role, 7) ELSE assoc.pluralize('child' || substr(r.role, 7)) END
        WHEN f.child = f.parent THEN r.role || '_of'
        WHEN f.several THEN r.role || '_' || r.rows
        ELSE r.rows END AS alias,
      r.role, f.several, f.constraint_name
    FROM foreign_keys f JOIN tables c ON c.relid = f.child JOIN tables p ON p.relid = f.parent
      CROSS JOIN LATERAL (SELECT coalesce(assoc.snake_case(f.role), p.one), CASE WHEN f.is_unique THEN c.one ELSE c.many END) r (role, rows)
    WHERE NOT EXISTS (SELECT FROM pairs j WHERE j.ways = 1 AND f.id IN (j.first, j.second))),
belongs AS (
  SELECT 3 AS step, f.child AS place, f.id AS unit, 1 AS ways, 2 AS direction, 'belongs_to' AS kind,
      f.child AS source, f.parent AS target, NULL::oid AS through, NULL::name[] AS source_key, f.columns AS foreign_key,
      NULL::name[] AS other_key, f.referenced AS target_key, false AS say_source_key, f.primary_key IS DISTINCT FROM f.referenced AS say_target_key,
      coalesce(f.role, p.one) AS alias,
      coalesce(assoc.snake_case(f.role), p.one) AS role, f.several, f.constraint_name
    FROM foreign_keys f JOIN tables p ON p.relid = f.parent
    WHERE NOT EXISTS (SELECT FROM pairs j WHERE j.ways = 1 AND f.id IN (j.first, j.second))),
ways AS (
  SELECT w.*, s.call_name AS source_call, t.call_name AS target_call, j.call_name AS through_call, j.name AS through_name, j.one AS through_one,
      s.one AS source_one, CASE WHEN s.one = s.many THEN 'all_' || s.many ELSE s.many END AS source_many, s.nspname,
      t.one AS target_one, t.many AS target_many,
      CASE
        WHEN NOT s.owned THEN 'must be owner of ' || w.source::regclass
        WHEN NOT j.owned THEN 'must be owner of ' || w.through::regclass
        WHEN t.model IS NULL AND NOT t.owned THEN 'must be owner of ' || w.target::regclass
      END AS forbidden,
      CASE
        WHEN s.namesake IS NOT NULL OR t.namesake IS NOT NULL OR j.namesake IS NOT NULL THEN 'one of its tables has the name of another model'
        WHEN octet_length(w.alias) > 63 THEN format('alias "%s" is too long', w.alias)
        WHEN EXISTS (SELECT FROM unnest(w.source_key || w.foreign_key || w.other_key || w.target_key) c (name) WHERE c.name ~ ',|^ | $')
          THEN 'a key column has a comma or blanks in its name'
      END AS unsayable
    FROM (TABLE links UNION ALL TABLE has UNION ALL TABLE belongs) w
      JOIN tables s ON s.relid = w.source
      JOIN tables t ON t.relid = w.target
      LEFT JOIN tables j ON j.relid = w.through
    WHERE s.nspname = discover_plan.schema),

-- what stands already, whatever it is called and in whatever order its columns were named
standing AS (
  SELECT w.step, w.unit, w.direction, min(a.alias) AS standing_alias, min(a.kind) AS standing_kind
    FROM ways w JOIN assoc.associations a ON a.source = w.source AND a.target = w.target AND a.through IS NOT DISTINCT FROM w.through
      AND (a.kind = w.kind OR (a.kind IN ('has_one', 'has_many') AND w.kind IN ('has_one', 'has_many')))
      CROSS JOIN LATERAL (SELECT
          ARRAY(SELECT u::text FROM unnest(a.foreign_key, CASE a.kind WHEN 'belongs_to' THEN a.target_key ELSE a.source_key END) u ORDER BY 1),
          ARRAY(SELECT u::text FROM unnest(w.foreign_key, CASE w.kind WHEN 'belongs_to' THEN w.target_key ELSE w.source_key END) u ORDER BY 1),
          ARRAY(SELECT u::text FROM unnest(a.other_key, CASE a.kind WHEN 'belongs_to_many' THEN a.target_key END) u ORDER BY 1),
          ARRAY(SELECT u::text FROM unnest(w.other_key, CASE w.kind WHEN 'belongs_to_many' THEN w.target_key END) u ORDER BY 1)
        ) keys (a_source, w_source, a_target, w_target)
    WHERE keys.a_source = keys.w_source AND keys.a_target = keys.w_target
    GROUP BY w.step, w.unit, w.direction),
missing AS (
  SELECT w.*, count(*) OVER (PARTITION BY w.source, w.alias) > 1 AS shared,
      EXISTS (SELECT FROM attributes a WHERE a.relid = w.source AND a.name = w.alias) AS is_attribute,
      EXISTS (SELECT FROM assoc.associations a WHERE a.source = w.source AND a.alias = w.alias) AS taken,
      EXISTS (SELECT FROM attributes a WHERE a.relid = w.target AND a.name = w.through_name) AS link_hidden,
      n.prefix, octet_length(n.prefix || n.alias) > 63 AS too_long, functions.clash,
      CASE w.kind
        WHEN 'belongs_to' THEN ARRAY[w.role || '_' || w.target_one, CASE WHEN NOT w.several THEN w.target_one END]
        WHEN 'belongs_to_many' THEN ARRAY[w.through_one || '_' || w.alias]
        WHEN 'has_one' THEN ARRAY[w.role || '_' || w.target_one, w.target_one || '_by_' || w.role]
        ELSE ARRAY[w.role || '_' || w.target_many, w.target_many || '_by_' || w.role]
      END AS alternatives
    FROM ways w
      -- the longest of the accessors' names is users_with_... or user_remove_...
      CROSS JOIN LATERAL (SELECT assoc.snake_case(w.alias) AS alias, assoc.snake_case(assoc.singularize(w.alias)) AS singular,
          CASE WHEN octet_length(w.source_many) > octet_length(w.source_one || 're')
            THEN w.source_many || '_with_' ELSE w.source_one || '_remove_' END AS prefix) n
      -- one of that name may have other arguments and be in nobody's way: a person knows
      CROSS JOIN LATERAL (
        SELECT min(p.oid::regprocedure::text) AS clash FROM pg_proc p JOIN pg_namespace s ON s.oid = p.pronamespace
        WHERE s.nspname = w.nspname AND p.proname IN (
          SELECT w.source_one || '_' || verb || '_' || word
          FROM unnest(ARRAY['with', 'get', 'count', 'has', 'add', 'set', 'remove', 'create']) verb, unnest(ARRAY[n.alias, n.singular]) word
          UNION ALL SELECT w.source_many || '_with_' || n.alias)) functions
    WHERE NOT EXISTS (SELECT FROM standing s WHERE s.step = w.step AND s.unit = w.unit AND s.direction = w.direction)),
judged AS (
  SELECT m.*,
      m.is_attribute OR m.taken OR m.shared AS renamed, m.unsayable IS NOT NULL OR m.forbidden IS NOT NULL AS hopeless,
      CASE
        WHEN m.unsayable IS NOT NULL THEN m.unsayable
        WHEN m.forbidden IS NOT NULL THEN m.forbidden
        WHEN m.ways > 1 THEN format('%s has %s pairs of foreign keys that are unique together', m.through::regclass, m.ways)
        WHEN m.is_attribute THEN format('alias "%s" is an attribute', m.alias)
        WHEN m.taken THEN format('alias "%s" is taken by another association', m.alias)
        WHEN m.shared THEN format('alias "%s" fits several associations', m.alias)
        WHEN m.too_long THEN 'names of its accessors are too long'
        WHEN m.clash IS NOT NULL THEN format('function %s has the name of an accessor', m.clash)
        WHEN m.link_hidden THEN format('the link row would be shown as "%s", which is an attribute', m.through_name)
      END AS problem
    FROM missing m),

-- a unit whose two ways are free is one call
paired AS (
  SELECT j.*, lead(j.alias) OVER unit AS inverse, count(*) OVER unit = 2 AS both_ways
    FROM judged j WHERE j.problem IS NULL WINDOW unit AS (PARTITION BY j.step, j.unit ORDER BY j.direction
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)),
calls AS (
  SELECT p.*, 'declare' AS status, 1 AS choice, p.alias AS said, '{}'::jsonb AS options
    FROM paired p WHERE p.direction = 1 OR NOT p.both_ways
  UNION ALL
  SELECT j.*, NULL, false, CASE WHEN j.hopeless OR (j.renamed AND o.free = 0) THEN 'skipped' ELSE 'ambiguous' END, o.choice::integer, o.alias,
      CASE WHEN octet_length(j.prefix || assoc.snake_case(o.alias)) > 63 OR (j.clash IS NOT NULL AND o.alias = j.alias)
          THEN '{"accessors": false}' ELSE '{}' END::jsonb
        || CASE WHEN j.link_hidden THEN jsonb_build_object('through', jsonb_build_object('as', j.through_name || '_link')) ELSE '{}' END
    FROM judged j CROSS JOIN LATERAL (
      SELECT c.alias, c.choice, count(*) FILTER (WHERE c.fits) OVER () AS free, c.fits
        FROM (SELECT n.alias, min(n.choice) AS choice,
                  NOT j.hopeless AND octet_length(n.alias) <= 63
                    AND (n.choice > 1 OR NOT (j.is_attribute OR j.taken)) AND (n.choice = 1 OR j.renamed)
                    AND NOT EXISTS (SELECT FROM attributes a WHERE a.relid = j.source AND a.name = n.alias)
                    AND NOT EXISTS (SELECT FROM assoc.associations a WHERE a.source = j.source AND a.alias = n.alias)
                    AND NOT EXISTS (SELECT FROM missing p WHERE p.source = j.source AND p.alias = n.alias AND p.alias <> j.alias) AS fits
                FROM unnest(j.alias || j.alternatives) WITH ORDINALITY n (alias, choice)
                WHERE n.alias IS NOT NULL
                GROUP BY n.alias, n.choice) c) o
    WHERE j.problem IS NOT NULL AND (o.fits OR (o.free = 0 AND o.choice = 1))),

report (step, place, unit, direction, choice, status, statement, note) AS (
  SELECT 1, t.relid, 0, 0, 0,
      CASE WHEN t.model IS NOT NULL THEN 'exists' WHEN t.owned AND t.namesake IS NULL THEN 'declare' ELSE 'skipped' END,
      CASE WHEN t.model IS NULL THEN format('SELECT assoc.adopt(%L);', format('%I.%I', t.nspname, t.relname)) END,
      CASE
        WHEN t.model IS NOT NULL THEN format('%s is model "%s"', t.relid::regclass, t.model)
        WHEN NOT t.owned THEN 'must be owner of ' || t.relid::regclass
        WHEN t.namesake IS NOT NULL THEN format('model "%s" is %s: give another name', t.relname, t.namesake)
        WHEN NOT EXISTS (SELECT FROM unique_keys u WHERE u.indrelid = t.relid AND u.indisprimary)
          THEN 'it has no primary key: no row of it can be found by key'
      END
    FROM tables t WHERE t.nspname = discover_plan.schema
  UNION ALL
  SELECT w.step, w.place, w.unit, w.direction, 0, 'exists', NULL,
      format('%s.%s is declared as %s', w.source::regclass, s.standing_alias, s.standing_kind)
    FROM ways w JOIN standing s ON s.step = w.step AND s.unit = w.unit AND s.direction = w.direction
  UNION ALL
  SELECT c.step, c.place, c.unit, c.direction, c.choice, c.status,
      CASE WHEN c.unsayable IS NULL THEN format('SELECT assoc.%I(%L, %L%s, foreign_key => %L%s%s%s, alias => %L%s%s);', c.kind, c.source_call, c.target_call,
        ', through => ' || quote_literal(c.through_call), array_to_string(c.foreign_key, ','),
        ', other_key => ' || quote_literal(array_to_string(c.other_key, ',')),
        CASE WHEN c.say_source_key THEN ', source_key => ' || quote_literal(array_to_string(c.source_key, ',')) END,
        CASE WHEN c.say_target_key THEN ', target_key => ' || quote_literal(array_to_string(c.target_key, ',')) END,
        c.said, ', inverse => ' || quote_literal(c.inverse),
        CASE WHEN c.options <> '{}' THEN ', options => ' || quote_literal(c.options) END) END,
      coalesce(c.problem, 'foreign key ' || c.constraint_name, 'join table ' || c.through::regclass || coalesce(' with '
        || (SELECT string_agg(quote_ident(a.name), ', ' ORDER BY a.number) FROM attributes a
              WHERE a.relid = c.through AND a.column_name <> ALL (c.foreign_key || c.other_key)), ''))
    FROM calls c)
SELECT r.status, r.statement, r.note
  FROM report r JOIN tables t ON t.relid = r.place
  ORDER BY r.step, t.nspname, t.relname, r.unit, r.direction, r.choice
$$;
COMMENT ON FUNCTION assoc.discover_plan(name) IS 'what assoc.discover reports when it declares nothing';

CREATE FUNCTION assoc.discover(schema name DEFAULT current_schema(), apply boolean DEFAULT false,
  OUT status text, OUT statement text, OUT note text) RETURNS SETOF record
LANGUAGE plpgsql AS $$
-- No SET search_path: what is declared runs as if the caller had pasted it.
DECLARE
  found_row record;
BEGIN
  IF discover.schema IS NULL THEN
    RAISE invalid_schema_name USING MESSAGE = 'no schema has been selected';
  ELSIF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) discover.schema) THEN
    RAISE invalid_schema_name USING MESSAGE = pg_catalog.format('schema "%s" does not exist', discover.schema);
  END IF;

  FOR found_row IN SELECT * FROM assoc.discover_plan(discover.schema) LOOP
    status := found_row.status;
    statement := found_row.statement;
    note := found_row.note;
    IF discover.apply AND status OPERATOR(pg_catalog.=) 'declare' THEN
      BEGIN
        EXECUTE statement;
        status := 'declared';
      EXCEPTION WHEN OTHERS THEN
        -- what lies in the declaration is reported; conflicts with others and a failing server are not
        IF pg_catalog.left(SQLSTATE, 2) OPERATOR(pg_catalog.=) ANY (ARRAY['25', '40', '53', '57', '58', 'XX']) THEN
          RAISE;
        END IF;
        status := 'skipped';
        note := SQLERRM;
      END;
    END IF;
    RETURN NEXT;
  END LOOP;
END
$$;
COMMENT ON FUNCTION assoc.discover(name, boolean) IS
'Finds models and associations in the tables and foreign keys of a schema: (status, statement, note). status: declare (what could be declared), exists, ambiguous (a statement for each choice), skipped (the note says why). apply => true runs what could be declared, as the caller, and reports it as declared; where hundreds of associations need more locks than one transaction has, psql''s \gexec runs the statements one by one.';
-- Tables of declarations, made whole or made empty.

CREATE FUNCTION assoc.sync_obstacles(schema name) RETURNS SETOF text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
WITH
made AS (
  SELECT m.relation FROM assoc.models m JOIN pg_class c ON c.oid = m.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE m.made AND n.nspname = sync_obstacles.schema),
dependents (relation, does, made) AS (
  SELECT con.conrelid, format('points at %s (foreign key %I)', con.confrelid::regclass, con.conname), con.confrelid
    FROM pg_constraint con WHERE con.contype = 'f' AND con.conparentid = 0
  UNION ALL
  SELECT i.inhrelid, format('inherits from %s', i.inhparent::regclass), i.inhparent
    FROM pg_inherits i)
SELECT format('%s, %s, %s', d.relation::regclass,
    CASE WHEN m.made THEN 'which a declaration made in another schema'
         WHEN m.relation IS NOT NULL THEN 'which was adopted'
         ELSE 'which is no model' END,
    d.does)
  FROM dependents d LEFT JOIN assoc.models m ON m.relation = d.relation
  WHERE d.made IN (SELECT relation FROM made) AND d.relation NOT IN (SELECT relation FROM made)
  ORDER BY 1
$$;
COMMENT ON FUNCTION assoc.sync_obstacles(name) IS 'who depends on rows that assoc.sync(force => true) would remove, without being removed by it';

CREATE FUNCTION assoc.sync(
  schema name DEFAULT current_schema(),
  force boolean DEFAULT false, alter boolean DEFAULT false,
  dry_run boolean DEFAULT false) RETURNS SETOF text
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'assoc_sync';
COMMENT ON FUNCTION assoc.sync(name, boolean, boolean, boolean) IS
'Makes what the declarations of a schema have lost: unique keys and indexes of join tables, indexes of foreign keys, updated_at triggers, accessors. alter => true also gives key columns the type of what they point at, and NOT NULL in join tables. force => true first empties all tables that declarations made in the schema and restarts their identities; it refuses where other tables depend on them. Adopted tables are never touched. Returns the statements run; with dry_run => true the same statements, and everything stays as it was.';
