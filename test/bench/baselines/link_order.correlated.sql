SELECT to_jsonb(p) || jsonb_build_object('jobs', (SELECT coalesce(jsonb_agg(x.doc ORDER BY x.n), '[]')
          FROM (SELECT to_jsonb(j) || jsonb_build_object('PersonJob', jsonb_build_object('role', l.role)) AS doc, row_number() OVER (ORDER BY l.place, j.id) AS n
                FROM people_jobs l JOIN jobs j ON j.id = l.job_id
                WHERE l.person_id = p.id ORDER BY l.place, j.id LIMIT 5) x))
FROM people p
WHERE p.id = :id
