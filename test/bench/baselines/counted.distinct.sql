SELECT jsonb_build_object(
  'count', (SELECT count(DISTINCT l.user_id) FROM user_projects l JOIN projects p ON p.id = l.project_id
            WHERE p.title LIKE 'Project 1%'),
  'rows', to_jsonb(ARRAY(
    SELECT u FROM users u
    WHERE EXISTS (SELECT FROM user_projects l JOIN projects p ON p.id = l.project_id
                  WHERE l.user_id = u.id AND p.title LIKE 'Project 1%')
    ORDER BY u.name, u.id LIMIT 20)))
