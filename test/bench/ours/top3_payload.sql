SELECT assoc.find_all('User', '{"order": ["id"], "limit": 200, "include": [{"association": "projects", "order": [["through", "startDate", "DESC"]], "limit": 3}]}')
