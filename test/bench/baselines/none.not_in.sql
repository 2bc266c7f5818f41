SELECT to_jsonb(ARRAY(
  SELECT u FROM users u
  WHERE u.id NOT IN (SELECT l.user_id FROM user_projects l WHERE l.project_id < 95)
  ORDER BY u.id))
