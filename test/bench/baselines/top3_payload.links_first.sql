SELECT to_jsonb(ARRAY(
  SELECT root
  FROM (SELECT u.id, u.name, u.email,
          ARRAY(SELECT child
                FROM (SELECT p.id, p.title, p.description, l AS "UserProject"
                      FROM (SELECT * FROM user_projects
                            WHERE user_id = u.id
                            ORDER BY "startDate" DESC, project_id LIMIT 3) l JOIN projects p ON p.id = l.project_id
                      ORDER BY l."startDate" DESC, p.id) child) AS projects
        FROM users u
        ORDER BY u.id LIMIT 200) root))
