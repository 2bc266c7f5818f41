SELECT jsonb_build_object('id', u.id, 'name', u.name, 'email', u.email, 'projects',
         coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'title', p.title, 'description', p.description,
           'UserProject', jsonb_build_object('user_id', l.user_id, 'project_id', l.project_id,
             'role', l.role, 'startDate', l."startDate")) ORDER BY p.id) FILTER (WHERE p.id IS NOT NULL), '[]'))
FROM users u
  LEFT JOIN user_projects l ON l.user_id = u.id
  LEFT JOIN projects p ON p.id = l.project_id
WHERE u.id = :id
GROUP BY u.id
