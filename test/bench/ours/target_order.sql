SELECT assoc.find_by_pk('Person', :id, '{"include": [{"association": "jobs", "order": [["rank", "DESC"]], "through": {"attributes": ["role"]}}]}')
