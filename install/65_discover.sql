-- What the foreign keys of a schema say of models and associations.
--
-- An association is reported with its source: discover('a') finds the has_many
-- from a table of schema a to one of schema b, discover('b') the way back.
--
-- Names.  Each way has a list of names that suit it, best first, and gets the first that nothing else
-- of its source has: no attribute, no existing association, no way that comes before it.
--   belongs_to: the column without _id (manager_id: manager); where that is an attribute, to_one (artist: artist_ref).
--   has_many, has_one: the pointing table (posts).  Where several keys point from one table to another, those whose column
--     is not called after the other table have the column in front (author_posts); in one table children for parent,
--     reblogs for reblog_of, manager_of for manager.
--   belongs_to_many: the plural of the other key's column (projects; related_id: related_products); with the join table in front (like_posts) where a
--     foreign key or another join table has that name.  A join table that is called after both ends (user_projects) comes
--     before other join tables and before keys with a name of their own (owner_id: owner_projects).
-- Keys to one row come first, then keys to many, then join tables.

-- Projects and projects are two keys of a document, but one word in the names of accessors.
CREATE FUNCTION assoc.discover_names(wishes jsonb, attributes text[], aliases text[]) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  names text[] := '{}';
  words text[] := ARRAY(SELECT assoc.snake_case(a) FROM unnest(aliases) a);
  wish jsonb;
  name text;
BEGIN
  FOR wish IN SELECT w.value FROM jsonb_array_elements(wishes) w LOOP
    name := (
      SELECT w.name FROM jsonb_array_elements_text(wish) WITH ORDINALITY w (name, place)
      WHERE octet_length(w.name) BETWEEN 1 AND 63 AND w.name <> ALL (attributes) AND assoc.snake_case(w.name) <> ALL (words)
      ORDER BY w.place LIMIT 1);
    names := names || name;
    words := words || assoc.snake_case(coalesce(name, ''));
  END LOOP;
  RETURN names;
END
$$;
COMMENT ON FUNCTION assoc.discover_names(jsonb, text[], text[]) IS
'Of each array of names the first that is no attribute, and neither an alias that is there nor one chosen before; NULL where none is left.';

