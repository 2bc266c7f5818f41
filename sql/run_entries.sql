-- Numbers of rows by key off an index, where its entries have all columns that something is asked of, or of links
-- the key of the target, if a statement says which targets are meant.  Compared with SQL, of many rows at once and of a few by key.
CREATE SCHEMA run_entries;
SET search_path = run_entries;
SET client_min_messages = warning;
\pset format unaligned
CREATE TABLE project (id bigint PRIMARY KEY, title text);
CREATE TABLE task (id int PRIMARY KEY, project_id bigint REFERENCES project, due date, state name, hours numeric, word text,
  deleted_at timestamptz);
CREATE TABLE person (id bigint PRIMARY KEY, active boolean, deleted_at timestamptz);
CREATE TABLE label (id int, name text);
CREATE TABLE labelled (project_id bigint REFERENCES project, label_id int, PRIMARY KEY (project_id, label_id));
CREATE TABLE work (project_id bigint REFERENCES project, person_id bigint REFERENCES person, role text,
  PRIMARY KEY (project_id, person_id) INCLUDE (role));
INSERT INTO project SELECT g, 'Project ' || g FROM generate_series(1, 150) g;
INSERT INTO person SELECT g, g % 3 > 0, CASE WHEN g % 7 = 0 THEN timestamptz '2025-02-01' END FROM generate_series(1, 40) g;
INSERT INTO label SELECT 1 + g % 9, 'l' || g FROM generate_series(1, 14) g;
INSERT INTO labelled SELECT g, 1 + g * n % 12 FROM generate_series(1, 150) g, generate_series(1, 4) n ON CONFLICT DO NOTHING;
INSERT INTO task SELECT g, nullif(1 + g * 7 % 140, 5), CASE WHEN g % 9 > 0 THEN date '2025-01-01' + g * 11 % 60 END,
  (ARRAY['open', 'done', 'late'])[1 + g % 3], CASE WHEN g % 5 > 0 THEN g % 13 + 0.5 END, repeat('w' || g % 10, 1 + g % 60),
  CASE WHEN g % 8 = 0 THEN timestamptz '2025-02-01' END FROM generate_series(1, 2000) g;
INSERT INTO work SELECT 1 + g % 150, 1 + g * 3 % 40, 'r' || g % 4 FROM generate_series(1, 3000) g ON CONFLICT DO NOTHING;
CREATE INDEX task_due ON task (project_id, due DESC, id) INCLUDE (hours);
VACUUM ANALYZE;
SELECT 1 FROM assoc.has_many('project', 'task', alias => 'tasks');
SELECT 1 FROM assoc.belongs_to_many('project', 'person', through => 'work', alias => 'people');
SELECT 1 FROM assoc.belongs_to_many('project', 'person', through => 'work', alias => 'active', options => '{"scope": {"active": true}}');
SELECT 1 FROM assoc.adopt('label', options => '{"key": "id"}');
SELECT 1 FROM assoc.belongs_to_many('project', 'label', through => 'labelled', options => '{"constraints": false}', alias => 'labels');
-- what is counted: {"count": association, "where": where}, and the condition as SQL
CREATE TABLE asked (n int, association text, wanted jsonb, rows text);
INSERT INTO asked VALUES
  (1, 'tasks', '{"due": {"gte": "2025-02-01"}}', 'SELECT project_id FROM task WHERE due >= ''2025-02-01'''),
  (2, 'tasks', '{"due": null}', 'SELECT project_id FROM task WHERE due IS NULL'),
  (3, 'tasks', '{"or": [{"hours": {"gt": 6}}, {"id": {"lt": 300}}]}', 'SELECT project_id FROM task WHERE hours > 6 OR id < 300'),
  (4, 'tasks', '{"not": {"due": {"between": ["2025-01-10", "2025-02-10"]}, "hours": {"in": [1.5, 2.5, 3.5]}}}',
    'SELECT project_id FROM task WHERE NOT (due BETWEEN ''2025-01-10'' AND ''2025-02-10'' AND hours IN (1.5, 2.5, 3.5))'),
  (6, 'tasks', '{"state": "open"}', 'SELECT project_id FROM task WHERE state = ''open'''),
  (7, 'tasks', '{"word": {"startsWith": "w1w1"}}', 'SELECT project_id FROM task WHERE word LIKE ''w1w1%'''),
  (8, 'tasks', '{"project_id": {"lt": 20}}', 'SELECT project_id FROM task WHERE project_id < 20'),
  (9, 'people', '{"through": {"role": "r1"}}', 'SELECT project_id FROM work JOIN person p ON p.id = person_id WHERE role = ''r1'''),
  (10, 'people', '{"through": {"role": {"in": ["r1", "r2"]}, "person_id": {"gt": 20}}}',
    'SELECT project_id FROM work JOIN person p ON p.id = person_id WHERE role IN (''r1'', ''r2'') AND person_id > 20'),
  (11, 'people', '{"active": true}', 'SELECT project_id FROM work JOIN person p ON p.id = person_id WHERE active'),
  (12, 'people', '{"or": [{"active": {"ne": true}}, {"id": {"lt": 5}}]}',
    'SELECT project_id FROM work JOIN person p ON p.id = person_id WHERE (active <> true OR p.id < 5)'),
  (13, 'people', '{"active": true, "through": {"role": "r1"}}',
    'SELECT project_id FROM work JOIN person p ON p.id = person_id WHERE active AND role = ''r1'''),
  (14, 'active', '{"id": {"gt": 3}}', 'SELECT project_id FROM work JOIN person p ON p.id = person_id WHERE active AND p.id > 3'),
  (15, 'labels', '{"name": {"like": "l%"}}', 'SELECT project_id FROM labelled JOIN label l ON l.id = label_id WHERE name LIKE ''l%''');
