-- Models described to programs: as JSON, as TypeScript, as JSON Schema.

CREATE FUNCTION assoc.model_relation(model text) RETURNS regclass
LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'assoc_model_relation';
COMMENT ON FUNCTION assoc.model_relation(text) IS 'the table of a model, found as calls find it';

CREATE FUNCTION assoc.load_shape(model regclass, options jsonb) RETURNS jsonb
LANGUAGE C STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'assoc_load_shape';
COMMENT ON FUNCTION assoc.load_shape(regclass, jsonb) IS
'what document find_all gives for a row with these options: its keys in declared order, with types';

-- Validators are CHECK constraints: what they say is read off the text that PostgreSQL prints of them.  One that
-- was written by hand under such a name has another form, and gives nothing here.
CREATE FUNCTION assoc.check_keywords(validator text, definition text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- a column, cast or not, collated or not
  col constant text := $re$\(*"?[^"()]+"?\)*(?:::[a-z ]+)?\)*(?:::[a-z ]+)?(?: COLLATE "C"\)+)?$re$;
  number constant text := $re$'?(-?[0-9]+(?:\.[0-9]+)?)'?(?:::[a-z ]+)?$re$;
  literal constant text := $re$'((?:[^']|'')*)'(?:::[a-z ]+)?$re$;
  -- a value, or a number, and its type
  typed constant text := $re$(?:'((?:[^']|'')*)'|(-?[0-9.]+))(?:::((?:"(?:[^"]|"")*"|,(?! )|[^",'])+?))?$re$;
  numbers constant text := E'^(smallint|integer|bigint|numeric|real|double precision)\\M';
  m text[];
  items jsonb;
