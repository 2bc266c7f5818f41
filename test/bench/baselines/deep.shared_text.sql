WITH wanted AS MATERIALIZED (
  SELECT * FROM users ORDER BY id LIMIT 1000),
project_tags_docs AS MATERIALIZED (
  SELECT k.project_id, json_agg(json_build_object('id', t.id, 'label', t.label, 'category_id', t.category_id,
           'category', c, 'ProjectTag', k) ORDER BY k.tag_id) AS tags
  FROM project_tags k JOIN tags t ON t.id = k.tag_id JOIN categories c ON c.id = t.category_id
  GROUP BY k.project_id)
SELECT json_build_object('id', u.id, 'name', u.name, 'email', u.email, 'projects', coalesce(x.projects, '[]'))::jsonb AS j
FROM wanted u LEFT JOIN (
  SELECT l.user_id, json_agg(json_build_object('id', p.id, 'title', p.title, 'description', p.description,
           'tags', coalesce(d.tags, '[]'), 'UserProject', l) ORDER BY l.project_id) AS projects
  FROM user_projects l JOIN projects p ON p.id = l.project_id LEFT JOIN project_tags_docs d ON d.project_id = p.id
  WHERE l.user_id IN (SELECT id FROM wanted)
  GROUP BY l.user_id) x ON x.user_id = u.id
ORDER BY u.id
