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
