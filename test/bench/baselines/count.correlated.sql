SELECT to_jsonb(ARRAY(
  SELECT row FROM (
    SELECT u.id FROM users u
    WHERE (SELECT count(*) FROM user_projects l WHERE l.user_id = u.id AND l.role = 'admin') >= 4
    ORDER BY u.id) row))
