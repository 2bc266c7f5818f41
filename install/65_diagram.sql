-- The models of a schema as a picture, in the languages of programs that draw; small ones as SVG, without one.

-- What is drawn: {"tables": [{"name", "columns": [{"name", "type", "pk", "fk", "unique", "required"}]}],
-- "edges": [{"parent", "child", "label", "one", "optional"}]}, in the order of their names.
CREATE FUNCTION assoc.diagram_parts(schema name, models text[]) RETURNS jsonb
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
WITH
-- a line for each key, whatever number of associations goes along it; a join table has two.  A line goes from the
-- table that is pointed at to the one that points: so do its labels, "projects / owner".
ways AS (
  SELECT CASE kind WHEN 'belongs_to' THEN target ELSE source END AS parent,
      CASE kind WHEN 'belongs_to_many' THEN through WHEN 'belongs_to' THEN source ELSE target END AS child,
      foreign_key AS key, kind = 'has_one' AS one,
      CASE kind WHEN 'belongs_to' THEN NULL WHEN 'belongs_to_many' THEN alias || ' (many to many)' ELSE alias END AS there,
      CASE kind WHEN 'belongs_to' THEN alias END AS back
    FROM assoc.associations
  UNION ALL
  SELECT target, through, other_key, false, NULL, NULL FROM assoc.associations WHERE kind = 'belongs_to_many'),
edges AS (
  SELECT w.parent, w.child, w.key,
      coalesce(concat_ws(' / ', string_agg(DISTINCT w.there, ', ' ORDER BY w.there), string_agg(DISTINCT w.back, ', ' ORDER BY w.back)), '') AS label,
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
    WHERE (n.nspname = diagram_parts.schema OR diagram_parts.schema IS NULL) AND (diagram_parts.models IS NULL OR m.name = ANY (diagram_parts.models))),
-- of chosen models only what is between them, and their join tables; else what a schema's models point at is shown too
drawn AS (
  SELECT e.* FROM edges e
    WHERE CASE WHEN diagram_parts.models IS NULL THEN e.parent IN (SELECT relation FROM inside) OR e.child IN (SELECT relation FROM inside)
      ELSE e.parent IN (SELECT relation FROM inside)
        AND (e.child IN (SELECT relation FROM inside)
          OR EXISTS (SELECT FROM assoc.associations a
                     WHERE a.through = e.child AND a.source IN (SELECT relation FROM inside) AND a.target IN (SELECT relation FROM inside))) END),
shown AS (
  SELECT m.relation, m.attributes, m.options, CASE WHEN n.nspname = diagram_parts.schema THEN m.name ELSE n.nspname || '.' || m.name END AS name
    FROM assoc.models m JOIN pg_class c ON c.oid = m.relation JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE m.relation IN (SELECT relation FROM inside UNION SELECT parent FROM drawn UNION SELECT child FROM drawn)),
columns AS (
  SELECT s.name AS of, a.attnum, coalesce(d.key, a.attname) AS name, a.attnotnull AS required,
      replace(replace(replace(replace(format_type(a.atttypid, a.atttypmod), 'character varying', 'varchar'), ' without time zone', ''),
        'timestamp with time zone', 'timestamptz'), 'double precision', 'float8') AS type,
      EXISTS (SELECT FROM pg_index i WHERE i.indrelid = s.relation AND i.indisprimary AND a.attnum = ANY (i.indkey))
        OR coalesce(s.options -> 'key' ? a.attname, false) AS pk,
      EXISTS (SELECT FROM edges e WHERE e.child = s.relation AND a.attname = ANY (e.key)) AS fk,
      EXISTS (SELECT FROM pg_index i WHERE i.indrelid = s.relation AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
                AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum AND NOT i.indisprimary) AS "unique"
    FROM shown s JOIN pg_attribute a ON a.attrelid = s.relation AND a.attnum > 0 AND NOT a.attisdropped
      LEFT JOIN LATERAL jsonb_each(s.attributes) d ON d.value ->> 'column' = a.attname)
