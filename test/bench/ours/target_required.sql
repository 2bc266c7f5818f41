SELECT assoc.find_by_pk('Person', :id, '{"include": [{"association": "jobs", "where": {"state": "open"}, "through": {"attributes": ["role"]}}]}')
