WITH docs AS MATERIALIZED (
  SELECT id, to_jsonb(p) AS doc FROM projects p)
SELECT jsonb_build_object('id', u.id, 'name', u.name, 'email', u.email, 'projects', coalesce(x.projects, '[]')) AS j
FROM users u LEFT JOIN (
  SELECT l.user_id, jsonb_agg(docs.doc || jsonb_build_object('UserProject', to_jsonb(l)) ORDER BY l.project_id) AS projects
  FROM user_projects l JOIN docs ON docs.id = l.project_id
  GROUP BY l.user_id) x ON x.user_id = u.id
