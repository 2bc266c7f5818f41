SELECT jsonb_build_object('id', p.id, 'jobs', (SELECT count(*) FROM people_jobs l WHERE l.person_id = p.id)) AS j
FROM people p
ORDER BY p.id
