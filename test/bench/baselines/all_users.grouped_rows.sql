SELECT to_jsonb(root) AS j
FROM (SELECT u.id, u.name, u.email, coalesce(x.projects, '[]') AS projects
      FROM users u LEFT JOIN (
        SELECT (child."UserProject").user_id, jsonb_agg(child) AS projects
        FROM (SELECT p.id, p.title, p.description, l AS "UserProject"
              FROM user_projects l JOIN projects p ON p.id = l.project_id
              ORDER BY l.user_id, l.project_id) child
        GROUP BY (child."UserProject").user_id) x ON x.user_id = u.id) root
