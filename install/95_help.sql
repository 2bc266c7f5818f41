-- Help in the database; and how to leave.

CREATE FUNCTION assoc.version() RETURNS text
LANGUAGE C STABLE PARALLEL SAFE AS 'MODULE_PATHNAME', 'assoc_version';
COMMENT ON FUNCTION assoc.version() IS
'The version of the library that is loaded. Where pg_extension has another one, ALTER EXTENSION pg_associations UPDATE is due.';

-- The functions for people, by what they are for; the others serve these and the accessors.
CREATE FUNCTION assoc.help_topics() RETURNS TABLE (topic text, names text[])
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
VALUES
  ('declare', '{define,adopt,discover,belongs_to_many,has_many,has_one,belongs_to,rename_association,rename_model,move_model,drop_association,forget,sync,declare_on_workers}'::text[]),
  ('load', '{find_by_pk,find_many,find_one,find_all,find,find_page,find_and_count_all,get,find_for_update}'),
  ('load as json text', '{find_by_pk_json,find_many_json,find_one_json,find_all_json,find_json,find_page_json,find_and_count_all_json,get_json,aggregate_json}'),
  ('count', '{count,count_of,sum,avg,min,max,aggregate}'),
  ('link', '{add,set,remove,has,toggle,update_link,move,reorder,clear,set_many,merge,recount}'),
  ('write', '{create,bulk_create,create_in,upsert,find_or_create,update,update_many,save,destroy,restore,validate}'),
  ('look', '{explain,session_loads,server_loads,server_loads_reset,sql,check,declarations,describe,typescript,json_schema,diagram,help,version}'),
  ('names', '{pluralize,singularize,snake_case}'),
  ('leave', '{detach}')
$$;
COMMENT ON FUNCTION assoc.help_topics() IS 'The functions for people, by what they are for.';

CREATE FUNCTION assoc.help(topic text DEFAULT NULL) RETURNS SETOF text
LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
WITH
functions AS (
  SELECT t.topic, t.place, n.name, n.place AS number, p.oid,
      format('assoc.%s(%s) -> %s', n.name, pg_get_function_arguments(p.oid), pg_get_function_result(p.oid)) AS signature,
      obj_description(p.oid, 'pg_proc') AS description,
      row_number() OVER (PARTITION BY n.name ORDER BY p.pronargs, p.oid) AS overload
    FROM (SELECT *, row_number() OVER () AS place FROM assoc.help_topics()) t
      CROSS JOIN LATERAL unnest(t.names) WITH ORDINALITY n (name, place)
      JOIN pg_proc p ON p.proname = n.name AND p.pronamespace = 'assoc'::regnamespace),
named AS (
  SELECT f.*, f.name = help.topic OR 'assoc.' || f.name = help.topic AS exact
    FROM functions f
    WHERE help.topic IS NOT NULL AND help.topic <> ''
      AND (f.name = help.topic OR 'assoc.' || f.name = help.topic OR f.topic = help.topic OR strpos(replace(f.name, '_', ''), replace(lower(help.topic), '_', '')) > 0)),
-- an option, or another word for it
wanted AS (
  SELECT * FROM named
  UNION ALL
  SELECT f.*, false FROM functions f
    WHERE NOT EXISTS (SELECT FROM named) AND strpos(lower(f.description), lower(nullif(help.topic, ''))) > 0)
SELECT h.line FROM (
  -- a function by its name: every form of it, in full
  SELECT 1 AS part, f.place, f.number, f.overload, f.signature || E'\n  ' || replace(f.description, E'\n', E'\n  ') AS line
    FROM wanted f WHERE f.exact
  UNION ALL
  -- a topic, or a part of names: a line each
  SELECT 2, f.place, f.number, 1, format('%s: %s', f.name, regexp_replace(f.description, E'(?s)[.:] .*|\n.*', ''))
    FROM wanted f WHERE f.overload = 1 AND NOT EXISTS (SELECT FROM wanted e WHERE e.exact)
  UNION ALL
  SELECT 3, t.place, 0, 1, format('%s: %s', t.topic, array_to_string(t.names, ', '))
    FROM (SELECT *, row_number() OVER () AS place FROM assoc.help_topics()) t
    WHERE NOT EXISTS (SELECT FROM wanted)
  UNION ALL
  SELECT 4, 0, 0, 1, 'More of one: SELECT assoc.help(''find''). All of it: docs/reference.md.'
    WHERE NOT EXISTS (SELECT FROM wanted)) h
  ORDER BY h.part, h.place, h.number, h.overload
$$;
COMMENT ON FUNCTION assoc.help(text) IS
'What functions there are, by topic; with a topic, a part of a name or a word of their descriptions what they do, with the name of a function all about it.';

CREATE FUNCTION assoc.detach(schema name DEFAULT current_schema(), dry_run boolean DEFAULT false) RETURNS SETOF text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $detach$
DECLARE
  kept record;
  statement text;
