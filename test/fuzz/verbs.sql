-- Rows of every kind of association, and random calls of all verbs over them: what serial.sql makes at the same time, and
-- model.sql compares with a model.
--
-- Runs in a schema that is first in search_path.
SET client_min_messages = warning;
\o /dev/null
SELECT assoc.define('User', '{"name": "text"}', '{"timestamps": false}');
SELECT assoc.define('Project', '{"title": "text", "stars": "int"}', '{"timestamps": false}');
SELECT assoc.define('Tag', '{"name": {"type": "text", "unique": true}, "n": "int"}', '{"timestamps": false}');
SELECT assoc.define('Task', '{"t": "text"}', '{"timestamps": false}');
SELECT assoc.define('Step', '{"t": "text"}', '{"timestamps": false}');
SELECT assoc.define('Profile', '{"bio": "text"}', '{"timestamps": false}');
SELECT assoc.define('Member', '{"role": "text"}', '{"timestamps": false, "paranoid": true}');
SELECT assoc.define('Buy', '{"role": "text"}', '{"timestamps": false}');
SELECT assoc.belongs_to_many('User', 'Project', inverse => 'users', through_attributes => '{"role": "text"}');
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', alias => 'leads', options => '{"through": {"scope": {"role": "lead"}}}');
SELECT assoc.belongs_to_many('User', 'Project', through => 'Member', alias => 'groups', inverse => 'members');
SELECT assoc.belongs_to_many('User', 'Project', through => 'Buy', alias => 'bought', inverse => 'buyers', options => '{"unique": false}');
SELECT assoc.belongs_to_many('User', 'User', through => 'Friend', alias => 'friends', foreign_key => 'user_id', other_key => 'friend_id', inverse => 'friend_of', through_attributes => '{"role": "text"}');
SELECT assoc.belongs_to_many('User', 'Project', through => 'Rank', alias => 'ranking', inverse => 'ranked', through_attributes => '{"role": "text"}', options => '{"position": "place"}');
SELECT assoc.has_many('User', 'Step', inverse => 'user', options => '{"position": "place"}');
SELECT assoc.belongs_to_many('Project', 'Tag', inverse => 'projects', through_attributes => '{"role": "text"}');
SELECT assoc.has_many('User', 'Task', inverse => 'user');
SELECT assoc.has_one('User', 'Profile', inverse => 'user');
SELECT assoc.define('Note', '{"t": "text", "kind": "text"}', '{"timestamps": false, "paranoid": true}');
SELECT assoc.has_many('User', 'Note', inverse => 'user');
SELECT assoc.has_many('User', 'Note', alias => 'open_notes', foreign_key => 'user_id', options => '{"scope": {"kind": "open"}}');
SELECT assoc.belongs_to_many('Note', 'Tag', inverse => 'notes', through_attributes => '{"role": "text"}');
SELECT assoc.belongs_to_many('User', 'Tag', through => 'Mark', foreign_key => 'item_id', other_key => 'tag_id', alias => 'marks', inverse => 'marked_users', through_attributes => '{"role": "text", "item": "text"}',
  options => '{"constraints": false, "through": {"scope": {"item": "user"}}, "inverse": {"through": {"scope": {"item": "user"}}}}');
SELECT assoc.belongs_to_many('Project', 'Tag', through => 'Mark', foreign_key => 'item_id', other_key => 'tag_id', alias => 'marks', inverse => 'marked_projects',
  options => '{"constraints": false, "through": {"scope": {"item": "project"}}, "inverse": {"through": {"scope": {"item": "project"}}}}');
\o
ALTER TABLE users ALTER id RESTART 100;
ALTER TABLE projects ALTER id RESTART 100;
ALTER TABLE tags ALTER id RESTART 100;
ALTER TABLE tasks ALTER id RESTART 100;
ALTER TABLE profiles ALTER id RESTART 100;
ALTER TABLE steps ALTER id RESTART 100;
ALTER TABLE notes ALTER id RESTART 100;
ALTER TABLE buys ALTER id RESTART 100;