-- user_project, projects_user, _project_to_user, shop_user_projects
CREATE FUNCTION assoc.discover_after_both(name text, first text[], second text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
SELECT bool_or(right(n.name, length(a || link || b)) = a || link || b OR right(n.name, length(b || link || a)) = b || link || a)
  FROM (SELECT replace(discover_after_both.name, '_', '')) n (name),
    (SELECT replace(unnest(discover_after_both.first), '_', '')) f (a),
    (SELECT replace(unnest(discover_after_both.second), '_', '')) s (b),
    unnest(ARRAY['', 'to', 'and', 'has']) link
$$;
COMMENT ON FUNCTION assoc.discover_after_both(text, text[], text[]) IS 'Whether a name in the singular ends with one of the first names and one of the second, in any order.';

CREATE FUNCTION assoc.accessor_names(model text, alias text, singular text, to_one boolean,
  OUT verb text, OUT name text) RETURNS SETOF record
LANGUAGE C IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'assoc_accessor_names';
COMMENT ON FUNCTION assoc.accessor_names(text, text, text, boolean) IS
'The names of all accessors that an association can have, with the verbs that choose them.';

-- No nested loops: of its parts nothing is known beforehand, and catalogs that ANALYZE has not seen since the tables
-- were made look empty.
CREATE FUNCTION assoc.discover_plan(schema name, to_one text, accessors text[], accessors_schema name,
  OUT status text, OUT statement text, OUT note text) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off SET enable_nestloop = off AS $$
WITH
-- people's tables: not those of extensions, of the system, of one session; no partitions
tables AS (
  SELECT c.oid AS relid, n.nspname, c.relname, c.relkind, pg_has_role(c.relowner, 'USAGE') AS owned,
      pg_has_role(c.relowner, 'USAGE')
        OR (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT, REFERENCES')) AS may_be_pointed_at,
      m.name AS model, m.made, m.options, coalesce(m.name, c.relname) AS name, assoc.call_name(n.nspname, coalesce(m.name, c.relname)) AS call_name,
      c.relname ~ '^_' AND (
        SELECT array_agg(a.attname ORDER BY a.attname) = '{A,B}' FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS is_implicit,
      assoc.snake_case(assoc.singularize(ltrim(coalesce(m.name, c.relname), '_'))) AS one,
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
indexes AS (
  SELECT i.indrelid, i.indexrelid, i.indisprimary, i.indimmediate, pg_get_expr(i.indpred, i.indrelid) AS predicate, keys.numbers
    FROM pg_index i CROSS JOIN LATERAL (
      SELECT array_agg(k.number ORDER BY k.place) AS numbers
      FROM unnest(i.indkey::smallint[]) WITH ORDINALITY k (number, place) WHERE k.place <= i.indnkeyatts) keys
    WHERE i.indisunique AND i.indisvalid AND i.indexprs IS NULL AND i.indrelid IN (SELECT relid FROM tables)),
-- real foreign keys; pointers to a period (PostgreSQL 18) are no equality
real_keys AS (
  SELECT con.oid, con.conrelid, con.confrelid, con.conname, con.conkey, con.confkey, con.conparentid
    FROM pg_constraint con
    WHERE con.contype = 'f' AND to_jsonb(con) ->> 'conperiod' IS DISTINCT FROM 'true'),
-- a table without a primary key has the key that adopt was given, or will be given: of those that are never null
-- one that foreign keys point at, or the first of the shortest
told AS (
  SELECT t.relid, CASE WHEN t.model IS NULL THEN best.numbers ELSE declared.numbers END AS numbers, t.model IS NULL AS is_new
    FROM tables t
      LEFT JOIN LATERAL (
        SELECT i.numbers FROM indexes i
        WHERE i.indrelid = t.relid AND i.indimmediate AND i.predicate IS NULL
          AND (SELECT bool_and(a.attnotnull) FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.numbers))
        ORDER BY NOT EXISTS (SELECT FROM real_keys con WHERE con.confrelid = i.indrelid AND con.confkey @> i.numbers AND con.confkey <@ i.numbers),
          cardinality(i.numbers), i.numbers LIMIT 1) best ON t.model IS NULL
      LEFT JOIN LATERAL (
        SELECT array_agg(a.attnum ORDER BY k.place) AS numbers
        FROM jsonb_array_elements_text(CASE jsonb_typeof(t.options -> 'key') WHEN 'array' THEN t.options -> 'key' ELSE '[]' END)
            WITH ORDINALITY k (name, place)
          JOIN pg_attribute a ON a.attrelid = t.relid AND a.attname = k.name AND a.attnum > 0) declared ON true
    WHERE NOT EXISTS (SELECT FROM indexes i WHERE i.indrelid = t.relid AND i.indisprimary)),
unique_keys AS (
  SELECT u.*, ARRAY(SELECT a.attname FROM unnest(u.numbers) WITH ORDINALITY k (number, place)
                      JOIN pg_attribute a ON a.attrelid = u.indrelid AND a.attnum = k.number ORDER BY k.place) AS columns
    FROM (SELECT i.indrelid, i.indisprimary, i.numbers FROM indexes i WHERE i.indimmediate AND i.predicate IS NULL
          UNION ALL SELECT t.relid, true, t.numbers FROM told t WHERE t.numbers IS NOT NULL) u),

-- partitions of partitioned tables, the leaves of the trees
partitions (root, relid, is_leaf) AS (
  WITH RECURSIVE tree (root, relid, relkind) AS (
      SELECT t.relid, t.relid, t.relkind FROM tables t WHERE t.relkind = 'p'
    UNION ALL
      SELECT tree.root, c.oid, c.relkind FROM tree JOIN pg_inherits i ON i.inhparent = tree.relid JOIN pg_class c ON c.oid = i.inhrelid)
  SELECT tree.root, tree.relid, tree.relkind <> 'p' FROM tree WHERE tree.relid <> tree.root),
-- what only partitions have is the table's
partition_keys AS (
  SELECT p.root, con.confrelid, min(con.conname) AS conname, keys.conkey, con.confkey, count(DISTINCT p.relid) AS members
    FROM partitions p JOIN real_keys con ON con.conrelid = p.relid
      CROSS JOIN LATERAL (
        SELECT array_agg(r.attnum ORDER BY k.place) AS conkey
        FROM unnest(con.conkey) WITH ORDINALITY k (number, place)
          JOIN pg_attribute a ON a.attrelid = con.conrelid AND a.attnum = k.number
          JOIN pg_attribute r ON r.attrelid = p.root AND r.attname = a.attname) keys
    WHERE p.is_leaf
    GROUP BY p.root, con.confrelid, keys.conkey, con.confkey),
all_keys (id, child, parent, name, conkey, confkey) AS (
  SELECT con.oid::text, con.conrelid, con.confrelid, con.conname::text, con.conkey, con.confkey FROM real_keys con WHERE con.conparentid = 0
  UNION ALL
  SELECT concat_ws(' ', k.root, k.conname), k.root, k.confrelid,
      k.conname || CASE WHEN k.members = leaves.n THEN ' of its partitions' ELSE format(' of %s of %s partitions', k.members, leaves.n) END,
      k.conkey, k.confkey
    FROM partition_keys k
      CROSS JOIN LATERAL (SELECT count(*) AS n FROM partitions p WHERE p.root = k.root AND p.is_leaf) leaves
    WHERE NOT EXISTS (SELECT FROM real_keys con
      WHERE con.conrelid = k.root AND con.confrelid = k.confrelid AND con.conkey = k.conkey AND con.confkey = k.confkey)),
-- their columns in the order of the primary key that they point at
constraints AS (
  SELECT con.child, con.parent, min(con.name) AS constraint_name,
      array_agg(a.attname ORDER BY array_position(p.numbers, k.pointed), k.place) AS columns,
      array_agg(r.attname ORDER BY array_position(p.numbers, k.pointed), k.place) AS referenced,
      array_agg(a.attnum ORDER BY a.attnum) AS numbers, p.columns AS primary_key
    FROM all_keys con
      CROSS JOIN LATERAL unnest(con.conkey, con.confkey) WITH ORDINALITY k (number, pointed, place)
      JOIN pg_attribute a ON a.attrelid = con.child AND a.attnum = k.number
      JOIN pg_attribute r ON r.attrelid = con.parent AND r.attnum = k.pointed
      LEFT JOIN unique_keys p ON p.indrelid = con.parent AND p.indisprimary
    WHERE con.child IN (SELECT relid FROM tables) AND con.parent IN (SELECT relid FROM tables)
    GROUP BY con.id, con.child, con.parent, p.columns),
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
               WHEN t.is_implicit THEN NULL
               WHEN right(c.own, length(c.pointed) + 1) = '_' || c.pointed THEN left(c.own, -length(c.pointed) - 1)
               WHEN right(c.own, length(c.pointed)) = upper(left(c.pointed, 1)) || substr(c.pointed, 2) THEN left(c.own, -length(c.pointed))
               WHEN c.own ~ '.(_id|_ID)$' THEN left(c.own, -3)
               WHEN c.own ~ '[[:lower:][:digit:]](Id|ID)$' THEN left(c.own, -2)
               WHEN c.own ~ '.(_fk|_key|_ref|_no|_nr|_uid|_uuid|_code)$' THEN regexp_replace(c.own, '_[a-z]+$', '')
               WHEN c.own ~ '^(id|fk)_.' THEN substr(c.own, 4)
               WHEN c.own <> c.pointed THEN c.own
             END COLLATE "C") r (role)
         WHERE r.role <> '' AND (c.own <> c.pointed OR cardinality(p.columns) = 1)) AS role,
      EXISTS (SELECT FROM unique_keys u WHERE u.indrelid = p.child AND u.numbers <@ p.numbers)
        OR EXISTS (
          SELECT FROM indexes i
          WHERE i.indrelid = p.child AND i.indimmediate AND i.predicate IS NOT NULL AND i.numbers <@ p.numbers
            AND assoc.index_covers(i.indexrelid, p.numbers)) AS is_unique
    FROM pointers p JOIN tables t ON t.relid = p.child),
