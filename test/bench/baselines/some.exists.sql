SELECT to_jsonb(ARRAY(
  SELECT u FROM users u
  WHERE EXISTS (SELECT FROM user_projects l JOIN projects p ON p.id = l.project_id
                WHERE l.user_id = u.id AND p.title = 'Project ' || 1 + :id % 1000)
  ORDER BY u.id))
