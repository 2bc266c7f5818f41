SELECT to_jsonb(p) || jsonb_build_object('jobs', (SELECT coalesce(jsonb_agg(to_jsonb(j) || jsonb_build_object('NewLink', to_jsonb(l)) ORDER BY j.id), '[]')
          FROM new_links l JOIN new_jobs j ON j.id = l.job_id
          WHERE l.person_id = p.id))
FROM new_people p
WHERE p.id = :id
