SELECT to_jsonb(x)
FROM (SELECT p.*, ARRAY(SELECT y FROM (SELECT j.*, r AS "PartedLink" FROM parted_links l CROSS JOIN LATERAL (SELECT l.role) r JOIN jobs j ON j.id = l.job_id
                                       WHERE l.person_id = :id ORDER BY j.id) y) AS "partedJobs"
      FROM people p
      WHERE p.id = :id) x
