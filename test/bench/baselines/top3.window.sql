SELECT jsonb_build_object('id', p.id, 'title', p.title, 'description', p.description, 'tasks', coalesce(x.tasks, '[]')) AS j
FROM projects p LEFT JOIN (
  SELECT project_id,
    jsonb_agg(jsonb_build_object('id', id, 'project_id', project_id, 'title', title, 'due', due) ORDER BY n) AS tasks
  FROM (SELECT *, row_number() OVER (PARTITION BY project_id ORDER BY due DESC, id) AS n FROM tasks) t
  WHERE n <= 3
  GROUP BY project_id) x ON x.project_id = p.id
ORDER BY p.id
