SELECT to_jsonb(x)
FROM (SELECT p.*, ARRAY(SELECT y FROM (SELECT j.*, l AS "UuidLink" FROM uuid_links l JOIN uuid_jobs j ON j.id = l.job_id
                                       WHERE l.person_id = p.id ORDER BY j.id) y) AS jobs
      FROM uuid_people p
      WHERE p.id = md5(:id::text)::uuid) x
