WITH wanted AS MATERIALIZED (
  SELECT * FROM users ORDER BY id LIMIT 1000),
tag_docs AS MATERIALIZED (
  SELECT t.id, to_jsonb(t) || jsonb_build_object('category', to_jsonb(c)) AS doc
  FROM tags t JOIN categories c ON c.id = t.category_id),
project_docs AS MATERIALIZED (
  SELECT p.id, to_jsonb(p) || jsonb_build_object('tags', coalesce(k.tags, '[]')) AS doc
  FROM projects p LEFT JOIN (
    SELECT k.project_id, jsonb_agg(d.doc || jsonb_build_object('ProjectTag', to_jsonb(k)) ORDER BY k.tag_id) AS tags
    FROM project_tags k JOIN tag_docs d ON d.id = k.tag_id
    GROUP BY k.project_id) k ON k.project_id = p.id)
SELECT jsonb_build_object('id', u.id, 'name', u.name, 'email', u.email, 'projects', coalesce(x.projects, '[]')) AS j
FROM wanted u LEFT JOIN (
  SELECT l.user_id, jsonb_agg(d.doc || jsonb_build_object('UserProject', to_jsonb(l)) ORDER BY l.project_id) AS projects
  FROM user_projects l JOIN project_docs d ON d.id = l.project_id
  WHERE l.user_id IN (SELECT id FROM wanted)
  GROUP BY l.user_id) x ON x.user_id = u.id
ORDER BY u.id
