SELECT assoc.find_by_pk('Person', :id, '{"attributes": ["id", "name", {"sum": ["errands", "due"], "as": "due"}]}')
