SELECT assoc.find_all('User', '{"include": [{"association": "projects", "where": {"title": {"startsWith": "Project 1"}}, "required": true}], "order": ["name"], "limit": 20}')
