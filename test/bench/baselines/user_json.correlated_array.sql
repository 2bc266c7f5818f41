SELECT json_build_object('id', u.id, 'name', u.name, 'email', u.email, 'projects',
         ARRAY(SELECT json_build_object('id', p.id, 'title', p.title, 'description', p.description,
                 'UserProject', l)
               FROM user_projects l JOIN projects p ON p.id = l.project_id
               WHERE l.user_id = u.id
               ORDER BY l.project_id))
FROM users u
WHERE u.id = :id
