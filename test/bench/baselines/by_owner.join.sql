SELECT to_jsonb(ARRAY(
  SELECT t FROM tasks t JOIN projects p ON p.id = t.project_id
  ORDER BY p.title, t.id LIMIT 20))
