SELECT assoc.find_by_pk('Person', :id, '{"include": [{"association": "secretJobs", "through": {"attributes": []}}]}')
