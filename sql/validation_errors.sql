-- All constraints that fail are named in one error, before anything is written.
CREATE SCHEMA validating;
SET search_path = validating;
SELECT assoc.define('User', '{"name": {"type": "text", "allowNull": false, "validate": {"len": [2, 10]}}, "email": {"type": "text",
  "validate": {"isEmail": true}}}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.define('Project', '{"title": {"type": "text", "allowNull": false}}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', alias => 'projects', inverse => 'users',
  through_attributes => '{"role": {"type": "text", "allowNull": false, "validate": {"isIn": [["admin", "developer", "viewer"]]}},
    "hours": {"type": "integer", "validate": {"min": 0}}}') ->> 'alias' AS alias;
-- a hand-written one counts too
ALTER TABLE user_projects ADD CONSTRAINT overworked CHECK (hours < 100 OR role = 'admin');
CREATE FUNCTION failures(query text) RETURNS TABLE (state text, message text, path text, validator text, value text) LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
  EXECUTE query;
EXCEPTION WHEN integrity_constraint_violation OR check_violation OR not_null_violation OR data_exception OR invalid_text_representation
  OR invalid_datetime_format OR numeric_value_out_of_range OR string_data_right_truncation OR invalid_parameter_value THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
  RETURN QUERY SELECT state, f ->> 'message', f ->> 'path', f ->> 'validator', f ->> 'value' FROM jsonb_array_elements(detail::jsonb) f;
END$$;
SELECT * FROM failures($$SELECT assoc.create('User', '{"name": "x", "email": "nobody", "projects": [{"through": {"role": "boss",
  "hours": -1}}, {"title": "ok", "through": {"role": "viewer", "hours": 100}}, {"title": null}]}')$$);
SELECT * FROM failures($$SELECT assoc.bulk_create('User', '[{"name": "fine"}, {"name": "far too long a name"}, {}]')$$);
-- what is linked, by the place of its payload
SELECT assoc.create('User', '{"name": "John"}') ->> 'id' AS id, assoc.bulk_create('Project',
  '[{"title": "1"}, {"title": "2"}, {"title": "3"}]') IS NOT NULL AS created;
SELECT * FROM failures($$SELECT user_add_projects(1, '{1,2,3}', '{"role": "boss", "hours": -1}')$$);
SELECT * FROM failures($$SELECT user_add_projects(1, '{1,2,3}', '[{"role": "boss"}, {"role": "admin", "hours": 100}, {"hours": 1}]')$$);
SELECT * FROM failures($$SELECT assoc.set('User', 1, 'projects', '[1, {"id": 2, "through": {"role": null}}]')$$);
SELECT * FROM failures($$SELECT user_add_project(1, 1)$$);
SELECT * FROM failures($$SELECT user_create_project(1, '{}', '{"role": "boss"}')$$);
SELECT * FROM failures($$SELECT assoc.create('User', '{"name": "Jane", "projects": {"connect": [1, {"id": 2,
  "through": {"role": "boss"}}]}}')$$);
-- a link that exists is judged by what changes
SELECT user_add_project(1, 1, '{"role": "admin", "hours": 500}');
SELECT * FROM failures($$SELECT user_add_project(1, 1, '{"role": "boss"}')$$);
SELECT * FROM failures($$SELECT user_add_project(1, 1, '{"hours": -1}')$$);
-- over what is given and what stands together, the table itself decides
SELECT user_add_project(1, 1, '{"role": "viewer"}');
\echo :LAST_ERROR_SQLSTATE
SELECT user_add_project(1, 1, '{"hours": null}');
SELECT count(*) AS users, (SELECT count(*) FROM projects) AS projects, (SELECT count(*) FROM user_projects) AS links FROM users;
-- values that do not fit their types are failures like others: of all rows, with what else is wrong
SELECT assoc.define('Form', '{"name": {"type": "varchar(4)", "validate": {"len": [2, 9]}}, "age": {"type": "smallint", "allowNull": false},
  "due": "date",
  "price": "numeric", "ok": "boolean", "tags": "integer[]"}', '{"timestamps": false}') IS NOT NULL AS defined;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN percent AS int CHECK (VALUE < 101) CHECK (VALUE > 0);