-- is_plain: the columns say no more than the name of the table that they point at
foreign_keys AS (
  SELECT r.*, n.role_name, n.is_plain, c.is_implicit, c.one AS child_one, c.many AS child_many, p.one AS parent_one, p.many AS parent_many,
      count(*) OVER (PARTITION BY r.child, r.parent) > 1 AS several,
      CASE WHEN r.is_unique THEN c.one ELSE c.many END AS rows
    FROM roles r JOIN tables c ON c.relid = r.child JOIN tables p ON p.relid = r.parent
      CROSS JOIN LATERAL (SELECT coalesce(assoc.snake_case(r.role), p.one),
          r.role IS NULL OR assoc.snake_case(r.role) = p.one OR right(p.one, length(r.role) + 1) = '_' || assoc.snake_case(r.role)
        ) n (role_name, is_plain)),

-- tables of two foreign keys that are unique together; is_pure: they have nothing else
single_pairs AS (
  SELECT a.child AS through, a.id AS first, b.id AS second, count(*) OVER (PARTITION BY a.child) AS ways,
      NOT EXISTS (SELECT FROM attributes c WHERE c.relid = a.child AND c.number <> ALL (a.numbers || b.numbers)) AS is_pure
    FROM foreign_keys a JOIN foreign_keys b ON b.child = a.child AND a.numbers < b.numbers
      AND NOT a.numbers <@ b.numbers AND NOT b.numbers <@ a.numbers
    WHERE EXISTS (
        SELECT FROM unique_keys u
        WHERE u.indrelid = a.child AND u.numbers <@ (a.numbers || b.numbers) AND u.numbers @> (a.numbers || b.numbers))
      OR EXISTS (
        SELECT FROM indexes i JOIN tables t ON t.relid = i.indrelid
        WHERE i.indrelid = a.child AND i.indimmediate AND i.numbers <@ (a.numbers || b.numbers) AND i.numbers @> (a.numbers || b.numbers)
          AND i.predicate = '(' || quote_ident(t.options ->> 'deletedAt') || ' IS NULL)')),
-- that are unique together with columns of their own (the role, the day): a pair may have several links, as a person may want to see
repeated_pairs AS (
  SELECT DISTINCT ON (a.id, b.id) a.child AS through, a.id AS first, b.id AS second,
      ARRAY(SELECT c.name FROM attributes c
        WHERE c.relid = a.child AND c.number = ANY (u.numbers) AND c.number <> ALL (a.numbers || b.numbers) ORDER BY c.number) AS apart
    FROM foreign_keys a JOIN foreign_keys b ON b.child = a.child AND a.numbers < b.numbers
      AND NOT a.numbers <@ b.numbers AND NOT b.numbers <@ a.numbers
      JOIN unique_keys u ON u.indrelid = a.child AND u.numbers @> (a.numbers || b.numbers)
    WHERE a.child NOT IN (SELECT s.through FROM single_pairs s)
      AND NOT EXISTS (SELECT FROM foreign_keys o WHERE o.child = a.child AND o.id NOT IN (a.id, b.id) AND o.numbers && u.numbers
          AND NOT o.numbers <@ (a.numbers || b.numbers))
      AND NOT EXISTS (SELECT FROM unique_keys k WHERE k.indrelid = a.child AND k.numbers <@ u.numbers AND NOT k.numbers @> u.numbers)
    ORDER BY a.id, b.id, cardinality(u.numbers), u.numbers),
-- is_sure: whoever reads the table's keys knows
pairs AS (
  SELECT s.through, s.first, s.second, s.ways, s.is_pure, s.ways = 1 AS is_sure, NULL::name[] AS apart FROM single_pairs s
  UNION ALL
  SELECT r.through, r.first, r.second, 1, false, false, r.apart FROM repeated_pairs r),

-- every way from one table to another; a unit has two.  A join table with more than its links is a table like others, too
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
    WHERE NOT EXISTS (SELECT FROM pairs j WHERE j.is_sure AND j.is_pure AND f.id IN (j.first, j.second))),
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
    WHERE NOT EXISTS (SELECT FROM pairs j WHERE j.is_sure AND j.is_pure AND f.id IN (j.first, j.second))),
keys AS (SELECT k.*, assoc.snake_case(k.alias) AS word FROM (TABLE has UNION ALL TABLE belongs) k),
links AS (
  SELECT 2 AS step, p.through AS place, (p.first << 20) + p.second AS unit, d.direction, 'belongs_to_many' AS kind,
      s.parent AS source, t.parent AS target, p.through, s.referenced AS source_key, s.columns AS foreign_key,
      t.columns AS other_key, t.referenced AS target_key, s.primary_key IS DISTINCT FROM s.referenced AS say_source_key,
      t.primary_key IS DISTINCT FROM t.referenced AS say_target_key,
      CASE
        WHEN s.parent = t.parent AND s.is_implicit THEN CASE d.direction WHEN 1 THEN assoc.pluralize(s.child_one) ELSE s.child_one || '_of' END
        WHEN s.parent = t.parent AND coalesce(assoc.snake_case(t.role), t.parent_one) = t.parent_one AND s.role IS NOT NULL
          THEN assoc.snake_case(s.role) || '_of'
        WHEN t.role ~ '[a-z][a-z][^e]ed$' THEN assoc.snake_case(t.role) || '_' || t.parent_many
        ELSE assoc.pluralize(coalesce(t.role, t.parent_many)) END AS alias,
      ARRAY[s.child_one || '_' || CASE WHEN t.role_name = s.child_one THEN t.parent_many ELSE assoc.pluralize(t.role_name) END,
        s.child_one || '_' || t.parent_many || '_by_' || t.role_name] AS others,
      p.ways, p.is_sure, p.apart, called.after_both
    FROM pairs p
      CROSS JOIN LATERAL (VALUES (1, p.first, p.second), (2, p.second, p.first)) d (direction, source_id, target_id)
      JOIN foreign_keys s ON s.id = d.source_id
      JOIN foreign_keys t ON t.id = d.target_id
      CROSS JOIN LATERAL (
        SELECT assoc.discover_after_both(s.child_one, ARRAY[s.parent_one, s.parent_many, s.role_name], ARRAY[t.parent_one, t.parent_many, t.role_name])
        ) called (after_both)),
