SELECT to_jsonb(u) || jsonb_build_object('projects', (SELECT coalesce(jsonb_agg(to_jsonb(p) || jsonb_build_object('UserProject', to_jsonb(l)) ORDER BY p.id), '[]')
          FROM user_projects l JOIN projects p ON p.id = l.project_id
          WHERE l.user_id = u.id AND EXISTS (SELECT FROM project_tags x JOIN tags t ON t.id = x.tag_id WHERE x.project_id = p.id AND t.label = 'tag-5')))
FROM users u
WHERE u.id = :id
