SELECT row_to_json(root)::jsonb
FROM (SELECT u.id, u.name, u.email,
        ARRAY(SELECT child
              FROM (SELECT p.id, p.title, p.description, l AS "UserProject"
                    FROM user_projects l JOIN projects p ON p.id = l.project_id
                    WHERE l.user_id = u.id
                    ORDER BY l.project_id) child) AS projects
      FROM users u
      WHERE u.id = :id) root
