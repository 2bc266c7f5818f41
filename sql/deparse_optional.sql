-- Optional filters: where a parameter is null or not given, its condition holds for every row.
CREATE SCHEMA deparse_optional;
SET search_path = deparse_optional;
SET client_min_messages = warning;
\pset format unaligned
CREATE TABLE task (id int PRIMARY KEY, title text, state text, due date, tags text[], meta jsonb);
CREATE TABLE person (id int PRIMARY KEY, name text);
CREATE TABLE task_person (task_id int NOT NULL REFERENCES task, person_id int NOT NULL REFERENCES person, role text, PRIMARY KEY (task_id,
  person_id));
CREATE INDEX ON task_person (person_id);
INSERT INTO task SELECT i, 'task ' || i, (ARRAY['open', 'done'])[1 + i % 2], '2024-01-01'::date + i, ARRAY['t' || i % 3],
  jsonb_build_object('level', i % 4) FROM generate_series(1, 12) i;
INSERT INTO person VALUES (1, 'Ann'), (2, 'Bob');
INSERT INTO task_person SELECT i, 1 + i % 2, 'r' || i % 3 FROM generate_series(1, 10) i;
SELECT 1 FROM assoc.belongs_to_many('task', 'person', through => 'task_person', alias => 'people', inverse => 'tasks');
CREATE FUNCTION found(w text, params text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  ids text;
  again text;
BEGIN
  PERFORM set_config('pg_associations.probe', 'on', true);
  SELECT string_agg(d ->> 'id', ' ') INTO ids FROM assoc.find('task', jsonb_build_object('attributes', '["id"]'::jsonb, 'where', w::jsonb),
    params::jsonb) d;
  SELECT string_agg(id::text, ' ' ORDER BY id) INTO again FROM task WHERE assoc.find_by_pk('task', id, jsonb_build_object('where',
    w::jsonb), params::jsonb) IS NOT NULL;
  RETURN coalesce(ids, 'none') || CASE WHEN ids IS DISTINCT FROM again THEN ' but by key ' || again ELSE '' END;
END $$;
SELECT p AS params, found('{"state": {"param": "state", "optional": true}, "due": {"gte": {"param": "from", "optional": true},
  "lt": {"param": "to", "optional": true}}, "title": {"substring": {"param": "q", "optional": true}},
  "people": {"some": {"name": {"param": "who", "optional": true}}}}', p)
FROM unnest(ARRAY['{}', NULL, '{"state": null}', '{"state": "open"}', '{"from": "2024-01-05"}',
  '{"from": "2024-01-05", "to": "2024-01-08", "state": "done"}', '{"q": "1"}', '{"q": "", "who": "Ann"}', '{"who": "Cid"}']) p;
-- every operator
SELECT w AS "where", found(w, '{}') AS without, found(w, '{"p": null}') = found(w, '{}') AS alike, found(w, v) AS "with" FROM (VALUES
  ('{"state": {"ne": {"param": "p", "optional": true}}}', '{"p": "open"}'), ('{"id": {"in": {"param": "p", "optional": true}}}',
    '{"p": [1, 2, 99]}'), ('{"id": {"in": {"param": "p", "optional": true}}}', '{"p": []}'),
  ('{"id": {"notIn": {"param": "p", "optional": true}}}', '{"p": [1, 2]}'), ('{"tags": {"contains": {"param": "p", "optional": true}}}',
    '{"p": ["t1"]}'), ('{"title": {"like": {"param": "p", "optional": true}}}', '{"p": "%2"}'),
  ('{"title": {"regexp": {"param": "p", "optional": true}}}', '{"p": "1.$"}'), ('{"meta.level": {"gt": {"param": "p", "optional": true}}}',
    '{"p": 2}'), ('{"$people.name$": {"param": "p", "optional": false}, "id": 0}', '{"p": "Ann"}'),
  ('{"people": {"count": {"gte": {"param": "p", "optional": true}}}}', '{"p": 1}'),
    ('{"people": {"allOf": {"param": "p", "optional": true}}}', '{"p": [1]}'), ('{"people": {"exactly": {"param": "p", "optional": true}}}',
    '{"p": []}'),
  ('{"people": {"some": {"through": {"role": {"param": "p", "optional": true}}}}}', '{"p": "r1"}'),
    ('{"not": {"state": {"param": "p", "optional": true}}}', '{"p": "open"}'),
  ('{"or": [{"state": {"param": "p", "optional": true}}, {"id": 2}]}', '{"p": "done"}')) v (w, v) WHERE w !~ 'false';
-- not optional, as before
SELECT assoc.find_all('task', '{"where": {"state": {"param": "state", "optional": false}}}', '{}');
SELECT assoc.find_all('task', '{"attributes": ["id"], "where": {"state": {"param": "state"}}}', '{"state": null}');
-- in a limit, a cursor, a scope
SELECT jsonb_array_length(assoc.find_all('task', '{"limit": {"param": "n", "optional": true}, "after": {"param": "c", "optional": true}}')),
  assoc.find_all('task', '{"attributes": ["id"], "limit": {"param": "n", "optional": true}, "after": {"param": "c", "optional": true}}',
    '{"n": 1, "c": [3]}');
SELECT assoc.adopt('task', 'task', '{"scopes": {"search": {"where": {"state": {"param": "state", "optional": true}}}}}',
  replace => true) ->> 'model';
SELECT assoc.count('task', '{"scope": "search"}'), assoc.count('task', '{"scope": "search"}', '{"state": "open"}');
-- what options of somebody else may ask
SELECT assoc.count('task', '{"where": {"state": {"param": "state", "optional": true}}}', NULL, '{"where": ["state"]}');
SELECT assoc.count('task', '{"where": {"state": {"param": "state", "optional": true}}}', NULL, '{"where": ["state"], "params": ["state"]}');
-- wrong uses
SELECT assoc.find_all('task', '{"where": {"due": {"between": [{"param": "a", "optional": true}, "2024-01-09"]}}}');
SELECT assoc.find_all('task', '{"where": {"state": {"param": "state", "optional": "yes"}}}');
SELECT assoc.find_all('task', '{"where": {"state": {"col": "title", "optional": true}}}');
SELECT assoc.find_all('task', '{"where": {"id": {"param": "id", "optional": true}}}', '{"id": "x"}');
DROP SCHEMA deparse_optional CASCADE;
