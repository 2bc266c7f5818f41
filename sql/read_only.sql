-- In a transaction that must not write, loads work and what would write is refused, as
-- plain SQL is; a declaration and a link that are there already need not be written.
CREATE SCHEMA read_only;
SET search_path = read_only, public;
SELECT assoc.define('User', '{"name": "text"}', '{"timestamps": false}') -> 'created' AS created;
SELECT assoc.define('Project', '{"title": "text"}', '{"timestamps": false, "paranoid": true}') -> 'created' AS created;
SELECT assoc.belongs_to_many('User', 'Project', inverse => 'users', through => 'UserProject') -> 'created' AS created;
SELECT assoc.create('User', '{"name": "John Doe", "projects": [{"title": "DevOps"}]}');

INSERT INTO projects (title) VALUES ('Mobile App');
CREATE TABLE things (id int PRIMARY KEY);

CREATE FUNCTION refused(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE 'SELECT ' || call;
  RETURN 'it was run';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;

BEGIN READ ONLY;
\pset format unaligned
SELECT call, refused(call) FROM unnest(ARRAY[
  $$user_add_project(1, 2)$$,
  $$user_set_projects(1, '{2}')$$,
  $$user_set_projects(1, '{}')$$,
  $$user_remove_project(1, 1)$$,
  $$user_create_project(1, '{"title": "x"}')$$,
  $$assoc.add('User', 1, 'projects', '[2]')$$,
  $$assoc.create('User', '{}')$$,
  $$assoc.bulk_create('User', '[{}]')$$,
  $$assoc.update('User', '{"name": "x"}', '{"where": {"id": 1}}')$$,
  $$assoc.destroy('User', '{"where": {"id": 1}}')$$,
  $$assoc.restore('Project', '{"where": {"id": 1}}')$$,
  $$assoc.define('User', '{"name": "text", "email": "text"}', '{"timestamps": false}', true)$$,
  $$assoc.define('Gadget')$$,
  $$assoc.adopt('things')$$,
  $$assoc.forget('User')$$,
  $$assoc.belongs_to_many('User', 'Project', through => 'Favourite', alias => 'favourites')$$,
  $$assoc.has_many('User', 'Project', alias => 'owned')$$,
  $$assoc.drop_association('User', 'projects')$$]) call;
\pset format aligned
SELECT user_add_project(1, 1), user_set_projects(1, '{1}');
SELECT assoc.belongs_to_many('User', 'Project', inverse => 'users', through => 'UserProject') -> 'changed' AS changed;
SELECT user_with_projects(1);
SELECT user_has_project(1, 1), assoc.count('User', NULL), assoc.validate('User', '{}');
COMMIT;
-- as plain SQL is
BEGIN READ ONLY;
DELETE FROM users WHERE id = 9;
ROLLBACK;

SET client_min_messages = warning;
DROP SCHEMA read_only CASCADE;
