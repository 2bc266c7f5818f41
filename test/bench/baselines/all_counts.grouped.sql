SELECT jsonb_build_object('id', p.id, 'jobs', coalesce(l.n, 0)) AS j
FROM people p
LEFT JOIN (SELECT person_id, count(*) AS n FROM people_jobs GROUP BY person_id) l ON l.person_id = p.id
ORDER BY p.id
