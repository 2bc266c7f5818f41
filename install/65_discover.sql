-- What the foreign keys of a schema say of models and associations.
--
-- An association is reported with its source: discover('a') finds the has_many
-- from a table of schema a to one of schema b, discover('b') the way back.
--
-- Names.  Each way has a list of names that suit it, best first, and gets the first that nothing else
-- of its source has: no attribute, no association that stands, no way that comes before it.
--   belongs_to: the column without _id (manager_id: manager); where that is an attribute, to_one (artist: artist_ref).
--   has_many, has_one: the pointing table (posts).  Where several keys point from one table to another, those whose column
--     is not called after the other table have the column in front (author_posts); in one table children for parent,
--     reblogs for reblog_of, manager_of for manager.
--   belongs_to_many: the plural of the other key's column (projects); with the join table in front (like_posts) where a
--     foreign key or another join table has that name.  A join table that is called after both ends (user_projects) comes
--     before other join tables and before keys with a name of their own (owner_id: owner_projects).
-- Keys to one row come first, then keys to many, then join tables.

CREATE FUNCTION assoc.discover_names(wishes jsonb, taken text[]) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  names text[] := '{}';
  wish jsonb;
  name text;
BEGIN
  FOR wish IN SELECT w.value FROM jsonb_array_elements(wishes) w LOOP
    name := (
      SELECT w.name FROM jsonb_array_elements_text(wish) WITH ORDINALITY w (name, place)
      WHERE octet_length(w.name) BETWEEN 1 AND 63 AND w.name <> ALL (taken)
      ORDER BY w.place LIMIT 1);
    names := names || name;
    taken := taken || coalesce(name, '');
  END LOOP;
  RETURN names;
END
$$;
COMMENT ON FUNCTION assoc.discover_names(jsonb, text[]) IS
'Of each array of names the first that is neither taken nor chosen before; NULL where none is left.';

CREATE FUNCTION assoc.accessor_names(model text, alias text, singular text, to_one boolean,
  OUT verb text, OUT name text) RETURNS SETOF record
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'assoc_accessor_names';
COMMENT ON FUNCTION assoc.accessor_names(text, text, text, boolean) IS
'The names of all accessors that an association can have, with the verbs that choose them.';

CREATE FUNCTION assoc.discover_plan(schema name, to_one text, accessors boolean, accessors_schema name,
  OUT status text, OUT statement text, OUT note text) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
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
roles AS (
  SELECT p.*, row_number() OVER (ORDER BY p.child, p.numbers, p.columns, p.parent, p.referenced) AS id,
      (SELECT CASE WHEN count(DISTINCT r.role) = 1 THEN min(r.role) END
         FROM unnest(p.columns::text[], p.referenced::text[]) c (own, pointed)
           CROSS JOIN LATERAL (SELECT CASE
               WHEN right(c.own, length(c.pointed) + 1) = '_' || c.pointed THEN left(c.own, -length(c.pointed) - 1)
               WHEN right(c.own, length(c.pointed)) = upper(left(c.pointed, 1)) || substr(c.pointed, 2) THEN left(c.own, -length(c.pointed))
               WHEN c.own ~ '.(_id|_ID)$' THEN left(c.own, -3)
               WHEN c.own ~ '[[:lower:][:digit:]](Id|ID)$' THEN left(c.own, -2)
               WHEN c.own ~ '.(_fk|_key|_ref|_no|_nr|_uid|_uuid|_code)$' THEN regexp_replace(c.own, '_[a-z]+$', '')
               WHEN c.own ~ '^(id|fk)_.' THEN substr(c.own, 4)
               WHEN c.own <> c.pointed THEN c.own
             END COLLATE "C") r (role)
         WHERE r.role <> '' AND (c.own <> c.pointed OR cardinality(p.columns) = 1)) AS role,
      EXISTS (SELECT FROM unique_keys u WHERE u.indrelid = p.child AND u.numbers <@ p.numbers) AS is_unique
    FROM pointers p),
