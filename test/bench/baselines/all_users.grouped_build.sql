SELECT jsonb_build_object('id', u.id, 'name', u.name, 'email', u.email, 'projects', coalesce(x.projects, '[]')) AS j
FROM users u LEFT JOIN (
  SELECT l.user_id, jsonb_agg(jsonb_build_object('id', p.id, 'title', p.title, 'description', p.description,
           'UserProject', jsonb_build_object('user_id', l.user_id, 'project_id', l.project_id,
             'role', l.role, 'startDate', l."startDate")) ORDER BY p.id) AS projects
  FROM user_projects l JOIN projects p ON p.id = l.project_id
  GROUP BY l.user_id) x ON x.user_id = u.id
