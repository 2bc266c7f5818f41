SELECT (
  WITH RECURSIVE below AS (
    SELECT f, 1 AS level FROM folders f WHERE id = 1
    UNION ALL
    SELECT c, level + 1 FROM below b JOIN folders c ON c.parent_id = (b.f).id),
  five AS (
    SELECT (f).parent_id AS id, jsonb_agg(to_jsonb(f) || '{"children": []}' ORDER BY (f).id) AS children
    FROM below WHERE level = 5 GROUP BY 1),
  four AS (
    SELECT (f).parent_id AS id, jsonb_agg(to_jsonb(f) || jsonb_build_object('children', coalesce(children, '[]')) ORDER BY (f).id) AS children
    FROM below LEFT JOIN five ON five.id = (f).id WHERE level = 4 GROUP BY 1),
  three AS (
    SELECT (f).parent_id AS id, jsonb_agg(to_jsonb(f) || jsonb_build_object('children', coalesce(children, '[]')) ORDER BY (f).id) AS children
    FROM below LEFT JOIN four ON four.id = (f).id WHERE level = 3 GROUP BY 1),
  two AS (
    SELECT (f).parent_id AS id, jsonb_agg(to_jsonb(f) || jsonb_build_object('children', coalesce(children, '[]')) ORDER BY (f).id) AS children
    FROM below LEFT JOIN three ON three.id = (f).id WHERE level = 2 GROUP BY 1)
  SELECT to_jsonb(f) || jsonb_build_object('children', coalesce(children, '[]'))
  FROM below LEFT JOIN two ON two.id = (f).id WHERE level = 1)