-- is_plain: the columns say no more than the name of the table that they point at
foreign_keys AS (
  SELECT r.*, n.role_name, n.is_plain, c.one AS child_one, c.many AS child_many, p.one AS parent_one, p.many AS parent_many,
      count(*) OVER (PARTITION BY r.child, r.parent) > 1 AS several,
      CASE WHEN r.is_unique THEN c.one ELSE c.many END AS rows
    FROM roles r JOIN tables c ON c.relid = r.child JOIN tables p ON p.relid = r.parent
      CROSS JOIN LATERAL (SELECT coalesce(assoc.snake_case(r.role), p.one),
          r.role IS NULL OR assoc.snake_case(r.role) = p.one OR right(p.one, length(r.role) + 1) = '_' || assoc.snake_case(r.role)
        ) n (role_name, is_plain)),

-- tables of two foreign keys that are unique together; is_pure: they have nothing else
pairs AS (
  SELECT a.child AS through, a.id AS first, b.id AS second, count(*) OVER (PARTITION BY a.child) AS ways,
      NOT EXISTS (SELECT FROM attributes c WHERE c.relid = a.child AND c.number <> ALL (a.numbers || b.numbers)) AS is_pure
    FROM foreign_keys a JOIN foreign_keys b ON b.child = a.child AND a.numbers < b.numbers
      AND NOT a.numbers <@ b.numbers AND NOT b.numbers <@ a.numbers
    WHERE EXISTS (
      SELECT FROM unique_keys u
      WHERE u.indrelid = a.child AND u.numbers <@ (a.numbers || b.numbers) AND u.numbers @> (a.numbers || b.numbers))),

-- every way from one table to another; a unit has two.  A join table that says more than its links is a table like others, too
has AS (
  SELECT 3 AS step, f.child AS place, f.id AS unit, 1 AS direction, CASE WHEN f.is_unique THEN 'has_one' ELSE 'has_many' END AS kind,
      f.parent AS source, f.child AS target, NULL::oid AS through, f.referenced AS source_key, f.columns AS foreign_key,
      NULL::name[] AS other_key, NULL::name[] AS target_key, f.primary_key IS DISTINCT FROM f.referenced AS say_source_key, false AS say_target_key,
      CASE
        WHEN f.child = f.parent THEN CASE
          WHEN f.role_name ~ '^parent(_|$)' THEN CASE WHEN f.is_unique THEN 'child' ELSE assoc.pluralize('child' || substr(f.role_name, 7)) END
          WHEN f.role_name ~ '._of$' AND f.is_unique THEN left(f.role_name, -3)
          WHEN f.role_name ~ '._of$' THEN assoc.pluralize(left(f.role_name, -3))
          WHEN f.role_name ~ '_(to|by|from|via|for|in|on|with|after|before)$' THEN f.role_name || '_' || f.rows
          WHEN f.role_name ~ ('_(to|by|from|via|for|in|on|with|after|before)_' || f.child_one || '$')
            THEN left(f.role_name, -length(f.child_one)) || f.rows
          ELSE f.role_name || '_of' END
        WHEN f.several AND NOT f.is_plain THEN f.role_name || '_' || f.rows
        ELSE f.rows
      END AS alias,
      ARRAY[f.role_name || '_' || f.rows, f.rows || '_by_' || f.role_name,
        (SELECT c.relname FROM tables c WHERE c.relid = f.child) || '_by_' || array_to_string(f.columns, '_')] AS others,
      CASE WHEN f.is_plain THEN 2 ELSE 3 END AS rank, f.constraint_name, f.is_plain
    FROM foreign_keys f
    WHERE NOT EXISTS (SELECT FROM pairs j WHERE j.ways = 1 AND j.is_pure AND f.id IN (j.first, j.second))),
belongs AS (
  SELECT 3 AS step, f.child AS place, f.id AS unit, 2 AS direction, 'belongs_to' AS kind,
      f.child AS source, f.parent AS target, NULL::oid AS through, NULL::name[] AS source_key, f.columns AS foreign_key,
      NULL::name[] AS other_key, f.referenced AS target_key, false AS say_source_key, f.primary_key IS DISTINCT FROM f.referenced AS say_target_key,
      n.alias,
      CASE WHEN EXISTS (SELECT FROM attributes a WHERE a.relid = f.child AND a.name = n.alias) THEN '{}'
        ELSE ARRAY[n.alias || '_' || f.parent_one] END
      || ARRAY[replace(discover_plan.to_one, '%s', n.alias), n.alias || '_' || f.parent_one,
        replace(discover_plan.to_one, '%s', array_to_string(f.columns, '_'))] AS others,
      1 AS rank, f.constraint_name, f.is_plain
    FROM foreign_keys f CROSS JOIN LATERAL (SELECT coalesce(f.role, f.parent_one)) n (alias)
    WHERE NOT EXISTS (SELECT FROM pairs j WHERE j.ways = 1 AND j.is_pure AND f.id IN (j.first, j.second))),
