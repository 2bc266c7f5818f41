-- Calls over many links take about as long with statistics of an empty table, which autoanalyze leaves after a mass
-- delete or in the middle of a load, as with right ones.  Without care for that they took more than ten times as long.
CREATE SCHEMA link_statistics;
SET search_path = link_statistics;
\o /dev/null
SELECT assoc.define('User', '{"name": "text"}', '{"timestamps": false}');
SELECT assoc.define('Project', '{"title": "text"}', '{"timestamps": false}');
SELECT assoc.define('Task', '{"t": "text"}', '{"timestamps": false}');
SELECT assoc.belongs_to_many('User', 'Project', inverse => 'users', through_attributes => '{"role": "text"}');
SELECT assoc.has_many('User', 'Task', inverse => 'user');
\o
INSERT INTO users (name) SELECT 'u' || g FROM generate_series(1, 60) g;
INSERT INTO projects (title) SELECT 'p' || g FROM generate_series(1, 20000) g;
ALTER TABLE user_projects SET (autovacuum_enabled = false);
ALTER TABLE tasks SET (autovacuum_enabled = false);
CREATE TABLE times (what text, stale boolean, took interval);
CREATE PROCEDURE take(what text, stale boolean, call text) LANGUAGE plpgsql AS $$
DECLARE
  start timestamptz := clock_timestamp();
BEGIN
  EXECUTE call;
  INSERT INTO times VALUES (what, stale, clock_timestamp() - start);
END $$;
CREATE FUNCTION set_all(first int) RETURNS jsonb LANGUAGE sql AS $$
  SELECT assoc.set_many('User', 'projects', jsonb_agg(jsonb_build_object('id', u, 'projects', ids)))
  FROM generate_series(1, 60) u, LATERAL (SELECT jsonb_agg(g + u + first) ids FROM generate_series(1, 50) g) p $$;
CREATE FUNCTION ids(first int, last int) RETURNS jsonb LANGUAGE sql AS $$ SELECT jsonb_agg(g) FROM generate_series(first, last) g $$;
-- sets of many
SELECT jsonb_array_length(set_all(0));
DELETE FROM user_projects;
ANALYZE user_projects;
SELECT jsonb_array_length(set_all(0));
CALL take('set_many', true, 'SELECT set_all(25)');
ANALYZE user_projects;
CALL take('set_many', false, 'SELECT set_all(50)');
-- many links of one
DELETE FROM user_projects;
ANALYZE user_projects;
DISCARD PLANS;
SELECT assoc.add('User', 1, 'projects', ids(1, 10000)) IS NULL;
CALL take('add', true, $$ SELECT assoc.add('User', 1, 'projects', ids(1, 10000)) $$);
CALL take('remove', true, $$ SELECT assoc.remove('User', 1, 'projects', ids(1, 9000)) $$);
SELECT assoc.add('User', 1, 'projects', ids(1, 10000)) IS NULL;
ANALYZE user_projects;
CALL take('add', false, $$ SELECT assoc.add('User', 1, 'projects', ids(1, 10000)) $$);
CALL take('remove', false, $$ SELECT assoc.remove('User', 1, 'projects', ids(1, 9000)) $$);
-- children
ANALYZE tasks;
INSERT INTO tasks (t, user_id) SELECT 't' || g, 1 + g % 2 FROM generate_series(1, 20000) g;
CALL take('children', true, $$ SELECT assoc.set('User', 1, 'tasks', ids(1, 10000)) $$);
ANALYZE tasks;
CALL take('children', false, $$ SELECT assoc.set('User', 1, 'tasks', ids(5001, 15000)) $$);
-- searches, whose plan was made for the table as it was
SELECT assoc.define('Tag', '{"name": "text", "n": "int"}', '{"timestamps": false}') ->> 'table' AS made;
CREATE INDEX ON tags (name);
INSERT INTO tags (name) VALUES ('one');
ANALYZE tags;
ALTER TABLE tags SET (autovacuum_enabled = false);
SELECT assoc.belongs_to_many('Project', 'Tag') ->> 'alias' AS alias;
CREATE FUNCTION search_all(first int) RETURNS jsonb LANGUAGE sql AS $$
  SELECT assoc.update('Project', jsonb_build_object('tags', jsonb_build_object('connectOrCreate', jsonb_agg(
    jsonb_build_object('where', jsonb_build_object('name', 't' || g), 'create', jsonb_build_object('name', 't' || g))))),
    '{"where": {"id": 1}, "returning": false}') FROM generate_series(first, first + 999) g $$;
SELECT search_all(-5000);
INSERT INTO tags (name) SELECT 't' || g FROM generate_series(1, 80000) g;
CALL take('searches', true, 'SELECT search_all(1)');
ANALYZE tags;
DISCARD PLANS;
CALL take('searches', false, 'SELECT search_all(1001)');
SELECT what, stale.took < fresh.took * 8 + interval '200 ms' AS linear
FROM times stale JOIN times fresh USING (what) WHERE stale.stale AND NOT fresh.stale ORDER BY what;
SET client_min_messages = warning;
DROP SCHEMA link_statistics CASCADE;