worded AS (SELECT l.*, assoc.snake_case(l.alias) AS word FROM links l),
-- a name that two ways could have, which differ by a number only, is the foreign key's
contested AS (
  SELECT l.*,
      EXISTS (
        SELECT FROM keys k WHERE k.source = l.source AND assoc.singularize(k.word) = assoc.singularize(l.word)
          AND NOT (l.after_both AND k.direction = 1 AND NOT k.is_plain)) AS is_like_key,
      EXISTS (SELECT FROM keys k WHERE k.source = l.source AND k.word = l.word) AS is_key,
      count(*) FILTER (WHERE l.is_sure) OVER same > 1 AND NOT (l.after_both AND count(*) FILTER (WHERE l.is_sure AND l.after_both) OVER same = 1) AS is_shared
    FROM worded l WINDOW same AS (PARTITION BY l.source, l.word)),
all_ways AS (
  SELECT k.step, k.place, k.unit, k.direction, k.kind, k.source, k.target, k.through, k.source_key, k.foreign_key, k.other_key, k.target_key,
      k.say_source_key, k.say_target_key, k.alias, k.others, k.rank, k.constraint_name, 1 AS ways, true AS is_sure, NULL::name[] AS apart,
      CASE WHEN k.direction = 1 AND NOT k.is_plain AND EXISTS (
            SELECT FROM worded l WHERE l.source = k.source AND l.target = k.target AND l.after_both AND l.is_sure AND l.word = k.word)
          THEN format('alias "%s" is that of a join table', k.alias) END AS hint
    FROM keys k
  UNION ALL
  SELECT c.step, c.place, c.unit, c.direction, c.kind, c.source, c.target, c.through, c.source_key, c.foreign_key, c.other_key, c.target_key,
      c.say_source_key, c.say_target_key, c.alias, c.others, CASE WHEN c.apart IS NOT NULL THEN 6 WHEN c.after_both THEN 4 ELSE 5 END, NULL,
      c.ways, c.is_sure, c.apart,
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
        WHEN t.model IS NULL AND NOT t.owned AND w.kind <> 'belongs_to' THEN 'must be owner of ' || w.target::regclass
        WHEN NOT t.may_be_pointed_at THEN format('no right to point at %s: it takes SELECT or REFERENCES', w.target::regclass)
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

-- what exists already, whatever it is called and in whatever order its columns were named
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
      ARRAY(SELECT a.name::text FROM attributes a WHERE a.relid = m.source) AS attributes,
      ARRAY(SELECT a.alias FROM assoc.associations a WHERE a.source = m.source) AS aliases
    FROM missing m GROUP BY m.source),
chosen AS (
  SELECT c.id, c.alias
    FROM (SELECT array_agg(m.id ORDER BY m.turn, m.turn_name, m.id) AS ids,
              assoc.discover_names(jsonb_agg(m.wishes ORDER BY m.turn, m.turn_name, m.id), t.attributes, t.aliases) AS aliases
            FROM missing m JOIN taken t ON t.source = m.source
            WHERE m.hopeless IS NULL AND (m.is_sure OR m.apart IS NOT NULL)
            GROUP BY m.source, t.attributes, t.aliases) s
      CROSS JOIN LATERAL unnest(s.ids, s.aliases) c (id, alias)),
-- of several pairs in one table a person chooses
named AS (
  SELECT m.*,
      CASE WHEN m.hopeless IS NOT NULL THEN m.wishes ->> 0
        WHEN m.ways > 1 THEN (
          assoc.discover_names(jsonb_build_array(m.wishes), t.attributes, t.aliases
            || ARRAY(SELECT o.alias FROM chosen o JOIN missing w ON w.id = o.id WHERE w.source = m.source AND o.alias IS NOT NULL)))[1]
        ELSE c.alias END AS name,
      m.alias = ANY (t.aliases) AS is_taken, m.alias = ANY (t.attributes) AS is_attribute
    FROM missing m JOIN taken t ON t.source = m.source LEFT JOIN chosen c ON c.id = m.id),
