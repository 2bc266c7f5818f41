SELECT to_jsonb(p) || jsonb_build_object('errands',
         (SELECT coalesce(jsonb_agg(to_jsonb(x) ORDER BY x.due DESC, x.id), '[]')
          FROM (SELECT * FROM errands e WHERE e.person_id = p.id AND e.done ORDER BY e.due DESC, e.id LIMIT 10) x))
FROM people p
WHERE p.id = :id
