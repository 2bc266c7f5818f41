SELECT to_jsonb(p) || jsonb_build_object('partedJobs', (SELECT coalesce(jsonb_agg(to_jsonb(j) || jsonb_build_object('PartedLink', jsonb_build_object('role', l.role)) ORDER BY j.id), '[]')
          FROM parted_links l JOIN jobs j ON j.id = l.job_id
          WHERE l.person_id = :id))
FROM people p
WHERE p.id = :id
