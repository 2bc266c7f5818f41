-- TypeScript: of a schema's models, and of the document of one load.

-- A type's JSON, in TypeScript.  Values that come out are exact; what goes in may also be what is read as such.
CREATE FUNCTION assoc.type_typescript(type oid, as_string boolean, input boolean) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t record;
BEGIN
  SELECT b.oid, b.typtype, b.typelem, b.typlen, b.typcategory, b.typrelid, b.typbasetype INTO t FROM pg_type b WHERE b.oid = type_typescript.type;
  IF t.typtype = 'd' THEN
    RETURN assoc.type_typescript(t.typbasetype, as_string, input);
  END IF;
  RETURN CASE
    WHEN t.oid = 'boolean'::regtype THEN 'boolean'
    WHEN t.oid IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype, 'real'::regtype, 'double precision'::regtype, 'numeric'::regtype)
      THEN CASE WHEN input THEN 'number | string' WHEN as_string THEN 'string' ELSE 'number' END
    WHEN t.oid IN ('json'::regtype, 'jsonb'::regtype) THEN 'unknown'
    WHEN t.typcategory = 'A' AND t.typelem <> 0 AND t.typlen = -1 THEN format('(%s | null)[]', assoc.type_typescript(t.typelem, false, input))
    WHEN t.typtype = 'e' THEN (SELECT string_agg(to_json(e.enumlabel)::text, ' | ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)
    WHEN t.typtype = 'c' THEN (
      SELECT format('{ %s }', string_agg(format('%s%s: %s | null', assoc.typescript_key(a.attname), CASE WHEN input THEN '?' ELSE '' END,
          assoc.type_typescript(a.atttypid, false, input)), '; ' ORDER BY a.attnum))
        FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
    WHEN input AND t.oid IN ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) THEN 'string | Date'
    WHEN EXISTS (SELECT FROM pg_cast c WHERE c.castsource = t.oid AND c.casttarget IN ('json'::regtype, 'jsonb'::regtype) AND c.castmethod = 'f') THEN 'unknown'
    ELSE 'string' END;
END
$$;
COMMENT ON FUNCTION assoc.type_typescript(oid, boolean, boolean) IS 'a type''s JSON, in TypeScript: as it comes out, or as it may go in';

CREATE FUNCTION assoc.typescript_key(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
RETURN CASE WHEN name ~ '^[A-Za-z_$][A-Za-z0-9_$]*$' THEN name ELSE to_json(name)::text END;
COMMENT ON FUNCTION assoc.typescript_key(text) IS 'a name as a key of an interface';

-- User is User, user_projects is UserProject.
CREATE FUNCTION assoc.typescript_name(model text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
RETURN regexp_replace(regexp_replace(
  CASE WHEN model ~ '^[A-Z]' THEN model
    ELSE (SELECT string_agg(upper(left(w, 1)) || substr(w, 2), '' ORDER BY place)
          FROM regexp_split_to_table(assoc.singularize(model), '[^A-Za-z0-9$]+') WITH ORDINALITY u (w, place)) END,
  '[^A-Za-z0-9_$]', '_', 'g'), '^(?![A-Za-z_$])', '_');
COMMENT ON FUNCTION assoc.typescript_name(text) IS 'the interface of a model';

-- A shape of assoc.load_shape as the inside of an interface.  Trees are interfaces of their own, which refer to themselves.
CREATE FUNCTION assoc.shape_typescript(shape jsonb, name text, indent text, known jsonb, OUT body text, OUT extra text)
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  item jsonb;
  child record;
  child_name text;
  type text;
  optional boolean;
BEGIN
  body := '';
  extra := '';
  FOR item IN SELECT k FROM jsonb_array_elements(shape -> 'keys') k LOOP
    optional := false;
    IF item ? 'type' THEN
      type := assoc.type_typescript((item ->> 'type')::oid, (item ->> 'string')::boolean, false);
    ELSIF item ? 'link' THEN
      SELECT * INTO child FROM assoc.shape_typescript(item -> 'link', name, indent || '  ', NULL);
      type := format(E'{\n%s%s}', child.body, indent);
    ELSE
      child_name := name || '_' || regexp_replace(item ->> 'key', '[^A-Za-z0-9_$]', '_', 'g');
      IF item ? 'recursive' THEN
        type := name;
        optional := true;
      ELSIF (item #>> '{node,bare}')::boolean THEN
        type := assoc.type_typescript((item #>> '{node,keys,0,type}')::oid, (item #>> '{node,keys,0,string}')::boolean, false);
        IF (item #>> '{node,keys,0,"null"}')::boolean AND type <> 'unknown' THEN
          type := type || ' | null';
        END IF;
      ELSIF jsonb_path_exists(item -> 'node', '$.keys[*].recursive') THEN
        SELECT * INTO child FROM assoc.shape_typescript(item -> 'node', child_name, '  ', NULL);
        extra := format(E'%s\nexport interface %s {\n%s}\n%s', extra, child_name, child.body, child.extra);
        type := child_name;
      ELSIF known -> (item #>> '{node,relation}') -> 'keys' = jsonb_path_query_array(item -> 'node', '$.keys[*] ? (!exists (@.link))') THEN
        type := known -> (item #>> '{node,relation}') ->> 'name';
        SELECT string_agg(format('{ %s: %s }', assoc.typescript_key(k ->> 'key'),
            coalesce(CASE WHEN known -> (k #>> '{link,relation}') -> 'keys' = k #> '{link,keys}' THEN known -> (k #>> '{link,relation}') ->> 'name' END,
              (SELECT format(E'{\n%s%s}', l.body, indent) FROM assoc.shape_typescript(k -> 'link', name, indent || '  ', NULL) l))), ' & ') INTO child
          FROM jsonb_path_query(item -> 'node', '$.keys[*] ? (exists (@.link))') k;
        type := concat_ws(' & ', type, child.string_agg);
      ELSE
        SELECT * INTO child FROM assoc.shape_typescript(item -> 'node', child_name, indent || '  ', NULL);
        extra := extra || child.extra;
        type := format(E'{\n%s%s}', child.body, indent);
      END IF;
      IF (item ->> 'many')::boolean THEN
        type := CASE WHEN type ~ E'^\\w+$' OR type ~ '^{[^&]*}$' THEN type ELSE format('(%s)', type) END || '[]';
      END IF;
      IF (item ->> 'page')::boolean THEN
        type := format('{ rows: %s; next: string | null%s }', type, CASE WHEN (item ->> 'turned')::boolean THEN '; previous: string | null' END);
      END IF;
    END IF;
    IF (item ->> 'null')::boolean AND type <> 'unknown' THEN
      type := type || ' | null';
    END IF;
    body := body || format(E'%s%s%s: %s;\n', indent, assoc.typescript_key(item ->> 'key'), CASE WHEN optional THEN '?' ELSE '' END, type);
  END LOOP;
END
$$;
COMMENT ON FUNCTION assoc.shape_typescript(jsonb, text, text, jsonb) IS 'a shape as the inside of an interface, and the interfaces of trees in it';

CREATE FUNCTION assoc.typescript(model text, options jsonb, name text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED AS $$
DECLARE
  root regclass := assoc.model_relation(typescript.model);
  own_name text := coalesce(typescript.name, (
    SELECT pg_catalog.concat(assoc.typescript_name(m.name), 'Document') FROM assoc.models m WHERE m.relation OPERATOR(pg_catalog.=) root));
  shape record;
BEGIN
  IF own_name OPERATOR(pg_catalog.!~) '^[A-Za-z_$][A-Za-z0-9_$]*$' THEN
    RAISE invalid_name USING MESSAGE = pg_catalog.format('"%s" cannot be the name of an interface', own_name);
  END IF;
  SELECT * INTO shape FROM assoc.shape_typescript(assoc.load_shape(root, typescript.options), own_name, '  ', NULL);
  RETURN pg_catalog.format(E'export interface %s {\n%s}\n%s', own_name, shape.body, shape.extra);
END
$$;
COMMENT ON FUNCTION assoc.typescript(text, jsonb, text) IS
'The TypeScript type of the document that find_all gives for a row with these options, and find_one and find_by_pk give: includes, attributes, "as", aggregates, pages and trees, null where there can be null.';

-- What the schema's interfaces are made of: the models, under their names, with their default documents.
CREATE FUNCTION assoc.typescript_models(schema name) RETURNS TABLE (relation oid, name text, described jsonb, shape jsonb)
LANGUAGE sql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
SELECT m.relation, m.name || CASE WHEN m.number > 1 THEN '_' || m.number ELSE '' END, assoc.describe_model(m.relation), assoc.load_shape(m.relation, NULL)
  FROM (SELECT m.relation, n.name, row_number() OVER (PARTITION BY n.name ORDER BY m.name COLLATE "C") AS number
        FROM assoc.models m JOIN pg_class c ON c.oid = m.relation JOIN pg_namespace s ON s.oid = c.relnamespace
          CROSS JOIN LATERAL (SELECT assoc.typescript_name(m.name)) n (name)
        WHERE s.nspname = typescript_models.schema) m
$$;
COMMENT ON FUNCTION assoc.typescript_models(name) IS 'the models of a schema with the names of their interfaces, what describe gives for them and their default documents';

CREATE FUNCTION assoc.typescript_accessor(accessor oid, alias text, model text, target text, payload text, diff text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
SELECT format('  %s(%s): %s;', assoc.typescript_key(p.proname),
    (SELECT string_agg(format('%s%s: %s', a.name, CASE WHEN a.place > p.pronargs - p.pronargdefaults THEN '?' ELSE '' END,
        CASE WHEN a.type <> 'jsonb'::regtype THEN regexp_replace(assoc.type_typescript(a.type, false, true), E' \\| null\\)\\[\\]$', ')[]')
          WHEN a.name = 'options' THEN 'LoadOptions | null'
          WHEN a.name = 'data' THEN target || 'Create'
          WHEN a.name = 'through' THEN payload || ' | null'
          WHEN a.name = 'place' THEN format('Place<%sId>', target)
          WHEN a.name LIKE E'%\\_ids' THEN target || 'Id[]'
          ELSE target || 'Id' END), ', ' ORDER BY a.place)
      FROM unnest(p.proargnames, p.proargtypes::oid[]) WITH ORDINALITY a (name, type, place)),
    CASE e.entry
      WHEN 'load_one' THEN format('%s | null', withs.type)
      WHEN 'load_all' THEN format('%s[]', withs.type)
      WHEN 'load_get' THEN format('%sAssociations[%s]', model, to_json(typescript_accessor.alias))
      WHEN 'load_count' THEN 'number | string'
      WHEN 'link_has' THEN 'boolean'
      WHEN 'link_create' THEN format('One<%sAssociations[%s]>', model, to_json(typescript_accessor.alias))
      ELSE format('Diff<%s>', diff) END)
  FROM pg_proc p
    CROSS JOIN LATERAL (SELECT regexp_replace(substring(pg_get_functiondef(p.oid), E'assoc\\.(\\w+)\\('), '_json$', '')) e (entry)
    CROSS JOIN LATERAL (SELECT format('(%s & Pick<%sAssociations, %s>)', model, model, to_json(typescript_accessor.alias))) withs (type)
  WHERE p.oid = accessor
$$;
COMMENT ON FUNCTION assoc.typescript_accessor(oid, text, text, text, text, text) IS 'an accessor as a method of an interface';

CREATE FUNCTION assoc.typescript_prelude() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $typescript$
SELECT $code$// Made by assoc.typescript().

export type Where = { [key: string]: unknown };

export interface ThroughOptions {
  attributes?: unknown[] | { include?: unknown[]; exclude?: string[] };
  where?: Where;
  as?: string;
  flatten?: boolean;
  paranoid?: boolean;
}

export interface LoadOptions {
  attributes?: unknown[] | { include?: unknown[]; exclude?: string[] };
  where?: Where;
  order?: string | unknown[];
  limit?: number | { param: string };
  offset?: number | { param: string };
  after?: string | null | { param: string };
  before?: string | null | { param: string };
  include?: Include | Include[];
  scope?: string | string[] | false;
  paranoid?: boolean;
  bigint?: 'string' | 'number';
  through?: ThroughOptions;
}

export type Include = string | (LoadOptions & {
  association?: string;
  as?: string;
  required?: boolean;
  values?: string | string[];
  page?: boolean;
  recursive?: boolean;
  maxDepth?: number;
  all?: boolean;
  nested?: boolean;
});

/** what writes of links give */
export interface Diff<Id> {
  added: Id[];
  removed: Id[];
  updated: Id[];
  unchanged: Id[];
}

/** where reorder puts links: from the end where negative, so many places on, beside another one */
export type Place<Id> = { to: number } | { by: number } | { before: Id } | { after: Id };

/** one of an array, or what is no array without null */
export type One<T> = T extends (infer E)[] ? E : NonNullable<T>;

type Some<T> = T | T[];
type Linked<Id, Link> = Id | (Extract<Id, object> & { through?: Link });

/** nested data of a to-many association: new rows, documents as a load prints them, or verbs */
export type Many<Id, Create, Update, Link, Save> = (Create & { through?: Link })[] | { replace: Save } | {
  create?: Some<Create & { through?: Link }>;
  connect?: Some<Linked<Id, Link>>;
  connectOrCreate?: Some<{ where: Where; create: Create; through?: Link }>;
  set?: Some<Linked<Id, Link>>;
  disconnect?: Some<Id>;
  delete?: Some<Id> | { where: Where };
  update?: Some<({ where: Where } | Extract<Id, object>) & { data?: Update; through?: Link }>;
  upsert?: Some<({ where: Where } | Extract<Id, object>) & { create: Create; update: Update; through?: Link }>;
};

/** nested data of a to-one association */
export interface ToOne<Id, Create, Update, Save> {
  create?: Create;
  connect?: Id;
  connectOrCreate?: { where: Where; create: Create };
  set?: Id | null;
  disconnect?: true | Id;
  delete?: true;
  update?: { data: Update };
  upsert?: { create: Create; update: Update };
  replace?: Save;
}
$code$
$typescript$;
COMMENT ON FUNCTION assoc.typescript_prelude() IS 'what every schema''s TypeScript begins with';

CREATE FUNCTION assoc.typescript(schema name DEFAULT current_schema()) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  known jsonb;
  result text := assoc.typescript_prelude();
  model record;
BEGIN
  SELECT jsonb_object_agg(m.relation, jsonb_build_object('name', m.name, 'keys', m.shape -> 'keys')) INTO known
    FROM assoc.typescript_models(typescript.schema) m;
  FOR model IN SELECT * FROM assoc.typescript_models(typescript.schema) m ORDER BY m.name COLLATE "C" LOOP
    result := result || E'\n' || assoc.typescript_model(model.relation, model.name, model.described, model.shape, known);
  END LOOP;
  RETURN result;
END
$$;
COMMENT ON FUNCTION assoc.typescript(name) IS
'TypeScript for the models of a schema: of each its row, its associations, its id, what create, update and save take, and the accessors. Save it as a file of the application; with options, assoc.typescript(model, options) gives the type of one load.';

CREATE FUNCTION assoc.typescript_model(relation oid, name text, described jsonb, shape jsonb, known jsonb) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  row_type record;
  below record;
  id text;
  key text;
  fields text;
  saved text;
  methods text;
BEGIN
  SELECT * INTO row_type FROM assoc.shape_typescript(shape, name, '  ', NULL);
  SELECT * INTO below FROM assoc.shape_typescript(jsonb_build_object('keys', (
      SELECT coalesce(jsonb_agg(k ORDER BY place), '[]')
      FROM jsonb_array_elements(assoc.load_shape(relation, jsonb_build_object('scope', false, 'include',
          (SELECT coalesce(jsonb_agg(a ->> 'alias'), '[]') FROM jsonb_array_elements(described -> 'associations') a))) -> 'keys') WITH ORDINALITY e (k, place)
      WHERE k ? 'node')), name || 'Associations', '  ', known);
  SELECT CASE WHEN count(*) = 1 THEN min(t.given) || ' | ' ELSE '' END
        || format('{ %s }', string_agg(format('%s: %s', assoc.typescript_key(p.key), t.given), '; ' ORDER BY p.place)),
      CASE WHEN count(*) = 1 THEN min(t.shown)
        ELSE format('{ %s }', string_agg(format('%s: %s', assoc.typescript_key(p.key), t.shown), '; ' ORDER BY p.place)) END
      INTO id, key
      FROM jsonb_array_elements_text(described -> 'primaryKey') WITH ORDINALITY p (key, place)
        JOIN LATERAL (SELECT a FROM jsonb_array_elements(described -> 'attributes') a WHERE a ->> 'name' = p.key) d ON true
        JOIN pg_attribute c ON c.attrelid = relation AND c.attname = d.a ->> 'column'
        CROSS JOIN LATERAL (
          SELECT assoc.type_typescript(c.atttypid, false, true),
            assoc.type_typescript(c.atttypid, d.a ->> 'json' = 'string' OR (d.a ->> 'type' = 'bigint' AND current_setting('pg_associations.bigint', true) = 'string'), false)) t (given, shown);
  IF described -> 'primaryKey' = '[]' THEN
    id := 'never';
    key := 'never';
  END IF;
  SELECT string_agg(format(E'%s  %s%s: %s;\n', '  /** ' || replace(a ->> 'comment', '*/', '* /') || E' */\n',
      assoc.typescript_key(a ->> 'name'),
      CASE WHEN (a ->> 'allowNull')::boolean OR a ?| '{default,identity}' OR coalesce(a ->> 'column' IN (described ->> 'createdAt', described ->> 'updatedAt', described ->> 'deletedAt'), false) 
          -- what nested data says, or what the row is nested in
          OR EXISTS (SELECT FROM assoc.associations f
                     WHERE c.attname = ANY (f.foreign_key)
                       AND (f.source = c.attrelid AND f.kind = 'belongs_to' OR f.target = c.attrelid AND f.kind IN ('has_many', 'has_one')))
        THEN '?' ELSE '' END,
      assoc.type_typescript(c.atttypid, false, true) || CASE WHEN (a ->> 'allowNull')::boolean AND assoc.type_typescript(c.atttypid, false, true) <> 'unknown' THEN ' | null' ELSE '' END),
      '' ORDER BY place) INTO fields
    FROM jsonb_array_elements(described -> 'attributes') WITH ORDINALITY e (a, place)
      JOIN pg_attribute c ON c.attrelid = relation AND c.attname = a ->> 'column'
    WHERE NOT a ? 'generated' AND a ->> 'identity' IS DISTINCT FROM 'always';
  -- models of other schemas have no interfaces here
  SELECT concat(fields, string_agg(format(E'  %s?: %s;\n', assoc.typescript_key(a.alias),
      CASE WHEN t.name IS NULL THEN 'unknown'
        WHEN a.kind IN ('has_one', 'belongs_to') THEN format('ToOne<%1$sId, %1$sCreate, %1$sUpdate, %2$s>', t.name, s.document)
        ELSE format('Many<%1$sId, %1$sCreate, %1$sUpdate, %2$s, %3$s>', t.name, coalesce(assoc.typescript_payload(a.through, a.foreign_key || a.other_key, known), 'never'), s.document) END), '' ORDER BY a.alias COLLATE "C")) INTO fields
    FROM assoc.associations a LEFT JOIN LATERAL (SELECT known -> a.target::oid::text ->> 'name') t (name) ON true
      CROSS JOIN LATERAL (SELECT format('Required<%sSave>[%s]', typescript_model.name, to_json(a.alias))) s (document)
    WHERE a.source = typescript_model.relation;
  -- all that a load prints, so that it can be given back
  SELECT string_agg(format(E'  %s?: %s;\n', assoc.typescript_key(a ->> 'name'), t.type || CASE WHEN (a ->> 'allowNull')::boolean AND t.type <> 'unknown' THEN ' | null' ELSE '' END),
      '' ORDER BY place) INTO saved
    FROM jsonb_array_elements(described -> 'attributes') WITH ORDINALITY e (a, place)
      JOIN pg_attribute c ON c.attrelid = relation AND c.attname = a ->> 'column'
      CROSS JOIN LATERAL (SELECT assoc.type_typescript(c.atttypid, false, true)) t (type);
  SELECT concat(saved, string_agg(format(E'  %s?: %s;\n', assoc.typescript_key(a ->> 'alias'),
      CASE WHEN t.name IS NULL THEN 'unknown'
        WHEN (a ->> 'toOne')::boolean THEN format('%sSave | null', t.name)
        WHEN l.name IS NULL THEN format('%sSave[]', t.name)
        ELSE format('(%sSave & { through?: %2$sSave; %3$s?: %2$sSave })[]', t.name, l.name, assoc.typescript_key(a ->> 'throughAs')) END), '' ORDER BY a ->> 'alias' COLLATE "C")) INTO saved
    FROM jsonb_array_elements(described -> 'associations') a
      JOIN assoc.associations f ON f.source = typescript_model.relation AND f.alias = a ->> 'alias'
      CROSS JOIN LATERAL (SELECT known -> f.target::oid::text ->> 'name') t (name)
      CROSS JOIN LATERAL (SELECT known -> f.through::oid::text ->> 'name') l (name);
  SELECT string_agg(assoc.typescript_accessor(p.oid, a.alias, typescript_model.name, known -> a.target::oid::text ->> 'name',
      coalesce(assoc.typescript_payload(a.through, a.foreign_key || a.other_key, known), 'never'),
      -- where a pair may be linked twice a link has a key of its own
      CASE WHEN a.options #> '{through,unique}' = 'false' THEN 'unknown' ELSE (known -> a.target::oid::text ->> 'name') || 'Key' END),
      E'\n' ORDER BY a.alias COLLATE "C", p.oid) INTO methods
    FROM assoc.associations a
      JOIN LATERAL (SELECT DISTINCT d.objid FROM pg_depend d
                    WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.source) o ON true
      JOIN pg_proc p ON p.oid = o.objid
    WHERE a.source = typescript_model.relation AND known ? a.target::oid::text AND assoc.accessor_is_ours(p.oid, a.source, a.alias);
  RETURN concat(
    '/** ' || replace(described ->> 'comment', '*/', '* /') || E' */\n',
    format(E'export interface %s {\n%s}\n%s\n', name, row_type.body, row_type.extra),
    format(E'export interface %sAssociations {\n%s}\n%s\n', name, below.body, below.extra),
    format(E'/** the key, as it is given */\nexport type %1$sId = %2$s;\n\n/** and as it is shown */\nexport type %1$sKey = %3$s;\n\n', name, id, key),
    format(E'export interface %sCreate {\n%s}\n\n', name, fields),
    format(E'export type %1$sUpdate = Partial<%1$sCreate>;\n\n', name),
    format(E'/** what save takes: a row as a load prints it, changed */\nexport interface %sSave {\n%s}\n', name, saved),
    CASE WHEN methods IS NOT NULL THEN format(E'\nexport interface %sAccessors {\n%s\n}\n', name, methods) END);
END
$$;
COMMENT ON FUNCTION assoc.typescript_model(oid, text, jsonb, jsonb, jsonb) IS 'TypeScript of one model';

CREATE FUNCTION assoc.typescript_payload(through oid, keys name[], known jsonb) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
SELECT CASE WHEN known ? through::text THEN format('Partial<Omit<%sCreate, %s>>', known -> through::text ->> 'name',
    (SELECT string_agg(to_json(coalesce((SELECT e.key FROM assoc.models m, jsonb_each(m.attributes) e WHERE m.relation = through AND e.value ->> 'column' = k), k))::text, ' | ')
     FROM unnest(keys) k)) END
$$;
COMMENT ON FUNCTION assoc.typescript_payload(oid, name[], jsonb) IS 'the type of what a link carries; NULL where there is no join table, or no interface of it';
