SELECT assoc.find_by_pk('Person', :id, '{"include": [{"association": "jobs", "required": false, "where": {"state": "open"}, "through": {"attributes": ["role"]}}]}')
