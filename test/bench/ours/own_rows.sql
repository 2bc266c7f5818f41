SELECT assoc.find_by_pk('Person', :id, '{"include": [{"association": "errands", "required": false, "where": {"done": true}, "order": [["due", "DESC"]], "limit": 10}]}')
