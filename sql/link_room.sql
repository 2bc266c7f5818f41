-- links of a call exchange payload that only one of them may have, in whatever order their ids are
CREATE SCHEMA room;
SET search_path = room;
CREATE TABLE pupils (id int PRIMARY KEY);
CREATE TABLE emails (id int PRIMARY KEY);
CREATE TABLE uses (pupil_id int REFERENCES pupils, email_id int REFERENCES emails, main bool, pos int, n int, PRIMARY KEY (pupil_id,
  email_id));
CREATE INDEX ON uses (email_id);
CREATE UNIQUE INDEX ON uses (pupil_id) WHERE main;
CREATE UNIQUE INDEX ON uses (pupil_id, pos);
INSERT INTO pupils VALUES (1), (2);
INSERT INTO emails VALUES (1), (2), (3);
INSERT INTO uses VALUES (1, 1, true, 1, 5), (1, 2, false, 2, 6);
SELECT assoc.belongs_to_many('pupils', 'emails', through => 'uses', alias => 'emails') ->> 'alias' AS alias;
CREATE FUNCTION stand() RETURNS TABLE (email int, main bool, pos int, n int) LANGUAGE sql AS
$$ SELECT email_id, main, pos, n FROM uses WHERE pupil_id = 1 ORDER BY email_id $$;

-- the main one, by turns
SELECT assoc.set('pupils', 1, 'emails', '[{"id": 1, "through": {"main": false}}, {"id": 2, "through": {"main": true}}]');
SELECT assoc.set('pupils', 1, 'emails', '[{"id": 1, "through": {"main": true}}, {"id": 2, "through": {"main": false}}]');
-- positions, and an operation beside them; what stays as it is is unchanged
SELECT assoc.update_link('pupils', 1, 'emails',
  '[{"id": 1, "through": {"pos": 2, "n": {"increment": 1}}}, {"id": 2, "through": {"pos": 1}}]');
SELECT assoc.set('pupils', 1, 'emails', '[{"id": 1, "through": {"pos": 1}}, {"id": 2, "through": {"pos": 2, "main": false}}]');
-- a new link takes what another one gives up
SELECT assoc.add('pupils', 1, 'emails', '[{"id": 1, "through": {"main": false}}, {"id": 3, "through": {"main": true, "pos": 3}}]');
SELECT * FROM stand();
SELECT assoc.set_many('pupils', 'emails',
  '[{"id": 1, "emails": [{"id": 3, "through": {"pos": 1}}, {"id": 1, "through": {"pos": 3}}, {"id": 2, "through": {"pos": 2}}]},
    {"id": 2, "emails": [{"id": 1, "through": {"pos": 1}}]}]');
SELECT * FROM stand();
-- two that want the same are told as ever, and nothing has changed
SELECT assoc.update_link('pupils', 1, 'emails', '[{"id": 1, "through": {"pos": 2}}, {"id": 3, "through": {"pos": 2}}]');
-- a column that may not be null can be exchanged by nobody
ALTER TABLE uses ALTER pos SET NOT NULL;
SELECT assoc.update_link('pupils', 1, 'emails', '[{"id": 1, "through": {"pos": 1}}, {"id": 3, "through": {"pos": 3}}]');
SELECT * FROM stand();
-- what may not be null is taken in an order that the key accepts; rows too
CREATE TABLE boxes (id int PRIMARY KEY);
CREATE TABLE cards (id int PRIMARY KEY, box_id int NOT NULL REFERENCES boxes, pos int NOT NULL, slug text, main bool NOT NULL DEFAULT false,
  UNIQUE (box_id, pos), UNIQUE (slug));
CREATE UNIQUE INDEX ON cards (box_id) WHERE main;
CREATE TABLE shelves (id int PRIMARY KEY);
CREATE TABLE stands (box_id int REFERENCES boxes, shelf_id int REFERENCES shelves, main bool NOT NULL DEFAULT false, pos int NOT NULL,
  slug text UNIQUE, PRIMARY KEY (box_id, shelf_id));
CREATE INDEX ON stands (shelf_id);
CREATE UNIQUE INDEX ON stands (box_id) WHERE main;
CREATE UNIQUE INDEX ON stands (box_id, pos);
INSERT INTO boxes VALUES (1), (2);
INSERT INTO shelves VALUES (1), (2), (3), (4);
SELECT assoc.has_many('boxes', 'cards', foreign_key => 'box_id', alias => 'cards', inverse => 'box') ->> 'alias' AS alias,
  assoc.belongs_to_many('boxes', 'shelves', through => 'stands', alias => 'shelves') ->> 'alias' AS alias;
CREATE PROCEDURE again() LANGUAGE sql AS $$ TRUNCATE cards, stands;
  INSERT INTO cards SELECT g, 1, g, 's' || g, g = 1 FROM generate_series(1, 4) g;
  INSERT INTO stands SELECT 1, g, g = 1, g, 's' || g FROM generate_series(1, 3) g $$;