BEGIN
  CASE
    WHEN validator = 'isEmail' THEN RETURN '{"format": "email"}';
    WHEN validator = 'isUUID' THEN RETURN '{"format": "uuid"}';
    WHEN validator = 'isIPv4' THEN RETURN '{"format": "ipv4"}';
    WHEN validator = 'isIPv6' THEN RETURN '{"format": "ipv6"}';
    WHEN validator = 'isIP' THEN RETURN '{"anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}';
    WHEN validator = 'isArray' THEN RETURN '{"type": "array"}';
    WHEN validator = 'notEmpty' THEN
      RETURN CASE WHEN definition ~ E'^CHECK \\(\\(cardinality\\(' THEN '{"minItems": 1}' ELSE E'{"pattern": "\\\\S"}' END;
    WHEN validator = 'len' THEN
      m := regexp_match(definition, E'^CHECK \\(\\(+(char_length|cardinality)\\(' || col || E'\\)* >= ([0-9]+)\\)+(?: AND \\((?:char_length|cardinality)\\(' || col || E'\\)* <= ([0-9]+)\\)+)?$');
      RETURN CASE m[1]
        WHEN 'char_length' THEN jsonb_strip_nulls(jsonb_build_object('minLength', m[2]::int, 'maxLength', m[3]::int))
        WHEN 'cardinality' THEN jsonb_strip_nulls(jsonb_build_object('minItems', m[2]::int, 'maxItems', m[3]::int)) END;
    WHEN validator IN ('min', 'max') THEN
      m := regexp_match(definition, E'^CHECK \\(\\(' || col || CASE validator WHEN 'min' THEN ' >= ' ELSE ' <= ' END || number || E'\\)\\)$');
      RETURN CASE WHEN m IS NOT NULL THEN jsonb_build_object(CASE validator WHEN 'min' THEN 'minimum' ELSE 'maximum' END, m[1]::numeric) END;
    WHEN validator IN ('isIn', 'notIn') THEN
      m := regexp_match(definition, E'^CHECK \\(\\(' || col || CASE validator WHEN 'isIn' THEN ' = ANY' ELSE ' <> ALL' END || E' \\(ARRAY\\[(.*)\\]\\)\\)\\)$');
      SELECT jsonb_agg(CASE WHEN item[1] IS NULL OR item[3] ~ numbers THEN to_jsonb(coalesce(item[1], item[2])::numeric)
                            ELSE to_jsonb(replace(item[1], '''''', '''')) END)
        INTO items
        FROM regexp_matches(m[1], typed || '(?:, |$)', 'g') item
        WHERE regexp_replace(m[1], typed || '(?:, |$)', '', 'g') = '';
      RETURN CASE WHEN items IS NULL THEN NULL WHEN validator = 'isIn' THEN jsonb_build_object('enum', items)
        ELSE jsonb_build_object('not', jsonb_build_object('enum', items)) END;
    WHEN validator = 'equals' THEN
      m := regexp_match(definition, E'^CHECK \\(\\(' || col || ' = ' || typed || E'\\)\\)$');
      RETURN CASE WHEN m[2] IS NOT NULL OR m[3] ~ numbers THEN jsonb_build_object('const', coalesce(m[1], m[2])::numeric)
        WHEN m IS NOT NULL THEN jsonb_build_object('const', replace(m[1], '''''', '''')) END;
    WHEN validator = 'contains' THEN
      m := regexp_match(definition, E'^CHECK \\(\\(strpos\\(' || col || ', ' || literal || E'\\) > 0\\)\\)$');
      RETURN CASE WHEN m IS NOT NULL THEN jsonb_build_object('pattern', regexp_replace(replace(m[1], '''''', ''''), E'([\\\\^$.|?*+()\\[\\]{}/])', E'\\\\\\1', 'g')) END;
    WHEN validator IN ('is', 'isAlpha', 'isAlphanumeric', 'isNumeric', 'isInt', 'isFloat', 'isDecimal', 'isLowercase', 'isUppercase') THEN
      m := regexp_match(definition, E'^CHECK \\(\\(' || col || ' ~ ' || literal || E'\\)\\)$');
      -- what means the same in JavaScript
      RETURN CASE WHEN m[1] !~ E'\\[\\[|\\\\[mMyYAZ<>U0-9]|^\\*\\*\\*|\\(\\?[^:=!]' THEN jsonb_build_object('pattern', replace(m[1], '''''', '''')) END;
    ELSE RETURN NULL;
  END CASE;
END
$$;
COMMENT ON FUNCTION assoc.check_keywords(text, text) IS 'the keywords of JSON Schema with the meaning of a validator''s CHECK constraint; NULL where there are none';

-- in one form of literals, whatever the session writes: check_keywords reads them
CREATE FUNCTION assoc.describe_model(model regclass) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on SET jit = off AS $$
WITH
described AS (
  SELECT m.name, m.options, m.attributes, c.relname, c.relkind, c.oid, n.nspname, d.description,
      CASE WHEN m.options ? 'key' THEN ARRAY(SELECT k.value::name FROM jsonb_array_elements_text(m.options -> 'key') WITH ORDINALITY k ORDER BY k.ordinality)
        ELSE coalesce((SELECT array_agg(a.attname ORDER BY u.place)
                       FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY u (number, place)
                         JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.number
                       WHERE i.indrelid = c.oid AND i.indisprimary AND u.place <= i.indnkeyatts), '{}') END AS key
    FROM assoc.models m JOIN pg_class c ON c.oid = m.relation JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_description d ON d.classoid = 'pg_class'::regclass AND d.objoid = c.oid AND d.objsubid = 0
    WHERE m.relation = describe_model.model),
-- an undeclared column that has a declared attribute's name cannot be meant
columns AS (
  SELECT a.*, coalesce(t.key, a.attname::text) AS name, t.value AS declared, a.attname = ANY (m.key) AS of_key, d.base, d.typdefault,
      a.attnotnull OR d.typnotnull AS required
    FROM described m JOIN pg_attribute a ON a.attrelid = m.oid AND a.attnum > 0 AND NOT a.attisdropped
      -- domains may be over domains, and say what columns say
      CROSS JOIN LATERAL (
        WITH RECURSIVE types AS (
          SELECT 1 AS level, b.* FROM pg_type b WHERE b.oid = a.atttypid
          UNION ALL SELECT d.level + 1, b.* FROM types d JOIN pg_type b ON d.typtype = 'd' AND b.oid = d.typbasetype)
        SELECT (array_agg(oid ORDER BY level DESC))[1] AS base, bool_or(typtype = 'd' AND typnotnull) AS typnotnull,
            (array_agg(types.typdefault ORDER BY level) FILTER (WHERE typtype = 'd' AND types.typdefault IS NOT NULL))[1] AS typdefault
          FROM types) d
      LEFT JOIN LATERAL (SELECT e.key, e.value FROM jsonb_each(m.attributes) e WHERE e.value ->> 'column' = a.attname LIMIT 1) t ON true
    WHERE t.key IS NOT NULL OR NOT m.attributes ? a.attname::text),
named_keys AS (
  SELECT u.number, u.keys
    FROM (SELECT i.indexrelid AS number, i.indisprimary, array_agg(c.name ORDER BY k.place) AS keys, count(*) = i.indnkeyatts AS whole
          FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY k (attnum, place)
            JOIN columns c ON c.attnum = k.attnum
          WHERE i.indrelid = describe_model.model AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND k.place <= i.indnkeyatts
          GROUP BY i.indexrelid, i.indisprimary, i.indnkeyatts) u
    WHERE u.whole AND NOT u.indisprimary),
checks AS (
  SELECT con.conkey[1] AS attnum, con.conname, pg_get_constraintdef(con.oid) AS definition, d.description,
      (SELECT v FROM unnest('{is,not,isEmail,isUrl,isIP,isIPv4,isIPv6,isAlpha,isAlphanumeric,isNumeric,isInt,isFloat,isDecimal,isLowercase,isUppercase,isUUID,notEmpty,equals,contains,notContains,isIn,notIn,len,min,max,isAfter,isBefore,isArray}'::text[]) v
       WHERE con.conname LIKE E'%\\_' || v ORDER BY length(v) DESC LIMIT 1) AS validator
    FROM pg_constraint con LEFT JOIN pg_description d ON d.classoid = 'pg_constraint'::regclass AND d.objoid = con.oid
    WHERE con.conrelid = describe_model.model AND con.contype = 'c' AND cardinality(con.conkey) = 1
      AND to_jsonb(con) ->> 'conenforced' IS DISTINCT FROM 'false'),
attributes AS (
  SELECT c.attnum, jsonb_strip_nulls(jsonb_build_object(
      'name', c.name, 'column', c.attname, 'type', format_type(c.atttypid, c.atttypmod),
      'allowNull', NOT c.required,
      'primaryKey', CASE WHEN c.of_key THEN true END,
      'unique', CASE WHEN EXISTS (SELECT FROM named_keys k WHERE k.keys = ARRAY[c.name]) THEN true END,
      'default', CASE WHEN c.attgenerated = '' THEN coalesce(pg_get_expr(f.adbin, f.adrelid), c.typdefault) END,
      'identity', CASE c.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
      'generated', CASE WHEN c.attgenerated <> '' THEN pg_get_expr(f.adbin, f.adrelid) END,
      'enum', (SELECT jsonb_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = c.base),
      'hidden', c.declared -> 'hidden', 'json', c.declared -> 'json',
      'comment', col_description(c.attrelid, c.attnum),
      'validators', (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', k.validator, 'constraint', k.conname,
                         'check', k.definition, 'keywords', assoc.check_keywords(k.validator, k.definition), 'message', k.description)) ORDER BY k.conname)
                     FROM checks k WHERE k.attnum = c.attnum))) AS document
    FROM columns c LEFT JOIN pg_attrdef f ON f.adrelid = c.attrelid AND f.adnum = c.attnum),
associations AS (
  SELECT a.alias, jsonb_strip_nulls(jsonb_build_object(
      'alias', a.alias, 'kind', a.kind, 'toOne', a.kind IN ('has_one', 'belongs_to'),
      'target', t.name, 'targetSchema', tn.nspname, 'targetTable', tc.relname,
      'through', j.name, 'throughAs', CASE WHEN a.through IS NOT NULL THEN coalesce(a.options #>> '{through,as}', j.name) END,
      'sourceKey', CASE WHEN a.kind <> 'belongs_to' THEN to_jsonb(a.source_key) END,
      'foreignKey', to_jsonb(a.foreign_key),
      'otherKey', CASE WHEN a.kind = 'belongs_to_many' THEN to_jsonb(a.other_key) END,
      'targetKey', CASE WHEN a.kind IN ('belongs_to_many', 'belongs_to') THEN to_jsonb(a.target_key) END,
      'singular', a.singular, 'inverse', a.inverse,
      'scope', a.options -> 'scope', 'order', a.options -> 'order', 'paranoid', a.options -> 'paranoid', 'symmetric', a.options -> 'symmetric', 'position', a.options -> 'position',
      'counter', a.options -> 'counter', 'touch', a.options -> 'touch', 'max', a.options -> 'max', 'limits', a.options -> 'limits', 'acyclic', a.options -> 'acyclic',
      'onDestroy', a.options -> 'onDestroy',
      'throughScope', a.options #> '{through,scope}', 'throughParanoid', a.options #> '{through,paranoid}', 'throughUnique', a.options #> '{through,unique}',
      'throughAttributes', a.options #> '{through,attributes}', 'onDelete', k.on_delete, 'onUpdate', k.on_update, 'deferrable', k.deferrable,
      'accessors', (SELECT jsonb_agg(format('%I.%I(%s)', pn.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) ORDER BY p.oid)
                    FROM (SELECT DISTINCT d.objid FROM pg_depend d
                          WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.source) o
                      JOIN pg_proc p ON p.oid = o.objid JOIN pg_namespace pn ON pn.oid = p.pronamespace
                    WHERE assoc.accessor_is_ours(p.oid, a.source, a.alias)))) AS document
    FROM assoc.associations a
      JOIN pg_class tc ON tc.oid = a.target JOIN pg_namespace tn ON tn.oid = tc.relnamespace
      LEFT JOIN assoc.models t ON t.relation = a.target
      LEFT JOIN assoc.models j ON j.relation = a.through
      -- the foreign key of the association, where it has an action other than NO ACTION
      LEFT JOIN LATERAL (
        SELECT actions -> con.confdeltype::text AS on_delete, actions -> con.confupdtype::text AS on_update,
            CASE WHEN con.condeferred THEN '"deferred"'::jsonb WHEN con.condeferrable THEN 'true' END AS deferrable
          FROM (VALUES ('{"c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT", "r": "RESTRICT"}'::jsonb)) v (actions), pg_constraint con
          WHERE con.contype = 'f' AND to_jsonb(con) ->> 'conenforced' IS DISTINCT FROM 'false'
            AND con.conrelid = coalesce(a.through, CASE a.kind WHEN 'belongs_to' THEN a.source ELSE a.target END)
            AND con.confrelid = CASE a.kind WHEN 'belongs_to' THEN a.target ELSE a.source END
            AND ARRAY(SELECT c.attname::text FROM unnest(con.conkey) n JOIN pg_attribute c ON c.attrelid = con.conrelid AND c.attnum = n ORDER BY 1)
              = ARRAY(SELECT n FROM unnest(a.foreign_key::text[]) n ORDER BY 1)
          ORDER BY con.oid LIMIT 1) k ON true
    WHERE a.source = describe_model.model)
SELECT jsonb_strip_nulls(jsonb_build_object(
    'model', m.name, 'schema', m.nspname, 'table', m.relname,
    'kind', CASE m.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned table' ELSE 'table' END,
    'comment', m.description,
    'createdAt', m.options -> 'createdAt', 'updatedAt', m.options -> 'updatedAt', 'deletedAt', m.options -> 'deletedAt',
    -- of each that has its function: its type, as the function returns it
    'computed', (SELECT jsonb_object_agg(k.name, jsonb_build_object('type', format_type(p.prorettype, NULL), 'sql', k.definition -> 'sql'))
                 FROM assoc.registry_computed k JOIN pg_proc p ON p.oid = k.function
                 WHERE k.relation = m.oid),
    'defaultScope', m.options -> 'defaultScope',
    'scopes', (SELECT jsonb_agg(s ORDER BY s) FROM jsonb_object_keys(CASE jsonb_typeof(m.options -> 'scopes') WHEN 'object' THEN m.options -> 'scopes' ELSE '{}' END) s)))
  || jsonb_build_object(
    'primaryKey', (SELECT coalesce(jsonb_agg(c.name ORDER BY k.place), '[]') FROM unnest(m.key) WITH ORDINALITY k (name, place) JOIN columns c ON c.attname = k.name),
    'uniqueKeys', (SELECT coalesce(jsonb_agg(to_jsonb(k.keys) ORDER BY k.number), '[]') FROM named_keys k),
    'attributes', (SELECT coalesce(jsonb_agg(a.document ORDER BY a.attnum), '[]') FROM attributes a),
    'associations', (SELECT coalesce(jsonb_agg(a.document ORDER BY a.alias COLLATE "C"), '[]') FROM associations a))
  FROM described m
$$;
COMMENT ON FUNCTION assoc.describe_model(regclass) IS 'what assoc.describe gives for one model; NULL where it is none';

CREATE FUNCTION assoc.describe(model text DEFAULT NULL, schema name DEFAULT current_schema()) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET jit = off AS $$
BEGIN
  -- the caller's search_path finds the model
  IF describe.model IS NOT NULL THEN
    RETURN assoc.describe_model(assoc.model_relation(describe.model));
  END IF;
  RETURN (
    SELECT pg_catalog.jsonb_build_object('schema', describe.schema, 'models',
        coalesce(pg_catalog.jsonb_agg(assoc.describe_model(m.relation) ORDER BY m.name COLLATE "C"), '[]'))
      FROM assoc.models m JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) m.relation
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
      WHERE n.nspname OPERATOR(pg_catalog.=) describe.schema);
END
$$;
COMMENT ON FUNCTION assoc.describe(text, name) IS
'What a model is, as JSON: {"model", "schema", "table", "primaryKey", "uniqueKeys", "attributes": [{"name", "column", "type", "allowNull", "default", "hidden", "validators", ...}] in column order, "associations": [{"alias", "kind", "target", "through", keys, "accessors", ...}]}; without a model {"schema", "models": [...]}. It reads catalogs only, so everybody may call it.';
