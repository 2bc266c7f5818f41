SELECT new_person_with_jobs(:id)
