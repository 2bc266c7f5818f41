UPDATE uuid_links SET role = CASE role WHEN 'admin' THEN 'viewer' ELSE 'admin' END
WHERE person_id = md5(:id::text)::uuid AND job_id = md5((1 + (:id * 7 + 303) % 1000)::text)::uuid
