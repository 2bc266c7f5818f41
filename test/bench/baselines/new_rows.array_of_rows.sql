SELECT to_jsonb(x)
FROM (SELECT p.*, ARRAY(SELECT y FROM (SELECT j.*, l AS "NewLink" FROM new_links l JOIN new_jobs j ON j.id = l.job_id
                                       WHERE l.person_id = p.id ORDER BY j.id) y) AS jobs
      FROM new_people p
      WHERE p.id = :id) x
