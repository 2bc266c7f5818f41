-- Does every call do and answer what a model of it does?
--
-- The model is this file: tables like those of verbs.sql in the schema "reference", and functions called like those of
-- the extension, which write row by row what the reference says of a verb.  A round makes random rows in both, and random
-- calls over them, one after the other; after each the answers and the rows must be the same.  Of a call that fails the class of its
-- SQLSTATE is compared, for of several reasons any may be told.
--
-- Runs in a schema "model", which is first in search_path.
\ir verbs.sql
\o /dev/null
SELECT assoc.has_many('User', 'Task', inverse => 'user', options => '{"counter": "task_count"}', replace => true);
SELECT assoc.has_many('User', 'Note', alias => 'open_notes', foreign_key => 'user_id', options => '{"scope": {"kind": "open"}, "counter": "note_count"}', replace => true);
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', alias => 'leads', options => '{"through": {"scope": {"role": "lead"}}, "counter": "lead_count"}', replace => true);
SELECT assoc.belongs_to_many('User', 'Project', through => 'Member', alias => 'groups', inverse => 'members', options => '{"counter": "group_count"}', replace => true);
\o
UPDATE topic SET documents = true;
UPDATE tables SET rows = replace(rows, ' FROM', ', 0 AS task_count, 0 AS note_count, 0 AS lead_count, 0 AS group_count FROM') WHERE name = 'users';
CREATE VIEW counts AS SELECT name, task_count, note_count, lead_count, group_count FROM users;

CREATE SCHEMA reference;
DO $$
DECLARE
  t text;
  c record;
BEGIN
  FOR t IN SELECT name FROM tables ORDER BY no LOOP
    EXECUTE format('CREATE TABLE reference.%I (LIKE %I INCLUDING ALL)', t, t);
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = t::regclass AND attname = 'id') THEN
      EXECUTE format('ALTER TABLE reference.%I ALTER id RESTART 100', t);
    END IF;
    FOR c IN SELECT pg_get_constraintdef(oid) AS def FROM pg_constraint WHERE conrelid = t::regclass AND contype = 'f' LOOP
      EXECUTE format('ALTER TABLE reference.%I ADD %s', t, replace(c.def, 'REFERENCES ', 'REFERENCES reference.'));
    END LOOP;
  END LOOP;
END $$;
CREATE VIEW reference.counts AS SELECT name, (SELECT count(*) FROM reference.tasks WHERE user_id = u.id) AS task_count,
  (SELECT count(*) FROM reference.notes WHERE user_id = u.id AND kind = 'open' AND deleted_at IS NULL) AS note_count,
  (SELECT count(*) FROM reference.user_projects WHERE user_id = u.id AND role = 'lead') AS lead_count, (SELECT count(*) FROM reference.members WHERE user_id = u.id AND deleted_at IS NULL) AS group_count
  FROM reference.users u;
-- Where an association's links are: rows of "holder", whose column "near" is the source's key and "far" the target's.  Where
-- "pointer" is not null, these are rows of one of the two, and unlinking sets it to NULL.  They have places in an order where "placed".
CREATE TABLE reference.ends (model text, alias text, target text, shown text, holder text, near text, far text, pointer text, one boolean, multiple boolean, scope jsonb, placed boolean DEFAULT false);
INSERT INTO reference.ends VALUES
  ('User', 'projects', 'Project', 'UserProject', 'user_projects', 'user_id', 'project_id', NULL, false, false, '{}'),
  ('Project', 'users', 'User', 'UserProject', 'user_projects', 'project_id', 'user_id', NULL, false, false, '{}'),
  ('User', 'leads', 'Project', 'UserProject', 'user_projects', 'user_id', 'project_id', NULL, false, false, '{"role": "lead"}'),
  ('User', 'groups', 'Project', 'Member', 'members', 'user_id', 'project_id', NULL, false, false, '{}'),
  ('Project', 'members', 'User', 'Member', 'members', 'project_id', 'user_id', NULL, false, false, '{}'),
  ('User', 'bought', 'Project', 'Buy', 'buys', 'user_id', 'project_id', NULL, false, true, '{}'),
  ('Project', 'buyers', 'User', 'Buy', 'buys', 'project_id', 'user_id', NULL, false, true, '{}'),
  ('User', 'friends', 'User', 'Friend', 'friends', 'user_id', 'friend_id', NULL, false, false, '{}'),
  ('User', 'friend_of', 'User', 'Friend', 'friends', 'friend_id', 'user_id', NULL, false, false, '{}'),
  ('Project', 'tags', 'Tag', 'ProjectTag', 'project_tags', 'project_id', 'tag_id', NULL, false, false, '{}'),
  ('Tag', 'projects', 'Project', 'ProjectTag', 'project_tags', 'tag_id', 'project_id', NULL, false, false, '{}'),
  ('User', 'tasks', 'Task', NULL, 'tasks', 'user_id', 'id', 'user_id', false, false, '{}'),
  ('Task', 'user', 'User', NULL, 'tasks', 'id', 'user_id', 'user_id', true, false, '{}'),
  ('User', 'profile', 'Profile', NULL, 'profiles', 'user_id', 'id', 'user_id', true, false, '{}'),
  ('Profile', 'user', 'User', NULL, 'profiles', 'id', 'user_id', 'user_id', true, false, '{}'),
  ('User', 'notes', 'Note', NULL, 'notes', 'user_id', 'id', 'user_id', false, false, '{}'),
  ('User', 'open_notes', 'Note', NULL, 'notes', 'user_id', 'id', 'user_id', false, false, '{"kind": "open"}'),
  ('Note', 'user', 'User', NULL, 'notes', 'id', 'user_id', 'user_id', true, false, '{}'),
  ('Note', 'tags', 'Tag', 'NoteTag', 'note_tags', 'note_id', 'tag_id', NULL, false, false, '{}'),
  ('Tag', 'notes', 'Note', 'NoteTag', 'note_tags', 'tag_id', 'note_id', NULL, false, false, '{}'),
  ('User', 'marks', 'Tag', 'Mark', 'marks', 'item_id', 'tag_id', NULL, false, false, '{"item": "user"}'),
  ('Tag', 'marked_users', 'User', 'Mark', 'marks', 'tag_id', 'item_id', NULL, false, false, '{"item": "user"}'),
  ('Project', 'marks', 'Tag', 'Mark', 'marks', 'item_id', 'tag_id', NULL, false, false, '{"item": "project"}'),
  ('Tag', 'marked_projects', 'Project', 'Mark', 'marks', 'tag_id', 'item_id', NULL, false, false, '{"item": "project"}');