SELECT jsonb_build_object(
  'tables', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', t.name, 'columns', t.columns) ORDER BY t.name COLLATE "C"), '[]')
    FROM (SELECT c.of AS name, jsonb_agg(to_jsonb(c) - '{of,attnum}'::text[] ORDER BY c.attnum) AS columns FROM columns c GROUP BY c.of) t),
  'edges', (SELECT coalesce(jsonb_agg(jsonb_build_object('parent', p.name, 'child', c.name, 'key', e.key, 'one', e.one, 'optional', e.optional,
        'label', coalesce(nullif(e.label, ''), array_to_string(e.key, ', '))) ORDER BY p.name COLLATE "C", c.name COLLATE "C", e.label COLLATE "C", e.key::text COLLATE "C"), '[]')
    FROM drawn e JOIN shown p ON p.relation = e.parent JOIN shown c ON c.relation = e.child))
$$;
COMMENT ON FUNCTION assoc.diagram_parts(name, text[]) IS 'what a diagram shows, as JSON';

CREATE FUNCTION assoc.diagram(format text DEFAULT 'mermaid', schema name DEFAULT current_schema(), models text[] DEFAULT NULL) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  parts jsonb;
BEGIN
  IF lower(diagram.format) IS NOT NULL AND lower(diagram.format) NOT IN ('mermaid', 'dot', 'dbml', 'svg') THEN
    RAISE invalid_parameter_value USING
      MESSAGE = pg_catalog.format('unknown format "%s"', pg_catalog.left(diagram.format, 63)),
      HINT = 'The formats are: mermaid, dot, dbml, svg.';
  END IF;
  parts := assoc.diagram_parts(diagram.schema, diagram.models);
  RETURN CASE lower(diagram.format)
    WHEN 'dot' THEN assoc.diagram_dot(parts)
    WHEN 'dbml' THEN assoc.diagram_dbml(parts)
    WHEN 'svg' THEN assoc.diagram_svg(parts)
    ELSE assoc.diagram_mermaid(parts) END;
END
$$;
COMMENT ON FUNCTION assoc.diagram(text, name, text[]) IS
'The models of a schema and how they are associated, as an entity-relationship diagram: for Mermaid, Graphviz (''dot'') or dbdiagram.io (''dbml''), or as ''svg'', for up to 40 tables. A NULL schema means all; models choose some.';

