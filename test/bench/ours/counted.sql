SELECT assoc.find_and_count_all('User', '{"where": {"projects": {"some": {"title": {"startsWith": "Project 1"}}}}, "order": ["name"], "limit": 20}')
