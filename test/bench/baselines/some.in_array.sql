SELECT to_jsonb(ARRAY(
  SELECT u FROM users u
  WHERE u.id = ANY(ARRAY(SELECT l.user_id FROM user_projects l JOIN projects p ON p.id = l.project_id
                         WHERE p.title = 'Project ' || 1 + :id % 1000))
  ORDER BY u.id))
