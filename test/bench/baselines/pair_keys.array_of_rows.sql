SELECT to_jsonb(x)
FROM (SELECT p.*, ARRAY(SELECT y FROM (SELECT j.*, l AS "PairLink" FROM pair_links l JOIN pair_jobs j ON j.tenant = l.tenant AND j.id = l.job_id
                                       WHERE l.tenant = p.tenant AND l.person_id = p.id ORDER BY j.tenant, j.id) y) AS jobs
      FROM pair_people p
      WHERE p.tenant = 1 AND p.id = :id) x
