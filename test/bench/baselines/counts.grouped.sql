SELECT to_jsonb(ARRAY(
  SELECT row FROM (
    SELECT p.id, p.title, coalesce(t.n, 0) AS tasks
    FROM projects p LEFT JOIN (
      SELECT project_id, count(*) AS n FROM tasks
      WHERE due >= '2025-01-01' GROUP BY project_id) t ON t.project_id = p.id
    ORDER BY 3 DESC, 1 LIMIT 20) row))
