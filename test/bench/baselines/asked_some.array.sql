SELECT to_jsonb(x)
FROM (SELECT u.*, ARRAY(SELECT y FROM (SELECT p.*, l AS "UserProject" FROM user_projects l JOIN projects p ON p.id = l.project_id
                                       WHERE l.user_id = u.id AND p.id IN (SELECT x.project_id FROM project_tags x JOIN tags t ON t.id = x.tag_id WHERE t.label = 'tag-5')
                                       ORDER BY p.id) y) AS projects
      FROM users u
      WHERE u.id = :id) x
