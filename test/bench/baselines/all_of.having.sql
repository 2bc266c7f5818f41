SELECT to_jsonb(ARRAY(
  SELECT p FROM projects p
  WHERE p.id IN (SELECT k.project_id FROM project_tags k
                 WHERE k.tag_id IN (1 + :id % 200, 1 + (:id + 37) % 200)
                 GROUP BY k.project_id HAVING count(*) = 2)
  ORDER BY p.id))
