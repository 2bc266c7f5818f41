SELECT assoc.find_all('Project', '{"attributes": ["id", "title", {"count": "tasks", "where": {"due": {"gte": "2025-01-01"}}, "as": "tasks"}], "order": [["tasks", "DESC"]], "limit": 20}')
