-- Options of an attribute whose column was there before it was declared: none is ignored.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_associations;
CREATE SCHEMA declare_existing;
SET search_path = declare_existing;
CREATE FUNCTION tries(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE said text; detail text;
BEGIN
  EXECUTE call INTO said;
  RETURN said;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
  RETURN concat_ws(' ', SQLSTATE, SQLERRM, '|', detail);
END $$;
-- declares without replace, with it, and again
CREATE FUNCTION thrice(model text, attributes jsonb, options jsonb DEFAULT '{"timestamps": false}') RETURNS SETOF text LANGUAGE sql AS $$
  SELECT tries(format('SELECT assoc.define(%L, %L, %L, %s) -> ''changed''', model, attributes, options, replace))
  FROM (VALUES (1, 'false'), (2, 'true'), (3, 'false')) r (n, replace) ORDER BY n
$$;

-- a column that was added by hand
SELECT assoc.define('User', '{"name": "text"}', '{"timestamps": false}') -> 'changed' AS changed;
ALTER TABLE users ADD COLUMN password text, ADD COLUMN total bigint, ADD COLUMN e_mail text, ADD COLUMN plain text;
INSERT INTO users (name, password, total, e_mail) VALUES ('ann', 's3cret', 7, 'ann@x.org');
SELECT thrice('User', '{"name": "text", "password": {"type": "text", "hidden": true}}');
SELECT assoc.find_all('User');
SELECT thrice('User', '{"name": "text", "password": {"type": "text", "hidden": true}, "total": {"type": "bigint", "json": "string"},
  "email": {"type": "text", "field": "e_mail"}}');
SELECT assoc.find_all('User');
SELECT thrice('User', '{"name": "text", "password": {"type": "text", "hidden": true}, "total": {"type": "bigint", "json": "string"},
  "email": {"type": "text", "field": "e_mail"},
  "plain": {"type": "text", "comment": "c", "default": "d", "allowNull": true, "unique": true, "validate": {"len": [1, 9]}}}');
-- an attribute that becomes another column; two never share one
SELECT thrice('User', '{"name": {"type": "text", "field": "e_mail"}, "email": {"type": "text", "field": "name"}, "total": "bigint"}');
SELECT assoc.find_all('User');
SELECT thrice('User', '{"mail": {"type": "text", "field": "e_mail"}, "email": {"type": "text", "field": "name"}, "total": "bigint"}');
SELECT jsonb_path_query(attributes, '$.keyvalue()') - 'id' AS attribute FROM assoc.models WHERE name = 'User';

-- a key that an association made
SELECT assoc.define('Task', '{"title": "text"}', '{"timestamps": false}') -> 'changed' AS changed;
SELECT assoc.has_many('User', 'Task', options => '{"accessors": false}') -> 'created' IS NOT NULL AS made;
INSERT INTO tasks (title, user_id) VALUES ('t', 1);
SELECT thrice('Task', '{"title": "text", "user_id": {"type": "bigint", "hidden": true}}');
SELECT assoc.find_all('Task');

-- an adopted table: the first define says what nobody has said yet, a later one differs from it
CREATE TABLE lines (id int PRIMARY KEY, a text, b bigint);
INSERT INTO lines VALUES (1, 'a', 2);
SELECT assoc.adopt('lines', 'Line') ->> 'model' AS model;
SELECT assoc.define('Line', '{"a": {"type": "text", "hidden": true}}') -> 'changed' AS changed;
SELECT thrice('Line', '{"a": {"type": "text", "hidden": true}, "b": {"type": "bigint", "hidden": true, "json": "string"}}', '{}');
SELECT assoc.find_all('Line');

-- a join table: its payload was declared with the association
SELECT assoc.belongs_to_many('User', 'Line', through => 'UserLine', alias => 'lines', options => '{"accessors": false}',
  through_attributes => '{"note": {"type": "text", "hidden": true}}') -> 'created' IS NOT NULL AS made;
SELECT tries($$SELECT assoc.belongs_to_many('User', 'Line', through => 'UserLine', alias => 'lines', options => '{"accessors": false}',
  through_attributes => '{"note": "text"}')$$);
SELECT tries($$SELECT assoc.define('UserLine', '{"note": "text"}') -> 'changed'$$);
SELECT attributes FROM assoc.models WHERE name = 'UserLine';
SELECT tries($$SELECT assoc.define('UserLine', '{"note": "text"}', replace => true) -> 'changed'$$);
SELECT assoc.belongs_to_many('User', 'Line', through => 'UserLine', alias => 'lines', options => '{"accessors": false}',
  through_attributes => '{"note": {"type": "text", "hidden": true}}', replace => true) -> 'changed' AS changed;
DROP SCHEMA declare_existing CASCADE;
