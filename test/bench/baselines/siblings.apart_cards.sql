SELECT assoc.find_by_pk('Board', 1 + :id % 10, '{"include": ["cards"]}')
