SELECT assoc.find_all('Project', '{"where": {"tags": {"allOf": {"param": "tags"}}}}', jsonb_build_object('tags', jsonb_build_array(1 + :id % 200, 1 + (:id + 37) % 200)))