CREATE FUNCTION assoc.diagram_mermaid(parts jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
SELECT concat_ws(E'\n', 'erDiagram', (
  SELECT string_agg(format(E'    "%s" {\n%s\n    }', translate(t ->> 'name', E'"%\\\n\r', '''____'), (
      -- a type is one word there, a name of letters, digits and underscores: others stand in the comment
      SELECT string_agg(format('        %s %s%s%s', regexp_replace(replace(c ->> 'type', ',', '-'), '[^][()A-Za-z0-9_-]+', '_', 'g'), plain.name,
          coalesce(' ' || nullif(concat_ws(', ', CASE WHEN (c ->> 'pk')::boolean THEN 'PK' END, CASE WHEN (c ->> 'fk')::boolean THEN 'FK' END, CASE WHEN (c ->> 'unique')::boolean THEN 'UK' END), ''), ''),
          coalesce(' "' || nullif(concat_ws(', ', CASE WHEN plain.name <> c ->> 'name' THEN translate(c ->> 'name', '"', '''') END,
            CASE WHEN (c ->> 'required')::boolean AND NOT (c ->> 'pk')::boolean THEN 'not null' END), '') || '"', '')), E'\n' ORDER BY place)
      FROM jsonb_array_elements(t -> 'columns') WITH ORDINALITY u (c, place)
        CROSS JOIN LATERAL (SELECT regexp_replace(regexp_replace(c ->> 'name', '[^A-Za-z0-9_]', '_', 'g'), '^(?=[0-9])', '_')) AS plain (name))), E'\n' ORDER BY number)
    FROM jsonb_array_elements(parts -> 'tables') WITH ORDINALITY t (t, number)), (
  SELECT string_agg(format('    "%s" %s--%s "%s" : "%s"', translate(e ->> 'parent', E'"%\\\n\r', '''____'), CASE WHEN (e ->> 'optional')::boolean THEN '|o' ELSE '||' END,
      CASE WHEN (e ->> 'one')::boolean THEN 'o|' ELSE 'o{' END, translate(e ->> 'child', E'"%\\\n\r', '''____'), translate(e ->> 'label', E'"\\', '''_')), E'\n' ORDER BY number)
    FROM jsonb_array_elements(parts -> 'edges') WITH ORDINALITY e (e, number)))
$$;
COMMENT ON FUNCTION assoc.diagram_mermaid(jsonb) IS 'a diagram for Mermaid';

CREATE FUNCTION assoc.diagram_text(value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
RETURN replace(replace(replace(replace(regexp_replace(value, E'[\\x01-\\x1f]', ' ', 'g'), '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;');
COMMENT ON FUNCTION assoc.diagram_text(text) IS 'text as XML has it';

CREATE FUNCTION assoc.diagram_dot(parts jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
SELECT concat_ws(E'\n', 'digraph models {',
  '  graph [fontname="Helvetica", rankdir=LR, nodesep=0.4, ranksep=0.9];',
  '  node [shape=plain, fontname="Helvetica", fontsize=11];',
  '  edge [fontname="Helvetica", fontsize=10, color="#5b6b7b", dir=both];', (
  SELECT string_agg(format(E'  "%s" [label=<<table border="0" cellborder="1" cellspacing="0" cellpadding="4" color="#5b6b7b">\n    <tr><td bgcolor="#dbe7f3"><b>%s</b></td></tr>\n%s\n  </table>>];',
      translate(t ->> 'name', E'"\\\n\r', '''___'), assoc.diagram_text(t ->> 'name'), (
      SELECT string_agg(format('    <tr><td align="left">%s <font color="#5b6b7b">%s</font></td></tr>',
          CASE WHEN (c ->> 'pk')::boolean THEN format('<b>%s</b>', assoc.diagram_text(c ->> 'name')) WHEN (c ->> 'fk')::boolean THEN format('<i>%s</i>', assoc.diagram_text(c ->> 'name'))
            ELSE assoc.diagram_text(c ->> 'name') END, assoc.diagram_text(marks.text)), E'\n' ORDER BY place)
      FROM jsonb_array_elements(t -> 'columns') WITH ORDINALITY u (c, place) CROSS JOIN LATERAL (SELECT assoc.diagram_marks(c)) marks (text))), E'\n' ORDER BY number)
    FROM jsonb_array_elements(parts -> 'tables') WITH ORDINALITY t (t, number)), (
  SELECT string_agg(format('  "%s" -> "%s" [label="%s", arrowtail=%s, arrowhead=%s];', translate(e ->> 'parent', E'"\\\n\r', '''___'), translate(e ->> 'child', E'"\\\n\r', '''___'),
      translate(e ->> 'label', E'"\\', '''_'), CASE WHEN (e ->> 'optional')::boolean THEN 'teeodot' ELSE 'teetee' END, CASE WHEN (e ->> 'one')::boolean THEN 'teeodot' ELSE 'crowodot' END), E'\n' ORDER BY number)
    FROM jsonb_array_elements(parts -> 'edges') WITH ORDINALITY e (e, number)), '}')
$$;
COMMENT ON FUNCTION assoc.diagram_dot(jsonb) IS 'a diagram for Graphviz';

CREATE FUNCTION assoc.diagram_marks(c jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
RETURN concat_ws(' ', c ->> 'type', CASE WHEN (c ->> 'pk')::boolean THEN 'PK' END, CASE WHEN (c ->> 'fk')::boolean THEN 'FK' END,
  CASE WHEN (c ->> 'unique')::boolean THEN 'unique' END, CASE WHEN (c ->> 'required')::boolean AND NOT (c ->> 'pk')::boolean THEN 'not null' END);
COMMENT ON FUNCTION assoc.diagram_marks(jsonb) IS 'a column''s type and its marks';

CREATE FUNCTION assoc.diagram_dbml(parts jsonb) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
SELECT concat_ws(E'\n', (
  SELECT string_agg(format(E'Table "%s" {\n%s%s\n}', translate(t ->> 'name', E'"\n\r', '''__'), (
      SELECT string_agg(format('  "%s" "%s"%s', translate(c ->> 'name', E'"\n\r', '''__'), translate(c ->> 'type', '"', ''''),
          coalesce(' [' || nullif(concat_ws(', ', CASE WHEN (c ->> 'pk')::boolean AND keys.parts = 1 THEN 'pk' END,
            CASE WHEN (c ->> 'unique')::boolean THEN 'unique' END, CASE WHEN (c ->> 'required')::boolean AND NOT ((c ->> 'pk')::boolean AND keys.parts = 1) THEN 'not null' END), '') || ']', '')), E'\n' ORDER BY number)
      FROM jsonb_array_elements(t -> 'columns') WITH ORDINALITY u (c, number)),
      CASE WHEN keys.parts > 1 THEN format(E'\n  indexes {\n    (%s) [pk]\n  }', keys.list) END), E'\n' ORDER BY place)
    FROM jsonb_array_elements(parts -> 'tables') WITH ORDINALITY t (t, place)
      CROSS JOIN LATERAL (SELECT count(*), string_agg('"' || translate(c ->> 'name', E'"\n\r', '''__') || '"', ', ') FROM jsonb_array_elements(t -> 'columns') c WHERE (c ->> 'pk')::boolean) keys (parts, list)), (
  SELECT string_agg(format('// %s%sRef: "%s".(%s) %s "%s".(%s)', translate(e ->> 'label', E'\n\r', '__'), E'\n', translate(e ->> 'child', E'"\n\r', '''__'), k.list, CASE WHEN (e ->> 'one')::boolean THEN '-' ELSE '>' END,
      translate(e ->> 'parent', E'"\n\r', '''__'), p.list), E'\n' ORDER BY place)
    FROM jsonb_array_elements(parts -> 'edges') WITH ORDINALITY e (e, place)
      CROSS JOIN LATERAL (SELECT string_agg('"' || translate(x, E'"\n\r', '''__') || '"', ', ') FROM jsonb_array_elements_text(e -> 'key') x) k (list)
      CROSS JOIN LATERAL (
        SELECT string_agg('"' || translate(c ->> 'name', E'"\n\r', '''__') || '"', ', ') FROM jsonb_array_elements(parts -> 'tables') t, jsonb_array_elements(t -> 'columns') c
        WHERE t ->> 'name' = e ->> 'parent' AND (c ->> 'pk')::boolean) p (list)
    WHERE p.list IS NOT NULL))
$$;
COMMENT ON FUNCTION assoc.diagram_dbml(jsonb) IS 'a diagram in DBML';

-- The table with the most lines stands left, then those beside it, those beside these, and so on: so a line goes to the
-- next column or stays in its own, and none runs through a table. Its label stands in the gap between the columns, which
-- is as wide as the longest of them, one below the other.
CREATE FUNCTION assoc.diagram_svg(parts jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  number integer := jsonb_array_length(parts -> 'tables');
  ordered text[] := '{}';
  levels integer[] := '{}';
  next record;
  widths numeric[] := array_fill(0::numeric, ARRAY[41]);
  tops numeric[] := array_fill(24::numeric, ARRAY[41]);
  gaps numeric[] := array_fill(24::numeric, ARRAY[41]);
  places jsonb := '[]';
  near boolean;
  boxes jsonb := '{}';
  wide numeric;
  t jsonb;
  c jsonb;
  e jsonb;
  a jsonb;
  b jsonb;
  x numeric;
  y numeric;
  x1 numeric;
  y1 numeric;
  x2 numeric;
  y2 numeric;
  at_column integer;
  drawn text := '';
  lines text := '';
  labels text := '';
BEGIN
  IF number > 40 THEN
    RAISE program_limit_exceeded USING
      MESSAGE = pg_catalog.format('%s tables are too many for a picture without Graphviz', number),
      HINT = 'Choose some with models => ''{...}'', or take the format dot or mermaid.';
  END IF;
  WHILE cardinality(ordered) < number LOOP
    SELECT n.name, near.level INTO next
      FROM (SELECT u ->> 'name' AS name FROM jsonb_array_elements(parts -> 'tables') u) n
        CROSS JOIN LATERAL (
          SELECT min(levels[array_position(ordered, CASE w ->> 'parent' WHEN n.name THEN w ->> 'child' ELSE w ->> 'parent' END)]) + 1 AS level, count(*) AS lines
          FROM jsonb_array_elements(parts -> 'edges') w WHERE n.name IN (w ->> 'parent', w ->> 'child')) near
      WHERE n.name <> ALL (ordered)
      ORDER BY near.level NULLS LAST, near.lines DESC, n.name COLLATE "C"
      LIMIT 1;
    ordered := ordered || next.name;
    levels := levels || coalesce(next.level, 1);
  END LOOP;
  FOR i IN 1 .. number LOOP
    SELECT u INTO t FROM jsonb_array_elements(parts -> 'tables') u WHERE u ->> 'name' = ordered[i];
    at_column := levels[i];
    SELECT greatest(120, 8 * length(ordered[i]) + 24, max(7.0 * length(col ->> 'name') + 6.2 * length(assoc.diagram_marks(col)) + 36)) INTO wide FROM jsonb_array_elements(t -> 'columns') col;
    widths[at_column] := greatest(widths[at_column], ceil(wide));
    boxes := boxes || jsonb_build_object(ordered[i], jsonb_build_object('at', at_column, 'y', tops[at_column], 'h', 30 + 20 * jsonb_array_length(t -> 'columns'), 'w', ceil(wide), 'columns', t -> 'columns'));
    tops[at_column] := tops[at_column] + 30 + 20 * jsonb_array_length(t -> 'columns') + 48;
  END LOOP;
  FOR e IN SELECT u FROM jsonb_array_elements(parts -> 'edges') u LOOP
    at_column := least((boxes -> (e ->> 'parent') ->> 'at')::integer, (boxes -> (e ->> 'child') ->> 'at')::integer);
    gaps[at_column] := greatest(gaps[at_column], 150, 6 * length(e ->> 'label') + 60);
  END LOOP;
  FOR i IN 1 .. number LOOP
    b := boxes -> ordered[i];
    x := 24 + (SELECT coalesce(sum(w + g), 0) FROM unnest(widths[1 : (b ->> 'at')::integer - 1], gaps) u (w, g) WHERE w IS NOT NULL);
    y := (b ->> 'y')::numeric;
    wide := (b ->> 'w')::numeric;
    boxes := jsonb_set(boxes, ARRAY[ordered[i], 'x'], to_jsonb(x));
    drawn := drawn || format(E'  <rect x="%s" y="%s" width="%s" height="%s" rx="4" fill="#ffffff" stroke="#5b6b7b"/>\n  <path d="M%s %s v-20 q0 -4 4 -4 h%s q4 0 4 4 v20 z" fill="#dbe7f3" stroke="#5b6b7b"/>\n  <text x="%s" y="%s" font-weight="bold">%s</text>\n',
      x, y, wide, b ->> 'h', x, y + 24, wide - 8, x + 10, y + 17, assoc.diagram_text(ordered[i]));
    at_column := 0;
    FOR c IN SELECT u FROM jsonb_array_elements(b -> 'columns') u LOOP
      at_column := at_column + 1;
      drawn := drawn || format(E'  <text x="%s" y="%s"%s>%s</text>\n  <text x="%s" y="%s" fill="#5b6b7b" font-size="11" text-anchor="end">%s</text>\n', x + 10, y + 22 + 20 * at_column,
        CASE WHEN (c ->> 'pk')::boolean THEN ' font-weight="bold"' WHEN (c ->> 'fk')::boolean THEN ' font-style="italic"' ELSE '' END,
        assoc.diagram_text(c ->> 'name'), x + wide - 10, y + 22 + 20 * at_column, assoc.diagram_text(assoc.diagram_marks(c)));
    END LOOP;
  END LOOP;
  at_column := 0;
  FOR e IN SELECT u FROM jsonb_array_elements(parts -> 'edges') u LOOP
    at_column := at_column + 1;
    a := boxes -> (e ->> 'parent');
    b := boxes -> (e ->> 'child');
    -- several lines at one side do not lie upon each other
    y1 := (a ->> 'y')::numeric + 34 + (at_column * 13) % greatest(1, (a ->> 'h')::integer - 40);
    y2 := (b ->> 'y')::numeric + 34 + (at_column * 17) % greatest(1, (b ->> 'h')::integer - 40);
    x1 := (a ->> 'x')::numeric + CASE WHEN (b ->> 'x')::numeric >= (a ->> 'x')::numeric THEN (a ->> 'w')::numeric ELSE 0 END;
    x2 := (b ->> 'x')::numeric + CASE WHEN (b ->> 'x')::numeric > (a ->> 'x')::numeric THEN 0 ELSE (b ->> 'w')::numeric END;
    -- bent outwards from both sides
    x := greatest(30, abs(x2 - x1) / 2) * CASE WHEN (b ->> 'x')::numeric >= (a ->> 'x')::numeric THEN 1 ELSE -1 END;
    y := greatest(30, abs(x2 - x1) / 2) * CASE WHEN (b ->> 'x')::numeric > (a ->> 'x')::numeric THEN -1 ELSE 1 END;
    lines := lines || format(E'  <path d="M%s %s C%s %s %s %s %s %s" fill="none" stroke="#5b6b7b"%s marker-start="url(#one)" marker-end="url(#%s)"/>\n', x1, y1, x1 + x, y1, x2 + y, y2, x2, y2,
      CASE WHEN (e ->> 'optional')::boolean THEN ' stroke-dasharray="5 3"' ELSE '' END, CASE WHEN (e ->> 'one')::boolean THEN 'one' ELSE 'many' END);
    near := a -> 'at' = b -> 'at';
    a := CASE WHEN (a ->> 'at')::integer < (b ->> 'at')::integer THEN a ELSE b END;
    y := round((y1 + y2) / 2 + 4, 1);
    WHILE EXISTS (SELECT FROM jsonb_array_elements(places) p WHERE p -> 0 = a -> 'at' AND abs((p ->> 1)::numeric - y) < 14) LOOP
      y := y + 14;
    END LOOP;
    places := places || jsonb_build_array(jsonb_build_array(a -> 'at', y));
    labels := labels || format(E'  <text x="%s" y="%s" font-size="11" text-anchor="%s" fill="#1d4e89" stroke="#ffffff" stroke-width="4" paint-order="stroke">%s</text>\n',
      round((a ->> 'x')::numeric + widths[(a ->> 'at')::integer] + CASE WHEN near THEN 20 ELSE gaps[(a ->> 'at')::integer] / 2 END, 1), y,
      CASE WHEN near THEN 'start' ELSE 'middle' END, assoc.diagram_text(e ->> 'label'));
  END LOOP;
  x := 24 + (SELECT coalesce(sum(w + g), 150) FROM unnest(widths, gaps) u (w, g) WHERE w > 0);
  y := greatest((SELECT max(u) FROM unnest(tops) u) - 24, (SELECT max((p ->> 1)::numeric) + 10 FROM jsonb_array_elements(places) p));
  RETURN format(E'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%1$s" height="%2$s" font-family="Helvetica, Arial, sans-serif" font-size="13">\n', x, y)
    || E'  <defs>\n    <marker id="one" viewBox="-8 -8 16 16" markerWidth="12" markerHeight="12" orient="auto"><path d="M0 -6 V6" stroke="#5b6b7b" stroke-width="1.5"/></marker>\n'
    || E'    <marker id="many" viewBox="-12 -8 16 16" markerWidth="14" markerHeight="14" orient="auto"><path d="M-11 0 L0 -6 M-11 0 L0 6 M-11 0 H0" stroke="#5b6b7b" stroke-width="1.3" fill="none"/></marker>\n  </defs>\n'
    || E'  <rect width="100%" height="100%" fill="#ffffff"/>\n' || lines || drawn || labels || E'</svg>\n';
END
$$;
COMMENT ON FUNCTION assoc.diagram_svg(jsonb) IS 'a diagram as a picture: a line is dashed where it need not be there';
