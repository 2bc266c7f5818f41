SELECT text_person_with_jobs('key-' || :id)
