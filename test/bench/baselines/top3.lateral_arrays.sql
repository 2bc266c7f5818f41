SELECT to_jsonb(root) AS j
FROM (SELECT p.id, p.title, p.description,
        ARRAY(SELECT t FROM tasks t WHERE project_id = p.id ORDER BY due DESC, id LIMIT 3) AS tasks
      FROM projects p
      ORDER BY p.id) root
