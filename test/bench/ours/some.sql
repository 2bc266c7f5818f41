SELECT assoc.find_all('User', '{"where": {"projects": {"some": {"title": {"param": "title"}}}}}', jsonb_build_object('title', 'Project ' || 1 + :id % 1000))
