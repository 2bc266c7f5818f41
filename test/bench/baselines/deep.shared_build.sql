WITH wanted AS MATERIALIZED (
  SELECT * FROM users ORDER BY id LIMIT 1000),
project_tags_docs AS MATERIALIZED (
  SELECT k.project_id, jsonb_agg(jsonb_build_object('id', t.id, 'label', t.label, 'category_id', t.category_id,
           'category', jsonb_build_object('id', c.id, 'name', c.name),
           'ProjectTag', jsonb_build_object('project_id', k.project_id, 'tag_id', k.tag_id)) ORDER BY k.tag_id) AS tags
  FROM project_tags k JOIN tags t ON t.id = k.tag_id JOIN categories c ON c.id = t.category_id
  GROUP BY k.project_id)
SELECT jsonb_build_object('id', u.id, 'name', u.name, 'email', u.email, 'projects', coalesce(x.projects, '[]')) AS j
FROM wanted u LEFT JOIN (
  SELECT l.user_id, jsonb_agg(jsonb_build_object('id', p.id, 'title', p.title, 'description', p.description,
           'tags', coalesce(d.tags, '[]'),
           'UserProject', jsonb_build_object('user_id', l.user_id, 'project_id', l.project_id,
             'role', l.role, 'startDate', l."startDate")) ORDER BY l.project_id) AS projects
  FROM user_projects l JOIN projects p ON p.id = l.project_id LEFT JOIN project_tags_docs d ON d.project_id = p.id
  WHERE l.user_id IN (SELECT id FROM wanted)
  GROUP BY l.user_id) x ON x.user_id = u.id
ORDER BY u.id
