SELECT json_build_object('id', u.id, 'name', u.name, 'email', u.email, 'projects',
         coalesce(json_agg(json_build_object('id', p.id, 'title', p.title, 'description', p.description,
           'UserProject', l) ORDER BY p.id) FILTER (WHERE p.id IS NOT NULL), '[]'))
FROM users u
  LEFT JOIN user_projects l ON l.user_id = u.id
  LEFT JOIN projects p ON p.id = l.project_id
WHERE u.id = :id
GROUP BY u.id
