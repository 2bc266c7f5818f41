SELECT (SELECT jsonb_build_object(
          'rows', coalesce(jsonb_agg(jsonb_build_object('id', id, 'name', name, 'email', email) ORDER BY n) FILTER (WHERE n <= 20), '[]'),
          'next', CASE WHEN count(*) > 20 THEN (jsonb_agg(jsonb_build_array(name, id)) FILTER (WHERE n = 20)) -> 0 END)
        FROM (SELECT row_number() OVER (ORDER BY name, id) AS n, id, name, email
              FROM users
              WHERE name >= 'User ' || md5((:id)::text) AND (name > 'User ' || md5((:id)::text) OR id > :id)
              ORDER BY name, id LIMIT 21) page)
