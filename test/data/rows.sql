-- Rows for a schema that was discovered, and what plain SQL says of them.  A topic includes it with
--   \getenv top PG_ABS_SRCDIR
--   \set rows :top '/test/data/rows.sql'
--   \i :rows

-- a value of each type, another for each number
CREATE FUNCTION some_value(type regtype, name text, i int) RETURNS jsonb LANGUAGE sql AS $$
SELECT CASE
    WHEN typname IN ('int2', 'int4', 'int8', 'numeric', 'float4', 'float8') THEN to_jsonb(100 + i)
    WHEN typname = 'bool' THEN to_jsonb(i % 2 = 0)
    WHEN typname = 'date' THEN to_jsonb(date '2026-01-01' + i)
    WHEN typname IN ('timestamp', 'timestamptz') THEN to_jsonb(timestamptz '2026-01-01 00:00:00Z' + i * interval '1 day')
    WHEN typname = 'uuid' THEN to_jsonb(md5(name || i)::uuid)
    WHEN typname IN ('json', 'jsonb') THEN jsonb_build_object(name, i)
    WHEN typname IN ('inet', 'cidr') THEN to_jsonb(format('10.0.0.%s', i))
    WHEN typtype = 'e' THEN (SELECT to_jsonb(enumlabel) FROM pg_enum WHERE enumtypid = t.oid ORDER BY enumsortorder LIMIT 1)
    WHEN typcategory = 'A' THEN '[]'
    WHEN typname = 'bpchar' THEN to_jsonb(chr(96 + i))
    ELSE to_jsonb(name || i)
  END
  FROM pg_type t WHERE t.oid = (SELECT CASE typtype WHEN 'd' THEN typbasetype ELSE oid END FROM pg_type WHERE oid = type) $$;

CREATE FUNCTION columns_of(relation oid, numbers smallint[]) RETURNS name[] LANGUAGE sql AS $$
SELECT array_agg(a.attname ORDER BY o)
  FROM unnest(numbers) WITH ORDINALITY u (n, o) JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = n $$;

-- the i-th row of a table as data for assoc.create; NULL where a row that it must point at, or one that will come, is not there yet
CREATE FUNCTION some_row(relation regclass, i int, coming regclass[]) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  row jsonb := '{}';
  key record;
  found jsonb;
BEGIN
  FOR key IN
    SELECT DISTINCT ON (cardinality(c.conkey), c.conkey) c.confrelid::regclass AS target, c.conkey,
        columns_of(c.conrelid, c.conkey) AS own, columns_of(c.confrelid, c.confkey) AS pointed,
        (SELECT bool_and(a.attnotnull) FROM pg_attribute a WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)) AS needed
      FROM pg_constraint c WHERE c.conrelid = some_row.relation AND c.contype = 'f'
        -- a key to a partitioned table is one to each partition, too
        AND c.conparentid = 0
      ORDER BY cardinality(c.conkey), c.conkey
  LOOP
    EXECUTE format('WITH fits AS (SELECT %1$s AS fit FROM %2$s t WHERE %3$L::jsonb @> (SELECT coalesce(jsonb_object_agg(k, v), ''{}'')
        FROM jsonb_each(%1$s) e (k, v) WHERE %3$L::jsonb ? k))
        SELECT fit FROM fits ORDER BY fit OFFSET (%4$s %% greatest(1, (SELECT count(*) FROM fits))) LIMIT 1',
      (SELECT format('jsonb_build_object(%s)', string_agg(format('%L, t.%I', o, p), ', ')) FROM unnest(key.own, key.pointed) u (o, p)),
      key.target, row, i + key.conkey[cardinality(key.conkey)]) INTO found;
    IF found IS NULL AND (key.needed OR key.target = ANY (coming)) THEN
      RETURN NULL;
    END IF;
    row := row || coalesce(found, '{}');
  END LOOP;
  RETURN row || (
    SELECT coalesce(jsonb_object_agg(a.attname, some_value(a.atttypid, a.attname, i)), '{}')
      FROM pg_attribute a
      WHERE a.attrelid = some_row.relation AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.atthasdef AND a.attidentity = ''
        AND NOT row ? a.attname
        AND a.attname !~* '(created|updated|deleted)_?at$'
        AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = a.attrelid AND c.contype = 'f' AND a.attnum = ANY (c.conkey)));
END $$;

-- empties a schema and makes three rows of each model by assoc.create, those that are pointed at first;
-- which models have not got them
CREATE FUNCTION fill(schema name) RETURNS TABLE (model text, without text) LANGUAGE plpgsql AS $$
DECLARE
  called text;
  has_key boolean;
  table_oid regclass;
  waiting regclass[] := ARRAY(SELECT c.oid::regclass FROM assoc.models m JOIN pg_class c ON c.oid = m.relation
    WHERE c.relnamespace = fill.schema::regnamespace AND c.relname <> 'preview' ORDER BY c.relname);
  later regclass[];
  stuck boolean := false;