keys AS (TABLE has UNION ALL TABLE belongs),
links AS (
  SELECT 2 AS step, p.through AS place, (p.first << 20) + p.second AS unit, d.direction, 'belongs_to_many' AS kind,
      s.parent AS source, t.parent AS target, p.through, s.referenced AS source_key, s.columns AS foreign_key,
      t.columns AS other_key, t.referenced AS target_key, s.primary_key IS DISTINCT FROM s.referenced AS say_source_key,
      t.primary_key IS DISTINCT FROM t.referenced AS say_target_key,
      CASE WHEN s.parent = t.parent AND coalesce(assoc.snake_case(t.role), t.parent_one) = t.parent_one AND s.role IS NOT NULL
          THEN assoc.snake_case(s.role) || '_of'
        ELSE assoc.pluralize(coalesce(t.role, t.parent_many)) END AS alias,
      ARRAY[s.child_one || '_' || CASE WHEN t.role_name = s.child_one THEN t.parent_many ELSE assoc.pluralize(t.role_name) END,
        s.child_one || '_' || t.parent_many || '_by_' || t.role_name] AS others,
      p.ways, called.after_both
    FROM pairs p
      CROSS JOIN LATERAL (VALUES (1, p.first, p.second), (2, p.second, p.first)) d (direction, source_id, target_id)
      JOIN foreign_keys s ON s.id = d.source_id
      JOIN foreign_keys t ON t.id = d.target_id
      CROSS JOIN LATERAL (
        SELECT bool_or(right(words.j, length(a || link || b)) = a || link || b OR right(words.j, length(b || link || a)) = b || link || a)
          FROM (SELECT replace(s.child_one, '_', '')) words (j),
            unnest(ARRAY[replace(s.parent_one, '_', ''), replace(s.parent_many, '_', ''), replace(s.role_name, '_', '')]) a,
            unnest(ARRAY[replace(t.parent_one, '_', ''), replace(t.role_name, '_', '')]) b,
            unnest(ARRAY['', 'to', 'and', 'has']) link) called (after_both)),
-- a name that two ways could have, told from each other by number only, is the foreign key's
contested AS (
  SELECT l.*,
      EXISTS (
        SELECT FROM keys k WHERE k.source = l.source AND assoc.singularize(k.alias) = assoc.singularize(l.alias)
          AND NOT (l.after_both AND k.direction = 1 AND NOT k.is_plain)) AS is_like_key,
      EXISTS (SELECT FROM keys k WHERE k.source = l.source AND k.alias = l.alias) AS is_key,
      count(*) FILTER (WHERE l.ways = 1) OVER same > 1 AND NOT (l.after_both AND count(*) FILTER (WHERE l.ways = 1 AND l.after_both) OVER same = 1) AS is_shared
    FROM links l WINDOW same AS (PARTITION BY l.source, l.alias)),
all_ways AS (
  SELECT k.step, k.place, k.unit, k.direction, k.kind, k.source, k.target, k.through, k.source_key, k.foreign_key, k.other_key, k.target_key,
      k.say_source_key, k.say_target_key, k.alias, k.others, k.rank, k.constraint_name, 1 AS ways,
      CASE WHEN k.direction = 1 AND NOT k.is_plain AND EXISTS (
            SELECT FROM links l WHERE l.source = k.source AND l.target = k.target AND l.after_both AND l.ways = 1 AND l.alias = k.alias)
          THEN format('alias "%s" is that of a join table', k.alias) END AS hint
    FROM keys k
  UNION ALL
  SELECT c.step, c.place, c.unit, c.direction, c.kind, c.source, c.target, c.through, c.source_key, c.foreign_key, c.other_key, c.target_key,
      c.say_source_key, c.say_target_key, c.alias, c.others, CASE WHEN c.after_both THEN 4 ELSE 5 END, NULL, c.ways,
      CASE WHEN bool_or(c.is_like_key OR c.is_shared) OVER (PARTITION BY c.unit) THEN CASE
          WHEN c.is_like_key AND c.is_key THEN format('alias "%s" is that of a foreign key', c.alias)
          WHEN c.is_shared THEN format('alias "%s" fits several join tables', c.alias)
          ELSE 'named as its other direction is' END END
    FROM contested c),