CREATE FUNCTION numbers(rows text) RETURNS TABLE (id bigint, number bigint) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY EXECUTE 'SELECT p.id, count(r.project_id) FROM project p LEFT JOIN (' || rows || ') r ON r.project_id = p.id GROUP BY 1';
END $$;
-- in an order and a condition (all at once), as an attribute of all, and of three by key
CREATE FUNCTION loads(association text, wanted jsonb) RETURNS TABLE (way text, options jsonb) LANGUAGE sql AS $$
  SELECT way, options || jsonb_build_object('attributes', CASE way WHEN 'where' THEN '["id"]'::jsonb ELSE
    jsonb_build_array('id', jsonb_build_object('count', association, 'where', wanted, 'as', 'n')) END)
  FROM (VALUES ('order', '{"order": [["n", "DESC"], "id"], "limit": 120}'::jsonb), ('all', '{"order": ["id"]}'),
    ('few', '{"where": {"id": [1, 5, 6]}, "order": ["id"]}'),
    ('where', jsonb_build_object('where', jsonb_build_object(association, jsonb_build_object('count',
      jsonb_build_object('where', wanted, 'gte', 3))), 'order', '["id"]'::jsonb))) v (way, options) $$;
CREATE FUNCTION expected(way text, rows text) RETURNS jsonb LANGUAGE sql AS $$
  SELECT coalesce(jsonb_agg(CASE way WHEN 'where' THEN jsonb_build_object('id', id) ELSE jsonb_build_object('id', id, 'n', number) END
    ORDER BY CASE way WHEN 'order' THEN -number END, id), '[]')
  FROM (SELECT *, row_number() OVER (ORDER BY number DESC, id) AS place FROM numbers(rows)) n
  WHERE CASE way WHEN 'order' THEN place <= 120 WHEN 'few' THEN id IN (1, 5, 6) WHEN 'where' THEN number >= 3 ELSE true END $$;
CREATE FUNCTION wrong() RETURNS TABLE (n int, way text) LANGUAGE sql AS $$
  SELECT a.n, l.way FROM asked a, loads(association, wanted) l
  WHERE assoc.find_all('project', options) IS DISTINCT FROM expected(l.way, rows) $$;
CREATE FUNCTION by_entries() RETURNS TABLE (n int, index text) LANGUAGE sql SET pg_associations.probe = on AS $$
  SELECT a.n, substring(line FROM 'number of rows \(v\) of each key, by the entries of run_entries.(\w+), of: ')
  FROM asked a, loads(association, wanted) l, assoc.explain('project', options, true) line
  WHERE way = 'order' AND line LIKE '%: number of rows (v)%' ORDER BY n $$;
SELECT * FROM wrong();
SELECT * FROM by_entries();
-- rows that have changed since the last VACUUM: what they have now counts, of those that are seen
BEGIN;
UPDATE task SET due = due + 20, hours = NULL WHERE id % 7 = 0;
UPDATE task SET word = 'w1w1' WHERE id % 6 = 0;
UPDATE task SET project_id = project_id + 1 WHERE id % 11 = 0;
DELETE FROM task WHERE id % 13 = 0;
UPDATE work SET role = 'r1' WHERE person_id % 5 = 0;
SAVEPOINT more;
INSERT INTO task SELECT g, g % 4 + 1, '2025-02-15', 'open', g % 10 FROM generate_series(3001, 3300) g;
SELECT * FROM wrong();
ROLLBACK TO more;
SELECT * FROM wrong();
COMMIT;
SELECT * FROM wrong();
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT * FROM wrong();
SELECT count(*) FROM by_entries() WHERE index IS NOT NULL;
COMMIT;
-- a value that an operator class stores as another type is read from the row
CREATE INDEX task_state ON task (project_id, state);
CREATE INDEX task_word ON task (project_id, word);
VACUUM ANALYZE task;
SELECT * FROM wrong();
SELECT * FROM by_entries() WHERE n IN (6, 7);
-- where a condition leads to few rows, these are read
CREATE INDEX task_day ON task (due);
ANALYZE task;
SET pg_associations.probe = on;
SELECT line LIKE '%by the entries of%' FROM assoc.explain('project',
  '{"order": [{"by": {"count": "tasks", "where": {"id": 77}}}]}', true) line WHERE line LIKE '%number of rows (v)%';
