SELECT coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'title', x.title) ORDER BY x.n DESC, x.id), '[]')
FROM (SELECT j.id, j.title, coalesce(l.n, 0) AS n
      FROM jobs j LEFT JOIN (SELECT job_id, count(*) AS n FROM people_jobs GROUP BY job_id) l ON l.job_id = j.id
      ORDER BY n DESC, j.id LIMIT 20) x
