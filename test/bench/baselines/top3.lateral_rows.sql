SELECT to_jsonb(root) AS j
FROM (SELECT p.id, p.title, p.description, x.tasks
      FROM projects p, LATERAL (
        SELECT coalesce(jsonb_agg(t), '[]') AS tasks
        FROM (SELECT * FROM tasks WHERE project_id = p.id ORDER BY due DESC, id LIMIT 3) t) x
      ORDER BY p.id) root
