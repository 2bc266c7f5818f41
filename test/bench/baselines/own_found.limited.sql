SELECT (SELECT coalesce(jsonb_agg(to_jsonb(e)), '[]')
        FROM (SELECT * FROM errands WHERE person_id = :id AND NOT done ORDER BY due, id LIMIT 10) e)
