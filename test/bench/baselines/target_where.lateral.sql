SELECT to_jsonb(p) || jsonb_build_object('jobs', x.jobs)
FROM people p
CROSS JOIN LATERAL (
  SELECT coalesce(jsonb_agg(jsonb_build_object('id', y.id, 'title', y.title, 'state', y.state, 'rank', y.rank,
    'PersonJob', jsonb_build_object('role', y.role)) ORDER BY y.id), '[]') AS jobs
  FROM (SELECT j.*, l.role, l.place
        FROM people_jobs l JOIN jobs j ON j.id = l.job_id
        WHERE l.person_id = p.id AND j.state = 'open') y) x
WHERE p.id = :id
