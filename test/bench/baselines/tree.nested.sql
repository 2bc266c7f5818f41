SELECT (SELECT row_to_json(f1)::jsonb FROM (
  SELECT a.*, ARRAY(SELECT f2 FROM (
    SELECT b.*, ARRAY(SELECT f3 FROM (
      SELECT c.*, ARRAY(SELECT f4 FROM (
        SELECT d.*, ARRAY(SELECT f5 FROM (
          SELECT e.*, '{}'::int[] AS children
          FROM folders e WHERE e.parent_id = d.id ORDER BY e.id) f5) AS children
        FROM folders d WHERE d.parent_id = c.id ORDER BY d.id) f4) AS children
      FROM folders c WHERE c.parent_id = b.id ORDER BY c.id) f3) AS children
    FROM folders b WHERE b.parent_id = a.id ORDER BY b.id) f2) AS children
  FROM folders a WHERE a.id = 1) f1)
