SELECT jsonb_build_object('id', u.id, 'name', u.name, 'email', u.email, 'projects', x.projects)
FROM users u, LATERAL (
  SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'title', p.title, 'description', p.description,
           'UserProject', jsonb_build_object('user_id', l.user_id, 'project_id', l.project_id,
             'role', l.role, 'startDate', l."startDate")) ORDER BY p.id), '[]') AS projects
  FROM user_projects l JOIN projects p ON p.id = l.project_id
  WHERE l.user_id = u.id) x
WHERE u.id = :id
