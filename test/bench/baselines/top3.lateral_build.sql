SELECT jsonb_build_object('id', p.id, 'title', p.title, 'description', p.description, 'tasks', x.tasks) AS j
FROM projects p, LATERAL (
  SELECT coalesce(jsonb_agg(jsonb_build_object('id', t.id, 'project_id', t.project_id, 'title', t.title, 'due', t.due)), '[]') AS tasks
  FROM (SELECT * FROM tasks WHERE project_id = p.id ORDER BY due DESC, id LIMIT 3) t) x
ORDER BY p.id
