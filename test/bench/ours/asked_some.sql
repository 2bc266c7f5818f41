SELECT assoc.find_by_pk('User', :id, '{"include": [{"association": "projects", "required": false, "where": {"tags": {"some": {"label": "tag-5"}}}}]}')
