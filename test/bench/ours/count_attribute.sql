SELECT assoc.find_by_pk('Person', :id, '{"attributes": ["id", "name", {"count": "jobs", "as": "jobs"}]}')