judged AS (
  SELECT n.*,
      CASE WHEN n.hopeless IS NOT NULL OR n.name IS NULL THEN 'skipped' WHEN n.is_sure THEN 'declare'
        WHEN n.apart IS NOT NULL THEN 'proposed' ELSE 'ambiguous' END AS status,
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
    WHERE j.status = 'declare' AND coalesce(f.verb = ANY (discover_plan.accessors), true)),
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
        WHEN discover_plan.accessors = '{}' OR a.too_long OR (a.verbs IS NULL AND j.status = 'declare') THEN 'false'::jsonb
        WHEN (a.has_obstacle OR discover_plan.accessors IS NOT NULL) AND discover_plan.accessors_schema IS NULL
          THEN coalesce(a.verbs, to_jsonb(discover_plan.accessors))
        WHEN a.has_obstacle OR discover_plan.accessors IS NOT NULL
          THEN jsonb_build_object('only', coalesce(a.verbs, to_jsonb(discover_plan.accessors)), 'schema', discover_plan.accessors_schema)
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
        'unique', CASE WHEN p.apart IS NOT NULL THEN false END,
        'through', CASE WHEN p.hides_link THEN jsonb_build_object('as', p.through_name || '_link') END,
        'inverse', CASE WHEN p.both_ways AND p.inverse_accessors IS NOT NULL THEN jsonb_build_object('accessors', p.inverse_accessors) END)) AS options,
      concat_ws('; ',
        CASE WHEN p.status = 'declare' THEN coalesce('foreign key ' || p.constraint_name, 'join table ' || p.through::regclass || coalesce(' with '
          || (SELECT string_agg(quote_ident(a.name), ', ' ORDER BY a.number) FROM attributes a
                WHERE a.relid = p.through AND a.column_name <> ALL (p.foreign_key || p.other_key)), '')) END,
        CASE WHEN p.status = 'proposed' THEN format('join table %s, which links a pair once for each %s', p.through::regclass,
          (SELECT string_agg(quote_ident(c), ', ') FROM unnest(p.apart) c)) END,
        p.reason, p.obstacle,
        CASE WHEN p.both_ways AND p.inverse_reason IS DISTINCT FROM p.reason THEN p.inverse_reason END,
        CASE WHEN p.both_ways AND p.inverse_obstacle IS DISTINCT FROM p.obstacle THEN p.inverse_obstacle END,
        CASE WHEN p.hides_link AND p.status <> 'skipped' THEN format('the link row is shown as "%s_link": "%1$s" is an attribute', p.through_name) END) AS note
    FROM paired p WHERE p.direction = 1 OR NOT p.both_ways),

-- columns that keep times.  What nothing else fills is ours to fill; soft deletion, which hides rows, is a person's to say
times AS (
  SELECT t.relid, a.attname, o.option, a.attnotnull AND NOT a.atthasdef AS is_ours
    FROM (SELECT t.*, EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = t.relid AND NOT g.tgisinternal AND g.tgtype & 2 = 2) AS has_trigger
            FROM tables t) t
      JOIN pg_attribute a ON a.attrelid = t.relid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
        AND a.atttypid IN ('timestamp'::regtype, 'timestamptz'::regtype)
      CROSS JOIN LATERAL (SELECT CASE
          WHEN assoc.snake_case(a.attname) IN ('created_at', 'created_on', 'inserted_at') AND NOT a.atthasdef AND NOT t.has_trigger THEN 'createdAt'
          WHEN assoc.snake_case(a.attname) IN ('updated_at', 'updated_on', 'modified_at') AND NOT t.has_trigger THEN 'updatedAt'
          WHEN assoc.snake_case(a.attname) IN ('deleted_at', 'deleted_on') AND NOT a.attnotnull THEN 'deletedAt'
        END) o (option)
    WHERE o.option IS NOT NULL AND coalesce(NOT t.made, true) AND NOT coalesce(t.options, '{}') ? o.option),
-- two foreign keys, and no key by which they are unique together
near_pairs AS (
  SELECT n.* FROM (
    SELECT a.child AS through, a.parent AS first, b.parent AS second, a.numbers || b.numbers AS numbers, own.key IS NOT NULL AS has_key,
        i.obstacle, i.soft,
        NOT EXISTS (
          SELECT FROM attributes c
          WHERE c.relid = a.child AND c.number <> ALL (a.numbers || b.numbers || coalesce(own.key, '{}'))
            AND assoc.snake_case(c.column_name) !~ '^(created|updated|inserted|modified|deleted)_(at|on)$')
        AND (own.key IS NULL OR NOT own.key && (a.numbers || b.numbers) AND
          assoc.discover_after_both(a.child_one, ARRAY[a.parent_one, a.parent_many, a.role_name], ARRAY[b.parent_one, b.parent_many, b.role_name]))
          AS is_link
      FROM foreign_keys a JOIN foreign_keys b ON b.child = a.child AND a.numbers < b.numbers AND NOT a.numbers <@ b.numbers AND NOT b.numbers <@ a.numbers
        LEFT JOIN LATERAL (SELECT i.numbers FROM indexes i WHERE i.indrelid = a.child AND i.indisprimary) own (key) ON true
        CROSS JOIN LATERAL (
          SELECT min(format('unique index %s %s', i.indexrelid::regclass,
              CASE WHEN i.indimmediate THEN 'holds for some rows only' ELSE 'is deferrable' END)) AS obstacle,
              bool_or(EXISTS (
                SELECT FROM times c WHERE c.relid = i.indrelid AND c.option = 'deletedAt' AND i.indimmediate
                  AND i.predicate = '(' || quote_ident(c.attname) || ' IS NULL)')) AS soft
            FROM indexes i WHERE i.indrelid = a.child AND i.numbers <@ (a.numbers || b.numbers) AND i.numbers @> (a.numbers || b.numbers)) i
      WHERE NOT a.is_unique AND NOT b.is_unique AND a.child NOT IN (a.parent, b.parent)
        AND NOT EXISTS (SELECT FROM pairs p WHERE p.through = a.child)
        AND NOT EXISTS (SELECT FROM foreign_keys o WHERE o.child = a.child AND o.id NOT IN (a.id, b.id))) n
    WHERE n.is_link OR n.obstacle IS NOT NULL),

-- user_id of a schema without foreign keys; where a column of the same stem with _type is there, it points at several tables
keyed (relid, number) AS MATERIALIZED (
  SELECT con.child, n.number FROM all_keys con, unnest(con.conkey) n (number)
  UNION
  SELECT a.relid, a.number
    FROM assoc.associations o
      JOIN attributes a ON a.relid = CASE o.kind WHEN 'belongs_to' THEN o.source WHEN 'belongs_to_many' THEN o.through ELSE o.target END
        AND a.column_name = ANY (o.foreign_key || o.other_key)),