ways AS (
  SELECT w.*, row_number() OVER (ORDER BY w.step, w.unit, w.direction) AS id,
      s.call_name AS source_call, t.call_name AS target_call, j.call_name AS through_call, j.name AS through_name, s.name AS source_name, s.nspname,
      CASE
        WHEN NOT s.owned THEN 'must be owner of ' || w.source::regclass
        WHEN NOT j.owned THEN 'must be owner of ' || w.through::regclass
        WHEN t.model IS NULL AND NOT t.owned THEN 'must be owner of ' || w.target::regclass
      END AS forbidden,
      CASE
        WHEN s.namesake IS NOT NULL OR t.namesake IS NOT NULL OR j.namesake IS NOT NULL THEN 'one of its tables has the name of another model'
        WHEN EXISTS (SELECT FROM unnest(w.source_key || w.foreign_key || w.other_key || w.target_key) c (name) WHERE c.name ~ ',|^ | $')
          THEN 'a key column has a comma or blanks in its name'
      END AS unsayable,
      EXISTS (SELECT FROM attributes a WHERE a.relid = w.target AND a.name = j.name) AS link_hidden,
      to_jsonb(CASE WHEN w.hint IS NULL THEN ARRAY[w.alias] ELSE '{}' END || w.others) AS wishes,
      ARRAY[w.rank, (t.nspname <> s.nspname)::int, (t.relname <> w.alias)::int] AS turn, coalesce(j.relname, t.relname) AS turn_name
    FROM all_ways w
      JOIN tables s ON s.relid = w.source
      JOIN tables t ON t.relid = w.target
      LEFT JOIN tables j ON j.relid = w.through
    WHERE s.nspname = discover_plan.schema),

-- what stands already, whatever it is called and in whatever order its columns were named
standing AS (
  SELECT w.id, min(a.alias) AS standing_alias, min(a.kind) AS standing_kind
    FROM ways w JOIN assoc.associations a ON a.source = w.source AND a.target = w.target AND a.through IS NOT DISTINCT FROM w.through
      AND (a.kind = w.kind OR (a.kind IN ('has_one', 'has_many') AND w.kind IN ('has_one', 'has_many')))
      CROSS JOIN LATERAL (SELECT
          ARRAY(SELECT u::text FROM unnest(a.foreign_key, CASE a.kind WHEN 'belongs_to' THEN a.target_key ELSE a.source_key END) u ORDER BY 1),
          ARRAY(SELECT u::text FROM unnest(w.foreign_key, CASE w.kind WHEN 'belongs_to' THEN w.target_key ELSE w.source_key END) u ORDER BY 1),
          ARRAY(SELECT u::text FROM unnest(a.other_key, CASE a.kind WHEN 'belongs_to_many' THEN a.target_key END) u ORDER BY 1),
          ARRAY(SELECT u::text FROM unnest(w.other_key, CASE w.kind WHEN 'belongs_to_many' THEN w.target_key END) u ORDER BY 1)
        ) keys (a_source, w_source, a_target, w_target)
    WHERE keys.a_source = keys.w_source AND keys.a_target = keys.w_target
    GROUP BY w.id),
missing AS (
  SELECT w.*, coalesce(w.unsayable, w.forbidden) AS hopeless
    FROM ways w WHERE NOT EXISTS (SELECT FROM standing s WHERE s.id = w.id)),
taken AS (
  SELECT m.source,
      ARRAY(SELECT a.name::text FROM attributes a WHERE a.relid = m.source
            UNION ALL SELECT a.alias FROM assoc.associations a WHERE a.source = m.source) AS names
    FROM missing m GROUP BY m.source),
