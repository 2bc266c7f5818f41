-- The models of a schema as a picture, in the languages of two programs that draw.

CREATE FUNCTION assoc.diagram(format text DEFAULT 'mermaid', schema name DEFAULT current_schema()) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET jit = off AS $$
DECLARE
  dot boolean := diagram.format = 'dot';
  result text;
BEGIN
  IF diagram.format NOT IN ('mermaid', 'dot') THEN
    RAISE invalid_parameter_value USING
      MESSAGE = pg_catalog.format('unknown format "%s"', pg_catalog.left(diagram.format, 63)),
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
