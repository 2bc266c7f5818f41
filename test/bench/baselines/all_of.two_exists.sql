SELECT to_jsonb(ARRAY(
  SELECT p FROM projects p
  WHERE EXISTS (SELECT FROM project_tags k WHERE k.project_id = p.id AND k.tag_id = 1 + :id % 200)
    AND EXISTS (SELECT FROM project_tags k WHERE k.project_id = p.id AND k.tag_id = 1 + (:id + 37) % 200)
  ORDER BY p.id))
