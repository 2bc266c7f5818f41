SELECT to_jsonb(u) || jsonb_build_object('projects',
         (SELECT coalesce(jsonb_agg(to_jsonb(p) || jsonb_build_object('UserProject', l) ORDER BY p.id), '[]')
          FROM user_projects l JOIN projects p ON p.id = l.project_id
          WHERE l.user_id = u.id))
FROM users u
WHERE u.id = :id