RESET pg_associations.probe;
-- row security is asked before, of the entry too; nothing is asked of rows that are not seen
BEGIN;
UPDATE task SET hours = 0 WHERE id % 30 = 0;
ROLLBACK;
ALTER TABLE task ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON task USING (id % 4 > 0 AND due > '2025-01-05' AND (hours IS NULL OR 1 / hours > 0.1));
ALTER TABLE person ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON person USING (id % 5 > 0);
CREATE ROLE regress_run_entries;
GRANT USAGE ON SCHEMA run_entries TO regress_run_entries;
GRANT SELECT ON ALL TABLES IN SCHEMA run_entries TO regress_run_entries;
SET ROLE regress_run_entries;
SELECT * FROM wrong();
SELECT * FROM by_entries() WHERE n IN (1, 3, 11);
RESET ROLE;
REVOKE SELECT ON task FROM regress_run_entries;
GRANT SELECT (id, project_id, due) ON task TO regress_run_entries;
SET ROLE regress_run_entries;
SELECT assoc.find_all('project', '{"attributes": ["id", {"count": "tasks", "where": {"due": {"gte": "2025-02-20"}}, "as": "n"}],
  "order": [["n", "DESC"]], "limit": 2}');
SELECT assoc.find_all('project', '{"attributes": ["id", {"count": "tasks", "where": {"hours": {"gte": 5}}, "as": "n"}],
  "order": [["n", "DESC"]], "limit": 2}');
RESET ROLE;
ALTER TABLE task DISABLE ROW LEVEL SECURITY;
ALTER TABLE person DISABLE ROW LEVEL SECURITY;
-- rows that are kept as deleted, by an index that says which, and by none
SELECT assoc.adopt('task', options => '{"paranoid": true}', replace => true) ->> 'model';
UPDATE asked SET rows = replace(rows, ' WHERE ', ' WHERE deleted_at IS NULL AND (') || ')' WHERE association = 'tasks';
SELECT * FROM wrong();
SELECT * FROM by_entries() WHERE n < 6;
CREATE INDEX task_deleted ON task (project_id, deleted_at, due, hours);
VACUUM ANALYZE task;
SELECT * FROM wrong();
SELECT * FROM by_entries() WHERE n < 6;
UPDATE task SET deleted_at = NULL WHERE id % 16 = 0;
SELECT * FROM wrong();
-- and nothing else is asked of
SELECT assoc.find_all('project', '{"attributes": ["id", {"count": "tasks", "as": "n"}], "order": [["n", "DESC"]], "limit": 140}') =
  jsonb_agg(jsonb_build_object('id', id, 'n', number) ORDER BY number DESC, id) FROM (
    SELECT * FROM numbers('SELECT project_id FROM task WHERE deleted_at IS NULL') ORDER BY number DESC, id LIMIT 140) n;
-- the scope that a model has by default
SELECT assoc.adopt('task', options => '{"paranoid": true, "defaultScope": {"where": {"hours": {"lt": 9}}}}', replace => true) ->> 'model';
UPDATE asked SET rows = rows || ' AND hours < 9' WHERE association = 'tasks';
SELECT * FROM wrong();
SELECT * FROM by_entries() WHERE n < 6;
-- targets that are kept as deleted
SELECT assoc.adopt('person', options => '{"paranoid": true}', replace => true) ->> 'model';
UPDATE asked SET rows = 'SELECT project_id FROM work JOIN person p ON p.id = person_id WHERE p.deleted_at IS NULL AND (' ||
  regexp_replace(rows, '^.* WHERE ', '') || ')' WHERE association IN ('people', 'active');
SELECT * FROM wrong();
SELECT * FROM by_entries() WHERE n >= 9;
BEGIN;
UPDATE person SET deleted_at = NULL, active = NOT active WHERE id < 30;
DELETE FROM work WHERE person_id > 30;
SELECT * FROM wrong();
ROLLBACK;
DROP SCHEMA run_entries CASCADE;
DROP ROLE regress_run_entries;
