SELECT jsonb_build_object('id', p.id, 'name', p.name, 'due', (SELECT sum(e.due) FROM errands e WHERE e.person_id = p.id))
FROM people p
WHERE p.id = :id
