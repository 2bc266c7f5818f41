SELECT assoc.find_by_pk('Person', :id, '{"include": [{"association": "jobs", "through": {"attributes": ["role"], "where": {"role": "admin"}}}]}')
