-- Links in an order of their own: the option "position" of belongs_to_many and has_many, and assoc.reorder.
CREATE SCHEMA positions;
SET search_path = positions;
SELECT assoc.define('User', '{"name": "text"}') ->> 'table' AS made;
SELECT assoc.define('Song', '{"title": "text"}', '{"paranoid": true}') ->> 'table' AS made;
SELECT assoc.define('Step', '{"title": "text"}') ->> 'table' AS made;
SELECT assoc.belongs_to_many('User', 'Song', inverse => 'fans', through_attributes => '{"note": "text"}',
  options => '{"position": "rank"}') -> 'created' AS created;
SELECT assoc.has_many('User', 'Step', inverse => 'user', options => '{"position": "place"}') -> 'created' AS created;
SELECT assoc.has_many('User', 'Step', inverse => 'user', options => '{"position": "place"}') -> 'changed' AS again;
SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint
  WHERE connamespace = 'positions'::regnamespace AND condeferrable ORDER BY 2;
INSERT INTO users (name) VALUES ('a'), ('b');
INSERT INTO songs (title) SELECT 't' || i FROM generate_series(1, 8) i;
INSERT INTO steps (title) SELECT 's' || i FROM generate_series(1, 8) i;
CREATE FUNCTION links(bigint) RETURNS text LANGUAGE sql AS
  $$ SELECT string_agg(concat(song_id, '@', rank), ' ' ORDER BY rank, song_id) FROM user_songs WHERE user_id = $1 $$;
CREATE FUNCTION children(bigint) RETURNS text LANGUAGE sql AS
  $$ SELECT string_agg(concat(id, '@', place), ' ' ORDER BY place, id) FROM steps WHERE user_id = $1 $$;

-- set writes the order of the array, and only what differs
SELECT assoc.set('User', 1, 'songs', '[5, 3, {"id": 4, "through": {"note": "x"}}, 3]'), links(1);
SELECT links(1);
SELECT assoc.set('User', 1, 'songs', '[4, 5, 2, 3]');
SELECT links(1);
SELECT assoc.set('User', 1, 'songs', '[4, 5, 3, 2]'), assoc.set('User', 1, 'songs', '[4, 5, 3, 2]');
SELECT user_set_songs(1, '{2,4,5,3}');
SELECT assoc.get('User', 1, 'songs', '{"attributes": ["id"], "through": {"attributes": ["rank", "note"]}}');
SELECT user_with_songs(1,
  '{"attributes": ["id"], "include": {"association": "songs", "attributes": ["id"], "through": {"attributes": []}}}');
SELECT assoc.get('User', 1, 'songs', '{"attributes": ["id"], "through": {"attributes": []}, "order": ["id"], "limit": 2}');
SELECT assoc.get('User', 1, 'songs', '{"attributes": ["id"], "through": {"attributes": []}, "limit": 2}');
SELECT assoc.set('User', 1, 'steps', '[5, 3, 4]');
SELECT assoc.set('User', 1, 'steps', '[4, 5, 3]');
SELECT assoc.get('User', 1, 'steps', '{"attributes": ["id", "place"]}');
SELECT assoc.set('User', 1, 'steps', '[4, 5, 3]');

-- add appends, in the order given; what is linked stays where it is
SELECT assoc.add('User', 1, 'songs', '[8, 1, 5]');
SELECT user_add_song(1, 6, '{"note": "new"}');
SELECT assoc.remove('User', 1, 'songs', '[4, 8]');
SELECT links(1);
SELECT assoc.toggle('User', 1, 'songs', '[7, 2, 4]');
SELECT links(1);
SELECT assoc.add('User', 1, 'steps', '[8, 1, 5]'), user_remove_step(1, 4), assoc.toggle('User', 1, 'steps', '[7, 3, 2]');
SELECT children(1);

