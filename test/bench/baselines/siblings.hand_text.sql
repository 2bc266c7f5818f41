SELECT row_to_json(root)::jsonb
FROM (SELECT b.id, b.title,
        ARRAY(SELECT c FROM cards c WHERE c.board_id = b.id ORDER BY c.id) AS cards,
        ARRAY(SELECT n FROM notes n WHERE n.board_id = b.id ORDER BY n.id) AS notes
      FROM boards b
      WHERE b.id = 1 + :id % 10) root