-- Calls of one round are about one of these, so that they meet.
CREATE TABLE topics (name text, model text, alias text, target text);
INSERT INTO topics VALUES ('links', 'User', 'projects', 'Project'), ('links', 'Project', 'users', 'User'), ('links', 'User', 'leads', 'Project'),
  ('paranoid', 'User', 'groups', 'Project'), ('paranoid', 'Project', 'members', 'User'),
  ('repeated', 'User', 'bought', 'Project'), ('repeated', 'Project', 'buyers', 'User'),
  ('self', 'User', 'friends', 'User'), ('self', 'User', 'friend_of', 'User'),
  ('ranks', 'User', 'ranking', 'Project'), ('ranks', 'Project', 'ranked', 'User'), ('steps', 'User', 'steps', 'Step'), ('steps', 'Step', 'user', 'User'),
  ('tags', 'Project', 'tags', 'Tag'), ('tags', 'Tag', 'projects', 'Project'),
  ('children', 'User', 'tasks', 'Task'), ('children', 'Task', 'user', 'User'), ('one', 'User', 'profile', 'Profile'), ('one', 'Profile', 'user', 'User'),
  ('notes', 'User', 'notes', 'Note'), ('notes', 'User', 'open_notes', 'Note'), ('notes', 'Note', 'user', 'User'), ('notes', 'Note', 'tags', 'Tag'), ('notes', 'Tag', 'notes', 'Note'),
  ('marks', 'User', 'marks', 'Tag'), ('marks', 'Tag', 'marked_users', 'User'), ('marks', 'Project', 'marks', 'Tag'), ('marks', 'Tag', 'marked_projects', 'Project');
CREATE TABLE topic AS SELECT 'links' AS name, false AS documents;

-- rows: parents before children
CREATE TABLE tables (no int PRIMARY KEY, name text, rows text);
INSERT INTO tables VALUES
  (1, 'users', $$ SELECT g AS id, 'u' || g AS name FROM generate_series(1, 3) g $$),
  (2, 'projects', $$ SELECT g AS id, 'p' || g AS title, 0 AS stars FROM generate_series(1, 3) g $$),
  (3, 'tags', $$ SELECT g AS id, 't' || g AS name, 0 AS n FROM generate_series(1, 3) g $$),
  (4, 'user_projects', $$ SELECT u AS user_id, p AS project_id, some_role() AS role FROM generate_series(1, 3) u, generate_series(1, 3) p WHERE random() < 0.5 $$),
  (5, 'members', $$ SELECT u AS user_id, p AS project_id, some_role() AS role, CASE WHEN random() < 0.4 THEN timestamptz '2020-01-01' END AS deleted_at FROM generate_series(1, 3) u, generate_series(1, 3) p WHERE random() < 0.6 $$),
  (6, 'buys', $$ SELECT row_number() OVER () AS id, * FROM (SELECT u AS user_id, p AS project_id, some_role() AS role FROM generate_series(1, 3) u, generate_series(1, 3) p, generate_series(1, 2) WHERE random() < 0.3) b $$),
  (7, 'friends', $$ SELECT u AS user_id, p AS friend_id, some_role() AS role FROM generate_series(1, 3) u, generate_series(1, 3) p WHERE random() < 0.5 $$),
  (8, 'project_tags', $$ SELECT u AS project_id, p AS tag_id, some_role() AS role FROM generate_series(1, 3) u, generate_series(1, 3) p WHERE random() < 0.5 $$),
  (9, 'tasks', $$ SELECT g AS id, 't' || g AS t, CASE WHEN random() < 0.7 THEN pick('{1,2,3}'::int[]) END AS user_id FROM generate_series(1, 3) g $$),
  (10, 'profiles', $$ SELECT g AS id, 'b' || g AS bio, CASE WHEN random() < 0.7 THEN (g + shift) % 4 + 1 END AS user_id FROM (SELECT 1 + floor(random() * 3)::int AS shift) s, generate_series(1, 3) g WHERE (g + shift) % 4 < 3 $$),
  (11, 'notes', $$ SELECT g AS id, 't' || g AS t, pick('{open,x,NULL}'::text[]) AS kind, CASE WHEN random() < 0.8 THEN pick('{1,2,3}'::int[]) END AS user_id, CASE WHEN random() < 0.3 THEN timestamptz '2020-01-01' END AS deleted_at FROM generate_series(1, 3) g $$),
  (12, 'note_tags', $$ SELECT u AS note_id, p AS tag_id, some_role() AS role FROM generate_series(1, 3) u, generate_series(1, 3) p WHERE random() < 0.5 $$),
  (13, 'marks', $$ SELECT u AS item_id, p AS tag_id, item, some_role() AS role FROM generate_series(1, 3) u, generate_series(1, 3) p, unnest('{user,project}'::text[]) item WHERE random() < 0.4 $$),
  (14, 'ranks', $$ SELECT u AS user_id, p AS project_id, some_role() AS role, CASE WHEN random() < 0.9 THEN row_number() OVER (PARTITION BY u ORDER BY random()) END AS place FROM generate_series(1, 3) u, generate_series(1, 3) p WHERE random() < 0.6 $$),
  (15, 'steps', $$ SELECT id, t, user_id, CASE WHEN user_id IS NOT NULL AND random() < 0.9 THEN row_number() OVER (PARTITION BY user_id ORDER BY random()) END AS place FROM (SELECT g AS id, 't' || g AS t, CASE WHEN random() < 0.8 THEN pick('{1,1,2,3}'::int[]) END AS user_id FROM generate_series(1, 3) g) s $$);