-- reorder closes the gaps
SELECT assoc.reorder('User', 1, 'songs', '6', '{"to": 1}');
SELECT links(1);
SELECT assoc.reorder('User', 1, 'songs', '[3, 1]', '{"by": -1}');
SELECT links(1);
SELECT assoc.reorder('User', 1, 'songs', '[6]', '{"after": 7}');
SELECT links(1);
SELECT assoc.reorder('User', 1, 'songs', '[6]', '{"before": 6}'), assoc.reorder('User', 1, 'songs', '[]', '{"to": 1}');
SELECT assoc.reorder('User', 1, 'songs', '[7, 1]', '{"before": 3}');
SELECT links(1);
SELECT assoc.reorder('User', '1', 'songs', '[1]', '{"to": -1}'), assoc.reorder('User', '1', 'songs', '[1]', '{"to": -2}');
SELECT links(1);
SELECT assoc.reorder('User', 1, 'songs', '[1]', '{"to": -99}'), assoc.reorder('User', 1, 'songs', '[1]', '{"by": 99}');
SELECT links(1);
SELECT assoc.reorder('User', 1, 'steps', '[2, 5]', '{"to": 1}');
SELECT children(1);
SELECT assoc.reorder('User', 1, 'steps', '[5]', '{"by": 1}');
SELECT children(1);
-- by accessors, where there is an order
BEGIN;
SELECT user_reorder_song(1, 5, '{"to": 1}') AS one, user_reorder_songs(1, '{5,1}', '{"to": -1}') AS both;
SELECT links(1), user_reorder_step(1, 5, '{"before": 1}') -> 'updated' AS child, children(1);
SELECT pg_get_functiondef('user_reorder_songs'::regproc), obj_description('user_reorder_song'::regproc);
SELECT proname FROM pg_proc WHERE pronamespace = 'positions'::regnamespace AND proname LIKE '%reorder%' ORDER BY 1;
SELECT assoc.has_many('User', 'Step', inverse => 'user', replace => true,
  options => '{"position": "place", "accessors": {"only": ["reorder"], "text": true}}') -> 'accessors' AS accessors;
SELECT user_reorder_step('1'::text, '5'::text, '{"by": 1}') -> 'updated' AS as_text, children(1);
SELECT assoc.has_many('User', 'Step', inverse => 'user', replace => true, options => '{"position": "place"}') -> 'changed' AS changed;
ROLLBACK;
SELECT user_reorder_song(1, 2, '{"to": 1}');
SELECT user_reorder_song(1, 5, '{"at": 1}');

-- move, set_many, nested verbs
SELECT assoc.add('User', 2, 'songs', '[2]');
SELECT assoc.move('User', 1, 'songs', '[6, 3]', 2), assoc.move('User', 1, 'steps', '[5, 8]', 2);
SELECT links(1), links(2), children(1), children(2);
SELECT assoc.set_many('User', 'songs', '[{"id": 2, "songs": [4, 3, 4]}, {"id": 1, "songs": [8, 3, 1]}]');
SELECT assoc.set_many('User', 'steps', '[{"id": 2, "steps": [2, 5]}, {"id": 1, "steps": [8, 6, 1]}]');
SELECT links(1), links(2), children(1), children(2);
SELECT assoc.create('User', '{"name": "c", "songs": {"connect": [7, 2], "create": [{"title": "n"}]},
  "steps": [{"title": "x"}, {"title": "y"}]}') ->> 'name' AS name;
SELECT links(3), children(3);
SELECT assoc.update('User', '{"songs": {"set": [5, 4, 3]}, "steps": {"set": [7, 3]}}', '{"where": {"id": 3}}') -> 'count' AS count;
SELECT assoc.update('User', '{"songs": {"connect": [8, 1]}, "steps": {"connect": [2],
  "create": [{"title": "z"}, {"title": "w", "place": 9}]}}',
  '{"where": {"id": 3}}') -> 'count' AS count;
SELECT links(3), children(3);
SELECT user_create_song(3, '{"title": "m"}') ->> 'title' AS title, user_create_step(3, '{"title": "v"}') ->> 'title' AS title;
SELECT links(3), children(3);

-- rows that plain SQL or the other direction has linked come last, in key order
INSERT INTO user_songs (user_id, song_id) VALUES (3, 6);
SELECT assoc.add('Song', 2, 'fans', '[3]');
SELECT jsonb_path_query_array(assoc.get('User', 3, 'songs', '{"attributes": ["id"]}'), '$.id');
SELECT assoc.reorder('User', 3, 'songs', '6', '{"to": 2}');
SELECT links(3);

