SELECT to_jsonb(p) || jsonb_build_object('secretJobs',
         (SELECT coalesce(jsonb_agg(to_jsonb(j) ORDER BY j.id), '[]')
          FROM secrets l JOIN jobs j ON j.id = l.job_id
          WHERE l.person_id = p.id))
FROM people p
WHERE p.id = :id
