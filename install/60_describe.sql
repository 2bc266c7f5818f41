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

CREATE VIEW assoc.registry_computed (relation, name, definition, function) AS
  SELECT m.relation, k.key, k.value, p.oid
    FROM assoc.models m
      JOIN pg_catalog.pg_class c ON c.oid = m.relation
      CROSS JOIN LATERAL jsonb_each(CASE jsonb_typeof(m.options -> 'computed') WHEN 'object' THEN m.options -> 'computed' ELSE '{}' END) k
      LEFT JOIN pg_catalog.pg_proc p ON p.pronamespace = c.relnamespace AND p.proowner = c.relowner
        AND p.proname = assoc.snake_case(k.key) AND p.proargtypes = c.reltype::text::oidvector;
COMMENT ON VIEW assoc.registry_computed IS 'computed attributes, with the functions behind them; NULL: it is lost';
GRANT SELECT ON assoc.registry_computed TO PUBLIC;

-- A name as calls write it: split at the first dot, so a part that has one is quoted.
CREATE FUNCTION assoc.call_name(schema name, object text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
SELECT CASE WHEN schema ~ '^"|[.]' THEN '"' || replace(schema, '"', '""') || '"' ELSE schema::text END
  || '.' || CASE WHEN object ~ '^"' THEN '"' || replace(object, '"', '""') || '"' ELSE object END
$$;
COMMENT ON FUNCTION assoc.call_name(name, text) IS 'a model''s name with its schema, as calls write it';

-- A load is compiled and not run.  Rights are not judged, a key that is gone (class PA) is a finding of its own, and
-- what has nothing to do with the declaration (a cancelled statement) goes on as it is.
CREATE FUNCTION assoc.load_error(model regclass, options jsonb) RETURNS text
LANGUAGE C STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'assoc_load_error';
COMMENT ON FUNCTION assoc.load_error(regclass, jsonb) IS
'The error that find_all with these options gives, without loading anything; NULL where there is none. Compiled as the owner of the table, in a security-restricted operation.';

-- Which association of this table is a function an accessor of?  It need not be declared any more.
CREATE FUNCTION assoc.accessor_alias(function oid, source oid) RETURNS text
LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'assoc_accessor_alias';
COMMENT ON FUNCTION assoc.accessor_alias(oid, oid) IS
'The alias of the association of this table that a function is an accessor of; NULL where it is none.';

-- It reads like one, and nobody can change it who is not trusted.
CREATE FUNCTION assoc.accessor_is_ours(function oid, source oid, alias text) RETURNS boolean
LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'assoc_accessor_is_ours';
COMMENT ON FUNCTION assoc.accessor_is_ours(oid, oid, text) IS
'Whether a function is an accessor of this association of this table, and of an owner who is trusted.';

-- An index of some rows serves where the others have no value in the columns that are looked for.
CREATE FUNCTION assoc.index_covers(index oid, columns smallint[]) RETURNS boolean
LANGUAGE C STABLE AS 'MODULE_PATHNAME', 'assoc_index_covers';
COMMENT ON FUNCTION assoc.index_covers(oid, smallint[]) IS
'Whether all rows that have values in these columns are in the index.';

-- The documents of declarations are kept, and compared with the table as when a declaration comes again.
CREATE FUNCTION assoc.declared_lost(relation regclass, OUT place text, OUT problem text, OUT fix text) RETURNS SETOF record
LANGUAGE C STABLE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'assoc_declared_lost';
COMMENT ON FUNCTION assoc.declared_lost(regclass) IS
'What declarations gave a table that they made, and the table has lost or has differently: NOT NULL, defaults, validators, types, unique and foreign keys. fix is NULL where assoc.sync(alter => true) mends it. Read with the rights of its owner.';

CREATE FUNCTION assoc.check(schema name DEFAULT NULL,
  OUT severity text, OUT object text, OUT problem text, OUT fix text) RETURNS SETOF record
LANGUAGE sql STABLE PARALLEL UNSAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
WITH
-- what is looked at; rows of tables that are gone are of no schema
models AS (
  SELECT m.*, c.relkind, c.relispartition, n.nspname
    FROM assoc.models m
      LEFT JOIN pg_class c ON c.oid = m.relation
      LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE "check".schema IS NULL OR n.nspname = "check".schema),
associations AS (
  SELECT a.*
    FROM assoc.associations a
      LEFT JOIN pg_class c ON c.oid = a.source
      LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE "check".schema IS NULL OR n.nspname = "check".schema),
registry_keys AS (
  SELECT k.* FROM assoc.registry_keys k JOIN associations a ON a.source = k.source AND a.alias = k.alias),
-- the attribute numbers of a key, as a sorted set; NULL when a column is missing
keys AS (
  SELECT k.*, c.relkind AS referencing_kind,
      CASE WHEN count(a.attnum) = cardinality(k.referencing_key)
        THEN array_agg(a.attnum ORDER BY a.attnum) END AS referencing_numbers,
      -- a scope's columns have one value in all rows of the association
      (SELECT array_agg(s.attnum)
         FROM jsonb_each(CASE WHEN jsonb_typeof(e.scope) = 'object' THEN e.scope ELSE '{}' END) x
           LEFT JOIN assoc.models m ON m.relation = k.referencing
           JOIN pg_attribute s ON s.attrelid = k.referencing AND s.attname = coalesce(m.attributes -> x.key ->> 'column', x.key) AND s.attnum > 0
         WHERE jsonb_typeof(x.value) NOT IN ('object', 'array', 'null')) AS scope_numbers
    FROM registry_keys k
      CROSS JOIN LATERAL (
        SELECT CASE k.kind WHEN 'belongs_to_many' THEN k.options #> '{through,scope}' WHEN 'belongs_to' THEN NULL
          ELSE k.options -> 'scope' END) e (scope)
      JOIN pg_class c ON c.oid = k.referencing
      LEFT JOIN pg_attribute a ON a.attrelid = k.referencing AND a.attname = ANY (k.referencing_key)
        AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY k.source, k.alias, k.kind, k.options, k.referenced, k.referenced_key, k.referencing, k.referencing_key, c.relkind, e.scope),
-- indexes that can find rows by their leading columns
indexes AS (
  SELECT i.indrelid, i.indexrelid, i.indisunique AND i.indimmediate AS is_unique, i.indpred IS NOT NULL AS is_partial,
      ARRAY(SELECT n FROM unnest(i.indkey::smallint[]) WITH ORDINALITY u (n, place)
            WHERE place <= i.indnkeyatts ORDER BY place) AS numbers
    FROM pg_index i
    WHERE i.indisvalid AND i.indisready),
-- unique for some rows only: a declaration has seen to it that all links are among them
partly_unique AS (
  SELECT i.indrelid, i.indkey::smallint[] AS numbers
    FROM pg_index i
    WHERE i.indisvalid AND i.indisready AND i.indisunique AND i.indimmediate AND i.indpred IS NOT NULL AND i.indnatts = i.indnkeyatts),
base_types (type, base) AS (
  SELECT t.oid, CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END FROM pg_type t),
pairs AS (
  SELECT k.source, k.alias, k.referenced, k.referencing, r.attname AS referenced_column, f.attname AS referencing_column,
      format_type(r.atttypid, r.atttypmod) AS referenced_type, format_type(f.atttypid, f.atttypmod) AS referencing_type,
      rb.base AS referenced_base, fb.base AS referencing_base
    FROM registry_keys k
      CROSS JOIN LATERAL unnest(k.referenced_key, k.referencing_key) c (referenced, referencing)
      JOIN pg_attribute r ON r.attrelid = k.referenced AND r.attname = c.referenced AND NOT r.attisdropped
      JOIN pg_attribute f ON f.attrelid = k.referencing AND f.attname = c.referencing AND NOT f.attisdropped
      JOIN base_types rb ON rb.type = r.atttypid
      JOIN base_types fb ON fb.type = f.atttypid),
-- Anybody can write a row with 300,000 attributes or scopes.  A table has no more than 1,600 columns: what is
-- beyond is not looked at, so that no row slows the others or fills the answer.
attributes AS MATERIALIZED (
  SELECT m.relation, e.key AS name, e.value ->> 'column' AS column_name
    FROM models m CROSS JOIN LATERAL (SELECT * FROM jsonb_each(m.attributes) LIMIT 2000) e
    WHERE m.relkind IS NOT NULL),
lost AS (
  SELECT d.relation, d.name, d.column_name, row_number() OVER (PARTITION BY d.relation ORDER BY d.name COLLATE "C") AS place,
      count(*) OVER (PARTITION BY d.relation) AS total
    FROM attributes d
    WHERE NOT EXISTS (
      SELECT FROM pg_attribute a WHERE a.attrelid = d.relation AND a.attname = d.column_name AND a.attnum > 0 AND NOT a.attisdropped)),
-- what is stored with a declaration and is read at a load only: each alone
loads (object, place, relation, options) AS (
  SELECT m.relation::text, 'default scope', m.relation, '{}'::jsonb
    FROM models m WHERE m.relkind IS NOT NULL AND m.options ? 'defaultScope'
  UNION ALL
  SELECT m.relation::text, format('scope "%s"', s.key), m.relation, jsonb_build_object('scope', s.key)
    FROM models m
      CROSS JOIN LATERAL (
        SELECT e.key FROM jsonb_each(CASE jsonb_typeof(m.options -> 'scopes') WHEN 'object' THEN m.options -> 'scopes' ELSE '{}' END) e
        LIMIT 1000) s
    WHERE m.relkind IS NOT NULL
  UNION ALL
  SELECT a.source || '.' || a.alias, 'scope or order', m.relation,
      jsonb_build_object('scope', false, 'include', jsonb_build_array(jsonb_build_object('association', a.alias, 'scope', false)))
    FROM associations a JOIN assoc.models m ON m.relation = a.source
    WHERE a.options ?| '{scope,order,through}'),
failing AS (
  SELECT l.object, l.place, l.relation, e.message, row_number() OVER (PARTITION BY l.object ORDER BY l.place COLLATE "C") AS number,
      count(*) OVER (PARTITION BY l.object) AS total
    FROM loads l CROSS JOIN LATERAL (SELECT assoc.load_error(l.relation, l.options)) e (message)
    WHERE e.message IS NOT NULL),
-- fix is for the owner of the relation; where a person has to decide, it is a comment
findings (severity, object, problem, fix, relation) AS (
  SELECT 'warning', 'pg_associations',
      format('the library is version %s, the catalog of this database is version %s', v.library, v.catalog),
      CASE WHEN string_to_array(v.library, '.')::int[] > string_to_array(v.catalog, '.')::int[] THEN 'ALTER EXTENSION pg_associations UPDATE'
        ELSE format('-- install version %s of the library, and open the session again', v.catalog) END, NULL::oid
    FROM (SELECT assoc.version(), e.extversion FROM pg_extension e WHERE e.extname = 'pg_associations') v (library, catalog)
    WHERE v.library <> v.catalog
  -- rows of what is no more
  UNION ALL
  SELECT 'error', m.name, 'its table is gone',
      'SELECT assoc.sync(''assoc'')', NULL
    FROM models m
    WHERE m.relkind IS NULL
  UNION ALL
  SELECT 'error', a.source || '.' || a.alias, 'one of its tables is gone',
      coalesce((SELECT format('SELECT assoc.drop_association(%L, %L)', assoc.call_name(m.nspname, m.name), a.alias)
                  FROM models m WHERE m.relation = a.source AND m.relkind IS NOT NULL),
        'SELECT assoc.sync(''assoc'')'), a.source
    FROM associations a
    WHERE (SELECT count(*) FROM pg_class c WHERE c.oid IN (a.source, a.target, a.through))
      < (SELECT count(DISTINCT r) FROM unnest(ARRAY[a.source, a.target, a.through]::oid[]) r)
  UNION ALL
  SELECT 'error', l.relation::text, 'its declaration is in a comment, and not in the registry',
      format('SELECT assoc.sync(%L)', n.nspname), l.relation
    FROM assoc.registry_lost l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE "check".schema IS NULL OR n.nspname = "check".schema
  UNION ALL
  SELECT DISTINCT 'error', a.source || '.' || a.alias, format('%s is not a model', r.relid),
      format('SELECT assoc.adopt(%L)', r.relid::text), r.relid
    FROM associations a
      CROSS JOIN LATERAL unnest(ARRAY[a.source, a.target, a.through]) r (relid)
      JOIN pg_class c ON c.oid = r.relid
    WHERE NOT EXISTS (SELECT FROM assoc.models m WHERE m.relation = r.relid)
  UNION ALL
  SELECT 'error', a.source || '.' || a.alias, format('its inverse %s.%s is not declared', a.target, a.inverse),
      format('SELECT assoc.%s(%L, %L, %sforeign_key => %L, %s, alias => %L, inverse => %L)',
        CASE a.kind WHEN 'belongs_to_many' THEN a.kind WHEN 'belongs_to' THEN 'has_many' ELSE 'belongs_to' END,
        a.target, a.source,
        CASE a.kind WHEN 'belongs_to_many' THEN format('through => %L, other_key => %L, ', a.through, array_to_string(a.foreign_key, ',')) END,
        array_to_string(CASE a.kind WHEN 'belongs_to_many' THEN a.other_key ELSE a.foreign_key END, ','),
        CASE a.kind
          WHEN 'belongs_to_many' THEN format('source_key => %L, target_key => %L', array_to_string(a.target_key, ','), array_to_string(a.source_key, ','))
          WHEN 'belongs_to' THEN format('source_key => %L', array_to_string(a.target_key, ','))
          ELSE format('target_key => %L', array_to_string(a.source_key, ',')) END,
        a.inverse, a.alias), a.target
    FROM associations a
    WHERE a.inverse IS NOT NULL
      AND NOT EXISTS (SELECT FROM assoc.associations i WHERE i.source = a.target AND i.alias = a.inverse)
  UNION ALL
  SELECT 'error', a.source || '.' || a.alias,
      format('nothing keeps its %s: %s has lost a trigger', (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(a.options) k WHERE k IN ('counter', 'touch', 'max', 'limits', 'acyclic', 'onDestroy')), h.relation),
      CASE WHEN h.made THEN format('SELECT assoc.sync(%L)', h.nspname) ELSE '-- declare it again: the error has the statements' END, h.relation
    FROM associations a
      CROSS JOIN LATERAL (
        SELECT coalesce(a.through, a.target), ARRAY['keep_links_insert', 'keep_links_update', 'keep_links_delete', 'keep_links_truncate']
          WHERE a.options @? '$ ? (exists (@.counter) || exists (@.max) || exists (@.limits) || @.touch == true || @.acyclic == true)'
        UNION
        SELECT a.source, ARRAY['keep_links_insert', 'keep_links_update', 'keep_links_delete', 'keep_links_truncate'] WHERE a.options ? 'onDestroy'
        UNION
        SELECT coalesce(a.through, a.target), ARRAY['keep_links_least'] WHERE a.options @? '$.limits[*].min'
        UNION
        SELECT a.source, ARRAY['keep_links_begun'] WHERE a.options @? '$.limits[*].min') needed (relation, triggers)
      JOIN models h ON h.relation = needed.relation
    WHERE h.relkind IS NOT NULL
      AND (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = h.relation AND t.tgname = ANY (needed.triggers)) < cardinality(needed.triggers)
  UNION ALL
  SELECT DISTINCT 'error', a.source || '.' || a.alias, format('it limits links by "%s", and %s has no such attribute', k.name, h.oid::regclass),
      '-- declare it again, with limits on attributes that are there', a.source
    FROM associations a
      JOIN pg_class h ON h.oid = coalesce(a.through, a.target)
      CROSS JOIN LATERAL (
        SELECT key #>> '{}' FROM jsonb_path_query(a.options, '$.limits[*].where.keyvalue().key', silent => true) key LIMIT 1000) k (name)
    WHERE NOT EXISTS (SELECT FROM assoc.models m WHERE m.relation = h.oid AND m.attributes ? k.name)
      AND NOT EXISTS (SELECT FROM pg_attribute c WHERE c.attrelid = h.oid AND c.attname = k.name AND c.attnum > 0 AND NOT c.attisdropped)

  -- names
  UNION ALL
  SELECT 'error', format('%I.%I', m.nspname, m.name),
      'several tables of the schema have this model name: ' || string_agg(m.relation::text, ', ' ORDER BY m.relation::text),
      format('SELECT assoc.adopt(%L, ''another name'', replace => true)', max(m.relation::text)), max(m.relation::oid)
    FROM models m WHERE m.relkind IS NOT NULL
    GROUP BY m.nspname, m.name HAVING count(*) > 1
  UNION ALL
  SELECT 'error', o.relation::text, format('model "%s" is table %s and this table is model "%s": the name means both', m.name, m.relation, o.name),
      format('SELECT assoc.adopt(%L, ''another name'', replace => true)', m.relation::text), m.relation
    FROM models m
      JOIN pg_class c ON c.relname = m.name AND c.oid <> m.relation
      JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = m.nspname
      JOIN assoc.models o ON o.relation = c.oid
  UNION ALL
  SELECT 'warning', c.oid::regclass::text, format('model "%s" is table %s, and calls by this name do not mean this table', m.name, m.relation),
      format('SELECT assoc.move_model(%L, %L)', assoc.call_name(m.nspname, m.name), c.oid::regclass), c.oid
    FROM models m
      -- a view in the place of a table is no other table
      JOIN pg_class c ON c.relname = m.name AND c.oid <> m.relation AND c.relkind IN ('r', 'p', 'f')
      JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = m.nspname
    WHERE NOT EXISTS (SELECT FROM assoc.models o WHERE o.relation = c.oid)
  UNION ALL
  SELECT 'warning', l.relation::text,
      CASE WHEN l.place <= 10 THEN format('attribute "%s" has lost its column "%s"', l.name, l.column_name)
        ELSE format('attributes have lost their columns: %s more', l.total - 10) END,
      '-- declare the model again, with "field" where the column has another name now', l.relation
    FROM lost l WHERE l.place <= 11
  UNION ALL
  SELECT 'warning', d.relation::text, format('column "%s" is hidden behind the attribute of that name, which is column "%s"', d.name, d.column_name),
      '-- declare the model again, with an attribute of another name for the column', d.relation
    FROM attributes d
      JOIN pg_attribute a ON a.attrelid = d.relation AND a.attname = d.name AND a.attnum > 0
    WHERE d.column_name <> d.name
      AND NOT EXISTS (SELECT FROM attributes o WHERE o.relation = d.relation AND o.column_name = d.name)

  -- computed attributes
  UNION ALL
  SELECT 'error', m.relation::text, format('computed attribute "%s" has lost its function', k.name),
      format('SELECT assoc.sync(%L)', m.nspname), m.relation
    FROM models m JOIN assoc.registry_computed k ON k.relation = m.relation
    WHERE m.relkind IS NOT NULL AND k.function IS NULL

  -- scopes and orders
  UNION ALL
  SELECT 'error', f.object,
      CASE WHEN f.number <= 10 THEN format('a load with its %s fails: %s', f.place, f.message)
        ELSE format('loads with its scopes fail: %s more', f.total - 10) END,
      '-- declare it again with replace => true', f.relation
    FROM failing f WHERE f.number <= 11
  UNION ALL
  SELECT 'error', m.relation::text, 'its "scopes" are not an object', '-- declare it again with replace => true', m.relation
    FROM models m WHERE m.relkind IS NOT NULL AND jsonb_typeof(m.options -> 'scopes') <> 'object'

  -- keys
  UNION ALL
  SELECT DISTINCT 'error', k.source || '.' || k.alias, format('its key column "%s" of %s does not exist', c.name, c.relid),
      format('SELECT assoc.drop_association(%L, %L)', k.source, k.alias), k.source
    FROM registry_keys k
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
      format('ALTER TABLE %s ALTER COLUMN %I TYPE %s', p.referencing, p.referencing_column, p.referenced_type), p.referencing
    FROM pairs p
    WHERE p.referenced_base <> p.referencing_base
      AND NOT (p.referenced_base IN ('text'::regtype, 'varchar'::regtype) AND p.referencing_base IN ('text'::regtype, 'varchar'::regtype))
  UNION ALL
  SELECT 'warning', m.relation::text, 'it has no primary key: no row of it can be found by key',
      coalesce(
        format('ALTER TABLE %s ADD PRIMARY KEY USING INDEX ', m.relation) || (
          SELECT quote_ident(c.relname) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
          WHERE m.relkind = 'r' AND i.indrelid = m.relation AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
            AND NOT EXISTS (SELECT FROM pg_constraint u WHERE u.conindid = i.indexrelid)
            AND NOT EXISTS (SELECT FROM pg_attribute n WHERE n.attrelid = i.indrelid AND n.attnum = ANY (i.indkey) AND NOT n.attnotnull)
          ORDER BY c.relname LIMIT 1),
        CASE WHEN m.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_attribute n WHERE n.attrelid = m.relation AND n.attname = 'id')
          THEN format('ALTER TABLE %s ADD COLUMN id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY', m.relation) END,
        format('-- adopt %s again, with option "key" naming its unique columns', m.relation)),
      m.relation
    FROM models m
    WHERE m.relkind IS NOT NULL AND m.options -> 'key' IS NULL
      AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = m.relation AND i.indisprimary)
      AND NOT EXISTS (SELECT FROM assoc.associations a WHERE a.through = m.relation)
  UNION ALL
  SELECT DISTINCT 'warning', k.referencing || '.' || f.attname, 'a key column of a join table that a declaration made has lost its NOT NULL',
      format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', k.referencing, f.attname), k.referencing
    FROM keys k JOIN assoc.models m ON m.relation = k.referencing
      JOIN pg_attribute f ON f.attrelid = k.referencing AND f.attnum = ANY (k.referencing_numbers)
    WHERE k.kind = 'belongs_to_many' AND m.made AND NOT f.attnotnull
  UNION ALL
  SELECT 'warning', m.relation::text, format('its table is a partition of %s: rows of the other partitions are not found', i.inhparent::regclass),
      CASE WHEN m.name = c.relname OR EXISTS (SELECT FROM assoc.models o WHERE o.relation = i.inhparent)
        THEN format('SELECT assoc.forget(%L)%s', assoc.call_name(m.nspname, m.name),
          CASE WHEN NOT EXISTS (SELECT FROM assoc.models o WHERE o.relation = i.inhparent)
            THEN format(', assoc.adopt(%L)', i.inhparent::regclass) END)
        ELSE format('SELECT assoc.move_model(%L, %L)', assoc.call_name(m.nspname, m.name), i.inhparent::regclass) END, m.relation
    FROM models m JOIN pg_inherits i ON i.inhrelid = m.relation JOIN pg_class c ON c.oid = m.relation
    WHERE m.relispartition

  -- what the table of a declaration has lost
  UNION ALL
  SELECT 'warning', m.relation || '.' || l.place, l.problem, coalesce(l.fix, format('SELECT assoc.sync(%L, alter => true)', m.nspname)), m.relation
    FROM models m CROSS JOIN LATERAL assoc.declared_lost(m.relation) l
    WHERE m.made AND m.relkind = 'r'

  -- accessors
  UNION ALL
  SELECT DISTINCT 'error', d.objid::regprocedure::text,
      format('it is an accessor of association "%s" of %s, which is not declared', e.alias, d.refobjid::regclass),
      format('DROP FUNCTION %s', d.objid::regprocedure), d.refobjid
    FROM pg_depend d
      JOIN pg_class c ON c.oid = d.refobjid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      CROSS JOIN LATERAL (SELECT assoc.accessor_alias(d.objid, d.refobjid)) e (alias)
    WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_class'::regclass
      AND ("check".schema IS NULL OR n.nspname = "check".schema)
      AND e.alias IS NOT NULL
      AND NOT EXISTS (SELECT FROM assoc.associations a WHERE a.source = d.refobjid AND a.alias = e.alias)
      AND NOT EXISTS (SELECT FROM assoc.registry_lost l WHERE l.relation = d.refobjid)

  -- a superuser may have given an accessor away; while nobody has written it since, it depends on the extension
  UNION ALL
  SELECT DISTINCT 'warning', p.oid::regprocedure::text,
      format('it reads like an accessor of association "%s" of %s, but belongs to role "%s", who may change it',
        e.alias, d.refobjid::regclass, pg_get_userbyid(p.proowner)),
      format('DROP FUNCTION %s', p.oid::regprocedure), d.refobjid
    FROM pg_depend d
      JOIN pg_class c ON c.oid = d.refobjid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_proc p ON p.oid = d.objid
      JOIN pg_roles r ON r.oid = c.relowner
      CROSS JOIN LATERAL (SELECT assoc.accessor_alias(p.oid, c.oid)) e (alias)
    WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_class'::regclass
      AND ("check".schema IS NULL OR n.nspname = "check".schema)
      AND NOT pg_has_role(p.proowner, c.relowner, 'USAGE') AND (r.rolsuper OR NOT pg_has_role(c.relowner, p.proowner, 'USAGE'))
      AND EXISTS (SELECT FROM assoc.associations a WHERE a.source = c.oid AND a.alias = e.alias)
      AND NOT EXISTS (
        SELECT FROM pg_depend m
        WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid AND m.refclassid = 'pg_extension'::regclass AND m.deptype = 'n')

  -- indexes
  UNION ALL
  SELECT DISTINCT 'warning', k.referencing::text,
      format('no index finds rows by (%s)', (SELECT string_agg(quote_ident(n), ', ' ORDER BY p) FROM unnest(k.referencing_key) WITH ORDINALITY u (n, p))),
      format('CREATE INDEX%s ON %s (%s)', CASE k.referencing_kind WHEN 'p' THEN '' ELSE ' CONCURRENTLY' END, k.referencing,
        (SELECT string_agg(quote_ident(n), ', ' ORDER BY p) FROM unnest(k.referencing_key) WITH ORDINALITY u (n, p))), k.referencing
    FROM keys k
    WHERE k.kind <> 'belongs_to' AND k.referencing_kind IN ('r', 'p', 'm') AND k.referencing_numbers IS NOT NULL
      AND NOT EXISTS (
        SELECT FROM indexes i
        WHERE i.indrelid = k.referencing
          -- it begins with them, and with columns that have one value in all rows of the association
          AND (ARRAY(SELECT n FROM unnest(i.numbers[1:cardinality(k.referencing_numbers)]) n ORDER BY n) = k.referencing_numbers
            OR k.scope_numbers IS NOT NULL AND EXISTS (
              SELECT FROM generate_series(cardinality(k.referencing_numbers), cardinality(i.numbers)) l
              WHERE i.numbers[1:l] @> k.referencing_numbers AND i.numbers[1:l] <@ (k.referencing_numbers || k.scope_numbers)))
          AND (NOT i.is_partial OR assoc.index_covers(i.indexrelid, k.referencing_numbers)))
  UNION ALL
  SELECT DISTINCT 'error', k.referencing::text, format('nothing keeps a pair (%s) from being linked twice', pair.columns),
      format('CREATE UNIQUE INDEX%s ON %s (%s)%s', CASE k.referencing_kind WHEN 'p' THEN '' ELSE ' CONCURRENTLY' END, k.referencing,
        concat_ws(', ', pair.columns, scoped.columns), ' WHERE ' || scoped.nulls), k.referencing
    FROM keys k JOIN keys o ON o.source = k.source AND o.alias = k.alias AND o.referencing_key <> k.referencing_key
      CROSS JOIN LATERAL (
        SELECT string_agg(quote_ident(c.attname), ', ' ORDER BY c.attnum) AS columns FROM pg_attribute c
        WHERE c.attrelid = k.referencing AND c.attnum = ANY (k.referencing_numbers || o.referencing_numbers)) pair
      -- a scope's columns have one value in all its links
      CROSS JOIN LATERAL (
        SELECT array_agg(c.attnum) FILTER (WHERE e.value <> 'null') AS numbers,
            string_agg(quote_ident(c.attname), ', ' ORDER BY c.attnum)
              FILTER (WHERE e.value <> 'null' AND c.attnum <> ALL (k.referencing_numbers || o.referencing_numbers)) AS columns,
            string_agg(quote_ident(c.attname) || ' IS NULL', ' AND ' ORDER BY c.attnum) FILTER (WHERE e.value = 'null') AS nulls
        FROM jsonb_each(CASE jsonb_typeof(k.options #> '{through,scope}') WHEN 'object' THEN k.options #> '{through,scope}' ELSE '{}' END) e
          LEFT JOIN assoc.models m ON m.relation = k.referencing
          JOIN pg_attribute c ON c.attrelid = k.referencing AND c.attname = coalesce(m.attributes -> e.key ->> 'column', e.key) AND c.attnum > 0
        WHERE jsonb_typeof(e.value) NOT IN ('object', 'array')) scoped
    WHERE k.kind = 'belongs_to_many' AND k.referencing_kind IN ('r', 'p')
      AND k.options #> '{through,unique}' IS DISTINCT FROM 'false'::jsonb
      AND k.referencing_numbers IS NOT NULL AND o.referencing_numbers IS NOT NULL
      AND NOT EXISTS (
        SELECT FROM indexes i
        WHERE i.indrelid = k.referencing AND i.is_unique AND NOT i.is_partial
          AND i.numbers <@ (k.referencing_numbers || o.referencing_numbers || scoped.numbers))
      AND NOT EXISTS (
        SELECT FROM assoc.models m
        WHERE m.relation = k.referencing AND m.options -> 'key' <@ to_jsonb(k.referencing_key || o.referencing_key))
      AND NOT EXISTS (
        SELECT FROM partly_unique i
        WHERE i.indrelid = k.referencing AND i.numbers <@ (k.referencing_numbers || o.referencing_numbers || scoped.numbers))
  UNION ALL
  SELECT DISTINCT 'error', k.referencing::text, format('nothing keeps a pair (%s) from being linked twice, in either order', pair.columns),
      format('CREATE UNIQUE INDEX%s ON %s ((LEAST(%s)), (GREATEST(%3$s)))', CASE k.referencing_kind WHEN 'p' THEN '' ELSE ' CONCURRENTLY' END,
        k.referencing, pair.columns), k.referencing
    FROM keys k JOIN keys o ON o.source = k.source AND o.alias = k.alias AND o.referencing_key <> k.referencing_key
      CROSS JOIN LATERAL (
        SELECT string_agg(quote_ident(c.attname), ', ' ORDER BY c.attnum) AS columns FROM pg_attribute c
        WHERE c.attrelid = k.referencing AND c.attnum = ANY (k.referencing_numbers || o.referencing_numbers)) pair
    WHERE k.kind = 'belongs_to_many' AND k.referencing_kind IN ('r', 'p') AND k.options -> 'symmetric' = 'true'
      AND NOT EXISTS (
        SELECT FROM pg_index i
        WHERE i.indrelid = k.referencing AND i.indisunique AND i.indisvalid AND i.indimmediate
          AND pg_get_expr(i.indexprs, i.indrelid) LIKE ANY (ARRAY['LEAST(%, %), GREATEST(%, %)', 'GREATEST(%, %), LEAST(%, %)']))
  UNION ALL
  SELECT 'warning', i.indrelid::regclass::text, format('index %s is not valid', i.indexrelid::regclass),
      format('REINDEX INDEX CONCURRENTLY %s', i.indexrelid::regclass), i.indrelid
    FROM pg_index i JOIN models m ON m.relation = i.indrelid
    WHERE NOT i.indisvalid

  UNION ALL
  SELECT 'warning', m.relation::text, format('constraint %I is not validated: rows from before it may be otherwise', c.conname),
      format('ALTER TABLE %s VALIDATE CONSTRAINT %I', m.relation, c.conname), m.relation
    FROM pg_constraint c JOIN models m ON m.relation = c.conrelid
    WHERE NOT c.convalidated AND to_jsonb(c) ->> 'conenforced' IS DISTINCT FROM 'false'
      AND c.contype IN ('c', 'f', 'n') AND c.conparentid = 0 AND c.coninhcount = 0
  UNION ALL
  SELECT 'warning', m.relation::text, format('constraint %I is not enforced: rows may be otherwise', c.conname),
      CASE c.contype WHEN 'f' THEN format('ALTER TABLE %s ALTER CONSTRAINT %I ENFORCED', m.relation, c.conname)
        ELSE format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %2$I CHECK (%s)', m.relation, c.conname,
          pg_get_expr(c.conbin, c.conrelid)) END, m.relation
    FROM pg_constraint c JOIN models m ON m.relation = c.conrelid
    WHERE to_jsonb(c) ->> 'conenforced' = 'false' AND c.conparentid = 0 AND c.coninhcount = 0

  -- triggers
  UNION ALL
  SELECT 'error', t.tgrelid::regclass::text, format('trigger %I does not always fire: sessions will miss changes, or rows go unchecked', t.tgname),
      'SELECT assoc.sync(''assoc'')', NULL
    FROM pg_trigger t
    WHERE t.tgrelid IN ('assoc.models'::regclass, 'assoc.associations'::regclass) AND NOT t.tgisinternal AND t.tgenabled <> 'A'
  UNION ALL
  SELECT 'error', e.evtname::text, 'the event trigger does not always fire: the registry will not follow DDL',
      'SELECT assoc.sync(''assoc'')', NULL
    FROM pg_event_trigger e
    WHERE e.evtname IN ('assoc_registry_follow_drop', 'assoc_registry_follow_rename', 'assoc_registry_follow_move') AND e.evtenabled <> 'A'
  UNION ALL
  SELECT 'warning', t.tgrelid::regclass::text, format('trigger %I is disabled', t.tgname),
      format('ALTER TABLE %s ENABLE TRIGGER %I', t.tgrelid::regclass, t.tgname), t.tgrelid
    FROM pg_trigger t
      JOIN models m ON m.relation = t.tgrelid
      JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgenabled = 'D' AND p.pronamespace = 'assoc'::regnamespace)
SELECT f.severity, f.object, f.problem,
    CASE WHEN f.fix ~ '^--' OR c.oid IS NULL OR pg_has_role(c.relowner, 'USAGE') THEN f.fix
      ELSE format('-- by role %I: %s', pg_get_userbyid(c.relowner), f.fix) END
  FROM findings f LEFT JOIN pg_class c ON c.oid = f.relation
  ORDER BY f.severity, f.object, f.problem
$$;
COMMENT ON FUNCTION assoc.check(name) IS
'Finds what is wrong with the declarations, or slow: (severity, object, problem, fix), in one schema or in all. Loads with the scopes and orders that are stored are compiled, not run, and as the owner of the table.';

CREATE FUNCTION assoc.declarations(schema name DEFAULT current_schema()) RETURNS SETOF text
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
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
-- real foreign keys over the columns point at other tables only
elsewhere AS (
  SELECT k.source, k.alias
    FROM assoc.registry_keys k
      JOIN pg_class c ON c.oid = k.referenced AND c.relkind IN ('r', 'p')
      JOIN pg_constraint con ON con.contype = 'f' AND con.conrelid = k.referencing
    WHERE k.referencing_key = ARRAY(
      SELECT a.attname FROM unnest(con.conkey) WITH ORDINALITY u (number, place)
        JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = u.number ORDER BY u.place)
    GROUP BY k.source, k.alias, k.referenced
    HAVING bool_and(con.confrelid <> k.referenced)),
-- of two directions that name each other, one is written and brings the other
sides AS (
  SELECT a.*, row(a.kind = 'belongs_to', a.source::text, a.alias) AS rank,
      CASE WHEN a.kind = 'belongs_to' THEN a.target_key ELSE a.source_key END AS own_key
    FROM assoc.associations a),
written AS (
  SELECT a.*, i.options AS inverse_options, i.singular AS inverse_singular,
      EXISTS (SELECT FROM elsewhere e WHERE e.source = a.source AND e.alias = a.alias) AS is_elsewhere
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
          || CASE WHEN w.is_elsewhere THEN '{"constraints": false}' ELSE '{}' END::jsonb
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
