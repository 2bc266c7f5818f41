SELECT assoc.find_all('User', '{"attributes": ["id"], "where": {"projects": {"count": {"where": {"through": {"role": "admin"}}, "gte": 4}}}}')
