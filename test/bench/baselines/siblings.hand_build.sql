SELECT jsonb_build_object('id', b.id, 'title', b.title,
         'cards', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'board_id', c.board_id, 'title', c.title) ORDER BY c.id), '[]')
                   FROM cards c WHERE c.board_id = b.id),
         'notes', (SELECT coalesce(jsonb_agg(jsonb_build_object('id', n.id, 'board_id', n.board_id, 'body', n.body) ORDER BY n.id), '[]')
                   FROM notes n WHERE n.board_id = b.id))
FROM boards b
WHERE b.id = 1 + :id % 10
