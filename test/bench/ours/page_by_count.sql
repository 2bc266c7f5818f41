SELECT assoc.find_all('Job', '{"attributes": ["id", "title"], "order": [{"by": {"count": "people"}, "direction": "DESC"}], "limit": 20}')