CREATE FUNCTION pick(choices anycompatiblearray) RETURNS anycompatible LANGUAGE sql VOLATILE AS $$ SELECT choices[1 + floor(random() * cardinality(choices))] $$;
CREATE FUNCTION some_role() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT pick(ARRAY['lead', 'x', NULL]) $$;
CREATE FUNCTION make_rows() RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  result jsonb := '{}';
  one jsonb;
  t tables;
BEGIN
  FOR t IN SELECT * FROM tables ORDER BY no LOOP
    EXECUTE format('SELECT coalesce(jsonb_agg(to_jsonb(r)), ''[]'') FROM (%s) r', t.rows) INTO one;
    result := result || jsonb_build_object(t.name, one);
  END LOOP;
  RETURN result;
END $$;
CREATE PROCEDURE put_rows(rows jsonb) LANGUAGE plpgsql AS $$
DECLARE
  t tables;
BEGIN
  FOR t IN SELECT * FROM tables ORDER BY no DESC LOOP
    EXECUTE format('DELETE FROM %I', t.name);
  END LOOP;
  FOR t IN SELECT * FROM tables ORDER BY no LOOP
    EXECUTE format('INSERT INTO %I OVERRIDING SYSTEM VALUE SELECT * FROM jsonb_populate_recordset(NULL::%I, $1)', t.name, t.name) USING rows -> t.name;
  END LOOP;