candidates AS MATERIALIZED (
  SELECT c.relid, c.call_name, c.many AS rows, a.column_name, a.number, s.stem, assoc.snake_case(s.stem) AS word
    FROM tables c JOIN attributes a ON a.relid = c.relid
      CROSS JOIN LATERAL (SELECT regexp_replace(a.column_name, '(_id|_ID|Id|ID)$', '')) s (stem)
    WHERE c.nspname = discover_plan.schema AND c.owned AND c.namesake IS NULL AND s.stem NOT IN ('', a.column_name)
      AND (a.relid, a.number) NOT IN (SELECT k.relid, k.number FROM keyed k)),
likely AS MATERIALIZED (
  SELECT c.*, p.relid AS parent, p.call_name AS parent_call
    FROM candidates c JOIN tables p ON p.one = c.word
    WHERE p.nspname = discover_plan.schema AND p.owned AND p.namesake IS NULL),
guesses AS (
  SELECT g.*, CASE WHEN EXISTS (SELECT FROM judged j WHERE j.source = g.parent AND assoc.snake_case(j.name) = assoc.snake_case(g.rows))
      OR EXISTS (SELECT FROM assoc.associations a WHERE a.source = g.parent AND assoc.snake_case(a.alias) = assoc.snake_case(g.rows))
      OR EXISTS (SELECT FROM attributes a WHERE a.relid = g.parent AND a.name = g.rows) THEN g.stem || '_' || g.rows ELSE g.rows END AS alias
    FROM likely g
      JOIN unique_keys u ON u.indrelid = g.parent AND u.indisprimary AND cardinality(u.numbers) = 1
      JOIN pg_attribute k ON k.attrelid = g.parent AND k.attnum = u.numbers[1]
      JOIN pg_attribute t ON t.attrelid = g.relid AND t.attnum = g.number
    WHERE (t.atttypid = k.atttypid OR (ARRAY[t.atttypid, k.atttypid] <@ '{smallint,integer,bigint}'::regtype[]::oid[]))
      AND (g.relid <> g.parent OR g.number <> ALL (u.numbers))
      AND NOT EXISTS (
        SELECT FROM attributes o
        WHERE o.relid = g.relid AND (o.name = g.stem OR assoc.snake_case(o.column_name) = g.word || '_type'))),

table_options AS (
  SELECT t.relid,
      coalesce(t.options - 'defined', '{}') || CASE WHEN t.options ? 'deletedAt' THEN '{"paranoid": true}' ELSE '{}' END::jsonb
        || CASE WHEN k.is_new AND k.numbers IS NOT NULL THEN jsonb_build_object('key',
            (SELECT jsonb_agg(a.attname ORDER BY array_position(k.numbers, a.attnum)) FROM pg_attribute a
              WHERE a.attrelid = t.relid AND a.attnum = ANY (k.numbers))) ELSE '{}' END
        || CASE WHEN t.model IS NULL THEN coalesce(x.ours, '{}') ELSE '{}' END AS said,
      CASE WHEN t.model IS NULL THEN coalesce(x.others, '{}') ELSE coalesce(x.ours, '{}') || coalesce(x.others, '{}') END AS proposed,
      x.looks
    FROM tables t LEFT JOIN told k ON k.relid = t.relid
      LEFT JOIN LATERAL (
        SELECT jsonb_object_agg(c.option, c.attname) FILTER (WHERE c.is_ours) AS ours,
            jsonb_object_agg(c.option, c.attname) FILTER (WHERE NOT c.is_ours)
              || CASE WHEN bool_or(c.option = 'deletedAt') THEN '{"paranoid": true}' ELSE '{}' END::jsonb AS others,
            string_agg(format('%I looks like a %s', c.attname, CASE c.option WHEN 'deletedAt' THEN 'soft deletion' ELSE 'timestamp' END), ', '
              ORDER BY c.option) FILTER (WHERE NOT c.is_ours OR t.model IS NOT NULL) AS looks
        FROM (SELECT DISTINCT ON (c.option) c.option, c.attname, c.is_ours FROM times c WHERE c.relid = t.relid ORDER BY c.option, c.attname) c
        ) x ON true),
report (step, place, unit, direction, status, statement, note) AS (
  SELECT 1, t.relid, 0, 0,
      CASE WHEN t.model IS NOT NULL THEN 'exists' WHEN t.owned AND t.namesake IS NULL THEN 'declare' ELSE 'skipped' END,
      CASE WHEN t.model IS NULL THEN format('SELECT assoc.adopt(%L%s);', format('%I.%I', t.nspname, t.relname),
        ', options => ' || quote_literal(nullif(o.said, '{}'))) END,
      CASE
        WHEN t.model IS NOT NULL THEN format('%s is model "%s"', t.relid::regclass, t.model)
        WHEN NOT t.owned THEN 'must be owner of ' || t.relid::regclass
        WHEN t.namesake IS NOT NULL THEN format('model "%s" is %s: give another name', t.relname, t.namesake)
        WHEN NOT EXISTS (SELECT FROM unique_keys u WHERE u.indrelid = t.relid AND u.indisprimary)
          THEN 'it has no primary key: no row of it can be found by key'
      END
    FROM tables t JOIN table_options o ON o.relid = t.relid WHERE t.nspname = discover_plan.schema
  UNION ALL
  SELECT 1, t.relid, 0, 1, 'proposed',
      format('SELECT assoc.adopt(%L, %L, %L, replace => true);', format('%I.%I', t.nspname, t.relname), t.name, o.said || o.proposed),
      'its ' || o.looks || coalesce((
        SELECT format('; then it is a join table of %s and %s', n.first::regclass, n.second::regclass) FROM near_pairs n
        WHERE n.through = t.relid AND n.soft), '')
    FROM tables t JOIN table_options o ON o.relid = t.relid
    WHERE t.nspname = discover_plan.schema AND t.owned AND t.namesake IS NULL AND o.proposed <> '{}'
  UNION ALL
  SELECT 2, n.through, 0, 0, 'proposed',
      format('ALTER TABLE %I.%I ADD %s (%s);', t.nspname, t.relname, CASE WHEN n.has_key THEN 'UNIQUE' ELSE 'PRIMARY KEY' END,
        (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
          WHERE a.attrelid = t.relid AND a.attnum = ANY (n.numbers))),
      format('then it is a join table of %s and %s%s', n.first::regclass, n.second::regclass, '; ' || n.obstacle)
    FROM near_pairs n JOIN tables t ON t.relid = n.through
    WHERE t.nspname = discover_plan.schema AND t.owned AND n.soft IS NOT TRUE
  UNION ALL
  SELECT 3, con.child, 0, 0, 'skipped', NULL,
      format('foreign key %s points at %s, which is a partition: an association is with the whole table', con.name, con.parent::regclass)
    FROM all_keys con JOIN tables t ON t.relid = con.child JOIN pg_class c ON c.oid = con.parent
    WHERE t.nspname = discover_plan.schema AND c.relispartition
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
    FROM calls c
  UNION ALL
  SELECT 4, g.relid, g.number, 0, 'proposed',
      format('SELECT assoc.has_many(%L, %L, foreign_key => %L, alias => %L, inverse => %L);', g.parent_call, g.call_name, g.column_name, g.alias, g.stem),
      format('without a foreign key: %I looks like a reference to %s', g.column_name, g.parent::regclass)
    FROM guesses g)
