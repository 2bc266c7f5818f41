SELECT to_jsonb(x)
FROM (SELECT p.*, ARRAY(SELECT y FROM (SELECT j.*, l AS "TextLink" FROM text_links l JOIN text_jobs j ON j.id = l.job_id
                                       WHERE l.person_id = p.id ORDER BY j.id) y) AS jobs
      FROM text_people p
      WHERE p.id = 'key-' || :id) x
