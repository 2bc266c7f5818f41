SELECT jsonb_build_object('id', p.id, 'title', p.title, 'description', p.description, 'tasks',
         ARRAY(SELECT jsonb_build_object('id', t.id, 'project_id', t.project_id, 'title', t.title, 'due', t.due)
               FROM tasks t WHERE t.project_id = p.id ORDER BY t.due DESC, t.id LIMIT 3)) AS j
FROM projects p
ORDER BY p.id
