SELECT jsonb_build_object('id', p.id, 'name', p.name, 'jobs', (SELECT count(*) FROM people_jobs l WHERE l.person_id = p.id))
FROM people p
WHERE p.id = :id
