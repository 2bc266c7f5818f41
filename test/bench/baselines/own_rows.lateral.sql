SELECT to_jsonb(p) || jsonb_build_object('errands', coalesce(x.errands, '[]'))
FROM people p
CROSS JOIN LATERAL (
  SELECT jsonb_agg(jsonb_build_object('id', y.id, 'person_id', y.person_id, 'what', y.what, 'done', y.done, 'due', y.due) ORDER BY y.due DESC, y.id) AS errands
  FROM (SELECT * FROM errands e WHERE e.person_id = p.id AND e.done ORDER BY e.due DESC, e.id LIMIT 10) y) x
WHERE p.id = :id