INSERT INTO reference.ends VALUES
  ('User', 'ranking', 'Project', 'Rank', 'ranks', 'user_id', 'project_id', NULL, false, false, '{}', true),
  ('Project', 'ranked', 'User', 'Rank', 'ranks', 'project_id', 'user_id', NULL, false, false, '{}', false),
  ('User', 'steps', 'Step', NULL, 'steps', 'user_id', 'id', 'user_id', false, false, '{}', true),
  ('Step', 'user', 'User', NULL, 'steps', 'id', 'user_id', 'user_id', true, false, '{}', false);
SET search_path = reference, model, public;

CREATE TYPE found AS (at tid, near int, far int, link jsonb);
CREATE FUNCTION ends(of_model text, of_alias text) RETURNS ends LANGUAGE sql AS $$ SELECT e FROM ends e WHERE model = of_model AND alias = of_alias $$;
CREATE FUNCTION fail(state text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING errcode = state; END $$;

-- rows
CREATE FUNCTION table_of(model text) RETURNS text LANGUAGE sql AS $$ SELECT lower(model) || 's' $$;
CREATE FUNCTION rows_of(model text, condition jsonb) RETURNS SETOF jsonb LANGUAGE plpgsql STRICT AS $$
BEGIN
  RETURN QUERY EXECUTE format('SELECT j FROM (SELECT to_jsonb(r) AS j, r.id FROM %I r) r WHERE j @> $1 AND j ->> ''deleted_at'' IS NULL ORDER BY id', table_of(model)) USING condition;
END $$;
CREATE FUNCTION is_there(model text, id int) RETURNS boolean LANGUAGE sql AS $$ SELECT EXISTS (SELECT FROM rows_of(model, jsonb_build_object('id', id))) $$;
CREATE FUNCTION needs(model text, id int) RETURNS void LANGUAGE sql AS $$ SELECT fail('23503') WHERE NOT is_there(model, id) $$;
CREATE FUNCTION insert_row(holder text, data jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  result jsonb;
BEGIN
  EXECUTE format('INSERT INTO %1$I AS r (%2$s) SELECT %2$s FROM jsonb_populate_record(NULL::%1$I, $1) RETURNING to_jsonb(r)', holder, (SELECT string_agg(quote_ident(key), ', ') FROM jsonb_object_keys(data) key)) INTO result USING data;
  RETURN result;
END $$;
CREATE FUNCTION change_row(holder text, place tid, data jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('UPDATE %I SET %s WHERE ctid = $1', holder, (SELECT string_agg(format('%I = %L', key, value), ', ') FROM jsonb_each_text(data))) USING place;
END $$;
-- places: those of links that come are behind the others; what is no longer the row's has none
CREATE FUNCTION next_place(e ends, source int) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  last int;
BEGIN
  IF e.holder NOT IN ('ranks', 'steps') THEN
    RETURN '{}';
  ELSIF e.placed THEN
    EXECUTE format('SELECT max(place) FROM %I WHERE %I = $1', e.holder, e.near) INTO last USING source;
    RETURN jsonb_build_object('place', coalesce(last, 0) + 1);
  END IF;
  RETURN '{"place": null}';
END $$;
CREATE FUNCTION change_rows(model text, ids int[], data jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF data <> '{}' THEN
    EXECUTE format('UPDATE %I SET %s WHERE id = ANY ($1)', table_of(model), (SELECT string_agg(format('%I = %L', key, value), ', ') FROM jsonb_each_text(data))) USING ids;
  END IF;
END $$;
CREATE FUNCTION delete_rows(model text, ids int[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format(CASE WHEN model = 'Note' THEN 'UPDATE %I SET deleted_at = now() WHERE id = ANY ($1)' ELSE 'DELETE FROM %I WHERE id = ANY ($1)' END, table_of(model)) USING ids;
END $$;

-- Links: those that an association shows, of one source.  Where no foreign key says that the ends are there, rows of the join
-- table are links without them.
CREATE FUNCTION links(e ends, source int) RETURNS SETOF found LANGUAGE plpgsql AS $$
BEGIN
  IF e.holder <> 'marks' AND NOT is_there(e.model, source) THEN
    RETURN;
  END IF;
  RETURN QUERY EXECUTE format('SELECT h.ctid, h.%I::int, h.%I::int, to_jsonb(h) FROM %I h WHERE h.%1$I = $1 AND h.%2$I IS NOT NULL AND to_jsonb(h) @> $2 AND to_jsonb(h) ->> ''deleted_at'' IS NULL AND (is_there($3, h.%2$I::int) OR $4)
    ORDER BY h.%2$I, to_jsonb(h) -> ''id''', e.near, e.far, e.holder) USING source, e.scope, e.target, e.holder = 'marks';
END $$;
CREATE FUNCTION hidden_link(e ends, source int, target int) RETURNS tid LANGUAGE plpgsql AS $$
DECLARE
  result tid;
BEGIN
  IF e.holder = 'members' THEN
    SELECT ctid INTO result FROM members h WHERE deleted_at IS NOT NULL AND to_jsonb(h) @> jsonb_build_object(e.near, source, e.far, target);
  END IF;
  RETURN result;
END $$;
CREATE FUNCTION drop_link(e ends, l found) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF e.pointer IS NOT NULL THEN
    PERFORM change_row(e.holder, l.at, jsonb_build_object(e.pointer, NULL) || CASE WHEN e.holder = 'steps' THEN '{"place": null}'::jsonb ELSE '{}' END);
  ELSIF e.holder = 'members' THEN
    UPDATE members SET deleted_at = now() WHERE ctid = l.at;
  ELSE
    EXECUTE format('DELETE FROM %I WHERE ctid = $1', e.holder) USING l.at;
  END IF;
END $$;
CREATE FUNCTION note(diff jsonb, list text, e ends, l found) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_set(diff, ARRAY[list], diff -> list || jsonb_build_array(CASE WHEN e.multiple THEN jsonb_build_object('id', l.far, 'link', l.link -> 'id') ELSE to_jsonb(l.far) END)) $$;
CREATE FUNCTION no_diff() RETURNS jsonb LANGUAGE sql AS $$ SELECT '{"added": [], "updated": [], "removed": [], "unchanged": []}'::jsonb $$;
CREATE FUNCTION in_order(diff jsonb) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_object_agg(key, CASE WHEN jsonb_typeof(value) = 'array' THEN (SELECT coalesce(jsonb_agg(DISTINCT x ORDER BY x), '[]') FROM jsonb_array_elements(value) x) ELSE value END) FROM jsonb_each(diff) $$;
CREATE FUNCTION change_link(diff jsonb, e ends, l found, through jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  IF (l.link || through) = l.link THEN
    RETURN note(diff, 'unchanged', e, l);
  END IF;
  PERFORM change_row(e.holder, l.at, through);
  RETURN note(diff, 'updated', e, l);
END $$;
CREATE FUNCTION put_link(diff jsonb, e ends, source int, target int, through jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  l found;
  other found;
  ends_of jsonb := jsonb_build_object(e.near, source, e.far, target);
BEGIN
  SELECT * INTO l FROM links(e, source) WHERE far = target;
  IF l.at IS NOT NULL AND NOT e.multiple THEN
    RETURN change_link(diff, e, l, through);
  END IF;
  PERFORM needs(e.model, source), needs(e.target, target);
  IF e.pointer IS NOT NULL THEN
    IF e.one THEN
      FOR other IN SELECT * FROM links(e, source) LOOP
        diff := note(diff, 'removed', e, other);
        PERFORM drop_link(e, other);
      END LOOP;
    END IF;
    EXECUTE format('UPDATE %I SET %s WHERE id = $1', e.holder, (SELECT string_agg(format('%I = %L', key, value), ', ') FROM jsonb_each_text(e.scope || (ends_of - 'id') || next_place(e, source)))) USING CASE e.far WHEN 'id' THEN target ELSE source END;
    l := (NULL, source, target, NULL);
  ELSIF hidden_link(e, source, target) IS NOT NULL THEN
    PERFORM change_row(e.holder, hidden_link(e, source, target), '{"deleted_at": null}' || through);
    l := (NULL, source, target, NULL);
  ELSE
    l := (NULL, source, target, insert_row(e.holder, e.scope || ends_of || next_place(e, source) || through));
  END IF;
  RETURN note(diff, 'added', e, l);
END $$;
-- ids as they are given: keys, or objects with a payload, which is laid over that of the call; those of one row are one, where it can be linked once
CREATE FUNCTION elements(e ends, ids jsonb, through jsonb, linked_to int DEFAULT NULL) RETURNS TABLE (id int, own jsonb, payload jsonb, no bigint) LANGUAGE sql AS $$
  WITH given AS (
    SELECT no, i.id, coalesce(x -> 'through', '{}') AS own
    FROM jsonb_array_elements(CASE jsonb_typeof(ids) WHEN 'array' THEN ids WHEN 'null' THEN '[]' ELSE jsonb_build_array(ids) END) WITH ORDINALITY a (x, no),
      LATERAL (SELECT coalesce(x ->> 'id', x #>> '{}')::int AS id WHERE NOT x ? 'where'
        UNION ALL SELECT (r ->> 'id')::int FROM rows_of(e.target, x -> 'where') r WHERE linked_to IS NULL OR EXISTS (SELECT FROM links(e, linked_to) WHERE to_jsonb(far) = r -> 'id')) i)
  SELECT g.id, g.own, coalesce(through, '{}') || g.own, g.no FROM given g ORDER BY CASE WHEN e.placed THEN g.no END, g.id, g.no $$;

-- links in this order have the places 1, 2, 3, ...
CREATE FUNCTION put_places(diff jsonb, e ends, source int, list int[]) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  l found;
BEGIN
  FOR i IN 1 .. cardinality(list) LOOP
    SELECT * INTO l FROM links(e, source) WHERE far = list[i];
    IF l.link -> 'place' <> to_jsonb(i) THEN
      PERFORM change_row(e.holder, l.at, jsonb_build_object('place', i));
      CONTINUE WHEN diff -> 'added' @> to_jsonb(l.far);
      diff := note(diff, 'updated', e, l) || jsonb_build_object('unchanged', (SELECT coalesce(jsonb_agg(x), '[]') FROM jsonb_array_elements(diff -> 'unchanged') x WHERE x <> to_jsonb(l.far)));
    END IF;
  END LOOP;
  RETURN diff;
END $$;

-- verbs
CREATE FUNCTION add(model text, source int, alias text, ids jsonb, through jsonb DEFAULT NULL) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  e ends := ends(model, alias);
  diff jsonb := no_diff();
  x record;
BEGIN
  FOR x IN SELECT * FROM elements(e, ids, through) LOOP
    diff := put_link(diff, e, source, x.id, x.payload);
  END LOOP;
  RETURN in_order(diff);
END $$;
CREATE FUNCTION remove(model text, source int, alias text, ids jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  e ends := ends(model, alias);
  diff jsonb := no_diff();
  l found;
BEGIN
  FOR l IN SELECT f.* FROM links(e, source) f WHERE EXISTS (SELECT FROM elements(e, ids, NULL, source) x WHERE x.id = far AND link @> own) LOOP
    PERFORM drop_link(e, l);
    diff := note(diff, 'removed', e, l);
  END LOOP;
  RETURN in_order(diff);
END $$;
CREATE FUNCTION clear(model text, source int, alias text) RETURNS jsonb LANGUAGE sql AS $$
  SELECT remove(model, source, alias, (SELECT coalesce(jsonb_agg(far), '[]') FROM links(ends(model, alias), source))) $$;
CREATE FUNCTION has(model text, source int, alias text, ids jsonb) RETURNS boolean LANGUAGE sql AS $$
  SELECT coalesce(bool_and(EXISTS (SELECT FROM links(ends(model, alias), source) WHERE far = id AND link @> own)), true) FROM elements(ends(model, alias), ids, NULL) $$;
CREATE FUNCTION set(model text, source int, alias text, ids jsonb, through jsonb DEFAULT NULL) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  e ends := ends(model, alias);
  diff jsonb := no_diff();
  kept jsonb[] := '{}';
  rest jsonb := '[]';
  l found;
  x record;
BEGIN
  IF e.one THEN
    RETURN CASE WHEN EXISTS (SELECT FROM elements(e, ids, NULL)) THEN add(model, source, alias, ids) ELSE clear(model, source, alias) END;
  END IF;
  FOR x IN SELECT * FROM elements(e, ids, through) LOOP
    SELECT * INTO l FROM links(e, source) WHERE far = x.id AND (NOT e.multiple OR link @> x.payload AND NOT link = ANY (kept)) LIMIT 1;
    IF l.link IS NOT NULL THEN
      kept := kept || l.link;
      IF e.multiple THEN
        diff := note(diff, 'unchanged', e, l);
        CONTINUE;
      END IF;
    END IF;
    rest := rest || jsonb_build_object('id', x.id, 'through', x.payload);
  END LOOP;
  FOR l IN SELECT * FROM links(e, source) LOOP
    IF NOT l.link = ANY (kept) THEN
      PERFORM drop_link(e, l);
      diff := note(diff, 'removed', e, l);
    END IF;
  END LOOP;
  FOR x IN SELECT * FROM elements(e, rest, NULL) LOOP
    diff := put_link(diff, e, source, x.id, x.payload);
  END LOOP;
  IF e.placed THEN
    diff := put_places(diff, e, source, ARRAY(SELECT id FROM elements(e, ids, NULL) GROUP BY id ORDER BY min(no), id));
  END IF;
  RETURN in_order(diff);
END $$;
CREATE FUNCTION toggle(model text, source int, alias text, ids jsonb, through jsonb DEFAULT NULL) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  e ends := ends(model, alias);
  diff jsonb := no_diff();
  x record;
  l found;
  gone int[] := '{}';
BEGIN
  FOR x IN SELECT * FROM elements(e, ids, through) LOOP
    FOR l IN SELECT * FROM links(e, source) WHERE far = x.id AND link @> x.own LOOP
      PERFORM drop_link(e, l) WHERE NOT e.placed;
      diff := note(diff, 'removed', e, l);
      gone := gone || x.id;
    END LOOP;
  END LOOP;
  FOR x IN SELECT * FROM elements(e, ids, through) WHERE id <> ALL (gone) LOOP
    diff := put_link(diff, e, source, x.id, x.payload);
  END LOOP;
  -- what comes is behind these
  PERFORM drop_link(e, o) FROM links(e, source) o WHERE e.placed AND far = ANY (gone);
  RETURN in_order(diff);
END $$;
CREATE FUNCTION reorder(model text, source int, alias text, ids jsonb, place jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  e ends := ends(model, alias);
  list int[] := ARRAY(SELECT far FROM links(e, source) ORDER BY link -> 'place' = 'null', (link ->> 'place')::int, far);
  moved int[] := ARRAY(SELECT x::int FROM jsonb_array_elements_text(ids) x);
  rest int[] := ARRAY(SELECT x FROM unnest(list) WITH ORDINALITY l (x, no) WHERE x <> ALL (moved) ORDER BY no);
  n int := (place ->> (SELECT jsonb_object_keys(place)))::int;
  anchor int := array_position(list, CASE WHEN place ? 'by' THEN moved[1] ELSE n END);
  behind int := (SELECT count(*) FROM unnest(list) WITH ORDINALITY l (x, no) WHERE x <> ALL (moved) AND no < anchor);
BEGIN
  PERFORM needs(model, source), fail('23503') WHERE NOT list @> moved;
  PERFORM fail('23503') WHERE place ?| '{before,after}' AND n <> ALL (list);
  behind := CASE WHEN place ? 'to' AND n > 0 THEN n - 1 WHEN place ? 'to' THEN cardinality(rest) + n + 1 WHEN place ? 'by' THEN behind + n
    WHEN place ? 'after' AND n <> ALL (moved) THEN behind + 1 ELSE behind END;
  behind := least(greatest(behind, 0), cardinality(rest));
  RETURN in_order(put_places(no_diff() || jsonb_build_object('unchanged', list), e, source, rest[:behind] || moved || rest[behind + 1:]));
END $$;
CREATE FUNCTION update_link(model text, source int, alias text, ids jsonb, through jsonb DEFAULT NULL) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  e ends := ends(model, alias);
  diff jsonb := no_diff();
  x record;
  l found;
BEGIN
  FOR x IN SELECT * FROM elements(e, ids, through, source) LOOP
    PERFORM fail('23503') WHERE NOT EXISTS (SELECT FROM links(e, source) WHERE far = x.id);
    FOR l IN SELECT * FROM links(e, source) WHERE far = x.id LOOP
      diff := change_link(diff, e, l, x.payload);
    END LOOP;
  END LOOP;
  RETURN in_order(diff);
END $$;
CREATE FUNCTION move(model text, source int, alias text, ids jsonb, to_source int) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  e ends := ends(model, alias);
  diff jsonb := no_diff();
  x record;
  l found;
  other found;
  ends_of jsonb := jsonb_build_object(e.near, to_source);
BEGIN
  FOR x IN SELECT * FROM elements(e, ids, NULL, source) LOOP
    PERFORM fail('23503') WHERE NOT EXISTS (SELECT FROM links(e, source) WHERE far = x.id AND link @> x.own);
  END LOOP;
  IF source = to_source THEN
    RETURN diff;
  END IF;
  PERFORM needs(model, to_source) FROM elements(e, ids, NULL, source);
  FOR x IN SELECT * FROM elements(e, ids, NULL, source) LOOP
    FOR l IN SELECT * FROM links(e, source) WHERE far = x.id AND link @> x.own LOOP
      diff := note(diff, 'removed', e, l);
      SELECT * INTO other FROM links(e, to_source) WHERE far = x.id;
      IF e.pointer IS NOT NULL THEN
        PERFORM drop_link(e, l);
        diff := put_link(diff, e, to_source, x.id, '{}');
      ELSIF other.at IS NOT NULL AND NOT e.multiple THEN
        PERFORM drop_link(e, l);
        diff := change_link(diff, e, other, (SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(l.link) WHERE other.link ->> key IS NULL AND key <> 'deleted_at' AND NOT (key = 'place' AND e.placed)));
      ELSIF hidden_link(e, to_source, x.id) IS NOT NULL THEN
        PERFORM drop_link(e, l);
        diff := put_link(diff, e, to_source, x.id, jsonb_build_object('role', l.link -> 'role'));
      ELSE
        PERFORM change_row(e.holder, l.at, ends_of || CASE WHEN e.placed THEN next_place(e, to_source) ELSE '{}' END);
        l.link := l.link || ends_of;
        diff := note(diff, 'added', e, l);
      END IF;
    END LOOP;
  END LOOP;
  RETURN in_order(diff);
END $$;
-- What the rows pointed at and shall not goes first, from all of them, for under a unique key they may exchange it.
CREATE FUNCTION set_many(model text, alias text, sources jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  e ends := ends(model, alias);
  result jsonb := '[]';
  removed jsonb := '{}';
  s jsonb;
  l found;
BEGIN
  FOR s IN SELECT * FROM jsonb_array_elements(sources) LOOP
    FOR l IN SELECT * FROM links(e, (s ->> 'id')::int) WHERE e.near = 'id' AND far NOT IN (SELECT id FROM elements(e, s -> alias, NULL)) LOOP
      PERFORM drop_link(e, l);
      removed := removed || jsonb_build_object(s ->> 'id', l.far);
    END LOOP;
  END LOOP;
  FOR s IN SELECT * FROM jsonb_array_elements(sources) LOOP
    result := result || (jsonb_build_object('source', s -> 'id') || set(model, (s ->> 'id')::int, alias, s -> alias)
      || CASE WHEN removed ? (s ->> 'id') THEN jsonb_build_object('removed', jsonb_build_array(removed -> (s ->> 'id'))) ELSE '{}' END);
  END LOOP;
  RETURN result;
END $$;

-- rows with what is nested
CREATE FUNCTION create_in(model text, source int, alias text, data jsonb, through jsonb DEFAULT NULL) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  e ends := ends(model, alias);
  new jsonb;
BEGIN
  new := insert_row(table_of(e.target), CASE WHEN e.pointer IS NULL THEN '{}' ELSE e.scope END || data);
  PERFORM put_link(no_diff(), e, source, (new ->> 'id')::int, coalesce(through, '{}'));
  RETURN (SELECT r FROM rows_of(e.target, jsonb_build_object('id', new -> 'id')) r)
    || CASE WHEN e.shown IS NULL THEN '{}' ELSE jsonb_build_object(e.shown, (SELECT link FROM links(e, source) WHERE far = (new ->> 'id')::int)) END;
END $$;
-- the linked rows that an element under "update", "upsert" or "delete" means
CREATE FUNCTION linked(e ends, source int, verb text, given jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  x jsonb;
  several int[];
  result int[] := '{}';
BEGIN
  FOR x IN SELECT CASE jsonb_typeof(v) WHEN 'number' THEN jsonb_build_object('id', v) WHEN 'boolean' THEN '{}' ELSE v END FROM jsonb_array_elements(CASE jsonb_typeof(given) WHEN 'array' THEN given ELSE jsonb_build_array(given) END) v
    WHERE verb IN ('update', 'upsert', 'delete') LOOP
    several := ARRAY(SELECT far FROM links(e, source) WHERE EXISTS (SELECT FROM rows_of(e.target, coalesce(x -> 'where', '{}')) r WHERE r -> 'id' = to_jsonb(far) AND coalesce(x -> 'id', r -> 'id') = r -> 'id'));
    PERFORM fail('23503') WHERE several = '{}' AND x ? 'id';
    result := result || several;
  END LOOP;
  RETURN result;
END $$;
CREATE FUNCTION nest(model text, source int, alias text, verb text, given jsonb, ids int[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  e ends := ends(model, alias);
BEGIN
  CASE verb
    WHEN 'disconnect' THEN PERFORM CASE WHEN given = 'true' THEN clear(model, source, alias) ELSE remove(model, source, alias, given) END;
    WHEN 'set' THEN PERFORM set(model, source, alias, given);
    WHEN 'connect' THEN PERFORM add(model, source, alias, given);
    WHEN 'create' THEN PERFORM create_in(model, source, alias, given);
    WHEN 'connectOrCreate' THEN
      ids := ARRAY(SELECT r -> 'id' FROM rows_of(e.target, given -> 'where') r);
      IF ids <> '{}' THEN
        PERFORM add(model, source, alias, to_jsonb(ids), given -> 'through');
      ELSE
        PERFORM create_in(model, source, alias, given -> 'create', given -> 'through');
      END IF;
    WHEN 'delete' THEN
      PERFORM clear(model, source, alias) WHERE e.near = 'id';
      PERFORM delete_rows(e.target, ids);
    WHEN 'replace' THEN PERFORM replace(model, source, alias, given);
    ELSE
      IF verb = 'upsert' AND ids = '{}' THEN
        PERFORM create_in(model, source, alias, given -> 'create', given -> 'through');
      ELSE
        PERFORM change_rows(e.target, ids, given -> CASE verb WHEN 'upsert' THEN 'update' ELSE 'data' END);
        PERFORM update_link(model, source, alias, to_jsonb(ids), given -> 'through') WHERE given ? 'through';
      END IF;
  END CASE;
END $$;
-- documents: rows are changed or made, then these are the links
CREATE FUNCTION replace(model text, source int, alias text, given jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  e ends := ends(model, alias);
  docs jsonb := CASE jsonb_typeof(given) WHEN 'array' THEN given WHEN 'null' THEN '[]' ELSE jsonb_build_array(given) END;
  ids jsonb := '[]';
  d jsonb;
  data jsonb;
BEGIN
  PERFORM needs(e.target, (x ->> 'id')::int) FROM jsonb_array_elements(docs) x WHERE x ? 'id';
  FOR d IN SELECT * FROM jsonb_array_elements(docs) LOOP
    data := d - 'id' - coalesce(e.shown, '');
    IF d ? 'id' THEN
      PERFORM change_rows(e.target, ARRAY[(d ->> 'id')::int], data);
    ELSE
      d := d || insert_row(table_of(e.target), data);
    END IF;
    ids := ids || jsonb_build_object('id', d -> 'id', 'through', coalesce(d -> e.shown, '{}'));
  END LOOP;
  -- what is not shown stays
  ids := ids || (SELECT coalesce(jsonb_agg(far), '[]') FROM links(e, source) WHERE NOT is_there(e.target, far));
  PERFORM set(model, source, alias, CASE WHEN e.one THEN coalesce(ids -> 0, 'null') ELSE ids END);
END $$;
CREATE FUNCTION need_one(model text, data jsonb) RETURNS void LANGUAGE sql AS $$
  SELECT fail('21000') FROM jsonb_each(data) a, rows_of((ends(model, a.key)).target, a.value -> 'connectOrCreate' -> 'where') HAVING count(*) > 1 $$;
-- verb by verb in the order that the reference has, for all rows
CREATE FUNCTION nest_all(model text, sources int[], data jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  x record;
BEGIN
  FOR x IN SELECT * FROM (SELECT source, a.key AS alias, v.key AS verb, v.value AS given, linked(ends(model, a.key), source, v.key, v.value) AS ids FROM unnest(sources) source, jsonb_each(data) a, jsonb_each(a.value) v WHERE (ends(model, a.key)).alias IS NOT NULL OFFSET 0) v
    ORDER BY array_position('{disconnect,delete,set,update,upsert,connectOrCreate,connect,create,replace}', verb), source LOOP
    PERFORM nest(model, x.source, x.alias, x.verb, x.given, x.ids);
  END LOOP;
END $$;
CREATE FUNCTION attributes_of(of_model text, data jsonb) RETURNS jsonb LANGUAGE sql AS $$
  SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(data) WHERE key NOT IN (SELECT alias FROM ends WHERE model = of_model) $$;
CREATE FUNCTION meant(model text, options jsonb) RETURNS int[] LANGUAGE sql AS $$
  SELECT ARRAY(SELECT (r ->> 'id')::int FROM rows_of(model, '{}') r WHERE options -> 'where' -> 'id' @> (r -> 'id')) $$;
CREATE FUNCTION update(model text, data jsonb, options jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  ids int[] := meant(model, options);
BEGIN
  PERFORM need_one(model, data) WHERE ids <> '{}';
  PERFORM change_rows(model, ids, attributes_of(model, data));
  PERFORM nest_all(model, ids, data);
  RETURN jsonb_build_object('keys', ids, 'count', cardinality(ids));
END $$;
CREATE FUNCTION save(model text, document jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  id int := document -> 'id';
  data jsonb := attributes_of(model, document - 'id');
BEGIN
  PERFORM needs(model, id);
  PERFORM change_rows(model, ARRAY[id], data), nest_all(model, ARRAY[id], (SELECT jsonb_object_agg(key, jsonb_build_object('replace', value)) FROM jsonb_each(document - 'id') WHERE NOT data ? key));
  RETURN jsonb_build_object('keys', ARRAY[id], 'count', 1);
END $$;
CREATE FUNCTION "create"(model text, data jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  new jsonb;
  e ends;
BEGIN
  PERFORM need_one(model, data);
  new := insert_row(table_of(model), attributes_of(model, data));
  PERFORM nest_all(model, ARRAY[(new ->> 'id')::int], data);
  SELECT r INTO new FROM rows_of(model, jsonb_build_object('id', new -> 'id')) r;
  FOR e IN SELECT x.* FROM ends x WHERE x.model = "create".model AND data ? alias LOOP
    new := new || jsonb_build_object(e.alias, (SELECT CASE WHEN e.one THEN jsonb_agg(r) -> 0 ELSE jsonb_agg(r) END
      FROM (SELECT r || CASE WHEN e.shown IS NULL THEN '{}' ELSE jsonb_build_object(e.shown, link) END AS r FROM links(e, (new ->> 'id')::int), rows_of(e.target, jsonb_build_object('id', far)) r) r));
  END LOOP;
  RETURN new;
END $$;
CREATE FUNCTION destroy(model text, options jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  ids int[] := meant(model, options);
BEGIN
  PERFORM delete_rows(model, ids);
  RETURN jsonb_build_object('keys', ids, 'count', cardinality(ids));
END $$;
CREATE FUNCTION find_or_create(model text, data jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  found jsonb := (SELECT r FROM rows_of(model, data) r LIMIT 1);
BEGIN
  RETURN jsonb_build_object('created', found IS NULL, 'row', coalesce(found, insert_row(table_of(model), data)));
END $$;
CREATE FUNCTION upsert(model text, data jsonb) RETURNS jsonb LANGUAGE sql AS $$
  INSERT INTO tags AS t (name, n) SELECT data ->> 'name', (data ->> 'n')::int ON CONFLICT (name) DO UPDATE SET n = excluded.n RETURNING to_jsonb(t) $$;
CREATE FUNCTION bulk_create(model text, rows jsonb, options jsonb) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_agg(upsert(model, r) - 'id' ORDER BY no) FROM jsonb_array_elements(rows) WITH ORDINALITY a (r, no) $$;
CREATE FUNCTION update_many(model text, rows jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  r jsonb;
BEGIN
  PERFORM needs(model, (x ->> 'id')::int) FROM jsonb_array_elements(rows) x;
  FOR r IN SELECT * FROM jsonb_array_elements(rows) LOOP
    PERFORM change_rows(model, ARRAY[(r ->> 'id')::int], r - 'id');
  END LOOP;
  RETURN (SELECT jsonb_build_object('count', count(*), 'keys', jsonb_agg(x -> 'id' ORDER BY x -> 'id')) FROM jsonb_array_elements(rows) x);
END $$;

CREATE FUNCTION restore(model text, options jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  ids int[] := ARRAY(SELECT id FROM notes WHERE deleted_at IS NOT NULL AND options -> 'where' -> 'id' @> to_jsonb(id) ORDER BY id);
BEGIN
  UPDATE notes SET deleted_at = NULL WHERE id = ANY (ids);
  RETURN jsonb_build_object('keys', ids, 'count', cardinality(ids));
END $$;
-- where rows of a model are referred to: columns, and those that with them must be the only ones
CREATE FUNCTION referring(model text) RETURNS TABLE (holder text, columns text[], key text[], scope jsonb) LANGUAGE sql AS $$
  SELECT e.holder, array_agg(DISTINCT c), CASE WHEN e.holder IN ('tasks', 'notes', 'buys', 'steps') THEN NULL WHEN e.holder = 'profiles' THEN '{user_id}' WHEN e.holder = 'marks' THEN '{item_id,tag_id,item}' ELSE array_agg(DISTINCT near) || array_agg(DISTINCT far) END, e.scope
  FROM ends e, LATERAL (SELECT e.near WHERE e.model = referring.model UNION ALL SELECT e.far WHERE e.target = referring.model) r (c)
  WHERE c <> 'id' AND e.alias NOT IN ('leads', 'open_notes') GROUP BY e.holder, e.scope $$;
CREATE FUNCTION merge(model text, source int, into_row int) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  t record;
  row_at tid;
  old jsonb;
  new jsonb;
  other_at tid;
  other jsonb;
  unplaces boolean;
BEGIN
  PERFORM fail('22023') WHERE source = into_row;
  PERFORM needs(model, source), needs(model, into_row);
  FOR t IN SELECT * FROM referring(model) LOOP
    unplaces := t.holder IN ('ranks', 'steps') AND model = 'User';
    FOR row_at IN EXECUTE format('SELECT ctid FROM %I h WHERE to_jsonb(h) @> $1 AND to_jsonb($2) IN (%s) ORDER BY ctid', t.holder, (SELECT string_agg(format('to_jsonb(%I)', c), ', ') FROM unnest(t.columns) c)) USING t.scope, source LOOP
      EXECUTE format('SELECT to_jsonb(h) FROM %I h WHERE ctid = $1', t.holder) INTO old USING row_at;
      new := old || (SELECT jsonb_object_agg(c, CASE WHEN old -> c = to_jsonb(source) THEN into_row ELSE (old ->> c)::int END) FROM unnest(t.columns) c);
      other := NULL;
      IF t.key IS NOT NULL THEN
        EXECUTE format('SELECT ctid, to_jsonb(h) FROM %I h WHERE to_jsonb(h) @> $1', t.holder) INTO other_at, other USING (SELECT jsonb_object_agg(k, new -> k) FROM unnest(t.key) k);
      END IF;
      IF cardinality(t.columns) = 2 AND old -> t.columns[1] <> old -> t.columns[2] AND new -> t.columns[1] = new -> t.columns[2] THEN
        EXECUTE format('DELETE FROM %I WHERE ctid = $1', t.holder) USING row_at;
      ELSIF other IS NOT NULL THEN
        EXECUTE format('DELETE FROM %I WHERE ctid = $1', t.holder) USING row_at;
        PERFORM change_row(t.holder, other_at, d) FROM (SELECT jsonb_object_agg(key, value) FROM jsonb_each(old) WHERE key <> ALL (t.columns) AND key <> 'place' AND CASE key WHEN 'deleted_at' THEN value = 'null' ELSE value <> 'null' AND (other ->> key IS NULL OR other ->> 'deleted_at' IS NOT NULL AND old ->> 'deleted_at' IS NULL) END) f (d) WHERE d IS NOT NULL;
      ELSE
        PERFORM change_row(t.holder, row_at, (SELECT jsonb_object_agg(c, new -> c) FROM unnest(t.columns) c) || CASE WHEN unplaces THEN '{"place": null}'::jsonb ELSE '{}' END);
      END IF;
    END LOOP;
  END LOOP;
  PERFORM delete_rows(model, ARRAY[source]);
  RETURN '{}';
END $$;

-- rounds
SET search_path = model, public;
CREATE TABLE rounds (no int, start jsonb, calls text, got jsonb, wanted jsonb);
CREATE FUNCTION outcome(call text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  said text := answer(call);
BEGIN
  RETURN shown_rows() || jsonb_build_object('counts', (SELECT jsonb_agg(c ORDER BY c.*) FROM counts c), 'answer', CASE WHEN said ~ '^[0-9A-Z]{5} ' THEN left(said, 2)
    WHEN call ~ '^[a-z]*\.merge' THEN 'merged' WHEN call ~ '^[a-z]*\.save' THEN regexp_replace(said, ', "changes".*', '}') ELSE regexp_replace(said, ', "[a-z]+_count": [0-9]+', '', 'g') END);
END $$;
CREATE PROCEDURE run_round(number int) LANGUAGE plpgsql AS $$
DECLARE
  start jsonb := make_rows();
  calls text := '';
  call text;
  got jsonb;
  wanted jsonb;
BEGIN
  UPDATE topic SET name = (SELECT name FROM topics ORDER BY random() LIMIT 1);
  CALL put_rows(start);
  PERFORM set_config('search_path', 'reference, model, public', true);
  CALL put_rows(start);
  FOR i IN 1 .. 15 LOOP
    PERFORM set_config('search_path', 'model, public', true);
    call := some_call();
    calls := calls || call || E'\n';
    got := outcome(call);
    PERFORM set_config('search_path', 'reference, model, public', true);
    wanted := outcome(replace(call, 'assoc.', 'reference.'));
    EXIT WHEN got <> wanted;
  END LOOP;
  PERFORM set_config('search_path', 'model, public', true);
  INSERT INTO rounds SELECT number, start, calls, (SELECT jsonb_object_agg(key, value) FROM jsonb_each(got) WHERE value IS DISTINCT FROM wanted -> key), (SELECT jsonb_object_agg(key, value) FROM jsonb_each(wanted) WHERE value IS DISTINCT FROM got -> key);
  COMMIT;
END $$;
