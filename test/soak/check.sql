-- What must hold whatever ran, and however it ended.  Each line that is not true
-- is a broken promise; the details follow.

\set QUIET on
\pset footer off
SET client_min_messages = warning;

-- the links that calls said they made and took away
CREATE TEMP TABLE told AS
  SELECT xid, 'links' AS tab, CASE model WHEN 'User' THEN pk ELSE id END AS source,
    CASE model WHEN 'User' THEN id ELSE pk END AS target, change
  FROM soak.said,
    LATERAL (SELECT e::bigint, 1 FROM jsonb_array_elements_text(result -> 'added') e
             UNION ALL SELECT e::bigint, -1 FROM jsonb_array_elements_text(result -> 'removed') e
             UNION ALL SELECT e::bigint, 0 FROM jsonb_array_elements_text(result -> 'updated') e) d(id, change)
  WHERE alias IN ('projects', 'users');

-- a child that is moved is told to where it goes only
CREATE TEMP TABLE told_tasks AS
  SELECT xid, 'tasks' AS tab, CASE model WHEN 'Project' THEN pk ELSE id END AS source,
    CASE model WHEN 'Project' THEN id ELSE pk END AS target, change
  FROM soak.said,
    LATERAL (SELECT e::bigint, 1 FROM jsonb_array_elements_text(result -> 'added') e
             UNION ALL SELECT e::bigint, -1 FROM jsonb_array_elements_text(result -> 'removed') e) d(id, change)
  WHERE alias IN ('tasks', 'project');
CREATE TEMP TABLE moved AS
  SELECT w.xid, w.tab, w.source, w.target, w.change FROM soak.written w JOIN soak.said s USING (xid)
  WHERE w.tab = 'tasks'
    AND NOT (s.alias = 'tasks' AND w.change = -1
             AND EXISTS (SELECT FROM soak.written o WHERE o.xid = w.xid AND o.tab = 'tasks' AND o.target = w.target AND o.change = 1));

-- the last word that each call had on each link of a user who is written from one side alone
CREATE TEMP TABLE last_word AS
  SELECT DISTINCT ON (pk, project) pk, project, project = ANY (ids) AND verb <> 'remove' AS linked
  FROM soak.said, generate_series(1, 12) project
  WHERE model = 'User' AND alias = 'projects' AND pk <= 10 AND (verb = 'set' OR project = ANY (ids))
  ORDER BY pk, project, seq DESC;

CREATE TEMP TABLE promise (n int, promise text, broken bigint);
INSERT INTO promise VALUES
  (1, 'every call was told exactly what it wrote',
   (SELECT count(*) FROM ((TABLE told EXCEPT ALL SELECT w.* FROM soak.written w JOIN soak.said USING (xid) WHERE tab = 'links')
                          UNION ALL (SELECT w.* FROM soak.written w JOIN soak.said USING (xid) WHERE tab = 'links' EXCEPT ALL TABLE told)) x)),
  (2, 'the same for children',
   (SELECT count(*) FROM ((TABLE told_tasks EXCEPT ALL TABLE moved) UNION ALL (TABLE moved EXCEPT ALL TABLE told_tasks)) x)),
  (3, 'what was written adds up to the links that there are',
   (SELECT count(*) FROM (SELECT source, target FROM soak.written WHERE tab = 'links' GROUP BY 1, 2 HAVING sum(change) <> 0) w
    FULL JOIN user_projects ON (user_id, project_id) = (source, target) WHERE source IS NULL OR user_id IS NULL)),
  (4, 'the last word on a link holds',
   (SELECT count(*) FROM last_word WHERE linked <> EXISTS (SELECT FROM user_projects WHERE (user_id, project_id) = (pk, project)))),
  (5, 'links of these users come from their calls alone',
   (SELECT count(*) FROM user_projects WHERE user_id <= 10 AND NOT EXISTS (SELECT FROM last_word WHERE (pk, project) = (user_id, project_id)))),
  (6, 'no link without both of its ends',
   (SELECT count(*) FROM user_projects l WHERE NOT EXISTS (SELECT FROM users u WHERE u.id = l.user_id)
      OR NOT EXISTS (SELECT FROM projects p WHERE p.id = l.project_id))),
  (7, 'no link twice', (SELECT count(*) - count(DISTINCT (user_id, project_id)) FROM user_projects)),
  (8, 'no error but those that must be',
   (SELECT count(*) FROM soak.failed WHERE NOT (sqlstate = '40001' AND isolation <> 'read committed')
      AND NOT (sqlstate = '23503' AND alias IN ('projects', 'users') AND (pk BETWEEN CASE model WHEN 'User' THEN 21 ELSE 13 END AND 24 OR ids && '{13,14,15,16,21,22,23,24}'))
      AND NOT (sqlstate = '23505' AND verb = 'create'))),
  (9, 'users are created with their links or not at all',
   (SELECT count(*) FROM users u JOIN projects p ON p.title = u.name
    WHERE (SELECT count(*) FROM user_projects WHERE user_id = u.id AND project_id IN (1, 2, p.id)) <> 3)),
  (10, 'the registry is sound', (SELECT count(*) FROM assoc.check() WHERE severity = 'error'));

SELECT promise, broken = 0 AS kept, broken FROM promise ORDER BY n;
SELECT verb, model, isolation, sqlstate, count(*), min(message) AS message FROM soak.failed GROUP BY 1, 2, 3, 4 ORDER BY 4, 1, 2, 3;
SELECT verb, model, count(*) AS calls, sum(jsonb_array_length(result -> 'added')) AS added, sum(jsonb_array_length(result -> 'updated')) AS updated,
  sum(jsonb_array_length(result -> 'removed')) AS removed, sum(jsonb_array_length(result -> 'unchanged')) AS unchanged
FROM soak.said GROUP BY 1, 2 ORDER BY 1, 2;

SELECT count(*) FILTER (WHERE broken > 0) > 0 OR (SELECT count(*) = 0 FROM soak.said) AS bad FROM promise \gset
\if :bad
  DO $$ BEGIN RAISE 'promises were broken, or nothing ran'; END $$;
\endif
