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
-- a column that may not be null is left to the server
ALTER TABLE uses ALTER pos SET NOT NULL;
SELECT assoc.update_link('pupils', 1, 'emails', '[{"id": 1, "through": {"pos": 1}}, {"id": 3, "through": {"pos": 3}}]');
SELECT * FROM stand();
SET client_min_messages = warning;
DROP SCHEMA room CASCADE;