END $$;
-- the rows that there are, without the keys of new ones
CREATE FUNCTION shown_rows() RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_object(
    'users', (SELECT jsonb_agg(name ORDER BY name) FROM users),
    'projects', (SELECT jsonb_agg(jsonb_build_array(title, stars) ORDER BY title, stars) FROM projects),
    'tags', (SELECT jsonb_agg(jsonb_build_array(name, n) ORDER BY name) FROM tags),
    'user_projects', (SELECT jsonb_agg(jsonb_build_array(name, title, l.role) ORDER BY name, title, l.role) FROM user_projects l JOIN users u ON u.id = user_id JOIN projects p ON p.id = project_id),
    'members', (SELECT jsonb_agg(jsonb_build_array(name, title, l.role, deleted_at IS NULL) ORDER BY name, title, l.role, deleted_at IS NULL) FROM members l JOIN users u ON u.id = user_id JOIN projects p ON p.id = project_id),
    'buys', (SELECT jsonb_agg(jsonb_build_array(name, title, l.role, CASE WHEN l.id < 100 THEN l.id END) ORDER BY name, title, l.role, l.id) FROM buys l JOIN users u ON u.id = user_id JOIN projects p ON p.id = project_id),
    'friends', (SELECT jsonb_agg(jsonb_build_array(u.name, p.name, l.role) ORDER BY u.name, p.name, l.role) FROM friends l JOIN users u ON u.id = user_id JOIN users p ON p.id = friend_id),
    'project_tags', (SELECT jsonb_agg(jsonb_build_array(name, title, l.role) ORDER BY name, title, l.role) FROM project_tags l JOIN tags u ON u.id = tag_id JOIN projects p ON p.id = project_id),
    'tasks', (SELECT jsonb_agg(jsonb_build_array(t, name) ORDER BY t, name) FROM tasks l LEFT JOIN users u ON u.id = user_id),
    'ranks', (SELECT jsonb_agg(jsonb_build_array(name, title, l.role, place) ORDER BY name, title, l.role, place) FROM ranks l JOIN users u ON u.id = user_id JOIN projects p ON p.id = project_id),
    'steps', (SELECT jsonb_agg(jsonb_build_array(t, name, CASE WHEN user_id IS NOT NULL THEN place END) ORDER BY t, name, place) FROM steps l LEFT JOIN users u ON u.id = user_id),
    'profiles', (SELECT jsonb_agg(jsonb_build_array(bio, name) ORDER BY bio, name) FROM profiles l LEFT JOIN users u ON u.id = user_id),
    'notes', (SELECT jsonb_agg(jsonb_build_array(t, kind, name, deleted_at IS NULL) ORDER BY t, kind, name, deleted_at IS NULL) FROM notes l LEFT JOIN users u ON u.id = user_id),
    'note_tags', (SELECT jsonb_agg(jsonb_build_array(t, kind, name, l.role) ORDER BY t, kind, name, l.role) FROM note_tags l JOIN tags u ON u.id = tag_id JOIN notes n ON n.id = note_id),
    'marks', (SELECT jsonb_agg(jsonb_build_array(item, least(item_id, 100), least(tag_id, 100), role) ORDER BY item, least(item_id, 100), least(tag_id, 100), role) FROM marks)) $$;

-- random calls
CREATE FUNCTION some_id() RETURNS int LANGUAGE sql VOLATILE AS $$ SELECT pick('{1,1,1,1,2,2,3}'::int[]) $$;
CREATE FUNCTION some_ids() RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  SELECT jsonb_agg(id) FROM (SELECT id FROM generate_series(1, 3) id ORDER BY random() LIMIT pick('{1,1,2,2,3}'::int[])) i $$;
-- ids, some of them with what their links carry
CREATE FUNCTION some_links(bare boolean) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  SELECT jsonb_agg(CASE WHEN bare OR random() < 0.6 THEN id ELSE jsonb_build_object('id', id, 'through', jsonb_build_object('role', some_role())) END)
  FROM jsonb_array_elements(some_ids()) id $$;
