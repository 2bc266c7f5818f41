SELECT to_jsonb(ARRAY(
  SELECT row FROM (
    SELECT l.user_id AS id FROM user_projects l
    WHERE l.role = 'admin'
    GROUP BY l.user_id HAVING count(*) >= 4
    ORDER BY l.user_id) row))
