-- All constraints that fail are named in one error, before anything is written.
CREATE SCHEMA validating;
SET search_path = validating;
SELECT assoc.define('User', '{"name": {"type": "text", "allowNull": false, "validate": {"len": [2, 10]}}, "email": {"type": "text", "validate": {"isEmail": true}}}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.define('Project', '{"title": {"type": "text", "allowNull": false}}', '{"timestamps": false}') IS NOT NULL AS defined;
SELECT assoc.belongs_to_many('User', 'Project', through => 'UserProject', alias => 'projects', inverse => 'users',
  through_attributes => '{"role": {"type": "text", "allowNull": false, "validate": {"isIn": [["admin", "developer", "viewer"]]}}, "hours": {"type": "integer", "validate": {"min": 0}}}') ->> 'alias' AS alias;
-- a hand-written one counts too
ALTER TABLE user_projects ADD CONSTRAINT overworked CHECK (hours < 100 OR role = 'admin');
CREATE FUNCTION failures(query text) RETURNS TABLE (state text, message text, path text, validator text, value text) LANGUAGE plpgsql AS $$
DECLARE detail text;
BEGIN
  EXECUTE query;
EXCEPTION WHEN check_violation OR not_null_violation THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, detail = PG_EXCEPTION_DETAIL;
  RETURN QUERY SELECT state, f ->> 'message', f ->> 'path', f ->> 'validator', f ->> 'value' FROM jsonb_array_elements(detail::jsonb) f;
END$$;
SELECT * FROM failures($$SELECT assoc.create('User', '{"name": "x", "email": "nobody", "projects": [{"through": {"role": "boss", "hours": -1}}, {"title": "ok", "through": {"role": "viewer", "hours": 100}}, {"title": null}]}')$$);
SELECT * FROM failures($$SELECT assoc.bulk_create('User', '[{"name": "fine"}, {"name": "far too long a name"}, {}]')$$);
-- what is linked, by the place of its payload
SELECT assoc.create('User', '{"name": "John"}') ->> 'id' AS id, assoc.bulk_create('Project', '[{"title": "1"}, {"title": "2"}, {"title": "3"}]') IS NOT NULL AS created;
SELECT * FROM failures($$SELECT user_add_projects(1, '{1,2,3}', '{"role": "boss", "hours": -1}')$$);
SELECT * FROM failures($$SELECT user_add_projects(1, '{1,2,3}', '[{"role": "boss"}, {"role": "admin", "hours": 100}, {"hours": 1}]')$$);
SELECT * FROM failures($$SELECT assoc.set('User', 1, 'projects', '[1, {"id": 2, "through": {"role": null}}]')$$);
SELECT * FROM failures($$SELECT user_add_project(1, 1)$$);
SELECT * FROM failures($$SELECT user_create_project(1, '{}', '{"role": "boss"}')$$);
SELECT * FROM failures($$SELECT assoc.create('User', '{"name": "Jane", "projects": {"connect": [1, {"id": 2, "through": {"role": "boss"}}]}}')$$);
-- a link that exists is judged by what changes
SELECT user_add_project(1, 1, '{"role": "admin", "hours": 500}');
SELECT * FROM failures($$SELECT user_add_project(1, 1, '{"role": "boss"}')$$);
SELECT * FROM failures($$SELECT user_add_project(1, 1, '{"hours": -1}')$$);
-- over what is given and what stands together, the table itself decides
SELECT user_add_project(1, 1, '{"role": "viewer"}');
\echo :LAST_ERROR_SQLSTATE
SELECT user_add_project(1, 1, '{"hours": null}');
SELECT count(*) AS users, (SELECT count(*) FROM projects) AS projects, (SELECT count(*) FROM user_projects) AS links FROM users;
SET client_min_messages = warning;
DROP SCHEMA validating CASCADE;
