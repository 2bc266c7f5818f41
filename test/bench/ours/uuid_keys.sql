SELECT uuid_person_with_jobs(md5(:id::text)::uuid)
