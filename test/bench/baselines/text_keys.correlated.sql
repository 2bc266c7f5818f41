SELECT to_jsonb(p) || jsonb_build_object('jobs', (SELECT coalesce(jsonb_agg(to_jsonb(j) || jsonb_build_object('TextLink', to_jsonb(l)) ORDER BY j.id), '[]')
          FROM text_links l JOIN text_jobs j ON j.id = l.job_id
          WHERE l.person_id = p.id))
FROM text_people p
WHERE p.id = 'key-' || :id
