SELECT assoc.find_by_pk('Folder', 1, '{"include": [{"association": "children", "recursive": true}]}')