CREATE FUNCTION some_through(bare boolean) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT CASE WHEN random() < 0.3 AND NOT bare THEN ', ''{"role": "z"}''' ELSE '' END $$;
CREATE FUNCTION some_title() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT pick('{p1,n1,n1,n2}'::text[]) $$;
CREATE FUNCTION some_row(target text) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  SELECT jsonb_build_object(CASE target WHEN 'Project' THEN 'title' WHEN 'Task' THEN 't' WHEN 'Step' THEN 't' WHEN 'Note' THEN 't' WHEN 'Profile' THEN 'bio' ELSE 'name' END, some_title()) $$;
-- what no call looks for: who writes it without looking waits for nobody who looks
CREATE FUNCTION some_new(target text) RETURNS jsonb LANGUAGE sql VOLATILE AS $$ SELECT jsonb_object_agg(key, 'c1') FROM jsonb_each(some_row(target)) $$;
CREATE FUNCTION some_data(target text) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  SELECT CASE target WHEN 'Project' THEN '{"stars": 5}' WHEN 'Tag' THEN '{"n": 5}' ELSE some_new(target) END $$;
CREATE FUNCTION some_topic() RETURNS topics LANGUAGE sql VOLATILE AS $$ SELECT t FROM topics t JOIN topic USING (name) ORDER BY random() LIMIT 1 $$;
CREATE FUNCTION is_direct(t topics) RETURNS boolean LANGUAGE sql AS $$ SELECT t.name IN ('children', 'one', 'steps') OR t.alias IN ('notes', 'open_notes', 'user') AND t.model <> 'Tag' $$;
CREATE FUNCTION some_verb_call() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  t topics := some_topic();
  direct boolean := is_direct(t);
  one boolean := t.alias IN ('user', 'profile');
  bare boolean := direct OR t.alias = 'leads';
  ids jsonb := CASE WHEN one THEN to_jsonb(some_id()) ELSE some_ids() END;
  meant jsonb := CASE WHEN one OR random() < 0.6 THEN ids WHEN random() < 0.7 THEN some_links(bare) ELSE jsonb_build_array(jsonb_build_object('where', some_row(t.target))) END;
BEGIN
  RETURN CASE pick(ARRAY['add', 'add', 'set', 'set', 'remove', 'toggle', 'toggle', 'move', 'update_link', 'clear', 'has', 'set_many', 'create_in', 'reorder'])
    WHEN 'add' THEN format('assoc.add(%L, %s, %L, %L%s)', t.model, some_id(), t.alias, CASE WHEN one THEN ids ELSE some_links(bare) END, some_through(bare))
    WHEN 'set' THEN format('assoc.set(%L, %s, %L, %L)', t.model, some_id(), t.alias, CASE WHEN one THEN ids WHEN random() < 0.9 THEN some_links(bare) ELSE meant END)
    WHEN 'remove' THEN format('assoc.remove(%L, %s, %L, %L)', t.model, some_id(), t.alias, meant)
    WHEN 'toggle' THEN format('assoc.toggle(%L, %s, %L, %L%s)', t.model, some_id(), t.alias, meant, some_through(bare))
    WHEN 'move' THEN format('assoc.move(%L, %s, %L, %L, %s)', t.model, some_id(), t.alias, meant, some_id())
    WHEN 'update_link' THEN CASE WHEN direct THEN format('assoc.add(%L, %s, %L, %L)', t.model, some_id(), t.alias, ids)
      ELSE format('assoc.update_link(%L, %s, %L, %L, ''{"role": "w"}'')', t.model, some_id(), CASE WHEN bare THEN 'projects' ELSE t.alias END, ids) END
    WHEN 'clear' THEN format('assoc.clear(%L, %s, %L)', t.model, some_id(), t.alias)
    WHEN 'has' THEN format('assoc.has(%L, %s, %L, %L)', t.model, some_id(), t.alias, CASE WHEN one THEN ids ELSE some_links(bare) END)
    WHEN 'set_many' THEN format('assoc.set_many(%L, %L, %L)', t.model, t.alias,
      (SELECT jsonb_agg(jsonb_build_object('id', id, t.alias, CASE WHEN one THEN to_jsonb(some_id()) ELSE some_links(bare) END)) FROM jsonb_array_elements(CASE t.alias WHEN 'steps' THEN jsonb_build_array(some_id()) ELSE some_ids() END) id))
    WHEN 'reorder' THEN format('assoc.reorder(''User'', %s, %L, %L, %L)', some_id(), CASE WHEN t.name = 'steps' THEN 'steps' ELSE 'ranking' END, some_ids(),
      jsonb_build_object(pick('{to,by,before,after}'::text[]), pick('{1,2,3,-1,-2}'::int[])))
    ELSE format('assoc.create_in(%L, %s, %L, %L)', t.model, some_id(), t.alias, some_row(t.target)) END;
