SELECT row_to_json(root)::jsonb AS j
FROM (SELECT u.id, u.name, u.email,
        ARRAY(SELECT project
              FROM (SELECT p.id, p.title, p.description,
                      ARRAY(SELECT tag
                            FROM (SELECT t.id, t.label, t.category_id, c AS category, k AS "ProjectTag"
                                  FROM project_tags k JOIN tags t ON t.id = k.tag_id JOIN categories c ON c.id = t.category_id
                                  WHERE k.project_id = p.id
                                  ORDER BY k.tag_id) tag) AS tags,
                      l AS "UserProject"
                    FROM user_projects l JOIN projects p ON p.id = l.project_id
                    WHERE l.user_id = u.id
                    ORDER BY l.project_id) project) AS projects
      FROM users u
      ORDER BY u.id LIMIT 1000) root