BEGIN
  EXECUTE (SELECT format('TRUNCATE %s RESTART IDENTITY CASCADE', string_agg(r::text, ', ')) FROM unnest(waiting) r);
  LOOP
    later := '{}';
    FOREACH table_oid IN ARRAY waiting LOOP
      IF some_row(table_oid, 1, CASE WHEN NOT stuck THEN array_remove(waiting, table_oid) END) IS NULL THEN
        later := later || table_oid;
        CONTINUE;
      END IF;
      -- where each waited for another one, one may go first
      stuck := false;
      SELECT format('%I.%I', fill.schema, m.name),
          m.options ? 'key' OR EXISTS (SELECT FROM pg_index i WHERE i.indrelid = table_oid AND i.indisprimary)
        INTO called, has_key FROM assoc.models m WHERE m.relation = table_oid;
      FOR i IN 1..3 LOOP
        IF has_key THEN
          PERFORM assoc.create(called, some_row(table_oid, i, NULL));
        ELSE
          PERFORM assoc.bulk_create(called, jsonb_build_array(some_row(table_oid, i, NULL)), '{"returning": false}');
        END IF;
      END LOOP;
    END LOOP;
    EXIT WHEN later = '{}' OR (later = waiting AND stuck);
    stuck := later = waiting;
    waiting := later;
  END LOOP;
  RETURN QUERY SELECT m.name, 'rows to point at' FROM assoc.models m WHERE m.relation = ANY (later);
END $$;

CREATE FUNCTION keys_equal(a text, x name[], b text, y name[]) RETURNS text LANGUAGE sql AS $$
SELECT string_agg(format('%s.%I = %s.%I', a, k, b, l), ' AND ') FROM unnest(x, y) u (k, l) $$;

-- an association as plain SQL would load it, its rows in any order
CREATE FUNCTION by_sql(a assoc.associations) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  rows text := CASE a.kind
    WHEN 'belongs_to_many' THEN format('SELECT coalesce(jsonb_agg(r ORDER BY r), ''[]'')
        FROM (SELECT to_jsonb(t) || jsonb_build_object(%L, to_jsonb(l)) FROM %s l JOIN %s t ON %s WHERE %s) r (r)',
      coalesce(a.options #>> '{through,as}', (SELECT m.name FROM assoc.models m WHERE m.relation = a.through)),
      a.through::regclass, a.target::regclass,
      keys_equal('l', a.other_key, 't', a.target_key), keys_equal('l', a.foreign_key, 's', a.source_key))
    WHEN 'has_many' THEN format('SELECT coalesce(jsonb_agg(r ORDER BY r), ''[]'') FROM (SELECT to_jsonb(t) FROM %s t WHERE %s) r (r)',
      a.target::regclass, keys_equal('t', a.foreign_key, 's', a.source_key))
    WHEN 'has_one' THEN format('SELECT to_jsonb(t) FROM %s t WHERE %s',
      a.target::regclass, keys_equal('t', a.foreign_key, 's', a.source_key))
    ELSE format('SELECT to_jsonb(t) FROM %s t WHERE %s',
      a.target::regclass, keys_equal('t', a.target_key, 's', a.foreign_key)) END;
  result jsonb;
BEGIN
  EXECUTE format('SELECT jsonb_agg(r ORDER BY r) FROM (SELECT to_jsonb(s) || jsonb_build_object(%L, (%s)) FROM %s s) r (r)',
    a.alias, rows, a.source::regclass) INTO result;
  RETURN result;
END $$;

-- and as it is loaded
CREATE FUNCTION by_load(a assoc.associations) RETURNS jsonb LANGUAGE sql AS $$
SELECT jsonb_agg(r ORDER BY r) FROM (
  SELECT d || jsonb_build_object(a.alias, CASE jsonb_typeof(d -> a.alias)
      WHEN 'array' THEN (SELECT coalesce(jsonb_agg(e ORDER BY e), '[]') FROM jsonb_array_elements(d -> a.alias) e)
      ELSE d -> a.alias END)
    FROM jsonb_array_elements(assoc.find_all(
      (SELECT format('%I.%I', c.relnamespace::regnamespace, m.name) FROM assoc.models m JOIN pg_class c ON c.oid = m.relation
        WHERE m.relation = a.source),
      jsonb_build_object('include', jsonb_build_array(a.alias)))::jsonb) d) r (r) $$;

-- how many associations of a schema load something, and which load other rows than plain SQL
CREATE FUNCTION compare(schema name) RETURNS TABLE (found bigint, empty text, unlike text) LANGUAGE sql AS $$
SELECT count(*) FILTER (WHERE l.loads),
    string_agg(format('%s.%s', c.relname, a.alias), ', ' ORDER BY c.relname, a.alias) FILTER (WHERE NOT l.loads),
    string_agg(format('%s.%s', c.relname, a.alias), ', ' ORDER BY c.relname, a.alias) FILTER (WHERE by_load(a) IS DISTINCT FROM s.rows)
  FROM assoc.associations a JOIN pg_class c ON c.oid = a.source
    CROSS JOIN LATERAL (SELECT by_sql(a)) s (rows)
    CROSS JOIN LATERAL (SELECT bool_or(jsonb_typeof(r -> a.alias) = 'object' OR (r -> a.alias) -> 0 IS NOT NULL)
      FROM jsonb_array_elements(s.rows) r) l (loads)
  WHERE c.relnamespace = compare.schema::regnamespace $$;
