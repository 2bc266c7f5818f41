SELECT pair_person_with_jobs(1, :id)
