SELECT to_jsonb(p) || jsonb_build_object('jobs', (SELECT coalesce(jsonb_agg(to_jsonb(j) || jsonb_build_object('PersonJob', jsonb_build_object('role', l.role)) ORDER BY j.id), '[]')
          FROM people_jobs l JOIN jobs j ON j.id = l.job_id
          WHERE l.person_id = p.id AND j.state = 'open'))
FROM people p
WHERE p.id = :id AND EXISTS (SELECT FROM people_jobs l JOIN jobs j ON j.id = l.job_id WHERE l.person_id = p.id AND j.state = 'open')
