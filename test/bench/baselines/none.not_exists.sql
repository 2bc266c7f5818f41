SELECT to_jsonb(ARRAY(
  SELECT u FROM users u
  WHERE NOT EXISTS (SELECT FROM user_projects l JOIN projects p ON p.id = l.project_id
                    WHERE l.user_id = u.id AND p.id < 95)
  ORDER BY u.id))
