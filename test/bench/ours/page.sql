SELECT assoc.find_all('User', '{"include": ["projects"], "order": ["name"], "limit": 20}')
