SELECT assoc.find('User', '{"order": ["id"], "limit": 1000, "include": ["projects.tags.category"]}') AS j
