-- update and destroy of the first so many rows, rows as they were, and dry runs
CREATE SCHEMA chosen;
SET search_path = chosen;
SET client_min_messages = warning;
CREATE TABLE jobs (id int PRIMARY KEY, state text, priority int, worker text, deleted_at timestamptz);
CREATE TABLE logs (id int PRIMARY KEY, job_id int REFERENCES jobs ON DELETE CASCADE, line text);
CREATE INDEX ON logs (job_id);
INSERT INTO jobs SELECT i, 'new', (i * 7) % 5 FROM generate_series(1, 8) i;
INSERT INTO logs SELECT i, i, 'l' || i FROM generate_series(1, 8) i;
SELECT assoc.has_many('jobs', 'logs', foreign_key => 'job_id', alias => 'logs', inverse => 'job') ->> 'alias' AS alias;
SELECT id, priority FROM jobs ORDER BY priority DESC, id;
-- the first by an order; of the same order by key
SELECT assoc.update('jobs', '{"state": "taken"}', '{"where": {"state": "new"}, "order": [["priority", "DESC"]], "limit": 2}');
SELECT assoc.update('jobs', '{"state": "taken"}',
  '{"where": {"state": "new"}, "order": [["priority", "DESC"]], "limit": 1, "wait": "skip locked",
  "returning": ["id", "state"], "old": ["id", "state", "priority"]}');
SELECT assoc.update('jobs', '{"priority": {"increment": 10}, "logs": {"update": {"where": {}, "data": {"line": "x"}}}}',
  '{"where": {"state": "taken"}, "limit": 1, "returning": {"attributes": ["id", "priority"]}, "old": {"include": ["logs"]}}');
SELECT assoc.update('jobs', '{"state": "none"}', '{"all": true, "limit": 0}');
SELECT assoc.destroy('jobs', '{"where": {"state": "new"}, "order": [["priority"], ["id", "DESC"]], "limit": 2}');
SELECT assoc.destroy('logs', '{"where": {"id": {"lte": 2}}, "order": [["job", "priority"]], "limit": 1, "returning": true}');
-- what was there
SELECT assoc.destroy('jobs', '{"where": {"state": "new"}, "limit": 1, "returning": {"attributes": ["id", "state"],
  "include": [{"association": "logs", "attributes": ["line"]}]}}');
SELECT assoc.destroy('jobs', '{"where": {"state": "none"}, "returning": true}');
-- a dry run tells the same and leaves all as it was
SELECT assoc.destroy('jobs', '{"all": true, "returning": ["id"], "dry_run": true}'), (SELECT count(*) FROM jobs) AS jobs;
SELECT assoc.update('jobs', '{"state": "dry"}',
  '{"where": {"id": {"lte": 3}}, "returning": ["id", "state"], "old": ["state"], "dry_run": true}');
SELECT assoc.update('jobs', '{"state": "dry"}',
  '{"all": true, "dry_run": true}') -> 'count' AS count, count(*) FILTER (WHERE state = 'dry') AS dry FROM jobs;
SELECT assoc.update_many('jobs', '[{"id": 3, "state": "dry"}]',
  '{"returning": ["state"], "dry_run": true}'), (SELECT state FROM jobs WHERE id = 3);
SELECT assoc.update('jobs', '{"id": null}', '{"all": true, "dry_run": true}');
-- rows that are marked as deleted
SELECT assoc.adopt('jobs', options => '{"paranoid": true}', replace => true) IS NULL AS adopted;
SELECT assoc.destroy('jobs', '{"all": true, "limit": 1, "returning": ["id", "state"]}');
SELECT assoc.destroy('jobs', '{"all": true, "paranoid": false, "force": true, "limit": 1, "returning": ["id"]}'),
  (SELECT count(*) FROM jobs) AS jobs;
SELECT assoc.restore('jobs', '{"all": true, "dry_run": true}');
-- what is wrong
SELECT assoc.update('jobs', '{"state": "x"}', '{"all": true, "limit": -1}');
SELECT assoc.update('jobs', '{"state": "x"}', '{"all": true, "limit": 1.5}');
SELECT assoc.update('jobs', '{"state": "x"}', '{"all": true, "order": ["prio"]}');
SELECT assoc.destroy('jobs', '{"all": true, "wait": "never"}');
SELECT assoc.destroy('jobs', '{"limit": 1}');
SELECT assoc.restore('jobs', '{"all": true, "limit": 1}');
DROP SCHEMA chosen CASCADE;
