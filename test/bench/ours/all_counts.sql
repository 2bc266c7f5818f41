SELECT assoc.find('Person', '{"attributes": ["id", {"count": "jobs", "as": "jobs"}]}') AS j
