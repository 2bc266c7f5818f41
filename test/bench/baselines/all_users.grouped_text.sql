SELECT row_to_json(root)::jsonb AS j
FROM (SELECT u.id, u.name, u.email, coalesce(x.projects, '[]') AS projects
      FROM users u LEFT JOIN (
        SELECT user_id, json_agg(project) AS projects
        FROM (SELECT l.user_id, json_build_object('id', p.id, 'title', p.title, 'description', p.description,
                'UserProject', l) AS project
              FROM user_projects l JOIN projects p ON p.id = l.project_id
              ORDER BY l.user_id, l.project_id) s
        GROUP BY user_id) x ON x.user_id = u.id) root
