SELECT coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'name', x.name, 'email', x.email, 'projects', x.projects)
         ORDER BY x.name, x.id), '[]')
FROM (SELECT u.id, u.name, u.email,
        coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'title', p.title, 'description', p.description,
          'UserProject', jsonb_build_object('user_id', l.user_id, 'project_id', l.project_id,
            'role', l.role, 'startDate', l."startDate")) ORDER BY p.id) FILTER (WHERE p.id IS NOT NULL), '[]') AS projects
      FROM (SELECT * FROM users ORDER BY name, id LIMIT 20) u
        LEFT JOIN user_projects l ON l.user_id = u.id
        LEFT JOIN projects p ON p.id = l.project_id
      GROUP BY u.id, u.name, u.email) x
