SELECT assoc.find_by_pk('Person', :id, '{"include": [{"association": "partedJobs", "through": {"attributes": ["role"]}}]}')