chosen AS (
  SELECT c.id, c.alias
    FROM (SELECT array_agg(m.id ORDER BY m.turn, m.turn_name, m.id) AS ids,
              assoc.discover_names(jsonb_agg(m.wishes ORDER BY m.turn, m.turn_name, m.id), t.names) AS aliases
            FROM missing m JOIN taken t ON t.source = m.source
            WHERE m.hopeless IS NULL AND m.ways = 1
            GROUP BY m.source, t.names) s
      CROSS JOIN LATERAL unnest(s.ids, s.aliases) c (id, alias)),
-- of several pairs in one table a person chooses
named AS (
  SELECT m.*,
      CASE WHEN m.hopeless IS NOT NULL THEN m.wishes ->> 0
        WHEN m.ways > 1 THEN (
          assoc.discover_names(jsonb_build_array(m.wishes), t.names
            || ARRAY(SELECT o.alias FROM chosen o JOIN missing w ON w.id = o.id WHERE w.source = m.source AND o.alias IS NOT NULL)))[1]
        ELSE c.alias END AS name,
      (m.alias = ANY (t.names)) AS is_taken, EXISTS (SELECT FROM attributes a WHERE a.relid = m.source AND a.name = m.alias) AS is_attribute
    FROM missing m JOIN taken t ON t.source = m.source LEFT JOIN chosen c ON c.id = m.id),
judged AS (
  SELECT n.*,
      CASE WHEN n.hopeless IS NOT NULL OR n.name IS NULL THEN 'skipped' WHEN n.ways > 1 THEN 'ambiguous' ELSE 'declare' END AS status,
      CASE
        WHEN n.hopeless IS NOT NULL THEN n.hopeless
        WHEN n.ways > 1 THEN format('%s has %s pairs of foreign keys that are unique together', n.through::regclass, n.ways)
        WHEN n.name IS NOT DISTINCT FROM n.alias THEN NULL
        WHEN n.hint IS NOT NULL THEN n.hint
        WHEN octet_length(n.alias) > 63 THEN format('alias "%s" is too long', n.alias)
        WHEN n.is_attribute THEN format('alias "%s" is an attribute', n.alias)
        WHEN n.is_taken THEN format('alias "%s" is taken by another association', n.alias)
        ELSE format('alias "%s" fits another association better', n.alias)
      END AS reason
    FROM named n),

-- accessors: of two that would have one name the to-many's is made; what is there already and is nobody's stays
functions AS (
  SELECT j.id, f.verb, f.name, j.source, j.name AS alias,
      coalesce(discover_plan.accessors_schema, j.nspname) AS nspname,
      row_number() OVER (PARTITION BY f.name ORDER BY j.kind IN ('has_one', 'belongs_to'), j.turn, j.turn_name, j.id, f.verb) AS turn,
      first_value(j.source::regclass || '.' || j.name) OVER (PARTITION BY f.name ORDER BY j.kind IN ('has_one', 'belongs_to'), j.turn, j.turn_name, j.id, f.verb) AS first_way
    FROM judged j
      CROSS JOIN LATERAL assoc.accessor_names(j.source_name, j.name,
        CASE WHEN j.kind IN ('has_one', 'belongs_to') THEN j.name ELSE assoc.singularize(j.name) END, j.kind IN ('has_one', 'belongs_to')) f
    WHERE j.status = 'declare' AND discover_plan.accessors),
obstacles AS (
  SELECT f.id, f.verb, f.name, octet_length(f.name) > 63 AS too_long,
      CASE
        WHEN f.turn > 1 THEN f.first_way
        ELSE (
          SELECT 'function ' || min(p.oid::regprocedure::text)
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE p.proname = f.name AND n.nspname = f.nspname
              AND assoc.accessor_is_ours(p.oid, f.source, f.alias) IS NOT TRUE
            HAVING count(*) > 0)
      END AS obstacle
    FROM functions f),
verbs AS (
  SELECT o.id, o.verb, bool_or(o.too_long) AS too_long, bool_and(o.obstacle IS NULL) AS is_free
    FROM obstacles o GROUP BY o.id, o.verb),
accessors AS (
  SELECT v.id, bool_or(v.too_long) AS too_long, bool_or(NOT v.is_free) AS has_obstacle,
      jsonb_agg(v.verb ORDER BY v.verb) FILTER (WHERE v.is_free) AS verbs
    FROM verbs v GROUP BY v.id),