ALTER TABLE forms ADD mood mood, ADD part percent;
SELECT assoc.has_many('Form', 'Form', foreign_key => 'parent', alias => 'parts', inverse => 'whole') ->> 'alias' AS alias;
SELECT assoc.belongs_to_many('Form', 'Project', through => 'Use', alias => 'uses',
  through_attributes => '{"n": "integer", "day": {"type": "date", "allowNull": false}}')
  ->> 'alias' AS alias;
SELECT * FROM failures($$SELECT assoc.create('Form', '{"name": "x", "age": "old", "due": "never", "price": true, "ok": 1, "tags": [1, "x"],
  "mood": "bad", "part": 101}')$$);
SELECT assoc.create('Form', '{"name": "x", "age": "old", "due": "never", "price": true, "ok": 1, "tags": [1, "x"], "mood": "bad",
  "part": 101}');
SELECT * FROM failures($$SELECT assoc.bulk_create('Form', '[{"age": 1}, {"age": 99999}, {"age": 1.5, "due": 7}, {"due": "2025-13-01"},
  {"age": 1, "part": "x"}]')$$);
SELECT * FROM failures($$SELECT assoc.bulk_create('Form', '[{"age": 1, "part": 0}, {"age": 1, "part": 101}]',
  '{"ignoreDuplicates": true}')$$);
-- of one type the code is that of its values
SELECT * FROM failures($$SELECT assoc.create('Form', '{"age": 99999}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.create('Form', '{"age": 1, "due": "2025-13-01"}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.create('Form', '{"age": 1, "name": "too long"}')$$) UNION ALL
SELECT * FROM failures($$SELECT assoc.create('Form', '{"age": "a", "tags": {}}')$$);
SELECT * FROM failures($$SELECT assoc.upsert('Form', '{"id": 1, "age": "a", "due": "b"}')$$);
SELECT * FROM failures($$SELECT assoc.find_or_create('Form', '{"age": "a", "due": "b"}',
  '{"where": {"id": 1}, "defaults": {"price": "c"}}')$$);
-- nested rows, links and their payloads
SELECT * FROM failures($$SELECT assoc.create('Form', '{"age": "a", "whole": {"create": {"age": "b"}}, "parts": [{"age": "c"}, {"due": "d"}],
  "uses": [{"title": {}, "through": {"n": "e", "day": "f"}}, {"title": "x", "through": {"n": "g"}}]}')$$);
SELECT * FROM failures($$SELECT assoc.create('Form', '{"age": 1, "uses": {"connect": [{"id": 1, "through": {"n": "a", "day": "b"}},
  {"id": 2, "through": {"n": 1}}]}}')$$);
SELECT * FROM failures($$SELECT assoc.create_in('Form', 1, 'uses', '{"title": []}', '{"n": "a"}')$$);
INSERT INTO forms (age) VALUES (1), (2);
SELECT * FROM failures($$SELECT assoc.update('Form', '{"age": "a", "due": "b", "part": 101}', '{"all": true}')$$);
SELECT * FROM failures($$SELECT assoc.update('Form', '{"age": "a", "due": "b", "part": 101}', '{"all": true, "returning": true}')$$);
SELECT * FROM failures($$SELECT assoc.update('Form', '{"age": null, "due": "b", "uses": {"connect": {"id": 1, "through": {"n": "a",
  "day": null}}}}', '{"where": {"id": 1}}')$$);
SELECT * FROM failures($$SELECT assoc.add('Form', 1, 'uses', '[{"id": 1, "through": {"n": "a"}}, {"id": 2, "through": {"n": 1,
  "day": "b"}}]')$$);
SELECT * FROM failures($$SELECT assoc.set_many('Form', 'uses', '[{"id": 1, "uses": [{"id": 1, "through": {"n": "a"}}]}, {"id": 2,
  "uses": [{"id": 1, "through": {"n": "b"}}]}]')$$);
SELECT assoc.validate('Form', '{"name": "x", "age": "old", "due": "never", "price": true, "ok": 1, "tags": [1, "x"], "mood": "bad",
  "part": 101}');
SELECT count(*) AS forms, (SELECT count(*) FROM uses) AS uses FROM forms;
-- values are shown as what they are, and cut where they are long
SELECT assoc.create('Form', jsonb_build_object('age', 1, 'name', repeat('ä', 40), 'due', repeat('1', 80)));
SELECT assoc.create('Form', '{"age": true, "price": {"a": 1}, "due": 1.50}');
SET client_min_messages = warning;
DROP SCHEMA validating CASCADE;
