SELECT to_jsonb(root)
FROM (SELECT b.id, b.title,
        (SELECT coalesce(jsonb_agg(c), '[]') FROM (SELECT * FROM cards WHERE board_id = b.id ORDER BY id) c) AS cards,
        (SELECT coalesce(jsonb_agg(n), '[]') FROM (SELECT * FROM notes WHERE board_id = b.id ORDER BY id) n) AS notes
      FROM boards b
      WHERE b.id = 1 + :id % 10) root