END $$;
-- documents as loads print them, some of them changed, or new
CREATE FUNCTION join_model(t topics) RETURNS text LANGUAGE sql AS $$
  SELECT CASE t.name WHEN 'links' THEN 'UserProject' WHEN 'paranoid' THEN 'Member' WHEN 'self' THEN 'Friend' WHEN 'tags' THEN 'ProjectTag' WHEN 'ranks' THEN 'Rank' WHEN 'notes' THEN 'NoteTag' WHEN 'marks' THEN 'Mark' END WHERE NOT is_direct(t) $$;
CREATE FUNCTION some_document(t topics, id jsonb) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  SELECT CASE WHEN random() < 0.25 THEN some_new(t.target) ELSE jsonb_build_object('id', id) || CASE WHEN random() < 0.3 THEN some_data(t.target) ELSE '{}' END END
    || CASE WHEN join_model(t) IS NOT NULL AND t.alias <> 'leads' AND random() < 0.4 THEN jsonb_build_object(join_model(t), jsonb_build_object('role', some_role())) ELSE '{}' END $$;
CREATE FUNCTION some_documents(t topics) RETURNS jsonb LANGUAGE sql VOLATILE AS $$
  SELECT CASE WHEN t.alias NOT IN ('user', 'profile') THEN (SELECT coalesce(jsonb_agg(some_document(t, id)), '[]') FROM jsonb_array_elements(some_ids()) id WHERE random() < 0.8)
    WHEN random() < 0.2 THEN 'null' ELSE some_document(t, to_jsonb(some_id())) END $$;
CREATE FUNCTION some_verb(target text, bare boolean) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  through jsonb := CASE WHEN random() < 0.3 AND NOT bare THEN jsonb_build_object('through', jsonb_build_object('role', some_role())) ELSE '{}' END;
BEGIN
  RETURN CASE pick(ARRAY['disconnect', 'delete', 'delete_where', 'set', 'update', 'update_where', 'upsert', 'connectOrCreate', 'connect', 'create'])
    WHEN 'disconnect' THEN jsonb_build_object('disconnect', some_ids())
    WHEN 'delete' THEN jsonb_build_object('delete', jsonb_build_array(some_id()))
    WHEN 'delete_where' THEN jsonb_build_object('delete', jsonb_build_object('where', some_row(target)))
    WHEN 'set' THEN jsonb_build_object('set', some_ids())
    WHEN 'update' THEN jsonb_build_object('update', jsonb_build_object('id', some_id(), 'data', some_data(target)) || through)
    WHEN 'update_where' THEN jsonb_build_object('update', jsonb_build_object('where', some_row(target), 'data', some_data(target)) || through)
    WHEN 'upsert' THEN (SELECT jsonb_build_object('upsert', jsonb_build_object('where', r, 'create', r, 'update', some_data(target)) || through) FROM some_row(target) r)
    WHEN 'connectOrCreate' THEN (SELECT jsonb_build_object('connectOrCreate', jsonb_build_object('where', r, 'create', r) || through) FROM some_row(target) r)
    WHEN 'connect' THEN jsonb_build_object('connect', some_ids())
    ELSE jsonb_build_object('create', some_row(target)) END;
END $$;
CREATE FUNCTION some_verbs(target text, bare boolean) RETURNS jsonb LANGUAGE sql VOLATILE AS $$ SELECT v || CASE WHEN random() < 0.2 AND NOT v ?| '{upsert,connectOrCreate}' THEN some_verb(target, bare) - '{upsert,connectOrCreate}'::text[] ELSE '{}' END FROM some_verb(target, bare) v $$;
CREATE FUNCTION some_verbs_of_one(target text) RETURNS jsonb LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN CASE pick(ARRAY['disconnect', 'delete', 'set', 'update', 'upsert', 'connectOrCreate', 'connect', 'create'])
    WHEN 'disconnect' THEN jsonb_build_object('disconnect', pick(ARRAY['true'::jsonb, to_jsonb(some_id())]))
    WHEN 'delete' THEN jsonb_build_object('delete', true)
    WHEN 'set' THEN jsonb_build_object('set', some_id())
    WHEN 'update' THEN jsonb_build_object('update', jsonb_build_object('data', some_new(target)))
    WHEN 'upsert' THEN (SELECT jsonb_build_object('upsert', jsonb_build_object('create', r, 'update', some_new(target))) FROM some_row(target) r)
    WHEN 'connectOrCreate' THEN (SELECT jsonb_build_object('connectOrCreate', jsonb_build_object('where', r, 'create', r)) FROM some_row(target) r)
    WHEN 'connect' THEN jsonb_build_object('connect', some_id())
    ELSE jsonb_build_object('create', some_row(target)) END;
