-- Linking and unlinking rows.
--
-- The link_* functions are what the generated accessors call: they find the
-- association by table and alias whatever the search_path.  The others name the
-- model, and take ids as a document; each has a twin that takes the key as text, so
-- that untyped parameters of a driver resolve.

CREATE FUNCTION assoc.link_has(source regclass, alias text, id "any", ids "any") RETURNS boolean
  LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'assoc_link_has';
CREATE FUNCTION assoc.link_add(source regclass, alias text, id "any", ids "any", through jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_link_add';
CREATE FUNCTION assoc.link_set(source regclass, alias text, id "any", ids "any", through jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_link_set';
CREATE FUNCTION assoc.link_remove(source regclass, alias text, id "any", ids "any") RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_link_remove';
CREATE FUNCTION assoc.link_reorder(source regclass, alias text, id "any", ids "any", place jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_link_reorder';

CREATE FUNCTION assoc.has(model text, pk "any", alias text, ids jsonb) RETURNS boolean
  LANGUAGE c STABLE PARALLEL RESTRICTED AS 'MODULE_PATHNAME', 'assoc_has';
CREATE FUNCTION assoc.add(model text, pk "any", alias text, ids jsonb, through jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_add';
CREATE FUNCTION assoc.set(model text, pk "any", alias text, ids jsonb, through jsonb DEFAULT NULL, options jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_set';
CREATE FUNCTION assoc.remove(model text, pk "any", alias text, ids jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_remove';

CREATE FUNCTION assoc.clear(model text, pk "any", alias text) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_clear';
CREATE FUNCTION assoc.toggle(model text, pk "any", alias text, ids jsonb, through jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_toggle';
CREATE FUNCTION assoc.update_link(model text, pk "any", alias text, ids jsonb, through jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_update_link';
CREATE FUNCTION assoc.move(model text, pk "any", alias text, ids jsonb, to_pk "any") RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_move';

CREATE FUNCTION assoc.reorder(model text, pk "any", alias text, ids jsonb, place jsonb) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_reorder';

CREATE FUNCTION assoc.set_many(model text, alias text, rows jsonb, options jsonb DEFAULT NULL) RETURNS jsonb
  LANGUAGE c AS 'MODULE_PATHNAME', 'assoc_set_many';
COMMENT ON FUNCTION assoc.set_many(text, text, jsonb, jsonb) IS
'Sets the links of many rows at once. rows: [{"id": 1, "projects": [2, {"id": 3, "through": {"role": "admin"}}]}, ...], each with the key of a source row, by name, and its ids under the alias; options: {"dry_run": true} to undo it and only tell the diffs. Links are written in a fixed number of statements; beyond 1,000 rows the table that holds them is locked against other writers. Result: an array of {"source", "added", "updated", "removed", "unchanged"} in the order of rows. Errors: as set; 22023 where a row is given twice.';

DO $comments$
DECLARE
  link_arguments text := 'source: table of the source model; alias: the association; id: key of the source row (a composite one as ROW(...) or JSON object); '
    'ids: one target key, an array of them, or a JSON document of them. ';
  generic_arguments text := 'model: name of the source model; pk: key of the source row; alias: the association';
  ids text := '; ids: one target key, an array of them, or [{"id": 2, "through": {"role": "admin"}}, 3]';
  to_pk text := '; to_pk: key of the row that gets them';
  through text := 'through: values for the columns of the join table, one object for all ids or an array with one for each; NULL: none given. ';
  options text := 'options: {"dry_run": true} to undo it and only tell the diff. ';
  diff text := 'Result: {"added", "updated", "removed", "unchanged"}, each an array of target keys in key order. ';
  errors text := 'Errors: 22004 for a NULL id or ids, 22023 or 42703 for a wrong document, 42704 for an unknown model or association';
  written text := ', 23503 naming the ids that do not exist, 23502 and 23514 naming every constraint that fails, 40001 at REPEATABLE READ and above; nothing is changed then.';
  descriptions text[][] := ARRAY[
    ['has', 'Tells whether a row is linked to all of these; true for no ids, false for a row that does not exist. '],
    ['add', 'Links rows; what is linked already stays, and gets the payload that is given. '],
    ['set', 'Makes these the only linked rows; ''{}'' unlinks all. '],
    ['remove', 'Unlinks rows; the rows themselves stay. What is not linked is left out of the result. '],
    ['clear', 'Unlinks all rows; the rows themselves stay. '],
    ['toggle', 'Unlinks those of these rows that are linked, and links the others, with the payload that is given. '],
    ['update_link', 'Changes the payload of links that exist; 23503 where one does not. '],
    ['move', 'Takes links, or children, from one row to another: the row of the join table stays the same, with its id and payload; 23503 where one does not exist. Where the other row has the link already, it stays, with its null columns filled from the one that is moved, which is removed. In the result "removed" is what the first row lost. '],
    ['reorder', 'Gives links, or children, other places in the order that the option "position" of the association keeps, in which they then stand side by side as given; 23503 where one is not linked. place: {"to": 3} or, from the end, {"to": -1}; {"by": -1} is one up; {"before": id}; {"after": id}. In the result "updated" is what has another position now. ']];
  f record;
BEGIN
  FOR f IN
    SELECT p.oid::regprocedure AS signature, d.what, starts_with(p.proname, 'link_') AS link,
           'through' = ANY (p.proargnames) AS takes_through, 'ids' = ANY (p.proargnames) AS takes_ids,
           'options' = ANY (p.proargnames) AS takes_options, 'to_pk' = ANY (p.proargnames) AS moves, p.provolatile = 's' AS reads
    FROM pg_catalog.pg_proc p,
         pg_catalog.generate_subscripts(descriptions, 1) AS i,
         LATERAL (SELECT descriptions[i][1] AS name, descriptions[i][2] AS what) d
    WHERE p.pronamespace = 'assoc'::pg_catalog.regnamespace
      AND p.proname IN (d.name, 'link_' || d.name)
  LOOP
    EXECUTE pg_catalog.format('COMMENT ON FUNCTION %s IS %L', f.signature,
      f.what || CASE WHEN f.link THEN link_arguments
        ELSE generic_arguments || CASE WHEN f.takes_ids THEN ids ELSE '' END
          || CASE WHEN f.moves THEN to_pk ELSE '' END || '. ' END
      || CASE WHEN f.takes_through THEN through ELSE '' END
      || CASE WHEN f.takes_options THEN options ELSE '' END
      || CASE WHEN f.reads THEN '' ELSE diff END
      || errors || CASE WHEN f.reads THEN '.' ELSE written END);
  END LOOP;
END
$comments$;