CREATE FUNCTION outcome(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE result text;
BEGIN
  CALL again();
  EXECUTE 'SELECT assoc.' || call INTO result;
  RETURN result || E'\n cards: ' ||
      (SELECT string_agg(concat_ws(' ', id, pos, slug, CASE WHEN main THEN 'main' END), ', ' ORDER BY id) FROM cards) ||
    E'\n stands: ' ||
      (SELECT string_agg(concat_ws(' ', shelf_id, pos, slug, CASE WHEN main THEN 'main' END), ', ' ORDER BY shelf_id) FROM stands);
EXCEPTION WHEN OTHERS THEN RETURN sqlstate || ' ' || sqlerrm;
END $$;
\t on
\a
SELECT outcome($$update_many('cards', '[{"id": 1, "main": false}, {"id": 2, "main": true}]')$$);
SELECT outcome($$update_many('cards', '[{"id": 2, "main": true}, {"id": 1, "main": false}]')$$);
SELECT outcome($$update_many('cards', '[{"id": 1, "pos": 2}, {"id": 2, "pos": 3}, {"id": 3, "pos": 4}, {"id": 4, "pos": 5}]')$$);
SELECT outcome($$update_many('cards', '[{"id": 1, "pos": 0}, {"id": 2, "pos": 1},
  {"id": 3, "pos": {"decrement": 1}, "slug": "x"}, {"id": 4, "pos": 3}]')$$);
-- by way of null
SELECT outcome($$update_many('cards', '[{"id": 1, "slug": "s2"}, {"id": 2, "slug": "s3", "pos": 5}, {"id": 3, "slug": "s1"},
  {"id": 4, "pos": 2}]')$$);
-- there is no order, for a statement by hand neither
SELECT outcome($$update_many('cards', '[{"id": 1, "pos": 2}, {"id": 2, "pos": 1}]')$$);
SELECT outcome($$update_many('cards', '[{"id": 1, "slug": "s4"}, {"id": 2, "slug": "s1"}]')$$);
SELECT outcome($$update('boxes', '{"cards": {"update": [{"id": 1, "data": {"main": false}}, {"id": 2, "data": {"main": true, "pos": 9}}]}}',
  '{"where": {"id": 1}, "returning": false}')$$);
SELECT outcome($$update('boxes', '{"cards": {"update": [{"id": 2, "data": {"slug": "s1"}}, {"id": 1, "data": {"slug": "s2"}}]}}',
  '{"where": {"id": 1}, "returning": false}')$$);
SELECT outcome($$save('boxes', '{"id": 1, "cards": [{"id": 1, "main": false}, {"id": 2, "main": true}, {"id": 3, "pos": 5},
  {"id": 4, "pos": 3}]}')$$);
-- links
SELECT outcome($$set('boxes', 1, 'shelves', '[{"id": 1, "through": {"main": false}}, {"id": 2, "through": {"main": true}}, 3]')$$);
SELECT outcome($$set('boxes', 1, 'shelves', '[{"id": 2, "through": {"main": true, "pos": 1}},
  {"id": 3, "through": {"pos": 2, "slug": "s1"}}]')$$);
SELECT outcome($$update_link('boxes', 1, 'shelves', '[{"id": 1, "through": {"pos": 2}},
  {"id": 2, "through": {"pos": 3, "slug": "s3"}}, {"id": 3, "through": {"pos": 4, "slug": "s2"}}]')$$);
SELECT outcome($$update_link('boxes', 1, 'shelves', '[{"id": 1, "through": {"slug": null}}, {"id": 2, "through": {"slug": "s1"}}]')$$);
SELECT outcome($$update_link('boxes', 1, 'shelves', '[{"id": 1, "through": {"pos": 2}}, {"id": 2, "through": {"pos": 1}}]')$$);
SELECT outcome($$add('boxes', 1, 'shelves', '[{"id": 1, "through": {"main": false}}, {"id": 4, "through": {"main": true, "pos": 4}}]')$$);
SELECT outcome($$update('boxes', '{"shelves": {"update": [{"id": 2, "data": {}, "through": {"main": true, "slug": "s1"}},
  {"id": 1, "data": {}, "through": {"main": false, "slug": "s2"}}]}}', '{"where": {"id": 1}, "returning": false}')$$);
SELECT outcome($$update('boxes', '{"shelves": {"update": [{"id": 3, "data": {}, "through": {"pos": {"increment": 1}}},
  {"id": 3, "data": {}, "through": {"pos": {"increment": 1}}}, {"id": 2, "data": {}, "through": {"pos": 3}}]}}',
  '{"where": {"id": 1}, "returning": false}')$$);
SELECT outcome($$save('boxes', '{"id": 1, "shelves": [{"id": 1, "stands": {"main": false}}, {"id": 2, "stands": {"main": true}}]}')$$);
-- pointers
CREATE TABLE lids (id int PRIMARY KEY, box_id int NOT NULL UNIQUE REFERENCES boxes);
INSERT INTO boxes VALUES (3), (4);
INSERT INTO lids VALUES (1, 1), (2, 2), (3, 3);
SELECT assoc.belongs_to('lids', 'boxes', foreign_key => 'box_id', alias => 'box') ->> 'alias' AS alias;
SELECT assoc.set_many('lids', 'box', '[{"id": 1, "box": 2}, {"id": 2, "box": 3}, {"id": 3, "box": 4}]');
SELECT assoc.update_many('lids', '[{"id": 1, "box_id": 1}, {"id": 3, "box_id": 3}, {"id": 2, "box_id": 2}]');
SELECT assoc.set_many('lids', 'box', '[{"id": 1, "box": 2}, {"id": 2, "box": 1}]');
ALTER TABLE lids DROP CONSTRAINT lids_box_id_key, ADD UNIQUE (box_id) DEFERRABLE;
SELECT assoc.set_many('lids', 'box', '[{"id": 1, "box": 2}, {"id": 2, "box": 1}]');
SELECT assoc.update_many('lids', '[{"id": 1, "box_id": 1}, {"id": 2, "box_id": 2}]');
SET client_min_messages = warning;
DROP SCHEMA room CASCADE;
