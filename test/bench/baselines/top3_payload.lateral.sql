SELECT to_jsonb(ARRAY(
  SELECT root
  FROM (SELECT u.id, u.name, u.email,
          ARRAY(SELECT child
                FROM (SELECT p.id, p.title, p.description, l AS "UserProject"
                      FROM user_projects l JOIN projects p ON p.id = l.project_id
                      WHERE l.user_id = u.id
                      ORDER BY l."startDate" DESC, p.id LIMIT 3) child) AS projects
        FROM users u
        ORDER BY u.id LIMIT 200) root))
