SELECT jsonb_build_object('id', u.id, 'name', u.name, 'email', u.email, 'projects',
         ARRAY(SELECT jsonb_build_object('id', p.id, 'title', p.title, 'description', p.description,
                 'UserProject', jsonb_build_object('user_id', l.user_id, 'project_id', l.project_id,
                   'role', l.role, 'startDate', l."startDate"))
               FROM user_projects l JOIN projects p ON p.id = l.project_id
               WHERE l.user_id = u.id
               ORDER BY l.project_id))
FROM users u
WHERE u.id = :id
