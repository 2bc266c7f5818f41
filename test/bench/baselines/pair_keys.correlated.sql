SELECT to_jsonb(p) || jsonb_build_object('jobs', (SELECT coalesce(jsonb_agg(to_jsonb(j) || jsonb_build_object('PairLink', to_jsonb(l)) ORDER BY j.tenant, j.id), '[]')
          FROM pair_links l JOIN pair_jobs j ON j.tenant = l.tenant AND j.id = l.job_id
          WHERE l.tenant = p.tenant AND l.person_id = p.id))
FROM pair_people p
WHERE p.tenant = 1 AND p.id = :id
