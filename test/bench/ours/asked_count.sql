SELECT assoc.find_by_pk('User', :id, '{"include": [{"association": "projects", "required": false, "where": {"tags": {"count": {"gte": 3, "where": {"category_id": {"lte": 10}}}}}}]}')
