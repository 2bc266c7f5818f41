SELECT assoc.find_all('Task', '{"order": [["project", "title"]], "limit": 20}')
