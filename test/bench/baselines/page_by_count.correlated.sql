SELECT coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'title', x.title) ORDER BY x.n DESC, x.id), '[]')
FROM (SELECT j.id, j.title, (SELECT count(*) FROM people_jobs l WHERE l.job_id = j.id) AS n
      FROM jobs j ORDER BY n DESC, j.id LIMIT 20) x
