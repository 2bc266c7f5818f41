SELECT (SELECT jsonb_build_object('rows', coalesce(to_jsonb(rows[1:20]), '[]'),
                 'next', CASE WHEN cardinality(rows) > 20 THEN jsonb_build_array(rows[20].name, rows[20].id) END)
        FROM (SELECT ARRAY(
                SELECT u FROM users u
                WHERE (u.name, u.id) > ('User ' || md5((:id)::text), :id)
                ORDER BY u.name, u.id LIMIT 21) AS rows) page)
