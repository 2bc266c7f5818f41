SELECT assoc.find_page('User', '{"order": ["name"], "limit": 20, "after": {"param": "after"}}', jsonb_build_object('after', jsonb_build_array('User ' || md5((:id)::text), :id)))
