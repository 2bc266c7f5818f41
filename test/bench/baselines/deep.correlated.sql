SELECT jsonb_build_object('id', u.id, 'name', u.name, 'email', u.email, 'projects',
         (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'title', p.title, 'description', p.description,
                   'tags',
                   (SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'label', t.label, 'category_id', t.category_id,
                             'category', jsonb_build_object('id', c.id, 'name', c.name),
                             'ProjectTag', jsonb_build_object('project_id', k.project_id, 'tag_id', k.tag_id)) ORDER BY t.id), '[]')
                    FROM project_tags k JOIN tags t ON t.id = k.tag_id JOIN categories c ON c.id = t.category_id
                    WHERE k.project_id = p.id),
                   'UserProject', jsonb_build_object('user_id', l.user_id, 'project_id', l.project_id,
                     'role', l.role, 'startDate', l."startDate")) ORDER BY p.id), '[]')
          FROM user_projects l JOIN projects p ON p.id = l.project_id
          WHERE l.user_id = u.id)) AS j
FROM (SELECT * FROM users ORDER BY id LIMIT 1000) u
ORDER BY u.id
