SELECT assoc.find_by_pk('Person', :id, '{"include": [{"association": "jobs", "order": [["through", "place", "ASC"]], "limit": 5, "through": {"attributes": ["role"]}}]}')