excuses AS (
  SELECT o.id, string_agg(format('without accessor %s: %s has that name', o.names, o.obstacle), '; ' ORDER BY o.names) AS excuse
    FROM (SELECT o.id, o.obstacle, string_agg(o.name, ', ' ORDER BY o.name) AS names
            FROM obstacles o WHERE o.obstacle IS NOT NULL GROUP BY o.id, o.obstacle) o
    GROUP BY o.id),
fitted AS (
  SELECT j.*,
      CASE
        WHEN NOT discover_plan.accessors OR a.too_long OR (a.has_obstacle AND a.verbs IS NULL) THEN 'false'::jsonb
        WHEN a.has_obstacle AND discover_plan.accessors_schema IS NULL THEN a.verbs
        WHEN a.has_obstacle THEN jsonb_build_object('only', a.verbs, 'schema', discover_plan.accessors_schema)
        WHEN discover_plan.accessors_schema IS NOT NULL THEN jsonb_build_object('schema', discover_plan.accessors_schema)
      END AS accessors,
      CASE WHEN a.too_long THEN 'without accessors: their names would be too long' ELSE e.excuse END AS obstacle
    FROM judged j LEFT JOIN accessors a ON a.id = j.id LEFT JOIN excuses e ON e.id = j.id),

-- a unit whose two ways are free is one call
paired AS (
  SELECT f.*, count(*) OVER unit = 2 AND f.status <> 'skipped' AS both_ways, lead(f.name) OVER unit AS inverse,
      lead(f.accessors) OVER unit AS inverse_accessors, bool_or(f.link_hidden) OVER unit AS hides_link,
      lead(f.reason) OVER unit AS inverse_reason, lead(f.obstacle) OVER unit AS inverse_obstacle
    FROM fitted f WINDOW unit AS (PARTITION BY f.step, f.unit, f.status ORDER BY f.direction
      ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)),
calls AS (
  SELECT p.*, CASE WHEN p.both_ways THEN p.inverse END AS said_inverse,
      jsonb_strip_nulls(jsonb_build_object(
        'accessors', p.accessors,
        'through', CASE WHEN p.hides_link THEN jsonb_build_object('as', p.through_name || '_link') END,
        'inverse', CASE WHEN p.both_ways AND p.inverse_accessors IS NOT NULL THEN jsonb_build_object('accessors', p.inverse_accessors) END)) AS options,
      concat_ws('; ',
        CASE WHEN p.status = 'declare' THEN coalesce('foreign key ' || p.constraint_name, 'join table ' || p.through::regclass || coalesce(' with '
          || (SELECT string_agg(quote_ident(a.name), ', ' ORDER BY a.number) FROM attributes a
                WHERE a.relid = p.through AND a.column_name <> ALL (p.foreign_key || p.other_key)), '')) END,
        p.reason, p.obstacle,
        CASE WHEN p.both_ways AND p.inverse_reason IS DISTINCT FROM p.reason THEN p.inverse_reason END,
        CASE WHEN p.both_ways AND p.inverse_obstacle IS DISTINCT FROM p.obstacle THEN p.inverse_obstacle END,
        CASE WHEN p.hides_link AND p.status <> 'skipped' THEN format('the link row is shown as "%s_link": "%1$s" is an attribute', p.through_name) END) AS note
    FROM paired p WHERE p.direction = 1 OR NOT p.both_ways),

report (step, place, unit, direction, status, statement, note) AS (
  SELECT 1, t.relid, 0, 0,
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
  SELECT w.step, w.place, w.unit, w.direction, 'exists', NULL,
      format('%s.%s is declared as %s', w.source::regclass, s.standing_alias, s.standing_kind)
    FROM ways w JOIN standing s ON s.id = w.id
  UNION ALL
  SELECT c.step, c.place, c.unit, c.direction, c.status,
      CASE WHEN c.unsayable IS NULL THEN format('SELECT assoc.%I(%L, %L%s, foreign_key => %L%s%s%s, alias => %L%s%s);', c.kind, c.source_call, c.target_call,
        ', through => ' || quote_literal(c.through_call), array_to_string(c.foreign_key, ','),
        ', other_key => ' || quote_literal(array_to_string(c.other_key, ',')),
        CASE WHEN c.say_source_key THEN ', source_key => ' || quote_literal(array_to_string(c.source_key, ',')) END,
        CASE WHEN c.say_target_key THEN ', target_key => ' || quote_literal(array_to_string(c.target_key, ',')) END,
        coalesce(c.name, c.alias), ', inverse => ' || quote_literal(c.said_inverse),
        CASE WHEN c.options <> '{}' THEN ', options => ' || quote_literal(c.options) END) END,
      c.note
    FROM calls c)