-- a link that does not show, since its song is deleted, is in nobody's way
SELECT assoc.destroy('Song', '{"where": {"id": 4}}');
SELECT assoc.set('User', 3, 'songs', '[8, 6, 5]');
SELECT links(3);
SELECT assoc.restore('Song', '{"where": {"id": 4}}');
SELECT jsonb_path_query_array(assoc.get('User', 3, 'songs', '{"attributes": ["id"]}'), '$.id');
SELECT assoc.destroy('Song', '{"where": {"id": [8, 5]}}');
SELECT assoc.set_many('User', 'songs', '[{"id": 3, "songs": [6, 4]}, {"id": 2, "songs": [4, 6]}]');
SELECT links(3), links(2);
SELECT assoc.restore('Song', '{"where": {"id": [8, 5]}}');
-- nor where every link has a position
CREATE TABLE tracks (user_id bigint REFERENCES users, song_id bigint REFERENCES songs, nr smallint NOT NULL, PRIMARY KEY (user_id, song_id),
  UNIQUE (user_id, nr) DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX ON tracks (song_id);
SELECT assoc.belongs_to_many('User', 'Song', through => 'tracks', alias => 'tracks', foreign_key => 'user_id', other_key => 'song_id',
  options => '{"position": "nr"}') ->> 'alias' AS alias;
SELECT assoc.set('User', 1, 'tracks', '[1, 2, 3, 4]'), assoc.set('User', 2, 'tracks', '[3, 4, 1]');
SELECT assoc.destroy('Song', '{"where": {"id": [1, 3]}}');
SELECT assoc.set('User', 1, 'tracks', '[5, 2]');
SELECT song_id, nr FROM tracks WHERE user_id = 1 ORDER BY nr;
SELECT assoc.reorder('User', 1, 'tracks', '2', '{"to": 1}');
SELECT assoc.set_many('User', 'tracks', '[{"id": 1, "tracks": [6, 5, 2]}, {"id": 2, "tracks": [2, 5]}]');
SELECT * FROM tracks ORDER BY user_id, nr;
SELECT assoc.restore('Song', '{"where": {"id": [1, 3]}}');
SELECT assoc.add('User', 2, 'tracks', '[4]');
SELECT jsonb_path_query_array(assoc.get('User', 2, 'tracks', '{"attributes": ["id"]}'), '$.id');
SELECT assoc.drop_association('User', 'tracks') ->> 'changed';
DROP TABLE tracks;

-- links that are soft-deleted keep their positions, and take no place
SELECT assoc.belongs_to_many('User', 'Step', through => 'Plan', alias => 'planned',
  options => '{"position": "rank", "through": {"paranoid": true}}') -> 'created' AS created;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'plans'::regclass AND condeferrable;
SELECT assoc.set('User', 1, 'planned', '[3, 2, 1]'), assoc.set('User', 1, 'planned', '[2, 4]'), assoc.add('User', 1, 'planned', '[3]');
SELECT step_id, rank, deleted_at IS NOT NULL AS deleted FROM plans ORDER BY deleted, rank;

-- on random data as an array does it
CREATE FUNCTION shuffle(n integer) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  model bigint[] := '{}';
  ids bigint[];
  is_now bigint[];
  at integer;
BEGIN
  PERFORM setseed(0.5);
  PERFORM assoc.clear('User', 2, 'songs'), assoc.clear('User', 2, 'steps');
  FOR i IN 1 .. n LOOP
    SELECT array_agg(s ORDER BY random()) INTO ids FROM generate_series(1, 8) s WHERE random() < 0.3;
    ids := coalesce(ids, '{}');
    at := 1 + floor(random() * 6);
    CASE floor(random() * 4)
    WHEN 0 THEN
      model := ids;
      PERFORM assoc.set('User', 2, 'songs', to_jsonb(ids)), assoc.set('User', 2, 'steps', to_jsonb(ids));
    WHEN 1 THEN
      model := model || ARRAY(SELECT x FROM unnest(ids) WITH ORDINALITY u (x, o) WHERE x <> ALL (model) ORDER BY o);
      PERFORM assoc.add('User', 2, 'songs', to_jsonb(ids)), assoc.add('User', 2, 'steps', to_jsonb(ids));
    WHEN 2 THEN
      model := ARRAY(SELECT x FROM unnest(model) WITH ORDINALITY u (x, o) WHERE x <> ALL (ids) ORDER BY o);
      PERFORM assoc.remove('User', 2, 'songs', to_jsonb(ids)), assoc.remove('User', 2, 'steps', to_jsonb(ids));
    ELSE
      ids := ARRAY(SELECT x FROM unnest(ids) WITH ORDINALITY u (x, o) WHERE x = ANY (model) ORDER BY o);
      model := ARRAY(SELECT x FROM unnest(model) WITH ORDINALITY u (x, o) WHERE x <> ALL (ids) ORDER BY o);
      model := model[:at - 1] || ids || model[at:];
      PERFORM assoc.reorder('User', 2, 'songs', to_jsonb(ids), jsonb_build_object('to', at)),
        assoc.reorder('User', 2, 'steps', to_jsonb(ids), jsonb_build_object('to', at));
    END CASE;
    SET CONSTRAINTS ALL IMMEDIATE;
    SET CONSTRAINTS ALL DEFERRED;
    IF to_jsonb(model) <> jsonb_path_query_array(assoc.get('User', 2, 'songs'), '$.id')
      OR to_jsonb(model) <> jsonb_path_query_array(assoc.get('User', 2, 'steps'), '$.id') THEN
      RETURN format('%s: %s, %s', model, assoc.get('User', 2, 'songs'), assoc.get('User', 2, 'steps'));
    END IF;
  END LOOP;
  RETURN 'same';
END $$;
SELECT shuffle(200);

-- errors
SELECT assoc.reorder('User', 1, 'songs', '[2]', '{"to": -1}');
SELECT assoc.reorder('User', 1, 'songs', '[8]', '{"after": 2}');
SELECT assoc.reorder('User', 1, 'steps', '[2]', '{"to": 1}');
SELECT assoc.reorder('User', 1, 'songs', '[8]', '{"up": 1}');
SELECT assoc.reorder('User', 1, 'songs', '[8]', '{"to": 1, "by": 1}');
SELECT assoc.reorder('User', 1, 'songs', '[8]', '{"to": 1.5}');
SELECT assoc.reorder('User', 1, 'songs', '[8]', '{"to": 0}');
SELECT assoc.reorder('User', 1, 'songs', '[8]', NULL);
SELECT assoc.reorder('Song', 1, 'fans', '[1]', '{"to": 1}');
SELECT assoc.add('User', 1, 'songs', '[{"id": 2, "through": {"rank": 1}}]');
SELECT assoc.has('User', 1, 'songs', '[{"id": 8, "through": {"rank": 1}}]');
SELECT assoc.has_many('User', 'Step', alias => 'bad', options => '{"position": "place", "order": ["id"]}');
SELECT assoc.has_many('User', 'Step', alias => 'bad', options => '{"position": "title"}');
SELECT assoc.has_many('User', 'Step', alias => 'bad', inverse => 'owner', options => '{"inverse": {"position": "x"}}');
SELECT assoc.belongs_to_many('User', 'Song', through => 'Other', alias => 'others', options => '{"position": "rank", "unique": false}');
SELECT assoc.has_one('User', 'Step', alias => 'bad', options => '{"position": "place"}');

-- a table that was there is not altered
CREATE TABLE lines (id integer PRIMARY KEY, user_id bigint REFERENCES users, n smallint, UNIQUE (user_id, n));
SELECT assoc.has_many('User', 'lines', alias => 'lines', foreign_key => 'user_id', options => '{"position": "pos"}');
SELECT assoc.has_many('User', 'lines', alias => 'lines', foreign_key => 'user_id', options => '{"position": "n"}');
ALTER TABLE lines DROP CONSTRAINT lines_user_id_n_key;
CREATE INDEX ON lines (user_id);
SELECT assoc.has_many('User', 'lines', alias => 'lines', foreign_key => 'user_id', options => '{"position": "n"}') ->> 'alias' AS alias;
INSERT INTO lines SELECT generate_series(1, 4);
SELECT assoc.set('User', 1, 'lines', '[3, 1, 2]'), assoc.reorder('User', 1, 'lines', '2', '{"by": -1}');
SELECT id, n FROM lines ORDER BY n;
-- links whose history stays, with a key of the live ones only
CREATE TABLE stays (user_id bigint REFERENCES users, song_id bigint REFERENCES songs, rank int, until timestamptz,
  EXCLUDE USING btree (user_id WITH =, rank WITH =) WHERE (until IS NULL) DEFERRABLE INITIALLY DEFERRED);
CREATE UNIQUE INDEX ON stays (user_id, song_id) WHERE until IS NULL;
CREATE INDEX ON stays (song_id);
CREATE INDEX ON stays (user_id);
SELECT assoc.adopt('stays', 'Stay', '{"paranoid": true, "deletedAt": "until"}') ->> 'model' AS model;
SELECT assoc.belongs_to_many('User', 'Song', through => 'Stay', alias => 'stays', inverse => 'guests', foreign_key => 'user_id',
  other_key => 'song_id', options => '{"position": "rank"}') ->> 'alias' AS alias;
SELECT assoc.set('User', 1, 'stays', '[3, 2, 1]'), assoc.set('User', 1, 'stays', '[2, 3]'), assoc.add('User', 1, 'stays', '[1, 5]'),
  assoc.add('Song', 6, 'guests', '[1, 2]');
SELECT song_id, rank, until IS NOT NULL AS gone FROM stays WHERE user_id = 1 ORDER BY gone, rank, song_id;
SELECT a -> 'position' AS position, a -> 'counter' AS counter FROM jsonb_array_elements(assoc.describe('User') -> 'associations') a
  WHERE a ->> 'alias' = 'stays';

-- lost, and made again
ALTER TABLE steps DROP CONSTRAINT steps_user_id_place_key;
SELECT assoc.sync();
SELECT assoc.sync();
-- a renamed column is followed
ALTER TABLE steps RENAME COLUMN place TO spot;
SELECT assoc.set('User', 1, 'steps', '[6, 1]'), assoc.reorder('User', 1, 'steps', '[1]', '{"to": 1}');
SELECT id, spot FROM steps WHERE user_id = 1 ORDER BY spot;
SELECT assoc.has_many('User', 'Step', inverse => 'user', options => '{"position": "spot"}') -> 'changed' AS again;
SELECT assoc.define('Step', '{"title": "text"}') -> 'changed' AS again;
SELECT substring(d FROM '"position": "[a-z]+"') FROM assoc.declarations('positions') d WHERE d ~ '"position"' ORDER BY 1;
ALTER TABLE user_songs DROP COLUMN rank;
SELECT options FROM assoc.associations WHERE alias = 'songs';
\set VERBOSITY terse
DROP SCHEMA positions CASCADE;

-- what is connected and created in one call comes in the order of the verbs, of links and of children
CREATE SCHEMA positions_nested;
SET search_path = positions_nested;
SELECT count(*) FROM (VALUES (assoc.define('List', '{"name": "text"}', '{"timestamps": false}')),
  (assoc.define('Song', '{"title": {"type": "text", "unique": true}}', '{"timestamps": false}')),
  (assoc.define('Item', '{"title": "text"}', '{"timestamps": false}')),
  (assoc.belongs_to_many('List', 'Song', options => '{"position": "rank"}')),
  (assoc.has_many('List', 'Item', options => '{"position": "place"}'))) m;
INSERT INTO songs (title) VALUES ('a'), ('b'), ('c'), ('d');
INSERT INTO items (title) VALUES ('a'), ('b'), ('c'), ('d');
CREATE FUNCTION orders() RETURNS TABLE (list bigint, songs text, items text) LANGUAGE sql AS $$
  SELECT l.id, (SELECT string_agg(title || rank, ' ' ORDER BY rank) FROM list_songs JOIN songs s ON s.id = song_id WHERE list_id = l.id),
    (SELECT string_agg(title || place, ' ' ORDER BY place) FROM items WHERE list_id = l.id) FROM lists l ORDER BY 1 $$;
SELECT assoc.bulk_create('List', '[{"songs": {"create": [{"title": "m"}, {"title": "n"}], "connect": [3, 1]},
  "items": {"create": [{"title": "m"}, {"title": "n"}], "connect": [3, 1]}},
  {"songs": {"create": [{"title": "o"}]}}, {"songs": {"connect": [2, 1]}}]', '{"returning": false}');
SELECT * FROM orders();
SELECT assoc.update('List', '{"songs": {"create": {"title": "p"}, "connect": [1, 4, 2], "connectOrCreate": [{"where": {"title": "q"},
  "create": {"title": "q"}}]}, "items": {"create": {"title": "p"}, "connect": [1, 4, 2]}}',
  '{"where": {"id": 1}, "returning": false}');
SELECT assoc.update('List', '{"songs": {"set": [4, 1], "create": {"title": "r"}, "connect": [2]}}',
  '{"where": {"id": 2}, "returning": false}');
SELECT * FROM orders();
DROP SCHEMA positions_nested CASCADE;
