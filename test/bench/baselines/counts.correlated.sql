SELECT to_jsonb(ARRAY(
  SELECT row FROM (
    SELECT p.id, p.title,
      (SELECT count(*) FROM tasks t WHERE t.project_id = p.id AND t.due >= '2025-01-01') AS tasks
    FROM projects p
    ORDER BY 3 DESC, 1 LIMIT 20) row))
