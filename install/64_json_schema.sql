-- JSON Schema (2020-12), for forms, OpenAPI and validators in other languages.

CREATE FUNCTION assoc.type_schema(type oid, typmod integer, as_string boolean, input boolean) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t record;
BEGIN
  SELECT b.oid, b.typtype, b.typelem, b.typlen, b.typcategory, b.typrelid, b.typbasetype, b.typtypmod INTO t FROM pg_type b WHERE b.oid = type_schema.type;
  IF t.typtype = 'd' THEN
    RETURN assoc.type_schema(t.typbasetype, t.typtypmod, as_string, input);
  END IF;
  RETURN CASE
    WHEN t.oid = 'boolean'::regtype THEN '{"type": "boolean"}'
    WHEN as_string AND t.oid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype) THEN '{"type": "string", "pattern": "^-?[0-9]+$"}'
    WHEN as_string AND t.oid IN ('real'::regtype, 'double precision'::regtype, 'numeric'::regtype) THEN '{"type": "string"}'
    WHEN t.oid = 'smallint'::regtype THEN '{"type": "integer", "minimum": -32768, "maximum": 32767}'
    WHEN t.oid = 'integer'::regtype THEN '{"type": "integer", "minimum": -2147483648, "maximum": 2147483647}'
    WHEN t.oid = 'bigint'::regtype THEN '{"type": "integer"}'
    WHEN t.oid IN ('real'::regtype, 'double precision'::regtype, 'numeric'::regtype) THEN '{"type": "number"}'
    WHEN t.oid IN ('json'::regtype, 'jsonb'::regtype) THEN '{}'
    WHEN t.typcategory = 'A' AND t.typelem <> 0 AND t.typlen = -1
      THEN jsonb_build_object('type', 'array', 'items', assoc.nullable_schema(assoc.type_schema(t.typelem, typmod, false, input)))
    WHEN t.typtype = 'e' THEN (SELECT jsonb_build_object('enum', jsonb_agg(e.enumlabel ORDER BY e.enumsortorder)) FROM pg_enum e WHERE e.enumtypid = t.oid)
    WHEN t.typtype = 'c' THEN (
      SELECT jsonb_build_object('type', 'object', 'additionalProperties', false,
          'properties', jsonb_object_agg(a.attname, assoc.nullable_schema(assoc.type_schema(a.atttypid, a.atttypmod, false, input))))
          || CASE WHEN input THEN '{}' ELSE jsonb_build_object('required', jsonb_agg(a.attname ORDER BY a.attnum)) END
        FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
    WHEN t.oid IN ('character varying'::regtype, 'character'::regtype) AND typmod > 4 THEN jsonb_build_object('type', 'string', 'maxLength', typmod - 4)
    WHEN t.oid = 'date'::regtype THEN '{"type": "string", "format": "date"}'
    WHEN t.oid = 'timestamptz'::regtype THEN '{"type": "string", "format": "date-time"}'
    WHEN t.oid = 'uuid'::regtype THEN '{"type": "string", "format": "uuid"}'
    WHEN EXISTS (SELECT FROM pg_cast c WHERE c.castsource = t.oid AND c.casttarget IN ('json'::regtype, 'jsonb'::regtype) AND c.castmethod = 'f') THEN '{}'
    ELSE '{"type": "string"}' END;
END
$$;
COMMENT ON FUNCTION assoc.type_schema(oid, integer, boolean, boolean) IS 'a type''s JSON, as JSON Schema';

CREATE FUNCTION assoc.nullable_schema(schema jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
SELECT CASE
  WHEN schema = '{}' THEN schema
  WHEN schema ?| '{const,anyOf,not,$ref}' THEN jsonb_build_object('anyOf', jsonb_build_array(schema, '{"type": "null"}'::jsonb))
  ELSE schema
    || CASE WHEN schema ? 'type' THEN jsonb_build_object('type', jsonb_build_array(schema -> 'type', 'null')) ELSE '{}' END
    || CASE WHEN schema ? 'enum' THEN jsonb_build_object('enum', (schema -> 'enum') || 'null') ELSE '{}' END END
$$;
COMMENT ON FUNCTION assoc.nullable_schema(jsonb) IS 'what a schema allows, or null';

CREATE FUNCTION assoc.schema_pointer(key text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
RETURN replace(replace(replace(replace(replace(key, '~', '~0'), '/', '~1'), '%', '%25'), '"', '%22'), ' ', '%20');
COMMENT ON FUNCTION assoc.schema_pointer(text) IS 'a key as a part of a reference within a schema';

-- A shape of assoc.load_shape.  A tree refers to its own schema.
CREATE FUNCTION assoc.shape_schema(shape jsonb, place text) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  item jsonb;
  below text;
  schema jsonb;
  properties jsonb := '{}';
BEGIN
  FOR item IN SELECT k FROM jsonb_array_elements(shape -> 'keys') k LOOP
    IF item ? 'type' THEN
      schema := assoc.type_schema((item ->> 'type')::oid, -1, (item ->> 'string')::boolean, false);
    ELSIF item ? 'link' THEN
      schema := assoc.shape_schema(item -> 'link', NULL);
    ELSE
      below := concat(place, '/properties/', assoc.schema_pointer(item ->> 'key'),
        CASE WHEN (item ->> 'page')::boolean THEN '/properties/rows' END, CASE WHEN (item ->> 'many')::boolean THEN '/items'
          WHEN (item ->> 'null')::boolean THEN '/anyOf/0' END);
      schema := CASE WHEN item ? 'recursive' THEN jsonb_build_object('$ref', place)
        WHEN (item #>> '{node,bare}')::boolean AND (item #>> '{node,keys,0,"null"}')::boolean
          THEN assoc.nullable_schema(assoc.type_schema((item #>> '{node,keys,0,type}')::oid, -1, (item #>> '{node,keys,0,string}')::boolean, false))
        WHEN (item #>> '{node,bare}')::boolean
          THEN assoc.type_schema((item #>> '{node,keys,0,type}')::oid, -1, (item #>> '{node,keys,0,string}')::boolean, false)
        ELSE assoc.shape_schema(item -> 'node', below) END;
      IF (item ->> 'many')::boolean THEN
        schema := jsonb_build_object('type', 'array', 'items', schema);
      END IF;
      IF (item ->> 'page')::boolean THEN
        schema := jsonb_build_object('type', 'object', 'additionalProperties', false, 'required', jsonb_build_array('rows', 'next') || CASE WHEN (item ->> 'turned')::boolean THEN '["previous"]' ELSE '[]' END::jsonb,
          'properties', jsonb_build_object('rows', schema, 'next', '{"type": ["string", "null"]}'::jsonb)
            || CASE WHEN (item ->> 'turned')::boolean THEN '{"previous": {"type": ["string", "null"]}}' ELSE '{}' END::jsonb);
      END IF;
      IF (item ->> 'null')::boolean THEN
        schema := jsonb_build_object('anyOf', jsonb_build_array(schema, '{"type": "null"}'::jsonb));
      END IF;
    END IF;
    IF item ? 'type' AND (item ->> 'null')::boolean THEN
      schema := assoc.nullable_schema(schema);
    END IF;
    properties := properties || jsonb_build_object(item ->> 'key', schema);
  END LOOP;
  RETURN jsonb_build_object('type', 'object', 'properties', properties, 'additionalProperties', false,
    'required', jsonb_path_query_array(shape, '$.keys[*] ? (!exists (@.recursive)).key'));
END
$$;
COMMENT ON FUNCTION assoc.shape_schema(jsonb, text) IS 'a shape as JSON Schema';

-- What data may give for one attribute: its type, and what its validators say.
CREATE FUNCTION assoc.attribute_schema(attribute jsonb, type oid, typmod integer) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  result jsonb := assoc.type_schema(type, typmod, false, true);
  keywords jsonb;
  more jsonb := '[]';
BEGIN
  FOR keywords IN SELECT v -> 'keywords' FROM jsonb_array_elements(attribute -> 'validators') v WHERE v ? 'keywords' LOOP
    -- bounds of a type give way to those of its validators, if these are narrower
    IF keywords ? 'minimum' AND (result ->> 'minimum')::numeric < (keywords ->> 'minimum')::numeric
        OR keywords ? 'maximum' AND (result ->> 'maximum')::numeric > (keywords ->> 'maximum')::numeric
        OR keywords ? 'maxLength' AND (result ->> 'maxLength')::numeric > (keywords ->> 'maxLength')::numeric THEN
      result := result - ARRAY(SELECT jsonb_object_keys(keywords));
    END IF;
    IF result ?| ARRAY(SELECT jsonb_object_keys(keywords)) THEN
      more := more || keywords;
    ELSE
      result := result || keywords;
    END IF;
  END LOOP;
  IF (attribute ->> 'allowNull')::boolean THEN
    result := CASE WHEN more <> '[]' OR result ? 'not' THEN jsonb_build_object('anyOf', jsonb_build_array(result || CASE WHEN more = '[]' THEN '{}' ELSE jsonb_build_object('allOf', more) END, '{"type": "null"}'::jsonb))
      ELSE assoc.nullable_schema(result) END;
  ELSIF more <> '[]' THEN
    result := result || jsonb_build_object('allOf', more);
  END IF;
  RETURN result || CASE WHEN attribute ? 'comment' THEN jsonb_build_object('description', attribute -> 'comment') ELSE '{}' END;
END
$$;
COMMENT ON FUNCTION assoc.attribute_schema(jsonb, oid, integer) IS 'what data may give for an attribute, as JSON Schema';

CREATE FUNCTION assoc.input_schema(model regclass, creating boolean) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
SELECT jsonb_build_object('type', 'object', 'additionalProperties', false,
    'properties', coalesce(jsonb_object_agg(a ->> 'name', assoc.attribute_schema(a, c.atttypid, c.atttypmod)), '{}'))
    || CASE WHEN creating THEN jsonb_build_object('required', coalesce(jsonb_agg(a ->> 'name' ORDER BY place)
        FILTER (WHERE NOT ((a ->> 'allowNull')::boolean OR a ?| '{default,identity}' OR coalesce(a ->> 'column' IN (d.described ->> 'createdAt', d.described ->> 'updatedAt'), false))), '[]'))
      ELSE '{"minProperties": 1}' END
  FROM (SELECT assoc.describe_model(model)) d (described)
    CROSS JOIN LATERAL jsonb_array_elements(d.described -> 'attributes') WITH ORDINALITY e (a, place)
    JOIN pg_attribute c ON c.attrelid = model AND c.attname = a ->> 'column'
  WHERE NOT a ? 'generated' AND a ->> 'identity' IS DISTINCT FROM 'always'
$$;
COMMENT ON FUNCTION assoc.input_schema(regclass, boolean) IS 'what create or update takes for a model''s own attributes, as JSON Schema';

-- All that a load prints may be given back: nothing is required.  Documents of models refer to each other; links have more beside.
CREATE FUNCTION assoc.save_schema(root regclass) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
WITH RECURSIVE reached (relation) AS (
  SELECT root::oid
  UNION
  SELECT e.relation FROM reached r JOIN assoc.associations a ON a.source = r.relation CROSS JOIN LATERAL (VALUES (a.target), (a.through)) e (relation)
    WHERE e.relation IS NOT NULL),
named (relation, described, reference) AS (
  SELECT r.relation, d.described,
      jsonb_build_object('type', 'object', '$ref', '#/$defs/' || assoc.schema_pointer(r.relation::regclass::text), 'unevaluatedProperties', false)
    FROM reached r CROSS JOIN LATERAL (SELECT assoc.describe_model(r.relation)) d (described)
    WHERE d.described IS NOT NULL),
documents (relation, document) AS (
  SELECT n.relation, jsonb_build_object('type', 'object', 'properties',
      (SELECT coalesce(jsonb_object_agg(a ->> 'name', s.own || CASE
            WHEN s.own ? 'type' AND (a ->> 'json' = 'string' OR (a ->> 'type' = 'bigint' AND current_setting('pg_associations.bigint', true) = 'string'))
            THEN jsonb_build_object('type', (s.own -> 'type') || '"string"') ELSE '{}' END), '{}')
       FROM jsonb_array_elements(n.described -> 'attributes') a JOIN pg_attribute c ON c.attrelid = n.relation AND c.attname = a ->> 'column'
         CROSS JOIN LATERAL (SELECT assoc.attribute_schema(a, c.atttypid, c.atttypmod)) s (own))
      || (SELECT coalesce(jsonb_object_agg(a ->> 'alias', CASE
            WHEN (a ->> 'toOne')::boolean THEN assoc.nullable_schema(t.reference)
            ELSE jsonb_build_object('type', 'array', 'items', t.reference
              || CASE WHEN l.reference IS NULL THEN '{}' ELSE jsonb_build_object('properties', jsonb_build_object('through', l.reference, a ->> 'throughAs', l.reference)) END) END), '{}')
          FROM jsonb_array_elements(n.described -> 'associations') a
            JOIN assoc.associations f ON f.source = n.relation AND f.alias = a ->> 'alias'
            JOIN named t ON t.relation = f.target LEFT JOIN named l ON l.relation = f.through)) AS document
    FROM named n)
SELECT (SELECT n.reference FROM named n WHERE n.relation = root)
  || jsonb_build_object('$defs', (SELECT jsonb_object_agg(d.relation::regclass::text, d.document) FROM documents d))
$$;
COMMENT ON FUNCTION assoc.save_schema(regclass) IS 'what save takes for a document of a model, with all that is associated, as JSON Schema';

CREATE FUNCTION assoc.json_schema(model text, options jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
DECLARE
  root regclass := assoc.model_relation(json_schema.model);
BEGIN
  RETURN pg_catalog.jsonb_build_object('$schema', 'https://json-schema.org/draft/2020-12/schema',
      'title', (SELECT m.name FROM assoc.models m WHERE m.relation OPERATOR(pg_catalog.=) root))
    OPERATOR(pg_catalog.||) assoc.shape_schema(assoc.load_shape(root, json_schema.options), '#');
END
$$;
COMMENT ON FUNCTION assoc.json_schema(text, jsonb) IS
'JSON Schema of the document that find_all gives for a row with these options, and find_one and find_by_pk give.';

CREATE FUNCTION assoc.json_schema(model text, form text DEFAULT 'row') RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
DECLARE
  root regclass;
BEGIN
  -- an untyped parameter or literal comes here
  IF json_schema.form OPERATOR(pg_catalog.~) E'^\\s*[{\\[]' THEN
    RETURN assoc.json_schema(json_schema.model, json_schema.form::pg_catalog.jsonb);
  ELSIF json_schema.form OPERATOR(pg_catalog.=) 'row' THEN
    RETURN assoc.json_schema(json_schema.model, NULL::pg_catalog.jsonb);
  ELSIF json_schema.form IS NULL OR json_schema.form OPERATOR(pg_catalog.<>) ALL ('{create,update,save}'::pg_catalog.text[]) THEN
    RAISE invalid_parameter_value USING
      MESSAGE = pg_catalog.format('unknown form "%s"', pg_catalog.left(json_schema.form, 63)),
      HINT = 'The forms are: row, create, update, save, or the options of a load.';
  END IF;
  root := assoc.model_relation(json_schema.model);
  RETURN pg_catalog.jsonb_build_object('$schema', 'https://json-schema.org/draft/2020-12/schema',
      'title', (SELECT m.name FROM assoc.models m WHERE m.relation OPERATOR(pg_catalog.=) root))
    OPERATOR(pg_catalog.||) CASE json_schema.form WHEN 'save' THEN assoc.save_schema(root)
      ELSE assoc.input_schema(root, json_schema.form OPERATOR(pg_catalog.=) 'create') END;
END
$$;
COMMENT ON FUNCTION assoc.json_schema(text, text) IS
'JSON Schema of a model: ''row'', the document of find_by_pk; ''create'' and ''update'', what these take for its own attributes, with what its validators say; ''save'', a document to be saved, with all that is associated; or of the document of a load with these options.';