BEGIN
  FOR kept IN
    SELECT t.tgrelid::regclass AS relation, c.relowner, t.tgname, t.tgenabled, n.nspname,
        convert_from(substr(t.tgargs, 1, length(t.tgargs) - 1), getdatabaseencoding()) AS column_name,
        row_number() OVER (PARTITION BY t.tgargs ORDER BY t.tgrelid::regclass::text) = 1 AS is_first
      FROM pg_trigger t
        JOIN pg_proc p ON p.oid = t.tgfoid AND p.proname = 'keep_updated_at' AND p.pronamespace = 'assoc'::regnamespace
        JOIN pg_class c ON c.oid = t.tgrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = detach.schema AND t.tgparentid = 0 AND t.tgnargs = 1
      ORDER BY t.tgargs, t.tgrelid::regclass::text
  LOOP
    -- who owns the function can change what runs with every UPDATE
    IF EXISTS (
        SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = kept.nspname AND p.proname = 'keep_' || kept.column_name AND p.pronargs = 0
          AND NOT pg_has_role(kept.relowner, p.proowner, 'USAGE')
          AND NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.oid = p.proowner)) THEN
      RAISE duplicate_function USING
        MESSAGE = format('function %I.%I() belongs to somebody else than table %s', kept.nspname, 'keep_' || kept.column_name, kept.relation),
        HINT = 'Drop or rename it.';
    END IF;
    FOREACH statement IN ARRAY ARRAY[
        CASE WHEN kept.is_first THEN format(
$code$CREATE OR REPLACE FUNCTION %I.%I() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF NEW *<> OLD AND NEW.%I IS NOT DISTINCT FROM OLD.%3$I THEN
    NEW.%3$I := now();
  END IF;
  RETURN NEW;
END
$body$$code$, kept.nspname, 'keep_' || kept.column_name, kept.column_name) END,
        format('CREATE OR REPLACE TRIGGER %I BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %I.%I()',
          kept.tgname, kept.relation, kept.nspname, 'keep_' || kept.column_name),
        CASE kept.tgenabled WHEN 'D' THEN format('ALTER TABLE %s DISABLE TRIGGER %I', kept.relation, kept.tgname) END]
    LOOP
      CONTINUE WHEN statement IS NULL;
      IF NOT detach.dry_run THEN
        EXECUTE statement;
      END IF;
      RETURN NEXT statement;
    END LOOP;
  END LOOP;

  -- what associations say of their links is written by the owner of both tables, whoever writes links
  FOR kept IN
    SELECT t.tgrelid::regclass AS relation, c.relowner, t.tgname, t.tgenabled, n.nspname, d.event,
        'keep_' || left(c.relname, 40) || '_' || d.event AS function_name,
        CASE WHEN d.event NOT IN ('least', 'begun') THEN format('CREATE OR REPLACE TRIGGER %I AFTER %s ON %s%s FOR EACH STATEMENT', t.tgname,
            upper(d.event), t.tgrelid::regclass, CASE WHEN d.event <> 'truncate' THEN concat(' REFERENCING',
              CASE WHEN d.event <> 'insert' THEN ' OLD TABLE AS kept_old' END, CASE WHEN d.event <> 'delete' THEN ' NEW TABLE AS kept_new' END) END)
          -- a constraint trigger cannot be replaced
          ELSE format('DROP TRIGGER %I ON %s; %s', t.tgname, t.tgrelid::regclass,
            regexp_replace(pg_get_triggerdef(t.oid), ' EXECUTE FUNCTION [^ ]*$', '')) END AS definition
      FROM pg_trigger t
        JOIN pg_proc p ON p.oid = t.tgfoid AND p.proname = 'keep_links' AND p.pronamespace = 'assoc'::regnamespace
        JOIN pg_class c ON c.oid = t.tgrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        CROSS JOIN LATERAL (SELECT substr(t.tgname, 12)) d (event)
      WHERE n.nspname = detach.schema AND t.tgname LIKE E'keep\\_links\\_%'
      ORDER BY t.tgrelid::regclass::text, t.tgname
  LOOP
    FOREACH statement IN ARRAY ARRAY[
        format('CREATE FUNCTION %I.%I() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %L',
          kept.nspname, kept.function_name, assoc.keep_links_body(kept.relation, kept.event)),
        CASE WHEN kept.relowner <> current_user::regrole
          THEN format('ALTER FUNCTION %I.%I() OWNER TO %I', kept.nspname, kept.function_name, pg_get_userbyid(kept.relowner)) END,
        format('%s EXECUTE FUNCTION %I.%I()', kept.definition, kept.nspname, kept.function_name),
        CASE kept.tgenabled WHEN 'D' THEN format('ALTER TABLE %s DISABLE TRIGGER %I', kept.relation, kept.tgname) END]
    LOOP
      CONTINUE WHEN statement IS NULL;
      IF NOT detach.dry_run THEN
        EXECUTE statement;
      END IF;
      RETURN NEXT statement;
    END LOOP;
  END LOOP;
END
$detach$;
COMMENT ON FUNCTION assoc.detach(name, boolean) IS
'Before DROP EXTENSION: gives the tables of a schema triggers for updated_at, counters and limits that need no extension, with functions of the schema''s own. Returns the statements run, with dry_run => true without running them.';

-- \df+ assoc.* tells the functions for people from the others.
DO $internal$
DECLARE
  f record;
BEGIN
  FOR f IN
    SELECT p.oid::pg_catalog.regprocedure AS signature, pg_catalog.obj_description(p.oid, 'pg_proc') AS description
      FROM pg_catalog.pg_proc p
      WHERE p.pronamespace = 'assoc'::pg_catalog.regnamespace
        AND p.proname NOT IN (SELECT pg_catalog.unnest(t.names) FROM assoc.help_topics() t)
  LOOP
    EXECUTE pg_catalog.format('COMMENT ON FUNCTION %s IS %L', f.signature, 'Internal: ' || f.description);
  END LOOP;
END
$internal$;
