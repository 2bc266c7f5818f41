-- What a number of associated rows is compared with: operators, and, or, not, and references, in any depth.
CREATE SCHEMA deparse_count;
SET search_path = deparse_count;
SET client_min_messages = warning;
\pset format unaligned
CREATE TABLE a (id int PRIMARY KEY);
CREATE TABLE b (id int PRIMARY KEY, a_id int REFERENCES a);
INSERT INTO a VALUES (1), (2), (3);
INSERT INTO b VALUES (1, 1), (2, 1), (3, 2);
SELECT 1 FROM assoc.has_many('a', 'b', alias => 'bs');
CREATE FUNCTION ids(count jsonb, params jsonb DEFAULT NULL, more jsonb DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(d ->> 'id', ' ') FROM assoc.find('a', jsonb_build_object('where', jsonb_build_object('bs', jsonb_build_object('count',
    count))) || more, params) d $$;
-- rows one by one (up to a limit), and by groups
SELECT c, ids(c, p), ids(c, p, '{"limit": 9}') FROM (VALUES ('{"not": {"gt": 1}}'::jsonb, NULL::jsonb),
  ('{"or": [0, {"gt": 1}]}', NULL), ('{"or": []}', NULL), ('{"and": []}', NULL), ('{"not": {"not": {"gt": 1}}}', NULL),
  ('{"and": [{"or": [{"eq": 1}, 2]}, {"ne": 2}]}', NULL), ('{"or": {"lt": 1, "gt": 1}}', NULL),
    ('{"not": {"or": [0, {"between": [2, 5]}]}}', NULL),
  ('{"not": {"or": [0, {"param": "n"}]}}', '{"n": 1}'), ('{"not": {"or": [0, {"param": "n"}]}}', '{"n": null}'),
    ('{"gte": 1, "not": {"in": [2]}}', NULL),
  ('{"param": "n"}', '{"n": 1}'), ('{"param": "n"}', '{"n": null}'), ('{"value": 1}', NULL), ('{"col": "id"}', NULL),
    ('{"not": {"col": "id"}}', NULL), ('{"eq": {"param": "n"}}', '{"n": 2}')) v (c, p);
SELECT ids('{"not": [0, 1]}');
SELECT ids('null');
SELECT ids('"1"');
SELECT ids('{"where": {"id": 1}}');
SELECT ids('{"param": "n"}');
DROP SCHEMA deparse_count CASCADE;
