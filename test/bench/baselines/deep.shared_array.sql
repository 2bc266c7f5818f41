WITH wanted AS MATERIALIZED (
  SELECT * FROM users ORDER BY id LIMIT 1000),
project_docs AS MATERIALIZED (
  SELECT p.id, to_jsonb(root) AS doc
  FROM projects p, LATERAL (
    SELECT p.id, p.title, p.description,
      ARRAY(SELECT tag
            FROM (SELECT t.id, t.label, t.category_id, c AS category, k AS "ProjectTag"
                  FROM project_tags k JOIN tags t ON t.id = k.tag_id JOIN categories c ON c.id = t.category_id
                  WHERE k.project_id = p.id
                  ORDER BY k.tag_id) tag) AS tags) root)
SELECT jsonb_build_object('id', u.id, 'name', u.name, 'email', u.email, 'projects', coalesce(x.projects, '[]')) AS j
FROM wanted u LEFT JOIN (
  SELECT l.user_id, jsonb_agg(d.doc || jsonb_build_object('UserProject', l) ORDER BY l.project_id) AS projects
  FROM user_projects l JOIN project_docs d ON d.id = l.project_id
  WHERE l.user_id IN (SELECT id FROM wanted)
  GROUP BY l.user_id) x ON x.user_id = u.id
ORDER BY u.id
