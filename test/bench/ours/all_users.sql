SELECT assoc.find('User', '{"include": ["projects"]}') AS j
