SELECT to_jsonb(count(*)) FROM people_jobs l JOIN jobs j ON j.id = l.job_id WHERE l.person_id = :id AND j.state = 'open'