SELECT r.status, r.statement, r.note
  FROM report r JOIN tables t ON t.relid = r.place
  ORDER BY r.step, t.nspname, t.relname, r.unit, r.direction
$$;
COMMENT ON FUNCTION assoc.discover_plan(name, text, text[], name) IS
'what assoc.discover reports when it declares nothing; accessors: their verbs, NULL for all';

-- all, none, or verbs as the declarations' option "accessors" has them
CREATE FUNCTION assoc.discover_verbs(accessors text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known text[] := (SELECT array_agg(DISTINCT n.verb) FROM unnest('{true,false}'::boolean[]) o (one), assoc.accessor_names('a', 'b', 'b', o.one) n);
  verbs text[] := CASE discover_verbs.accessors WHEN 'all' THEN NULL WHEN 'none' THEN '{}' ELSE regexp_split_to_array(btrim(discover_verbs.accessors), E'\\s*,\\s*') END;
  wrong text := (SELECT v.verb FROM unnest(verbs) v (verb) WHERE v.verb <> ALL (known) LIMIT 1);
BEGIN
  IF wrong IS NOT NULL THEN
    RAISE invalid_parameter_value USING MESSAGE = format('accessors: unknown verb "%s"', wrong),
      HINT = 'It is all, none, or some of ' || array_to_string(known, ', ') || '.';
  END IF;
  RETURN verbs;
END
$$;
COMMENT ON FUNCTION assoc.discover_verbs(text) IS 'The verbs that accessors of assoc.discover name; NULL for all.';

-- Each accessor is a lock for DROP SCHEMA and DROP EXTENSION, beside those for the tables and what is on them.
CREATE FUNCTION assoc.discover_accessors_fit(schema name) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
WITH
relations AS (
  SELECT c.oid, c.reltoastrelid <> 0 AS has_toast FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = discover_accessors_fit.schema),
-- DROP EXTENSION drops the accessors of all schemas
extension (objects) AS (
  SELECT count(*) FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
    WHERE d.refclassid = 'pg_extension'::regclass AND e.extname = 'pg_associations'
      AND NOT (d.classid = 'pg_proc'::regclass AND EXISTS (
        SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.oid = d.objid AND n.nspname = discover_accessors_fit.schema))),
counts (objects, foreign_keys, functions) AS (
  SELECT (SELECT count(*) + 2 * count(*) FILTER (WHERE r.has_toast) FROM relations r)
      + (SELECT count(*) FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE n.nspname = discover_accessors_fit.schema)
      + (SELECT count(*) FROM pg_constraint c WHERE c.conrelid IN (SELECT oid FROM relations))
      + (SELECT count(*) FROM pg_attrdef d WHERE d.adrelid IN (SELECT oid FROM relations))
      + (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid IN (SELECT oid FROM relations)),
    (SELECT count(*) FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid IN (SELECT oid FROM relations)),
    (SELECT count(*) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = discover_accessors_fit.schema))
SELECT greatest(c.objects, e.objects) + greatest(17 * c.foreign_keys, c.functions) <=
    current_setting('max_locks_per_transaction')::bigint
      * (SELECT sum(current_setting(p.name)::bigint) FROM (VALUES ('max_connections'), ('max_prepared_transactions'),
          ('autovacuum_max_workers'), ('max_worker_processes'), ('max_wal_senders')) p (name))
  FROM counts c, extension e
$$;
COMMENT ON FUNCTION assoc.discover_accessors_fit(name) IS
'Whether a schema with accessors for all of its foreign keys, and the extension, can still be dropped: each object is a lock, and a server has a number of them.';

CREATE FUNCTION assoc.discover_undo(schema name, OUT status text, OUT statement text, OUT note text) RETURNS SETOF record
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
WITH
named AS (
  SELECT m.relation, m.discovered, n.nspname, assoc.call_name(n.nspname, m.name) AS call_name, pg_has_role(c.relowner, 'USAGE') AS owned
    FROM assoc.models m JOIN pg_class c ON c.oid = m.relation JOIN pg_namespace n ON n.oid = c.relnamespace),
gone AS (
  SELECT a.*, s.call_name, s.owned FROM assoc.associations a JOIN named s ON s.relation = a.source
    WHERE a.discovered AND s.nspname = discover_undo.schema)
SELECT r.status, r.statement, r.note FROM (
  SELECT 1 AS step, g.call_name, g.alias, CASE WHEN g.owned THEN 'undo' ELSE 'skipped' END,
      format('SELECT assoc.drop_association(%L, %L, inverse => false);', g.call_name, g.alias),
      CASE WHEN NOT g.owned THEN 'must be owner of ' || g.source::regclass END
    FROM gone g
  UNION ALL
  SELECT 2, m.call_name, NULL, CASE WHEN m.owned THEN 'undo' ELSE 'skipped' END,
      format('SELECT assoc.forget(%L);', m.call_name),
      CASE WHEN NOT m.owned THEN 'must be owner of ' || m.relation::regclass END
    FROM named m
    WHERE m.discovered AND m.nspname = discover_undo.schema
      AND NOT EXISTS (
        SELECT FROM assoc.associations a
        WHERE m.relation IN (a.source, a.target, a.through)
          AND NOT EXISTS (SELECT FROM gone g WHERE g.owned AND g.source = a.source AND g.alias = a.alias))) r (step, call_name, alias, status, statement, note)
  ORDER BY r.step, r.call_name, r.alias
$$;
COMMENT ON FUNCTION assoc.discover_undo(name) IS 'the calls that take back what assoc.discover has declared, and nobody since';

-- As if the caller had pasted it, but for a mark: it is no explicit declaration of his.
CREATE FUNCTION assoc.discover_run(statement text) RETURNS void
LANGUAGE C VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME', 'assoc_discover_run';
COMMENT ON FUNCTION assoc.discover_run(text) IS 'runs a call that assoc.discover has found; what it declares, assoc.discover can take back';

CREATE FUNCTION assoc.discover(schema name DEFAULT current_schema(), apply boolean DEFAULT false,
  to_one text DEFAULT '%s_ref', accessors text DEFAULT NULL, accessors_schema name DEFAULT NULL,
  undo boolean DEFAULT false,
  OUT status text, OUT statement text, OUT note text) RETURNS SETOF record
LANGUAGE plpgsql AS $$
-- No SET search_path: what is declared runs as if the caller had pasted it.
DECLARE
  found_row record;
  no_room boolean := false;
BEGIN
  IF discover.schema IS NULL THEN
    RAISE invalid_schema_name USING MESSAGE = 'no schema has been selected';
  ELSIF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) discover.schema) THEN
    RAISE invalid_schema_name USING MESSAGE = pg_catalog.format('schema "%s" does not exist', discover.schema);
  ELSIF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname OPERATOR(pg_catalog.=) coalesce(discover.accessors_schema, discover.schema)) THEN
    RAISE invalid_schema_name USING MESSAGE = pg_catalog.format('schema "%s" does not exist', discover.accessors_schema);
  ELSIF pg_catalog.replace(discover.to_one, '%s', '') OPERATOR(pg_catalog.=) discover.to_one THEN
    RAISE invalid_parameter_value USING MESSAGE = 'to_one has no %s', HINT = '%s is replaced by the name of the column: ''%s_ref''.';
  END IF;
  IF discover.accessors IS NULL AND discover.undo IS NOT TRUE AND NOT assoc.discover_accessors_fit(discover.schema) THEN
    accessors := 'none';
    RAISE NOTICE USING MESSAGE = pg_catalog.format('no accessors are made: with them, schema "%s" would be too large to be dropped', discover.schema),
      DETAIL = 'DROP SCHEMA and DROP EXTENSION take a lock for each function.',
      HINT = 'accessors => ''all'' makes them, ''with'' or ''with,get'' those of some verbs; more max_locks_per_transaction makes room.';
  END IF;

  FOR found_row IN
    SELECT p.* FROM assoc.discover_plan(discover.schema, coalesce(discover.to_one, '%s_ref'),
        assoc.discover_verbs(coalesce(discover.accessors, 'all')), discover.accessors_schema) p
      WHERE discover.undo IS NOT TRUE
    UNION ALL
    SELECT u.* FROM assoc.discover_undo(discover.schema) u WHERE discover.undo
  LOOP
    status := found_row.status;
    statement := found_row.statement;
    note := CASE WHEN found_row.note OPERATOR(pg_catalog.<>) '' THEN found_row.note END;
    IF discover.apply AND NOT no_room AND status OPERATOR(pg_catalog.=) ANY (ARRAY['declare', 'undo']) THEN
      BEGIN
        PERFORM assoc.discover_run(statement);
        status := CASE WHEN status OPERATOR(pg_catalog.=) 'undo' THEN 'undone' ELSE 'declared' END;
      EXCEPTION WHEN out_of_memory THEN
        -- thousands of accessors, each a lock, are dropped in several transactions
        IF status OPERATOR(pg_catalog.<>) 'undo' THEN
          RAISE;
        END IF;
        no_room := true;
      WHEN OTHERS THEN
        -- what lies in the declaration is reported; conflicts with others and a failing server are not
        IF pg_catalog.left(SQLSTATE, 2) OPERATOR(pg_catalog.=) ANY (ARRAY['25', '40', '53', '57', '58', 'XX']) THEN
          RAISE;
        END IF;
        status := 'skipped';
        note := SQLERRM;
      END;
    END IF;
    IF no_room THEN
      note := 'commit, and call again: the transaction has no room for more locks';
    END IF;
    RETURN NEXT;
  END LOOP;
END
$$;
COMMENT ON FUNCTION assoc.discover(name, boolean, text, text, name, boolean) IS
'Finds models and associations in the tables and foreign keys of a schema: (status, statement, note). status: declare (what could be declared), exists, proposed and ambiguous (for a person to decide), skipped (the note says why). apply => true runs what could be declared, as the caller, and reports it as declared. to_one: the name of an association whose column has the name that it would have. accessors: all, none, or verbs as "with,get"; accessors_schema puts them into a schema. undo => true takes back what was declared by this function, and by nobody since.';
