SELECT coalesce(jsonb_agg(root), '[]')
FROM (SELECT u.id, u.name, u.email,
        (SELECT coalesce(jsonb_agg(child), '[]')
         FROM (SELECT p.id, p.title, p.description, l AS "UserProject"
               FROM user_projects l JOIN projects p ON p.id = l.project_id
               WHERE l.user_id = u.id
               ORDER BY l.project_id) child) AS projects
      FROM users u
      ORDER BY u.name, u.id LIMIT 20) root