END $$;
CREATE FUNCTION some_nested_call() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  t topics := some_topic();
  one boolean := t.alias IN ('user', 'profile');
BEGIN
  IF (SELECT documents FROM topic) AND random() < 0.2 AND t.name NOT IN ('repeated', 'ranks', 'steps') THEN
    RETURN CASE WHEN random() < 0.5 THEN format('assoc.update(%L, %L, ''{"where": {"id": %s}, "returning": false}'')', t.model, jsonb_build_object(t.alias, jsonb_build_object('replace', some_documents(t))), some_id())
      ELSE format('assoc.save(%L, %L)', t.model, jsonb_build_object('id', some_id(), t.alias, some_documents(t)) || CASE WHEN random() < 0.3 THEN some_new(t.model) ELSE '{}' END) END;
  END IF;
  RETURN format('assoc.update(%L, %L, ''{"where": {"id": %s}, "returning": false}'')', t.model, jsonb_build_object(t.alias, CASE WHEN one THEN some_verbs_of_one(t.target) ELSE some_verbs(t.target, is_direct(t) OR t.alias = 'leads') END),
    CASE WHEN random() < 0.3 AND NOT is_direct(t) THEN some_ids() ELSE to_jsonb(some_id()) END);
END $$;
CREATE FUNCTION some_row_call() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  t topics := some_topic();
  tag text := pick('{t1,t2,n1,n2}'::text[]);
BEGIN
  RETURN CASE pick(ARRAY['destroy', 'find_or_create', 'update', 'create', 'upsert', 'bulk', 'update_many', 'merge', 'restore'])
    WHEN 'destroy' THEN format('assoc.destroy(%L, ''{"where": {"id": %s}}'')', t.model, some_ids())
    WHEN 'find_or_create' THEN format('assoc.find_or_create(%L, %L)', t.model, some_row(t.model))
    WHEN 'update' THEN format('assoc.update(%L, %L, ''{"where": {"id": %s}, "returning": false}'')', t.target, some_new(t.target), some_id())
    WHEN 'create' THEN format('assoc.create(%L, %L)', t.model, some_new(t.model) || (SELECT jsonb_build_object(t.alias, jsonb_build_object('connectOrCreate', jsonb_build_object('where', r, 'create', r))) FROM some_row(t.target) r))
    WHEN 'update_many' THEN format('assoc.update_many(%L, %L)', t.target, (SELECT jsonb_agg(jsonb_build_object('id', id) || some_data(t.target)) FROM jsonb_array_elements(some_ids()) id))
    WHEN 'merge' THEN format('assoc.merge(%L, %s, %s)', t.model, some_id(), pick('{1,2,3}'::int[]))
    WHEN 'restore' THEN format('assoc.restore(''Note'', ''{"where": {"id": %s}}'')', some_ids())
    WHEN 'upsert' THEN format('assoc.upsert(''Tag'', ''{"name": "%s", "n": %s}'')', tag, some_id())
    ELSE format('assoc.bulk_create(''Tag'', %L, ''{"updateOnDuplicate": ["n"], "returning": ["name", "n"]}'')',
      (SELECT jsonb_agg(jsonb_build_object('name', name, 'n', some_id())) FROM (SELECT name FROM unnest('{t1,t2,t3,n1,n2}'::text[]) name ORDER BY random() LIMIT 3) n))
  END;
