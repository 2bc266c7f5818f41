SELECT to_jsonb(assoc.count_of('Person', :id, 'jobs', '{"where": {"state": "open"}}'))
