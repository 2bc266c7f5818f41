SELECT to_jsonb(p) || jsonb_build_object('jobs', (SELECT coalesce(jsonb_agg(to_jsonb(j) || jsonb_build_object('UuidLink', to_jsonb(l)) ORDER BY j.id), '[]')
          FROM uuid_links l JOIN uuid_jobs j ON j.id = l.job_id
          WHERE l.person_id = p.id))
FROM uuid_people p
WHERE p.id = md5(:id::text)::uuid