END $$;
-- what others write without the extension
CREATE FUNCTION some_plain_call() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  t text := (SELECT name FROM topic);
  link text := CASE t WHEN 'links' THEN 'user_projects' WHEN 'paranoid' THEN 'members' WHEN 'repeated' THEN 'buys' WHEN 'self' THEN 'friends' WHEN 'tags' THEN 'project_tags' WHEN 'ranks' THEN 'ranks' WHEN 'steps' THEN 'steps' WHEN 'children' THEN 'tasks' WHEN 'one' THEN 'profiles' WHEN 'notes' THEN 'note_tags' ELSE 'marks' END;
  a text := CASE link WHEN 'project_tags' THEN 'project_id' WHEN 'note_tags' THEN 'note_id' WHEN 'marks' THEN 'item_id' ELSE 'user_id' END;
  b text := CASE WHEN link = 'friends' THEN 'friend_id' WHEN link IN ('project_tags', 'note_tags', 'marks') THEN 'tag_id' ELSE 'project_id' END;
  what text := pick(ARRAY['insert', 'delete', 'role', 'drop', 'title']);
BEGIN
  RETURN format('plain(%L)', CASE
    WHEN what = 'drop' THEN format('DELETE FROM %s WHERE id = %s', pick('{users,projects,tags,tasks,notes}'::text[]), some_id())
    WHEN what = 'title' THEN format('UPDATE projects SET title = ''c1'' WHERE id = %s', some_id())
    WHEN t = 'steps' THEN format('UPDATE steps SET user_id = %s, place = NULL WHERE id = %s', coalesce(pick('{1,2,3,NULL}'::text[]), 'NULL'), some_id())
    WHEN t IN ('children', 'one') THEN format('UPDATE %s SET user_id = %s WHERE id = %s', link, coalesce(pick('{1,2,3,NULL}'::text[]), 'NULL'), some_id())
    WHEN what = 'insert' AND t NOT IN ('repeated', 'marks') THEN format('INSERT INTO %s (%s, %s, role) VALUES (%s, %s, ''q'') ON CONFLICT DO NOTHING', link, a, b, some_id(), some_id())
    WHEN what = 'role' THEN format('UPDATE %s SET role = ''r'' WHERE %s = %s AND %s = %s', link, a, some_id(), b, some_id())
    ELSE format('DELETE FROM %s WHERE %s = %s AND %s = %s', link, a, some_id(), b, some_id()) END);
END $$;
CREATE FUNCTION plain(command text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  n bigint;
BEGIN
  EXECUTE command;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n;
END $$;
CREATE FUNCTION some_call() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN CASE pick('{1,1,1,1,2,2,3,4}'::int[]) WHEN 1 THEN some_verb_call() WHEN 2 THEN some_nested_call() WHEN 3 THEN some_row_call() ELSE some_plain_call() END;
END $$;
-- An answer, or how it failed; of several rows that are missing the one that was waited
-- for may be named alone, and of several foreign keys that stand in the way any.
-- New rows have keys of three digits, which are not compared.
CREATE FUNCTION answer(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
  detail text;
BEGIN
  EXECUTE 'SELECT ' || call INTO result;
  SET CONSTRAINTS ALL IMMEDIATE;
  SET CONSTRAINTS ALL DEFERRED;
  RETURN regexp_replace(result, '\m[0-9]{3,}\M', 'new', 'g');
EXCEPTION WHEN deadlock_detected THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, result = PG_EXCEPTION_CONTEXT;
  RETURN SQLSTATE || ' ' || detail || ' ' || result;
WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || regexp_replace(split_part(SQLERRM, 'violates', 1), '[(]?[0-9]+(, [0-9]+|, new)*[)]?(, [(][0-9, ]*[)])*', '?', 'g');
END $$;
-- the round is the file's that includes this one
CREATE PROCEDURE run_rounds(n int) LANGUAGE plpgsql AS $$
BEGIN
  FOR i IN 1 .. n LOOP
    CALL run_round(i);
  END LOOP;
END $$;
