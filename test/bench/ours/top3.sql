SELECT assoc.find('Project', '{"order": ["id"], "include": [{"association": "tasks", "order": [["due", "DESC"]], "limit": 3}]}') AS j