SELECT r.status, r.statement, r.note
  FROM report r JOIN tables t ON t.relid = r.place
  ORDER BY r.step, t.nspname, t.relname, r.unit, r.direction
$$;
COMMENT ON FUNCTION assoc.discover_plan(name, text, boolean, name) IS 'what assoc.discover reports when it declares nothing';

-- Each accessor is a lock for DROP SCHEMA and DROP EXTENSION, beside those for the tables and what is on them.
CREATE FUNCTION assoc.discover_accessors_fit(schema name) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
WITH
relations AS (
  SELECT c.oid, c.reltoastrelid <> 0 AS has_toast FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = discover_accessors_fit.schema),
counts (objects, foreign_keys, functions) AS (
  SELECT (SELECT count(*) + 2 * count(*) FILTER (WHERE r.has_toast) FROM relations r)
      + (SELECT count(*) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = discover_accessors_fit.schema)
      + (SELECT count(*) FROM pg_constraint c WHERE c.conrelid IN (SELECT oid FROM relations))
      + (SELECT count(*) FROM pg_attrdef d WHERE d.adrelid IN (SELECT oid FROM relations))
      + (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid IN (SELECT oid FROM relations)),
    (SELECT count(*) FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid IN (SELECT oid FROM relations)),
    (SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = discover_accessors_fit.schema))
SELECT c.objects + greatest(17 * c.foreign_keys, c.functions) <=
    current_setting('max_locks_per_transaction')::bigint
      * (SELECT sum(current_setting(p.name)::bigint) FROM (VALUES ('max_connections'), ('max_prepared_transactions'),
          ('autovacuum_max_workers'), ('max_worker_processes'), ('max_wal_senders')) p (name))
  FROM counts c
$$;
COMMENT ON FUNCTION assoc.discover_accessors_fit(name) IS
'Whether a schema with accessors for all of its foreign keys can still be dropped: each object is a lock, and a server has a number of them.';

CREATE FUNCTION assoc.discover(schema name DEFAULT current_schema(), apply boolean DEFAULT false,
  to_one text DEFAULT '%s_ref', accessors boolean DEFAULT NULL, accessors_schema name DEFAULT NULL,
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
  ELSIF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) coalesce(discover.accessors_schema, discover.schema)) THEN
    RAISE invalid_schema_name USING MESSAGE = pg_catalog.format('schema "%s" does not exist', discover.accessors_schema);
  ELSIF pg_catalog.replace(discover.to_one, '%s', '') OPERATOR(pg_catalog.=) discover.to_one THEN
    RAISE invalid_parameter_value USING MESSAGE = 'to_one has no %s', HINT = 'The name of the column stands there: ''%s_ref''.';
  END IF;
  IF discover.accessors IS NULL THEN
    accessors := assoc.discover_accessors_fit(discover.schema);
    IF NOT accessors THEN
      RAISE NOTICE USING MESSAGE = pg_catalog.format('no accessors are made: with them, schema "%s" would be too large to be dropped', discover.schema),
        DETAIL = 'DROP SCHEMA and DROP EXTENSION take a lock for each function.',
        HINT = 'accessors => true makes them; more max_locks_per_transaction makes room.';
    END IF;
  END IF;

  FOR found_row IN SELECT * FROM assoc.discover_plan(discover.schema, coalesce(discover.to_one, '%s_ref'), discover.accessors, discover.accessors_schema) LOOP
    status := found_row.status;
    statement := found_row.statement;
    note := nullif(found_row.note, '');
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
COMMENT ON FUNCTION assoc.discover(name, boolean, text, boolean, name) IS
'Finds models and associations in the tables and foreign keys of a schema: (status, statement, note). status: declare (what could be declared), exists, ambiguous (a statement for each choice), skipped (the note says why). apply => true runs what could be declared, as the caller, and reports it as declared. to_one: the name of an association whose column has the name that it would have. accessors => false makes none, accessors_schema puts them into a schema.';
