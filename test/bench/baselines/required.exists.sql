SELECT to_jsonb(ARRAY(
  SELECT root
  FROM (SELECT u.id, u.name, u.email,
          ARRAY(SELECT child
                FROM (SELECT p.id, p.title, p.description, l AS "UserProject"
                      FROM user_projects l JOIN projects p ON p.id = l.project_id
                      WHERE l.user_id = u.id AND p.title LIKE 'Project 1%'
                      ORDER BY l.project_id) child) AS projects
        FROM users u
        WHERE EXISTS (SELECT FROM user_projects l JOIN projects p ON p.id = l.project_id
                      WHERE l.user_id = u.id AND p.title LIKE 'Project 1%')
        ORDER BY u.name, u.id LIMIT 20) root))
